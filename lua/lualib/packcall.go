package lualib

import (
	"math"
	"strings"

	"github.com/luart/luart/lua"
)

// The functions string.pack, string.unpack and string.packsize.

func stringPackSize(c lua.Call) (lua.Results, error) {
	format, err := c.CheckString(1)
	if err != nil {
		return 0, err
	}
	n, err := packedSize(format)
	if err != nil {
		return 0, err
	}
	return c.Return1(lua.Int(n))
}

func (l *stringLibrary) pack(c lua.Call) (lua.Results, error) {
	format, err := c.CheckString(1)
	if err != nil {
		return 0, err
	}
	f := newPackFormat(format)
	out := l.buffer[:0]
	l.buffer = nil
	arg := 1
	for n := 1; f.more(); n++ {
		kind, size, padding, err := f.next(len(out))
		if err != nil {
			return 0, err
		}
		if out, err = grow(c, out, padding+size); err != nil {
			return 0, err
		}
		out = pad(out, 0, padding)
		switch kind {
		case packPadding:
			out = append(out, 0)
		case packAlign, packNothing:
		default:
			arg++
			if out, err = f.packArgument(c, out, arg, kind, size); err != nil {
				return 0, err
			}
		}
		if n%pollEvery == 0 {
			if err := c.Interrupted(); err != nil {
				return 0, err
			}
		}
	}
	return l.returnBuffer(c, out)
}

// packArgument appends argument i; there is room for size bytes.
func (f *packFormat) packArgument(c lua.Call, out []byte, i int, kind packKind, size int) ([]byte, error) {
	switch kind {
	case packInt, packUint:
		v, err := c.CheckNumber(i)
		if err != nil {
			return nil, err
		}
		n := packInteger(v)
		if !kind.fits(n, size) {
			return nil, lua.ArgError(i, errIntegerOverflow)
		}
		return f.appendPacked(out, n, size, kind == packInt), nil
	case packFloat:
		v, err := c.CheckNumber(i)
		if err != nil {
			return nil, err
		}
		return f.appendPacked(out, int64(math.Float32bits(float32(v))), size, false), nil
	case packDouble:
		v, err := c.CheckNumber(i)
		if err != nil {
			return nil, err
		}
		return f.appendPacked(out, int64(math.Float64bits(v)), size, false), nil
	}
	s, err := c.CheckString(i)
	if err != nil {
		return nil, err
	}
	switch kind {
	case packChars:
		if len(s) > size {
			return nil, lua.ArgError(i, errLongChars)
		}
		out = append(out, s...)
		return pad(out, 0, size-len(s)), nil
	case packZero:
		if strings.IndexByte(s, 0) >= 0 {
			return nil, lua.ArgError(i, errHasZeros)
		}
		if out, err = grow(c, out, len(s)+1); err != nil {
			return nil, err
		}
		out = append(out, s...)
		return append(out, 0), nil
	default: // packString
		if !packUint.fits(int64(len(s)), size) {
			return nil, lua.ArgError(i, errLongString)
		}
		out = f.appendPacked(out, int64(len(s)), size, false)
		if out, err = grow(c, out, len(s)); err != nil {
			return nil, err
		}
		return append(out, s...), nil
	}
}

// maxResults is the greatest number of results of unpack functions.
const maxResults = 1 << 20

func stringUnpack(c lua.Call) (lua.Results, error) {
	format, err := c.CheckString(1)
	if err != nil {
		return 0, err
	}
	data, err := c.CheckString(2)
	if err != nil {
		return 0, err
	}
	init, err := c.OptInt(3, 1)
	if err != nil {
		return 0, err
	}
	pos := position(init, len(data)) - 1
	if pos < 0 || pos > len(data) {
		return 0, lua.ArgError(3, "initial position out of string")
	}
	f := newPackFormat(format)
	var space [8]lua.Value
	out := space[:0]
	for n := 1; f.more(); n++ {
		kind, size, padding, err := f.next(pos)
		if err != nil {
			return 0, err
		}
		if padding+size > len(data)-pos {
			return 0, lua.ArgError(2, errShortData)
		}
		pos += padding
		switch kind {
		case packPadding, packAlign, packNothing:
			pos += size
		default:
			v, end, err := f.unpackValue(c, data, pos, kind, size)
			if err != nil {
				return 0, err
			}
			out = append(out, v)
			pos = end
		}
		if n%pollEvery == 0 {
			if err := c.Interrupted(); err != nil {
				return 0, err
			}
			if len(out) > maxResults {
				return 0, lua.ErrStackOverflow
			}
		}
	}
	out = append(out, lua.Int(pos+1))
	slots, results, err := c.ReturnSlots(len(out))
	if err != nil {
		return 0, err
	}
	copy(slots, out)
	return results, nil
}

// unpackValue reads a value at pos, of which size bytes are there, and returns the position behind it.
func (f *packFormat) unpackValue(c lua.Call, data string, pos int, kind packKind, size int) (v lua.Value, end int, err error) {
	end = pos + size
	switch kind {
	case packChars:
		return lua.String(data[pos:end]), end, c.Reserve(size + stringBytes)
	case packZero:
		// A text that has no zero byte goes to the end (CraftOS).
		s := zeroTerminated(data[pos:])
		return lua.String(s), pos + len(s) + 1, c.Reserve(len(s) + stringBytes)
	}
	n, err := f.unpackInteger(data[pos:end], kind == packInt)
	if err != nil {
		return lua.Nil, 0, err
	}
	switch kind {
	case packFloat:
		return lua.Number(float64(math.Float32frombits(uint32(n)))), end, nil
	case packDouble:
		return lua.Number(math.Float64frombits(uint64(n))), end, nil
	case packString:
		if n < 0 || n > int64(len(data)-end) {
			return lua.Nil, 0, lua.ArgError(2, errShortData)
		}
		return lua.String(data[end : end+int(n)]), end + int(n), c.Reserve(int(n) + stringBytes)
	}
	return lua.Number(float64(n)), end, nil
}
