package lualib

import (
	"testing"
	"time"

	"github.com/luart/luart/lua"
)

// Library functions that would take ages end when the deadline of the VM has passed, and the program can catch it.
func TestDeadline(t *testing.T) {
	for _, source := range []string{
		`string.find(("a"):rep(1e4), (".-"):rep(1e4) .. "b")`,
		`string.match(("a"):rep(1e4), ("a*"):rep(100) .. "b")`,
		`string.gsub(("a"):rep(1e4), ("a?"):rep(1e4) .. ("a"):rep(1e4 + 1), "")`,
		`for x in ("a"):rep(1e4):gmatch((".-"):rep(1e4) .. "b") do end`,
		`string.gsub(("a"):rep(1e4), (".-"):rep(1e4) .. "b", function() end)`,
		`string.gsub(("a"):rep(1e4), (".-"):rep(1e4) .. "b", {})`,
		`table.remove({1}, -2^31)`,
		`table.insert({1}, -2^31, 1)`,
		`table.move({}, 1, 2^31 - 2, 2)`,
		`table.move({}, 1, 2^31 - 2, 2, {})`,
		`table.move(setmetatable({}, {}), 1, 2^31 - 2, 2)`,
		`table.remove(setmetatable({}, {}), -2^31)`,
		`table.concat(setmetatable({}, {__index = function() return "" end}), "", 1, 2^31 - 1)`,
		`table.foreach({1}, function() while true do end end)`,
		`while true do table.sort({3, 2, 1}, function(a, b) return a > b end) end`,
		`table.sort(setmetatable({}, {__len = function() return 2^20 end, __index = function(t, k) return -k end, __newindex = function() while true do end end}))`,
		`while true do string.format("%s", setmetatable({}, {__tostring = function() return "" end})) end`,
		`while true do ("x"):rep(1000):upper():reverse():byte(1, -1) end`,
	} {
		vm := newVM(lua.Options{Memory: 256 << 20})
		f, err := vm.Load("return pcall(function() "+source+" end)", "=t", nil)
		if err != nil {
			t.Fatal(err)
		}
		begin := time.Now()
		vm.SetDeadline(20*time.Millisecond, time.Minute)
		results, err := vm.Call(f)
		if err != nil {
			t.Errorf("%s: %v", source, err)
			continue
		}
		if len(results) != 2 || results[1].String() != "t:1: Too long without yielding" {
			t.Errorf("%s: %v", source, results)
		}
		if d := time.Since(begin); d > 5*time.Second {
			t.Errorf("%s: took %v", source, d)
		}
		vm.SetDeadline(0, 0)
	}
}
