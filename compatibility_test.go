package luart_test

import (
	"fmt"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/luart/luart/runtime"
	"github.com/luart/luart/stdlib/periphemu"
)

// compatibilityClaim is a name of docs/compatibility.md and whether the page says that a computer has it.
type compatibilityClaim struct {
	name    string
	program bool // of the shell
	there   bool
}

var (
	codeName  = regexp.MustCompile("`([\\w.]+)`")
	stateCell = regexp.MustCompile(`^(same|more|differs|missing)$`)
)

// compatibilityClaims reads the tables of a section whose second column is a state.
func compatibilityClaims(t *testing.T, section string) []compatibilityClaim {
	var claims []compatibilityClaim
	for line := range strings.Lines(section) {
		cells := strings.Split(line, "|")
		if len(cells) < 4 {
			continue
		}
		what, state := cells[1], strings.TrimSpace(cells[2])
		if state == "" || strings.Trim(state, "- ") == "" {
			continue // the table's head
		}
		if !stateCell.MatchString(state) {
			t.Errorf("docs/compatibility.md has the unknown state %q in %s", state, line)
		}
		things, programs, _ := strings.Cut(what, "programs ")
		for _, m := range codeName.FindAllStringSubmatch(things, -1) {
			claims = append(claims, compatibilityClaim{name: m[1], there: state != "missing"})
		}
		for _, m := range codeName.FindAllStringSubmatch(programs, -1) {
			claims = append(claims, compatibilityClaim{name: m[1], program: true, there: state != "missing"})
		}
	}
	return claims
}

// What docs/compatibility.md says is there of CraftOS is there, and what it says is missing is not.
func TestCompatibilityClaims(t *testing.T) {
	const page = "docs/compatibility.md"
	var claims []compatibilityClaim
	for _, title := range []string{"Globals and APIs", "Modules", "What CraftOS-PC adds"} {
		found := compatibilityClaims(t, section(t, page, title))
		if len(found) < 8 {
			t.Errorf("%s: the table of %q is gone", page, title)
		}
		claims = append(claims, found...)
	}
	for _, claim := range compatibilityClaims(t, section(t, page, "Programs")) {
		claim.program = true
		claims = append(claims, claim)
	}
	for _, claim := range compatibilityClaims(t, section(t, page, "The language")) {
		if !claim.there { // what is there may be a word of the grammar
			claims = append(claims, claim)
		}
	}

	var code strings.Builder
	for _, c := range claims {
		there := c.name + " ~= nil"
		switch {
		case c.name == "multishell":
			continue // only on a screen
		case c.program:
			there = fmt.Sprintf("shell.resolveProgram(%q) ~= nil", c.name)
		case strings.HasPrefix(c.name, "cc.") || strings.HasPrefix(c.name, "luart."):
			there = fmt.Sprintf("pcall(require, %q)", c.name)
		}
		fmt.Fprintf(&code, "if (%s) ~= %t then print(%q) end\n", there, c.there, c.name)
	}
	var wrong strings.Builder
	computer, err := runtime.New(runtime.WithRoot(t.TempDir()), runtime.WithCode("=claims", code.String()), runtime.WithStdout(&wrong), runtime.WithStderr(os.Stderr),
		runtime.WithMounter(t.TempDir(), false), runtime.WithPeriphemu(new(periphemu.Networks)), runtime.WithConfig())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := computer.Run(t.Context()); err != nil {
		t.Fatal(err)
	}
	if wrong.Len() > 0 {
		t.Errorf("%s has the wrong state for\n%s", page, wrong.String())
	}
}
