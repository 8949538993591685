package json

import (
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/go-json-experiment/json/jsontext"
	"github.com/luart/luart/lua"
	"github.com/luart/luart/stdlib"
)

// interval is how many values are read until the program's limits are looked at.
const interval = 1024

// errDepth is what too deep a text is refused with.
type depthError int

func (e depthError) Error() string { return fmt.Sprintf("nested deeper than %d levels", int(e)) }

// decode is decode(text[, options]): the value, or nil and a message.
func (a *api) decode(c lua.Call) (lua.Results, error) {
	text, err := stdlib.CheckString(c, 1)
	if err != nil {
		return 0, err
	}
	o, err := a.options(c, 2)
	if err != nil {
		return 0, err
	}
	if err := c.Reserve(len(text)); err != nil { // the copy that is read
		return 0, err
	}
	d := decoder{api: a, c: c, o: o, in: jsontext.NewDecoder(strings.NewReader(text), jsontext.AllowDuplicateNames(o.duplicate))}
	v, err := d.value(0)
	if err == nil {
		if _, end := d.in.ReadToken(); end != io.EOF {
			err = &fault{fmt.Errorf("unexpected text after the value, at byte %d", d.in.InputOffset()+1)}
		}
	}
	var wrong *fault
	switch {
	case err == nil:
		return c.Return1(v)
	case errors.As(err, &wrong):
		return c.Return(lua.Value{}, lua.String("malformed JSON: "+wrong.Error()))
	}
	return 0, err
}

// fault is what is wrong with a text.
type fault struct{ error }

// describe says for people what the reader has found.
func describe(err error) error {
	syntactic, ok := errors.AsType[*jsontext.SyntacticError](err)
	switch {
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return &fault{errors.New("the text ends too early")}
	case !ok:
		return &fault{err}
	case errors.Is(err, jsontext.ErrDuplicateName):
		return &fault{fmt.Errorf("an object has a name twice, at byte %d", syntactic.ByteOffset+1)}
	}
	return &fault{fmt.Errorf("%v, at byte %d", strings.TrimPrefix(syntactic.Err.Error(), "jsontext: "), syntactic.ByteOffset+1)}
}

type decoder struct {
	*api
	c    lua.Call
	o    options
	in   *jsontext.Decoder
	seen int
	rows int // depth of the objects whose members are looked at for o.raw: 1 in an array of objects
}

// value reads one value at a depth.
func (d *decoder) value(depth int) (lua.Value, error) {
	if d.seen++; d.seen%interval == 0 {
		if err := d.c.Interrupted(); err != nil {
			return lua.Value{}, err
		}
	}
	t, err := d.in.ReadToken()
	if err != nil {
		return lua.Value{}, describe(err)
	}
	switch t.Kind() {
	case 'n':
		return d.o.null, nil
	case 't', 'f':
		return lua.Bool(t.Bool()), nil
	case '0':
		n, err := t.Float()
		if err != nil {
			return lua.Value{}, &fault{fmt.Errorf("the number %.40s is out of range", t.String())}
		}
		return lua.Number(n), nil
	case '"':
		return d.text(t)
	}
	if depth >= d.o.depth {
		return lua.Value{}, &fault{depthError(d.o.depth)}
	}
	if t.Kind() == '[' {
		if depth == 0 {
			d.rows = 1
		}
		return d.elements(depth)
	}
	return d.members(depth)
}

// text counts a string and makes a value of it.
func (d *decoder) text(t jsontext.Token) (lua.Value, error) {
	s := t.String()
	return lua.String(s), d.c.Reserve(len(s))
}

func (d *decoder) elements(depth int) (lua.Value, error) {
	if d.in.PeekKind() == ']' {
		if _, err := d.in.ReadToken(); err != nil {
			return lua.Value{}, describe(err)
		}
		if !d.o.array.IsNil() {
			return d.o.array, nil
		}
		t := lua.NewTable(0, 0)
		t.SetMetatable(d.array)
		return t.Value(), d.c.Reserve(64)
	}
	t := lua.NewTable(0, 0)
	if err := d.c.Reserve(64); err != nil {
		return lua.Value{}, err
	}
	for i := 1; d.in.PeekKind() != ']'; i++ {
		v, err := d.value(depth + 1)
		if err != nil {
			return lua.Value{}, err
		}
		if err := d.c.RawSet(t, lua.Int(i), v); err != nil {
			return lua.Value{}, err
		}
	}
	if _, err := d.in.ReadToken(); err != nil {
		return lua.Value{}, describe(err)
	}
	return t.Value(), nil
}

func (d *decoder) members(depth int) (lua.Value, error) {
	t := lua.NewTable(0, 0)
	if err := d.c.Reserve(64); err != nil {
		return lua.Value{}, err
	}
	for d.in.PeekKind() != '}' {
		token, err := d.in.ReadToken()
		if err != nil {
			return lua.Value{}, describe(err)
		}
		name, err := d.text(token)
		if err != nil {
			return lua.Value{}, err
		}
		var v lua.Value
		if text, _ := name.AsString(); d.o.raw != "" && text == d.o.raw && depth == d.rows {
			v, err = d.verbatim()
		} else {
			v, err = d.value(depth + 1)
		}
		if err != nil {
			return lua.Value{}, err
		}
		if err := d.c.RawSet(t, name, v); err != nil {
			return lua.Value{}, err
		}
	}
	if _, err := d.in.ReadToken(); err != nil {
		return lua.Value{}, describe(err)
	}
	return t.Value(), nil
}

// verbatim reads a value that is kept as it is written.
func (d *decoder) verbatim() (lua.Value, error) {
	v, err := d.in.ReadValue()
	if err != nil {
		return lua.Value{}, describe(err)
	}
	return d.keep(string(v)), d.c.Reserve(len(v) + 128)
}

// check returns what is wrong with a text of JSON.
func check(text string) error {
	in := jsontext.NewDecoder(strings.NewReader(text))
	if _, err := in.ReadValue(); err != nil {
		return describe(err)
	}
	if _, err := in.ReadToken(); err != io.EOF {
		return errors.New("there is text after the value")
	}
	return nil
}
