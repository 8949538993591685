package lualib

import (
	"cmp"
	"math/bits"
	"slices"
)

// This file sorts. Whatever the order function answers, the number of comparisons is bounded and the result is a
// permutation of the input: no "invalid order function" error, as in CraftOS.

// mergeSort is a stable merge sort that stands still at each comparison, so that the order function may yield:
//
//	for a, b, more := m.begin(list); more; a, b, more = m.answer(less(a, b)) {
//	}
//
// Sorted input takes n-1 comparisons, other input at most n·log2(n), log2(n) rounded up.
type mergeSort[T any] struct {
	list, spare []T // spare: the left one of the two runs that are being merged
	width       int // of the runs
	lo, hi      int // list[lo:hi] are the two runs
	left, right int // the next elements: of spare and of list
	out         int
	state       mergeState
}

type mergeState uint8

const (
	mergeCheck mergeState = iota // asked whether the first of the right run is before the last of the left one
	mergeTake                    // asked whether the next of the right run is before the next of the left one
)

// begin starts to sort list, in place. It returns the first question: whether a comes before b.
func (m *mergeSort[T]) begin(list []T) (a, b T, more bool) {
	m.list = list
	if n := len(list); n > 2 {
		m.spare = slices.Grow(m.spare[:0], 1<<(bits.Len(uint(n-1))-1)) // the longest left run
	}
	m.width = 1
	m.lo = 0
	return m.next()
}

// release forgets the list and all elements; room for merging is kept.
func (m *mergeSort[T]) release() {
	clear(m.spare[:cap(m.spare)])
	m.list, m.spare = nil, m.spare[:0]
}

// next begins to merge the two runs at m.lo.
func (m *mergeSort[T]) next() (a, b T, more bool) {
	n := len(m.list)
	for m.width < n {
		if mid := m.lo + m.width; mid < n {
			m.hi = min(mid+m.width, n)
			m.right = mid
			m.state = mergeCheck
			return m.list[mid], m.list[mid-1], true
		}
		m.lo = 0
		m.width *= 2
	}
	return a, b, false
}

// answer takes the answer to the last question and returns the next one; more is false when the list is sorted.
func (m *mergeSort[T]) answer(less bool) (a, b T, more bool) {
	if m.state == mergeCheck {
		if !less { // the runs are in order
			m.lo = m.hi
			return m.next()
		}
		if m.width == 1 {
			m.list[m.lo], m.list[m.lo+1] = m.list[m.lo+1], m.list[m.lo]
			m.lo = m.hi
			return m.next()
		}
		m.spare = append(m.spare[:0], m.list[m.lo:m.right]...)
		m.left, m.out = 0, m.lo
		m.state = mergeTake
		return m.list[m.right], m.spare[0], true
	}
	if less {
		m.list[m.out] = m.list[m.right]
		m.right++
	} else {
		m.list[m.out] = m.spare[m.left]
		m.left++
	}
	m.out++
	if m.right == m.hi || m.left == len(m.spare) {
		copy(m.list[m.out:], m.spare[m.left:])
		m.lo = m.hi
		return m.next()
	}
	return m.list[m.right], m.spare[m.left], true
}

// sortChunk is how many elements are sorted between two polls.
const sortChunk = 1 << 14

// sortInChunks sorts list with run, which sorts a part of it at once, and less, which compares two elements. It calls
// poll about every sortChunk elements and ends with the error that it returns, list then being partly sorted.
func sortInChunks[T any](list []T, run func([]T), less func(a, b *T) bool, poll func() error) error {
	for part := range slices.Chunk(list, sortChunk) {
		run(part)
		if err := poll(); err != nil {
			return err
		}
	}
	if len(list) <= sortChunk {
		return nil
	}
	from, to := list, make([]T, len(list))
	for width := sortChunk; width < len(list); width *= 2 {
		for lo := 0; lo < len(from); lo += 2 * width {
			mid, hi := min(lo+width, len(from)), min(lo+2*width, len(from))
			left, right, out := from[lo:mid], from[mid:hi], to[lo:hi]
			for budget := sortChunk; len(left) > 0 && len(right) > 0; budget-- {
				if budget == 0 {
					if err := poll(); err != nil {
						return err
					}
					budget = sortChunk
				}
				if less(&right[0], &left[0]) {
					out[0], right = right[0], right[1:]
				} else {
					out[0], left = left[0], left[1:]
				}
				out = out[1:]
			}
			copy(out[copy(out, left):], right)
		}
		from, to = to, from
	}
	if &from[0] != &list[0] {
		copy(list, from)
	}
	return nil
}

// sortNumbers sorts numbers, NaNs first.
func sortNumbers(list []float64, poll func() error) error {
	return sortInChunks(list, slices.Sort[[]float64], func(a, b *float64) bool { return cmp.Less(*a, *b) }, poll)
}

// textKey stands for a text while sorting: its first eight bytes decide most comparisons.
type textKey struct {
	prefix uint64
	index  int
}

// prefixOf returns the first eight bytes of s as a number that is ordered as they are.
func prefixOf(s string) uint64 {
	var u uint64
	for i := range min(len(s), 8) {
		u |= uint64(s[i]) << (56 - 8*i)
	}
	return u
}

// sortTexts returns the order of texts by their bytes: indexes into texts.
func sortTexts(texts []string, poll func() error) ([]textKey, error) {
	keys := make([]textKey, len(texts))
	for i, s := range texts {
		keys[i] = textKey{prefixOf(s), i}
	}
	compare := func(a, b textKey) int {
		if a.prefix != b.prefix {
			if a.prefix < b.prefix {
				return -1
			}
			return 1
		}
		return cmp.Compare(texts[a.index], texts[b.index])
	}
	err := sortInChunks(keys, func(part []textKey) { slices.SortFunc(part, compare) },
		func(a, b *textKey) bool { return compare(*a, *b) < 0 }, poll)
	return keys, err
}
