package lua

import (
	"math"
	"strconv"

	"github.com/luart/luart/lua/syntax"
)

// FormatNumber renders a number as tostring does: whole numbers that fit an int64 in full, else as C's %.14g.
// (CraftOS: 2^53 prints as 9007199254740992, 2^63 as 9223372036854775807, -0 as 0, never "-nan".)
func FormatNumber(f float64) string {
	var buf [32]byte
	return string(appendNumber(buf[:0], f))
}

func appendNumber(b []byte, f float64) []byte {
	if f >= -(1<<63) && f <= 1<<63 && f == math.Trunc(f) {
		if f == 1<<63 {
			return strconv.AppendInt(b, math.MaxInt64, 10)
		}
		return strconv.AppendInt(b, int64(f), 10)
	}
	switch {
	case f != f:
		return append(b, "nan"...)
	case math.IsInf(f, 1):
		return append(b, "inf"...)
	case math.IsInf(f, -1):
		return append(b, "-inf"...)
	}
	if y := f * (1 << 14); y == math.Trunc(y) && isTie(f) {
		// CraftOS rounds a half away from zero, strconv to even; the next number up is beyond the half.
		f = math.Nextafter(f, math.Inf(1-2*int(math.Float64bits(f)>>63)))
	}
	return strconv.AppendFloat(b, f, 'g', 14, 64)
}

// isTie reports whether a number has exactly 15 significant digits, the last one a 5. Only multiples of 2^-14 can.
func isTie(f float64) bool {
	var buf [48]byte
	d := strconv.AppendFloat(buf[:0], math.Abs(f), 'e', 30, 64) // d.ddd...e+dd
	if d[15] != '5' {
		return false
	}
	for _, c := range d[16:] {
		if c == 'e' {
			return true
		}
		if c != '0' {
			return false
		}
	}
	return false
}

// ToNumber returns the number that arithmetic takes the value for: a number, or a string that reads as one.
func (v Value) ToNumber() (float64, bool) { return toNumber(&v) }

func toNumber(v *Value) (float64, bool) {
	if isNumber(v) {
		return v.num(), true
	}
	if kindOf(v.p) == kString {
		return syntax.ParseNumber(v.str().text())
	}
	return 0, false
}

// ToString returns the text that concatenation takes the value for: a string, or a number's digits.
func (v Value) ToString() (string, bool) {
	switch kindOf(v.p) {
	case kString:
		return v.str().text(), true
	case kNumber:
		return FormatNumber(v.num()), true
	}
	return "", false
}

// modulo is Lua's %: the result has the sign of the divisor; a zero divisor gives NaN.
func modulo(a, b float64) float64 {
	if a >= 0 && b > 0 && a < 1<<53 && b < 1<<53 {
		if x, y := int64(a), int64(b); float64(x) == a && float64(y) == b {
			return float64(x % y)
		}
	}
	r := math.Mod(a, b)
	if r != 0 && (r < 0) != (b < 0) {
		r += b
	}
	return r
}

func power(a, b float64) float64 {
	switch b {
	case 2:
		return a * a
	case 0.5:
		if a >= 0 {
			return math.Sqrt(a)
		}
	}
	return math.Pow(a, b)
}
