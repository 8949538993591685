package lua

import (
	"math"
	"unsafe"

	"github.com/luart/luart/lua/compile"
)

// This file holds every rule that the package's unsafe code rests on; other files use these few functions. (huge_linux.go
// hands an address to the system.)
//
//   - A Value's pointer is nil (Lua's nil), the address of one of the three tag variables below, or the address of a
//     heap object whose first field is a header. The header's kind tells the object's Go type.
//   - Heap objects never move (Go's collector does not move them), so an address is an identity and can be hashed.
//   - Registers are reached by arithmetic from the address of a frame's first register. Whoever pushes a frame has
//     checked that the stack has room for all registers of its function; whoever grows a stack reloads that address.
//   - Constants, instructions, array elements and hash nodes are reached by arithmetic from the first element of a
//     slice whose length was checked, or is known from the compiler (whose output the verifier in its tests checks).
//   - A string's bytes follow its header in one allocation without pointers, and are never written once it is shared.

type ptr = unsafe.Pointer

type kind uint8

// The kinds of heap objects and tags. kindNil is the kind of a nil pointer and stands in no header.
const (
	kNil kind = iota
	kFalse
	kTrue
	kNumber
	kString
	kTable
	kClosure
	kGoFunction
	kUserdata
	kThread
	kCell     // a captured and assigned variable; never seen by programs
	kPosition // where a fused pairs loop stands; never seen by programs
)

// header is the first field of every heap object.
type header struct {
	kind  kind
	flags uint8
	mark  uint16 // the accounting pass that last saw the object
}

var (
	numberTag   = header{kind: kNumber}
	trueTag     = header{kind: kTrue}
	falseTag    = header{kind: kFalse}
	positionTag = header{kind: kPosition}
)

// Value is a Lua value: 16 bytes, never boxed. The zero Value is nil. Values are compared with RawEqual, not with ==.
type Value struct {
	p ptr
	n uint64
}

func kindOf(p ptr) kind {
	if p == nil {
		return kNil
	}
	return (*header)(p).kind
}

func isNumber(v *Value) bool { return v.p == ptr(&numberTag) }
func isFalsy(v *Value) bool  { return v.p == nil || v.p == ptr(&falseTag) }

func number(f float64) Value     { return Value{ptr(&numberTag), math.Float64bits(f)} }
func (v *Value) num() float64    { return math.Float64frombits(v.n) }
func (v *Value) table() *Table   { return (*Table)(v.p) }
func (v *Value) str() *luaString { return (*luaString)(v.p) }

// setNumber stores a number. Overwriting a number with a number writes no pointer, so it passes no write barrier.
func (v *Value) setNumber(f float64) {
	v.n = math.Float64bits(f)
	if v.p != ptr(&numberTag) {
		v.p = ptr(&numberTag)
	}
}

func boolean(b bool) Value {
	if b {
		return Value{p: ptr(&trueTag)}
	}
	return Value{p: ptr(&falseTag)}
}

// What objects take, in bytes.
const (
	nodeSize   = int(unsafe.Sizeof(node{}))
	valueSize  = int(unsafe.Sizeof(Value{}))
	tableSize  = int(unsafe.Sizeof(Table{}))
	threadSize = int(unsafe.Sizeof(threadBlock{}))
)

// at returns the i-th Value from base.
func at(base ptr, i uint64) *Value { return (*Value)(unsafe.Add(base, i<<4)) }

// slots returns the address of the first element.
func slots(s []Value) ptr { return ptr(unsafe.SliceData(s)) }

// luaString is a Lua string: bytes of any kind, immutable. Its bytes stand behind the header, in the same allocation.
type luaString struct {
	header
	hash uint32 // valid when flags has stringHashed
	n    uint32
}

const (
	stringHeader   = 12     // bytes before the first byte of the text
	stringHashed   = 1 << 0 // flags: hash is valid
	stringStatic   = 1 << 1 // flags: shared by all VMs, must not be written
	stringConstant = 1 << 2 // flags: a constant of a loaded program
	maxString      = 1<<31 - 1
)

// allocString returns a string of n bytes and its bytes to fill before anyone else sees it.
func allocString(n int) (*luaString, []byte) {
	b := make([]byte, max(stringHeader+n, 16))
	s := (*luaString)(ptr(unsafe.SliceData(b)))
	s.kind = kString
	s.n = uint32(n)
	return s, b[stringHeader : stringHeader+n : stringHeader+n]
}

// textOf returns bytes as a Go string without a copy; nobody may keep it longer than the bytes stay as they are.
func textOf(b []byte) string { return unsafe.String(unsafe.SliceData(b), len(b)) }

// text returns the bytes as a Go string without a copy.
func (s *luaString) text() string {
	return unsafe.String((*byte)(unsafe.Add(ptr(s), stringHeader)), int(s.n))
}

// upvalue returns slot i; closures have their slots behind the fixed part, in the same allocation.
func (c *Closure) upvalue(i uint64) *Value {
	return (*Value)(unsafe.Add(ptr(c), unsafe.Sizeof(Closure{})+uintptr(i)<<4))
}

// node returns hash node i; i must be at most t.mask.
func (t *Table) node(i uint32) *node {
	return (*node)(unsafe.Add(t.nodes, uintptr(i)*unsafe.Sizeof(node{})))
}

// slotsOfNodes returns the address of the first node.
func slotsOfNodes(n []node) ptr { return ptr(unsafe.SliceData(n)) }

// nodeAt returns the i-th node of a hash part that a table had; i must be at most its mask.
func nodeAt(nodes ptr, i uint32) *node { return (*node)(unsafe.Add(nodes, int(i)*nodeSize)) }

// follow returns the next node of the chain; n.next must not be 0.
func (n *node) follow() *node { return (*node)(unsafe.Add(ptr(n), int(n.next)*nodeSize)) }

// nodeIndex is the inverse of node.
func (t *Table) nodeIndex(n *node) uint32 {
	return uint32((uintptr(ptr(n)) - uintptr(t.nodes)) / unsafe.Sizeof(node{}))
}

// elem returns array element i, counted from zero; i must be less than t.acap.
func (t *Table) elem(i uint32) *Value { return (*Value)(unsafe.Add(t.arr, uintptr(i)<<4)) }

// array returns the first n elements of the array part; n must be at most t.acap.
func (t *Table) array(n uint32) []Value { return unsafe.Slice((*Value)(t.arr), n) }

// valuesAt returns the n elements of an array part that a table had.
func valuesAt(arr ptr, n uint32) []Value { return unsafe.Slice((*Value)(arr), n) }

// addressHash spreads an object's address over 32 bits.
func addressHash(p ptr) uint32 {
	return uint32((uint64(uintptr(p)) * 0x9E3779B97F4A7C15) >> 32)
}

func instructions(code []compile.Instr) ptr { return ptr(unsafe.SliceData(code)) }

// pair returns a register and the one behind it.
func pair(v *Value) []Value { return unsafe.Slice(v, 2) }

// fetch returns the instruction number pc.
func fetch(code ptr, pc uint64) uint64 { return *(*uint64)(unsafe.Add(code, pc<<3)) }
