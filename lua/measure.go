package lua

// maxMeasures is how many walks of Measure there may be between two accountings. A mark that an object has kept from so many walks ago, or
// twice as many, can't be taken for that of the walk that is under way.
const maxMeasures = 1 << 15

// Measure adds up, with the sizes of the accounting, the memory of what root leads to. Left out are the keys of stops, which may be nil, the
// globals, the registry and the metatables of types, with what only they lead to; root counts even if it is one of these. What only
// weak tables refer to counts while coroutines are under way that keep the VM from dropping it. The coroutine that a coroutine was
// resumed by is no part of it.
//
// It visits each object once, without a pause. It may be called from Go functions; it doesn't change what the accounting knows.
func (vm *VM) Measure(root Value, stops *Table) int64 {
	a := &vm.accounting
	if a.measures++; a.measures > maxMeasures {
		_ = vm.account(false, 0) // marks all; what is beyond the limit, the next one tells
	}
	vm.beginWalk()
	a.opaque, a.measuring = true, true // it may be inside of a Go function
	if stops != nil {
		for k, v, pos := stops.entry(0); v != nil; k, v, pos = stops.entry(pos) {
			vm.leaveOut(k.p)
		}
	}
	vm.leaveOut(ptr(vm.globals))
	vm.leaveOut(ptr(vm.registry))
	for _, mt := range vm.typeMeta {
		if mt != nil {
			vm.leaveOut(ptr(mt))
		}
	}
	if vm.leaveOut(root.p) {
		(*header)(root.p).mark = 0
	}
	vm.reach(root.p)
	vm.walk()
	if a.kept {
		vm.walkWeak()
	}
	a.measuring = false
	vm.endWalk()
	return a.bytes
}

// leaveOut makes the walk pass an object by. It reports whether the object is one that may be marked.
func (vm *VM) leaveOut(p ptr) bool {
	switch kindOf(p) {
	case kTable, kClosure, kUserdata, kThread:
	case kString:
		if (*header)(p).flags&stringStatic != 0 {
			return false
		}
	case kGoFunction:
		if len((*GoFunction)(p).held) == 0 {
			return false
		}
	default:
		return false
	}
	(*header)(p).mark = vm.epoch
	return true
}
