package compile

import (
	"fmt"
	"math"
)

// content is what the verifier knows of a register.
type content uint8

const (
	unknown content = iota // not written on some way here, or overwritten by a call
	value
	cell
)

type registers [256]content

// verifier checks what every compiled function must obey: operands are in range, control stays inside the code, and on
// each way through the code a register is written before it is read, as a value or as a cell.
type verifier struct {
	p      *Proto
	states []registers
	seen   []bool
	work   []int
	errs   []error
	pc     int
}

// verify returns what is wrong with p and the functions inside it.
func verify(p *Proto) []error {
	v := &verifier{p: p, states: make([]registers, len(p.Code)), seen: make([]bool, len(p.Code))}
	v.shape()
	if len(v.errs) == 0 {
		v.flow()
		v.localVars()
	}
	for _, inner := range p.Protos {
		for i, u := range inner.Upvalues {
			if !u.FromParent && (int(u.Index) >= len(p.Upvalues) || p.Upvalues[u.Index].Cell != u.Cell) {
				v.fail("upvalue %d of an inner function does not fit upvalue %d here", i, u.Index)
			}
		}
		v.errs = append(v.errs, verify(inner)...)
	}
	return v.errs
}

func (v *verifier) fail(format string, args ...any) {
	if len(v.errs) < 10 {
		v.errs = append(v.errs, fmt.Errorf("pc %d: %s", v.pc, fmt.Sprintf(format, args...)))
	}
}

// shape checks each instruction by itself.
func (v *verifier) shape() {
	p := v.p
	if len(p.Lines) != len(p.Code) || len(p.Cols) != len(p.Code) {
		v.fail("%d instructions, %d lines, %d columns", len(p.Code), len(p.Lines), len(p.Cols))
		return
	}
	if p.MaxStack < 2 || p.MaxStack > maxRegisters || p.NumParams > p.MaxStack {
		v.fail("MaxStack %d, NumParams %d", p.MaxStack, p.NumParams)
	}
	if n := len(p.Code); n == 0 || p.Code[n-1].Op() != OpReturn0 {
		v.fail("the last instruction is not return0")
		return
	}
	for pc, i := range p.Code {
		v.pc = pc
		if i.Op() == OpTrap || i.Op() >= OpCount {
			v.fail("operation %v", i.Op())
			return
		}
		if p.Lines[pc] < 0 {
			v.fail("line %d", p.Lines[pc])
		}
		top := 0
		for _, o := range operandsOf[i.Op()] {
			switch o {
			case useA, setA:
				top = max(top, i.A())
			case useB:
				top = max(top, i.B())
			case useC:
				top = max(top, i.C())
			case constB:
				v.constant(i, i.B())
			case constC:
				v.constant(i, i.C())
			case constJ:
				v.constant(i, i.J())
			case upA:
				v.upvalue(i, i.A())
			case upB:
				v.upvalue(i, i.B())
			case protoJ:
				if i.J() < 0 || i.J() >= len(p.Protos) {
					v.fail("inner function %d", i.J())
				}
			case jumpJ:
				if t := pc + 1 + i.J(); t < 0 || t >= len(p.Code) {
					v.fail("%v to %d", i.Op(), t)
				}
			}
		}
		switch i.Op() {
		case OpLoadNil:
			top = max(top, i.A()+i.B())
		case OpSelf:
			top = max(top, i.A()+1)
		case OpCall:
			top = max(top, i.A()+i.B()-1, i.A()+i.C()-2)
			v.opens(pc, i.C() == 0)
		case OpTailCall:
			top = max(top, i.A()+i.B()-1)
			if n := p.Code[pc+1]; n.Op() != OpReturn || n.A() != i.A() || n.B() != 0 {
				v.fail("tailcall without return")
			}
		case OpVararg:
			if !p.IsVararg {
				v.fail("vararg in a function that is not")
			}
			top = max(top, i.A()+i.C()-2)
			v.opens(pc, i.C() == 0)
		case OpReturn:
			top = max(top, i.A()+i.B()-2)
		case OpSetList:
			if i.B() != MultiList {
				if i.B() < 1 || i.B() > fieldsPerFlush {
					v.fail("setlist of %d", i.B())
				}
				top = max(top, i.A()+i.B())
			}
			if i.J() < 0 {
				v.fail("setlist at %d", i.J())
			}
		case OpConcat:
			if i.B() >= i.C() {
				v.fail("concat from %d to %d", i.B(), i.C())
			}
		case OpForPrep:
			top = max(top, i.A()+3)
			if l := p.Code[pc+i.J()]; l.Op() != OpForLoop && l.Op() != OpForLoop1 || l.A() != i.A() {
				v.fail("forprep without forloop")
			}
		case OpForLoop, OpForLoop1:
			top = max(top, i.A()+3)
		case OpTForPrep:
			if c := p.Code[pc+1+i.J()]; c.Op() != OpTForCall || c.A() != i.A() {
				v.fail("tforprep without tforcall")
			}
		case OpTForCall:
			top = max(top, i.A()+5, i.A()+2+i.B())
			if n := p.Code[pc+1]; n.Op() != OpTForLoop || n.A() != i.A() || n.J() != i.J()-1 {
				v.fail("tforcall without tforloop to the same place")
			}
			if i.J() >= 0 || i.B() < 1 {
				v.fail("tforcall by %d, %d variables", i.J(), i.B())
			}
		}
		if top >= int(p.MaxStack) {
			v.fail("%v uses register %d of %d", i.Op(), top, p.MaxStack)
		}
	}
}

// opens checks that an instruction that leaves open results is followed by one that takes them.
func (v *verifier) opens(pc int, open bool) {
	if !open {
		return
	}
	switch n := v.p.Code[pc+1]; {
	case n.Op() == OpCall && n.B() == 0, n.Op() == OpTailCall && n.B() == 0, n.Op() == OpReturn && n.B() == 0:
	case n.Op() == OpSetList && n.B() == MultiList:
	default:
		v.fail("open results are followed by %v", n.Op())
	}
}

func (v *verifier) constant(i Instr, k int) {
	if k < 0 || k >= len(v.p.Consts) {
		v.fail("%v: constant %d of %d", i.Op(), k, len(v.p.Consts))
		return
	}
	kind := v.p.Consts[k].Kind
	switch op := i.Op(); {
	case op == OpLoadK || op == OpEqK || op == OpNeK:
	case op >= OpAddK && op <= OpPowK || op >= OpLtK && op <= OpNgeK:
		if kind != ConstNumber || math.IsNaN(v.p.Consts[k].Num) {
			v.fail("%v with constant %s", op, constant(v.p, k))
		}
	default:
		if kind != ConstString {
			v.fail("%v with constant %s", op, constant(v.p, k))
		}
	}
}

func (v *verifier) upvalue(i Instr, u int) {
	if u >= len(v.p.Upvalues) {
		v.fail("%v: upvalue %d of %d", i.Op(), u, len(v.p.Upvalues))
		return
	}
	if isCell := i.Op() == OpGetUpC || i.Op() == OpSetUpC; isCell != v.p.Upvalues[u].Cell {
		v.fail("%v of upvalue %d, cell %v", i.Op(), u, v.p.Upvalues[u].Cell)
	}
}

// flow follows control from the first instruction.
func (v *verifier) flow() {
	var start registers
	for r := range int(v.p.NumParams) {
		start[r] = value
	}
	v.reach(0, start)
	for len(v.work) > 0 {
		v.pc = v.work[len(v.work)-1]
		v.work = v.work[:len(v.work)-1]
		v.step(v.p.Code[v.pc], v.states[v.pc])
	}
}

// reach merges a state into that of an instruction.
func (v *verifier) reach(pc int, s registers) {
	if !v.seen[pc] {
		v.seen[pc] = true
		v.states[pc] = s
		v.work = append(v.work, pc)
		return
	}
	changed := false
	for r, c := range v.states[pc] {
		if c != unknown && c != s[r] {
			v.states[pc][r] = unknown
			changed = true
		}
	}
	if changed {
		v.work = append(v.work, pc)
	}
}

// reads checks that registers first to last hold values.
func (v *verifier) reads(s *registers, first, last int) {
	for r := first; r <= last; r++ {
		if s[r] != value {
			v.fail("%v reads register %d, which holds %d", v.p.Code[v.pc].Op(), r, s[r])
		}
	}
}

// clobber forgets the registers from first on.
func clobber(s *registers, first int) { clear(s[first:]) }

func define(s *registers, first, last int) {
	for r := first; r <= last; r++ {
		s[r] = value
	}
}

// step checks one instruction and goes on to those that may follow it.
func (v *verifier) step(i Instr, s registers) {
	op, a, b, c := i.Op(), i.A(), i.B(), i.C()
	next, target := v.pc+1, v.pc+1+i.J()
	for _, o := range operandsOf[op] {
		switch {
		case o == useA && op != OpSetCell && op != OpReturn:
			v.reads(&s, a, a)
		case o == useB && op != OpGetCell:
			v.reads(&s, b, b)
		case o == useC:
			v.reads(&s, c, c)
		}
	}
	switch op {
	case OpCell:
		s[a] = cell
	case OpGetCell, OpSetCell:
		if r := map[Op]int{OpGetCell: b, OpSetCell: a}[op]; s[r] != cell {
			v.fail("%v: register %d holds no cell", op, r)
		}
		if op == OpGetCell {
			s[a] = value
		}
	case OpLoadNil:
		define(&s, a, a+b)
	case OpFalseSkip:
		s[a] = value
		next++
	case OpSelf:
		define(&s, a, a+1)
	case OpConcat:
		v.reads(&s, b, c)
		clobber(&s, b)
		s[a] = value
	case OpSetList:
		if b == MultiList {
			b = 0
		}
		v.reads(&s, a+1, a+b)
	case OpClosure:
		s[a] = value
		for n, u := range v.p.Protos[i.J()].Upvalues {
			if !u.FromParent || u.Self {
				continue
			}
			want := value
			if u.Cell {
				want = cell
			}
			if s[u.Index] != want || int(u.Index) == a {
				v.fail("closure: register %d for upvalue %d holds %d", u.Index, n, s[u.Index])
			}
		}
	case OpCall:
		v.reads(&s, a, a+b-1)
		clobber(&s, a)
		define(&s, a, a+c-2)
	case OpVararg:
		clobber(&s, a)
		define(&s, a, a+c-2)
	case OpTailCall:
		v.reads(&s, a, a+b-1)
		clobber(&s, a)
	case OpReturn:
		v.reads(&s, a, a+b-2)
		return
	case OpReturn0, OpReturn1:
		return
	case OpForPrep:
		v.reads(&s, a, a+2)
		v.reach(target, s)
		s[a+3] = value
	case OpForLoop, OpForLoop1:
		v.reads(&s, a, a+2)
		v.reach(next, s)
		s[a+3] = value
		next = target
	case OpTForPrep:
		v.reads(&s, a, a+2)
		next = target
	case OpTForCall:
		v.reads(&s, a, a+2)
		clobber(&s, a+3)
		v.reach(next+1, s)
		define(&s, a+3, a+2+b)
		v.reach(target, s)
	case OpTForLoop:
		v.reads(&s, a, a+3)
		v.reach(target, s)
		clobber(&s, a+3)
	case OpJump:
		next = target
	default:
		if op >= OpJumpTrue && op <= OpNgeK {
			v.reach(target, s)
			break
		}
		if o := operandsOf[op]; len(o) > 0 && o[0] == setA {
			s[a] = value
		}
	}
	v.reach(next, s)
}

// localVars checks the debug information of local variables.
func (v *verifier) localVars() {
	p := v.p
	previous := int32(0)
	for n, l := range p.LocalVars {
		v.pc = int(l.StartPC)
		if l.StartPC < previous || l.EndPC < l.StartPC || int(l.EndPC) > len(p.Code) || l.Reg >= p.MaxStack {
			v.fail("local %s: register %d, %d to %d", l.Name, l.Reg, l.StartPC, l.EndPC)
			continue
		}
		previous = l.StartPC
		if n < int(p.NumParams) && int(l.Reg) != n {
			v.fail("parameter %s is register %d", l.Name, l.Reg)
		}
		want := value
		if l.Cell {
			want = cell
		}
		for pc := l.StartPC; pc < l.EndPC; pc++ {
			if v.seen[pc] && v.states[pc][l.Reg] != want {
				v.pc = int(pc)
				v.fail("local %s: register %d holds %d", l.Name, l.Reg, v.states[pc][l.Reg])
				break
			}
		}
		for _, o := range p.LocalVars[:n] {
			if o.Reg >= l.Reg && o.EndPC > l.StartPC && l.EndPC > l.StartPC {
				v.fail("locals %s and %s are active in registers %d and %d", o.Name, l.Name, o.Reg, l.Reg)
			}
		}
	}
}
