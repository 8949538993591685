package regex

import (
	"strings"
	"testing"
	"time"

	"github.com/luart/luart/lua/lualib"
	"github.com/luart/luart/stdlib/computertest"
)

func open(t testing.TB) *computertest.Computer {
	c := computertest.New(t, lualib.Open)
	c.VM().Globals().SetString("regex", Open(c))
	return c
}

func TestModule(t *testing.T) {
	for _, test := range []struct{ name, code, want string }{
		{"test", `return regex.compile("b+"):test("abbc"), regex.compile("^b"):test("abc")`, "true false"},
		{"flags", `return regex.compile("B+", "i"):find("abbc")`, "2 3"},
		{"lines", `return regex.compile("^b$", "m"):find("a\nb\nc")`, "3 3"},
		{"find with groups", `return regex.compile("(\\d+)-(x)?(\\w)"):find("a 12-b")`, "3 6 12 nil b"},
		{"match gives the whole without groups", `return regex.compile("\\d+"):match("a12")`, "12"},
		{"no match", `return regex.compile("z"):match("a12"), regex.compile("z"):find("a"), regex.compile("z"):groups("a")`, "nil nil nil"},
		{"init", `return regex.compile("a"):find("aXa", 2)`, "3 3"},
		{"init from the end", `return regex.compile("a"):find("aaXa", -1)`, "4 4"},
		{"init behind the end", `return regex.compile(""):find("ab", 4), regex.compile(""):find("ab", 3)`, "nil 3 2"},
		{"init sees what lies before", `return regex.compile("(?<=a)b"):find("ab", 2)`, "2 2"},
		{"lookbehind", `return regex.compile("(?<!\\.jar)$"):test("/x.jar"), regex.compile("(?<!\\.jar)$"):test("/x.zip")`, "false true"},
		{"lookahead", `return regex.compile("(?=PLOP).*\\.SC4Lot$", "i"):test("/a/plop_x.sc4lot")`, "true"},
		{"negative lookahead in a loop", `local r = regex.compile("/zoption_(?:(?!CullDeSac Patch).)*$")
			return r:test("/zoption_a/b"), r:test("/zoption_CullDeSac Patch/b")`, "true false"},
		{"lookbehind of alternatives", `return regex.compile("_choose/.*(?<!Maxis|NAM)\\.dat$", "i"):test("_choose/NAM.dat"), regex.compile("_choose/.*(?<!Maxis|NAM)\\.dat$", "i"):test("_choose/b.dat")`, "false true"},
		{"named", `local g = regex.compile("(?<year>\\d+)-(?<month>\\d+)"):groups("on 2024-12") return g.year, g.month, g[1], g[0]`, "2024 12 2024 2024-12"},
		{"gmatch", `local s = "" for a, b in regex.compile("(\\w)=(\\d)"):gmatch("a=1,b=2") do s = s .. a .. b end return s`, "a1b2"},
		{"gmatch of nothing", `local n = 0 for m in regex.compile("x*"):gmatch("abc") do n = n + 1 end return n`, "4"},
		{"gmatch goes on where a group has no part", `local n = 0 for m in regex.compile("(x)?a"):gmatch("aaa") do n = n + 1 end return n`, "3"},
		{"replace", `return regex.compile("(\\w+) (\\w+)"):replace("a b, c d", "$2 $1")`, "b a, d c 2"},
		{"replace by name", `return regex.compile("(?<x>\\d)"):replace("1a2", "[${x}$$$0$q$]")`, "[1$1$q$]a[2$2$q$] 2"},
		{"replace by a function", `return regex.compile("\\d"):replace("1a2b3", function(d) if d == "2" then return nil end return d * 2 end)`, "2a2b6 3"},
		{"replace by a table", `return regex.compile("\\w+"):replace("a b", {a = "x"})`, "x b 2"},
		{"replace no more than", `return regex.compile("a"):replace("aaa", "b", 2)`, "bba 2"},
		{"replace nothing", `return regex.compile(""):replace("ab", "-")`, "-a-b- 3"},
		{"positions are bytes", `return regex.compile("ö"):find("äö")`, "3 4"},
		{"dot is a character", `return #regex.compile("^.$"):match("ä")`, "2"},
		{"what is not UTF-8 is bytes", `return regex.compile("\\xff."):find("\1\255\254")`, "2 3"},
		{"escape", `local e = regex.escape("a.b*(c)") return regex.compile("^" .. e .. "$"):test("a.b*(c)")`, "true"},
		{"compiled twice", `return tostring(regex.compile("a")), regex.compile("a"):test("a")`, "regex: a true"},
	} {
		t.Run(test.name, func(t *testing.T) {
			if got := open(t).Run(test.code); got != test.want {
				t.Errorf("got %s, want %s", got, test.want)
			}
		})
	}
}

func TestErrors(t *testing.T) {
	for _, test := range []struct{ code, want string }{
		{`return regex.compile("(")`, "nil malformed pattern: "},
		{`return regex.compile("a", "q")`, "nil there is no flag 'q'"},
		{`return regex.compile(("("):rep(300) .. (")"):rep(300))`, "nil malformed pattern: groups are nested"},
		{`return regex.compile(("a"):rep(9000))`, "nil malformed pattern: it is longer than 8192 bytes"},
		{`return regex.compile("\255")`, "nil malformed pattern: it is not UTF-8"},
		{`return regex.compile(1)`, "test:1: bad argument #1 (string expected, got number)"},
		{`return regex.compile("a", "", 6)`, "test:1: bad argument #3"},
		{`return regex.compile("a").test("a")`, "test:1: bad argument #1 (regex expected, got string)"},
		{`return regex.compile("a"):test()`, "test:1: bad argument #2 (string expected, got nil)"},
		{`return regex.compile("a"):replace("a", function() return {} end)`, "test:1: the replacement must be"},
		{`return regex.compile("(x+x+)+y", "", 0.01):test(("x"):rep(40))`, "test:1: pattern took too long"},
	} {
		if got := open(t).Run(test.code); !strings.HasPrefix(got, test.want) {
			t.Errorf("%s: got %s, want %s", test.code, got, test.want)
		}
	}
}

// Whatever is searched for, a search ends.
func TestTimeLimit(t *testing.T) {
	for _, pattern := range []string{`(x+x+)+y`, `(x|x)*y`, `(?:(?:x*)*)*y`, `(x*)*\1y`, `(?=(x+x+)+y)x`} {
		r, err := Compile(pattern, "", 50*time.Millisecond)
		if err != nil {
			t.Fatal(err)
		}
		start := time.Now()
		_, err = r.Matches(strings.Repeat("x", 5000))
		if took := time.Since(start); took > 30*time.Second {
			t.Errorf("%s took %v", pattern, took)
		}
		if err != ErrTooLong && err != ErrStack && err != nil {
			t.Errorf("%s: %v", pattern, err)
		}
	}
}

func TestCacheIsBounded(t *testing.T) {
	if got := open(t).Run(`for i = 1, 600 do regex.compile("a" .. i) end return regex.compile("a1"):test("a1")`); got != "true" {
		t.Error(got)
	}
}

func FuzzMatch(f *testing.F) {
	f.Add("(?<a>x+)+y", "xxxy", "i", 0)
	f.Add(`(?<!\.jar)$`, "a.jar", "", 1)
	f.Add(`\p{L}+(?>a*)\k<1>`, "ä\xff", "msx", 2)
	f.Fuzz(func(t *testing.T, pattern, text, letters string, from int) {
		r, err := Compile(pattern, letters, 10*time.Millisecond)
		if err != nil {
			return
		}
		s := newSubject(text)
		m, err := r.find(s, min(max(from, 0), len(s.runes)))
		if err == nil && m != nil {
			var b strings.Builder
			r.expand(&b, s, m, "$1${a}$0")
			_ = s.captures(m)
		}
	})
}
