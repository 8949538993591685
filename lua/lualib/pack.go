package lualib

import (
	"fmt"
	"math"
	"strings"
)

// This file reads the formats of string.pack and puts integers into bytes and back. Native order is little-endian and
// native sizes are those of 64-bit machines, on every machine.

type packKind uint8

const (
	packInt     packKind = iota // signed, size bytes
	packUint                    // unsigned, size bytes
	packFloat                   // 4 bytes
	packDouble                  // 8 bytes
	packChars                   // a string of size bytes
	packString                  // its length in size bytes, then the string
	packZero                    // a string that ends with a zero byte
	packPadding                 // a zero byte
	packAlign                   // only alignment
	packNothing                 // an option that has no data
)

// maxIntegral is the greatest size of an integer in bytes.
const maxIntegral = 16

// packError is an error in a format or in data.
type packError string

func (e packError) Error() string { return string(e) }

// packFormat walks through a format.
type packFormat struct {
	text  string
	pos   int
	big   bool
	align int // the greatest alignment
}

func newPackFormat(text string) packFormat { return packFormat{text: text, align: 1} }

// more says whether the format has another option.
func (f *packFormat) more() bool { return f.pos < len(f.text) }

// number reads digits, absent when there is none. It stops before the number could pass 2^31.
func (f *packFormat) number(absent int) int {
	if f.pos == len(f.text) || !isDigit(f.text[f.pos]) {
		return absent
	}
	n := 0
	for f.pos < len(f.text) && isDigit(f.text[f.pos]) && n <= (math.MaxInt32-9)/10 {
		n = n*10 + int(f.text[f.pos]-'0')
		f.pos++
	}
	return n
}

func (f *packFormat) integralSize(absent int) (int, error) {
	n := f.number(absent)
	if n < 1 || n > maxIntegral {
		return 0, packError(fmt.Sprintf("integral size (%d) out of limits [1,%d]", n, maxIntegral))
	}
	return n, nil
}

// option reads one option and its size, without regard to alignment.
func (f *packFormat) option() (kind packKind, size int, err error) {
	c := f.text[f.pos]
	f.pos++
	switch c {
	case 'b':
		return packInt, 1, nil
	case 'B':
		return packUint, 1, nil
	case 'h':
		return packInt, 2, nil
	case 'H':
		return packUint, 2, nil
	case 'l', 'j':
		return packInt, 8, nil
	case 'L', 'J', 'T':
		return packUint, 8, nil
	case 'f':
		return packFloat, 4, nil
	case 'd', 'n':
		return packDouble, 8, nil
	case 'i':
		size, err = f.integralSize(4)
		return packInt, size, err
	case 'I':
		size, err = f.integralSize(4)
		return packUint, size, err
	case 's':
		size, err = f.integralSize(8)
		return packString, size, err
	case 'c':
		if size = f.number(-1); size < 0 {
			return 0, 0, packError("missing size for format option 'c'")
		}
		return packChars, size, nil
	case 'z':
		return packZero, 0, nil
	case 'x':
		return packPadding, 1, nil
	case 'X':
		return packAlign, 0, nil
	case ' ':
	case '<', '=':
		f.big = false
	case '>':
		f.big = true
	case '!':
		f.align, err = f.integralSize(8)
	default:
		return 0, 0, packError("invalid format option '" + string([]byte{c}) + "'")
	}
	return packNothing, 0, err
}

// next reads one option for data at the given offset: its kind, its size, and how many bytes of padding go before it.
func (f *packFormat) next(offset int) (kind packKind, size, padding int, err error) {
	kind, size, err = f.option()
	if err != nil {
		return 0, 0, 0, err
	}
	align := size
	if kind == packAlign {
		bad := !f.more()
		if !bad {
			var of packKind
			if of, align, err = f.option(); err != nil {
				return 0, 0, 0, err
			}
			bad = of == packChars || align == 0
		}
		if bad {
			return 0, 0, 0, packError("invalid next option for option 'X'")
		}
	}
	if align > 1 && kind != packChars {
		align = min(align, f.align)
		if align&(align-1) != 0 {
			return 0, 0, 0, packError("bad argument #1 (format asks for alignment not power of 2)")
		}
		padding = -offset & (align - 1)
	}
	return kind, size, padding, nil
}

// packInteger is the integer that is packed for f: truncated toward zero; what an int64 cannot hold becomes the
// nearest that it can, and NaN 0.
func packInteger(f float64) int64 {
	switch {
	case f >= 1<<63:
		return math.MaxInt64
	case f >= -(1 << 63):
		return int64(f)
	case f < 0:
		return math.MinInt64
	}
	return 0
}

// fits says whether n can be packed as an integer of size bytes.
func (kind packKind) fits(n int64, size int) bool {
	switch {
	case size >= 8:
		return true
	case kind == packInt:
		limit := int64(1) << (size*8 - 1)
		return n >= -limit && n < limit
	}
	return n >= 0 && n < int64(1)<<(size*8)
}

// appendPacked appends n in size bytes; signed numbers longer than 8 bytes are extended by their sign.
func (f *packFormat) appendPacked(b []byte, n int64, size int, signed bool) []byte {
	var extension byte
	if signed && n < 0 {
		extension = 0xff
	}
	for i := range size {
		if f.big {
			i = size - 1 - i
		}
		if i < 8 {
			b = append(b, byte(n>>(8*i)))
		} else {
			b = append(b, extension)
		}
	}
	return b
}

// unpackInteger reads all bytes of s as one integer.
func (f *packFormat) unpackInteger(s string, signed bool) (int64, error) {
	size := len(s)
	at := func(i int) byte { // by rising weight
		if f.big {
			return s[size-1-i]
		}
		return s[i]
	}
	var u uint64
	for i := min(size, 8) - 1; i >= 0; i-- {
		u = u<<8 | uint64(at(i))
	}
	n := int64(u)
	if size < 8 && signed {
		unused := 64 - 8*size
		n = n << unused >> unused
	}
	var extension byte
	if signed && n < 0 {
		extension = 0xff
	}
	for i := 8; i < size; i++ {
		if at(i) != extension {
			return 0, packError(fmt.Sprintf("%d-byte integer does not fit into Lua Integer", size))
		}
	}
	return n, nil
}

// errShortData and the other texts of errors about an argument, without its number.
const (
	errIntegerOverflow = "integer overflow"
	errShortData       = "data string too short"
	errLongChars       = "string longer than given size"
	errHasZeros        = "string contains zeros"
	errLongString      = "string length does not fit in given size"
)

// packedSize returns the size of what format packs.
func packedSize(format string) (int, error) {
	f := newPackFormat(format)
	total := 0
	for f.more() {
		kind, size, padding, err := f.next(total)
		if err != nil {
			return 0, err
		}
		if kind == packString || kind == packZero {
			return 0, packError("bad argument #1 (variable-length format)")
		}
		if total += padding + size; total > math.MaxInt32 {
			return 0, packError("bad argument #1 (format result too large)")
		}
	}
	return total, nil
}

// zeroTerminated returns the part of s before its first zero byte, all of it when it has none.
func zeroTerminated(s string) string {
	if i := strings.IndexByte(s, 0); i >= 0 {
		return s[:i]
	}
	return s
}
