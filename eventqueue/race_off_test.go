//go:build !race

package eventqueue_test

const (
	stressEvents    = 10_000_000
	cancelledTimers = 1_000_000
)
