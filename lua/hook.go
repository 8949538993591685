package lua

import (
	"github.com/luart/luart/lua/compile"
)

// hook is a debug hook of one coroutine. While it is set, the coroutine's functions run from arrays in which each
// instruction is OpTrap, which looks for events and then does the real instruction: without hooks nothing is slower.
type hook struct {
	fn          Value
	mask        HookMask
	count, left int
	line        int   // last line seen
	pc, frame   int32 // last instruction seen, and the number of its frame
	skip        bool  // the events of the next instruction have been handled
	queue       []hookEvent
}

type hookEvent struct {
	name string
	line int
}

// HookMask says which events a debug hook gets.
type HookMask uint8

// The events of a debug hook.
const (
	HookCall HookMask = 1 << iota
	HookReturn
	HookLine
)

// SetHook makes fn the coroutine's debug hook: it is called with "call", "tail call", "return", "line" and a line number, or,
// if count > 0, "count" after each count instructions. A nil fn, or no event, removes the hook. Go functions cause no
// events.
func (th *Thread) SetHook(fn Value, mask HookMask, count int) {
	if fn.p == nil || mask == 0 && count <= 0 {
		th.hook = nil
		for i := range th.nframes {
			th.frames[i].how &^= hooked
		}
	} else {
		h := &hook{fn: fn, mask: mask, count: count, left: count, frame: -1}
		if old := th.hook; old != nil && th.inHook { // the hook sets itself anew: the line has been seen
			h.line, h.pc, h.frame = old.line, old.pc, old.frame
		}
		th.hook = h
		for i := range th.nframes {
			th.frames[i].how |= hooked
		}
	}
	if th.vm.current == th {
		th.vm.setHookFlag(th)
	}
}

// Hook returns what SetHook has set.
func (th *Thread) Hook() (fn Value, mask HookMask, count int) {
	if h := th.hook; h != nil {
		return h.fn, h.mask, h.count
	}
	return Value{}, 0, 0
}

// Reload ends a Go function, without results, that has changed the hook of the running coroutine.
func (c Call) Reload() (Results, error) { return wantReload, nil }

// setHookFlag makes calls take the slow way, which sees hooks, exactly while the current coroutine has one.
func (vm *VM) setHookFlag(th *Thread) {
	if on := th.hook != nil; on != vm.hooking {
		vm.hooking = on
		if on {
			vm.interrupt.Or(intHook)
		} else {
			vm.clear(intHook)
		}
	}
}

// codeOf returns the address of the instructions that the coroutine runs for a function.
func (vm *VM) codeOf(th *Thread, p *Proto) ptr {
	if th.hook == nil || th.inHook {
		return instructions(p.code)
	}
	if !p.linked() {
		vm.linkCode(p)
	}
	if p.trap == nil {
		p.trap = make([]compile.Instr, len(p.code))
	}
	return instructions(p.trap)
}

// trace looks for the events of the instruction before fr.pc. It returns true if there are none, else it has called the
// hook, after which the instruction comes again.
func (vm *VM) trace(th *Thread, fr *frame) (step bool, err error) {
	h := th.hook
	if h == nil || th.inHook {
		return true, nil
	}
	if h.skip {
		h.skip = false
		return true, nil
	}
	pc := fr.pc - 1
	if fr.fresh {
		fr.fresh = false
		if h.mask&HookCall != 0 {
			name := "call"
			if fr.tail {
				name = "tail call"
			}
			h.queue = append(h.queue, hookEvent{name: name, line: -1})
		}
	}
	if h.count > 0 {
		if h.left--; h.left <= 0 {
			h.left = h.count
			h.queue = append(h.queue, hookEvent{name: "count", line: -1})
		}
	}
	if h.mask&HookLine != 0 {
		line := int(fr.cl.proto.src.Lines[pc])
		if h.frame != int32(th.nframes) || line != h.line || pc <= h.pc {
			h.queue = append(h.queue, hookEvent{name: "line", line: line})
		}
		h.line = line
	}
	h.pc, h.frame = pc, int32(th.nframes)
	if h.mask&HookReturn != 0 {
		switch fr.cl.proto.code[pc].Op() {
		case compile.OpReturn, compile.OpReturn0, compile.OpReturn1:
			h.queue = append(h.queue, hookEvent{name: "return", line: -1})
		}
	}
	if len(h.queue) == 0 {
		return true, nil
	}
	fr.pc = pc + 1 // where the hook function sees its caller
	return false, vm.callHook(th)
}

// callHook calls the hook function for the first event of the queue. It runs until it returns to hookReturned.
func (vm *VM) callHook(th *Thread) error {
	h := th.hook
	e := h.queue[0]
	h.queue = h.queue[1:]
	at := max(th.limit(), th.top)
	if err := th.grow(int(at) + 3 + minGoSlots); err != nil {
		h.queue = nil
		return err
	}
	line := Value{}
	if e.line >= 0 {
		line = number(float64(e.line))
	}
	th.stack[at], th.stack[at+1], th.stack[at+2] = h.fn, String(e.name), line
	th.inHook = true
	_, err := vm.call(th, at, 2, 0, toHook, th.top)
	if err != nil { // a function written in Go has failed, and left no frame
		vm.hookFailed(th)
	}
	return err
}

// hookReturned goes on with the next event, or with the instruction. top is the end of the open values that the
// instruction may use.
func (vm *VM) hookReturned(th *Thread, top int32) (run bool, err error) {
	th.top = top
	th.inHook = false
	if h := th.hook; h != nil {
		if len(h.queue) > 0 {
			return true, vm.callHook(th)
		}
		h.skip = true
	}
	th.frame().pc--
	return true, nil
}

// hookFailed ends the hook function after an error in it.
func (vm *VM) hookFailed(th *Thread) {
	th.inHook = false
	if h := th.hook; h != nil {
		h.queue = nil
	}
}
