package lualib

import (
	"strings"
	"testing"
	"time"

	"github.com/luart/luart/lua"
)

// Texts that a program can make as long as it likes count, wherever they come from: else a script that keeps them ends the process.
func TestTextsCount(t *testing.T) {
	const prelude = `
		local big = ("x"):rep(1e5)
		local named = setmetatable({}, { __name = big })
		local whole = load("local a = 1 --" .. big)
		local long = load("local " .. big .. " = 1 local function f() return " .. big .. " end return debug.getlocal(1, 1), debug.setlocal(1, 1, 2), f")
		local kept = {}
		for i = 1, 1000 do kept[i] = `
	if got := run(t, newVM(lua.Options{Memory: 16 << 20}), prelude+"big end"); got != "" {
		t.Fatal(got)
	}
	for _, source := range []string{
		`select(2, pcall(function() error(big) end))`,
		`select(2, pcall(assert, false, big))`,
		`select(2, pcall(string.rep, named))`,
		`select(2, pcall(table.concat, { named }))`,
		`select(2, pcall(function() return named + 1 end))`,
		`tostring(named)`,
		`select(2, load("", "=x", big))`,
		`load("", "=" .. big .. i)`,
		`debug.traceback(big)`,
		`debug.getinfo(whole, "S")`,
		`(long())`,
		`select(2, long())`,
		`debug.getupvalue(select(3, long()), 1)`,
		`debug.setupvalue(select(3, long()), 1, 3)`,
	} {
		vm := newVM(lua.Options{Memory: 16 << 20})
		if got := run(t, vm, prelude+source+" end"); !strings.HasSuffix(got, "not enough memory") {
			t.Errorf("%s: %.100q", source, got)
		}
	}
}

// What getinfo returns counts, and an option that is given again and again is looked at once.
func TestInfosCount(t *testing.T) {
	vm := newVM(lua.Options{Memory: 16 << 20})
	begin := time.Now()
	if got := run(t, vm, `local f = load(("x = 1\n"):rep(1000)) return #debug.getinfo(f, ("L"):rep(1e6)).activelines`); got != "1001" {
		t.Error(got)
	}
	if took := time.Since(begin); took > 20*time.Second { // once for each of them takes minutes
		t.Errorf("took %v", took)
	}
	if got := run(t, vm, `local kept = {} for i = 1, 30000 do kept[i] = debug.getinfo(1) end`); !strings.HasSuffix(got, "not enough memory") {
		t.Error(got)
	}
}

// A function whose upvalue is joined has code of its own, as do the functions in it.
func TestJoinedCodeCounts(t *testing.T) {
	vm := newVM(lua.Options{Memory: 16 << 20})
	got := run(t, vm, `
		local body = load("return function(a) return function() return a, function() " .. ("x = a "):rep(10000) .. " end end end")()
		local kept = {}
		for i = 1, 1000 do
			local cell = 1
			kept[i] = body(1)
			debug.upvaluejoin(kept[i], 1, function() cell = cell + 1 return cell end, 1)
		end`)
	if !strings.HasSuffix(got, "not enough memory") {
		t.Error(got)
	}
}
