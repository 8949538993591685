package lua_test

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/luart/luart/lua"
	"github.com/luart/luart/lua/lualib"
)

// A program is loaded, run, and one of its functions called.
func Example() {
	vm := lua.NewVM(lua.Options{})
	lualib.Open(vm)
	chunk, err := vm.Load(`function greet(name) return "hello, " .. name, #name end`, "@/greet.lua", nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	if _, err := vm.Call(chunk); err != nil {
		fmt.Println(err)
		return
	}
	results, err := vm.Call(vm.Globals().GetString("greet"), lua.String("world"))
	fmt.Println(results, err)
	// Output: [hello, world 5] <nil>
}

// A Go function checks its arguments and returns any number of results.
func ExampleNewFunction() {
	vm := lua.NewVM(lua.Options{})
	lualib.Open(vm)
	vm.Globals().SetString("cut", lua.NewFunction("cut", func(c lua.Call) (lua.Results, error) {
		s, err := c.CheckString(1)
		if err != nil {
			return 0, err
		}
		sep, err := c.OptString(2, "=")
		if err != nil {
			return 0, err
		}
		before, after, found := strings.Cut(s, sep)
		if !found {
			return c.Return1(lua.Nil)
		}
		return c.Return(lua.String(before), lua.String(after))
	}))
	f, _ := vm.Load(`return cut("key=value")`, "=example", nil)
	fmt.Println(vm.Call(f))
	f, _ = vm.Load(`return cut()`, "=example", nil)
	_, err := vm.Call(f)
	fmt.Println(err)
	// Output:
	// [key value] <nil>
	// example:1: bad argument (string expected, got nil)
}

// A Go function that calls back asks the machine for the call and says how it goes on, so that the callee may yield.
func ExampleCall_CallThen() {
	vm := lua.NewVM(lua.Options{})
	lualib.Open(vm)
	// sum(f, n) returns f(1) + ... + f(n).
	vm.Globals().SetString("sum", lua.NewFunction("sum", func(c lua.Call) (lua.Results, error) {
		f := c.Arg(1)
		n, err := c.CheckInt(2)
		if err != nil {
			return 0, err
		}
		i, total := 0, 0.0
		var next lua.Cont
		next = func(c lua.Call) (lua.Results, error) {
			if i > 0 {
				v, err := c.CheckNumber(1) // what f returned
				if err != nil {
					return 0, err
				}
				total += v
			}
			if i++; i > n {
				return c.Return1(lua.Number(total))
			}
			return c.CallThen(f, next, lua.Int(i))
		}
		return next(c)
	}))
	f, _ := vm.Load(`return sum(function(i) return i * coroutine.yield(i) end, 3)`, "=example", nil)
	th := vm.NewThread(f)
	values, err := th.Resume()
	for err == nil && th.Status() == lua.Suspended {
		fmt.Println("yielded", values)
		values, err = th.Resume(lua.Int(10))
	}
	fmt.Println("returned", values, err)
	// Output:
	// yielded [1]
	// yielded [2]
	// yielded [3]
	// returned [60] <nil>
}

// A coroutine that Go drives waits for values, as a computer's program waits for events.
func ExampleThread_Resume() {
	vm := lua.NewVM(lua.Options{})
	lualib.Open(vm)
	f, _ := vm.Load(`
		local seen = 0
		while true do
			local event, x = coroutine.yield("waiting")
			seen = seen + 1
			if event == "stop" then return seen, x end
		end`, "=example", nil)
	th := vm.NewThread(f)
	fmt.Println(th.Resume())
	fmt.Println(th.Resume(lua.String("key"), lua.Int(65)))
	fmt.Println(th.Resume(lua.String("stop"), lua.String("bye")))
	fmt.Println(th.Status())
	// Output:
	// [waiting] <nil>
	// [waiting] <nil>
	// [2 bye] <nil>
	// dead
}

// A deadline bounds how long code runs, and Options.Memory how much it keeps. Both are errors like others to a program,
// which may catch them once.
func ExampleVM_SetDeadline() {
	vm := lua.NewVM(lua.Options{Memory: 8 << 20})
	lualib.Open(vm)
	vm.SetDeadline(20*time.Millisecond, 20*time.Millisecond)
	f, _ := vm.Load(`while true do end`, "=example", nil)
	_, err := vm.Call(f)
	fmt.Println(err)

	vm.SetDeadline(time.Minute, time.Second) // anew for each event
	f, _ = vm.Load(`local t = {} while true do t[#t + 1] = {} end`, "=example", nil)
	_, err = vm.Call(f)
	fmt.Println(err)
	// Output:
	// example:1: Too long without yielding
	// example:1: not enough memory
}

// An error carries the value that was raised and the stack at that place.
func ExampleError() {
	vm := lua.NewVM(lua.Options{})
	lualib.Open(vm)
	f, _ := vm.Load("local function open(name)\n  error('no such file: ' .. name)\nend\nlocal function start()\n  open('a.txt')\nend\nstart()", "@/main.lua", nil)
	_, err := vm.Call(f)
	fmt.Println(err)
	var e *lua.Error
	if errors.As(err, &e) {
		fmt.Println(e.Traceback)
	}
	// Output:
	// /main.lua:2: no such file: a.txt
	// stack traceback:
	// 	[C]: in function 'error'
	// 	/main.lua:2: in upvalue 'open'
	// 	/main.lua:5: in local 'start'
	// 	/main.lua:7: in main chunk
}
