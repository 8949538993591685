package archive

import "github.com/luart/luart/lua"

func nameOf(event string) lua.Value { return lua.String(event) }

// valueAt is a value of an event, nil if there are fewer.
func valueAt(values []lua.Value, i int) lua.Value {
	if i < len(values) {
		return values[i]
	}
	return lua.Nil
}
