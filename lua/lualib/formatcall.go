package lualib

import (
	"errors"
	"fmt"
	"strings"

	"github.com/luart/luart/lua"
)

// The function string.format. A __tostring that it calls may yield, so it can stand still at any %s.

// formatRun is a string.format in progress.
type formatRun struct {
	library *stringLibrary
	format  string
	pos     int
	arg     int
	out     []byte
	spec    formatSpec
	args    []lua.Value // a copy, made before the first call into Lua; until then they are on the stack
	took    lua.Cont
}

var errToString = errors.New("'__tostring' must return a string")

func (l *stringLibrary) format(c lua.Call) (lua.Results, error) {
	format, err := c.CheckString(1)
	if err != nil {
		return 0, err
	}
	f := formatRun{library: l, format: format, arg: 1, out: l.buffer[:0]}
	l.buffer = nil
	wait, err := f.run(c)
	if err != nil {
		return 0, err
	}
	if !wait {
		return l.returnBuffer(c, f.out)
	}
	// Going on after a call takes a copy on the heap, which formats without calls are spared.
	h := new(formatRun)
	*h = f
	h.args = make([]lua.Value, c.N())
	for i := range h.args {
		h.args[i] = c.Arg(i + 1)
	}
	h.took = h.resume
	return h.await(c)
}

// await calls __tostring of the current argument and goes on with what it gives.
func (f *formatRun) await(c lua.Call) (lua.Results, error) {
	return c.ToStringThen(f.args[f.arg-1], f.took)
}

func (f *formatRun) resume(c lua.Call) (lua.Results, error) {
	s, ok := c.Arg(1).ToString()
	if !ok {
		return 0, errToString
	}
	if err := f.text(c, s); err != nil {
		return 0, err
	}
	wait, err := f.run(c)
	if err != nil {
		return 0, err
	}
	if wait {
		return f.await(c)
	}
	return f.library.returnBuffer(c, f.out)
}

// value returns argument i.
func (f *formatRun) value(c lua.Call, i int) lua.Value {
	if f.args == nil {
		return c.Arg(i)
	}
	if i <= len(f.args) {
		return f.args[i-1]
	}
	return lua.Nil
}

// number returns the current argument, a number.
func (f *formatRun) number(c lua.Call) (float64, error) {
	v := f.value(c, f.arg)
	n, ok := v.ToNumber()
	if !ok {
		return 0, fmt.Errorf("bad argument (number expected, got %s)", c.VM().TypeName(v))
	}
	return n, nil
}

// text appends %s of s.
func (f *formatRun) text(c lua.Call, s string) (err error) {
	if f.out, err = grow(c, f.out, len(s)+f.spec.width); err != nil {
		return err
	}
	f.out = f.spec.appendText(f.out, s)
	return nil
}

// run goes on to the end of the format, or to an argument whose __tostring has to be called: then wait is true.
func (f *formatRun) run(c lua.Call) (wait bool, err error) {
	for n := 1; ; n++ {
		rest := f.format[f.pos:]
		percent := strings.IndexByte(rest, '%')
		if percent < 0 {
			percent = len(rest)
		}
		if f.out, err = grow(c, f.out, percent+1); err != nil {
			return false, err
		}
		f.out = append(f.out, rest[:percent]...)
		if percent == len(rest) {
			return false, nil
		}
		f.pos += percent + 1
		if f.pos == len(f.format) {
			return false, formatError("invalid conversion '%' to 'format'")
		}
		if f.format[f.pos] == '%' {
			f.out = append(f.out, '%')
			f.pos++
			continue
		}
		f.arg++
		if f.spec, f.pos, err = parseFormatSpec(f.format, f.pos); err != nil {
			return false, err
		}
		if err := f.spec.check(); err != nil {
			return false, err
		}
		if wait, err = f.convert(c); wait || err != nil {
			return wait, err
		}
		if n%pollEvery == 0 {
			if err := c.Interrupted(); err != nil {
				return false, err
			}
		}
	}
}

// convert appends the current argument as f.spec says.
func (f *formatRun) convert(c lua.Call) (wait bool, err error) {
	switch f.spec.verb {
	case 's':
		v := f.value(c, f.arg)
		s, ok := v.ToString()
		if !ok {
			vm := c.VM()
			if vm.Metatable(v) != nil && !c.Metafield(v, "__tostring").IsNil() {
				return true, nil
			}
			s, _ = vm.ToStringRaw(v).AsString()
		}
		return false, f.text(c, s)
	case 'q':
		return false, f.quote(c)
	}
	v, err := f.number(c)
	if err != nil {
		return false, err
	}
	switch f.spec.verb {
	case 'c':
		f.out = f.spec.appendChar(f.out, byte(packInteger(v)))
	case 'd', 'i', 'u', 'o', 'x', 'X':
		n, ok := formatInteger(v)
		if !ok {
			return false, lua.ArgError(f.arg, "not a number in proper range")
		}
		f.out = f.spec.appendInteger(f.out, n)
	default:
		f.out = f.spec.appendFloat(f.out, v)
	}
	return false, nil
}

// quote appends the current argument as a literal.
func (f *formatRun) quote(c lua.Call) (err error) {
	v := f.value(c, f.arg)
	switch v.Kind() {
	case lua.KindString:
		s, _ := v.AsString()
		// At worst each byte takes four.
		if f.out, err = grow(c, f.out, len(s)+2+3*strings.Count(s, "\x00")); err != nil {
			return err
		}
		f.out = appendQuoted(f.out, s)
	case lua.KindNumber:
		n, _ := v.AsNumber()
		f.out = appendQuotedNumber(f.out, n)
	case lua.KindNil, lua.KindBool:
		f.out = append(f.out, v.String()...)
	default:
		return lua.ArgError(f.arg, "value has no literal form")
	}
	return nil
}
