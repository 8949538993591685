package http

//lint:file-ignore ST1005 The texts are CraftOS's.

import (
	"errors"
	"strings"

	"github.com/luart/luart/lua"
	"github.com/luart/luart/stdlib"
)

var (
	errClosedFile = errors.New("attempt to use a closed file")
	errNegative   = errors.New("Cannot read a negative number of bytes")
)

// reader is a text of any bytes in the hands of a program, which reads it as it does a file: the body of a request to a
// listener, or that of a response. Its methods are those of file handles (CraftOS: fs.open) and never wait; for the
// computer's goroutine.
type reader struct {
	text   string
	value  lua.Value // text as a Lua value, if there is one: spares a copy
	at     int       // bytes that have been read; beyond the end after a seek there
	binary bool      // read() gives a byte's number
	over   error     // what all methods fail with, once the text has been let go
}

// rest is what has not been read.
func (r *reader) rest() string {
	return r.text[min(r.at, len(r.text)):]
}

// take returns the next n bytes, which must be there, as a Lua string.
func (r *reader) take(c lua.Call, n int) (lua.Results, error) {
	if n == len(r.text) && r.at == 0 && !r.value.IsNil() {
		r.at = n
		return c.Return1(r.value)
	}
	if err := c.Reserve(n); err != nil {
		return 0, err
	}
	s := r.rest()[:n]
	r.at += n
	return c.Return1(lua.String(s))
}

// checkCount returns argument 1 of read([count]): a number of bytes, or ok = false for none.
func checkCount(c lua.Call) (count int, ok bool, err error) {
	if c.Arg(1).IsNil() {
		return 1, false, nil
	}
	f, err := stdlib.CheckFinite(c, 1)
	if err != nil {
		return 0, false, err
	}
	if f <= -1 {
		return 0, false, errNegative
	}
	return int(min(max(f, 0), 1<<31)), true, nil
}

// read is read([count]): the next byte, as its number in binary mode; with a count, a string of at most so many; nil at the
// end.
func (r *reader) read(c lua.Call) (lua.Results, error) {
	if r.over != nil {
		return 0, r.over
	}
	count, counted, err := checkCount(c)
	if err != nil {
		return 0, err
	}
	rest := r.rest()
	if rest == "" {
		return c.Return1(lua.Nil)
	}
	if r.binary && !counted {
		r.at++
		return c.Return1(lua.Int(int(rest[0])))
	}
	return r.take(c, min(len(rest), count))
}

// readAll is readAll(): the rest, "" at the end.
func (r *reader) readAll(c lua.Call) (lua.Results, error) {
	if r.over != nil {
		return 0, r.over
	}
	return r.take(c, len(r.rest()))
}

// readLine is readLine([withTrailing]): the next line, without its end unless asked for; nil at the end.
func (r *reader) readLine(c lua.Call) (lua.Results, error) {
	if r.over != nil {
		return 0, r.over
	}
	trailing, err := stdlib.OptBool(c, 1, false)
	if err != nil {
		return 0, err
	}
	rest := r.rest()
	if rest == "" {
		return c.Return1(lua.Nil)
	}
	i := strings.IndexByte(rest, '\n')
	if i < 0 {
		return r.take(c, len(rest))
	}
	if trailing {
		return r.take(c, i+1)
	}
	if err := c.Reserve(i); err != nil {
		return 0, err
	}
	r.at += i + 1
	return c.Return1(lua.String(strings.TrimSuffix(rest[:i], "\r")))
}

// seek is seek([whence[, offset]]): the new position from the start, or nil and a message.
func (r *reader) seek(c lua.Call) (lua.Results, error) {
	if r.over != nil {
		return 0, r.over
	}
	whence, err := stdlib.OptString(c, 1, "cur")
	if err != nil {
		return 0, err
	}
	var offset int64
	if !c.Arg(2).IsNil() {
		if offset, err = stdlib.CheckInt64(c, 2); err != nil {
			return 0, err
		}
	}
	const far = 1 << 40 // positions beyond it are all alike, and can't overflow
	offset = min(max(offset, -far), far)
	switch whence {
	case "set":
	case "cur":
		offset += int64(r.at)
	case "end":
		offset += int64(len(r.text))
	default:
		// CraftOS's message lacks the closing bracket as well.
		return 0, errors.New("bad argument #1 to 'seek' (invalid option '" + whence + "'")
	}
	if offset < 0 {
		return c.Return(lua.Nil, lua.String("Position is negative"))
	}
	r.at = int(min(offset, far))
	return c.Return1(lua.Number(float64(r.at)))
}

// close is close().
func (r *reader) close(c lua.Call) (lua.Results, error) {
	if r.over != nil {
		return 0, r.over
	}
	r.end(errClosedFile)
	return c.Return0()
}

// end lets the text go.
func (r *reader) end(reason error) { r.over, r.text, r.value = reason, "", lua.Nil }
