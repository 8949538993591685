// Package redstone is CraftOS's redstone API, also named rs, on signals that are in memory.
//
// Calls of Lua functions enter, and so do the inputs that Go code sets; the outputs that programs set and events for the
// computer's queue leave. The runtime calls Open while it boots a computer; the Lua functions run on the computer's goroutine,
// the methods of Signals may be called from any.
package redstone

import (
	"context"
	"errors"

	"github.com/luart/luart/lua"
	"github.com/luart/luart/stdlib"
)

// Options configure the API. The zero value is fine.
type Options struct {
	// Signals are those at the computer's sides, all off unless set. One computer may use them.
	Signals *Signals
}

// api is the state of the API in one computer.
type api struct{ signals *Signals }

// Open puts the table redstone, also as rs, into the VM's globals. The outputs are off then, and once the computer ends.
func Open(c stdlib.Computer, o Options) {
	a := &api{signals: o.Signals}
	if a.signals == nil {
		a.signals = &Signals{}
	}
	a.signals.start(c.Queue())
	c.OnClose(func(context.Context) { a.signals.stop() })
	t := lua.NewTable(0, 32)
	for _, f := range []struct {
		name, alias string
		fn          lua.GoFunc
	}{
		{"getSides", "", a.getSides},
		{"setOutput", "", a.setOutput}, {"getOutput", "", a.getOutput}, {"getInput", "", a.getInput},
		{"setAnalogOutput", "setAnalogueOutput", a.setAnalogOutput},
		{"getAnalogOutput", "getAnalogueOutput", a.getAnalogOutput},
		{"getAnalogInput", "getAnalogueInput", a.getAnalogInput},
		{"setBundledOutput", "", a.setBundledOutput}, {"getBundledOutput", "", a.getBundledOutput},
		{"getBundledInput", "", a.getBundledInput}, {"testBundledInput", "", a.testBundledInput},
	} {
		fn := lua.NewFunction(f.name, f.fn)
		t.SetString(f.name, fn)
		if f.alias != "" {
			t.SetString(f.alias, fn)
		}
	}
	g := c.VM().Globals()
	g.SetString("redstone", t.Value())
	g.SetString("rs", t.Value())
}

func (a *api) getSides(c lua.Call) (lua.Results, error) {
	t := lua.NewTable(stdlib.Sides, 0)
	for s := range stdlib.Side(stdlib.Sides) {
		t.Append(lua.String(s.String()))
	}
	return c.Return1(t.Value())
}

// setOutput is redstone.setOutput(side, on).
func (a *api) setOutput(c lua.Call) (lua.Results, error) {
	side, err := stdlib.CheckSide(c, 1)
	if err != nil {
		return 0, err
	}
	on, err := stdlib.CheckBool(c, 2)
	if err != nil {
		return 0, err
	}
	strength := 0
	if on {
		strength = MaxStrength
	}
	a.signals.change(side, func(s *signal) { s.output = strength })
	return c.Return0()
}

func (a *api) getOutput(c lua.Call) (lua.Results, error) {
	side, err := stdlib.CheckSide(c, 1)
	return give(c, lua.Bool(a.signals.at(side).output > 0), err)
}

func (a *api) getInput(c lua.Call) (lua.Results, error) {
	side, err := stdlib.CheckSide(c, 1)
	return give(c, lua.Bool(a.signals.at(side).input > 0), err)
}

// give returns the value unless there is an error.
func give(c lua.Call, v lua.Value, err error) (lua.Results, error) {
	if err != nil {
		return 0, err
	}
	return c.Return1(v)
}

var errStrength = errors.New("Expected number in range 0-15") //lint:ignore ST1005 CraftOS's text

// setAnalogOutput is redstone.setAnalogOutput(side, strength), from 0 to 15.
func (a *api) setAnalogOutput(c lua.Call) (lua.Results, error) {
	side, err := stdlib.CheckSide(c, 1)
	if err != nil {
		return 0, err
	}
	strength, err := stdlib.CheckInt(c, 2)
	switch {
	case err != nil:
		return 0, err
	case strength < 0 || strength > MaxStrength:
		return 0, errStrength
	}
	a.signals.change(side, func(s *signal) { s.output = strength })
	return c.Return0()
}

func (a *api) getAnalogOutput(c lua.Call) (lua.Results, error) {
	side, err := stdlib.CheckSide(c, 1)
	return give(c, lua.Int(a.signals.at(side).output), err)
}

func (a *api) getAnalogInput(c lua.Call) (lua.Results, error) {
	side, err := stdlib.CheckSide(c, 1)
	return give(c, lua.Int(a.signals.at(side).input), err)
}

// setBundledOutput is redstone.setBundledOutput(side, colours): 32 bits, of which a cable carries the lower 16.
func (a *api) setBundledOutput(c lua.Call) (lua.Results, error) {
	side, err := stdlib.CheckSide(c, 1)
	if err != nil {
		return 0, err
	}
	colours, err := stdlib.CheckInt(c, 2)
	if err != nil {
		return 0, err
	}
	a.signals.change(side, func(s *signal) { s.bundledOutput = colours })
	return c.Return0()
}

func (a *api) getBundledOutput(c lua.Call) (lua.Results, error) {
	side, err := stdlib.CheckSide(c, 1)
	return give(c, lua.Int(a.signals.at(side).bundledOutput), err)
}

func (a *api) getBundledInput(c lua.Call) (lua.Results, error) {
	side, err := stdlib.CheckSide(c, 1)
	return give(c, lua.Int(a.signals.at(side).bundledInput), err)
}

// testBundledInput is redstone.testBundledInput(side, mask): whether all colours of the mask are on.
func (a *api) testBundledInput(c lua.Call) (lua.Results, error) {
	side, err := stdlib.CheckSide(c, 1)
	if err != nil {
		return 0, err
	}
	mask, err := stdlib.CheckInt(c, 2)
	return give(c, lua.Bool(a.signals.at(side).bundledInput&mask == mask), err)
}
