package lua_test

import (
	"errors"
	"fmt"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/luart/luart/lua"
	"github.com/luart/luart/lua/lualib"
)

func newVM(o lua.Options) *lua.VM {
	vm := lua.NewVM(o)
	lualib.Open(vm)
	return vm
}

// eval runs a chunk and returns its results as text, separated by spaces.
func eval(t *testing.T, vm *lua.VM, source string) (string, error) {
	t.Helper()
	f, err := vm.Load(source, "=test", nil)
	if err != nil {
		return "", err
	}
	res, err := vm.Call(f)
	var out []string
	for _, v := range res {
		out = append(out, vm.ToStringRaw(v).String())
	}
	return strings.Join(out, " "), err
}

// stillWorks checks that the VM runs code after what was done to it.
func stillWorks(t *testing.T, vm *lua.VM) {
	t.Helper()
	vm.SetDeadline(0, 0)
	got, err := eval(t, vm, `local t = {} for i = 1, 100 do t[i] = i end return #t, ("x"):rep(3), pcall(error, "e", 0)`)
	if err != nil || got != "100 xxx false e" {
		t.Fatalf("the VM is out of order: %q, %v", got, err)
	}
}

func TestDeadline(t *testing.T) {
	tests := []struct{ name, source string }{
		{"loop", `while true do end`},
		{"for", `for i = 1, math.huge do end`},
		{"repeat", `repeat until false`},
		{"goto", `::a:: goto a`},
		{"comparison", `local a, b = {}, {} while a ~= b do end`},
		{"comparison by __eq", `local m = {__eq = function() return false end} local a, b = setmetatable({}, m), setmetatable({}, m) repeat until a == b`},
		{"comparison by __lt", `local m = {__lt = function() return false end} local a, b = setmetatable({}, m), setmetatable({}, m) repeat until a < b`},
		{"calls", `local function f() return 1 end while true do f() end`},
		{"tail calls", `local function f() return f() end f()`},
		{"recursion", `local function f() f() f() end while true do pcall(f) end`},
		{"natives", `local f = math.floor repeat f(1) until false`},
		{"metamethod", `local t = setmetatable({}, {__index = function(t, k) while true do end end}) return t.x`},
		{"metamethods", `local t = setmetatable({}, {__add = function(a) return a end}) while true do t = t + 1 end`},
		{"coroutine", `coroutine.wrap(function() while true do end end)()`},
		{"coroutines", `while true do coroutine.wrap(function() coroutine.yield() end)() end`},
		{"iterator", `for i in function() return 1 end do end`},
		{"pairs", `local t = {1} while true do for k in pairs(t) do end end`},
		{"pattern find", `string.find(("a"):rep(1e4), ".-.-.-.-b$")`},
		{"pattern match", `string.match(("a"):rep(1e4), ".-.-.-.-b$")`},
		{"pattern gsub", `string.gsub(("a"):rep(1e4), ".-.-.-.-b$", "")`},
		{"pattern gmatch", `for a in string.gmatch(("a"):rep(1e4), ".-.-.-.-b$") do end`},
		{"sort", `local n = 0 local t = {} for i = 1, 1000 do t[i] = i end table.sort(t, function() while true do end end)`},
		{"sort again", `local t = {} for i = 1, 1e5 do t[i] = i % 100 end while true do table.sort(t) end`},
		{"gsub callback", `string.gsub("x", "x", function() while true do end end)`},
		{"load reader", `load(function() return " " end)`},
		{"tostring", `tostring(setmetatable({}, {__tostring = function() while true do end end}))`},
		{"rep", `while true do ("x"):rep(1e6) end`},
		{"concat", `local t = {} for i = 1, 1e5 do t[i] = "x" end while true do table.concat(t) end`},
		{"swallowed once", `pcall(function() while true do end end) while true do end`},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			vm := newVM(lua.Options{Memory: 256 << 20})
			vm.SetDeadline(50*time.Millisecond, 50*time.Millisecond)
			start := time.Now()
			_, err := eval(t, vm, test.source)
			if err == nil || !strings.HasSuffix(err.Error(), "Too long without yielding") {
				t.Fatalf("got %v", err)
			}
			if took := time.Since(start); took > 10*time.Second {
				t.Errorf("took %v", took)
			}
			stillWorks(t, vm)
		})
	}
}

// The soft error is raised once and can be caught; who goes on nevertheless is ended.
func TestDeadlineSwallowed(t *testing.T) {
	vm := newVM(lua.Options{})
	vm.SetDeadline(20*time.Millisecond, 20*time.Millisecond)
	got, err := eval(t, vm, `return pcall(function() while true do end end)`)
	if err != nil || got != "false test:1: Too long without yielding" {
		t.Fatalf("got %q, %v", got, err)
	}

	vm.SetDeadline(20*time.Millisecond, 20*time.Millisecond)
	_, err = eval(t, vm, `while true do pcall(function() while true do end end) end`)
	var e *lua.Error
	if !errors.As(err, &e) || !e.Fatal() {
		t.Fatalf("got %v", err)
	}
	vm.SetDeadline(20*time.Millisecond, 20*time.Millisecond)
	_, err = eval(t, vm, `while true do coroutine.resume(coroutine.create(function() while true do pcall(function() while true do end end) end end)) end`)
	if !errors.As(err, &e) || !e.Fatal() {
		t.Fatalf("in a coroutine: got %v", err)
	}
	stillWorks(t, vm)
}

func TestCancel(t *testing.T) {
	vm := newVM(lua.Options{})
	go vm.Cancel("stopped")
	_, err := eval(t, vm, `while true do pcall(function() while true do end end) end`)
	if err == nil || err.Error() != "stopped" {
		t.Fatalf("got %v", err)
	}
}

func TestMemoryLimit(t *testing.T) {
	tests := []struct{ name, source string }{
		{"rep", `return ("x"):rep(1e9)`},
		{"rep of rep", `return ("x"):rep(1e5):rep(1e4)`},
		{"rep with separator", `return ("x"):rep(1e8, "yyyyyy")`},
		{"doubling", `local s = "x" while true do s = s .. s end`},
		{"table growth", `local t = {} for i = 1, math.huge do t[i] = i end`},
		{"hash growth", `local t = {} for i = 1, math.huge do t["k" .. i] = i end`},
		{"float keys", `local t = {} for i = 1, math.huge do t[i + 0.5] = true end`},
		{"append", `local t = {} while true do t[#t + 1] = {} end`},
		{"table.insert", `local t = {} while true do table.insert(t, "x") end`},
		{"list", `local l while true do l = {l} end`},
		{"closures", `local l while true do local p = l l = function() return p end end`},
		{"cells", `local l while true do local p = l local q = 0 l = function() q = q + 1 return p end end`},
		{"coroutines", `local t = {} while true do local co = coroutine.create(function() coroutine.yield() end) coroutine.resume(co) t[#t + 1] = co end`},
		{"concat", `local t = {} for i = 1, 1e5 do t[i] = ("x"):rep(1000) end return table.concat(t)`},
		{"gsub", `return (("x"):rep(1e6):gsub("x", ("y"):rep(1000)))`},
		{"format", `local s = ("x"):rep(1e6) return string.format(("%s"):rep(100), s, s, s, s, s, s, s, s, s, s, s, s, s, s, s, s, s, s, s, s, s, s, s, s, s, s, s, s, s, s, s, s, s, s, s, s, s, s, s, s, s, s, s, s, s, s, s, s, s, s, s, s, s, s, s, s, s, s, s, s, s, s, s, s, s, s, s, s, s, s, s, s, s, s, s, s, s, s, s, s, s, s, s, s, s, s, s, s, s, s, s, s, s, s, s, s, s, s, s, s)`},
		{"load", `local t = {} while true do t[#t + 1] = load("return function() local a, b, c = 1, 2, 3 return a + b + c end") end`},
		{"upper", `local s = ("x"):rep(2e7) local t = {} while true do t[#t + 1] = s:upper() end`},
		{"pack", `local t = {} while true do t[#t + 1] = table.pack(("x"):rep(1e5):byte(1, -1)) end`},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			limit := int64(32 << 20)
			if testing.Short() {
				limit = 8 << 20
			}
			vm := newVM(lua.Options{Memory: limit})
			vm.SetDeadline(20*time.Second, time.Second)
			var before, after runtime.MemStats
			runtime.GC()
			runtime.ReadMemStats(&before)
			got, err := eval(t, vm, "return pcall(function() "+test.source+" end)")
			runtime.ReadMemStats(&after)
			if err != nil || !strings.HasPrefix(got, "false ") || !strings.HasSuffix(got, "not enough memory") {
				t.Fatalf("got %.200q, %v", got, err)
			}
			// The collector lets garbage stand for a while, at most as much again as is in use.
			if grown := int64(after.HeapSys) - int64(before.HeapSys); grown > 8*limit {
				t.Errorf("the heap grew by %d MiB", grown>>20)
			}
			stillWorks(t, vm)
		})
	}
}

// Garbage does not count: a program that allocates for ever but keeps little is not stopped.
func TestMemoryLimitCountsOnlyWhatIsInUse(t *testing.T) {
	n, limit := 1_000_000, int64(16<<20)
	if testing.Short() {
		n, limit = 100_000, 2<<20
	}
	vm := newVM(lua.Options{Memory: limit})
	got, err := eval(t, vm, fmt.Sprintf(`
		local n, s, t = %d
		for i = 1, n do t = {i, s} s = "key" .. i end
		local q, first = {}, 1
		for i = 1, n / 2 do q[i] = {i} if i > 100 then q[first] = nil first = first + 1 end end
		local h = {}
		for i = 1, n / 2 do h["k" .. i] = i h["k" .. (i - 100)] = nil end
		return s`, n))
	if err != nil || got != fmt.Sprint("key", n) {
		t.Fatalf("got %q, %v", got, err)
	}
}

func TestStackLimits(t *testing.T) {
	tests := []struct{ name, source, want string }{
		{"recursion", `local function f() return 1 + f() end return f()`, "test:1: stack overflow"},
		{"mutual", `local g local function f() g() end g = function() f() end f()`, "test:1: stack overflow"},
		{"__index", `local t = setmetatable({}, {}) getmetatable(t).__index = function(t, k) return t[k .. "x"] end return t.x`, "test:1: stack overflow"},
		{"__index chain", `local t = {} for i = 1, 200 do t = setmetatable({}, {__index = t}) end return t.x`, "test:1: loop in gettable"},
		{"__index cycle", `local t = {} setmetatable(t, {__index = t}) return t.x`, "test:1: loop in gettable"},
		{"__tostring", `local t = setmetatable({}, {__tostring = function(t) return tostring(t) end}) return tostring(t)`, "test:1: stack overflow"},
		{"gsub", `local function f(s) return (s:gsub(".", f)) end return f("x")`, "test:1: stack overflow"},
		{"sort", `local function f() table.sort({1, 2, 3}, f) end f()`, "test:1: stack overflow"},
		{"__call", `local t = setmetatable({}, {}) getmetatable(t).__call = t return t()`, "test:1: attempt to call local 't' (a table value)"},
		{"unpack", `return table.unpack({}, 1, 1e8)`, "test:1: too many results to unpack"},
		{"handler", `return select(2, xpcall(function() local function f() f() end f() end, function(m) return m end))`, ""},
		{"error in handler", `return select(2, xpcall(error, function() error("x") end))`, ""},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			vm := newVM(lua.Options{Memory: 512 << 20})
			vm.SetDeadline(20*time.Second, time.Second)
			got, err := eval(t, vm, test.source)
			if test.want == "" {
				if err != nil {
					t.Fatal(err)
				}
			} else if err == nil || !strings.HasSuffix(err.Error(), test.want) {
				t.Fatalf("got %.100q, %v", got, err)
			}
			stillWorks(t, vm)
		})
	}
}

// Nested pcalls end in a stack overflow that the innermost one catches, as in the reference.
func TestNestedPcall(t *testing.T) {
	vm := newVM(lua.Options{})
	got, err := eval(t, vm, `
		local depth = 0
		local function f() depth = depth + 1 local ok, err = pcall(f) if not ok then return err end return err end
		return f(), depth`)
	if err != nil || got != "stack overflow 100" && got != "test:3: stack overflow 100" {
		t.Fatalf("got %q, %v", got, err)
	}
	stillWorks(t, vm)
}

func TestHostileSource(t *testing.T) {
	n := 200_000
	tests := map[string]string{
		"parentheses":  "return " + strings.Repeat("(", n) + "1" + strings.Repeat(")", n),
		"tables":       "return " + strings.Repeat("{", n) + strings.Repeat("}", n),
		"functions":    strings.Repeat("return function() ", n) + strings.Repeat(" end", n),
		"blocks":       strings.Repeat("do ", n) + strings.Repeat(" end", n),
		"unary":        "return " + strings.Repeat("-", 2*n) + "1",
		"not":          "return " + strings.Repeat("not ", n) + "1",
		"concat":       "return 'a'" + strings.Repeat("..'a'", n),
		"power":        "return 1" + strings.Repeat("^1", n),
		"sum":          "return 1" + strings.Repeat("+x", n),
		"index":        "return x" + strings.Repeat(".x", n),
		"calls":        "return x" + strings.Repeat("()", n),
		"elseif":       "if x then " + strings.Repeat("elseif x then ", n) + "end",
		"strings":      "return x" + strings.Repeat("'a'", n),
		"labels":       strings.Repeat("goto a ", n),
		"locals":       strings.Repeat("local a ", n),
		"long bracket": "return [" + strings.Repeat("=", n),
		"comment":      "--[" + strings.Repeat("=", n) + "[",
		"digits":       "return " + strings.Repeat("9", n),
		"hex":          "return 0x" + strings.Repeat("f", n),
		"exponent":     "return 1e" + strings.Repeat("9", n),
		"assign":       strings.Repeat("a,", n) + "a = 1",
		"and":          "return a" + strings.Repeat(" and a", n),
		"comparison":   "return a" + strings.Repeat(" < a", n),
		"brackets":     "return " + strings.Repeat("a[", n) + "1" + strings.Repeat("]", n),
		"constants":    "return {" + strings.Repeat("1,", n) + "}",
		"binary":       string([]byte{0, 1, 2, 255, 254}),
	}
	for name, source := range tests {
		t.Run(name, func(t *testing.T) {
			vm := newVM(lua.Options{Memory: 1 << 30})
			vm.SetDeadline(30*time.Second, time.Second)
			f, err := vm.Load(source, "=test", nil)
			if err == nil {
				_, err = vm.Call(f)
			}
			if err != nil && len(err.Error()) > 300 {
				t.Errorf("a message of %d bytes: %.100s", len(err.Error()), err)
			}
			stillWorks(t, vm)
		})
	}
}

// A million coroutines that are left suspended are garbage like any other: no goroutine, no growth.
func TestAbandonedCoroutines(t *testing.T) {
	n := 1_000_000
	if testing.Short() {
		n = 100_000
	}
	vm := newVM(lua.Options{Memory: 64 << 20})
	goroutines := runtime.NumGoroutine()
	got, err := eval(t, vm, fmt.Sprintf(`
		for i = 1, %d do
			local co = coroutine.create(function(a) local b = coroutine.yield(a) return b end)
			coroutine.resume(co, i)
		end
		return "done"`, n))
	if err != nil || got != "done" {
		t.Fatalf("got %q, %v", got, err)
	}
	if now := runtime.NumGoroutine(); now > goroutines+2 {
		t.Errorf("%d goroutines, %d before", now, goroutines)
	}
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	if m.HeapAlloc > 256<<20 {
		t.Errorf("%d MiB in use", m.HeapAlloc>>20)
	}
}

// One VM's exhaustion is not another's.
func TestVMsAreIndependent(t *testing.T) {
	a, b := newVM(lua.Options{Memory: 8 << 20}), newVM(lua.Options{Memory: 8 << 20})
	done := make(chan error)
	go func() {
		_, err := eval(t, a, `local t = {} while true do t[#t + 1] = {} end`)
		done <- err
	}()
	got, err := eval(t, b, `local s = 0 for i = 1, 2e6 do s = s + #("x" .. i) end return s`)
	if err != nil || got != "14888896" {
		t.Errorf("got %q, %v", got, err)
	}
	if err := <-done; err == nil || !strings.HasSuffix(err.Error(), "not enough memory") {
		t.Errorf("got %v", err)
	}
}

// Weak tables lose what is in use nowhere else, and keep what is.
func TestWeakTables(t *testing.T) {
	n, limit := 3_000_000, int64(64<<20)
	if testing.Short() {
		n, limit = 300_000, 8<<20
	}
	vm := newVM(lua.Options{Memory: limit})
	got, err := eval(t, vm, fmt.Sprintf(`
		local rounds = %d
		local keys = setmetatable({}, {__mode = "k"})
		local values = setmetatable({}, {__mode = "v"})
		local kept = {}
		keys[kept], values.kept, values[1] = "kept", kept, "a string"
		for i = 1, rounds do
			local o = {i}
			keys[o] = i
			values[i %% 1000 + 2] = o
		end
		local n = 0
		for _ in pairs(keys) do n = n + 1 end
		return keys[kept], values.kept == kept, values[1], n < rounds * 2 / 3`, n))
	if err != nil || got != "kept true a string true" {
		t.Fatalf("got %q, %v", got, err)
	}
}
