package main

import (
	"bufio"
	"encoding/xml"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	goruntime "runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/luart/luart/conformance/spec"
)

func TestTestCommand(t *testing.T) {
	good := map[string]string{
		"good_spec.lua":     "describe('sums', function()\n  it('add', function() expect(1 + 1):eq(2) print('adding') end)\n  pending('multiply')\nend)",
		"sub/m.lua":         "return 'm'",
		"sub/more_spec.lua": "it('finds modules', function() expect(require 'm'):eq('m') end)",
	}
	with := func(extra map[string]string) string {
		files := map[string]string{}
		for _, m := range []map[string]string{good, extra} {
			for name, text := range m {
				files[name] = text
			}
		}
		return folder(t, files)
	}
	allGood := with(nil)
	bad := with(map[string]string{
		"bad_spec.lua":   "it('differs', function()\n  print('printed')\n  expect({ 1, a = 2 }):same { 1, a = 3 }\nend)\nit('errs', function() local x = nil; return x.y end)",
		"ends_spec.lua":  "it('ends it', function() os.shutdown(0) end)\nit('waits', function() os.pullEvent('never') end)",
		"large_spec.lua": "it('takes all', function() local t = {} while true do t[#t + 1] = ('x'):rep(1e6) end end)",
		"syn_spec.lua":   "it('x'",
	})
	for _, test := range []struct {
		name string
		dir  string
		args []string
		code int
		out  string // patterns
		err  string
	}{
		{name: "good", dir: allGood, out: `^PENDING  sums / multiply \(good_spec\.lua:3\)\n2 passed, 0 failed, 1 pending\n2 files in \S+s\n$`, err: "^$"},
		{name: "one file", dir: allGood, args: []string{"sub/more_spec.lua"}, out: `^1 passed, 0 failed, 0 pending\n1 file in \S+s\n$`},
		{name: "verbose", dir: allGood, args: []string{"--verbose", "--jobs", "1"}, out: `^good_spec\.lua \(\S+s\)\nPASS  sums / add \(good_spec\.lua:2, \S+s\)\n    printed:\n        adding\nPENDING `},
		{name: "filter", dir: allGood, args: []string{"--filter", "sums / add"}, out: `^1 passed, 0 failed, 0 pending\n`},
		{name: "filter for nothing", dir: allGood, args: []string{"--filter", "nothing"}, code: 2, out: "^$", err: `no test whose name contains "nothing"`},
		{name: "list", dir: allGood, args: []string{"--list"}, out: `^good_spec\.lua:2: sums / add\ngood_spec\.lua:3: sums / multiply\nsub/more_spec\.lua:1: finds modules\n$`},
		{name: "nothing there", dir: allGood, args: []string{"nothere"}, code: 2, out: "^$", err: `^luart: there is no file or folder nothere\n`},
		{name: "no specs", dir: folder(t, map[string]string{"x.lua": ""}), code: 2, err: `there are no specs in \.; their names end with _spec\.lua`},
		{name: "bad flag", dir: allGood, args: []string{"--nothere"}, code: 2, err: `unknown flag --nothere`},
		{name: "bad memory", dir: allGood, args: []string{"--memory", "64"}, code: 2, err: `did you mean 64MiB`},
		{name: "bad id", dir: allGood, args: []string{"--id=-1"}, code: 2, err: `negative`},
		{name: "bad folder for results", dir: allGood, args: []string{"--junit", "nothere/x.xml"}, code: 2, err: `--junit`},
		{name: "own-rom", dir: allGood, args: []string{"--own-rom"}, code: 2, err: `--cct`},
		{name: "bad", dir: bad, args: []string{"--jobs", "2", "--memory", "16MiB", "--test-timeout", "300ms"}, code: 1, out: `^FAIL  differs \(bad_spec\.lua:1\)
    expected {1, a = 3}
         got {1, a = 2}
    differences:
      \.a: expected 3, got 2
    stack traceback:
    	bad_spec\.lua:3: in function <bad_spec\.lua:1>
    printed:
        printed
ERROR  errs \(bad_spec\.lua:5\)
    bad_spec\.lua:5: attempt to index local 'x' \(a nil value\)
    stack traceback:
    	bad_spec\.lua:5: in function <bad_spec\.lua:5>
ERROR  ends it \(ends_spec\.lua:1\)
    the computer was shut down \(os\.shutdown, exit code 0\)
ERROR  waits \(ends_spec\.lua:2\)
    not done after 300ms, waiting for the event "never"
    stack traceback:
(    	.*\n)+PENDING .*
ERROR  takes all \(large_spec\.lua:1\)
    large_spec\.lua:1: not enough memory
    stack traceback:
(    	.*\n)+ERROR  \(loading\) \(syn_spec\.lua\)
    syn_spec\.lua:1: .*
2 passed, 6 failed, 1 pending
6 files in \S+s
$`, err: "^$"},
		{name: "fail fast", dir: bad, args: []string{"--jobs", "1", "--fail-fast"}, code: 1, out: `(?s)^FAIL  differs.*\nstopped at the first failure\n0 passed, 1 failed, 0 pending\n1 file in \S+s\n$`},
		{name: "list what does not load", dir: bad, args: []string{"--list", "syn_spec.lua"}, code: 1, out: `^ERROR  \(loading\) \(syn_spec\.lua\)\n`},
		{name: "fast time", dir: folder(t, map[string]string{"x_spec.lua": "it('x', function() sleep(3600) end)"}), args: []string{"--fast-time"}, out: `^1 passed`},
		{name: "options", dir: folder(t, map[string]string{"x_spec.lua": "it('x', function() expect(os.getComputerID()):eq(7) expect(os.getComputerLabel()):eq('box') expect(fs.exists('/data/m.lua')):eq(true) expect(fs.exists('more_spec.lua')):eq(true) end)"}),
			args: []string{"--id", "7", "--label", "box", "--mount", filepath.Join(allGood, "sub") + ":/data:ro", "--root", filepath.Join(allGood, "sub")}, out: `^1 passed`},
	} {
		t.Run(test.name, func(t *testing.T) {
			code, out, errs := command(t, test.dir, "", append([]string{"test"}, test.args...)...)
			if code != test.code || !regexp.MustCompile(test.out).MatchString(out) || !regexp.MustCompile(test.err).MatchString(errs) {
				t.Errorf("exit code %d, want %d\n%s\n%s", code, test.code, out, errs)
			}
		})
	}
}

// What specs write is not in the folder, unless that is wanted.
func TestTestCommandWrites(t *testing.T) {
	dir := folder(t, map[string]string{"x_spec.lua": "it('x', function() local f = fs.open('made', 'w') f.write('x') f.close() expect(fs.exists('made')):eq(true) end)"})
	made := func() bool {
		_, err := os.Stat(filepath.Join(dir, "made"))
		return err == nil
	}
	if code, out, _ := command(t, dir, "", "test"); code != 0 || made() {
		t.Errorf("exit code %d, made: %v\n%s", code, made(), out)
	}
	if code, out, _ := command(t, dir, "", "test", "--write"); code != 0 || !made() {
		t.Errorf("--write: exit code %d, made: %v\n%s", code, made(), out)
	}
}

func TestTestCommandJUnit(t *testing.T) {
	dir := folder(t, map[string]string{"x_spec.lua": "it('x\\27', function() error('\\0') end)"})
	if code, _, errs := command(t, dir, "", "test", "--junit", "out.xml"); code != 1 || errs != "" {
		t.Errorf("exit code %d, %s", code, errs)
	}
	text, err := os.ReadFile(filepath.Join(dir, "out.xml"))
	if err != nil {
		t.Fatal(err)
	}
	var suites struct {
		Errors int `xml:"errors,attr"`
	}
	if err := xml.Unmarshal(text, &suites); err != nil || suites.Errors != 1 {
		t.Errorf("%v, %+v\n%s", err, suites, text)
	}
}

// The specs of the ROM and the one of the examples pass, as users run them.
func TestTestCommandOnOurSpecs(t *testing.T) {
	for _, path := range []string{"conformance/specs", "examples"} {
		// The control plane's files are where luart serve has them. Specs of servers have errors logged on purpose.
		code, out, errs := command(t, filepath.Join("..", ".."), "", "test", "--allow-private", "--mount", "control:/rom/control:ro", path)
		if code != 0 || !regexp.MustCompile(`(?m)^\d+ passed, 0 failed, 0 pending$`).MatchString(out) {
			t.Errorf("%s: exit code %d\n%s\n%s", path, code, out, errs)
		}
	}
}

func TestSpecPrinter(t *testing.T) {
	var out strings.Builder
	p := newSpecPrinter(&out, &strings.Builder{}, false, 2)
	var shown strings.Builder
	p.progress = &progress{w: &shown}
	p.colours = true
	p.result(spec.File{Name: strings.Repeat("folder/", 10) + "x_spec.lua"}, spec.Result{Status: spec.Fail})
	p.report(spec.Report{Results: []spec.Result{{Name: "n", Source: "f:1", Status: spec.Fail, Message: "m"}}})
	if err := p.summary("", 1500*time.Millisecond); err != nil {
		t.Fatal(err)
	}
	if want := "\x1b[31mFAIL\x1b[0m  n \x1b[90m(f:1)\x1b[0m\n    m\n\x1b[31m0 passed, 1 failed, 0 pending\x1b[0m\n1 file in 1.5s\n"; out.String() != want {
		t.Errorf("got  %q\nwant %q", out.String(), want)
	}
	if want := "\r\x1b[K0 of 2 files, 1 tests, 1 failed: ...older/folder/folder/folder/x_spec.lua\r\x1b[K"; shown.String() != want {
		t.Errorf("progress: got  %q\nwant %q", shown.String(), want)
	}
}

// The page has all options of the command, and no others.
func TestDocTestOptions(t *testing.T) {
	page, err := os.ReadFile(filepath.Join("..", "..", "docs", "testing.md"))
	if err != nil {
		t.Fatal(err)
	}
	flags := func(pattern, text string) []string {
		var all []string
		for _, m := range regexp.MustCompile(pattern).FindAllStringSubmatch(text, -1) {
			all = append(all, m[1])
		}
		slices.Sort(all)
		return slices.Compact(all)
	}
	const flag = `(?m)^ +(?:-\w, )?(--[\w-]+)`
	_, help, _ := command(t, ".", "", "test", "--help")
	_, runHelp, _ := command(t, ".", "", "run", "--help") // what these have in common is in docs/running.md
	want, shared := flags(flag, help), flags(flag, runHelp)
	got := flags("(?m)^\\| `(--[\\w-]+)", string(page))
	if len(want) < 10 {
		t.Fatalf("found only %v in\n%s", want, help)
	}
	for _, name := range want {
		if !slices.Contains(got, name) && !slices.Contains(shared, name) {
			t.Errorf("docs/testing.md lacks %s", name)
		}
	}
	for _, name := range got {
		if !slices.Contains(want, name) {
			t.Errorf("docs/testing.md has %s, which luart test does not have", name)
		}
	}
}

// Ctrl-C ends the tests, with a report of those that were done.
func TestTestCommandCtrlC(t *testing.T) {
	if goruntime.GOOS == "windows" {
		t.Skip("processes can't be interrupted there")
	}
	dir := folder(t, map[string]string{
		"a_spec.lua": "it('one', function() end) pending('later')",
		"b_spec.lua": "it('waits', function() os.pullEvent('never') end)",
	})
	cmd := exec.CommandContext(t.Context(), luart, "test", "--jobs", "1", "--test-timeout", "60s", "--junit", "out.xml")
	cmd.Dir = dir
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewReader(out)
	first, err := lines.ReadString('\n')
	if err != nil || !strings.HasPrefix(first, "PENDING  later") {
		t.Errorf("got %q, %v", first, err)
	}
	if err := cmd.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	rest, err := io.ReadAll(lines)
	if err != nil || !strings.HasPrefix(string(rest), "stopped before the end\n1 passed, 0 failed, 1 pending\n") {
		t.Errorf("got %q, %v", rest, err)
	}
	if err := cmd.Wait(); cmd.ProcessState.ExitCode() != exitCtrlC {
		t.Error(err)
	}
	if _, err := os.Stat(filepath.Join(dir, "out.xml")); err != nil {
		t.Error(err)
	}
}
