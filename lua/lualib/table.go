package lualib

import (
	"errors"
	"fmt"

	"github.com/luart/luart/lua"
)

// The library table. Tables without a metatable are worked on directly; for all others the functions go through
// metamethods, which may yield: that is in tablewalk.go.

func openTable(vm *lua.VM) {
	l := new(tableLibrary)
	t := register(vm, "table", []function{
		{"concat", l.concat},
		{"foreach", tableForeach},
		{"foreachi", tableForeachi},
		{"getn", tableGetn},
		{"insert", tableInsert},
		{"maxn", tableMaxn},
		{"move", tableMove},
		{"pack", tablePack},
		{"remove", tableRemove},
		{"sort", l.sort},
		{"unpack", tableUnpack},
	})
	vm.Globals().SetString("unpack", t.GetString("unpack"))
}

// tableLibrary is what the table functions of one VM share.
type tableLibrary struct {
	buffer []byte       // scratch for concat
	idle   *orderedSort // that the next sort can use
}

// tableNeeds says what a function does with an object that stands for a table.
type tableNeeds struct{ read, write, length bool }

// plainTable returns argument i when it is a table without a metatable, else nil.
func plainTable(c lua.Call, i int) *lua.Table {
	if t, ok := c.Arg(i).AsTable(); ok && t.Metatable() == nil {
		return t
	}
	return nil
}

// checkTableLike returns argument i: a table, or another object with the metamethods that are needed.
func checkTableLike(c lua.Call, i int, needs tableNeeds) (lua.Value, error) {
	v := c.Arg(i)
	if v.Kind() == lua.KindTable {
		return v, nil
	}
	lacks := func(name string) bool { return c.Metafield(v, name).IsNil() }
	if needs.read && lacks("__index") || needs.write && lacks("__newindex") || needs.length && lacks("__len") {
		return v, c.TypeError(i, "table")
	}
	return v, nil
}

var errInsertCount = errors.New(`wrong number of arguments to "insert"`)

func tableInsert(c lua.Call) (lua.Results, error) {
	t := plainTable(c, 1)
	if t == nil {
		return insertSlow(c)
	}
	switch c.N() {
	case 2:
		n := t.Len()
		// Tables grow about when their length passes a power of two.
		if n&(n-1) == 0 {
			if err := c.Reserve(16 * n); err != nil {
				return 0, err
			}
		}
		t.SetInt(n+1, c.Arg(2))
		return c.Return0()
	case 3:
		pos, err := c.CheckInt(2)
		if err != nil {
			return 0, err
		}
		end := max(t.Len()+1, pos)
		if err := c.Reserve(16); err != nil {
			return 0, err
		}
		if err := shift(c, t, pos, pos+1, end-pos); err != nil {
			return 0, err
		}
		t.SetInt(pos, c.Arg(3))
		return c.Return0()
	}
	return 0, errInsertCount
}

// shift copies n elements of t from position from on to position to on, in the order that overlapping needs.
func shift(c lua.Call, t *lua.Table, from, to, n int) error {
	backward := to > from && to < from+n
	for i := range n {
		k := i
		if backward {
			k = n - 1 - i
		}
		t.SetInt(to+k, t.GetInt(from+k))
		if (i+1)%pollEvery == 0 {
			if err := c.Interrupted(); err != nil {
				return err
			}
		}
	}
	return nil
}

func tableRemove(c lua.Call) (lua.Results, error) {
	t := plainTable(c, 1)
	if t == nil {
		return removeSlow(c)
	}
	size := t.Len()
	pos, err := c.OptInt(2, size)
	if err != nil {
		return 0, err
	}
	if pos > size {
		return c.Return0()
	}
	v := t.GetInt(pos)
	if pos < size {
		if err := shift(c, t, pos+1, pos, size-pos); err != nil {
			return 0, err
		}
	}
	t.SetInt(size, lua.Nil)
	return c.Return1(v)
}

// concatRun is a concatenation in progress.
type concatRun struct {
	sep  string
	i, j int
	out  []byte
}

// add appends element i and the separator behind it.
func (r *concatRun) add(c lua.Call, v lua.Value) (err error) {
	if s, ok := v.AsString(); ok {
		if r.out, err = grow(c, r.out, len(s)+len(r.sep)); err != nil {
			return err
		}
		r.out = append(r.out, s...)
	} else if f, ok := v.AsNumber(); ok {
		if r.out, err = grow(c, r.out, numberBytes+len(r.sep)); err != nil {
			return err
		}
		r.out = appendNumber(r.out, f)
	} else {
		return fmt.Errorf("bad argument (string expected, got %s)", c.VM().TypeName(v))
	}
	if r.i < r.j {
		r.out = append(r.out, r.sep...)
	}
	r.i++
	if r.i%pollEvery == 0 {
		return c.Interrupted()
	}
	return nil
}

// checkConcat reads the arguments of concat for a table of n elements.
func checkConcat(c lua.Call, n int) (r concatRun, err error) {
	if r.sep, err = c.OptString(2, ""); err != nil {
		return
	}
	if r.i, err = c.OptInt(3, 1); err != nil {
		return
	}
	r.j, err = c.OptInt(4, n)
	return
}

func (l *tableLibrary) concat(c lua.Call) (lua.Results, error) {
	t := plainTable(c, 1)
	if t == nil {
		return concatSlow(c)
	}
	r, err := checkConcat(c, t.Len())
	if err != nil {
		return 0, err
	}
	r.out = l.buffer[:0]
	for r.i <= r.j {
		if err := r.add(c, t.GetInt(r.i)); err != nil {
			return 0, err
		}
	}
	if cap(r.out) <= keepBuffer {
		l.buffer = r.out[:0]
	}
	return returnBytes(c, r.out)
}

var errUnpackCount = errors.New("too many results to unpack")

func tableUnpack(c lua.Call) (lua.Results, error) {
	t := plainTable(c, 1)
	if t == nil {
		return unpackSlow(c)
	}
	i, err := c.OptInt(2, 1)
	if err != nil {
		return 0, err
	}
	j := t.Len()
	if !c.Arg(3).IsNil() {
		if j, err = c.CheckInt(3); err != nil {
			return 0, err
		}
	}
	if i > j {
		return c.Return0()
	}
	n := j - i + 1
	if n > maxResults {
		return 0, errUnpackCount
	}
	out, results, err := c.ReturnSlots(n)
	if err != nil {
		return 0, err
	}
	for k := range out {
		out[k] = t.GetInt(i + k)
	}
	return results, nil
}

// countKey is the key "n" of packed tables.
var countKey = lua.Constant("n")

func tablePack(c lua.Call) (lua.Results, error) {
	n := c.N()
	if err := c.Reserve(128 + 16*n); err != nil {
		return 0, err
	}
	t := lua.NewTable(n, 1)
	for i := 1; i <= n; i++ {
		t.SetInt(i, c.Arg(i))
	}
	if err := t.Set(countKey, lua.Int(n)); err != nil {
		return 0, err
	}
	return c.Return1(t.Value())
}

// tableGetn is the length without metamethods.
func tableGetn(c lua.Call) (lua.Results, error) {
	t, err := c.CheckTable(1)
	if err != nil {
		return 0, err
	}
	return c.Return1(lua.Int(t.Len()))
}

func tableMaxn(c lua.Call) (lua.Results, error) {
	t, err := c.CheckTable(1)
	if err != nil {
		return 0, err
	}
	greatest := 0.0
	k := lua.Nil
	for n := 1; ; n++ {
		var ok bool
		if k, _, ok, err = t.Next(k); err != nil {
			return 0, err
		}
		if !ok {
			return c.Return1(lua.Number(greatest))
		}
		if f, ok := k.AsNumber(); ok && f > greatest {
			greatest = f
		}
		if n%pollEvery == 0 {
			if err := c.Interrupted(); err != nil {
				return 0, err
			}
		}
	}
}

var (
	errMoveCount = lua.ArgError(3, "too many elements to move")
	errMoveWrap  = lua.ArgError(4, "destination wrap around")
)

func tableMove(c lua.Call) (lua.Results, error) {
	var at [3]int // from, end, to
	for i := range at {
		var err error
		if at[i], err = c.CheckInt(i + 2); err != nil {
			return 0, err
		}
	}
	from, end, to := at[0], at[1], at[2]
	dest := c.Arg(5)
	if dest.IsNil() {
		dest = c.Arg(1)
	}
	source, err := checkTableLike(c, 1, tableNeeds{read: true})
	if err != nil {
		return 0, err
	}
	if end < from {
		return c.Return1(dest)
	}
	n := end - from + 1
	const maxInt = 1<<31 - 1 // of positions
	if from < 1 && end >= maxInt+from {
		return 0, errMoveCount
	}
	if to > maxInt-n+1 {
		return 0, errMoveWrap
	}
	s, d := plainTable(c, 1), plainTable(c, 1)
	if !c.Arg(5).IsNil() {
		d = plainTable(c, 5)
	}
	if s == nil || d == nil {
		return (&tableCopy{
			source: source, dest: dest, from: from, to: to, count: n,
			backward: to > from && to <= end && lua.RawEqual(source, dest), result: dest, results: 1,
		}).begin(c)
	}
	if s == d {
		err = shift(c, s, from, to, n)
	} else {
		for k := 0; k < n && err == nil; k++ {
			d.SetInt(to+k, s.GetInt(from+k))
			if (k+1)%pollEvery == 0 {
				// What was moved since the last time may be new.
				if err = c.Reserve(16 * pollEvery); err == nil {
					err = c.Interrupted()
				}
			}
		}
	}
	if err != nil {
		return 0, err
	}
	return c.Return1(dest)
}

// foreach calls a function for the entries of a table until it returns something.
type foreach struct {
	table *lua.Table
	f     lua.Value
	key   lua.Value
	index int
	list  bool // foreachi
	took  lua.Cont
}

func tableForeach(c lua.Call) (lua.Results, error) { return newForeach(c, false) }

func tableForeachi(c lua.Call) (lua.Results, error) { return newForeach(c, true) }

func newForeach(c lua.Call, list bool) (lua.Results, error) {
	t, err := c.CheckTable(1)
	if err != nil {
		return 0, err
	}
	f, err := c.CheckFunction(2)
	if err != nil {
		return 0, err
	}
	it := &foreach{table: t, f: f, list: list}
	it.took = it.resume
	return it.next(c)
}

func (it *foreach) next(c lua.Call) (lua.Results, error) {
	if it.list {
		it.index++
		v := it.table.GetInt(it.index)
		if v.IsNil() {
			return c.Return1(lua.Nil)
		}
		return c.CallThen(it.f, it.took, lua.Int(it.index), v)
	}
	k, v, ok, err := it.table.Next(it.key)
	if err != nil {
		return 0, err
	}
	if !ok {
		return c.Return1(lua.Nil)
	}
	it.key = k
	return c.CallThen(it.f, it.took, k, v)
}

func (it *foreach) resume(c lua.Call) (lua.Results, error) {
	if v := c.Arg(1); !v.IsNil() {
		return c.Return1(v)
	}
	return it.next(c)
}
