package runtime

import (
	"errors"
	"fmt"

	"github.com/luart/luart/lua"
	"github.com/luart/luart/stdlib"
)

// module is what programs get by require, made in Go.
type module struct {
	name string
	open func(stdlib.Computer) (lua.Value, error)
}

// WithModule adds a module made in Go: programs get it by require "name", before files of that name. open is called on the
// computer's goroutine when a program of a boot first requires it; what it returns is the module for all programs of that boot. Its error is
// that of require, and the next require calls it again.
func WithModule(name string, open func(stdlib.Computer) (lua.Value, error)) Option {
	return func(c *config) error {
		switch {
		case name == "":
			return errors.New("a module needs a name")
		case open == nil:
			return fmt.Errorf("the module %q: there is no function that opens it", name)
		}
		for _, m := range c.modules {
			if m.name == name {
				return fmt.Errorf("the module %q is there already", name)
			}
		}
		c.modules = append(c.modules, module{name, open})
		return nil
	}
}

// modulesKey is where the ROM's require finds the modules in the registry: a table from names to functions that open them.
const modulesKey = "_MODULES"

// offerModules tells the ROM's require of the modules.
func (b *boot) offerModules(modules []module) {
	if len(modules) == 0 {
		return
	}
	t := lua.NewTable(0, len(modules))
	for _, m := range modules {
		var opened lua.Value
		t.SetString(m.name, lua.NewFunction(m.name, func(c lua.Call) (lua.Results, error) {
			if opened.IsNil() {
				v, err := m.open(b)
				switch {
				case err != nil:
					return 0, &lua.Error{Value: lua.String(fmt.Sprintf("module '%s': %v", m.name, err))} // without a position: it is nobody's line
				case v.IsNil():
					v = lua.True
				}
				opened = v
				b.vm.Pin(v)
			}
			return c.Return1(opened)
		}))
	}
	b.vm.Registry().SetString(modulesKey, t.Value())
}
