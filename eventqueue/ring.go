package eventqueue

// kind says where a waiting event came from, which decides what its leaving
// makes room for.
type kind uint8

const (
	kindScript kind = iota
	kindNetwork
	kindInternal
	kindTerminate
	// The order of the next two is the order in which they fire at one tick:
	// CraftOS looks at its timers first, then at its alarms.
	kindTimer
	kindAlarm
	kinds // how many there are
)

// entry is a waiting event. Timers, alarms and terminate are held as kind and
// id; the event itself is made when the consumer takes it.
type entry[E any] struct {
	kind  kind
	id    int
	event E
}

const (
	ringFirst = 16   // slots of the first allocation
	ringKeep  = 1024 // slots that an empty ring may keep
)

// ring is a first-in-first-out buffer that grows as needed, so a steady flow of
// events allocates nothing (BenchmarkPostScriptNext). len(slots) is zero or a
// power of two.
type ring[E any] struct {
	slots []entry[E]
	head  int // index of the oldest entry
	n     int
}

func (r *ring[E]) push(e entry[E]) {
	if r.n == len(r.slots) {
		r.grow()
	}
	r.slots[(r.head+r.n)&(len(r.slots)-1)] = e
	r.n++
}

func (r *ring[E]) grow() {
	slots := make([]entry[E], max(ringFirst, 2*len(r.slots)))
	k := copy(slots, r.slots[r.head:])
	copy(slots[k:], r.slots[:r.head])
	r.slots, r.head = slots, 0
}

// pop removes the oldest entry. The ring must not be empty.
func (r *ring[E]) pop() entry[E] {
	p := &r.slots[r.head]
	e := *p
	*p = entry[E]{} // so the event's memory goes when the consumer lets go
	r.head = (r.head + 1) & (len(r.slots) - 1)
	r.n--
	if r.n == 0 && len(r.slots) > ringKeep {
		*r = ring[E]{} // a burst's memory goes with the burst
	}
	return e
}
