// Package os is the native part of CraftOS's os API: events of the program's own, timers and alarms, clocks and
// calendars, the computer's name, and its power switch. The ROM adds what can be written in Lua (os.pullEvent, os.run, ...).
//
// Calls of Lua functions enter; events for the computer's queue and requests to the computer leave. The runtime calls
// Open while it boots a computer; everything here runs on the computer's goroutine.
package os

import (
	"errors"
	"strings"
	"time"

	"github.com/luart/luart/eventqueue"
	"github.com/luart/luart/lua"
	"github.com/luart/luart/stdlib"
)

// maxLabel is the length of the longest label, in bytes (CraftOS).
const maxLabel = 32

// Power is the computer's power switch. Both functions only ask: the computer stops when the running code yields.
type Power interface {
	// Shutdown asks the computer to end with an exit code.
	Shutdown(code int)
	// Reboot asks the computer to start anew.
	Reboot()
}

// Options configure the API. Power must be set; zero values of the others are fine.
type Options struct {
	// Power is what os.shutdown and os.reboot use.
	Power Power
	// ID is the computer's number, from 0.
	ID int
	// Label is the computer's name; programs change it with os.setComputerLabel. Nil, or empty, is none.
	Label *string
	// Keep is called with each new label that a program gives the computer, "" when it takes the name away. It may be nil.
	Keep func(label string)
	// Clock tells the time of os.time, os.day, os.date and os.epoch; the system's unless set.
	Clock eventqueue.Clock
	// Location is where the "local" times are; the system's time zone unless set.
	Location *time.Location
}

// api is the state of the API in one computer.
type api struct {
	computer stdlib.Computer
	options  Options
	booted   time.Duration // what the queue's clock showed
	waiting  waiting
}

// Open puts the table os into the VM's globals.
func Open(c stdlib.Computer, o Options) {
	if o.Label == nil {
		o.Label = new(string)
	}
	if o.Clock == nil {
		o.Clock = eventqueue.SystemClock{}
	}
	if o.Location == nil {
		o.Location = time.Local
	}
	a := &api{computer: c, options: o, booted: c.Queue().Elapsed()}
	a.waiting.open(c)
	t := lua.NewTable(0, 32)
	for _, f := range []struct {
		name string
		fn   lua.GoFunc
	}{
		{"queueEvent", a.queueEvent}, {"startTimer", a.startTimer}, {"cancelTimer", a.cancelTimer},
		{"setAlarm", a.setAlarm}, {"cancelAlarm", a.cancelAlarm},
		{"shutdown", a.shutdown}, {"reboot", a.reboot},
		{"getComputerID", a.computerID}, {"computerID", a.computerID},
		{"getComputerLabel", a.computerLabel}, {"computerLabel", a.computerLabel}, {"setComputerLabel", a.setComputerLabel},
		{"clock", a.clock}, {"time", a.time}, {"day", a.day}, {"epoch", a.epoch}, {"date", a.date},
	} {
		t.SetString(f.name, stdlib.Function(f.name, f.fn))
	}
	c.VM().Globals().SetString("os", t.Value())
}

// queueEvent is os.queueEvent(name, ...). The event is dropped when too many wait (CraftOS: 256).
func (a *api) queueEvent(c lua.Call) (lua.Results, error) {
	name, err := stdlib.CheckString(c, 1)
	if err != nil {
		return 0, err
	}
	event := stdlib.Event{Name: name}
	if n := c.N() - 1; n > 0 {
		values := make([]lua.Value, n)
		for i := range values {
			if values[i], err = stdlib.Transfer(c, c.Arg(i+2)); err != nil {
				return 0, err
			}
		}
		event.Args, event.Drop = a.waiting.hold(values)
	}
	if !a.computer.Queue().PostScript(event) && event.Drop != nil {
		event.Drop()
	}
	return c.Return0()
}

// startTimer is os.startTimer(seconds); the timer fires after whole ticks of 50 ms, at least one.
func (a *api) startTimer(c lua.Call) (lua.Results, error) {
	seconds, err := stdlib.CheckFinite(c, 1)
	if err != nil {
		return 0, err
	}
	id, err := a.computer.Queue().StartTimer(eventqueue.Seconds(seconds))
	if err != nil {
		return 0, err
	}
	return c.Return1(lua.Int(id))
}

func (a *api) cancelTimer(c lua.Call) (lua.Results, error) {
	id, err := stdlib.CheckInt(c, 1)
	if err != nil {
		return 0, err
	}
	a.computer.Queue().CancelTimer(id)
	return c.Return0()
}

var errAlarmRange = errors.New("Number out of range") //lint:ignore ST1005 CraftOS's text

// setAlarm is os.setAlarm(hour), an hour of the in-game clock.
func (a *api) setAlarm(c lua.Call) (lua.Results, error) {
	hour, err := stdlib.CheckFinite(c, 1)
	if err != nil {
		return 0, err
	}
	id, err := a.computer.Queue().StartAlarm(hour)
	switch {
	case errors.Is(err, eventqueue.ErrAlarmRange):
		return 0, errAlarmRange
	case err != nil:
		return 0, err
	}
	return c.Return1(lua.Int(id))
}

func (a *api) cancelAlarm(c lua.Call) (lua.Results, error) {
	id, err := stdlib.CheckInt(c, 1)
	if err != nil {
		return 0, err
	}
	a.computer.Queue().CancelAlarm(id)
	return c.Return0()
}

// shutdown is os.shutdown([code]); the code is CraftOS-PC's addition.
func (a *api) shutdown(c lua.Call) (lua.Results, error) {
	code, err := stdlib.OptInt(c, 1, 0)
	if err != nil {
		return 0, err
	}
	a.options.Power.Shutdown(code)
	return c.Return0()
}

func (a *api) reboot(c lua.Call) (lua.Results, error) {
	a.options.Power.Reboot()
	return c.Return0()
}

func (a *api) computerID(c lua.Call) (lua.Results, error) { return c.Return1(lua.Int(a.options.ID)) }

func (a *api) computerLabel(c lua.Call) (lua.Results, error) {
	if *a.options.Label == "" {
		return c.Return0()
	}
	return c.Return1(lua.String(*a.options.Label))
}

func (a *api) setComputerLabel(c lua.Call) (lua.Results, error) {
	label, err := stdlib.OptString(c, 1, "")
	if err != nil {
		return 0, err
	}
	if label = Label(label); label != *a.options.Label {
		*a.options.Label = label
		if a.options.Keep != nil {
			a.options.Keep(label)
		}
	}
	return c.Return0()
}

// Label returns the name that a computer bears when it is given s: its first 32 bytes, with a question mark for each
// that can't be printed. (CraftOS)
func Label(s string) string {
	b := []byte(s[:min(len(s), maxLabel)])
	for i, ch := range b {
		if ch < ' ' || ch > '~' && ch < 161 || ch == 173 {
			b[i] = '?'
		}
	}
	return strings.Clone(string(b))
}

// clock is os.clock(): seconds since the computer has booted, in ticks of 50 ms.
func (a *api) clock(c lua.Call) (lua.Results, error) {
	return c.Return1(lua.Number((a.computer.Queue().Elapsed() - a.booted).Seconds()))
}
