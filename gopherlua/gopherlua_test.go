package gopherlua_test

import (
	"context"
	"fmt"
	"log/slog"
	goruntime "runtime"
	"strings"
	"testing"
	"time"

	glua "github.com/yuin/gopher-lua"
	gluajson "layeh.com/gopher-json"

	"github.com/luart/luart/eventqueue"
	"github.com/luart/luart/eventqueue/clocktest"
	"github.com/luart/luart/gopherlua"
	"github.com/luart/luart/lua"
	"github.com/luart/luart/runtime"
	"github.com/luart/luart/stdlib"
	"github.com/luart/luart/stdlib/computertest"
)

type text = computertest.Output

// run runs code to its end and returns what it has printed; sleep takes no time. No goroutine is left.
func run(t *testing.T, code string, options ...runtime.Option) string {
	t.Helper()
	before := goruntime.NumGoroutine()
	out, err := runCode(t, code, options...)
	if err != nil {
		t.Errorf("%v\n%s", err, out)
	}
	noMoreThan(t, before)
	return out
}

func runCode(t *testing.T, code string, options ...runtime.Option) (string, error) {
	t.Helper()
	var out text
	c, err := runtime.New(append([]runtime.Option{
		runtime.WithCode("=test", code), runtime.WithStdout(&out), runtime.WithStderr(&out),
		runtime.WithClock(clocktest.Skipping{Clock: clocktest.New()}),
	}, options...)...)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	_, err = c.Run(ctx)
	return out.String(), err
}

// noMoreThan waits until there are at most so many goroutines.
func noMoreThan(t *testing.T, n int) {
	t.Helper()
	for deadline := time.Now().Add(time.Minute); goruntime.NumGoroutine() > n; time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			stacks := make([]byte, 1<<16)
			t.Fatalf("%d goroutines, there were %d\n%s", goruntime.NumGoroutine(), n, stacks[:goruntime.Stack(stacks, true)])
		}
	}
}

func expect(t *testing.T, got, want string) {
	t.Helper()
	if got != want {
		t.Errorf("got:\n%s\nwant:\n%s", got, want)
	}
}

// module makes a loader of functions.
func module(functions map[string]glua.LGFunction) glua.LGFunction {
	return func(l *glua.LState) int {
		l.Push(l.SetFuncs(l.NewTable(), functions))
		return 1
	}
}

// luaModule makes a loader of a module in gopher-lua's Lua.
func luaModule(source string) glua.LGFunction {
	return func(l *glua.LState) int {
		if err := l.DoString(source); err != nil {
			l.RaiseError("%s", err.Error())
		}
		return 1
	}
}

func echo(l *glua.LState) int { return l.GetTop() }

// probe is what many tests use.
func probe() runtime.Option {
	type point struct{ x float64 }
	return runtime.WithGopherModule("probe", func(l *glua.LState) int {
		mt := l.NewTypeMetatable("point")
		newPoint := func(l *glua.LState, x float64) *glua.LUserData {
			u := l.NewUserData()
			u.Value, u.Metatable = &point{x}, mt
			return u
		}
		x := func(l *glua.LState, i int) float64 { return l.CheckUserData(i).Value.(*point).x }
		l.SetFuncs(mt, map[string]glua.LGFunction{
			"__add":      func(l *glua.LState) int { l.Push(newPoint(l, x(l, 1)+x(l, 2))); return 1 },
			"__eq":       func(l *glua.LState) int { l.Push(glua.LBool(x(l, 1) == x(l, 2))); return 1 },
			"__lt":       func(l *glua.LState) int { l.Push(glua.LBool(x(l, 1) < x(l, 2))); return 1 },
			"__len":      func(l *glua.LState) int { l.Push(glua.LNumber(x(l, 1))); return 1 },
			"__tostring": func(l *glua.LState) int { l.Push(glua.LString(fmt.Sprintf("point(%v)", x(l, 1)))); return 1 },
			"__call":     func(l *glua.LState) int { l.Push(glua.LNumber(x(l, 1) + float64(l.CheckNumber(2)))); return 1 },
			"__newindex": func(l *glua.LState) int {
				l.CheckUserData(1).Value.(*point).x = float64(l.CheckNumber(3))
				return 0
			},
		})
		methods := l.SetFuncs(l.NewTable(), map[string]glua.LGFunction{
			"get": func(l *glua.LState) int { l.Push(glua.LNumber(x(l, 1))); return 1 },
		})
		mt.RawSetString("__index", methods)
		stored := glua.LValue(glua.LNil)
		mod := l.SetFuncs(l.NewTable(), map[string]glua.LGFunction{
			"echo":  echo,
			"point": func(l *glua.LState) int { l.Push(newPoint(l, float64(l.CheckNumber(1)))); return 1 },
			"store": func(l *glua.LState) int { stored = l.Get(1); return 0 },
			"load":  func(l *glua.LState) int { l.Push(stored); return 1 },
			"call": func(l *glua.LState) int {
				n := l.GetTop() - 1
				l.Call(n, glua.MultRet)
				return l.GetTop()
			},
			"pcall": func(l *glua.LState) int {
				if err := l.PCall(l.GetTop()-1, glua.MultRet, nil); err != nil {
					l.Push(glua.LFalse)
					l.Push(err.(*glua.ApiError).Object)
					return 2
				}
				return l.GetTop()
			},
			"many":   func(l *glua.LState) int { return many(l, l.CheckInt(1)) },
			"panics": func(*glua.LState) int { var p *point; p.x = 1; return 0 },
			"exits":  func(*glua.LState) int { goruntime.Goexit(); return 0 },
			"raise":  func(l *glua.LState) int { l.Error(l.Get(1), 1); return 0 },
			"yields": func(l *glua.LState) int { return l.Yield(glua.LNumber(1)) },
			"thread": func(l *glua.LState) int { th, _ := l.NewThread(); l.Push(th); return 1 },
			"again": func(l *glua.LState) int {
				f := l.CheckFunction(1)
				for {
					l.Push(f)
					l.Call(0, 0)
				}
			},
			"spins": func(l *glua.LState) int {
				if err := l.DoString("while true do end"); err != nil {
					l.RaiseError("%s", err.Error())
				}
				return 0
			},
		})
		mod.RawSetString("number", glua.LNumber(4))
		mod.RawSetString("self", mod)
		l.Push(mod)
		return 1
	})
}

func many(l *glua.LState, n int) int {
	for i := range n {
		l.Push(glua.LNumber(i + 1))
	}
	return n
}

func TestValuesCross(t *testing.T) {
	out := run(t, `
		local p = require "probe"
		print(p.number, p.self == p, type(p.echo), p.self.echo == p.echo)
		print(p.echo(nil, true, false, 1.5, -0, "a\0b\255", nil))
		print(select("#", p.echo(nil, nil)), select("#", p.echo()))
		local t = { 1, 2, nil, 4, x = "y", [true] = 1, [1.5] = 2, [-1] = 3 }
		t.t, t[t] = t, t
		local u = p.echo(t)
		print(u ~= t, u[1], u[2], u[3], u[4], u.x, u[true], u[1.5], u[-1], u.t == u, u[u] == u)
		local shared = {}
		local a, b = p.echo(shared, { shared })
		print(a == b[1])
		print(p.echo(0/0), p.echo(1/0), p.echo(2^53))
		local function f() end
		print(p.echo(f) == f, p.echo(p.echo) == p.echo, p.echo(print) == print)
		p.store(f)
		print(p.load() == f)
		for i = 1, 3 do -- deep and wide
			local deep = {}
			for i = 1, 100000 do deep = { deep } end
			local back, n = p.echo(deep), 0
			while back[1] do back, n = back[1], n + 1 end
			print(n)
		end
	`, probe())
	expect(t, out, "4\ttrue\tfunction\ttrue\n"+
		"nil\ttrue\tfalse\t1.5\t0\ta\x00b\xff\tnil\n"+
		"2\t0\n"+
		"true\t1\t2\tnil\t4\ty\t1\t2\t3\ttrue\ttrue\n"+
		"true\n"+
		"nan\tinf\t9007199254740992\n"+
		"true\ttrue\ttrue\ntrue\n100000\n100000\n100000\n")
}

func TestUserdata(t *testing.T) {
	out := run(t, `
		local p = require "probe"
		local a, b = p.point(1), p.point(2)
		print(type(a), tostring(a), a:get(), #b, a + b, (a + b):get(), a(10))
		print(a == b, a == p.point(1), a < b, b < a, a <= b)
		a.x = 7
		print(a:get(), p.echo(a) == a, getmetatable(a))
		p.store(a)
		print(p.load() == a, rawequal(p.load(), a))
		print(pcall(function() return a * b end))
		print(pcall(function() return a.get() end))
		print(pcall(p.echo, coroutine.create(print)))
		print(pcall(p.thread))
	`, probe())
	expect(t, out, "userdata\tpoint(1)\t1\t2\tpoint(3)\t3\t11\n"+
		"false\ttrue\ttrue\tfalse\ttrue\n"+
		"7\ttrue\tgopher-lua\ntrue\ttrue\n"+
		"false\ttest:10: attempt to perform arithmetic on upvalue 'a' (a userdata value)\n"+
		"false\ttest:11: bad argument #1 to get (userdata expected, got nil)\n"+
		"false\ttest:12: a coroutine cannot be passed to or from a gopher-lua module\n"+
		"false\ttest:13: a coroutine cannot be passed to or from a gopher-lua module\n")
}

func TestCallbacks(t *testing.T) {
	out := run(t, `
		local p = require "probe"
		print(p.call(function(...) return select("#", ...), ... end, 1, nil, "x", nil))
		print(p.call(function(f) return f(function(x) return x + 1 end, 4) end, p.call))
		print(p.call(function() sleep(5) return "slept" end))
		print(p.pcall(function() error("oops") end))
		print(p.pcall(function() error({ code = 3 }) end))
		local thrown = { code = 4 }
		local ok, e = pcall(p.call, function() error(thrown) end)
		print(ok, e == thrown)
		print(pcall(p.call, function() error("with position") end))
		print(pcall(p.call, function() error("without", 0) end))
		print(pcall(p.call, function() return coroutine.create(print) end))
		local function deep(n) if n == 0 then return "bottom" end return p.call(deep, n - 1) end
		print(deep(20))
		print((select(2, pcall(deep, 1000)):gsub("^test:%d+: ", "")))
		print(deep(20))
		-- One waits for the other, although both are called by the module.
		local order, waits = {}, false
		parallel.waitForAll(
			function() p.call(function() waits = true os.pullEvent("go") order[#order + 1] = "second" end) end,
			function()
				p.call(function()
					repeat os.queueEvent("turn") os.pullEvent("turn") until waits
					order[#order + 1] = "first"
					os.queueEvent("go")
				end)
			end)
		print(table.concat(order, " "))
	`, probe())
	lines := strings.Split(out, "\n")
	if len(lines) < 12 {
		t.Fatal(out)
	}
	tooDeep := lines[10]
	if !strings.Contains(tooDeep, "stack overflow") && !strings.Contains(tooDeep, "too many calls") {
		t.Error("too deep:", tooDeep)
	}
	lines[10] = "…"
	if !strings.HasPrefix(lines[4], "false\ttable: ") {
		t.Error(lines[4])
	}
	lines[4] = "…"
	expect(t, strings.Join(lines, "\n"), "4\t1\tnil\tx\tnil\n5\nslept\nfalse\ttest:6: oops\n…\nfalse\ttrue\n"+
		"false\ttest:11: with position\nfalse\twithout\n"+
		"false\ta coroutine cannot be passed to or from a gopher-lua module\nbottom\n…\nbottom\nfirst second\n")
}

func TestFaults(t *testing.T) {
	var log text
	out := run(t, `
		local p = require "probe"
		local function try(...) print(pcall(...)) end
		try(function() p.panics() end)
		try(function() p.exits() end)
		try(function() p.raise("text") end)
		local ok, e = pcall(p.raise, { code = 1, deep = { 2 } })
		print(ok, type(e), e.code, e.deep[1])
		print(select(2, pcall(p.raise, 5)), type(select(2, pcall(p.raise, 5))))
		print(pcall(p.raise, nil))
		print(tostring(select(2, pcall(p.raise, p.point(3)))))
		try(p.raise, print)
		print(select("#", p.many(10000)), (select(10000, p.many(10000))))
		try(function() p.many(1e6) end)
		try(function() p.yields() end)
		try(function() p.echo({ [6e7] = 1 }) end)
		local big = ("x"):rep(1e6)
		local list = {} for i = 1, 40 do list[i] = big end
		try(function() p.echo(list) end)
		try(function() p.echo(("x"):rep(33554432)) end)
		local n = 0
		try(function() p.again(function() n = n + 1 if n == 1000 then error("enough", 0) end end) end)
		print(p.echo("still here"))
		try(require, "broken")
		try(p.echo)
		try(p.point)
		try(p.point, {})
	`, probe(), runtime.WithLogger(slog.New(slog.NewTextHandler(&log, nil))),
		runtime.WithGopherModule("broken", func(l *glua.LState) int { l.RaiseError("no database"); return 0 }))
	expect(t, strings.ReplaceAll(out, "builtin", "function"), `false	test:4: probe.panics: panic in the module: runtime error: invalid memory address or nil pointer dereference
false	test:5: probe.exits: the module has ended its goroutine
false	test:6: text
false	table	1	2
5	number
false	nil
point(3)
`+strings.Split(strings.ReplaceAll(out, "builtin", "function"), "\n")[7]+`
10000	10000
false	test:14: registry overflow
false	test:15: can not yield from outside of a coroutine
false	test:16: too much at once for a gopher-lua module: more than 1048576 values, or 32 MiB
false	test:19: too much at once for a gopher-lua module: more than 1048576 values, or 32 MiB
false	test:20: too much at once for a gopher-lua module: more than 1048576 values, or 32 MiB
false	enough
still here
false	module 'broken': no database
true
false	test:3: bad argument #1 to probe.point (number expected, got nil)
false	test:3: bad argument #1 to probe.point (number expected, got table)
`)
	if !strings.Contains(log.String(), "a gopher-lua module has panicked") {
		t.Error("the log has only", log.String())
	}
}

// A function that does not come to its end is told so when its time is over, and the state is free again; one that calls the script again and again
// has as much time for itself.
func TestTimeout(t *testing.T) {
	out := run(t, `
		local p = require "probe"
		local n = 0
		print(pcall(function() p.spins() end))
		repeat until pcall(p.echo)
		print(pcall(function() p.again(function() n = n + 1 end) end))
		repeat until pcall(p.echo)
		print(n > 0)
	`, probe(), runtime.WithGopherTimeout(200*time.Millisecond), runtime.WithTimeout(0))
	expect(t, out, "false\ttest:4: probe.spins: the module's function has not answered within 200ms\n"+
		"false\ttest:6: probe.again: the module's function has not answered within 200ms\ntrue\n")
}

// What gopher-lua 1.1.2 is known to do wrong stays an error of the one call.
func TestFaultsOfGopherLua(t *testing.T) {
	out := run(t, `
		local m = require "m"
		for i = 1, 3 do
			local ok, e = pcall(m.yieldInPcall)
			print(ok or type(e))
			print(pcall(m.across))
			print(pcall(m.deep))
		end
		local stays = m.stays()
		print(pcall(stays))
		print(m.wrapped()(), (m.wrapped()()))
		print(m.fine(2))
	`, runtime.WithGopherModule("m", luaModule(`
		local m = {}
		function m.yieldInPcall()
			local co = coroutine.create(function() pcall(function() coroutine.yield(1) end) error("x") end)
			coroutine.resume(co)
			coroutine.resume(co)
			return true
		end
		function m.across() return coroutine.yield(1) end
		function m.deep() local function f() return 1 + f() end return f() end
		function m.stays()
			local co = coroutine.create(function() while true do coroutine.yield(1) end end)
			coroutine.resume(co)
			return function() return assert(coroutine.resume(co)) end
		end
		local step = coroutine.wrap(function() for i = 1, 10 do coroutine.yield(i) end end)
		function m.wrapped() return step end
		function m.fine(x) return x * 2 end
		return m`)))
	lines := strings.Split(out, "\n")
	if len(lines) != 13 || lines[10] != "1\t2" || lines[11] != "4" {
		t.Fatal(out)
	}
	for i, line := range lines[:10] {
		if i%3 != 0 && !strings.HasPrefix(line, "false\t") {
			t.Errorf("line %d: %s", i+1, line)
		}
	}
	if !strings.Contains(lines[2], "stack overflow") {
		t.Error(lines[2])
	}
	if lines[9] != "true\ttrue\t1" {
		t.Error("a coroutine of an earlier call: ", lines[9])
	}
}

// blocker is a module whose function waits for a channel, and for nothing else.
func blocker(unblock <-chan struct{}) runtime.Option {
	return runtime.WithGopherModule("blocker", module(map[string]glua.LGFunction{
		"wait": func(*glua.LState) int { <-unblock; return 0 },
		"nice": func(l *glua.LState) int { gopherlua.Wait(l, func() { <-l.Context().Done() }); return 0 },
		"echo": echo,
	}))
}

func TestBlocked(t *testing.T) {
	unblock := make(chan struct{})
	before := goruntime.NumGoroutine()
	out, err := runCode(t, `
		local b = require "blocker"
		local ticks = 0
		parallel.waitForAny(
			function() print(pcall(b.wait)) end,
			function() while true do sleep(1) ticks = ticks + 1 end end)
		print(ticks > 1)
		print(pcall(b.echo, 1))
		print(pcall(require, "blocker2"))
	`, blocker(unblock), runtime.WithGopherTimeout(300*time.Millisecond), runtime.WithGopherModule("blocker2", module(nil)))
	if err != nil {
		t.Error(err)
	}
	expect(t, out, "false\ttest:5: blocker.wait: the module's function has not answered within 300ms\ntrue\n"+
		"false\ttest:8: blocker.echo: blocker.wait has kept gopher-lua busy for 300ms\n"+
		"false\tmodule 'blocker2': blocker2: blocker.wait has kept gopher-lua busy for 300ms\n")
	if n := goruntime.NumGoroutine(); n > before+2 {
		t.Errorf("%d goroutines, there were %d", n, before)
	}
	close(unblock)
	noMoreThan(t, before)
}

// Functions that wait do not keep the computer from ending, and end with it.
func TestEndWhileCallsRun(t *testing.T) {
	for _, code := range []string{
		`parallel.waitForAny(b.wait, function() end)`,
		`parallel.waitForAny(b.nice, b.nice, b.nice, function() end)`,
		`parallel.waitForAny(b.wait, b.nice, function() os.shutdown() end)`,
		`parallel.waitForAny(b.wait, b.echo, b.echo, function() sleep(1) error("done") end)`,
	} {
		unblock := make(chan struct{})
		before := goruntime.NumGoroutine()
		start := time.Now()
		runCode(t, `local b = require "blocker" `+code, blocker(unblock))
		if d := time.Since(start); d > 5*time.Second {
			t.Errorf("%s: the end took %v", code, d)
		}
		close(unblock)
		noMoreThan(t, before)
	}
}

// The time of a module's function is not the script's, and the time of the script's own functions is not the module's.
func TestTimes(t *testing.T) {
	slow := runtime.WithGopherModule("slow", module(map[string]glua.LGFunction{
		"sleep": func(l *glua.LState) int { time.Sleep(time.Second); return 0 },
		"call":  func(l *glua.LState) int { l.Call(0, 1); return 1 },
	}))
	expect(t, run(t, `require "slow".sleep() print("done")`, slow, runtime.WithTimeout(700*time.Millisecond)), "done\n")
	expect(t, run(t, `
		local slow = require "slow"
		print(slow.call(function() local t = os.clock() repeat until os.clock() - t > 1 return "done" end))`,
		slow, runtime.WithGopherTimeout(700*time.Millisecond), runtime.WithClock(eventqueue.SystemClock{})), "done\n")
}

// A call whose coroutine is dropped ends when the coroutine is collected.
func TestDroppedCoroutines(t *testing.T) {
	out := run(t, `
		local b, p = require "blocker", require "probe"
		for i = 1, 60 do
			local co = coroutine.create(i % 2 == 0 and b.nice or function() p.call(function() coroutine.yield("never") end) end)
			coroutine.resume(co)
			coroutine.resume(co, "gopher_module")
		end
		for i = 1, 200 do
			collect()
			if goroutines() < 40 then print("collected") break end
			sleep(0.05)
		end
		print(b.echo("fine"))
	`, blocker(nil), probe(), observed())
	expect(t, out, "collected\nfine\n")
}

func TestTerminate(t *testing.T) {
	out, err := runCode(t, `
		local b = require "blocker"
		print(pcall(function() os.queueEvent("terminate") b.nice() end))
		print(b.echo("fine"))
		os.queueEvent("terminate")
		b.nice()
	`, blocker(nil))
	if err == nil || err.Error() != "Terminated" {
		t.Error(err)
	}
	expect(t, out, "false\tTerminated\nfine\n")
}

// A public module, unchanged.
func TestJSON(t *testing.T) {
	out := run(t, `
		local json = require "json"
		local v = json.decode('{"a":[1,2,{"b":null}],"c":"\\u00e4","d":true}')
		print(v.a[1], v.a[2], v.a[3].b, v.c, v.d)
		print(json.encode({ 1, 2, { x = "y" } }))
		print(json.decode("{"))
		local t = {} t.t = t
		print(json.encode(t))
		print(pcall(json.decode))
	`, runtime.WithGopherModule("json", gluajson.Loader))
	expect(t, out, "1\t2\tnil\tä\ttrue\n[1,2,{\"x\":\"y\"}]\nnil\tunexpected end of JSON input\n"+
		"nil\tjson: error calling MarshalJSON for type json.jsonValue: json: error calling MarshalJSON for type json.jsonValue: "+
		"cannot encode recursively nested tables to JSON\nfalse\ttest:9: bad argument #1 to json.decode (string expected, got nil)\n")
}

// observed gives programs collect(), which collects Go's garbage, goroutines(), proxies() and heap(), in bytes.
func observed() runtime.Option {
	return runtime.WithAPI(func(c stdlib.Computer) {
		number := func(name string, n func() float64) {
			c.VM().Globals().SetString(name, lua.NewFunction(name, func(c lua.Call) (lua.Results, error) { return c.Return1(lua.Number(n())) }))
		}
		number("collect", func() float64 { goruntime.GC(); return 0 })
		number("goroutines", func() float64 { return float64(goruntime.NumGoroutine()) })
		number("proxies", func() float64 { return float64(gopherlua.Proxies(c)) })
		number("heap", func() float64 {
			var m goruntime.MemStats
			goruntime.ReadMemStats(&m)
			return float64(m.HeapAlloc)
		})
	})
}
