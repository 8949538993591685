package lualib_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/luart/luart/lua"
	"github.com/luart/luart/lua/lualib"
)

// Searches that take long stand still when a time slice is over, and go on in the next one as if nothing had been, also when
// other searches were made meanwhile.
func TestPausedSearches(t *testing.T) {
	for _, source := range []string{
		`return s:find(".-.-c")`,
		`return s:find("(a*)(.-)b(.-)()$", 2)`,
		`return s:find("^(.-)(.-)b(.-)c")`,
		`return s:match(".-(a-)(b)")`,
		`return s:match(".-(.-)c")`,
		`local n, last = 0 for a, b in s:gmatch("a-(.-)(ab)") do n, last = n + #a, b end return n, last`,
		`local n = 0 for w in (s .. "c"):gmatch(".-.-c") do n = n + #w end return n`,
		`return s:gsub(".-.-c", "x")`,
		`return (s .. s):gsub("b", "<%0%0>")`,
		`return ("x"):rep(20000):gsub("", "-")`,
		`return ("x"):rep(20000):gsub("x", { x = "yy" })`,
		`return (s .. "c" .. s):gsub("(.-.-)c", function(a) return #a end)`,
		`return (s .. "c" .. s):gsub("(.-.-)c", function(a) return select(2, s:find(".-.-c")), s:find(".-.-b") end)`,
		`return (s .. "c"):gsub("(.-.-)c", setmetatable({}, { __index = function(t, k) return #k end }))`,
		`return s:gsub(".-.-c", true)`,
		`return pcall(string.gsub, s .. "c", ".-.-c", true)`,
		`return pcall(string.find, s, ".-.-c%")`,
		`local f = (s .. "c" .. s .. "c"):gmatch("(.-.-)c")
		local co = coroutine.wrap(function() return f() end)
		return #co(), #f(), f()`,
	} {
		vm := lua.NewVM(lua.Options{})
		lualib.Open(vm)
		load := func(source string) lua.Value {
			f, err := vm.Load(`local s = ("a"):rep(1500) .. "b" `+source, "=test", nil)
			if err != nil {
				t.Fatal(err)
			}
			return f
		}
		want, err := vm.Call(load(source))
		if err != nil {
			t.Fatal(source, err)
		}
		co := vm.NewThread(load(source))
		other := vm.NewThread(load(`while true do s:find("()(a)a-b") s:gsub("a", "b") s:gsub("b$", function() end) coroutine.yield() end`))
		var got []lua.Value
		slices := 0
		for more := true; more; more = co.Preempted() {
			if got, err = co.ResumeFor(time.Nanosecond); err != nil {
				t.Fatal(source, err)
			}
			if _, err := other.Resume(); err != nil {
				t.Fatal(err)
			}
			slices++
		}
		if fmt.Sprint(got) != fmt.Sprint(want) {
			t.Errorf("%s gives %v, not %v", source, got, want)
		}
		if slices < 2 {
			t.Errorf("%s took a single slice", source)
		}
	}
}

// What was paused ends when its run time is over, or when it is killed.
func TestPausedSearchEnds(t *testing.T) {
	vm := lua.NewVM(lua.Options{})
	lualib.Open(vm)
	load := func(source string) lua.Value {
		f, err := vm.Load(source, "=test", nil)
		if err != nil {
			t.Fatal(err)
		}
		return f
	}
	long := load(`local s = ("a"):rep(20000) local ok, message = pcall(s.find, s, ".-.-.-b") return message`)
	co := vm.NewThread(long)
	co.LimitRunTime(20*time.Millisecond, time.Second)
	var got []lua.Value
	for more := true; more; more = co.Preempted() {
		var err error
		if got, err = co.ResumeFor(time.Millisecond); err != nil {
			t.Fatal(err)
		}
	}
	if fmt.Sprint(got) != "[test:1: Too long without yielding]" {
		t.Error(got)
	}
	co = vm.NewThread(long)
	if _, err := co.ResumeFor(time.Millisecond); err != nil || !co.Preempted() {
		t.Fatal(err)
	}
	if err := co.Kill(lua.String("enough")); err != nil || co.Status() != lua.Dead {
		t.Error(err, co.Status())
	}
	if got, err := vm.Call(load(`return ("aab"):find("a-b"), ("aab"):gsub("a", "b")`)); err != nil || fmt.Sprint(got) != "[1 bbb 2]" {
		t.Error(got, err)
	}
}
