package spec

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/luart/luart/runtime"
)

// inFolder makes files, in a folder that becomes the current one.
func inFolder(t *testing.T, files map[string]string) {
	t.Helper()
	t.Chdir(t.TempDir())
	for name, text := range files {
		if err := os.MkdirAll(filepath.Dir(filepath.FromSlash(name)), 0o777); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.FromSlash(name), []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
	}
}

// runAll runs the specs in the current folder.
func runAll(t *testing.T, s Suite) []Report {
	t.Helper()
	files, err := Find("", nil)
	if err != nil {
		t.Fatal(err)
	}
	s.Files = files
	s.Options = append([]runtime.Option{runtime.WithScratch(1 << 20), runtime.WithMemory(16 << 20)}, s.Options...)
	return s.Run(t.Context())
}

// runSource runs a spec and returns its results, without times.
func runSource(t *testing.T, s Suite, source string) []Result {
	t.Helper()
	inFolder(t, map[string]string{"my_spec.lua": source})
	results := runAll(t, s)[0].Results
	for i := range results {
		results[i].Time = 0
	}
	return results
}

// The code under test may catch the error of an expectation that is not met.
func TestCaughtExpectation(t *testing.T) {
	results := runSource(t, Suite{}, `
it("is caught", function()
  pcall(function() expect(1):eq(2) end)
  pcall(function() expect(3):eq(4) end)
end)
it("is not of the next test", function() end)
it("comes before what follows from it", function()
  pcall(function() expect(1):eq(2) end)
  error("on purpose", 0)
end)`)
	want := []Result{
		{Name: "is caught", Status: Fail, Message: "expected 2\n     got 1"},
		{Name: "is not of the next test", Status: Pass},
		{Name: "comes before what follows from it", Status: Fail, Message: "expected 2\n     got 1"},
	}
	if len(results) != len(want) {
		t.Fatalf("%+v", results)
	}
	for i, r := range results {
		if r.Name != want[i].Name || r.Status != want[i].Status || r.Message != want[i].Message {
			t.Errorf("%+v, want %+v", r, want[i])
		}
	}
}

func TestGroupsAndOrder(t *testing.T) {
	results := runSource(t, Suite{}, `
local log = {}
local function note(s) log[#log + 1] = s end
describe("outer", function()
  before_each(function() note("B1") end)
  after_each(function() note("A1") end)
  it("first", function() note("t1") end)
  describe("inner", function()
    before_each(function() note("B2") end)
    after_each(function() note("A2") end)
    it("second", function() note("t2"); os.queueEvent("x"); coroutine.yield(); note("t2 again") end)
    pending("later", function() note("never") end)
  end)
end)
it("last", function() expect(table.concat(log, " ")):eq("B1 t1 A1 B1 B2 t2 t2 again A2 A1") end)
`)
	want := []Result{
		{Name: "outer / first", Source: "my_spec.lua:7", Status: Pass},
		{Name: "outer / inner / second", Source: "my_spec.lua:11", Status: Pass},
		{Name: "outer / inner / later", Source: "my_spec.lua:12", Status: Pending},
		{Name: "last", Source: "my_spec.lua:15", Status: Pass},
	}
	if len(results) != len(want) {
		t.Fatalf("got %d results, want %d: %+v", len(results), len(want), results)
	}
	for i := range want {
		if results[i] != want[i] {
			t.Errorf("got %+v, want %+v", results[i], want[i])
		}
	}
}

// TestExpectations gives for each expectation one that is met, and one that
// isn't with what the runner says of it.
func TestExpectations(t *testing.T) {
	for _, test := range []struct{ met, unmet, message string }{
		{`expect(1):eq(1):ne(2)`, `expect(1):eq(2)`, "expected 2\n     got 1"},
		{`expect("a"):eq("a")`, `expect("a\nb"):eq("c\0")`, "expected \"c\\000\"\n     got \"a\\nb\""},
		{`expect(nil):eq(nil)`, `expect({}):eq(nil)`, "expected nil\n     got {}"},
		{`expect(0/0):ne(0/0)`, `expect(5):ne(5)`, "expected anything but 5"},
		{`expect({1, {2}}):same({1, {2}})`, `expect({1, a = {2}}):same({1, a = {3}, b = 1})`,
			"expected {1, a = {3}, b = 1}\n     got {1, a = {2}}\ndifferences:\n  .a[1]: expected 3, got 2\n  .b: expected 1, got nil"},
		{`expect({0/0}):same({0/0})`, `expect({x = 1}):same({})`, "expected {}\n     got {x = 1}\ndifferences:\n  .x: expected nothing, got 1"},
		{`local a, b = {}, {}; a.a, b.a = a, b; expect(a):same(b)`, `local a = {}; a.a = a; expect(a):same({a = 1})`,
			"expected {a = 1}\n     got {a = <the table itself>}\ndifferences:\n  .a: expected 1, got {a = <the table itself>}"},
		{`expect({a = 1, b = {c = 2, d = 3}}):matches({b = {c = 2}})`, `expect({a = 1}):matches({a = 2})`,
			"expected a value that has {a = 2}\n     got {a = 1}\ndifferences:\n  .a: expected 2, got 1"},
		{`expect("x"):type("string")`, `expect("x"):type("number")`, "expected a number\n     got a string: \"x\""},
		{`expect("abc"):str_match("^a.c$")`, `expect("abc"):str_match("^b")`, "expected a match of \"^b\"\n      in \"abc\""},
		{`expect.error(error, "x", 0):eq("x")`, `expect.error(function() return 1, nil end)`, "expected an error\n     got (1, nil)"},
		{`expect.error(string.rep):eq("bad argument (string expected, got nil)")`, `expect.error(function() error("mine") end):eq("mine")`, "expected \"mine\"\n     got \"my_spec.lua:1: mine\""},
		{`local t = {}; local s = stub(t, "f", function(a) return a + 1 end); expect(t.f(1)):eq(2); expect(s):called():called(1):called_with(1)`,
			`local t = {}; local s = stub(t, "f"); t.f(1, "x"); expect(s):called(2)`, "expected the stub to be called 2 times\nit was called 1 time: (1, \"x\")"},
		{`local t = {}; local s = stub(t, "f"); t.f({a = 1, b = 2}, 3); expect(s):called_with_matching({a = 1}):called_with({b = 2, a = 1}, 3)`,
			`local t = {}; local s = stub(t, "f"); t.f(1, nil); expect(s):called_with(1)`, "expected a call with (1)\nit was called 1 time: (1, nil)"},
		{`stub(_G, "value", 5); expect(value):eq(5); stub(_G, "value", nil); expect(value):eq(nil)`, `expect(print):called()`, ""},
		{`expect(true):eq(true)`, `fail("because")`, "because"},
		{`expect(1):describe("a number"):equal(1):not_equals(2)`, `expect(1):describe("a number"):not_equals(1)`, "expected anything but 1"},
		{`expect(1):eq(1)`, `expect.error(function() expect(1):eq(2) end)`, "expected 2\n     got 1"},
	} {
		for _, r := range runSource(t, Suite{}, `it("met", function() `+test.met+` end) it("unmet", function() `+test.unmet+` end)`) {
			if r.Name == "met" && r.Status != Pass {
				t.Errorf("%s: %s: %s", test.met, r.Status, r.Message)
			}
			if r.Name == "unmet" && (r.Status != Fail || test.message != "" && r.Message != test.message) {
				t.Errorf("%s: got %s %q, want %q", test.unmet, r.Status, r.Message, test.message)
			}
		}
	}
}

func TestLongStringsShowWhereTheyDiffer(t *testing.T) {
	r := runSource(t, Suite{}, `it("x", function() expect(("a"):rep(300) .. "\nend"):eq(("a"):rep(300) .. "\nEND") end)`)[0]
	if !strings.Contains(r.Message, "first difference at byte 302, line 2") || !strings.Contains(r.Message, "(304 bytes)") {
		t.Error(r.Message)
	}
}

func TestErrorsAndTracebacks(t *testing.T) {
	results := runSource(t, Suite{}, `
local function helper() local x = nil; return x.y end
it("errs", function()
  local r = helper()
end)
it("fails", function()
  local function check(v) expect(v):eq(1) return 1 end
  local r = check(2)
end)
it("throws a table", function() error({code = 5}) end)
describe("broken", function() error("while loading", 0) end)
it("knows", function() expect(1):approximately(1) end)
it("nests", function() it("inner", function() end) end)
`)
	want := []struct{ status, message, trace string }{
		{"error", "my_spec.lua:2: attempt to index local 'x' (a nil value)", "my_spec.lua:4: in function <my_spec.lua:3>"},
		{"fail", "expected 1\n     got 2", "my_spec.lua:8: in function <my_spec.lua:6>"},
		{"error", "{code = 5}", "my_spec.lua:10"},
		{"error", "while loading", ""},
		{"error", "my_spec.lua:12: there is no expectation \"approximately\"", ""},
		{"error", "my_spec.lua:13: it can't be used inside of a test", ""},
	}
	if len(results) != len(want) {
		t.Fatalf("got %d results, want %d", len(results), len(want))
	}
	for i, w := range want {
		r := results[i]
		if string(r.Status) != w.status || r.Message != w.message || !strings.Contains(r.Trace, w.trace) {
			t.Errorf("%s: got %s %q\n%s", r.Name, r.Status, r.Message, r.Trace)
		}
		if strings.Contains(r.Trace, "(specs)") {
			t.Errorf("%s: the traceback has frames of the runner:\n%s", r.Name, r.Trace)
		}
	}
}

func TestStubsAreTakenBack(t *testing.T) {
	results := runSource(t, Suite{}, `
local t = {f = "old"}
it("replaces", function() stub(t, "f"); stub(t, "f", 5); stub(t, "g"); expect(t.f):eq(5); error("x") end)
it("and restores", function() expect(t):same({f = "old"}) end)
`)
	if results[1].Status != Pass {
		t.Error(results[1].Message)
	}
}

func TestFilterAndTimeout(t *testing.T) {
	results := runSource(t, Suite{Filter: "chosen", Options: []runtime.Option{runtime.WithTimeout(50 * time.Millisecond)}}, `
it("chosen loop", function() while true do end end)
it("other", function() end)
it("chosen too", function() end)
`)
	if len(results) != 2 || results[0].Status != Error || !strings.Contains(results[0].Message, "Too long without yielding") || results[1].Status != Pass {
		t.Errorf("%+v", results)
	}
}
