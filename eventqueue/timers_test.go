package eventqueue_test

import (
	"cmp"
	"fmt"
	"math"
	"math/rand/v2"
	"runtime"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/luart/luart/eventqueue"
	"github.com/luart/luart/eventqueue/clocktest"
)

const tick = eventqueue.DefaultResolution

func startTimer(t testing.TB, q *eventqueue.Queue[event], d time.Duration) int {
	t.Helper()
	id, err := q.StartTimer(d)
	must(t, err)
	return id
}

func TestTimersRoundToTicks(t *testing.T) {
	const ms = time.Millisecond
	for _, c := range []struct {
		resolution, d, fires time.Duration
	}{
		{0, 0, 50 * ms},
		{0, 1, 50 * ms},
		{0, -1, 50 * ms},
		{0, -1000 * time.Hour, 50 * ms},
		{0, math.MinInt64, 50 * ms},
		{0, 50 * ms, 50 * ms},
		{0, 74 * ms, 50 * ms},
		{0, 75 * ms, 100 * ms},
		{0, 124 * ms, 100 * ms},
		{0, time.Hour, time.Hour},
		{ms, 0, ms},
		{ms, 50 * ms, 50 * ms},
		{ms, 50*ms + 499_999, 50 * ms},
		{ms, 50*ms + 500_000, 51 * ms},
		{1, 7, 7},
		{3, 4, 3},
		{3, 5, 6},
		{-1, 0, 50 * ms}, // not a resolution: the default
	} {
		t.Run(fmt.Sprint(c.d, "@", c.resolution), func(t *testing.T) {
			q, clock := newQueue(t, eventqueue.Options{Resolution: c.resolution})
			startTimer(t, q, c.d)
			clock.Advance(c.fires - 1)
			expect(t, drain(q))
			clock.Advance(1)
			expect(t, drain(q), "timer 0")
			if clock.Armed() != 0 {
				t.Error("the clock is set though no timer is left")
			}
		})
	}
}

// Ticks lie on a grid, as in CraftOS: a timer's first tick is the rest of the
// current one, and a loop of sleep(0) takes 50 ms a round however late in a
// tick it looks.
func TestTicksLieOnAGrid(t *testing.T) {
	q, clock := newQueue(t, eventqueue.Options{})
	clock.Advance(tick * 7 / 10)
	startTimer(t, q, 0)
	clock.Advance(tick*3/10 - 1)
	expect(t, drain(q))
	clock.Advance(1)
	expect(t, drain(q), "timer 0")
	for i := range 10 {
		clock.Advance(tick / 5)
		startTimer(t, q, 0)
		clock.Advance(tick * 4 / 5)
		expect(t, drain(q), made.Timer(i+1))
	}
	if q.Elapsed() != 11*tick {
		t.Errorf("elapsed %v", q.Elapsed())
	}
	clock.Advance(tick - 1)
	if q.Elapsed() != 11*tick {
		t.Errorf("elapsed %v within the tick", q.Elapsed())
	}
}

func TestTimersOfOneTickFireInIDOrder(t *testing.T) {
	q, clock := newQueue(t, eventqueue.Options{GameStart: eventqueue.GameTimeAt(0, 5.999)})
	must2 := func(_ int, err error) { t.Helper(); must(t, err) }
	must2(q.StartTimer(3 * tick)) // 0
	must2(q.StartTimer(1 * tick)) // 1
	must2(q.StartAlarm(6))        // due at tick 1 too: alarms come after timers
	must2(q.StartTimer(2 * tick)) // 2
	clock.Advance(tick / 2)
	must2(q.StartTimer(tick*3/2 - 1)) // 3, same tick as 1
	must2(q.StartTimer(2 * tick))     // 4, same tick as 2
	clock.Advance(10 * tick)          // all at once, as after a pause
	expect(t, drain(q), "timer 1", "timer 3", "alarm 0", "timer 2", "timer 4", "timer 0")
}

func TestHugeTimersDoNotOverflow(t *testing.T) {
	for _, resolution := range []time.Duration{1, 3, time.Millisecond, tick, math.MaxInt64} {
		q, clock := newQueue(t, eventqueue.Options{Resolution: resolution})
		clock.Advance(time.Hour)
		for _, d := range []time.Duration{math.MaxInt64, math.MaxInt64 - 1, math.MaxInt64 / 2, eventqueue.Seconds(1e300)} {
			startTimer(t, q, d)
		}
		startTimer(t, q, 0)
		clock.Advance(100 * 365 * 24 * time.Hour)
		if resolution < math.MaxInt64 {
			expect(t, drain(q), "timer 4")
		} else {
			expect(t, drain(q))
		}
		if s := q.Stats(); s.Timers < 4 || clock.Armed() != 1 {
			t.Errorf("resolution %v: stats %+v, armed %d", resolution, s, clock.Armed())
		}
	}
}

// recorder notes how long the queue last asked its clock to wait.
type recorder struct {
	*clocktest.Clock
	last time.Duration
}

func (r *recorder) AfterFunc(d time.Duration, f func()) eventqueue.Timer {
	r.last = d
	return r.Clock.AfterFunc(d, f)
}

// A deadline that wrapped around would be in the past, and the clock would go
// off without end.
func TestHugeTimersLetTheClockRest(t *testing.T) {
	for _, resolution := range []time.Duration{1, time.Millisecond, tick, math.MaxInt64} {
		clock := &recorder{Clock: clocktest.New()}
		q := eventqueue.New(made, eventqueue.Options{Clock: clock, Resolution: resolution})
		clock.Advance(time.Hour)
		startTimer(t, q, math.MaxInt64)
		if clock.last < math.MaxInt64-2*time.Hour {
			t.Errorf("resolution %v: the clock is to wait %v", resolution, clock.last)
		}
		q.Close()
	}
}

func TestSeconds(t *testing.T) {
	for s, want := range map[float64]time.Duration{
		0: 0, 0.05: 50 * time.Millisecond, 0.29: 290 * time.Millisecond, -1.5: -1500 * time.Millisecond,
		1e300: math.MaxInt64, -1e300: math.MinInt64, math.Inf(1): math.MaxInt64, math.Inf(-1): math.MinInt64,
		9223372036.854775807: math.MaxInt64, 1e-300: 0,
	} {
		if got := eventqueue.Seconds(s); got != want {
			t.Errorf("Seconds(%v) = %d, want %d", s, got, want)
		}
	}
	if got := eventqueue.Seconds(math.NaN()); got != 0 {
		t.Errorf("Seconds(NaN) = %v", got)
	}
}

func TestCancel(t *testing.T) {
	q, clock := newQueue(t, eventqueue.Options{})
	for range 3 {
		startTimer(t, q, tick)
	}
	alarm, err := q.StartAlarm(1)
	must(t, err)
	for _, unknown := range []int{-1, 3, math.MaxInt, math.MinInt} {
		if q.CancelTimer(unknown) || q.CancelAlarm(unknown) {
			t.Errorf("cancelled %d, which there is not", unknown)
		}
	}
	if !q.CancelTimer(0) || q.CancelTimer(0) {
		t.Error("a timer can be cancelled once")
	}
	clock.Advance(tick)
	if q.CancelTimer(1) {
		t.Error("cancelled a timer that has fired")
	}
	expect(t, drain(q), "timer 1", "timer 2") // the event of 1 stays, as in CraftOS
	if !q.CancelAlarm(alarm) {
		t.Error("the alarm is gone: timer 0 and alarm 0 are not the same")
	}
	clock.Advance(2 * eventqueue.GameDay)
	expect(t, drain(q))
	if clock.Armed() != 0 {
		t.Error("the clock stays set with nothing to wait for")
	}
}

// A clock that is early (or a timer of its that goes off twice) fires nothing
// before its time and loses nothing.
func TestEarlyWakeUpIsHarmless(t *testing.T) {
	q, clock := newQueue(t, eventqueue.Options{})
	startTimer(t, q, 1*tick)
	startTimer(t, q, 5*tick)
	q.CancelTimer(0) // the clock stays set for it
	clock.Advance(4 * tick)
	expect(t, drain(q))
	if clock.Armed() != 1 {
		t.Fatalf("armed %d, want 1: one clock timer for all", clock.Armed())
	}
	clock.Advance(tick)
	expect(t, drain(q), "timer 1")
}

func TestOneClockTimerForAll(t *testing.T) {
	q, clock := newQueue(t, eventqueue.Options{})
	if clock.Armed() != 0 {
		t.Error("an idle queue has set the clock")
	}
	for i := range 1000 {
		startTimer(t, q, time.Duration(1000-i)*tick)
		if clock.Armed() != 1 {
			t.Fatalf("armed %d", clock.Armed())
		}
	}
	clock.Advance(1000 * tick)
	want := numbered("timer ", 0, 1000)
	slices.Reverse(want)
	expect(t, drain(q), want...)
}

func TestTimerLimitCountsWhatWasNotLookedAt(t *testing.T) {
	q, clock := newQueue(t, eventqueue.Options{TimerLimit: 3})
	startTimer(t, q, 0)
	startTimer(t, q, tick*9)
	alarm, err := q.StartAlarm(12)
	must(t, err)
	full := func() {
		t.Helper()
		if _, err := q.StartTimer(0); err != eventqueue.ErrTimerLimit {
			t.Fatalf("StartTimer: %v", err)
		}
		if _, err := q.StartAlarm(0); err != eventqueue.ErrTimerLimit {
			t.Fatalf("StartAlarm: %v", err)
		}
	}
	full()
	clock.Advance(tick)
	full() // timer 0 has fired, but nobody has seen it
	expect(t, drain(q), "timer 0")
	if id := startTimer(t, q, 0); id != 2 {
		t.Errorf("id %d; a refused timer must not use one up", id)
	}
	full()
	q.CancelAlarm(alarm)
	startTimer(t, q, 0)
	full()
	clock.Advance(tick * 9)
	drain(q)
	for range 3 {
		startTimer(t, q, 0)
	}
	full()
}

// The queue against a sorted list, through some thousand random steps.
func TestTimersAgainstAModel(t *testing.T) {
	type pending struct {
		due, id int
	}
	rnd := rand.New(rand.NewPCG(1, 2))
	q, clock := newQueue(t, eventqueue.Options{})
	var model []pending
	now, last := 0, 0
	for range 20_000 {
		switch rnd.IntN(10) {
		case 0: // time passes
			n := rnd.IntN(20)
			clock.Advance(time.Duration(n) * tick)
			now += n
			slices.SortFunc(model, func(a, b pending) int {
				return cmp.Or(cmp.Compare(a.due, b.due), cmp.Compare(a.id, b.id))
			})
			var want []event
			for len(model) > 0 && model[0].due <= now {
				want = append(want, made.Timer(model[0].id))
				model = model[1:]
			}
			expect(t, drain(q), want...)
		case 1, 2, 3: // one that is or is not there
			id := rnd.IntN(last + 2)
			i := slices.IndexFunc(model, func(p pending) bool { return p.id == id })
			if q.CancelTimer(id) != (i >= 0) {
				t.Fatalf("cancel %d: there = %v", id, i >= 0)
			}
			if i >= 0 {
				model = slices.Delete(model, i, i+1)
			}
		case 4: // one that is there
			if len(model) > 0 {
				i := rnd.IntN(len(model))
				if !q.CancelTimer(model[i].id) {
					t.Fatalf("timer %d is gone", model[i].id)
				}
				model = slices.Delete(model, i, i+1)
			}
		default:
			n := rnd.IntN(200)
			last = startTimer(t, q, time.Duration(n)*tick)
			model = append(model, pending{now + max(1, n), last})
		}
		if q.Stats().Timers != len(model) {
			t.Fatalf("%d timers, want %d", q.Stats().Timers, len(model))
		}
	}
}

func heapInUse() uint64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

func TestCancelledTimersLeaveNoMemory(t *testing.T) {
	q, clock := newQueue(t, eventqueue.Options{})
	before := heapInUse()
	grew := func(what string) {
		t.Helper()
		if after := heapInUse(); after > before+256<<10 {
			t.Errorf("%s: %d KiB more in use", what, (after-before)>>10)
		}
	}

	for range cancelledTimers {
		q.CancelTimer(startTimer(t, q, time.Hour))
	}
	grew("started and cancelled one by one")

	// Live neighbours, so that the set is never empty.
	var live [8]int
	for i := range 200_000 {
		q.CancelTimer(live[i%len(live)])
		live[i%len(live)] = startTimer(t, q, time.Duration(i%97)*time.Hour)
	}
	grew("with eight alive")
	for _, id := range live {
		q.CancelTimer(id)
	}

	for range 5 {
		first := startTimer(t, q, time.Hour)
		for i := range 100_000 {
			startTimer(t, q, time.Duration(i)*time.Second)
		}
		for id := first; id <= first+100_000; id++ {
			if !q.CancelTimer(id) {
				t.Fatalf("timer %d is gone", id)
			}
		}
	}
	grew("five times 100000 alive at once")

	for range 100_000 {
		startTimer(t, q, 0)
	}
	clock.Advance(tick)
	for _, ok := q.TryNext(); ok; _, ok = q.TryNext() {
	}
	grew("100000 fired at once")
	runtime.KeepAlive(q)
}

func TestSystemClock(t *testing.T) {
	synctest.Test(t, func(t *testing.T) { // time.Now and time.AfterFunc are the bubble's
		q := eventqueue.New(made, eventqueue.Options{})
		defer q.Close()
		start := time.Now()
		startTimer(t, q, 120*time.Millisecond)
		startTimer(t, q, 0)
		for _, want := range []struct {
			e  event
			at time.Duration
		}{{"timer 1", 50 * time.Millisecond}, {"timer 0", 100 * time.Millisecond}} {
			e, err := q.Next(t.Context())
			must(t, err)
			if at := time.Since(start); e != want.e || at != want.at {
				t.Errorf("%s at %v, want %s at %v", e, at, want.e, want.at)
			}
		}
	})
}
