package compile

import (
	"math"

	"github.com/luart/luart/lua/syntax"
)

// condition compiles e as a condition: it jumps, by the list returned, if the truth of e is jumpIf, and otherwise goes
// on behind the code. It leaves no temporaries.
func (f *function) condition(e syntax.Expr, jumpIf bool) jumpList {
	for {
		if p, ok := e.(*syntax.ParenExpr); ok {
			e = p.Inner
		} else if u, ok := e.(*syntax.UnaryExpr); ok && u.Op == syntax.OpNot {
			e, jumpIf = u.Operand, !jumpIf
		} else {
			break
		}
	}
	mark := f.free
	if b, ok := e.(*syntax.BinaryExpr); ok {
		switch {
		case isLogical(b.Op):
			return f.logicalCondition(b, jumpIf)
		case isComparison(b.Op):
			left := f.value(b.Left, anywhere)
			right := f.value(b.Right, anywhere)
			list := f.compare(b.Op, left, right, jumpIf, b.Pos)
			f.free = mark
			return list
		}
	}
	o := f.value(e, anywhere)
	if o.constant() {
		if truth := o.kind != isNil && o.kind != isFalse; truth == jumpIf {
			return f.jump(ABC(OpJump, 0, 0, 0), e.ExprPos())
		}
		return noJump
	}
	r := f.settle(o, anywhere, e.ExprPos())
	f.free = mark
	return f.jumpOn(r, jumpIf, e.ExprPos())
}

// jumpOn emits a jump on the truth of register r.
func (f *function) jumpOn(r int, jumpIf bool, pos syntax.Pos) jumpList {
	op := OpJumpFalse
	if jumpIf {
		op = OpJumpTrue
	}
	return f.jump(ABC(op, r, 0, 0), pos)
}

// logicalCondition is condition for "and" and "or".
func (f *function) logicalCondition(e *syntax.BinaryExpr, jumpIf bool) jumpList {
	from, to := f.operands(e)
	// One operand of an "or" that is true decides it, and one of an "and" that is false.
	decides := e.Op == syntax.OpOr
	list, skip := noJump, noJump
	for i := to - 1; i >= from; i-- {
		switch {
		case decides == jumpIf:
			list = f.join(f.condition(f.exprs[i], jumpIf), list)
		case i > from:
			skip = f.join(f.condition(f.exprs[i], decides), skip)
		default:
			list = f.condition(f.exprs[i], jumpIf)
		}
	}
	f.release(from)
	f.patchHere(skip)
	return list
}

// test compiles e, an operand of "and" or "or" that is not the last one: if its truth is jumpIf, its value is put into
// register dst and it jumps, by the list returned. Otherwise it goes on, and dst holds anything.
func (f *function) test(e syntax.Expr, dst int, jumpIf bool) jumpList {
	inner := stripParens(e)
	if b, ok := inner.(*syntax.BinaryExpr); ok {
		switch {
		case isLogical(b.Op):
			from, to := f.operands(b)
			decides := b.Op == syntax.OpOr
			list, skip := noJump, noJump
			for i := to - 1; i >= from; i-- {
				if decides == jumpIf || i == from {
					list = f.join(f.test(f.exprs[i], dst, jumpIf), list)
				} else {
					skip = f.join(f.condition(f.exprs[i], decides), skip)
				}
			}
			f.release(from)
			f.patchHere(skip)
			return list
		case isComparison(b.Op):
			return f.testBoolean(inner, dst, jumpIf)
		}
	}
	if u, ok := inner.(*syntax.UnaryExpr); ok && u.Op == syntax.OpNot {
		return f.testBoolean(inner, dst, jumpIf)
	}
	o := f.value(e, dst)
	if o.constant() {
		if truth := o.kind != isNil && o.kind != isFalse; truth != jumpIf {
			return noJump
		}
		f.load(o, dst, e.ExprPos())
		return f.jump(ABC(OpJump, 0, 0, 0), e.ExprPos())
	}
	f.load(o, dst, e.ExprPos())
	return f.jumpOn(dst, jumpIf, e.ExprPos())
}

// testBoolean is test for an expression whose value is true or false.
func (f *function) testBoolean(e syntax.Expr, dst int, jumpIf bool) jumpList {
	skip := f.condition(e, !jumpIf)
	op := OpLoadFalse
	if jumpIf {
		op = OpLoadTrue
	}
	f.emit(ABC(op, dst, 0, 0), e.ExprPos())
	list := f.jump(ABC(OpJump, 0, 0, 0), e.ExprPos())
	f.patchHere(skip)
	return list
}

// truth puts true into register dst if the jumps of a list were taken, and false if not.
func (f *function) truth(list jumpList, dst int, pos syntax.Pos) {
	f.emit(ABC(OpFalseSkip, dst, 0, 0), pos)
	f.patchHere(list)
	f.emit(ABC(OpLoadTrue, dst, 0, 0), pos)
}

// compare emits a jump that is taken if the comparison of two compiled operands gives jumpIf. It may take temporaries.
func (f *function) compare(op syntax.BinaryOp, left, right operand, jumpIf bool, pos syntax.Pos) jumpList {
	if op == syntax.OpEq || op == syntax.OpNe {
		return f.compareEqual(left, right, (op == syntax.OpEq) == jumpIf, pos)
	}
	// "a > b" is "b < a". The operands are already in order of evaluation.
	if op == syntax.OpGt || op == syntax.OpGe {
		left, right = right, left
	}
	orEqual := op == syntax.OpLe || op == syntax.OpGe
	code := OpLt
	if orEqual {
		code = OpLe
	}
	a, b := 0, 0
	if k, ok := f.numberOperand(right); ok {
		code += OpLtK - OpLt
		a, b = f.settle(left, anywhere, pos), k
	} else if k, ok := f.numberOperand(left); ok {
		code += OpGtK - OpLt
		a, b = f.settle(right, anywhere, pos), k
	} else {
		a = f.settle(left, anywhere, pos)
		b = f.settle(right, anywhere, pos)
	}
	if !jumpIf {
		code++ // each comparison is followed by its negation
	}
	return f.jump(ABC(code, a, b, 0), pos)
}

// compareEqual emits a jump that is taken if two operands are equal, or unequal if equal is false.
func (f *function) compareEqual(left, right operand, equal bool, pos syntax.Pos) jumpList {
	code := OpEq
	if !right.constant() && left.constant() {
		left, right = right, left
	}
	a, b := f.settle(left, anywhere, pos), 0
	if k, ok := f.constantOperand(right); ok {
		code, b = OpEqK, k
	} else {
		b = f.settle(right, anywhere, pos)
	}
	if !equal {
		code++
	}
	return f.jump(ABC(code, a, b, 0), pos)
}

// numberOperand returns the constant index of o if it is a number and the index fits an operand.
func (f *function) numberOperand(o operand) (int, bool) {
	if o.kind != isNumber {
		return 0, false
	}
	k := f.numberConst(o.num)
	return k, k <= math.MaxUint16
}

// constantOperand returns the constant index of o if it is a constant and the index fits an operand.
func (f *function) constantOperand(o operand) (int, bool) {
	var k int
	switch o.kind {
	case isNil:
		k = f.simpleConst(ConstNil)
	case isFalse:
		k = f.simpleConst(ConstFalse)
	case isTrue:
		k = f.simpleConst(ConstTrue)
	case isNumber:
		k = f.numberConst(o.num)
	case isString:
		k = f.stringConst(o.str)
	default:
		return 0, false
	}
	return k, k <= math.MaxUint16
}
