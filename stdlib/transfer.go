package stdlib

import "github.com/luart/luart/lua"

// Sizes that a transferred table is counted with, in bytes.
const (
	tableCost = 80
	entryCost = 40
)

// transferPoll is how many entries are copied between two looks at the VM's limits; a power of two.
const transferPoll = 512

// Transfer copies a value for the way out of a program and back in, as the arguments of os.queueEvent go: nil, booleans,
// numbers and strings stay; tables are copied deeply, without metatables, shared and recursive ones keeping their shape
// within the value; functions, coroutines and userdata become nil, and so vanish from tables. (CraftOS does this for all values that
// cross its boundary.)
//
// However deep the value is, the Go stack stays flat. The copy counts against the VM's memory, and the error is that of
// a limit of the VM.
func Transfer(c lua.Call, v lua.Value) (lua.Value, error) {
	t, ok := v.AsTable()
	if !ok {
		return plain(v), nil
	}
	x := transfer{call: c}
	copied, err := x.table(t)
	if err != nil {
		return lua.Nil, err
	}
	defer c.VM().Pin(copied).Unpin() // so that the accounting sees the copy while it grows
	for len(x.work) > 0 {
		next := x.work[len(x.work)-1]
		x.work = x.work[:len(x.work)-1]
		if err := x.fill(next); err != nil {
			return lua.Nil, err
		}
	}
	return copied, nil
}

// plain is what becomes of a value that isn't a table.
func plain(v lua.Value) lua.Value {
	switch v.Kind() {
	case lua.KindBool, lua.KindNumber, lua.KindString:
		return v
	}
	return lua.Nil
}

// transfer is the state of one copy: which tables have a copy already, and which copies are still empty.
type transfer struct {
	call   lua.Call
	copies map[*lua.Table]*lua.Table
	work   []tablePair
	steps  int
}

type tablePair struct{ from, to *lua.Table }

// table returns the copy of a table, which may still be empty.
func (x *transfer) table(from *lua.Table) (lua.Value, error) {
	if to, ok := x.copies[from]; ok {
		return to.Value(), nil
	}
	n := from.Len()
	if err := x.call.Reserve(tableCost + 16*n); err != nil {
		return lua.Nil, err
	}
	if x.copies == nil {
		x.copies = make(map[*lua.Table]*lua.Table)
	}
	to := lua.NewTable(n, 0)
	x.copies[from] = to
	x.work = append(x.work, tablePair{from, to})
	return to.Value(), nil
}

func (x *transfer) value(v lua.Value) (lua.Value, error) {
	if t, ok := v.AsTable(); ok {
		return x.table(t)
	}
	return plain(v), nil
}

func (x *transfer) fill(p tablePair) error {
	for k := lua.Nil; ; {
		key, val, ok, err := p.from.Next(k)
		if err != nil || !ok {
			return err
		}
		k = key
		if x.steps++; x.steps%transferPoll == 0 {
			if err := x.call.Interrupted(); err != nil {
				return err
			}
		}
		newKey, err := x.value(key)
		if err != nil {
			return err
		}
		if newKey.IsNil() {
			continue
		}
		newVal, err := x.value(val)
		if err != nil {
			return err
		}
		if newVal.IsNil() {
			continue
		}
		if _, isNumber := newKey.AsNumber(); !isNumber {
			if err := x.call.Reserve(entryCost); err != nil {
				return err
			}
		}
		if err := p.to.Set(newKey, newVal); err != nil {
			return err
		}
	}
}
