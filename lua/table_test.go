package lua

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// checkTable checks what table.go states about the parts of a table.
func checkTable(t *Table) error {
	if t.alen > t.acap {
		return fmt.Errorf("alen %d is beyond acap %d", t.alen, t.acap)
	}
	if t.alen > 0 && t.elem(t.alen-1).p == nil {
		return fmt.Errorf("alen %d is no border: the element is nil", t.alen)
	}
	for i := t.alen; i < t.acap; i++ {
		if t.elem(i).p != nil {
			return fmt.Errorf("element %d behind alen %d is not nil", i+1, t.alen)
		}
	}
	if t.nodes == ptr(&noNodes) {
		if t.mask != 0 || noNodes[0].key.p != nil || noNodes[0].val.p != nil {
			return fmt.Errorf("the node of tables without nodes was written to")
		}
		return nil
	}
	var live []Value
	for i := range t.mask + 1 {
		n := t.node(i)
		if n.next != 0 {
			if to := int64(i) + int64(n.next); to < 0 || to > int64(t.mask) {
				return fmt.Errorf("node %d leads to %d of %d", i, to, t.mask+1)
			}
		}
		if n.key.p == nil && n.val.p != nil {
			return fmt.Errorf("node %d has a value but no key", i)
		}
		if i >= t.free && n.key.p == nil {
			// Only a node that was passed over because it was in use may stand above free.
			return fmt.Errorf("node %d is free, but the search for free nodes has passed it (%d)", i, t.free)
		}
		if n.val.p == nil {
			continue
		}
		if kindOf(n.key.p) == kPosition {
			return fmt.Errorf("node %d is buried, but has a value", i)
		}
		if isNumber(&n.key) {
			f := n.key.num()
			if f != f {
				return fmt.Errorf("a NaN key")
			}
			if f == math.Trunc(f) {
				if !t.ints {
					return fmt.Errorf("the hash part has the integer key %v, but ints is not set", f)
				}
				if f >= 1 && f <= float64(t.alen)+1 {
					return fmt.Errorf("the hash part has key %v; alen is %d", f, t.alen)
				}
			}
		}
		// The key must be found from its main position, within as many steps as there are nodes.
		m, steps := t.node(hashOf(&n.key)&t.mask), uint32(0)
		for m != n {
			if m.next == 0 || steps > t.mask {
				return fmt.Errorf("key %v at node %d is not on the chain of its main position", n.key, i)
			}
			if rawEqual(&m.key, &n.key) && m.key.p != nil {
				return fmt.Errorf("key %v stands twice on its chain", n.key)
			}
			m = m.follow()
			steps++
		}
		live = append(live, n.key)
	}
	for i := range live {
		for j := range live[:i] {
			if len(live) < 64 && rawEqual(&live[i], &live[j]) {
				return fmt.Errorf("key %v stands twice", live[i])
			}
		}
	}
	return nil
}

// modelKey is a key of the model: a value that Go compares as Lua does.
type modelKey any

func keyOf(v Value) modelKey {
	switch v.Kind() {
	case KindNumber:
		return v.num() + 0 // one zero
	case KindString:
		return v.str().text()
	case KindBool:
		return v.Truthy()
	}
	return v.p
}

// tableModel drives a table and a Go map alike.
type tableModel struct {
	table *Table
	model map[modelKey]Value
	keys  []Value // some table keys, always the same
	texts []Value // constants of a program
	next  int     // the next value to store, each of them different
}

func newTableModel(t *Table) *tableModel {
	m := &tableModel{table: t, model: map[modelKey]Value{}}
	for range 4 {
		m.keys = append(m.keys, NewTable(0, 0).Value())
	}
	for i := range 8 {
		s := newString(fmt.Sprint("constant", i))
		s.hashed()
		s.flags |= stringConstant
		m.texts = append(m.texts, Value{p: ptr(s)})
	}
	return m
}

func (m *tableModel) value() Value { m.next++; return Int(m.next) }

// key draws a key of any kind but nil and NaN; equal strings and zeros come as different objects.
func (m *tableModel) key(r *rapid.T) Value {
	switch rapid.IntRange(0, 13).Draw(r, "kind of key") {
	case 0, 1, 2:
		return Int(rapid.IntRange(1, 20).Draw(r, "int"))
	case 3:
		return Int(rapid.IntRange(-3, 200).Draw(r, "int"))
	case 4:
		n := m.table.Len()
		return Int(n + rapid.IntRange(-1, 3).Draw(r, "near the border"))
	case 5:
		return Number(rapid.SampledFrom([]float64{
			0, math.Copysign(0, -1), 0.5, 1.5, -1, 1 << 31, 1<<31 + 1, 1 << 32, 1<<32 + 1, -(1 << 32), 1 << 53, 1 << 62, 1 << 63, -(1 << 63),
			1e300, math.Inf(1), math.Inf(-1), math.SmallestNonzeroFloat64, 1 << 20, 4503599627370497.5,
		}).Draw(r, "float"))
	case 6:
		return Int(1 << rapid.IntRange(0, 40).Draw(r, "power of two"))
	case 7, 8:
		return m.texts[rapid.IntRange(0, len(m.texts)-1).Draw(r, "constant")]
	case 9, 10:
		return String(fmt.Sprint("constant", rapid.IntRange(0, 12).Draw(r, "another object")))
	case 11:
		return String(rapid.StringN(0, 3, -1).Draw(r, "string"))
	case 12:
		return Bool(rapid.Bool().Draw(r, "bool"))
	default:
		return m.keys[rapid.IntRange(0, len(m.keys)-1).Draw(r, "table")]
	}
}

func (m *tableModel) set(t rapid.TB, k, v Value) {
	if err := m.table.Set(k, v); err != nil {
		t.Fatalf("t[%v] = %v: %v", k, v, err)
	}
	m.put(k, v)
}

func (m *tableModel) put(k, v Value) {
	if v.IsNil() {
		delete(m.model, keyOf(k))
	} else {
		m.model[keyOf(k)] = v
	}
}

// check compares the table with the model: each key, the border, and a traversal.
func (m *tableModel) check(t rapid.TB) {
	if err := checkTable(m.table); err != nil {
		t.Fatal(err)
	}
	n := m.table.Len()
	if n > 0 && m.table.GetInt(n).IsNil() || !m.table.GetInt(n+1).IsNil() {
		t.Fatalf("%d is no border", n)
	}
	seen := map[modelKey]bool{}
	k := Nil
	for {
		key, v, ok, err := m.table.Next(k)
		if err != nil {
			t.Fatalf("next(%v): %v", k, err)
		}
		if !ok {
			break
		}
		want, has := m.model[keyOf(key)]
		if !has || !RawEqual(want, v) {
			t.Fatalf("next gives %v = %v, should be %v", key, v, want)
		}
		if seen[keyOf(key)] {
			t.Fatalf("next gives %v twice", key)
		}
		seen[keyOf(key)] = true
		if got := m.table.Get(key); !RawEqual(got, v) {
			t.Fatalf("next gives %v = %v, but t[%v] is %v", key, v, key, got)
		}
		k = key
	}
	if len(seen) != len(m.model) {
		t.Fatalf("next gives %d of %d entries", len(seen), len(m.model))
	}
}

// Whatever is done to a table, it holds what a map would.
func TestTableAgainstMap(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		narr, nhash := rapid.IntRange(0, 9).Draw(r, "narr"), rapid.IntRange(0, 9).Draw(r, "nhash")
		m := newTableModel(NewTable(narr, nhash))
		vm := &VM{memoryLimit: defaultLimit, allocLeft: defaultLimit}
		r.Repeat(map[string]func(*rapid.T){
			"": func(r *rapid.T) { m.check(r) },
			"set": func(r *rapid.T) {
				m.set(r, m.key(r), m.value())
			},
			"delete": func(r *rapid.T) {
				m.set(r, m.key(r), Nil)
			},
			"delete present": func(r *rapid.T) {
				k, _, ok, _ := m.table.Next(Nil)
				for range rapid.IntRange(0, 20).Draw(r, "steps") {
					if next, _, more, _ := m.table.Next(k); more {
						k = next
					}
				}
				if ok {
					m.set(r, k, Nil)
				}
			},
			"get": func(r *rapid.T) {
				k := m.key(r)
				if got, want := m.table.Get(k), m.model[keyOf(k)]; !RawEqual(got, want) {
					r.Fatalf("t[%v] is %v, should be %v", k, got, want)
				}
				if i, ok := k.AsNumber(); ok && i == math.Trunc(i) && math.Abs(i) < 1<<53 {
					if got := m.table.GetInt(int(i)); !RawEqual(got, m.table.Get(k)) {
						r.Fatalf("GetInt(%v) is %v, Get %v", i, got, m.table.Get(k))
					}
				}
				if s, ok := k.AsString(); ok {
					if got := m.table.GetString(s); !RawEqual(got, m.table.Get(k)) {
						r.Fatalf("GetString(%q) is %v, Get %v", s, got, m.table.Get(k))
					}
				}
			},
			"append": func(r *rapid.T) {
				k, v := Int(m.table.Len()+1), m.value()
				m.table.Append(v)
				m.put(k, v)
			},
			"pop": func(r *rapid.T) {
				if n := m.table.Len(); n > 0 {
					m.set(r, Int(n), Nil)
				}
			},
			"pop front": func(r *rapid.T) {
				for i := 1; i <= m.table.Len(); i++ {
					if !m.table.GetInt(i).IsNil() {
						m.set(r, Int(i), Nil)
						break
					}
				}
			},
			"fill": func(r *rapid.T) {
				first, n := rapid.IntRange(-2, 30).Draw(r, "first"), rapid.IntRange(0, 40).Draw(r, "n")
				order := make([]int, n)
				for i := range order {
					order[i] = first + i
				}
				switch rapid.IntRange(0, 2).Draw(r, "order") {
				case 1:
					slices.Reverse(order)
				case 2:
					rng := rand.New(rand.NewPCG(uint64(n), rapid.Uint64().Draw(r, "seed")))
					rng.Shuffle(n, func(i, j int) { order[i], order[j] = order[j], order[i] })
				}
				for _, i := range order {
					v := m.value()
					m.table.SetInt(i, v)
					m.put(Int(i), v)
				}
			},
			"clear while traversing": func(r *rapid.T) { m.clearTraversing(r) },
			"field of a program": func(r *rapid.T) {
				k := m.texts[rapid.IntRange(0, len(m.texts)-1).Draw(r, "constant")]
				v := m.value()
				if n := m.table.findString(k.str()); n != nil && n.val.p != nil {
					n.val = v
				} else {
					vm.insertString(m.table, k.str(), v)
				}
				m.put(k, v)
			},
			"bad keys": func(r *rapid.T) {
				if err := m.table.Set(Nil, True); err == nil || err.Error() != "table index is nil" {
					r.Fatalf("nil: %v", err)
				}
				if err := m.table.Set(Number(math.NaN()), True); err == nil || err.Error() != "table index is NaN" {
					r.Fatalf("NaN: %v", err)
				}
				if v := m.table.Get(Nil); !v.IsNil() {
					r.Fatalf("t[nil] is %v", v)
				}
				if v := m.table.Get(Number(math.NaN())); !v.IsNil() {
					r.Fatalf("t[NaN] is %v", v)
				}
				if _, _, _, err := m.table.Next(String("no such key")); err == nil {
					r.Fatal("next of an unknown key does not fail")
				}
			},
		})
	})
}

// clearTraversing walks over the table, with next or by position as a fused pairs loop does, assigning to and clearing
// fields that are there; each must be visited once.
func (m *tableModel) clearTraversing(r *rapid.T) {
	share := rapid.IntRange(0, 4).Draw(r, "cleared of 4")
	fused := rapid.Bool().Draw(r, "by position")
	ahead := rapid.Bool().Draw(r, "clear others too")
	left := map[modelKey]bool{}
	for k := range m.model {
		left[k] = true
	}
	var kv [2]Value
	position := Value{p: ptr(&positionTag)}
	n := 0
	for {
		if fused {
			if !m.table.advance(&position, &kv[0]) {
				break
			}
		} else {
			key, v, ok, err := m.table.Next(kv[0])
			if err != nil {
				r.Fatalf("next(%v): %v", kv[0], err)
			}
			if !ok {
				break
			}
			kv[0], kv[1] = key, v
		}
		k := keyOf(kv[0])
		if !left[k] {
			r.Fatalf("traversal gives %v, which is gone or was seen", kv[0])
		}
		delete(left, k)
		if n++; n%4 < share {
			m.set(r, kv[0], Nil)
		} else {
			m.set(r, kv[0], m.value())
		}
		if ahead && n%3 == 0 {
			k := m.key(r)
			if _, has := m.model[keyOf(k)]; has {
				m.set(r, k, Nil)
				delete(left, keyOf(k))
			}
		}
	}
	if len(left) != 0 {
		r.Fatalf("traversal left %d entries out", len(left))
	}
}

// A list in a constructor stands above what came before it in brackets.
func TestTableConstructors(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		vm := NewVM(Options{})
		m := newTableModel(NewTable(rapid.IntRange(0, 3).Draw(r, "narr"), rapid.IntRange(0, 3).Draw(r, "nhash")))
		first := uint32(0)
		for range rapid.IntRange(1, 4).Draw(r, "parts") {
			for range rapid.IntRange(0, 4).Draw(r, "fields") {
				if rapid.Bool().Draw(r, "delete") {
					m.set(r, m.key(r), Nil)
				} else {
					m.set(r, m.key(r), m.value())
				}
			}
			list := make([]Value, rapid.IntRange(0, 6).Draw(r, "elements"))
			for i := range list {
				if rapid.IntRange(0, 3).Draw(r, "nil") > 0 {
					list[i] = m.value()
				}
				m.put(Int(int(first)+i+1), list[i])
			}
			if err := vm.setList(m.table, list, first); err != nil {
				r.Fatal(err)
			}
			first += uint32(len(list))
			m.check(r)
		}
	})
}

// A table that is filled and emptied again and again does not grow, in whatever order that happens.
func TestTableStaysLevel(t *testing.T) {
	fresh := func(i int) Value { return String(fmt.Sprint("key", i)) }
	tests := []struct {
		name  string
		limit int // bytes that the table may take at most
		step  func(t *Table, i int)
	}{
		{"queue of numbers", 64 << 10, func(t *Table, i int) {
			t.SetInt(i+1, True)
			t.SetInt(i-100, Nil)
		}},
		{"queue from the top", 64 << 10, func(t *Table, i int) {
			t.SetInt(1<<40-i, True)
			t.SetInt(1<<40-i+100, Nil)
		}},
		{"stack", 64 << 10, func(t *Table, i int) {
			if i%400 < 200 {
				t.Append(True)
			} else {
				t.SetInt(t.Len(), Nil)
			}
		}},
		{"new strings", 64 << 10, func(t *Table, i int) {
			t.SetString(fmt.Sprint("key", i), True)
			t.SetString(fmt.Sprint("key", i-100), Nil)
		}},
		{"new tables", 64 << 10, func(t *Table, i int) {
			k := NewTable(0, 0).Value()
			_ = t.Set(k, True)
			_ = t.Set(k, Nil)
		}},
		{"filled and emptied", 256 << 10, func(t *Table, i int) {
			if i%2000 < 1000 {
				_ = t.Set(fresh(i), Int(i))
			} else {
				_ = t.Set(fresh(i-1000), Nil)
			}
		}},
		{"floats", 64 << 10, func(t *Table, i int) {
			_ = t.Set(Number(float64(i)+0.5), True)
			_ = t.Set(Number(float64(i)-50.5), Nil)
		}},
		{"numbers and names", 256 << 10, func(t *Table, i int) {
			_ = t.Set(Int(i%1000), Int(i))
			_ = t.Set(fresh(i%1000), Int(i))
			_ = t.Set(Int((i+500)%1000), Nil)
			_ = t.Set(fresh((i+500)%1000), Nil)
		}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			table := NewTable(0, 0)
			for i := range 100_000 {
				test.step(table, i)
				if n := table.bytes(); n > test.limit {
					t.Fatalf("%d bytes after %d steps", n, i)
				}
			}
			if err := checkTable(table); err != nil {
				t.Error(err)
			}
		})
	}
}

// Filling costs memory in proportion to the entries, and most of a dense list is in the array part, in any order.
func TestTableGrowth(t *testing.T) {
	const n = 50_000
	orders := map[string]func(i int) int{
		"forward":     func(i int) int { return i + 1 },
		"backward":    func(i int) int { return n - i },
		"random":      func(i int) int { return i*7919%n + 1 },
		"odd, even":   func(i int) int { return (2*i)%n + (2*i)/n + 1 },
		"from middle": func(i int) int { return n/2 + (i+1)/2*(1-i%2*2) + 1 - (1-i%2)*0 },
	}
	for name, order := range orders {
		t.Run(name, func(t *testing.T) {
			table := NewTable(0, 0)
			for i := range n {
				table.SetInt(order(i), Int(i))
			}
			if err := checkTable(table); err != nil {
				t.Fatal(err)
			}
			for i := 1; i <= n; i++ {
				if name != "from middle" && table.GetInt(i).IsNil() {
					t.Fatalf("key %d is missing", i)
				}
			}
			if got := table.bytes(); got > n*nodeSize*2+1000 {
				t.Errorf("%d bytes for %d entries", got, n)
			}
			if name == "forward" && table.bytes() > n*valueSize*2+1000 {
				t.Errorf("%d bytes for a list of %d", table.bytes(), n)
			}
		})
	}
	for _, per := range []int{1000, 100_000} {
		table := NewTable(0, 0)
		for i := range per {
			table.SetString(fmt.Sprint("key", i), True)
		}
		if got := table.bytes(); got > per*nodeSize*2+tableSize {
			t.Errorf("%d bytes for %d fields", got, per)
		}
	}
}

// A removed key that also was a key of the array part does not lead a traversal astray.
func TestNextAfterMigration(t *testing.T) {
	table := NewTable(0, 0)
	for _, k := range []string{"a", "b", "c", "d", "e"} {
		table.SetString(k, True)
	}
	for _, i := range []int{2, 3, 5, 1, 4} {
		table.SetInt(i, True)
	}
	n := 0
	for k, _, ok, err := table.Next(Nil); ok; k, _, ok, err = table.Next(k) {
		if err != nil {
			t.Fatal(err)
		}
		if err := table.Set(k, Nil); err != nil {
			t.Fatal(err)
		}
		n++
	}
	if n != 10 {
		t.Errorf("%d of 10 entries", n)
	}
}

// Entries that a weak table has lost are not found under another key, and do not hide one.
func TestBuriedEntries(t *testing.T) {
	vm := NewVM(Options{})
	mt := NewTable(0, 1)
	mt.SetString("__mode", String("k"))
	for range 200 {
		weak := NewTable(0, 0)
		weak.SetMetatable(mt)
		for range 6 {
			_ = weak.Set(NewTable(0, 0).Value(), True)
		}
		_ = weak.Set(False, String("false"))
		_ = weak.Set(True, String("true"))
		vm.globals.SetString("weak", weak.Value())
		if err := vm.account(true, 0); err != nil {
			t.Fatal(err)
		}
		if f, tr := weak.Get(False).String(), weak.Get(True).String(); f != "false" || tr != "true" {
			t.Fatalf("got %v, %v", f, tr)
		}
		_ = weak.Set(False, Nil)
		_ = weak.Set(True, Nil)
		if k, _, ok, _ := weak.Next(Nil); ok {
			t.Fatalf("%v is left", k)
		}
		if err := checkTable(weak); err != nil {
			t.Fatal(err)
		}
	}
}

func BenchmarkTable(b *testing.B) {
	names := make([]Value, 16)
	for i := range names {
		names[i] = String(fmt.Sprint("field", i))
	}
	list, object := NewTable(0, 0), NewTable(0, 16)
	for i := range 1000 {
		list.SetInt(i+1, Int(i))
	}
	for _, k := range names {
		_ = object.Set(k, True)
	}
	b.Run("GetInt", func(b *testing.B) {
		for i := range b.N {
			list.GetInt(i%1000 + 1)
		}
	})
	b.Run("GetString", func(b *testing.B) {
		for i := range b.N {
			object.Get(names[i%16])
		}
	})
	b.Run("SetString", func(b *testing.B) {
		for i := range b.N {
			_ = object.Set(names[i%16], False)
		}
	})
	b.Run("Append", func(b *testing.B) {
		b.ReportAllocs()
		for range b.N {
			t := NewTable(0, 0)
			for range 100 {
				t.Append(True)
			}
		}
	})
	b.Run("Insert", func(b *testing.B) {
		b.ReportAllocs()
		for range b.N {
			t := NewTable(0, 0)
			for _, k := range names {
				_ = t.Set(k, True)
			}
		}
	})
	b.Run("Next", func(b *testing.B) {
		for range b.N {
			k := Nil
			for ok := true; ok; {
				k, _, ok, _ = object.Next(k)
			}
		}
	})
	b.Run("Queue", func(b *testing.B) {
		b.ReportAllocs()
		t := NewTable(0, 0)
		for i := range b.N {
			t.SetInt(i+1, True)
			t.SetInt(i-100, Nil)
		}
	})
}
