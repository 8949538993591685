// Package json is the module luart.json: JSON for programs that exchange it with others and need all of it: null, empty
// arrays, numbers as they were written, and bounds for what comes from strangers.
//
// A text or a Lua value enters, the other one leaves. Programs get the module by require; the runtime calls Open. All runs on
// the computer's goroutine, and the results count against the program's memory. The grammar is that of RFC 8259, read by
// github.com/go-json-experiment/json: texts are UTF-8 with proper surrogates, and names of an object differ.
package json

import (
	"fmt"
	"math"
	"strings"

	"github.com/luart/luart/lua"
	"github.com/luart/luart/stdlib"
)

// Bounds of what is read and written.
const (
	// DefaultDepth is how deep arrays and objects may stand in each other unless a program says otherwise.
	DefaultDepth = 128
	// MaxDepth is the most that it may say.
	MaxDepth = 1000
)

// api is the module of one computer.
type api struct {
	null  lua.Value  // stands for null
	array *lua.Table // metatable of arrays
	raw   *lua.Table // metatable of values that are kept as they were written
}

// Open returns the module for a computer.
func Open(stdlib.Computer) lua.Value {
	a := &api{null: sentinel("null"), array: lua.NewTable(0, 1), raw: lua.NewTable(0, 1)}
	a.array.SetString("__name", lua.String("json.array"))
	a.raw.SetString("__name", lua.String("json.raw"))
	t := lua.NewTable(0, 8)
	for name, f := range map[string]lua.GoFunc{"decode": a.decode, "encode": a.encode, "array": a.newArray, "raw": a.newRaw, "kind": a.kind} {
		t.SetString(name, lua.NewFunctionHolding(name, f, a.null, a.array.Value(), a.raw.Value()))
	}
	t.SetString("null", a.null)
	return t.Value()
}

// sentinel returns a value that is only equal to itself.
func sentinel(name string) lua.Value {
	meta := lua.NewTable(0, 2)
	meta.SetString("__name", lua.String("json."+name))
	meta.SetString("__tostring", lua.NewFunction("tostring", func(c lua.Call) (lua.Results, error) { return c.Return1(lua.String(name)) }))
	return lua.NewUserdata(name, meta).Value()
}

// newArray is array(t?): marks a table as an array, also if it is empty.
func (a *api) newArray(c lua.Call) (lua.Results, error) {
	t, err := stdlib.OptTable(c, 1)
	if err != nil {
		return 0, err
	}
	if t == nil {
		t = lua.NewTable(0, 0)
	}
	t.SetMetatable(a.array)
	return c.Return1(t.Value())
}

// newRaw is raw(text): a value whose text is put out as it is.
func (a *api) newRaw(c lua.Call) (lua.Results, error) {
	text, err := stdlib.CheckString(c, 1)
	if err != nil {
		return 0, err
	}
	if err := check(text); err != nil {
		return 0, lua.ArgError(1, err.Error())
	}
	return c.Return1(a.keep(text))
}

// keep returns a value that stands for a text of JSON.
func (a *api) keep(text string) lua.Value {
	t := lua.NewTable(0, 1)
	t.SetString("text", lua.String(text))
	t.SetMetatable(a.raw)
	return t.Value()
}

// kind is kind(value): what the value is in JSON, nil if it can't be in it.
func (a *api) kind(c lua.Call) (lua.Results, error) {
	v := c.Arg(1)
	name := ""
	switch v.Kind() {
	case lua.KindNil:
		name = "null"
	case lua.KindBool:
		name = "boolean"
	case lua.KindNumber:
		if n, _ := v.AsNumber(); !math.IsNaN(n) && !math.IsInf(n, 0) {
			name = "number"
		}
	case lua.KindString:
		name = "string"
	case lua.KindTable:
		t, _ := v.AsTable()
		switch {
		case t.Metatable() == a.raw:
			name = "raw"
		case a.isArray(t):
			name = "array"
		default:
			name = "object"
		}
	default:
		if v == a.null {
			name = "null"
		}
	}
	if name == "" {
		return c.Return0()
	}
	return c.Return1(lua.String(name))
}

// isArray tells arrays from objects: those that are marked, and those that have a first element.
func (a *api) isArray(t *lua.Table) bool {
	return t.Metatable() == a.array || !t.GetInt(1).IsNil()
}

// options are what both directions know.
type options struct {
	depth     int
	null      lua.Value // in place of null; nil: as if it weren't there
	array     lua.Value // a table that stands for the empty array
	raw       string    // name of members to keep as they were written
	sorted    bool
	order     map[string]int // names that come first in objects, and as which; nil: none
	indent    string
	duplicate bool
}

// options reads argument i.
func (a *api) options(c lua.Call, i int) (options, error) {
	o := options{depth: DefaultDepth, null: a.null}
	t, err := stdlib.OptTable(c, i)
	if err != nil || t == nil {
		return o, err
	}
	err = stdlib.EachField(t, func(k, v lua.Value) error {
		name, _ := k.AsString()
		return o.take(c, name, v)
	})
	return o, err
}

func (o *options) take(c lua.Call, name string, v lua.Value) error {
	ok := true
	switch name {
	case "max_depth":
		n, isNumber := v.AsNumber()
		if ok = isNumber && n >= 1 && n <= MaxDepth && n == math.Trunc(n); ok {
			o.depth = int(n)
		} else {
			return stdlib.BadField(c.VM(), name, "whole number from 1 to 1000", v)
		}
	case "null":
		if b, isBool := v.AsBool(); isBool && !b {
			v = lua.Value{}
		}
		o.null = v
	case "empty_array":
		_, ok = v.AsTable()
		o.array = v
	case "raw":
		o.raw, ok = v.AsString()
	case "sorted":
		o.sorted, ok = v.AsBool()
	case "order":
		if ok = o.takeOrder(v); !ok {
			return stdlib.BadField(c.VM(), name, fmt.Sprintf("list of up to %d names", maxOrder), v)
		}
	case "duplicates":
		o.duplicate, ok = v.AsBool()
	case "indent":
		o.indent, ok = v.AsString()
		for _, r := range o.indent {
			ok = ok && (r == ' ' || r == '\t')
		}
		if ok = ok && len(o.indent) <= 16; !ok {
			return stdlib.BadField(c.VM(), name, "up to 16 spaces or tabs", v)
		}
	default:
		return stdlib.BadField(c.VM(), name, "other name: there is no such option", v)
	}
	if !ok {
		want := "boolean"
		switch name {
		case "empty_array":
			want = "table"
		case "raw":
			want = "string"
		}
		return stdlib.BadField(c.VM(), name, want, v)
	}
	return nil
}

// maxOrder is how many names can have a place in the order.
const maxOrder = 256

// takeOrder reads a list of names.
func (o *options) takeOrder(v lua.Value) bool {
	t, ok := v.AsTable()
	if !ok || t.Len() > maxOrder {
		return false
	}
	o.order = make(map[string]int, t.Len())
	for i := 1; i <= t.Len(); i++ {
		name, ok := t.GetInt(i).AsString()
		if !ok {
			return false
		}
		o.order[strings.Clone(name)] = i
	}
	return true
}
