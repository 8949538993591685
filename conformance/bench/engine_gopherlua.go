// gopher-lua as a linked engine: the Go Lua that most Go programs embed.

package main

import (
	"bytes"
	"io"

	lua "github.com/yuin/gopher-lua"
)

func init() {
	linked["gopher-lua"] = linkedEngine{"github.com/yuin/gopher-lua", func() engine { return new(gopherLua) }}
}

type gopherLua struct {
	state *lua.LState
	chunk *lua.LFunction
}

func (g *gopherLua) load(source []byte, name string, out io.Writer) error {
	// Only the limit on the data stack differs from the library's defaults: without it, what other engines run ends in "registry overflow".
	g.state = lua.NewState(lua.Options{RegistryMaxSize: 1 << 20})
	g.state.SetGlobal("print", g.state.NewFunction(func(s *lua.LState) int {
		for i := 1; i <= s.GetTop(); i++ {
			if i > 1 {
				io.WriteString(out, "\t")
			}
			io.WriteString(out, s.ToStringMeta(s.Get(i)).String())
		}
		io.WriteString(out, "\n")
		return 0
	}))
	var err error
	g.chunk, err = g.state.Load(bytes.NewReader(source), name)
	return err
}

func (g *gopherLua) run(size int) error {
	g.state.Push(g.chunk)
	args := 0
	if size > 0 {
		g.state.Push(lua.LNumber(size))
		args = 1
	}
	return g.state.PCall(args, 0, nil)
}
