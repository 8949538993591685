package lualib

import (
	"errors"
	"unicode/utf8"

	"github.com/luart/luart/lua"
)

// The library utf8. Code points are 0 to 0x10FFFF, surrogates among them as in Lua 5.3.

func openUTF8(vm *lua.VM) {
	next := lua.NewFunction("codes", utf8CodesNext)
	t := register(vm, "utf8", []function{
		{"char", utf8Char},
		{"codepoint", utf8Codepoint},
		{"codes", func(c lua.Call) (lua.Results, error) {
			if _, err := c.CheckString(1); err != nil {
				return 0, err
			}
			return c.Return(next, c.Arg(1), lua.Int(0))
		}},
		{"len", utf8Len},
		{"offset", utf8Offset},
	})
	t.SetString("charpattern", lua.String("[\x00-\x7f\xc2-\xf4][\x80-\xbf]*"))
}

var (
	errBadUTF8      = errors.New("invalid UTF-8 code")
	errContinuation = errors.New("initial position is a continuation byte")
)

// maxCodePoint is the greatest code point of Unicode.
const maxCodePoint = 0x10ffff

// appendUTF8 appends the encoding of a code point, of a surrogate too.
func appendUTF8(b []byte, r int) []byte {
	if r >= 0xd800 && r <= 0xdfff {
		return append(b, 0xe0|byte(r>>12), 0x80|byte(r>>6&0x3f), 0x80|byte(r&0x3f))
	}
	return utf8.AppendRune(b, rune(r))
}

// decodeUTF8 decodes the code point at the beginning of s; size is 0 when there is none.
func decodeUTF8(s string) (r rune, size int) {
	r, size = utf8.DecodeRuneInString(s)
	if r != utf8.RuneError || size > 1 {
		return r, size
	}
	// Go takes surrogates for errors.
	if len(s) >= 3 && s[0] == 0xed && s[1] >= 0xa0 && s[1] <= 0xbf && isContinuation(s, 2) {
		return 0xd000 | rune(s[1]&0x3f)<<6 | rune(s[2]&0x3f), 3
	}
	return 0, 0
}

func isContinuation(s string, i int) bool { return i < len(s) && s[i]&0xc0 == 0x80 }

// fromEnd turns a position that may count from the end into one from the beginning; one before the beginning stays
// below 1.
func fromEnd(pos, length int) int {
	if pos < 0 {
		return length + pos + 1
	}
	return pos
}

func utf8Char(c lua.Call) (lua.Results, error) {
	if c.N() == 1 {
		if f, ok := c.Arg(1).AsNumber(); ok && f >= 0 && f < 0x80 {
			return c.Return1(lua.String(byteString[int(f) : int(f)+1]))
		}
	}
	var space [64]byte
	b := space[:0]
	for i := 1; i <= c.N(); i++ {
		r, err := c.CheckInt(i)
		if err != nil {
			return 0, err
		}
		if r < 0 || r > maxCodePoint {
			return 0, lua.ArgError(i, "value out of range")
		}
		b = appendUTF8(b, r)
	}
	return returnBytes(c, b)
}

func utf8Codepoint(c lua.Call) (lua.Results, error) {
	s, i, j, err := checkRange(c, 1)
	if err != nil {
		return 0, err
	}
	if i < 1 {
		return 0, lua.ArgError(2, "out of bounds")
	}
	if j > len(s) {
		return 0, lua.ArgError(3, "out of bounds")
	}
	n := 0
	for at := i - 1; at < j; n++ {
		_, size := decodeUTF8(s[at:])
		if size == 0 {
			return 0, errBadUTF8
		}
		at += size
	}
	out, results, err := c.ReturnSlots(n)
	if err != nil {
		return 0, err
	}
	at := i - 1
	for k := range out {
		r, size := decodeUTF8(s[at:])
		out[k] = lua.Int(int(r))
		at += size
	}
	return results, nil
}

// checkRange returns a string and two positions in it, the first one by default 1, the second one by default the first
// (or, when last is -1, the end), counted from the beginning.
func checkRange(c lua.Call, last int) (s string, i, j int, err error) {
	if s, err = c.CheckString(1); err != nil {
		return
	}
	if i, err = c.OptInt(2, 1); err != nil {
		return
	}
	i = fromEnd(i, len(s))
	if last > 0 {
		last = i
	}
	if j, err = c.OptInt(3, last); err != nil {
		return
	}
	return s, i, fromEnd(j, len(s)), nil
}

func utf8Len(c lua.Call) (lua.Results, error) {
	s, i, j, err := checkRange(c, -1)
	if err != nil {
		return 0, err
	}
	if i < 1 || i > len(s)+1 {
		return 0, lua.ArgError(2, "initial position out of string")
	}
	if j > len(s) {
		return 0, lua.ArgError(3, "final position out of string")
	}
	n := 0
	for at := i - 1; at < j; n++ {
		_, size := decodeUTF8(s[at:])
		if size == 0 {
			return c.Return(lua.Nil, lua.Int(at+1))
		}
		at += size
	}
	return c.Return1(lua.Int(n))
}

func utf8Offset(c lua.Call) (lua.Results, error) {
	s, err := c.CheckString(1)
	if err != nil {
		return 0, err
	}
	n, err := c.CheckInt(2)
	if err != nil {
		return 0, err
	}
	pos := 1
	if n < 0 {
		pos = len(s) + 1
	}
	if pos, err = c.OptInt(3, pos); err != nil {
		return 0, err
	}
	at := fromEnd(pos, len(s)) - 1
	if at < 0 || at > len(s) {
		return 0, lua.ArgError(3, "position out of bounds")
	}
	at, ok := utf8Move(s, at, n)
	switch {
	case at < 0:
		return 0, errContinuation
	case !ok:
		return c.Return1(lua.Nil)
	}
	return c.Return1(lua.Int(at + 1))
}

// utf8Move returns the offset of the n-th character from offset at, which is counted as the first: n 0 is the character
// that at is in, n -1 the one before. ok is false when there are not so many. The offset is -1 when at is inside of a
// character and n is not 0.
func utf8Move(s string, at, n int) (offset int, ok bool) {
	switch {
	case n == 0:
		for at > 0 && isContinuation(s, at) {
			at--
		}
		return at, true
	case isContinuation(s, at):
		return -1, false
	case n < 0:
		for n < 0 && at > 0 {
			at--
			for at > 0 && isContinuation(s, at) {
				at--
			}
			n++
		}
	default:
		n--
		for n > 0 && at < len(s) {
			at++
			for isContinuation(s, at) {
				at++
			}
			n--
		}
	}
	return at, n == 0
}

// utf8CodesNext is the iterator of utf8.codes: from the position of a character to that of the next one.
func utf8CodesNext(c lua.Call) (lua.Results, error) {
	s, err := c.CheckString(1)
	if err != nil {
		return 0, err
	}
	pos, err := c.CheckInt(2)
	if err != nil {
		return 0, err
	}
	at := 0
	if pos > 0 {
		for at = min(pos, len(s)); isContinuation(s, at); {
			at++
		}
	}
	if at >= len(s) {
		return c.Return0()
	}
	r, size := decodeUTF8(s[at:])
	if size == 0 || isContinuation(s, at+size) {
		return 0, errBadUTF8
	}
	return c.Return(lua.Int(at+1), lua.Int(int(r)))
}
