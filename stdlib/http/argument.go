package http

import (
	"fmt"
	"math"

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

// checkSettings returns argument i, a table of options or nil. others are names of options that somebody else has looked
// at.
func checkSettings(c lua.Call, i int, others map[string]bool) (settings, error) {
	set := defaultSettings
	if c.Arg(i).IsNil() {
		return set, nil
	}
	t, ok := c.Arg(i).AsTable()
	if !ok {
		return set, badArgument(c, i, "table")
	}
	var k, v lua.Value
	for {
		var err error
		if k, v, ok, err = t.Next(k); err != nil || !ok {
			return set, err
		}
		name, isName := k.AsString()
		if isName && others[name] {
			continue
		}
		if !isName {
			return set, fmt.Errorf("bad field '%s' (names of options expected)", k)
		}
		if err := set.put(c.VM(), name, v); err != nil {
			return set, err
		}
	}
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
