//go:build race

package eventqueue_test

// The race detector makes each step some ten times slower.
const (
	stressEvents    = 100_000
	cancelledTimers = 100_000
)
