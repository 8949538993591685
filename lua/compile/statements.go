package compile

import "github.com/luart/luart/lua/syntax"

// block compiles a block in a scope of its own.
func (f *function) block(b *syntax.Block) {
	nvars, nactive := len(f.vars), f.nactive
	f.statements(b)
	f.closeScope(nvars, nactive)
}

// statements compiles a block in the current scope.
func (f *function) statements(b *syntax.Block) {
	for _, s := range b.Stmts {
		if f.err != nil {
			return
		}
		f.statement(s)
		f.free = f.nactive
	}
}

func (f *function) statement(s syntax.Stmt) {
	switch s := s.(type) {
	case *syntax.LocalStmt:
		f.local(s)
	case *syntax.LocalFunctionStmt:
		f.localFunction(s)
	case *syntax.FunctionStmt:
		t := f.target(s.Target)
		t.pos = s.Pos // an error in the assignment is one of the line where the function begins
		f.storeValue(t, s.Func)
	case *syntax.AssignStmt:
		f.assign(s)
	case *syntax.CallStmt:
		f.results(s.Call, 0)
	case *syntax.DoStmt:
		f.block(s.Body)
	case *syntax.WhileStmt:
		f.while(s)
	case *syntax.RepeatStmt:
		f.repeat(s)
	case *syntax.IfStmt:
		f.conditional(s)
	case *syntax.NumericForStmt:
		f.numericFor(s)
	case *syntax.GenericForStmt:
		f.genericFor(s)
	case *syntax.ReturnStmt:
		f.returns(s)
	case *syntax.BreakStmt:
		f.leaveLoop(f.jump(ABC(OpJump, 0, 0, 0), s.Pos))
	case *syntax.GotoStmt:
		f.gotos = append(f.gotos, pendingGoto{s.Label, f.jump(ABC(OpJump, 0, 0, 0), s.Pos)})
	case *syntax.LabelStmt:
		f.labels = append(f.labels, labelPlace{s, f.pc()})
	default:
		panic("compile: unknown statement")
	}
}

// local compiles "local a, b = x, y". The registers that the values go to become those of the variables.
func (f *function) local(s *syntax.LocalStmt) {
	r := f.free
	f.list(s.Exprs, len(s.Names), s.Pos)
	if len(s.Names) == 1 {
		f.declare(s.Names[0], r)
		return
	}
	for i, l := range s.Names {
		if inCell(l) {
			f.emit(ABC(OpCell, r+i, 0, 0), l.Pos)
		}
	}
	for i, l := range s.Names {
		f.activate(l, r+i)
	}
}

// localFunction compiles "local function f() end". A function that refers to itself finds itself in the cell, or gets
// itself as an upvalue.
func (f *function) localFunction(s *syntax.LocalFunctionStmt) {
	r := f.alloc()
	if inCell(s.Name) {
		f.emit(ABC(OpLoadNil, r, 0, 0), s.Pos)
		f.declare(s.Name, r)
		t := f.alloc()
		f.closure(s.Func, t, nil)
		f.emit(ABC(OpSetCell, r, t, 0), s.Pos)
	} else {
		f.activate(s.Name, r)
		f.closure(s.Func, r, s.Name)
	}
	f.locals[len(f.locals)-1].StartPC = int32(f.pc())
}

func (f *function) while(s *syntax.WhileStmt) {
	entry := noJump
	if !alwaysTrue(s.Cond) {
		entry = f.jump(ABC(OpJump, 0, 0, 0), s.Pos)
	}
	f.enterLoop()
	body := f.pc()
	f.block(s.Body)
	f.patchHere(entry)
	f.patch(f.condition(s.Cond, true), body)
	f.endLoop()
}

// alwaysTrue reports whether a condition is a constant that counts as true.
func alwaysTrue(e syntax.Expr) bool {
	switch stripParens(e).(type) {
	case *syntax.TrueExpr, *syntax.NumberExpr, *syntax.StringExpr:
		return true
	}
	return false
}

func (f *function) repeat(s *syntax.RepeatStmt) {
	nvars, nactive := len(f.vars), f.nactive
	f.enterLoop()
	body := f.pc()
	f.statements(s.Body)
	f.patch(f.condition(s.Cond, false), body)
	f.closeScope(nvars, nactive)
	f.endLoop()
}

// enterLoop begins a loop that break may leave.
func (f *function) enterLoop() { f.breaks = append(f.breaks, noJump) }

// leaveLoop makes the jumps of a list leave the innermost loop.
func (f *function) leaveLoop(list jumpList) {
	innermost := &f.breaks[len(f.breaks)-1]
	*innermost = f.join(list, *innermost)
}

// endLoop ends the innermost loop; its breaks go to the next instruction.
func (f *function) endLoop() {
	n := len(f.breaks) - 1
	f.patchHere(f.breaks[n])
	f.breaks = f.breaks[:n]
}

// conditional compiles an if statement.
func (f *function) conditional(s *syntax.IfStmt) {
	end := noJump
	for i, c := range s.Clauses {
		if f.err != nil {
			return
		}
		if f.jumpClause(c) {
			continue
		}
		otherwise := f.condition(c.Cond, false)
		f.block(c.Body)
		if i < len(s.Clauses)-1 || s.Else != nil {
			end = f.join(f.jump(ABC(OpJump, 0, 0, 0), c.Body.End), end)
		}
		f.patchHere(otherwise)
	}
	if s.Else != nil {
		f.block(s.Else)
	}
	f.patchHere(end)
}

// jumpClause compiles "if cond then break" and "if cond then goto label" as a conditional jump, if c is one of them.
func (f *function) jumpClause(c syntax.IfClause) bool {
	if len(c.Body.Stmts) != 1 {
		return false
	}
	switch s := c.Body.Stmts[0].(type) {
	case *syntax.BreakStmt:
		f.leaveLoop(f.condition(c.Cond, true))
	case *syntax.GotoStmt:
		f.gotos = append(f.gotos, pendingGoto{s.Label, f.condition(c.Cond, true)})
	default:
		return false
	}
	return true
}

func (f *function) numericFor(s *syntax.NumericForStmt) {
	nvars, nactive := len(f.vars), f.nactive
	base := f.next(s.Start)
	f.next(s.Limit)
	loop := OpForLoop1
	if s.Step != nil {
		r := f.alloc()
		step := f.value(s.Step, r)
		f.load(step, r, s.Step.ExprPos())
		if step.kind != isNumber || step.num != 1 {
			loop = OpForLoop
		}
	} else {
		f.load(operand{kind: isNumber, num: 1}, f.alloc(), s.Pos)
	}
	f.hide("(for index)", base)
	f.hide("(for limit)", base+1)
	f.hide("(for step)", base+2)
	f.enterLoop()
	prep := f.jump(ABC(OpForPrep, base, 0, 0), s.Pos)
	body := f.pc()
	f.loopBody([]*syntax.Local{s.Var}, s.Body)
	f.patch(f.jump(ABC(loop, base, 0, 0), s.Pos), body)
	f.patchHere(prep)
	f.closeScope(nvars, nactive)
	f.endLoop()
}

// iteratorCall is how many registers a generic for needs above its hidden ones, to call the iterator.
const iteratorCall = 3

func (f *function) genericFor(s *syntax.GenericForStmt) {
	nvars, nactive := len(f.vars), f.nactive
	base := f.free
	pos := s.Pos
	if len(s.Exprs) > 0 {
		pos = begin(s.Exprs[0])
	}
	f.list(s.Exprs, 3, pos)
	f.hide("(for generator)", base)
	f.hide("(for state)", base+1)
	f.hide("(for control)", base+2)
	f.need(iteratorCall)
	f.enterLoop()
	prep := f.jump(ABC(OpTForPrep, base, 0, 0), s.Pos)
	body := f.pc()
	f.loopBody(s.Vars, s.Body)
	f.patchHere(prep)
	f.patch(f.jump(ABC(OpTForCall, base, len(s.Vars), 0), pos), body)
	f.patch(f.jump(ABC(OpTForLoop, base, 0, 0), pos), body)
	f.closeScope(nvars, nactive)
	f.endLoop()
}

// loopBody compiles the body of a for loop, whose variables are in the next free registers.
func (f *function) loopBody(vars []*syntax.Local, body *syntax.Block) {
	nvars, nactive := len(f.vars), f.nactive
	r := f.allocN(len(vars))
	for i, l := range vars {
		if inCell(l) {
			f.emit(ABC(OpCell, r+i, 0, 0), l.Pos)
		}
	}
	for i, l := range vars {
		f.activate(l, r+i)
	}
	f.block(body)
	f.closeScope(nvars, nactive)
}

// begin returns the place where an expression begins.
func begin(e syntax.Expr) syntax.Pos {
	for {
		switch n := e.(type) {
		case *syntax.IndexExpr:
			e = n.Obj
		case *syntax.CallExpr:
			e = n.Func
		case *syntax.MethodCallExpr:
			e = n.Obj
		case *syntax.BinaryExpr:
			e = n.Left
		default:
			return e.ExprPos()
		}
	}
}

func (f *function) returns(s *syntax.ReturnStmt) {
	switch len(s.Exprs) {
	case 0:
		f.emit(ABC(OpReturn0, 0, 0, 0), s.Pos)
		return
	case 1:
		switch e := s.Exprs[0].(type) {
		case *syntax.CallExpr, *syntax.MethodCallExpr:
			f.tailCall(e, s.Pos)
			return
		case *syntax.VarargExpr:
		default:
			f.emit(ABC(OpReturn1, f.somewhere(e), 0, 0), s.Pos)
			return
		}
	}
	base := f.free
	b := 0
	if !f.open(s.Exprs) {
		b = f.free - base + 1
	}
	f.emit(ABC(OpReturn, base, b, 0), s.Pos)
}
