// Package clocktest is a clock for tests of whatever runs on an
// eventqueue.Clock: it stands still until the test moves it, so a test of an
// hour's timers takes no time and always goes the same way.
//
// Moves of the clock enter; calls of the functions given to AfterFunc leave, on
// the goroutine that moves the clock. Tests may call it, nothing else should.
package clocktest

import (
	"slices"
	"sync"
	"time"

	"github.com/luart/luart/eventqueue"
)

// Clock is an eventqueue.Clock that moves only when told. Any goroutine may
// call its methods, but only one at a time Advance.
type Clock struct {
	mu    sync.Mutex
	now   time.Time
	armed []*timer // in the order they go off; equal times in the order set
}

var (
	_ eventqueue.Clock     = (*Clock)(nil)
	_ eventqueue.IdleClock = Skipping{}
)

type timer struct {
	clock *Clock
	at    time.Time
	f     func()
}

// New returns a clock that stands at a fixed time.
func New() *Clock {
	return &Clock{now: time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC)}
}

// Now is the time at which the clock stands.
func (c *Clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

// AfterFunc arranges for f to be called by the Advance that reaches d from now,
// the next one if d is not positive.
func (c *Clock) AfterFunc(d time.Duration, f func()) eventqueue.Timer {
	t := &timer{clock: c, f: f}
	t.Reset(d)
	return t
}

// Advance moves the clock on by d, stopping at each timer on the way to call
// its function. When it returns, all that is due has been called, including
// timers that those functions have set; a function that always sets a timer of no
// duration keeps it from returning.
func (c *Clock) Advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	end := c.now.Add(d)
	for len(c.armed) > 0 && !c.armed[0].at.After(end) {
		t := c.armed[0]
		c.armed = slices.Delete(c.armed, 0, 1)
		if t.at.After(c.now) {
			c.now = t.at
		}
		c.call(t.f)
	}
	c.now = end
}

// Skipping is a Clock that doesn't let anybody wait: once a queue has nothing
// else to do, time goes on to the next timer. A program's timers thus take no
// time, and fire in their order however slow the machine is.
type Skipping struct{ *Clock }

// Idle moves the clock to the next timer that is set, and reports whether there is one.
func (c Skipping) Idle() bool {
	c.mu.Lock()
	armed := len(c.armed) > 0
	var d time.Duration
	if armed {
		d = max(0, c.armed[0].at.Sub(c.now))
	}
	c.mu.Unlock()
	if armed {
		c.Advance(d)
	}
	return armed
}

// call calls f without c.mu, which is held before and after, even if f panics.
func (c *Clock) call(f func()) {
	c.mu.Unlock()
	defer c.mu.Lock()
	f()
}

// Armed is the number of timers that are set: 0 means that nothing will happen
// however far the clock moves.
func (c *Clock) Armed() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return len(c.armed)
}

// Reset implements eventqueue.Timer.
func (t *timer) Reset(d time.Duration) bool {
	c := t.clock
	c.mu.Lock()
	defer c.mu.Unlock()
	active := c.disarm(t)
	t.at = c.now.Add(d)
	i := len(c.armed)
	for i > 0 && c.armed[i-1].at.After(t.at) {
		i--
	}
	c.armed = slices.Insert(c.armed, i, t)
	return active
}

// Stop implements eventqueue.Timer.
func (t *timer) Stop() bool {
	t.clock.mu.Lock()
	defer t.clock.mu.Unlock()
	return t.clock.disarm(t)
}

// disarm takes t out of armed and reports whether it was there. c.mu is held.
func (c *Clock) disarm(t *timer) bool {
	i := slices.Index(c.armed, t)
	if i < 0 {
		return false
	}
	c.armed = slices.Delete(c.armed, i, i+1)
	return true
}
