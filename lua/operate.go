package lua

import (
	"errors"

	"github.com/luart/luart/lua/compile"
)

// The slow cases of instructions. Each ends as vm.call does: with a Lua function on top of the frames, whose state the
// interpreter loads anew.

// note writes the hash slot of a field into the instruction at pc.
func (p *Proto) note(t *Table, n *node, pc int32) {
	if slot := t.nodeIndex(n); slot <= 0xffff {
		p.code[pc] = p.code[pc]&^(0xffff<<48) | compile.Instr(slot)<<48
	}
}

// getField does R[A] = obj[K[C]] for the instruction that the frame is at, as far as it needs no call: in obj itself, or
// along a chain of tables. It reports whether it could.
func (vm *VM) getField(fr *frame, obj *Value, R ptr) bool {
	if kindOf(obj.p) != kTable {
		return false
	}
	p, pc := fr.cl.proto, fr.pc-1
	i := p.code[pc]
	v, ok := vm.field(p, obj.table(), (*luaString)(p.k[i.C()].p), uint32(i.D()), pc)
	if ok {
		*at(R, uint64(i.A())) = v
	}
	return ok
}

// field looks a constant key up in a table and along its __index chain. It looks first at the slot that the instruction
// remembers, and remembers the one where it finds the key. ok is false when a function has to be called or an error is
// due.
func (vm *VM) field(p *Proto, t *Table, key *luaString, slot uint32, pc int32) (v Value, ok bool) {
	if n := t.findString(key); n != nil && n.val.p != nil {
		p.note(t, n, pc)
		return n.val, true
	}
	for range maxIndex {
		mt := t.meta
		if mt == nil {
			return Value{}, true
		}
		h := vm.metafield(mt, evIndex)
		if kindOf(h.p) != kTable {
			return Value{}, h.p == nil
		}
		t = h.table()
		if slot <= t.mask {
			if n := t.node(slot); n.key.p == ptr(key) && n.val.p != nil {
				return n.val, true
			}
		}
		if n := t.findString(key); n != nil && n.val.p != nil {
			p.note(t, n, pc)
			return n.val, true
		}
	}
	return Value{}, false
}

// self does R[A+1] = R[B]; R[A] = R[B][K[C]] as far as it needs no call.
func (vm *VM) self(fr *frame, R ptr) bool {
	p, pc := fr.cl.proto, fr.pc-1
	i := p.code[pc]
	obj := *at(R, uint64(i.B()))
	key := (*luaString)(p.k[i.C()].p)
	var t *Table
	switch kindOf(obj.p) {
	case kTable:
		t = obj.table()
	case kString:
		mt := vm.typeMeta[KindString]
		if mt == nil {
			return false
		}
		h := vm.metafield(mt, evIndex)
		if kindOf(h.p) != kTable {
			return false
		}
		t = h.table()
	default:
		return false
	}
	if slot := uint32(i.D()); slot <= t.mask {
		if n := t.node(slot); n.key.p == ptr(key) && n.val.p != nil {
			*at(R, uint64(i.A())+1), *at(R, uint64(i.A())) = obj, n.val
			return true
		}
	}
	v, ok := vm.field(p, t, key, uint32(i.D()), pc)
	if ok {
		*at(R, uint64(i.A())+1), *at(R, uint64(i.A())) = obj, v
	}
	return ok
}

// selfOp is self where a metamethod has to be called, or an error is due.
func (vm *VM) selfOp(th *Thread, fr *frame) (run bool, err error) {
	i := fr.cl.proto.code[fr.pc-1]
	obj := th.stack[fr.base+int32(i.B())]
	if kindOf(obj.p) != kTable && vm.metatable(&obj) == nil {
		return false, vm.typeError("index", &obj, i.B())
	}
	th.stack[fr.base+int32(i.A())+1] = obj
	return vm.indexIn(th, fr, obj, fr.cl.proto.k[i.C()])
}

// getTable does dst = obj[key] for a table without a metatable, or one that has the key.
func getTable(obj, key, dst *Value) bool {
	if kindOf(obj.p) != kTable {
		return false
	}
	t := obj.table()
	if v := t.find(key); v != nil && v.p != nil {
		*dst = *v
		return true
	}
	if t.meta == nil {
		*dst = Value{}
		return true
	}
	return false
}

func getInt(obj *Value, i int64, dst *Value) bool {
	if kindOf(obj.p) != kTable {
		return false
	}
	t := obj.table()
	if v := t.findInt(i); v != nil && v.p != nil {
		*dst = *v
		return true
	}
	if t.meta == nil {
		*dst = Value{}
		return true
	}
	return false
}

// setField does obj[key] = v for a constant key, for a table without a metatable or one that has the key.
func (vm *VM) setField(fr *frame, obj, key, v *Value) bool {
	if kindOf(obj.p) != kTable {
		return false
	}
	t, k := obj.table(), key.str()
	if n := t.findString(k); n != nil && n.val.p != nil {
		n.val = *v
		fr.cl.proto.note(t, n, fr.pc-1)
		return true
	}
	if t.meta != nil {
		return false
	}
	if v.p != nil {
		vm.insertString(t, k, *v)
	}
	return true
}

// setTable does obj[key] = v for a table without a metatable and for a string key that is there.
func (vm *VM) setTable(obj, key, v *Value) bool {
	if kindOf(obj.p) != kTable {
		return false
	}
	t := obj.table()
	if kindOf(key.p) == kString {
		k := key.str()
		if n := t.findString(k); n != nil && n.val.p != nil {
			n.val = *v
			return true
		}
		if t.meta != nil {
			return false
		}
		if v.p != nil {
			vm.insertString(t, k, *v)
		}
		return true
	}
	return false
}

// indexOp does R[A] = obj[key] for the instruction that the frame is at.
func (vm *VM) indexOp(th *Thread, fr *frame) (run bool, err error) {
	p := fr.cl.proto
	i := p.code[fr.pc-1]
	regs := th.stack[fr.base:]
	switch i.Op() {
	case compile.OpGetUpField:
		return vm.indexIn(th, fr, deref(*fr.cl.upvalue(uint64(i.B()))), p.k[i.C()])
	case compile.OpGetField:
		return vm.indexIn(th, fr, regs[i.B()], p.k[i.C()])
	case compile.OpGetInt:
		return vm.indexIn(th, fr, regs[i.B()], number(float64(i.C())))
	default:
		return vm.indexIn(th, fr, regs[i.B()], regs[i.C()])
	}
}

func (vm *VM) indexIn(th *Thread, fr *frame, obj, key Value) (run bool, err error) {
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

// setIndexOp does obj[key] = val for the instruction that the frame is at.
func (vm *VM) setIndexOp(th *Thread, fr *frame) (run bool, err error) {
	p := fr.cl.proto
	i := p.code[fr.pc-1]
	regs := th.stack[fr.base:]
	var obj, key, val Value
	switch i.Op() {
	case compile.OpSetUpField:
		obj, key, val = deref(*fr.cl.upvalue(uint64(i.B()))), p.k[i.C()], regs[i.A()]
	case compile.OpSetField:
		obj, key, val = regs[i.A()], p.k[i.B()], regs[i.C()]
	case compile.OpSetInt:
		obj, key, val = regs[i.A()], number(float64(i.B())), regs[i.C()]
	default:
		obj, key, val = regs[i.A()], regs[i.B()], regs[i.C()]
	}
	f, self, err := vm.setIndex(&obj, &key, &val)
	if err != nil {
		if err == errNotIndexable {
			err = vm.indexError(fr, &obj, &self, i)
		}
		return false, err
	}
	if f.p != nil {
		return vm.callOp3(th, f, self, key, val, 3, 0)
	}
	return true, nil
}

func (vm *VM) newTableIn(dst *Value, narr, nhash int) {
	vm.charge(tableSize + narr*valueSize + nhash*nodeSize)
	*dst = Value{p: ptr(NewTable(narr, nhash))}
}

func newCellIn(dst *Value) { *dst = newCell(*dst) }

func setModulo(dst *Value, x, y float64) { dst.setNumber(modulo(x, y)) }

func setPower(dst *Value, x, y float64) { dst.setNumber(power(x, y)) }

// closureIn makes a closure of inner function i and fills its upvalues.
func (vm *VM) closureIn(dst *Value, parent *Closure, i int, R ptr) {
	c := vm.newChild(parent, i)
	ups := c.proto.src.Upvalues
	for j := range ups {
		u := &ups[j]
		switch {
		case u.Self:
			*c.upvalue(uint64(j)) = Value{p: ptr(c)}
		case u.FromParent:
			*c.upvalue(uint64(j)) = *at(R, uint64(u.Index))
		default:
			*c.upvalue(uint64(j)) = *parent.upvalue(uint64(u.Index))
		}
	}
	*dst = Value{p: ptr(c)}
}

// varargs does OpVararg.
func (th *Thread) varargs(fr *frame) error {
	p := fr.cl.proto
	i := p.code[fr.pc-1]
	n := max(fr.base-fr.ret-1-p.numParams, 0)
	want := int32(i.C()) - 1
	from, to := fr.ret+1+p.numParams, fr.base+int32(i.A())
	if want < 0 {
		want = n
		if err := th.grow(int(to+n) + minGoSlots); err != nil {
			return err
		}
		th.top = to + n
	}
	dst := th.stack[to : to+want]
	src := th.stack[from : from+n]
	for j := range dst {
		if j < len(src) {
			dst[j] = src[j]
		} else {
			dst[j] = Value{}
		}
	}
	return nil
}

// iterate calls the iterator of a generic for.
func (vm *VM) iterate(th *Thread, fr *frame) (run bool, err error) {
	i := fr.cl.proto.code[fr.pc-1]
	fi := fr.base + int32(i.A()) + 3
	s := th.stack[fi-3 : fi+3]
	s[3], s[4], s[5] = s[0], s[1], s[2]
	if kindOf(s[3].p) == kClosure {
		return true, vm.enter(th, (*Closure)(s[3].p), fi, 2, int32(i.B()), toLua, 0)
	}
	return vm.call(th, fi, 2, int32(i.B()), toLua, 0)
}

// advance moves the position of a traversal to the next entry, and stores its key at kv and its value behind it. It
// returns false at the end.
func (t *Table) advance(position, kv *Value) bool {
	k, v, pos := t.entry(position.n)
	if v == nil {
		return false
	}
	position.n = pos
	*kv = k
	*at(ptr(kv), 1) = *v
	return true
}

// concatTwo joins two strings or numbers, the second one behind a; ok is false for other values.
func (vm *VM) concatTwo(a, dst *Value) (ok bool, err error) {
	b := at(ptr(a), 1)
	if !concatenates(a) || !concatenates(b) {
		return false, nil
	}
	s, err := vm.join(pair(a))
	if err != nil {
		return false, err
	}
	*dst = Value{p: ptr(s)}
	return true, nil
}

// equalStrings compares two strings for the instruction that the frame is at, and tells whether it jumps.
func (vm *VM) equalStrings(fr *frame, R, K ptr) bool {
	i := fr.cl.proto.code[fr.pc-1]
	operands := R
	if i.Op() == compile.OpEqK || i.Op() == compile.OpNeK {
		operands = K
	}
	a, b := at(R, uint64(i.A())), at(operands, uint64(i.B()))
	return a.str().equal(b.str()) != negated(i.Op())
}

// setListOp does OpSetList.
func (vm *VM) setListOp(th *Thread, fr *frame) error {
	i := fr.cl.proto.code[fr.pc-1]
	at := fr.base + int32(i.A())
	n := int32(i.B())
	if n == compile.MultiList {
		n = th.top - at - 1
	}
	return vm.setList(th.stack[at].table(), th.stack[at+1:at+1+n], uint32(i.J()))
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
	if t.ints { // [i] = v stood before the list: what is inside the array part from now on moves there
		for i := t.alen; i < end; i++ {
			k := number(float64(i) + 1)
			if n := t.findNode(&k); n != nil {
				*t.elem(i) = n.val
				n.bury()
			}
		}
	}
	copy(t.array(end)[first:], vs) // the list wins
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
		return vm.jump(fr, i)
	}
	return true, nil
}

// jump does the jump of an instruction, and polls if it leads back: a loop may have no other.
func (vm *VM) jump(fr *frame, i compile.Instr) (run bool, err error) {
	fr.pc += int32(i.J())
	if i.J() < 0 && vm.interrupt.Load() != 0 {
		return vm.pollSwitch()
	}
	return true, nil
}

// orderOp compares values that are not both numbers.
func (vm *VM) orderOp(th *Thread, fr *frame) (run bool, err error) {
	i := fr.cl.proto.code[fr.pc-1]
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
		return vm.jump(fr, i)
	}
	return true, nil
}

// orderStrings compares two strings for an order instruction, and tells whether it jumps; ok is false for other operands.
func orderStrings(i compile.Instr, R ptr) (jump, ok bool) {
	op := i.Op()
	if op >= compile.OpLtK {
		return false, false
	}
	a, b := at(R, uint64(i.A())), at(R, uint64(i.B()))
	if kindOf(a.p) != kString || kindOf(b.p) != kString {
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
	move(th.stack[f.ret:], th.stack[fi:fi+n+1])
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
	move(th.stack[f.ret:], th.stack[from:from+n])
	th.nframes--
	return vm.deliver(th, f.ret, n, f.nres, f.how, f.aux)
}
