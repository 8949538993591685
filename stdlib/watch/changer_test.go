package watch_test

import (
	"testing"

	"github.com/luart/luart/lua"
	"github.com/luart/luart/stdlib"
)

// changer is a module that changes files when it is required.
func changer(t testing.TB, change func()) func(stdlib.Computer) (lua.Value, error) {
	t.Helper()
	return func(stdlib.Computer) (lua.Value, error) {
		change()
		return lua.True, nil
	}
}
