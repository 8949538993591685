package clocktest_test

import (
	"slices"
	"testing"
	"time"

	"github.com/luart/luart/eventqueue"
	"github.com/luart/luart/eventqueue/clocktest"
)

func TestAdvanceCallsInOrderAtTheirTimes(t *testing.T) {
	c := clocktest.New()
	start := c.Now()
	type call struct {
		name string
		at   time.Duration
	}
	var got []call
	note := func(name string) func() {
		return func() { got = append(got, call{name, c.Now().Sub(start)}) }
	}
	c.AfterFunc(30, note("c"))
	c.AfterFunc(10, note("a"))
	c.AfterFunc(30, note("d"))
	c.AfterFunc(20, func() {
		note("b")()
		c.AfterFunc(5, note("b+5"))
	})
	c.AfterFunc(41, note("late"))

	c.Advance(9)
	if len(got) != 0 {
		t.Fatalf("called early: %v", got)
	}
	c.Advance(31)
	want := []call{{"a", 10}, {"b", 20}, {"b+5", 25}, {"c", 30}, {"d", 30}}
	if !slices.Equal(got, want) {
		t.Fatalf("got  %v\nwant %v", got, want)
	}
	if now := c.Now().Sub(start); now != 40 {
		t.Errorf("stands at %d, want 40", now)
	}
	if c.Armed() != 1 {
		t.Errorf("%d armed, want 1", c.Armed())
	}
}

func TestStopAndReset(t *testing.T) {
	c := clocktest.New()
	n := 0
	timer := c.AfterFunc(10, func() { n++ })
	if !timer.Stop() || timer.Stop() {
		t.Error("Stop should report true once")
	}
	c.Advance(10)
	if n != 0 {
		t.Fatal("stopped timer went off")
	}
	if timer.Reset(10) {
		t.Error("Reset of a stopped timer reports true")
	}
	if !timer.Reset(20) {
		t.Error("Reset of a set timer reports false")
	}
	c.Advance(19)
	if n != 0 {
		t.Fatal("went off at its old time")
	}
	c.Advance(1)
	if n != 1 || c.Armed() != 0 {
		t.Fatalf("went off %d times, %d armed; want 1, 0", n, c.Armed())
	}
	timer.Reset(-5)
	c.Advance(0)
	if n != 2 {
		t.Error("a timer of negative duration waits for more than the next Advance")
	}
}

func TestPanicPassesThrough(t *testing.T) {
	c := clocktest.New()
	c.AfterFunc(1, func() { panic("boom") })
	func() {
		defer func() {
			if r := recover(); r != "boom" {
				t.Errorf("recovered %v, want boom", r)
			}
		}()
		c.Advance(1)
	}()
	if c.Armed() != 0 {
		t.Error("still armed")
	}
}

var _ eventqueue.Clock = clocktest.New()

// A queue with a clock that skips waits has its timers at once, at their times and in their order.
func TestSkipping(t *testing.T) {
	c := clocktest.Skipping{Clock: clocktest.New()}
	start := c.Now()
	q := eventqueue.New(eventqueue.Events[int]{
		Timer: func(id int) int { return id }, Alarm: func(id int) int { return -id }, Terminate: func() int { return -1 },
	}, eventqueue.Options{Clock: c})
	defer q.Close()
	for _, d := range []time.Duration{time.Hour, time.Second, time.Minute, time.Millisecond} {
		if _, err := q.StartTimer(d); err != nil {
			t.Fatal(err)
		}
	}
	q.CancelTimer(3) // the clock stops at its time for nothing
	for _, want := range []struct {
		id int
		at time.Duration
	}{{1, time.Second}, {2, time.Minute}, {0, time.Hour}} {
		id, err := q.Next(t.Context())
		if at := c.Now().Sub(start); err != nil || id != want.id || at != want.at {
			t.Errorf("got timer %d at %v, %v, want %+v", id, at, err, want)
		}
	}
}
