package lualib

import (
	"errors"
	"strings"
)

// This file matches compiled patterns. It backtracks on a stack of its own and never recurses, so neither a long
// subject nor a long pattern can exhaust Go's stack: an entry on the stack belongs to one repetition of the pattern.

// pollSteps is how many steps of matching go by between two calls of interrupt.
const pollSteps = 2048

// Lengths of captures that are not texts.
const (
	captureOpen     = -1 // begun, not ended
	capturePosition = -2
)

// capture is a part of the subject.
type capture struct {
	start int
	len   int
}

// choice is a repetition that can be tried with another length.
type choice struct {
	item int
	pos  int // the end of the repetition that was tried last
	low  int // for opMax: the end of the shortest one
}

const choiceBytes = 24

// matcher matches one pattern against one subject. It may be reused for others with reset; it is not for concurrent use.
type matcher struct {
	subject string
	pattern *pattern
	// interrupt is called every pollSteps steps; matching ends with the error that it returns. It may be nil.
	interrupt func() error
	err       error // why the last search failed, nil for no match
	paused    bool  // it ended with errPaused: the next one goes on with it, at at
	at        int
	steps     int
	stack     []choice
	captures  [maxCaptures]capture
}

// reset prepares for another subject and pattern.
func (m *matcher) reset(subject string, p *pattern) {
	m.subject, m.pattern, m.err, m.paused = subject, p, nil, false
}

// keepStack is the number of stack entries that a reused matcher keeps.
const keepStack = 4096

// release forgets subject and pattern, so that a matcher kept for reuse keeps nothing alive.
func (m *matcher) release() {
	m.subject, m.pattern, m.err = "", nil, nil
	if cap(m.stack) > keepStack {
		m.stack = nil
	}
}

// patternError is an error in a pattern.
type patternError string

func (e patternError) Error() string { return string(e) }

// errPaused is what interrupt returns for a search to stand still until it is called for again.
var errPaused = errors.New("paused")

// search looks for the first match that begins at pos or later. It returns start = -1 without a match, and err when
// the pattern is malformed or interrupt ended the search. After errPaused the next search goes on, and ignores pos.
func (m *matcher) search(pos int) (start, end int, err error) {
	s, p := m.subject, m.pattern
	m.err = nil
	if m.paused { // where an item had failed
		m.paused, pos = false, m.at
		if pc, at := m.backtrack(); pc >= 0 {
			if end = m.match(pc, at); end >= 0 {
				return pos, end, nil
			}
		}
		if pos = m.after(pos); pos < 0 {
			return -1, -1, m.err
		}
	}
	for pos <= len(s) {
		if !p.anchored {
			switch {
			case p.prefix != "":
				i := strings.Index(s[pos:], p.prefix)
				if i < 0 {
					return -1, -1, nil
				}
				pos += i
			case p.firstChar >= 0:
				i := strings.IndexByte(s[pos:], byte(p.firstChar))
				if i < 0 {
					return -1, -1, nil
				}
				pos += i
			case p.firstSet != nil:
				set := p.firstSet
				for pos < len(s) && !set[s[pos]] {
					pos++
				}
				if pos == len(s) {
					return -1, -1, nil
				}
			}
		}
		m.stack = m.stack[:0]
		if end = m.match(0, pos); end >= 0 {
			return pos, end, nil
		}
		if pos = m.after(pos); pos < 0 {
			break
		}
	}
	return -1, -1, m.err
}

// after returns where the next match may begin when the pattern has not matched at pos, -1 if nowhere or the search ends with m.err.
func (m *matcher) after(pos int) int {
	switch {
	case m.err != nil:
		m.paused, m.at = m.err == errPaused, pos
		return -1
	case m.pattern.anchored:
		return -1
	}
	next := pos + 1
	if it := m.pattern.run; it != nil {
		end := it.runEnd(m.subject, pos)
		m.steps -= (end - pos) >> 4
		next = max(next, end+1-int(it.min))
	}
	return next
}

// spend counts n steps and says whether interrupt ended the match.
func (m *matcher) spend(n int) bool {
	m.steps -= n
	if m.steps > 0 {
		return false
	}
	m.steps = pollSteps
	if m.interrupt == nil {
		return false
	}
	m.err = m.interrupt()
	return m.err != nil
}

// match matches the items from pc on at pos and returns where the match ends, -1 when there is none or m.err is set. A match begins with item 0
// and an empty stack.
func (m *matcher) match(pc, pos int) int {
	s := m.subject
	items := m.pattern.items
	for {
		it := &items[pc]
		switch it.op {
		case opMatch:
			return pos
		case opEnd:
			if pos == len(s) {
				pc++
				continue
			}
		case opChar:
			if pos < len(s) && s[pos] == it.c {
				pos++
				pc++
				continue
			}
		case opLiteral:
			if lit := m.pattern.literals[it.a:it.b]; strings.HasPrefix(s[pos:], lit) {
				pos += len(lit)
				pc++
				continue
			}
		case opAny:
			if pos < len(s) {
				pos++
				pc++
				continue
			}
		case opSet:
			if pos < len(s) && it.set[s[pos]] {
				pos++
				pc++
				continue
			}
		case opOptional:
			if pos < len(s) && it.takes(s[pos]) {
				if !it.possessive {
					m.stack = append(m.stack, choice{item: pc, pos: pos})
				}
				pos++
			}
			pc++
			continue
		case opMax:
			if end := m.expand(it, pc, pos); end >= 0 {
				pos = end
				pc++
				continue
			}
		case opMin:
			if end := m.shortest(it, pos); end >= 0 {
				if !it.possessive {
					m.stack = append(m.stack, choice{item: pc, pos: end})
				}
				pos = end
				pc++
				continue
			}
		case opOpen:
			m.captures[it.a] = capture{pos, captureOpen}
			pc++
			continue
		case opClose:
			c := &m.captures[it.a]
			c.len = pos - c.start
			pc++
			continue
		case opPosition:
			m.captures[it.a] = capture{pos, capturePosition}
			pc++
			continue
		case opBackref:
			if c := m.captures[it.a]; c.len >= 0 && strings.HasPrefix(s[pos:], s[c.start:c.start+c.len]) {
				m.steps -= c.len >> 6
				pos += c.len
				pc++
				continue
			}
		case opBalance:
			if end := m.balance(it.c, byte(it.a), pos); end >= 0 {
				pos = end
				pc++
				continue
			}
		case opFrontier:
			// At the end of the subject only the byte before counts (CraftOS; PUC Lua has a '\0' there).
			var before byte
			if pos > 0 {
				before = s[pos-1]
			}
			if !it.set[before] && (pos == len(s) || it.set[s[pos]]) {
				pc++
				continue
			}
		case opError:
			m.err = patternError(m.pattern.err)
			return -1
		}

		// The item failed: go on from the last repetition that can have another length. The distance walked since
		// then is at most pc items.
		if m.spend(1 + pc>>4) {
			return -1
		}
		if pc, pos = m.backtrack(); pc < 0 {
			return -1
		}
	}
}

// expand tries the repetition it at pos at its longest, puts the shorter ones on the stack, and returns its end, -1
// when there is no length with which what follows can match.
func (m *matcher) expand(it *patternItem, pc, pos int) int {
	end := it.runEnd(m.subject, pos)
	m.steps -= (end - pos) >> 4
	low := pos + int(it.min)
	if end < low {
		return -1
	}
	if it.possessive {
		return end
	}
	if end = m.longest(it, low, end); end > low {
		m.stack = append(m.stack, choice{pc, end, low})
	}
	return end
}

// runEnd returns the end of the bytes that the repetition takes at pos of s.
func (it *patternItem) runEnd(s string, pos int) int {
	switch it.unit {
	case singleAny:
		return len(s)
	case singleChar:
		for pos < len(s) && s[pos] == it.c {
			pos++
		}
	default:
		set := it.set
		for pos < len(s) && set[s[pos]] {
			pos++
		}
	}
	return pos
}

// longest returns the greatest p in low..high at which what must follow it begins, -1 when there is none.
func (m *matcher) longest(it *patternItem, low, high int) int {
	s := m.subject
	switch {
	case it.nextChar >= 0:
		p := strings.LastIndexByte(s[low:min(high+1, len(s))], byte(it.nextChar))
		if p < 0 {
			m.steps -= (high - low) >> 4
			return -1
		}
		p += low
		m.steps -= (high - p) >> 4
		return p
	case it.next != nil:
		p := high
		for p >= low && (p == len(s) || !it.next[s[p]]) {
			p--
		}
		m.steps -= (high - p) >> 4
		if p < low {
			return -1
		}
		return p
	}
	return high
}

// shortest returns the least p from pos on at which what must follow it begins, all bytes before p being taken by
// it; -1 when there is none.
func (m *matcher) shortest(it *patternItem, pos int) int {
	s := m.subject
	p := pos
	switch {
	case it.nextChar >= 0:
		c := byte(it.nextChar)
		if it.unit == singleAny {
			i := strings.IndexByte(s[p:], c)
			if i < 0 {
				m.steps -= (len(s) - p) >> 6
				return -1
			}
			m.steps -= i >> 6
			return p + i
		}
		for p < len(s) && s[p] != c {
			if !it.takes(s[p]) {
				return -1
			}
			p++
		}
	case it.next != nil:
		for p < len(s) && !it.next[s[p]] {
			if !it.takes(s[p]) {
				return -1
			}
			p++
		}
	default:
		return p
	}
	m.steps -= (p - pos) >> 4
	if p == len(s) {
		return -1
	}
	return p
}

// backtrack takes the next length of the last repetition that has one, and returns the item and the position to go
// on with, item -1 when no repetition is left.
func (m *matcher) backtrack() (pc, pos int) {
	s := m.subject
	for n := len(m.stack) - 1; n >= 0; n-- {
		ch := &m.stack[n]
		it := &m.pattern.items[ch.item]
		pc, pos = ch.item+1, ch.pos
		switch it.op {
		case opMax:
			if pos = m.longest(it, ch.low, pos-1); pos < 0 {
				m.steps--
				continue
			}
			ch.pos = pos
			if pos > ch.low {
				n++
			}
		case opMin:
			if pos >= len(s) || !it.takes(s[pos]) {
				m.steps--
				continue
			}
			if pos = m.shortest(it, pos+1); pos < 0 {
				m.steps--
				continue
			}
			ch.pos = pos
			n++
		}
		m.stack = m.stack[:n]
		return pc, pos
	}
	m.stack = m.stack[:0]
	return -1, -1
}

// balance matches %bxy at pos and returns where it ends, -1 when it does not match.
func (m *matcher) balance(x, y byte, pos int) int {
	s := m.subject
	if pos >= len(s) || s[pos] != x {
		return -1
	}
	depth := 1
	for i := pos + 1; i < len(s); i++ {
		switch s[i] {
		case y:
			if depth--; depth == 0 {
				m.steps -= (i - pos) >> 4
				return i + 1
			}
		case x:
			depth++
		}
	}
	m.steps -= (len(s) - pos) >> 4
	return -1
}
