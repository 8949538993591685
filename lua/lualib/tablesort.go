package lualib

import (
	"slices"

	"github.com/luart/luart/lua"
)

// The function table.sort. The elements are read into a Go slice, sorted there, and written back at the end: an error in
// the order function leaves the table as it was.

// sortBytes is what sorting takes for an element at most, for the memory limit.
const sortBytes = 40

// orderedSort is a sort in progress. The order function, __lt and the metamethods of the table may yield.
type orderedSort struct {
	library *tableLibrary
	plain   *lua.Table // the table, when it has no metatable
	obj     lua.Value
	order   lua.Value // nil: the order of <
	list    []lua.Value
	merge   mergeSort[lua.Value]
	steps   int
	took    lua.Cont
	next    *orderedSort // in the list of idle ones
}

// keepList is the length of the longest list that an idle sort keeps room for.
const keepList = 1024

func (l *tableLibrary) sort(c lua.Call) (lua.Results, error) {
	obj, err := checkTableLike(c, 1, tableNeeds{read: true, write: true, length: true})
	if err != nil {
		return 0, err
	}
	order := c.Arg(2)
	if !order.IsNil() {
		if order, err = c.CheckFunction(2); err != nil {
			return 0, err
		}
	}
	t := plainTable(c, 1)
	if t == nil {
		return withLength(c, obj, func(c lua.Call, n int) (lua.Results, error) {
			return readAll(c, obj, 1, n, func(c lua.Call, list []lua.Value) (lua.Results, error) {
				if err := c.Reserve(sortBytes * len(list)); err != nil {
					return 0, err
				}
				s := l.newSort()
				s.obj, s.order, s.list = obj, order, list
				return s.begin(c)
			})
		})
	}
	n := t.Len()
	if n < 2 {
		return c.Return0()
	}
	if err := c.Reserve(sortBytes * n); err != nil {
		return 0, err
	}
	if order.IsNil() {
		if numbers := numbersOf(t, n); numbers != nil {
			if err := sortNumbers(numbers, c.Interrupted); err != nil {
				return 0, err
			}
			for i, f := range numbers {
				t.SetInt(i+1, lua.Number(f))
			}
			return c.Return0()
		}
	}
	s := l.newSort()
	s.plain, s.order = t, order
	s.list = slices.Grow(s.list[:0], n)[:n]
	for i := range s.list {
		s.list[i] = t.GetInt(i + 1)
	}
	return s.begin(c)
}

// newSort returns an idle sort or a new one.
func (l *tableLibrary) newSort() *orderedSort {
	s := l.idle
	if s == nil {
		s = &orderedSort{library: l}
		s.took = s.resume
		return s
	}
	l.idle, s.next = s.next, nil
	return s
}

// release makes s idle. It keeps no values alive.
func (s *orderedSort) release() {
	clear(s.list)
	s.merge.release()
	if cap(s.list) > keepList {
		s.list, s.merge.spare = nil, nil
	}
	s.plain, s.obj, s.order = nil, lua.Nil, lua.Nil
	s.next, s.library.idle = s.library.idle, s
}

// numbersOf returns the first n elements of t when all of them are numbers.
func numbersOf(t *lua.Table, n int) []float64 {
	if _, ok := t.GetInt(1).AsNumber(); !ok {
		return nil
	}
	numbers := make([]float64, n)
	for i := range numbers {
		f, ok := t.GetInt(i + 1).AsNumber()
		if !ok {
			return nil
		}
		numbers[i] = f
	}
	return numbers
}

// begin sorts s.list and writes it back.
func (s *orderedSort) begin(c lua.Call) (lua.Results, error) {
	if s.order.IsNil() {
		if texts := textsOf(s.list); texts != nil {
			keys, err := sortTexts(texts, c.Interrupted)
			if err != nil {
				return 0, err
			}
			sorted := make([]lua.Value, len(s.list))
			for i, k := range keys {
				sorted[i] = s.list[k.index]
			}
			copy(s.list, sorted)
			return s.write(c)
		}
		a, b, more := s.merge.begin(s.list)
		return s.compare(c, a, b, more)
	}
	a, b, more := s.merge.begin(s.list)
	return s.ask(c, a, b, more)
}

// textsOf returns the elements of list when all of them are strings.
func textsOf(list []lua.Value) []string {
	if len(list) == 0 || list[0].Kind() != lua.KindString {
		return nil
	}
	texts := make([]string, len(list))
	for i, v := range list {
		s, ok := v.AsString()
		if !ok {
			return nil
		}
		texts[i] = s
	}
	return texts
}

// ask calls the order function for the next question.
func (s *orderedSort) ask(c lua.Call, a, b lua.Value, more bool) (lua.Results, error) {
	if !more {
		return s.write(c)
	}
	return c.Holding(32*len(s.list)).CallThen(s.order, s.took, a, b)
}

// compare answers questions with < until one takes a call.
func (s *orderedSort) compare(c lua.Call, a, b lua.Value, more bool) (lua.Results, error) {
	for more {
		less, ok, err := c.Less(a, b)
		if err != nil {
			return 0, err
		}
		if !ok {
			return c.Holding(32*len(s.list)).LessThen(a, b, s.took)
		}
		if s.steps++; s.steps%pollEvery == 0 {
			if err := c.Interrupted(); err != nil {
				return 0, err
			}
		}
		a, b, more = s.merge.answer(less)
	}
	return s.write(c)
}

// resume takes the answer of the order function or of __lt.
func (s *orderedSort) resume(c lua.Call) (lua.Results, error) {
	a, b, more := s.merge.answer(c.Arg(1).Truthy())
	if s.order.IsNil() {
		return s.compare(c, a, b, more)
	}
	if !more {
		return s.write(c)
	}
	return c.Again(s.order, a, b)
}

// write writes the sorted list back.
func (s *orderedSort) write(c lua.Call) (lua.Results, error) {
	if s.plain == nil {
		w := &tableWrite{obj: s.obj, list: s.list}
		s.list = nil
		s.release()
		return w.begin(c)
	}
	for i, v := range s.list {
		s.plain.SetInt(i+1, v)
	}
	s.release()
	return c.Return0()
}
