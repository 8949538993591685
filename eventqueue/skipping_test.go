package eventqueue_test

import (
	"context"
	"testing"
	"time"

	"github.com/luart/luart/eventqueue"
)

func skippingQueue(t *testing.T) (*eventqueue.SkippingClock, *eventqueue.Queue[int]) {
	c := new(eventqueue.SkippingClock)
	q := eventqueue.New(eventqueue.Events[int]{
		Timer: func(id int) int { return id }, Alarm: func(id int) int { return -id }, Terminate: func() int { return -1 },
	}, eventqueue.Options{Clock: c})
	t.Cleanup(func() { q.Close() })
	return c, q
}

// Timers of hours come at once, in their order, at their times; a cancelled one doesn't stop the clock.
func TestSkippingClock(t *testing.T) {
	c, q := skippingQueue(t)
	start, real := c.Now(), time.Now()
	for _, d := range []time.Duration{time.Hour, time.Second, time.Minute, 2 * time.Hour} {
		if _, err := q.StartTimer(d); err != nil {
			t.Fatal(err)
		}
	}
	q.CancelTimer(1)
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	for _, want := range []struct {
		id int
		at time.Duration
	}{{2, time.Minute}, {0, time.Hour}, {3, 2 * time.Hour}} {
		id, err := q.Next(ctx)
		at := c.Now().Sub(start)
		if late := at - want.at - time.Since(real); err != nil || id != want.id || late > 0 || at < want.at-50*time.Millisecond {
			t.Errorf("got timer %d at %v, %v, want %+v", id, at, err, want)
		}
	}
	if q.Elapsed() < 2*time.Hour-50*time.Millisecond {
		t.Errorf("only %v have passed", q.Elapsed())
	}
}

// Without anybody being idle, it is a clock like others.
func TestSkippingClockGoesOnByItself(t *testing.T) {
	c := new(eventqueue.SkippingClock)
	calls := make(chan string, 4)
	late := c.AfterFunc(time.Hour, func() { calls <- "an hour" })
	c.AfterFunc(time.Millisecond, func() { calls <- "a millisecond" })
	if got := <-calls; got != "a millisecond" {
		t.Errorf("%s first", got)
	}
	if !late.Reset(2*time.Hour) || !late.Stop() || late.Stop() || late.Reset(3*time.Hour) {
		t.Error("Reset and Stop report something else than whether the timer was set")
	}
	if start := c.Now(); !c.Idle() || <-calls != "an hour" || c.Now().Sub(start) < 3*time.Hour-time.Minute {
		t.Error("the timer that was set anew did not go off at its new time")
	}
	if c.Idle() {
		t.Error("time went on without a timer")
	}
}
