package main

import (
	"strings"
	"testing"
)

// What fits in the place of the last word.
func TestComplete(t *testing.T) {
	for _, test := range []struct {
		line  string // the last word is the one after the last space
		paths string
		words string // that must be there
		not   string // that must not
	}{
		{line: "", paths: "lua", words: "run serve pkg version help", not: "__complete --help"},
		{line: "ser", paths: "lua", words: "serve", not: "shell"},
		{line: "hello", paths: "lua"},
		{line: "--", paths: "none", words: "--root --term --help --code", not: "serve --plugins"},
		{line: "--ro", paths: "none", words: "--rom --root", not: "--term"},
		{line: "--root ", paths: "folders"},
		{line: "--root . ", paths: "lua", not: "serve"},
		{line: "--root=", paths: "folders"},
		{line: "--mount ", paths: "folders"},
		{line: "--term ", paths: "lua"},
		{line: "run ", paths: "lua", not: "serve --root"},
		{line: "run run ", paths: "files"},
		{line: "hello.lua --", paths: "files", not: "--root"},
		{line: "-- --", paths: "lua", not: "--root"},
		{line: "-e x ", paths: "files", not: "serve"},
		{line: "-ex --", paths: "none", words: "--root"},
		{line: "--code=x --", paths: "files", not: "--root"},
		{line: "help ", paths: "none", words: "serve pkg", not: "help"},
		{line: "help pkg ch", paths: "none", words: "channel"},
		{line: "serve ", paths: "none", not: "run"},
		{line: "serve --", paths: "none", words: "--plugins --watch --set", not: "--root"},
		{line: "serve --config ", paths: "files"},
		{line: "serve --config=lu", paths: "files"},
		{line: "serve --rpc ", paths: "none", words: "off"},
		{line: "serve --set ", paths: "none", words: "network.port= rpc.token="},
		{line: "serve --set=network.po", paths: "none", words: "--set=network.port=", not: "--set=rpc.token="},
		{line: "serve --print-config --wa", paths: "none", words: "--watch"},
		{line: "pkg ", paths: "none", words: "init channel", not: "build serve"},
		{line: "pkg --json ch", paths: "none", words: "channel"},
		{line: "pkg --profile x ch", paths: "none", words: "channel"},
		{line: "pkg channel ", paths: "none", words: "build list set", not: "init"},
		{line: "pkg channel build --", paths: "none", words: "--output --profile", not: "--yes"},
		{line: "pkg channel build ", paths: "files"},
		{line: "pkg channel build a.yaml ", paths: "files"},
		{line: "pkg channel build -o ", paths: "folders"},
		{line: "pkg channel build -oout ", paths: "files"},
		{line: "rpc CORE__RELOAD --x ", paths: "none", not: "--raw"},
		{line: "test ", paths: "lua"},
		{line: "test a_spec.lua ", paths: "lua", not: "serve"},
		{line: "types ", paths: "folders"},
		{line: "types . ", paths: "none"},
		{line: "completion ", paths: "none", words: "bash zsh fish"},
		{line: "completion bash ", paths: "none", not: "zsh"},
		{line: "new ", paths: "none", words: "plugin"},
		{line: "serve --nonsense --=", paths: "none"},
		{line: "- ", paths: "files"},
		{line: "-", paths: "none", words: "--root"},
	} {
		code, out, errs := command(t, t.TempDir(), "", append([]string{"__complete"}, strings.Split(test.line, " ")...)...)
		paths, rest, _ := strings.Cut(out, "\n")
		if code != 0 || errs != "" || paths != test.paths {
			t.Errorf("%q: exit code %d, %q, paths %s, want %s", test.line, code, errs, paths, test.paths)
		}
		words := map[string]bool{}
		for line := range strings.Lines(rest) {
			word, _, _ := strings.Cut(line, "\t")
			words[word] = true
		}
		for word := range strings.FieldsSeq(test.words) {
			if !words[word] {
				t.Errorf("%q: %s is not offered, only %v", test.line, word, words)
			}
		}
		for word := range strings.FieldsSeq(test.not) {
			if words[word] {
				t.Errorf("%q: %s is offered", test.line, word)
			}
		}
	}
	if code, out, _ := command(t, t.TempDir(), "", "__complete"); code != 0 || !strings.HasPrefix(out, "lua\n") {
		t.Errorf("no words: exit code %d, %q", code, out)
	}
}

func TestCompletionOfUnknownShell(t *testing.T) {
	code, _, errs := command(t, t.TempDir(), "", "completion", "tcsh")
	if code != 2 || !strings.Contains(errs, "bash") {
		t.Errorf("exit code %d, %q", code, errs)
	}
}
