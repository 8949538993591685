package lua_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/luart/luart/lua"
)

// What functions make of nothing is counted when they say so, however deep it stands: a program that keeps it comes to its limit.
func TestCounted(t *testing.T) {
	const limit = 4 << 20
	text := strings.Repeat("x", 500)
	for name, value := range map[string]func() lua.Value{
		"text": func() lua.Value { return lua.String(text) },
		"list": func() lua.Value {
			list := lua.NewTable(2, 0)
			list.Append(lua.String(text))
			return list.Value()
		},
		"fields": func() lua.Value {
			inner, outer := lua.NewTable(0, 1), lua.NewTable(0, 1)
			inner.SetString("text", lua.String(text))
			outer.SetString("inner", inner.Value())
			return outer.Value()
		},
		"circle": func() lua.Value {
			circle := lua.NewTable(8, 0)
			for range 8 {
				circle.Append(circle.Value())
			}
			circle.Append(lua.String(text))
			return circle.Value()
		},
	} {
		t.Run(name, func(t *testing.T) {
			vm := lua.NewVM(lua.Options{Memory: limit})
			made := 0
			vm.Globals().SetString("make", lua.NewFunction("make", func(c lua.Call) (lua.Results, error) {
				made++
				return c.Counted(c.Return1(value()))
			}))
			f, err := vm.Load(`local kept = {} for i = 1, 20000 do kept[i] = make() end`, "=test", nil)
			if err != nil {
				t.Fatal(err)
			}
			var e *lua.Error
			if _, err := vm.Call(f); !errors.As(err, &e) || !strings.Contains(e.Error(), "not enough memory") {
				t.Error(err)
			}
			if made*len(text) > 2*limit {
				t.Errorf("%d were made", made)
			}
		})
	}
}

// Functions that ask for a call, and those that fail, are left as they are.
func TestCountedPassesOn(t *testing.T) {
	vm := lua.NewVM(lua.Options{})
	vm.Globals().SetString("call", lua.NewFunction("call", func(c lua.Call) (lua.Results, error) {
		return c.Counted(c.CallThen(c.Arg(1), nil, lua.Int(7)))
	}))
	vm.Globals().SetString("fail", lua.NewFunction("fail", func(c lua.Call) (lua.Results, error) {
		return c.Counted(0, errors.New("failed"))
	}))
	f, err := vm.Load(`return call(function(n) return n + 1 end)`, "=test", nil)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := vm.Call(f); err != nil || len(got) != 1 || got[0] != lua.Int(8) {
		t.Error(got, err)
	}
	if f, err = vm.Load(`fail()`, "=test", nil); err != nil {
		t.Fatal(err)
	}
	if _, err := vm.Call(f); err == nil || !strings.Contains(err.Error(), "failed") {
		t.Error(err)
	}
}
