package runtime

import (
	"github.com/luart/luart/stdlib/peripheral"
	"github.com/luart/luart/stdlib/redstone"
	"github.com/luart/luart/stdlib/term"
)

// devices is what is around a computer. Nil is what nobody else sees.
type devices struct {
	screen  *term.Screen
	signals *redstone.Signals
	bus     *peripheral.Bus
}

// WithScreen is the computer's terminal: what programs print and draw goes there, and read takes keys (post them with
// term.Input). It is reset at each boot.
//
// Without it the computer is in text mode. Programs see a screen of 51 by 19 characters all the same; what they print goes to the standard
// output as it is, what they draw by the functions of term goes there as lines when they pause, and read takes lines of the
// standard input.
func WithScreen(s *term.Screen) Option {
	return func(c *config) error { c.devices.screen = s; return nil }
}

// WithRedstone is the redstone signals at the computer's sides, for this computer only.
func WithRedstone(s *redstone.Signals) Option {
	return func(c *config) error { c.devices.signals = s; return nil }
}

// WithPeripherals is what is attached to the computer's sides, for this computer only. Modems on one network connect
// computers of one process.
func WithPeripherals(b *peripheral.Bus) Option {
	return func(c *config) error { c.devices.bus = b; return nil }
}

// openDevices makes the globals for what is around the computer.
func (b *boot) openDevices() error {
	d := &b.computer.config.devices
	b.screen = d.screen
	if b.screen == nil {
		b.screen = term.NewScreen(term.DefaultWidth, term.DefaultHeight, true)
		if !b.computer.config.system.foreign() || b.computer.config.program == nil {
			b.textMode()
		}
	}
	term.Open(b, term.Options{Screen: b.screen})
	redstone.Open(b, redstone.Options{Signals: d.signals})
	return peripheral.Open(b, peripheral.Options{Bus: d.bus, ID: b.computer.config.id})
}
