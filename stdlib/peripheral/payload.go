package peripheral

import (
	"encoding/binary"
	"errors"
	"math"

	"github.com/luart/luart/lua"
)

// MaxPayload is the length of the longest payload, in bytes.
const MaxPayload = 4 << 20

// Payload is a Lua value outside of any VM: bytes, which may be kept, sent and shared. As in all values that leave a program,
// tables are copied deeply, without metatables, shared and recursive ones keeping their shape; functions, coroutines and
// userdata are nil, and so vanish from tables. (CraftOS)
//
// A payload is a value and then the contents of the tables in the order in which they are first mentioned:
//
//	value    = tagNil | tagFalse | tagTrue | tagNumber float64 | tagString length bytes | tagTable index
//	contents = length, that many values for the keys 1, 2, ..., then pairs of key and value, then tagNil
//
// Lengths and indices, which count from 0, are unsigned varints; a float64 is 8 bytes, little-endian.
type Payload []byte

const (
	tagNil = iota
	tagFalse
	tagTrue
	tagNumber
	tagString
	tagTable
)

// Sizes that values are counted with, in bytes.
const (
	tableCost  = 80
	stringCost = 40
	entryCost  = 40
	slotCost   = 16
)

// payloadPoll is how many values are copied between two looks at the VM's limits; a power of two.
const payloadPoll = 512

var (
	errTooLarge = errors.New("Message is too large") //lint:ignore ST1005 CraftOS's text for a message of a WebSocket
	// ErrPayload: the bytes are no payload.
	ErrPayload = errors.New("malformed payload")
)

// Encode makes a payload of a value. It fails if that is longer than MaxPayload, or with an error of a limit of the VM. However
// deep the value is, the Go stack stays flat.
func Encode(c lua.Call, v lua.Value) (Payload, error) {
	e := encoder{call: c}
	if err := e.value(v); err != nil {
		return nil, err
	}
	for i := 0; i < len(e.tables); i++ { // grows meanwhile
		if err := e.contents(e.tables[i]); err != nil {
			return nil, err
		}
	}
	return e.buf, nil
}

type encoder struct {
	call   lua.Call
	buf    []byte
	index  map[*lua.Table]int
	tables []*lua.Table
	steps  int
}

func (e *encoder) value(v lua.Value) error {
	if e.steps++; e.steps%payloadPoll == 0 {
		if err := e.call.Interrupted(); err != nil {
			return err
		}
	}
	switch v.Kind() {
	case lua.KindBool:
		if v.Truthy() {
			e.buf = append(e.buf, tagTrue)
		} else {
			e.buf = append(e.buf, tagFalse)
		}
	case lua.KindNumber:
		f, _ := v.AsNumber()
		e.buf = binary.LittleEndian.AppendUint64(append(e.buf, tagNumber), math.Float64bits(f))
	case lua.KindString:
		s, _ := v.AsString()
		if len(s) > MaxPayload {
			return errTooLarge
		}
		e.buf = binary.AppendUvarint(append(e.buf, tagString), uint64(len(s)))
		e.buf = append(e.buf, s...)
	case lua.KindTable:
		t, _ := v.AsTable()
		i, known := e.index[t]
		if !known {
			if err := e.call.Reserve(entryCost); err != nil {
				return err
			}
			if e.index == nil {
				e.index = make(map[*lua.Table]int)
			}
			i = len(e.tables)
			e.index[t] = i
			e.tables = append(e.tables, t)
		}
		e.buf = binary.AppendUvarint(append(e.buf, tagTable), uint64(i))
	default:
		e.buf = append(e.buf, tagNil)
	}
	if len(e.buf) > MaxPayload {
		return errTooLarge
	}
	return nil
}

// passes reports whether a value is not nil in the payload.
func passes(v lua.Value) bool {
	switch v.Kind() {
	case lua.KindBool, lua.KindNumber, lua.KindString, lua.KindTable:
		return true
	}
	return false
}

func (e *encoder) contents(t *lua.Table) error {
	n := t.Len()
	e.buf = binary.AppendUvarint(e.buf, uint64(n))
	for i := 1; i <= n; i++ {
		if err := e.value(t.GetInt(i)); err != nil {
			return err
		}
	}
	for k := lua.Nil; ; {
		key, val, ok, err := t.Next(k)
		if err != nil {
			return err
		}
		if !ok {
			break
		}
		k = key
		if f, isNumber := key.AsNumber(); isNumber && f >= 1 && f <= float64(n) && f == math.Trunc(f) {
			if e.steps++; e.steps%payloadPoll == 0 {
				if err := e.call.Interrupted(); err != nil {
					return err
				}
			}
			continue // among the values above
		}
		if !passes(key) || !passes(val) {
			continue
		}
		if err := e.value(key); err != nil {
			return err
		}
		if err := e.value(val); err != nil {
			return err
		}
	}
	if e.buf = append(e.buf, tagNil); len(e.buf) > MaxPayload {
		return errTooLarge
	}
	return nil
}

// Decode makes the value in a VM, whose goroutine calls it. It fails with ErrPayload, or with an error of a limit of the VM.
func (p Payload) Decode(vm *lua.VM) (lua.Value, error) {
	// A call gives access to the VM's accounting.
	var value lua.Value
	_, err := vm.Call(lua.NewFunction("decode", func(c lua.Call) (lua.Results, error) {
		d := decoder{call: c, rest: p}
		var err error
		if value, err = d.decode(); err != nil {
			return 0, err
		}
		return c.Return0()
	}))
	if err != nil {
		return lua.Nil, err
	}
	return value, nil
}

type decoder struct {
	call   lua.Call
	rest   []byte
	tables []*lua.Table
	steps  int
}

func (d *decoder) decode() (lua.Value, error) {
	v, err := d.value()
	if err != nil {
		return lua.Nil, err
	}
	if len(d.tables) > 0 { // the accounting is to find what grows
		defer d.call.VM().Pin(v).Unpin()
	}
	for i := 0; i < len(d.tables); i++ { // grows meanwhile
		if err := d.contents(d.tables[i]); err != nil {
			return lua.Nil, err
		}
	}
	if len(d.rest) > 0 {
		return lua.Nil, ErrPayload
	}
	return v, nil
}

// take returns the next n bytes.
func (d *decoder) take(n uint64) ([]byte, error) {
	if n > uint64(len(d.rest)) {
		return nil, ErrPayload
	}
	b := d.rest[:n]
	d.rest = d.rest[n:]
	return b, nil
}

func (d *decoder) uvarint() (uint64, error) {
	n, size := binary.Uvarint(d.rest)
	if size <= 0 {
		return 0, ErrPayload
	}
	d.rest = d.rest[size:]
	return n, nil
}

func (d *decoder) value() (lua.Value, error) {
	if d.steps++; d.steps%payloadPoll == 0 {
		if err := d.call.Interrupted(); err != nil {
			return lua.Nil, err
		}
	}
	tag, err := d.take(1)
	if err != nil {
		return lua.Nil, err
	}
	switch tag[0] {
	case tagNil:
		return lua.Nil, nil
	case tagFalse:
		return lua.False, nil
	case tagTrue:
		return lua.True, nil
	case tagNumber:
		b, err := d.take(8)
		if err != nil {
			return lua.Nil, err
		}
		return lua.Number(math.Float64frombits(binary.LittleEndian.Uint64(b))), nil
	case tagString:
		n, err := d.uvarint()
		if err != nil {
			return lua.Nil, err
		}
		b, err := d.take(n)
		if err != nil {
			return lua.Nil, err
		}
		if err := d.call.Reserve(stringCost + len(b)); err != nil {
			return lua.Nil, err
		}
		return lua.Bytes(b), nil
	case tagTable:
		i, err := d.uvarint()
		switch {
		case err != nil:
			return lua.Nil, err
		case i < uint64(len(d.tables)):
			return d.tables[i].Value(), nil
		case i > uint64(len(d.tables)):
			return lua.Nil, ErrPayload
		}
		if err := d.call.Reserve(tableCost); err != nil {
			return lua.Nil, err
		}
		t := lua.NewTable(0, 0)
		d.tables = append(d.tables, t)
		return t.Value(), nil
	}
	return lua.Nil, ErrPayload
}

func (d *decoder) contents(t *lua.Table) error {
	n, err := d.uvarint()
	if err != nil {
		return err
	}
	if n > uint64(len(d.rest)) { // a value takes a byte at least
		return ErrPayload
	}
	cost := slotCost
	for i := range int(n) {
		v, err := d.value()
		if err != nil {
			return err
		}
		if v.IsNil() {
			cost = entryCost // what comes after a gap goes to the table's hash part
			continue
		}
		if err := d.call.Reserve(cost); err != nil {
			return err
		}
		t.SetInt(i+1, v)
	}
	for {
		k, err := d.value()
		if err != nil || k.IsNil() {
			return err
		}
		v, err := d.value()
		if err != nil {
			return err
		}
		if err := d.call.Reserve(entryCost); err != nil {
			return err
		}
		if err := t.Set(k, v); err != nil { // NaN as the key
			return ErrPayload
		}
	}
}
