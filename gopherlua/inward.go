package gopherlua

import (
	"errors"

	glua "github.com/yuin/gopher-lua"

	"github.com/luart/luart/lua"
)

// What one crossing may carry, arguments or results together.
const (
	maxValues = 1 << 20
	maxBytes  = 32 << 20
)

// longestName is how many bytes the name of a function may have that messages tell.
const longestName = 64

// Bytes that values count for.
const (
	tableCost  = 80
	entryCost  = 40
	stringCost = 24
	proxyCost  = 256
)

var (
	errCoroutine = errors.New("a coroutine cannot be passed to or from a gopher-lua module")
	errChannel   = errors.New("a channel cannot be passed from a gopher-lua module")
	errTooLarge  = errors.New("too much at once for a gopher-lua module: more than 1048576 values, or 32 MiB")
)

// inward makes values of ours out of gopher-lua's. It runs where the baton is, and touches no VM.
type inward struct {
	bridge *bridge
	tables map[*glua.LTable]*lua.Table
	work   []inwardPair
	values int
	bytes  int
	err    error
}

type inwardPair struct {
	from *glua.LTable
	to   *lua.Table
	name string // in front of the names of functions
}

// results converts all values on a thread's stack.
func (in *inward) results(l *glua.LState, name string) outcome {
	vs := make([]lua.Value, l.GetTop())
	for i := range vs {
		vs[i] = in.value(l.Get(i+1), name)
	}
	in.fill()
	return outcome{values: vs, bytes: in.bytes, err: in.err}
}

func (in *inward) single(v glua.LValue) (lua.Value, error) {
	res := in.value(v, "")
	in.fill()
	return res, in.err
}

func (in *inward) count(values, bytes int) {
	in.values += values
	in.bytes += bytes
	if in.values > maxValues || in.bytes > maxBytes {
		in.err = errTooLarge
	}
}

func (in *inward) value(v glua.LValue, name string) lua.Value {
	in.count(1, 0)
	if in.err != nil {
		return lua.Nil
	}
	switch v := v.(type) {
	case nil, *glua.LNilType:
		return lua.Nil
	case glua.LBool:
		return lua.Bool(bool(v))
	case glua.LNumber:
		return lua.Number(float64(v))
	case glua.LString:
		if in.count(0, len(v)+stringCost); in.err != nil {
			return lua.Nil
		}
		return lua.String(string(v))
	case *glua.LTable:
		if t := in.tables[v]; t != nil {
			return t.Value()
		}
		in.count(0, tableCost)
		if in.tables == nil {
			in.tables = map[*glua.LTable]*lua.Table{}
		}
		t := lua.NewTable(0, 0)
		in.tables[v] = t
		in.work = append(in.work, inwardPair{v, t, name})
		return t.Value()
	case *glua.LFunction:
		in.count(0, proxyCost)
		return in.bridge.exportFunction(v, name)
	case *glua.LUserData:
		in.count(0, proxyCost)
		return in.bridge.exportUserdata(v)
	case *glua.LState:
		in.err = errCoroutine
	default:
		in.err = errChannel
	}
	return lua.Nil
}

// fill converts the contents of tables, one after the other, so that the Go stack stays flat however deep they are.
func (in *inward) fill() {
	for len(in.work) > 0 && in.err == nil {
		p := in.work[len(in.work)-1]
		in.work = in.work[:len(in.work)-1]
		p.from.ForEach(func(k, v glua.LValue) {
			if in.err != nil {
				return
			}
			in.count(0, entryCost)
			name := ""
			if s, ok := k.(glua.LString); ok && len(s) <= longestName {
				name = string(s)
				if p.name != "" {
					name = p.name + "." + name
				}
			}
			key := in.value(k, "")
			val := in.value(v, name)
			if in.err == nil && !key.IsNil() && !val.IsNil() {
				// A key that is not a number is none in our VM: the entry cannot be found there, nor here.
				_ = p.to.Set(key, val)
			}
		})
	}
}
