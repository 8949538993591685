package lualib

import (
	"strings"

	"github.com/luart/luart/lua"
)

// The functions string.find, string.match and string.gmatch.

// patternSlots is the number of compiled patterns that a VM remembers; a power of two.
const patternSlots = 64

// maxCachedPattern is the length of the longest pattern that is remembered.
const maxCachedPattern = 256

// compiled returns the compiled form of text.
func (l *stringLibrary) compiled(c lua.Call, text string, anchors bool) (*pattern, error) {
	if len(text) > maxCachedPattern {
		if err := c.Reserve(patternCost(text)); err != nil {
			return nil, err
		}
		return compilePattern(text, anchors), nil
	}
	slot := len(text)
	if len(text) > 0 {
		slot += int(text[0])*5 + int(text[len(text)-1])*11 + int(text[len(text)/2])*3
		if !anchors && text[0] == '^' {
			return compilePattern(text, anchors), nil
		}
	}
	// A pattern is mostly the same string object as last time, which the comparison sees by the address.
	at := &l.patterns[slot%patternSlots]
	if p := *at; p != nil && p.source == text {
		return p, nil
	}
	// The pattern must not keep the string alive past its accounting.
	*at = compilePattern(strings.Clone(text), anchors)
	return *at, nil
}

// checkFind reads the arguments of find and match: subject, pattern and the offset to start at.
func checkFind(c lua.Call) (subject, pattern string, init int, err error) {
	if subject, err = c.CheckString(1); err != nil {
		return
	}
	if pattern, err = c.CheckString(2); err != nil {
		return
	}
	if c.N() > 2 {
		if init, err = c.OptInt(3, 1); err != nil {
			return
		}
	}
	switch {
	case init > 0:
		init = min(init-1, len(subject))
	case init < 0:
		init = max(len(subject)+init, 0)
	}
	return
}

func (l *stringLibrary) find(c lua.Call) (lua.Results, error) {
	s, text, init, err := checkFind(c)
	if err != nil {
		return 0, err
	}
	if c.N() > 3 && c.Arg(4).Truthy() || isPlain(text) {
		i := strings.Index(s[init:], text)
		if i < 0 {
			return c.Return1(lua.Nil)
		}
		return c.Return(lua.Int(init+i+1), lua.Int(init+i+len(text)))
	}
	return l.first(c, s, text, init, true)
}

func (l *stringLibrary) match(c lua.Call) (lua.Results, error) {
	s, text, init, err := checkFind(c)
	if err != nil {
		return 0, err
	}
	return l.first(c, s, text, init, false)
}

// first returns what find (with positions) or match returns for the first match from init on.
func (l *stringLibrary) first(c lua.Call, s, text string, init int, positions bool) (lua.Results, error) {
	p, err := l.compiled(c, text, true)
	if err != nil {
		return 0, err
	}
	l.call = c
	l.matcher.reset(s, p)
	return l.firstFrom(c, l.matcher, init, positions)
}

func (l *stringLibrary) firstFrom(c lua.Call, m *matcher, init int, positions bool) (lua.Results, error) {
	start, end, err := m.search(init)
	if err == errPaused {
		return l.pause(c, m, 0, func(c lua.Call) (lua.Results, error) { return l.firstFrom(c, m, init, positions) })
	}
	if err != nil {
		return 0, err
	}
	return m.returnMatch(c, start, end, positions)
}

// returnMatch returns the captures of a match, or the whole match when the pattern has none; with positions the two
// positions and the captures; nil when start says that there is no match. It forgets a long subject.
func (m *matcher) returnMatch(c lua.Call, start, end int, positions bool) (r lua.Results, err error) {
	switch n := m.pattern.captures; {
	case start < 0:
		r, err = c.Return1(lua.Nil)
	case n > 0:
		r, err = m.returnCaptures(c, n, start, end, positions)
	case positions:
		r, err = c.Return(lua.Int(start+1), lua.Int(end))
	default:
		r, err = returnString(c, m.subject[start:end])
	}
	if len(m.subject) > keepBuffer {
		m.release()
	}
	return r, err
}

// returnCaptures returns n captures, with positions behind start and end.
func (m *matcher) returnCaptures(c lua.Call, n, start, end int, positions bool) (lua.Results, error) {
	if positions {
		n += 2
	}
	out, r, err := c.ReturnSlots(n) // the subject was an argument, but m has its text
	if err != nil {
		return 0, err
	}
	if positions {
		out[0], out[1] = lua.Int(start+1), lua.Int(end)
		out = out[2:]
	}
	return r, m.storeCaptures(c, out)
}

const errUnfinishedCapture = patternError("unfinished capture")

// storeCaptures stores the values of all captures in out.
func (m *matcher) storeCaptures(c lua.Call, out []lua.Value) error {
	bytes := 0
	for i := range out {
		switch cp := m.captures[i]; cp.len {
		case captureOpen:
			return errUnfinishedCapture
		case capturePosition:
			out[i] = lua.Int(cp.start + 1)
		default:
			out[i] = lua.String(m.subject[cp.start : cp.start+cp.len])
			bytes += cp.len + stringBytes
		}
	}
	return c.Reserve(bytes)
}

// gmatchState is an iterator over the matches of a pattern.
type gmatchState struct {
	library *stringLibrary
	subject string
	pattern *pattern
	pos     int
}

// gmatch makes no difference of a '^' at the beginning of the pattern: it stands for itself.
func (l *stringLibrary) gmatch(c lua.Call) (lua.Results, error) {
	s, err := c.CheckString(1)
	if err != nil {
		return 0, err
	}
	text, err := c.CheckString(2)
	if err != nil {
		return 0, err
	}
	p, err := l.compiled(c, text, false)
	if err != nil {
		return 0, err
	}
	if err := c.Reserve(128); err != nil {
		return 0, err
	}
	g := &gmatchState{library: l, subject: s, pattern: p}
	return c.Return1(lua.NewFunctionHolding("gmatch", g.next, c.Arg(1)))
}

// next returns the captures of the next match. No match begins at the very end of the subject, not even an empty one
// (CraftOS; PUC Lua has it).
func (g *gmatchState) next(c lua.Call) (lua.Results, error) {
	if g.pos >= len(g.subject) {
		return c.Return1(lua.Nil)
	}
	m := g.library.matcher
	g.library.call = c
	m.reset(g.subject, g.pattern)
	return g.nextWith(c, m)
}

func (g *gmatchState) nextWith(c lua.Call, m *matcher) (lua.Results, error) {
	start, end, err := m.search(g.pos)
	if err == errPaused {
		return g.library.pause(c, m, 0, func(c lua.Call) (lua.Results, error) { return g.nextWith(c, m) })
	}
	if err != nil {
		return 0, err
	}
	if start < 0 || start == len(g.subject) {
		start, end = -1, len(g.subject)
	}
	g.pos = max(end, start+1)
	return m.returnMatch(c, start, end, false)
}
