package runtime_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/luart/luart/lua"
	"github.com/luart/luart/runtime"
	"github.com/luart/luart/stdlib"
	"github.com/luart/luart/stdlib/term"
)

// writeFiles makes files in a new folder.
func writeFiles(t *testing.T, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range files {
		path := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// smallSystem is a system with next to nothing: it runs what is in /rom/autorun, with a shell, as CraftOS does.
var smallSystem = map[string]string{
	"bios.lua": `
		term.write("booting")
		for _, name in ipairs(fs.list("rom/autorun")) do
			local file = fs.open("rom/autorun/" .. name, "r")
			local source = file.readAll()
			file.close()
			function loadfile(path, mode, env)
				local f = fs.open(path, "r")
				if not f then return nil, "File not found" end
				return load(f.readAll(), "@/" .. path, mode, env)
			end
			local env = setmetatable({ shell = { name = "small" } }, { __index = _G })
			function env.require() return { make = function() return function() end, {} end } end
			assert(load(source, "@" .. name, nil, env))()
		end
		term.write("ended")
		os.shutdown()
		while true do coroutine.yield() end`,
	"rom/autorun/first.lua": "_G.first = 'ran first'",
	"rom/here.txt":          "x",
}

func TestForeignSystem(t *testing.T) {
	dir := writeFiles(t, smallSystem)
	root := writeFiles(t, map[string]string{"p.lua": "term.write(shell.name .. ' ' .. arg[1] .. ' ' .. first .. ' ' .. tostring(_LUART)) term.setCursorPos(1, 2) term.write(fs.exists('rom/here.txt') and fs.isReadOnly('rom/autorun') and 'rom')"})
	for _, test := range []struct {
		name    string
		code    string
		options []runtime.Option
		out     string
		message string
	}{
		{"file", "", []runtime.Option{runtime.WithROM(filepath.Join(dir, "rom"))}, "", ""},
		{"code", "term.write(('x'):rep(3) .. ' ' .. ...)", nil, "xxx one", ""},
		{"error", "term.write('a')\nerror('oh no')", nil, "a", "test:2: oh no"},
		{"error value", "error({})", nil, "", "table: "},
		{"syntax error", "x = ", nil, "", "test:1: unexpected symbol near"},
		{"shutdown", "os.shutdown()", nil, "", ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			r := run(t, test.code, append([]runtime.Option{runtime.WithRoot(root), runtime.WithROM(dir), runtime.WithArgs("one")}, test.options...)...)
			switch {
			case r.out != test.out:
				t.Errorf("output %q, want %q", r.out, test.out)
			case test.message == "" && r.err != nil, test.message != "" && (r.err == nil || !strings.HasPrefix(r.err.Error(), test.message) || r.code != 1):
				t.Errorf("%d, %v, want %q", r.code, r.err, test.message)
			}
		})
	}
	var out text
	c, err := runtime.New(runtime.WithRoot(root), runtime.WithROM(dir), runtime.WithProgram("p.lua"), runtime.WithArgs("one"), runtime.WithStdout(&out))
	if err != nil {
		t.Fatal(err)
	}
	if code, err := c.Run(t.Context()); code != 0 || err != nil || out.String() != "small one ran first nil\nrom" {
		t.Errorf("%d, %v, %q", code, err, out.String())
	}
}

func TestForeignSystemWithoutProgram(t *testing.T) {
	bios := map[string]string{"bios.lua": "term.write(tostring(_LUART) .. ' ' .. #fs.list('rom')) os.shutdown(3)", "rom/x": ""}
	var out text
	c, err := runtime.New(runtime.WithROM(writeFiles(t, bios)), runtime.WithShell(), runtime.WithStdout(&out))
	if err != nil {
		t.Fatal(err)
	}
	if code, err := c.Run(t.Context()); code != 3 || err != nil || out.String() != "nil 1" {
		t.Errorf("%d, %v, %q", code, err, out.String())
	}
}

// A system that doesn't run the program is a failure, lest silence be taken for success.
func TestForeignSystemThatRunsNothing(t *testing.T) {
	for _, bios := range []string{"os.shutdown()", "return", "error('x')", "x = = 1"} {
		r := run(t, "", runtime.WithROM(writeFiles(t, map[string]string{"bios.lua": bios, "rom/x": ""})))
		if r.code != 1 || r.err == nil {
			t.Errorf("%s: %+v", bios, r)
		}
	}
}

func TestBadROM(t *testing.T) {
	for _, files := range []map[string]string{{}, {"bios.lua": ""}, {"rom/x": ""}, {"bios.lua": "", "rom": "a file"}, {"bios.lua/x": "", "rom/x": ""}} {
		if _, err := runtime.New(runtime.WithROM(writeFiles(t, files))); err == nil || !strings.Contains(err.Error(), "must have a bios.lua and a folder rom") {
			t.Errorf("%v: %v", files, err)
		}
	}
}

// What the host adds is there before the bios runs, at each boot.
func TestWithAPI(t *testing.T) {
	boots := 0
	open := func(c stdlib.Computer) {
		boots++
		c.VM().Globals().SetString("boots", lua.Int(boots))
	}
	r := run(t, "print(boots, fs ~= nil, _HOST) if boots == 1 then os.reboot() end", runtime.WithAPI(open), runtime.WithHostName("Mine 1.0"))
	if r.err != nil || r.out != "1\ttrue\tMine 1.0\n2\ttrue\tMine 1.0\n" {
		t.Errorf("%+v", r)
	}
}

// printError is red on a screen, and print goes on in the colour before.
func TestPrintErrorOnAScreen(t *testing.T) {
	screen := term.NewScreen(10, 3, true)
	if r := run(t, "printError('bad') write('good')", runtime.WithScreen(screen)); r.err != nil || r.out != "" {
		t.Errorf("%+v", r)
	}
	shot := screen.Snapshot()
	if rowOf(shot, 0) != "bad       " || shot.Row(0)[0].Text != 14 || rowOf(shot, 1) != "good      " || shot.Row(1)[0].Text != 0 {
		t.Errorf("%+v", shot.Cells)
	}
}
