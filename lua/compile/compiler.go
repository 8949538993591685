package compile

import (
	"math"

	"github.com/luart/luart/lua/syntax"
)

// maxRegisters is how many registers a function may use, as in PUC Lua 5.2.
const maxRegisters = 250

// Compile compiles the main chunk fn. The source is the chunk name as it was given to syntax.Parse; it goes into the
// Proto and, shortened, into the error, which is a *syntax.Error. The only error is a function that needs more than
// 250 registers.
func Compile(fn *syntax.Function, source string) (*Proto, error) {
	c := compiler{source: source}
	p := c.function(nil, fn, nil)
	if c.envAssigned && c.err == nil {
		// A program that assigns to _ENV itself is rare. It is found out on the way, and only then is the variable
		// kept in a cell; the code so far took it for a constant.
		c = compiler{source: source, envCell: true}
		p = c.function(nil, fn, nil)
	}
	if c.err != nil {
		return nil, c.err
	}
	return p, nil
}

// compiler is the state of one call of Compile.
type compiler struct {
	source      string
	envCell     bool // the main chunk's _ENV is in a cell
	envAssigned bool // an assignment to the main chunk's _ENV was met
	err         error

	idle []*function // finished ones, kept for their buffers

	// Stacks for walks along the spine of a tree, shared by all functions; each user takes off what it put on.
	exprs    []syntax.Expr
	binaries []*syntax.BinaryExpr
}

// function is the state of compiling one function.
type function struct {
	*compiler
	parent *function
	tree   *syntax.Function

	code   []Instr
	lines  []int32
	cols   []uint16
	consts []Const
	protos []*Proto

	strings map[string]int // index of string constants
	numbers map[uint64]int // index of number constants, by their bits
	simple  [3]int         // index plus one of nil, false and true

	vars    []activeVar // variables in scope
	locals  []LocalVar  // all variables so far
	nactive int         // registers of variables in scope
	free    int         // the lowest register that is free
	most    int         // the highest value of free so far

	breaks []jumpList // one for each loop around
	gotos  []pendingGoto
	labels []labelPlace
}

// activeVar is a variable in scope.
type activeVar struct {
	local *syntax.Local // nil for a hidden variable of a for loop
	reg   int
	debug int // index in locals
}

// begin returns a function state for tree.
func (c *compiler) begin(parent *function, tree *syntax.Function) *function {
	n := len(c.idle)
	if n == 0 {
		return &function{
			compiler: c, parent: parent, tree: tree,
			strings: make(map[string]int), numbers: make(map[uint64]int),
		}
	}
	f := c.idle[n-1]
	c.idle = c.idle[:n-1]
	f.parent, f.tree = parent, tree
	return f
}

// end gives the buffers of f back.
func (c *compiler) end(f *function) {
	clear(f.strings)
	clear(f.numbers)
	clear(f.consts) // lets go of the strings
	clear(f.protos)
	clear(f.vars)
	clear(f.gotos)
	clear(f.labels)
	*f = function{
		compiler: c,
		code:     f.code[:0], lines: f.lines[:0], cols: f.cols[:0], consts: f.consts[:0], protos: f.protos[:0],
		strings: f.strings, numbers: f.numbers,
		vars: f.vars[:0], locals: f.locals[:0], breaks: f.breaks[:0], gotos: f.gotos[:0], labels: f.labels[:0],
	}
	c.idle = append(c.idle, f)
}

// function compiles tree, a function inside parent, or the main chunk when parent is nil. When tree is the function of
// a "local function" statement and refers to itself by value, self is the variable it is in; otherwise self is nil.
func (c *compiler) function(parent *function, tree *syntax.Function, self *syntax.Local) *Proto {
	f := c.begin(parent, tree)
	for _, l := range tree.Params {
		f.activate(l, f.alloc())
	}
	for _, v := range f.vars {
		if inCell(v.local) {
			f.emit(ABC(OpCell, v.reg, 0, 0), v.local.Pos)
		}
	}
	for i := range f.locals {
		f.locals[i].StartPC = int32(f.pc())
	}
	f.statements(tree.Body)
	end := tree.Body.End
	if tree.LastLine > 0 {
		end.Line = tree.LastLine
	}
	f.emit(ABC(OpReturn0, 0, 0, 0), end)
	f.closeScope(0, 0)
	if f.err == nil {
		f.resolveGotos()
		f.threadJumps()
	}

	p := &Proto{
		Code:        append([]Instr(nil), f.code...),
		Lines:       append([]int32(nil), f.lines...),
		Cols:        append([]uint16(nil), f.cols...),
		Consts:      append([]Const(nil), f.consts...),
		Protos:      append([]*Proto(nil), f.protos...),
		LocalVars:   append([]LocalVar(nil), f.locals...),
		NumParams:   uint8(len(tree.Params)),
		IsVararg:    tree.IsVararg,
		MaxStack:    uint8(max(f.most, 2)),
		Source:      c.source,
		LineDefined: tree.Pos.Line,
		LastLine:    tree.LastLine,
	}
	if n := len(tree.Upvalues); n > 0 {
		p.Upvalues = make([]Upvalue, n)
	}
	for i, u := range tree.Upvalues {
		v := Upvalue{Name: u.Name, FromParent: u.FromParent, Index: uint8(u.Index), Cell: f.upvalueInCell(u.Local)}
		if u.FromParent && parent != nil {
			v.Index = uint8(parent.register(u.Local))
			v.Self = u.Local == self
		}
		p.Upvalues[i] = v
	}
	c.end(f)
	return p
}

// inCell reports whether a variable lives in a cell.
func inCell(l *syntax.Local) bool { return l.Captured && l.Assigned }

// upvalueInCell is inCell for the variable of an upvalue, which is nil for the main chunk's _ENV.
func (c *compiler) upvalueInCell(l *syntax.Local) bool {
	if l == nil {
		return c.envCell
	}
	return inCell(l)
}

// fail remembers the first error, at the instruction that was emitted last. Compiling stops at the next statement.
func (f *function) fail(message string) {
	if f.err != nil {
		return
	}
	pos := f.tree.Pos
	if n := len(f.lines); n > 0 {
		pos = syntax.Pos{Line: f.lines[n-1], Col: int32(f.cols[n-1])}
	}
	pos.Line = max(pos.Line, 1)
	f.err = &syntax.Error{ChunkName: f.source, Pos: pos, Msg: message}
}

// Code.

// emit appends an instruction and returns its place.
func (f *function) emit(i Instr, pos syntax.Pos) int {
	f.code = append(f.code, i)
	f.lines = append(f.lines, pos.Line)
	f.cols = append(f.cols, uint16(min(max(pos.Col, 0), math.MaxUint16)))
	return len(f.code) - 1
}

// pc is the place of the next instruction.
func (f *function) pc() int { return len(f.code) }

// Registers.

// alloc takes the next free register.
func (f *function) alloc() int { return f.allocN(1) }

// allocN takes n consecutive registers and returns the first.
func (f *function) allocN(n int) int {
	r := f.free
	f.need(n)
	f.free += n
	return r
}

// need makes sure that n registers above the ones in use exist.
func (f *function) need(n int) {
	if top := f.free + n; top > f.most {
		if top > maxRegisters {
			f.fail("function or expression too complex")
			return
		}
		f.most = top
	}
}

// temporary reports whether register r belongs to no variable, so that intermediate results may be put into it.
func (f *function) temporary(r int) bool { return r >= f.nactive }

// onTop reports whether r is the highest register in use, and a temporary: a call may be built there.
func (f *function) onTop(r int) bool { return r >= f.nactive && r == f.free-1 }

// Variables.

// activate brings a variable in register r into scope.
func (f *function) activate(l *syntax.Local, r int) {
	f.vars = append(f.vars, activeVar{local: l, reg: r, debug: len(f.locals)})
	f.locals = append(f.locals, LocalVar{Name: l.Name, StartPC: int32(f.pc()), Reg: uint8(r), Cell: inCell(l)})
	f.nactive = r + 1
}

// hide brings a hidden variable of a for loop into scope.
func (f *function) hide(name string, r int) {
	f.vars = append(f.vars, activeVar{reg: r, debug: len(f.locals)})
	f.locals = append(f.locals, LocalVar{Name: name, StartPC: int32(f.pc()), Reg: uint8(r)})
	f.nactive = r + 1
}

// declare makes the cell of a variable whose initial value is in register r, if it needs one, and brings it into scope.
func (f *function) declare(l *syntax.Local, r int) {
	if inCell(l) {
		f.emit(ABC(OpCell, r, 0, 0), l.Pos)
	}
	f.activate(l, r)
}

// register returns the register of a local variable in scope.
func (f *function) register(l *syntax.Local) int {
	for i := len(f.vars) - 1; i >= 0; i-- {
		if f.vars[i].local == l {
			return f.vars[i].reg
		}
	}
	panic("compile: local variable " + l.Name + " is not in scope")
}

// closeScope takes the variables from number nvars on out of scope and leaves nactive registers in use.
func (f *function) closeScope(nvars, nactive int) {
	for _, v := range f.vars[nvars:] {
		f.locals[v.debug].EndPC = int32(f.pc())
	}
	f.vars = f.vars[:nvars]
	f.nactive = nactive
	f.free = nactive
}

// Constants.

// stringConst returns the index of a string constant.
func (f *function) stringConst(s string) int {
	i, ok := f.strings[s]
	if !ok {
		i = len(f.consts)
		f.strings[s] = i
		f.consts = append(f.consts, Const{Kind: ConstString, Str: s})
	}
	return i
}

// numberConst returns the index of a number constant.
func (f *function) numberConst(v float64) int {
	bits := math.Float64bits(v)
	i, ok := f.numbers[bits]
	if !ok {
		i = len(f.consts)
		f.numbers[bits] = i
		f.consts = append(f.consts, Const{Kind: ConstNumber, Num: v})
	}
	return i
}

// simpleConst returns the index of the constant nil, false or true.
func (f *function) simpleConst(kind ConstKind) int {
	if f.simple[kind] == 0 {
		f.consts = append(f.consts, Const{Kind: kind})
		f.simple[kind] = len(f.consts)
	}
	return f.simple[kind] - 1
}
