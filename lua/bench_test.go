package lua_test

import (
	"testing"

	"github.com/luart/luart/lua"
)

// BenchmarkInterp runs small programs; one operation is what their inner loop does n times, so that ns/op is the cost of,
// say, one method call, and allocs/op shows what should not allocate.
func BenchmarkInterp(b *testing.B) {
	benchmarks := []struct{ name, source string }{
		{"Loop", `for i = 1, n do end`},
		{"Arithmetic", `local s = 0 for i = 1, n do s = s + i * 2 % 7 end`},
		{"Fib20", `local function fib(n) if n < 2 then return n end return fib(n - 1) + fib(n - 2) end for i = 1, n do fib(20) end`},
		{"Call", `local function f(a) return a end for i = 1, n do f(i) end`},
		{"VarargCall", `local function f(...) return ... end for i = 1, n do f(i, i) end`},
		{"Field", `local t = {x = 1, y = 2} for i = 1, n do t.x = t.y + 1 end`},
		{"Array", `local t = {} for i = 1, 100 do t[i] = i end for i = 1, n do local k = i % 100 + 1 t[k] = t[k] + 1 end`},
		{"Method", `local C = {} C.__index = C function C:inc() self.n = self.n + 1 end local o = setmetatable({n = 0}, C) for i = 1, n do o:inc() end`},
		{"Metamethod", `local mt = {} mt.__add = function(a, b) return a end local o = setmetatable({}, mt) for i = 1, n do o = o + 1 end`},
		{"Builtin", `local floor = math.floor for i = 1, n do floor(i) end`},
		{"Global", `x = 0 for i = 1, n do x = x + 1 end`},
		{"Pcall", `local function f() end for i = 1, n do pcall(f) end`},
		{"PcallError", `local function f() error("e", 0) end for i = 1, n do pcall(f) end`},
		{"CoroutineSwitch", `local co = coroutine.wrap(function() while true do coroutine.yield() end end) for i = 1, n do co() end`},
		{"CoroutineNew", `local function f() coroutine.yield() end for i = 1, n do coroutine.resume(coroutine.create(f)) end`},
		{"Closure", `local f for i = 1, n do f = function() return i end end`},
		{"Table", `local t for i = 1, n do t = {i, i} end`},
		{"Object", `local t for i = 1, n do t = {x = i, y = i} end`},
		{"Append", `local t = {} for i = 1, n do t[#t + 1] = i if #t == 1000 then t = {} end end`},
		{"Concat", `local s for i = 1, n do s = "a" .. i end`},
		{"Pairs", `local t = {} for i = 1, 100 do t["k" .. i] = i end for i = 1, n / 100 do for k, v in pairs(t) do end end`},
		{"Ipairs", `local t = {} for i = 1, 100 do t[i] = i end for i = 1, n / 100 do for k, v in ipairs(t) do end end`},
		{"SortCallback", `local t = {} local function less(a, b) return a > b end for j = 1, n / 1000 + 1 do for i = 1, 100 do t[i] = i * 7 % 100 end table.sort(t, less) end`},
		{"GsubCallback", `local s = ("x"):rep(1000) local function f(c) return c end for i = 1, n / 1000 + 1 do s:gsub("x", f) end`},
		{"GsubBuiltin", `local s = ("x"):rep(1000) for i = 1, n / 1000 + 1 do s:gsub("x", string.upper) end`},
		{"CountHook", `debug.sethook(function() end, "", 1000) for i = 1, n do end debug.sethook()`},
	}
	for _, bench := range benchmarks {
		b.Run(bench.name, func(b *testing.B) {
			measure(b, newVM(lua.Options{}), bench.source)
		})
	}
}

// measure runs a program whose variable n is how often it is to do what is measured.
func measure(b *testing.B, vm *lua.VM, source string) {
	f, err := vm.Load("local n = ... "+source, "=bench", nil)
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	b.ResetTimer()
	if _, err := vm.Call(f, lua.Int(b.N)); err != nil {
		b.Fatal(err)
	}
}

// BenchmarkSlice is the cost of time slices; compare with CoroutineSwitch and CoroutineNew above.
func BenchmarkSlice(b *testing.B) {
	for _, bench := range []struct{ name, source string }{
		{"Resume", `local co = coroutine.create(function() while true do coroutine.yield() end end) for i = 1, n do coroutine.resume(co) end`},
		{"Yielded", `local co = coroutine.create(function() while true do coroutine.yield() end end) for i = 1, n do slice(co, 5) end`},
		{"Returned", `local function f() end for i = 1, n do slice(coroutine.create(f), 5) end`},
		{"ResumeReturned", `local function f() end for i = 1, n do coroutine.resume(coroutine.create(f)) end`},
		{"Preempted", `eager(true) local co = coroutine.create(function() while true do end end) for i = 1, n do slice(co, 5) end eager(false)`},
	} {
		b.Run(bench.name, func(b *testing.B) {
			vm := newVM(lua.Options{})
			sliceFunctions(vm)
			vm.Globals().SetString("eager", lua.NewFunction("eager", func(c lua.Call) (lua.Results, error) {
				vm.SetEager(c.Arg(1).Truthy())
				return c.Return0()
			}))
			measure(b, vm, bench.source)
		})
	}
}

// BenchmarkFromGo is the cost of going from Go to Lua and back.
func BenchmarkFromGo(b *testing.B) {
	vm := newVM(lua.Options{})
	load := func(source string) lua.Value {
		f, err := vm.Load(source, "=bench", nil)
		if err != nil {
			b.Fatal(err)
		}
		return f
	}
	b.Run("Call", func(b *testing.B) {
		f := load(`return ...`)
		b.ReportAllocs()
		for range b.N {
			if _, err := vm.Call(f, lua.True); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("Resume", func(b *testing.B) {
		th := vm.NewThread(load(`while true do coroutine.yield(...) end`))
		b.ReportAllocs()
		for range b.N {
			if _, err := th.Resume(lua.True); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("Load", func(b *testing.B) {
		b.ReportAllocs()
		for range b.N {
			load(`local a, b = 1, 2 return function(x) return a + b * x end`)
		}
	})
}

// What runs in inner loops allocates nothing.
func TestNoAllocations(t *testing.T) {
	tests := []struct{ name, source string }{
		{"arithmetic", `local s = 0 for i = 1, 1000 do s = s + i * 2 % 7 end`},
		{"calls", `local function f(a, ...) return a end for i = 1, 1000 do f(i, i) end`},
		{"fields", `local t = {x = 1} for i = 1, 1000 do t.x = t.x + 1 end`},
		{"methods", `local C = {} C.__index = C function C:inc() self.n = self.n + 1 end local o = setmetatable({n = 0}, C) for i = 1, 1000 do o:inc() end`},
		{"pcall", `local function f() end for i = 1, 1000 do pcall(f) end`},
		{"coroutines", `local co = coroutine.wrap(function() while true do coroutine.yield() end end) for i = 1, 1000 do co() end`},
		{"loops", `local t = {1, 2, 3, x = 1} for i = 1, 300 do for k, v in pairs(t) do end for k, v in ipairs(t) do end end`},
		{"metamethods", `local o = setmetatable({}, {__add = function(a, b) return a end, __index = function() return 1 end}) for i = 1, 1000 do local a, b = o + 1, o.x end`},
		{"built-ins", `local floor, byte = math.floor, string.byte for i = 1, 1000 do floor(i) byte("x") select("#", i) type(i) rawequal(i, i) end`},
		{"sort", `local t = {} for i = 1, 100 do t[i] = i * 7 % 100 end table.sort(t, function(a, b) return a < b end)`},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			vm := newVM(lua.Options{})
			f, err := vm.Load(test.source, "=test", nil)
			if err != nil {
				t.Fatal(err)
			}
			n := testing.AllocsPerRun(5, func() {
				if _, err := vm.Call(f); err != nil {
					t.Fatal(err)
				}
			})
			if n > 50 { // the coroutine of the call, the tables and functions before the loop
				t.Errorf("%v allocations in 1000 rounds", n)
			}
		})
	}
}
