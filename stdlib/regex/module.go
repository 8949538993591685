package regex

import (
	"container/list"
	"errors"
	"strings"
	"time"

	"github.com/dlclark/regexp2/v2"
	"github.com/luart/luart/lua"
	"github.com/luart/luart/stdlib"
)

// cacheSize is how many compiled patterns a computer keeps, so that programs may compile where they match.
const cacheSize = 256

// module is the API in one computer.
type module struct {
	meta  *lua.Table // of pattern objects
	cache map[cacheKey]*list.Element
	order list.List // of *cached, the last used first
}

type cacheKey struct {
	pattern, flags string
	timeout        time.Duration
}

type cached struct {
	key cacheKey
	re  *Regex
}

// Open makes the module "luart.regex" of a computer.
func Open(stdlib.Computer) lua.Value {
	m := &module{meta: lua.NewTable(0, 4), cache: map[cacheKey]*list.Element{}}
	methods := lua.NewTable(0, 8)
	for name, f := range map[string]func(lua.Call, *Regex) (lua.Results, error){
		"test": test, "find": find, "match": matchMethod, "groups": groups, "gmatch": gmatch, "replace": replace,
	} {
		methods.SetString(name, lua.NewFunction(name, func(c lua.Call) (lua.Results, error) {
			r, err := self(c)
			if err != nil {
				return 0, err
			}
			return f(c, r)
		}))
	}
	m.meta.SetString("__index", methods.Value())
	m.meta.SetString("__name", lua.Constant("regex"))
	m.meta.SetString("__tostring", lua.NewFunction("tostring", func(c lua.Call) (lua.Results, error) {
		r, err := self(c)
		if err != nil {
			return 0, err
		}
		return c.Return1(lua.String("regex: " + r.pattern))
	}))
	t := lua.NewTable(0, 2)
	t.SetString("compile", lua.NewFunction("compile", m.compile))
	t.SetString("escape", lua.NewFunction("escape", escape))
	return t.Value()
}

// Of returns the pattern that a value of Lua stands for, if it is one that compile has returned.
func Of(v lua.Value) (*Regex, bool) {
	if u, ok := v.AsUserdata(); ok {
		r, ok := u.Data.(*Regex)
		return r, ok
	}
	return nil, false
}

func self(c lua.Call) (*Regex, error) {
	if r, ok := Of(c.Arg(1)); ok {
		return r, nil
	}
	return nil, stdlib.BadArgument(c, 1, "regex")
}

// compile is compile(pattern[, flags[, timeout]]) -> regex | nil, message. timeout is in seconds.
func (m *module) compile(c lua.Call) (lua.Results, error) {
	pattern, err := stdlib.CheckString(c, 1)
	if err != nil {
		return 0, err
	}
	letters, err := stdlib.OptString(c, 2, "")
	if err != nil {
		return 0, err
	}
	seconds, err := stdlib.OptFinite(c, 3, DefaultTimeout.Seconds())
	if err != nil {
		return 0, err
	}
	if seconds <= 0 || seconds > MaxTimeout.Seconds() {
		return 0, lua.ArgError(3, "a time of more than 0 and up to 5 seconds expected")
	}
	key := cacheKey{pattern, letters, time.Duration(seconds * float64(time.Second))}
	if e, ok := m.cache[key]; ok {
		m.order.MoveToFront(e)
		return c.Return1(m.object(e.Value.(*cached).re))
	}
	re, err := Compile(pattern, letters, key.timeout)
	if err != nil {
		return c.Return(lua.Nil, lua.String(err.Error()))
	}
	if m.order.Len() >= cacheSize {
		last := m.order.Back()
		delete(m.cache, last.Value.(*cached).key)
		m.order.Remove(last)
	}
	m.cache[key] = m.order.PushFront(&cached{key, re})
	return c.Return1(m.object(re))
}

func (m *module) object(re *Regex) lua.Value { return lua.NewUserdata(re, m.meta).Value() }

// escape is escape(text): a pattern that matches the text.
func escape(c lua.Call) (lua.Results, error) {
	text, err := stdlib.CheckString(c, 1)
	if err != nil {
		return 0, err
	}
	if err := c.Reserve(2 * len(text)); err != nil {
		return 0, err
	}
	return c.Return1(lua.String(regexp2.Escape(text)))
}

// runeCost is what a character of a text takes while it is searched, in bytes.
const runeCost = 8

// arguments are those of a method: text[, init], as of string.find.
func arguments(c lua.Call) (*subject, int, error) {
	text, err := stdlib.CheckString(c, 2)
	if err != nil {
		return nil, 0, err
	}
	init, err := stdlib.OptInt(c, 3, 1)
	if err != nil {
		return nil, 0, err
	}
	if len(text) > MaxText {
		return nil, 0, ErrText
	}
	if err := c.Reserve(runeCost * len(text)); err != nil {
		return nil, 0, err
	}
	switch {
	case init < 0:
		init = max(len(text)+init+1, 1)
	case init == 0:
		init = 1
	}
	s := newSubject(text)
	if init > len(text)+1 {
		return s, len(s.runes) + 1, nil
	}
	return s, s.index(init - 1), nil
}

// first is the first match from a character on.
func first(c lua.Call, r *Regex) (*subject, *match, error) {
	s, from, err := arguments(c)
	if err != nil || from > len(s.runes) {
		return s, nil, err
	}
	m, err := r.find(s, from)
	return s, m, err
}

func test(c lua.Call, r *Regex) (lua.Results, error) {
	_, m, err := first(c, r)
	if err != nil {
		return 0, err
	}
	return c.Return1(lua.Bool(m != nil))
}

func (s *subject) value(p span) lua.Value {
	if p.start < 0 {
		return lua.Nil
	}
	return lua.String(s.slice(p))
}

// captures are what a match gives: the groups or, if there are none, the whole.
func (s *subject) captures(m *match) []lua.Value {
	if len(m.groups) == 0 {
		return []lua.Value{s.value(m.span)}
	}
	values := make([]lua.Value, len(m.groups))
	for i, g := range m.groups {
		values[i] = s.value(g)
	}
	return values
}

func find(c lua.Call, r *Regex) (lua.Results, error) {
	s, m, err := first(c, r)
	switch {
	case err != nil:
		return 0, err
	case m == nil:
		return c.Return1(lua.Nil)
	}
	values := []lua.Value{lua.Int(s.offset(m.start) + 1), lua.Int(s.offset(m.end))}
	if len(m.groups) > 0 {
		values = append(values, s.captures(m)...)
	}
	return c.Return(values...)
}

func matchMethod(c lua.Call, r *Regex) (lua.Results, error) {
	s, m, err := first(c, r)
	switch {
	case err != nil:
		return 0, err
	case m == nil:
		return c.Return1(lua.Nil)
	}
	return c.Return(s.captures(m)...)
}

// groups returns a table with what was captured, by number and by name; 0 is the whole.
func groups(c lua.Call, r *Regex) (lua.Results, error) {
	s, m, err := first(c, r)
	switch {
	case err != nil:
		return 0, err
	case m == nil:
		return c.Return1(lua.Nil)
	}
	t := lua.NewTable(len(m.groups), 1)
	t.SetInt(0, s.value(m.span))
	for i, g := range m.groups {
		if v := s.value(g); !v.IsNil() {
			t.SetInt(r.numbers[i], v)
			if r.names[i] != "" {
				t.SetString(r.names[i], v)
			}
		}
	}
	return c.Return1(t.Value())
}

func gmatch(c lua.Call, r *Regex) (lua.Results, error) {
	s, at, err := arguments(c)
	if err != nil {
		return 0, err
	}
	return c.Return1(lua.NewFunctionHolding("iterator", func(c lua.Call) (lua.Results, error) {
		if at > len(s.runes) {
			return c.Return1(lua.Nil)
		}
		m, err := r.find(s, at)
		switch {
		case err != nil:
			return 0, err
		case m == nil:
			at = len(s.runes) + 1
			return c.Return1(lua.Nil)
		}
		at = m.next()
		values := s.captures(m)
		if values[0].IsNil() {
			values[0] = lua.False // nil would end the loop
		}
		return c.Return(values...)
	}, lua.String(s.text)))
}

// errReplacement is that of string.gsub.
var errReplacement = errors.New("the replacement must be a string or a number, or false or nil to keep the text")

// replacing is the state of a replacement.
type replacing struct {
	re    *Regex
	s     *subject
	by    lua.Value
	left  int
	at    int // the search goes on here
	kept  int // what lies in front has been written
	count int
	out   strings.Builder
}

func replace(c lua.Call, r *Regex) (lua.Results, error) {
	text, err := stdlib.CheckString(c, 2)
	if err != nil {
		return 0, err
	}
	by := c.Arg(3)
	switch by.Kind() {
	case lua.KindString, lua.KindFunction, lua.KindTable:
	default:
		return 0, stdlib.BadArgument(c, 3, "string, function or table")
	}
	limit, err := stdlib.OptInt(c, 4, len(text)+1)
	if err != nil {
		return 0, err
	}
	if len(text) > MaxText {
		return 0, ErrText
	}
	if err := c.Reserve(runeCost * len(text)); err != nil {
		return 0, err
	}
	x := &replacing{re: r, s: newSubject(text), by: by, left: limit}
	return x.run(c)
}

// run replaces until a function has to be called, whose result next gets.
func (x *replacing) run(c lua.Call) (lua.Results, error) {
	for ; x.left > 0 && x.at <= len(x.s.runes); x.left-- {
		if err := c.Interrupted(); err != nil {
			return 0, err
		}
		m, err := x.re.find(x.s, x.at)
		if err != nil {
			return 0, err
		}
		if m == nil {
			break
		}
		x.count++
		x.at = m.next()
		switch x.by.Kind() {
		case lua.KindFunction:
			return c.Holding(runeCost*len(x.s.text)+x.out.Len()).CallThen(x.by, func(c lua.Call) (lua.Results, error) {
				if err := x.put(c, m, c.Arg(1)); err != nil {
					return 0, err
				}
				x.left--
				return x.run(c)
			}, x.s.captures(m)...)
		case lua.KindTable:
			t, _ := x.by.AsTable()
			if err := x.put(c, m, t.Get(x.s.captures(m)[0])); err != nil {
				return 0, err
			}
		default:
			x.keep(m)
			template, _ := x.by.AsString()
			before := x.out.Len()
			x.re.expand(&x.out, x.s, m, template)
			if err := c.Reserve(x.out.Len() - before); err != nil {
				return 0, err
			}
		}
	}
	x.out.WriteString(x.s.slice(span{x.kept, len(x.s.runes)}))
	return c.Return(lua.String(x.out.String()), lua.Int(x.count))
}

// keep writes what lies before a match.
func (x *replacing) keep(m *match) {
	x.out.WriteString(x.s.slice(span{x.kept, m.start}))
	x.kept = m.end
}

// put writes a value in the place of a match.
func (x *replacing) put(c lua.Call, m *match, v lua.Value) error {
	text, ok := v.ToString()
	if !ok {
		if v.Truthy() {
			return errReplacement
		}
		text = x.s.slice(m.span)
	}
	if err := c.Reserve(len(text)); err != nil {
		return err
	}
	x.keep(m)
	x.out.WriteString(text)
	return nil
}
