package syntax

import (
	"errors"
	"strings"
	"testing"
)

func mustParse(t *testing.T, source string) *Function {
	t.Helper()
	fn, err := Parse(source, "=in")
	if err != nil {
		t.Fatalf("Parse(%.80q): %v", source, err)
	}
	return fn
}

func TestTrees(t *testing.T) {
	for _, test := range []struct{ source, want string }{
		{"", ""},
		{" ;;; ", ""},
		{"return", "return"},
		{"return;", "return"},
		{"return 1, 'a', nil, true, false, ...", `return 1, "a", nil, true, false, ...`},

		// Priorities.
		{"return 1 + 2 * 3 ^ 4 ^ 5", "return (1 + (2 * (3 ^ (4 ^ 5))))"},
		{"return 1 - 2 - 3", "return ((1 - 2) - 3)"},
		{"return 'a' .. 'b' .. 'c'", `return ("a" .. ("b" .. "c"))`},
		{"return -2 ^ 2", "return (-(2 ^ 2))"},
		{"return 2 ^ -3 ^ 4", "return (2 ^ (-(3 ^ 4)))"},
		{"return not 1 == 2", "return ((not 1) == 2)"},
		{"return - - # not 1", "return (-(-(#(not 1))))"},
		{"return 1 or 2 and 3 or 4", "return ((1 or (2 and 3)) or 4)"},
		{"return 1 < 2 == (3 >= 4) ~= 5", "return (((1 < 2) == paren((3 >= 4))) ~= 5)"},
		{"return 1 .. 2 + 3 < 4 .. 5 % 6 / 7", "return ((1 .. (2 + 3)) < (4 .. ((5 % 6) / 7)))"},
		{"return 1 > 2 <= 3", "return ((1 > 2) <= 3)"},

		// Variables, calls and tables.
		{"a.b.c[1].d = 1", `$a["b"]["c"][1]["d"] = 1`},
		{"a, b.c = f()", `$a, $b["c"] = $f()`},
		{"f 'x' {1} [[y]] (2):m():n 'z':o{}", `$f("x")({1})("y")(2):m():n("z"):o({})`},
		{"f\n(x)", "$f($x)"},
		{"(a).b = 1", `paren($a)["b"] = 1`},
		{"(f)()", "paren($f)()"},
		{"return (...), (f())", "return paren(...), paren($f())"},
		{"return {}, {1, 2; 3,}, {a = 1, ['b'] = 2, c, [d] = e; f}",
			`return {}, {1, 2, 3}, {["a"] = 1, ["b"] = 2, $c, [$d] = $e, $f}`},
		{"return {a == 1, a}", "return {($a == 1), $a}"},

		// Statements.
		{"local a, b", "local a, b"},
		{"local a, b = 1, 2, 3", "local a, b = 1, 2, 3"},
		{"do local a end a()", "do {local a}; $a()"},
		{"while x do y() end", "while $x {$y()}"},
		{"repeat local z = y() until z", "repeat {local z = $y()} until z"},
		{"if a then b() end", "if $a {$b()}"},
		{"if a then elseif b then c() elseif d then else e() end", "if $a {} elseif $b {$c()} elseif $d {} else {$e()}"},
		{"for i = 1, 2 do f(i) end", "for i = 1, 2 {$f(i)}"},
		{"for i = i, i, i do end", "for i = $i, $i, $i {}"},
		{"for k, v in next, k do f(k, v) break end", "for k, v in $next, $k {$f(k, v); break}"},
		{"for k in f() do end", "for k in $f() {}"},
		{"function f() end", "$f = function() {}"},
		{"function a.b.c(x, ...) return x, ... end", `$a["b"]["c"] = function(x...) {return x, ...}`},
		{"function a.b:c(x) return self, x end", `$a["b"]["c"] = function(self, x) {return self, x}`},
		{"local function f() return f end", "local f = function() {return ^f(0)}"},
		{"local f = function() return f end", "local f = function() {return $f}"},
		{"do return 1 end", "do {return 1}"},

		// goto is a name unless it begins a statement and a name follows.
		{"local goto = 5 return goto", "local goto = 5; return goto"},
		{"goto = 1", "$goto = 1"},
		{"goto.x, goto[1] = goto(), goto:goto()", `$goto["x"], $goto[1] = $goto(), $goto:goto()`},
		{"goto 'x' goto {} goto()", `$goto("x"); $goto({}); $goto()`},
		{"goto goto ::goto:: goto()", "goto goto@1; ::goto::; $goto()"},
		{"local function goto() end return {goto = goto, goto}", `local goto = function() {}; return {["goto"] = goto, goto}`},
		{"goto\nx\n::x::", "goto x@3; ::x::"},
	} {
		if got := dump(mustParse(t, test.source)); got != test.want {
			t.Errorf("%s\n got %s\nwant %s", test.source, got, test.want)
		}
	}
}

func TestPositions(t *testing.T) {
	fn := mustParse(t, "local x = a.b +\n  f(1)\nx [ 1 ] = o : m\n {}\r\n\tfunction x.y() end")
	at := func(what string, pos Pos, line, col int32) {
		t.Helper()
		if pos != (Pos{line, col}) {
			t.Errorf("%s is at %v, want %v", what, pos, Pos{line, col})
		}
	}
	local := fn.Body.Stmts[0].(*LocalStmt)
	at("local", local.Pos, 1, 1)
	at("x", local.Names[0].Pos, 1, 7)
	sum := local.Exprs[0].(*BinaryExpr)
	at("+", sum.Pos, 1, 15)
	at(".", sum.Left.ExprPos(), 1, 12)
	at("b", sum.Left.(*IndexExpr).Key.ExprPos(), 1, 13)
	at("a", sum.Left.(*IndexExpr).Obj.ExprPos(), 1, 11)
	at("(", sum.Right.ExprPos(), 2, 4)
	assign := fn.Body.Stmts[1].(*AssignStmt)
	at("assignment", assign.Pos, 3, 1)
	at("[", assign.Targets[0].ExprPos(), 3, 3)
	call := assign.Exprs[0].(*MethodCallExpr)
	at(":", call.Pos, 3, 13)
	at("arguments", call.CallPos, 4, 2)
	at("}", call.Args[0].(*TableExpr).End, 4, 3)
	method := fn.Body.Stmts[2].(*FunctionStmt)
	at("function", method.Pos, 5, 2)
	at("function", method.Func.Func.Pos, 5, 2)
	at("end", method.Func.Func.Body.End, 5, 17)
	if fn.LastLine != 5 || method.Func.Func.LastLine != 5 {
		t.Errorf("the last lines are %d and %d, want 5", fn.LastLine, method.Func.Func.LastLine)
	}
}

func TestFunctionFlags(t *testing.T) {
	fn := mustParse(t, "local function a(...) return function() end end local function b(...) return ... end")
	a := fn.Body.Stmts[0].(*LocalFunctionStmt).Func.Func
	b := fn.Body.Stmts[1].(*LocalFunctionStmt).Func.Func
	if !fn.IsVararg || fn.HasVarargs {
		t.Errorf("main chunk: IsVararg %v, HasVarargs %v", fn.IsVararg, fn.HasVarargs)
	}
	if !a.IsVararg || a.HasVarargs || !b.IsVararg || !b.HasVarargs {
		t.Errorf("a: %v %v; b: %v %v", a.IsVararg, a.HasVarargs, b.IsVararg, b.HasVarargs)
	}
	if a.Parent != fn || fn.Parent != nil || fn.Pos.Line != 0 {
		t.Error("wrong Parent or Pos")
	}
}

// long makes a source of n repetitions between two other texts.
func long(before, repeated string, n int, after string) string {
	return before + strings.Repeat(repeated, n) + after
}

// TestLongSources has programs that are large without being deep.
func TestLongSources(t *testing.T) {
	for name, source := range map[string]string{
		"table of a million":    long("return {", "1,", 1_000_000, "}"),
		"records":               long("return {", "x=f(),[1]=2;", 100_000, "}"),
		"statements":            long("", "x = 1 ", 100_000, ""),
		"else if":               long("if a then ", "elseif b then c() ", 50_000, "end"),
		"arguments":             long("f(0", ",1", 100_000, ")"),
		"targets":               long("a", ",a", 10_000, " = 1"),
		"functions in a row":    long("", "f(function() end) ", 50_000, ""),
		"calls in a row":        long("f", "()", 20_000, ""),
		"fields in a row":       long("return a", ".b", 20_000, ""),
		"sum":                   long("return a", "+b", 20_000, ""),
		"or":                    long("return a", " or b == 1", 20_000, ""),
		"labels":                long("", "do ::a:: goto b ::b:: end ", 20_000, ""),
		"labels in a row":       manyLabels(1000),
		"levels, just":          long("return ", "(", 198, "1") + strings.Repeat(")", 198),
		"locals, just":          long("local a", ",a", 199, ""),
		"locals in other scope": long("", "do local a, b, c, d end ", 1000, ""),
		"long name":             long("return ", "n", 1_000_000, ""),
		"long number":           long("return 1", "0", 1_000_000, ""),
		"blank lines":           long("", "\n", 1_000_000, ""),
		"comments":              long("", "--[==[ x ]] ]==] -- y\n", 50_000, ""),
	} {
		if _, err := Parse(source, "=in"); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func manyLabels(n int) string {
	var b strings.Builder
	for i := range n {
		b.WriteString("::l" + strings.Repeat("x", i%50) + string(rune('a'+i/50)) + ":: ")
	}
	return b.String()
}

// TestLimits has programs that are too much, and the last of each kind that is not.
func TestLimits(t *testing.T) {
	mainLevels := "in:1: main function has more than 200 syntax levels"
	for _, test := range []struct{ name, source, want string }{
		{"parentheses", long("return ", "(", 1_000_000, ""), mainLevels},
		{"tables", long("return ", "{", 1_000_000, ""), mainLevels},
		{"keys", long("return ", "{[", 1_000_000, ""), mainLevels},
		{"indexes", long("return ", "a[", 1_000_000, ""), mainLevels},
		{"calls", long("", "f(", 1_000_000, ""), mainLevels},
		{"minus", long("return ", "- ", 1_000_000, "1"), mainLevels},
		{"not", long("return ", "not ", 1_000_000, "1"), mainLevels},
		{"power", long("return a", "^a", 1_000_000, ""), mainLevels},
		{"concat", long("return a", "..a", 1_000_000, ""), mainLevels},
		{"do", long("", "do ", 1_000_000, ""), mainLevels},
		{"while", long("", "while a do ", 1_000_000, ""), mainLevels},
		{"repeat", long("", "repeat ", 1_000_000, ""), mainLevels},
		{"for", long("", "for a in b do ", 40, "") + long("", "do ", 1_000_000, ""), mainLevels},
		{"if", long("", "if a then ", 1_000_000, ""), mainLevels},
		{"else", long("", "if a then else ", 1_000_000, ""), mainLevels},
		{"functions", long("\n", "function f() ", 1_000_000, ""), "in:2: function at line 2 has more than 200 syntax levels"},
		{"function expressions", long("return ", "function() return ", 1_000_000, ""), "in:1: function at line 1 has more than 200 syntax levels"},
		{"method definitions", "function a" + strings.Repeat(".b", 1_000_000) + "() end", "in:1: function or expression too complex near '.'"},
		{"fields", long("return a", ".b", 1_000_000, ""), "in:1: function or expression too complex near '.'"},
		{"calls in a row", long("a", "()", 1_000_000, ""), "in:1: function or expression too complex near '('"},
		{"methods in a row", long("a", ":b()", 1_000_000, ""), "in:1: function or expression too complex near ':'"},
		{"sum", long("return a", "+a", 1_000_000, ""), "in:1: function or expression too complex near '+'"},

		{"locals", long("local a", ",a", 200, ""), "in:1: main function has more than 200 local variables"},
		{"locals one by one", long("", "local a\n", 201, ""), "in:202: main function has more than 200 local variables"},
		{"local functions", "\n\nfunction f() " + long("", "local function a() end ", 201, "") + " end",
			"in:3: function at line 3 has more than 200 local variables"},
		{"parameters", long("return function(a", ",a", 200, ") end"), "in:1: function at line 1 has more than 200 local variables"},
		{"parameters and self", long("function a:b(a", ",a", 199, ") end"), "in:1: function at line 1 has more than 200 local variables"},
		{"loops", long("", "for a, b in c do ", 41, ""), "in:1: main function has more than 200 local variables"},
		{"loop, just", long("local a", ",a", 194, " for a, b in c do end"), ""},
		{"loop", long("local a", ",a", 195, " for a, b in c do end"), "in:1: main function has more than 200 local variables"},
		{"numeric loop, just", long("local a", ",a", 195, " for a = 1, 2 do end"), ""},
		{"numeric loop", long("local a", ",a", 196, " for a = 1, 2 do end"), "in:1: main function has more than 200 local variables"},
		{"parameters, just", long("return function(a", ",a", 199, ") end"), ""},
		{"locals of two functions", long("local a", ",a", 199, " function f(b") + long("", ",b", 199, ") end"), ""},

		{"upvalues, just", upvalues(61), ""},
		{"upvalues", upvalues(62), "in:1: function at line 1 has more than 60 upvalues"},
		{"upvalues between", "local function f() " + upvalues(70) + "\nend", "in:1: function at line 1 has more than 60 upvalues"},
	} {
		_, err := Parse(test.source, "=in")
		got := ""
		if err != nil {
			got = err.Error()
		}
		if got != test.want {
			t.Errorf("%s: got %q, want %q", test.name, got, test.want)
		}
	}
}

func variable(i int) string { return "v" + string(rune('a'+i/26)) + string(rune('a'+i%26)) }

// upvalues makes a source in which a function has n upvalues.
func upvalues(n int) string {
	var locals, uses []string
	for i := range n {
		locals = append(locals, variable(i))
		uses = append(uses, variable(i))
	}
	return "local " + strings.Join(locals, ",") + " local function f() return " + strings.Join(uses, ",") + " end"
}

// TestHeight checks what recursive walks of the tree rely on: left-nested chains don't add up through
// brackets and functions.
func TestHeight(t *testing.T) {
	const each = 3000
	chain := strings.Repeat(".a", each)
	for name, wrap := range map[string]func(string) string{
		"parentheses": func(s string) string { return "(" + s + ")" + chain },
		"indexes":     func(s string) string { return "a[" + s + "]" + chain },
		"calls":       func(s string) string { return "a(" + s + ")" + chain },
		"methods":     func(s string) string { return "a:b(" + s + ")" + chain },
		"tables":      func(s string) string { return "f{" + s + "}" + chain },
		"keys":        func(s string) string { return "f{[" + s + "]=1}" + chain },
		"values":      func(s string) string { return "f{x=" + s + "}" + chain },
		"functions":   func(s string) string { return "(function() x = 1, " + s + " end)" + chain },
		"targets":     func(s string) string { return "(function() b, " + s + " = 1 end)" + chain },
		"names":       func(s string) string { return "(function() do function f() return " + s + " end end end)" + chain },
		"locals":      func(s string) string { return "(function() local function f() local x = " + s + " end end)" + chain },
		"sums":        func(s string) string { return "(1 + (" + s + "))" + chain },
		"minus":       func(s string) string { return "(-(" + s + "))" + chain },
	} {
		source := "a"
		for range maxHeight/each - 1 {
			source = wrap(source)
		}
		mustParse(t, "return "+source)
		source = wrap(wrap(source))
		var e *Error
		if _, err := Parse("return "+source, "=in"); !errors.As(err, &e) || e.Msg != "function or expression too complex" {
			t.Errorf("%s: got %v", name, err)
		}
	}
}

func TestInterrupt(t *testing.T) {
	stop := errors.New("stop")
	calls := 0
	source := long("return {", "1,", 50_000, "}")
	_, err := ParseWith(source, "=in", Options{Interrupt: func() error { calls++; return nil }})
	if err != nil || calls != 100_000/interruptEvery {
		t.Errorf("%d calls and error %v", calls, err)
	}
	calls = 0
	_, err = ParseWith(source, "=in", Options{Interrupt: func() error {
		if calls++; calls == 3 {
			return stop
		}
		return nil
	}})
	if err != stop || calls != 3 {
		t.Errorf("%d calls and error %v, want 3 and %v", calls, err, stop)
	}
	// An interrupt while the parser looks one token ahead.
	for _, padding := range []string{"", ";"} {
		_, err = ParseWith(padding+long("return {", "a=1,", 50_000, "}"), "=in", Options{Interrupt: func() error { return stop }})
		if err != stop {
			t.Errorf("error %v, want %v", err, stop)
		}
	}
}
