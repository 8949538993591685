package main

import (
	"strings"
	"testing"

	"github.com/alecthomas/kong"
)

// What is piped through the shell comes out clean, with an exit code as other shells have it.
func TestShellInPipes(t *testing.T) {
	dir := folder(t, map[string]string{
		"add.lua":   "local n = ... print(n + read())",
		"fails.lua": "error('oh no')",
		"code.lua":  "os.shutdown(7)",
		"where.lua": "print(shell.dir(), shell.getRunningProgram())",
	})
	for _, test := range []struct {
		name, stdin string
		args        []string
		code        int
		out, err    string // a part of it
	}{
		{name: "commands", stdin: "where\ncd rom\nwhere\n", code: 1, out: "\twhere.lua\n", err: "No such program\n"},
		{name: "programs read what follows", stdin: "add 4\n5\nadd 1\n1\n", out: "9\n2\n"},
		{name: "nothing", out: ""},
		{name: "no line break at the end", stdin: "add 1\n2", out: "3\n"},
		{name: "failure", stdin: "add 1\n1\nfails\n", code: 1, out: "2\n", err: "fails.lua:1: oh no"},
		{name: "failure before", stdin: "fails\nadd 1\n1\n", code: 0, out: "2\n", err: "fails.lua:1: oh no"},
		{name: "failure before exit", stdin: "fails\nexit\nadd 1\n1\n", code: 1, err: "fails.lua:1: oh no"},
		{name: "exit", stdin: "exit\nadd 1\n1\n"},
		{name: "code", stdin: "code\nadd 1\n1\n", code: 7},
		{name: "flags", stdin: "label get\n", args: []string{"--id", "5", "--label", "box"}, out: "Computer label is \"box\"\n"},
		{name: "a root", stdin: "add 1\n1\n", args: []string{"--root", "/"}, code: 1, err: "No such program\n"},
		{name: "a bad flag", args: []string{"--size", "0x9"}, code: 2, err: "--size"},
		{name: "a bad root", args: []string{"--root", "nothere"}, code: 2, err: "nothere"},
		{name: "a bad ROM", args: []string{"--rom", "."}, code: 2, err: "bios.lua"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			code, out, errs := command(t, dir, test.stdin, append([]string{"shell"}, test.args...)...)
			if code != test.code || out != test.out || !strings.Contains(errs, test.err) || test.err == "" && errs != "" {
				t.Errorf("exit code %d, output %q, error output %q", code, out, errs)
			}
		})
	}
}

func TestTermNeedsATerminal(t *testing.T) {
	code, out, errs := command(t, t.TempDir(), "", "--term", "-e", "print(1)")
	if code != 1 || out != "" || errs != "luart: --term needs a terminal, but the standard output is none; leave --term away to print to it\n" {
		t.Errorf("exit code %d, output %q, error output %q", code, out, errs)
	}
	code, _, errs = command(t, t.TempDir(), "", "--size", "51x19", "-e", "print(1)")
	if code != 2 || !strings.Contains(errs, "--term") {
		t.Errorf("exit code %d, error output %q", code, errs)
	}
}

// A flag without a value before -e doesn't take it for one.
func TestSwitchesBeforeCode(t *testing.T) {
	var c commands
	parser, err := kong.New(&c)
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct{ in, want string }{
		{"--term -e print(1) -x", "--term -e print(1) -- -x"},
		{"run --term --size 5x5 -e code --term", "--term --size 5x5 -e code -- --term"},
		{"--term=true -e code a", "--term=true -e code -- a"},
		{"--term file -e code", "--term file -e code"},
	} {
		got, err := plain(strings.Fields(test.in), parser.Model)
		if err != nil || strings.Join(got, " ") != test.want {
			t.Errorf("%s: %q, %v", test.in, got, err)
		}
	}
}

func TestScreenSize(t *testing.T) {
	for text, want := range map[string]screenSize{"51x19": {51, 19}, "1X1": {1, 1}, "1000x1000": {1000, 1000}} {
		var s screenSize
		if err := s.UnmarshalText([]byte(text)); err != nil || s != want {
			t.Errorf("%s: %v, %v", text, s, err)
		}
	}
	for _, text := range []string{"", "x", "51", "51x", "x19", "0x1", "1x0", "-1x1", "51x19x2", "51x19 ", "51 x19", "1001x1", "1e3x5", "99999999999999999999x1"} {
		var s screenSize
		if err := s.UnmarshalText([]byte(text)); err == nil {
			t.Errorf("%q is taken for %v", text, s)
		}
	}
}

func TestHeldOutput(t *testing.T) {
	var h heldOutput
	var out strings.Builder
	h.Write([]byte("one\n"))
	for range 3 {
		h.Write(make([]byte, maxHeld))
	}
	h.Write([]byte("two\n"))
	if h.writeTo(&out); out.String() != "one\ntwo\nluart: 3 more messages were lost\n" {
		t.Errorf("%q", out.String())
	}
	if h.writeTo(&out); strings.Count(out.String(), "one") != 1 {
		t.Errorf("%q", out.String())
	}
}
