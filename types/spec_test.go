package types

import (
	"slices"
	"strings"
	"testing"

	"github.com/luart/luart/lua/syntax"
)

// specWords are the definitions of what only specs see.
func specWords(t *testing.T) []Definition { return definitionsOf(t, "test/words.lua") }

// pluginAPI are the definitions of what only plugins see.
func pluginAPI(t *testing.T) []Definition {
	return append(definitionsOf(t, "plugin/plugin.lua"), definitionsOf(t, "plugin/rpc.lua")...)
}

func definitionsOf(t *testing.T, name string) []Definition {
	t.Helper()
	text, err := library.ReadFile("library/" + name)
	if err != nil {
		t.Fatal(err)
	}
	list, err := parseDefinitions(name, string(text))
	if err != nil {
		t.Fatal(err)
	}
	return list
}

// The words of specs have definitions, and they are those that the runner has.
func TestSpecWords(t *testing.T) {
	s, err := parse("runner.lua", read(t, "../conformance/spec/runner.lua"))
	if err != nil {
		t.Fatal(err)
	}
	want := map[string][]string{"expect": nil}
	add := func(target syntax.Expr, f *syntax.Function) {
		_, path := pathOf(target)
		if len(path) != 2 {
			return
		}
		var names []string
		if f != nil {
			names, _ = params(f)
		}
		switch {
		case path[0] == "words":
			want[path[1]] = names
		case path[0] == "expect":
			want["expect."+path[1]] = names
		case path[0] == "Expectation" && !strings.HasPrefix(path[1], "__"):
			want["(Expectation)."+path[1]] = names
		}
	}
	statements(s.main.Body, true, func(stmt syntax.Stmt) {
		switch stmt := stmt.(type) {
		case *syntax.FunctionStmt:
			add(stmt.Target, stmt.Func.Func)
		case *syntax.AssignStmt:
			add(stmt.Targets[0], nil)
		}
	})
	if len(want) < 15 {
		t.Fatalf("found only %v", want)
	}
	for _, d := range specWords(t) {
		name := strings.ReplaceAll(d.Name, ":", ".")
		names, ok := want[name]
		if !ok || !slices.Equal(names, d.Params) {
			t.Errorf("%s(%s) is defined; the runner has %v", name, strings.Join(d.Params, ", "), names)
		}
		delete(want, name)
	}
	for name := range want {
		t.Errorf("%s has no definition", name)
	}
}
