package eventqueue

// waiter is a source that waits in Post. done has room for the one answer it
// gets, which comes after it has left the list.
type waiter[E any] struct {
	event      E
	done       chan error
	prev, next *waiter[E]
	listed     bool
}

// waiterList holds the waiting sources, longest wait first.
type waiterList[E any] struct {
	first, last *waiter[E]
	n           int
}

func (l *waiterList[E]) append(w *waiter[E]) {
	w.prev, w.listed = l.last, true
	if l.last == nil {
		l.first = w
	} else {
		l.last.next = w
	}
	l.last = w
	l.n++
}

// takeFirst removes and returns the first, nil if there is none.
func (l *waiterList[E]) takeFirst() *waiter[E] {
	w := l.first
	if w != nil {
		l.remove(w)
	}
	return w
}

// remove takes w out and reports whether it was there.
func (l *waiterList[E]) remove(w *waiter[E]) bool {
	if !w.listed {
		return false
	}
	if w.prev == nil {
		l.first = w.next
	} else {
		w.prev.next = w.next
	}
	if w.next == nil {
		l.last = w.prev
	} else {
		w.next.prev = w.prev
	}
	w.prev, w.next, w.listed = nil, nil, false
	l.n--
	return true
}
