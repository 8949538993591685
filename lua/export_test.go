package lua

import "fmt"

// SetAccountingInterval makes the VM take stock after every n bytes at most; 0 leaves it to the limit.
func (vm *VM) SetAccountingInterval(n int64) {
	vm.interval = n
	vm.resetAccounting()
}

// Account takes stock as between two instructions.
func (vm *VM) Account() error { return vm.account(true, 0) }

// SetAccountingEpoch sets the number of the last accounting.
func (vm *VM) SetAccountingEpoch(n uint16) { vm.epoch = n }

// SetEager makes time slices end at each poll.
func (vm *VM) SetEager(on bool) { vm.eager = on }

// Slicing reports whether a slice is running.
func (vm *VM) Slicing() bool { return vm.slice != nil }

// Check returns an error if one of the invariants of table.go does not hold.
func (t *Table) Check() error { return checkTable(t) }

// CheckTables does so for all tables that globals and registry lead to, by way of tables and functions.
func (vm *VM) CheckTables() error {
	seen := map[ptr]bool{}
	var work []ptr
	reach := func(p ptr) {
		switch kindOf(p) {
		case kTable, kClosure, kCell:
			if !seen[p] {
				seen[p] = true
				work = append(work, p)
			}
		}
	}
	reach(ptr(vm.globals))
	reach(ptr(vm.registry))
	for len(work) > 0 {
		p := work[len(work)-1]
		work = work[:len(work)-1]
		switch kindOf(p) {
		case kCell:
			if v := (*cell)(p).v; kindOf(v.p) >= kCell {
				return fmt.Errorf("a variable holds a %d", kindOf(v.p))
			}
			reach((*cell)(p).v.p)
		case kClosure:
			c := (*Closure)(p)
			for i := range uint64(c.nup) {
				reach(c.upvalue(i).p)
			}
		case kTable:
			t := (*Table)(p)
			if err := checkTable(t); err != nil {
				return err
			}
			if t.meta != nil {
				reach(ptr(t.meta))
			}
			for k, v, pos := t.entry(0); v != nil; k, v, pos = t.entry(pos) {
				if kindOf(k.p) >= kCell || kindOf(v.p) >= kCell {
					return fmt.Errorf("a table holds %d = %d", kindOf(k.p), kindOf(v.p))
				}
				reach(k.p)
				reach(v.p)
			}
		}
	}
	return nil
}
