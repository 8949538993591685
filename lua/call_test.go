package lua_test

import (
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/luart/luart/lua"
	"github.com/luart/luart/lua/compile"
	"github.com/luart/luart/lua/lualib"
	"github.com/luart/luart/lua/syntax"
)

// global makes f a global function of the VM.
func global(vm *lua.VM, name string, f lua.GoFunc) {
	vm.Globals().SetString(name, lua.NewFunction(name, f))
}

// expect evaluates a chunk and compares its results, or the message of its error.
func expect(t *testing.T, vm *lua.VM, source, want string) {
	t.Helper()
	got, err := eval(t, vm, source)
	if err != nil {
		got = "error: " + err.Error()
	}
	if got != want {
		t.Errorf("%s\ngives %s\nshould be %s", source, got, want)
	}
}

// The window of a Go function shows its arguments, and takes results in all the ways there are, wherever it is called.
func TestCallWindow(t *testing.T) {
	vm := newVM(lua.Options{})
	global(vm, "count", func(c lua.Call) (lua.Results, error) { return c.Return1(lua.Int(c.N())) })
	global(vm, "arg", func(c lua.Call) (lua.Results, error) {
		i, err := c.CheckInt(1)
		if err != nil {
			return 0, err
		}
		return c.Return1(c.Arg(i))
	})
	global(vm, "none", func(c lua.Call) (lua.Results, error) { return c.Return0() })
	global(vm, "rest", func(c lua.Call) (lua.Results, error) { return c.ReturnArgs(2) })
	global(vm, "after", func(c lua.Call) (lua.Results, error) { return c.ReturnAfter(lua.String("first")) })
	global(vm, "set", func(c lua.Call) (lua.Results, error) {
		c.SetArg(1, lua.String("set"))
		c.SetArg(0, lua.String("no such argument"))
		c.SetArg(c.N()+1, lua.String("no such argument"))
		return c.ReturnArgs(1)
	})
	global(vm, "many", func(c lua.Call) (lua.Results, error) {
		n, err := c.CheckInt(1)
		if err != nil {
			return 0, err
		}
		vs := make([]lua.Value, n)
		for i := range vs {
			vs[i] = lua.Int(i + 1)
		}
		return c.Return(vs...)
	})
	global(vm, "slots", func(c lua.Call) (lua.Results, error) {
		n, err := c.CheckNumber(1)
		if err != nil {
			return 0, err
		}
		out, r, err := c.ReturnSlots(int(n))
		if err != nil {
			return 0, err
		}
		for i := range out {
			out[i] = lua.Int(i + 1)
		}
		return r, nil
	})
	tests := []struct{ source, want string }{
		{`return count(), count(nil), count(nil, nil), count(1, 2, 3)`, "0 1 2 3"},
		{`return arg(1), arg(2), arg(-1), arg(0), arg(2, "x"), arg(2^31 - 1)`, "1 nil nil nil x nil"},
		{`return none()`, ""},
		{`return (none()), none(), 1`, "nil nil 1"},
		{`local a, b = none() return a, b`, "nil nil"},
		{`return rest()`, ""}, {`return rest(1)`, ""}, {`return rest(1, 2, nil)`, "2 nil"},
		{`return after()`, "first"}, {`return after(1, nil)`, "first 1 nil"},
		{`return set()`, ""}, {`return set(1, 2)`, "set 2"},
		{`return many(3)`, "1 2 3"}, {`local a, b, c, d = many(3) return d, c, b, a`, "nil 3 2 1"},
		{`local a, b = many(20) return a, b`, "1 2"}, {`return select("#", many(3000)), (select(3000, many(3000)))`, "3000 3000"},
		{`local t = {many(300)} return #t, t[300]`, "300 300"},
		{`return count(many(300))`, "300"},
		{`return count(1, many(300))`, "301"},
		{`return slots(0)`, ""}, {`return slots(3)`, "1 2 3"}, {`return count(slots(1e6))`, "1000000"},
		{`return slots(2^22 + 1)`, "error: test:1: stack overflow"},
		{`return slots(1e18)`, "error: test:1: stack overflow"},
		{`return pcall(slots, 2^22)`, "false test:1: stack overflow"},
		{`for i = 1, 3 do count(slots(2^21)) end return "done"`, "done"},
		{`return select("#", pcall(many, 100))`, "101"},
		{`return coroutine.wrap(many)(5)`, "1 2 3 4 5"},
		{`return coroutine.wrap(slots)(5)`, "1 2 3 4 5"},
		{`local t = setmetatable({}, {__index = rest, __call = count, __add = after, __concat = rest, __len = none, __lt = none})
			return t.x, t(1, 2), t + 1, (t .. "a"), #t, t < t, not (t < t)`, "x 3 first a nil false true"},
	}
	for _, test := range tests {
		expect(t, vm, test.source, test.want)
	}
	stillWorks(t, vm)
}

func TestArguments(t *testing.T) {
	vm := newVM(lua.Options{})
	got := lua.Nil
	global(vm, "int", func(c lua.Call) (lua.Results, error) {
		i, err := c.CheckInt(1)
		got = lua.Int(i)
		return result(c, got, err)
	})
	global(vm, "optint", func(c lua.Call) (lua.Results, error) { i, err := c.OptInt(1, 7); return result(c, lua.Int(i), err) })
	global(vm, "num", func(c lua.Call) (lua.Results, error) {
		f, err := c.CheckNumber(1)
		return result(c, lua.Number(f), err)
	})
	global(vm, "optnum", func(c lua.Call) (lua.Results, error) {
		f, err := c.OptNumber(1, 7)
		return result(c, lua.Number(f), err)
	})
	global(vm, "str", func(c lua.Call) (lua.Results, error) {
		s, err := c.CheckString(1)
		return result(c, lua.String(s), err)
	})
	global(vm, "optstr", func(c lua.Call) (lua.Results, error) {
		s, err := c.OptString(1, "d")
		return result(c, lua.String(s), err)
	})
	global(vm, "tab", func(c lua.Call) (lua.Results, error) { _, err := c.CheckTable(1); return result(c, lua.True, err) })
	global(vm, "fun", func(c lua.Call) (lua.Results, error) { _, err := c.CheckFunction(1); return result(c, lua.True, err) })
	global(vm, "any", func(c lua.Call) (lua.Results, error) { return result(c, lua.True, c.CheckAny(1)) })
	for source, want := range map[string]string{
		`return int(3.7), int(-3.7), int("0x10"), int(2^31), int(2^32 + 1), int(1e300), int(-1e300), int(0/0), int(1/0), int(-1/0)`: "3 -3 16 -2147483648 1 -1 0 0 -1 0",
		`return int("x")`: "error: bad argument (number expected, got string)",
		`return int()`:    "error: bad argument (number expected, got nil)",
		`return optint(), optint(nil), optint(3)`:            "7 7 3",
		`return optint({})`:                                  "error: bad argument (number expected, got table)",
		`return num(0.5), num("1e1")`:                        "0.5 10",
		`return num(setmetatable({}, {__name = "My.Type"}))`: "error: bad argument (number expected, got My.Type)",
		`return optnum(), optnum(0.5)`:                       "7 0.5",
		`return str("a"), str(12), str(1e15), str(0.5)`:      "a 12 1000000000000000 0.5",
		`return str(nil)`:                                    "error: bad argument (string expected, got nil)",
		`return optstr(), optstr("x")`:                       "d x",
		`return optstr(true)`:                                "error: bad argument (string expected, got boolean)",
		`return tab({})`:                                     "true",
		`return tab("x")`:                                    "error: bad argument (table expected, got string)",
		`return fun(print or int)`:                           "true",
		`return fun(setmetatable({}, {__call = int}))`:       "error: bad argument (function expected, got table)",
		`return any(nil), any(false)`:                        "true true",
		`return any()`:                                       "error: bad argument #1 (value expected)",
	} {
		expect(t, vm, source, strings.Replace(want, "error: ", "error: test:1: ", 1))
	}
}

func result(c lua.Call, v lua.Value, err error) (lua.Results, error) {
	if err != nil {
		return 0, err
	}
	return c.Return1(v)
}

// openThen gives programs Go functions that call back in each of the ways that let the callee yield.
func openThen(vm *lua.VM) {
	first := func(c lua.Call) (lua.Results, error) { return c.ReturnAfter(lua.String("then")) }
	global(vm, "call", func(c lua.Call) (lua.Results, error) {
		args := make([]lua.Value, 0, c.N())
		for i := 2; i <= c.N(); i++ {
			args = append(args, c.Arg(i))
		}
		return c.CallThen(c.Arg(1), first, args...)
	})
	global(vm, "tail", func(c lua.Call) (lua.Results, error) { return c.CallThen(c.Arg(1), nil, c.Arg(2)) })
	global(vm, "twice", func(c lua.Call) (lua.Results, error) {
		f := c.Arg(1)
		return c.CallThen(f, func(c lua.Call) (lua.Results, error) {
			a := c.Arg(1)
			return c.CallThen(f, func(c lua.Call) (lua.Results, error) { return c.Return(a, c.Arg(1)) }, lua.Int(2))
		}, lua.Int(1))
	})
	global(vm, "try", func(c lua.Call) (lua.Results, error) {
		return c.PCallThen(c.Arg(1), func(c lua.Call, err *lua.Error) (lua.Results, error) {
			if err != nil {
				return c.Return(lua.String("caught"), err.Value)
			}
			return c.ReturnAfter(lua.String("fine"))
		}, c.Arg(2), c.Arg(3))
	})
	global(vm, "tryagain", func(c lua.Call) (lua.Results, error) {
		f := c.Arg(1)
		return c.PCallThen(f, func(c lua.Call, err *lua.Error) (lua.Results, error) {
			return c.PCallThen(f, func(c lua.Call, err2 *lua.Error) (lua.Results, error) {
				return c.Return(lua.Bool(err != nil), lua.Bool(err2 != nil))
			})
		})
	})
	global(vm, "rethrow", func(c lua.Call) (lua.Results, error) {
		return c.PCallThen(c.Arg(1), func(c lua.Call, err *lua.Error) (lua.Results, error) {
			if err == nil {
				return 0, errors.New("no error")
			}
			return 0, err
		})
	})
	global(vm, "pause", func(c lua.Call) (lua.Results, error) {
		return c.Yield(func(c lua.Call) (lua.Results, error) { return c.ReturnAfter(lua.String("resumed")) }, lua.String("paused"), c.Arg(1))
	})
	global(vm, "pausetwice", func(c lua.Call) (lua.Results, error) {
		return c.Yield(func(c lua.Call) (lua.Results, error) {
			a := c.Arg(1)
			return c.Yield(func(c lua.Call) (lua.Results, error) { return c.Return(a, c.Arg(1)) }, lua.Int(2))
		}, lua.Int(1))
	})
	global(vm, "resume", func(c lua.Call) (lua.Results, error) {
		co, ok := c.Arg(1).AsThread()
		if !ok {
			return 0, c.TypeError(1, "thread")
		}
		return c.ResumeArgs(co, 2, func(c lua.Call, err *lua.Error) (lua.Results, error) {
			if err != nil {
				return c.Return(lua.String("failed"), err.Value)
			}
			return c.ReturnAfter(lua.String(co.Status().String()))
		})
	})
	global(vm, "fail", func(c lua.Call) (lua.Results, error) { return 0, errors.New("failed in Go") })
	global(vm, "failafter", func(c lua.Call) (lua.Results, error) {
		return c.CallThen(c.Arg(1), func(c lua.Call) (lua.Results, error) { return 0, errors.New("failed afterwards") })
	})
	global(vm, "index", func(c lua.Call) (lua.Results, error) { return c.IndexThen(c.Arg(1), c.Arg(2), first) })
	global(vm, "setindex", func(c lua.Call) (lua.Results, error) { return c.SetIndexThen(c.Arg(1), c.Arg(2), c.Arg(3), first) })
	global(vm, "len", func(c lua.Call) (lua.Results, error) { return c.LenThen(c.Arg(1), first) })
	global(vm, "less", func(c lua.Call) (lua.Results, error) { return c.LessThen(c.Arg(1), c.Arg(2), first) })
	global(vm, "str", func(c lua.Call) (lua.Results, error) { return c.ToStringThen(c.Arg(1), first) })
}

// Go functions that call back go on when the callee returns; the same when it yields first, when it is called by Go
// functions itself, and when the coroutine is driven by Go.
func TestContinuations(t *testing.T) {
	tests := []struct{ body, want string }{
		{`return call(function(...) Y() return ... end, 1, nil, 3)`, "then 1 nil 3"},
		{`return call(function() Y() end)`, "then"},
		{`return tail(function(a) Y() return a, a end, 5)`, "5 5"},
		{`return twice(function(a) Y() return a * 10, 0 end)`, "10 20"},
		{`return call(call, call, call, function(...) Y() return ... end, "x")`, "then then then then x"},
		{`return call(tail, tail, function() Y() return "x" end)`, "then x"},
		{`return try(function(a, b) Y() return b, a end, 1, 2)`, "fine 2 1"},
		{`return try(function(a, b) Y() error("e", 0) end)`, "caught e"},
		{`return try(function(a, b) Y() error({}) end) == "caught"`, "true"},
		{`return try(fail)`, "caught test:1: failed in Go"},
		{`return try(failafter, function() Y() end)`, "caught test:1: failed afterwards"},
		{`return try(failafter, error)`, "caught nil"},
		{`return try(try, error, "e")`, "fine caught e"},
		{`return tryagain(function() Y() error() end)`, "true true"},
		{`local n = 0 return tryagain(function() Y() n = n + 1 if n == 2 then error() end end)`, "false true"},
		{`return pcall(rethrow, function() Y() error("e", 0) end)`, "false e"},
		{`return pcall(rethrow, function() Y() end)`, "false test:1: no error"},
		{`return select("#", pcall(rethrow, error))`, "2"},
		{`return resume(coroutine.create(function(...) return ... end), 1, 2)`, "dead 1 2"},
		{`local co = coroutine.create(function(...) local a = coroutine.yield(...) return a end) return select(2, resume(co, 1)), resume(co, 2)`, "1 dead 2"},
		{`return resume(coroutine.create(function(...) error("e", 0) end), 1, 2)`, "failed e"},
		{`local co = coroutine.create(type) resume(co, 1) return resume(co)`, "failed cannot resume dead coroutine"},
		{`return resume(coroutine.running())`, "failed cannot resume running coroutine"},
		{`local co co = coroutine.running() return coroutine.wrap(function() return resume(co) end)()`, "failed cannot resume normal coroutine"},
		{`return index({x = 1}, "x")`, "then 1"},
		{`return index({}, "x")`, "then nil"},
		{`return index(setmetatable({}, {__index = {x = 2}}), "x")`, "then 2"},
		{`return index(setmetatable({}, {__index = function(t, k) Y() return k .. "!", 2 end}), "x")`, "then x! 2"},
		{`return index("abc", "len") == "then"`, "true"},
		{`return pcall(index, nil, "x")`, "false test:1: attempt to index a nil value"},
		{`return pcall(index, setmetatable({}, {__index = function() Y() error("e", 0) end}), "x")`, "false e"},
		{`local t = {} return setindex(t, "x", 1), t.x`, "then 1"},
		{`local t = {} return setindex(setmetatable({}, {__newindex = t}), "x", 1), t.x`, "then 1"},
		{`local r return setindex(setmetatable({}, {__newindex = function(t, k, v) Y() r = k .. v end}), "x", 1), r`, "then x1"},
		{`return pcall(setindex, nil, "x", 1)`, "false test:1: attempt to index a nil value"},
		{`return pcall(setindex, {}, nil, 1)`, "false test:1: table index is nil"},
		{`return pcall(setindex, {}, 0/0, 1)`, "false test:1: table index is NaN"},
		{`return len("abc"), len({1, 2}), (select(2, len(setmetatable({}, {__len = function() Y() return "n" end}))))`, "then then n"},
		{`return pcall(len, 5)`, "false test:1: attempt to get length of a number value"},
		{`return less(1, 2)`, "then true"}, {`return less("b", "a")`, "then false"},
		{`local mt = {__lt = function() Y() return 5 end} return less(setmetatable({}, mt), setmetatable({}, mt))`, "then 5"},
		{`return pcall(less, 1, "x")`, "false test:1: attempt to compare number with string"},
		{`return str(nil), str(12), (select(2, str(setmetatable({}, {__tostring = function() Y() return "s" end}))))`, "then then s"},
		{`return pcall(str, setmetatable({}, {__tostring = function() Y() error("e", 0) end}))`, "false e"},
		{`return select(2, xpcall(function() return call(error, "e") end, function(m) Y() return m .. "!" end))`, "e!"},
		{`local t = {3, 1, 2} table.sort(t, function(a, b) return select(2, call(function() Y() return a < b end)) end) return t[1], t[2], t[3]`, "1 2 3"},
		{`return (("abc"):gsub(".", function(c) return select(2, call(function() Y() return c .. c end)) end))`, "aabbcc"},
		{`return load(function() local r = P P = nil return r and select(2, call(function() Y() return r end)) end)()`, "7"},
		{`return call(coroutine.wrap(function() return 1 end))`, "then 1"},
		{`return call(setmetatable({}, {__call = function(self, a) Y() return a end}), 4)`, "then 4"},
		{`return pcall(call, nil)`, "false test:1: attempt to call a nil value"},
		{`return pcall(call)`, "false test:1: attempt to call a nil value"},
		{`return try({})`, "caught test:1: attempt to call a table value"},
	}
	modes := []struct{ name, yield, source string }{
		{"direct", `function Y() end`, `%s`},
		{"yielding in a coroutine", `function Y() for i = 1, 2 do coroutine.yield(i) end end`,
			`local co = coroutine.create(function() %s end) local r repeat r = {coroutine.resume(co)} until coroutine.status(co) == "dead"
			if not r[1] then error(r[2], 0) end return table.unpack(r, 2, 9)`},
		{"yielding to Go", `function Y() for i = 1, 2 do coroutine.yield(i) end end`, `%s`},
		{"pausing in Go functions", `function Y() pausetwice() local r, x = pause(1) if r ~= "resumed" then error(r) end end`, `%s`},
		{"below many Go functions", `function Y() coroutine.yield() end`,
			`return select(4, call(pcall, call, function() %s end))`},
	}
	for _, mode := range modes {
		for _, test := range tests {
			if mode.name == "below many Go functions" && strings.Contains(test.body, "resume(co") && strings.Contains(test.body, "coroutine.yield") {
				continue
			}
			t.Run(mode.name, func(t *testing.T) {
				for _, interval := range []int64{0, 100} {
					vm := newVM(lua.Options{})
					openThen(vm)
					vm.SetAccountingInterval(interval)
					vm.Globals().SetString("P", lua.String("return 7"))
					f, err := vm.Load(mode.yield+" "+fmt.Sprintf(mode.source, test.body), "=test", nil)
					if err != nil {
						t.Fatal(err)
					}
					th := vm.NewThread(f)
					var res []lua.Value
					for {
						if res, err = th.Resume(); err != nil || th.Status() == lua.Dead {
							break
						}
					}
					var got []string
					for _, v := range res {
						got = append(got, vm.ToStringRaw(v).String())
					}
					s := strings.Join(got, " ")
					if err != nil {
						s = "error: " + err.Error()
					}
					want := test.want
					if strings.HasPrefix(mode.name, "yielding in") { // always eight results, then
						want, s = strings.ReplaceAll(want, " nil", ""), strings.ReplaceAll(s, " nil", "")
					}
					if s != want {
						t.Errorf("%s\ngives %s\nshould be %s", test.body, s, want)
					}
				}
			})
		}
	}
}

// A coroutine that Go drives yields to Go, takes values, ends or fails with a traceback.
func TestThread(t *testing.T) {
	vm := newVM(lua.Options{})
	load := func(source string) lua.Value {
		f, err := vm.Load(source, "=test", nil)
		if err != nil {
			t.Fatal(err)
		}
		return f
	}
	th := vm.NewThread(load(`local a, b = ... local c = coroutine.yield(a + b, "first") local d, e = coroutine.yield() return c, d, e`))
	if th.Status() != lua.Suspended {
		t.Errorf("a new coroutine is %v", th.Status())
	}
	steps := []struct {
		args   []lua.Value
		want   string
		status lua.Status
	}{
		{[]lua.Value{lua.Int(1), lua.Int(2)}, "[3 first]", lua.Suspended},
		{[]lua.Value{lua.String("c"), lua.String("dropped")}, "[]", lua.Suspended},
		{nil, "[c nil nil]", lua.Dead},
	}
	for i, s := range steps {
		res, err := th.Resume(s.args...)
		if err != nil || fmt.Sprint(res) != s.want || th.Status() != s.status {
			t.Fatalf("step %d: %v, %v, %v", i, res, err, th.Status())
		}
	}
	if _, err := th.Resume(); err == nil || err.Error() != "cannot resume dead coroutine" {
		t.Errorf("resuming a dead coroutine: %v", err)
	}

	th = vm.NewThread(load("local function f()\n  error('broken')\nend\nlocal function g()\n  f()\nend\ncoroutine.yield()\ng()"))
	if _, err := th.Resume(); err != nil {
		t.Fatal(err)
	}
	_, err := th.Resume()
	var e *lua.Error
	if !errors.As(err, &e) || e.Error() != "test:2: broken" || th.Status() != lua.Dead || th.Err() == nil || e.Fatal() {
		t.Fatalf("got %v, %v", err, th.Status())
	}
	for _, want := range []string{"stack traceback:", "test:2: in ", "test:5: in ", "test:8: in main chunk"} {
		if !strings.Contains(e.Traceback, want) {
			t.Errorf("the traceback lacks %q:\n%s", want, e.Traceback)
		}
	}

	th = vm.NewThread(lua.Int(5))
	if _, err := th.Resume(); err == nil || err.Error() != "attempt to call a number value" {
		t.Errorf("calling a number: %v", err)
	}
	args := make([]lua.Value, 100_000)
	if res, err := vm.NewThread(load(`return select("#", ...)`)).Resume(args...); err != nil || fmt.Sprint(res) != "[100000]" {
		t.Errorf("many arguments: %v, %v", res, err)
	}
	if _, err := vm.NewThread(load(`return ...`)).Resume(make([]lua.Value, 5<<20)...); err == nil || !strings.HasSuffix(err.Error(), "stack overflow") {
		t.Errorf("too many arguments: %v", err)
	}
	if _, err := vm.Call(load(`coroutine.yield()`)); err == nil || !strings.HasSuffix(err.Error(), "attempt to yield across a call from Go") {
		t.Errorf("yield across Call: %v", err)
	}
	if res, err := vm.Call(load(`return coroutine.wrap(function() coroutine.yield(1) end)()`)); err != nil || fmt.Sprint(res) != "[1]" {
		t.Errorf("yield inside Call: %v, %v", res, err)
	}
	stillWorks(t, vm)
}

// Calls from Go nest to a limit; errors pass through all of them, and the coroutines around are as they were.
func TestNestedCalls(t *testing.T) {
	vm := newVM(lua.Options{})
	depth, deepest := 0, 0
	global(vm, "nest", func(c lua.Call) (lua.Results, error) {
		depth++
		deepest = max(deepest, depth)
		defer func() { depth-- }()
		if c.VM().Current() != c.Thread() || c.Thread().Status() != lua.Running {
			t.Error("the caller is not the current coroutine")
		}
		var args []lua.Value
		for i := 2; i <= c.N(); i++ {
			args = append(args, c.Arg(i))
		}
		res, err := c.VM().Call(c.Arg(1), args...)
		if c.VM().Current() != c.Thread() || c.Thread().Status() != lua.Running {
			t.Error("the caller is not the current coroutine again")
		}
		if err != nil {
			return 0, err
		}
		return c.Return(res...)
	})
	expect(t, vm, `local function f(n) if n == 0 then return "bottom" end return nest(f, n - 1) end return f(150)`, "bottom")
	expect(t, vm, `local function f() return nest(f) end return pcall(f)`, "false stack overflow")
	if deepest < 150 || deepest > 250 {
		t.Errorf("%d levels", deepest)
	}
	expect(t, vm, `return pcall(nest, error, "e")`, "false e")
	expect(t, vm, `return pcall(nest, function() nest(function() local x = nil + 1 end) end)`, "false test:1: attempt to perform arithmetic on a nil value")
	expect(t, vm, `return coroutine.wrap(function() local r = nest(function() return coroutine.wrap(function() coroutine.yield(7) end)() end) coroutine.yield(r) end)()`, "7")
	expect(t, vm, `local co = coroutine.running() return nest(function() return coroutine.status(co), coroutine.resume(co) end)`, "normal false cannot resume normal coroutine")
	expect(t, vm, `return pcall(nest, coroutine.yield)`, "false attempt to yield across a call from Go")
	// A hook stays with its coroutine.
	expect(t, vm, `local n = 0 debug.sethook(function() n = n + 1 end, "", 1) nest(function() for i = 1, 1e5 do end end) debug.sethook() return n < 100`, "true")
	stillWorks(t, vm)
}

// Cancel comes from another goroutine and ends whatever runs, and all that is run later.
func TestCancelFromElsewhere(t *testing.T) {
	for _, source := range []string{
		`started() while true do end`,
		`started() while true do pcall(function() while true do end end) end`,
		`started() while true do coroutine.resume(coroutine.create(function() while true do end end)) end`,
		`started() local t = setmetatable({}, {__index = function() while true do end end}) return t.x`,
		`started() nest(function() while true do end end)`,
		`started() xpcall(function() while true do end end, function() while true do end end)`,
		`started() string.find(("a"):rep(1e4), ".-.-.-.-b$")`,
		`started() load(math.random)`,
	} {
		vm := newVM(lua.Options{Memory: 1 << 30})
		ready := make(chan struct{})
		global(vm, "started", func(c lua.Call) (lua.Results, error) { close(ready); return c.Return0() })
		global(vm, "nest", func(c lua.Call) (lua.Results, error) { _, err := c.VM().Call(c.Arg(1)); return 0, err })
		var wg sync.WaitGroup
		wg.Go(func() { <-ready; vm.Cancel("enough"); vm.Cancel("later") })
		_, err := eval(t, vm, source)
		var e *lua.Error
		if !errors.As(err, &e) || !e.Fatal() || e.Error() != "enough" {
			if err == nil || !strings.Contains(err.Error(), "memory") { // load of endless source may be faster
				t.Errorf("%s: %v", source, err)
			}
		}
		wg.Wait()
		if _, err := eval(t, vm, `while true do end`); err == nil || err.Error() != "enough" {
			t.Errorf("after Cancel: %v", err)
		}
	}
}

// SetDeadline counts anew each time; without one nothing is ended.
func TestSetDeadlineAgain(t *testing.T) {
	vm := newVM(lua.Options{})
	f, err := vm.Load(`local ok, e = pcall(function() while true do end end) return ok, e`, "=test", nil)
	if err != nil {
		t.Fatal(err)
	}
	for range 3 {
		vm.SetDeadline(5*time.Millisecond, time.Minute)
		res, err := vm.Call(f)
		if err != nil || fmt.Sprint(res) != "[false test:1: Too long without yielding]" {
			t.Fatalf("got %v, %v", res, err)
		}
	}
	vm.SetDeadline(time.Millisecond, time.Millisecond)
	vm.SetDeadline(0, 0)
	expect(t, vm, `for i = 1, 1e7 do end return "done"`, "done")
	vm.SetDeadline(time.Hour, time.Hour)
	expect(t, vm, `for i = 1, 1e6 do end return "done"`, "done")
	vm.SetDeadline(time.Millisecond, time.Millisecond)
	if _, err := eval(t, vm, `while true do pcall(function() while true do end end) end`); err == nil {
		t.Error("not ended")
	}
	stillWorks(t, vm)
}

func TestUserdata(t *testing.T) {
	vm := newVM(lua.Options{})
	type point struct{ x, y float64 }
	mt := lua.NewTable(0, 0)
	u := lua.NewUserdata(&point{1, 2}, mt)
	mt.SetString("__name", lua.String("Point"))
	mt.SetString("__index", lua.NewFunction("index", func(c lua.Call) (lua.Results, error) {
		u, ok := c.Arg(1).AsUserdata()
		if !ok {
			return 0, c.TypeError(1, "Point")
		}
		if name, _ := c.Arg(2).AsString(); name == "x" {
			return c.Return1(lua.Number(u.Data.(*point).x))
		}
		return c.Return1(lua.Nil)
	}))
	mt.SetString("__newindex", lua.NewFunction("newindex", func(c lua.Call) (lua.Results, error) {
		f, err := c.CheckNumber(3)
		if err != nil {
			return 0, err
		}
		c.Arg(1).Pointer()
		u, _ := c.Arg(1).AsUserdata()
		u.Data.(*point).x = f
		return c.Return0()
	}))
	mt.SetString("__eq", lua.NewFunction("eq", func(c lua.Call) (lua.Results, error) { return c.Return1(lua.True) }))
	vm.Globals().SetString("p", u.Value())
	vm.Globals().SetString("q", lua.NewUserdata(&point{}, mt).Value())
	vm.Globals().SetString("bare", lua.NewUserdata(nil, nil).Value())
	expect(t, vm, `p.x = p.x + 10 return p.x, p.y, type(p), p == q, p ~= bare, rawequal(p, q)`, "11 nil userdata true true false")
	expect(t, vm, `return p.x.y`, "error: test:1: attempt to index field 'x' (a number value)")
	expect(t, vm, `return p + 1`, "error: test:1: attempt to perform arithmetic on global 'p' (a Point value)")
	expect(t, vm, `return p()`, "error: test:1: attempt to call global 'p' (a Point value)")
	expect(t, vm, `return bare.x`, "error: test:1: attempt to index global 'bare' (a userdata value)")
	expect(t, vm, `return #p`, "error: test:1: attempt to get length of global 'p' (a Point value)")
	expect(t, vm, `return p < q`, "error: test:1: attempt to compare two Point values")
	expect(t, vm, `return (tostring(p):gsub("%x+$", "ADDRESS"))`, "Point: ADDRESS")
	expect(t, vm, `p.x = {}`, "error: test:1: bad argument (number expected, got table)")
	if u.Data.(*point).x != 11 || u.Metatable() != mt {
		t.Error("the Go value did not change")
	}
	u.SetMetatable(nil)
	expect(t, vm, `return p.x`, "error: test:1: attempt to index global 'p' (a userdata value)")
}

func TestTypeMetatables(t *testing.T) {
	vm := newVM(lua.Options{})
	mt := lua.NewTable(0, 0)
	mt.SetString("__index", lua.NewFunction("index", func(c lua.Call) (lua.Results, error) { return c.Return1(c.Arg(2)) }))
	mt.SetString("__call", lua.NewFunction("call", func(c lua.Call) (lua.Results, error) { return c.ReturnArgs(2) }))
	for _, k := range []lua.Kind{lua.KindNil, lua.KindBool, lua.KindNumber, lua.KindThread} {
		vm.SetTypeMetatable(k, mt)
		if vm.TypeMetatable(k) != mt {
			t.Error("not set")
		}
	}
	expect(t, vm, `local n = nil return n.x, (true).y, (5).z, coroutine.running().w, n(1), (false)(2), (0)(3)`, "x y z w 1 2 3")
	expect(t, vm, `local n n.x = 1`, "error: test:1: attempt to index local 'n' (a nil value)")
	expect(t, vm, `return getmetatable(5) == getmetatable(nil), getmetatable("x").__index == string`, "true true")
	vm.SetTypeMetatable(lua.KindNil, nil)
	expect(t, vm, `local n return n.x`, "error: test:1: attempt to index local 'n' (a nil value)")
}

func TestLocals(t *testing.T) {
	type key struct{}
	a, b := lua.NewVM(lua.Options{}), lua.NewVM(lua.Options{})
	if a.Local(key{}) != nil {
		t.Error("a local that was not set")
	}
	a.SetLocal(key{}, 5)
	if a.Local(key{}) != 5 || b.Local(key{}) != nil {
		t.Errorf("got %v, %v", a.Local(key{}), b.Local(key{}))
	}
}

// SetHook is for Go functions, too.
func TestSetHook(t *testing.T) {
	vm := newVM(lua.Options{})
	var events []string
	hook := lua.NewFunction("hook", func(c lua.Call) (lua.Results, error) {
		name, _ := c.Arg(1).AsString()
		if !c.Arg(2).IsNil() {
			name += " " + c.Arg(2).String()
		}
		events = append(events, name)
		return c.Return0()
	})
	f, err := vm.Load("local function f() return 1 end\nf()\nlocal x = 2\ncoroutine.yield()\nf()", "=test", nil)
	if err != nil {
		t.Fatal(err)
	}
	th := vm.NewThread(f)
	th.SetHook(hook, lua.HookCall|lua.HookReturn|lua.HookLine, 0)
	if fn, mask, count := th.Hook(); !lua.RawEqual(fn, hook) || mask != lua.HookCall|lua.HookReturn|lua.HookLine || count != 0 {
		t.Error("Hook is not what SetHook has set")
	}
	if _, err := th.Resume(); err != nil {
		t.Fatal(err)
	}
	if got, want := strings.Join(events, ", "), "call, line 1, line 2, call, line 1, return, line 3, line 4"; got != want {
		t.Errorf("got %s, should be %s", got, want)
	}
	events = nil
	th.SetHook(lua.Nil, 0, 0)
	if _, err := th.Resume(); err != nil || len(events) != 0 || th.Status() != lua.Dead {
		t.Errorf("after removing the hook: %v, %v", events, err)
	}
	expect(t, vm, `local n = 0 local function hook() n = n + 1 debug.sethook(hook, "l") end
		debug.sethook(hook, "l")
		local a = 1
		local b = 2
		debug.sethook() return n`, "3")
	expect(t, vm, `local n = 0 debug.sethook(function() n = n + 1 if n == 3 then debug.sethook() end end, "", 1) for i = 1, 100 do end return n`, "3")
	expect(t, vm, `local n = 0 debug.sethook(function() n = n + 1 error("stop", 0) end, "", 1) local ok, e = pcall(function() for i = 1, 100 do end end) debug.sethook() return ok, e`, "error: stop")
	expect(t, vm, `local co = coroutine.create(function() local x = 1
		return x end) debug.sethook(co, function(e, l) coroutine.yield(l) end, "l")
		return select(2, coroutine.resume(co)), select(2, coroutine.resume(co)), select(2, coroutine.resume(co))`, "1 2 1")
}

// One compiled chunk serves many VMs at once, and so do Go functions and constants.
func TestSharedBetweenVMs(t *testing.T) {
	const source = `local n = 0
		local Class = {} Class.__index = Class function Class:add(k) self.n = self.n + k return self end
		for i = 1, 2000 do local o = setmetatable({n = i}, Class):add(2) n = n + o.n + #name + #("x" .. i) + shared(i) end
		local t = {} for i = 1, 100 do t["k" .. i] = name end for k, v in pairs(t) do n = n + #k + #v end
		debug.sethook(function() end, "l") local a = 1 debug.sethook()
		local function f() return n end debug.upvaluejoin(f, 1, function() return a end, 1)
		return n, f(), tostring(1.5), ("%d"):format(3), (("abc"):gsub("b", "%0%0")), coroutine.status(coroutine.create(f)), type(f), #"", ("x"):byte()`
	tree, err := syntax.Parse(source, "=shared")
	if err != nil {
		t.Fatal(err)
	}
	p, err := compile.Compile(tree, "=shared")
	if err != nil {
		t.Fatal(err)
	}
	name := lua.Constant("a constant of all")
	shared := lua.NewFunction("shared", func(c lua.Call) (lua.Results, error) { return c.Return1(lua.Int(c.N())) })
	var wg sync.WaitGroup
	results := make([]string, 4)
	for i := range results {
		wg.Go(func() {
			for range 3 {
				vm := lua.NewVM(lua.Options{Memory: 4 << 20})
				lualib.Open(vm)
				vm.SetAccountingInterval(1000)
				vm.Globals().SetString("name", name)
				vm.Globals().SetString("shared", shared)
				res, err := vm.Call(vm.LoadProto(p, vm.Globals().Value()))
				results[i] = fmt.Sprint(res, err)
			}
		})
	}
	wg.Wait()
	for _, r := range results {
		if r != results[0] || !strings.HasSuffix(r, "] <nil>") {
			t.Errorf("got %s and %s", results[0], r)
		}
	}
}

// However often Go functions call, yield to and resume each other without any Lua function, it takes no Go stack.
func TestGoFunctionsAmongThemselves(t *testing.T) {
	vm := newVM(lua.Options{})
	n := "2e6"
	if testing.Short() {
		n = "2e5"
	}
	for source, want := range map[string]string{
		`return #(("x"):rep(N):gsub("x", string.upper))`:                                                                                          "N",
		`local s = ("x"):rep(N) return #(s:gsub("x", setmetatable({}, {__index = rawget})))`:                                                      "N",
		`local t = {} for i = 1, N / 10 do t[i] = i end return table.foreachi(t, rawequal)`:                                                       "false",
		`local t = {} for i = 1, N / 10 do t[i] = i % 10 end table.sort(t, rawequal) return #t`:                                                   "N/10",
		`local w = coroutine.wrap(string.gsub) w(("x"):rep(N), "x", coroutine.yield) return #(("y"):rep(N / 2):gsub("y", w))`:                     "N/2",
		`return #(("x"):rep(N / 10):gsub("x", coroutine.wrap(function(...) while true do coroutine.yield(...) end end)))`:                         "N/10",
		`local n = 0 return #load(coroutine.wrap(function() for i = 1, N / 100 do coroutine.yield(" ") end coroutine.yield("return 'x'") end))()`: "1",
		`return pcall(string.gsub, ("x"):rep(N / 10), "x", pcall)`:                                                                                "false bad argument #1: invalid replacement value (a boolean)",
	} {
		var f float64
		fmt.Sscan(n, &f)
		for suffix, v := range map[string]float64{"N": f, "N/10": f / 10, "N/2": f / 2} {
			if want == suffix {
				want = lua.FormatNumber(v)
			}
		}
		got, err := eval(t, vm, strings.ReplaceAll(source, "N", n))
		if err != nil {
			got = "error: " + err.Error()
		}
		if strings.Contains(source, "pcall") || strings.Contains(source, "foreachi") {
			continue // that it ends is enough
		}
		if got != want {
			t.Errorf("%s gives %.100s, should be %s", source, got, want)
		}
	}
	stillWorks(t, vm)
}

// A message handler written in Go may be the last to run before another error comes up.
func TestErrorAfterHandlerInGo(t *testing.T) {
	vm := newVM(lua.Options{})
	for _, wrap := range []string{`%s`, `return select(2, pcall(function() %s end))`, `return select(2, coroutine.resume(coroutine.create(function() %s end)))`} {
		_, err := eval(t, vm, fmt.Sprintf(wrap, `debug.setmetatable(0, {__call = debug.traceback})
			return table.concat(setmetatable({}, {__index = xpcall, __call = error, __len = function() return 1 end}))`))
		if err != nil && !strings.Contains(err.Error(), "string expected, got boolean") {
			t.Errorf("got %v", err)
		}
		expect(t, vm, `debug.setmetatable(0, nil) return (select(2, xpcall(error, debug.traceback, "e")):match("^[^\n]*"))`, "e")
		stillWorks(t, vm)
	}
}

// What debug.setlocal, setupvalue and upvaluejoin do cannot break the machine.
func TestTampering(t *testing.T) {
	vm := newVM(lua.Options{})
	expect(t, vm, `local n = 0 for k, v in pairs({a = 1, b = 2, c = 3}) do for i = 1, 20 do local name = debug.getlocal(1, i)
		if name and name:sub(1, 1) == "(" then debug.setlocal(1, i, 5) end end n = n + v end return n`, "6")
	expect(t, vm, `local n = 0 for i = 1, 3 do for i = 1, 20 do local name = debug.getlocal(1, i)
		if name and name:sub(1, 1) == "(" then debug.setlocal(1, i, "x") end end n = n + i end return n`, "6")
	expect(t, vm, `local env = {x = 42} local function f() return x end debug.upvaluejoin(f, 1, function() return env end, 1) return f()`, "42")
	expect(t, vm, `local env = {} local function f() x = 43 return function() return x end end debug.upvaluejoin(f, 1, function() return env end, 1) return f()(), env.x, x`, "43 43 nil")
	expect(t, vm, `local v, w = 10, 20 local function g() return w end local f f = function() local a = v debug.upvaluejoin(f, 1, g, 1) return a, type(v), v, (function() return v end)() end return f()`, "10 number 20 20")
	expect(t, vm, `local v, w = 10, 20 local function g() return w end local function f() return v end debug.upvaluejoin(f, 1, g, 1) debug.setupvalue(f, 1, 30) return f(), g(), v`, "30 30 10")
	expect(t, vm, `local obj = {x = 1} local function f() return obj.x end local o = {x = 2} local function g() return o end debug.upvaluejoin(f, 1, g, 1) debug.setupvalue(g, 1, {x = 3}) return f()`, "3")
	expect(t, vm, `local function f(a, b) debug.setlocal(1, 1, "A") local c = function() b = b + 1 return b end debug.setlocal(1, 2, 10) return a, c(), b end return f(1, 2)`, "A 11 11")
}

// A constructor's list wins over what stands in brackets before it, and each key is there once.
func TestConstructorKeys(t *testing.T) {
	vm := newVM(lua.Options{})
	for source, want := range map[string]string{
		`{[2] = "x", "a", "b"}`:                                           "1 a, 2 b",
		`{"a", [1] = "x", "b", [3] = "c"}`:                                "1 a, 2 b, 3 c",
		`{[3] = "x", "a", nil, nil, "d"}`:                                 "1 a, 4 d",
		`{[1] = "x", [2] = "y", (function() return "a", "b", "c" end)()}`: "1 a, 2 b, 3 c",
		`{[4] = "x", "a", "b", "c"}`:                                      "1 a, 2 b, 3 c, 4 x",
	} {
		expect(t, vm, `local t, keys = `+source+`, {} for k, v in pairs(t) do keys[#keys + 1] = k .. " " .. v end table.sort(keys) return table.concat(keys, ", ")`, want)
	}
}
