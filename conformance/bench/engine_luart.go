// luart as a linked engine.

package main

import (
	"io"
	"os"
	"runtime/debug"

	"github.com/luart/luart/lua"
	"github.com/luart/luart/lua/lualib"
)

func init() {
	linked[ours] = linkedEngine{"github.com/luart/luart", func() engine { return new(luartVM) }}
}

// luartMemory is the memory limit of the VM, in bytes.
const luartMemory = 256 << 20

type luartVM struct {
	vm    *lua.VM
	chunk lua.Value
}

func (l *luartVM) load(source []byte, name string, out io.Writer) error {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(400) // as the luart command does
	}
	// With a limit, as computers have one: the accounting that it takes belongs to the cost of running.
	l.vm = lua.NewVM(lua.Options{Memory: luartMemory})
	lualib.Open(l.vm)
	// The dialect has no print before a computer boots.
	l.vm.Globals().SetString("print", lua.NewFunction("print", func(c lua.Call) (lua.Results, error) {
		for i := 1; i <= c.N(); i++ {
			if i > 1 {
				io.WriteString(out, "\t")
			}
			text, _ := c.VM().ToStringRaw(c.Arg(i)).AsString()
			io.WriteString(out, text)
		}
		io.WriteString(out, "\n")
		return c.Return0()
	}))
	var err error
	l.chunk, err = l.vm.Load(string(source), "@"+name, nil)
	return err
}

func (l *luartVM) run(size int) error {
	var args []lua.Value
	if size > 0 {
		args = append(args, lua.Int(size))
	}
	_, err := l.vm.Call(l.chunk, args...)
	return err
}
