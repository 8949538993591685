package lua_test

import (
	"fmt"
	"io/fs"
	"strings"
	"testing"
	"time"

	"github.com/luart/luart/conformance/lang"
	"github.com/luart/luart/lua"
)

// transcript runs a program, which may yield, and returns what it prints and how it ends.
func transcript(vm *lua.VM, name, source string) string {
	return transcriptOf(vm, name, source, func(th *lua.Thread) error {
		_, err := th.Resume()
		return err
	})
}

// transcriptOf is transcript with a way to resume the program's coroutine.
func transcriptOf(vm *lua.VM, name, source string, resume func(*lua.Thread) error) string {
	var out strings.Builder
	vm.Globals().SetString("print", lua.NewFunction("print", func(c lua.Call) (lua.Results, error) {
		for i := range c.N() {
			v := c.Arg(i + 1)
			switch v.Kind() {
			case lua.KindTable, lua.KindFunction, lua.KindThread, lua.KindUserdata:
				fmt.Fprintf(&out, "%s ", v.TypeName())
			default:
				fmt.Fprintf(&out, "%s ", v.String())
			}
		}
		out.WriteByte('\n')
		return c.Return0()
	}))
	f, err := vm.Load(source, "="+name, nil)
	if err != nil {
		return err.Error()
	}
	vm.SetDeadline(20*time.Second, time.Second)
	defer vm.SetDeadline(0, 0)
	th := vm.NewThread(f)
	for range 10000 {
		if err := resume(th); err != nil {
			return out.String() + "error: " + err.Error()
		}
		if th.Status() == lua.Dead {
			return out.String()
		}
	}
	return out.String() + "never ends"
}

// languagePrograms are the language's tests and random programs, by their names; fewer of them for -short.
func languagePrograms(t *testing.T) map[string]string {
	t.Helper()
	programs := map[string]string{}
	names, err := fs.Glob(lang.Files, "*.lua")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range names {
		if name == "limits.lua" || name == "patterns.lua" || name == "strings.lua" {
			continue // long ones that hold next to nothing
		}
		source, err := fs.ReadFile(lang.Files, name)
		if err != nil {
			t.Fatal(err)
		}
		file, err := lang.Parse(name, string(source))
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range file.Chunks {
			programs[fmt.Sprintf("%s:%d", name, c.Line)] = c.Source
		}
	}
	random := 60
	if testing.Short() {
		random = 10
		n := 0
		for name := range programs {
			if n++; n%4 != 0 {
				delete(programs, name)
			}
		}
	}
	for seed := range random {
		programs[fmt.Sprint("random ", seed)] = strings.Join(lang.RandomProgram(uint64(seed)), "\n")
	}
	return programs
}

// Programs do the same when stock is taken at each allocation as when it is never taken.
func TestAccountingChangesNothing(t *testing.T) {
	programs := languagePrograms(t)
	for name, source := range programs {
		calm, busy := newVM(lua.Options{}), newVM(lua.Options{})
		busy.SetAccountingInterval(512)
		busy.SetAccountingEpoch(65000)
		want, got := transcript(calm, name, source), transcript(busy, name, source)
		if strings.Contains(source, "tostring({})") || strings.Contains(want, ": 0x") {
			continue
		}
		if addresses(got) != addresses(want) {
			t.Errorf("%s: got\n%s\nshould be\n%s", name, got, want)
		}
		if err := busy.CheckTables(); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// addresses hides the addresses of objects, which differ from run to run.
func addresses(s string) string {
	var b strings.Builder
	for _, field := range strings.SplitAfter(s, " ") {
		hex := strings.TrimRight(field, " \n)'")
		if len(hex) >= 8 && strings.Trim(hex, "0123456789abcdef") == "" {
			b.WriteString("ADDRESS")
			continue
		}
		b.WriteString(field)
	}
	return b.String()
}

// keptPrelude gives programs a weak table and a way to make the VM take stock.
const keptPrelude = `
weak = setmetatable({}, {__mode = "v"})
function churn() local t for i = 1, 40 do t = {i, {i}, "x" .. i} end end
function new() local o = {"kept"} weak[1], weak.name = o, o return o end
function kept() churn() return weak[1] ~= nil and weak.name == weak[1] and weak[1][1] == "kept" end
`

// keptPrograms say whether an object is kept by weak tables while it is in use in some way; after the other part it must
// be gone.
var keptPrograms = []struct{ name, use, drop string }{
	{"nothing", `new() return true`, ``},
	{"local", `local o = new() return (kept())`, ``},
	{"global", `g = new()`, `g = nil`},
	{"table", `g = {{{new()}}}`, `g = nil`},
	{"field of an object", `g = {a = 1, b = new()}`, `g.b = nil`},
	{"table key", `g = {[new()] = true}`, `g = nil`},
	{"removed key", `g = {[new()] = true} if not kept() then return false end g[next(g)] = nil return true`, ``},
	{"metatable", `g = setmetatable({}, new())`, `g = nil`},
	{"weak table only", `g = setmetatable({new()}, {__mode = "v"}) return true`, ``},
	{"weak key only", `g = setmetatable({[new()] = true}, {__mode = "k"}) return true`, ``},
	{"value of a weak key", `h = {} g = setmetatable({[h] = new()}, {__mode = "k"})`, `h = nil churn()`},
	{"upvalue", `local function f() local o = new() return function() return o end end g = f()`, `g = nil`},
	{"upvalue in a cell", `local function f() local o = 1 local function set(v) o = v end set(new()) return function() return o, set end end g = f()`, `g = nil`},
	{"upvalue of an upvalue", `local function f() local o = new() return function() return function() return o end end end g = f()()`, `g = nil`},
	{"parameter", `local function f(o) return kept() and o end return f(new())`, ``},
	{"varargs", `local function f(...) return kept() and (...) end return f(new())`, ``},
	{"varargs behind parameters", `local function f(a, b, ...) local x = kept() return x and select(3, ...) end return f(1, 2, 3, 4, new())`, ``},
	{"tail call with varargs", `local function g(...) return kept() and select("#", ...) end local function f(...) return g(...) end return f(1, new())`, ``},
	{"arguments of a call with open results", `local function two() return 1, new() end local function k(a, o) return kept() and o end return k(two())`, ``},
	{"temporary", `local function second(a, b) return b end return second(new(), kept())`, ``},
	{"constructor", `local t = {new(), kept()} return t[2]`, ``},
	{"open constructor", `local function f() return new(), new(), kept() end local t = {1, f()} return t[4] and t[3] == weak[1]`, ``},
	{"operand of a metamethod", `local o = setmetatable({}, {__add = function(a, b) return kept() end}) return o + new()`, ``},
	{"operands of a concatenation", `local k = true local mt = {__concat = function(a, b) k = k and kept() return b end}
		local r = "x" .. setmetatable(new(), mt) .. "y" .. "z" return k`, ``},
	{"self", `local t = setmetatable(new(), {__index = {f = function(self) return kept() and self end}}) return t:f()`, ``},
	{"for in pairs", `for k, v in pairs({new(), 2, 3}) do return (kept()) end`, ``},
	{"for in next", `for k in next, {[new()] = 1, x = 1, y = 2} do if not kept() then return false end end return true`, ``},
	{"for in ipairs", `for i, v in ipairs(setmetatable(new(), {__index = function(t, i) if i < 4 then return i end end})) do if not kept() then return false end end return true`, ``},
	{"state of an iterator", `for i in function(s, i) if i < 3 then return i + 1 end end, new(), 0 do if not kept() then return false end end return true`, ``},
	{"coroutine that waits", `g = coroutine.create(function() local o = new() coroutine.yield() return o end) coroutine.resume(g)`, `g = nil`},
	{"coroutine that has not begun", `g = coroutine.create((function(o) return function() return o end end)(new()))`, `g = nil`},
	{"coroutine that has resumed another", `local co = coroutine.wrap(function() local o = new() local r = coroutine.wrap(function() return kept() end)() return r and o end) return co()`, ``},
	{"wrapped coroutine", `g = coroutine.wrap(function() local o = new() coroutine.yield() return o end) g()`, `g = nil`},
	{"wrapped coroutine in a wrapped one", `g = coroutine.wrap(function() local h = coroutine.wrap(function() local o = new() coroutine.yield() return o end) h() coroutine.yield() h() end) g()`, `g = nil`},
	{"values of a yield", `local co = coroutine.create(function() coroutine.yield(new(), kept()) end) local _, o, k = coroutine.resume(co) return k and kept() and o`, ``},
	{"values of a resume", `local co = coroutine.wrap(function() return (function(o, ...) return kept() and o end)(coroutine.yield()) end) co() return co(new(), 1, 2, 3)`, ``},
	{"arguments across pcall", `return select(2, pcall(function(o) return kept() and o end, new()))`, ``},
	{"arguments across many pcalls", `return select(5, pcall(pcall, pcall, pcall, function(...) return kept() and select(3, ...) end, 1, 2, new()))`, ``},
	{"message handler", `return xpcall(function() if not kept() then error("lost", 0) end error("right", 0) end, (function(o) return function(m) lost = m ~= "right" or not kept() return o end end)(new())) == false and not lost`, ``},
	{"error value", `local ok, e = pcall(function() error(new()) end) return kept() and e == weak[1]`, ``},
	{"error value in a handler", `local ok, r = xpcall(function() error(new()) end, function(e) return kept() and e == weak[1] end) return r`, ``},
	{"error value across coroutines", `local co = coroutine.wrap(function() error(new()) end) local ok, e = pcall(co) return kept() and e == weak[1]`, ``},
	{"error value of a dead coroutine", `g = coroutine.create(function() error(new()) end) coroutine.resume(g) return true`, `g = nil`},
	{"hook", `debug.sethook((function(o) return function() return o end end)(new()), "r") local k = kept() debug.sethook() return k`, ``},
	{"in a hook", `local r debug.sethook(function() debug.sethook() local o = new() r = kept() and o ~= nil end, "l")
		local a = 1
		return r`, ``},
	{"operands below a hook", `debug.sethook(function() churn() end, "", 1)
		local function f(...) return ... end local function g(...) local a, b, c, d, e = ... return a == 1 and kept() and c == weak[1] end local r = g(1, f(2, new(), 3, 4))
		debug.sethook() return r`, ``},
	{"hook of another coroutine", `g = coroutine.create(function() coroutine.yield() end) debug.sethook(g, (function(o) return function() return o end end)(new()), "l")`, `g = nil`},
	{"registry", `debug.getregistry().o = new()`, `debug.getregistry().o = nil`},
	{"metatable of numbers", `debug.setmetatable(1, new())`, `debug.setmetatable(1, nil)`},
	{"environment", `g = load("return 1", "f", "t", new())`, `g = nil`},
	{"sort", `local t, lost = {}, false for i = 1, 10 do t[i] = {i} end t[5] = new() t[5][2] = 5
		table.sort(t, function(a, b) for i = 1, 10 do t[i] = nil end if not kept() then lost = true end return (a[2] or a[1]) < (b[2] or b[1]) end) return not lost`, ``},
	{"gsub", `local lost ("abc"):gsub(".", (function(o) return function(c) if not (kept() and o) then lost = true end end end)(new())) return not lost`, ``},
	{"gsub with many captures", `local args ("abcdefgh"):gsub("(.)(.)(.)(.)(.)(.)(.)(.)", function(...) churn() args = table.concat({...}) end) return args == "abcdefgh"`, ``},
	{"gsub with a proxy", `local n = 0 local t = setmetatable(new(), {__index = function(t, k) if kept() and t == weak[1] then n = n + 1 end end}) ; ("abc"):gsub(".", t) return n == 3`, ``},
	{"concat of a proxy", `return table.concat(setmetatable(new(), {__len = function() return 3 end, __index = function(t, i) return kept() and "v" .. i end}), ",") == "kept,v2,v3"`, ``},
	{"unpack of a proxy", `local t = setmetatable({}, {__len = function() return 3 end, __index = function(t, i) if i == 1 then return new() end churn() return i end})
		local a, b, c = table.unpack(t) return kept() and a == weak[1] and c == 3`, ``},
	{"move of a proxy", `local t = setmetatable({}, {__newindex = function(t, i, v) if not kept() then v = 0 end rawset(t, i, v) end})
		table.move({1, new(), 3}, 1, 3, 1, t) return t[2] == weak[1]`, ``},
	{"load reader", `local n = 0 return load((function(o) return function() churn() n = n + 1 if n < 5 then return kept() and o and " " end end end)(new()))`, ``},
	{"tostring", `return tostring(setmetatable({}, {__tostring = function(t) local o = new() return kept() and o and "kept" end})) == "kept"`, ``},
	{"pairs metamethod", `local n = 0 for k in pairs(setmetatable({}, {__pairs = function(t) return function(s, k) if not k then return kept() and s end end, new(), nil end})) do n = n + 1 end return n == 1`, ``},
	{"call metamethod", `return setmetatable(new(), {__call = function(self, a) return kept() and self and a end})(7) == 7`, ``},
	{"userdata", `userdata.meta(new())`, `userdata.meta(nil)`},
	{"Go value of a userdata", `userdata.hold(new())`, `userdata.hold(nil)`},
	{"pin", `go.pin(new())`, `go.unpin()`},
	{"Go function", `g = go.holding(new())`, `g = nil`},
	{"caller of a call from Go", `local function f(o) return go.call(kept) and o end return f(new())`, ``},
	{"caller in a coroutine", `return coroutine.wrap(function() local o = new() return go.call(function() return go.call(kept) end) and o end)()`, ``},
	{"continuation in Go", `return go.keep(kept, new())`, ``},
	{"continuation in Go that yields", `g = coroutine.wrap(function() return go.keep(function() coroutine.yield() return kept() end, new()) end) g() return kept() and g()`, ``},
	{"arguments for Lua from Go", `return go.spread(function(...) churn() local t = {...} for i = 1, 30 do if t[i][1] ~= i then return 0 end end return #t end) == 30`, ``},
	{"joined upvalues", `local function f() local o = new() return function() return o end end local function h() local x = 1 return function() return x end end
		local a = f() g = h() debug.upvaluejoin(g, 1, a, 1) a = nil return kept() and g()`, `g = nil`},
}

type holder struct{ v lua.Value }

func (h *holder) Trace(visit func(lua.Value)) { visit(h.v) }

// openGo gives programs what only Go can do.
func openGo(vm *lua.VM) {
	u := lua.NewUserdata(&holder{}, nil)
	vm.Globals().SetString("u", u.Value())
	ut, gt := lua.NewTable(0, 0), lua.NewTable(0, 0)
	vm.Globals().SetString("userdata", ut.Value())
	vm.Globals().SetString("go", gt.Value())
	set := func(t *lua.Table, name string, f lua.GoFunc) { t.SetString(name, lua.NewFunction(name, f)) }
	set(ut, "meta", func(c lua.Call) (lua.Results, error) {
		m, _ := c.Arg(1).AsTable()
		u.SetMetatable(m)
		return c.Return0()
	})
	set(ut, "hold", func(c lua.Call) (lua.Results, error) {
		u.Data.(*holder).v = c.Arg(1)
		return c.Return0()
	})
	var pin *lua.Pin
	set(gt, "pin", func(c lua.Call) (lua.Results, error) {
		pin = c.VM().Pin(c.Arg(1))
		return c.Return0()
	})
	set(gt, "unpin", func(c lua.Call) (lua.Results, error) {
		pin.Unpin()
		pin.Unpin()
		pin = nil
		return c.Return0()
	})
	set(gt, "holding", func(c lua.Call) (lua.Results, error) {
		v := c.Arg(1)
		return c.Return1(lua.NewFunctionHolding("held", func(c lua.Call) (lua.Results, error) { return c.Return1(v) }, v))
	})
	set(gt, "call", func(c lua.Call) (lua.Results, error) {
		res, err := c.VM().Call(c.Arg(1))
		if err != nil {
			return 0, err
		}
		return c.Return(res...)
	})
	set(gt, "keep", func(c lua.Call) (lua.Results, error) {
		o := c.Arg(2)
		return c.CallThen(c.Arg(1), func(c lua.Call) (lua.Results, error) {
			if !c.Arg(1).Truthy() {
				return c.Return1(lua.False)
			}
			return c.Return1(o)
		})
	})
	set(gt, "spread", func(c lua.Call) (lua.Results, error) {
		args := make([]lua.Value, 30)
		for i := range args {
			t := lua.NewTable(1, 0)
			t.Append(lua.Int(i + 1))
			args[i] = t.Value()
		}
		return c.CallThen(c.Arg(1), nil, args...)
	})
}

// Weak tables keep what is in use in whatever way, and drop what is not.
func TestWeakTablesKeepWhatIsInUse(t *testing.T) {
	for _, test := range keptPrograms {
		t.Run(test.name, func(t *testing.T) {
			for _, interval := range []int64{1, 300, 2000} {
				vm := newVM(lua.Options{})
				openGo(vm)
				vm.SetAccountingInterval(interval)
				use := test.use
				if !strings.Contains(use, "return") || !strings.Contains(use, "kept()") && !strings.HasSuffix(use, "return true") && test.drop != "" {
					use += " return kept()"
				}
				var got [2]string
				for i, source := range []string{keptPrelude + use, test.drop + "\nchurn() return weak[1], weak.name"} {
					var err error
					if got[i], err = eval(t, vm, source); err != nil {
						t.Fatal(err)
					}
				}
				if got[0] == "" || got[0] == "nil" || got[0] == "false" || got[0] == "lost" {
					t.Errorf("with an accounting after each %d bytes: lost (%s)", interval, got[0])
				}
				if got[1] != "nil nil" {
					t.Errorf("with an accounting after each %d bytes: not dropped (%s)", interval, got[1])
				}
				if err := vm.CheckTables(); err != nil {
					t.Error(err)
				}
			}
		})
	}
}

// Memory is about what the values take.
func TestMemory(t *testing.T) {
	tests := []struct {
		name, source string
		want         int64 // bytes that the value v takes by the sizes that unsafe.go gives
	}{
		{"string", `v = ("x"):rep(1e6)`, 1e6},
		{"list", `v = {} for i = 1, 1e5 do v[i] = i end`, 16e5},
		{"list of tables", `v = {} for i = 1, 1e4 do v[i] = {i} end`, 1e4 * (16 + 64 + 16)},
		{"fields", `v = {} for i = 1, 1e4 do v["field" .. i] = true end`, 16384*40 + 1e4*25},
		{"closures", `v = {} for i = 1, 1e4 do local x = i v[i] = function() return x end end`, 1e4 * (16 + 32)},
		{"coroutines", `v = {} for i = 1, 1e3 do v[i] = coroutine.create(print) end`, 1e3 * 900},
		{"wrapped coroutines", `v = {} for i = 1, 1e3 do v[i] = coroutine.wrap(function() end) end`, 1e3 * 1050},
		{"shared", `local s = ("x"):rep(1e6) v = {} for i = 1, 1000 do v[i] = {s} end`, 1e6 + 1000*100},
		{"weak", `v = setmetatable({}, {__mode = "v"}) for i = 1, 1000 do v[i] = ("x"):rep(1000) .. i end`, 1e6},
		{"functions", `v = {} for i = 1, 100 do v[i] = load("return " .. ("a + "):rep(1000) .. "1") end`, 100 * 1000 * 2 * 24},
		{"garbage", `for i = 1, 1e5 do v = {i} end`, 100},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			vm := newVM(lua.Options{})
			vm.Globals().SetString("print", lua.NewFunction("print", func(c lua.Call) (lua.Results, error) { return c.Return0() }))
			if err := vm.Account(); err != nil {
				t.Fatal(err)
			}
			before := vm.Memory()
			if _, err := eval(t, vm, test.source); err != nil {
				t.Fatal(err)
			}
			if err := vm.Account(); err != nil {
				t.Fatal(err)
			}
			got := vm.Memory() - before
			if got < test.want*2/3 || got > test.want*3/2+20_000 {
				t.Errorf("%d bytes, should be about %d", got, test.want)
			}
			vm.Globals().SetString("v", lua.Nil)
			if err := vm.Account(); err != nil {
				t.Fatal(err)
			}
			if left := vm.Memory() - before; left > 20_000 {
				t.Errorf("%d bytes are left", left)
			}
		})
	}
}

// The number of an accounting may come back to where it began.
func TestAccountingEpochs(t *testing.T) {
	vm := newVM(lua.Options{})
	vm.SetAccountingEpoch(65534)
	for i := range 5 {
		if _, err := eval(t, vm, fmt.Sprintf(`v = {{("x"):rep(1e6)}, %d}`, i)); err != nil {
			t.Fatal(err)
		}
		if err := vm.Account(); err != nil {
			t.Fatal(err)
		}
		if n := vm.Memory(); n < 1e6 || n > 12e5 {
			t.Errorf("%d bytes", n)
		}
	}
}

// What a program hides in places that the accounting finds hard to see counts as well.
func TestMemoryLimitFindsEverything(t *testing.T) {
	tests := []struct{ name, source string }{
		{"raw sets", `local t = {} for i = 1, 1e7 do rawset(t, i, i) end`},
		{"wrapped coroutines", `local t = {} for i = 1, 1e4 do local f = coroutine.wrap(function() local s = ("x"):rep(1e5) coroutine.yield() return s end) f() t[i] = f end`},
		{"coroutines in gsub", `local t = {} for i = 1, 1e3 do local f = coroutine.wrap(function() return ((("x"):rep(1e6) .. "y"):gsub("y", coroutine.yield)) end) f() t[i] = f end`},
		{"coroutines in table.concat", `local t = {} for i = 1, 1e3 do local f = coroutine.wrap(function()
			return table.concat(setmetatable({}, {__len = function() return 2 end, __index = function(_, i) if i == 1 then return ("x"):rep(1e6) end coroutine.yield() end})) end) f() t[i] = f end`},
		{"coroutines in sort", `local t = {} for i = 1, 1e3 do local f = coroutine.wrap(function() local l = {} for i = 1, 1e4 do l[i] = i end table.sort(l, coroutine.yield) end) f() t[i] = f end`},
		{"coroutines in load", `local t = {} for i = 1, 1e3 do local f = coroutine.wrap(function() local s = ("x"):rep(1e6) load(function() if s then local r = s s = nil return r end coroutine.yield() end) end) f() t[i] = f end`},
		{"iterators over strings", `local t = {} for i = 1, 1e4 do t[i] = ("x"):rep(1e5):gmatch("y") end`},
		{"source text", `local t = {} for i = 1, 1e4 do t[i] = load("local abcdef = 1 return function() return abcdef end --" .. ("x"):rep(1e5) .. i)() end`},
		{"functions that are not yet needed", `local s = "return function() " .. ("a=1 "):rep(1e5) .. " end" local t = {} for i = 1, 1e3 do t[i] = load(s) end`},
		{"endless source", `load(math.random)`},
		{"endless source of spaces", `local s = (" "):rep(1e5) load(function() return s end)`},
		{"weak strings", `local t = setmetatable({}, {__mode = "v"}) for i = 1, 1e5 do t[i] = ("x"):rep(1000) .. i end`},
		{"below a call from Go", `local s = ("x"):rep(9e6) go.call(function() local t = {} for i = 1, 80 do t[i] = ("x"):rep(1e5) end end) return s`},
		{"below calls from Go", `local function f() local s = ("x"):rep(1e6) go.call(f) return s end f()`},
		{"caught again and again", `local t = {} for i = 1, 1e4 do pcall(function() while true do t[#t + 1] = {} end end) end`},
		{"caught in coroutines", `local t = {} while true do coroutine.wrap(function() while true do t[#t + 1] = {} end end)() end`},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			vm := newVM(lua.Options{Memory: 16 << 20})
			openGo(vm)
			vm.SetDeadline(20*time.Second, time.Second)
			_, err := eval(t, vm, test.source)
			if err == nil || !strings.HasSuffix(err.Error(), "not enough memory") {
				t.Fatalf("got %v", err)
			}
			if n := vm.Memory(); n > 40<<20 {
				t.Errorf("%d MiB in the end", n>>20)
			}
			stillWorks(t, vm)
		})
	}
}
