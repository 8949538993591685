package lualib

import (
	"errors"
	"strings"

	"github.com/luart/luart/lua"
)

// The function string.gsub. Its replacement function and the __index of its replacement table may yield, so it is a
// state machine that one continuation takes further.

// gsub is a substitution in progress.
type gsub struct {
	library  *stringLibrary
	matcher  *matcher
	out      []byte
	subject  string
	repl     lua.Value
	function bool // repl is a function, else a table
	limit    int
	count    int
	pos      int // where the next match may begin
	copied   int // what is before it is in out
	start    int // of the match whose replacement was asked for
	end      int
	took     lua.Cont // method value of resume
	args     [maxCaptures]lua.Value
	next     *gsub // in the list of idle ones
}

var errReplacement = errors.New("bad argument: string/function/table expected")

func (l *stringLibrary) gsub(c lua.Call) (lua.Results, error) {
	subject, err := c.CheckString(1)
	if err != nil {
		return 0, err
	}
	text, err := c.CheckString(2)
	if err != nil {
		return 0, err
	}
	limit, err := c.OptInt(4, len(subject)+1)
	if err != nil {
		return 0, err
	}
	repl := c.Arg(3)
	p, err := l.compiled(c, text, true)
	if err != nil {
		return 0, err
	}
	switch repl.Kind() {
	case lua.KindFunction, lua.KindTable:
		g := l.idle
		if g == nil {
			g = &gsub{library: l, matcher: l.newMatcher()}
			g.took = g.resume
		} else {
			l.idle, g.next = g.next, nil
		}
		g.matcher.reset(subject, p)
		g.subject, g.repl, g.function, g.limit = subject, repl, repl.Kind() == lua.KindFunction, limit
		g.count, g.pos, g.copied = 0, 0, 0
		g.out = g.out[:0]
		return g.run(c)
	case lua.KindString, lua.KindNumber:
		r, _ := repl.ToString()
		l.call = c
		l.matcher.reset(subject, p)
		out := l.buffer[:0]
		l.buffer = nil
		return l.substitute(c, substitution{matcher: l.matcher, given: c.Arg(1), repl: r, limit: limit, out: out})
	}
	// A replacement of a wrong type is an error only when there is something to replace.
	if limit <= 0 {
		return c.Return(c.Arg(1), lua.Int(0))
	}
	l.call = c
	l.matcher.reset(subject, p)
	return l.refuse(c, l.matcher, c.Arg(1))
}

// refuse returns the subject as it is, or the error if the pattern is found in it.
func (l *stringLibrary) refuse(c lua.Call, m *matcher, subject lua.Value) (lua.Results, error) {
	start, _, err := m.search(0)
	if err == errPaused {
		return l.pause(c, m, 0, func(c lua.Call) (lua.Results, error) { return l.refuse(c, m, subject) })
	}
	if err != nil {
		return 0, err
	}
	if start >= 0 {
		return 0, errReplacement
	}
	return c.Return(subject, lua.Int(0))
}

// replacementPart is a literal text of a replacement and the capture that follows it.
type replacementPart struct {
	text    string
	capture int // wholeMatch, or from 0; noCapture at the end
}

const (
	wholeMatch = -1
	noCapture  = -2
)

// parseReplacement appends the parts of r for a pattern with so many captures. A '%' before anything but a digit stands
// for what follows; one at the end for a zero byte. Without captures %1 is the whole match.
func parseReplacement(parts []replacementPart, r string, captures int) ([]replacementPart, error) {
	for {
		i := strings.IndexByte(r, '%')
		switch {
		case i < 0:
			return append(parts, replacementPart{r, noCapture}), nil
		case i+1 == len(r):
			return append(parts, replacementPart{r[:i] + "\x00", noCapture}), nil
		}
		part := replacementPart{r[:i], noCapture}
		if d := r[i+1]; isDigit(d) {
			part.capture = int(d) - '1' // %0 is wholeMatch
			if part.capture >= captures {
				if part.capture > 0 {
					return nil, patternError("invalid capture index")
				}
				part.capture = wholeMatch
			}
		} else {
			part.text = r[:i] + r[i+1:i+2]
		}
		parts = append(parts, part)
		r = r[i+2:]
	}
}

// substitution is a gsub with a text as the replacement, between two matches.
type substitution struct {
	matcher *matcher
	given   lua.Value // the first argument
	repl    string
	limit   int
	out     []byte
	pos     int // where the next match may begin
	copied  int // what is before it is in out
	count   int
}

func (l *stringLibrary) substitute(c lua.Call, u substitution) (lua.Results, error) {
	m := u.matcher
	s := m.subject
	var space [8]replacementPart
	parts := space[:0]
	for u.count < u.limit && u.pos <= len(s) && !(u.count > 0 && m.pattern.anchored) {
		start, end, err := m.search(u.pos)
		if err == errPaused {
			return l.pauseSubstitution(c, u)
		}
		if err != nil {
			return 0, err
		}
		if start < 0 {
			break
		}
		if u.count++; len(parts) == 0 {
			// Errors in the replacement count only when something is to be replaced.
			if err := c.Reserve(len(u.repl) * 8); err != nil {
				return 0, err
			}
			if parts, err = parseReplacement(parts, u.repl, m.pattern.captures); err != nil {
				return 0, err
			}
		}
		if cap(u.out)-len(u.out) < start-u.copied {
			if u.out, err = grow(c, u.out, start-u.copied); err != nil {
				return 0, err
			}
		}
		u.out = append(u.out, s[u.copied:start]...)
		if u.out, err = m.appendReplacement(c, u.out, parts, start, end); err != nil {
			return 0, err
		}
		u.copied = end
		if u.pos = end; end == start {
			u.pos++
		}
		if m.spend(1) {
			if m.err == errPaused {
				return l.pauseSubstitution(c, u)
			}
			return 0, m.err
		}
	}
	if u.count == 0 {
		l.buffer = u.out
		if u.given.Kind() == lua.KindString {
			return c.Return(u.given, lua.Int(0))
		}
		return c.Return(lua.String(s), lua.Int(0))
	}
	out, err := grow(c, u.out, len(s)-u.copied)
	if err != nil {
		return 0, err
	}
	out = append(out, s[u.copied:]...)
	l.keep(out)
	if len(s) > keepBuffer {
		m.release()
	}
	if err := c.Reserve(len(out) + stringBytes); err != nil {
		return 0, err
	}
	return c.Return(lua.Bytes(out), lua.Int(u.count))
}

func (l *stringLibrary) pauseSubstitution(c lua.Call, u substitution) (lua.Results, error) {
	return l.pause(c, u.matcher, cap(u.out), func(c lua.Call) (lua.Results, error) { return l.substitute(c, u) })
}

// appendReplacement appends the parts with captures filled in.
func (m *matcher) appendReplacement(c lua.Call, b []byte, parts []replacementPart, start, end int) (_ []byte, err error) {
	for i := range parts {
		p := &parts[i]
		from, to := start, end
		switch {
		case p.capture == noCapture:
			to = start
		case p.capture >= 0:
			cp := m.captures[p.capture]
			if cp.len < 0 {
				if cp.len == captureOpen {
					return nil, errUnfinishedCapture
				}
				from, to = 0, 0
			} else {
				from, to = cp.start, cp.start+cp.len
			}
		}
		if n := len(p.text) + to - from; cap(b)-len(b) < n+numberBytes {
			if b, err = grow(c, b, n+numberBytes); err != nil {
				return nil, err
			}
		}
		b = append(b, p.text...)
		if p.capture >= 0 && m.captures[p.capture].len == capturePosition {
			b = appendNumber(b, float64(m.captures[p.capture].start+1))
		}
		b = append(b, m.subject[from:to]...)
	}
	return b, nil
}

// run goes on to the next match whose replacement takes a call, or to the end.
func (g *gsub) run(c lua.Call) (lua.Results, error) {
	g.library.call = c
	m := g.matcher
	held := len(g.subject) + cap(g.out)
	for g.count < g.limit && g.pos <= len(g.subject) && !(g.count > 0 && m.pattern.anchored) {
		start, end, err := m.search(g.pos)
		if err == errPaused {
			return g.library.pause(c, m, cap(g.out), g.run)
		}
		if err != nil {
			return 0, err
		}
		if start < 0 {
			break
		}
		g.count++
		g.start, g.end = start, end
		if g.pos = end; end == start {
			g.pos++
		}
		if g.function {
			if n := m.pattern.captures; n > 0 {
				args := g.args[:n]
				if err := m.storeCaptures(c, args); err != nil {
					return 0, err
				}
				return c.Holding(held).CallThen(g.repl, g.took, args...)
			}
			if err := c.Reserve(end - start + stringBytes); err != nil {
				return 0, err
			}
			return c.Holding(held).CallThen(g.repl, g.took, lua.String(g.subject[start:end]))
		}
		key, err := m.firstCapture(c, start, end)
		if err != nil {
			return 0, err
		}
		v, ok, err := c.Index(g.repl, key)
		if err != nil {
			return 0, err
		}
		if !ok {
			return c.Holding(held).IndexThen(g.repl, key, g.took)
		}
		if err := g.replace(c, v); err != nil {
			return 0, err
		}
		if m.spend(1) {
			if m.err == errPaused {
				return g.library.pause(c, m, cap(g.out), g.run)
			}
			return 0, m.err
		}
	}
	return g.finish(c)
}

// resume takes what the replacement function or __index gave.
func (g *gsub) resume(c lua.Call) (lua.Results, error) {
	if err := g.replace(c, c.Arg(1)); err != nil {
		return 0, err
	}
	return g.run(c)
}

// replace takes v for the last match; false and nil leave it as it is.
func (g *gsub) replace(c lua.Call, v lua.Value) error {
	if !v.Truthy() {
		return nil // copied with what follows
	}
	s, ok := v.ToString()
	if !ok {
		return errors.New("invalid replacement value (a " + v.TypeName() + ")")
	}
	out, err := grow(c, g.out, g.start-g.copied+len(s))
	if err != nil {
		return err
	}
	g.out = append(append(out, g.subject[g.copied:g.start]...), s...)
	g.copied = g.end
	return nil
}

// finish returns the result and makes g idle.
func (g *gsub) finish(c lua.Call) (lua.Results, error) {
	out, err := grow(c, g.out, len(g.subject)-g.copied)
	if err != nil {
		return 0, err
	}
	g.out = append(out, g.subject[g.copied:]...)
	if err := c.Reserve(len(g.out) + stringBytes); err != nil {
		return 0, err
	}
	result := lua.Bytes(g.out)
	count := g.count
	l := g.library
	clear(g.args[:g.matcher.pattern.captures])
	g.matcher.release()
	g.subject, g.repl = "", lua.Nil
	if cap(g.out) > keepBuffer {
		g.out = nil
	}
	g.next, l.idle = l.idle, g
	return c.Return(result, lua.Int(count))
}

// firstCapture returns the first capture of a match, or the whole match when the pattern has none.
func (m *matcher) firstCapture(c lua.Call, start, end int) (lua.Value, error) {
	if m.pattern.captures > 0 {
		switch cp := m.captures[0]; cp.len {
		case captureOpen:
			return lua.Nil, errUnfinishedCapture
		case capturePosition:
			return lua.Int(cp.start + 1), nil
		default:
			start, end = cp.start, cp.start+cp.len
		}
	}
	return lua.String(m.subject[start:end]), c.Reserve(end - start + stringBytes)
}
