package lualib

import (
	"errors"
	"fmt"
	"math"
	"strings"

	"github.com/luart/luart/lua"
)

func openBase(vm *lua.VM) {
	g := vm.Globals()
	for _, f := range []function{
		{"assert", baseAssert}, {"error", baseError}, {"getfenv", baseGetfenv}, {"getmetatable", baseGetmetatable},
		{"load", baseLoad}, {"loadstring", baseLoadstring},
		{"pcall", basePcall}, {"rawequal", baseRawequal}, {"rawget", baseRawget}, {"rawlen", baseRawlen}, {"rawset", baseRawset},
		{"select", baseSelect}, {"setfenv", baseSetfenv}, {"setmetatable", baseSetmetatable}, {"tonumber", baseTonumber},
		{"tostring", baseTostring}, {"type", baseType}, {"xpcall", baseXpcall},
	} {
		g.SetString(f.name, lua.NewFunction(f.name, f.fn))
	}
	next := lua.NewFunction("next", baseNext)
	ipairsNext := lua.NewFunction("ipairs_iterator", baseIpairsNext)
	g.SetString("next", next)
	g.SetString("pairs", lua.NewFunction("pairs", func(c lua.Call) (lua.Results, error) { return basePairs(c, next) }))
	g.SetString("ipairs", lua.NewFunction("ipairs", func(c lua.Call) (lua.Results, error) {
		if err := c.CheckAny(1); err != nil {
			return 0, err
		}
		return c.Return(ipairsNext, c.Arg(1), lua.Number(0))
	}))
	vm.SetIterators(next, ipairsNext)
	g.SetString("_G", g.Value())
	g.SetString("_VERSION", lua.String("Lua 5.2"))
	setLoaded(vm, "_G", g)
}

var (
	//lint:ignore ST1005 the language's text
	errAssertion = errors.New("assertion failed!")
	errSetfenv   = errors.New("'setfenv' cannot change environment of given object")
)

func baseAssert(c lua.Call) (lua.Results, error) {
	if c.Arg(1).Truthy() {
		return c.ReturnArgs(1)
	}
	if err := c.CheckAny(1); err != nil {
		return 0, err
	}
	if c.N() < 2 {
		return 0, errAssertion
	}
	if s, ok := c.Arg(2).AsString(); ok {
		return 0, errors.New(s) // CraftOS: with a position in front
	}
	return 0, &lua.Error{Value: c.Arg(2)}
}

func baseError(c lua.Call) (lua.Results, error) {
	level, err := c.OptInt(2, 1)
	if err != nil {
		return 0, err
	}
	v := c.Arg(1)
	if s, ok := v.AsString(); ok && level > 0 {
		if where := c.Where(level); where != "" {
			if err := c.Reserve(len(where) + len(s) + stringBytes); err != nil {
				return 0, err
			}
			v = lua.String(where + s)
		}
	}
	return 0, &lua.Error{Value: v}
}

func basePcall(c lua.Call) (lua.Results, error) {
	if err := c.CheckAny(1); err != nil {
		return 0, err
	}
	return c.TailPCall(1, protectedResults, lua.Nil)
}

// protectedResults ends pcall and xpcall, coroutine.resume too: true and the results, or false and the error value.
func protectedResults(c lua.Call, err *lua.Error) (lua.Results, error) {
	if err != nil {
		return c.Return(lua.False, err.Value)
	}
	return c.ReturnAfter(lua.True)
}

func baseXpcall(c lua.Call) (lua.Results, error) {
	if c.N() < 2 {
		return 0, lua.ArgError(c.N()+1, "value expected")
	}
	handler := c.Arg(2)
	if handler.IsNil() {
		handler = lua.False // which can't be called either, and ends in an error in error handling
	}
	c.SetArg(2, c.Arg(1))
	return c.TailPCall(2, protectedResults, handler)
}

func baseNext(c lua.Call) (lua.Results, error) {
	t, err := c.CheckTable(1)
	if err != nil {
		return 0, err
	}
	k, v, ok, err := t.Next(c.Arg(2))
	if err != nil {
		return 0, err
	}
	if !ok {
		return c.Return1(lua.Nil)
	}
	return c.Return(k, v)
}

func basePairs(c lua.Call, next lua.Value) (lua.Results, error) {
	v := c.Arg(1)
	if f := c.Metafield(v, "__pairs"); !f.IsNil() {
		return c.CallThen(f, firstThree, v)
	}
	if err := c.CheckAny(1); err != nil {
		return 0, err
	}
	if _, err := c.CheckTable(1); err != nil {
		return 0, err
	}
	return c.Return(next, v, lua.Nil)
}

func firstThree(c lua.Call) (lua.Results, error) { return c.Return(c.Arg(1), c.Arg(2), c.Arg(3)) }

func baseIpairsNext(c lua.Call) (lua.Results, error) {
	i, err := c.CheckNumber(2)
	if err != nil {
		return 0, err
	}
	n := lua.Number(i + 1)
	v, ok, err := c.Index(c.Arg(1), n)
	if err != nil {
		return 0, err
	}
	if !ok {
		return c.IndexThen(c.Arg(1), n, func(c lua.Call) (lua.Results, error) {
			if v := c.Arg(1); !v.IsNil() {
				return c.Return(n, v)
			}
			return c.Return1(lua.Nil)
		})
	}
	if v.IsNil() {
		return c.Return1(v)
	}
	return c.Return(n, v)
}

func baseRawequal(c lua.Call) (lua.Results, error) {
	if c.N() < 2 {
		return 0, lua.ArgError(c.N()+1, "value expected")
	}
	return c.Return1(lua.Bool(lua.RawEqual(c.Arg(1), c.Arg(2))))
}

func baseRawget(c lua.Call) (lua.Results, error) {
	t, err := c.CheckTable(1)
	if err == nil {
		err = c.CheckAny(2)
	}
	if err != nil {
		return 0, err
	}
	return c.Return1(t.Get(c.Arg(2)))
}

func baseRawset(c lua.Call) (lua.Results, error) {
	t, err := c.CheckTable(1)
	if err != nil {
		return 0, err
	}
	if c.N() < 3 {
		return 0, lua.ArgError(c.N()+1, "value expected")
	}
	if err := c.RawSet(t, c.Arg(2), c.Arg(3)); err != nil {
		return 0, err
	}
	return c.Return1(c.Arg(1))
}

func baseRawlen(c lua.Call) (lua.Results, error) {
	v := c.Arg(1)
	if t, ok := v.AsTable(); ok {
		return c.Return1(lua.Int(t.Len()))
	}
	if s, ok := v.AsString(); ok {
		return c.Return1(lua.Int(len(s)))
	}
	return 0, lua.ArgError(1, "table or string expected")
}

func baseSelect(c lua.Call) (lua.Results, error) {
	var n int
	if f, ok := c.Arg(1).AsNumber(); ok && f >= 1 && f < 1<<30 {
		n = int(f)
	} else {
		if s, ok := c.Arg(1).AsString(); ok && strings.HasPrefix(s, "#") {
			return c.Return1(lua.Int(c.N() - 1))
		}
		var err error
		if n, err = c.CheckInt(1); err != nil {
			return 0, err
		}
	}
	if n < 0 {
		n += c.N()
	}
	if n < 1 {
		return 0, lua.ArgError(1, "index out of range")
	}
	return c.ReturnArgs(min(n, c.N()) + 1)
}

func baseGetmetatable(c lua.Call) (lua.Results, error) {
	if err := c.CheckAny(1); err != nil {
		return 0, err
	}
	mt := c.VM().Metatable(c.Arg(1))
	if mt == nil {
		return c.Return1(lua.Nil)
	}
	if v := mt.GetString("__metatable"); !v.IsNil() {
		return c.Return1(v)
	}
	return c.Return1(mt.Value())
}

func baseSetmetatable(c lua.Call) (lua.Results, error) {
	t, err := c.CheckTable(1)
	if err != nil {
		return 0, err
	}
	if err := c.CheckAny(2); err != nil {
		return 0, err
	}
	mt, ok := c.Arg(2).AsTable()
	if !ok && !c.Arg(2).IsNil() {
		return 0, c.TypeError(2, "nil or table")
	}
	if old := t.Metatable(); old != nil && !old.GetString("__metatable").IsNil() {
		return 0, errors.New("cannot change a protected metatable")
	}
	t.SetMetatable(mt)
	return c.Return1(c.Arg(1))
}

func baseTonumber(c lua.Call) (lua.Results, error) {
	if c.Arg(2).IsNil() {
		if err := c.CheckAny(1); err != nil {
			return 0, err
		}
		if f, ok := c.Arg(1).ToNumber(); ok {
			return c.Return1(lua.Number(f))
		}
		return c.Return1(lua.Nil)
	}
	base, err := c.CheckInt(2)
	if err != nil {
		return 0, err
	}
	if base < 2 || base > 36 {
		return 0, lua.ArgError(2, "base out of range")
	}
	s, ok := c.Arg(1).ToString()
	if !ok {
		return c.Return1(lua.Nil)
	}
	f, ok := parseBase(s, base)
	if !ok && (base == 10 || base == 16) { // CraftOS: whatever reads as a number without a base
		f, ok = c.Arg(1).ToNumber()
		ok = ok && (base == 10) != isHex(s)
	}
	if !ok {
		return c.Return1(lua.Nil)
	}
	return c.Return1(lua.Number(f))
}

func isHex(s string) bool {
	s = strings.TrimLeft(s, " \t\n\v\f\r+-")
	return len(s) > 1 && s[0] == '0' && s[1]|0x20 == 'x'
}

// parseBase reads digits of a base, with white space around and a sign before them.
func parseBase(s string, base int) (float64, bool) {
	s = strings.Trim(s, " \t\n\v\f\r")
	neg := strings.HasPrefix(s, "-")
	if neg || strings.HasPrefix(s, "+") {
		s = s[1:]
	}
	if s == "" {
		return 0, false
	}
	f := 0.0
	for _, ch := range []byte(s) {
		d := 99
		switch {
		case ch >= '0' && ch <= '9':
			d = int(ch - '0')
		case ch >= 'a' && ch <= 'z':
			d = int(ch-'a') + 10
		case ch >= 'A' && ch <= 'Z':
			d = int(ch-'A') + 10
		}
		if d >= base {
			return 0, false
		}
		f = f*float64(base) + float64(d)
	}
	if neg {
		f = -f
	}
	return f, true
}

func baseTostring(c lua.Call) (lua.Results, error) {
	if err := c.CheckAny(1); err != nil {
		return 0, err
	}
	return c.ToStringThen(c.Arg(1), returnFirst)
}

func returnFirst(c lua.Call) (lua.Results, error) { return c.Return1(c.Arg(1)) }

var typeNames = func() (names [lua.KindThread + 1]lua.Value) {
	for k := range names {
		names[k] = lua.Constant(lua.Kind(k).String())
	}
	return
}()

func baseType(c lua.Call) (lua.Results, error) {
	if err := c.CheckAny(1); err != nil {
		return 0, err
	}
	return c.Return1(typeNames[c.Arg(1).Kind()])
}

// Loading.

func baseLoad(c lua.Call) (lua.Results, error) {
	v := c.Arg(1)
	source, isString := v.ToString()
	if !isString {
		if v.Kind() != lua.KindFunction {
			return 0, c.TypeError(1, "function")
		}
		source = "function"
	}
	name, err := c.OptString(2, source)
	if err != nil {
		return 0, err
	}
	mode, err := c.OptString(3, "bt")
	if err != nil {
		return 0, err
	}
	env := c.VM().Globals().Value()
	if v := c.Arg(4); !v.IsNil() {
		if _, err := c.CheckTable(4); err != nil {
			return 0, err
		}
		env = v
	}
	l := &loader{name: name, mode: mode, env: env}
	if isString {
		return l.load(c, source)
	}
	l.reader = v
	l.next = l.piece
	return c.PCallThen(v, l.next)
}

func baseLoadstring(c lua.Call) (lua.Results, error) {
	s, err := c.CheckString(1)
	if err != nil {
		return 0, err
	}
	name, err := c.OptString(2, s)
	if err != nil {
		return 0, err
	}
	l := &loader{name: name, mode: "bt", env: c.VM().Globals().Value()}
	return l.load(c, s)
}

// loader is a load in progress: its reader may yield between pieces.
type loader struct {
	name, mode  string
	env, reader lua.Value
	source      strings.Builder
	next        lua.Catch
}

func (l *loader) piece(c lua.Call, err *lua.Error) (lua.Results, error) {
	if err != nil {
		return c.Return(lua.Nil, err.Value)
	}
	v := c.Arg(1)
	s, ok := v.ToString()
	if !ok && !v.IsNil() {
		return 0, errors.New("reader function must return a string")
	}
	if s == "" {
		return l.load(c, l.source.String())
	}
	if n := l.source.Cap(); n-l.source.Len() < len(s) {
		if err := c.Reserve(2*n + len(s)); err != nil {
			return 0, err
		}
	}
	l.source.WriteString(s)
	return c.Holding(l.source.Cap()).PCallThen(l.reader, l.next)
}

func (l *loader) load(c lua.Call, source string) (lua.Results, error) {
	if strings.HasPrefix(source, "\x1b") {
		msg := "attempt to load a binary chunk"
		if !strings.Contains(l.mode, "b") {
			msg += fmt.Sprintf(" (mode is %s)", l.mode)
		}
		return returnFailure(c, msg)
	}
	if strings.HasPrefix(source, "#") { // a Unix interpreter line
		source = source[len(source)-len(strings.TrimLeftFunc(source, func(r rune) bool { return r != '\n' })):]
	}
	if !strings.Contains(l.mode, "t") {
		return returnFailure(c, fmt.Sprintf("attempt to load a text chunk (mode is %s)", l.mode))
	}
	f, err := c.VM().LoadEnv(source, l.name, l.env)
	if err != nil {
		if lua.IsLimit(err) {
			return 0, err
		}
		return returnFailure(c, err.Error())
	}
	return c.Return1(f)
}

// Environments.

// functionAt returns the function that an argument of getfenv or setfenv names: a function, or a level of the stack.
func functionAt(c lua.Call, def int) (f lua.Value, level int, err error) {
	v := c.Arg(1)
	if v.Kind() == lua.KindFunction {
		return v, -1, nil
	}
	n := float64(def)
	if def < 0 || !v.IsNil() {
		if n, err = c.CheckNumber(1); err != nil {
			return
		}
	}
	if n < 0 {
		return f, 0, lua.ArgError(1, "level must be non-negative")
	}
	level = int(math.Min(n, 1<<30))
	if level == 0 {
		return f, 0, nil
	}
	a, ok := c.Activation(level)
	if !ok {
		return f, 0, lua.ArgError(1, "invalid level")
	}
	return a.Function(), level, nil
}

func baseGetfenv(c lua.Call) (lua.Results, error) {
	f, level, err := functionAt(c, 1)
	if err != nil {
		return 0, err
	}
	if env, ok := lua.Environment(f); ok && level != 0 {
		return c.Return1(env)
	}
	return c.Return1(c.VM().Globals().Value())
}

func baseSetfenv(c lua.Call) (lua.Results, error) {
	env, err := c.CheckTable(2)
	if err != nil {
		return 0, err
	}
	f, level, err := functionAt(c, -1)
	if err != nil {
		return 0, err
	}
	if level == 0 || f.IsGoFunction() || f.IsNil() {
		return 0, errSetfenv
	}
	lua.SetEnvironment(f, env.Value())
	return c.Return1(f)
}
