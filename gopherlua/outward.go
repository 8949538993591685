package gopherlua

import (
	glua "github.com/yuin/gopher-lua"

	"github.com/luart/luart/lua"
)

// pollStep is how many values are converted between two looks at the VM's limits; a power of two.
const pollStep = 512

// outward makes values of gopher-lua out of ours. It runs on the computer's goroutine, without the baton: it makes new objects and touches
// none that a module knows.
type outward struct {
	bridge *bridge
	call   lua.Call
	tables map[*lua.Table]*glua.LTable
	work   []outwardPair
	values int
	bytes  int
}

type outwardPair struct {
	from *lua.Table
	to   *glua.LTable
}

// arguments converts all values of the call's window.
func (o *outward) arguments() ([]glua.LValue, error) {
	vs := make([]glua.LValue, o.call.N())
	for i := range vs {
		v, err := o.value(o.call.Arg(i + 1))
		if err != nil {
			return nil, err
		}
		vs[i] = v
	}
	return vs, o.fill()
}

func (o *outward) single(v lua.Value) (glua.LValue, error) {
	res, err := o.value(v)
	if err == nil {
		err = o.fill()
	}
	return res, err
}

func (o *outward) count(values, bytes int) error {
	o.bytes += bytes
	if o.values += values; o.values > maxValues || o.bytes > maxBytes {
		return errTooLarge
	}
	if o.values%pollStep == 0 {
		return o.call.Interrupted()
	}
	return nil
}

func (o *outward) value(v lua.Value) (glua.LValue, error) {
	if err := o.count(1, 0); err != nil {
		return nil, err
	}
	switch v.Kind() {
	case lua.KindBool:
		return glua.LBool(v.Truthy()), nil
	case lua.KindNumber:
		n, _ := v.AsNumber()
		return glua.LNumber(n), nil
	case lua.KindString:
		s, _ := v.AsString()
		return glua.LString(s), o.count(0, len(s)+stringCost)
	case lua.KindTable:
		from, _ := v.AsTable()
		if to := o.tables[from]; to != nil {
			return to, nil
		}
		if o.tables == nil {
			o.tables = map[*lua.Table]*glua.LTable{}
		}
		to := o.bridge.state.CreateTable(0, 0) // uses nothing of the state
		o.tables[from] = to
		o.work = append(o.work, outwardPair{from, to})
		return to, o.count(0, tableCost)
	case lua.KindFunction:
		return o.bridge.importFunction(v), o.count(0, proxyCost)
	case lua.KindUserdata:
		return o.bridge.importUserdata(v), o.count(0, proxyCost)
	case lua.KindThread:
		return nil, errCoroutine
	}
	return glua.LNil, nil
}

func (o *outward) fill() error {
	for len(o.work) > 0 {
		p := o.work[len(o.work)-1]
		o.work = o.work[:len(o.work)-1]
		if err := o.table(p.from, p.to); err != nil {
			return err
		}
	}
	return nil
}

func (o *outward) table(from *lua.Table, to *glua.LTable) error {
	length := 0 // of the array that gopher-lua makes
	for k := lua.Nil; ; {
		key, val, ok, err := from.Next(k)
		if err != nil || !ok {
			return err
		}
		k = key
		if err := o.count(0, entryCost); err != nil {
			return err
		}
		if n, ok := key.AsNumber(); ok && n >= 1 && n < float64(glua.MaxArrayIndex) && n == float64(int(n)) {
			// gopher-lua fills the gap before such a key with nil, however large it is.
			if gap := int(n) - length - 1; gap > 0 {
				if err := o.count(gap, 16*gap); err != nil {
					return err
				}
			}
			length = max(length, int(n))
		}
		newKey, err := o.value(key)
		if err != nil {
			return err
		}
		newVal, err := o.value(val)
		if err != nil {
			return err
		}
		to.RawSet(newKey, newVal)
	}
}
