package lua

import (
	"errors"
	"fmt"
	"strconv"

	"github.com/luart/luart/lua/compile"
	"github.com/luart/luart/lua/syntax"
)

// Error is a Lua error on its way through Go: any value, with the stack at the place where it was raised.
type Error struct {
	Value Value
	// Traceback is filled in when the error leaves the coroutine that Go has called; it begins with
	// "stack traceback:".
	Traceback string
	fatal     bool // not caught by pcall: the VM is being ended, or root if it isn't nil
	limit     bool // time or memory ran out
	root      *Thread
}

// Error returns the message, or a rendering of a value that is not a string.
func (e *Error) Error() string {
	if s, ok := e.Value.ToString(); ok {
		return s
	}
	return fmt.Sprintf("(error object is a %s value)", e.Value.TypeName())
}

// Fatal reports that the error ended the VM's code and could not be caught: the deadline or a limit of run time was ignored, or Cancel called.
func (e *Error) Fatal() bool { return e.fatal }

// Errors that the limits of a VM raise. Their texts are CraftOS's; running code gets them with its position in front.
var (
	//lint:ignore ST1005 CraftOS's text
	ErrTooLong       = errors.New("Too long without yielding")
	ErrMemory        = errors.New("not enough memory")
	ErrStackOverflow = errors.New("stack overflow")
)

// IsLimit reports whether an error comes from a limit of the VM, or ends it, and so must not be taken for a fault of the
// input.
func IsLimit(err error) bool {
	e, ok := err.(*Error)
	return ok && e.fatal || err == ErrTooLong || err == ErrMemory || err == ErrStackOverflow
}

// toError makes the error value that a program sees: an *Error as it is, any other error as its text with the position
// of the nearest Lua function in front.
func (vm *VM) toError(err error) *Error {
	if e, ok := err.(*Error); ok {
		return e
	}
	return &Error{Value: vm.countedString(vm.current.where() + err.Error()), limit: err == ErrTooLong || err == ErrMemory}
}

// where returns "source:line: " of the innermost Lua function of the coroutine, or "".
func (th *Thread) where() string {
	for i := th.nframes - 1; i >= 0; i-- {
		if f := &th.frames[i]; f.cl != nil {
			return f.where()
		}
	}
	return ""
}

func (f *frame) where() string {
	return fmt.Sprintf("%s:%d: ", syntax.ShortSource(f.cl.proto.src.Source), f.line())
}

// line returns the line that a frame of a Lua function is at.
func (f *frame) line() int {
	pc := max(int(f.pc)-1, 0)
	if lines := f.cl.proto.src.Lines; pc < len(lines) {
		return int(lines[pc])
	}
	return 0
}

// ArgError returns the error of a bad argument: "bad argument #i (msg)".
func ArgError(i int, msg string) error { return fmt.Errorf("bad argument #%d (%s)", i, msg) }

// typeError describes a failed operation on the value in register reg of the running function:
// "attempt to index local 'x' (a nil value)".
func (vm *VM) typeError(what string, v *Value, reg int) error {
	fr := vm.current.frame()
	return vm.operandError(what, v, describeRegister(fr.cl.proto.src, int(fr.pc)-1, reg))
}

func (vm *VM) operandError(what string, v *Value, name variable) error {
	if name.kind == "" {
		return fmt.Errorf("attempt to %s a %s value", what, vm.typeName(*v))
	}
	return fmt.Errorf("attempt to %s %s '%s' (a %s value)", what, name.kind, name.name, vm.typeName(*v))
}

// typeName is the name that error messages give a value's type: __name, if its metatable has one.
func (vm *VM) typeName(v Value) string {
	if k := kindOf(v.p); k == kTable || k == kUserdata {
		if s, ok := vm.metamethod(&v, evName).AsString(); ok {
			return s
		}
	}
	return v.TypeName()
}

// TypeName returns the name that error messages give a value's type: the __name of its metatable if there is one.
func (vm *VM) TypeName(v Value) string { return vm.typeName(v) }

// variable is what is known of where a register's value came from.
type variable struct{ kind, name string }

// localName returns the name of the variable that a register holds at an instruction.
func localName(p *compile.Proto, reg, pc int) string {
	name := ""
	for i := range p.LocalVars {
		v := &p.LocalVars[i]
		if int(v.StartPC) > pc {
			break
		}
		if int(v.Reg) == reg && pc < int(v.EndPC) {
			name = v.Name
		}
	}
	return name
}

// describeRegister finds where the value of a register at an instruction came from: the variable that it is, or the
// instruction that loaded it.
func describeRegister(p *compile.Proto, pc, reg int) variable {
	for range 100 { // each round goes back in the code
		if name := localName(p, reg, pc); name != "" {
			return variable{"local", name}
		}
		set := findSetter(p, pc, reg)
		if set < 0 {
			return variable{}
		}
		i := p.Code[set]
		switch i.Op() {
		case compile.OpMove:
			if i.B() >= i.A() {
				return variable{}
			}
			pc, reg = set, i.B()
			continue
		case compile.OpGetCell:
			pc, reg = set, i.B()
			continue
		case compile.OpGetUp, compile.OpGetUpC:
			return variable{"upvalue", p.Upvalues[i.B()].Name}
		case compile.OpGetUpField:
			if p.Upvalues[i.B()].Name != "_ENV" {
				return variable{"field", p.Consts[i.C()].Str}
			}
			return variable{"global", p.Consts[i.C()].Str}
		case compile.OpGetField:
			kind := "field"
			if isEnvironment(p, set, i.B()) {
				kind = "global"
			}
			return variable{kind, p.Consts[i.C()].Str}
		case compile.OpGetTable:
			if s, ok := constantIn(p, set, i.C()); ok {
				return variable{"field", s}
			}
			return variable{"field", "?"}
		case compile.OpGetInt:
			return variable{"field", strconv.Itoa(i.C())}
		case compile.OpSelf:
			if i.A() == reg {
				return variable{"method", p.Consts[i.C()].Str}
			}
		}
		return variable{}
	}
	return variable{}
}

// isEnvironment reports whether the register holds _ENV.
func isEnvironment(p *compile.Proto, pc, reg int) bool {
	if name := localName(p, reg, pc); name != "" {
		return name == "_ENV"
	}
	if set := findSetter(p, pc, reg); set >= 0 {
		switch i := p.Code[set]; i.Op() {
		case compile.OpGetUp, compile.OpGetUpC:
			return p.Upvalues[i.B()].Name == "_ENV"
		case compile.OpMove, compile.OpGetCell:
			return localName(p, i.B(), set) == "_ENV"
		}
	}
	return false
}

// constantIn returns the string constant that was loaded into a register.
func constantIn(p *compile.Proto, pc, reg int) (string, bool) {
	if localName(p, reg, pc) != "" {
		return "", false
	}
	if set := findSetter(p, pc, reg); set >= 0 {
		if i := p.Code[set]; i.Op() == compile.OpLoadK && p.Consts[i.J()].Kind == compile.ConstString {
			return p.Consts[i.J()].Str, true
		}
	}
	return "", false
}

// findSetter returns the last instruction before pc that sets the register on every way there, or -1.
func findSetter(p *compile.Proto, lastpc, reg int) int {
	set, target := -1, 0 // code before target is jumped over on some way
	for pc := range lastpc {
		i := p.Code[pc]
		a := i.A()
		changes := false
		switch op := i.Op(); op {
		case compile.OpLoadNil:
			changes = a <= reg && reg <= a+i.B()
		case compile.OpCall, compile.OpTailCall:
			changes = reg >= a
		case compile.OpTForCall:
			changes = reg >= a+3
		case compile.OpVararg:
			changes = reg >= a && (i.C() == 0 || reg < a+i.C()-1)
		case compile.OpSelf:
			changes = reg == a || reg == a+1
		case compile.OpForPrep, compile.OpForLoop, compile.OpForLoop1:
			changes = reg >= a && reg <= a+3
		case compile.OpFalseSkip:
			changes = reg == a
			target = max(target, pc+2)
		case compile.OpSetCell, compile.OpSetUpC, compile.OpSetUpField, compile.OpSetTable, compile.OpSetField, compile.OpSetInt,
			compile.OpSetList, compile.OpReturn, compile.OpReturn0, compile.OpReturn1, compile.OpTForPrep:
		case compile.OpTForLoop:
			changes = reg == a+2
		default:
			if op >= compile.OpJump && op <= compile.OpNgeK {
				if dest := pc + 1 + i.J(); dest <= lastpc && dest > pc {
					target = max(target, dest)
				}
			} else {
				changes = reg == a
			}
		}
		if changes {
			if pc < target {
				set = -1
			} else {
				set = pc
			}
		}
	}
	return set
}
