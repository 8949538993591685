package lua_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/luart/luart/conformance/lang"
	"github.com/luart/luart/lua"
)

// sliceFunctions gives programs slice(co, ms, ...), which returns how the slice has ended, and the rest of what they need.
func sliceFunctions(vm *lua.VM) {
	names := [...]string{lua.Yielded: "yielded", lua.Returned: "returned", lua.Failed: "failed", lua.Preempted: "preempted"}
	thread := func(c lua.Call) *lua.Thread { co, _ := c.Arg(1).AsThread(); return co }
	for name, f := range map[string]lua.GoFunc{
		"slice": func(c lua.Call) (lua.Results, error) {
			ms, _ := c.Arg(2).AsNumber()
			return c.ResumeSlice(thread(c), time.Duration(ms*1e6), 3, func(c lua.Call, o lua.Outcome, err *lua.Error) (lua.Results, error) {
				if err != nil {
					return c.Return(lua.String(names[o]), err.Value, lua.String(err.Traceback))
				}
				return c.ReturnAfter(lua.String(names[o]))
			})
		},
		"limit": func(c lua.Call) (lua.Results, error) {
			s, _ := c.Arg(2).AsNumber()
			grace, _ := c.Arg(3).AsNumber()
			thread(c).LimitRunTime(time.Duration(s*1e9), time.Duration(grace*1e9))
			return c.Return0()
		},
		"kill": func(c lua.Call) (lua.Results, error) {
			if err := thread(c).Kill(c.Arg(2)); err != nil {
				return 0, err
			}
			return c.Return0()
		},
		"nested": func(c lua.Call) (lua.Results, error) { // a call from Go, in which nothing can be put to sleep
			res, err := c.VM().Call(c.Arg(1), c.Arg(2))
			if err != nil {
				return 0, err
			}
			return c.Return(res...)
		},
	} {
		vm.Globals().SetString(name, lua.NewFunction(name, f))
	}
}

// preemptedEverywhere runs a program as transcript does, in slices that end at each poll.
func preemptedEverywhere(vm *lua.VM, name, source string) (out string, slices int) {
	out = transcriptOf(vm, name, source, func(th *lua.Thread) error {
		for {
			slices++
			_, err := th.ResumeFor(time.Hour)
			if err != nil || !th.Preempted() {
				return err
			}
			if th.Status() != lua.Suspended {
				return errors.New("a preempted coroutine is " + th.Status().String())
			}
		}
	})
	return out, slices
}

// Programs do the same in slices that end at each poll as without slices.
func TestPreemptionChangesNothing(t *testing.T) {
	total := 0
	for name, source := range languagePrograms(t) {
		calm, busy := newVM(lua.Options{}), newVM(lua.Options{})
		busy.SetEager(true)
		want := transcript(calm, name, source)
		got, slices := preemptedEverywhere(busy, name, source)
		total += slices
		if strings.Contains(source, "tostring({})") || strings.Contains(want, ": 0x") {
			continue
		}
		if addresses(got) != addresses(want) {
			t.Errorf("%s: got\n%s\nshould be\n%s", name, got, want)
		}
		stillWorks(t, busy)
	}
	if total < 10000 {
		t.Errorf("only %d slices", total)
	}
}

// slicePrograms loop in all the ways in which a function of Lua can be called; each of them needs some slices.
var slicePrograms = []string{
	`pcall(spin) print(pcall(function() spin() error("e") end))`,
	`print(pcall(pcall, pcall, function() spin() return spin() end))`,
	`print(xpcall(function() spin() error("e") end, function(m) spin() return m .. "!" end))`,
	`print(xpcall(function() spin() local x = nil + 1 end, debug.traceback))`,
	`local mt = {} for _, e in ipairs {"add", "sub", "mul", "div", "mod", "pow", "concat", "unm", "len", "index", "call"} do mt["__" .. e] = function(a, b) spin() return e end end
	local o = setmetatable({}, mt) print(o + 1, o - 1, o * 1, o / 1, o % 1, o ^ 1, "a" .. "b" .. o .. "c", -o, #o, o.x, o(1), o[1])`,
	`local mt = {__newindex = function(t, k, v) spin() rawset(t, k, v) end, __tostring = function() spin() return "o" end, __pairs = function(t) spin() return next, t end}
	local o = setmetatable({}, mt) o.a = 1 o[1] = 2 print(o.a, o[1], tostring(o)) for k, v in pairs(o) do print(v) end`,
	`local n = 0 local mt = {__lt = function() spin() n = n + 1 return n > 5 end, __le = function() spin() n = n + 1 return n > 10 end, __eq = function() spin() n = n + 1 return n > 15 end}
	local a, b = setmetatable({}, mt), setmetatable({}, mt) repeat until a < b print(n) repeat until b <= a print(n) repeat until a == b print(n) while not (a > b) do end print(n)`,
	`local n = 0 local mt = {__lt = function() n = n + 1 return n > 500 end} local a, b = setmetatable({}, mt), setmetatable({}, mt) repeat until a < b print(n)`,
	`for i in function(_, i) spin() i = (i or 0) + 1 return i < 4 and i or nil end do spin() print(i) end`,
	`for a, b in coroutine.wrap(function() for i = 1, 3 do spin() coroutine.yield(i, i * 2) end end) do print(a, b) end`,
	`print((("abc"):gsub(".", function(c) spin() return c .. c end)))`,
	`print((("abc"):rep(100):gsub(".", function(c) return "x" end)))`,
	`local t = {} for i = 1, 60 do t[i] = i * 7 % 60 end table.sort(t, function(a, b) return a > b end) print(table.concat(t, " "))`,
	`local t = {} for i = 1, 20 do t[i] = i * 7 % 20 end table.sort(t, function(a, b) spin() return a > b end) print(table.concat(t, " "))`,
	`local i = 0 print(load(function() spin() i = i + 1 return ({"return ", "1 ", "+ 2"})[i] end)())`,
	`local function deep(n) if n == 0 then spin() return 0 end return 1 + coroutine.wrap(deep)(n - 1) end print(deep(50))`,
	`local function deep(n) if n == 0 then spin() error("deep") end return 1 + coroutine.wrap(deep)(n - 1) end print(pcall(deep, 20))`,
	`local co co = coroutine.create(function(...) print(...) spin() print(coroutine.status(co), coroutine.running() == co) local a = coroutine.yield(1, 2) spin() print(a) return 3 end)
	print(coroutine.resume(co, "a", "b")) print(coroutine.status(co)) print(coroutine.resume(co, "c")) print(coroutine.status(co)) print(coroutine.resume(co))`,
	`print(spin(1, 2, 3)) print((spin(1, nil)), select("#", spin(1, nil, nil)))`,
	`local function t(n, ...) if n == 0 then return ... end return t(n - 1, n, ...) end print(select("#", t(40)))`,
	`local n = 0 debug.sethook(function(e) n = n + 1 spin() end, "crl", 3) local x = 0 for i = 1, 20 do x = x + spin(i) end debug.sethook() print(x, n > 20)`,
	`local function over() return over() + 1 end print(pcall(over))`,
	`local i = 0 ::top:: i = i + 1 if i < 50 then goto top end print(i)`,
	`print(nested(function(a) spin() return a .. "!" end, "a"))`,
	`print(pcall(nested, function() spin() error("in a call from Go") end))`,
	`for i = 1, 3 do coroutine.yield(spin(i)) end print(debug.traceback())`,
	`local function f() print(debug.traceback("here", 1)) spin() print(debug.traceback("there", 1)) end coroutine.wrap(function() spin() f() end)()`,
}

const spin = `function spin(...) for i = 1, 5 do end return ... end `

func TestPreemptionInCalls(t *testing.T) {
	for _, source := range slicePrograms {
		calm, busy := newVM(lua.Options{}), newVM(lua.Options{})
		sliceFunctions(calm)
		sliceFunctions(busy)
		busy.SetEager(true)
		busy.SetAccountingInterval(512)
		want := transcript(calm, "t", spin+source)
		got, slices := preemptedEverywhere(busy, "t", spin+source)
		if got != want || strings.Contains(want, "never ends") || want == "" {
			t.Errorf("%s:\ngot\n%s\nshould be\n%s", source, got, want)
		}
		if slices < 5 && !strings.Contains(source, "nested") {
			t.Errorf("%s: only %d slices", source, slices)
		}
		if busy.Slicing() {
			t.Errorf("%s: a slice is left", source)
		}
		stillWorks(t, busy)
	}
}

// sliced runs a program that runs others in slices, which end at each poll if eager is true.
func sliced(t *testing.T, eager bool, source string) (string, error) {
	t.Helper()
	vm := newVM(lua.Options{})
	sliceFunctions(vm)
	vm.SetEager(eager)
	vm.SetDeadline(time.Minute, time.Second)
	defer vm.SetDeadline(0, 0)
	got, err := eval(t, vm, spin+`
		function finish(co, ms, ...) -- resumes until it isn't preempted, and returns how often it was
			local n, r = 0, table.pack(slice(co, ms, ...))
			while r[1] == "preempted" do n = n + 1 r = table.pack(slice(co, ms)) end
			return n, table.unpack(r, 1, r.n)
		end `+source)
	if vm.Slicing() {
		t.Errorf("%s: a slice is left", source)
	}
	stillWorks(t, vm)
	return got, err
}

// Each endless loop gets its turn, and each turn gets it on.
func TestSlicesAreFair(t *testing.T) {
	got, err := sliced(t, false, `
		local n, co = {0, 0, 0}, {}
		local function loop(i) while true do n[i] = n[i] + 1 end end
		co[1] = coroutine.create(loop)
		co[2] = coroutine.create(function(i) coroutine.wrap(function() pcall(loop, i) end)() end)
		co[3] = coroutine.create(function(i) table.sort({1, 2}, function() loop(i) end) end)
		local last = {0, 0, 0}
		for round = 1, 20 do
			for i = 1, 3 do
				local s = slice(co[i], 0.2, i)
				-- From one poll to the next is one round of the loop, however slow the machine is; the first slices may end on the way there.
				if s ~= "preempted" or round > 10 and n[i] <= last[i] then return round, i, s, n[i] end
				last[i] = n[i]
			end
		end
		return "fair"`)
	if got != "fair" || err != nil {
		t.Error(got, err)
	}
}

func TestSliceOutcomes(t *testing.T) {
	for _, test := range []struct {
		eager        bool
		source, want string
	}{
		{false, `return slice(coroutine.create(function(...) return ... end), 5, 1, nil, 3)`, "returned 1 nil 3"},
		{false, `return slice(coroutine.create(function() end))`, "returned"},
		{false, `return slice(coroutine.create(math.max), nil, 1, 2)`, "returned 2"},
		{false, `local co = coroutine.create(function(...) return coroutine.yield(...) end) local a, b = slice(co, 5, 1) return a, b, slice(co, 5, 2)`, "yielded 1 returned 2"},
		{false, `return slice(coroutine.create(function() local x = nil + 1 end), 5)`,
			"failed test:6: attempt to perform arithmetic on a nil value stack traceback:\n\ttest:6: in function <test:6>"},
		{false, `return slice(coroutine.create(function() error({}) end), 5) == "failed"`, "true"},
		{false, `local co = coroutine.create(function() end) slice(co) return slice(co)`, "failed cannot resume dead coroutine "},
		{false, `return slice(coroutine.running())`, "failed cannot resume running coroutine "},
		{false, `local co = coroutine.running() return slice(coroutine.create(function() return slice(co) end))`, "returned failed cannot resume normal coroutine "},
		// What it returns is there, too, when it was preempted; so are the errors.
		{true, `local n, s, a, b = finish(coroutine.create(function(...) return spin(...) end), 1, 1, 2) return n > 5, s, a, b`, "true returned 1 2"},
		{true, `local n, s, m, tb = finish(coroutine.create(function() spin() error("e") end), 1) return n > 5, s, m, tb`,
			"true failed test:6: e stack traceback:\n\t[C]: in function 'error'\n\ttest:6: in function <test:6>"},
		{true, `local co = coroutine.create(function() local r = spin(coroutine.yield(spin(1))) return r end)
			local _, s, a = finish(co, 1) local _, r, b = finish(co, 1, 2) return s, a, r, b`, "yielded 1 returned 2"},
		// From outside, a preempted one is suspended, and those inside can't be resumed.
		{true, `local inner, inmost
			local co = coroutine.create(function()
				inner = coroutine.create(function()
					inmost = coroutine.create(function() spin() return coroutine.status(inner), coroutine.status(inmost) end)
					return select(2, coroutine.resume(inmost))
				end)
				return coroutine.resume(inner)
			end)
			repeat local s = slice(co, 1) until inmost and coroutine.status(inmost) ~= "suspended"
			local function try(c) local ok, m = coroutine.resume(c) return coroutine.status(c) .. ": " .. tostring(ok) .. " " .. m .. "\n" end
			return try(co), try(inner), try(inmost), coroutine.status(co), select(2, finish(co, 1))`,
			"suspended: false cannot resume preempted coroutine: it goes on in a time slice (task.resume)\n normal: false cannot resume normal coroutine\n" +
				" normal: false cannot resume normal coroutine\n suspended returned true normal running"},
		{true, `local co = coroutine.wrap(function() local me = coroutine.running() coroutine.yield(me) spin() end)
			local me = co() slice(me, 1) return pcall(co)`,
			"false cannot resume preempted coroutine: it goes on in a time slice (task.resume)"},
		// Slices in slices.
		{true, `local log = {}
			local inner = coroutine.create(function() for i = 1, 3 do spin() log[#log + 1] = i end return "done" end)
			local outer = coroutine.create(function() local n, s, v = finish(inner, 1) return n, s, v end)
			local n, s, m, r, v = finish(outer, 1) return s, r, v, n > 10, table.concat(log)`, "returned returned done true 123"},
		{false, `local inner = coroutine.create(function() for i = 1, 1e9 do end end)
			local outer = coroutine.create(function() while slice(inner, 3600e3) == "preempted" do end end)
			return slice(outer, 0.5), slice(outer, 0.5), slice(outer, 0.5), coroutine.status(inner)`, "preempted preempted preempted normal"},
		{false, `local inner = coroutine.create(function() for i = 1, 1e9 do end end)
			local outer = coroutine.create(function() for i = 1, 5 do if slice(inner, 0.3) ~= "preempted" then return "?" end end return coroutine.status(inner) end)
			return slice(outer, 60e3)`, "returned suspended"},
		// A call from Go holds the end of the slice up until it is over.
		{true, `local co = coroutine.create(function() local r = nested(function() spin() x = 1 return 5 end) return r + spin(1) end)
			local s repeat s = slice(co, 1) until x or s ~= "preempted" return s, (select(3, finish(co, 1)))`, "preempted 6"},
		{false, `local co = coroutine.create(function() nested(function() for i = 1, 1e6 do end x = 1 end) while true do end end)
			return slice(co, 0.01), slice(co, 0.01), x`, "preempted preempted 1"},
		// Slices in a call from Go in a slice.
		{true, `local inner = coroutine.create(function() for i = 1, 5 do end return "in" end)
			local co = coroutine.create(function() return nested(function() return select(2, finish(inner, 1)) end) end)
			local n, s, v = finish(co, 1) return s, v`, "returned returned"},
	} {
		got, err := sliced(t, test.eager, test.source)
		if got != test.want || err != nil {
			t.Errorf("%s:\ngot       %q, %v\nshould be %q", test.source, got, err, test.want)
		}
	}
}

// The limit of run time ends a task, wherever it is, and nothing but it.
func TestLimitRunTime(t *testing.T) {
	for _, test := range []struct{ source, want string }{
		{`local co = coroutine.create(function() while true do end end) limit(co, 0.002, 10)
			local n, s, m, tb = finish(co, 0.5) return s, m, tb`, "failed test:6: Too long without yielding stack traceback:\n\ttest:6: in function <test:6>"},
		{`local co = coroutine.create(function() local ok, m = pcall(function() while true do end end) return m end) limit(co, 0.002, 10) return select(2, finish(co, 0.5))`,
			"returned test:6: Too long without yielding"},
		{`local co = coroutine.create(function() while true do pcall(function() while true do end end) end end) limit(co, 0.002, 0.002) local n, s, m = finish(co, 0.5) return s, m`,
			"failed Too long without yielding"},
		{`local co = coroutine.create(function() while true do pcall(coroutine.wrap(function() while true do pcall(function() while true do end end) end end)) end end)
			limit(co, 0.002, 0.002) local n, s, m = finish(co, 0.5) return s, m, coroutine.status(co), select(2, slice(co))`,
			"failed Too long without yielding dead cannot resume dead coroutine "},
		{`local co = coroutine.create(function() while true do pcall(nested, function() while true do end end) end end)
			limit(co, 0.002, 0.002) local n, s, m = finish(co, 0.5) return s, m`, "failed Too long without yielding"},
		{`local co = coroutine.create(function() while true do pcall(string.rep, "x", -1) pcall(string.find, ("a"):rep(1e4), (".-"):rep(1e4) .. "b") end end)
			limit(co, 0.002, 0.002) local n, s, m = finish(co, 0.5) return s, m`, "failed Too long without yielding"},
		// An outer task's ends those inside of it; an inner one's leaves the outer one alone.
		{`local inner = coroutine.create(function() while true do pcall(function() while true do end end) end end)
			local outer = coroutine.create(function() while true do pcall(finish, inner, 0.5) end end)
			limit(outer, 0.002, 0.002) local n, s, m = finish(outer, 0.3) return s, m, coroutine.status(inner), coroutine.status(outer)`,
			"failed Too long without yielding dead dead"},
		{`local inner = coroutine.create(function() while true do pcall(function() while true do end end) end end) limit(inner, 0.002, 0.002)
			local outer = coroutine.create(function() local n, s, m = finish(inner, 0.5) return s, m end)
			local n, a, b, c = finish(outer, 0.3) return a, b, c`, "returned failed Too long without yielding"},
		// Slices without end have it, too; it counts from the call on; it can be taken away and set while the task runs.
		{`local co = coroutine.create(function() while true do end end) limit(co, 0.002, 10) local s, m = slice(co) return s, m`, "failed test:6: Too long without yielding"},
		{`local co = coroutine.create(function() limit(coroutine.running(), 0.002, 10) while true do end end) local s, m = slice(co) return s, m`, "failed test:6: Too long without yielding"},
		{`local co = coroutine.create(function() for i = 1, 3e5 do end return "done" end) limit(co, 1e-6, 10) limit(co) local n, s, m = finish(co, 0.2) return s, m`, "returned done"},
		{`local co = coroutine.create(function() for i = 1, 1e5 do end coroutine.yield() limit(coroutine.running(), 1e9, 10) for i = 1, 1e5 do end return "done" end)
			finish(co, 0.2) return select(2, finish(co, 0.2))`, "returned done"},
	} {
		got, err := sliced(t, false, test.source)
		if got != test.want || err != nil {
			t.Errorf("%s:\ngot       %q, %v\nshould be %q", test.source, got, err, test.want)
		}
	}
}

// The deadline of all and Cancel end what runs in slices, with those who run it.
func TestDeadlineInSlices(t *testing.T) {
	for _, eager := range []bool{false, true} {
		vm := newVM(lua.Options{})
		sliceFunctions(vm)
		vm.SetEager(eager)
		vm.SetDeadline(20*time.Millisecond, 20*time.Millisecond)
		_, err := eval(t, vm, `
			local co = coroutine.create(function() while true do pcall(function() while true do end end) end end)
			local outer = coroutine.create(function() while true do slice(co, 1) end end)
			while true do pcall(function() while true do slice(outer, 3) end end) end`)
		var e *lua.Error
		if !errors.As(err, &e) || !strings.HasSuffix(e.Error(), "Too long without yielding") || vm.Slicing() {
			t.Errorf("%v, a slice is left: %v", err, vm.Slicing())
		}
		stillWorks(t, vm)
		time.AfterFunc(5*time.Millisecond, func() { vm.Cancel("stop") })
		_, err = eval(t, vm, `
			local co = coroutine.create(function() while true do end end)
			while true do local s, m = slice(co, 1) if s ~= "preempted" then error(m) end end`)
		if !errors.As(err, &e) || !e.Fatal() || e.Error() != "stop" || vm.Slicing() {
			t.Errorf("%v, a slice is left: %v", err, vm.Slicing())
		}
	}
}

func TestKill(t *testing.T) {
	got, err := sliced(t, true, `
		local log, inner = {}
		local co = coroutine.create(function()
			pcall(function()
				inner = coroutine.create(function() local i = 0 while true do i = i + 1 end end)
				coroutine.resume(inner)
				log[1] = "went on"
			end)
			log[2] = "went on"
		end)
		repeat slice(co, 1) until inner and coroutine.status(inner) == "normal"
		local refused = select(2, pcall(kill, inner))
		kill(co, "enough")
		kill(co, "twice")
		local waiting = coroutine.create(function() pcall(coroutine.yield) log[3] = "went on" end)
		slice(waiting)
		kill(waiting, "why")
		local new = coroutine.create(pcall)
		kill(new, {})
		local s, m, tb = slice(co)
		local me = coroutine.create(function(outer) return select(2, pcall(kill, coroutine.running())), (select(2, pcall(kill, outer))) end)
		local _, r1, r2 = select(2, finish(me, 1, coroutine.running()))
		return refused, coroutine.status(co), coroutine.status(inner), s, m, tb, coroutine.resume(co), slice(inner), #log, coroutine.status(waiting), coroutine.status(new), debug.traceback(co), r1, r2`)
	want := "test:17: cannot end normal coroutine dead dead failed enough  false failed 0 dead dead stack traceback: test:26: cannot end running coroutine test:26: cannot end normal coroutine"
	if got != want || err != nil {
		t.Errorf("got       %q, %v\nshould be %q", got, err, want)
	}
}

// The time and the memory of a task are its own, with those that it resumes.
func TestRunTimeAndAllocated(t *testing.T) {
	vm := newVM(lua.Options{})
	vm.Globals().SetString("work", lua.NewFunction("work", func(c lua.Call) (lua.Results, error) {
		time.Sleep(3 * time.Millisecond)
		return 0, c.Reserve(1 << 20)
	}))
	load := func(source string) *lua.Thread {
		f, err := vm.Load(source, "=t", nil)
		if err != nil {
			t.Fatal(err)
		}
		return vm.NewThread(f)
	}
	one := load(`local n = 0 while true do coroutine.wrap(work)() coroutine.yield() end`)
	other := load(`while true do coroutine.yield() end`)
	before := vm.Allocated()
	for range 3 {
		for _, th := range []*lua.Thread{one, other} {
			if _, err := th.ResumeFor(0); err != nil {
				t.Fatal(err)
			}
		}
		if err := vm.Account(); err != nil {
			t.Fatal(err)
		}
	}
	if d := one.RunTime(); d < 9*time.Millisecond {
		t.Errorf("it has run for %v", d)
	}
	if n := one.Allocated(); n < 3<<20 || n > 4<<20 {
		t.Errorf("it has allocated %d bytes", n)
	}
	if n := other.Allocated(); n > 1<<16 {
		t.Errorf("the other one has allocated %d bytes", n)
	}
	if n := vm.Allocated() - before; n < 3<<20 || n > 4<<20 {
		t.Errorf("%d bytes were allocated in all", n)
	}
	if th := load(""); th.RunTime() != 0 || th.Allocated() != 0 || th.Preempted() {
		t.Error("a new one has been somewhere")
	}
}

// What sleeps is in use: weak tables keep it, and let it go with the task.
func TestPreemptedIsInUse(t *testing.T) {
	vm := newVM(lua.Options{})
	sliceFunctions(vm)
	vm.SetEager(true)
	check := func(source, want string) {
		t.Helper()
		if err := vm.Account(); err != nil {
			t.Fatal(err)
		}
		if got, err := eval(t, vm, source); got != want || err != nil {
			t.Errorf("%s gives %s, %v, not %s", source, got, err, want)
		}
	}
	check(`weak = setmetatable({}, {__mode = "v"})
		co = coroutine.create(function()
			local a = {} weak.outer = a
			coroutine.wrap(function() local b = {} weak.middle = b coroutine.wrap(function() local c = {} weak.inner = c while true do end end)() return b end)()
			return a
		end)
		repeat slice(co, 1) until weak.inner
		slice(co, 1) slice(co, 1)`, "")
	check(`return weak.outer ~= nil, weak.middle ~= nil, weak.inner ~= nil, slice(co, 1)`, "true true true preempted")
	check(`co = nil`, "")
	check(`return next(weak)`, "nil")
}

// A program of any kind does the same in slices, whenever stock is taken.
func FuzzPreemption(f *testing.F) {
	for seed := range uint64(8) {
		f.Add(seed, uint16(seed*100))
	}
	f.Fuzz(func(t *testing.T, seed uint64, interval uint16) {
		source := strings.Join(lang.RandomProgram(seed), "\n")
		calm, busy := newVM(lua.Options{}), newVM(lua.Options{})
		busy.SetEager(true)
		busy.SetAccountingInterval(int64(interval))
		want := transcript(calm, "t", source)
		got, _ := preemptedEverywhere(busy, "t", source)
		if !strings.Contains(want, ": 0x") && addresses(got) != addresses(want) {
			t.Errorf("%s:\ngot\n%s\nshould be\n%s", source, got, want)
		}
	})
}
