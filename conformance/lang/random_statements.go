package lang

import (
	"fmt"
	"strings"
)

// statement writes one statement, which may hold others.
func (g *generator) statement(depth int) {
	if depth >= 4 {
		g.simple(depth)
		return
	}
	switch g.r.IntN(22) {
	case 0, 1:
		g.line(depth, "if %s then", g.condition(2))
		g.block(depth+1, 1+g.r.IntN(2))
		if g.r.IntN(2) == 0 {
			g.line(depth, "elseif %s then", g.condition(1))
			g.block(depth+1, 1)
		}
		if g.r.IntN(2) == 0 {
			g.line(depth, "else")
			g.block(depth+1, 1)
		}
		g.line(depth, "end")
	case 2, 3, 4:
		g.loop(depth)
	case 5, 6:
		g.function(depth)
	case 7:
		g.line(depth, "do")
		g.block(depth+1, 1+g.r.IntN(3))
		g.line(depth, "end")
	case 8, 9:
		g.protected(depth)
	case 10:
		g.coroutine(depth)
	case 11:
		g.closures(depth)
	case 12:
		g.failing(depth)
	case 13:
		g.library(depth)
	default:
		g.simple(depth)
	}
}

func (g *generator) block(depth, n int) {
	g.push()
	for range n {
		g.statement(depth)
	}
	g.pop()
}

// simple writes a statement without blocks. What is put into an array is computed
// before its length is taken: computing it may shorten the array.
func (g *generator) simple(depth int) {
	if g.r.IntN(3) == 0 {
		k := kind(g.r.IntN(int(function)))
		name := g.fresh("v")
		g.line(depth, "local %s = %s", name, g.initial(k))
		g.declare(k, name)
		return
	}
	switch g.r.IntN(14) {
	case 0, 1:
		if v := g.pick(number, true); v != "" {
			g.line(depth, "%s = %s", v, g.number(3))
		}
	case 2:
		if v := g.pick(text, true); v != "" {
			// Strings that feed on themselves would grow without bound.
			g.line(depth, "%s = (%s):sub(1, 40)", v, g.text(3))
		}
	case 3:
		a, b := g.pick(number, true), g.pick(number, true)
		if a != "" && b != "" && a != b {
			g.line(depth, "%s, %s = %s, %s", a, b, g.one(b, g.number(1)), g.one(a, g.number(2)))
		}
	case 4:
		if t := g.pick(array, false); t != "" {
			g.line(depth, "do local e = %s; if #%s < 30 then %s[#%s + 1] = e end end", g.number(2), t, t, t)
		}
	case 5:
		if t := g.pick(array, false); t != "" {
			g.line(depth, "do local e = %s; if #%s < 30 then table.insert(%s, %se) end end", g.number(2), t, t, g.one("", "1, ", fmt.Sprintf("#%s + 1, ", t)))
		}
	case 6:
		if t := g.pick(array, false); t != "" {
			g.line(depth, "show((table.remove(%s)))", t+g.one("", ", 1"))
		}
	case 7:
		if t := g.pick(array, false); t != "" {
			g.line(depth, "if #%s >= 2 then %s[1], %s[#%s] = %s[#%s], %s[1] end", t, t, t, t, t, t, t)
		}
	case 8:
		if t := g.pick(record, false); t != "" {
			g.line(depth, "%s%s = %s", t, g.one(".a", ".c", "['k' .. "+fmt.Sprint(g.r.IntN(4))+"]", "["+g.literal()+"]"), g.one(g.number(2), "nil", g.text(1)))
		}
	case 9:
		if o := g.pick(object, true); o != "" {
			g.line(depth, "%s = %s", o, g.object(2))
		}
	case 10:
		if o := g.pick(object, false); o != "" {
			g.line(depth, "%s%s = %s", o, g.one(".z", ".x", "[1]", ".y"), g.number(2))
			g.line(depth, "show(%s.last, %s[5], #%s, %s .. \"s\")", o, o, o, o)
		}
	case 11:
		if o := g.pick(object, false); o != "" {
			g.line(depth, "show(%s(%s))", o, g.list(number, g.r.IntN(3)))
		}
	default:
		k := kind(g.r.IntN(int(function)))
		g.line(depth, "show(%s, %s)", g.expr(k, 3), g.condition(2))
	}
}

// initial is the first value of a variable: a container is always a new one, so
// that nothing holds itself.
func (g *generator) initial(k kind) string {
	switch k {
	case array:
		return "{" + g.list(number, g.r.IntN(6)) + "}"
	case record:
		return fmt.Sprintf("{a = %s, b = %s, [%d] = %s}", g.number(1), g.text(1), 1+g.r.IntN(9), g.number(1))
	case text:
		return "(" + g.text(3) + "):sub(1, 40)"
	}
	return g.expr(k, 3)
}

// loop writes a loop of few rounds, with breaks and continuations in it.
func (g *generator) loop(depth int) {
	g.push()
	defer g.pop()
	g.loops++
	defer func() { g.loops-- }()
	label := ""
	open := func(format string, args ...any) {
		g.line(depth, format, args...)
		g.line(depth+1, "tick()")
		if g.r.IntN(4) == 0 {
			label = g.fresh("continue")
			g.line(depth+1, "if %s then goto %s end", g.condition(1), label)
		}
		if g.r.IntN(4) == 0 {
			g.line(depth+1, "if %s then break end", g.condition(1))
		}
		g.line(depth+1, "do")
		g.block(depth+2, 1+g.r.IntN(2))
		g.line(depth+1, "end")
		if label != "" {
			g.line(depth+1, "::%s::", label)
		}
	}
	i := g.fresh("i")
	switch g.r.IntN(7) {
	case 0, 1:
		g.declareConstant(number, i)
		open("for %s = %d, %d%s do", i, g.r.IntN(3), 1+g.r.IntN(5), g.one("", ", 2", ", 0.5"))
	case 2:
		g.declareConstant(number, i)
		open("for %s = %d, %d, -%d do", i, 2+g.r.IntN(5), g.r.IntN(3), 1+g.r.IntN(2))
	case 3:
		k, list := g.fresh("k"), g.initial(array)
		g.declareConstant(number, i)
		g.declareConstant(number, k)
		open("for %s, %s in ipairs(%s) do", i, k, list)
	case 4:
		k, subject := g.fresh("k"), g.text(1)
		g.declareConstant(text, k)
		open("for %s in (%s):gmatch(%q) do", k, subject, g.one("%a+", "%w", "[^,]+", ".."))
	case 5:
		g.line(depth, "local %s = 0", i)
		g.declareConstant(number, i)
		open("while %s < %d do\n%s%s = %s + 1", i, 1+g.r.IntN(4), strings.Repeat("  ", depth+1), i, i)
	default:
		g.line(depth, "local %s = 0", i)
		g.declareConstant(number, i)
		open("repeat\n%s%s = %s + 1", strings.Repeat("  ", depth+1), i, i)
		g.line(depth, "until %s >= %d or %s", i, 1+g.r.IntN(4), g.condition(1))
		return
	}
	g.line(depth, "end")
}

// function writes a local function of two numbers and more, which later
// statements call.
func (g *generator) function(depth int) {
	name := g.fresh("f")
	a, b := g.fresh("a"), g.fresh("b")
	recursive := g.r.IntN(3) == 0
	if g.r.IntN(3) == 0 && !recursive {
		g.line(depth, "local %s = function(%s, %s, ...)", name, a, b)
	} else {
		g.line(depth, "local function %s(%s, %s, ...)", name, a, b)
	}
	g.line(depth+1, "tick()")
	loops, vararg := g.loops, g.vararg
	g.loops, g.vararg = 0, true
	g.inFunc++
	g.push()
	g.declare(number, a)
	g.declare(number, b)
	if recursive {
		g.line(depth+1, "if I(%s) %% 8 == 0 then return %s end", a, g.number(1))
	}
	for range 1 + g.r.IntN(3) {
		g.statement(depth + 1)
	}
	if g.r.IntN(3) == 0 {
		g.line(depth+1, "if %s then return %s end", g.condition(1), g.number(1))
	}
	switch {
	case recursive && g.r.IntN(2) == 0:
		g.line(depth+1, "return %s(I(%s) %% 8 - 1, %s)", name, a, g.number(1))
	case recursive:
		g.line(depth+1, "return %s + %s(I(%s) %% 8 - 1, %s)", g.number(1), name, a, g.number(1))
	default:
		g.line(depth+1, "return %s%s", g.number(2), g.one("", ", "+g.number(1), ", ..."))
	}
	g.pop()
	g.inFunc--
	g.loops, g.vararg = loops, vararg
	g.line(depth, "end")
	g.declareConstant(function, name)
	if g.inFunc == 0 {
		g.line(depth, "show(pcall(%s, %s))", name, g.list(number, 2+g.r.IntN(3)))
	}
}

// protected writes a block under pcall or xpcall, which may fail.
func (g *generator) protected(depth int) {
	loops, vararg := g.loops, g.vararg
	g.loops, g.vararg = 0, false
	handler := g.one("", "", ", function(e) return 'handled ' .. tostring(e) end")
	call := "pcall"
	if handler != "" {
		call = "xpcall"
	}
	g.line(depth, "show(%s(function()", call)
	g.inFunc++
	g.push()
	for range 1 + g.r.IntN(2) {
		g.statement(depth + 1)
	}
	switch g.r.IntN(5) {
	case 0:
		g.line(depth+1, "error(%s%s)", g.text(1), g.one("", ", 0", ", 1", ", 2"))
	case 1:
		g.line(depth+1, "error({code = %s})", g.number(1))
	case 2:
		g.line(depth+1, "if %s then error(%s) end", g.condition(1), g.quoted())
		fallthrough
	default:
		g.line(depth+1, "return %s", g.list(number, 1+g.r.IntN(2)))
	}
	g.pop()
	g.inFunc--
	g.loops, g.vararg = loops, vararg
	if strings.Contains(handler, "handled") {
		// A table as the error would print its address.
		handler = ", function(e) if type(e) == 'table' then return e end return 'handled ' .. tostring(e) end"
	}
	g.line(depth, "end%s))", handler)
}

// coroutine writes a generator and its consumer.
func (g *generator) coroutine(depth int) {
	co, v := g.fresh("co"), g.fresh("y")
	loops, vararg := g.loops, g.vararg
	g.loops, g.vararg = 0, true
	wrap := g.r.IntN(2) == 0
	g.line(depth, "local %s = coroutine.%s(function(...)", co, map[bool]string{true: "wrap", false: "create"}[wrap])
	g.inFunc++
	g.push()
	g.line(depth+1, "local %s = ... or 0", v)
	g.declare(number, v)
	rounds := 1 + g.r.IntN(3)
	for range rounds {
		g.statement(depth + 2)
		switch g.r.IntN(4) {
		case 0:
			g.line(depth+1, "%s = pcall(coroutine.yield, %s) and %s or 1", v, g.number(1), g.number(1))
		case 1:
			g.line(depth+1, "for k = 1, 2 do tick() %s = coroutine.yield(k, %s) or k end", v, g.text(1))
		default:
			g.line(depth+1, "%s = coroutine.yield(%s) or 3", v, g.list(number, 1+g.r.IntN(2)))
		}
	}
	if g.r.IntN(4) == 0 {
		g.line(depth+1, "error(%s%s)", g.quoted(), g.one("", ", 0"))
	} else {
		g.line(depth+1, "return %s", g.text(1))
	}
	g.pop()
	g.inFunc--
	g.loops, g.vararg = loops, vararg
	g.line(depth, "end)")
	for range rounds + 1 + g.r.IntN(2) {
		if wrap {
			g.line(depth, "show(pcall(%s, %s))", co, g.number(1))
		} else {
			g.line(depth, "show(coroutine.status(%s), coroutine.resume(%s, %s))", co, co, g.number(1))
		}
	}
}

// closures writes functions that share variables, made in a loop.
func (g *generator) closures(depth int) {
	fs, i, u := g.fresh("fs"), g.fresh("i"), g.fresh("u")
	g.line(depth, "local %s = {}", fs)
	g.line(depth, "for %s = 1, %d do", i, 2+g.r.IntN(3))
	g.line(depth+1, "tick()")
	g.push()
	g.declareConstant(number, i)
	g.line(depth+1, "local %s = %s", u, g.number(1))
	g.declare(number, u)
	g.line(depth+1, "%s[#%s + 1] = function(d) %s = %s + d; return %s, %s end", fs, fs, u, u, u, i)
	g.line(depth+1, "%s[#%s + 1] = function() return %s end", fs, fs, u)
	g.line(depth+1, "%s = %s", u, g.number(1))
	if g.r.IntN(3) == 0 {
		g.line(depth+1, "if %s then break end", g.condition(1))
	}
	g.pop()
	g.line(depth, "end")
	for range 1 + g.r.IntN(3) {
		g.line(depth, "show(%s[1](%s)); show(%s[2](0)); show(%s[#%s](1), %s[#%s - 1](2))", fs, g.number(1), fs, fs, fs, fs, fs)
	}
}

// failing writes an operation that fails, in a function of its own so that both
// implementations name the variable alike.
func (g *generator) failing(depth int) {
	g.line(depth, "show(pcall(function() %s end))", g.one(
		"local q; return q.x", "local q; q.x = 1", "local q; q()", "local q = {}; return q.a.b", "local q = {}; q.f()", "local q = {}; q:m()",
		"return undefd.x", "undefd()", "return undefd + 1", "local q = {}; return q.x + 1", "local q = {}; return 1 - q.x", "local q = 'x'; return q * 2",
		"local q; return 'a' .. q", "local q = {}; return q .. 'x'", "return 'a' .. undefd", "return #undefd", "local q = 5; return #q",
		"return {} < {}", "return 1 < 'x'", "return nil > 1", "return -{}", "local q; q = q + 1",
		"for i = 1, {} do end", "for i = 'x', 2 do end", "error()", "error(nil, 2)", "error('e', 2)", "error('', 1)",
		"local a, b = 1; return a + b", "local s = 'abc'; return s.x.y", "local n = 5; return n.x", "local n = true; n.x = 2", "('x'):nope()",
		"return o1 + {} .. 5", "tick(); return nil .. 'x'",
	))
}

// library writes a use of the table and string libraries.
func (g *generator) library(depth int) {
	t := g.fresh("t")
	g.line(depth, "local %s = %s", t, g.initial(array))
	switch g.r.IntN(8) {
	case 0:
		g.line(depth, "table.sort(%s%s)", t, g.one("", ", function(a, b) return a > b end", ", function(a, b) if a % 3 ~= b % 3 then return a % 3 < b % 3 end return a < b end"))
	case 1:
		g.line(depth, "show(table.concat({%s, %s}, %s))", g.text(1), g.text(1), g.quoted())
	case 2:
		g.line(depth, "show(table.unpack(%s%s))", t, g.one("", ", 2", ", 1, 3", ", 0, 2"))
	case 3:
		p := g.fresh("p")
		g.line(depth, "local %s = table.pack(%s, nil, %s)", p, g.number(1), g.text(1))
		g.line(depth, "show(%s.n, %s[1], %s[2], %s[3])", p, p, p, p)
	case 4:
		g.line(depth, "show((%s):find(%s, %d, true))", g.text(2), g.text(0), 1-g.r.IntN(3))
	case 5:
		g.line(depth, "show((%s):find(%q))", g.text(2), g.one("l+", "(%w)(%d?)", "^%a", "x$", "()b()", "%s-%w", "[^%w]"))
	case 6:
		g.line(depth, "show(load(%q .. I(%s) .. %q)())", "return ", g.number(1), g.one("", " + 1", ", nil, 'x'"))
	default:
		g.line(depth, "local sum = 0; for _, k in ipairs(keys(%s)) do sum = sum + k end; show(sum, next(%s) == nil, rawlen(%s), select(-1, 1, %s))", t, t, t, g.number(1))
	}
	g.line(depth, "show(%s)", t)
	g.declare(array, t)
}

// printAll shows every variable of the outermost scope.
func (g *generator) printAll() {
	for _, v := range g.scopes[0] {
		if v.kind != function {
			g.line(0, "show(%q, %s)", v.name, v.name)
		}
	}
}
