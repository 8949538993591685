package lua

import (
	"errors"

	"github.com/luart/luart/lua/compile"
)

// The slow cases of instructions. Each ends as vm.call does: with a Lua function on top of the frames, whose state the
// interpreter loads anew.

// remember looks a string key up in a table and notes its hash slot in the instruction at pc.
func (p *Proto) remember(t *Table, key *luaString, pc uint64) *Value {
	n := t.findString(key)
	if n == nil || n.val.p == nil {
		return nil
	}
	p.note(t, n, pc)
	return &n.val
}

func (p *Proto) note(t *Table, n *node, pc uint64) {
	if slot := t.nodeIndex(n); slot <= 0xffff {
		p.code[pc] = p.code[pc]&^(0xffff<<48) | compile.Instr(slot)<<48
	}
}

// findMethod finds a method with the slot that its call remembers: in the object, or in the table that the __index of
// its metatable is.
func findMethod(vm *VM, o *Table, key *luaString, slot uint32) *Value {
	if o.nodes != ptr(&noNodes) {
		if n := o.findString(key); n != nil && n.val.p != nil {
			return &n.val
		}
	}
	if o.meta == nil {
		return nil
	}
	h := vm.metafield(o.meta, evIndex)
	if kindOf(h.p) != kTable {
		return nil
	}
	t := h.table()
	if slot <= t.mask {
		if n := t.node(slot); n.key.p == ptr(key) && n.val.p != nil {
			return &n.val
		}
	}
	return nil
}

// rememberMethod walks the __index chain for a method and notes its slot. It returns nil if there is none or a function
// has to be called for it.
func (p *Proto) rememberMethod(vm *VM, o *Table, key *luaString, pc uint64) *Value {
	for range maxIndex {
		if o.meta == nil {
			return nil
		}
		h := vm.metafield(o.meta, evIndex)
		if kindOf(h.p) != kTable {
			return nil
		}
		o = h.table()
		if n := o.findString(key); n != nil && n.val.p != nil {
			p.note(o, n, pc)
			return &n.val
		}
	}
	return nil
}

// indexOp does R[A] = obj[key] for the instruction that the frame is at.
func (vm *VM) indexOp(th *Thread, fr *frame, obj, key Value) (run bool, err error) {
	v, f, self, err := vm.index(&obj, &key)
	i := fr.cl.proto.code[fr.pc-1]
	if err != nil {
		if err == errNotIndexable {
			err = vm.indexError(fr, &obj, &v, i)
		}
		return false, err
	}
	if f.p != nil {
		return vm.callOp(th, f, self, key, 0)
	}
	th.stack[fr.base+int32(i.A())] = v
	return true, nil
}

// indexError makes the message for a value v that cannot be indexed; it is named when it is the instruction's operand.
func (vm *VM) indexError(fr *frame, obj, v *Value, i compile.Instr) error {
	name := variable{}
	if rawEqual(obj, v) {
		src, pc := fr.cl.proto.src, int(fr.pc)-1
		switch i.Op() {
		case compile.OpGetField, compile.OpGetTable, compile.OpGetInt, compile.OpSelf:
			name = describeRegister(src, pc, i.B())
		case compile.OpSetField, compile.OpSetTable, compile.OpSetInt:
			name = describeRegister(src, pc, i.A())
		}
		if name.kind == "upvalue" { // CraftOS: an upvalue that is indexed is not named
			name = variable{}
		}
	}
	return vm.operandError("index", v, name)
}

// setIndexOp does obj[key] = val.
func (vm *VM) setIndexOp(th *Thread, fr *frame, obj, key, val Value) (run bool, err error) {
	f, self, err := vm.setIndex(&obj, &key, &val)
	if err != nil {
		if err == errNotIndexable {
			err = vm.indexError(fr, &obj, &self, fr.cl.proto.code[fr.pc-1])
		}
		return false, err
	}
	if f.p != nil {
		return vm.callOp3(th, f, self, key, val, 3, 0)
	}
	return true, nil
}

// insertString adds a string key that may or may not be there, to a table without a metatable.
func (vm *VM) insertString(t *Table, key *luaString, v Value) {
	// The common case: an object being filled, whose field's main position is free.
	if n := t.node(key.hashed() & t.mask); n.key.p == nil && t.nodes != ptr(&noNodes) {
		t.flags = 0
		n.key, n.val = Value{p: ptr(key)}, v
		return
	}
	mask := t.mask
	t.setString(key, v)
	if t.mask != mask {
		vm.charge(int(t.mask+1) * nodeSize)
	}
}

// setList stores the elements of a constructor at t[first+1] and on.
func (vm *VM) setList(t *Table, vs []Value, first uint32) error {
	end := first + uint32(len(vs))
	if end > t.acap {
		need := max(end, t.acap+t.acap/2)
		if err := vm.reserve(int(need-t.acap) * valueSize); err != nil {
			return err
		}
		t.growArray(need)
	}
	copy(t.array(end)[first:], vs)
	t.alen = max(t.alen, end)
	t.shrink()
	if t.ints {
		t.migrate()
	}
	return nil
}

// lenOp does R[A] = #R[B].
func (vm *VM) lenOp(th *Thread, fr *frame, i compile.Instr) (run bool, err error) {
	v := th.stack[fr.base+int32(i.B())]
	n, f, err := vm.length(&v)
	if err != nil {
		return false, vm.typeError("get length of", &v, i.B())
	}
	if f.p != nil {
		return vm.callOp(th, f, v, v, 0)
	}
	th.stack[fr.base+int32(i.A())] = n
	return true, nil
}

// arithEvents gives the metamethod of an arithmetic instruction, counted from OpAdd and from OpAddK.
var arithEvents = [...]event{evAdd, evSub, evMul, evDiv, evMod, evPow}

// arithOp does an arithmetic instruction whose operands are not all numbers.
func (vm *VM) arithOp(th *Thread, fr *frame, i compile.Instr) (run bool, err error) {
	b := th.stack[fr.base+int32(i.B())]
	var c Value
	var op compile.Op
	regs := [2]int{i.B(), i.C()}
	switch {
	case i.Op() == compile.OpUnm:
		c, op = b, compile.OpUnm
		regs[1] = i.B()
	case i.Op() >= compile.OpAddK:
		c, op = fr.cl.proto.k[i.C()], i.Op()-compile.OpAddK+compile.OpAdd
		if i.D() == 1 {
			b, c = c, b
			regs[0], regs[1] = -1, i.B()
		}
	default:
		c, op = th.stack[fr.base+int32(i.C())], i.Op()
	}
	x, ok := toNumber(&b)
	y, ok2 := toNumber(&c)
	if ok && ok2 {
		th.stack[fr.base+int32(i.A())] = number(arith(op, x, y))
		return true, nil
	}
	ev := evUnm
	if op != compile.OpUnm {
		ev = arithEvents[op-compile.OpAdd]
	}
	if f := vm.eitherMetamethod(&b, &c, ev); f.p != nil {
		return vm.callOp(th, f, b, c, 0)
	}
	bad, reg := &b, regs[0]
	if ok {
		bad, reg = &c, regs[1]
	}
	return false, vm.typeError("perform arithmetic on", bad, reg)
}

func arith(op compile.Op, x, y float64) float64 {
	switch op {
	case compile.OpAdd:
		return x + y
	case compile.OpSub:
		return x - y
	case compile.OpMul:
		return x * y
	case compile.OpDiv:
		return x / y
	case compile.OpMod:
		return modulo(x, y)
	case compile.OpPow:
		return power(x, y)
	}
	return -x
}

// equalOp compares two tables or two userdata that are not the same object.
func (vm *VM) equalOp(th *Thread, fr *frame, i compile.Instr) (run bool, err error) {
	a, b := th.stack[fr.base+int32(i.A())], th.stack[fr.base+int32(i.B())]
	eq, f := vm.equal(&a, &b)
	if f.p != nil {
		return vm.callOp(th, f, a, b, 0)
	}
	if eq != negated(i.Op()) {
		fr.pc += int32(i.J())
	}
	return true, nil
}

// orderOp compares values that are not both numbers.
func (vm *VM) orderOp(th *Thread, fr *frame, i compile.Instr) (run bool, err error) {
	a := th.stack[fr.base+int32(i.A())]
	var b Value
	if i.Op() >= compile.OpLtK {
		b = fr.cl.proto.k[i.B()]
	} else {
		b = th.stack[fr.base+int32(i.B())]
	}
	var res, negate bool
	var f Value
	switch i.Op() {
	case compile.OpLt, compile.OpNlt, compile.OpLtK, compile.OpNltK:
		res, f, err = vm.less(&a, &b)
	case compile.OpGtK, compile.OpNgtK:
		a, b = b, a
		res, f, err = vm.less(&a, &b)
	case compile.OpGeK, compile.OpNgeK:
		a, b = b, a
		res, f, negate, err = vm.lessEqual(&a, &b)
	default:
		res, f, negate, err = vm.lessEqual(&a, &b)
	}
	if err != nil {
		return false, err
	}
	if f.p != nil {
		if negate { // a <= b as not (b < a)
			return vm.callOp(th, f, b, a, 1)
		}
		return vm.callOp(th, f, a, b, 0)
	}
	if res != negated(i.Op()) {
		fr.pc += int32(i.J())
		if i.J() < 0 && vm.interrupt.Load() != 0 {
			return true, vm.poll(true)
		}
	}
	return true, nil
}

// orderStrings compares two strings for an order instruction, and tells whether it jumps; ok is false for other operands.
func orderStrings(i compile.Instr, R ptr) (jump, ok bool) {
	op := i.Op()
	a, b := at(R, uint64(i.A())), at(R, uint64(i.B()))
	if op >= compile.OpLtK || kindOf(a.p) != kString || kindOf(b.p) != kString {
		return false, false
	}
	switch op {
	case compile.OpLt:
		return a.str().less(b.str()), true
	case compile.OpNlt:
		return !a.str().less(b.str()), true
	case compile.OpLe:
		return !b.str().less(a.str()), true
	default:
		return b.str().less(a.str()), true
	}
}

var (
	errForStart = errors.New("'for' initial value must be a number")
	errForLimit = errors.New("'for' limit must be a number")
	errForStep  = errors.New("'for' step must be a number")
)

// forNumbers converts the three values of a numeric for; strings that read as numbers are accepted.
func forNumbers(start, limit, step *Value) error {
	for _, v := range []struct {
		v   *Value
		err error
	}{{start, errForStart}, {limit, errForLimit}, {step, errForStep}} {
		f, ok := toNumber(v.v)
		if !ok {
			return v.err
		}
		*v.v = number(f)
	}
	return nil
}

// newChild makes a closure of inner function i; the caller fills its upvalues.
func (vm *VM) newChild(parent *Closure, i int) *Closure {
	p := parent.proto.protos[i]
	if p == nil {
		p = vm.child(parent.proto, i)
	}
	c := newClosure(p)
	vm.charge(c.bytes())
	return c
}

// tailCall replaces the frame by the one of the function at stack index fi. A Go function is called as usual; the
// instruction that follows returns its results.
func (vm *VM) tailCall(th *Thread, fr *frame, fi, n int32) (run bool, err error) {
	if kindOf(th.stack[fi].p) != kClosure {
		return vm.call(th, fi, n, -1, toLua, 0)
	}
	f := *fr
	copy(th.stack[f.ret:], th.stack[fi:fi+n+1])
	th.nframes--
	if err := vm.enter(th, (*Closure)(th.stack[f.ret].p), f.ret, n, f.nres, f.how, f.aux); err != nil {
		th.nframes++
		return false, err
	}
	th.frame().tail = true
	return true, nil
}

// returned ends the frame with n results at from.
func (vm *VM) returned(th *Thread, fr *frame, from, n int32, pc uint64) (run bool, err error) {
	f := *fr
	fr.pc = int32(pc)
	copy(th.stack[f.ret:], th.stack[from:from+n])
	th.nframes--
	return vm.deliver(th, f.ret, n, f.nres, f.how, f.aux)
}
