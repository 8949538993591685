package runtime_test

import (
	"testing"
	"time"

	glua "github.com/yuin/gopher-lua"

	"github.com/luart/luart/runtime"
)

// A module for gopher-lua is opened when it is first required, once a boot; its loader gets the name, and tells by its result what the module is.
func TestGopherModules(t *testing.T) {
	opened := 0
	counter := func(l *glua.LState) int {
		opened++
		name := l.CheckString(1)
		l.Push(l.SetFuncs(l.NewTable(), map[string]glua.LGFunction{
			"name":  func(l *glua.LState) int { l.Push(glua.LString(name)); return 1 },
			"twice": func(l *glua.LState) int { l.Push(l.CheckNumber(1) * 2); return 1 },
		}))
		return 1
	}
	option := runtime.WithGopherModule("my.counter", counter)
	if r := run(t, "print(1)", option); r.err != nil || opened != 0 {
		t.Errorf("%+v, opened %d times", r, opened)
	}
	r := run(t, `
		local m = require "my.counter"
		print(m.name(), m.twice(21), require "my.counter" == m, require("cc.require").make({}, "") "my.counter" == m)
		print(require "silent", require "host".version)`,
		option, runtime.WithGopherModule("silent", func(*glua.LState) int { return 0 }), runtime.WithVersion("7"))
	if want := "my.counter\t42\ttrue\ttrue\ntrue\t7\n"; r.err != nil || r.out != want || opened != 1 {
		t.Errorf("opened %d times, got %q, %v\nwant %q", opened, r.out, r.err, want)
	}
}

// Modules of one's own replace those that are always there.
func TestGopherModuleReplaces(t *testing.T) {
	own := func(l *glua.LState) int { l.Push(glua.LString("own")); return 1 }
	r := run(t, `print(require "host", require "gluahttp")`,
		runtime.WithGopherModule("host", own), runtime.WithGopherModule("gluahttp", own))
	if r.err != nil || r.out != "own\town\n" {
		t.Errorf("%+v", r)
	}
}

// A module gets nothing of the host's: no files, no processes. What it prints is in the log.
func TestGopherStateIsClosed(t *testing.T) {
	r := run(t, `print(require "look")`, runtime.WithGopherModule("look", func(l *glua.LState) int {
		err := l.DoString(`
			local found = {}
			for _, name in ipairs { "io", "os", "debug", "channel", "dofile", "loadfile" } do
				if _G[name] ~= nil then found[#found + 1] = name end
			end
			print("to the log")
			return table.concat(found, " ") .. (pcall(require, "os") and "os" or "") .. (pcall(require, "nothing") and "?" or "")`)
		if err != nil {
			l.RaiseError("%s", err.Error())
		}
		return 1
	}))
	if r.err != nil || r.out != "\n" {
		t.Errorf("%+v", r)
	}
}

func TestGopherOptions(t *testing.T) {
	loader := func(*glua.LState) int { return 0 }
	for _, bad := range [][]runtime.Option{
		{runtime.WithGopherModule("", loader)},
		{runtime.WithGopherModule("x", nil)},
		{runtime.WithGopherModule("x", loader), runtime.WithGopherModule("x", loader)},
		{runtime.WithGopherTimeout(0)},
		{runtime.WithGopherTimeout(-time.Second)},
	} {
		if _, err := runtime.New(bad...); err == nil {
			t.Error("no error")
		}
	}
}

// Each boot has a state of its own: a loader that counts in the state begins anew after os.reboot.
func TestGopherModulesOfBoots(t *testing.T) {
	loader := func(l *glua.LState) int {
		n := glua.LVAsNumber(l.GetGlobal("count")) + 1
		l.SetGlobal("count", n)
		l.Push(n)
		return 1
	}
	r := run(t, `
		print(require "a", require "b")
		if fs.exists("/again") then return end
		fs.open("/again", "w").close()
		os.reboot()`,
		runtime.WithRoot(t.TempDir()), runtime.WithGopherModule("a", loader), runtime.WithGopherModule("b", loader))
	if r.err != nil || r.out != "1\t2\n1\t2\n" {
		t.Errorf("%.200v %v", r.out, r.err)
	}
}
