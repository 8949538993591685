package eventqueue

import (
	"math"
	"time"
)

// Clock is where a queue learns the time. [SystemClock] is the real one,
// [SkippingClock] one for programs that shall not wait;
// package clocktest has one that a test moves by hand.
//
// All methods may be called from any goroutine.
type Clock interface {
	// Now returns the current time. It must not go backwards; times from
	// time.Now carry a monotonic reading and satisfy this.
	Now() time.Time
	// AfterFunc calls f once d has passed, never before it returns: f takes a
	// lock that the caller of AfterFunc, Reset and Stop holds.
	AfterFunc(d time.Duration, f func()) Timer
}

// Timer is what Clock.AfterFunc returns, with the meaning of *time.Timer's
// methods of the same name.
type Timer interface {
	// Reset makes the timer call its function once d has passed from now.
	Reset(d time.Duration) bool
	// Stop keeps the timer from calling its function, unless that call has
	// begun already.
	Stop() bool
}

// IdleClock is a Clock that is told when there is nothing to do but wait for it.
// One that skips such waits, as SkippingClock does, makes an hour's timers take
// no time, and still keeps their order.
type IdleClock interface {
	Clock
	// Idle is called on the goroutine that is about to wait, without any lock
	// held. It reports whether time went on, in which case there may be
	// something to do again: the caller looks, and calls it once more if there
	// is not.
	Idle() bool
}

// Idle tells the clock, if it wants to know, that the caller is about to wait,
// and reports whether time went on.
func Idle(c Clock) bool {
	i, ok := c.(IdleClock)
	return ok && i.Idle()
}

// SystemClock is the computer's real clock.
type SystemClock struct{}

// Now is time.Now.
func (SystemClock) Now() time.Time { return time.Now() }

// AfterFunc is time.AfterFunc.
func (SystemClock) AfterFunc(d time.Duration, f func()) Timer { return time.AfterFunc(d, f) }

// Seconds converts a number of seconds, as scripts give it, to a Duration.
// Values that a Duration can't hold (about ±292 years) become the largest or
// smallest one, infinities included; NaN becomes 0. Scripts never get that far
// with NaN or infinities: os.startTimer rejects them.
func Seconds(s float64) time.Duration {
	ns := s * float64(time.Second)
	switch {
	case math.IsNaN(ns):
		return 0
	case ns >= math.MaxInt64:
		return math.MaxInt64
	case ns <= math.MinInt64:
		return math.MinInt64
	}
	// Rounding, not truncating, keeps decimal fractions such as 0.29 s, which a
	// float64 holds as slightly less, from losing a nanosecond and with it half
	// a tick.
	return time.Duration(math.Round(ns))
}
