package lua

import (
	"github.com/luart/luart/lua/compile"
	"github.com/luart/luart/lua/syntax"
)

// Load compiles a chunk to a function whose _ENV is env, or the globals for nil. The chunk name says where the source is
// from: "@/dir/file.lua" for a file, "=name" for a name, else the source itself. The error is a *syntax.Error.
func (vm *VM) Load(source, chunkName string, env *Table) (Value, error) {
	e := vm.globals
	if env != nil {
		e = env
	}
	return vm.LoadEnv(source, chunkName, e.Value())
}

// loadWork is about how many times its size the compiler needs for a source text; what it leaves is counted then.
const loadWork = 16

// LoadEnv is Load with any value as _ENV.
func (vm *VM) LoadEnv(source, chunkName string, env Value) (Value, error) {
	kept := len(source) // the names in the compiler's output are parts of it
	if chunkName != source {
		kept += len(chunkName)
	}
	if vm.compiled != nil {
		if p := vm.compiled(source, chunkName); p != nil {
			return vm.loadProto(p, env, kept), nil
		}
	}
	work := len(source) * loadWork
	if err := vm.reserve(work); err != nil {
		return Value{}, err
	}
	defer func() { vm.allocLeft = min(vm.allocLeft+int64(work), vm.allowance()) }()
	tree, err := syntax.ParseWith(source, chunkName, syntax.Options{Interrupt: func() error {
		if vm.interrupt.Load()&^intHook == 0 {
			return nil
		}
		return vm.poll(false)
	}})
	if err != nil {
		return Value{}, err
	}
	p, err := compile.Compile(tree, chunkName)
	if err != nil {
		return Value{}, err
	}
	return vm.loadProto(p, env, kept), nil
}

// LoadProto makes a function of a compiled chunk. The same chunk may be loaded into many VMs.
func (vm *VM) LoadProto(p *compile.Proto, env Value) Value { return vm.loadProto(p, env, 0) }

// loadProto is LoadProto for a chunk that keeps texts of so many bytes.
func (vm *VM) loadProto(p *compile.Proto, env Value, texts int) Value {
	of := &chunk{bytes: treeBytes(p) + int64(texts)}
	c := newClosure(vm.link(p, of))
	vm.charge(c.bytes() + int(of.bytes))
	if len(p.Upvalues) > 0 {
		if p.Upvalues[0].Cell {
			env = newCell(env)
		}
		*c.upvalue(0) = env
	}
	return Value{p: ptr(c)}
}

// Call calls a function and waits for its results. The function cannot yield. It may be called while Lua code runs
// in the VM, from a Go function; where the callee should be able to yield, use CallThen. The error is an *Error with a
// traceback.
func (vm *VM) Call(f Value, args ...Value) ([]Value, error) {
	th := vm.NewThread(f)
	th.noYield = true
	res, err := th.Resume(args...)
	if err != nil {
		return nil, err
	}
	return res, nil
}

// maxNesting bounds calls from Go into Lua from Go and so on, each of which takes Go stack.
const maxNesting = 200

// Resume runs a suspended coroutine until it yields or ends, and returns what it yielded or returned; Status tells
// which. The error is an *Error with a traceback, after which the coroutine is dead. Resume is for Go code outside of
// Lua calls; Go functions that Lua calls use Call.ResumeArgs.
func (th *Thread) Resume(args ...Value) ([]Value, error) {
	if th.status == preempted {
		return nil, &Error{Value: String(errPreempted.Error())}
	}
	return th.run(nil, args)
}

// run is Resume, for a slice of the task if t isn't nil.
func (th *Thread) run(t *task, args []Value) ([]Value, error) {
	if th.status != Suspended && th.status != preempted {
		return nil, &Error{Value: String("cannot resume " + th.status.String() + " coroutine")}
	}
	vm := th.vm
	caller := vm.current
	if vm.nesting >= maxNesting {
		return nil, &Error{Value: String("stack overflow")}
	}
	vm.nesting++
	if caller != nil {
		caller.status = Normal
		vm.callers = append(vm.callers, caller)
	}
	slice := vm.slice
	if t != nil {
		vm.startSlice(t)
	}
	run := true
	var err error
	switch {
	case th.status == preempted:
		vm.wake(nil, th)
	case th.nframes > 0:
		run, err = vm.resumeFromGo(th, args)
	default:
		if err = vm.begin(th, args); err == nil {
			run, err = vm.call(th, 0, int32(len(args)), -1, toResumer, 0)
		}
	}
	if err != nil {
		run, _ = vm.throw(err)
	}
	if run {
		vm.execute()
	}
	if vm.slice != slice {
		vm.endSlices(slice)
	}
	if vm.late {
		vm.late = false
		vm.interrupt.Or(intSlice)
	}
	vm.nesting--
	vm.current = caller
	if caller != nil {
		vm.callers = vm.callers[:len(vm.callers)-1]
		caller.status = Running
		vm.setHookFlag(caller)
	}
	if th.err != nil {
		e := *th.err
		if e.Traceback == "" {
			e.Traceback = th.Traceback("", 0)
		}
		return nil, &e
	}
	out := make([]Value, th.nout)
	copy(out, th.stack[th.out:th.out+th.nout])
	clear(th.stack[th.out : th.out+th.nout])
	if th.status == Dead {
		th.release()
	}
	th.out, th.nout = 0, 0
	return out, nil
}

func (vm *VM) resumeFromGo(th *Thread, args []Value) (run bool, err error) {
	vm.current = th
	th.status = Running
	vm.setHookFlag(th)
	at := th.frame().base
	if err := th.grow(int(at) + len(args) + minGoSlots); err != nil {
		return false, err
	}
	copy(th.stack[at:], args)
	return vm.deliver(th, at, int32(len(args)), -1, toGo, 0)
}
