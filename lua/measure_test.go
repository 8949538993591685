package lua_test

import (
	"testing"

	"github.com/luart/luart/lua"
)

// measured is what a program's first result leads to, without what its second one, a table, has as keys.
func measured(t *testing.T, vm *lua.VM, source string) int64 {
	t.Helper()
	f, err := vm.Load(source, "=t", nil)
	if err != nil {
		t.Fatal(err)
	}
	res, err := vm.Call(f)
	if err != nil {
		t.Fatal(err)
	}
	var stops *lua.Table
	if len(res) > 1 {
		stops, _ = res[1].AsTable()
	}
	return vm.Measure(res[0], stops)
}

func TestMeasure(t *testing.T) {
	const kb = 1 << 10
	for _, test := range []struct {
		source   string
		from, to int64
	}{
		{`return nil`, 0, 0},
		{`return 1`, 0, 0},
		{`return true`, 0, 0},
		{`return math.floor`, 0, 0},
		{`return {}`, 40, 200},
		{`return ("x"):rep(1e5)`, 1e5, 1e5 + 100},
		{`local s = ("x"):rep(1e5) return {s, s, [s] = s}`, 1e5, 1e5 + kb},
		{`local t = {} for i = 1, 1000 do t[i] = i end return t`, 16e3, 40e3},
		{`local t = {} for i = 1, 1000 do t[i] = {} end return t`, 16e3 + 40e3, 40e3 + 200e3},
		{`local t = {} t.t = t t[t] = {t} return t`, 100, 2 * kb},
		{`local t = {} local last = t for i = 1, 1e5 do last.next = {} last = last.next end return t`, 5e6, 50e6}, // deep, but not in Go
		{`return setmetatable({}, {s = ("x"):rep(1e5)})`, 1e5, 1e5 + kb},
		{`local s = ("x"):rep(1e5) return function() return s end`, 1e5, 1e5 + 2*kb},
		{`local s = ("x"):rep(1e5) local function set(v) s = v end return function() return set, s end`, 1e5, 1e5 + 4*kb},
		{`local s = ("x"):rep(1e5) return coroutine.create(function() return s end)`, 1e5, 1e5 + 4*kb},
		{`local co = coroutine.create(function() local s = ("x"):rep(1e5) coroutine.yield() return s end) coroutine.resume(co) return co`, 1e5, 1e5 + 4*kb},
		{`return coroutine.wrap(function(s) return s end), nil`, 500, 4 * kb},
		// What is left out.
		{`big = ("x"):rep(1e6) return {_G, string, debug.getregistry()}`, 100, 40 * kb},
		{`big = ("x"):rep(1e6) return function() return big end`, 100, 2 * kb},
		{`big = ("x"):rep(1e6) return _G`, 1e6, 1e6 + 100*kb},
		{`getmetatable("").big = ("x"):rep(1e6) return {"text"}`, 40, 300},
		{`local shared = {("x"):rep(1e6)} return {shared}, {[shared] = true}`, 40, 300},
		{`local shared = {("x"):rep(1e6)} return shared, {[shared] = true}`, 1e6, 1e6 + kb},
		{`local s = ("x"):rep(1e6) return {s}, {[s] = true}`, 40, 300},
		{`local shared = {("x"):rep(1e6)} local function f() return shared end return {f}, {[f] = 0}`, 40, 300},
		{`local shared = {("x"):rep(1e6)} local co = coroutine.wrap(function() return shared end) return {co}, {[co] = 0}`, 40, 300},
		// The coroutine that has resumed one is no part of it.
		{`local s = ("x"):rep(1e6) return coroutine.wrap(function() return measure(coroutine.running()) < 10000 and {} end)(), s`, 40, 300},
		// A task that sleeps has what all its coroutines have.
		{`local co = coroutine.create(function() local a = ("x"):rep(1e5)
				coroutine.wrap(function() local b = ("y"):rep(1e5) coroutine.wrap(function() local c = ("z"):rep(1e5) while true do end return c end)() return b end)() return a end)
			for i = 1, 100 do slice(co, 1) end return co`, 3e5, 3e5 + 10*kb},
		// What only weak tables refer to.
		{`return setmetatable({{("x"):rep(1e5)}}, {__mode = "v"})`, 40, kb},
		{`return setmetatable({[{("x"):rep(1e5)}] = 1}, {__mode = "k"})`, 40, kb},
		{`local o = {("x"):rep(1e5)} return {o, setmetatable({o}, {__mode = "v"})}`, 1e5, 1e5 + kb},
	} {
		vm := newVM(lua.Options{})
		sliceFunctions(vm)
		vm.SetEager(true)
		vm.Globals().SetString("measure", lua.NewFunction("measure", func(c lua.Call) (lua.Results, error) {
			return c.Return1(lua.Number(float64(vm.Measure(c.Arg(1), nil))))
		}))
		if err := vm.Account(); err != nil {
			t.Fatal(err)
		}
		if n := measured(t, vm, test.source); n < test.from || n > test.to {
			t.Errorf("%s: %d bytes, not %d to %d", test.source, n, test.from, test.to)
		}
		vm.SetEager(false)
		if err := vm.Account(); err != nil {
			t.Fatal(err)
		}
		stillWorks(t, vm)
	}
}

// Memory can't be hidden in weak tables that are kept from being emptied.
func TestMeasureOfKeptWeakTables(t *testing.T) {
	vm := newVM(lua.Options{})
	eval(t, vm, `co = coroutine.create(function() table.sort({1, 2}, function() coroutine.yield() end) end) coroutine.resume(co)
		weak = setmetatable({{setmetatable({{("x"):rep(1e5)}}, {__mode = "v"})}}, {__mode = "v"})`)
	if err := vm.Account(); err != nil {
		t.Fatal(err)
	}
	if n := measured(t, vm, `return weak`); n < 1e5 {
		t.Errorf("%d bytes", n)
	}
	eval(t, vm, `co = nil`)
	if err := vm.Account(); err != nil {
		t.Fatal(err)
	}
	if n := measured(t, vm, `return weak`); n > 1000 {
		t.Errorf("%d bytes", n)
	}
}

// It finds what the accounting finds, and the accounting finds the same after it as before; marks of old walks mean nothing.
func TestMeasureAndAccounting(t *testing.T) {
	vm := newVM(lua.Options{})
	live := func() int64 {
		if err := vm.Account(); err != nil {
			t.Fatal(err)
		}
		return vm.Memory()
	}
	empty := live()
	eval(t, vm, `a, b = {}, {} for i = 1, 1000 do a[i] = {i, x = "s" .. i, f = function() return i end} end b[1] = "text" .. #a`)
	full := live()
	a, b := vm.Globals().GetString("a"), vm.Globals().GetString("b")
	sizeA, sizeB := vm.Measure(a, nil), vm.Measure(b, nil)
	if d := full - empty - sizeA - sizeB; d < 0 || d > 8192 { // the program itself
		t.Errorf("the accounting finds %d, Measure %d and %d", full-empty, sizeA, sizeB)
	}
	for n := range 1<<17 + 10 {
		if got := vm.Measure(b, nil); got != sizeB {
			t.Fatalf("round %d: %d bytes, not %d", n, got, sizeB)
		}
		if n%4093 == 0 || n > 65500 && n < 65580 || n > 131000 {
			if got := vm.Measure(a, nil); got != sizeA {
				t.Fatalf("round %d: %d bytes, not %d", n, got, sizeA)
			}
		}
	}
	if got := live(); got != full {
		t.Errorf("the accounting finds %d, and found %d", got, full)
	}
}

func BenchmarkMeasure(b *testing.B) {
	vm := newVM(lua.Options{})
	f, err := vm.Load(`local t = {} for i = 1, 1e5 do t[i] = {name = "n" .. i, i} end return t`, "=t", nil)
	if err != nil {
		b.Fatal(err)
	}
	res, err := vm.Call(f)
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		vm.Measure(res[0], nil)
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/2e5, "ns/object")
}
