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

// WithScreen is the screen that the functions of term write to; without it there is one of 51 by 19 characters that
// nobody sees. print and write go to the standard output all the same.
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
	term.Open(b, term.Options{Screen: d.screen})
	redstone.Open(b, redstone.Options{Signals: d.signals})
	return peripheral.Open(b, peripheral.Options{Bus: d.bus, ID: b.computer.config.id})
}
