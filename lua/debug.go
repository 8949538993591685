package lua

import (
	"fmt"
	"strings"

	"github.com/luart/luart/lua/compile"
	"github.com/luart/luart/lua/syntax"
)

// Activation is a function call in progress, as debug.getinfo sees it. It is valid while the call is.
type Activation struct {
	th *Thread
	// frame is the number of its frame; a Go function that waits for nothing has none, and then native is its value.
	frame  int
	native Value
	below  int // frame that called it, -1 if none
}

// Where returns "source:line: " for the function at a level of the running coroutine: level 1 is the caller of this Go
// function. It is empty for functions written in Go.
func (c Call) Where(level int) string {
	if i := c.th.nframes - level; i >= 0 && level > 0 {
		if f := &c.th.frames[i]; f.cl != nil {
			return f.where()
		}
	}
	return ""
}

// Activation returns the call at a level of the running coroutine: 0 is this Go function itself, 1 its caller.
func (c Call) Activation(level int) (Activation, bool) {
	if level == 0 {
		return Activation{th: c.th, frame: -1, native: c.th.stack[c.ret], below: c.th.nframes - 1}, true
	}
	return c.th.activation(level-1, int(c.ret))
}

// Activation returns the call at a level of a coroutine that does not run: 0 is the innermost.
func (th *Thread) Activation(level int) (Activation, bool) { return th.activation(level, -1) }

func (th *Thread) activation(level, self int) (a Activation, ok bool) {
	if level < 0 {
		return
	}
	th.walkCalls(self, func(x Activation) bool {
		if level == 0 {
			a, ok = x, true
		}
		level--
		return level >= 0
	})
	return
}

// walkCalls visits the calls in progress from the innermost on. A Go function without a frame counts where an error was
// raised in it: below the message handler that is looking, or at the top when it isn't the one whose results go to the
// stack index self.
func (th *Thread) walkCalls(self int, visit func(Activation) bool) {
	nativeMayBe := self >= 0 || th.err != nil
	for i := th.nframes - 1; i >= 0; i-- {
		if nativeMayBe {
			if fi := th.frames[i].callee(); fi >= 0 && fi != self {
				if f := th.stack[fi]; kindOf(f.p) == kGoFunction && !visit(Activation{th: th, frame: -1, native: f, below: i}) {
					return
				}
			}
		}
		if !visit(Activation{th: th, frame: i, below: i - 1}) {
			return
		}
		nativeMayBe = th.frames[i].how&^hooked == toCatcher
	}
}

// callee returns the stack index of the function that the frame's current instruction calls, or -1.
func (f *frame) callee() int {
	if f.cl == nil || f.pc == 0 {
		return -1
	}
	switch i := f.cl.proto.code[f.pc-1]; i.Op() {
	case compile.OpCall, compile.OpTailCall:
		return int(f.base) + i.A()
	case compile.OpTForCall:
		return int(f.base) + i.A() + 3
	}
	return -1
}

// Function returns the function that was called.
func (a Activation) Function() Value {
	if a.frame < 0 {
		return a.native
	}
	f := &a.th.frames[a.frame]
	if f.cl != nil {
		return Value{p: ptr(f.cl)}
	}
	if v := a.th.stack[f.ret]; v.Kind() == KindFunction {
		return v
	}
	return Value{}
}

// Line returns the line that the call is at, -1 for a function written in Go.
func (a Activation) Line() int {
	if f := a.lua(); f != nil {
		return f.line()
	}
	return -1
}

// Column returns the column that the call is at, counted from 1 in bytes; -1 for a function written in Go.
func (a Activation) Column() int {
	f := a.lua()
	if f == nil {
		return -1
	}
	if pc := max(int(f.pc)-1, 0); pc < len(f.cl.proto.src.Cols) {
		return int(f.cl.proto.src.Cols[pc])
	}
	return -1
}

func (a Activation) lua() *frame {
	if a.frame >= 0 && a.th.frames[a.frame].cl != nil {
		return &a.th.frames[a.frame]
	}
	return nil
}

// TailCalled reports whether the function replaced its caller by a tail call.
func (a Activation) TailCalled() bool { return a.frame >= 0 && a.th.frames[a.frame].tail }

// Name returns how the caller named the function, and the kind of that name: "global", "local", "method", "field",
// "upvalue", "metamethod", "hook", or "" when it isn't known.
func (a Activation) Name() (name, kind string) {
	if a.TailCalled() || a.below < 0 {
		return "", ""
	}
	if a.frame >= 0 {
		switch a.th.frames[a.frame].how &^ hooked {
		case toHook:
			return "?", "hook"
		case toOp, toLua:
		default:
			return "", ""
		}
	}
	f := &a.th.frames[a.below]
	if f.cl == nil || f.pc == 0 {
		return "", ""
	}
	i := f.cl.proto.code[f.pc-1]
	if a.frame >= 0 && a.th.frames[a.frame].how&^hooked == toOp {
		return eventNames[opEvent(i.Op())], "metamethod"
	}
	switch i.Op() {
	case compile.OpCall, compile.OpTailCall:
		v := describeRegister(f.cl.proto.src, int(f.pc)-1, i.A())
		return v.name, v.kind
	}
	return "", ""
}

// opEvent returns the metamethod event of an instruction.
func opEvent(op compile.Op) event {
	switch {
	case op >= compile.OpAdd && op <= compile.OpPow:
		return arithEvents[op-compile.OpAdd]
	case op >= compile.OpAddK && op <= compile.OpPowK:
		return arithEvents[op-compile.OpAddK]
	}
	switch op {
	case compile.OpUnm:
		return evUnm
	case compile.OpLen:
		return evLen
	case compile.OpConcat:
		return evConcat
	case compile.OpEq, compile.OpNe:
		return evEq
	case compile.OpLt, compile.OpNlt, compile.OpLtK, compile.OpNltK, compile.OpGtK, compile.OpNgtK:
		return evLt
	case compile.OpLe, compile.OpNle, compile.OpLeK, compile.OpNleK, compile.OpGeK, compile.OpNgeK:
		return evLe
	case compile.OpSetUpField, compile.OpSetTable, compile.OpSetField, compile.OpSetInt:
		return evNewIndex
	}
	return evIndex
}

// localVars returns the variables that are in scope, in the order of their declaration.
func (a Activation) localVars() []compile.LocalVar {
	f := a.lua()
	if f == nil {
		return nil
	}
	var vs []compile.LocalVar
	pc := max(int(f.pc)-1, 0)
	for _, v := range f.cl.proto.src.LocalVars {
		if int(v.StartPC) <= pc && pc < int(v.EndPC) {
			vs = append(vs, v)
		}
	}
	return vs
}

// Local returns the name and value of local variable n, counted from 1.
func (a Activation) Local(n int) (name string, v Value, ok bool) {
	vs := a.localVars()
	if n < 1 || n > len(vs) {
		return "", Value{}, false
	}
	f := a.lua()
	v = deref(a.th.stack[f.base+int32(vs[n-1].Reg)])
	if v.p == ptr(&positionTag) {
		v = Value{}
	}
	return vs[n-1].Name, v, true
}

// SetLocal assigns local variable n and returns its name. A closure that has captured a variable which the program
// never assigns keeps its own copy. The hidden variables of loops, whose names begin with "(", stay as they are: the
// machine relies on what it finds there.
func (a Activation) SetLocal(n int, v Value) (name string, ok bool) {
	vs := a.localVars()
	if n < 1 || n > len(vs) {
		return "", false
	}
	slot := &a.th.stack[a.lua().base+int32(vs[n-1].Reg)]
	if strings.HasPrefix(vs[n-1].Name, "(") {
		return vs[n-1].Name, true
	}
	if kindOf(slot.p) == kCell {
		(*cell)(slot.p).v = v
	} else {
		*slot = v
	}
	return vs[n-1].Name, true
}

// FunctionInfo describes a function.
type FunctionInfo struct {
	Source, ShortSource   string
	What                  string // "Lua", "main" or "C"
	LineDefined, LastLine int    // -1 for functions written in Go
	Upvalues, Params      int
	Vararg                bool
}

// DescribeFunction returns what is known of a function.
func DescribeFunction(v Value) FunctionInfo {
	if kindOf(v.p) != kClosure {
		return FunctionInfo{Source: "=[C]", ShortSource: "[C]", What: "C", LineDefined: -1, LastLine: -1, Vararg: true}
	}
	p := (*Closure)(v.p).proto.src
	what := "Lua"
	if p.LineDefined == 0 {
		what = "main"
	}
	return FunctionInfo{Source: p.Source, ShortSource: syntax.ShortSource(p.Source), What: what, LineDefined: int(p.LineDefined),
		LastLine: int(p.LastLine), Upvalues: len(p.Upvalues), Params: int(p.NumParams), Vararg: p.IsVararg}
}

// ActiveLines returns the lines of a function that have code, nil for one written in Go.
func ActiveLines(v Value) []int {
	if kindOf(v.p) != kClosure {
		return nil
	}
	lines := []int{}
	seen := map[int32]bool{}
	for _, l := range (*Closure)(v.p).proto.src.Lines {
		if !seen[l] {
			seen[l] = true
			lines = append(lines, int(l))
		}
	}
	return lines
}

// ParamName returns the name of parameter n of a Lua function, counted from 1, or "".
func ParamName(v Value, n int) string {
	if kindOf(v.p) != kClosure {
		return ""
	}
	p := (*Closure)(v.p).proto.src
	if n < 1 || n > int(p.NumParams) {
		return ""
	}
	// The first variable of its register. One that is captured begins a little later than the function, in a cell.
	for i := range p.LocalVars {
		if v := &p.LocalVars[i]; int(v.Reg) == n-1 {
			return v.Name
		}
	}
	return ""
}

// Upvalue returns the name and value of upvalue n of a Lua function, counted from 1.
func Upvalue(v Value, n int) (name string, val Value, ok bool) {
	c, ok := closureWith(v, n)
	if !ok {
		return "", Value{}, false
	}
	return c.proto.src.Upvalues[n-1].Name, deref(*c.upvalue(uint64(n - 1))), true
}

func closureWith(v Value, n int) (*Closure, bool) {
	if kindOf(v.p) != kClosure {
		return nil, false
	}
	c := (*Closure)(v.p)
	return c, n >= 1 && n <= int(c.nup)
}

// SetUpvalue assigns upvalue n of a Lua function. Functions that share a variable see the change only if the program
// itself assigns to it somewhere; a variable that never changes is copied into each closure.
func SetUpvalue(v Value, n int, val Value) (name string, ok bool) {
	c, ok := closureWith(v, n)
	if !ok {
		return "", false
	}
	if slot := c.upvalue(uint64(n - 1)); kindOf(slot.p) == kCell {
		(*cell)(slot.p).v = val
	} else {
		*slot = val
	}
	return c.proto.src.Upvalues[n-1].Name, true
}

// UpvalueID returns what identifies the variable behind upvalue n: equal for closures that share it.
func UpvalueID(v Value, n int) (any, bool) {
	c, ok := closureWith(v, n)
	if !ok {
		return nil, false
	}
	slot := *c.upvalue(uint64(n - 1))
	if kindOf(slot.p) == kCell {
		return uintptr(slot.p), true
	}
	// A copy has no identity of its own; what can be told is the variable's name and value.
	return [3]any{c.proto.src.Upvalues[n-1].Name, uintptr(slot.p), slot.n}, true
}

// JoinUpvalues makes upvalue n1 of f1 refer to the variable behind upvalue n2 of f2. A Go function that does this ends
// with Reload, since its caller may be one of the two.
func (vm *VM) JoinUpvalues(f1 Value, n1 int, f2 Value, n2 int) bool {
	c1, ok1 := closureWith(f1, n1)
	c2, ok2 := closureWith(f2, n2)
	if !ok1 || !ok2 {
		return false
	}
	vm.shareUpvalue(c2, n2-1)
	vm.shareUpvalue(c1, n1-1)
	*c1.upvalue(uint64(n1 - 1)) = *c2.upvalue(uint64(n2 - 1))
	return true
}

// shareUpvalue gives a closure a cell for an upvalue that it holds by value, and code of its own that expects one.
func (vm *VM) shareUpvalue(c *Closure, n int) {
	slot := c.upvalue(uint64(n))
	if kindOf(slot.p) == kCell {
		return
	}
	*slot = newCell(*slot)
	src := *c.proto.src
	src.Code = append([]compile.Instr(nil), src.Code...)
	src.Upvalues = append([]compile.Upvalue(nil), src.Upvalues...)
	src.Upvalues[n].Cell = true
	shareIn(&src, n)
	of := &chunk{bytes: c.proto.chunk.bytes + treeBytes(&src)} // what is not copied counts twice, too
	vm.charge(int(treeBytes(&src)))
	c.proto = vm.link(&src, of)
	vm.linkCode(c.proto) // the function may be running
}

// shareIn changes the accesses to upvalue n, in a copy of a function and in its inner functions, to those of a cell.
func shareIn(p *compile.Proto, n int) *compile.Proto {
	for pc, i := range p.Code {
		if i.Op() == compile.OpGetUp && i.B() == n { // accesses to its fields look into a cell where there is one
			p.Code[pc] = compile.ABC(compile.OpGetUpC, i.A(), n, 0)
		}
	}
	p.Protos = append([]*compile.Proto(nil), p.Protos...)
	for j, inner := range p.Protos {
		for k := range inner.Upvalues {
			if u := inner.Upvalues[k]; !u.FromParent && !u.Self && int(u.Index) == n {
				q := *inner
				q.Code = append([]compile.Instr(nil), q.Code...)
				q.Upvalues = append([]compile.Upvalue(nil), q.Upvalues...)
				q.Upvalues[k].Cell = true
				p.Protos[j] = shareIn(&q, k)
			}
		}
	}
	return p
}

// Environment returns the table that is _ENV in a Lua function. ok is false for a function without _ENV or written in Go.
func Environment(f Value) (env Value, ok bool) {
	if c, i := envSlot(f); c != nil {
		return deref(*c.upvalue(uint64(i))), true
	}
	return Value{}, false
}

// SetEnvironment gives a Lua function an _ENV of its own; other functions keep theirs. It reports whether the function has
// an _ENV at all.
func SetEnvironment(f, env Value) bool {
	c, i := envSlot(f)
	if c == nil {
		return false
	}
	if slot := c.upvalue(uint64(i)); kindOf(slot.p) == kCell {
		*slot = newCell(env)
	} else {
		*slot = env
	}
	return true
}

func envSlot(f Value) (*Closure, int) {
	if kindOf(f.p) != kClosure {
		return nil, 0
	}
	c := (*Closure)(f.p)
	for i := range c.proto.src.Upvalues {
		if c.proto.src.Upvalues[i].Name == "_ENV" {
			return c, i
		}
	}
	return nil, 0
}

// Levels that a traceback shows before and after the ones that it leaves out.
const (
	tracebackFirst = 10
	tracebackLast  = 11
)

// Traceback describes the calls in progress of a coroutine from a level on, as debug.traceback does. A message that is
// not empty goes before it.
func (th *Thread) Traceback(message string, level int) string {
	return th.traceback(message, level, -1, nil)
}

// Traceback is Thread.Traceback for the running coroutine, with levels as for Activation.
func (c Call) Traceback(message string, level int) string {
	var calls []Activation
	if a, ok := c.Activation(0); ok && level <= 0 {
		calls = append(calls, a)
	}
	return c.th.traceback(message, level-1, int(c.ret), calls)
}

func (th *Thread) traceback(message string, level, self int, calls []Activation) string {
	th.walkCalls(self, func(a Activation) bool {
		calls = append(calls, a)
		return true
	})
	calls = calls[min(max(level, 0), len(calls)):]
	var b strings.Builder
	if message != "" {
		b.WriteString(message)
		b.WriteByte('\n')
	}
	b.WriteString("stack traceback:")
	for i := 0; i < len(calls); i++ {
		if i == tracebackFirst && len(calls)-i > tracebackLast {
			b.WriteString("\n\t...")
			i = len(calls) - tracebackLast
		}
		b.WriteString("\n\t")
		b.WriteString(calls[i].describe())
	}
	return b.String()
}

func (a Activation) describe() string {
	info := DescribeFunction(a.Function())
	s := info.ShortSource + ":"
	if line := a.Line(); line > 0 {
		s += fmt.Sprintf("%d:", line)
	}
	s += " in "
	name, kind := a.Name()
	switch {
	case kind == "global":
		s += fmt.Sprintf("function '%s'", name)
	case kind != "":
		s += fmt.Sprintf("%s '%s'", kind, name)
	case info.What == "main":
		s += "main chunk"
	case info.What == "C":
		s += "?"
		if f := a.Function(); kindOf(f.p) == kGoFunction && (*GoFunction)(f.p).name != "" {
			s = s[:len(s)-1] + fmt.Sprintf("function '%s'", (*GoFunction)(f.p).name)
		}
	default:
		s += fmt.Sprintf("function <%s:%d>", info.ShortSource, info.LineDefined)
	}
	if a.TailCalled() {
		s += "\n\t(...tail calls...)"
	}
	return s
}
