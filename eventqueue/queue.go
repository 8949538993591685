package eventqueue

import (
	"context"
	"errors"
	"math"
	"sync"
	"time"
)

// Limits and units that hold when Options leaves them at zero.
const (
	// DefaultScriptLimit is CraftOS's limit on waiting events.
	DefaultScriptLimit = 256
	// DefaultNetworkLimit bounds the waiting events of Post and TryPost. With
	// CraftOS's largest WebSocket message, 128 KiB, they hold 32 MiB.
	DefaultNetworkLimit = 256
	// DefaultTimerLimit bounds timers and alarms. That many occupy about 20 MB.
	DefaultTimerLimit = 1 << 18
	// DefaultResolution is CraftOS's tick.
	DefaultResolution = 50 * time.Millisecond
)

var (
	// ErrClosed: the queue is closed, and will stay so.
	ErrClosed = errors.New("event queue is closed")
	// ErrCleared: the event was waiting for room when the computer started
	// anew, and has not been taken.
	ErrCleared = errors.New("event queue was cleared: the computer has restarted")
	// ErrFull: there is no room for a network event now.
	ErrFull = errors.New("event queue is full")
	// ErrTimerLimit: too many timers and alarms are running, or have fired
	// without the script having looked at their events.
	ErrTimerLimit = errors.New("too many timers")
	// ErrAlarmRange: the hour of an alarm is not in [0, 24). CraftOS's text for
	// it, which os.setAlarm must give, is "Number out of range".
	ErrAlarmRange = errors.New("alarm hour out of range")
)

// Options configure a queue. Zero or negative limits mean the default; a limit
// of math.MaxInt is none.
type Options struct {
	// ScriptLimit is how many events of PostScript may wait.
	ScriptLimit int
	// NetworkLimit is how many events of Post and TryPost may wait.
	NetworkLimit int
	// TimerLimit is how many timers and alarms there may be, those included
	// that have fired and whose events wait.
	TimerLimit int
	// Resolution is the length of a tick: timers are rounded to whole ticks,
	// and last at least one. The default, 50 ms, is CraftOS's; one that divides
	// 50 ms, such as 1 ms, keeps alarms exact.
	Resolution time.Duration
	// GameStart is what the in-game clock shows when the queue is made.
	GameStart GameTime
	// Clock is SystemClock unless set.
	Clock Clock
	// Notify is called when an event comes into the empty queue, for a consumer that has other things to wait for than Next: it looks with
	// TryNext until there is none. Any goroutine may call it, with the queue's lock held: it must return at once, and
	// not use this queue. It may be nil.
	Notify func()
}

// Events makes the events that the queue itself originates. The functions run
// on the consumer's goroutine, inside Next and TryNext, without any lock held.
// All three must be set.
type Events[E any] struct {
	Timer     func(id int) E
	Alarm     func(id int) E
	Terminate func() E
}

// Queue is the event queue of one computer. The package comment says which
// goroutine may call what. It must be made with New, and must be closed, or the
// clock may hold on to it.
type Queue[E any] struct {
	events       Events[E]
	clock        Clock
	epoch        time.Time // tick 0
	resolution   time.Duration
	gameStart    GameTime
	scriptLimit  int
	networkLimit int
	timerLimit   int

	// wake holds at most one token, which ends the consumer's sleep. The
	// consumer sets sleeping, under mu, only when it has seen an empty ring;
	// whoever then changes what it waits for clears sleeping and leaves a token.
	// Hence no wake-up is lost; one too many, left by a consumer whose context
	// ended, is harmless, because the consumer always looks again.
	wake   chan struct{}
	notify func() // nil for none

	mu        sync.Mutex
	sleeping  bool
	closed    bool
	ring      ring[E]
	waiting   [kinds]int // entries in ring
	waiters   waiterList[E]
	timers    timerSet
	nextTimer int
	nextAlarm int
	alarm     Timer // the clock's one timer; nil until first needed
	armed     int64 // the tick alarm is set for; never if it is not set

	taken     uint64
	dropped   uint64
	discarded uint64
	highWater int
}

// never is a tick that does not come.
const never = math.MaxInt64

// New makes an empty queue. Tick 0 is now. It panics if one of events'
// functions is nil.
func New[E any](events Events[E], o Options) *Queue[E] {
	if events.Timer == nil || events.Alarm == nil || events.Terminate == nil {
		panic("eventqueue.New: a function of Events is nil")
	}
	q := &Queue[E]{
		events:       events,
		clock:        o.Clock,
		resolution:   o.Resolution,
		gameStart:    max(o.GameStart, 0),
		scriptLimit:  orDefault(o.ScriptLimit, DefaultScriptLimit),
		networkLimit: orDefault(o.NetworkLimit, DefaultNetworkLimit),
		timerLimit:   orDefault(o.TimerLimit, DefaultTimerLimit),
		wake:         make(chan struct{}, 1),
		notify:       o.Notify,
		armed:        never,
	}
	if q.clock == nil {
		q.clock = SystemClock{}
	}
	if q.resolution <= 0 {
		q.resolution = DefaultResolution
	}
	q.epoch = q.clock.Now()
	return q
}

func orDefault(limit, def int) int {
	if limit <= 0 {
		return def
	}
	return limit
}

// PostScript adds an event of the script's own, os.queueEvent. It reports false
// if ScriptLimit such events wait already (the event is dropped and counted, as
// CraftOS drops it) or the queue is closed. It never waits, and may be called
// from any goroutine, the computer's included.
func (q *Queue[E]) PostScript(e E) bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.closed {
		return false
	}
	if q.waiting[kindScript] >= q.scriptLimit {
		q.dropped++
		return false
	}
	q.push(entry[E]{kind: kindScript, event: e})
	return true
}

// Post adds an event from outside, such as a request or a message. While
// NetworkLimit such events wait, it blocks, and so holds its source back, until
// its turn comes. It returns nil once the event is taken; otherwise the event
// has not been taken and never will be, and the error is ErrClosed, ErrCleared
// or that of ctx.
//
// Any goroutine may call it, except the computer's, which would wait for itself.
func (q *Queue[E]) Post(ctx context.Context, e E) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	q.mu.Lock()
	if q.closed {
		q.mu.Unlock()
		return ErrClosed
	}
	if q.waiting[kindNetwork] < q.networkLimit {
		q.push(entry[E]{kind: kindNetwork, event: e})
		q.mu.Unlock()
		return nil
	}
	w := &waiter[E]{event: e, done: make(chan error, 1)}
	q.waiters.append(w)
	q.mu.Unlock()

	select {
	case err := <-w.done:
		return err
	case <-ctx.Done():
	}
	q.mu.Lock()
	left := q.waiters.remove(w)
	q.mu.Unlock()
	if left {
		return ctx.Err()
	}
	// Its turn came as ctx ended: the event is taken, or the queue has gone.
	return <-w.done
}

// TryPost is Post for a source that would rather answer "busy" than wait: where
// Post would block, it returns ErrFull. It never overtakes a waiting source. It
// may be called from any goroutine, the computer's included.
func (q *Queue[E]) TryPost(e E) error {
	q.mu.Lock()
	defer q.mu.Unlock()
	switch {
	case q.closed:
		return ErrClosed
	case q.waiting[kindNetwork] >= q.networkLimit:
		return ErrFull
	}
	q.push(entry[E]{kind: kindNetwork, event: e})
	return nil
}

// PostInternal adds an event of the host whatever the queue holds; only a
// closed queue refuses it, with ErrClosed. The caller answers for how many
// there can be. It never waits, and may be called from any goroutine, the
// computer's included.
func (q *Queue[E]) PostInternal(e E) error {
	return q.postInternal(entry[E]{kind: kindInternal, event: e})
}

// Terminate adds a terminate event, behind whatever waits, under the rules of
// PostInternal. What a second one means is the caller's business.
func (q *Queue[E]) Terminate() error {
	return q.postInternal(entry[E]{kind: kindTerminate})
}

func (q *Queue[E]) postInternal(e entry[E]) error {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.closed {
		return ErrClosed
	}
	q.push(e)
	return nil
}

// Next removes and returns the oldest event, and sleeps while there is none. It
// returns ErrClosed once the queue is closed, and ctx's error once ctx is done,
// even if events wait. Only the computer's goroutine may call it.
func (q *Queue[E]) Next(ctx context.Context) (E, error) {
	idle := false // the clock has been told
	for {
		if err := ctx.Err(); err != nil {
			var none E
			return none, err
		}
		q.mu.Lock()
		if q.ring.n > 0 { // a closed queue is empty
			e := q.pop()
			q.mu.Unlock()
			return q.event(e), nil
		}
		if q.closed {
			q.mu.Unlock()
			var none E
			return none, ErrClosed
		}
		if !idle {
			q.mu.Unlock()
			// A timer that was cancelled goes off for nothing; then there may be others.
			idle = !Idle(q.clock)
			continue
		}
		q.sleeping, idle = true, false
		q.mu.Unlock()

		select {
		case <-q.wake:
		case <-ctx.Done():
		}
	}
}

// TryNext removes and returns the oldest event, and reports whether there was
// one. Only the computer's goroutine may call it.
func (q *Queue[E]) TryNext() (E, bool) {
	q.mu.Lock()
	if q.ring.n == 0 {
		q.mu.Unlock()
		var none E
		return none, false
	}
	e := q.pop()
	q.mu.Unlock()
	return q.event(e), true
}

// Clear makes the queue that of a computer that boots: waiting events are
// discarded, timers and alarms cancelled, and sources that wait in Post get
// ErrCleared. Ticks, the in-game clock, ids of timers and alarms, and counts go
// on from where they are: an id is never used twice (CraftOS).
//
// It returns the discarded events, oldest first, so that what they hold can be
// released; those that the queue itself originates are left out. A source that
// should not reach the new boot must be stopped before. Clear may be called
// from any goroutine.
func (q *Queue[E]) Clear() []E {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.discard(ErrCleared)
}

// Close ends the queue: it discards as Clear does, returns what Clear returns,
// and lets all who wait, now or later, have ErrClosed. Closing again does
// nothing. It may be called from any goroutine.
func (q *Queue[E]) Close() []E {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.closed {
		return nil
	}
	q.closed = true
	q.signal()
	return q.discard(ErrClosed)
}

// discard empties the queue; waiting sources get reason. q.mu is held.
func (q *Queue[E]) discard(reason error) []E {
	for w := q.waiters.takeFirst(); w != nil; w = q.waiters.takeFirst() {
		w.done <- reason
	}
	q.timers = timerSet{}
	if q.alarm != nil {
		q.alarm.Stop()
	}
	q.armed = never

	var events []E
	q.discarded += uint64(q.ring.n)
	for q.ring.n > 0 {
		switch e := q.ring.pop(); e.kind {
		case kindScript, kindNetwork, kindInternal:
			events = append(events, e.event)
		}
	}
	q.waiting = [kinds]int{}
	return events
}

// push adds an entry and wakes the consumer. q.mu is held.
func (q *Queue[E]) push(e entry[E]) {
	q.ring.push(e)
	q.waiting[e.kind]++
	q.taken++
	q.highWater = max(q.highWater, q.ring.n)
	q.signal()
	if q.notify != nil && q.ring.n == 1 {
		q.notify()
	}
}

// signal ends the consumer's sleep, if it sleeps. q.mu is held.
func (q *Queue[E]) signal() {
	if !q.sleeping {
		return
	}
	q.sleeping = false
	select {
	case q.wake <- struct{}{}:
	default: // a token is there already
	}
}

// pop removes the oldest entry, of which there must be one, and gives the room
// of a network event to the source that has waited longest. Thus sources wait
// only while NetworkLimit events do. q.mu is held.
func (q *Queue[E]) pop() entry[E] {
	e := q.ring.pop()
	q.waiting[e.kind]--
	if e.kind == kindNetwork {
		if w := q.waiters.takeFirst(); w != nil {
			q.push(entry[E]{kind: kindNetwork, event: w.event})
			w.done <- nil
		}
	}
	return e
}

// event makes the event of an entry that has left the queue. q.mu is not held.
func (q *Queue[E]) event(e entry[E]) E {
	switch e.kind {
	case kindTimer:
		return q.events.Timer(e.id)
	case kindAlarm:
		return q.events.Alarm(e.id)
	case kindTerminate:
		return q.events.Terminate()
	}
	return e.event
}

// Stats is a snapshot of a queue for metrics.
type Stats struct {
	// Waiting is the number of events in the queue; WaitingScript and
	// WaitingNetwork are those that count against ScriptLimit and NetworkLimit.
	Waiting, WaitingScript, WaitingNetwork int
	// HighWater is the largest Waiting there has ever been.
	HighWater int
	// Blocked is the number of sources that wait in Post.
	Blocked int
	// Timers is the number of timers and alarms that have not fired.
	Timers int
	// Taken counts the events that the queue has ever taken, Dropped those of
	// PostScript that it did not for lack of room, Discarded those that it took
	// and that Clear or Close threw away.
	Taken, Dropped, Discarded uint64
}

// Stats may be called from any goroutine.
func (q *Queue[E]) Stats() Stats {
	q.mu.Lock()
	defer q.mu.Unlock()
	return Stats{
		Waiting:        q.ring.n,
		WaitingScript:  q.waiting[kindScript],
		WaitingNetwork: q.waiting[kindNetwork],
		HighWater:      q.highWater,
		Blocked:        q.waiters.n,
		Timers:         q.timers.len(),
		Taken:          q.taken,
		Dropped:        q.dropped,
		Discarded:      q.discarded,
	}
}
