package eventqueue_test

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"strconv"
	"testing"
	"testing/synctest"
	"time"
	"weak"

	"github.com/luart/luart/eventqueue"
	"github.com/luart/luart/eventqueue/clocktest"
)

// event is what the tests queue: a name, as the script would see it.
type event string

var made = eventqueue.Events[event]{
	Timer:     func(id int) event { return event("timer " + strconv.Itoa(id)) },
	Alarm:     func(id int) event { return event("alarm " + strconv.Itoa(id)) },
	Terminate: func() event { return "terminate" },
}

func newQueue(t testing.TB, o eventqueue.Options) (*eventqueue.Queue[event], *clocktest.Clock) {
	t.Helper()
	clock := clocktest.New()
	o.Clock = clock
	q := eventqueue.New(made, o)
	t.Cleanup(func() { q.Close() })
	return q, clock
}

// drain takes all that waits.
func drain(q *eventqueue.Queue[event]) []event {
	var got []event
	for e, ok := q.TryNext(); ok; e, ok = q.TryNext() {
		got = append(got, e)
	}
	return got
}

func expect(t testing.TB, got []event, want ...event) {
	t.Helper()
	if !slices.Equal(got, want) {
		t.Fatalf("got  %q\nwant %q", got, want)
	}
}

func numbered(prefix string, from, to int) []event {
	var all []event
	for i := from; i < to; i++ {
		all = append(all, event(prefix+strconv.Itoa(i)))
	}
	return all
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func TestOrderIsThatOfArrivalAcrossSources(t *testing.T) {
	q, clock := newQueue(t, eventqueue.Options{})
	_, err := q.StartTimer(0)
	must(t, err)
	q.PostScript("script 1")
	must(t, q.Post(t.Context(), "network 1"))
	clock.Advance(eventqueue.DefaultResolution)
	must(t, q.Terminate())
	must(t, q.TryPost("network 2"))
	must(t, q.PostInternal("internal"))
	q.PostScript("script 2")
	expect(t, drain(q), "script 1", "network 1", "timer 0", "terminate", "network 2", "internal", "script 2")
	expect(t, drain(q))
}

func TestRingGrowsAndWrapsInOrder(t *testing.T) {
	q, _ := newQueue(t, eventqueue.Options{})
	in, out := 0, 0
	for round := range 200 {
		for range round%37 + 3 {
			must(t, q.PostInternal(event(strconv.Itoa(in))))
			in++
		}
		for range round%23 + 1 {
			if e, ok := q.TryNext(); ok {
				expect(t, []event{e}, event(strconv.Itoa(out)))
				out++
			}
		}
	}
	expect(t, drain(q), numbered("", out, in)...)
}

// CraftOS: of 400 events queued at once, the first 256 arrive.
func TestScriptEventsBeyondTheLimitAreDropped(t *testing.T) {
	q, _ := newQueue(t, eventqueue.Options{})
	for i := range 400 {
		if ok := q.PostScript(event(strconv.Itoa(i))); ok != (i < 256) {
			t.Fatalf("event %d: taken = %v", i, ok)
		}
	}
	if s := q.Stats(); s.Dropped != 144 || s.WaitingScript != 256 || s.Taken != 256 {
		t.Errorf("stats %+v", s)
	}
	q.TryNext()
	if !q.PostScript("again") || q.PostScript("too many") {
		t.Error("one event taken must make room for one")
	}
	expect(t, drain(q), append(numbered("", 1, 256), "again")...)
}

func TestLimitsOfSourcesAreApart(t *testing.T) {
	q, clock := newQueue(t, eventqueue.Options{ScriptLimit: 2, NetworkLimit: 2})
	for q.PostScript("s") {
	}
	must(t, q.Post(t.Context(), "n"))
	must(t, q.TryPost("n"))
	if err := q.TryPost("n"); err != eventqueue.ErrFull {
		t.Errorf("TryPost: %v, want ErrFull", err)
	}
	for range 1000 {
		must(t, q.PostInternal("i"))
	}
	must(t, q.Terminate())
	_, err := q.StartTimer(0)
	must(t, err)
	clock.Advance(eventqueue.DefaultResolution)
	if s := q.Stats(); s.Waiting != 2+2+1000+1+1 || s.HighWater != s.Waiting || s.WaitingNetwork != 2 {
		t.Errorf("stats %+v", s)
	}
	drain(q)
	if s := q.Stats(); s.Waiting != 0 || s.WaitingScript != 0 || s.WaitingNetwork != 0 || s.HighWater != 1006 {
		t.Errorf("stats when empty %+v", s)
	}
}

func TestNetworkSourcesWaitTheirTurn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q, _ := newQueue(t, eventqueue.Options{NetworkLimit: 2})
		results := make(chan string, 10)
		must(t, q.Post(t.Context(), "n0"))
		must(t, q.Post(t.Context(), "n1"))
		for i := 2; i < 6; i++ {
			go func() {
				err := q.Post(t.Context(), event(fmt.Sprint("n", i)))
				results <- fmt.Sprint(i, ": ", err)
			}()
			synctest.Wait() // so that they come in this order
		}
		if s := q.Stats(); s.Blocked != 4 || s.WaitingNetwork != 2 {
			t.Fatalf("stats %+v", s)
		}
		q.PostScript("s") // arrived before n2 had room
		for i := range 6 {
			e, err := q.Next(t.Context())
			must(t, err)
			synctest.Wait()
			if i < 2 {
				if err := q.TryPost("overtaker"); err != eventqueue.ErrFull {
					t.Fatalf("TryPost past waiting sources: %v", err)
				}
			}
			want := []event{"n0", "n1", "s", "n2", "n3", "n4"}[i]
			expect(t, []event{e}, want)
		}
		for i := 2; i < 6; i++ {
			if r := <-results; r != fmt.Sprint(i, ": <nil>") {
				t.Errorf("source %d has %q", i, r)
			}
		}
		expect(t, drain(q), "n5")
		if s := q.Stats(); s.Blocked != 0 {
			t.Errorf("stats %+v", s)
		}
	})
}

func TestSourceGivesUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q, _ := newQueue(t, eventqueue.Options{NetworkLimit: 1})
		must(t, q.Post(t.Context(), "n0"))
		ctxs := make([]context.Context, 3)
		cancels := make([]context.CancelFunc, 3)
		errs := make([]error, 3)
		for i := range 3 {
			ctxs[i], cancels[i] = context.WithCancel(t.Context())
			defer cancels[i]()
			go func() { errs[i] = q.Post(ctxs[i], event(fmt.Sprint("n", i+1))) }()
			synctest.Wait()
		}
		cancels[1]() // the middle one of the list
		synctest.Wait()
		if !errors.Is(errs[1], context.Canceled) || q.Stats().Blocked != 2 {
			t.Fatalf("err %v, stats %+v", errs[1], q.Stats())
		}
		expect(t, drain(q), "n0", "n1", "n3")
		synctest.Wait()
		if errs[0] != nil || errs[2] != nil {
			t.Errorf("errors %v", errs)
		}
		if err := q.Post(ctxs[1], "x"); !errors.Is(err, context.Canceled) {
			t.Errorf("Post with a context that is done, with room: %v", err)
		}
		expect(t, drain(q))
	})
}

func TestNextSleepsUntilSomethingComes(t *testing.T) {
	sources := map[event]func(*eventqueue.Queue[event], *clocktest.Clock){
		"script":    func(q *eventqueue.Queue[event], _ *clocktest.Clock) { q.PostScript("script") },
		"network":   func(q *eventqueue.Queue[event], _ *clocktest.Clock) { q.TryPost("network") },
		"internal":  func(q *eventqueue.Queue[event], _ *clocktest.Clock) { q.PostInternal("internal") },
		"terminate": func(q *eventqueue.Queue[event], _ *clocktest.Clock) { q.Terminate() },
		"timer 0":   func(_ *eventqueue.Queue[event], c *clocktest.Clock) { c.Advance(eventqueue.DefaultResolution) },
	}
	for want, post := range sources {
		t.Run(string(want), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				q, clock := newQueue(t, eventqueue.Options{})
				if want == "timer 0" {
					_, err := q.StartTimer(0)
					must(t, err)
				}
				var got []event
				go func() {
					e, err := q.Next(t.Context())
					must(t, err)
					got = append(got, e)
				}()
				synctest.Wait()
				expect(t, got)
				post(q, clock)
				synctest.Wait()
				expect(t, got, want)
			})
		})
	}
}

func TestNextEndsWithItsContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q, _ := newQueue(t, eventqueue.Options{})
		ctx, cancel := context.WithCancel(t.Context())
		var err error
		go func() { _, err = q.Next(ctx) }()
		synctest.Wait()
		cancel()
		synctest.Wait()
		if err != context.Canceled {
			t.Fatalf("sleeping Next: %v", err)
		}
		// It left while the queue took it for asleep: the token it did not take
		// must neither be lost nor be taken for an event.
		q.PostScript("a")
		if _, err := q.Next(ctx); err != context.Canceled {
			t.Errorf("Next with a done context: %v", err)
		}
		expect(t, drain(q), "a")
		var got []event
		go func() {
			e, _ := q.Next(t.Context())
			got = append(got, e)
		}()
		synctest.Wait()
		expect(t, got)
		q.PostScript("b")
		synctest.Wait()
		expect(t, got, "b")
	})
}

func TestCloseWakesEverybody(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q, clock := newQueue(t, eventqueue.Options{NetworkLimit: 1})
		_, err := q.StartTimer(0)
		must(t, err)
		errs := make([]error, 3)
		must(t, q.Post(t.Context(), "n0"))
		for i := range 2 {
			go func() { errs[i] = q.Post(t.Context(), "lost") }()
		}
		synctest.Wait()
		q.PostScript("s0")
		must(t, q.Terminate())
		expect(t, q.Close(), "n0", "s0")
		synctest.Wait()
		for i, err := range errs[:2] {
			if err != eventqueue.ErrClosed {
				t.Errorf("source %d: %v", i, err)
			}
		}
		if clock.Armed() != 0 {
			t.Error("the clock still holds the queue")
		}
		if q.PostScript("x") {
			t.Error("PostScript takes an event")
		}
		_, startTimer := q.StartTimer(0)
		_, startAlarm := q.StartAlarm(0)
		_, next := q.Next(t.Context())
		for name, err := range map[string]error{
			"Post": q.Post(t.Context(), "x"), "TryPost": q.TryPost("x"), "PostInternal": q.PostInternal("x"),
			"Terminate": q.Terminate(), "Next": next, "StartTimer": startTimer, "StartAlarm": startAlarm,
		} {
			if err != eventqueue.ErrClosed {
				t.Errorf("%s after Close: %v", name, err)
			}
		}
		if _, ok := q.TryNext(); ok {
			t.Error("TryNext finds an event")
		}
		if q.CancelTimer(0) {
			t.Error("a timer is left")
		}
		expect(t, q.Close())
		expect(t, q.Clear())
		if s := q.Stats(); s.Waiting != 0 || s.Blocked != 0 || s.Timers != 0 || s.Dropped != 0 || s.Discarded != 3 {
			t.Errorf("stats %+v", s)
		}
	})
}

func TestCloseWakesASleepingConsumer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q, _ := newQueue(t, eventqueue.Options{})
		var err error
		go func() { _, err = q.Next(t.Context()) }()
		synctest.Wait()
		q.Close()
		synctest.Wait()
		if err != eventqueue.ErrClosed {
			t.Fatalf("got %v", err)
		}
	})
}

func TestClearIsANewBoot(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q, clock := newQueue(t, eventqueue.Options{NetworkLimit: 1})
		for range 3 {
			_, err := q.StartTimer(eventqueue.DefaultResolution)
			must(t, err)
		}
		_, err := q.StartAlarm(1)
		must(t, err)
		q.PostScript("s")
		must(t, q.TryPost("n"))
		must(t, q.Terminate())
		must(t, q.PostInternal("i"))
		var blocked error
		go func() { blocked = q.Post(t.Context(), "old boot") }()
		synctest.Wait()

		expect(t, q.Clear(), "s", "n", "i")
		synctest.Wait()
		if blocked != eventqueue.ErrCleared {
			t.Errorf("waiting source: %v", blocked)
		}
		if clock.Armed() != 0 {
			t.Error("the clock is still set")
		}
		clock.Advance(eventqueue.GameDay)
		expect(t, drain(q))

		must(t, q.TryPost("new boot"))
		timer, err := q.StartTimer(0)
		must(t, err)
		alarm, err := q.StartAlarm(1)
		must(t, err)
		if timer != 3 || alarm != 1 {
			t.Errorf("ids %d, %d; want 3, 1: they must survive a reboot", timer, alarm)
		}
		clock.Advance(eventqueue.GameHour)
		expect(t, drain(q), "new boot", "timer 3", "alarm 1")
	})
}

func TestClearDoesNotDisturbASleepingConsumer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q, _ := newQueue(t, eventqueue.Options{})
		var got []event
		go func() {
			e, _ := q.Next(t.Context())
			got = append(got, e)
		}()
		synctest.Wait()
		q.Clear()
		synctest.Wait()
		expect(t, got)
		q.PostScript("a")
		synctest.Wait()
		expect(t, got, "a")
	})
}

// The functions of Events may use the queue: no lock is held.
func TestEventsMayUseTheQueue(t *testing.T) {
	var q *eventqueue.Queue[event]
	q = eventqueue.New(eventqueue.Events[event]{
		Timer:     made.Timer,
		Alarm:     made.Alarm,
		Terminate: func() event { return event(fmt.Sprint(q.PostScript("nested"), q.Stats().Waiting)) },
	}, eventqueue.Options{})
	defer q.Close()
	must(t, q.Terminate())
	expect(t, drain(q), "true 1", "nested")
}

// An event taken belongs to the consumer alone: a large one goes when the
// consumer lets it go, not when the queue next uses its place.
func TestQueueLetsGoOfWhatItHandsOut(t *testing.T) {
	type body [1 << 10]byte
	q := eventqueue.New(eventqueue.Events[*body]{
		Timer:     func(int) *body { return nil },
		Alarm:     func(int) *body { return nil },
		Terminate: func() *body { return nil },
	}, eventqueue.Options{})
	defer q.Close()
	post := func() weak.Pointer[body] {
		b := new(body)
		must(t, q.TryPost(b))
		return weak.Make(b)
	}
	w := post()
	runtime.GC()
	if w.Value() == nil {
		t.Fatal("gone while it waits")
	}
	q.TryNext()
	runtime.GC()
	if w.Value() != nil {
		t.Error("still held")
	}
	runtime.KeepAlive(q)
}

func TestNewNeedsAllEvents(t *testing.T) {
	defer func() {
		if recover() == nil {
			t.Error("no panic")
		}
	}()
	eventqueue.New(eventqueue.Events[event]{Timer: made.Timer, Alarm: made.Alarm}, eventqueue.Options{})
}

// Notify is called for each event that comes into the empty queue, timers included, and for no other one.
func TestNotify(t *testing.T) {
	clock := clocktest.New()
	count := 0
	q := eventqueue.New(eventqueue.Events[string]{
		Timer: func(int) string { return "timer" }, Alarm: func(int) string { return "alarm" }, Terminate: func() string { return "terminate" },
	}, eventqueue.Options{Clock: clock, Notify: func() { count++ }})
	defer q.Close()
	q.PostScript("a")
	q.PostScript("b")
	q.TryNext()
	q.PostScript("c")
	if count != 1 {
		t.Errorf("called %d times for a queue that was not empty", count)
	}
	q.TryNext()
	q.TryNext()
	if _, err := q.StartTimer(time.Second); err != nil {
		t.Fatal(err)
	}
	clock.Advance(2 * time.Second)
	if count != 2 {
		t.Errorf("called %d times, not for the timer", count)
	}
}
