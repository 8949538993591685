package compile

import (
	"math"

	"github.com/luart/luart/lua/syntax"
)

// target is the left side of an assignment, compiled as far as it must be before the right side.
type target struct {
	expr syntax.Expr
	pos  syntax.Pos
	// For an IndexExpr. Variables in them are read when the assignment is made.
	obj, key operand
}

// target compiles the left side of an assignment.
func (f *function) target(e syntax.Expr) target {
	t := target{expr: e, pos: e.ExprPos()}
	if i, ok := e.(*syntax.IndexExpr); ok {
		t.obj = f.head(i.Obj, e, anywhere)
		if t.obj.constant() {
			t.obj = inRegister(f.settle(t.obj, anywhere, i.Obj.ExprPos()))
		}
		t.key = f.value(i.Key, anywhere)
	}
	if u, ok := e.(*syntax.UpvalueExpr); ok && u.Local == nil {
		f.envAssigned = true
	}
	return t
}

// assign compiles an assignment statement.
func (f *function) assign(s *syntax.AssignStmt) {
	if len(s.Targets) == 1 && len(s.Exprs) == 1 {
		f.storeValue(f.target(s.Targets[0]), s.Exprs[0])
		return
	}
	targets := make([]target, len(s.Targets))
	for i, e := range s.Targets {
		targets[i] = f.target(e)
		f.protect(targets[:i], e)
	}
	n := len(targets)
	base := f.free
	if len(s.Exprs) == n {
		// The last value needs no register on its way to the last target.
		for _, e := range s.Exprs[:n-1] {
			f.next(e)
		}
		n--
		f.storeValue(targets[n], s.Exprs[n])
	} else {
		f.list(s.Exprs, n, s.Pos)
	}
	for i := n - 1; i >= 0; i-- {
		f.store(targets[i], base+i)
	}
}

// protect keeps earlier targets of an assignment from seeing what is assigned to e, a later one: if e is a variable that
// they index, or index by, they get a copy.
func (f *function) protect(earlier []target, e syntax.Expr) {
	var v operand
	switch e := e.(type) {
	case *syntax.LocalExpr:
		v = f.value(e, anywhere)
	case *syntax.UpvalueExpr:
		v = operand{kind: isUpvalue, reg: e.Index}
	default:
		return
	}
	copied := -1
	for i := range earlier {
		t := &earlier[i]
		if _, ok := t.expr.(*syntax.IndexExpr); !ok {
			continue
		}
		for _, o := range []*operand{&t.obj, &t.key} {
			if o.kind == v.kind && o.reg == v.reg {
				if copied < 0 {
					copied = f.alloc()
					f.load(v, copied, e.ExprPos())
				}
				*o = inRegister(copied)
			}
		}
	}
}

// storeValue compiles e and assigns its value.
func (f *function) storeValue(t target, e syntax.Expr) {
	if l, ok := t.expr.(*syntax.LocalExpr); ok && !inCell(l.Local) {
		f.into(e, f.register(l.Local))
		return
	}
	mark := f.free
	f.store(t, f.somewhere(e))
	f.free = mark
}

// store assigns register r.
func (f *function) store(t target, r int) {
	switch e := t.expr.(type) {
	case *syntax.LocalExpr:
		v := f.register(e.Local)
		if inCell(e.Local) {
			f.emit(ABC(OpSetCell, v, r, 0), t.pos)
		} else {
			f.emit(ABC(OpMove, v, r, 0), t.pos)
		}
	case *syntax.UpvalueExpr:
		f.emit(ABC(OpSetUpC, e.Index, r, 0), t.pos)
	case *syntax.GlobalExpr:
		f.storeGlobal(e, r, t.pos)
	case *syntax.IndexExpr:
		if t.obj.kind == isUpvalue && t.key.kind == isString && !f.upvalueInCell(f.tree.Upvalues[t.obj.reg].Local) {
			if k := f.stringConst(t.key.str); k <= math.MaxUint16 {
				f.emit(ABC(OpSetUpField, r, t.obj.reg, k), t.pos)
				return
			}
		}
		mark := f.free
		obj := f.settle(t.obj, anywhere, t.pos)
		f.set(obj, t.key, r, t.pos)
		f.free = mark
	}
}
