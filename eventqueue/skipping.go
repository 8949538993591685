package eventqueue

import (
	"slices"
	"sync"
	"time"
)

// SkippingClock is the real clock, but for waits: when a queue has nothing to do but wait, the clock jumps to its next timer.
// Programs that sleep thus take no time, and see as much time pass as if they had slept. Time also goes on by itself, as
// that of the system does, so that a program which polls gets to the end of its timers.
//
// It is for a queue of its own: the waits of several would be skipped by whichever is idle first. The zero value is ready.
// Any goroutine may call its methods.
type SkippingClock struct {
	mu      sync.Mutex
	skipped time.Duration
	armed   []*skippingTimer // in the order they go off; equal times in the order set
}

var _ IdleClock = (*SkippingClock)(nil)

// skippingTimer goes off by its real timer, or earlier by Idle.
type skippingTimer struct {
	clock *SkippingClock
	at    time.Time
	f     func()
	real  *time.Timer
}

// Now is the time of the system and all that was skipped.
func (c *SkippingClock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now()
}

// now is Now with c.mu held.
func (c *SkippingClock) now() time.Time { return time.Now().Add(c.skipped) }

// AfterFunc calls f on a goroutine of its own, or on the one that calls Idle.
func (c *SkippingClock) AfterFunc(d time.Duration, f func()) Timer {
	t := &skippingTimer{clock: c, f: f}
	t.Reset(d)
	return t
}

// Idle jumps to the next timer and calls its function; it reports whether there was a timer.
func (c *SkippingClock) Idle() bool {
	c.mu.Lock()
	if len(c.armed) == 0 {
		c.mu.Unlock()
		return false
	}
	t := c.armed[0]
	c.armed = slices.Delete(c.armed, 0, 1)
	t.real.Stop() // if it goes off all the same, it finds that it isn't armed
	if wait := t.at.Sub(c.now()); wait > 0 {
		c.skipped += wait
		now := c.now()
		for _, later := range c.armed {
			later.real.Reset(later.at.Sub(now))
		}
	}
	c.mu.Unlock()
	t.f()
	return true
}

// due is what the real timer calls.
func (t *skippingTimer) due() {
	c := t.clock
	c.mu.Lock()
	// It may have been set anew, or taken by Idle, while it was going off.
	i := slices.Index(c.armed, t)
	if i < 0 || t.at.After(c.now()) {
		c.mu.Unlock()
		return
	}
	c.armed = slices.Delete(c.armed, i, i+1)
	c.mu.Unlock()
	t.f()
}

// Reset implements Timer.
func (t *skippingTimer) Reset(d time.Duration) bool {
	c := t.clock
	c.mu.Lock()
	defer c.mu.Unlock()
	active := c.disarm(t)
	t.at = c.now().Add(d)
	i := len(c.armed)
	for i > 0 && c.armed[i-1].at.After(t.at) {
		i--
	}
	c.armed = slices.Insert(c.armed, i, t)
	if t.real == nil {
		t.real = time.AfterFunc(d, t.due)
	} else {
		t.real.Reset(d)
	}
	return active
}

// Stop implements Timer.
func (t *skippingTimer) Stop() bool {
	t.clock.mu.Lock()
	defer t.clock.mu.Unlock()
	t.real.Stop()
	return t.clock.disarm(t)
}

// disarm takes t out of armed and reports whether it was there. c.mu is held.
func (c *SkippingClock) disarm(t *skippingTimer) bool {
	i := slices.Index(c.armed, t)
	if i < 0 {
		return false
	}
	c.armed = slices.Delete(c.armed, i, i+1)
	return true
}
