// Package lualib is the standard library of the CraftOS dialect: the basic functions, string, table, math, coroutine,
// utf8, bit32 and debug. Open puts it into a VM; programs then see what spec and reference call the globals that exist
// before the bios runs, without those of a computer.
//
// All functions check their arguments and answer misuse with the reference's messages. Those that loop over input, or
// call back into Lua, can be interrupted by the VM's deadline, respect its memory limit and let the callee yield.
package lualib

import "github.com/luart/luart/lua"

// Open puts the whole library into the VM's globals.
func Open(vm *lua.VM) {
	loaded := lua.NewTable(0, 16)
	vm.Registry().SetString("_LOADED", loaded.Value())
	openBase(vm)
	openCoroutine(vm)
	openDebug(vm)
	openString(vm)
	openTable(vm)
	openMath(vm)
	openUTF8(vm)
	openBit32(vm)
}

func setLoaded(vm *lua.VM, name string, t *lua.Table) {
	if loaded, ok := vm.Registry().GetString("_LOADED").AsTable(); ok {
		loaded.SetString(name, t.Value())
	}
}

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
