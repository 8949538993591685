package eventqueue_test

import (
	"testing"
	"time"

	"github.com/luart/luart/eventqueue"
)

// luaEvent is of the size that a runtime's event type may have: a name and a
// slice of values.
type luaEvent struct {
	name string
	args []any
}

var luaEvents = eventqueue.Events[luaEvent]{
	Timer:     func(int) luaEvent { return luaEvent{name: "timer"} },
	Alarm:     func(int) luaEvent { return luaEvent{name: "alarm"} },
	Terminate: func() luaEvent { return luaEvent{name: "terminate"} },
}

func TestSteadyFlowAllocatesNothing(t *testing.T) {
	q := eventqueue.New(luaEvents, eventqueue.Options{})
	defer q.Close()
	ctx := t.Context()
	args := []any{"a", 1.5, nil}
	check := func(what string, f func()) {
		t.Helper()
		if n := testing.AllocsPerRun(1000, f); n != 0 {
			t.Errorf("%s: %v allocations", what, n)
		}
	}
	check("script event", func() {
		q.PostScript(luaEvent{"user_event", args})
		q.Next(ctx)
	})
	check("network event", func() {
		q.Post(ctx, luaEvent{"websocket_message", args})
		q.Next(ctx)
	})
	check("timer", func() {
		id, _ := q.StartTimer(time.Hour)
		q.CancelTimer(id)
	})
}

func BenchmarkPostScriptNext(b *testing.B) {
	q := eventqueue.New(luaEvents, eventqueue.Options{})
	defer q.Close()
	ctx := b.Context()
	args := []any{"a", 1.5, nil}
	b.ReportAllocs()
	for b.Loop() {
		q.PostScript(luaEvent{"user_event", args})
		if _, err := q.Next(ctx); err != nil {
			b.Fatal(err)
		}
	}
}

// One source and the consumer on two goroutines.
func BenchmarkPostNextTwoGoroutines(b *testing.B) {
	q := eventqueue.New(luaEvents, eventqueue.Options{})
	defer q.Close()
	ctx := b.Context()
	go func() {
		for q.Post(ctx, luaEvent{name: "websocket_message"}) == nil {
		}
	}()
	b.ReportAllocs()
	for b.Loop() {
		if _, err := q.Next(ctx); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkTimerStartCancel(b *testing.B) {
	for name, alive := range map[string]int{"alone": 0, "among100k": 100_000} {
		b.Run(name, func(b *testing.B) {
			q := eventqueue.New(luaEvents, eventqueue.Options{})
			defer q.Close()
			for i := range alive {
				q.StartTimer(time.Hour + time.Duration(i)*time.Second)
			}
			b.ReportAllocs()
			for b.Loop() {
				id, err := q.StartTimer(30 * time.Second)
				if err != nil || !q.CancelTimer(id) {
					b.Fatal(err)
				}
			}
		})
	}
}
