package eventqueue_test

import (
	"math"
	"testing"
	"time"

	"github.com/luart/luart/eventqueue"
)

func TestGameTimeRuns(t *testing.T) {
	q, clock := newQueue(t, eventqueue.Options{GameStart: eventqueue.GameTimeAt(3, 23.5)})
	check := func(day int64, hour float64, ms int64) {
		t.Helper()
		now := q.GameTime()
		if now.Day() != day || now.Hour() != hour || now.Milliseconds() != ms {
			t.Errorf("day %d, %v h, %d ms; want day %d, %v h, %d ms",
				now.Day(), now.Hour(), now.Milliseconds(), day, hour, ms)
		}
	}
	const day = 86_400_000
	check(3, 23.5, 3*day+84_600_000)
	clock.Advance(eventqueue.GameTick - 1)
	check(3, 23.5, 3*day+84_600_000)
	clock.Advance(1)
	check(3, 23.501, 3*day+84_603_600)
	clock.Advance(eventqueue.GameHour/2 - eventqueue.GameTick) // 25 s
	check(4, 0, 4*day)
	clock.Advance(20 * time.Minute)
	check(5, 0, 5*day)
	if eventqueue.GameDay != 20*time.Minute || eventqueue.GameHour != 50*time.Second {
		t.Errorf("day %v, hour %v", eventqueue.GameDay, eventqueue.GameHour)
	}
}

func TestGameTimeStartsAtZero(t *testing.T) {
	for _, start := range []eventqueue.GameTime{0, -5} {
		q, _ := newQueue(t, eventqueue.Options{GameStart: start})
		if now := q.GameTime(); now.Day() != 0 || now.Hour() != 0 {
			t.Errorf("day %d, hour %v", now.Day(), now.Hour())
		}
	}
}

func TestNextHour(t *testing.T) {
	for _, c := range []struct {
		from eventqueue.GameTime
		hour float64
		want eventqueue.GameTime
	}{
		{eventqueue.GameTimeAt(0, 0), 0, eventqueue.GameTimeAt(1, 0)},
		{eventqueue.GameTimeAt(0, 0), math.SmallestNonzeroFloat64, eventqueue.GameTimeAt(1, 0)},
		{eventqueue.GameTimeAt(0, 0), 0.001, 1},
		{eventqueue.GameTimeAt(0, 0), 0.0011, 2},
		{eventqueue.GameTimeAt(2, 6), 6.001, eventqueue.GameTimeAt(2, 6) + 1},
		{eventqueue.GameTimeAt(2, 6), 6, eventqueue.GameTimeAt(3, 6)},
		{eventqueue.GameTimeAt(2, 6), 5.999, eventqueue.GameTimeAt(3, 6) - 1},
		{eventqueue.GameTimeAt(2, 23.999), 0, eventqueue.GameTimeAt(3, 0)},
		{eventqueue.GameTimeAt(2, 0), 23.9999, eventqueue.GameTimeAt(3, 0)},
	} {
		if got := c.from.Next(c.hour); got != c.want {
			t.Errorf("from %d, next %v h: %d, want %d", c.from, c.hour, got, c.want)
		}
	}
}

// What os.time gives at a game tick, os.setAlarm must read as that tick.
func TestHoursSurviveFloatingPoint(t *testing.T) {
	for n := range eventqueue.GameTime(24000) {
		if got := eventqueue.GameTimeAt(7, n.Hour()); got != 7*24000+n {
			t.Fatalf("tick %d, hour %v, comes back as %d", n, n.Hour(), got-7*24000)
		}
	}
}

func TestAlarmFiresWhenTheHourComes(t *testing.T) {
	for _, resolution := range []time.Duration{tick, time.Millisecond, 7 * time.Millisecond} {
		q, clock := newQueue(t, eventqueue.Options{GameStart: eventqueue.GameTimeAt(0, 6), Resolution: resolution})
		for id, hour := range []float64{7, 6, 6.5} {
			got, err := q.StartAlarm(hour)
			must(t, err)
			if got != id {
				t.Errorf("id %d, want %d", got, id)
			}
		}
		late := (resolution - eventqueue.GameHour/2%resolution) % resolution
		clock.Advance(eventqueue.GameHour/2 + late - 1)
		expect(t, drain(q))
		clock.Advance(1)
		expect(t, drain(q), "alarm 2")
		if h := q.GameTime().Hour(); h != 6.5 {
			t.Errorf("fired at %v", h)
		}
		clock.Advance(eventqueue.GameHour)
		expect(t, drain(q), "alarm 0")
		clock.Advance(eventqueue.GameDay)
		expect(t, drain(q), "alarm 1") // it was 6 when it was set: the next day
	}
}

func TestAlarmRange(t *testing.T) {
	q, _ := newQueue(t, eventqueue.Options{})
	for _, hour := range []float64{-1, 24, 1e300, -math.SmallestNonzeroFloat64, math.NaN(), math.Inf(1), math.Inf(-1)} {
		if _, err := q.StartAlarm(hour); err != eventqueue.ErrAlarmRange {
			t.Errorf("%v: %v", hour, err)
		}
	}
	if id, err := q.StartAlarm(math.Nextafter(24, 0)); id != 0 || err != nil {
		t.Errorf("just before 24: id %d, %v", id, err)
	}
}
