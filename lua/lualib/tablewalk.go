package lualib

import (
	"errors"

	"github.com/luart/luart/lua"
)

// The table functions for objects with metamethods. Each of these may yield, so what a function does is a state
// machine that goes on when the metamethod has returned.

var errLengthType = errors.New("object length is not an integer")

// withLength calls k with the length of obj.
func withLength(c lua.Call, obj lua.Value, k func(c lua.Call, n int) (lua.Results, error)) (lua.Results, error) {
	took := func(c lua.Call) (lua.Results, error) {
		f, ok := c.Arg(1).AsNumber()
		n := int(int32(packInteger(f)))
		if !ok || float64(n) != f {
			return 0, errLengthType
		}
		return k(c, n)
	}
	return c.LenThen(obj, took)
}

// tableCopy copies elements between two objects, then sets one more, then returns.
type tableCopy struct {
	source, dest lua.Value
	from, to     int
	count        int
	backward     bool
	last         bool // set dest[lastKey] = lastValue in the end
	lastKey      int
	lastValue    lua.Value
	result       lua.Value
	results      int // 0 or 1: how many of result

	done    int // elements copied
	storing bool
	took    lua.Cont
}

func (m *tableCopy) begin(c lua.Call) (lua.Results, error) {
	m.took = m.resume
	return m.run(c)
}

// offset is the number of the element to copy next.
func (m *tableCopy) offset() int {
	if m.backward {
		return m.count - 1 - m.done
	}
	return m.done
}

func (m *tableCopy) run(c lua.Call) (lua.Results, error) {
	for m.done < m.count {
		key := lua.Int(m.from + m.offset())
		v, ok, err := c.Index(m.source, key)
		if err != nil {
			return 0, err
		}
		m.storing = false
		if !ok {
			return c.IndexThen(m.source, key, m.took)
		}
		if wait, r, err := m.store(c, v); wait || err != nil {
			return r, err
		}
		if m.done%pollEvery == 0 {
			if err := c.Interrupted(); err != nil {
				return 0, err
			}
		}
	}
	if m.last {
		m.last = false
		key := lua.Int(m.lastKey)
		ok, err := c.SetIndex(m.dest, key, m.lastValue)
		if err != nil {
			return 0, err
		}
		if !ok {
			m.storing = true
			return c.SetIndexThen(m.dest, key, m.lastValue, m.took)
		}
	}
	if m.results == 0 {
		return c.Return0()
	}
	return c.Return1(m.result)
}

// store stores the element that was read; wait is true when that takes a call.
func (m *tableCopy) store(c lua.Call, v lua.Value) (wait bool, r lua.Results, err error) {
	key := lua.Int(m.to + m.offset())
	m.done++
	ok, err := c.SetIndex(m.dest, key, v)
	if ok || err != nil {
		return false, 0, err
	}
	m.storing = true
	r, err = c.SetIndexThen(m.dest, key, v, m.took)
	return true, r, err
}

func (m *tableCopy) resume(c lua.Call) (lua.Results, error) {
	if !m.storing {
		if wait, r, err := m.store(c, c.Arg(1)); wait || err != nil {
			return r, err
		}
	}
	return m.run(c)
}

func insertSlow(c lua.Call) (lua.Results, error) {
	t, err := checkTableLike(c, 1, tableNeeds{read: true, write: true, length: true})
	if err != nil {
		return 0, err
	}
	m := &tableCopy{source: t, dest: t, last: true}
	switch c.N() {
	case 2:
		m.lastValue = c.Arg(2)
		return withLength(c, t, func(c lua.Call, n int) (lua.Results, error) {
			m.lastKey = n + 1
			return m.begin(c)
		})
	case 3:
		if m.lastKey, err = c.CheckInt(2); err != nil {
			return 0, err
		}
		m.lastValue = c.Arg(3)
		return withLength(c, t, func(c lua.Call, n int) (lua.Results, error) {
			m.from, m.to, m.backward = m.lastKey, m.lastKey+1, true
			m.count = max(n+1-m.lastKey, 0)
			return m.begin(c)
		})
	}
	return 0, errInsertCount
}

func removeSlow(c lua.Call) (lua.Results, error) {
	t, err := checkTableLike(c, 1, tableNeeds{read: true, write: true, length: true})
	if err != nil {
		return 0, err
	}
	pos, err := c.OptInt(2, 0)
	if err != nil {
		return 0, err
	}
	atEnd := c.Arg(2).IsNil()
	return withLength(c, t, func(c lua.Call, n int) (lua.Results, error) {
		if atEnd {
			pos = n
		}
		if pos > n {
			return c.Return0()
		}
		m := &tableCopy{source: t, dest: t, from: pos + 1, to: pos, count: n - pos, last: true, lastKey: n, results: 1}
		return c.IndexThen(t, lua.Int(pos), func(c lua.Call) (lua.Results, error) {
			m.result = c.Arg(1)
			return m.begin(c)
		})
	})
}

// tableRead reads elements i to j of an object, one after the other.
type tableRead struct {
	obj  lua.Value
	i, j int
	each func(c lua.Call, v lua.Value) error
	held func() int // bytes that each has gathered
	then func(c lua.Call) (lua.Results, error)
	took lua.Cont
}

func (r *tableRead) begin(c lua.Call) (lua.Results, error) {
	r.took = r.resume
	return r.run(c)
}

func (r *tableRead) run(c lua.Call) (lua.Results, error) {
	for r.i <= r.j {
		key := lua.Int(r.i)
		v, ok, err := c.Index(r.obj, key)
		if err != nil {
			return 0, err
		}
		r.i++
		if !ok {
			return c.Holding(r.held()).IndexThen(r.obj, key, r.took)
		}
		if err := r.each(c, v); err != nil {
			return 0, err
		}
		if r.i%pollEvery == 0 {
			if err := c.Interrupted(); err != nil {
				return 0, err
			}
		}
	}
	return r.then(c)
}

func (r *tableRead) resume(c lua.Call) (lua.Results, error) {
	if err := r.each(c, c.Arg(1)); err != nil {
		return 0, err
	}
	return r.run(c)
}

func concatSlow(c lua.Call) (lua.Results, error) {
	t, err := checkTableLike(c, 1, tableNeeds{read: true, length: true})
	if err != nil {
		return 0, err
	}
	run, err := checkConcat(c, 0)
	if err != nil {
		return 0, err
	}
	toEnd := c.Arg(4).IsNil()
	return withLength(c, t, func(c lua.Call, n int) (lua.Results, error) {
		if toEnd {
			run.j = n
		}
		return (&tableRead{
			obj: t, i: run.i, j: run.j, each: run.add, held: func() int { return cap(run.out) },
			then: func(c lua.Call) (lua.Results, error) { return returnBytes(c, run.out) },
		}).begin(c)
	})
}

// unpackSlow takes any object; one without metamethods fails where it is indexed or measured.
func unpackSlow(c lua.Call) (lua.Results, error) {
	obj := c.Arg(1)
	i, err := c.OptInt(2, 1)
	if err != nil {
		return 0, err
	}
	read := func(c lua.Call, j int) (lua.Results, error) {
		if j-i+1 > maxResults {
			return 0, errUnpackCount
		}
		return readAll(c, obj, i, j, func(c lua.Call, list []lua.Value) (lua.Results, error) {
			out, results, err := c.ReturnSlots(len(list))
			if err != nil {
				return 0, err
			}
			copy(out, list)
			return results, nil
		})
	}
	if c.Arg(3).IsNil() {
		return withLength(c, obj, read)
	}
	j, err := c.CheckInt(3)
	if err != nil {
		return 0, err
	}
	return read(c, j)
}

// readAll calls then with the elements i to j of obj.
func readAll(
	c lua.Call, obj lua.Value, i, j int, then func(c lua.Call, list []lua.Value) (lua.Results, error),
) (lua.Results, error) {
	var list []lua.Value
	return (&tableRead{
		obj: obj, i: i, j: j,
		each: func(c lua.Call, v lua.Value) error {
			if n := len(list); n == cap(list) && n >= pollEvery {
				if err := c.Reserve(2 * 16 * n); err != nil {
					return err
				}
			}
			list = append(list, v)
			return nil
		},
		held: func() int { return 16 * cap(list) },
		then: func(c lua.Call) (lua.Results, error) { return then(c, list) },
	}).begin(c)
}

// tableWrite stores a list as the elements 1, 2, ... of an object.
type tableWrite struct {
	obj  lua.Value
	list []lua.Value
	done int
	took lua.Cont
}

func (w *tableWrite) begin(c lua.Call) (lua.Results, error) {
	w.took = w.run
	return w.run(c)
}

func (w *tableWrite) run(c lua.Call) (lua.Results, error) {
	for w.done < len(w.list) {
		v := w.list[w.done]
		w.done++
		key := lua.Int(w.done)
		ok, err := c.SetIndex(w.obj, key, v)
		if err != nil {
			return 0, err
		}
		if !ok {
			return c.Holding(16*len(w.list)).SetIndexThen(w.obj, key, v, w.took)
		}
	}
	return c.Return0()
}
