package yaml

import (
	"strings"
	"testing"

	"github.com/luart/luart/lua"
	"github.com/luart/luart/lua/lualib"
	"github.com/luart/luart/stdlib/computertest"
)

func open(t testing.TB) *computertest.Computer {
	c := computertest.New(t, lualib.Open)
	c.VM().Globals().SetString("yaml", Open(c))
	return c
}

func TestModule(t *testing.T) {
	for _, test := range []struct{ name, code, want string }{
		{"scalars", `local t = yaml.decode("[1, -1.5, 0x10, true, a, '1', 1.0e3, 9007199254740993]") return table.unpack(t)`, "1 -1.5 16 true a 1 1000 9007199254740992"},
		{"types", `local t = yaml.decode("a: '1'\nb: 1\nc: 1.2.3\nd: yes") return type(t.a), type(t.b), type(t.c), type(t.d)`, "string number string string"},
		{"dates stay texts", `return yaml.decode("2024-12-14T17:32:24Z"), yaml.decode("2024-12-14")`, "2024-12-14T17:32:24Z 2024-12-14"},
		{"null", `local t = yaml.decode("a: ~\nb:\nc: null") return t.a == yaml.null, t.b == yaml.null, t.c == yaml.null, tostring(t.a)`, "true true true null"},
		{"null left out", `return yaml.decode("a: ~", {null = false}).a`, "nil"},
		{"nothing", `return yaml.decode("") == yaml.null, yaml.decode("# only a comment", {null = 0})`, "true 0"},
		{"nested", `local t = yaml.decode("a:\n- b: 1\n  c: [x, {y: z}]\n") return t.a[1].b, t.a[1].c[2].y`, "1 z"},
		{"empty list", `local e = {} local t = yaml.decode("a: []", {empty_array = e}) return t.a == e`, "true"},
		{"block texts", `return yaml.decode("|\n  a\n  b\n") .. yaml.decode(">-\n  a\n  b\n")`, "a\nb\na b"},
		{"documents", `local all, n = yaml.decodeAll("a: 1\n---\na: 2\n---\n") return #all, n, all[1].a, all[2].a, all[3] == yaml.null`, "3 3 1 2 true"},
		{"no document", `local all, n = yaml.decodeAll("") return #all, n`, "0 0"},
		{"several for one", `return yaml.decode("a\n---\nb")`, "nil malformed YAML: there are several documents; decodeAll reads them"},
		{"aliases are values of their own", `local t = yaml.decode("a: &x {k: 1}\nb: *x") t.a.k = 2 return t.b.k`, "1"},
		{"merge", `local t = yaml.decode("a: &x {k: 1, l: 2}\nb: {<<: *x, k: 3}\nc: {<<: [*x, {m: 4, l: 9}]}") return t.b.k, t.b.l, t.c.m, t.c.l`, "3 2 4 2"},
		{"keys are texts", `local t = yaml.decode("1: a\ntrue: b") return t["1"], t["true"], t[1]`, "a b nil"},
		{"binary", `return yaml.decode("!!binary aGk=")`, "hi"},
		{"unknown tags", `return yaml.decode("!foo 1"), yaml.decode("!!set {a: 1}").a`, "1 1"},
		{"position", `return yaml.decode("a: 1\nb: {c\n\nd: [1")`, "nil malformed YAML: did not find expected ',' or '}', in line 2"},
		{"same key", `return yaml.decode("a: 1\nb: 2\na: 3")`, `nil malformed YAML: the key "a" is there twice, in line 3`},
		{"list as key", `return yaml.decode("? [a]\n: 1")`, "nil malformed YAML: a list or map is a key, in line 1"},
		{"unknown anchor", `return (select(2, yaml.decode("*x")))`, "malformed YAML: unknown anchor 'x' referenced"},
		{"part of itself", `return (select(2, yaml.decode("&x [*x]")))`, `malformed YAML: the anchor "x" is part of itself, in line 1`},
		{"merges itself", `return (select(2, yaml.decode("&x {<<: *x}")))`, `malformed YAML: the anchor "x" is part of itself, in line 1`},
		{"no map to merge", `return (select(2, yaml.decode("<<: 1")))`, "malformed YAML: what is merged is no map, in line 1"},
		{"deep", `return (select(2, yaml.decode(("["):rep(200) .. ("]"):rep(200))))`, "malformed YAML: nested deeper than 128 levels, in line 1"},
		{"as deep as allowed", `return type(yaml.decode(("["):rep(128) .. ("]"):rep(128)))`, "table"},
		{"max_values", `return (select(2, yaml.decode("[1, 2]", {max_values = 2})))`, "malformed YAML: there are more than 2 values, with those that aliases repeat, in line 1"},
		{"not UTF-8", `return (yaml.decode("a: \255")) == nil`, "true"},
		{"no text", `return pcall(yaml.decode, {})`, "false test:1: bad argument #1 (string expected, got table)"},
		{"no such option", `return (select(2, pcall(yaml.decode, "", {depth = 1})))`, "test:1: bad field 'depth' (other name: there is no such option expected, got number)"},
		{"no depth", `return (select(2, pcall(yaml.decode, "", {max_depth = 0})))`, "test:1: bad field 'max_depth' (whole number from 1 to 1000 expected, got number)"},
	} {
		t.Run(test.name, func(t *testing.T) {
			if got := open(t).Run(test.code); got != test.want {
				t.Errorf("got %s, want %s", got, test.want)
			}
		})
	}
}

// TestBounds feeds texts that would become much.
func TestBounds(t *testing.T) {
	laughs := "a0: &a0 [x,x,x,x,x,x,x,x,x,x]\n"
	for i := range 12 {
		laughs += strings.NewReplacer("N", string(rune('b'+i)), "P", map[bool]string{true: "a0", false: string(rune('a' + i))}[i == 0]).
			Replace("N: &N [*P,*P,*P,*P,*P,*P,*P,*P,*P,*P]\n")
	}
	for name, test := range map[string]struct{ text, want string }{
		"laughs":   {laughs, "there are more than 1000000 values"},
		"brackets": {strings.Repeat("[", 100_000), "malformed YAML"},
		"indents":  {strings.Repeat("- ", 100_000), "malformed YAML"},
		"long":     {strings.Repeat("a", MaxText+1), "longer than"},
		"zero":     {"a: \x00", "malformed YAML"},
	} {
		t.Run(name, func(t *testing.T) {
			c := open(t)
			c.VM().Globals().SetString("text", lua.String(test.text))
			if got := c.Run(`return select(2, yaml.decode(text))`); !strings.Contains(got, test.want) {
				t.Errorf("got %.200s, want %s", got, test.want)
			}
		})
	}
}

func FuzzDecode(f *testing.F) {
	for _, text := range []string{"a: [1, {b: c}]", "&x {<<: *x}", "- |\n  a\n- >\n  b", "? a\n: b", "!!binary aGk=", "---\n...\n---", "%YAML 1.2\n---\na"} {
		f.Add(text)
	}
	c := open(f)
	f.Fuzz(func(t *testing.T, text string) {
		c.VM().Globals().SetString("text", lua.String(text))
		if got := c.Run(`local v, message = yaml.decodeAll(text, {max_values = 10000}) return type(v) == "table" or type(message) == "string"`); got != "true" {
			t.Error(got)
		}
	})
}
