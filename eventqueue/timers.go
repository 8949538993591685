package eventqueue

// timerSet holds the timers and alarms that have not fired, ordered by the tick
// they are due at, then timers before alarms, then by id.
//
// It is a binary heap of indices into a slice of slots that are used again, so
// neither starting nor cancelling allocates once the set has reached its size
// (BenchmarkTimerStartCancel), and nothing in it is a pointer for the garbage
// collector to follow. A cancelled timer leaves the set at once.
type timerSet struct {
	slots []timerSlot
	heap  []uint32
	free  []uint32 // slots not in use
	byKey map[timerKey]uint32
}

type timerSlot struct {
	key timerKey
	due int64  // tick
	pos uint32 // index in heap
}

// timerKey names a timer or alarm: their ids are counted separately.
type timerKey struct {
	kind kind
	id   int
}

// timersKeep is the number of slots that an empty set may keep.
const timersKeep = 1024

func (s *timerSet) len() int { return len(s.heap) }

// nextDue returns the tick at which the first of the set is due. The set must
// not be empty.
func (s *timerSet) nextDue() int64 { return s.slots[s.heap[0]].due }

func (s *timerSet) add(key timerKey, due int64) {
	var slot uint32
	if n := len(s.free); n > 0 {
		slot = s.free[n-1]
		s.free = s.free[:n-1]
	} else {
		slot = uint32(len(s.slots))
		s.slots = append(s.slots, timerSlot{})
	}
	s.slots[slot] = timerSlot{key: key, due: due}
	if s.byKey == nil {
		s.byKey = make(map[timerKey]uint32)
	}
	s.byKey[key] = slot
	s.heap = append(s.heap, slot)
	s.up(len(s.heap)-1, slot)
}

// cancel removes a timer or alarm and reports whether it was there.
func (s *timerSet) cancel(key timerKey) bool {
	slot, ok := s.byKey[key]
	if ok {
		s.remove(slot)
	}
	return ok
}

// takeFirst removes the first of the set, which must not be empty.
func (s *timerSet) takeFirst() timerKey {
	slot := s.heap[0]
	key := s.slots[slot].key
	s.remove(slot)
	return key
}

func (s *timerSet) remove(slot uint32) {
	delete(s.byKey, s.slots[slot].key)
	s.free = append(s.free, slot)
	pos := int(s.slots[slot].pos)
	end := len(s.heap) - 1
	last := s.heap[end]
	s.heap = s.heap[:end]
	if last != slot {
		// The last one takes the empty place, then moves whichever way it must.
		if !s.up(pos, last) {
			s.down(pos, last)
		}
	}
	if end == 0 && len(s.slots) > timersKeep {
		*s = timerSet{} // slices and maps never shrink by themselves
	}
}

func (s *timerSet) less(a, b uint32) bool {
	x, y := &s.slots[a], &s.slots[b]
	if x.due != y.due {
		return x.due < y.due
	}
	if x.key.kind != y.key.kind {
		return x.key.kind < y.key.kind
	}
	return x.key.id < y.key.id
}

func (s *timerSet) place(pos int, slot uint32) {
	s.heap[pos] = slot
	s.slots[slot].pos = uint32(pos)
}

// up puts slot at pos or, while it is less than its parent, above it; it
// reports whether it went above.
func (s *timerSet) up(pos int, slot uint32) bool {
	start := pos
	for pos > 0 {
		parent := (pos - 1) / 2
		if !s.less(slot, s.heap[parent]) {
			break
		}
		s.place(pos, s.heap[parent])
		pos = parent
	}
	s.place(pos, slot)
	return pos < start
}

// down puts slot at pos or, while one of its children is less, below it.
func (s *timerSet) down(pos int, slot uint32) {
	for {
		child := 2*pos + 1
		if child >= len(s.heap) {
			break
		}
		if right := child + 1; right < len(s.heap) && s.less(s.heap[right], s.heap[child]) {
			child = right
		}
		if !s.less(s.heap[child], slot) {
			break
		}
		s.place(pos, s.heap[child])
		pos = child
	}
	s.place(pos, slot)
}
