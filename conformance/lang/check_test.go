package lang

import (
	"slices"
	"strings"
	"testing"
)

// canned is an engine that gives the same outcomes to everybody.
type canned []Outcome

func (c canned) Run([]Program) ([]Outcome, error) { return c, nil }

func parse(t *testing.T, source string) *File {
	t.Helper()
	f, err := Parse("t.lua", source)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func TestParse(t *testing.T) {
	f := parse(t, `print(1) --> 1
f()
--> one @LINE
--> two @LINE+2
--~ addr: \d+
---

---
-- craftos only: why
x.y = 1  --! attempt @LINE-1
---
error("e", 0) --!! e
print("a --> b") --> a --> b
`)
	if len(f.Chunks) != 3 {
		t.Fatalf("got %d chunks, want 3: blank ones don't count", len(f.Chunks))
	}
	first, second, third := f.Chunks[0], f.Chunks[1], f.Chunks[2]
	var texts []string
	for _, e := range first.Output {
		texts = append(texts, e.Text)
	}
	if want := []string{"1", "one t.lua:2", "two t.lua:4", ""}; !slices.Equal(texts, want) {
		t.Errorf("expected output %q, want %q", texts, want)
	}
	if p := first.Output[3].Pattern; p == nil || p.MatchString("addr: 5x") || !p.MatchString("addr: 55") {
		t.Errorf("pattern %v must match the whole line", p)
	}
	if first.Error != nil || first.CraftOSOnly || first.Line != 1 {
		t.Errorf("first chunk: %+v", first)
	}
	if !second.CraftOSOnly || second.Error == nil || second.Error.Text != "t.lua:10: attempt t.lua:9" {
		t.Errorf("second chunk: %+v", second)
	}
	if lines := strings.Split(second.Source, "\n"); lines[9] != "x.y = 1  --! attempt @LINE-1" {
		t.Errorf("line 10 of the source is %q: it must be the file's", lines[9])
	}
	if third.Error == nil || third.Error.Text != "e" {
		t.Errorf("third chunk: %+v", third)
	}
}

func TestParseErrors(t *testing.T) {
	for source, want := range map[string]string{
		"x() --! a\ny() --! b": "t.lua:2: a chunk can end with one error only",
		"x() --~ (":            "t.lua:1: ",
	} {
		if _, err := Parse("t.lua", source); err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("%q: got %v, want %s", source, err, want)
		}
	}
}

func TestCheckReports(t *testing.T) {
	const source = "print(1) --> 1\nprint(2) --> 2\n"
	for _, test := range []struct {
		source  string
		outcome Outcome
		want    string
	}{
		{source, Outcome{Output: []string{"1", "2"}}, ""},
		{source, Outcome{Output: []string{"1 ", "2"}}, ""},
		{source, Outcome{Output: []string{"1", "3"}}, `t.lua:2: got "3", want "2"`},
		{source, Outcome{Output: []string{"1"}}, `t.lua:2: got no more output, want "2"`},
		{source, Outcome{Output: []string{"1", "2", "3"}}, `t.lua:2: got "3" as well, want no more output`},
		{source, Outcome{Output: []string{"1", "2"}, Failed: true, Error: "x"}, `t.lua:1: got the error "x", want no error in this chunk`},
		{"x() --! m", Outcome{Failed: true, Error: "t.lua:1: m"}, ""},
		{"x() --! m", Outcome{Failed: true, Error: "t.lua:2: m"}, `t.lua:1: got the error "t.lua:2: m", want "t.lua:1: m"`},
		{"x() --! m", Outcome{}, `t.lua:1: got no error, want the error "t.lua:1: m"`},
	} {
		mismatches, err := Check(canned{test.outcome}, parse(t, test.source), nil)
		if err != nil {
			t.Fatal(err)
		}
		got := ""
		if len(mismatches) > 0 {
			got = mismatches[0].String()
		}
		if got != test.want || len(mismatches) > 1 {
			t.Errorf("%q: got %q, want %q", test.source, mismatches, test.want)
		}
	}
	if _, err := Check(canned{}, parse(t, source), nil); err == nil {
		t.Error("an engine that runs no chunks went unnoticed")
	}
}

func TestVMOutcome(t *testing.T) {
	outcomes, err := VM{}.Run([]Program{
		{"a", `print("x\ty\nz", nil, setmetatable({}, {__tostring = function() coroutine.yield() return "T" end})) leak = 1`},
		{"b", `print(leak) error({})`},
		{"c", `x =`},
	})
	if err != nil {
		t.Fatal(err)
	}
	want := []Outcome{
		{Output: []string{`x\x09y`, "z nil T"}},
		{Output: []string{"nil"}, Failed: true, Error: "(a table value)"},
		{Failed: true, Error: "c:1: unexpected symbol near <eof>"},
	}
	for i, w := range want {
		if g := outcomes[i]; !slices.Equal(g.Output, w.Output) || g.Failed != w.Failed || g.Error != w.Error {
			t.Errorf("program %d: got %+v, want %+v", i, g, w)
		}
	}
}

// TestCommandOutcome asks another process the same, and one that dies.
func TestCommandOutcome(t *testing.T) {
	puc := lua52(t)
	outcomes, err := puc.Run([]Program{
		{"a", "print('x\\ty\\nz', nil) string.rep = nil leak = 1"},
		{"b", `print(leak, string.rep ~= nil) error({})`},
		{"c", `x =`},
		{"d", `print("last") os.exit(3)`},
		{"e", `print("never")`},
	})
	if err != nil {
		t.Fatal(err)
	}
	if o := outcomes[0]; !slices.Equal(o.Output, []string{`x\x09y`, "z nil"}) || o.Failed {
		t.Errorf("first program: %+v", o)
	}
	if o := outcomes[1]; !slices.Equal(o.Output, []string{"nil true"}) || o.Error != "(a table value)" {
		t.Errorf("second program: %+v", o)
	}
	if o := outcomes[2]; o.Error != "c:1: unexpected symbol near <eof>" {
		t.Errorf("third program: %+v", o)
	}
	for _, o := range outcomes[3:] {
		if !o.Failed || !strings.Contains(o.Error, "the process ended: exit status 3") {
			t.Errorf("a program that ends the process, or comes after it: %+v", o)
		}
	}
	if _, err := (Command{Args: []string{"false"}}).Run([]Program{{"a", ""}}); err == nil {
		t.Error("a command that runs nothing went unnoticed")
	}
}
