package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"
)

// luart is the built command.
var luart string

func TestMain(m *testing.M) {
	dir, err := os.MkdirTemp("", "luart")
	if err != nil {
		panic(err)
	}
	luart = filepath.Join(dir, "luart.exe") // the ending is Windows's, and harmless elsewhere
	build := exec.Command("go", "build", "-o", luart, "-ldflags", "-s -w -X main.version=v1.2.3", ".")
	build.Stderr = os.Stderr
	if err := build.Run(); err != nil {
		fmt.Fprintln(os.Stderr, "building the command:", err)
		os.Exit(1)
	}
	os.Setenv("XDG_STATE_HOME", filepath.Join(dir, "state")) // not the user's
	code := m.Run()
	os.RemoveAll(dir)
	os.Exit(code)
}

// The command is one file that everybody can carry around: at most 40 MB, as releases are built.
func TestCommandIsSmall(t *testing.T) {
	info, err := os.Stat(luart)
	if err != nil {
		t.Fatal(err)
	}
	if info.Size() > 40e6 {
		t.Errorf("the command has %d bytes", info.Size())
	}
}

// folder makes a folder with files in it.
func folder(t testing.TB, files map[string]string) string {
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

// command runs luart in a folder.
func command(t *testing.T, dir, stdin string, args ...string) (code int, stdout, stderr string) {
	t.Helper()
	var out, errs strings.Builder
	cmd := exec.CommandContext(t.Context(), luart, args...)
	cmd.Dir, cmd.Stdin, cmd.Stdout, cmd.Stderr = dir, strings.NewReader(stdin), &out, &errs
	err := cmd.Run()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	return cmd.ProcessState.ExitCode(), out.String(), errs.String()
}

func TestCommandLine(t *testing.T) {
	dir := folder(t, map[string]string{
		"hello.lua":       "#!/usr/bin/env luart\nprint('hello', ...)",
		"bad.lua":         "local x = 1\nlocal y = = 2",
		"fails.lua":       "local function f()\n  error('oh no')\nend\nf()",
		"app/main.lua":    "local m = require 'lib.m'\nprint(m(), fs.exists('app'), fs.exists('main.lua'))",
		"app/lib/m.lua":   "return function() return 'module' end",
		"a/long/path.lua": "error('far')",
		"run":             "print('a program called run')",
		"utf16.lua":       "\xff\xfep\x00",
		"compiled.lua":    "\x1bLua\x52",
		"binary":          "\x7fELF\x02\x01",
		"windows.lua":     "\xef\xbb\xbf#!/usr/bin/env luart\r\nprint('notepad')\r\n",
	})
	elsewhere := folder(t, map[string]string{"tool.lua": "print(fs.exists('tool.lua'), fs.exists('hello.lua'), require('m'))", "m.lua": "return 'm'"})
	tool := filepath.Join(elsewhere, "tool.lua")
	for _, test := range []struct {
		name  string
		args  []string
		stdin string
		code  int
		out   string
		err   string // a pattern
	}{
		{name: "run", args: []string{"run", "hello.lua", "a", "b"}, out: "hello\ta\tb\n"},
		{name: "without run", args: []string{"hello.lua", "a"}, out: "hello\ta\n"},
		{name: "arguments with dashes", args: []string{"hello.lua", "--flag", "-x", "--", "--help", "--root", "q"}, out: "hello\t--flag\t-x\t--\t--help\t--root\tq\n"},
		{name: "run, arguments with dashes", args: []string{"run", "hello.lua", "--flag"}, out: "hello\t--flag\n"},
		{name: "flags before", args: []string{"--id", "3", "--label=box", "--memory=64M", "--timeout", "1m", "run"}, err: "FILE to run is missing", code: 2},
		{name: "a program called run", args: []string{"run", "run"}, out: "a program called run\n"},
		{name: "code", args: []string{"-e", "print(1, ...)", "a", "-b"}, out: "1\ta\t-b\n"},
		{name: "code, id, label", args: []string{"--id", "3", "--label=box", "-e", "print(os.getComputerID(), os.getComputerLabel())"}, out: "3\tbox\n"},
		{name: "empty code", args: []string{"-e", ""}},
		{name: "input", args: []string{"-e", "print(read(), read(), read())"}, stdin: "x\ny", out: "x\ty\tnil\n"},
		{name: "program from input", args: []string{"-", "a"}, stdin: "#!x\nprint(..., arg[0], read())", out: "a\tstdin\tnil\n"},
		{name: "version", args: []string{"version"}, out: "luart v1.2.3", err: "^$"},
		{name: "help", args: []string{"--help"}, out: "luart runs CraftOS Lua programs.", err: "^$"},
		{name: "help of run", args: []string{"run", "--help"}, out: "Usage: luart run"},
		{name: "nothing", code: 2, err: "try: luart -e"},

		{name: "shutdown", args: []string{"-e", "os.shutdown(7)"}, code: 7},
		{name: "error", args: []string{"fails.lua"}, code: 1, err: `^fails\.lua:2: oh no\nstack traceback:\n\t\[C\]: in function 'error'\n\tfails\.lua:2: in .*\n\tfails\.lua:4: in main chunk\n$`},
		{name: "error, long path", args: []string{filepath.Join(dir, "a", "long", "path.lua")}, code: 1, err: "^" + regexp.QuoteMeta(filepath.ToSlash(filepath.Join(dir, "a", "long", "path.lua"))) + ":1: far\n"},
		{name: "error in code", args: []string{"-e", "error('x')"}, code: 1, err: `^\(command line\):1: x\n`},
		{name: "syntax error", args: []string{"bad.lua"}, code: 1, err: `^bad\.lua:2: unexpected symbol near '='\n$`},
		{name: "too long", args: []string{"--timeout", "50ms", "-e", "while true do end"}, code: 124, err: `:1: Too long without yielding\n(.*\n)*luart: the program ran for more than 50ms without yielding; .*--timeout`},
		{name: "far too long", args: []string{"--timeout", "50ms", "-e", "while true do pcall(function() while true do end end) end"}, code: 124, err: `Error running computer: Too long without yielding`},
		{name: "code with flags", args: []string{"-e", "print(...)", "--label", "x"}, out: "--label\tx\n"},
		{name: "run code with flags", args: []string{"run", "--id", "5", "-e", "print(os.getComputerID(), ...)", "--id"}, out: "5\t--id\n"},
		{name: "code missing", args: []string{"-e"}, code: 2, err: `-e wants the code to run`},
		{name: "help command", args: []string{"help"}, out: "luart runs CraftOS Lua programs"},
		{name: "version flag", args: []string{"--version"}, out: "luart "},
		{name: "seconds", args: []string{"--timeout", "5", "-e", "print(1)"}, out: "1\n"},
		{name: "bytes", args: []string{"--memory", "256", "-e", "print(1)"}, code: 2, err: `did you mean 256MiB`},
		{name: "memory", args: []string{"--memory", "8MiB", "-e", "local t = {} while true do t[#t + 1] = ('x'):rep(1000) .. #t end"}, code: 124, err: `:1: not enough memory\n(.*\n)*luart: the program's values took more than 8MiB; .*--memory`},

		{name: "unknown flag", args: []string{"--nope", "hello.lua"}, code: 2, err: `^luart: unknown flag --nope(.*)\nluart --help`},
		{name: "bad memory", args: []string{"--memory", "lots", "hello.lua"}, code: 2, err: `"lots" is not a size; write 256MiB`},
		{name: "negative memory", args: []string{"--memory=-1", "hello.lua"}, code: 2, err: `not a size`},
		{name: "bad timeout", args: []string{"--timeout", "soon", "hello.lua"}, code: 2, err: `--timeout`},
		{name: "negative timeout", args: []string{"--timeout=-1s", "hello.lua"}, code: 2, err: `the timeout is negative`},
		{name: "bad root", args: []string{"--root", "no/such", "hello.lua"}, code: 2, err: `the root folder: .*no/such`},
		{name: "unknown flag of run", args: []string{"run", "--nope", "hello.lua"}, code: 2, err: `^luart: unknown flag --nope\nluart --help`},
		{name: "unknown flag of another command", args: []string{"serve", "--nope"}, code: 2, err: `^luart: unknown flag --nope\nluart serve --help lists what there is\.\n$`},
		{name: "a command misspelt", args: []string{"sreve"}, code: 1, err: `^luart: there is no file sreve in .*; did you mean luart serve\?\n$`},
		{name: "a command missing", args: []string{"pkg"}, code: 2, err: `^luart: a command is missing: luart pkg init\|search\|info\|add\|remove\|list\|update\|channel\nluart pkg --help`},
		{name: "no such command", args: []string{"pkg", "instal"}, code: 2, err: `^luart: unexpected argument instal; the commands of luart pkg are: init, search, .*\nluart pkg --help`},
		{name: "a command of a command misspelt", args: []string{"pkg", "serach"}, code: 2, err: `^luart: unexpected argument serach, did you mean "search"\?\n`},
		{name: "an argument missing", args: []string{"pkg", "info"}, code: 2, err: `^luart: <package> is missing: luart pkg info <package> \[flags\]\nluart pkg info --help`},
		{name: "help of a command", args: []string{"help", "pkg", "add"}, out: "Usage: luart pkg add "},
		{name: "text in UTF-16", args: []string{"utf16.lua"}, code: 1, err: `^luart: utf16\.lua is a text in UTF-16; save it as UTF-8\n$`},
		{name: "compiled", args: []string{"compiled.lua"}, code: 1, err: `^luart: compiled\.lua is compiled Lua, which luart does not run; give its source\n$`},
		{name: "binary", args: []string{"binary"}, code: 1, err: `^luart: binary is no Lua program, but a binary file; check the name\n$`},
		{name: "byte order mark, carriage returns", args: []string{"windows.lua"}, out: "notepad\n"},
		{name: "a mount that isn't there", args: []string{"--mount", "nope:/x", "hello.lua"}, code: 2, err: `nope.*; make it, or give another one`},
		{name: "no such file", args: []string{"none.lua"}, code: 1, err: `^luart: there is no file none\.lua in .*; check the name`},
		{name: "no ending", args: []string{"hello"}, code: 1, err: `did you mean hello\.lua\?`},
		{name: "a folder", args: []string{"app"}, code: 1, err: `^luart: app is a folder; give a Lua file, such as app.main\.lua\n`},
		{name: "an empty folder", args: []string{"a/"}, code: 1, err: `is a folder; give a Lua file\n`},

		{name: "modules", args: []string{"app/main.lua"}, out: "module\ttrue\tfalse\n"},
		{name: "root", args: []string{"--root", "app", "app/main.lua"}, out: "module\tfalse\ttrue\n"},
		{name: "a file elsewhere", args: []string{tool}, out: "true\tfalse\tm\n"},
		{name: "a file outside of the root", args: []string{"--root", ".", tool}, code: 1, err: `module 'm' not found`},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			code, out, errs := command(t, dir, test.stdin, test.args...)
			if code != test.code {
				t.Errorf("exit code %d, want %d", code, test.code)
			}
			if (strings.HasSuffix(test.out, "\n") || test.out == "") && out != test.out || !strings.HasPrefix(out, test.out) {
				t.Errorf("output %q, want %q", out, test.out)
			}
			if test.err == "" {
				test.err = "^$"
			}
			if !regexp.MustCompile(test.err).MatchString(errs) {
				t.Errorf("error output does not match %s:\n%s", test.err, errs)
			}
		})
	}
}

func TestUnreadableFile(t *testing.T) {
	dir := folder(t, map[string]string{"secret.lua": ""})
	if err := os.Chmod(filepath.Join(dir, "secret.lua"), 0); err != nil {
		t.Fatal(err)
	}
	if f, err := os.Open(filepath.Join(dir, "secret.lua")); err == nil {
		f.Close()
		t.Skip("this user may read everything")
	}
	code, _, errs := command(t, dir, "", "secret.lua")
	if code != 1 || !strings.Contains(errs, "secret.lua can't be read (permission denied); change its permissions") {
		t.Errorf("%d %s", code, errs)
	}
}

func TestSizes(t *testing.T) {
	for text, want := range map[string]byteSize{"0": 0, "1": 1, "1024": 1024, "256MiB": 256 << 20, "1.5 GiB": 3 << 29, "64m": 64 << 20, "2KB": 2000, "7b": 7} {
		var b byteSize
		if err := b.UnmarshalText([]byte(text)); err != nil || b != want {
			t.Errorf("%s: %d, %v", text, b, err)
		}
	}
	for _, text := range []string{"", "x", "-1", "1e30", "nan", "inf", "MiB", "1XiB"} {
		var b byteSize
		if err := b.UnmarshalText([]byte(text)); err == nil {
			t.Errorf("%q is taken for %d", text, b)
		}
	}
	if s := byteSize(3<<20).String() + " " + byteSize(1<<30).String() + " " + byteSize(1000).String(); s != "3MiB 1GiB 1000 bytes" {
		t.Error(s)
	}
}

// started is a luart process that has printed something.
type started struct {
	cmd    *exec.Cmd
	out    *bufio.Reader
	stderr watched
}

// watched is a writer that tests can wait on.
type watched struct {
	mu   sync.Mutex
	text string
	grew chan struct{} // closed when text grows; nil while nobody waits
}

func (w *watched) Write(p []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.text += string(p)
	if w.grew != nil {
		close(w.grew)
		w.grew = nil
	}
	return len(p), nil
}

func (w *watched) String() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.text
}

// wait waits until a text has been written.
func (w *watched) wait(t *testing.T, text string) {
	t.Helper()
	timeout := time.After(30 * time.Second)
	for {
		w.mu.Lock()
		if strings.Contains(w.text, text) {
			w.mu.Unlock()
			return
		}
		if w.grew == nil {
			w.grew = make(chan struct{})
		}
		grew := w.grew
		w.mu.Unlock()
		select {
		case <-grew:
		case <-timeout:
			t.Fatalf("%q was not written, but %q", text, w.String())
		}
	}
}

func start(t testing.TB, args ...string) *started {
	t.Helper()
	s := &started{cmd: exec.Command(luart, args...)}
	s.cmd.Stderr = &s.stderr
	pipe, err := s.cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := s.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.cmd.Process.Kill() })
	s.out = bufio.NewReader(pipe)
	return s
}

// line waits for a line of output.
func (s *started) line(t testing.TB) string {
	t.Helper()
	line, err := s.out.ReadString('\n')
	if err != nil {
		s.cmd.Wait()
		t.Fatalf("the program has ended: %v\n%s", err, s.stderr.String())
	}
	return strings.TrimSuffix(line, "\n")
}

// wait waits for the end.
func (s *started) wait(t *testing.T) (code int, rest string) {
	t.Helper()
	timer := time.AfterFunc(30*time.Second, func() { s.cmd.Process.Kill() })
	defer timer.Stop()
	b, err := io.ReadAll(s.out)
	if err != nil {
		t.Fatal(err)
	}
	s.cmd.Wait()
	return s.cmd.ProcessState.ExitCode(), string(b)
}

// The first example answers, and ends in good order.
func TestHelloServer(t *testing.T) {
	s := start(t, filepath.Join("..", "..", "examples", "hello-server.lua"), "0")
	line := s.line(t)
	url := strings.TrimSuffix(strings.TrimPrefix(line, "Listening on "), " ...")
	if !strings.HasPrefix(url, "http://127.0.0.1:") {
		t.Fatalf("got %q", line)
	}
	for i := 1; i <= 2; i++ {
		response, err := http.Get(url + "x?y=z")
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(response.Body)
		response.Body.Close()
		want := fmt.Sprintf("Hello from luart!\nYou sent GET /x?y=z; this is answer number %d.\n", i)
		if err != nil || response.StatusCode != 200 || string(body) != want {
			t.Errorf("%d %q %v", response.StatusCode, body, err)
		}
	}
	if err := s.cmd.Process.Signal(os.Interrupt); err != nil {
		t.Skip("this system can't send Ctrl-C:", err)
	}
	if code, _ := s.wait(t); code != exitCtrlC || s.stderr.String() != "Terminated\n" {
		t.Errorf("exit code %d, %q", code, s.stderr.String())
	}
}

// The other examples end by themselves.
func TestExamples(t *testing.T) {
	for example, want := range map[string]string{
		"word-count.lua": "2 lines, 44 words, 21 different ones\n", "parallel-timers.lua": "race     number 2 was first\n",
		"life.lua": "generation 6\n",
	} {
		t.Run(example, func(t *testing.T) {
			t.Parallel()
			code, out, errs := command(t, ".", "", filepath.Join("..", "..", "examples", example))
			if code != 0 || !strings.Contains(out, want) || errs != "" {
				t.Errorf("exit code %d\n%s\n%s", code, out, errs)
			}
		})
	}
}
