package fuzzy

import (
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/luart/luart/lua/lualib"
	"github.com/luart/luart/stdlib/computertest"
)

func open(t testing.TB) *computertest.Computer {
	c := computertest.New(t, lualib.Open)
	c.VM().Globals().SetString("fuzzy", Open(c))
	return c
}

func TestModule(t *testing.T) {
	for _, test := range []struct{ name, code, want string }{
		{"contained", `return fuzzy.score("mod", "A Modular thing"), fuzzy.score("MOD thing", "a modular thing")`, "100 100"},
		{"typing errors", `return fuzzy.score("terain", "terrain mod"), fuzzy.score("terrrain", "terrain mod"), fuzzy.score("tarrain", "terrain mod")`, "83 88 86"},
		{"below the threshold", `return fuzzy.score("xyz", "terrain"), fuzzy.score("terain", "terrain", 90), fuzzy.score("terain", "terrain", 83)`, "0 0 83"},
		{"the mean of words", `return fuzzy.score("terrain xyz", "terrain", 50), fuzzy.score("terrain mod xyz", "terrain mod", 50)`, "50 67"},
		{"words below count as nothing", `return fuzzy.score("terrain xyz", "terrain x", 50), fuzzy.score("terrain xyz", "terrain x", 30)`, "50 67"},
		{"nothing is in all", `return fuzzy.score("", "a"), fuzzy.score("", ""), fuzzy.score("  ", "a"), fuzzy.score("a  b", "a b")`, "100 100 100 100"},
		{"shorter texts", `return fuzzy.score("terrain", "terr", 50), fuzzy.score("a", "", 50)`, "100 0"},
		{"not ASCII", `return fuzzy.score("ÄÖÜ", "xäöüx"), fuzzy.score("äöxüß", "äöüß x", 50)`, "100 80"},
		{"not UTF-8", `return fuzzy.score("a\255", "b\255")`, "0"},
		{"index", `local x = fuzzy.index {"one two", "two", "three", "tow"}
			local at, scores = x.search("two", 60)
			return x.size, table.concat(at, " "), table.concat(scores, " ")`, "4 1 2 4 100 100 67"},
		{"empty index", `local at, scores = fuzzy.index({}).search("x") return #at, #scores`, "0 0"},
		{"no texts", `return pcall(fuzzy.index, {"a", 1})`, "false test:1: bad argument #1 (element 2 is no string)"},
		{"threshold", `return pcall(fuzzy.score, "a", "b", 101)`, "false test:1: bad argument #3 (a threshold is from 0 to 100)"},
		{"long query", `return pcall(fuzzy.score, ("ä"):rep(257), "b")`, "false test:1: bad argument #1 (a query has at most 256 characters)"},
		{"long words", `return fuzzy.score(("ab"):rep(128), ("ab"):rep(100) .. "x" .. ("ab"):rep(28)), fuzzy.score(("ab"):rep(128), ("a"):rep(5000), 50)`, "100 50"},
	} {
		t.Run(test.name, func(t *testing.T) {
			if got := open(t).Run(test.code); got != test.want {
				t.Errorf("got %s, want %s", got, test.want)
			}
		})
	}
}

// common is the longest common subsequence by the book.
func common(a, b []rune) int {
	row := make([]int, len(b)+1)
	for _, x := range a {
		diagonal := 0
		for j, y := range b {
			up := row[j+1]
			if x == y {
				row[j+1] = diagonal + 1
			} else {
				row[j+1] = max(row[j+1], row[j])
			}
			diagonal = up
		}
	}
	return row[len(b)]
}

// TestWindows compares the search with one that looks at every piece.
func TestWindows(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	letters := func(n int) string {
		var b strings.Builder
		for range n {
			b.WriteRune([]rune("abcé")[r.IntN(4)])
		}
		return b.String()
	}
	for range 3000 {
		threshold := r.IntN(101)
		text, looked := letters(r.IntN(120)), letters(1+r.IntN(90))
		w := newWord(looked, threshold)
		got := w.score(newSubject(text))
		short, long := []rune(looked), []rune(text)
		if len(short) > len(long) {
			short, long = long, short
		}
		want := 0
		for at := 0; len(short) > 0 && at+len(short) <= len(long); at++ {
			want = max(want, percent(common(short, long[at:at+len(short)]), len(short)))
		}
		if want < threshold && got < threshold {
			continue
		}
		if got != want {
			t.Fatalf("%q in %q with %d: got %d, want %d", looked, text, threshold, got, want)
		}
	}
}
