package compile

import "github.com/luart/luart/lua/syntax"

// jumpList is a list of jumps whose target is not known yet: the place of the first one, whose distance field holds the
// place of the next one, and so on until noJump.
type jumpList int

const noJump jumpList = -1

// pendingGoto is a list of jumps to a label.
type pendingGoto struct {
	label *syntax.LabelStmt
	jumps jumpList
}

// labelPlace is the place of a label.
type labelPlace struct {
	label *syntax.LabelStmt
	pc    int
}

// maxThread bounds how many jumps to jumps are followed; it also ends loops of jumps.
const maxThread = 16

func (i Instr) withJ(j int) Instr { return i&0xffffffff | Instr(uint32(int32(j)))<<32 }

// jump emits a jump and returns it as a list.
func (f *function) jump(i Instr, pos syntax.Pos) jumpList {
	return jumpList(f.emit(i.withJ(int(noJump)), pos))
}

// join returns the list of all jumps in both lists. It walks the first one, which should be the shorter one.
func (f *function) join(short, long jumpList) jumpList {
	if short == noJump {
		return long
	}
	if long == noJump {
		return short
	}
	last := short
	for {
		next := jumpList(f.code[last].J())
		if next == noJump {
			break
		}
		last = next
	}
	f.code[last] = f.code[last].withJ(int(long))
	return short
}

// patch makes all jumps of a list go to target.
func (f *function) patch(list jumpList, target int) {
	for list != noJump {
		i := f.code[list]
		f.code[list] = i.withJ(target - (int(list) + 1))
		list = jumpList(i.J())
	}
}

// patchHere makes all jumps of a list go to the next instruction.
func (f *function) patchHere(list jumpList) { f.patch(list, f.pc()) }

// resolveGotos makes all gotos of the function go to their labels.
func (f *function) resolveGotos() {
	if len(f.gotos) == 0 {
		return
	}
	places := make(map[*syntax.LabelStmt]int, len(f.labels))
	for _, l := range f.labels {
		places[l.label] = l.pc
	}
	for _, g := range f.gotos {
		f.patch(g.jumps, places[g.label])
	}
}

// threadJumps makes jumps to a jump go where that one goes.
func (f *function) threadJumps() {
	for pc, i := range f.code {
		if op := i.Op(); op < OpJump || op > OpNgeK {
			continue
		}
		target := pc + 1 + i.J()
		for range maxThread {
			t := f.code[target]
			if t.Op() != OpJump {
				break
			}
			target += 1 + t.J()
		}
		f.code[pc] = i.withJ(target - (pc + 1))
	}
}
