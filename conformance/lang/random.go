package lang

import (
	"fmt"
	"math/rand/v2"
	"strings"
)

// RandomProgram returns the top-level statements of a Lua program that the seed
// determines. It ends, prints many intermediate results, and stays within what
// PUC Lua 5.2 and CraftOS have in common: numbers are printed through a
// function that hides the differences in format, tables are walked in the order
// of their sorted keys, and library functions get arguments that they accept.
// A program that lacks some of the statements is one, too.
func RandomProgram(seed uint64) []string {
	g := &generator{r: rand.New(rand.NewPCG(seed, 0x10a47))}
	g.push()
	statements := []string{randomPrelude}
	for _, name := range []string{"n1", "n2", "n3"} {
		statements = append(statements, fmt.Sprintf("local %s = %s", name, g.literal()))
		g.declare(number, name)
	}
	statements = append(statements,
		"local s1 = "+g.quoted(), "local t1 = {"+g.list(number, 1+g.r.IntN(5))+"}",
		"local o1 = V("+g.literal()+", "+g.literal()+")")
	g.declare(text, "s1")
	g.declare(array, "t1")
	g.declare(object, "o1")
	for range 12 + g.r.IntN(14) {
		g.b.Reset()
		g.statement(0)
		statements = append(statements, strings.TrimRight(g.b.String(), "\n"))
	}
	g.b.Reset()
	g.printAll()
	return append(statements, strings.TrimRight(g.b.String(), "\n"))
}

// randomPrelude is what the generated statements use:
// tick bounds the work, I makes a small whole number of any, show prints the
// same for the same value everywhere, V is a class with all metamethods.
const randomPrelude = `local steps = 0
local function tick() steps = steps + 1; if steps > 3000 then error("too many steps", 0) end end
local function I(n) if n ~= n or n >= 1e9 or n <= -1e9 then return 7 end return math.floor(n) + 0 end
local function num(v)
  if v ~= v then return "nan" elseif v == 0 then return "0" end
  if v == math.floor(v) and v > -1e15 and v < 1e15 then return (("%d"):format(v)) end
  return (("%a"):format(v))
end
local function keys(t)
  local ks = {}
  for k in pairs(t) do ks[#ks + 1] = k end
  table.sort(ks, function(a, b) if type(a) == type(b) then return a < b end return type(a) < type(b) end)
  return ks
end
local function str(v, depth)
  local ty = type(v)
  if ty == "number" then return num(v) elseif ty == "string" then return "'" .. (v:match("cannot resume dead coroutine") or v) .. "'" end
  if ty == "nil" or ty == "boolean" then return tostring(v) elseif ty ~= "table" then return ty end
  if getmetatable(v) then return tostring(v) end
  if (depth or 0) > 2 then return "{...}" end
  local parts = {}
  for _, k in ipairs(keys(v)) do parts[#parts + 1] = str(k) .. "=" .. str(v[k], (depth or 0) + 1) end
  return "{" .. table.concat(parts, " ") .. "}"
end
local function show(...)
  local parts = {}
  for i = 1, select("#", ...) do parts[i] = str((select(i, ...))) end
  print(table.concat(parts, ", "))
end
local mt = {}
local function V(x, y) return setmetatable({x = x, y = y}, mt) end
local function part(v, k) if type(v) == "table" then return rawget(v, k) end return v end
mt.__add = function(a, b) return V(part(a, "x") + part(b, "x"), part(a, "y") + part(b, "y")) end
mt.__sub = function(a, b) return V(part(a, "x") - part(b, "x"), part(a, "y") - part(b, "y")) end
mt.__mul = function(a, b) return V(I(part(a, "x")) * I(part(b, "x")), I(part(a, "y")) * I(part(b, "y"))) end
mt.__div = function(a, b) return V(part(a, "x") / part(b, "x"), part(a, "y") / part(b, "y")) end
mt.__mod = function(a, b) return V(I(part(a, "x")) % 7, I(part(b, "y")) % 5) end
mt.__pow = function(a, b) return V(I(part(a, "x")) % 10, I(part(b, "x")) % 10) end
mt.__unm = function(a) return V(-a.x, -a.y) end
mt.__len = function(a) return I(a.x + a.y) end
mt.__eq = function(a, b) return a.x == b.x and a.y == b.y end
mt.__lt = function(a, b) return a.x < b.x end
mt.__le = function(a, b) return a.x <= b.x end
mt.__concat = function(a, b)
  local function s(v) if type(v) == "table" then return tostring(v) elseif type(v) == "number" then return num(v) end return v end
  return s(a) .. "~" .. s(b)
end
mt.__call = function(self, ...) return select("#", ...), self.x, ... end
mt.__index = function(t, k) if type(k) == "number" then return k * 2 end return rawget(mt, k) end
mt.__newindex = function(t, k, v) rawset(t, k, v); rawset(t, "last", k) end
mt.__tostring = function(a) return "V(" .. num(a.x) .. "," .. num(a.y) .. ")" end
function mt:scale(k) return V(I(self.x) * k, I(self.y) * k) end
function mt.dot(a, b) return I(a.x) * I(b.x) + I(a.y) * I(b.y) end`

// The kinds of variables that a generated program has.
type kind int

const (
	number kind = iota
	text
	array // of numbers, without holes
	record
	object   // made by V
	function // of two numbers, to a number
	kinds
)

// variable names are read from the scopes; loop variables aren't assigned to.
type variable struct {
	kind     kind
	name     string
	constant bool
}

type generator struct {
	r      *rand.Rand
	b      strings.Builder
	scopes [][]variable
	names  int
	loops  int  // loops around the statement within its function
	inFunc int  // functions around the statement
	vararg bool // ... may be used
}

func (g *generator) push() { g.scopes = append(g.scopes, nil) }
func (g *generator) pop()  { g.scopes = g.scopes[:len(g.scopes)-1] }

func (g *generator) declare(k kind, name string) {
	top := len(g.scopes) - 1
	g.scopes[top] = append(g.scopes[top], variable{kind: k, name: name})
}

func (g *generator) declareConstant(k kind, name string) {
	top := len(g.scopes) - 1
	g.scopes[top] = append(g.scopes[top], variable{k, name, true})
}

func (g *generator) fresh(prefix string) string {
	g.names++
	return fmt.Sprintf("%s%d", prefix, g.names)
}

// pick chooses a variable in scope, or "" if there is none.
func (g *generator) pick(k kind, assignable bool) string {
	var names []string
	for _, scope := range g.scopes {
		for _, v := range scope {
			if v.kind == k && !(assignable && v.constant) {
				names = append(names, v.name)
			}
		}
	}
	if len(names) == 0 {
		return ""
	}
	return names[g.r.IntN(len(names))]
}

func (g *generator) one(choices ...string) string { return choices[g.r.IntN(len(choices))] }

func (g *generator) line(depth int, format string, args ...any) {
	g.b.WriteString(strings.Repeat("  ", depth))
	fmt.Fprintf(&g.b, format, args...)
	g.b.WriteByte('\n')
}

func (g *generator) literal() string {
	switch g.r.IntN(6) {
	case 0:
		return fmt.Sprintf("%d.5", g.r.IntN(20))
	case 1:
		return fmt.Sprint(g.r.IntN(100000))
	case 2:
		return fmt.Sprintf("-%d", 1+g.r.IntN(50))
	case 3:
		return fmt.Sprintf("0x%x", g.r.IntN(4096))
	default:
		return fmt.Sprint(g.r.IntN(12))
	}
}

func (g *generator) quoted() string {
	words := []string{"", "a", "abc", "hello world", "x=1,y=2", "The quick brown fox", "12", "aXbXc", "  trim  ", "a.b.c", "(p(q)r)", "%d"}
	return fmt.Sprintf("%q", words[g.r.IntN(len(words))])
}

func (g *generator) list(k kind, n int) string {
	parts := make([]string, n)
	for i := range parts {
		parts[i] = g.expr(k, 1)
	}
	return strings.Join(parts, ", ")
}

// expr returns an expression of the kind, of at most the given depth.
func (g *generator) expr(k kind, depth int) string {
	switch k {
	case number:
		return g.number(depth)
	case text:
		return g.text(depth)
	case array:
		if v := g.pick(array, false); v != "" && g.r.IntN(3) > 0 {
			return v
		}
		return "{" + g.list(number, g.r.IntN(6)) + "}"
	case record:
		if v := g.pick(record, false); v != "" && g.r.IntN(2) > 0 {
			return v
		}
		return fmt.Sprintf("{a = %s, b = %s, [%d] = %s}", g.number(depth-1), g.text(depth-1), 1+g.r.IntN(9), g.number(depth-1))
	case object:
		return g.object(depth)
	default:
		if v := g.pick(function, false); v != "" {
			return v
		}
		return "math.max"
	}
}

func (g *generator) number(depth int) string {
	v := g.pick(number, false)
	if depth <= 0 || g.r.IntN(5) == 0 {
		if v != "" && g.r.IntN(3) > 0 {
			return v
		}
		return g.literal()
	}
	n := func() string { return g.number(depth - 1) }
	s := func() string { return g.text(depth - 1) }
	t := func() string { return g.expr(array, depth-1) }
	switch g.r.IntN(24) {
	case 0, 1, 2, 3:
		return fmt.Sprintf("(%s %s %s)", n(), g.one("+", "-"), n())
	case 4:
		return fmt.Sprintf("(I(%s) * I(%s))", n(), n())
	case 5:
		return fmt.Sprintf("(%s / %d)", n(), 1+g.r.IntN(9))
	case 6:
		return fmt.Sprintf("(I(%s) %% %s)", n(), g.one("3", "7", "10", "-4", "2.5"))
	case 7:
		return fmt.Sprintf("((I(%s) %% 20) ^ %d)", n(), g.r.IntN(4))
	case 8:
		return "-" + "(" + n() + ")"
	case 9:
		return "#" + s()
	case 10:
		return "#" + t()
	case 11:
		return fmt.Sprintf("math.%s(%s, %s)", g.one("max", "min"), n(), n())
	case 12:
		return fmt.Sprintf("math.%s(%s)", g.one("floor", "ceil", "abs"), n())
	case 13:
		return fmt.Sprintf("(%s(%s, %s))", g.expr(function, 0), n(), n())
	case 14:
		return fmt.Sprintf("(%s and %s or %s)", g.condition(depth-1), n(), n())
	case 15:
		return fmt.Sprintf("((%s)[1 + I(%s) %% 4] or %s)", t(), n(), n())
	case 16:
		return fmt.Sprintf("(%s:byte(%d) or %s)", s(), 1+g.r.IntN(4), n())
	case 17:
		return fmt.Sprintf("(tonumber(%s) or %s)", s(), n())
	case 18:
		return fmt.Sprintf("%s.%s", g.object(depth-1), g.one("x", "y"))
	case 19:
		return g.one("#"+g.object(depth-1), g.object(depth-1)+"[3]", g.object(depth-1)+":dot(V(2, 3))")
	case 20:
		return fmt.Sprintf("select(%q, %s, %s)", "#", n(), s())
	case 21:
		return fmt.Sprintf("(select(%d, %s, %s, %s))", 1+g.r.IntN(3), n(), n(), n())
	case 22:
		return fmt.Sprintf("(%q + %s)", fmt.Sprint(g.r.IntN(50)), n())
	default:
		if g.vararg {
			return g.one("select('#', ...)", "(... or 5)", "#{...}")
		}
		return fmt.Sprintf("bit32.%s(I(%s), %d)", g.one("band", "bor", "bxor", "lshift", "rshift", "arshift", "lrotate"), n(), g.r.IntN(20))
	}
}

func (g *generator) text(depth int) string {
	if depth <= 0 || g.r.IntN(5) == 0 {
		if v := g.pick(text, false); v != "" && g.r.IntN(3) > 0 {
			return v
		}
		return "(" + g.quoted() + ")"
	}
	s := func() string { return g.text(depth - 1) }
	n := func() string { return g.number(depth - 1) }
	switch g.r.IntN(14) {
	case 0, 1, 2:
		return fmt.Sprintf("(%s .. %s)", s(), s())
	case 3:
		return fmt.Sprintf("(%s .. I(%s))", s(), n())
	case 4:
		return fmt.Sprintf("%s:sub(%d, %d)", s(), g.r.IntN(8)-3, g.r.IntN(12)-3)
	case 5:
		return fmt.Sprintf("%s:%s()", s(), g.one("upper", "lower", "reverse"))
	case 6:
		return fmt.Sprintf("%s:rep(%d%s)", s(), g.r.IntN(4), g.one("", ", '-'"))
	case 7:
		return fmt.Sprintf("(%s:gsub(%q, %q))", s(), g.one("a", "%w+", "[aeiou]", "%s*", "(%w)(%w)", "%d", "^%w", ".$"), g.one("x", "<%0>", "%%", ""))
	case 8:
		return fmt.Sprintf("(%s:gsub(%q, function(a, b) tick() return %s end))", s(), g.one("%w+", "(.)(.)", "()%a"), g.one("#tostring(a)", "b or a", "nil", "a .. '!'", "false"))
	case 9:
		return fmt.Sprintf("(%s:match(%q) or %s)", s(), g.one("%a+", "(%w+)=", "%b()", "^%s*(.-)%s*$", "%f[%w]%w+", "(.)%1"), s())
	case 10:
		return fmt.Sprintf("(%q):format(I(%s), %s, %s)", g.one("%d|%s|%5s", "%5d|%-6s|%.2s", "%x:%s:%s", "%05d %q %s", "%+d %s%s"), "math.abs("+n()+")", s(), s())
	case 11:
		return fmt.Sprintf("(%q):format(I(%s) / 3)", g.one("%.3f", "%g", "%8.2f", "%.5e", "%.10g"), n())
	case 12:
		return fmt.Sprintf("num(%s)", n())
	default:
		return fmt.Sprintf("(%s and %s or %s)", g.condition(depth-1), s(), s())
	}
}

func (g *generator) object(depth int) string {
	v := g.pick(object, false)
	if depth <= 0 || g.r.IntN(4) == 0 {
		if v != "" {
			return v
		}
		return "V(1, 2)"
	}
	o := func() string { return g.object(depth - 1) }
	switch g.r.IntN(7) {
	case 0, 1:
		return fmt.Sprintf("(%s %s %s)", o(), g.one("+", "-", "*", "%", "^"), o())
	case 2:
		return fmt.Sprintf("(%s %s %s)", o(), g.one("+", "-"), g.number(depth-1))
	case 3:
		return fmt.Sprintf("(-%s)", o())
	case 4:
		return fmt.Sprintf("%s:scale(%s)", o(), g.literal())
	default:
		return fmt.Sprintf("V(%s, %s)", g.number(depth-1), g.number(depth-1))
	}
}

func (g *generator) condition(depth int) string {
	switch g.r.IntN(10) {
	case 0, 1, 2:
		return fmt.Sprintf("(%s %s %s)", g.number(depth), g.one("<", "<=", ">", ">=", "==", "~="), g.number(depth))
	case 3:
		return fmt.Sprintf("(%s %s %s)", g.text(depth), g.one("<", "<=", ">", "==", "~="), g.text(depth))
	case 4:
		return fmt.Sprintf("(%s %s %s)", g.object(depth), g.one("<", "<=", ">", ">=", "==", "~="), g.object(depth))
	case 5:
		return fmt.Sprintf("(not %s)", g.condition(depth-1))
	case 6:
		if depth > 0 {
			return fmt.Sprintf("(%s %s %s)", g.condition(depth-1), g.one("and", "or"), g.condition(depth-1))
		}
		return "true"
	case 7:
		return fmt.Sprintf("(I(%s) %% 2 == 0)", g.number(depth))
	case 8:
		return fmt.Sprintf("(%s == %s)", g.number(depth), g.text(depth))
	default:
		return g.one("true", "false", "nil")
	}
}
