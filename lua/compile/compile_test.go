package compile

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/luart/luart/lua/syntax"
)

var update = flag.Bool("update", false, "write the listings in testdata")

// mustCompile parses and compiles a program and verifies the result.
func mustCompile(t testing.TB, source string) *Proto {
	t.Helper()
	fn, err := syntax.Parse(source, "=test")
	if err != nil {
		t.Fatalf("parse: %v", err)
	}
	p, err := Compile(fn, "=test")
	if err != nil {
		t.Fatalf("compile: %v", err)
	}
	for _, err := range verify(p) {
		t.Error(err)
	}
	if t.Failed() && len(p.Code) < 1000 {
		t.Logf("%s\n%s", source, disassemble(p))
	}
	return p
}

// TestListings compares each testdata/*.lua with the listing beside it.
func TestListings(t *testing.T) {
	files, err := filepath.Glob("testdata/*.lua")
	if err != nil || len(files) == 0 {
		t.Fatalf("no programs in testdata: %v", err)
	}
	for _, name := range files {
		t.Run(filepath.Base(name), func(t *testing.T) {
			source, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			got := disassemble(mustCompile(t, string(source)))
			listing := strings.TrimSuffix(name, ".lua") + ".txt"
			if *update {
				if err := os.WriteFile(listing, []byte(got), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(listing)
			if err != nil {
				t.Fatal(err)
			}
			if got != strings.ReplaceAll(string(want), "\r\n", "\n") {
				t.Errorf("the listing differs from %s (-update writes it):\n%s", listing, got)
			}
		})
	}
}

// snippets are programs for the verifier and seeds for the fuzzer.
var snippets = []string{
	"", "return", "return 1", "return 1, 2", "return ...", "return f(...)", "return (f(...))", "return (...)", "return a.b:c(...)",
	"local a", "local a, b, c", "local a, b = 1", "local a, b = 1, 2, 3", "local a, b = f()", "local a, b, c = 1, f()", "local a = 1, f()", "local a = 1, ...", "local a = f(), g()",
	"a = 1", "a, b = b, a", "a, b = f()", "a, b, c = 1, ...", "a, b = 1, 2, f()", "local a, b; a, b = b, a", "local a, b; a, b = b", "local t, i; t[i], i = 1, 2",
	"local t, i; i, t[i] = 1, 2", "local t, i; t[i], t, i = f()", "local t, i; function g() t, i = 1, 2 end t[i], t, i = f(), 1, 2", "local t, i; return function() t[i], t, i = f(), 1, 2; t.x, t = 1 end",
	"local x = 5; x = x or 3; x = x and x + 1; x = f() and x or 2; x = y and z or w; x = not x; x = (x or y) and (y or x)",
	"local x; x = {}; x = {x}; x = {x, x = x, [x] = x, f()}; x = {f(), ...}; x = {...}; x = {x = 1}",
	"local x, y; x = x + y; x = y.a + y.b * x; x = -x; x = #x; x = x .. y .. x; x = x(y); x = x.y.z[x]; x = x:m(x); x = x < y; x = not (x < y and y)",
	"return 1 + 2, 1 / 0, 0 / 0, -0, - -0, 2 ^ 10, 7 % 3, -7 % 3, 7 % 0, 7.5 % 2, 1 - 1, 0 * -1, -(2), -x, 1e308 * 10, 5 % 1e300",
	"local a; return a + 1, 1 + a, a - 1, 1 - a, a * 2, 2 * a, a / 2, 2 / a, a % 2, 2 % a, a ^ 2, 2 ^ a, 'x' + 1, a + 'x', 1 + 'x'",
	"local a, b; return a == b, a ~= b, a < b, a <= b, a > b, a >= b, a == 1, 1 == a, a ~= nil, nil ~= a, a == true, false == a, a == 'x', 'x' ~= a, 1 == 1, 'x' == 1, a < 1, a <= 1, a > 1, a >= 1, 1 < a, 1 <= a, 1 > a, 1 >= a, 1 < 2, 'a' < 'b', a < 'b'",
	"local a, b, c, d; if a and b or c and not d then f() elseif not (a or b) and (c or d) then g() else h() end",
	"local a, b, c; local x, y = a and b, a or b; local z = a and b or c; local w = (a or b) and c; local v = not (a and b); local u = a == b or c; local s = a < b and a > c; local r = not a == b; return not not a, (a and b) + 1, not nil, not 1",
	"return nil or 1, nil and 1, 1 and 2, 1 or 2, false or nil, true and false, a and nil, a or false, (nil or a) and 1, not (1 or a), f{nil or 1}, nil == nil",
	"while true do end", "while 1 do break end", "while nil do f() end", "while a do if b then break end f() end", "while a < b and c do local x = 1; f(x) end", "while (a or b) and c do end",
	"while true do if x then goto continue end do break end ::continue:: end",
	"repeat until true", "repeat until false", "repeat local x = f() until x", "repeat local x = f(); local function g() return x end until x or g()", "repeat local x = 1; function h() x = x + 1 end if y then break end until x > 5 and x < 10",
	"for i = 1, 10 do f(i) end", "for i = 1, 10, 2 do f(i) end", "for i = 10, 1, -1 do end", "for i = a, b, c do if i > 5 then break end end", "for i = 1, 2, 1 do end", "for i = 1, 2 do function g() return i end end", "for i = 1, 2 do function g() i = i + 1 return i end end",
	"for k, v in pairs(t) do f(k, v) end", "for k in next, t do end", "for k, v, w, x in f, s, i, j do local y = k break end", "for k in f() do function g() k = 1 end end", "for k, v in f(), 1 do for i = k, v do for j in v do f(i, j) end end end", "for a, b in 1 do end",
	"local function f() return f() end", "local function f() f = nil end", "local function f() return function() return f end end return f", "local f; f = function() return f end", "local f = function() return f end", "local function f() local function g() return f, g end return g end",
	"function a() end", "function a.b.c() end", "function a.b:c(x, ...) return self, x, ... end", "local t; function t.x() end function t:y() return self end", "local f; function f() return f end", "local u; return function() function u() end function u.x() end end",
	"local a = 1; local function f() a = 10; return 1 end; return a + f(), f() + a, a .. f(), a < f(), f() < a, {a, f()}, g(a, f()), a == f(), -a, not a, #a, a.x, a[f()], a:m(f())",
	"local t, k = {}, 1; local function f() t, k = {}, 2 end; t[k] = f(); t[k], t = 1, 2; t.x = f(); t[1] = t[k]; t[k] = k; local u = t[f()]; t[f()] = 1; (t).x = 1; t[k], k = k, t[k]",
	"local up = {}; return function(k) up[k] = up.x; up = nil; up[1], up = 1, 2; return up[f()], up.x.y, up:m(), up(), up + 1, (up)[f()] end",
	"local a, b, c = ...; function g() b = 1; a = c end return a, b, c", "local function f(a, b, ...) function g() b = a end return a, b, ... end", "return function(a, b) return function() a = 1 return a, b end end",
	"goto done; do local x; function f() x = 1 end end ::done::", "::top:: local x; function f() x = 1 return x end if y then goto top end", "do ::a:: goto a end", "::a:: ::b:: if x then goto a else goto b end", "if x then goto e end ::e::",
	"for i = 1, 3 do for j = 1, 3 do if j == 2 then goto next end if i == j then break end end ::next:: end",
	"_ENV = {}; x = 1; return x", "return function() _ENV = {}; return x end, y", "local _ENV = {}; x = 1; return x, function() return y end", "local _ENV = {}; function f() _ENV = 1; return x end z = z + 1", "local function f(_ENV) return x, function() y = z end end", "local _ENV <close = 1",
	"f'x'; f{1}; f\"y\":z{}; ('x'):rep(3); ({1,2})[1] = 3; (f or g)(1); (function() end)(); a.b['c'].d[1][2][f()] = 5",
	"t[0] = 1; t[65535] = 1; t[65536] = 1; t[-1] = 1; t[1.5] = 2; t[nil] = 1; t[true] = t[false]; t[-0] = t[1e300]; return t[0], t[65535], t[65536], t[-1], t[1.5], t[nil], t[1e300], t[-0]",
	"return {1, 2, 3, x = 1, ['y'] = 2, [1] = 3, [f()] = g(); 4, f()}, {f(), f()}, {(f())}, {...}, {}, {{}, {{}}}, {[nil] = 1}",
	"if a then return end if b then return 1 else return 2 end", "if true then f() end if false then g() elseif nil then h() else i() end if 1 then j() end", "if not not a then b() end", "if a == nil then elseif 1 then else end",
	"do local a do local b = a do local c = b end end local d = a end", "do return end", ";;; ::x:: ;", "local x <const> = 1",
	"local a = a; local a = a; do local a = a; function f() return a end end return a",
	"return a .. b, a .. b .. c .. 'd' .. 1, (a .. b) .. c, a .. (b .. c), 'x' .. 'y', -a .. b, a .. b == c",
	"local a, b; return a == b == a ~= b < a, a + b - a * b / a % b ^ a, a < b + 1, 1 + a == 2, (a == b) + 1, a + (a == b)",
	"return function(...) local a, b = ... return select('#', ...), ..., a end", "return function() return function() return function() return x, y end end end",
	"local a, b, c = function() return a end, function() return b end; return a, b, c",
	"local x = 1; do local function f() return x end x = 2 end local y = 1; do local function g() return y end end return x, y",
}

func TestVerifySnippets(t *testing.T) {
	for i, source := range snippets {
		fn, err := syntax.Parse(source, "=test")
		if err != nil {
			continue // a few seeds for the fuzzer are not programs
		}
		p, err := Compile(fn, "=test")
		if err != nil {
			t.Errorf("snippet %d: %v", i, err)
			continue
		}
		if errs := verify(p); len(errs) > 0 {
			t.Errorf("snippet %d: %v\n%s\n%s", i, errors.Join(errs...), source, disassemble(p))
		}
	}
}

// TestLong compiles trees that are as deep as they are long, and functions beyond the limits of operands.
func TestLong(t *testing.T) {
	const n = 32_000 // the parser takes no higher trees
	tests := map[string]string{
		"sum":         "return x" + strings.Repeat("+x", n),
		"constants":   "return 1" + strings.Repeat("+1", n),
		"comparisons": "return x" + strings.Repeat("==x", n),
		"condition":   "if x" + strings.Repeat("<x", n) + " then end",
		"or":          "return x" + strings.Repeat(" or x", n),
		"or local":    "local x; x = x" + strings.Repeat(" or x", n),
		"and if":      "if x" + strings.Repeat(" and x", n) + " then f() end",
		"and not if":  "if not (x" + strings.Repeat(" and x", n) + ") then f() end",
		"fields":      "return x" + strings.Repeat(".x", n),
		"set field":   "x" + strings.Repeat(".x", n) + " = 1",
		"calls":       "return f" + strings.Repeat("()", n),
		"call":        "f" + strings.Repeat("()", n),
		"methods":     "local x; x = x" + strings.Repeat(":x()", n),
		"iterator":    "for a in f" + strings.Repeat("()", n) + " do end",
		"elseif":      "if a then" + strings.Repeat(" elseif b then f()", n) + " else g() end",
		"array":       "return {" + strings.Repeat("1,", n) + "...}",
		"breaks":      "while x do " + strings.Repeat("if x then break end ", n) + " end",
		"gotos":       "do " + strings.Repeat("if x then goto e end ", n) + " ::e:: end",
		"statements":  strings.Repeat("local function f() return x end x = f() ", 190),
	}
	for name, source := range tests {
		t.Run(name, func(t *testing.T) {
			p := mustCompile(t, source)
			if p.MaxStack > 200 {
				t.Errorf("MaxStack %d", p.MaxStack)
			}
		})
	}
}

// TestVeryLong compiles trees that are higher than what the parser makes.
func TestVeryLong(t *testing.T) {
	const n = 300_000
	x := &syntax.LocalExpr{Local: &syntax.Local{Name: "x"}}
	binary := func(op syntax.BinaryOp) func(e syntax.Expr) syntax.Expr {
		return func(e syntax.Expr) syntax.Expr { return &syntax.BinaryExpr{Op: op, Left: e, Right: x} }
	}
	tests := map[string]func(e syntax.Expr) syntax.Expr{
		"add": binary(syntax.OpAdd), "less": binary(syntax.OpLt), "equal": binary(syntax.OpEq), "and": binary(syntax.OpAnd), "or": binary(syntax.OpOr),
		"index":  func(e syntax.Expr) syntax.Expr { return &syntax.IndexExpr{Obj: e, Key: x} },
		"call":   func(e syntax.Expr) syntax.Expr { return &syntax.CallExpr{Func: e} },
		"method": func(e syntax.Expr) syntax.Expr { return &syntax.MethodCallExpr{Obj: e, Name: "m"} },
	}
	for name, wrap := range tests {
		t.Run(name, func(t *testing.T) {
			var e syntax.Expr = x
			for range n {
				e = wrap(e)
			}
			loop := &syntax.GenericForStmt{Vars: []*syntax.Local{{Name: "v"}}, Exprs: []syntax.Expr{e}, Body: &syntax.Block{}}
			test := &syntax.WhileStmt{Cond: e, Body: &syntax.Block{Stmts: []syntax.Stmt{loop}}}
			set := &syntax.AssignStmt{Targets: []syntax.Expr{x}, Exprs: []syntax.Expr{e}}
			body := &syntax.Block{Stmts: []syntax.Stmt{set, test, &syntax.ReturnStmt{Exprs: []syntax.Expr{e}}}}
			p, err := Compile(&syntax.Function{Params: []*syntax.Local{x.Local}, Body: body}, "=test")
			if err != nil {
				t.Fatal(err)
			}
			if p.MaxStack > 20 || len(p.Code) < 4*n {
				t.Errorf("MaxStack %d, %d instructions", p.MaxStack, len(p.Code))
			}
			v := verifier{p: p}
			v.shape()
			for _, err := range v.errs {
				t.Error(err)
			}
		})
	}
}

func TestConstantSum(t *testing.T) {
	p := mustCompile(t, "return 1"+strings.Repeat("+1", 1000))
	if len(p.Code) != 3 || len(p.Consts) != 1 || p.Consts[0].Num != 1001 {
		t.Errorf("%s", disassemble(p))
	}
}

// TestManyConstants checks that constants beyond the range of an operand go through registers.
func TestManyConstants(t *testing.T) {
	var b strings.Builder
	b.WriteString("local t, a = {} do t = {")
	for i := range 66_000 {
		fmt.Fprintf(&b, "%d.5,", i)
	}
	b.WriteString("} end ")
	b.WriteString(`
		t.field, global = t.other, otherglobal
		a = t:method(1); a = a + 0.25; a = 0.125 + a; a = 0.625 - a
		a = a == "new"; a = a ~= true; a = a == nil; a = a < 0.75; a = 0.875 >= a
		t = {key = 1, ["other key"] = 2}
		function global2() return x end
		if a == "newer" or a > 0.0625 then f() end`)
	p := mustCompile(t, b.String())
	if len(p.Consts) < 66_000 {
		t.Errorf("%d constants", len(p.Consts))
	}
	for pc, i := range p.Code {
		switch i.Op() {
		case OpGetField, OpSetField, OpGetUpField, OpSetUpField, OpSelf, OpAddK, OpSubK, OpEqK, OpNeK, OpLtK, OpGeK:
			t.Errorf("pc %d: %v", pc, i.Op())
		}
	}
}

func TestTooManyRegisters(t *testing.T) {
	many := "a" + strings.Repeat(",a", 249)
	nested := strings.Repeat("f(1,1,", 100) + "1" + strings.Repeat(")", 100)
	for _, source := range []string{
		"\nf(" + many + ")", "\nlocal x = {f(" + many + ")}", "\nreturn " + many + ",b", "\nx = " + nested,
		"\nfor i = 1, 2 do goto e; do f(" + many + ") end ::e:: break end",
	} {
		fn, err := syntax.Parse(source, "@/dir/file.lua")
		if err != nil {
			t.Fatal(err)
		}
		p, err := Compile(fn, "@/dir/file.lua")
		const want = "/dir/file.lua:2: function or expression too complex"
		if p != nil || err == nil || err.Error() != want {
			t.Errorf("%.20q: %v, want %s", source, err, want)
		}
		if e := (*syntax.Error)(nil); !errors.As(err, &e) {
			t.Errorf("%T is not a *syntax.Error", err)
		}
	}
	mustCompile(t, "f("+strings.TrimSuffix(strings.Repeat("a,", 249), ",")+")")
}

// TestPositions checks the lines of instructions that raise errors.
func TestPositions(t *testing.T) {
	p := mustCompile(t, `local t = {}
local a = t
  .x
  [1]
t
  .y = 1
f(1,
  2)
  (3)
local s = a ..
  1 ..
  2
local n = a +
  a
  * a
for i = 1,
  2 do
end
for k in
  f do
end
t
  :m
  (1)
function t.x()
end
`)
	want := map[Op][]int32{
		OpGetField: {3}, OpGetInt: {4}, OpSetField: {6, 25}, OpConcat: {11}, OpAdd: {13}, OpMul: {15}, OpForLoop1: {16},
		OpTForCall: {20}, OpSelf: {23}, OpCall: {7, 9, 24}, OpReturn0: {27},
	}
	got := map[Op][]int32{}
	for pc, i := range p.Code {
		if _, ok := want[i.Op()]; ok {
			got[i.Op()] = append(got[i.Op()], p.Lines[pc])
		}
	}
	for op, lines := range want {
		if fmt.Sprint(got[op]) != fmt.Sprint(lines) {
			t.Errorf("%v on lines %v, want %v", op, got[op], lines)
		}
	}
	wide := mustCompile(t, strings.Repeat(" ", 70_000)+"f()")
	if wide.Cols[0] != 65535 {
		t.Errorf("column %d", wide.Cols[0])
	}
}

// TestConcurrent compiles one tree on several goroutines; the race detector watches.
func TestConcurrent(t *testing.T) {
	fn, err := syntax.Parse("local x = 1 function f() x = x + 1 _ENV = {} return g end", "=test")
	if err != nil {
		t.Fatal(err)
	}
	listings := make(chan string)
	for range 4 {
		go func() {
			p, err := Compile(fn, "=test")
			if err != nil {
				listings <- err.Error()
				return
			}
			listings <- disassemble(p)
		}()
	}
	first := <-listings
	for range 3 {
		if l := <-listings; l != first {
			t.Errorf("listings differ:\n%s\n%s", first, l)
		}
	}
}

func FuzzCompile(f *testing.F) {
	for _, s := range snippets {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, source string) {
		fn, err := syntax.Parse(source, "=fuzz")
		if err != nil {
			return
		}
		p, err := Compile(fn, "=fuzz")
		if err != nil {
			return
		}
		if errs := verify(p); len(errs) > 0 {
			t.Errorf("%v\n%s", errors.Join(errs...), disassemble(p))
		}
		if len(p.Code) < 1000 && disassemble(p) == "" {
			t.Error("no listing")
		}
	})
}

func BenchmarkCompile(b *testing.B) {
	source := strings.Repeat(`
local function area(shape, scale)
  if shape.kind == "circle" then return math.pi * shape.r ^ 2 * scale
  elseif shape.kind == "square" then return shape.side * shape.side * scale end
  local total = 0
  for i, part in ipairs(shape.parts or {}) do total = total + area(part, scale) end
  return total
end
function Shape:describe(...) return ("%s of %d parts"):format(self.kind, #self.parts), ... end
`, 100)
	fn, err := syntax.Parse(source, "=bench")
	if err != nil {
		b.Fatal(err)
	}
	b.SetBytes(int64(len(source)))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Compile(fn, "=bench"); err != nil {
			b.Fatal(err)
		}
	}
}
