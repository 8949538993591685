// Package task is the module luart.task: coroutines in time slices, so that a program can run code that doesn't end by itself, with
// the limits of that: time, memory, an end by force.
//
// Coroutines and durations enter; what leaves tells how a slice has ended and what it has used. The machinery is that of package lua (ResumeSlice,
// LimitRunTime, Measure), on which this package only puts names, units and errors. Programs get the module by require; the runtime calls Open.
// All runs on the computer's goroutine.
package task

import (
	"math"
	"time"

	"github.com/luart/luart/lua"
	"github.com/luart/luart/stdlib"
)

// DefaultGrace is how long a task may go on that has caught "Too long without yielding". (CraftOS: of a computer.)
const DefaultGrace = 1500 * time.Millisecond

// outcomes are the first results of resume.
var outcomes = [...]lua.Value{
	lua.Yielded: lua.Constant("yielded"), lua.Returned: lua.Constant("returned"),
	lua.Failed: lua.Constant("failed"), lua.Preempted: lua.Constant("preempted"),
}

var killed = lua.Constant("killed")

// Open returns the module for a computer.
func Open(stdlib.Computer) lua.Value {
	functions := []struct {
		name string
		f    lua.GoFunc
	}{
		{"resume", resume}, {"preempted", preempted}, {"limit", limit}, {"cputime", cputime},
		{"allocated", allocated}, {"kill", kill}, {"measure", measure}, {"memory", memory},
	}
	t := lua.NewTable(0, len(functions))
	for _, f := range functions {
		t.SetString(f.name, lua.NewFunction(f.name, f.f))
	}
	return t.Value()
}

func checkThread(c lua.Call, i int) (*lua.Thread, error) {
	if co, ok := c.Arg(i).AsThread(); ok {
		return co, nil
	}
	return nil, stdlib.BadArgument(c, i, "thread")
}

// optTime returns argument i, which counts units; nil is the default.
func optTime(c lua.Call, i int, unit, def time.Duration) (time.Duration, error) {
	if c.Arg(i).IsNil() {
		return def, nil
	}
	f, err := stdlib.CheckNumber(c, i)
	if err != nil {
		return 0, err
	}
	if !(f >= 0) {
		return 0, lua.ArgError(i, "a time of 0 or more expected, got "+lua.FormatNumber(f))
	}
	ns := math.Ceil(f * float64(unit)) // what is not 0 is not without end
	if ns >= math.MaxInt64 {
		return math.MaxInt64, nil
	}
	return time.Duration(ns), nil
}

// resume is resume(co, ms, ...).
func resume(c lua.Call) (lua.Results, error) {
	co, err := checkThread(c, 1)
	if err != nil {
		return 0, err
	}
	slice, err := optTime(c, 2, time.Millisecond, 0)
	if err != nil {
		return 0, err
	}
	return c.ResumeSlice(co, slice, 3, resumed)
}

func resumed(c lua.Call, o lua.Outcome, err *lua.Error) (lua.Results, error) {
	if o != lua.Failed {
		return c.ReturnAfter(outcomes[o])
	}
	if err.Traceback == "" {
		return c.Return(outcomes[o], err.Value)
	}
	if err := c.Reserve(len(err.Traceback)); err != nil {
		return 0, err
	}
	return c.Return(outcomes[o], err.Value, lua.String(err.Traceback))
}

func preempted(c lua.Call) (lua.Results, error) {
	co, err := checkThread(c, 1)
	if err != nil {
		return 0, err
	}
	return c.Return1(lua.Bool(co.Preempted()))
}

// limit is limit(co[, seconds[, grace]]).
func limit(c lua.Call) (lua.Results, error) {
	co, err := checkThread(c, 1)
	if err != nil {
		return 0, err
	}
	most, err := optTime(c, 2, time.Second, 0)
	if err != nil {
		return 0, err
	}
	grace, err := optTime(c, 3, time.Second, DefaultGrace)
	if err != nil {
		return 0, err
	}
	co.LimitRunTime(most, grace)
	return c.Return0()
}

func cputime(c lua.Call) (lua.Results, error) {
	co, err := checkThread(c, 1)
	if err != nil {
		return 0, err
	}
	return c.Return1(lua.Number(co.RunTime().Seconds()))
}

// allocated is allocated([co]).
func allocated(c lua.Call) (lua.Results, error) {
	if c.Arg(1).IsNil() {
		return c.Return1(lua.Number(float64(c.VM().Allocated())))
	}
	co, err := checkThread(c, 1)
	if err != nil {
		return 0, err
	}
	return c.Return1(lua.Number(float64(co.Allocated())))
}

// kill is kill(co[, message]).
func kill(c lua.Call) (lua.Results, error) {
	co, err := checkThread(c, 1)
	if err != nil {
		return 0, err
	}
	message := c.Arg(2)
	if message.IsNil() {
		message = killed
	}
	if err := co.Kill(message); err != nil {
		return 0, err
	}
	return c.Return0()
}

// measure is measure(root[, stops]).
func measure(c lua.Call) (lua.Results, error) {
	if err := c.CheckAny(1); err != nil {
		return 0, err
	}
	var stops *lua.Table
	if v := c.Arg(2); !v.IsNil() {
		var ok bool
		if stops, ok = v.AsTable(); !ok {
			return 0, stdlib.BadArgument(c, 2, "table")
		}
	}
	return c.Return1(lua.Number(float64(c.VM().Measure(c.Arg(1), stops))))
}

func memory(c lua.Call) (lua.Results, error) {
	most := lua.Nil
	if n, ok := c.VM().MemoryLimit(); ok {
		most = lua.Number(float64(n))
	}
	return c.Return(lua.Number(float64(c.VM().Memory())), most)
}
