package syntax

import (
	"fmt"
	"strings"
	"testing"
)

// variables lists the locals declared in a function and those within in the order of their declaration as name with
// c for Captured and a for Assigned; and the upvalues of every function.
func variables(fn *Function) (locals, upvalues string) {
	var names, ups []string
	seen := map[*Local]bool{}
	add := func(list ...*Local) {
		for _, l := range list {
			if seen[l] {
				panic("declared twice: " + l.Name)
			}
			seen[l] = true
			name := l.Name
			if l.Captured || l.Assigned {
				name += ":"
			}
			if l.Captured {
				name += "c"
			}
			if l.Assigned {
				name += "a"
			}
			names = append(names, name)
		}
	}
	var function func(*Function)
	var block func(*Block)
	var expr func(Expr)
	exprs := func(list []Expr) {
		for _, e := range list {
			expr(e)
		}
	}
	function = func(fn *Function) {
		add(fn.Params...)
		at := len(ups)
		ups = append(ups, "")
		block(fn.Body)
		var list []string
		for _, u := range fn.Upvalues {
			switch {
			case fn.Parent == nil:
				list = append(list, u.Name)
			case u.FromParent:
				if u.Local.Func != fn.Parent {
					panic("FromParent of another function: " + u.Name)
				}
				list = append(list, u.Name+"<local")
			default:
				if fn.Parent.Upvalues[u.Index].Local != u.Local {
					panic("wrong index: " + u.Name)
				}
				list = append(list, fmt.Sprintf("%s<%d", u.Name, u.Index))
			}
		}
		ups[at] = strings.Join(list, " ")
	}
	expr = func(e Expr) {
		switch e := e.(type) {
		case *FunctionExpr:
			function(e.Func)
		case *CallExpr:
			expr(e.Func)
			exprs(e.Args)
		case *ParenExpr:
			expr(e.Inner)
		case *BinaryExpr:
			expr(e.Left)
			expr(e.Right)
		case *TableExpr:
			for _, f := range e.Fields {
				expr(f.Value)
			}
		}
	}
	block = func(b *Block) {
		for _, s := range b.Stmts {
			switch s := s.(type) {
			case *LocalStmt:
				exprs(s.Exprs)
				add(s.Names...)
			case *LocalFunctionStmt:
				add(s.Name)
				expr(s.Func)
			case *FunctionStmt:
				expr(s.Func)
			case *AssignStmt:
				exprs(s.Exprs)
			case *CallStmt:
				expr(s.Call)
			case *DoStmt:
				block(s.Body)
			case *WhileStmt:
				expr(s.Cond)
				block(s.Body)
			case *RepeatStmt:
				block(s.Body)
				expr(s.Cond)
			case *IfStmt:
				for _, c := range s.Clauses {
					block(c.Body)
				}
			case *NumericForStmt:
				add(s.Var)
				block(s.Body)
			case *GenericForStmt:
				add(s.Vars...)
				block(s.Body)
			case *ReturnStmt:
				exprs(s.Exprs)
			}
		}
	}
	function(fn)
	return strings.Join(names, " "), strings.Join(ups, " | ")
}

func TestVariables(t *testing.T) {
	for _, test := range []struct{ source, locals, upvalues string }{
		{"", "", "_ENV"},
		{"local a a = 1", "a:a", "_ENV"},
		{"local a = 1 local a = a", "a a", "_ENV"},
		{"local a a.b = 1", "a", "_ENV"},
		{"local a function a.b() end", "a", "_ENV | "},
		{"local a function a() end", "a:a", "_ENV | "},
		{"local function a() a() end", "a:c", "_ENV | a<local"},
		{"local a function a() a() end", "a:ca", "_ENV | a<local"},
		{"local a local a function f() a = 1 end", "a a:ca", "_ENV | a<local"},
		{"local a function f() return a end a = 2", "a:ca", "_ENV | a<local"},
		{"local a, b b, a.x = a", "a b:a", "_ENV"},
		{"local a = function() return a end", "a", "_ENV | _ENV<0"},
		{"local x, y function f(p, q) return q, y, g, x, p, y end", "x:c y:c p q", "_ENV | y<local _ENV<0 x<local"},
		{"for i = 1, 2 do f(function() return i end) end", "i:c", "_ENV | i<local"},
		{"for k, v in p do k = 1 f(function() v = 1 end) end", "k:a v:ca", "_ENV | v<local"},
		{"repeat local a until (function() return a end)()", "a:c", "_ENV | a<local"},
		{"while (function() return a end)() do local a end", "a", "_ENV | _ENV<0"},
		{"do local a end f(function() return a end)", "a", "_ENV | _ENV<0"},

		// Each function between has an entry of its own.
		{"local a, b return function() return function() b() a() end end", "a:c b:c", "_ENV | b<local a<local | b<0 a<1"},
		{"local a return function(b) return function(c) return function() c() b() a() x() end end end",
			"a:c b:c c:c", "_ENV | a<local _ENV<0 | b<local a<0 _ENV<1 | c<local b<0 a<1 _ENV<2"},
		{"local a return function() local b = a local a return function() return a end end",
			"a:c b a:c", "_ENV | a<local | a<local"},
		{"return function() return function() end, function() x() end end", "", "_ENV | _ENV<0 |  | _ENV<0"},
		{"local a return function() return function() a = 1 end, a end", "a:ca", "_ENV | a<local | a<0"},

		// _ENV.
		{"local _ENV = {} x = y", "_ENV", "_ENV"},
		{"local _ENV = {} return function() x = 1 end", "_ENV:c", "_ENV | _ENV<local"},
		{"return function(_ENV) return function() return x end end", "_ENV:c", "_ENV |  | _ENV<local"},
		{"local _ENV _ENV = 1", "_ENV:a", "_ENV"},
		{"f() local function g(_ENV) x() end do local _ENV y() end z()", "g _ENV _ENV", "_ENV | "},
	} {
		locals, upvalues := variables(mustParse(t, test.source))
		if locals != test.locals || upvalues != test.upvalues {
			t.Errorf("%s\n got %s ; %s\nwant %s ; %s", test.source, locals, upvalues, test.locals, test.upvalues)
		}
	}
}

func TestEnvironment(t *testing.T) {
	for _, test := range []struct{ source, want string }{
		{"x = y", "$x = $y"},
		{"_ENV.x = _ENV", `^_ENV(0)["x"] = ^_ENV(0)`},
		{"local _ENV = x; y()", "local _ENV = $x; $y@_ENV()"},
		{"do local _ENV = x; y() end y()", "do {local _ENV = $x; $y@_ENV()}; $y()"},
		{"return function(_ENV) x = function() y() end end", "return function(_ENV) {$x@_ENV = function() {$y@^_ENV(0)()}}"},
		{"local a return function() a() x() _ENV() end", "local a; return function() {^a(0)(); $x(); ^_ENV(1)()}"},
		{"for _ENV in x do y() end", "for _ENV in $x {$y@_ENV()}"},
	} {
		if got := dump(mustParse(t, test.source)); got != test.want {
			t.Errorf("%s\n got %s\nwant %s", test.source, got, test.want)
		}
	}
	for source, want := range map[string]bool{
		"x = 1": false, "_ENV = {}": true, "_ENV.x = 1": false, "local _ENV _ENV = 1": false,
		"return function() return function() a, _ENV = 1 end end": true, "function _ENV() end": true,
		"local _ENV return function() _ENV = 1 end": false,
	} {
		if got := mustParse(t, source).EnvAssigned; got != want {
			t.Errorf("EnvAssigned of %q is %v", source, got)
		}
	}
}

func TestGotos(t *testing.T) {
	for _, test := range []struct{ source, want string }{
		{"goto a\n::a::", "goto a@2; ::a::"},
		{"::a::\ngoto a", "::a::; goto a@1"},
		{"do goto a end\n::a::", "do {goto a@2}; ::a::"},
		{"::a::\nwhile x do if y then goto a end end", "::a::; while $x {if $y {goto a@1}}"},
		{"do goto a\n::a:: end\n::a::", "do {goto a@2; ::a::}; ::a::"},
		{"do ::a:: end\ngoto a\n::a::", "do {::a::}; goto a@3; ::a::"},
		{"goto a do\n::a:: end\n::a::", "goto a@3; do {::a::}; ::a::"},
		{"goto b\n::a::\n::b:: goto a", "goto b@3; ::a::; ::b::; goto a@2"},
		// Functions have labels of their own.
		{"::a::\nf(function()\n::a:: goto a end)", "::a::; $f(function() {::a::; goto a@3})"},
		// A label at the end of a block is outside the scope of its variables.
		{"do goto a local b\n::a:: end", "do {goto a@2; local b; ::a::}"},
		{"do goto a local b\n::a:: ; ::c:: ;; end", "do {goto a@2; local b; ::a::; ::c::}"},
		{"goto a local b\n::a::", "goto a@2; local b; ::a::"},
		{"while x do goto a local b\n::a:: end", "while $x {goto a@2; local b; ::a::}"},
		{"for i = 1, 2 do local c goto a local b\n::a:: end", "for i = 1, 2 {local c; goto a@2; local b; ::a::}"},
		{"for i in x do if i then goto a end local b\n::a:: end", "for i in $x {if i {goto a@2}; local b; ::a::}"},
		{"if x then goto a local b\n::a:: else end", "if $x {goto a@2; local b; ::a::} else {}"},
		{"if x then goto a local b\n::a:: elseif y then end", "if $x {goto a@2; local b; ::a::} elseif $y {}"},
		{"f(function(p) goto a local b\n::a:: end)", "$f(function(p) {goto a@2; local b; ::a::})"},
		{"repeat goto a\n::a:: until x", "repeat {goto a@2; ::a::} until $x"},
		{"repeat local b\n::a:: goto a until b", "repeat {local b; ::a::; goto a@2} until b"},
		{"repeat local b if b then break end until b", "repeat {local b; if b {break}} until b"},
		{"do local a, b goto c end local d do goto c end\n::c::", "do {local a, b; goto c@2}; local d; do {goto c@2}; ::c::"},
		{"::a::\nlocal b goto a", "::a::; local b; goto a@1"},
	} {
		if got := dump(mustParse(t, test.source)); got != test.want {
			t.Errorf("%s\n got %s\nwant %s", test.source, got, test.want)
		}
	}
}

// TestManyGotos is about time: the work for labels and gotos stays bounded however many there are.
func TestManyGotos(t *testing.T) {
	_, err := Parse(long("", "goto a ", 100_000, "::a::"), "=in")
	if err == nil || err.Error() != "in:1: main function has more than 32767 labels/gotos" {
		t.Errorf("got %v", err)
	}
	mustParse(t, long("", "goto a ", 30_000, "::a:: ")+long("", "goto a ", 100_000, ""))
	var b strings.Builder
	for i := range 3000 {
		fmt.Fprintf(&b, "goto l%d ", i)
	}
	for i := range 3000 {
		fmt.Fprintf(&b, "::l%d:: ", i)
	}
	mustParse(t, b.String())
}
