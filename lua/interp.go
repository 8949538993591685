package lua

import (
	"fmt"

	"github.com/luart/luart/lua/compile"
)

// execute runs the top Lua function of the current coroutine, and all that it calls, until the coroutine that Go has
// called yields, returns or fails.
//
// This is the hot loop (BenchmarkInterp and conformance/bench guard it). Its rules:
//   - R, K and code are addresses of the frame's registers, constants and instructions. Whatever may push a frame, grow
//     the stack or switch coroutines ends in "goto reload".
//   - fr.pc is written before anything that can fail, call or look at the stack.
//   - Slow cases are in functions of their own, so that they take no registers of the loop.
//   - vm.interrupt is looked at on calls and on backward jumps.
func (vm *VM) execute() {
	var (
		th   *Thread
		fr   *frame
		cl   *Closure
		code ptr
		K    ptr
		R    ptr
		pc   uint64
		i    uint64
		run  bool
		err  error
		// Operands of the shared ends below.
		fi, nargs int32
	)

reload:
	th = vm.current
	fr = &th.frames[th.nframes-1]
	cl = fr.cl
	if code = instructions(cl.proto.code); th.hook != nil {
		code = vm.codeOf(th, cl.proto)
	}
	K = slots(cl.proto.k)
	R = ptr(&th.stack[fr.base])
	pc = uint64(fr.pc)

frame:
	// fr, cl, code, K and R change only on the ways that lead here, and nothing else of the loop is used after a function
	// call: pc is read again from the frame, at next, and i from the function (code may be the traps of a debug
	// hook). So the loop stores no register anew in each round.
	i = fetch(code, pc)
	pc++
	for ; ; i, pc = fetch(code, pc), pc+1 {
	redo:
		a := i >> 8 & 0xff
		switch compile.Op(i) {
		case compile.OpMove:
			*at(R, a) = *at(R, i>>16&0xffff)

		case compile.OpLoadK:
			*at(R, a) = *at(K, i>>32)

		case compile.OpLoadNil:
			for n := i >> 16 & 0xffff; ; n-- {
				*at(R, a+n) = Value{}
				if n == 0 {
					break
				}
			}

		case compile.OpLoadTrue:
			*at(R, a) = Value{p: ptr(&trueTag)}

		case compile.OpLoadFalse:
			*at(R, a) = Value{p: ptr(&falseTag)}

		case compile.OpFalseSkip:
			*at(R, a) = Value{p: ptr(&falseTag)}
			pc++

		case compile.OpCell:
			fr.pc = int32(pc)
			vm.charge(24)
			newCellIn(at(R, a))
			goto next

		case compile.OpGetCell:
			*at(R, a) = (*cell)(at(R, i>>16&0xffff).p).v

		case compile.OpSetCell:
			(*cell)(at(R, a).p).v = *at(R, i>>16&0xffff)

		case compile.OpGetUp:
			*at(R, a) = *cl.upvalue(i >> 16 & 0xffff)

		case compile.OpGetUpC:
			*at(R, a) = (*cell)(cl.upvalue(i >> 16 & 0xffff).p).v

		case compile.OpSetUpC:
			c := &(*cell)(cl.upvalue(a).p).v
			v := at(R, i>>16&0xffff)
			c.n = v.n
			if c.p != v.p {
				c.p = v.p
			}

		case compile.OpGetUpField:
			if e := cl.upvalue(i >> 16 & 0xffff); kindOf(e.p) == kTable {
				t := e.table()
				if slot := uint32(i >> 48); slot <= t.mask {
					if n := t.node(slot); n.key.p == at(K, i>>32&0xffff).p && n.val.p != nil {
						*at(R, a) = n.val
						continue
					}
				}
			}
			fr.pc = int32(pc)
			if vm.getField(fr, cl.upvalue(i>>16&0xffff), R) {
				goto next
			}
			goto index

		case compile.OpGetField:
			if b := at(R, i>>16&0xffff); kindOf(b.p) == kTable {
				t := b.table()
				if slot := uint32(i >> 48); slot <= t.mask {
					if n := t.node(slot); n.key.p == at(K, i>>32&0xffff).p && n.val.p != nil {
						*at(R, a) = n.val
						continue
					}
				}
			}
			fr.pc = int32(pc)
			if vm.getField(fr, at(R, i>>16&0xffff), R) {
				goto next
			}
			goto index

		case compile.OpGetTable:
			b, c := at(R, i>>16&0xffff), at(R, i>>32&0xffff)
			if isNumber(c) && kindOf(b.p) == kTable {
				t := b.table()
				f := c.num()
				if n := int64(f); uint64(n-1) < uint64(t.alen) && float64(n) == f {
					if v := t.elem(uint32(n - 1)); v.p != nil || t.meta == nil {
						*at(R, a) = *v
						continue
					}
				}
			}
			fr.pc = int32(pc)
			if getTable(b, c, at(R, a)) {
				goto next
			}
			goto index

		case compile.OpGetInt:
			b := at(R, i>>16&0xffff)
			n := i >> 32 & 0xffff
			if kindOf(b.p) == kTable {
				t := b.table()
				if n-1 < uint64(t.alen) {
					if v := t.elem(uint32(n - 1)); v.p != nil || t.meta == nil {
						*at(R, a) = *v
						continue
					}
				}
			}
			fr.pc = int32(pc)
			if getInt(b, int64(n), at(R, a)) {
				goto next
			}
			goto index

		case compile.OpSetUpField:
			if e := cl.upvalue(i >> 16 & 0xffff); kindOf(e.p) == kTable {
				t := e.table()
				if slot := uint32(i >> 48); slot <= t.mask {
					if n := t.node(slot); n.key.p == at(K, i>>32&0xffff).p && n.val.p != nil {
						n.val = *at(R, a)
						continue
					}
				}
			}
			fr.pc = int32(pc)
			if vm.setField(fr, cl.upvalue(i>>16&0xffff), at(K, i>>32&0xffff), at(R, a)) {
				goto next
			}
			goto setIndex

		case compile.OpSetField:
			if b := at(R, a); kindOf(b.p) == kTable {
				t := b.table()
				if slot := uint32(i >> 48); slot <= t.mask {
					if n := t.node(slot); n.key.p == at(K, i>>16&0xffff).p && n.val.p != nil {
						v := at(R, i>>32&0xffff)
						n.val.n = v.n
						if n.val.p != v.p {
							n.val.p = v.p
						}
						continue
					}
				}
			}
			fr.pc = int32(pc)
			if vm.setField(fr, at(R, a), at(K, i>>16&0xffff), at(R, i>>32&0xffff)) {
				goto next
			}
			goto setIndex

		case compile.OpSetTable:
			t, c, v := at(R, a), at(R, i>>16&0xffff), at(R, i>>32&0xffff)
			if isNumber(c) && kindOf(t.p) == kTable {
				t := t.table()
				f := c.num()
				if n := int64(f); float64(n) == f && v.p != nil {
					if uint64(n-1) < uint64(t.alen) {
						if e := t.elem(uint32(n - 1)); e.p != nil || t.meta == nil {
							e.n = v.n
							if e.p != v.p {
								e.p = v.p
							}
							continue
						}
					} else if uint64(n-1) == uint64(t.alen) && t.alen < t.acap && t.meta == nil && !t.ints {
						*t.elem(t.alen) = *v
						t.alen++
						continue
					}
				}
			}
			fr.pc = int32(pc)
			if vm.setTable(t, c, v) {
				goto next
			}
			goto setIndex

		case compile.OpSetInt:
			b := at(R, a)
			n := i >> 16 & 0xffff
			v := at(R, i>>32&0xffff)
			if kindOf(b.p) == kTable {
				t := b.table()
				if n-1 < uint64(t.alen) && v.p != nil {
					if e := t.elem(uint32(n - 1)); e.p != nil || t.meta == nil {
						*e = *v
						continue
					}
				}
			}
			fr.pc = int32(pc)
			goto setIndex

		case compile.OpNewTable:
			fr.pc = int32(pc)
			vm.newTableIn(at(R, a), int(i>>16&0xffff), int(i>>32&0xffff))
			goto next

		case compile.OpSetList:
			fr.pc = int32(pc)
			if err = vm.setListOp(th, fr); err != nil {
				goto fail
			}
			goto next

		case compile.OpSelf:
			fr.pc = int32(pc)
			if vm.self(fr, R) {
				goto next
			}
			if run, err = vm.selfOp(th, fr); err != nil {
				goto fail
			}
			goto ran

		case compile.OpAdd:
			b, c := at(R, i>>16&0xffff), at(R, i>>32&0xffff)
			if isNumber(b) && isNumber(c) {
				at(R, a).setNumber(b.num() + c.num())
				continue
			}
			goto arith

		case compile.OpSub:
			b, c := at(R, i>>16&0xffff), at(R, i>>32&0xffff)
			if isNumber(b) && isNumber(c) {
				at(R, a).setNumber(b.num() - c.num())
				continue
			}
			goto arith

		case compile.OpMul:
			b, c := at(R, i>>16&0xffff), at(R, i>>32&0xffff)
			if isNumber(b) && isNumber(c) {
				at(R, a).setNumber(b.num() * c.num())
				continue
			}
			goto arith

		case compile.OpDiv:
			b, c := at(R, i>>16&0xffff), at(R, i>>32&0xffff)
			if isNumber(b) && isNumber(c) {
				at(R, a).setNumber(b.num() / c.num())
				continue
			}
			goto arith

		case compile.OpMod:
			b, c := at(R, i>>16&0xffff), at(R, i>>32&0xffff)
			if isNumber(b) && isNumber(c) {
				x, y := b.num(), c.num()
				if m, n := int64(x), int64(y); float64(m) == x && float64(n) == y && n > 0 && uint64(m|n)>>32 == 0 {
					at(R, a).setNumber(float64(uint32(m) % uint32(n)))
					continue
				}
				fr.pc = int32(pc)
				setModulo(at(R, a), x, y)
				goto next
			}
			goto arith

		case compile.OpPow:
			b, c := at(R, i>>16&0xffff), at(R, i>>32&0xffff)
			if isNumber(b) && isNumber(c) {
				fr.pc = int32(pc)
				setPower(at(R, a), b.num(), c.num())
				goto next
			}
			goto arith

		case compile.OpAddK:
			if b := at(R, i>>16&0xffff); isNumber(b) {
				at(R, a).setNumber(b.num() + at(K, i>>32&0xffff).num())
				continue
			}
			goto arith

		case compile.OpSubK:
			if b := at(R, i>>16&0xffff); isNumber(b) {
				at(R, a).setNumber(b.num() - at(K, i>>32&0xffff).num())
				continue
			}
			goto arith

		case compile.OpMulK:
			if b := at(R, i>>16&0xffff); isNumber(b) {
				at(R, a).setNumber(b.num() * at(K, i>>32&0xffff).num())
				continue
			}
			goto arith

		case compile.OpDivK:
			if b := at(R, i>>16&0xffff); isNumber(b) {
				at(R, a).setNumber(b.num() / at(K, i>>32&0xffff).num())
				continue
			}
			goto arith

		case compile.OpModK:
			if b := at(R, i>>16&0xffff); isNumber(b) {
				x, y := b.num(), at(K, i>>32&0xffff).num()
				if m, n := int64(x), int64(y); float64(m) == x && float64(n) == y && n > 0 && uint64(m|n)>>32 == 0 {
					at(R, a).setNumber(float64(uint32(m) % uint32(n)))
					continue
				}
				fr.pc = int32(pc)
				setModulo(at(R, a), x, y)
				goto next
			}
			goto arith

		case compile.OpPowK:
			if b := at(R, i>>16&0xffff); isNumber(b) {
				x, y := b.num(), at(K, i>>32&0xffff).num()
				if y == 2 {
					at(R, a).setNumber(x * x)
					continue
				}
				fr.pc = int32(pc)
				setPower(at(R, a), x, y)
				goto next
			}
			goto arith

		case compile.OpUnm:
			if b := at(R, i>>16&0xffff); isNumber(b) {
				at(R, a).setNumber(-b.num())
				continue
			}
			goto arith

		case compile.OpNot:
			*at(R, a) = boolean(isFalsy(at(R, i>>16&0xffff)))

		case compile.OpLen:
			b := at(R, i>>16&0xffff)
			if kindOf(b.p) == kTable {
				if t := b.table(); t.meta == nil {
					at(R, a).setNumber(float64(t.alen))
					continue
				}
			} else if kindOf(b.p) == kString {
				at(R, a).setNumber(float64(b.str().n))
				continue
			}
			fr.pc = int32(pc)
			if run, err = vm.lenOp(th, fr, compile.Instr(i)); err != nil {
				goto fail
			}
			goto ran

		case compile.OpConcat:
			fr.pc = int32(pc)
			if b := i >> 16 & 0xffff; i>>32&0xffff == b+1 {
				var ok bool
				if ok, err = vm.concatTwo(at(R, b), at(R, a)); err != nil {
					goto fail
				}
				if ok {
					goto next
				}
			}
			if run, err = vm.concatOp(th, fr); err != nil {
				goto fail
			}
			goto ran

		case compile.OpJump:
			pc += uint64(int64(i) >> 32)
			if int64(i) < 0 && vm.interrupt.Load() != 0 {
				goto interrupted
			}

		case compile.OpJumpTrue:
			if !isFalsy(at(R, a)) {
				pc += uint64(int64(i) >> 32)
				if int64(i) < 0 && vm.interrupt.Load() != 0 {
					goto interrupted
				}
			}

		case compile.OpJumpFalse:
			if isFalsy(at(R, a)) {
				pc += uint64(int64(i) >> 32)
				if int64(i) < 0 && vm.interrupt.Load() != 0 {
					goto interrupted
				}
			}

		case compile.OpEq:
			b, c := at(R, a), at(R, i>>16&0xffff)
			if b.p == c.p {
				if b.p != ptr(&numberTag) || b.num() == c.num() {
					goto jump
				}
				continue
			}
			if k := kindOf(b.p); k < kString || k != kindOf(c.p) {
				continue
			}
			goto equality

		case compile.OpNe:
			b, c := at(R, a), at(R, i>>16&0xffff)
			if b.p == c.p {
				if b.p == ptr(&numberTag) && b.num() != c.num() {
					goto jump
				}
				continue
			}
			if k := kindOf(b.p); k < kString || k != kindOf(c.p) {
				goto jump
			}
			goto equality

		case compile.OpEqK:
			b, c := at(R, a), at(K, i>>16&0xffff)
			if b.p == c.p {
				if b.p != ptr(&numberTag) || b.num() == c.num() {
					goto jump
				}
				continue
			}
			if kindOf(b.p) == kString && kindOf(c.p) == kString {
				goto equality
			}

		case compile.OpNeK:
			b, c := at(R, a), at(K, i>>16&0xffff)
			if b.p == c.p {
				if b.p == ptr(&numberTag) && b.num() != c.num() {
					goto jump
				}
				continue
			}
			if kindOf(b.p) == kString && kindOf(c.p) == kString {
				goto equality
			}
			goto jump

		case compile.OpLt:
			b, c := at(R, a), at(R, i>>16&0xffff)
			if isNumber(b) && isNumber(c) {
				if b.num() < c.num() {
					goto jump
				}
				continue
			}
			goto order

		case compile.OpNlt:
			b, c := at(R, a), at(R, i>>16&0xffff)
			if isNumber(b) && isNumber(c) {
				if !(b.num() < c.num()) {
					goto jump
				}
				continue
			}
			goto order

		case compile.OpLe:
			b, c := at(R, a), at(R, i>>16&0xffff)
			if isNumber(b) && isNumber(c) {
				if b.num() <= c.num() {
					goto jump
				}
				continue
			}
			goto order

		case compile.OpNle:
			b, c := at(R, a), at(R, i>>16&0xffff)
			if isNumber(b) && isNumber(c) {
				if !(b.num() <= c.num()) {
					goto jump
				}
				continue
			}
			goto order

		case compile.OpLtK:
			if b := at(R, a); isNumber(b) {
				if b.num() < at(K, i>>16&0xffff).num() {
					goto jump
				}
				continue
			}
			goto order

		case compile.OpNltK:
			if b := at(R, a); isNumber(b) {
				if !(b.num() < at(K, i>>16&0xffff).num()) {
					goto jump
				}
				continue
			}
			goto order

		case compile.OpLeK:
			if b := at(R, a); isNumber(b) {
				if b.num() <= at(K, i>>16&0xffff).num() {
					goto jump
				}
				continue
			}
			goto order

		case compile.OpNleK:
			if b := at(R, a); isNumber(b) {
				if !(b.num() <= at(K, i>>16&0xffff).num()) {
					goto jump
				}
				continue
			}
			goto order

		case compile.OpGtK:
			if b := at(R, a); isNumber(b) {
				if b.num() > at(K, i>>16&0xffff).num() {
					goto jump
				}
				continue
			}
			goto order

		case compile.OpNgtK:
			if b := at(R, a); isNumber(b) {
				if !(b.num() > at(K, i>>16&0xffff).num()) {
					goto jump
				}
				continue
			}
			goto order

		case compile.OpGeK:
			if b := at(R, a); isNumber(b) {
				if b.num() >= at(K, i>>16&0xffff).num() {
					goto jump
				}
				continue
			}
			goto order

		case compile.OpNgeK:
			if b := at(R, a); isNumber(b) {
				if !(b.num() >= at(K, i>>16&0xffff).num()) {
					goto jump
				}
				continue
			}
			goto order

		case compile.OpCall:
			f := at(R, a)
			fi = fr.base + int32(a)
			if nargs = int32(i>>16&0xffff) - 1; nargs < 0 {
				nargs = th.top - fi - 1
			}
			fr.pc = int32(pc)
			if kindOf(f.p) == kClosure {
				ncl := (*Closure)(f.p)
				p := ncl.proto
				base := fi + 1
				if p.isVararg || int(base+p.maxStack) > len(th.stack) || th.nframes == len(th.frames) || vm.interrupt.Load() != 0 {
					if vm.interrupt.Load() != 0 {
						goto call
					}
					if err = vm.enter(th, ncl, fi, nargs, int32(i>>32&0xffff)-1, toLua, 0); err != nil {
						goto fail
					}
					goto reload
				}
				for j := nargs; j < p.numParams; j++ {
					*at(R, a+1+uint64(j)) = Value{}
				}
				fr = &th.frames[th.nframes]
				th.nframes++
				if fr.cl != ncl {
					fr.cl = ncl
				}
				fr.base, fr.ret = base, fi
				fr.nres = int32(i>>32&0xffff) - 1
				fr.how, fr.tail = toLua, false
				cl = ncl
				code = instructions(p.code)
				K = slots(p.k)
				R = ptr(at(R, a+1))
				pc = 0
				goto frame
			}
			if kindOf(f.p) == kGoFunction && int(fi+nargs)+1+minGoSlots <= len(th.stack) && vm.interrupt.Load() == 0 {
				var r Results
				r, err = (*GoFunction)(f.p).fn(Call{th, fi + 1, nargs, fi})
				if err != nil {
					goto fail
				}
				pc = uint64(fr.pc)
				i = fetch(instructions(cl.proto.code), pc-1)
				nres := int32(i>>32&0xffff) - 1
				if r == 1 && nres == 1 {
					if r := ptr(&th.stack[fr.base]); r != R { // the stack has grown
						R = r
						goto frame
					}
					continue
				}
				fi = fr.base + int32(i>>8&0xff)
				if r < 0 {
					if run, err = vm.perform(th, r, fi, nres, toLua, 0); err != nil {
						goto fail
					}
					goto ran
				}
				if nres < 0 {
					th.top = fi + int32(r)
				} else {
					for n := int32(r); n < nres; n++ {
						th.stack[fi+n] = Value{}
					}
				}
				if r := ptr(&th.stack[fr.base]); r != R {
					R = r
					goto frame
				}
				continue
			}
			goto call

		case compile.OpTailCall:
			fi = fr.base + int32(a)
			if nargs = int32(i>>16&0xffff) - 1; nargs < 0 {
				nargs = th.top - fi - 1
			}
			fr.pc = int32(pc)
			if f := at(R, a); kindOf(f.p) == kClosure && vm.interrupt.Load() == 0 {
				ncl := (*Closure)(f.p)
				p := ncl.proto
				base := fr.ret + 1
				if !p.isVararg && int(base+max(p.maxStack, nargs)) <= len(th.stack) {
					dst := ptr(&th.stack[base])
					th.stack[fr.ret] = *f
					for j := uint64(0); j < uint64(nargs); j++ {
						*at(dst, j) = *at(R, a+1+j)
					}
					for j := nargs; j < p.numParams; j++ {
						*at(dst, uint64(j)) = Value{}
					}
					if fr.cl != ncl {
						fr.cl = ncl
					}
					fr.base, fr.tail = base, true
					cl = ncl
					code = instructions(p.code)
					K = slots(p.k)
					R = dst
					pc = 0
					goto frame
				}
			}
			if vm.interrupt.Load() != 0 {
				if err = vm.poll(true); err != nil {
					goto fail
				}
			}
			if run, err = vm.tailCall(th, fr, fi, nargs); err != nil {
				goto fail
			}
			goto called

		case compile.OpReturn:
			n := int32(i>>16&0xffff) - 1
			from := fr.base + int32(a)
			if n < 0 {
				n = th.top - from
			}
			if fr.how != toLua {
				if run, err = vm.returned(th, fr, from, n, pc); err != nil {
					goto fail
				}
				goto ran
			}
			{
				want := fr.nres
				if want < 0 {
					want = n
					th.top = fr.ret + n
				}
				dst, src := ptr(&th.stack[fr.ret]), at(R, a)
				for j := uint64(0); j < uint64(want); j++ {
					if j < uint64(n) {
						*at(dst, j) = *at(ptr(src), j)
					} else {
						*at(dst, j) = Value{}
					}
				}
			}
			goto unwound

		case compile.OpReturn0:
			if fr.how != toLua {
				if run, err = vm.returned(th, fr, fr.base, 0, pc); err != nil {
					goto fail
				}
				goto ran
			}
			if fr.nres != 0 {
				ret := fr.ret
				if fr.nres < 0 {
					th.top = ret
				} else {
					clear(th.stack[ret : ret+fr.nres])
				}
			}
			goto unwound

		case compile.OpReturn1:
			if fr.how != toLua {
				if run, err = vm.returned(th, fr, fr.base+int32(a), 1, pc); err != nil {
					goto fail
				}
				goto ran
			}
			{
				ret := at(R, uint64(int64(fr.ret-fr.base)))
				switch {
				case fr.nres == 1:
					*ret = *at(R, a)
				case fr.nres < 0:
					*ret = *at(R, a)
					th.top = fr.ret + 1
				case fr.nres > 1:
					*ret = *at(R, a)
					clear(th.stack[fr.ret+1 : fr.ret+fr.nres])
				}
			}
			goto unwound

		case compile.OpVararg:
			fr.pc = int32(pc)
			if err = th.varargs(fr); err != nil {
				goto fail
			}
			if r := ptr(&th.stack[fr.base]); r != R {
				goto reload
			}
			goto next

		case compile.OpClosure:
			fr.pc = int32(pc)
			vm.closureIn(at(R, a), cl, int(i>>32), R)
			goto next

		case compile.OpForPrep:
			r0, r1, r2 := at(R, a), at(R, a+1), at(R, a+2)
			if !isNumber(r0) || !isNumber(r1) || !isNumber(r2) {
				fr.pc = int32(pc)
				if err = forNumbers(r0, r1, r2); err != nil {
					goto fail
				}
				fr.pc--
				goto next // once more, with numbers
			}
			start, limit, step := r0.num(), r1.num(), r2.num()
			if step > 0 && start <= limit || step < 0 && start >= limit {
				at(R, a+3).setNumber(start)
				continue
			}
			goto jump

		case compile.OpForLoop1:
			r0 := at(R, a)
			if x := r0.num() + 1; x <= at(R, a+1).num() {
				r0.setNumber(x)
				at(R, a+3).setNumber(x)
				pc += uint64(int64(i) >> 32)
				if vm.interrupt.Load() != 0 {
					goto interrupted
				}
			}

		case compile.OpForLoop:
			r0 := at(R, a)
			step := at(R, a+2).num()
			x := r0.num() + step
			limit := at(R, a+1).num()
			if step > 0 && x <= limit || step < 0 && x >= limit {
				r0.setNumber(x)
				at(R, a+3).setNumber(x)
				pc += uint64(int64(i) >> 32)
				if vm.interrupt.Load() != 0 {
					goto interrupted
				}
			}

		case compile.OpTForPrep:
			if f := at(R, a); f.p == vm.nextFn && f.p != nil && kindOf(at(R, a+1).p) == kTable && at(R, a+2).p == nil {
				*at(R, a+2) = Value{p: ptr(&positionTag)}
			}
			pc += uint64(int64(i) >> 32)

		case compile.OpTForCall:
			f, control := at(R, a), at(R, a+2)
			if control.p == ptr(&positionTag) {
				t := at(R, a+1).table()
				if pos := control.n; pos < uint64(t.alen) {
					// In the array part, the next element mostly is there.
					if v := t.elem(uint32(pos)); v.p != nil {
						control.n = pos + 1
						at(R, a+3).setNumber(float64(pos + 1))
						*at(R, a+4) = *v
						goto looped
					}
				}
				fr.pc = int32(pc)
				if !t.advance(control, at(R, a+3)) {
					fr.pc++
					goto next
				}
				pc = uint64(fr.pc)
				i = fetch(instructions(cl.proto.code), pc-1)
				a = i >> 8 & 0xff
				goto looped
			}
			if f.p == vm.ipairsFn && f.p != nil && isNumber(control) && kindOf(at(R, a+1).p) == kTable {
				t := at(R, a+1).table()
				n := control.num() + 1
				if idx := int64(n); uint64(idx-1) < uint64(t.alen) && float64(idx) == n {
					if v := t.elem(uint32(idx - 1)); v.p != nil {
						control.setNumber(n)
						at(R, a+3).setNumber(n)
						*at(R, a+4) = *v
						goto looped
					}
				}
			}
			fr.pc = int32(pc)
			if vm.interrupt.Load() != 0 {
				if err = vm.poll(true); err != nil {
					goto fail
				}
			}
			if run, err = vm.iterate(th, fr); err != nil {
				goto fail
			}
			goto called

		looped:
			for n := i >> 16 & 0xffff; n > 2; n-- {
				*at(R, a+2+n) = Value{}
			}
			pc += uint64(int64(i) >> 32)
			if vm.interrupt.Load() != 0 {
				goto interrupted
			}

		case compile.OpTForLoop:
			if v := at(R, a+3); v.p != nil {
				*at(R, a+2) = *v
				pc += uint64(int64(i) >> 32)
				if vm.interrupt.Load() != 0 {
					goto interrupted
				}
			}

		case compile.OpTrap:
			if !cl.proto.linked() { // its first call
				fr.pc = 0
				vm.linkCode(cl.proto)
				goto reload
			}
			fr.pc = int32(pc)
			var step bool
			if step, err = vm.trace(th, fr); err != nil {
				goto fail
			}
			if !step {
				goto reload
			}
			pc = uint64(fr.pc)
			i = uint64(cl.proto.code[pc-1])
			goto redo

		default:
			panic(fmt.Sprintf("lua: bad instruction %v", compile.Op(i)))
		}
		continue

	jump:
		pc += uint64(int64(i) >> 32)
		if int64(i) < 0 && vm.interrupt.Load() != 0 {
			goto interrupted
		}
		continue

	next: // the instruction is done; a function was called for it
		pc = uint64(fr.pc)
		continue

	unwound: // a frame returned to the Lua function that called it
		th.nframes--
		fr = &th.frames[th.nframes-1]
		cl = fr.cl
		code = instructions(cl.proto.code)
		K = slots(cl.proto.k)
		R = ptr(&th.stack[fr.base])
		pc = uint64(fr.pc)
		goto frame

	index:
		if run, err = vm.indexOp(th, fr); err != nil {
			goto fail
		}
		goto ran

	setIndex:
		if run, err = vm.setIndexOp(th, fr); err != nil {
			goto fail
		}
		goto ran

	arith:
		fr.pc = int32(pc)
		if run, err = vm.arithOp(th, fr, compile.Instr(i)); err != nil {
			goto fail
		}
		goto ran

	equality:
		fr.pc = int32(pc)
		if kindOf(at(R, a).p) == kString {
			if vm.equalStrings(fr, R, K) {
				pc = uint64(fr.pc)
				i = fetch(instructions(cl.proto.code), pc-1)
				goto jump
			}
			goto next
		}
		if run, err = vm.equalOp(th, fr, compile.Instr(i)); err != nil {
			goto fail
		}
		goto ran

	order:
		fr.pc = int32(pc)
		if jump, ok := orderStrings(compile.Instr(i), R); ok {
			pc = uint64(fr.pc)
			if jump {
				i = fetch(instructions(cl.proto.code), pc-1)
				goto jump
			}
			continue
		}
		if run, err = vm.orderOp(th, fr); err != nil {
			goto fail
		}
		goto ran

	call:
		if vm.interrupt.Load() != 0 {
			if err = vm.poll(true); err != nil {
				goto fail
			}
		}
		if run, err = vm.call(th, fi, nargs, int32(cl.proto.code[fr.pc-1].C())-1, toLua, 0); err != nil {
			goto fail
		}
		goto called

	interrupted:
		fr.pc = int32(pc)
		if err = vm.poll(true); err != nil {
			goto fail
		}
		if vm.interrupt.Load()&intSlice == 0 {
			goto next
		}
		run = true

	called:
		if run && vm.interrupt.Load()&intSlice != 0 {
			if run, err = vm.endLate(); err != nil {
				goto fail
			}
		}
		goto ran
	}

fail:
	run, _ = vm.throw(err)
ran:
	if !run {
		return
	}
	goto reload
}
