package lua_test

import (
	"flag"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"runtime/debug"
	"strings"
	"testing"
	"time"

	"github.com/luart/luart/conformance/lang"
	"github.com/luart/luart/lua"
)

var (
	nastySeed  = flag.Uint64("nasty.seed", 1, "first seed of the programs that TestNastyPrograms runs")
	nastyCount = flag.Int("nasty.count", 1000, "number of programs that TestNastyPrograms runs")
)

// hostile are hand-written seeds: what goes wrong most easily in a machine of this kind, together.
var hostile = []string{
	`for k, v in pairs({[2] = "x", "a", "b"}) do print(k, v) end`,
	`local t = {a = 1, b = 2} for k, v in pairs(t) do for i = 1, 20 do debug.setlocal(1, i, 5) end end`,
	`for i = 1, 3 do for n = 1, 9 do debug.setlocal(1, n, {}) end end`,
	`local v, w = 1, 2 local function g() return w end local f f = function() local a = v debug.upvaluejoin(f, 1, g, 1) return v, a end return f()`,
	`local function f() return x end debug.upvaluejoin(f, 1, function() return print end, 1) return pcall(f)`,
	`local function hook() debug.sethook(hook, "crl", 1) end debug.sethook(hook, "crl", 1) local function f() return 1 end f() f() debug.sethook()`,
	`debug.sethook(function() coroutine.yield(1) end, "l") local a = 1
	 local b = 2`,
	`debug.sethook(error, "l") local a = 1
	 local b = 2`,
	`debug.sethook(function() debug.sethook() error("x") end, "", 1) print(pcall(function() local a = 1 end))`,
	`print(xpcall(function() local function f() return f() + 1 end f() end, function(m) return xpcall(error, debug.traceback, m) end))`,
	`print(xpcall(error, function() local function f() f() end f() end))`,
	`print(pcall(string.gsub, "aaa", "a", pcall))  print(pcall(pcall, pcall, pcall, error))`,
	`local co co = coroutine.create(function() return coroutine.resume(co) end) print(coroutine.resume(co))`,
	`local co = coroutine.wrap(function() return pcall(coroutine.yield, 1) end) co() print(co(error))`,
	`local a, b a = coroutine.create(function() coroutine.resume(b) end) b = coroutine.create(function() print(coroutine.resume(a)) end) coroutine.resume(a)`,
	`debug.setmetatable(0, {__call = debug.traceback}) print(pcall(table.concat, setmetatable({}, {__index = xpcall, __call = error, __len = function() return 1 end})))`,
	`debug.setmetatable(nil, {__index = function(t, k) return k end, __call = function(...) return ... end, __add = function() end}) print((nil).x, (nil)(1), nil + 1)`,
	`debug.setmetatable(print, {__index = coroutine.yield, __newindex = coroutine.yield, __lt = coroutine.yield}) local x = print.x print.y = 1 print(print < print)`,
	`local mt = {} for _, n in ipairs{"add", "sub", "mul", "div", "mod", "pow", "unm", "concat", "len", "eq", "lt", "le", "index", "newindex", "call"} do mt["__" .. n] = coroutine.yield end
	 local o, p = setmetatable({}, mt), setmetatable({}, mt)
	 return coroutine.wrap(function() o.x = o .. p .. "x" .. o local t = -o + p * o / 2 % 3 ^ o print(#o, o == p, o < p, o <= p, o > p, not (o >= p), o(1), o.x.y) end)()`,
	`goto a do ::b:: goto c end ::a:: do local x = 1 ::d:: local f = function() x = x + 1 return x end if f() < 5 then goto d end end ::c::`,
	`local t = {} for i = 1, 300 do t[i] = i end print(select("#", table.unpack(t)), (function(...) return select(-1, ...) end)(table.unpack(t)))`,
	`print(select("#", table.unpack({}, 1, 1e6 - 5))) print(pcall(table.unpack, {}, 1, 1e8)) print(#string.rep("x", 1e5):byte(1, -1))`,
	`local function f(...) return f(1, ...) end print(pcall(f))`,
	`local function f(n, ...) if n == 0 then return ... end return f(n - 1, n, ...) end print(select("#", f(500)))`,
	`local w = setmetatable({}, {__mode = "kv"}) for i = 1, 1000 do w[i] = {} w[{}] = i w[w] = w end for k in pairs(w) do w[k] = nil end`,
	`local t = setmetatable({}, {__index = function(t, k) t[k] = k return t end, __gc = 1, __mode = "v", __pairs = next}) print(t.a.b.c) for k in pairs(t) do end`,
	`table.sort({3, 2, 1, 5, 4}, function(a, b) error() end)`, `table.sort({3, 2, 1, 5, 4}, function(a, b) return true end)`,
	`local t = {5, 3, 1} table.sort(t, function(a, b) t[#t + 1] = 1 t[1] = nil coroutine.yield() return a < b end)`,
	`print(load(function() return coroutine.yield() end))`, `load(math.random)`, `load(coroutine.wrap(function() while true do coroutine.yield("x ") end end))`,
	`print(#(("x"):rep(1e5):gsub("x", string.upper)), #(("x"):rep(1e5):gsub("x", coroutine.wrap(function(...) while true do coroutine.yield(...) end end))))`,
	`local co = coroutine.create(string.gsub) coroutine.resume(co, ("x"):rep(1e4), "x", coroutine.yield) while coroutine.status(co) ~= "dead" do coroutine.resume(co) end`,
	`local t = {} for i = 1, 1e6 do t[i] = {} pcall(error, t) end`, `while true do pcall(string.rep, "x", 1e9) end`,
	`local e = setmetatable({}, {__tostring = function() error("again") end}) error(e)`, `error(setmetatable({}, {__tostring = error}))`,
	`setfenv(1, {}) print(1)`, `setfenv(1, setmetatable({}, {__index = _G, __newindex = error})) x = 1`, `local _ENV = setmetatable({}, {__index = _ENV}) y = 1 print(y)`,
	`local function f() local x <const> = 1 end`, "\x00\xff", `return ` + strings.Repeat("{", 150) + strings.Repeat("}", 150),
	`for i = 1, 1e9 do local x = {} x.x = x end`, `local s = "x" for i = 1, 40 do s = s .. s end`,
	`print(debug.traceback(coroutine.create(print)), debug.getinfo(1), debug.getlocal(1, 1), debug.getinfo(print, "L"), pcall(debug.getlocal, 1e9, 1))`,
	`local co = coroutine.create(function(a, ...) local b = 1 coroutine.yield(b) local c = ... end) coroutine.resume(co, 1, 2)
	 debug.setlocal(co, 0, 1, {}) debug.setlocal(co, 1, 1, {}) debug.sethook(co, print, "crl", 1) print(debug.getinfo(co, 0), debug.traceback(co)) coroutine.resume(co)`,
}

// survive runs a program as a hostile stranger would, and checks that the machine is whole afterwards.
func survive(t testing.TB, source string, interval int64) {
	const memory, deadline = 16 << 20, 40 * time.Millisecond
	vm := newVM(lua.Options{Memory: memory})
	openGo(vm)
	printed := 0
	vm.Globals().SetString("print", lua.NewFunction("print", func(c lua.Call) (lua.Results, error) {
		for i := range c.N() {
			printed += len(c.Arg(i + 1).String())
		}
		return c.Return0()
	}))
	// What programs do to the libraries must not matter to the check at the end.
	check, err := vm.Load(`local floor, rep, pcall, error = math.floor, string.rep, pcall, error
		return function() local t = {} for i = 1, 100 do t[i] = i end
			local ok, e = pcall(error, "e", 0) return #t, rep("x", 3), ok, e, floor(1.5) end`, "=check", nil)
	if err != nil {
		t.Fatal(err)
	}
	res, err := vm.Call(check)
	if err != nil {
		t.Fatal(err)
	}
	vm.SetAccountingInterval(interval)
	start := time.Now()
	f, err := vm.Load(source, "=fuzz", nil)
	if err == nil {
		vm.SetDeadline(deadline, deadline)
		th := vm.NewThread(f)
		for range 20 {
			out, err := th.Resume(lua.True, lua.Int(1), lua.String("resumed"))
			for _, v := range out {
				printed += len(vm.ToStringRaw(v).String())
			}
			if err != nil {
				printed += len(err.Error()) + len(err.(*lua.Error).Traceback)
			}
			if th.Status() != lua.Suspended {
				break
			}
		}
	}
	took := time.Since(start)
	used := vm.Memory()
	vm.SetDeadline(0, 0)
	vm.SetAccountingInterval(0)
	if took > 5*time.Second {
		t.Errorf("took %v", took)
	}
	if used > 3*memory {
		t.Errorf("%d bytes in use", used)
	}
	if err := vm.CheckTables(); err != nil {
		t.Errorf("tables: %v", err)
	}
	// Metatables of types and the like are what the program left; hooks are the dead coroutine's.
	for k := lua.KindNil; k <= lua.KindThread; k++ {
		vm.SetTypeMetatable(k, nil)
	}
	out, err := vm.Call(res[0])
	if err != nil || len(out) != 5 || fmt.Sprint(out[0], out[1], out[2], out[3], out[4]) != "100 xxx false e 1" {
		// A program may have filled the memory with globals: then they go.
		if err == nil || err.Error() != "not enough memory" && !strings.HasSuffix(err.Error(), ": not enough memory") {
			t.Fatalf("the VM is out of order: %v, %v", out, err)
		}
	}
	if vm.Current() != nil {
		t.Error("a coroutine is still running")
	}
}

// FuzzRun runs any source text: no panic, no endless run, no unbounded memory, and the VM works on.
func FuzzRun(f *testing.F) {
	for _, s := range hostile {
		f.Add(s)
	}
	names, err := fs.Glob(lang.Files, "*.lua")
	if err != nil {
		f.Fatal(err)
	}
	for _, name := range names {
		source, err := fs.ReadFile(lang.Files, name)
		if err != nil {
			f.Fatal(err)
		}
		for i, chunk := range strings.Split(string(source), "\n---\n") {
			if i < 4 || !testing.Short() && i < 12 {
				f.Add(chunk)
			}
		}
	}
	for seed := range 20 {
		f.Add(nastyProgram(uint64(seed)))
	}
	f.Fuzz(func(t *testing.T, source string) {
		if len(source) > 1<<16 {
			t.Skip()
		}
		survive(t, source, 0)
		if len(source)%2 == 0 {
			survive(t, source, 4096)
		}
	})
}

// TestNastyPrograms runs generated programs that put everything a program can do into every place where it can be done.
func TestNastyPrograms(t *testing.T) {
	defer debug.SetGCPercent(debug.SetGCPercent(200))
	n := *nastyCount
	if testing.Short() {
		n = min(n, 150)
	}
	for i := range n {
		seed := *nastySeed + uint64(i)
		source := nastyProgram(seed)
		func() {
			defer func() {
				if p := recover(); p != nil {
					t.Fatalf("seed %d panics: %v\n%s\n%s", seed, p, debug.Stack(), source)
				}
			}()
			survive(t, source, []int64{0, 0, 200, 5000}[seed%4])
		}()
		if t.Failed() {
			t.Fatalf("seed %d:\n%s", seed, source)
		}
	}
}

// nasty generates programs. All values are of unknown type, so that most operations meet a metamethod or fail; every
// statement may be protected.
type nasty struct {
	*rand.Rand
	b     strings.Builder
	depth int
	loops int
	vars  []string
}

const nastyPrelude = `
local S = {n = 0}
local function tick() S.n = S.n + 1 if S.n > 3000 then error("enough", 0) end end
local mt = {}
local O = function(...) return setmetatable({...}, mt) end
local all = {}
local function keep(v) all[#all % 50 + 1] = v return v end
local weak = setmetatable({}, {__mode = "k"})
local yield, resume, wrap, create = coroutine.yield, coroutine.resume, coroutine.wrap, coroutine.create
local unpack, select, pcall, xpcall, error = table.unpack, select, pcall, xpcall, error
local vals = {}
local function any(i) return vals[i % 40] end
`

func nastyProgram(seed uint64) string {
	g := &nasty{Rand: rand.New(rand.NewPCG(seed, 99))}
	g.b.WriteString(nastyPrelude)
	g.vars = []string{"S", "mt", "all", "weak", "vals", "_G", "_ENV"}
	for _, e := range []string{"add", "sub", "mul", "div", "mod", "pow", "unm", "concat", "len", "eq", "lt", "le", "index", "newindex", "call", "tostring", "pairs"} {
		if g.IntN(3) > 0 {
			fmt.Fprintf(&g.b, "mt.__%s = function(a, b, c) tick() %s end\n", e, g.body(2))
		} else if g.IntN(2) == 0 {
			fmt.Fprintf(&g.b, "mt.__%s = %s\n", e, g.builtin())
		}
	}
	for i := range 12 {
		fmt.Fprintf(&g.b, "pcall(function() vals[%d] = %s end)\n", i, g.expr(2))
	}
	for range 10 + g.IntN(20) {
		if g.IntN(10) > 0 {
			fmt.Fprintf(&g.b, "pcall(function(...) %s end, 1, x, y)\n", g.statement(3))
		} else {
			g.b.WriteString(g.statement(2))
			g.b.WriteByte('\n')
		}
	}
	return g.b.String()
}

func pick(g *nasty, choices ...string) string { return choices[g.IntN(len(choices))] }

func (g *nasty) builtin() string {
	return pick(g, "yield", "resume", "wrap", "create", "pcall", "xpcall", "error", "select", "unpack", "print", "next", "rawset", "rawget", "rawequal", "rawlen",
		"setmetatable", "getmetatable", "tostring", "tonumber", "type", "assert", "ipairs", "pairs", "load", "table.sort", "table.concat", "table.insert",
		"table.remove", "table.move", "table.pack", "table.foreach", "string.gsub", "string.gmatch", "string.format", "string.rep", "string.byte", "string.find",
		"coroutine.running", "coroutine.status", "debug.traceback", "debug.getinfo", "debug.sethook", "debug.gethook", "debug.getlocal", "debug.setlocal",
		"debug.getupvalue", "debug.setupvalue", "debug.upvaluejoin", "debug.setmetatable", "debug.getregistry", "debug.upvalueid", "getfenv", "setfenv", "math.floor",
		"math.max", "utf8.char", "go.call", "go.keep", "go.spread", "go.holding", "userdata.hold", "userdata.meta", "keep", "O", "tick", "any")
}

func (g *nasty) variable() string {
	if len(g.vars) > 0 && g.IntN(4) > 0 {
		return g.vars[g.IntN(len(g.vars))]
	}
	return pick(g, "x", "y", "z")
}

func (g *nasty) args(n int) string {
	var parts []string
	for range g.IntN(4) {
		parts = append(parts, g.expr(n-1))
	}
	if g.IntN(5) == 0 {
		parts = append(parts, "unpack(vals, 0, "+pick(g, "3", "20", "39")+")")
	}
	return strings.Join(parts, ", ")
}

func (g *nasty) expr(n int) string {
	if n <= 0 {
		return pick(g, "nil", "true", "false", "0", "1", "-1", "2", "0.5", "1e9", "0/0", "''", "'x'", "'abc'", "'.'", "'k'", "'crl'", g.variable(), g.variable(),
			g.builtin(), fmt.Sprintf("vals[%d]", g.IntN(40)), fmt.Sprintf("any(%d)", g.IntN(100)), "O()", "{}", "u")
	}
	switch g.IntN(22) {
	case 0, 1, 2:
		return g.builtin() + "(" + g.args(n) + ")"
	case 3:
		return "(" + g.expr(n-1) + ")(" + g.args(n) + ")"
	case 4:
		return "O(" + g.args(n) + ")"
	case 5, 6:
		return "(" + g.expr(n-1) + pick(g, " + ", " - ", " * ", " / ", " % ", " ^ ", " .. ", " == ", " ~= ", " < ", " <= ", " > ", " >= ", " and ", " or ") + g.expr(n-1) + ")"
	case 7:
		return pick(g, "-", "#", "not ") + "(" + g.expr(n-1) + ")"
	case 8:
		return "(" + g.expr(n-1) + " .. " + g.expr(n-1) + " .. " + g.expr(n-1) + " .. " + g.expr(n-1) + ")"
	case 9:
		return "(" + g.expr(n-1) + ")." + pick(g, "x", "n", "__index", "k")
	case 10:
		return "(" + g.expr(n-1) + ")[" + g.expr(n-1) + "]"
	case 11:
		return "(" + g.expr(n-1) + "):" + pick(g, "x", "rep", "gsub", "k") + "(" + g.args(n) + ")"
	case 12:
		return "{" + g.args(n) + "}"
	case 13:
		return "{[" + pick(g, "1", "2", "3") + "] = " + g.expr(n-1) + ", " + g.expr(n-1) + ", x = " + g.expr(n-1) + ", " + g.args(n) + "}"
	case 14, 15:
		return "function(" + pick(g, "", "a", "a, b", "...", "a, ...") + ") tick() " + g.body(n-1) + " end"
	case 16:
		return "wrap(function(...) tick() " + g.body(n-1) + " end)"
	case 17:
		return "create(function(...) tick() " + g.body(n-1) + " end)"
	case 18:
		return "select(2, pcall(" + g.expr(n-1) + ", " + g.expr(n-1) + "))"
	case 19:
		return "keep(" + g.expr(n-1) + ")"
	case 20:
		return "setmetatable({" + g.args(n) + "}, {__mode = 'v', __index = " + g.expr(n-1) + ", __call = " + g.expr(n-1) + ", __len = " + g.expr(n-1) + "})"
	}
	return "load(" + pick(g, "'return '..tostring(any(1))", "'local a = ... return a, x'", g.builtin(), g.expr(n-1)) + ", 'l', 't')"
}

func (g *nasty) body(n int) string {
	vars := len(g.vars)
	g.depth++
	var b strings.Builder
	for range g.IntN(3) {
		b.WriteString(g.statement(n))
		b.WriteByte(' ')
	}
	switch g.IntN(6) {
	case 0:
		b.WriteString("return " + g.expr(n) + ", " + g.expr(0))
	case 1:
		b.WriteString("return " + g.builtin() + "(" + g.args(n) + ")")
	case 2:
		b.WriteString("return yield(" + g.args(n) + ")")
	case 3:
		b.WriteString("error(" + g.expr(n) + ")")
	case 4:
		b.WriteString("return " + g.expr(0))
	}
	g.depth--
	g.vars = g.vars[:vars]
	return b.String()
}

func (g *nasty) statement(n int) string {
	if n <= 0 {
		return "x = " + g.expr(0)
	}
	switch g.IntN(24) {
	case 0, 1:
		if g.depth > 4 {
			return "y = " + g.expr(n)
		}
		e := g.expr(n)
		name := fmt.Sprintf("v%d", len(g.vars))
		g.vars = append(g.vars, name)
		return "local " + name + " = " + e
	case 2, 3:
		return fmt.Sprintf("vals[%d] = %s", g.IntN(40), g.expr(n))
	case 4:
		return "x, y, z = " + g.expr(n) + ", " + g.expr(n-1)
	case 5:
		return "; (" + g.expr(n-1) + ")." + pick(g, "x", "n", "__index", "k") + " = " + g.expr(n-1)
	case 6:
		return "pcall(rawset, " + g.expr(n-1) + ", " + g.expr(n-1) + ", " + g.expr(n-1) + ")"
	case 7, 8:
		return "pcall(function(...) " + g.body(n-1) + " end, " + g.expr(n-1) + ")"
	case 9:
		return "xpcall(function(...) " + g.body(n-1) + " end, " + pick(g, g.builtin(), "function(m) "+g.body(n-1)+" end", g.expr(0)) + ")"
	case 10:
		return "for i, v in pairs(" + pick(g, "vals", "all", "weak", g.expr(n-1)) + ") do tick() " + strings.TrimSuffix(g.loop(n), " ") + " end"
	case 11:
		return "for i = " + g.expr(0) + ", " + pick(g, "3", "5", g.expr(0)) + " do tick() " + g.loop(n) + " end"
	case 12:
		return "for a, b, c in " + g.expr(n-1) + ", " + g.expr(0) + " do tick() " + g.loop(n) + " end"
	case 13:
		return "do local c = wrap(function(...) " + g.body(n-1) + " end) for i = 1, 4 do pcall(c, " + g.expr(n-1) + ") end end"
	case 14:
		return "do local c = create(" + g.expr(n-1) + ") if c then for i = 1, 4 do resume(c, any(i), " + g.expr(n-1) + ") end end end"
	case 15:
		return "pcall(debug.sethook, " + pick(g, "", "any(1), ", "coroutine.running(), ") + "function(e, l) " + pick(g, "debug.sethook()", "tick()", "yield()", g.body(n-1)) + " end, '" +
			pick(g, "c", "r", "l", "crl", "") + "', " + pick(g, "0", "1", "7") + ")"
	case 16:
		return "debug.sethook()"
	case 17:
		return "for l = 1, 4 do pcall(debug.setlocal, l, " + pick(g, "1", "2", "3", "4", "5", "6", "7", "8") + ", " + g.expr(n-1) + ") end"
	case 18:
		return "pcall(debug.upvaluejoin, " + g.expr(n-1) + ", " + pick(g, "1", "2", "3") + ", " + g.expr(n-1) + ", " + pick(g, "1", "2") + ")"
	case 19:
		return "for i = 1, 4 do pcall(debug.setupvalue, " + g.expr(n-1) + ", i, " + g.expr(n-1) + ") end"
	case 20:
		return "pcall(debug.setmetatable, " + g.expr(0) + ", " + pick(g, "mt", "nil", "{__index = "+g.expr(n-1)+", __call = "+g.expr(n-1)+"}") + ")"
	case 21:
		return "weak[" + pick(g, "O()", "{}", g.expr(n-1)) + "] = " + g.expr(n-1)
	case 22:
		g.loops++
		label, vars := g.loops, len(g.vars)
		s := g.statement(n - 1)
		g.vars = g.vars[:vars]
		return fmt.Sprintf("do local j = 0 ::l%d:: j = j + 1 local q = j do %s end local f = function() q = q + 1 return q, j end if j < 3 then goto l%d end end", label, s, label)
	}
	return pick(g, "local t = {} for i = 1, 2000 do t[i] = {i} end", "local s = ('x'):rep(1e5)", "pcall(function() local function f() return f() .. 1 end f() end)",
		"vals[39] = table.pack(unpack({}, 1, 5000))", "pcall(table.sort, vals, "+g.builtin()+")", "collect = nil")
}

func (g *nasty) loop(n int) string {
	s := g.statement(n - 1)
	if g.IntN(3) == 0 {
		s += " if S.n % 3 == 0 then break end"
	}
	return "do " + s + " end"
}
