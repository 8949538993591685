package lua

import (
	"errors"
	"math"
	"time"
	"unsafe"
)

// This file runs coroutines in time slices. A coroutine that is resumed for a slice, with all those that it resumes in turn, is
// a task. When the slice is over, the whole chain from the running coroutine down to the task's is put to sleep: its frames stay as they
// are, and the resumer goes on as if the task had yielded. The next slice begins in the innermost coroutine, at the instruction where it
// stopped.
//
// A timer sets intSlice, which the machine looks at together with its other interrupts. It ends slices only between two instructions, when
// all that is under way stands in frames (pollSwitch, endLate and where they are called); calls from Go that are in between can't be put to
// sleep, and are waited for. The timer is left running when a slice ends early, since arming it costs more than a short slice; a shot that
// comes for nothing costs one poll.

// Outcome is how a time slice has ended.
type Outcome uint8

// The outcomes of a time slice.
const (
	Yielded   Outcome = iota // the coroutine has yielded
	Returned                 // it has returned, and is dead
	Failed                   // it has failed, and is dead; or it could not be resumed
	Preempted                // its time is over
)

// SliceEnd continues a Go function after a time slice; its arguments are the values that the coroutine has yielded or
// returned. err is not nil for Failed; it has a traceback if the coroutine has died of it.
type SliceEnd func(c Call, o Outcome, err *Error) (Results, error)

const forever = math.MaxInt64

// task is what a coroutine remembers of its time slices. Times are nanoseconds of VM.clock.
type task struct {
	th      *Thread
	outer   *task // the slice that this one runs in
	running bool
	killed  bool
	nesting int // VM.nesting where it runs
	slice   time.Duration
	begun   int64 // the current slice
	end     int64 // of a task that sleeps inside of another one, what is left of its slice
	ran     int64 // in the slices before
	at      int64 // VM.Allocated at the beginning of the slice
	bytes   int64 // allocated in the slices before

	limit int64 // of ran; 0: none
	grace int64
	hard  int64 // of ran: when the limit was ignored for too long; 0: it has not passed

	// While it sleeps:
	inner *Thread // the coroutine that goes on
	tasks *task   // the innermost task that sleeps with it, whose outer ones lead to this

	then SliceEnd
}

const (
	taskBytes  = int(unsafe.Sizeof(task{}))
	frameBytes = int(unsafe.Sizeof(frame{}))
	goBytes    = int(unsafe.Sizeof(goState{}))
)

// taskOf returns the coroutine's task, and makes it.
func (th *Thread) taskOf() *task {
	t := th.task
	if t == nil {
		t = &task{th: th}
		th.task = t
		th.vm.charge(taskBytes)
	}
	return t
}

// clock is the time in nanoseconds since some moment.
func clock() int64 { return int64(time.Since(clockStart)) }

var clockStart = time.Now()

var errPreempted = errors.New("cannot resume preempted coroutine: it goes on in a time slice (task.resume)")

// ResumeSlice resumes a coroutine as ResumeArgs does, for at most a time slice; 0 is one without end. k must not hold Lua values
// of its own, but for co. A coroutine that was preempted goes on where it was, and the arguments are ignored; only ResumeSlice and
// Thread.ResumeFor resume it.
func (c Call) ResumeSlice(co *Thread, slice time.Duration, i int, k SliceEnd) (Results, error) {
	if co.vm != c.th.vm {
		return 0, errors.New("coroutine of another machine")
	}
	switch co.status {
	case Dead, Running, Normal:
		e := &Error{Value: String("cannot resume " + co.status.String() + " coroutine")}
		if co.task != nil && co.task.killed {
			e.Value = co.err.Value
		}
		return k(Call{c.th, c.base, 0, c.ret}, Failed, e)
	}
	t := co.taskOf()
	t.slice, t.then = slice, k
	n := max(c.n-int32(i-1), 0)
	c.th.wait(goState{catch: sliceEnded}, c.base+int32(i-1), n)
	c.th.pend.co = co // until the slice ends
	return wantSlice, nil
}

// sliceEnded goes on in the Go function that has begun a slice.
func sliceEnded(c Call, err *Error) (Results, error) {
	t := c.th.pend.co.task
	c.th.pend.co = nil
	if t.running {
		c.th.vm.endSlices(t.outer)
	}
	o := Failed
	if err == nil {
		switch t.th.status {
		case Dead:
			o = Returned
		case preempted:
			o = Preempted
		default:
			o = Yielded
		}
	} else if err == t.th.err && err.Traceback == "" {
		err = &Error{Value: err.Value, Traceback: t.th.Traceback("", 0)}
	}
	k := t.then
	t.then = nil
	return k(c, o, err)
}

// ResumeFor is Resume for at most a time slice, d; 0 is one without end. When it is over, there are no results, and Preempted tells so: the next
// ResumeFor goes on where the coroutine was, and ignores its arguments.
func (th *Thread) ResumeFor(d time.Duration, args ...Value) ([]Value, error) {
	t := th.taskOf()
	t.slice = d
	return th.run(t, args)
}

// Preempted reports whether the coroutine's time slice was over before it has yielded or ended.
func (th *Thread) Preempted() bool { return th.status == preempted }

// RunTime returns how long the coroutine has run in time slices, up to now if one runs: by the clock, and with all that it has
// called.
func (th *Thread) RunTime() time.Duration {
	t := th.task
	if t == nil {
		return 0
	}
	ran := t.ran
	if t.running {
		ran += clock() - t.begun
	}
	return time.Duration(ran)
}

// Allocated returns how many bytes were allocated while the coroutine ran in time slices, as the VM counts them. They need not be in
// use any more.
func (th *Thread) Allocated() int64 {
	t := th.task
	if t == nil {
		return 0
	}
	n := t.bytes
	if t.running {
		n += th.vm.Allocated() - t.at
	}
	return n
}

// LimitRunTime bounds the time that the coroutine may run in its slices from now on, in all: when d has passed, "Too long without yielding"
// is raised once in what it runs, which may catch it; if it still runs when grace has passed as well, an error ends it that it cannot
// catch, and that its resumer gets. d <= 0 removes the limit.
func (th *Thread) LimitRunTime(d, grace time.Duration) {
	t := th.taskOf()
	t.limit, t.hard = 0, 0
	if d <= 0 {
		return
	}
	ran := int64(th.RunTime())
	t.limit, t.grace = later(ran, int64(d)), max(int64(grace), 0)
	if t.running {
		th.vm.wakeAt(later(t.begun, t.limit-t.ran))
	}
}

// later adds two times, or is forever.
func later(t, d int64) int64 {
	if d > forever-t {
		return forever
	}
	return t + d
}

// Kill ends a suspended coroutine for good, as an error with this value does that it cannot catch, but without a chance for the Go functions
// that wait in it to go on. One that was preempted ends with all that sleep with it. A dead one stays as it is; the error is that the coroutine
// runs, has resumed the one that does, or sleeps inside of another one.
func (th *Thread) Kill(message Value) error {
	switch th.status {
	case Dead:
		return nil
	case Running, Normal:
		return errors.New("cannot end " + th.status.String() + " coroutine")
	}
	t := th.taskOf()
	e := &Error{Value: message}
	if th.status == preempted {
		for co := t.inner; co != th; {
			next := co.parent
			co.die(e)
			co = next
		}
		t.inner, t.tasks = nil, nil
	}
	t.killed = true
	th.die(e)
	return nil
}

func (th *Thread) die(e *Error) {
	th.status, th.err, th.parent = Dead, e, nil
	th.reentry = 0
	th.release()
}

// startSlice begins a slice of a coroutine that is about to run.
func (vm *VM) startSlice(t *task) {
	now := clock()
	t.end = forever
	if t.slice > 0 {
		t.end = later(now, int64(t.slice))
	}
	first, last := t.tasks, t
	if first == nil {
		first = t
	}
	t.tasks = nil
	t.outer = vm.slice
	vm.slice = first
	bytes := vm.Allocated()
	next := int64(forever)
	for s := first; ; s = s.outer {
		if s != last {
			s.end = later(now, s.end)
		}
		s.running, s.nesting, s.begun, s.at = true, vm.nesting, now, bytes
		next = min(next, s.next())
		if s == last {
			break
		}
	}
	if vm.eager {
		vm.interrupt.Or(intSlice)
	}
	vm.wakeAt(next)
}

// next is when the slice is to be looked at.
func (t *task) next() int64 {
	return min(t.end, t.limitAt())
}

// limitAt is when the slice has used up the run time.
func (t *task) limitAt() int64 {
	switch {
	case t.hard > 0:
		return later(t.begun, t.hard-t.ran)
	case t.limit > 0:
		return later(t.begun, t.limit-t.ran)
	}
	return forever
}

// wakeAt sees to it that slices are looked at, at a time or earlier.
func (vm *VM) wakeAt(next int64) {
	if next >= vm.sliceTimer || next == forever {
		return
	}
	d := time.Duration(next - clock())
	if d <= 0 {
		vm.interrupt.Or(intSlice)
		return
	}
	vm.sliceTimer = next
	if vm.sliceWatch == nil {
		vm.sliceWatch = time.AfterFunc(d, func() { vm.interrupt.Or(intSlice) })
	} else {
		vm.sliceWatch.Reset(d)
	}
}

// stop counts what the slice has used.
func (t *task) stop(vm *VM, now int64) {
	if t.running {
		t.running = false
		t.ran += now - t.begun
		t.bytes += vm.Allocated() - t.at
	}
}

// endSlices ends the running slices inside of a task's, of those that have yielded or ended.
func (vm *VM) endSlices(outer *task) {
	now := clock()
	for vm.slice != outer {
		t := vm.slice
		t.stop(vm, now)
		vm.slice, t.outer = t.outer, nil
	}
}

// pollSlices looks whether a slice or a run time is over. The first is left to preempt, for which intSlice stays set.
func (vm *VM) pollSlices() error {
	now := clock()
	over := false
	next := int64(forever)
	var err error
	for t := vm.slice; t != nil; t = t.outer {
		if ran := t.ran + now - t.begun; t.limit > 0 && ran >= t.limit {
			switch {
			case t.hard == 0:
				t.hard = later(ran, t.grace)
				err = ErrTooLong
			case ran >= t.hard:
				t.hard = ran + int64(time.Millisecond) // whatever goes on running is ended as well
				err = &Error{Value: String(ErrTooLong.Error()), fatal: true, root: t.th}
			}
		}
		if now < t.end && !vm.eager {
			next = min(next, t.next())
		} else if t.nesting == vm.nesting {
			over = true
		} else {
			vm.late = true // it ends when the call from Go does
			next = min(next, t.limitAt())
		}
	}
	if !over || err != nil {
		vm.clear(intSlice)
		vm.sliceTimer = forever
		if over {
			next = now + int64(time.Millisecond) // the error goes first
		}
		vm.wakeAt(next)
	}
	return err
}

// pollSwitch polls between two instructions of the running function, and ends the slice if it is over. It ends like call does.
func (vm *VM) pollSwitch() (run bool, err error) {
	if err := vm.poll(true); err != nil {
		return false, err
	}
	return vm.endLate()
}

// endLate ends the slice if it is over, where all that is under way stands in frames and the top one is a Lua function's.
func (vm *VM) endLate() (run bool, err error) {
	if vm.interrupt.Load()&intSlice == 0 {
		return true, nil
	}
	now := clock()
	var t *task // the outermost whose slice is over
	for s := vm.slice; s != nil && s.nesting == vm.nesting; s = s.outer {
		if now >= s.end || vm.eager {
			t = s
		}
	}
	if t == nil {
		return true, nil // the next poll sees to it
	}
	return vm.preempt(t, now)
}

// preempt puts a task to sleep, with those that run inside of it, and lets its resumer go on.
func (vm *VM) preempt(t *task, now int64) (run bool, err error) {
	t.tasks = vm.slice
	for s := vm.slice; ; s = s.outer {
		if s.end != forever {
			s.end = max(s.end-now, 0)
		}
		s.stop(vm, now)
		if s == t {
			break
		}
	}
	vm.slice, t.outer = t.outer, nil
	vm.clear(intSlice)
	vm.sliceTimer = forever
	th, to := t.th, t.th.parent
	t.inner = vm.current
	vm.current.status = Normal
	th.status = preempted
	th.parent = nil
	if to == nil { // Go has resumed it
		th.out, th.nout = 0, 0
		return false, nil
	}
	if vm.slice != nil {
		vm.interrupt.Or(intSlice) // how much of theirs is left, the next poll sees
	}
	vm.current = to
	to.status = Running
	vm.setHookFlag(to)
	return vm.deliver(to, to.frame().base, 0, -1, toGo, 0)
}

// wake makes a task go on that sleeps; parent, if it isn't nil, waits for it.
func (vm *VM) wake(parent, co *Thread) {
	t := co.task
	inner := t.inner
	t.inner = nil
	co.parent = parent
	if parent != nil {
		parent.status = Normal
	}
	co.status = Normal
	inner.status = Running
	vm.current = inner
	vm.setHookFlag(inner)
}
