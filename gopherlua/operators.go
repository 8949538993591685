package gopherlua

import (
	"strings"

	glua "github.com/yuin/gopher-lua"

	"github.com/luart/luart/lua"
)

// operators are what scripts can do with a handle, if the userdata's metatable has the event: each is a function that does it in gopher-lua, which
// knows the rules.
var operators = []struct{ event, source string }{
	{"__index", "local o, k = ... return o[k]"},
	{"__newindex", "local o, k, v = ... o[k] = v"},
	{"__call", "return (...)(select(2, ...))"},
	{"__tostring", "return tostring((...))"},
	{"__len", "return #(...)"},
	{"__unm", "return -(...)"},
	{"__eq", "local a, b = ... return a == b"},
	{"__lt", "local a, b = ... return a < b"},
	{"__le", "local a, b = ... return a <= b"},
	{"__concat", "local a, b = ... return a .. b"},
	{"__add", "local a, b = ... return a + b"},
	{"__sub", "local a, b = ... return a - b"},
	{"__mul", "local a, b = ... return a * b"},
	{"__div", "local a, b = ... return a / b"},
	{"__mod", "local a, b = ... return a % b"},
	{"__pow", "local a, b = ... return a ^ b"},
}

// operatorChunk is what positions in the operators' sources begin with.
const operatorChunk = "operator"

func (b *bridge) loadOperators() error {
	b.operators = make(map[string]*glua.LFunction, len(operators))
	for _, o := range operators {
		fn, err := b.state.Load(strings.NewReader(o.source), operatorChunk)
		if err != nil {
			return err
		}
		b.operators[o.event] = fn
	}
	return nil
}

// makeForwards makes the metamethods of handles, which all metatables share: comparisons look for one that both operands have.
func (b *bridge) makeForwards() {
	b.forwards = make(map[string]lua.Value, len(operators))
	for _, o := range operators {
		fn := b.operators[o.event]
		b.forwards[o.event] = lua.NewFunction(o.event, func(c lua.Call) (lua.Results, error) {
			return b.invoke(c, o.event, fn)
		})
	}
}

// metatableOf returns the metatable of a handle: it has the events that the userdata's has. There are as many as there are sets of
// events in use. The caller has the baton.
func (b *bridge) metatableOf(u *glua.LUserData) *lua.Table {
	events := uint32(0)
	if mt, ok := u.Metatable.(*glua.LTable); ok {
		for i, o := range operators {
			if mt.RawGetString(o.event) != glua.LNil {
				events |= 1 << i
			}
		}
	}
	if t := b.metas[events]; t != nil {
		return t
	}
	t := lua.NewTable(0, len(operators)+2)
	for i, o := range operators {
		if events&(1<<i) != 0 {
			t.SetString(o.event, b.forwards[o.event])
		}
	}
	t.SetString("__metatable", lua.Constant("gopher-lua"))
	t.SetString("__name", lua.Constant("userdata"))
	b.metas[events] = t
	return t
}
