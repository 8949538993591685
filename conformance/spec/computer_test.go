package spec

import (
	"context"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/luart/luart/runtime"
)

// hostile are spec files that do what they should not, with what must come of their tests, a line each: status, name and a part of
// the message.
var hostile = map[string]struct{ source, want string }{
	"ends": {`
		it("one", function() end)
		it("shuts down", function() os.shutdown(3) end)
		it("two", function() end)
		it("starts anew", function() os.reboot() end)
		it("three", function() end)`, `
		pass one:
		error shuts down: shut down (os.shutdown, exit code 3)
		pass two:
		error starts anew: started anew (os.reboot)
		pass three:`},
	"loops": {`
		it("one", function() end)
		it("goes on", function() while true do pcall(function() while true do end end) end end)
		it("two", function() end)`, `
		pass one:
		error goes on: Too long without yielding
		pass two:`},
	"ends when loaded": {`it("one", function() end) os.shutdown()`, `
		error (loading): the computer was shut down`},
	"waits": {`
		it("for ever", function() os.pullEvent("never") end)
		it("again and again", function() while true do os.queueEvent("x") os.pullEvent("x") end end)
		it("catching all", function() while true do pcall(os.pullEventRaw) pcall(coroutine.yield, {}) end end)
		describe("before", function()
			before_each(function() sleep(1000) end)
			it("waits", function() error("is not run") end)
		end)
		describe("after", function()
			after_each(function() sleep(1000) end)
			it("waits", function() end)
		end)
		it("one", function() end)`, `
		error for ever: not done after 100ms, waiting for the event "never"
		error again and again: not done after 100ms, waiting for the event "x"
		error catching all: not done after 100ms
		error before / waits: not done after 100ms, waiting for the event "timer"
		error after / waits: not done after 100ms, waiting for the event "timer"
		pass one:`},
	"waits when loaded": {`it("one", function() end) sleep(1000) it("two", function() end)`, `
		pass one:
		error (loading): not done after 100ms`},
	"loops when loaded": {`it("one", function() end) while true do end`, `
		pass one:
		error (loading): loops when loaded_spec.lua:1: Too long without yielding`},
	"loops for good when loaded": {`while true do pcall(function() while true do end end) end`, `
		error (loading): Too long without yielding`},
	"does not compile": {`it("one", function() end`, `
		error (loading): does not compile_spec.lua:1: ')' expected near <eof>`},
	"memory": {`
		local kept = {}
		it("takes all", function() while true do kept[#kept + 1] = ("x"):rep(4e6) end end)
		it("one", function() kept[#kept + 1] = ("x"):rep(1e6) end)
		it("long message", function() error(("\27\0\255"):rep(1e5)) end)
		it("long output", function() for i = 1, 1000 do print(("y"):rep(1000)) end error("x") end)`, `
		error takes all: not enough memory
		pass one:
		error long message: \x1b\x00\xff\x1b
		error long output: x`},
	"vandals": {`
		local next, _G, libs, strings = next, _G, { coroutine, string, table, debug, term, os }, getmetatable("")
		it("one", function() for k in next, _G do _G[k] = nil end end)
		it("two", function() for _, lib in next, libs do for k in next, lib do lib[k] = nil end end end)
		it("two and a half", function() strings.__index = nil end)
		it("three", function() expect(1):eq(2) end)`, `
		pass one:
		pass two:
		pass two and a half:
		fail three: expected 2`},
	"events": {`
		it("one", function()
			for _, name in ipairs { "terminate", "spec_next", "spec_deadline", "mine" } do os.queueEvent(name) end
			os.startTimer(0)
			coroutine.yield("mine")
		end)
		it("two", function()
			os.queueEvent("now")
			expect(os.pullEventRaw()):eq("now")
		end)
		it("terminated", function() os.queueEvent("terminate") sleep(1000) end)
		it("full", function() for i = 1, 1000 do os.queueEvent("x", i) end end)
		it("three", function() term.write("x") expect(term.getCursorPos()):eq(2) term.redirect(window.create(term.current(), 2, 2, 3, 3)) end)
		it("four", function() expect(term.getSize()):eq(51) expect(term.getCursorPos()):eq(1) end)`, `
		pass one:
		pass two:
		error terminated: Terminated
		pass full:
		pass three:
		pass four:`},
	"odd errors": {`
		it("nil", function() error() end)
		it("table", function() error(setmetatable({}, { __tostring = function() error("no") end })) end)
		it("number", function() error(5, 0) end)
		it("stack", function() local function f() return 1 + f() end f() end)
		describe("hooks", function()
			before_each(function() error("before", 0) end)
			after_each(function() error("after", 0) end)
			it("fail", function() end)
		end)
		describe("twice", function() error("in a group", 0) end)
		it("coroutine", function() coroutine.wrap(function() error("inside", 0) end)() end)
		expect(1):eq(2)
		it("not defined", function() end)`, `
		error nil: nil
		error table:
		error number: 5
		error stack: stack overflow
		error hooks / fail: after
		error twice / (loading): in a group
		error coroutine: inside
		fail (loading): expected 2`},
	"\x1b[31m": {"it('\\27]0;x\\7', function() end) it(('long'):rep(1e5), function() end)", `
		pass \x1b]0;x\x07:
		pass longlong`},
}

// Whatever a file does, its tests are accounted for, and those of other files run.
func TestHostileSpecs(t *testing.T) {
	// Only what goes on for ever is given little time: a slow machine may need much for the rest.
	for begin, suite := range map[string]Suite{
		"waits": {Deadline: 100 * time.Millisecond},
		"loops": {Options: []runtime.Option{runtime.WithTimeout(time.Second), runtime.WithGrace(300 * time.Millisecond)}},
		"":      {Options: []runtime.Option{runtime.WithTimeout(time.Minute)}},
	} {
		t.Run(begin, func(t *testing.T) {
			files := map[string]string{"a_spec.lua": `it("a", function() end)`, "z_spec.lua": `it("z", function() end)`}
			for name, h := range hostile {
				endless := strings.HasPrefix(name, "waits") || strings.HasPrefix(name, "loops")
				if begin == "" && !endless || begin != "" && strings.HasPrefix(name, begin) {
					files[name+"_spec.lua"] = h.source
				}
			}
			suite.Options = append(suite.Options, runtime.WithMemory(16<<20))
			runHostile(t, suite, files)
		})
	}
}

func runHostile(t *testing.T, suite Suite, files map[string]string) {
	inFolder(t, files)
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	list, err := Find("", nil)
	if err != nil {
		t.Fatal(err)
	}
	suite.Files, suite.Jobs = list, 4
	reports := suite.Run(ctx)
	if len(reports) != len(files) {
		t.Fatalf("%d reports of %d files", len(reports), len(files))
	}
	for _, report := range reports {
		name := strings.TrimSuffix(report.File.Name, "_spec.lua")
		want := "pass " + name + ":"
		if h, ok := hostile[name]; ok {
			want = strings.ReplaceAll(strings.TrimSpace(h.want), "\t", "")
		}
		lines := strings.Split(want, "\n")
		var got []string
		for i, r := range report.Results {
			line := fmt.Sprintf("%s %s: %s", r.Status, r.Name, r.Message)
			got = append(got, cut(line, 200))
			if i >= len(lines) {
				continue
			}
			head, message, _ := strings.Cut(lines[i], ":")
			if !strings.HasPrefix(line, head) || !strings.Contains(r.Message, strings.TrimSpace(message)) {
				t.Errorf("%s: got %s\nwant %s", name, cut(line, 200), lines[i])
			}
			if len(r.Name) > 2*maxName || len(r.Message) > 5*maxMessage || len(r.Output) > 2*maxOutput {
				t.Errorf("%s: %s has texts of %d, %d and %d bytes", name, cut(r.Name, 50), len(r.Name), len(r.Message), len(r.Output))
			}
			if strings.Contains(r.Trace, "(specs)") {
				t.Errorf("%s: %s: the runner shows in\n%s", name, r.Name, r.Trace)
			}
			if strings.ContainsAny(r.Name+r.Source+r.Message+r.Trace+r.Output, "\x00\x07\x1b") {
				t.Errorf("%s: %q: there are control characters", name, cut(r.Name, 50))
			}
		}
		if len(got) != len(lines) {
			t.Errorf("%s: got\n%s\nwant\n%s", name, strings.Join(got, "\n"), want)
		}
		if report.Stopped {
			t.Errorf("%s: stopped", name)
		}
	}
}

// A file all of whose tests end their computers doesn't get any number of them.
func TestTooManyComputers(t *testing.T) {
	results := runSource(t, Suite{}, `for i = 1, 1000 do it("test " .. i, function() os.shutdown() end) end`)
	if n := len(results); n != maxComputers+1 || !strings.Contains(results[n-1].Message, "have ended 50 computers") {
		t.Errorf("%d results, the last one: %+v", n, results[n-1])
	}
}

func TestOutput(t *testing.T) {
	const source = `
print("loading")
it("passes", function() print("of a pass") end)
it("fails", function() write("of a failure") printError(", red") error("x") end)
it("draws", function() term.setCursorPos(5, 2) term.write("drawn") error("x") end)`
	results := runSource(t, Suite{}, source)
	if results[0].Output != "" || results[1].Output != "of a failure, red\n" || strings.TrimSpace(results[2].Output) != "drawn" {
		t.Errorf("%+v", results)
	}
	results = runSource(t, Suite{KeepOutput: true}, source)
	if results[0].Output != "of a pass\n" {
		t.Errorf("%+v", results)
	}
	report := runAll(t, Suite{KeepOutput: true})[0]
	if report.Output != "loading\n" {
		t.Errorf("when loaded: %q", report.Output)
	}
}

// A spec finds modules beside it, in the folders around it, and in the ROM; setups run first, from the outside in.
func TestFoldersOfASpec(t *testing.T) {
	inFolder(t, map[string]string{
		"lib/m.lua":        `return "m of the root"`,
		"m.lua":            `return "the root"`,
		"a/m.lua":          `return "a"`,
		"a/data.txt":       `data`,
		"a/b/m.lua":        `return "b"`,
		"a/b/words.lua":    `return function(v) expect(v):eq(1) end`,
		"spec_setup.lua":   `order = "root"; before_each(function() hooks = "root" end)`,
		"a/spec_setup.lua": `order = order .. ", a"; before_each(function() hooks = hooks .. ", a" end)`,
		"c/spec_setup.lua": `order = "c"`,
		"d/spec_setup.lua": `local x = = 1`,
		"d/x_spec.lua":     `it("broken", function() end)`,
		"a/b/x_spec.lua": "\xef\xbb\xbf" + `#!/usr/bin/env luart
it("modules", function()
  expect(require "m"):eq("b")
  expect(require "lib.m"):eq("m of the root")
  expect(require "cc.expect".expect):type("function")
  require "words" (1)
  expect(expect.error(require, "nothere").value):str_match("^module 'nothere' not found")
end)
it("setups", function() expect(order):eq("root, a") expect(hooks):eq("root, a") end)
it("files", function()
  expect(fs.open("a/data.txt", "r").readAll()):eq("data")
  local f = fs.open("a/data.txt", "w") f.write("changed") f.close()
  expect(fs.open("/a/data.txt", "r").readAll()):eq("changed")
end)
it("position", function() error("here") end)`,
	})
	reports := runAll(t, Suite{})
	if len(reports) != 2 {
		t.Fatal(reports)
	}
	for i, r := range reports[0].Results {
		if i < 3 && r.Status != Pass || i == 3 && (r.Source != "a/b/x_spec.lua:15" || r.Message != "a/b/x_spec.lua:15: here") {
			t.Errorf("%+v", r)
		}
	}
	if r := reports[1].Results; len(r) != 1 || r[0].Message != "d/spec_setup.lua:1: unexpected symbol near '='" {
		t.Errorf("%+v", r)
	}
	if text, err := os.ReadFile("a/data.txt"); string(text) != "data" {
		t.Errorf("the file is now %q (%v)", text, err)
	}
}

func TestFailFastAndOrder(t *testing.T) {
	inFolder(t, map[string]string{
		"a_spec.lua": `it("a1", function() sleep(0.05) end) it("a2", function() end)`,
		"b_spec.lua": `it("b1", function() end)`,
		"c_spec.lua": `it("c1", function() end) it("c2", function() error("x") end) it("c3", function() end)`,
		"d_spec.lua": `it("d1", function() end)`,
	})
	var order []string
	names := func(reports []Report) string {
		var all []string
		for _, r := range reports {
			for _, result := range r.Results {
				all = append(all, result.Name)
			}
		}
		return strings.Join(all, " ")
	}
	reports := runAll(t, Suite{Jobs: 3, OnReport: func(r Report) { order = append(order, r.File.Name) }})
	if got := strings.Join(order, " "); got != "a_spec.lua b_spec.lua c_spec.lua d_spec.lua" {
		t.Errorf("reports came in the order %s", got)
	}
	if got := names(reports); got != "a1 a2 b1 c1 c2 c3 d1" {
		t.Errorf("got %s", got)
	}
	if got := names(runAll(t, Suite{Jobs: 1, FailFast: true})); got != "a1 a2 b1 c1 c2" {
		t.Errorf("fail fast: got %s", got)
	}
	listed := runAll(t, Suite{Jobs: 1, List: true, Filter: "1"})
	if got := names(listed); got != "a1 b1 c1 d1" || listed[0].Results[0].Status != Listed {
		t.Errorf("listed: got %s, %+v", got, listed[0])
	}
}

func TestCancelled(t *testing.T) {
	inFolder(t, map[string]string{"a_spec.lua": `it("one", function() end) it("waits", function() os.pullEvent("never") end)`, "b_spec.lua": ``})
	files, err := Find("", nil)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	reports := Suite{Files: files, Jobs: 1, OnResult: func(File, Result) { cancel() }}.Run(ctx)
	if len(reports) != 1 || !reports[0].Stopped || len(reports[0].Results) != 1 {
		t.Errorf("%+v", reports)
	}
}

// Hours pass in no time, for programs in the order of their timers.
func TestFastTime(t *testing.T) {
	start := time.Now()
	results := runSource(t, Suite{FastTime: true, Deadline: 20 * time.Second}, `
it("sleeps", function()
  local before = os.epoch("utc")
  local log = {}
  parallel.waitForAll(function() sleep(7200) log[#log + 1] = "late" end, function() sleep(60) log[#log + 1] = "early" end)
  expect(log):same { "early", "late" }
  local hours = (os.epoch("utc") - before) / 3600000
  expect(hours > 1.99 and hours < 2.01):eq(true)
end)
it("gives up", function() expect(rednet.receive("x", 1000)):eq(nil) end)`)
	for _, r := range results {
		if r.Status != Pass {
			t.Errorf("%+v", r)
		}
	}
	if took := time.Since(start); took > 10*time.Second {
		t.Errorf("it took %v", took)
	}
}

func TestUnusableComputers(t *testing.T) {
	results := runSource(t, Suite{Options: []runtime.Option{runtime.WithID(-1)}}, `it("x", function() end)`)
	if len(results) != 1 || results[0].Status != Error || results[0].Name != "(loading)" || !strings.Contains(results[0].Message, "negative") {
		t.Errorf("%+v", results)
	}
}
