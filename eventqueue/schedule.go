package eventqueue

// How a queue starts, cancels and fires its timers and alarms.

import (
	"math"
	"time"
)

// StartTimer starts a timer that fires after d, rounded to whole ticks, half a
// tick up, and at least one tick; negative durations are welcome. The first
// tick is what is left of the current one. Ids count from 0, survive Clear and
// are never used twice. The error is ErrTimerLimit or ErrClosed.
//
// CraftOS: os.startTimer. Any goroutine may call it.
func (q *Queue[E]) StartTimer(d time.Duration) (id int, err error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if err := q.canStart(); err != nil {
		return 0, err
	}
	id = q.nextTimer
	q.nextTimer++
	elapsed := q.sinceEpoch()
	q.start(timerKey{kindTimer, id}, q.tick(elapsed), q.wholeTicks(d), elapsed)
	return id, nil
}

// StartAlarm starts an alarm that fires when the in-game clock next shows the
// given hour, in [0, 24), tomorrow if it shows it now. Ids count from 0 apart
// from those of timers, under the same rules. The error is ErrAlarmRange,
// ErrTimerLimit or ErrClosed.
//
// CraftOS: os.setAlarm. Any goroutine may call it.
func (q *Queue[E]) StartAlarm(hour float64) (id int, err error) {
	if hour < 0 || hour >= 24 || math.IsNaN(hour) {
		return 0, ErrAlarmRange
	}
	q.mu.Lock()
	defer q.mu.Unlock()
	if err := q.canStart(); err != nil {
		return 0, err
	}
	id = q.nextAlarm
	q.nextAlarm++
	elapsed := q.sinceEpoch()
	target := time.Duration(q.gameTime(elapsed).Next(hour)-q.gameStart) * GameTick
	now := q.tick(elapsed)
	due := q.tick(target)
	if time.Duration(due)*q.resolution < target { // the tick that is not before it
		due++
	}
	q.start(timerKey{kindAlarm, id}, now, max(1, due-now), elapsed)
	return id, nil
}

// CancelTimer cancels a timer and reports whether it was still to fire. Unknown
// ids are fine. An event already in the queue stays there, as in CraftOS. Any
// goroutine may call it.
func (q *Queue[E]) CancelTimer(id int) bool { return q.cancel(timerKey{kindTimer, id}) }

// CancelAlarm is CancelTimer for alarms.
func (q *Queue[E]) CancelAlarm(id int) bool { return q.cancel(timerKey{kindAlarm, id}) }

// The clock's timer is left as it is: if what was cancelled was the first to
// fire, it goes off once for nothing and is set anew. A program that starts and
// cancels in a loop, as every receive with a timeout does, thus sets it once a
// tick and not twice a round.
func (q *Queue[E]) cancel(key timerKey) bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.timers.cancel(key)
}

// Elapsed is the time since the queue was made, in whole ticks. os.clock is the
// difference of two of them. Any goroutine may call it.
func (q *Queue[E]) Elapsed() time.Duration {
	return time.Duration(q.tick(q.sinceEpoch())) * q.resolution
}

// GameTime is what the in-game clock shows. Any goroutine may call it.
func (q *Queue[E]) GameTime() GameTime { return q.gameTime(q.sinceEpoch()) }

func (q *Queue[E]) gameTime(elapsed time.Duration) GameTime {
	return q.gameStart + GameTime(elapsed/GameTick)
}

func (q *Queue[E]) sinceEpoch() time.Duration { return max(0, q.clock.Now().Sub(q.epoch)) }

// tick is the number of the tick that lasts at the given time.
func (q *Queue[E]) tick(elapsed time.Duration) int64 { return int64(elapsed / q.resolution) }

// wholeTicks is max(1, round(d/resolution)).
func (q *Queue[E]) wholeTicks(d time.Duration) int64 {
	n, rest := d/q.resolution, d%q.resolution
	if rest >= q.resolution-rest { // rest ≥ half, in a form that can't overflow
		n++
	}
	return max(1, int64(n))
}

// canStart says whether there may be one more timer. Those that have fired
// unseen count, else a script that never looks could start them without end.
// q.mu is held.
func (q *Queue[E]) canStart() error {
	switch {
	case q.closed:
		return ErrClosed
	case q.timers.len()+q.waiting[kindTimer]+q.waiting[kindAlarm] >= q.timerLimit:
		return ErrTimerLimit
	}
	return nil
}

// start adds a timer due the given number of ticks, 1 or more, after the tick
// now. q.mu is held.
func (q *Queue[E]) start(key timerKey, now, ticks int64, elapsed time.Duration) {
	due := int64(never - 1)
	if ticks < due-now {
		due = now + ticks
	}
	q.timers.add(key, due)
	q.arm(elapsed)
}

// arm sets the clock's timer for the first timer that is due, unless it will go
// off by then anyway. q.mu is held.
func (q *Queue[E]) arm(elapsed time.Duration) {
	if q.timers.len() == 0 {
		return
	}
	due := q.timers.nextDue()
	if q.armed <= due {
		return
	}
	q.armed = due
	at := time.Duration(math.MaxInt64)
	if due <= int64(at/q.resolution) {
		at = time.Duration(due) * q.resolution
	}
	if q.alarm == nil {
		q.alarm = q.clock.AfterFunc(at-elapsed, q.fire)
	} else {
		q.alarm.Reset(at - elapsed)
	}
}

// fire is what the clock's timer calls: all that is due becomes events. It does
// not matter if it is called too early or once too often.
func (q *Queue[E]) fire() {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.closed {
		return
	}
	elapsed := q.sinceEpoch()
	now := q.tick(elapsed)
	for q.timers.len() > 0 && q.timers.nextDue() <= now {
		key := q.timers.takeFirst()
		q.push(entry[E]{kind: key.kind, id: key.id})
	}
	q.armed = never
	q.arm(elapsed)
}
