package luart_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// The pages name tests in two ways: as `PACKAGE: TestA, FuzzB`, where PACKAGE is a folder, and as commands of the shell. This file
// sees that they are there.

var (
	namedTests  = regexp.MustCompile("`([\\w./-]+): ((?:Test|Fuzz|Benchmark)[\\w/, ]+)`")
	testCommand = regexp.MustCompile("go test ([^\\n`#]+)")
	benchRuns   = regexp.MustCompile("go run ./conformance/bench([^\\n`#]*)")
)

// testsOf returns the names of the test functions in a folder, whatever the platforms that its files are for, and all that its test files say.
func testsOf(t *testing.T, dir string) (names []string, text string) {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(dir, "*_test.go"))
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		source, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		parsed, err := parser.ParseFile(token.NewFileSet(), file, source, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		for _, decl := range parsed.Decls {
			f, ok := decl.(*ast.FuncDecl)
			if ok && f.Recv == nil && regexp.MustCompile(`^(Test|Fuzz|Benchmark)`).MatchString(f.Name.Name) {
				names = append(names, f.Name.Name)
			}
		}
		text += string(source)
	}
	return names, text
}

// hasTest reports whether a pattern of -run, or of -bench, selects some test of a folder.
func hasTest(t *testing.T, dir, pattern string) bool {
	t.Helper()
	top, _, _ := strings.Cut(pattern, "/")
	selects, err := regexp.Compile(top)
	if err != nil {
		return false
	}
	names, _ := testsOf(t, dir)
	for _, name := range names {
		if selects.MatchString(name) {
			return true
		}
	}
	return false
}

func TestNamedTestsExist(t *testing.T) {
	count := 0
	for _, page := range append(pages(t), "conformance/README.md", "conformance/bench/README.md") {
		text, err := os.ReadFile(page)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range namedTests.FindAllStringSubmatch(string(text), -1) {
			for name := range strings.SplitSeq(m[2], ",") {
				count++
				name = strings.TrimSpace(name)
				top, sub, _ := strings.Cut(name, "/")
				if !hasTest(t, m[1], "^"+top+"$") {
					t.Errorf("%s: ./%s has no %s", page, m[1], top)
				}
				if sub != "" { // specs are subtests named for their files
					if _, err := os.Stat(filepath.Join(m[1], filepath.FromSlash(sub)+"_spec.lua")); err != nil {
						t.Errorf("%s: %s: %v", page, name, err)
					}
				}
			}
		}
		for _, m := range testCommand.FindAllStringSubmatch(string(text), -1) {
			testCommandHolds(t, page, strings.Fields(m[1]))
		}
	}
	if count < 50 {
		t.Errorf("the pages name only %d tests", count)
	}
}

// testCommandHolds checks the arguments of a go test: its folders are there, what -run and -bench select is, and so are flags of the tests.
func testCommandHolds(t *testing.T, page string, args []string) {
	var dirs, patterns []string
	for i := 0; i < len(args); i++ {
		switch arg := strings.Trim(args[i], `'"`); {
		case strings.HasPrefix(arg, "./"):
			dirs = append(dirs, strings.TrimSuffix(arg, "/..."))
		case arg == "-run" || arg == "-bench" || arg == "-fuzz":
			if i++; i < len(args) && strings.Trim(args[i], `'"`) != "^$" {
				patterns = append(patterns, strings.Trim(args[i], `'"`))
			}
		case strings.HasPrefix(arg, "-"):
			flag, _, _ := strings.Cut(arg[1:], "=")
			if slices.Contains([]string{"count", "v", "race", "short", "timeout", "fuzztime", "benchtime"}, flag) {
				continue
			}
			for _, dir := range dirs {
				if _, text := testsOf(t, dir); !strings.Contains(text, `"`+flag+`"`) {
					t.Errorf("%s: the tests in %s have no flag -%s", page, dir, flag)
				}
			}
		}
	}
	for _, dir := range dirs {
		if _, err := os.Stat(dir); err != nil {
			t.Errorf("%s: go test %s: %v", page, strings.Join(args, " "), err)
		}
		for _, pattern := range patterns {
			if !hasTest(t, dir, pattern) {
				t.Errorf("%s: go test %s: nothing is called that", page, strings.Join(args, " "))
			}
		}
	}
}

// The commands that measure understand what the pages tell them.
func TestNamedBenchmarksExist(t *testing.T) {
	commands := map[string]string{} // the page of each
	for _, page := range append(pages(t), "conformance/bench/README.md") {
		text, err := os.ReadFile(page)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range benchRuns.FindAllStringSubmatch(string(text), -1) {
			commands[strings.TrimSpace(m[1])] = page
		}
	}
	if len(commands) < 6 {
		t.Fatalf("found only %v", commands)
	}
	bench := filepath.Join(t.TempDir(), "bench"+exeSuffix())
	if out, err := exec.CommandContext(t.Context(), "go", "build", "-pgo=off", "-o", bench, "./conformance/bench").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	for command, page := range commands {
		var args []string
		for _, arg := range strings.Fields(command) {
			if !strings.HasSuffix(arg, ".lua") { // a file of the reader's
				args = append(args, strings.Trim(arg, `'"`))
			}
		}
		// With -h behind what it knows, it prints what else there is; what it doesn't know is a mistake, or a file that isn't there.
		if out, err := exec.CommandContext(t.Context(), bench, append(args, "-h")...).CombinedOutput(); err != nil {
			t.Errorf("%s: go run ./conformance/bench %s: %v\n%s", page, command, err, out)
		}
	}
}
