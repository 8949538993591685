// Package spec runs specs: Lua files in the describe/it/expect style.
//
// What enters: a machine with its libraries opened, and spec files as source.
// What leaves: a Result for every test. The runner itself is Lua (runner.lua,
// whose head says how specs are written): programs that run specs inside of a
// whole computer, where tests wait for events, load Runner there instead of
// calling Run.
package spec

import (
	_ "embed"
	"fmt"
	"time"

	"github.com/luart/luart/lua"
)

// Runner is the Lua source of the runner. The chunk returns a table with the
// function new; load it under a name of its own, such as "@runner.lua": frames
// of that name are left out of tracebacks.
//
//go:embed runner.lua
var Runner string

// A File is a spec file.
type File struct {
	Name   string // what messages call it
	Source string
}

// A Result is what became of a test.
type Result struct {
	Name    string // of the groups around the test and its own, joined by " / "
	Source  string // "file:line" of the test
	Status  string // "pass", "fail", "error" or "pending"
	Message string // what went wrong
	Trace   string // where
}

// Options say how tests are run.
type Options struct {
	Filter   string        // run only tests whose name contains this
	Deadline time.Duration // for a test; 0 is none
}

// grace is how long a test may go on after its deadline before all tests end.
const grace = 5 * time.Second

// Run runs the tests of the files, in order, in a coroutine of vm. A test that
// yields is resumed at once, without values. The error is for files that don't
// load and for a test that outlasts its deadline by far; how tests fail is part
// of the results.
func Run(vm *lua.VM, o Options, files ...File) ([]Result, error) {
	var results []Result
	options := lua.NewTable(0, 2)
	if o.Deadline > 0 {
		options.SetString("on_start", lua.NewFunction("on_start", func(c lua.Call) (lua.Results, error) {
			c.VM().SetDeadline(o.Deadline, grace)
			return c.Return0()
		}))
	}
	options.SetString("on_result", lua.NewFunction("on_result", func(c lua.Call) (lua.Results, error) {
		c.VM().SetDeadline(0, 0)
		t, err := c.CheckTable(1)
		if err != nil {
			return 0, err
		}
		results = append(results, resultOf(t))
		return c.Return0()
	}))
	runner, err := vm.Load(Runner, "@runner.lua", nil)
	if err != nil {
		return nil, err
	}
	// The suite is driven by Lua, so that tests may yield.
	drive, err := vm.Load(`local runner, options, filter = ...
local suite = runner().new(options)
for i = 4, select("#", ...) do suite:collect((select(i, ...))) end
suite:run(filter)`, "=driver", nil)
	if err != nil {
		return nil, err
	}
	args := []lua.Value{runner, options.Value(), lua.Nil}
	if o.Filter != "" {
		args[2] = lua.String(o.Filter)
	}
	for _, f := range files {
		chunk, err := vm.Load(f.Source, "@"+f.Name, nil)
		if err != nil {
			return nil, err
		}
		args = append(args, chunk)
	}
	thread := vm.NewThread(drive)
	for thread.Status() != lua.Dead {
		if _, err := thread.Resume(args...); err != nil {
			return results, fmt.Errorf("running specs: %w", err)
		}
		args = nil
	}
	return results, nil
}

func resultOf(t *lua.Table) Result {
	text := func(name string) string {
		s, _ := t.GetString(name).AsString()
		return s
	}
	return Result{Name: text("name"), Source: text("source"), Status: text("status"), Message: text("message"), Trace: text("trace")}
}
