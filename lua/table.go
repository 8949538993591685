package lua

import (
	"errors"
	"math"
	"math/bits"
)

// Table is a Lua table: an array part for the keys 1, 2, ... and a hash part for all others. Its methods are raw
// (no metamethods) and not safe for concurrent use; a table belongs to the VM whose values it holds.
//
// Array part: keys 1 to alen, with room for acap. Three facts hold between operations:
//   - alen is 0 or element alen is not nil, so that alen is a border and the length operator is one load;
//   - key alen+1 has no value in the hash part (it would have been moved);
//   - an integer key has a value in at most one of the parts.
//
// Hash part: a chained scatter table with Brent's variation, as in the PUC implementation: a key that is not in its
// main position collides with one that is. A removed entry keeps its key until the next rehash, so that next can
// continue from it.
type Table struct {
	header        // flags: metamethods known to be absent, when the table is a metatable
	mask   uint32 // hash nodes - 1
	arr    ptr    // *Value, acap of them
	alen   uint32
	acap   uint32
	nodes  ptr // *node, mask+1 of them, or noNodes
	meta   *Table
	free   uint32 // all nodes at free and above are in use
	ints   bool   // the hash part may have integer keys
}

type node struct {
	val  Value
	key  Value
	next int32 // distance to the next node of the chain; 0 ends it
}

// noNodes is the hash part of all tables without one; nothing is ever written to it, since it has no free node.
var noNodes = [1]node{}

// Errors of keys that a table cannot have.
var (
	errNilIndex = errors.New("table index is nil")
	errNaNIndex = errors.New("table index is NaN")
	errNextKey  = errors.New("invalid key to 'next'")
)

// The hash parts of small tables stand in the same allocation as the table.
type (
	table1 struct {
		t Table
		n [1]node
	}
	table2 struct {
		t Table
		n [2]node
	}
	table4 struct {
		t Table
		n [4]node
	}
	tableA2 struct {
		t Table
		a [2]Value
	}
	tableA4 struct {
		t Table
		a [4]Value
	}
)

// NewTable returns an empty table with room for narr array elements and nhash other keys.
func NewTable(narr, nhash int) *Table {
	var t *Table
	switch {
	case nhash > 4 || nhash <= 0:
		switch {
		case nhash <= 0 && narr > 0 && narr <= 2:
			o := &tableA2{}
			t = &o.t
			t.arr, t.acap = ptr(&o.a), 2
		case nhash <= 0 && narr > 2 && narr <= 4:
			o := &tableA4{}
			t = &o.t
			t.arr, t.acap = ptr(&o.a), 4
		default:
			t = &Table{}
		}
		t.nodes = ptr(&noNodes)
		if nhash > 0 {
			t.allocNodes(nhash)
		}
	case nhash == 1:
		o := &table1{}
		t = &o.t
		t.nodes, t.free = ptr(&o.n), 1
	case nhash == 2:
		o := &table2{}
		t = &o.t
		t.nodes, t.mask, t.free = ptr(&o.n), 1, 2
	default:
		o := &table4{}
		t = &o.t
		t.nodes, t.mask, t.free = ptr(&o.n), 3, 4
	}
	t.kind = kTable
	if narr > int(t.acap) {
		t.growArray(uint32(narr))
	}
	return t
}

func (t *Table) allocNodes(n int) {
	size := 1 << bits.Len(uint(n-1))
	t.nodes = slotsOfNodes(make([]node, size))
	t.mask = uint32(size - 1)
	t.free = uint32(size)
}

// growArray makes room for n array elements; n must be more than acap.
func (t *Table) growArray(n uint32) {
	a := make([]Value, n)
	if n >= hugeArray {
		adviseHuge(slots(a), int(n)*valueSize)
	}
	copy(a, t.array(t.alen))
	t.arr, t.acap = slots(a), n
}

// hugeArray is from how many elements on an array part is worth asking the system for large pages: the first touch of
// each page of a large array otherwise costs more than the copying (BenchmarkAppend, large).
const hugeArray = 1 << 18

// bytes is the memory that the table takes, for accounting.
func (t *Table) bytes() int {
	n := tableSize + int(t.acap)*valueSize
	if t.nodes != ptr(&noNodes) {
		n += int(t.mask+1) * nodeSize
	}
	return n
}

// Value returns the table as a Lua value.
func (t *Table) Value() Value { return Value{p: ptr(t)} }

// Metatable returns the metatable or nil.
func (t *Table) Metatable() *Table { return t.meta }

// SetMetatable sets the metatable; nil removes it.
func (t *Table) SetMetatable(m *Table) { t.meta = m }

// Len returns a border as the length operator does: 0, or n such that t[n] is not nil and t[n+1] is nil. O(1).
func (t *Table) Len() int { return int(t.alen) }

// Get returns t[k] without metamethods; nil if there is none.
func (t *Table) Get(k Value) Value {
	if v := t.find(&k); v != nil {
		return *v
	}
	return Value{}
}

// GetInt returns t[i].
func (t *Table) GetInt(i int) Value {
	if v := t.findInt(int64(i)); v != nil {
		return *v
	}
	return Value{}
}

// GetString returns t[k].
func (t *Table) GetString(k string) Value {
	s := Value{p: ptr(newString(k))}
	return t.Get(s)
}

// Set stores t[k] = v without metamethods. It fails for a key that is nil or NaN.
func (t *Table) Set(k, v Value) error { return t.set(&k, v) }

// SetInt stores t[i] = v.
func (t *Table) SetInt(i int, v Value) { t.setInt(int64(i), v) }

// SetString stores t[k] = v.
func (t *Table) SetString(k string, v Value) {
	s := Value{p: ptr(newString(k))}
	_ = t.set(&s, v) // a string is always a valid key
}

// Append stores t[#t+1] = v; v must not be nil.
func (t *Table) Append(v Value) { t.setInt(int64(t.alen)+1, v) }

// find returns where the value of a key stands, or nil if the key was never set.
func (t *Table) find(k *Value) *Value {
	switch kindOf(k.p) {
	case kNil:
		return nil
	case kNumber:
		f := k.num()
		if i := int64(f); float64(i) == f {
			return t.findInt(i)
		}
	case kString:
		if n := t.findString(k.str()); n != nil {
			return &n.val
		}
		return nil
	}
	if n := t.findNode(k); n != nil {
		return &n.val
	}
	return nil
}

func (t *Table) findInt(i int64) *Value {
	if uint64(i-1) < uint64(t.alen) {
		return t.elem(uint32(i - 1))
	}
	if !t.ints {
		return nil
	}
	f := float64(i)
	n := t.node(hashFloat(f) & t.mask)
	for {
		if isNumber(&n.key) && n.key.num() == f {
			return &n.val
		}
		if n.next == 0 {
			return nil
		}
		n = n.follow()
	}
}

// findString finds the node of a string key. When the key stands there as another string object of the same
// content and s is a constant of a program, it is replaced by s, so that the next look-up finds it by identity.
func (t *Table) findString(s *luaString) *node {
	n := t.node(s.hashed() & t.mask)
	for {
		if n.key.p == ptr(s) {
			return n
		}
		if n.key.p != nil && (*header)(n.key.p).kind == kString && n.key.str().equal(s) {
			if s.flags&stringConstant != 0 {
				n.key.p = ptr(s)
			}
			return n
		}
		if n.next == 0 {
			return nil
		}
		n = n.follow()
	}
}

// findNode finds the node of a key that is neither nil nor an integer in the array part.
func (t *Table) findNode(k *Value) *node {
	n := t.node(hashOf(k) & t.mask)
	for {
		if rawEqual(&n.key, k) && n.key.p != nil {
			return n
		}
		if n.next == 0 {
			return nil
		}
		n = n.follow()
	}
}

// bury removes an entry for good: its node stays in its chain, with a key that is nobody's.
func (n *node) bury() { n.key, n.val = Value{p: ptr(&positionTag)}, Value{} }

func hashFloat(f float64) uint32 {
	f += 0 // -0 and 0 are the same key
	return uint32((math.Float64bits(f) * 0x9E3779B97F4A7C15) >> 32)
}

func hashOf(k *Value) uint32 {
	switch (*header)(k.p).kind {
	case kString:
		return k.str().hashed()
	case kNumber:
		return hashFloat(k.num())
	case kTrue:
		return 1
	case kFalse:
		return 2
	default:
		return addressHash(k.p)
	}
}

// set stores a value under any key.
func (t *Table) set(k *Value, v Value) error {
	switch kindOf(k.p) {
	case kNil:
		return errNilIndex
	case kNumber:
		f := k.num()
		if i := int64(f); float64(i) == f {
			t.setInt(i, v)
			return nil
		}
		if f != f {
			return errNaNIndex
		}
	case kString:
		t.setString(k.str(), v)
		return nil
	}
	if n := t.findNode(k); n != nil {
		n.val = v
	} else if v.p != nil {
		t.insert(*k, v)
	}
	return nil
}

func (t *Table) setString(s *luaString, v Value) {
	t.flags = 0
	if n := t.findString(s); n != nil {
		n.val = v
	} else if v.p != nil {
		t.insert(Value{p: ptr(s)}, v)
	}
}

func (t *Table) setInt(i int64, v Value) {
	if uint64(i-1) < uint64(t.alen) {
		*t.elem(uint32(i - 1)) = v
		if v.p == nil && uint32(i) == t.alen {
			t.shrink()
		}
		return
	}
	if i == int64(t.alen)+1 {
		if v.p != nil {
			t.append(v)
		}
		return
	}
	k := number(float64(i))
	if t.ints {
		if n := t.findNode(&k); n != nil {
			n.val = v
			return
		}
	}
	if v.p != nil {
		t.insert(k, v)
	}
}

// shrink restores the invariant of alen after its last element became nil. Each step is paid by the store that
// filled the element.
func (t *Table) shrink() {
	n := t.alen
	for n > 0 && t.elem(n-1).p == nil {
		n--
	}
	t.alen = n
}

// append stores the element after the last one; v is not nil.
func (t *Table) append(v Value) {
	if t.alen == t.acap {
		if t.acap >= 8 && t.elem(0).p == nil {
			// Emptied at the front, as a queue is: the elements may be few by now and belong into the hash part.
			t.rehash(number(float64(t.alen)+1), v)
			return
		}
		t.growArray(max(4, t.acap+min(t.acap, 1<<22+t.acap/4)))
	}
	*t.elem(t.alen) = v
	t.alen++
	if t.ints {
		t.migrate()
	}
}

// migrate moves the keys after alen from the hash part to the array part.
func (t *Table) migrate() {
	for {
		k := number(float64(t.alen) + 1)
		n := t.findNode(&k)
		if n == nil {
			return
		}
		if n.val.p == nil {
			// The key goes to the array part from now on, and next must not find it here.
			n.bury()
			return
		}
		if t.alen == t.acap {
			t.growArray(max(4, t.acap*2))
		}
		*t.elem(t.alen) = n.val
		n.bury()
		t.alen++
	}
}

// insert adds a key that the table does not have; k is not nil or NaN, v is not nil.
func (t *Table) insert(k, v Value) {
	t.flags = 0
	if mp := t.node(hashOf(&k) & t.mask); mp.val.p == nil && t.nodes != ptr(&noNodes) {
		// Never used, or its key was removed; the chain that leads through it stays as it is.
		mp.key, mp.val = k, v
	} else {
		f := t.freeNode()
		if f == nil {
			t.rehash(k, v)
			return
		}
		other := t.node(hashOf(&mp.key) & t.mask)
		if other != mp {
			// The node there is out of its main position: move it to the free node.
			for other.follow() != mp {
				other = other.follow()
			}
			other.next = int32(t.nodeIndex(f)) - int32(t.nodeIndex(other))
			*f = *mp
			if mp.next != 0 {
				f.next = mp.next + int32(t.nodeIndex(mp)) - int32(t.nodeIndex(f))
			}
			mp.next = 0
			mp.key, mp.val = k, v
		} else {
			if mp.next != 0 {
				f.next = mp.next + int32(t.nodeIndex(mp)) - int32(t.nodeIndex(f))
			} else {
				f.next = 0
			}
			mp.next = int32(t.nodeIndex(f)) - int32(t.nodeIndex(mp))
			f.key, f.val = k, v
		}
	}
	if isNumber(&k) {
		t.ints = true
	}
}

// freeNode returns a node that never had a key, or nil.
func (t *Table) freeNode() *node {
	for t.free > 0 {
		t.free--
		if n := t.node(t.free); n.key.p == nil {
			return n
		}
	}
	return nil
}

// rehash adds the key k, for which there was no room, and gives both parts the size that the keys need: the array
// part gets the largest power of two n such that more than half of the keys 1 to n are in use.
func (t *Table) rehash(k, v Value) {
	var counts [33]int // counts[i]: integer keys in (2^(i-1), 2^i]
	ints, total := 0, 1
	count := func(v *Value) {
		if isNumber(v) {
			if i := int64(v.num()); float64(i) == v.num() && i >= 1 && i <= 1<<31 {
				counts[bits.Len64(uint64(i-1))]++
				ints++
			}
		}
	}
	count(&k)
	for i, v := range t.array(t.alen) {
		if v.p != nil {
			counts[bits.Len32(uint32(i))]++
			ints++
			total++
		}
	}
	oldNodes, oldMask, had := t.nodes, t.mask, t.nodes != ptr(&noNodes)
	if had {
		for i := uint32(0); i <= oldMask; i++ {
			if n := t.node(i); n.val.p != nil {
				count(&n.key)
				total++
			}
		}
	}
	size, inArray := 0, 0
	for i, below := 0, 0; i < len(counts) && 1<<i/2 < ints; i++ {
		below += counts[i]
		if below > 1<<i/2 {
			size, inArray = 1<<i, below
		}
	}

	oldArr, oldLen := t.arr, t.alen
	if uint32(size) > t.acap || uint32(size) < t.alen || uint32(size) < t.acap/2 {
		a := make([]Value, size)
		copy(a, t.array(t.alen))
		t.arr, t.acap = slots(a), uint32(size)
		t.alen = min(t.alen, uint32(size))
		t.shrink()
	}
	t.nodes, t.mask, t.free, t.ints = ptr(&noNodes), 0, 0, false
	if rest := total - inArray; rest > 0 {
		t.allocNodes(rest)
	}
	if oldLen > uint32(size) {
		for i, v := range valuesAt(oldArr, oldLen)[size:] {
			if v.p != nil {
				t.reinsert(number(float64(size+i+1)), v)
			}
		}
	}
	if had {
		for i := uint32(0); i <= oldMask; i++ {
			n := nodeAt(oldNodes, i)
			if n.val.p != nil {
				t.reinsert(n.key, n.val)
			}
		}
	}
	t.reinsert(k, v)
	if t.ints {
		t.migrate()
	}
}

// reinsert sets a key while rehash rebuilds the table: integer keys up to the array's size go there, holes or not.
func (t *Table) reinsert(k, v Value) {
	if isNumber(&k) {
		if f := k.num(); f >= 1 && f <= float64(t.acap) && f == math.Trunc(f) {
			i := uint32(f)
			*t.elem(i - 1) = v
			t.alen = max(t.alen, i)
			return
		}
	}
	t.insert(k, v)
}

// Next returns the entry after key k in the order of traversal, the first one for nil; ok is false after the last.
// The order is stable as long as no key is added. It fails for a key that the table does not have.
func (t *Table) Next(k Value) (key, val Value, ok bool, err error) {
	pos := uint64(0)
	if k.p != nil {
		if pos, err = t.positionAfter(&k); err != nil {
			return
		}
	}
	kp, vp, _ := t.entry(pos)
	if vp == nil {
		return Value{}, Value{}, false, nil
	}
	return kp, *vp, true, nil
}

// Positions of a traversal: array indexes first, then hash nodes from hashPosition on. They stay valid while the
// array part shrinks.
const hashPosition = 1 << 32

func (t *Table) positionAfter(k *Value) (uint64, error) {
	if isNumber(k) {
		if f := k.num(); f >= 1 && f <= float64(t.acap) && f == math.Trunc(f) {
			// An index within the capacity may have been in the array part before it shrank; such a key may also
			// stand in the hash part.
			if uint32(f) <= t.alen || !t.ints {
				return uint64(f), nil
			}
			if n := t.findNode(k); n == nil {
				return uint64(f), nil
			}
		}
	}
	n := t.findNode(k)
	if n == nil {
		return 0, errNextKey
	}
	return hashPosition + uint64(t.nodeIndex(n)) + 1, nil
}

// entry returns the first entry at position pos or after it, and the position after that; a nil value at the end.
func (t *Table) entry(pos uint64) (Value, *Value, uint64) {
	if pos < hashPosition {
		for i := pos; i < uint64(t.alen); i++ {
			if v := t.elem(uint32(i)); v.p != nil {
				return number(float64(i + 1)), v, i + 1
			}
		}
		pos = hashPosition
	}
	for i := pos - hashPosition; i <= uint64(t.mask); i++ {
		if n := t.node(uint32(i)); n.val.p != nil {
			return n.key, &n.val, hashPosition + i + 1
		}
	}
	return Value{}, nil, pos
}
