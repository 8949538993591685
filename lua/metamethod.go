package lua

import (
	"errors"
	"fmt"
)

// metatable returns the metatable of any value or nil.
func (vm *VM) metatable(v *Value) *Table {
	switch kindOf(v.p) {
	case kTable:
		return v.table().meta
	case kUserdata:
		return (*Userdata)(v.p).meta
	}
	return vm.typeMeta[publicKinds[kindOf(v.p)]]
}

// metamethod returns the value's metamethod for an event or nil.
func (vm *VM) metamethod(v *Value, e event) Value {
	if mt := vm.metatable(v); mt != nil {
		return vm.metafield(mt, e)
	}
	return Value{}
}

// metafield looks an event up in a metatable and remembers the first eight as absent where they are.
func (vm *VM) metafield(mt *Table, e event) Value {
	if e <= evConcat && mt.flags&(1<<e) != 0 {
		return Value{}
	}
	if n := mt.findString(vm.events[e]); n != nil && n.val.p != nil {
		return n.val
	}
	if e <= evConcat {
		mt.flags |= 1 << e
	}
	return Value{}
}

// errNotIndexable stands for "attempt to index ...": whoever knows the operand's name makes the message.
var (
	errNotIndexable = errors.New("attempt to index")
	errLoop         = errors.New("loop in gettable")
)

// index returns obj[key]. When a function f has to be called for it, it is returned with the first argument self. For
// errNotIndexable v is the value that cannot be indexed.
func (vm *VM) index(obj, key *Value) (v, f, self Value, err error) {
	o := *obj
	for range maxIndex {
		var h Value
		if kindOf(o.p) == kTable {
			t := o.table()
			if r := t.find(key); r != nil && r.p != nil {
				return *r, Value{}, Value{}, nil
			}
			if t.meta == nil {
				return Value{}, Value{}, Value{}, nil
			}
			if h = vm.metafield(t.meta, evIndex); h.p == nil {
				return Value{}, Value{}, Value{}, nil
			}
		} else if h = vm.metamethod(&o, evIndex); h.p == nil {
			return o, Value{}, Value{}, errNotIndexable
		}
		if k := kindOf(h.p); k == kClosure || k == kGoFunction {
			return Value{}, h, o, nil
		}
		o = h
	}
	return Value{}, Value{}, Value{}, errLoop
}

// setIndex does obj[key] = val, or returns the function f to be called for it with the first argument self.
func (vm *VM) setIndex(obj, key, val *Value) (f, self Value, err error) {
	o := *obj
	for range maxIndex {
		var h Value
		if kindOf(o.p) == kTable {
			t := o.table()
			r := t.find(key)
			if r == nil || r.p == nil {
				if t.meta != nil {
					h = vm.metafield(t.meta, evNewIndex)
				}
			}
			if h.p == nil {
				return Value{}, Value{}, vm.rawSet(t, key, val)
			}
		} else if h = vm.metamethod(&o, evNewIndex); h.p == nil {
			return Value{}, o, errNotIndexable
		}
		if k := kindOf(h.p); k == kClosure || k == kGoFunction {
			return h, o, nil
		}
		o = h
	}
	return Value{}, Value{}, errors.New("loop in settable")
}

// rawSet does t[key] = val and counts the memory that the table grows by.
func (vm *VM) rawSet(t *Table, key, val *Value) error {
	before := t.bytes()
	err := t.set(key, *val)
	if after := t.bytes(); after > before {
		vm.charge(after - before)
	}
	return err
}

// length returns #v, or the function to be called for it.
func (vm *VM) length(v *Value) (n, f Value, err error) {
	switch kindOf(v.p) {
	case kString:
		return number(float64(v.str().n)), Value{}, nil
	case kTable:
		if t := v.table(); t.meta == nil {
			return number(float64(t.alen)), Value{}, nil
		}
	}
	if f = vm.metamethod(v, evLen); f.p != nil {
		return Value{}, f, nil
	}
	if kindOf(v.p) == kTable {
		return number(float64(v.table().alen)), Value{}, nil
	}
	return Value{}, Value{}, fmt.Errorf("attempt to get length of a %s value", vm.typeName(*v))
}

// less returns a < b, or the function to be called for it.
func (vm *VM) less(a, b *Value) (less bool, f Value, err error) {
	if isNumber(a) && isNumber(b) {
		return a.num() < b.num(), Value{}, nil
	}
	if kindOf(a.p) == kString && kindOf(b.p) == kString {
		return a.str().less(b.str()), Value{}, nil
	}
	if f = vm.commonMetamethod(a, b, evLt); f.p == nil {
		err = vm.compareError(a, b)
	}
	return false, f, err
}

// lessEqual returns a <= b, or the function to be called for it: __le(a, b), or __lt(b, a) whose result is negated.
func (vm *VM) lessEqual(a, b *Value) (res bool, f Value, negate bool, err error) {
	if isNumber(a) && isNumber(b) {
		return a.num() <= b.num(), Value{}, false, nil
	}
	if kindOf(a.p) == kString && kindOf(b.p) == kString {
		return !b.str().less(a.str()), Value{}, false, nil
	}
	if f = vm.commonMetamethod(a, b, evLe); f.p != nil {
		return false, f, false, nil
	}
	if vm.metamethod(a, evLe).p == nil {
		if f = vm.commonMetamethod(a, b, evLt); f.p != nil {
			return false, f, true, nil
		}
	}
	return false, Value{}, false, vm.compareError(a, b)
}

// commonMetamethod returns the metamethod that two operands of the same type share: comparisons take no other.
// (CraftOS: as in Lua 5.1.)
func (vm *VM) commonMetamethod(a, b *Value, e event) Value {
	if publicKinds[kindOf(a.p)] != publicKinds[kindOf(b.p)] {
		return Value{}
	}
	f := vm.metamethod(a, e)
	if g := vm.metamethod(b, e); !rawEqual(&f, &g) {
		return Value{}
	}
	return f
}

// eitherMetamethod returns the metamethod of the left operand, or else that of the right one.
func (vm *VM) eitherMetamethod(a, b *Value, e event) Value {
	if f := vm.metamethod(a, e); f.p != nil {
		return f
	}
	return vm.metamethod(b, e)
}

func (vm *VM) compareError(a, b *Value) error {
	x, y := vm.typeName(*a), vm.typeName(*b)
	if x == y {
		return fmt.Errorf("attempt to compare two %s values", x)
	}
	return fmt.Errorf("attempt to compare %s with %s", x, y)
}

// equal returns a == b, or the function to be called for it: both operands must have the same one.
func (vm *VM) equal(a, b *Value) (eq bool, f Value) {
	if rawEqual(a, b) {
		return true, Value{}
	}
	ka := kindOf(a.p)
	if ka != kindOf(b.p) || ka != kTable && ka != kUserdata {
		return false, Value{}
	}
	ma, mb := vm.metatable(a), vm.metatable(b)
	if ma == nil || mb == nil {
		return false, Value{}
	}
	f = vm.metafield(ma, evEq)
	if f.p == nil {
		return false, Value{}
	}
	if ma != mb {
		if g := vm.metafield(mb, evEq); !rawEqual(&f, &g) {
			return false, Value{}
		}
	}
	return false, f
}
