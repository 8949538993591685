package syntax

import (
	"errors"
	"strings"
	"testing"
)

func TestErrors(t *testing.T) {
	for _, test := range []struct{ source, want string }{
		// Tokens.
		{"x = 'abc", "in:1: unfinished string near <eof>"},
		{"x = 'abc\n'", "in:1: unfinished string near ''abc'"},
		{"\nx = \"a\\tb\r\"", "in:2: unfinished string near '\"a\tb'"},
		{"x = 'abc\\", "in:1: unfinished string near <eof>"},
		{"x = 'abc\\z\n  ", "in:2: unfinished string near <eof>"},
		{"x = '\\300'", `in:1: escape sequence too large near ''\300''`},
		{"x = 'a\\n\\2567'", "in:1: escape sequence too large near ''a\n\\2567'"},
		{"x = '\\999", `in:1: escape sequence too large near ''\999'`},
		{"x = '\\xg'", `in:1: hexadecimal digit expected near ''\xg'`},
		{"x = '\\x1", `in:1: hexadecimal digit expected near ''\x1'`},
		{"x = '\\x1\n'", "in:1: hexadecimal digit expected near ''\\x1\n'"},
		{"x = '\\u41'", `in:1: missing '{' near ''\u4'`},
		{"x = '\\u{}'", `in:1: hexadecimal digit expected near ''\u{}'`},
		{"x = '\\u{41'", `in:1: missing '}' near ''\u{41''`},
		{"x = '\\u{110000}'", `in:1: UTF-8 value too large near ''\u{110000'`},
		{"x = '\\u{FFFFFFFFFFFFFFFFFFFF}'", `in:1: UTF-8 value too large near ''\u{FFFFFF'`},
		{"x = [[\n\n", "in:3: unfinished long string (started at line 1) near <eof>"},
		{"x = [==[ ]=]", "in:1: unfinished long string (started at line 1) near <eof>"},
		{"\n--[[\n", "in:3: unfinished long comment (started at line 2) near <eof>"},
		{"x = [=a", "in:1: invalid long string delimiter near '[='"},
		{"x = [==", "in:1: invalid long string delimiter near '[=='"},
		{"x = 1..2", "in:1: malformed number near '1..2'"},
		{"x = 0x", "in:1: malformed number near '0x'"},
		{"x = 3e-", "in:1: malformed number near '3e-'"},
		{"x = .5.", "in:1: malformed number near '.5.'"},
		{"x = 1_000", "in:1: syntax error near <eof>"},
		{"x = ~1", "in:1: unexpected symbol near '~'"},
		{"x = $", "in:1: unexpected symbol near '$'"},
		{"x = \xc3\xa9", "in:1: unexpected symbol near <\\195>'"},
		{"#!/bin/lua\nx = 1", "in:1: unexpected symbol near '#'"},

		// Expressions.
		{"= 1", "in:1: unexpected symbol near '='"},
		{"x = ", "in:1: unexpected symbol near <eof>"},
		{"x = )", "in:1: unexpected symbol near ')'"},
		{"x = (1", "in:1: ')' expected near <eof>"},
		{"x = (1\n\n", "in:3: ')' expected (to close '(' at line 1) near <eof>"},
		{"x = f(1\n2)", "in:2: ')' expected (to close '(' at line 1) near '2'"},
		{"x = {1 2}", "in:1: '}' expected near '2'"},
		{"x = {1,\n2", "in:2: '}' expected (to close '{' at line 1) near <eof>"},
		{"x = {a b}", "in:1: '}' expected near 'b'"},
		{"x = {[1] 2}", "in:1: '=' expected near '2'"},
		{"x = {,}", "in:1: unexpected symbol near ','"},
		{"x = a[1", "in:1: ']' expected near <eof>"},
		{"x = a.1", "in:1: unexpected symbol near '.1'"},
		{"x = a.'b'", "in:1: <name> expected near ''b''"},
		{"x = a.[[\nb]]", "in:2: <name> expected near '[[b]]'"},
		{"x = a.[==[b]==]", "in:1: <name> expected near '[==[b]==]'"},
		{"x = a.\"\\65\\n\"", "in:1: <name> expected near '\"A\n\"'"},
		{"x = a.end", "in:1: <name> expected near 'end'"},
		{"x = a:b", "in:1: function arguments expected near <eof>"},
		{"x:y = 1", "in:1: function arguments expected near '='"},
		{"x = a:1()", "in:1: <name> expected near '1'"},
		{"x = 1 + ", "in:1: unexpected symbol near <eof>"},
		{"x = not", "in:1: unexpected symbol near <eof>"},
		{"x = 1 // 2", "in:1: unexpected symbol near '/'"},
		{"x = 1 & 2", "in:1: unexpected symbol near '&'"},
		{"x = 1 << 2", "in:1: unexpected symbol near '<'"},
		{"x = 'a'.b", "in:1: unexpected symbol near '.'"},
		{"x = function f() end", "in:1: '(' expected near 'f'"},
		{"function f() return ... end", "in:1: cannot use '...' outside a vararg function near '...'"},

		// Statements.
		{"x", "in:1: syntax error near <eof>"},
		{"x.y", "in:1: syntax error near <eof>"},
		{"x y", "in:1: syntax error near 'y'"},
		{"x == 1", "in:1: syntax error near '=='"},
		{"(x)", "in:1: syntax error near <eof>"},
		{"(x) = 1", "in:1: syntax error near '='"},
		{"f() = 1", "in:1: syntax error near '='"},
		{"f(), x = 1", "in:1: syntax error near ','"},
		{"x, f() = 1", "in:1: syntax error near '='"},
		{"x, y", "in:1: '=' expected near <eof>"},
		{"x, 1 = 2", "in:1: unexpected symbol near '1'"},
		{"1 = x", "in:1: unexpected symbol near '1'"},
		{"'a'()", "in:1: unexpected symbol near ''a''"},
		{"local", "in:1: <name> expected near <eof>"},
		{"local 1", "in:1: <name> expected near '1'"},
		{"local a.b = 1", "in:1: unexpected symbol near '.'"},
		{"local a,", "in:1: <name> expected near <eof>"},
		{"local a <const> = 1", "in:1: unexpected symbol near '<'"},
		{"local function", "in:1: <name> expected near <eof>"},
		{"local function a.b() end", "in:1: '(' expected near '.'"},
		{"function", "in:1: <name> expected near <eof>"},
		{"function f", "in:1: '(' expected near <eof>"},
		{"function f(a,) end", "in:1: <name> or '...' expected near ')'"},
		{"function f(..., a) end", "in:1: ')' expected near ','"},
		{"function f(1) end", "in:1: <name> or '...' expected near '1'"},
		{"function f(a b) end", "in:1: ')' expected near 'b'"},
		{"function f()\n\n", "in:3: 'end' expected (to close 'function' at line 1) near <eof>"},
		{"function f()", "in:1: 'end' expected near <eof>"},
		{"function a:b.c() end", "in:1: '(' expected near '.'"},
		{"if", "in:1: unexpected symbol near <eof>"},
		{"if x", "in:1: 'then' expected near <eof>"},
		{"if x = 1 then end", "in:1: 'then' expected near '='"},
		{"if x then", "in:1: 'end' expected near <eof>"},
		{"if x then\nelse\nelseif y then end", "in:3: 'end' expected (to close 'if' at line 1) near 'elseif'"},
		{"while x", "in:1: 'do' expected near <eof>"},
		{"while x do\n", "in:2: 'end' expected (to close 'while' at line 1) near <eof>"},
		{"repeat x()", "in:1: 'until' expected near <eof>"},
		{"repeat\nend", "in:2: 'until' expected (to close 'repeat' at line 1) near 'end'"},
		{"repeat until", "in:1: unexpected symbol near <eof>"},
		{"do", "in:1: 'end' expected near <eof>"},
		{"for", "in:1: <name> expected near <eof>"},
		{"for a", "in:1: '=' or 'in' expected near <eof>"},
		{"for a.b in c do end", "in:1: '=' or 'in' expected near '.'"},
		{"for a = 1 do end", "in:1: ',' expected near 'do'"},
		{"for a = 1, 2, 3, 4 do end", "in:1: 'do' expected near ','"},
		{"for a, b = 1, 2 do end", "in:1: 'in' expected near '='"},
		{"for a in b\nend", "in:2: 'do' expected near 'end'"},
		{"for a in b do\n", "in:2: 'end' expected (to close 'for' at line 1) near <eof>"},
		{"return return", "in:1: unexpected symbol near 'return'"},
		{"return 1 x()", "in:1: <eof> expected near 'x'"},
		{"return;;", "in:1: <eof> expected near ';'"},
		{"do return 1; x() end", "in:1: 'end' expected near 'x'"},
		{"return,", "in:1: unexpected symbol near ','"},
		{"end", "in:1: <eof> expected near 'end'"},
		{"x = 1 until", "in:1: <eof> expected near 'until'"},
		{"else", "in:1: <eof> expected near 'else'"},
		{"goto 1", "in:1: syntax error near '1'"},
		{"goto", "in:1: syntax error near <eof>"},
		{"goto 'unfinished", "in:1: unfinished string near <eof>"},
		{"::a", "in:1: '::' expected near <eof>"},
		{"::1::", "in:1: <name> expected near '1'"},
		{"::end::", "in:1: <name> expected near 'end'"},

		// Gotos. These are reported at the line of the goto, when its function has ended.
		{"\ngoto x\n\n", "in:2: no visible label 'x' for <goto> at line 2"},
		{"goto x do ::x:: end", "in:1: no visible label 'x' for <goto> at line 1"},
		{"do ::x:: end goto x", "in:1: no visible label 'x' for <goto> at line 1"},
		{"::x:: f(function() goto x end)", "in:1: no visible label 'x' for <goto> at line 1"},
		{"f(function() ::x:: end) goto x", "in:1: no visible label 'x' for <goto> at line 1"},
		{"goto y\ngoto x", "in:1: no visible label 'y' for <goto> at line 1"},
		{"goto x\nbreak", "in:1: no visible label 'x' for <goto> at line 1"},
		{"break\ngoto x", "in:1: break outside loop at line 1"},
		{"\nbreak\n", "in:2: break outside loop at line 2"},
		{"if x then break end", "in:1: break outside loop at line 1"},
		{"while x do f(function()\nbreak end) end", "in:2: break outside loop at line 2"},
		{"while (function() break end)() do end", "in:1: break outside loop at line 1"},
		{"while x do end break", "in:1: break outside loop at line 1"},
		{"repeat until x break", "in:1: break outside loop at line 1"},
		{"break x = = 1", "in:1: unexpected symbol near '='"},
		{"break goto x x = )", "in:1: unexpected symbol near ')'"},
		{"::a:: ::a::", "in:1: label 'a' already defined on line 1"},
		{"::a::\ndo\n::a:: end", "in:3: label 'a' already defined on line 1"},
		{"::a:: while x do ::a:: end", "in:1: label 'a' already defined on line 1"},
		{"goto x local y ::x:: f()", "in:1: <goto x> at line 1 jumps into the scope of local 'y'"},
		{"goto x\nlocal y, z\n::x::\nf()", "in:4: <goto x> at line 1 jumps into the scope of local 'y'"},
		{"goto x local y ::x:: ::z:: f()", "in:1: <goto x> at line 1 jumps into the scope of local 'y'"},
		{"do local b goto x end local y ::x:: f()", "in:1: <goto x> at line 1 jumps into the scope of local 'y'"},
		{"goto x local function y() end ::x:: f()", "in:1: <goto x> at line 1 jumps into the scope of local 'y'"},
		{"for i = 1, 2 do goto x local y ::x:: f() end", "in:1: <goto x> at line 1 jumps into the scope of local 'y'"},
		{"repeat if a then goto x end local y ::x:: until y", "in:1: <goto x> at line 1 jumps into the scope of local 'y'"},
		{"goto x local y ::x:: return", "in:1: <goto x> at line 1 jumps into the scope of local 'y'"},
	} {
		fn, err := Parse(test.source, "=in")
		if err == nil {
			t.Errorf("%q: no error, want %s", test.source, test.want)
			continue
		}
		if fn != nil {
			t.Errorf("%q: a function and an error", test.source)
		}
		if err.Error() != test.want {
			t.Errorf("%q:\n got %s\nwant %s", test.source, err, test.want)
		}
	}
}

func TestErrorFields(t *testing.T) {
	for _, test := range []struct {
		source string
		want   Error
	}{
		{"x = =", Error{"@a.lua", Pos{1, 5}, "unexpected symbol", "=", false}},
		{"\n  x", Error{"@a.lua", Pos{2, 4}, "syntax error", "", true}},
		{"\n  x = 'a", Error{"@a.lua", Pos{2, 7}, "unfinished string", "", true}},
		{"\n  goto x", Error{"@a.lua", Pos{2, 3}, "no visible label 'x' for <goto> at line 2", "", false}},
		{"\n  break", Error{"@a.lua", Pos{2, 3}, "break outside loop at line 2", "", false}},
	} {
		_, err := Parse(test.source, "@a.lua")
		var e *Error
		if !errors.As(err, &e) || *e != test.want {
			t.Errorf("%q: got %+v, want %+v", test.source, e, test.want)
		}
	}
}

func TestShortSource(t *testing.T) {
	for _, test := range []struct{ name, want string }{
		{"", `[string ""]`},
		{"=", ""},
		{"=name", "name"},
		{"=" + strings.Repeat("n", 29), strings.Repeat("n", 29)},
		{"=" + strings.Repeat("n", 30) + "z", strings.Repeat("n", 29)},
		{"=a\nb", "a\nb"},
		{"@", ""},
		{"@/a.lua", "/a.lua"},
		{"@" + strings.Repeat("a", 22), strings.Repeat("a", 22)},
		{"@x" + strings.Repeat("a", 22), "..." + strings.Repeat("a", 22)},
		{"@/rom/programs/advanced/multishell.lua", "...dvanced/multishell.lua"},
		{"x = 1", `[string "x = 1"]`},
		{"1234567890123", `[string "1234567890123"]`},
		{"12345678901234", `[string "1234567890123..."]`},
		{"a\nb", `[string "a..."]`},
		{"a\r\n", `[string "a..."]`},
		{"\n", `[string "..."]`},
		{"12345678901234\n", `[string "1234567890123..."]`},
	} {
		if got := ShortSource(test.name); got != test.want {
			t.Errorf("%q: got %q, want %q", test.name, got, test.want)
		}
	}
	_, err := Parse("x", "x")
	if want := `[string "x"]:1: syntax error near <eof>`; err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
}
