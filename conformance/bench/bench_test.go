package main

import (
	"bytes"
	"encoding/json"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func TestGeometricMean(t *testing.T) {
	for _, c := range []struct {
		list []float64
		want float64
	}{
		{[]float64{3}, 3},
		{[]float64{2, 8}, 4},
		{[]float64{0.5, 1, 2}, 1},
	} {
		if got := geometricMean(c.list); math.Abs(got-c.want) > 1e-12 {
			t.Errorf("geometricMean(%v) = %v, want %v", c.list, got, c.want)
		}
	}
	if got := geometricMean(nil); !math.IsNaN(got) {
		t.Errorf("geometricMean of nothing = %v, want NaN", got)
	}
}

func TestExponent(t *testing.T) {
	sizes := []float64{100, 200, 400, 800}
	for _, want := range []float64{0, 1, 1.5, 2} {
		times := make([]float64, len(sizes))
		for i, n := range sizes {
			times[i] = 3e-6 * math.Pow(n, want)
		}
		if got := exponent(sizes, times); math.Abs(got-want) > 1e-9 {
			t.Errorf("exponent = %v, want %v", got, want)
		}
	}
}

func TestParseOutput(t *testing.T) {
	for _, c := range []struct {
		text   string
		want   outcome
		refuse bool
	}{
		{text: "55\n@bench 0.250000 1024\n", want: outcome{seconds: 0.25, heap: 1024, output: "55"}},
		{text: "a\r\nb\r\n@bench 1.5 7\r\n", want: outcome{seconds: 1.5, heap: 7, output: "a\nb"}},
		{text: "@bench 0.000000 1\n", want: outcome{seconds: 1e-6, heap: 1}},
		{text: "@bench 9 9\n@bench 0.1 5\n", want: outcome{seconds: 0.1, heap: 5, output: "@bench 9 9"}},
		{text: "", refuse: true},
		{text: "55\n", refuse: true},
		{text: "@bench 0.1\n", refuse: true},
		{text: "@bench -1 5\n", refuse: true},
		{text: "@bench NaN 5\n", refuse: true},
		{text: "@bench x 5\n", refuse: true},
		{text: "@bench 1 5\nmore\n", refuse: true},
	} {
		got, err := parseOutput(c.text)
		if (err != nil) != c.refuse || got != c.want {
			t.Errorf("parseOutput(%q) = %+v, %v; want %+v, refused %v", c.text, got, err, c.want, c.refuse)
		}
	}
}

// table is a measurement with every kind of cell in it.
func table() *measurement {
	columns := []column{{name: ours}, {name: "lua5.2"}, {name: "gopher-lua"}}
	programs := []program{{name: "fib"}, {name: "sort"}, {name: "concat"}, {name: "broken"}, {name: "odd"}}
	return &measurement{
		programs: programs,
		columns:  columns,
		want:     []string{"1", "2", "3", "", "5"},
		cells: [][]cell{
			{{times: []float64{0.3, 0.2}}, {times: []float64{0.4}}, {times: []float64{1.6}}},
			{{times: []float64{0.8}}, {times: []float64{0.2}}, {times: []float64{0.4}}},
			{{times: []float64{0.5}}, {times: []float64{0.5}}, {bound: 60}},
			{{times: []float64{0.1}}, {err: "it broke"}, {}},
			{{times: []float64{0.1}, output: "6", mismatch: true}, {times: []float64{0.1}}, {times: []float64{0.1}}},
		},
	}
}

func TestTable(t *testing.T) {
	var got bytes.Buffer
	printTable(&got, table(), "lua5.2")
	want := `
program          luart  lua5.2  gopher-lua  luart/lua5.2
--------------------------------------------------------
fib              0.200   0.400       1.600          2.00
sort             0.800   0.200       0.400          0.25
concat           0.500   0.500         >60          1.00
broken           0.100   error           -             -
odd             0.100!   0.100       0.100             -
--------------------------------------------------------
speed, lua5.2 = 1:
geometric mean    0.79    1.00       <0.18
slowest           0.25    1.00       <0.01
fastest           2.00    1.00        1.00
programs             3       4           4

luart runs at less than half the speed of lua5.2 in: sort

broken on lua5.2: error: it broke
odd on luart: printed "6", should be "5"
`
	if got.String() != want[1:] {
		t.Errorf("got\n%s\nwant\n%s", got.String(), want[1:])
	}
}

func TestTableWithoutBase(t *testing.T) {
	var got bytes.Buffer
	printTable(&got, table(), "lua5.4")
	if s := got.String(); strings.Contains(s, "geometric") || !strings.Contains(s, "0.800") {
		t.Errorf("without the base there should be times and no speeds:\n%s", s)
	}
}

func TestSpeedOfBounds(t *testing.T) {
	known, late := cell{times: []float64{2}}, cell{bound: 60}
	if r, bound, ok := speed(&known, &late); r != 30 || bound != ">" || !ok {
		t.Errorf("speed against a base over the limit = %s%v, %v; want >30", bound, r, ok)
	}
	if _, _, ok := speed(&late, &late); ok {
		t.Error("two times over the limit compare")
	}
}

func TestCellAdd(t *testing.T) {
	var c cell
	if !c.add(outcome{seconds: 2, output: "x", heap: 5}, nil, time.Minute) {
		t.Error("a short run is not repeated")
	}
	if !c.add(outcome{seconds: 1, output: "x", heap: 7}, nil, time.Minute) || c.heap != 7 {
		t.Error("the heap is not that of the best run")
	}
	if c.add(outcome{seconds: 11, output: "x"}, nil, time.Minute) {
		t.Error("a run of more than a sixth of the limit is repeated")
	}
	if got, exact := c.best(); got != 1 || !exact {
		t.Errorf("best = %v, %v; want 1", got, exact)
	}
	if c.add(outcome{seconds: 1, output: "y"}, nil, time.Minute) || c.err == "" {
		t.Error("an output that changes from run to run passes")
	}
}

func TestKeepsMemory(t *testing.T) {
	if !keepsMemory([]int64{10 << 20, 9 << 20, 12 << 20, 11 << 20}) {
		t.Error("noise counts as growth")
	}
	if keepsMemory([]int64{10 << 20, 12 << 20, 16 << 20, 24 << 20}) {
		t.Error("growth passes for noise")
	}
}

func TestGrowthRow(t *testing.T) {
	linear := growthCase{100, 1.4}
	timed := func(times ...float64) *[growthSteps]cell {
		var cells [growthSteps]cell
		for i, s := range times {
			cells[i] = cell{times: []float64{s}, heap: int64(s * 1e7)}
		}
		return &cells
	}
	for _, c := range []struct {
		what string
		g    growthCase
		in   *[growthSteps]cell
		want string
		bad  bool
	}{
		{"linear", linear, timed(0.01, 0.02, 0.04, 0.08), "n^1.00", false},
		{"quadratic", linear, timed(0.01, 0.04, 0.16, 0.64), "n^2.00!", true},
		{"over the limit", linear, &[growthSteps]cell{{times: []float64{1}}, {bound: 4}}, ">n^2.00!", true},
		{"memory that stays", growthCase{100, 0}, timed(0.5, 0.5, 0.5, 0.5), "stays", false},
		{"memory that grows", growthCase{100, 0}, timed(0.5, 1, 2, 4), "grows!", true},
	} {
		row, bad, trouble := growthRow("case", "lua", c.g, c.in)
		if got := row[len(row)-2]; got != c.want || bad != c.bad || trouble != nil || len(row) != 9 {
			t.Errorf("%s: %v, bad %v, %v; want %q, bad %v", c.what, row, bad, trouble, c.want, c.bad)
		}
	}
	_, _, trouble := growthRow("case", "lua", linear, &[growthSteps]cell{{err: "it broke"}})
	if len(trouble) != 1 {
		t.Errorf("an error gives %d lines of trouble, want 1", len(trouble))
	}
}

// bench runs the program as a user would, with nothing on PATH, and returns its exit code and output.
func bench(t *testing.T, args ...string) (code int, stdout, stderr string) {
	t.Helper()
	t.Setenv("PATH", "")
	var out, errs bytes.Buffer
	code = run(t.Context(), args, &out, &errs)
	return code, out.String(), errs.String()
}

func TestCompare(t *testing.T) {
	file := filepath.Join(t.TempDir(), "out.json")
	code, out, errs := bench(t, "-n", "2", "-run", "^(fib|json)$", "-size", "3", "-engines", "lua5.1,gopher-lua", "-base", "gopher-lua", "-json", file)
	if code != exitOK {
		t.Fatalf("exit code %d\n%s%s", code, out, errs)
	}
	for _, want := range []string{"lua5.1        not found: no such program on PATH", "github.com/yuin/gopher-lua", "\nfib ", "\njson ", "geometric mean"} {
		if !strings.Contains(out, want) {
			t.Errorf("output lacks %q:\n%s", want, out)
		}
	}
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var report jsonReport
	if err := json.Unmarshal(text, &report); err != nil {
		t.Fatal(err)
	}
	if len(report.Results) != 2 || len(report.Engines) != 1 || report.Results[0].Output != "2" || len(report.Results[0].All) != 2 || report.Results[0].Heap == 0 {
		t.Errorf("unexpected report %s", text)
	}
}

func TestCompareFiles(t *testing.T) {
	write := func(name, source string) string {
		path := filepath.Join(t.TempDir(), name)
		if err := os.WriteFile(path, []byte(source), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	endless, broken, loud := write("endless.lua", "while true do end"), write("broken.lua", "local x = nil; x()"), write("loud.lua", `for i = 1, 2 ^ 18 do print("loud") end`)
	code, out, _ := bench(t, "-n", "1", "-limit", "300ms", "-engines", "gopher-lua", endless)
	if code != exitOK || !strings.Contains(out, ">0.3") {
		t.Errorf("an endless program gives exit code %d and\n%s", code, out)
	}
	code, out, _ = bench(t, "-n", "1", "-engines", "gopher-lua", broken, loud)
	if code != exitWrong || !strings.Contains(out, "broken on gopher-lua: error: broken.lua:1:") || !strings.Contains(out, "printed more than") {
		t.Errorf("broken programs give exit code %d and\n%s", code, out)
	}
}

func TestUsage(t *testing.T) {
	for _, args := range [][]string{
		{"-n", "0"}, {"-limit", "0s"}, {"-size", "-1"}, {"-run", "("}, {"-nonsense"}, {"-engines", "lua9"}, {"-child", "gopher-lua"},
		{"-growth", "x.lua"}, {"-growth", "-size", "2"}, {"-engines", "gopher-lua", "-run", "^no such program$"},
	} {
		if code, out, errs := bench(t, args...); code != exitUsage || errs == "" {
			t.Errorf("%q: exit code %d, want %d\n%s%s", args, code, exitUsage, out, errs)
		}
	}
	if code, _, _ := bench(t, "-h"); code != exitOK {
		t.Errorf("-h: exit code %d", code)
	}
	if code, _, errs := bench(t, "-engines", "lua5.2"); code != exitWrong || !strings.Contains(errs, "no engine found") {
		t.Errorf("without any engine: exit code %d, %s", code, errs)
	}
}

func TestList(t *testing.T) {
	code, out, _ := bench(t, "-list")
	if code != exitOK || !strings.Contains(out, "lua5.1        not found") || !strings.Contains(out, "fib               Function calls") {
		t.Errorf("exit code %d\n%s", code, out)
	}
}

// What is measured is built like what is shipped.
func TestProfileIsThatOfTheCommand(t *testing.T) {
	ours, err := os.ReadFile("default.pgo")
	if err != nil {
		t.Fatal(err)
	}
	theirs, err := os.ReadFile(filepath.Join("..", "..", "cmd", "luart", "default.pgo"))
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(ours, theirs) {
		t.Error("default.pgo differs from that of cmd/luart; README.md says how to make both")
	}
}
