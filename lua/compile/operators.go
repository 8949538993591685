package compile

import (
	"math"

	"github.com/luart/luart/lua/syntax"
)

func isArithmetic(op syntax.BinaryOp) bool { return op <= syntax.OpPow }
func isComparison(op syntax.BinaryOp) bool { return op >= syntax.OpEq && op <= syntax.OpGe }
func isLogical(op syntax.BinaryOp) bool    { return op == syntax.OpAnd || op == syntax.OpOr }

// binary compiles an arithmetic operator or a comparison as a value, and the ones in its left operand, of which there
// may be very many: 1+1+1+... is a tree as deep as it is long.
func (f *function) binary(e *syntax.BinaryExpr, dst int) operand {
	mark := f.free
	scratch := dst
	if dst == anywhere || !f.temporary(dst) {
		scratch = f.alloc()
	}
	base := f.free

	spine := len(f.binaries)
	var first syntax.Expr = e
	for {
		b, ok := first.(*syntax.BinaryExpr)
		if !ok || !isArithmetic(b.Op) && !isComparison(b.Op) {
			break
		}
		f.binaries = append(f.binaries, b)
		first = b.Left
	}
	left := f.value(first, scratch)
	for i := len(f.binaries) - 1; i >= spine; i-- {
		e := f.binaries[i]
		free := scratch
		if left.kind == isRegister && left.reg == scratch {
			free = anywhere
		}
		right := f.value(e.Right, free)
		if right.kind == isRegister && right.reg == scratch {
			free = anywhere
		}
		target := scratch
		if i == spine && dst != anywhere {
			target = dst
		}
		switch {
		case isComparison(e.Op):
			f.truth(f.compare(e.Op, left, right, true, e.Pos), target, e.Pos)
			left = inRegister(target)
		case left.kind == isNumber && right.kind == isNumber:
			if v, ok := fold(e.Op, left.num, right.num); ok {
				left.num = v
				break
			}
			fallthrough
		default:
			f.arithmetic(e.Op, left, right, free, target, e.Pos)
			left = inRegister(target)
		}
		f.free = base
	}
	clear(f.binaries[spine:])
	f.binaries = f.binaries[:spine]

	if dst != anywhere || left.constant() {
		f.free = mark
	}
	return left
}

// arithmetic emits an operator whose operands are compiled; free is a register that may be used, or anywhere.
func (f *function) arithmetic(op syntax.BinaryOp, left, right operand, free, target int, pos syntax.Pos) {
	if right.kind == isNumber {
		if k := f.numberConst(right.num); k <= math.MaxUint16 {
			f.emit(ABC(OpAddK+Op(op), target, f.settle(left, free, pos), k), pos)
			return
		}
	}
	if left.kind == isNumber && (op == syntax.OpAdd || op == syntax.OpMul) {
		if k := f.numberConst(left.num); k <= math.MaxUint16 {
			i := ABC(OpAddK+Op(op), target, f.settle(right, free, pos), k)
			f.emit(i|1<<48, pos)
			return
		}
	}
	l := f.settle(left, free, pos)
	if l == free {
		free = anywhere
	}
	r := f.settle(right, free, pos)
	f.emit(ABC(OpAdd+Op(op), target, l, r), pos)
}

// fold computes an operator on two constants. It leaves to the machine what does not have the same result in any
// implementation of the operator: results that are NaN or minus zero, division by zero, remainders of fractions.
func fold(op syntax.BinaryOp, a, b float64) (float64, bool) {
	var v float64
	switch op {
	case syntax.OpAdd:
		v = a + b
	case syntax.OpSub:
		v = a - b
	case syntax.OpMul:
		v = a * b
	case syntax.OpDiv:
		if b == 0 {
			return 0, false
		}
		v = a / b
	case syntax.OpMod:
		const small = 1 << 31
		if b == 0 || math.Abs(a) > small || math.Abs(b) > small || a != math.Trunc(a) || b != math.Trunc(b) {
			return 0, false
		}
		v = a - math.Floor(a/b)*b
	case syntax.OpPow:
		v = math.Pow(a, b)
	}
	return v, !math.IsNaN(v) && !(v == 0 && math.Signbit(v))
}

// unary compiles a unary operator.
func (f *function) unary(e *syntax.UnaryExpr, dst int) operand {
	if e.Op == syntax.OpNot {
		if b, ok := stripParens(e.Operand).(*syntax.BinaryExpr); ok && (isComparison(b.Op) || isLogical(b.Op)) {
			mark := f.free
			target := f.destination(dst)
			free := f.free
			list := f.condition(e, true)
			f.free = free
			f.truth(list, target, e.Pos)
			if dst != anywhere {
				f.free = mark
			}
			return inRegister(target)
		}
	}
	mark := f.free
	scratch := dst
	if dst == anywhere || !f.temporary(dst) {
		scratch = f.alloc()
	}
	o := f.value(e.Operand, scratch)
	switch {
	case e.Op == syntax.OpNeg && o.kind == isNumber && o.num != 0:
		f.free = mark
		o.num = -o.num
		return o
	case e.Op == syntax.OpNot && o.constant():
		f.free = mark
		if o.kind == isNil || o.kind == isFalse {
			return operand{kind: isTrue}
		}
		return operand{kind: isFalse}
	}
	target := scratch
	if dst != anywhere {
		target = dst
	}
	var op Op
	switch e.Op {
	case syntax.OpNeg:
		op = OpUnm
	case syntax.OpNot:
		op = OpNot
	default:
		op = OpLen
	}
	f.emit(ABC(op, target, f.settle(o, scratch, e.Pos), 0), e.Pos)
	if dst != anywhere {
		f.free = mark
	}
	return inRegister(target)
}

// concat compiles a concatenation. Its operands go to consecutive registers, and those of the concatenation that is its
// right operand with them.
func (f *function) concat(e *syntax.BinaryExpr, dst int) operand {
	mark := f.free
	first := dst
	if dst == anywhere || !f.onTop(dst) {
		first = f.alloc()
	}
	target := first
	if dst != anywhere {
		target = dst
	}
	f.into(e.Left, first)
	for {
		b, ok := e.Right.(*syntax.BinaryExpr)
		if !ok || b.Op != syntax.OpConcat {
			break
		}
		e = b
		f.next(e.Left)
	}
	last := f.next(e.Right)
	f.emit(ABC(OpConcat, target, first, last), e.Pos)
	f.free = first + 1
	if dst != anywhere {
		f.free = mark
	}
	return inRegister(target)
}

// logical compiles "and" or "or" as a value.
func (f *function) logical(e *syntax.BinaryExpr, dst int) operand {
	if dst != anywhere && !f.temporary(dst) && f.reads(e, dst) {
		t := f.alloc()
		f.logicalInto(e, t)
		f.emit(ABC(OpMove, dst, t, 0), e.Pos)
		f.free--
		return inRegister(dst)
	}
	dst = f.destination(dst)
	f.logicalInto(e, dst)
	return inRegister(dst)
}

// logicalInto puts the value of "and" or "or" into register dst, which may be written before all of e is evaluated.
func (f *function) logicalInto(e *syntax.BinaryExpr, dst int) {
	from, to := f.operands(e)
	jumpIf := e.Op == syntax.OpOr
	list := noJump
	for i := to - 1; i > from; i-- {
		list = f.join(f.test(f.exprs[i], dst, jumpIf), list)
	}
	f.into(f.exprs[from], dst)
	f.release(from)
	f.patchHere(list)
}

// operands puts the operands of a chain of the same operator, "and" or "or", on the stack exprs, the last one first, and
// returns their range there.
func (f *function) operands(e *syntax.BinaryExpr) (from, to int) {
	from = len(f.exprs)
	for {
		f.exprs = append(f.exprs, e.Right)
		b, ok := e.Left.(*syntax.BinaryExpr)
		if !ok || b.Op != e.Op {
			f.exprs = append(f.exprs, e.Left)
			return from, len(f.exprs)
		}
		e = b
	}
}

// release takes what is above from off the stack exprs.
func (f *function) release(from int) {
	clear(f.exprs[from:])
	f.exprs = f.exprs[:from]
}

// readsLimit is how many nodes of a tree reads looks at.
const readsLimit = 64

// reads reports whether e, a chain of "and" and "or", may read the variable in register r after a part of e has been
// computed into that register: whether any operand but the first one does.
func (f *function) reads(e *syntax.BinaryExpr, r int) bool {
	budget := readsLimit
	for {
		if f.mentions(e.Right, r, &budget) {
			return true
		}
		b, ok := stripParens(e.Left).(*syntax.BinaryExpr)
		if !ok || !isLogical(b.Op) {
			return false
		}
		e = b
	}
}

// mentions reports whether the variable in register r occurs in e, or e is too large to tell.
func (f *function) mentions(e syntax.Expr, r int, budget *int) bool {
	if *budget--; *budget < 0 {
		return true
	}
	switch e := e.(type) {
	case *syntax.LocalExpr:
		return f.register(e.Local) == r
	case *syntax.GlobalExpr:
		return f.mentions(e.Env, r, budget)
	case *syntax.ParenExpr:
		return f.mentions(e.Inner, r, budget)
	case *syntax.IndexExpr:
		return f.mentions(e.Obj, r, budget) || f.mentions(e.Key, r, budget)
	case *syntax.CallExpr:
		return f.mentions(e.Func, r, budget) || f.mentionedIn(e.Args, r, budget)
	case *syntax.MethodCallExpr:
		return f.mentions(e.Obj, r, budget) || f.mentionedIn(e.Args, r, budget)
	case *syntax.BinaryExpr:
		return f.mentions(e.Left, r, budget) || f.mentions(e.Right, r, budget)
	case *syntax.UnaryExpr:
		return f.mentions(e.Operand, r, budget)
	case *syntax.TableExpr:
		for _, field := range e.Fields {
			if field.Key != nil && f.mentions(field.Key, r, budget) || f.mentions(field.Value, r, budget) {
				return true
			}
		}
	}
	// A function cannot: a variable that it captures and that is assigned to is in a cell, and not in r.
	return false
}

func (f *function) mentionedIn(exprs []syntax.Expr, r int, budget *int) bool {
	for _, e := range exprs {
		if f.mentions(e, r, budget) {
			return true
		}
	}
	return false
}

func stripParens(e syntax.Expr) syntax.Expr {
	for {
		p, ok := e.(*syntax.ParenExpr)
		if !ok {
			return e
		}
		e = p.Inner
	}
}
