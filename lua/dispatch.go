package lua

import (
	"errors"

	"github.com/luart/luart/lua/compile"
)

// This file moves control between frames and coroutines: calls, returns, continuations of Go functions, yields,
// resumes and errors. Control is in the frames of the coroutines, and each function below ends with a Lua function on
// top of the current coroutine's frames (run is true), or with the end of the coroutine that Go has called (run is
// false). Go functions that call Go functions, or each other in turn by way of continuations, yields and resumes, go
// round in deliver and step, so that they take no Go stack however often they do.

// call calls the value at stack index fi with the n values behind it. The results go to fi.
func (vm *VM) call(th *Thread, fi, n, nres int32, hw how, aux int32) (run bool, err error) {
	r, entered, err := vm.invoke(th, fi, n, nres, hw, aux)
	switch {
	case entered || err != nil:
		return entered, err
	case r >= 0:
		return vm.deliver(th, fi, int32(r), nres, hw, aux)
	default:
		return vm.perform(th, r, fi, nres, hw, aux)
	}
}

// invoke begins a call: a Lua function is entered, a Go function is run, and r is what it gave.
func (vm *VM) invoke(th *Thread, fi, n, nres int32, hw how, aux int32) (r Results, entered bool, err error) {
	for {
		f := th.stack[fi]
		switch kindOf(f.p) {
		case kClosure:
			return 0, true, vm.enter(th, (*Closure)(f.p), fi, n, nres, hw, aux)
		case kGoFunction:
			if err := th.grow(int(fi+n) + 1 + minGoSlots); err != nil {
				return 0, false, err
			}
			r, err = (*GoFunction)(f.p).fn(Call{th, fi + 1, n, fi})
			return r, false, err
		}
		h := vm.metamethod(&f, evCall)
		if h.Kind() != KindFunction {
			if hw == toLua {
				if fr := th.frame(); fr.cl != nil {
					reg := int(fi - fr.base)
					if i := fr.cl.proto.code[fr.pc-1]; i.Op() == compile.OpTForCall {
						reg = i.A() // the iterator was copied from there
					}
					return 0, false, vm.typeError("call", &f, reg)
				}
			}
			return 0, false, vm.operandError("call", &f, variable{})
		}
		if err := th.grow(int(fi+n) + 2 + minGoSlots); err != nil {
			return 0, false, err
		}
		copy(th.stack[fi+1:fi+n+2], th.stack[fi:fi+n+1])
		th.stack[fi] = h
		n++
	}
}

// enter pushes a frame for a Lua function at stack index fi with n arguments behind it.
func (vm *VM) enter(th *Thread, cl *Closure, fi, n, nres int32, hw how, aux int32) error {
	p := cl.proto
	base := fi + 1
	if p.isVararg {
		base += n
	}
	if int(base+p.maxStack) > len(th.stack) {
		if err := th.grow(int(base + p.maxStack)); err != nil {
			return err
		}
	}
	if p.isVararg {
		// The parameters move above the arguments, so that the extra ones keep their place below the frame.
		for i := range p.numParams {
			if i < n {
				th.stack[base+i] = th.stack[fi+1+i]
				th.stack[fi+1+i] = Value{}
			} else {
				th.stack[base+i] = Value{}
			}
		}
	} else {
		for i := n; i < p.numParams; i++ {
			th.stack[base+i] = Value{}
		}
	}
	var f *frame
	if th.nframes < len(th.frames) {
		f = &th.frames[th.nframes]
		th.nframes++
	} else {
		var err error
		if f, err = th.push(); err != nil {
			return err
		}
	}
	if f.cl != cl {
		f.cl = cl
	}
	f.base, f.pc, f.ret, f.nres, f.aux, f.how, f.tail, f.fresh = base, 0, fi, nres, aux, hw, false, false
	if th.hook != nil {
		f.how |= hooked
		f.fresh = true
	}
	return nil
}

// perform does what a Go function asked for by its results r. The other parameters are those of the call that ran it.
func (vm *VM) perform(th *Thread, r Results, ret, nres int32, hw how, aux int32) (run bool, err error) {
	// The common cases, in which step would go round once.
	switch {
	case r == wantCall && kindOf(th.stack[th.pend.fi].p) == kClosure:
		if err := vm.waitOn(th, r, ret, nres, hw, aux); err != nil {
			return false, err
		}
		fi := th.pend.fi
		if err := vm.enter(th, (*Closure)(th.stack[fi].p), fi, th.pend.n, -1, toGo, 0); err != nil || vm.interrupt.Load()&intSlice == 0 {
			return true, err
		}
		return vm.endLate()
	case r == wantAgain && vm.interrupt.Load() == 0 && kindOf(th.stack[th.pend.fi].p) == kClosure:
		th.again()
		fi := th.pend.fi
		return true, vm.enter(th, (*Closure)(th.stack[fi].p), fi, th.pend.n, -1, toGo, 0)
	case r == wantYield:
		if err := vm.waitOn(th, r, ret, nres, hw, aux); err != nil {
			return false, err
		}
		to, at, err := vm.yield(th, th.pend.fi, th.pend.n)
		if to == nil || err != nil {
			return false, err
		}
		return vm.deliver(to, at, th.pend.n, -1, toGo, 0)
	case r == wantResume && th.pend.co.nframes > 0:
		if err := vm.waitOn(th, r, ret, nres, hw, aux); err != nil {
			return false, err
		}
		co := th.pend.co
		th.pend.co = nil
		at, _, err := vm.resume(th, co, th.pend.fi, th.pend.n)
		if err != nil {
			return false, err
		}
		return vm.deliver(co, at, th.pend.n, -1, toGo, 0)
	}
	d := delivery{th, ret, 0, nres, hw, aux}
	run, more, err := vm.step(r, &d)
	if more {
		return vm.deliver(d.th, d.ret, d.n, d.nres, d.hw, d.aux)
	}
	return run, err
}

// delivery is what deliver gets: n results of a call at ret, and what the call was to do with them.
type delivery struct {
	th           *Thread
	ret, n, nres int32
	hw           how
	aux          int32
}

// step does what a Go function asked for by its results r, and what the Go functions ask for that it calls. d says which
// call ran it. If more is true, d is what has to be delivered next.
func (vm *VM) step(r Results, d *delivery) (run, more bool, err error) {
	for {
		th := d.th
		if r == wantReload {
			d.n = 0
			return false, true, nil
		}
		fi, n := th.pend.fi, th.pend.n
		if r == wantAgain {
			th.again()
			if vm.interrupt.Load() != 0 {
				if err := vm.poll(true); err != nil {
					return false, false, err
				}
			}
		} else if err := vm.waitOn(th, r, d.ret, d.nres, d.hw, d.aux); err != nil {
			return false, false, err
		}
		d.ret, d.nres, d.hw, d.aux = fi, -1, toGo, 0
		switch r {
		case wantYield:
			to, at, err := vm.yield(th, fi, n)
			if to == nil || err != nil {
				return false, false, err
			}
			*d = delivery{to, at, n, -1, toGo, 0}
			return false, true, nil
		case wantResume, wantSlice:
			co := th.pend.co
			if r == wantResume {
				th.pend.co = nil
			} else if co.Status() == Suspended {
				vm.startSlice(co.task)
				if co.status == preempted {
					vm.wake(th, co)
					return true, false, nil
				}
			}
			at, begun, err := vm.resume(th, co, fi, n)
			if err != nil {
				return false, false, err
			}
			if begun {
				*d = delivery{co, at, n, -1, toGo, 0}
				return false, true, nil
			}
			*d = delivery{co, 0, 0, -1, toResumer, 0}
			fi = 0
		}
		var entered bool
		r, entered, err = vm.invoke(d.th, fi, n, d.nres, d.hw, d.aux)
		if err != nil {
			return false, false, err
		}
		if entered {
			run, err := vm.endLate()
			return run, false, err
		}
		if r >= 0 {
			d.n = int32(r)
			return false, true, nil
		}
	}
}

// again puts back the frame of the Go function that deliver has just taken off: its content, and what the function
// remembers, are still there.
func (th *Thread) again() {
	th.nframes++
	th.gos = th.gos[:len(th.gos)+1]
	th.reentry += th.gos[len(th.gos)-1].weight()
}

// waitOn pushes the frame of a Go function that waits for what it asked for.
func (vm *VM) waitOn(th *Thread, r Results, ret, nres int32, hw how, aux int32) error {
	if vm.interrupt.Load()&^intHook != 0 { // a Go function may call for ever, too
		if err := vm.poll(true); err != nil {
			th.dropGo()
			return err
		}
	}
	f, err := th.push()
	if err == nil && r == wantCall && th.reentry >= maxReentry {
		th.nframes--
		err = ErrStackOverflow
	}
	if err != nil {
		th.dropGo()
		return err
	}
	if f.cl != nil {
		f.cl = nil
	}
	f.base, f.ret, f.nres, f.aux, f.how, f.tail = th.pend.fi, ret, nres, aux, hw, false
	return nil
}

// yield suspends the coroutine, whose top frame waits for the resume, and hands n values at fi to its resumer: they are
// to be delivered to the coroutine to, at the stack index at. When Go has resumed it, to is nil.
func (vm *VM) yield(th *Thread, fi, n int32) (to *Thread, at int32, err error) {
	th.status = Suspended
	if to = th.parent; to == nil {
		th.out, th.nout = fi, n
		return nil, 0, nil
	}
	th.parent = nil
	at, err = vm.handOver(th, to, fi, n)
	return to, at, err
}

// handOver makes to the current coroutine, and moves n values at fi of from's stack to where its top frame, which waits
// for them, is to get them delivered.
func (vm *VM) handOver(from, to *Thread, fi, n int32) (at int32, err error) {
	vm.current = to
	to.status = Running
	vm.setHookFlag(to)
	at = to.frame().base
	if err := to.grow(int(at+n) + minGoSlots); err != nil {
		return 0, err
	}
	move(to.stack[at:], from.stack[fi:fi+n])
	return at, nil
}

// resume makes a suspended coroutine run with n values at fi of th's stack. The top frame of th waits. If the coroutine
// has begun before, the values are to be delivered to it, else its function, at stack index 0, is to be called with them.
func (vm *VM) resume(th, co *Thread, fi, n int32) (at int32, begun bool, err error) {
	if co.status != Suspended { // it was checked when the resume was asked for; the values may have been the coroutine's
		return 0, false, errors.New("cannot resume non-suspended coroutine")
	}
	co.parent = th
	th.status = Normal
	if co.nframes > 0 {
		at, err = vm.handOver(th, co, fi, n)
		return at, true, err
	}
	return 0, false, vm.begin(co, th.stack[fi:fi+n])
}

// begin makes a coroutine that has not run yet the current one, with its function and the arguments in place.
func (vm *VM) begin(co *Thread, args []Value) error {
	vm.current = co
	co.status = Running
	vm.setHookFlag(co)
	if err := co.grow(1 + len(args) + minGoSlots); err != nil {
		return err
	}
	copy(co.stack[1:], args)
	return nil
}

// deliver hands n results at ret to whoever waits for them.
func (vm *VM) deliver(th *Thread, ret, n, nres int32, hw how, aux int32) (run bool, err error) {
	for {
		switch hw &^ hooked {
		case toLua:
			if nres < 0 {
				th.top = ret + n
			} else {
				for i := n; i < nres; i++ {
					th.stack[ret+i] = Value{}
				}
			}
			return true, nil
		case toOp:
			var v Value
			if n > 0 {
				v = th.stack[ret]
			}
			return vm.finishOp(th, v, aux)
		case toGo:
			f := th.frame() // its content stays while its place in frames isn't taken
			g := th.popGo()
			if g.k == nil && g.catch == nil {
				move(th.stack[f.ret:], th.stack[ret:ret+n])
				ret, nres, hw, aux = f.ret, f.nres, f.how, f.aux
				continue
			}
			if err := th.grow(int(ret+n) + minGoSlots); err != nil {
				return false, err
			}
			var r Results
			fret, fnres, fhow, faux := f.ret, f.nres, f.how, f.aux
			if g.catch != nil {
				r, err = g.catch(Call{th, ret, n, fret}, nil)
			} else {
				r, err = g.k(Call{th, ret, n, fret})
			}
			if err != nil {
				return false, err
			}
			if r < 0 {
				if (r == wantAgain || r == wantCall) && kindOf(th.stack[th.pend.fi].p) == kClosure {
					return vm.perform(th, r, fret, fnres, fhow, faux) // enters it
				}
				d := delivery{th, fret, 0, fnres, fhow, faux}
				run, more, err := vm.step(r, &d)
				if !more {
					return run, err
				}
				th, ret, n, nres, hw, aux = d.th, d.ret, d.n, d.nres, d.hw, d.aux
				continue
			}
			ret, n, nres, hw, aux = fret, int32(r), fnres, fhow, faux
		case toResumer:
			th.status = Dead
			th.nframes = 0
			parent := th.parent
			if parent == nil {
				th.out, th.nout = ret, n
				return false, nil
			}
			th.parent = nil
			at, err := vm.handOver(th, parent, ret, n)
			th.release()
			if err != nil {
				return false, err
			}
			th, ret, nres, hw, aux = parent, at, -1, toGo, 0
		case toCatcher:
			var v Value
			if n > 0 {
				v = th.stack[ret]
			}
			return vm.catch(th, int(aux), &Error{Value: v})
		case toHook:
			return vm.hookReturned(th, aux)
		}
	}
}

// release drops the stack of a coroutine that has ended.
func (th *Thread) release() {
	th.stack, th.frames, th.gos, th.hook = nil, nil, nil, nil
	th.nframes, th.top = 0, 0
}

// popGo removes the top frame, which is a Go function's, and returns what it remembered.
func (th *Thread) popGo() goState {
	th.nframes--
	return th.dropGo()
}

// dropGo removes what the innermost waiting Go function remembered.
func (th *Thread) dropGo() goState {
	last := len(th.gos) - 1
	g := th.gos[last] // stays there until it is overwritten, or the accounting comes by
	th.gos = th.gos[:last]
	th.reentry -= g.weight()
	return g
}

// throw takes an error to the nearest protected call, through coroutines if need be. It ends like call does.
func (vm *VM) throw(err error) (run bool, _ error) {
	e := vm.toError(err)
	for {
		th := vm.current
		target, handling := th.catcher(e)
		if target >= 0 {
			g := &th.gos[th.goIndex(target)]
			if g.handler.p != nil && handling == 0 {
				return vm.callHandler(th, target, g.handler, e)
			}
			if handling != 0 && !e.limit { // that time ran out in the handler is worth knowing
				e = &Error{Value: String("error in error handling")}
			}
			run, err := vm.catch(th, target, e)
			if err == nil {
				return run, nil
			}
			e = vm.toError(err)
			continue
		}
		th.status = Dead
		th.err = e
		parent := th.parent
		if parent == nil {
			return false, nil
		}
		th.parent = nil
		vm.current = parent
		parent.status = Running
		vm.setHookFlag(parent)
		if e.fatal {
			if th != e.root {
				continue
			}
			e = &Error{Value: e.Value, limit: true} // the resumer gets it as any other
			th.err = e
		}
		run, err := vm.catch(parent, parent.nframes-1, e)
		if err == nil {
			return run, nil
		}
		e = vm.toError(err)
	}
}

// catcher finds the frame that catches an error, -1 if there is none. handling is not zero when the error was raised by
// the message handler of that very frame.
func (th *Thread) catcher(e *Error) (target, handling int) {
	if e.fatal {
		return -1, 0
	}
	gi := len(th.gos)
	for i := th.nframes - 1; i >= 0; i-- {
		f := &th.frames[i]
		if f.how&^hooked == toCatcher {
			return int(f.aux), 1
		}
		if f.how&^hooked == toHook {
			vm := th.vm
			vm.hookFailed(th)
		}
		if f.cl == nil {
			gi--
			if th.gos[gi].catch != nil {
				return i, 0
			}
		}
	}
	return -1, 0
}

// goIndex returns the place in gos of the Go frame number i.
func (th *Thread) goIndex(i int) int {
	n := 0
	for j := range i {
		if th.frames[j].cl == nil {
			n++
		}
	}
	return n
}

// callHandler calls the message handler of xpcall on top of the frames that the error comes from.
func (vm *VM) callHandler(th *Thread, target int, handler Value, e *Error) (run bool, err error) {
	th.unwind = true
	at := th.limit()
	err = th.grow(int(at) + 2 + minGoSlots)
	if err == nil {
		th.stack[at], th.stack[at+1] = handler, e.Value
		run, err = vm.call(th, at, 1, 1, toCatcher, int32(target))
	}
	if err == nil {
		return run, nil
	}
	// A handler written in Go may have ended, and the error come from what was run after it.
	if fatal, ok := err.(*Error); ok && fatal.fatal || !th.unwind || vm.current != th {
		return vm.throw(err)
	}
	run, err = vm.catch(th, target, &Error{Value: String("error in error handling")})
	if err != nil {
		return vm.throw(err)
	}
	return run, nil
}

// catch unwinds to the Go frame number target and lets it continue with the error.
func (vm *VM) catch(th *Thread, target int, e *Error) (run bool, err error) {
	for gi := th.goIndex(target); len(th.gos) > gi+1; {
		th.dropGo()
	}
	th.nframes = target + 1
	th.unwind = false
	f := *th.frame()
	g := th.popGo()
	r, err := g.catch(Call{th, f.base, 0, f.ret}, e)
	if err != nil {
		return false, err
	}
	if r < 0 {
		return vm.perform(th, r, f.ret, f.nres, f.how, f.aux)
	}
	return vm.deliver(th, f.ret, int32(r), f.nres, f.how, f.aux)
}

// finishOp ends the instruction of the top frame that a metamethod was called for.
func (vm *VM) finishOp(th *Thread, v Value, aux int32) (run bool, err error) {
	f := th.frame()
	i := f.cl.proto.code[f.pc-1]
	switch op := i.Op(); op {
	case compile.OpConcat:
		// The pair that ended in register aux+1 is now the value in register aux.
		th.stack[f.base+aux] = v
		return vm.concat(th, f, i, int(aux))
	case compile.OpSetUpField, compile.OpSetTable, compile.OpSetField, compile.OpSetInt:
	case compile.OpEq, compile.OpNe, compile.OpLt, compile.OpNlt, compile.OpLe, compile.OpNle, compile.OpLtK, compile.OpNltK,
		compile.OpLeK, compile.OpNleK, compile.OpGtK, compile.OpNgtK, compile.OpGeK, compile.OpNgeK:
		if v.Truthy() != (aux != 0) != negated(op) {
			return vm.jump(f, i)
		}
	default:
		th.stack[f.base+int32(i.A())] = v
	}
	return true, nil
}

// negated reports whether a comparison jumps when it does not hold.
func negated(op compile.Op) bool {
	switch op {
	case compile.OpNe, compile.OpNeK, compile.OpNlt, compile.OpNle, compile.OpNltK, compile.OpNleK, compile.OpNgtK, compile.OpNgeK:
		return true
	}
	return false
}

// concatOp does OpConcat.
func (vm *VM) concatOp(th *Thread, f *frame) (run bool, err error) {
	i := f.cl.proto.code[f.pc-1]
	return vm.concat(th, f, i, i.C())
}

// concat joins registers B to last of the instruction, from the right, and ends with the result in register A. A
// metamethod's result comes back through finishOp.
func (vm *VM) concat(th *Thread, f *frame, i compile.Instr, last int) (run bool, err error) {
	first := i.B()
	regs := th.stack[f.base:]
	for last > first {
		if !concatenates(&regs[last]) || !concatenates(&regs[last-1]) {
			a, b := regs[last-1], regs[last]
			h := vm.eitherMetamethod(&a, &b, evConcat)
			if h.p == nil {
				bad := last - 1
				if concatenates(&a) {
					bad = last
				}
				return false, vm.typeError("concatenate", &regs[bad], bad)
			}
			return vm.callOp(th, h, a, b, int32(last-1))
		}
		from := last - 1
		for from > first && concatenates(&regs[from-1]) {
			from--
		}
		s, err := vm.join(regs[from : last+1])
		if err != nil {
			return false, err
		}
		regs[from] = Value{p: ptr(s)}
		last = from
	}
	regs[i.A()] = regs[first]
	return true, nil
}

func concatenates(v *Value) bool {
	k := kindOf(v.p)
	return k == kString || k == kNumber
}

// join makes one string of strings and numbers.
func (vm *VM) join(vs []Value) (*luaString, error) {
	total := 0
	digits, lens := vm.digits[:0], vm.lens[:0]
	for i := range vs {
		if v := &vs[i]; isNumber(v) {
			n := len(digits)
			digits = appendNumber(digits, v.num())
			lens = append(lens, uint8(len(digits)-n))
		} else {
			total += int(v.str().n)
		}
	}
	total += len(digits)
	vm.digits, vm.lens = digits, lens
	if total > maxString {
		return nil, errors.New("string length overflow")
	}
	if total <= 1 {
		if total == 0 {
			return emptyString, nil
		}
		if len(digits) == 1 {
			return byteStrings[digits[0]], nil
		}
		for i := range vs {
			if v := &vs[i]; v.str().n == 1 {
				return byteStrings[v.str().text()[0]], nil
			}
		}
	}
	if total >= 1<<16 {
		if err := vm.reserve(total); err != nil {
			return nil, err
		}
	} else {
		vm.charge(total + stringHeader)
	}
	s, out := allocString(total)
	for i := range vs {
		if v := &vs[i]; isNumber(v) {
			n := lens[0]
			copy(out, digits[:n])
			out, digits, lens = out[n:], digits[n:], lens[1:]
		} else {
			out = out[copy(out, v.str().text()):]
		}
	}
	return s, nil
}

// move copies values, mostly few of them: for these a loop costs less than copy, which prepares for the collector.
func move(dst, src []Value) {
	if len(src) > 16 {
		copy(dst, src)
		return
	}
	//lint:ignore S1001 see above
	for i := range src {
		dst[i] = src[i]
	}
}

// callOp calls a metamethod for the instruction that the top frame is at. Its result comes to finishOp.
func (vm *VM) callOp(th *Thread, h, a, b Value, aux int32) (run bool, err error) {
	return vm.callOp3(th, h, a, b, Value{}, 2, aux)
}

func (vm *VM) callOp3(th *Thread, h, a, b, c Value, n, aux int32) (run bool, err error) {
	f := th.frame()
	at := f.base + f.cl.proto.maxStack
	if err := th.grow(int(at) + 4 + minGoSlots); err != nil {
		return false, err
	}
	s := th.stack[at : at+4]
	s[0], s[1], s[2], s[3] = h, a, b, c
	if kindOf(h.p) == kClosure {
		return true, vm.enter(th, (*Closure)(h.p), at, n, 1, toOp, aux)
	}
	return vm.call(th, at, n, 1, toOp, aux)
}
