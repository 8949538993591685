package lualib

import (
	"fmt"

	"github.com/luart/luart/lua"
)

func openCoroutine(vm *lua.VM) {
	register(vm, "coroutine", []function{
		{"create", coroutineCreate}, {"isyieldable", coroutineIsyieldable}, {"resume", coroutineResume}, {"running", coroutineRunning},
		{"status", coroutineStatus}, {"wrap", coroutineWrap}, {"yield", coroutineYield},
	})
}

func coroutineCreate(c lua.Call) (lua.Results, error) {
	f, err := c.CheckFunction(1)
	if err != nil {
		return 0, err
	}
	return c.Return1(c.VM().NewThread(f).Value())
}

func checkThread(c lua.Call) (*lua.Thread, error) {
	if co, ok := c.Arg(1).AsThread(); ok {
		return co, nil
	}
	return nil, c.TypeError(1, "thread")
}

func coroutineResume(c lua.Call) (lua.Results, error) {
	co, err := checkThread(c)
	if err != nil {
		return 0, err
	}
	return c.ResumeArgs(co, 2, protectedResults)
}

func coroutineYield(c lua.Call) (lua.Results, error) { return c.YieldArgs(nil) }

func coroutineStatus(c lua.Call) (lua.Results, error) {
	co, err := checkThread(c)
	if err != nil {
		return 0, err
	}
	return c.Return1(statusNames[co.Status()])
}

var statusNames = func() (names [lua.Dead + 1]lua.Value) {
	for s := range names {
		names[s] = lua.Constant(lua.Status(s).String())
	}
	return
}()

func coroutineRunning(c lua.Call) (lua.Results, error) {
	return c.Return(c.Thread().Value(), lua.False)
}

func coroutineIsyieldable(c lua.Call) (lua.Results, error) { return c.Return1(lua.True) }

func coroutineWrap(c lua.Call) (lua.Results, error) {
	f, err := c.CheckFunction(1)
	if err != nil {
		return 0, err
	}
	co := c.VM().NewThread(f)
	return c.Return1(lua.NewFunctionHolding("wrap", func(c lua.Call) (lua.Results, error) {
		if s := co.Status(); s != lua.Suspended {
			return 0, fmt.Errorf("cannot resume %s coroutine", s)
		}
		return c.ResumeArgs(co, 1, wrapResults)
	}, co.Value()))
}

// wrapResults ends a call of a wrapped coroutine: an error goes on as it is.
func wrapResults(c lua.Call, err *lua.Error) (lua.Results, error) {
	if err != nil {
		return 0, &lua.Error{Value: err.Value}
	}
	return c.ReturnArgs(1)
}
