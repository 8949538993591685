package json

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/go-json-experiment/json/jsontext"
	"github.com/luart/luart/lua"
)

// encode is encode(value[, options]): the text. It throws for what has none.
func (a *api) encode(c lua.Call) (lua.Results, error) {
	o, err := a.options(c, 2)
	if err != nil {
		return 0, err
	}
	e := encoder{api: a, c: c, o: o}
	if err := e.value(c.Arg(1), 0); err != nil {
		if wrong, ok := errors.AsType[*unwritable](err); ok {
			slices.Reverse(wrong.path)
		}
		return 0, err
	}
	if err := e.grow(); err != nil {
		return 0, err
	}
	return c.Return1(lua.Bytes(e.out))
}

type encoder struct {
	*api
	c       lua.Call
	o       options
	out     []byte
	counted int // bytes of out that the program's memory counts
	seen    int
}

// grow counts what has been put out against the program's memory.
func (e *encoder) grow() error {
	n := len(e.out) - e.counted
	e.counted = len(e.out)
	return e.c.Reserve(n)
}

// unwritable is an error for what JSON does not have, and where in the value that is, from the innermost part outwards.
type unwritable struct {
	what string
	path []string
}

// maxPath is how many steps of the path people are shown.
const maxPath = 8

// Error says where the value is as a program would write it.
func (u *unwritable) Error() string {
	text := "can't write JSON: " + u.what
	if len(u.path) > 0 {
		text += " at " + strings.TrimPrefix(strings.Join(u.path[max(0, len(u.path)-maxPath):], ""), ".")
	}
	return text
}

func (e *encoder) fail(format string, args ...any) error {
	return &unwritable{what: fmt.Sprintf(format, args...)}
}

// within adds a step to where an error is.
func within(err error, step func() string) error {
	if wrong, ok := errors.AsType[*unwritable](err); ok {
		wrong.path = append(wrong.path, step())
	}
	return err
}

func (e *encoder) value(v lua.Value, depth int) error {
	if e.seen++; e.seen%interval == 0 {
		if err := e.c.Interrupted(); err != nil {
			return err
		}
		if err := e.grow(); err != nil {
			return err
		}
	}
	switch v.Kind() {
	case lua.KindNil:
		e.out = append(e.out, "null"...)
	case lua.KindBool:
		b, _ := v.AsBool()
		e.out = strconv.AppendBool(e.out, b)
	case lua.KindNumber:
		n, _ := v.AsNumber()
		if math.IsNaN(n) || math.IsInf(n, 0) {
			return e.fail("a number that is not finite")
		}
		e.out = jsontext.AppendFloat(e.out, n, 64)
	case lua.KindString:
		s, _ := v.AsString()
		return e.text(s)
	case lua.KindTable:
		t, _ := v.AsTable()
		return e.table(t, depth)
	default:
		if v != e.null && v != e.o.null {
			return e.fail("a %s", e.c.VM().TypeName(v))
		}
		e.out = append(e.out, "null"...)
	}
	return nil
}

func (e *encoder) text(s string) error {
	if !utf8.ValidString(s) {
		return e.fail("a string that is not UTF-8; encode it, for example as base64,")
	}
	var err error
	e.out, err = jsontext.AppendQuote(e.out, s)
	return err
}

func (e *encoder) table(t *lua.Table, depth int) error {
	v := t.Value()
	switch {
	case v == e.o.null:
		e.out = append(e.out, "null"...)
		return nil
	case v == e.o.array:
		e.out = append(e.out, "[]"...)
		return nil
	case t.Metatable() == e.raw:
		text, _ := t.GetString("text").AsString()
		if err := check(text); err != nil {
			return e.fail("a raw value that is none (%v)", err)
		}
		e.out = append(e.out, text...)
		return nil
	case depth >= e.o.depth:
		return e.fail("nested deeper than %d levels, perhaps a table that has itself in it,", e.o.depth)
	case e.isArray(t):
		return e.elements(t, depth)
	}
	return e.members(t, depth)
}

// line begins a line of indented text.
func (e *encoder) line(depth int) {
	if e.o.indent != "" {
		e.out = append(e.out, '\n')
		for range depth {
			e.out = append(e.out, e.o.indent...)
		}
	}
}

func (e *encoder) elements(t *lua.Table, depth int) error {
	n := t.Len()
	if k, ok := e.stray(t, n); ok {
		return e.fail("a table that is a list, but has the key %.40q as well,", k)
	}
	e.out = append(e.out, '[')
	for i := 1; i <= n; i++ {
		if i > 1 {
			e.out = append(e.out, ',')
		}
		e.line(depth + 1)
		if err := e.value(t.GetInt(i), depth+1); err != nil {
			return within(err, func() string { return "[" + strconv.Itoa(i) + "]" })
		}
	}
	if n > 0 {
		e.line(depth)
	}
	e.out = append(e.out, ']')
	return nil
}

// stray finds a key of a list that would be lost.
func (e *encoder) stray(t *lua.Table, n int) (string, bool) {
	for key := (lua.Value{}); ; {
		k, _, ok, err := t.Next(key)
		if err != nil || !ok {
			return "", false
		}
		if f, isNumber := k.AsNumber(); !isNumber || f < 1 || f > float64(n) || f != math.Trunc(f) {
			return e.c.VM().ToStringRaw(k).String(), true
		}
		key = k
	}
}

// member is a member of an object.
type member struct {
	name  string
	value lua.Value
}

func (e *encoder) members(t *lua.Table, depth int) error {
	e.out = append(e.out, '{')
	first := true
	put := func(m member) error {
		if !first {
			e.out = append(e.out, ',')
		}
		first = false
		e.line(depth + 1)
		if err := e.text(m.name); err != nil {
			return err
		}
		e.out = append(e.out, ':')
		if e.o.indent != "" {
			e.out = append(e.out, ' ')
		}
		if err := e.value(m.value, depth+1); err != nil {
			return within(err, func() string { return "." + m.name })
		}
		return nil
	}
	var all []member
	for key := (lua.Value{}); ; {
		k, v, ok, err := t.Next(key)
		if err != nil {
			return err
		}
		if !ok {
			break
		}
		key = k
		m := member{value: v}
		switch k.Kind() {
		case lua.KindString:
			m.name, _ = k.AsString()
		case lua.KindNumber:
			m.name = e.c.VM().ToStringRaw(k).String()
		default:
			return e.fail("a table with a key that is a %s", e.c.VM().TypeName(k))
		}
		if e.o.sorted || e.o.order != nil {
			if err := e.c.Reserve(48); err != nil {
				return err
			}
			all = append(all, m)
		} else if err := put(m); err != nil {
			return err
		}
	}
	slices.SortFunc(all, e.o.compare)
	for _, m := range all {
		if err := put(m); err != nil {
			return err
		}
	}
	if !first {
		e.line(depth)
	}
	e.out = append(e.out, '}')
	return nil
}

// compare orders the members of an object: first those that have a place, then the others by name.
func (o *options) compare(a, b member) int {
	place := func(name string) int {
		if n, ok := o.order[name]; ok {
			return n
		}
		return maxOrder + 1
	}
	if c := place(a.name) - place(b.name); c != 0 {
		return c
	}
	return strings.Compare(a.name, b.name)
}
