package lualib

import "github.com/luart/luart/lua"

// function is one entry of a library.
type function struct {
	name string
	fn   lua.GoFunc
}

// register makes a library table of functions and sets it as the global name and in the registry's _LOADED.
func register(vm *lua.VM, name string, functions []function) *lua.Table {
	t := lua.NewTable(0, len(functions)+4)
	for _, f := range functions {
		t.SetString(f.name, lua.NewFunction(f.name, f.fn))
	}
	vm.Globals().SetString(name, t.Value())
	setLoaded(vm, name, t)
	return t
}
