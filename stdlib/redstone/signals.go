package redstone

import (
	"sync"

	"github.com/luart/luart/eventqueue"
	"github.com/luart/luart/lua"
	"github.com/luart/luart/stdlib"
)

// MaxStrength is that of the strongest signal; 0 is none.
const MaxStrength = 15

// signal is what goes in and out at one side.
type signal struct{ input, output, bundledInput, bundledOutput int }

// Signals are the redstone signals at the six sides of a computer. The zero value has all of them off. Its methods may be
// called from any goroutine, whether the computer runs or not; a side that doesn't exist has no signal.
type Signals struct {
	mu    sync.Mutex
	sides [stdlib.Sides]signal
	queue *eventqueue.Queue[stdlib.Event] // nil while no computer runs
	told  bool                            // an event redstone waits
}

// SetInput sets the strength of the signal that the computer gets at a side, from 0 to MaxStrength; others become the nearest.
// A change posts the event redstone.
func (s *Signals) SetInput(side stdlib.Side, strength int) {
	s.setInput(side, func(sig *signal) *int { return &sig.input }, min(max(strength, 0), MaxStrength))
}

// SetBundledInput sets the signals of a bundled cable that the computer gets at a side, a bit for each of 16 colours. A
// change posts the event redstone.
func (s *Signals) SetBundledInput(side stdlib.Side, colours uint16) {
	s.setInput(side, func(sig *signal) *int { return &sig.bundledInput }, int(colours))
}

func (s *Signals) setInput(side stdlib.Side, which func(*signal) *int, to int) {
	if side < 0 || side >= stdlib.Sides {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	in := which(&s.sides[side])
	if *in == to {
		return
	}
	*in = to
	if s.queue == nil || s.told {
		return // the event has no values: one stands for many
	}
	gone := func() {
		s.mu.Lock()
		s.told = false
		s.mu.Unlock()
	}
	s.told = s.queue.PostInternal(stdlib.Event{Name: "redstone", Args: func() []lua.Value { gone(); return nil }, Drop: gone}) == nil
}

// Output returns the strength of the signal that the computer gives at a side, from 0 to MaxStrength.
func (s *Signals) Output(side stdlib.Side) int { return s.at(side).output }

// BundledOutput returns the signals of a bundled cable that the computer gives at a side, a bit for each of 16 colours.
func (s *Signals) BundledOutput(side stdlib.Side) uint16 { return uint16(s.at(side).bundledOutput) }

// at returns the signals of a side.
func (s *Signals) at(side stdlib.Side) signal {
	if side < 0 || side >= stdlib.Sides {
		return signal{}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.sides[side]
}

// change changes the signals of a side, without an event.
func (s *Signals) change(side stdlib.Side, f func(*signal)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	f(&s.sides[side])
}

// start makes the signals those of a computer that boots.
func (s *Signals) start(queue *eventqueue.Queue[stdlib.Event]) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.queue, s.told = queue, false
	s.outputsOff()
}

// stop makes them those of a computer that is off.
func (s *Signals) stop() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.queue, s.told = nil, false
	s.outputsOff()
}

// outputsOff ends what the program has set. s.mu is held.
func (s *Signals) outputsOff() {
	for i := range s.sides {
		s.sides[i].output, s.sides[i].bundledOutput = 0, 0
	}
}
