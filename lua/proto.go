package lua

import (
	"github.com/luart/luart/lua/compile"
)

// Proto is a compiled function linked into one VM: constants are values, and the instructions are a copy of their
// own, in which the machine remembers hash slots. It has both from its first call on.
type Proto struct {
	code      []compile.Instr
	k         []Value
	protos    []*Proto
	numParams int32
	maxStack  int32
	isVararg  bool
	mark      uint16 // as in header
	src       *compile.Proto
	chunk     *chunk          // what it was loaded as a part of
	trap      []compile.Instr // as long as code, all OpTrap; made when a debug hook first runs the function
}

// chunk is what the functions of a loaded chunk have in common: the compiler's output and the source text that its
// names are parts of, all of which stays as long as any of the functions does.
type chunk struct {
	bytes int64
	mark  uint16 // as in header
}

// treeBytes is about what the compiler's output takes for a function and those inside it.
func treeBytes(p *compile.Proto) int64 {
	n := 256 + 14*len(p.Code) + 40*len(p.Consts) + 32*len(p.LocalVars) + 24*len(p.Upvalues)
	total := int64(n)
	for _, inner := range p.Protos {
		total += treeBytes(inner)
	}
	return total
}

// unlinked is the code of a function that was never called: most functions of a program's libraries never are, and linking
// them would take more memory than all else of a small program. The instruction is OpTrap.
var unlinked = make([]compile.Instr, 1)

// link makes a function of the compiler's output. Its code and constants follow by linkCode.
func (vm *VM) link(src *compile.Proto, of *chunk) *Proto {
	vm.charge(200)
	return &Proto{
		chunk:     of,
		code:      unlinked,
		numParams: int32(src.NumParams),
		maxStack:  int32(src.MaxStack) + 1,
		isVararg:  src.IsVararg,
		src:       src,
	}
}

// linked reports whether the function has its code.
func (p *Proto) linked() bool { return &p.code[0] != &unlinked[0] }

// linkCode gives a function that is called for the first time its code and constants.
func (vm *VM) linkCode(p *Proto) {
	src := p.src
	p.k = make([]Value, len(src.Consts))
	for i := range src.Consts {
		switch c := &src.Consts[i]; c.Kind {
		case compile.ConstFalse:
			p.k[i] = False
		case compile.ConstTrue:
			p.k[i] = True
		case compile.ConstNumber:
			p.k[i] = number(c.Num)
		case compile.ConstString:
			p.k[i] = Value{p: ptr(vm.constant(c.Str))}
		}
	}
	if len(src.Protos) > 0 {
		p.protos = make([]*Proto, len(src.Protos))
	}
	p.code = append(make([]compile.Instr, 0, len(src.Code)), src.Code...)
	vm.charge(len(p.code)*8 + len(p.k)*valueSize)
}

// child returns inner function i, which is linked when it is first needed.
func (vm *VM) child(p *Proto, i int) *Proto {
	c := p.protos[i]
	if c == nil {
		c = vm.link(p.src.Protos[i], p.chunk)
		p.protos[i] = c
	}
	return c
}

// maxConstants bounds the VM's pool of shared constants. Past it the pool starts anew: equal constants of different
// chunks are then different objects, which costs time but is otherwise not seen.
const maxConstants = 1 << 16

// constant returns the VM's one string object for the constant s.
func (vm *VM) constant(s string) *luaString {
	if len(s) <= 1 {
		return newString(s)
	}
	if c, ok := vm.constants[s]; ok {
		return c
	}
	if len(vm.constants) >= maxConstants {
		clear(vm.constants)
	}
	c := newString(s)
	c.hashed()
	c.flags |= stringConstant
	vm.charge(len(s) + stringHeader)
	if len(s) <= 64 {
		vm.constants[c.text()] = c
	}
	return c
}

// Closure is a function written in Lua with its upvalues, whose slots follow in the same allocation. A slot holds a
// cell for a variable that is assigned after its declaration, else the variable's value itself.
type Closure struct {
	header
	nup   uint8
	proto *Proto
}

// Closures of few upvalues are allocated with their slots; the sizes are those of the allocator's classes.
type (
	closure1 struct {
		c Closure
		_ [1]Value
	}
	closure2 struct {
		c Closure
		_ [2]Value
	}
	closure3 struct {
		c Closure
		_ [3]Value
	}
	closure4 struct {
		c Closure
		_ [4]Value
	}
	closure6 struct {
		c Closure
		_ [6]Value
	}
	closure8 struct {
		c Closure
		_ [8]Value
	}
	closure16 struct {
		c Closure
		_ [16]Value
	}
	closure64 struct {
		c Closure
		_ [64]Value
	}
	closure256 struct {
		c Closure
		_ [256]Value
	}
)

func newClosure(p *Proto) *Closure {
	var c *Closure
	n := len(p.src.Upvalues)
	switch {
	case n == 0:
		c = new(Closure)
	case n == 1:
		c = &new(closure1).c
	case n == 2:
		c = &new(closure2).c
	case n == 3:
		c = &new(closure3).c
	case n == 4:
		c = &new(closure4).c
	case n <= 6:
		c = &new(closure6).c
	case n <= 8:
		c = &new(closure8).c
	case n <= 16:
		c = &new(closure16).c
	case n <= 64:
		c = &new(closure64).c
	default:
		c = &new(closure256).c
	}
	c.kind, c.nup, c.proto = kClosure, uint8(n), p
	return c
}

func (c *Closure) bytes() int { return 16 + int(c.nup)*valueSize }
