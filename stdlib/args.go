package stdlib

import (
	"fmt"
	"math"

	"github.com/luart/luart/lua"
)

// This file checks the arguments of host functions. Their rules are stricter than those of the language's own library:
// a numeric string is no number and a number no string, and messages count the arguments (CraftOS: natives throw
// "bad argument #1 (string expected, got nil)", the library "bad argument (string expected, got nil)").
//
// All functions run on the computer's goroutine. The errors that they return are for the Lua function to return as they
// are; the VM puts the position of the calling Lua code in front.

// BadArgument returns the error of argument i, counted from 1, that is not what was expected.
func BadArgument(c lua.Call, i int, expected string) error {
	return badArgument(i, expected, c.VM().TypeName(c.Arg(i)))
}

func badArgument(i int, expected, got string) error {
	return lua.ArgError(i, expected+" expected, got "+got)
}

// CheckString returns argument i, a string of any bytes.
func CheckString(c lua.Call, i int) (string, error) {
	if s, ok := c.Arg(i).AsString(); ok {
		return s, nil
	}
	return "", BadArgument(c, i, "string")
}

// OptString is CheckString with a default for nil.
func OptString(c lua.Call, i int, def string) (string, error) {
	if c.Arg(i).IsNil() {
		return def, nil
	}
	return CheckString(c, i)
}

// CheckNumber returns argument i, a number; infinities and NaN pass.
func CheckNumber(c lua.Call, i int) (float64, error) {
	if f, ok := c.Arg(i).AsNumber(); ok {
		return f, nil
	}
	return 0, BadArgument(c, i, "number")
}

// CheckFinite returns argument i, a number that is neither infinite nor NaN. For those the message says "got inf",
// "got -inf" or "got nan".
func CheckFinite(c lua.Call, i int) (float64, error) {
	f, err := CheckNumber(c, i)
	if err == nil && (math.IsInf(f, 0) || math.IsNaN(f)) {
		err = badArgument(i, "number", lua.FormatNumber(f))
	}
	return f, err
}

// OptFinite is CheckFinite with a default for nil.
func OptFinite(c lua.Call, i int, def float64) (float64, error) {
	if c.Arg(i).IsNil() {
		return def, nil
	}
	return CheckFinite(c, i)
}

// CheckInt64 returns argument i, a finite number, without its fraction; one beyond the range becomes the nearest int64.
func CheckInt64(c lua.Call, i int) (int64, error) {
	f, err := CheckFinite(c, i)
	switch {
	case err != nil:
		return 0, err
	case f >= math.MaxInt64:
		return math.MaxInt64, nil
	case f <= math.MinInt64:
		return math.MinInt64, nil
	}
	return int64(f), nil
}

// CheckInt returns argument i, a finite number, without its fraction and wrapped to 32 bits, as the reference does.
func CheckInt(c lua.Call, i int) (int, error) {
	n, err := CheckInt64(c, i)
	return int(int32(n)), err
}

// OptInt is CheckInt with a default for nil.
func OptInt(c lua.Call, i, def int) (int, error) {
	if c.Arg(i).IsNil() {
		return def, nil
	}
	return CheckInt(c, i)
}

// CheckBool returns argument i, a boolean.
func CheckBool(c lua.Call, i int) (bool, error) {
	if b, ok := c.Arg(i).AsBool(); ok {
		return b, nil
	}
	return false, BadArgument(c, i, "boolean")
}

// OptBool is CheckBool with a default for nil.
func OptBool(c lua.Call, i int, def bool) (bool, error) {
	if c.Arg(i).IsNil() {
		return def, nil
	}
	return CheckBool(c, i)
}

// CheckTable returns argument i, a table.
func CheckTable(c lua.Call, i int) (*lua.Table, error) {
	if t, ok := c.Arg(i).AsTable(); ok {
		return t, nil
	}
	return nil, BadArgument(c, i, "table")
}

// OptTable returns argument i, a table, or nil for nil. (CraftOS: the message of an optional table says "map expected".)
func OptTable(c lua.Call, i int) (*lua.Table, error) {
	if c.Arg(i).IsNil() {
		return nil, nil
	}
	if t, ok := c.Arg(i).AsTable(); ok {
		return t, nil
	}
	return nil, BadArgument(c, i, "map")
}

// CheckFunction returns argument i, a function.
func CheckFunction(c lua.Call, i int) (lua.Value, error) {
	if v := c.Arg(i); v.Kind() == lua.KindFunction {
		return v, nil
	}
	return lua.Nil, BadArgument(c, i, "function")
}

// CoerceString returns argument i as text, whatever it is: what tostring gives, without metamethods. (CraftOS:
// term.write, a file's write and a WebSocket's send take any value.)
func CoerceString(c lua.Call, i int) string {
	v := c.Arg(i)
	if s, ok := v.AsString(); ok {
		return s
	}
	return v.String()
}

// EachField calls f for each field of a table until that fails, in no order. f must not change the table.
func EachField(t *lua.Table, f func(k, v lua.Value) error) error {
	for key := lua.Nil; ; {
		k, v, ok, err := t.Next(key)
		if err != nil || !ok {
			return err
		}
		if err := f(k, v); err != nil {
			return err
		}
		key = k
	}
}

// BadField returns the error of a table's field that is not what was expected.
func BadField(vm *lua.VM, name, expected string, got lua.Value) error {
	return fmt.Errorf("bad field '%s' (%s expected, got %s)", name, expected, vm.TypeName(got))
}
