package compile

import (
	"math"

	"github.com/luart/luart/lua/syntax"
)

// operand is the value of an expression that has been compiled as far as it must be for now. What is left of it, to
// load a constant or to read a variable out of its cell, is done when an instruction needs it in a register.
type operand struct {
	kind operandKind
	reg  int // the register, or the upvalue's index
	num  float64
	str  string
}

type operandKind uint8

const (
	isRegister operandKind = iota // a temporary or a local variable
	isCell                        // the variable in the cell in a register
	isUpvalue                     // an upvalue; only for what is indexed
	isNil
	isFalse
	isTrue
	isNumber
	isString
)

func inRegister(r int) operand { return operand{kind: isRegister, reg: r} }

// constant reports whether o is a constant.
func (o *operand) constant() bool { return o.kind >= isNil }

// anywhere as a destination means the next free register, which stays taken.
const anywhere = -1

// value compiles e. If that takes code the result is put into register dst; a constant or local variable is returned as
// what it is. No temporary but dst stays taken. When dst is a temporary its old content is dead, and intermediate
// results may go there; when dst is a local variable's register, only the result does.
func (f *function) value(e syntax.Expr, dst int) operand {
	for {
		p, ok := e.(*syntax.ParenExpr)
		if !ok {
			break
		}
		e = p.Inner
	}
	switch e := e.(type) {
	case *syntax.NilExpr:
		return operand{kind: isNil}
	case *syntax.FalseExpr:
		return operand{kind: isFalse}
	case *syntax.TrueExpr:
		return operand{kind: isTrue}
	case *syntax.NumberExpr:
		return operand{kind: isNumber, num: e.Value}
	case *syntax.StringExpr:
		return operand{kind: isString, str: e.Value}
	case *syntax.LocalExpr:
		o := inRegister(f.register(e.Local))
		if inCell(e.Local) {
			o.kind = isCell
		}
		return o
	case *syntax.UpvalueExpr:
		dst = f.destination(dst)
		f.loadUpvalue(dst, e.Index, f.upvalueInCell(e.Local), e.Pos)
	case *syntax.GlobalExpr:
		dst = f.destination(dst)
		f.loadGlobal(e, dst)
	case *syntax.IndexExpr, *syntax.CallExpr, *syntax.MethodCallExpr:
		return f.suffixed(e, dst, oneResult)
	case *syntax.BinaryExpr:
		switch e.Op {
		case syntax.OpAnd, syntax.OpOr:
			return f.logical(e, dst)
		case syntax.OpConcat:
			return f.concat(e, dst)
		}
		return f.binary(e, dst)
	case *syntax.UnaryExpr:
		return f.unary(e, dst)
	case *syntax.VarargExpr:
		dst = f.destination(dst)
		f.emit(ABC(OpVararg, dst, 0, 2), e.Pos)
	case *syntax.FunctionExpr:
		dst = f.destination(dst)
		f.closure(e, dst, nil)
	case *syntax.TableExpr:
		return f.table(e, dst)
	default:
		panic("compile: unknown expression")
	}
	return inRegister(dst)
}

// destination returns dst, or a new register for anywhere.
func (f *function) destination(dst int) int {
	if dst == anywhere {
		return f.alloc()
	}
	return dst
}

// into compiles e and puts its value into register dst.
func (f *function) into(e syntax.Expr, dst int) {
	f.load(f.value(e, dst), dst, e.ExprPos())
}

// next compiles e and puts its value into the next free register, which it takes.
func (f *function) next(e syntax.Expr) int {
	r := f.alloc()
	f.into(e, r)
	return r
}

// somewhere compiles e and returns a register that holds its value: that of a local variable, or a new one.
func (f *function) somewhere(e syntax.Expr) int {
	return f.settle(f.value(e, anywhere), anywhere, e.ExprPos())
}

// settle returns a register that holds o: the one it is in, or else dst, which may be anywhere.
func (f *function) settle(o operand, dst int, pos syntax.Pos) int {
	if o.kind == isRegister {
		return o.reg
	}
	dst = f.destination(dst)
	f.load(o, dst, pos)
	return dst
}

// load puts o into register dst.
func (f *function) load(o operand, dst int, pos syntax.Pos) {
	switch o.kind {
	case isRegister:
		if o.reg != dst {
			f.emit(ABC(OpMove, dst, o.reg, 0), pos)
		}
	case isCell:
		f.emit(ABC(OpGetCell, dst, o.reg, 0), pos)
	case isUpvalue:
		f.loadUpvalue(dst, o.reg, f.upvalueInCell(f.tree.Upvalues[o.reg].Local), pos)
	case isNil:
		f.emit(ABC(OpLoadNil, dst, 0, 0), pos)
	case isFalse:
		f.emit(ABC(OpLoadFalse, dst, 0, 0), pos)
	case isTrue:
		f.emit(ABC(OpLoadTrue, dst, 0, 0), pos)
	case isNumber:
		f.emit(ABJ(OpLoadK, dst, 0, f.numberConst(o.num)), pos)
	case isString:
		f.emit(ABJ(OpLoadK, dst, 0, f.stringConst(o.str)), pos)
	}
}

// loadUpvalue puts the variable of an upvalue into register dst.
func (f *function) loadUpvalue(dst, index int, cell bool, pos syntax.Pos) {
	op := OpGetUp
	if cell {
		op = OpGetUpC
	}
	f.emit(ABC(op, dst, index, 0), pos)
}

// loadGlobal puts the value of a global variable into register dst.
func (f *function) loadGlobal(e *syntax.GlobalExpr, dst int) {
	if u, ok := e.Env.(*syntax.UpvalueExpr); ok && !f.upvalueInCell(u.Local) {
		if k := f.stringConst(e.Name); k <= math.MaxUint16 {
			f.emit(ABC(OpGetUpField, dst, u.Index, k), e.Pos)
			return
		}
	}
	free := f.free
	env := f.environment(e)
	f.get(dst, env, operand{kind: isString, str: e.Name}, e.Pos)
	f.free = free
}

// environment returns a register that holds the environment of a global variable. The place of e.Env is not used: one
// node may stand for _ENV in many places.
func (f *function) environment(e *syntax.GlobalExpr) int {
	if u, ok := e.Env.(*syntax.UpvalueExpr); ok {
		return f.settle(operand{kind: isUpvalue, reg: u.Index}, anywhere, e.Pos)
	}
	return f.settle(f.value(e.Env, anywhere), anywhere, e.Pos)
}

// storeGlobal assigns register r to a global variable.
func (f *function) storeGlobal(e *syntax.GlobalExpr, r int, pos syntax.Pos) {
	if u, ok := e.Env.(*syntax.UpvalueExpr); ok && !f.upvalueInCell(u.Local) {
		if k := f.stringConst(e.Name); k <= math.MaxUint16 {
			f.emit(ABC(OpSetUpField, r, u.Index, k), pos)
			return
		}
	}
	free := f.free
	env := f.environment(e)
	f.set(env, operand{kind: isString, str: e.Name}, r, pos)
	f.free = free
}

// smallInt returns the operand of OpGetInt and OpSetInt for a key.
func smallInt(key operand) (int, bool) {
	if key.kind != isNumber || !(key.num >= 0 && key.num <= math.MaxUint16) {
		return 0, false
	}
	i := int(key.num)
	return i, float64(i) == key.num
}

// get puts field key of the value in register obj into register dst.
func (f *function) get(dst, obj int, key operand, pos syntax.Pos) {
	if key.kind == isString {
		if k := f.stringConst(key.str); k <= math.MaxUint16 {
			f.emit(ABC(OpGetField, dst, obj, k), pos)
			return
		}
	}
	if i, ok := smallInt(key); ok {
		f.emit(ABC(OpGetInt, dst, obj, i), pos)
		return
	}
	free := f.free
	f.emit(ABC(OpGetTable, dst, obj, f.settle(key, anywhere, pos)), pos)
	f.free = free
}

// set assigns register r to field key of the value in register obj.
func (f *function) set(obj int, key operand, r int, pos syntax.Pos) {
	if key.kind == isString {
		if k := f.stringConst(key.str); k <= math.MaxUint16 {
			f.emit(ABC(OpSetField, obj, k, r), pos)
			return
		}
	}
	if i, ok := smallInt(key); ok {
		f.emit(ABC(OpSetInt, obj, i, r), pos)
		return
	}
	free := f.free
	f.emit(ABC(OpSetTable, obj, f.settle(key, anywhere, pos), r), pos)
	f.free = free
}

// closure puts a new closure into register dst; self is as for compiler.function.
func (f *function) closure(e *syntax.FunctionExpr, dst int, self *syntax.Local) {
	f.protos = append(f.protos, f.compiler.function(f, e.Func, self))
	f.emit(ABJ(OpClosure, dst, 0, len(f.protos)-1), e.Pos)
}

// multiple reports whether e may have any number of values.
func multiple(e syntax.Expr) bool {
	switch e.(type) {
	case *syntax.CallExpr, *syntax.MethodCallExpr, *syntax.VarargExpr:
		return true
	}
	return false
}

// openResults as a count means all there are.
const openResults = -1

// results compiles e, for which multiple holds, and puts n results, or all for openResults, into the next free registers.
// It takes none of them.
func (f *function) results(e syntax.Expr, n int) {
	if v, ok := e.(*syntax.VarargExpr); ok {
		f.need(max(n, 1))
		if n != 0 {
			f.emit(ABC(OpVararg, f.free, 0, n+1), v.Pos)
		}
		return
	}
	free := f.free
	f.suffixed(e, anywhere, n)
	f.free = free
	f.need(max(n, 0))
}

// list compiles a list of expressions and puts want values into the next free registers, which it takes. Further
// expressions are evaluated, and missing values are nil.
func (f *function) list(exprs []syntax.Expr, want int, pos syntax.Pos) {
	for i, e := range exprs {
		switch {
		case i == len(exprs)-1 && multiple(e):
			n := max(want-i, 0)
			f.results(e, n)
			f.allocN(n)
			return
		case i < want:
			f.next(e)
		default:
			free := f.free
			f.next(e)
			f.free = free
		}
	}
	if missing := want - len(exprs); missing > 0 {
		f.emit(ABC(OpLoadNil, f.allocN(missing), missing-1, 0), pos)
	}
}

// open compiles a list of expressions into the next free registers, which it takes. It reports whether the last one
// was compiled for all its results, which lie above and set the top of the stack.
func (f *function) open(exprs []syntax.Expr) bool {
	for i, e := range exprs {
		if i == len(exprs)-1 && multiple(e) {
			f.results(e, openResults)
			return true
		}
		f.next(e)
	}
	return false
}

// fieldsPerFlush is how many array elements of a constructor are stored at a time.
const fieldsPerFlush = 50

// table compiles a table constructor.
func (f *function) table(e *syntax.TableExpr, dst int) operand {
	t := dst
	if dst == anywhere || !f.onTop(dst) && len(e.Fields) > 0 {
		t = f.alloc()
	}
	free := f.free
	made := f.emit(ABC(OpNewTable, t, 0, 0), e.Pos)
	var stored, pending, keyed int
	for i, field := range e.Fields {
		switch {
		case field.Key != nil:
			keyed++
			mark := f.free
			key := f.value(field.Key, anywhere)
			r := f.somewhere(field.Value)
			f.set(t, key, r, field.Key.ExprPos())
			f.free = mark
		case i == len(e.Fields)-1 && multiple(field.Value):
			f.results(field.Value, openResults)
			f.emit(ABJ(OpSetList, t, MultiList, stored), e.End)
			stored += pending
			pending = 0
		default:
			f.next(field.Value)
			pending++
		}
		if pending == fieldsPerFlush {
			f.emit(ABJ(OpSetList, t, pending, stored), field.Value.ExprPos())
			stored += pending
			pending = 0
			f.free = free
		}
	}
	if pending > 0 {
		f.emit(ABJ(OpSetList, t, pending, stored), e.End)
		stored += pending
	}
	f.code[made] = ABC(OpNewTable, t, min(stored, math.MaxUint16), min(keyed, math.MaxUint16))
	f.free = free
	if dst != anywhere && t != dst {
		f.emit(ABC(OpMove, dst, t, 0), e.Pos)
		f.free--
		t = dst
	}
	return inRegister(t)
}
