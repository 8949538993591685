package syntax

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"os/exec"
	"regexp"
	"strings"
	"testing"
)

// answering is a program that calls a function of Lua with each string of its input, given as a length, a line break
// and so many bytes, and writes the string that it returns in the same way.
const answering = `
local answer = %s
while true do
	local n = io.read("*n")
	if not n then break end
	io.read(1)
	local result = answer(n == 0 and "" or io.read(n))
	io.write(#result, "\n", result)
end`

// lua52 returns what a function of Lua, run by PUC Lua 5.2, returns for each of the inputs.
func lua52(t *testing.T, function string, inputs []string) []string {
	path, err := exec.LookPath("lua5.2")
	if err != nil {
		t.Skip("no lua5.2 to compare with")
	}
	var in bytes.Buffer
	for _, s := range inputs {
		fmt.Fprintf(&in, "%d\n%s", len(s), s)
	}
	cmd := exec.Command(path, "-e", fmt.Sprintf(answering, function))
	cmd.Stdin = &in
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	var answers []string
	for len(out) > 0 {
		var n int
		digits := bytes.IndexByte(out, '\n')
		if _, err := fmt.Sscanf(string(out[:digits]), "%d", &n); err != nil {
			t.Fatal(err)
		}
		answers = append(answers, string(out[digits+1:digits+1+n]))
		out = out[digits+1+n:]
	}
	if len(answers) != len(inputs) {
		t.Fatalf("%d answers for %d inputs", len(answers), len(inputs))
	}
	return answers
}

// pieces are what the sources of TestAgainstLua52 are put together from.
var pieces = strings.Split(strings.ReplaceAll(`and|break|do|else|elseif|end|false|for|function|if|in|local|nil|not|or|repeat|return|then|true|until|while|`+
	`..|...|==|>=|<=|~=|=|<|>|+|-|*|/|%|^|#|(|)|{|}|[|]|;|:|,|.|a|b|c|_ENV|1|0x1p4|.5|'s'|"t"|[[u]]|NL|--[[c]]|--cNL|`+
	`1..2|3x|~|!|'uNL|'\300'|"\x4g"|[=|a.b|a:b()|f(a)|{a=1}|local a|function f(a, ...)|local function a()|`+
	`return a|for a = 1, 2 do|for a, b in c do|if a then|else|end|end|end|until a|a = 1|a()`, "NL", "\n"), "|")

// otherLines matches the line numbers that CraftOS alone has, for a long string without end, and has otherwise: a
// call's parenthesis counts for 5.2 as being on the line where the expression begins.
var otherLines = regexp.MustCompile(` \(started at line \d+\)| \(to close '\(' at line \d+\)`)

// differs reports whether the difference between two errors is one of those between the dialects: the texts for
// escapes, long strings, and a break or goto without its target; and that 5.2 allows a label to hide one of a block around.
func differs(err52, err string) bool {
	for _, texts := range [][2]string{
		{"<break> at line", "break outside loop at line"},
		{"no visible label", "no visible label"},
		{"decimal escape too large", "escape sequence too large"},
		{"hexadecimal digit expected", "hexadecimal digit expected"},
		{"", "already defined on line"},
	} {
		if strings.Contains(err52, texts[0]) && strings.Contains(err, texts[1]) {
			return true
		}
	}
	return otherLines.ReplaceAllString(err52, "") == otherLines.ReplaceAllString(err, "")
}

func compareTo52(t *testing.T, sources []string) {
	failures := 0
	for i, err52 := range lua52(t, `function(s) local _, err = load(s, "=in", "t") return err or "" end`, sources) {
		got := ""
		if _, err := Parse(sources[i], "=in"); err != nil {
			got = err.Error()
		}
		if got == err52 || differs(err52, got) {
			continue
		}
		t.Errorf("%q:\n got %q\nlua5.2 %q", sources[i], got, err52)
		if failures++; failures == 10 {
			return
		}
	}
}

// TestAgainstLua52 compares the errors for many small sources, right ones and wrong ones, with those of PUC Lua.
func TestAgainstLua52(t *testing.T) {
	var sources []string
	for _, s := range seeds {
		if !strings.Contains(s, "\\u{") && !strings.Contains(s, "goto =") && !strings.Contains(s, "\xff") {
			sources = append(sources, s)
		}
	}
	r := rand.New(rand.NewPCG(1, 2))
	for range 20_000 {
		n := 1 + r.IntN(12)
		words := make([]string, n)
		for i := range words {
			words[i] = pieces[r.IntN(len(pieces))]
		}
		sources = append(sources, strings.Join(words, " "))
	}
	// Right programs with one piece put in, taken out or replaced.
	for range 20_000 {
		words := strings.Fields(seeds[r.IntN(8)])
		i := r.IntN(len(words))
		piece := pieces[r.IntN(len(pieces))]
		switch r.IntN(3) {
		case 0:
			words[i] = piece
		case 1:
			words[i] += " " + piece
		case 2:
			words[i] = ""
		}
		source := strings.Join(words, "\n")
		if !strings.Contains(source, "goto") && !strings.Contains(source, "\\") {
			sources = append(sources, source)
		}
	}
	compareTo52(t, sources)
}

// TestGotosAgainstLua52 does so for labels and gotos in blocks of all kinds.
func TestGotosAgainstLua52(t *testing.T) {
	words := []string{
		"goto a", "goto b", "goto c", "::a::", "::b::", "::c::", ";", "local x", "local y", "local function z() end", "f()",
		"do", "while x do", "for i = 1, 2 do", "for i in x do", "if x then", "repeat", "f(function(p)", "break", "else",
	}
	closer := map[string]string{"repeat": "until x", "f(function(p)": "end)"}
	r := rand.New(rand.NewPCG(3, 4))
	var sources []string
	for range 30_000 {
		var b strings.Builder
		var open []string
		for range 2 + r.IntN(14) {
			word := words[r.IntN(len(words))]
			if len(open) > 0 && r.IntN(4) == 0 {
				word = open[len(open)-1]
				open = open[:len(open)-1]
			} else {
				switch {
				case word == "else" && (len(open) == 0 || open[len(open)-1] != "end--if"):
					continue
				case word == "else":
					open[len(open)-1] = "end"
				case word == "if x then":
					open = append(open, "end--if")
				case closer[word] != "":
					open = append(open, closer[word])
				case strings.HasSuffix(word, "do"):
					open = append(open, "end")
				}
			}
			b.WriteString(word + "\n")
		}
		for i := len(open) - 1; i >= 0; i-- {
			b.WriteString(open[i] + "\n")
		}
		sources = append(sources, b.String())
	}
	compareTo52(t, sources)
}

// TestNumbersAgainstLua52 compares numerals, which PUC Lua converts with the strtod of C.
func TestNumbersAgainstLua52(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 6))
	const alphabet = "0123456789....eeEE+-xXpPaAfF "
	var texts []string
	for _, n := range numerals {
		texts = append(texts, n.text, "-"+n.text, " "+n.text+"\n")
	}
	for range 20_000 {
		var b strings.Builder
		if r.IntN(2) == 0 {
			b.WriteString("0x")
		}
		for range 1 + r.IntN(10) {
			b.WriteByte(alphabet[r.IntN(len(alphabet))])
		}
		texts = append(texts, b.String())
	}
	// Many digits, so that rounding matters.
	for range 5_000 {
		texts = append(texts, fmt.Sprintf("%d.%de%d", r.Uint64(), r.Uint64(), r.IntN(660)-340),
			fmt.Sprintf("0x%x.%xp%d", r.Uint64(), r.Uint64(), r.IntN(2200)-1100))
	}
	failures := 0
	for i, want := range lua52(t, `function(s) local n = tonumber(s) return n and string.format("%.17g", n) or "" end`, texts) {
		got := ""
		if value, ok := ParseNumber(texts[i]); ok {
			got = strings.ReplaceAll(fmt.Sprintf("%.17g", value), "Inf", "inf")
			got = strings.TrimPrefix(got, "+")
		}
		if got != want {
			t.Errorf("%q: got %q, lua5.2 %q", texts[i], got, want)
			if failures++; failures == 10 {
				return
			}
		}
	}
}
