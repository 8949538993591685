// Package yaml is the module luart.yaml: it reads YAML, such as configurations and metadata that people write by hand.
//
// A text enters, a Lua value leaves. Programs get the module by require; the runtime calls Open. All runs on the computer's
// goroutine, and the results count against the program's memory. The grammar is that of go.yaml.in/yaml/v3: YAML 1.2 with what
// is left of 1.1, such as merge keys. Here, the trees that it makes become values within bounds: aliases can make much of a
// short text. Dates stay texts, as Lua has no type for them.
package yaml

import (
	"errors"
	"fmt"
	"io"
	"math"
	"slices"
	"strings"

	"github.com/luart/luart/lua"
	"github.com/luart/luart/stdlib"
	"go.yaml.in/yaml/v3"
)

// Bounds of what is read.
const (
	// MaxText is how long a text may be, in bytes: reading can't be interrupted before its tree is made.
	MaxText = 4 << 20
	// DefaultDepth is how deep lists and maps may stand in each other unless a program says otherwise, MaxDepth the most that it may say.
	DefaultDepth = 128
	MaxDepth     = 1000
	// DefaultValues is how many values may come of a text, those counted again that aliases repeat, unless a program says
	// otherwise; MaxValues is the most that it may say.
	DefaultValues = 1_000_000
	MaxValues     = 10_000_000
)

// interval is how many values are made until the program's limits are looked at.
const interval = 1024

// nodeSize is about what the tree of a text takes for each of its bytes while it is read.
const nodeSize = 24

type api struct{ null lua.Value }

// Open returns the module for a computer.
func Open(stdlib.Computer) lua.Value {
	meta := lua.NewTable(0, 2)
	meta.SetString("__name", lua.String("yaml.null"))
	meta.SetString("__tostring", lua.NewFunction("tostring", func(c lua.Call) (lua.Results, error) { return c.Return1(lua.String("null")) }))
	a := &api{null: lua.NewUserdata("null", meta).Value()}
	t := lua.NewTable(0, 3)
	t.SetString("null", a.null)
	t.SetString("decode", lua.NewFunctionHolding("decode", a.decode, a.null))
	t.SetString("decodeAll", lua.NewFunctionHolding("decodeAll", a.decodeAll, a.null))
	return t.Value()
}

// options are what a program may say.
type options struct {
	depth  int
	values int
	null   lua.Value // in place of null; nil: as if it weren't there
	array  lua.Value // a table that stands for the empty list; nil: a new one each time
}

func (a *api) options(c lua.Call, i int) (options, error) {
	o := options{depth: DefaultDepth, values: DefaultValues, null: a.null}
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
	whole := func(most float64, to *int) error {
		n, ok := v.AsNumber()
		if !ok || n < 1 || n > most || n != math.Trunc(n) {
			return stdlib.BadField(c.VM(), name, fmt.Sprintf("whole number from 1 to %.0f", most), v)
		}
		*to = int(n)
		return nil
	}
	switch name {
	case "max_depth":
		return whole(MaxDepth, &o.depth)
	case "max_values":
		return whole(MaxValues, &o.values)
	case "null":
		if b, isBool := v.AsBool(); isBool && !b {
			v = lua.Value{}
		}
		o.null = v
	case "empty_array":
		if _, ok := v.AsTable(); !ok {
			return stdlib.BadField(c.VM(), name, "table", v)
		}
		o.array = v
	default:
		return stdlib.BadField(c.VM(), name, "other name: there is no such option", v)
	}
	return nil
}

// fault is what is wrong with a text.
type fault struct {
	line    int // 0: unknown
	message string
}

func (f *fault) Error() string {
	if f.line > 0 {
		return fmt.Sprintf("malformed YAML: %s, in line %d", f.message, f.line)
	}
	return "malformed YAML: " + f.message
}

// decode is decode(text[, options]): the value of the only document, or nil and a message.
func (a *api) decode(c lua.Call) (lua.Results, error) {
	all, null, wrong, err := a.read(c)
	switch {
	case err != nil:
		return 0, err
	case wrong == nil && len(all) > 1:
		wrong = &fault{message: "there are several documents; decodeAll reads them"}
	}
	if wrong != nil {
		return c.Return(lua.Nil, lua.String(wrong.Error()))
	}
	if len(all) == 0 {
		return c.Return1(null)
	}
	return c.Return1(all[0])
}

// decodeAll is decodeAll(text[, options]): a list of the documents' values and their number, as null may be nil; or nil and a message.
func (a *api) decodeAll(c lua.Call) (lua.Results, error) {
	all, _, wrong, err := a.read(c)
	if err != nil {
		return 0, err
	}
	if wrong != nil {
		return c.Return(lua.Nil, lua.String(wrong.Error()))
	}
	t := lua.NewTable(len(all), 0)
	for i, v := range all {
		t.SetInt(i+1, v)
	}
	return c.Return(t.Value(), lua.Int(len(all)))
}

// read reads all documents of the first argument. Its results are their values, what stands for null, what is wrong with the
// text, and an error to be thrown.
func (a *api) read(c lua.Call) (all []lua.Value, null lua.Value, wrong *fault, err error) {
	text, err := stdlib.CheckString(c, 1)
	if err != nil {
		return nil, lua.Nil, nil, err
	}
	o, err := a.options(c, 2)
	if err != nil {
		return nil, lua.Nil, nil, err
	}
	if len(text) > MaxText {
		return nil, lua.Nil, &fault{message: fmt.Sprintf("the text is longer than %d bytes", MaxText)}, nil
	}
	if err := c.Reserve(len(text) * nodeSize); err != nil {
		return nil, lua.Nil, nil, err
	}
	m := maker{c: c, o: o, open: map[*yaml.Node]bool{}}
	in := yaml.NewDecoder(strings.NewReader(text))
	for {
		root, err := next(in)
		if err == io.EOF {
			return all, o.null, nil, nil
		}
		if err != nil {
			return nil, lua.Nil, described(err), nil
		}
		v, err := m.value(root, 0)
		if wrong, ok := errors.AsType[*fault](err); ok {
			return nil, lua.Nil, wrong, nil
		}
		if err != nil {
			return nil, lua.Nil, nil, err
		}
		all = append(all, v)
	}
}

// next reads a document's tree. The package panics at what it does not expect.
func next(in *yaml.Decoder) (root *yaml.Node, err error) {
	defer func() {
		if p := recover(); p != nil {
			root, err = nil, fmt.Errorf("%v", p)
		}
	}()
	var document yaml.Node
	if err := in.Decode(&document); err != nil {
		return nil, err
	}
	if document.Kind == yaml.DocumentNode {
		if len(document.Content) == 0 {
			return &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!null"}, nil
		}
		return document.Content[0], nil
	}
	return &document, nil
}

// fromZero are the messages of the package whose lines count from 0: those of its parser, while its scanner counts from 1.
var fromZero = []string{
	"did not find expected <document start>", "did not find expected node content", "did not find expected '-' indicator",
	"did not find expected key", "did not find expected ',' or ']'", "did not find expected ',' or '}'",
}

// described is an error of the package in its words, without its name.
func described(err error) *fault {
	text := strings.TrimPrefix(err.Error(), "yaml: ")
	var line int
	if n, _ := fmt.Sscanf(text, "line %d: ", &line); n == 1 {
		_, text, _ = strings.Cut(text, ": ")
		if slices.Contains(fromZero, text) {
			line++
		}
		return &fault{line, text}
	}
	return &fault{message: text}
}

// maker makes values of trees.
type maker struct {
	c    lua.Call
	o    options
	seen int
	open map[*yaml.Node]bool // those that aliases have led to and that are not finished
}

func (m *maker) value(n *yaml.Node, depth int) (lua.Value, error) {
	if err := m.count(n); err != nil {
		return lua.Nil, err
	}
	switch n.Kind {
	case yaml.AliasNode:
		return m.within(n, func(target *yaml.Node) (lua.Value, error) { return m.value(target, depth+1) })
	case yaml.ScalarNode:
		return m.scalar(n)
	}
	if depth >= m.o.depth {
		return lua.Nil, &fault{n.Line, fmt.Sprintf("nested deeper than %d levels", m.o.depth)}
	}
	if err := m.c.Reserve(64); err != nil {
		return lua.Nil, err
	}
	switch n.Kind {
	case yaml.SequenceNode:
		return m.list(n, depth)
	case yaml.MappingNode:
		t := lua.NewTable(0, 0)
		return t.Value(), m.members(t, n, depth, map[string]bool{})
	}
	return lua.Nil, &fault{n.Line, "a value of an unknown kind"}
}

// count looks at the limits now and then.
func (m *maker) count(n *yaml.Node) error {
	if m.seen++; m.seen > m.o.values {
		return &fault{n.Line, fmt.Sprintf("there are more than %d values, with those that aliases repeat", m.o.values)}
	}
	if m.seen%interval == 0 {
		return m.c.Interrupted()
	}
	return nil
}

// within follows an alias, unless that leads back to where it is.
func (m *maker) within(n *yaml.Node, f func(*yaml.Node) (lua.Value, error)) (lua.Value, error) {
	if n.Alias == nil || m.open[n.Alias] {
		return lua.Nil, &fault{n.Line, fmt.Sprintf("the anchor %.40q is part of itself", n.Value)}
	}
	m.open[n.Alias] = true
	defer delete(m.open, n.Alias)
	return f(n.Alias)
}

func (m *maker) list(n *yaml.Node, depth int) (lua.Value, error) {
	if len(n.Content) == 0 && !m.o.array.IsNil() {
		return m.o.array, nil
	}
	t := lua.NewTable(0, 0)
	for i, each := range n.Content {
		v, err := m.value(each, depth+1)
		if err != nil {
			return lua.Nil, err
		}
		if err := m.c.RawSet(t, lua.Int(i+1), v); err != nil {
			return lua.Nil, err
		}
	}
	return t.Value(), nil
}

// members puts the members of a map into a table; names are those that must not come (again).
func (m *maker) members(t *lua.Table, n *yaml.Node, depth int, names map[string]bool) error {
	var merged []*yaml.Node
	for i := 0; i+1 < len(n.Content); i += 2 {
		key, each := n.Content[i], n.Content[i+1]
		for key.Kind == yaml.AliasNode && key.Alias != nil {
			key = key.Alias
		}
		if key.Kind != yaml.ScalarNode {
			return &fault{key.Line, "a list or map is a key"}
		}
		if key.ShortTag() == "!!merge" {
			merged = append(merged, each)
			continue
		}
		if names[key.Value] {
			return &fault{key.Line, fmt.Sprintf("the key %.40q is there twice", key.Value)}
		}
		names[key.Value] = true
		v, err := m.value(each, depth+1)
		if err != nil {
			return err
		}
		if err := m.set(t, key.Value, v); err != nil {
			return err
		}
	}
	for _, each := range merged {
		if err := m.merge(t, each, depth, names); err != nil {
			return err
		}
	}
	return nil
}

func (m *maker) set(t *lua.Table, name string, v lua.Value) error {
	if err := m.c.Reserve(len(name)); err != nil {
		return err
	}
	return m.c.RawSet(t, lua.String(name), v)
}

// merge adds the members of another map, or of several in a list, that aren't there yet: the key "<<".
func (m *maker) merge(t *lua.Table, n *yaml.Node, depth int, names map[string]bool) error {
	if err := m.count(n); err != nil {
		return err
	}
	if depth >= m.o.depth {
		return &fault{n.Line, fmt.Sprintf("nested deeper than %d levels", m.o.depth)}
	}
	switch n.Kind {
	case yaml.AliasNode:
		_, err := m.within(n, func(target *yaml.Node) (lua.Value, error) { return lua.Nil, m.merge(t, target, depth+1, names) })
		return err
	case yaml.SequenceNode:
		for _, each := range n.Content {
			if err := m.merge(t, each, depth+1, names); err != nil {
				return err
			}
		}
		return nil
	case yaml.MappingNode:
		other := lua.NewTable(0, 0)
		if err := m.members(other, n, depth, map[string]bool{}); err != nil {
			return err
		}
		for key := (lua.Value{}); ; {
			k, v, ok, err := other.Next(key)
			if err != nil || !ok {
				return err
			}
			key = k
			if name, _ := k.AsString(); !names[name] {
				names[strings.Clone(name)] = true
				if err := m.set(t, name, v); err != nil {
					return err
				}
			}
		}
	}
	return &fault{n.Line, "what is merged is no map"}
}

// scalar is the value of a text that stands for one.
func (m *maker) scalar(n *yaml.Node) (lua.Value, error) {
	switch n.ShortTag() {
	case "!!null":
		return m.o.null, nil
	case "!!bool":
		var b bool
		if err := n.Decode(&b); err != nil {
			return lua.Nil, &fault{n.Line, fmt.Sprintf("%.40q is no boolean", n.Value)}
		}
		return lua.Bool(b), nil
	case "!!int", "!!float":
		var f float64
		if err := n.Decode(&f); err != nil {
			return lua.Nil, &fault{n.Line, fmt.Sprintf("%.40q is no number", n.Value)}
		}
		return lua.Number(f), nil
	case "!!binary":
		var s string
		if err := n.Decode(&s); err != nil {
			return lua.Nil, &fault{n.Line, "what is tagged binary is no base64"}
		}
		return lua.String(s), m.c.Reserve(len(s))
	}
	return lua.String(n.Value), m.c.Reserve(len(n.Value))
}
