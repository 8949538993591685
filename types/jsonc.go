package types

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
)

// This file changes JSON files of people, which may have comments and commas at the end of lists: what they have written stays
// as it is, to the byte; new things go at the end of the object or list that they belong to.

// jsonc is a text that is changed, and read anew after each change.
type jsonc struct {
	text []byte
}

// span is where a value is.
type span struct{ start, end int }

// member is a member of an object, or an element of an array, which has no key.
type member struct {
	key   string
	at    int // where it begins
	value span
}

// list is an object or an array.
type list struct {
	members     []member
	open, close int  // its brackets
	comma       bool // there is one after the last member
}

// fault is one in the text, with its line.
func (j *jsonc) fault(at int, format string, args ...any) error {
	return fmt.Errorf("line %d: %s", 1+bytes.Count(j.text[:min(at, len(j.text))], []byte("\n")), fmt.Sprintf(format, args...))
}

// skip returns the place of the next byte that is neither white space nor part of a comment.
func (j *jsonc) skip(at int) int {
	for at < len(j.text) {
		rest := j.text[at:]
		switch {
		case bytes.IndexByte([]byte(" \t\r\n"), rest[0]) >= 0:
			at++
		case bytes.HasPrefix(rest, []byte("\xef\xbb\xbf")) && at == 0:
			at += 3
		case bytes.HasPrefix(rest, []byte("//")):
			if n := bytes.IndexByte(rest, '\n'); n >= 0 {
				at += n
			} else {
				at = len(j.text)
			}
		case bytes.HasPrefix(rest, []byte("/*")):
			n := bytes.Index(rest[2:], []byte("*/"))
			if n < 0 {
				return len(j.text)
			}
			at += n + 4
		default:
			return at
		}
	}
	return at
}

// string returns the string that begins at a quote, and the place after it.
func (j *jsonc) string(at int) (string, int, error) {
	for end := at + 1; end < len(j.text) && j.text[end] != '\n'; end++ {
		switch j.text[end] {
		case '\\':
			end++
		case '"':
			var s string
			if err := json.Unmarshal(j.text[at:end+1], &s); err != nil {
				return "", 0, j.fault(at, "a string with a wrong escape")
			}
			return s, end + 1, nil
		}
	}
	return "", 0, j.fault(at, "a string without an end")
}

// deepest is how many brackets may be open at a time.
const deepest = 200

// value returns the place after a value.
func (j *jsonc) value(at, depth int) (end int, err error) {
	if at >= len(j.text) {
		return 0, j.fault(at, "a value is missing at the end")
	}
	switch c := j.text[at]; {
	case c == '"':
		_, end, err = j.string(at)
		return end, err
	case c == '{' || c == '[':
		l, err := j.list(at, depth)
		return l.close + 1, err
	}
	end = at
	for end < len(j.text) && bytes.IndexByte([]byte(" \t\r\n,:{}[]\"/"), j.text[end]) < 0 {
		end++
	}
	if !json.Valid(j.text[at:end]) {
		return 0, j.fault(at, "%q is no value", string(j.text[at:min(max(end, at+1), at+20)]))
	}
	return end, nil
}

// list reads the object or array whose bracket is at a place.
func (j *jsonc) list(at, depth int) (l list, err error) {
	if depth > deepest {
		return l, j.fault(at, "too many brackets")
	}
	object := j.text[at] == '{'
	end := byte(']')
	if object {
		end = '}'
	}
	l.open = at
	for at = j.skip(at + 1); ; at = j.skip(at) {
		if at >= len(j.text) {
			return l, j.fault(at, "%q is missing at the end", end)
		}
		if j.text[at] == end {
			l.close = at
			return l, nil
		}
		if len(l.members) > 0 && !l.comma {
			return l, j.fault(at, "a comma is missing")
		}
		m := member{at: at}
		if object {
			if j.text[at] != '"' {
				return l, j.fault(at, "a name in quotes is missing")
			}
			if m.key, at, err = j.string(at); err != nil {
				return l, err
			}
			if at = j.skip(at); at >= len(j.text) || j.text[at] != ':' {
				return l, j.fault(at, "a colon is missing")
			}
			at = j.skip(at + 1)
		}
		m.value.start = at
		if m.value.end, err = j.value(at, depth+1); err != nil {
			return l, err
		}
		l.members = append(l.members, m)
		at = j.skip(m.value.end)
		l.comma = at < len(j.text) && j.text[at] == ','
		if l.comma {
			at++
		}
	}
}

// root reads the object that is the whole text.
func (j *jsonc) root() (list, error) {
	at := j.skip(0)
	if at >= len(j.text) || j.text[at] != '{' {
		return list{}, j.fault(at, "it does not begin with {")
	}
	l, err := j.list(at, 0)
	if err == nil && j.skip(l.close+1) < len(j.text) {
		err = j.fault(j.skip(l.close+1), "there is more after the end")
	}
	return l, err
}

// find returns the value of a setting, in any of the forms that there are for it: "a.b", "Lua.a.b", { "a": { "b": … } }.
func (j *jsonc) find(l list, name string) (span, bool) {
	for _, m := range l.members {
		key := strings.TrimPrefix(m.key, "Lua.")
		if key == name {
			return m.value, true
		}
		rest, inside := strings.CutPrefix(name, key+".")
		if key == "Lua" {
			rest, inside = name, true
		}
		if inside && j.text[m.value.start] == '{' {
			if inner, err := j.list(m.value.start, 0); err == nil {
				if v, ok := j.find(inner, rest); ok {
					return v, true
				}
			}
		}
	}
	return span{}, false
}

// indent returns the white space at the beginning of the line that a place is in.
func (j *jsonc) indent(at int) string {
	start := bytes.LastIndexByte(j.text[:at], '\n') + 1
	end := start
	for end < len(j.text) && (j.text[end] == ' ' || j.text[end] == '\t') {
		end++
	}
	return string(j.text[start:end])
}

// add puts a member at the end of an object or array; text has no line breaks, or ends them as indent says.
func (j *jsonc) add(l list, text string) {
	eol := "\n"
	if bytes.Contains(j.text, []byte("\r\n")) {
		eol = "\r\n"
	}
	outer := j.indent(l.open)
	inner := outer + "    "
	inLine := len(l.members) > 0 && j.text[l.open] == '['
	if n := len(l.members); n > 0 {
		if last := l.members[n-1].at; bytes.ContainsRune(j.text[l.open:last], '\n') {
			inner = j.indent(last)
			inLine = false
		}
	}
	// Where the last thing before the closing bracket ends; it may be a comment.
	at := len(bytes.TrimRight(j.text[:l.close], " \t\r\n"))
	var b bytes.Buffer
	if n := len(l.members); n > 0 && !l.comma {
		end := l.members[n-1].value.end
		b.Write(j.text[:end])
		b.WriteByte(',')
		b.Write(j.text[end:at])
	} else {
		b.Write(j.text[:at])
	}
	text = strings.ReplaceAll(text, "\n", eol+inner)
	if inLine && !bytes.ContainsRune(j.text[l.open:l.close], '\n') {
		b.WriteString(" " + text)
	} else {
		b.WriteString(eol + inner + text + eol + outer)
	}
	b.Write(j.text[l.close:])
	j.text = b.Bytes()
}
