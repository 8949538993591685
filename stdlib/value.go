package stdlib

import (
	"time"

	"github.com/luart/luart/lua"
)

// Function returns a function of an API. What it returns counts as allocated by the program.
func Function(name string, f lua.GoFunc) lua.Value {
	return lua.NewFunction(name, func(c lua.Call) (lua.Results, error) { return c.Counted(f(c)) })
}

// ValueOf makes a fresh Lua value of a Go one: of strings, booleans and numbers, of durations, in seconds, and of slices and maps of them, however
// deep; they must have no circles. What is none of these is nil. Any goroutine may call it.
func ValueOf(v any) lua.Value {
	switch v := v.(type) {
	case string:
		return lua.String(v)
	case bool:
		return lua.Bool(v)
	case int:
		return lua.Int(v)
	case int64:
		return lua.Number(float64(v))
	case float64:
		return lua.Number(v)
	case time.Duration:
		return lua.Number(v.Seconds())
	case []string:
		return list(v)
	case []any:
		return list(v)
	case map[string]string:
		return fields(v)
	case map[string]any:
		return fields(v)
	}
	return lua.Nil
}

func list[T any](all []T) lua.Value {
	t := lua.NewTable(len(all), 0)
	for i, each := range all {
		t.SetInt(i+1, ValueOf(each))
	}
	return t.Value()
}

func fields[T any](all map[string]T) lua.Value {
	t := lua.NewTable(0, len(all))
	for name, each := range all {
		t.SetString(name, ValueOf(each))
	}
	return t.Value()
}
