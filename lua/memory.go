package lua

// The VM counts what it allocates, and when the allowance is used up it takes stock: it walks over all values that it can
// reach and adds their sizes up. A program that stays far below the limit is hardly ever walked over; one that comes
// near it is walked over after each eighth of the limit.
//
// The walk also empties weak tables of entries whose key or value only weak tables refer to. So that nothing that Go code
// holds is lost, it does so only at points where no Go function is running; values that Go keeps elsewhere are pinned.
//
// A program may catch the error of passing the limit, but not go on allocating then: when too much is still in use after
// some more allowances, the error ends it.

const maxOver = 4 // accountings in a row that may find too much in use

const weakInterval = 32 << 20 // bytes between two walks while weak tables are in use

// accounting is the state of one walk.
type accounting struct {
	work    []ptr // objects that were found but not looked into
	bytes   int64
	weak    []*Table // weak tables found
	hasWeak bool     // the last walk found some
	opaque  bool     // Go functions wait in some coroutine, with values that the walk cannot see

	measuring bool // the walk is Measure's
	measures  int  // of them since the last accounting
	kept      bool // the last accounting at a safe point could not empty weak tables
}

// charge counts memory that was allocated. When the allowance is used up, the next safe point takes stock.
func (vm *VM) charge(n int) {
	vm.allocLeft -= int64(n)
	if vm.allocLeft < 0 {
		vm.interrupt.Or(intMemory)
	}
}

// reserve checks that n more bytes are within the limit, taking stock if need be, and counts them.
func (vm *VM) reserve(n int) error {
	if int64(n) > vm.allocLeft {
		if err := vm.account(false, int64(n)); err != nil {
			return err
		}
	}
	vm.charge(n)
	return nil
}

// Memory returns the bytes that the VM's values take, at most: what the last accounting found and what was
// allocated since.
func (vm *VM) Memory() int64 { return vm.live + vm.allowance() - vm.allocLeft }

func (vm *VM) allowance() int64 {
	left := max(vm.memoryLimit-vm.live, vm.memoryLimit/8)
	if vm.accounting.hasWeak {
		left = min(left, max(vm.live, weakInterval))
	}
	if vm.interval > 0 {
		left = min(left, vm.interval)
	}
	return left
}

func (vm *VM) resetAccounting() { vm.allow(vm.allowance()) }

// allow sets how many bytes may be allocated until the next accounting.
func (vm *VM) allow(n int64) {
	vm.allocBase += n - vm.allocLeft
	vm.allocLeft = n
}

// Allocated returns how many bytes the VM has allocated so far, as it counts them, garbage included.
func (vm *VM) Allocated() int64 { return vm.allocBase - vm.allocLeft }

// MemoryLimit returns the limit of Options.Memory; ok is false if there is none.
func (vm *VM) MemoryLimit() (bytes int64, ok bool) {
	return vm.memoryLimit, vm.memoryLimit < defaultLimit
}

// account takes stock. It fails when what is in use and need more bytes are beyond the limit.
func (vm *VM) account(safePoint bool, need int64) error {
	a := &vm.accounting
	vm.beginWalk()
	a.opaque = !safePoint || len(vm.callers) > 0
	a.measures = 0
	vm.reach(ptr(vm.globals))
	vm.reach(ptr(vm.registry))
	for _, mt := range vm.typeMeta {
		if mt != nil {
			vm.reach(ptr(mt))
		}
	}
	for p := range vm.pins {
		vm.reach(p.v.p)
	}
	if vm.current != nil {
		vm.reach(ptr(vm.current))
	}
	for _, th := range vm.callers {
		vm.reach(ptr(th))
	}
	vm.walk()
	a.hasWeak = len(a.weak) > 0
	if !a.opaque {
		vm.clearWeak()
	} else {
		vm.walkWeak() // their values are kept for now, so they count
	}
	if safePoint {
		a.kept = a.opaque
	}
	vm.endWalk()
	vm.live = a.bytes
	vm.resetAccounting()
	if vm.live <= vm.memoryLimit {
		vm.over = 0
	}
	if vm.live+need > vm.memoryLimit {
		// Room for the handling of the error.
		vm.allow(max(vm.memoryLimit/8, 1<<16))
		if vm.live > vm.memoryLimit {
			if vm.over++; vm.over > maxOver && vm.live > vm.memoryLimit+vm.memoryLimit/4 {
				return &Error{Value: String(ErrMemory.Error()), fatal: true}
			}
		}
		return ErrMemory
	}
	return nil
}

// Counted counts the texts and tables among a Go function's results, with what is in them, as allocated, as far as they are new: return
// c.Counted(f(c)). What a function makes is not counted otherwise, but for what it reserves; it matters where programs can have more made
// at once than they pay for by keeping it.
func (c Call) Counted(r Results, err error) (Results, error) {
	if err == nil && r > 0 {
		vm := c.th.vm
		for _, v := range c.th.stack[c.ret : c.ret+int32(r)] {
			vm.countNew(v.p)
		}
		a := &vm.accounting
		for len(a.work) > 0 {
			t := (*Table)(a.work[len(a.work)-1])
			a.work = a.work[:len(a.work)-1]
			for i := range t.array(t.alen) {
				vm.countNew(t.elem(uint32(i)).p)
			}
			if t.nodes == ptr(&noNodes) {
				continue
			}
			for i := uint32(0); i <= t.mask; i++ {
				if n := t.node(i); n.val.p != nil {
					vm.countNew(n.key.p)
					vm.countNew(n.val.p)
				}
			}
		}
	}
	return r, err
}

// countNew counts a text or a table that was not counted yet, and notes the table to be looked into. The mark is that of the last walk, whose
// objects have been counted.
func (vm *VM) countNew(p ptr) {
	switch kindOf(p) {
	case kString:
		if h := (*header)(p); h.flags&stringStatic == 0 && h.mark == 0 {
			h.mark = vm.epoch
			vm.charge(int((*luaString)(p).n) + stringHeader + 4)
		}
	case kTable:
		if h := (*header)(p); h.mark == 0 {
			h.mark = vm.epoch
			vm.charge((*Table)(p).bytes())
			vm.accounting.work = append(vm.accounting.work, p)
		}
	}
}

// beginWalk gives the walk that begins a mark of its own.
func (vm *VM) beginWalk() {
	if vm.epoch++; vm.epoch == 0 {
		vm.epoch = 1 // 0 is the mark of new objects
	}
	vm.accounting.bytes = 0
	vm.accounting.weak = vm.accounting.weak[:0]
}

// endWalk frees what the walk has used.
func (vm *VM) endWalk() {
	a := &vm.accounting
	a.work = a.work[:0]
	if cap(a.work) > 1<<16 {
		a.work = nil
	}
	clear(a.weak)
}

// walkWeak looks into all objects that only weak tables lead to.
func (vm *VM) walkWeak() {
	for i := 0; i < len(vm.accounting.weak); i++ { // it may find more of them
		vm.reachEntries(vm.accounting.weak[i], true, true)
		vm.walk()
	}
}

// reach notes an object that is in use.
func (vm *VM) reach(p ptr) {
	if p == nil {
		return
	}
	h := (*header)(p)
	switch h.kind {
	case kString:
		if h.flags&stringStatic != 0 || h.mark == vm.epoch {
			return
		}
		h.mark = vm.epoch
		vm.accounting.bytes += int64((*luaString)(p).n) + stringHeader + 4
	case kTable, kClosure, kUserdata, kThread, kCell:
		if h.mark == vm.epoch {
			return
		}
		h.mark = vm.epoch
		vm.accounting.work = append(vm.accounting.work, p)
	case kGoFunction:
		// Functions that hold nothing may be shared by VMs, and are not written to.
		if len((*GoFunction)(p).held) == 0 || h.mark == vm.epoch {
			return
		}
		h.mark = vm.epoch
		vm.accounting.work = append(vm.accounting.work, p)
	}
}

// walk looks into all objects that were found.
func (vm *VM) walk() {
	a := &vm.accounting
	for len(a.work) > 0 {
		p := a.work[len(a.work)-1]
		a.work = a.work[:len(a.work)-1]
		switch (*header)(p).kind {
		case kTable:
			t := (*Table)(p)
			a.bytes += int64(t.bytes())
			weakKeys, weakValues := false, false
			if t.meta != nil {
				vm.reach(ptr(t.meta))
				if mode, ok := vm.metafield(t.meta, evMode).AsString(); ok {
					for _, c := range []byte(mode) {
						weakKeys = weakKeys || c == 'k'
						weakValues = weakValues || c == 'v'
					}
				}
			}
			if weakKeys || weakValues {
				a.weak = append(a.weak, t)
			}
			vm.reachEntries(t, !weakKeys, !weakValues)
		case kClosure:
			c := (*Closure)(p)
			a.bytes += int64(c.bytes())
			for i := range uint64(c.nup) {
				vm.reach(c.upvalue(i).p)
			}
			vm.reachProto(c.proto)
		case kUserdata:
			u := (*Userdata)(p)
			a.bytes += 64
			if u.meta != nil {
				vm.reach(ptr(u.meta))
			}
			if t, ok := u.Data.(Tracer); ok {
				t.Trace(func(v Value) { vm.reach(v.p) })
			}
		case kGoFunction:
			f := (*GoFunction)(p)
			a.bytes += int64(128 + len(f.held)*valueSize)
			for i := range f.held {
				vm.reach(f.held[i].p)
			}
		case kCell:
			a.bytes += 24
			vm.reach((*cell)(p).v.p)
		case kThread:
			vm.reachThread((*Thread)(p))
		}
	}
}

// Tracer is implemented by userdata whose Go value holds Lua values: Trace calls visit for each of them.
type Tracer interface{ Trace(visit func(Value)) }

func (vm *VM) reachProto(p *Proto) {
	// Constants are few and shared; counting them once with each function is near enough.
	if p.mark != vm.epoch {
		p.mark = vm.epoch
		vm.accounting.bytes += int64(len(p.code)*8 + len(p.k)*valueSize + len(p.trap)*8 + 200)
		if p.chunk.mark != vm.epoch {
			p.chunk.mark = vm.epoch
			vm.accounting.bytes += p.chunk.bytes
		}
		for i := range p.k {
			vm.reach(p.k[i].p)
		}
	}
}

// reachThread looks into a coroutine. Registers above those in use are emptied, so that they keep nothing alive.
func (vm *VM) reachThread(th *Thread) {
	a := &vm.accounting
	a.bytes += int64(len(th.stack)*valueSize+len(th.frames)*frameBytes+len(th.gos)*goBytes) + 256
	used := 0
	if th.nframes == 0 {
		used = int(th.top)
	}
	for i := range th.gos {
		a.opaque = a.opaque || th.gos[i].opaque
		a.bytes += int64(th.gos[i].held) << 10
	}
	for i := range th.nframes {
		f := &th.frames[i]
		if f.cl != nil {
			vm.reach(ptr(f.cl))
			used = max(used, int(f.base+f.cl.proto.maxStack))
		} else {
			used = max(used, int(f.base)+1)
		}
	}
	// What a Go function has just asked for counts, and so do values that were handed to Go.
	used = max(used, int(th.top), int(th.out+th.nout), int(th.pend.fi+th.pend.n)+1)
	used = min(used, len(th.stack))
	for i := range th.stack[:used] {
		vm.reach(th.stack[i].p)
	}
	if !a.opaque {
		clear(th.stack[used:])
	}
	for i := range th.gos {
		vm.reach(th.gos[i].handler.p)
	}
	if th.hook != nil {
		vm.reach(th.hook.fn.p)
	}
	if th.err != nil {
		vm.reach(th.err.Value.p)
	}
	if th.pend.co != nil {
		vm.reach(ptr(th.pend.co))
	}
	if t := th.task; t != nil {
		a.bytes += int64(taskBytes)
		for co := t.inner; co != nil && co != th; co = co.parent { // they sleep with it
			vm.reach(ptr(co))
		}
	}
	if a.measuring {
		return // who waits for it is no part of it
	}
	clear(th.gos[len(th.gos):cap(th.gos)])
	if th.parent != nil {
		vm.reach(ptr(th.parent))
	}
}

func (vm *VM) reachEntries(t *Table, keys, values bool) {
	for i := range t.array(t.alen) {
		if v := t.elem(uint32(i)); values || !weaklyHeld(v.p) {
			vm.reach(v.p)
		}
	}
	if t.nodes == ptr(&noNodes) {
		return
	}
	for i := uint32(0); i <= t.mask; i++ {
		n := t.node(i)
		if n.val.p == nil {
			continue
		}
		if keys || !weaklyHeld(n.key.p) {
			vm.reach(n.key.p)
		}
		if values || !weaklyHeld(n.val.p) {
			vm.reach(n.val.p)
		}
	}
}

// weaklyHeld reports whether a weak table drops entries with the object when it is in use nowhere else.
func weaklyHeld(p ptr) bool {
	switch kindOf(p) {
	case kTable, kClosure, kUserdata, kThread:
		return true
	}
	return false
}

// clearWeak removes the entries of weak tables whose key or value is in use nowhere else.
func (vm *VM) clearWeak() {
	for _, t := range vm.accounting.weak {
		for i := range t.array(t.alen) {
			if v := t.elem(uint32(i)); vm.unreached(v.p) {
				*v = Value{}
			}
		}
		t.shrink()
		if t.nodes == ptr(&noNodes) {
			continue
		}
		for i := uint32(0); i <= t.mask; i++ {
			n := t.node(i)
			if n.val.p == nil {
				// A removed key is kept for the sake of next, but not at the cost of the object it is.
				if vm.unreached(n.key.p) {
					n.bury()
				}
				continue
			}
			if vm.unreached(n.key.p) {
				n.bury()
			} else if vm.unreached(n.val.p) {
				n.val = Value{}
			}
		}
	}
}

// unreached reports whether an object that weak tables may drop was not found in use.
func (vm *VM) unreached(p ptr) bool { return weaklyHeld(p) && (*header)(p).mark != vm.epoch }

// Pin keeps a value alive that only Go code holds between two calls into the VM, so that weak tables keep its entries
// and the accounting counts it.
type Pin struct {
	vm *VM
	v  Value
}

// Pin pins a value.
func (vm *VM) Pin(v Value) *Pin {
	p := &Pin{vm, v}
	vm.pins[p] = struct{}{}
	return p
}

// Value returns the pinned value.
func (p *Pin) Value() Value { return p.v }

// Unpin ends it; a second call does nothing.
func (p *Pin) Unpin() { delete(p.vm.pins, p) }
