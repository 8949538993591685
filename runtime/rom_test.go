package runtime_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/luart/luart/runtime"
)

// TestROM checks the Lua that comes with the binary: what a program prints.
func TestROM(t *testing.T) {
	dir := t.TempDir()
	for name, source := range map[string]string{
		"env.lua": "return _ENV", "bad.lua": "return return", "shebang.lua": "#!/bin/luart\nreturn debug.getinfo(1, 'l').currentline",
		"bom.lua": "\xef\xbb\xbfreturn 'bom'", "api.lua": "function f() return 'api' end\nlocal hidden = 1\nvalue = 5", "broken_api.lua": "error('no')",
		"fails.lua": "error('failed')", "args.lua": "print(...)", "mod/init.lua": "return 'init'", "loop.lua": "return require 'loop'",
		"one.lua": "count = (count or 0) + 1\nreturn nil", "false.lua": "return false", "self.lua": "package.loaded.self = 'set'",
	} {
		path := filepath.Join(dir, name)
		os.MkdirAll(filepath.Dir(path), 0o777)
		if err := os.WriteFile(path, []byte(source), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	for _, test := range []struct{ code, want string }{
		{"print(os.version(), _HOST:match('^ComputerCraft [%d.]+ %(luart') ~= nil, _CC_DEFAULT_SETTINGS == '')", "CraftOS 1.9\ttrue\ttrue"},
		{"print(pcall(sleep, false))", "false\tbad argument #1 (number expected, got boolean)"},
		{"sleep() sleep(1) print(os.clock())", "1.05"},
		{"print(pcall(write, nil))", "false\tbad argument #1 (string or number expected, got nil)"},
		{"print(bit.band(6, 3), bit.brshift(-8, 1), bit.blogic_rshift(-8, 1), bit.bnot(0))", "2\t4294967292\t2147483644\t4294967295"},

		{"print(loadfile('no'))", "nil\tFile not found"},
		{"print(loadfile(''))", "nil\tFile not found"},
		{"print(loadfile('bad.lua'))", "nil\t/bad.lua:1: unexpected symbol near 'return'"},
		{"print(loadfile('env.lua')() == _G, loadfile('env.lua', { 1 })()[1], loadfile('env.lua', 't', { 2 })()[1])", "true\t1\t2"},
		{"print(pcall(loadfile))", "false\tbad argument #1 (string expected, got nil)"},
		{"print(pcall(loadfile, '', false))", "false\tbad argument #2 (string expected, got boolean)"},
		{"print(pcall(loadfile, '', '', false))", "false\tbad argument #3 (table expected, got boolean)"},
		{"print(debug.getinfo(loadfile('/env.lua'), 'S').source)", "@/env.lua"},
		{"print(dofile('shebang.lua'), dofile('bom.lua'), dofile('env.lua') == _G)", "2\tbom\ttrue"},
		{"print(pcall(dofile, 'no'))", "false\tFile not found"},

		{"print(os.run({}, 'args.lua', 1, 2))", "1\t2\ntrue"},
		{"print(os.run({}, 'fails.lua'))", "/fails.lua:1: failed\nfalse"},
		{"print(os.run({}, 'no'))", "File not found\nfalse"},
		{"print(os.loadAPI('api.lua'), api.f(), api.value, api.hidden, f)", "true\tapi\t5\tnil\tnil"},
		{"os.loadAPI('api.lua') os.unloadAPI('api') print(api) os.unloadAPI('_G') print(_G ~= nil)", "nil\ntrue"},
		{"print(os.loadAPI('broken_api.lua'))", "Failed to load API broken_api due to /broken_api.lua:1: no\nfalse"},
		{"print(pcall(os.loadAPI))", "false\tbad argument #1 (string expected, got nil)"},

		{"print(require 'mod', require 'mod.init', require('false'), require 'self')", "init\tinit\tfalse\tset"},
		{"print(require 'one', require 'one', count)", "true\ttrue\t1"},
		{"print(pcall(require, 'loop'))", "false\tloop or previous error loading module 'loop'"},
		{"package.path = '/?;x/?.lua' print(select(2, pcall(require, 'a.b')))",
			"module 'a.b' not found:\n  no field package.preload['a.b']\n  no file '/a/b'\n  no file 'x/a/b.lua'"},
		{"package.path = '?.lua' print(select(2, pcall(require, 'bad')))",
			"module 'bad' not found:\n  no field package.preload['bad']\n  /bad.lua:1: unexpected symbol near 'return'"},
		{"package.preload.p = function(...) return { ... } end print(#require 'p', require('p')[1], require 'p' == require 'p')", "1\tp\ttrue"},
		{"print(package.loaded.string == string, package.loaded._G == _G, package.loaded.package == package, package.config == '/\\n;\\n?\\n!\\n-')", "true\ttrue\ttrue\ttrue"},
		{"print(package.searchpath('a.b', '?.x;rom/apis/?.lua'), package.searchpath('parallel', '/rom/apis/?.lua'))", "nil\t/rom/apis/parallel.lua"},
		{"package.path = 1 print(select(2, pcall(require, 'z')))", "'package.path' must be a string"},
		{"print(pcall(require))", "false\tbad argument #1 (string expected, got nil)"},
		{"local r, p = require 'cc.require'.make({}, '/mod') print(r 'init', p ~= package)", "init\ttrue"},

		{"local e = require 'cc.expect'.expect print(e(1, 'x', 'string'), pcall(e, 2, 1, 'nil'))", "x\tfalse\ttest:1: bad argument #2 (nil expected, got number)"},
		{"local e = require 'cc.expect' print(pcall(e.expect, 2, false, 'string', 'table', 'number', 'nil'))", "false\ttest:1: bad argument #2 (string, table or number expected, got boolean)"},
		{"local e = require 'cc.expect' print(pcall(e.expect, 1, setmetatable({}, { __name = 'Thing' }), 'string', 'number'))", "false\ttest:1: bad argument #1 (string or number expected, got Thing)"},
		{"local e = require 'cc.expect' local function f(x) e.expect(1, x, 'string') end\nlocal function g() f() end\nprint(pcall(g))", "false\ttest:2: bad argument #1 to 'f' (string expected, got nil)"},
		{"local e = require 'cc.expect' print(e(1, 2, 'number'), e.field({ k = 1 }, 'k', 'number'), e.field({}, 'k', 'nil'))", "2\t1\tnil"},
		{"local e = require 'cc.expect' print(pcall(e.field, {}, 'k', 'string', 'number'))", "false\ttest:1: field 'k' missing from table"},
		{"local e = require 'cc.expect' print(pcall(e.field, { l = 1 }, 'l', 'nil'))", "false\ttest:1: bad field 'l' (nil expected, got number)"},
		{"local e = require 'cc.expect' print(e.range(2), e.range(1, 1, 1), pcall(e.range, 0, 1))", "2\t1\tfalse\ttest:1: number outside of range (expected 0 to be within 1 and inf)"},
		{"local e = require 'cc.expect' print(pcall(e.range, 0 / 0, 1, 2))", "false\ttest:1: number outside of range (expected nan to be within 1 and 2)"},

		{"print(parallel.waitForAny(), parallel.waitForAll())", "0"},
		{"print(pcall(parallel.waitForAny, type, 2))", "false\tbad argument #2 (function expected, got number)"},
		{"print(parallel.waitForAny(function() sleep(1) end, function() sleep(0.5) end))", "2"},
		{"print(pcall(parallel.waitForAll, function() sleep(0) error('x') end, function() sleep(9) end))", "false\ttest:1: x"},
		{"local log = {} local function f(n) return function() local e = os.pullEvent('e') log[#log + 1] = n .. e e = os.pullEvent() log[#log + 1] = n .. e end end " +
			"os.queueEvent('x') os.queueEvent('e') os.queueEvent('y') parallel.waitForAll(f(1), f(2)) print(table.concat(log, ' '))", "1e 2e 1y 2y"},
		{"local function f() return os.pullEventRaw('never') end os.queueEvent('terminate') local r parallel.waitForAny(function() r = f() end) print(r)", "terminate"},
		{"local n = 0 local fs = {} for i = 1, 50 do fs[i] = function() n = n + 1 sleep(0) n = n + 1 end end parallel.waitForAll(table.unpack(fs)) print(n)", "100"},

		{"local names = {} for k in pairs(http) do names[#names + 1] = k end table.sort(names) print(table.concat(names, ' '):match('listen') ~= nil, http.openListener)", "true\tnil"},
	} {
		r := run(t, test.code, runtime.WithRoot(dir))
		if got := strings.TrimSuffix(r.out, "\n"); r.err != nil || got != test.want {
			t.Errorf("%s\n got %q, %v\nwant %q", test.code, got, r.err, test.want)
		}
	}
}
