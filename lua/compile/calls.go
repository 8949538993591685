package compile

import (
	"math"

	"github.com/luart/luart/lua/syntax"
)

// oneResult as a count of results is the usual case: the expression is a value.
const oneResult = 1

// suffixed compiles an index, a call or a method call, and the chain of those that it is applied to, such as
// a.b(c):d(e)[f]. The chain is walked in a loop because it may be long. A last call has the given number of results, or
// openResults; they begin in the next free register, and only a single one is put into dst.
func (f *function) suffixed(e syntax.Expr, dst, results int) operand {
	mark := f.free
	base := dst // the register in which the values of the chain follow each other
	if dst == anywhere || !f.onTop(dst) {
		base = f.alloc()
	}
	chain := len(f.exprs)
	first := e
	for {
		f.exprs = append(f.exprs, first)
		var inner syntax.Expr
		switch n := first.(type) {
		case *syntax.IndexExpr:
			inner = n.Obj
		case *syntax.CallExpr:
			inner = n.Func
		case *syntax.MethodCallExpr:
			inner = n.Obj
		}
		if inner == nil {
			break
		}
		first = inner
	}
	last := len(f.exprs) - 1 // holds first itself
	o := f.head(first, f.exprs[last-1], base)
	for i := last - 1; i >= chain; i-- {
		n := oneResult
		if i == chain {
			n = results
		}
		switch e := f.exprs[i].(type) {
		case *syntax.IndexExpr:
			key := f.value(e.Key, anywhere)
			target := base
			if i == chain && dst != anywhere {
				target = dst
			}
			if !f.getUpField(target, o, key, e.Pos) {
				f.get(target, f.settle(o, base, e.Pos), key, e.Pos)
			}
			o = inRegister(target)
		case *syntax.CallExpr:
			f.load(o, base, e.Func.ExprPos())
			f.call(OpCall, base, e.Args, n, e.Pos)
			o = inRegister(base)
		case *syntax.MethodCallExpr:
			f.self(o, base, e)
			f.call(OpCall, base, e.Args, n, e.CallPos)
			o = inRegister(base)
		}
		f.free = base + 1
	}
	clear(f.exprs[chain:])
	f.exprs = f.exprs[:chain]
	if dst != anywhere {
		if o.reg != dst {
			f.load(o, dst, e.ExprPos())
		}
		f.free = mark
		return inRegister(dst)
	}
	return o
}

// getUpField reads a field with a constant name of an upvalue that is captured by value, and reports whether it is one.
func (f *function) getUpField(dst int, obj, key operand, pos syntax.Pos) bool {
	if obj.kind != isUpvalue || key.kind != isString || f.upvalueInCell(f.tree.Upvalues[obj.reg].Local) {
		return false
	}
	k := f.stringConst(key.str)
	if k > math.MaxUint16 {
		return false
	}
	f.emit(ABC(OpGetUpField, dst, obj.reg, k), pos)
	return true
}

// head compiles the expression that a chain begins with, of which user is the first index or call.
func (f *function) head(e, user syntax.Expr, dst int) operand {
	if u, ok := e.(*syntax.UpvalueExpr); ok {
		if _, ok := user.(*syntax.IndexExpr); ok {
			// Read only after the key is evaluated.
			return operand{kind: isUpvalue, reg: u.Index}
		}
	}
	return f.value(e, dst)
}

// call emits a call with the operation op of the function in register base, which is the highest in use but for the
// object of a method.
func (f *function) call(op Op, base int, args []syntax.Expr, results int, pos syntax.Pos) {
	open := f.open(args)
	b := f.free - base
	if open {
		b = 0
	}
	f.emit(ABC(op, base, b, results+1), pos)
}

// self puts a method of o into register base, and o behind it, which it takes.
func (f *function) self(o operand, base int, e *syntax.MethodCallExpr) {
	obj := f.settle(o, base, e.Pos)
	f.alloc()
	if k := f.stringConst(e.Name); k <= math.MaxUint16 {
		f.emit(ABC(OpSelf, base, obj, k), e.Pos)
		return
	}
	f.emit(ABC(OpMove, base+1, obj, 0), e.Pos)
	f.get(base, base+1, operand{kind: isString, str: e.Name}, e.Pos)
}

// tailCall compiles "return e".
func (f *function) tailCall(e syntax.Expr, pos syntax.Pos) {
	base := f.alloc()
	switch e := e.(type) {
	case *syntax.CallExpr:
		f.into(e.Func, base)
		f.call(OpTailCall, base, e.Args, openResults, e.Pos)
	case *syntax.MethodCallExpr:
		f.self(f.value(e.Obj, base), base, e)
		f.call(OpTailCall, base, e.Args, openResults, e.CallPos)
	}
	f.emit(ABC(OpReturn, base, 0, 0), pos)
}
