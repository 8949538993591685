package syntax

import (
	"math"
	"strings"
	"testing"
)

// tokens lexes a source into "kind" or "kind=value" separated by spaces.
func tokens(source string) (string, error) {
	l := lexer{src: source, chunkName: "=in", line: 1, countdown: interruptEvery}
	var out []string
	for {
		l.next()
		if l.err != nil {
			return "", l.err
		}
		text := tokenText[l.tok.kind]
		switch l.tok.kind {
		case tokEOF:
			return strings.Join(out, " "), nil
		case tokName, tokString, tokNumber, tokByte:
			text += "=" + l.tok.text
		}
		out = append(out, text)
	}
}

func TestTokens(t *testing.T) {
	for _, test := range []struct{ source, want string }{
		{"", ""},
		{"\x00\x01 \t\v\f\r\n\x1f", ""},
		{"and break do else elseif end false for function goto", "and break do else elseif end false for function <name>=goto"},
		{"if in local nil not or repeat return then true until while", "if in local nil not or repeat return then true until while"},
		{"_ a1 _A_ andy functional End", "<name>=_ <name>=a1 <name>=_A_ <name>=andy <name>=functional <name>=End"},
		{"+-*/%^#==~=<=>=<>=(){}[];::: , . .. ...", "+ - * / % ^ # == ~= <= >= < >= ( ) { } [ ] ; :: : , . .. ..."},
		{"....", "... ."},
		{"===", "== ="},
		{"~ ! & | $ @ ` ?", "=~ =! =& =| =$ =@ =` =?"},
		{"a//b", "<name>=a / / <name>=b"},
		{"\xc3\xa9", "=\xc3 =\xa9"},
		{"a--b", "<name>=a"},
		{"a--[b\nc", "<name>=a <name>=c"},
		{"a--[=b\nc", "<name>=a <name>=c"},
		{"a--[[b\n]]c", "<name>=a <name>=c"},
		{"a--[==[b]]\n]=]--]==]c", "<name>=a <name>=c"},
		{"- -a", "- - <name>=a"},
		{"3x 3.x", "<number>=3 <name>=x <number>=3. <name>=x"},
		{"a[b[[c]]]", "<name>=a [ <name>=b <string>=c ]"},
		{"a[=[b]=]", "<name>=a <string>=b"},
	} {
		got, err := tokens(test.source)
		got = strings.ReplaceAll(got, "<byte>", "")
		if err != nil || got != test.want {
			t.Errorf("%q: got %q, %v; want %q", test.source, got, err, test.want)
		}
	}
}

func TestStrings(t *testing.T) {
	for _, test := range []struct{ source, want string }{
		{`''`, ""},
		{`"it's"`, "it's"},
		{`'"'`, `"`},
		{`"\a\b\f\n\r\t\v\\\"\'"`, "\a\b\f\n\r\t\v\\\"'"},
		{`"\q\?\%\ "`, "q?% "},
		{`"\0\00\000\0001"`, "\x00\x00\x00\x001"},
		{`"\1a\12a\123a\255\1234"`, "\x01a\x0ca{a\xff{4"},
		{`"\x41\x7a\xFf\x00g"`, "Az\xff\x00g"},
		{`"\u{41}\u{e9}\u{20AC}\u{10FFFF}\u{0}\u{0000000041}"`, "A\u00e9\u20ac\U0010ffff\x00A"},
		{`"\u{D800}\u{dfff}"`, "\xed\xa0\x80\xed\xbf\xbf"},
		{"'a\\\nb\\\r\nc\\\rd\\\n\re'", "a\nb\nc\nd\ne"},
		{"'a\\z  \n\t\r\n  b\\zc\\z'", "abc"},
		{"'\x00\x80\xff'", "\x00\x80\xff"},
		{"[[]]", ""},
		{"[[a\\n]]", "a\\n"},
		{"[[\na\n]]", "a\n"},
		{"[[\r\na\r\n\r\n]]", "a\n\n"},
		{"[[\n\ra\n\rb\rc\r\rd\n\ne]]", "a\nb\nc\n\nd\n\ne"},
		{"[[\n\n]]", "\n"},
		{"[=[]]]=]", "]]"},
		{"[==[ ]=]]=]==]==]", " ]=]]="},
		{"[[ [[ ]]", " [[ "},
		{"[[]]]", ""},
		{"[=[]=]]=]", ""},
	} {
		l := lexer{src: test.source, line: 1, countdown: 9}
		l.next()
		if l.err != nil || l.tok.kind != tokString || l.tok.text != test.want {
			t.Errorf("%q: got %q, %v; want %q", test.source, l.tok.text, l.err, test.want)
		}
	}
}

func TestLines(t *testing.T) {
	for source, want := range map[string]Pos{
		"x": {1, 1}, "\nx": {2, 1}, "\r\nx": {2, 1}, "\n\r x": {2, 2}, "\r\rx": {3, 1}, "\n\nx": {3, 1}, "\r\n\r\nx": {3, 1},
		"--[[\n\r\n]] x": {3, 4}, "[[\r\n]]\n\tx": {3, 2}, "'\\\n\\\r\n' x": {3, 3}, "'\\z\n\n'x": {3, 2}, "--\nx": {2, 1},
		"'\xc3\xa9'x": {1, 5},
	} {
		l := lexer{src: source, line: 1, countdown: 9}
		for l.next(); l.tok.kind == tokString; l.next() {
		}
		if l.tok.kind != tokName || l.tok.pos != want {
			t.Errorf("%q: x is at %v, want %v", source, l.tok.pos, want)
		}
	}
}

var numerals = []struct {
	text string
	want float64
}{
	{"0", 0}, {"3", 3}, {"007", 7}, {"3.0", 3}, {".5", .5}, {"5.", 5}, {"0.", 0}, {".0", 0}, {"1e3", 1000}, {"1E+3", 1000}, {"1e-3", .001},
	{"1.5e1", 15}, {".5e1", 5}, {"5.e1", 50}, {"3.14159265358979323846", math.Pi}, {"1e308", 1e308}, {"1e309", math.Inf(1)},
	{"1e9999999999999", math.Inf(1)}, {"1e-9999999999999", 0}, {"5e-324", 5e-324}, {"2e-324", 0}, {"4.9406564584124654e-324", 5e-324},
	{"2.2250738585072011e-308", 2.2250738585072011e-308}, {"123456789012345", 123456789012345},
	{"1234567890123456", 1234567890123456}, {"9007199254740993", 9007199254740992}, {"9999999999999999999", 1e19},
	{"999999999999999999", 1e18}, {"0x10", 16}, {"0XfF", 255}, {"0x1p4", 16}, {"0x.8", .5}, {"0x8.", 8}, {"0x.1p4", 1}, {"0x1P-1", .5},
	{"0xA.8p+1", 21}, {"0x0p12", 0}, {"0x1p9999", math.Inf(1)}, {"0x1p-9999", 0}, {"0x1.0p-1022", 0x1p-1022},
	{"0x1p-1074", 5e-324}, {"0x1fffffffffffff", 1<<53 - 1}, {"0xde0b6b3a763ffff", 1e18}, {"0x20000000000001", 1 << 53},
	{"0x20000000000003", 1<<53 + 4}, {"0xffffffffffffffff", 1 << 64}, {"0x1.00000000000008", 1}, {"0x1.00000000000008000000001", 1.0000000000000002},
	{"0x" + strings.Repeat("0", 100) + "1", 1}, {"0x1" + strings.Repeat("0", 100), 0x1p400}, {"0x1" + strings.Repeat("0", 300), math.Inf(1)},
	{"1" + strings.Repeat("0", 400), math.Inf(1)}, {"0." + strings.Repeat("0", 400) + "1", 0}, {strings.Repeat("0", 400) + "1", 1},
	{"0e5", 0}, {"0e", -1}, {"0xep1", 28},
	// What isn't a number has -1.
	{"0x", -1}, {"0x.", -1}, {"0xp1", -1}, {"0x.p1", -1}, {"0x1p", -1}, {"0x1p+", -1}, {"0x5p+-2", -1}, {"0x3.3.3", -1}, {"0x1pf", -1},
	{"1e", -1}, {"1e+", -1}, {"1e+-2", -1}, {"1ee1", -1}, {"1.2.3", -1}, {"1..2", -1}, {"1e1.5", -1}, {"1a", -1}, {"1p1", -1}, {"0b1", -1},
	{"1e5f", -1}, {"0X", -1}, {".", -1}, {".e1", -1}, {"1d", -1},
}

func TestParseNumber(t *testing.T) {
	check := func(text string, want float64, ok bool) {
		t.Helper()
		got, gotOK := ParseNumber(text)
		if gotOK != ok || ok && (got != want || math.Signbit(got) != math.Signbit(want)) {
			t.Errorf("%.60q: got %v, %v; want %v, %v", text, got, gotOK, want, ok)
		}
	}
	for _, n := range numerals {
		ok := n.want >= 0
		check(n.text, n.want, ok)
		check(" \t\n\v\f\r"+n.text+" \n", n.want, ok)
		check("+"+n.text, n.want, ok)
		check("\n-"+n.text+"\r", -n.want, ok)
		check("--"+n.text, 0, false)
		check("- "+n.text, 0, false)
		check(n.text+" 1", 0, false)
		check(n.text+"_", 0, false)
		check(n.text+"\x00", 0, false)
	}
	for _, text := range []string{"", " ", "+", "-", "inf", "Inf", "-inf", "nan", "NaN", "infinity", "1_000", "0x1_0", "0b1", "0o7", "1,5",
		"\x001", "\u00a01", "e1", "x", "1f", "1L", "0x1p4 5", "1 2", "0xe+1", "1+1", "١"} {
		check(text, 0, false)
	}
	if v, ok := ParseNumber(strings.Repeat("9", 10_000_000)); !ok || !math.IsInf(v, 1) {
		t.Error("ten million digits are not infinite")
	}
}

func TestNumeralTokens(t *testing.T) {
	for _, n := range numerals {
		source := "return " + n.text
		fn, err := Parse(source, "=in")
		if n.want < 0 {
			if err == nil {
				t.Errorf("%q was accepted", source)
			}
			continue
		}
		if err != nil {
			t.Errorf("%.60q: %v", source, err)
			continue
		}
		if got := fn.Body.Stmts[0].(*ReturnStmt).Exprs[0].(*NumberExpr).Value; got != n.want {
			t.Errorf("%.60q: got %v, want %v", source, got, n.want)
		}
	}
}
