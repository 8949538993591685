package runtime_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/luart/luart/eventqueue"
	"github.com/luart/luart/eventqueue/clocktest"
	"github.com/luart/luart/runtime"
	"github.com/luart/luart/stdlib"
	"github.com/luart/luart/stdlib/computertest"
)

type text = computertest.Output

// result is all that comes out of a computer.
type result struct {
	code     int
	err      error
	out, log string
}

// run runs code to its end. Timers take no time: the clock goes to the next one when the computer waits for it.
func run(t *testing.T, code string, options ...runtime.Option) result {
	t.Helper()
	var out, log text
	options = append([]runtime.Option{
		runtime.WithCode("=test", code), runtime.WithStdout(&out), runtime.WithStderr(&out),
		runtime.WithClock(clocktest.Skipping{Clock: clocktest.New()}), runtime.WithLocation(time.UTC),
		runtime.WithLogger(slog.New(slog.NewTextHandler(&log, nil))),
	}, options...)
	c, err := runtime.New(options...)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	code2, err := c.Run(ctx)
	return result{code2, err, out.String(), log.String()}
}

func TestEnds(t *testing.T) {
	for _, test := range []struct {
		name, code string
		options    []runtime.Option
		exit       int
		out        string
		message    string // of the error; "" for none
		limit      bool
	}{
		{name: "returns", code: "print('hi')", out: "hi\n"},
		{name: "empty", code: ""},
		{name: "shutdown", code: "print(1) os.shutdown() print(2)", out: "1\n"},
		{name: "shutdown with a code", code: "os.shutdown(42)", exit: 42},
		{name: "shutdown in a coroutine", code: "coroutine.wrap(function() os.shutdown(3) end)() coroutine.yield()", exit: 3},
		{name: "error", code: "\nerror('oh no')", exit: 1, message: "test:2: oh no"},
		{name: "runtime error", code: "local t t.x = 1", exit: 1, message: "test:1: attempt to index local 't' (a nil value)"},
		{name: "error with a table", code: "error({})", exit: 1, message: "(error object is a table value)"},
		{name: "error with __tostring", code: "error(setmetatable({}, { __tostring = function() return 'E' end }))", exit: 1, message: "E"},
		{name: "error with a bad __tostring", code: "error(setmetatable({}, { __tostring = error }))", exit: 1, message: "(error object is a table value)"},
		{name: "error in a changed world", code: "_G.debug, _G.table, _G.tostring = nil _G.xpcall = nil error('x')", exit: 1, message: "test:1: x"},
		{name: "error with nil", code: "error()", exit: 1, message: "(error object is a nil value)"},
		{name: "syntax error", code: "x = = 1", exit: 1, message: "test:1: unexpected symbol near '='"},
		{name: "too long", code: "while true do end", options: []runtime.Option{runtime.WithTimeout(400 * time.Millisecond)},
			exit: 1, message: "test:1: Too long without yielding", limit: true},
		{name: "too long, caught once", code: "print(pcall(function() while true do end end))", options: []runtime.Option{runtime.WithTimeout(400 * time.Millisecond)},
			out: "false\ttest:1: Too long without yielding\n"},
		{name: "too long, never listens", code: "while true do pcall(function() while true do end end) end",
			options: []runtime.Option{runtime.WithTimeout(400 * time.Millisecond), runtime.WithGrace(20 * time.Millisecond)},
			exit:    1, message: "Error running computer: Too long without yielding", limit: true},
		{name: "too long in print", code: "while true do print() end", options: []runtime.Option{runtime.WithTimeout(400 * time.Millisecond), runtime.WithStdout(io.Discard)},
			exit: 1, message: "Too long without yielding", limit: true},
		{name: "time between yields only", code: "local t = os.epoch('utc') repeat for j = 1, 1e5 do end sleep(0) until os.epoch('utc') > t + 1000 print('ok')",
			options: []runtime.Option{runtime.WithTimeout(800 * time.Millisecond), runtime.WithClock(eventqueue.SystemClock{})}, out: "ok\n"},
		{name: "memory", code: "local t = {} while true do t[#t + 1] = ('x'):rep(1000) .. #t end", options: []runtime.Option{runtime.WithMemory(8 << 20)},
			exit: 1, message: "test:1: not enough memory", limit: true},
		{name: "stack overflow", code: "local function f() return 1 + f() end f()", exit: 1, message: "test:1: stack overflow"},
		{name: "a file", code: "", options: []runtime.Option{runtime.WithProgram("no.lua")}, exit: 0},
		{name: "arguments", code: "print(...) print(#arg, arg[0], arg[2])", options: []runtime.Option{runtime.WithArgs("a", "b c")}, out: "a\tb c\n2\ttest\tb c\n"},
		{name: "names", code: "print(os.getComputerID(), os.getComputerLabel())", options: []runtime.Option{runtime.WithID(5), runtime.WithLabel("box\n")}, out: "5\tbox?\n"},
		{name: "output, errors in order", code: "write('a') write(1) printError('b', nil) print(nil, true, {} ~= nil)", out: "a1b\tnil\nnil\ttrue\ttrue\n"},
		{name: "line counts", code: "print(print('a\\nb'), write('x'), write('\\n'))", out: "a\nb\nx\n2\t0\t1\n"},
		{name: "__tostring in print may yield", code: "print(setmetatable({}, { __tostring = function() sleep(0) return 'slept' end }))", out: "slept\n"},
		{name: "no input", code: "print(read())", out: "nil\n"},
		{name: "globals stay the program's", code: "x = 1 print(_G.x, x, _LUART)", out: "nil\t1\tnil\n"},
		{name: "a number as filter", code: "os.queueEvent('1') os.queueEvent('5') print(os.pullEvent(5))", out: "5\n"},
		{name: "any event", code: "os.queueEvent('a', 1, nil) print(select('#', os.pullEvent()), os.clock())", out: "3\t0\n"},
		{name: "filter", code: "os.queueEvent('a') os.queueEvent('b', {}) print((os.pullEvent('b')))", out: "b\n"},
	} {
		t.Run(test.name, func(t *testing.T) {
			r := run(t, test.code, test.options...)
			var failure *runtime.ProgramError
			message, limit := "", false
			if errors.As(r.err, &failure) {
				message, limit = failure.Message, failure.Limit
			} else if r.err != nil {
				t.Fatal(r.err)
			}
			if !strings.HasSuffix(message, test.message) || (message == "") != (test.message == "") {
				t.Errorf("error %q, want %q", message, test.message)
			}
			if r.code != test.exit || r.out != test.out || limit != test.limit {
				t.Errorf("exit code %d, limit %v, output %q; want %d, %v, %q", r.code, limit, r.out, test.exit, test.limit, test.out)
			}
		})
	}
}

// A traceback shows the program's calls and none of the bios's.
func TestTraceback(t *testing.T) {
	r := run(t, "local function f()\n error('x')\nend\n\nf()")
	var failure *runtime.ProgramError
	if !errors.As(r.err, &failure) {
		t.Fatal(r.err)
	}
	const want = "stack traceback:\n\t[C]: in function 'error'\n\ttest:2: in upvalue 'f'\n\ttest:5: in main chunk"
	if got := strings.ReplaceAll(failure.Traceback, "local 'f'", "upvalue 'f'"); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

func TestReboot(t *testing.T) {
	dir := t.TempDir()
	r := run(t, `
		local id = os.startTimer(0)
		if os.getComputerLabel() then
			print("again", id, os.clock() < 1, _G.mark)
			os.queueEvent("last")
			print(os.pullEvent("last"))
			return
		end
		_G.mark = true
		os.setComputerLabel("second")
		os.startTimer(0)
		os.queueEvent("lost")
		os.reboot()`, runtime.WithRoot(dir))
	if r.err != nil || r.code != 0 || r.out != "again\t2\ttrue\tnil\nlast\n" {
		t.Errorf("%+v", r)
	}
}

func TestProgramsAreFilesOfTheRoot(t *testing.T) {
	dir := t.TempDir()
	for name, source := range map[string]string{
		"app/main.lua":   "#!/usr/bin/luart\nlocal m = require 'lib.m'\nprint(m.name, ..., arg[0])\nerror('end')",
		"app/lib/m.lua":  "return { name = ... }",
		"app/broken.lua": "return return",
	} {
		path := filepath.Join(dir, filepath.FromSlash(name))
		os.MkdirAll(filepath.Dir(path), 0o777)
		if err := os.WriteFile(path, []byte(source), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	for _, test := range []struct{ program, out, err string }{
		{"/app/main.lua", "lib.m\tx\t/app/main.lua\n", "/app/main.lua:4: end"},
		{"app/broken.lua", "", "/app/broken.lua:1: unexpected symbol near 'return'"},
		{"app/none.lua", "", "/app/none.lua: File not found"},
	} {
		var out text
		c, err := runtime.New(runtime.WithRoot(dir), runtime.WithProgram(test.program), runtime.WithArgs("x"), runtime.WithStdout(&out))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := c.Run(t.Context()); err == nil || err.Error() != test.err || out.String() != test.out {
			t.Errorf("%s: %v, output %q", test.program, err, out.String())
		}
		if _, err := c.Run(t.Context()); err != runtime.ErrRan {
			t.Errorf("a second Run: %v", err)
		}
	}
}

// start runs a computer and returns when the program has printed "ready".
func start(t *testing.T, code string, options ...runtime.Option) (c *runtime.Computer, out *text, ended chan result) {
	t.Helper()
	out = &text{}
	ready := make(chan struct{})
	options = append([]runtime.Option{runtime.WithCode("=test", code), runtime.WithStdout(&signalWriter{w: out, mark: "ready", ch: ready})}, options...)
	c, err := runtime.New(options...)
	if err != nil {
		t.Fatal(err)
	}
	ended = make(chan result, 1)
	go func() {
		code, err := c.Run(t.Context())
		ended <- result{code: code, err: err, out: out.String()}
	}()
	select {
	case <-ready:
	case r := <-ended:
		t.Fatalf("ended early: %+v", r)
	case <-time.After(30 * time.Second):
		t.Fatal("the program is not ready")
	}
	return c, out, ended
}

// signalWriter closes a channel once a text has been written.
type signalWriter struct {
	w    io.Writer
	mark string
	ch   chan struct{}
	done bool
}

func (s *signalWriter) Write(p []byte) (int, error) {
	n, err := s.w.Write(p)
	if !s.done && bytes.Contains(p, []byte(s.mark)) {
		s.done = true
		close(s.ch)
	}
	return n, err
}

func wait(t *testing.T, ended chan result) result {
	t.Helper()
	select {
	case r := <-ended:
		return r
	case <-time.After(30 * time.Second):
		t.Fatal("the computer does not end")
		return result{}
	}
}

func TestTerminate(t *testing.T) {
	for _, test := range []struct {
		name, code string
		times      int
		check      func(r result) bool
	}{
		{"passes", "print('ready') os.pullEvent('x')", 1, func(r result) bool {
			var p *runtime.ProgramError
			return errors.As(r.err, &p) && p.Terminated && p.Message == "Terminated"
		}},
		{"handled", "print('ready') print(os.pullEventRaw('x'))", 1, func(r result) bool {
			return r.err == nil && r.code == 0 && r.out == "ready\nterminate\n"
		}},
		{"in parallel", "print('ready') parallel.waitForAll(function() sleep(100) end, function() os.pullEvent() end)", 1, func(r result) bool {
			var p *runtime.ProgramError
			return errors.As(r.err, &p) && p.Terminated
		}},
		{"ignored, twice", "print('ready') while true do os.pullEventRaw() end", 2, func(r result) bool { return errors.Is(r.err, runtime.ErrStopped) }},
		{"busy, twice", "print('ready') while true do end", 2, func(r result) bool { return errors.Is(r.err, runtime.ErrStopped) }},
		{"boots again and again, twice", "print('ready') os.reboot()", 2, func(r result) bool { return errors.Is(r.err, runtime.ErrStopped) }},
		{"own error", "print('ready') pcall(os.pullEvent) error('mine')", 1, func(r result) bool {
			var p *runtime.ProgramError
			return errors.As(r.err, &p) && !p.Terminated && p.Message == "test:1: mine"
		}},
	} {
		t.Run(test.name, func(t *testing.T) {
			c, _, ended := start(t, test.code)
			for range test.times {
				c.Terminate()
			}
			if r := wait(t, ended); !test.check(r) {
				t.Errorf("%+v", r)
			}
			c.Terminate() // after the end: nothing happens
		})
	}
}

func TestContextEndsTheComputer(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	c, err := runtime.New(runtime.WithCode("=x", "while true do end"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.Run(ctx); !errors.Is(err, runtime.ErrStopped) {
		t.Error(err)
	}
}

// What programs print shows while they wait, and while they compute.
func TestOutputShowsInTime(t *testing.T) {
	c, out, ended := start(t, "write('ready') for i = 1, math.huge do end", runtime.WithTimeout(0))
	if out.String() != "ready" {
		t.Errorf("got %q", out.String())
	}
	c.Terminate()
	c.Terminate()
	wait(t, ended)
}

// A reader that takes its time is not the program's fault.
func TestSlowReaderIsNotHeldAgainstTheProgram(t *testing.T) {
	r := run(t, "for i = 1, 3 do write(('x'):rep(40000)) end print('done')",
		runtime.WithTimeout(800*time.Millisecond), runtime.WithStdout(slowWriter{}))
	if r.err != nil {
		t.Error(r.err)
	}
}

type slowWriter struct{}

func (slowWriter) Write(p []byte) (int, error) {
	<-time.After(400 * time.Millisecond)
	return len(p), nil
}

func TestOutputErrorsEndTheComputer(t *testing.T) {
	for _, code := range []string{"print(1)", "print(1) sleep(0) print(2) sleep(100)", "while true do print(('x'):rep(1e5)) end"} {
		r := run(t, code, runtime.WithStdout(brokenWriter{}))
		if r.code != 1 || r.err == nil || !strings.Contains(r.err.Error(), "cannot write output: the disk is full") {
			t.Errorf("%s: %+v", code, r)
		}
	}
}

type brokenWriter struct{}

func (brokenWriter) Write([]byte) (int, error) { return 0, errors.New("the disk is full") }

func TestRead(t *testing.T) {
	r := run(t, `
		print(read(), read(nil, nil, nil, "default"), read())
		-- A line that an abandoned read has asked for is not lost.
		parallel.waitForAny(read, function() end)
		print(read())
		local a, b
		parallel.waitForAll(function() a = read() end, function() b = read() end)
		print(a < b and a .. b or b .. a)
		print(#read(), read(), read())`,
		runtime.WithStdin(strings.NewReader("one\r\n\ntwo\nthree\n4\n5\n"+strings.Repeat("x", 10000)+"\nlast")))
	if r.err != nil || r.out != "one\tdefault\ttwo\nthree\n45\n10000\tlast\tnil\n" {
		t.Errorf("%+v", r)
	}
}

// A fault in Go code ends its computer, not the process, and leaves a report: one in a function that the program calls, and
// one while the computer boots.
func TestFaultEndsOneComputer(t *testing.T) {
	for _, early := range []bool{false, true} {
		clock := &faultyClock{Clock: clocktest.New()}
		var log text
		c, err := runtime.New(runtime.WithCode("=test", "print(('x'):rep(1e5)) pcall(os.epoch, 'utc') print('on')"), runtime.WithClock(clock),
			runtime.WithLogger(slog.New(slog.NewTextHandler(&log, nil))), runtime.WithStdout(writerFunc(func() { clock.faultIn = 1 })))
		if err != nil {
			t.Fatal(err)
		}
		if early {
			clock.faultIn = 2 // not when Run asks, but when the os API is opened
		}
		_, err = c.Run(t.Context())
		var fault *runtime.Fault
		if !errors.As(err, &fault) || fmt.Sprint(fault.Panic) != "the clock is broken" || !strings.Contains(fault.Stack, "faultyClock") {
			t.Errorf("got %v", err)
		}
		if !strings.Contains(log.String(), "please report it") {
			t.Errorf("log: %s", log.String())
		}
	}
}

// writerFunc is called for each write.
type writerFunc func()

func (f writerFunc) Write(p []byte) (int, error) { f(); return len(p), nil }

type faultyClock struct {
	*clocktest.Clock
	faultIn int // calls of Now until the one that fails; 0: none does
}

func (c *faultyClock) Now() time.Time {
	if c.faultIn > 0 {
		if c.faultIn--; c.faultIn == 0 {
			return c.fail()
		}
	}
	return c.Clock.Now()
}

func (c *faultyClock) fail() time.Time { panic("the clock is broken") }

// Events that nobody gets are dropped: those that the filter passes over, and those that are left at the end.
func TestEventsAreDropped(t *testing.T) {
	c, _, ended := start(t, "os.queueEvent('go') os.pullEvent('go') print('ready') os.pullEvent('wanted') os.pullEvent('last')")
	var mu sync.Mutex
	var dropped []string
	post := func(name string) {
		drop := func() { mu.Lock(); dropped = append(dropped, name); mu.Unlock() }
		if err := c.Queue().Post(t.Context(), stdlib.Event{Name: name, Drop: drop}); err != nil {
			t.Error(err)
		}
	}
	for _, name := range []string{"passed over", "wanted", "last", "left"} {
		post(name)
	}
	if r := wait(t, ended); r.err != nil {
		t.Fatal(r.err)
	}
	if got := strings.Join(dropped, ", "); got != "passed over, left" {
		t.Errorf("dropped: %s", got)
	}
}

func TestHostRunsComputersApart(t *testing.T) {
	var h runtime.Host
	outs := make([]text, 3)
	for i := range outs {
		if _, err := h.Add(runtime.WithCode("=test", "if os.getComputerID() == 1 then error('one', 0) end x = 1 print(os.getComputerID())"), runtime.WithStdout(&outs[i])); err != nil {
			t.Fatal(err)
		}
	}
	if err := h.Run(t.Context()); err == nil || err.Error() != "computer 1: one" {
		t.Errorf("got %v", err)
	}
	if outs[0].String() != "0\n" || outs[1].String() != "" || outs[2].String() != "2\n" {
		t.Error(&outs[0], &outs[1], &outs[2])
	}
}

func TestHostTerminates(t *testing.T) {
	var h runtime.Host
	outs := make([]text, 2)
	for i := range outs {
		if _, err := h.Add(runtime.WithCode("=test", "write('ready ') print(pcall(os.pullEvent, 'never')) os.pullEventRaw('never')"), runtime.WithStdout(&outs[i])); err != nil {
			t.Fatal(err)
		}
	}
	ended := make(chan error, 1)
	go func() { ended <- h.Run(t.Context()) }()
	both := func(text string) {
		for i := range outs {
			for deadline := time.Now().Add(time.Minute); outs[i].String() != text; time.Sleep(time.Millisecond) {
				if time.Now().After(deadline) {
					t.Fatalf("%q", outs[i].String())
				}
			}
		}
	}
	both("ready ")
	h.Terminate()
	both("ready false\tTerminated\n")
	h.Terminate()
	if err := <-ended; !errors.Is(err, runtime.ErrStopped) {
		t.Error(err)
	}
}

func TestOptionsAreChecked(t *testing.T) {
	for _, o := range []runtime.Option{
		runtime.WithRoot("no/such/folder"), runtime.WithRoot("computer_test.go"), runtime.WithMemory(-1), runtime.WithTimeout(-1),
		runtime.WithGrace(-1), runtime.WithID(-1),
	} {
		if _, err := runtime.New(o); err == nil {
			t.Error("a bad option was taken")
		}
	}
	if c, err := runtime.New(); err != nil {
		t.Error(err)
	} else if code, err := c.Run(t.Context()); code != 0 || err != nil {
		t.Error("a computer without options:", code, err)
	}
}
