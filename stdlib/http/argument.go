package http

import (
	"fmt"
	"math"
	"time"

	"github.com/luart/luart/lua"
	"github.com/luart/luart/stdlib"
)

// The server's functions check their arguments as those of CraftOS-PC do, with its texts: "bad argument #1 (expected
// number, got no value)". Numbers and strings convert into each other.

func badArgument(c lua.Call, i int, expected string) error {
	got := "no value"
	if i <= c.N() {
		got = c.VM().TypeName(c.Arg(i))
	}
	return lua.ArgError(i, fmt.Sprintf("expected %s, got %s", expected, got))
}

// checkNumber returns argument i without its fraction; what an int can't hold becomes -1.
func checkNumber(c lua.Call, i int) (int, error) {
	f, ok := c.Arg(i).ToNumber()
	if !ok {
		return 0, badArgument(c, i, "number")
	}
	if !(math.Abs(f) < 1<<31) {
		return -1, nil
	}
	return int(f), nil
}

// checkPort returns argument i, a port, or -1 if it is out of range.
func checkPort(c lua.Call, i int) (int, error) {
	n, err := checkNumber(c, i)
	if n < 0 || n > 65535 {
		n = -1
	}
	return n, err
}

func checkText(c lua.Call, i int) (string, error) {
	s, ok := c.Arg(i).ToString()
	if !ok {
		return "", badArgument(c, i, "string")
	}
	return s, nil
}

// putOption sets an option of a listener by its name.
type putOption func(vm *lua.VM, set *settings, name string, v lua.Value) error

// checkSettings returns argument i, a table of options or nil, with put for each of its fields. names says what the keys are.
func checkSettings(c lua.Call, i int, names string, put putOption) (settings, error) {
	set := defaultSettings
	if c.Arg(i).IsNil() {
		return set, nil
	}
	t, ok := c.Arg(i).AsTable()
	if !ok {
		return set, badArgument(c, i, "table")
	}
	err := eachField(t, names, func(name string, v lua.Value) error { return put(c.VM(), &set, name, v) })
	return set, err
}

// put is the putOption of those options that all listeners have.
func (s *servers) put(vm *lua.VM, set *settings, name string, v lua.Value) error {
	if name == "tls" {
		return s.putTLS(set, v)
	}
	return set.put(vm, name, v)
}

// putListen is the putOption of http.listen, some of whose options http.lua has looked at.
func (s *servers) putListen(vm *lua.VM, set *settings, name string, v lua.Value) error {
	if listenOptions[name] {
		return nil
	}
	return s.put(vm, set, name, v)
}

// eachField calls f for each field of a table until that fails. The keys must be names, of what the error says otherwise.
func eachField(t *lua.Table, names string, f func(name string, v lua.Value) error) error {
	return stdlib.EachField(t, func(k, v lua.Value) error {
		name, isName := k.AsString()
		if !isName {
			return fmt.Errorf("bad field '%s' (names of %s expected)", k, names)
		}
		return f(name, v)
	})
}

// badRange is the error of an option whose number is too small or too large.
func badRange(name string, low, high, got float64) error {
	return fmt.Errorf("bad field '%s' (%s to %s expected, got %s)", name, lua.FormatNumber(low), lua.FormatNumber(high), lua.FormatNumber(got))
}

func numberField(vm *lua.VM, name string, v lua.Value, low, high float64) (float64, error) {
	f, ok := v.AsNumber()
	if !ok {
		return 0, stdlib.BadField(vm, name, "number", v)
	}
	if !(f >= low && f <= high) {
		return 0, badRange(name, low, high, f)
	}
	return f, nil
}

// putInteger sets an option from 1 to high.
func putInteger(vm *lua.VM, p *int64, name string, v lua.Value, high float64) error {
	f, err := numberField(vm, name, v, 1, high)
	if err == nil {
		*p = int64(f)
	}
	return err
}

// putSeconds sets an option that is a time, from low seconds on.
func putSeconds(vm *lua.VM, p *time.Duration, name string, v lua.Value, low float64) error {
	f, err := numberField(vm, name, v, low, maxTime)
	if err == nil {
		*p = time.Duration(f * float64(time.Second))
	}
	return err
}
