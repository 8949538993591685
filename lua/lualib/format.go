package lualib

import (
	"math"
	"math/bits"
	"strconv"
	"strings"
)

// This file is the conversions of string.format, without the library function: a conversion specification is parsed
// into a formatSpec, whose methods append a value to a buffer. Widths and precisions have at most two digits, so one
// conversion of a number is at most some 410 bytes long.
//
// Halfway cases are rounded away from zero in decimal conversions ("%.0f" of 2.5 is 3), and a zero has no sign, as
// CraftOS has it; C rounds them to even.

const (
	flagMinus = 1 << iota // '-': to the left
	flagPlus              // '+'
	flagSpace             // ' '
	flagSharp             // '#': the alternate form
	flagZero              // '0'
	flagPrecision
)

// formatSpec is a conversion specification.
type formatSpec struct {
	flags     uint8
	width     int
	precision int // -1: not given
	verb      byte
	text      string // without the '%', for messages
}

// formatError is an error in a format.
type formatError string

func (e formatError) Error() string { return string(e) }

// parseFormatSpec parses the conversion specification behind a '%' that ends at offset i of format, and returns the
// offset behind it. At the end of the format the verb is 0.
func parseFormatSpec(format string, i int) (spec formatSpec, end int, err error) {
	p := i
	at := func() byte {
		if p < len(format) {
			return format[p]
		}
		return 0
	}
	for {
		flag := strings.IndexByte("-+ #0", at())
		if flag < 0 || p == len(format) {
			break
		}
		spec.flags |= 1 << flag
		if p++; p-i > 5 {
			return spec, p, formatError("invalid format (repeated flags)")
		}
	}
	for n := 0; n < 2 && isDigit(at()); n++ {
		spec.width = spec.width*10 + int(format[p]-'0')
		p++
	}
	spec.precision = -1
	if at() == '.' {
		p++
		spec.flags |= flagPrecision
		spec.precision = 0
		for n := 0; n < 2 && isDigit(at()); n++ {
			spec.precision = spec.precision*10 + int(format[p]-'0')
			p++
		}
	}
	if isDigit(at()) {
		return spec, p, formatError("invalid format (width or precision too long)")
	}
	if spec.verb = at(); p < len(format) {
		p++
	}
	spec.text = format[i:p]
	return spec, p, nil
}

// Flags that each group of verbs allows.
const (
	charFlags     = flagMinus
	stringFlags   = flagMinus | flagPrecision
	signedFlags   = flagMinus | flagPlus | flagSpace | flagZero | flagPrecision
	decimalFlags  = flagMinus | flagZero | flagPrecision
	unsignedFlags = flagMinus | flagSharp | flagZero | flagPrecision
	floatFlags    = flagMinus | flagPlus | flagSpace | flagSharp | flagZero | flagPrecision
)

// check returns an error when the verb does not exist or does not go with the flags.
func (f *formatSpec) check() error {
	var allowed uint8
	switch f.verb {
	case 'c':
		allowed = charFlags
	case 's':
		allowed = stringFlags
	case 'd', 'i':
		allowed = signedFlags
	case 'u':
		allowed = decimalFlags
	case 'o', 'x', 'X':
		allowed = unsignedFlags
	case 'a', 'A', 'e', 'E', 'f', 'g', 'G':
		allowed = floatFlags
	case 'q':
		if len(f.text) != 1 {
			return formatError("specifier '%q' cannot have modifiers")
		}
		return nil
	default:
		return formatError("invalid conversion '%" + f.text + "' to 'format'")
	}
	if f.flags&^allowed != 0 {
		return formatError("invalid conversion specification: '%" + f.text + "'")
	}
	return nil
}

// formatInteger is the integer that %d and its like show for f: f truncated toward zero. ok is false for a number
// outside of what an int64 holds, 2^63 itself becoming the greatest int64.
func formatInteger(f float64) (n int64, ok bool) {
	switch {
	case f >= -(1<<63) && f < 1<<63:
		return int64(f), true
	case f == 1<<63:
		return math.MaxInt64, true
	}
	return 0, false
}

// pad appends n times c, nothing when n is negative.
func pad(b []byte, c byte, n int) []byte {
	for ; n > 0; n-- {
		b = append(b, c)
	}
	return b
}

// justify pads with spaces what was appended to b since start to the width.
func (f *formatSpec) justify(b []byte, start int) []byte {
	n := f.width - (len(b) - start)
	if n <= 0 {
		return b
	}
	b = pad(b, ' ', n)
	if f.flags&flagMinus == 0 {
		copy(b[start+n:], b[start:len(b)-n])
		for i := range n {
			b[start+i] = ' '
		}
	}
	return b
}

// appendChar is %c.
func (f *formatSpec) appendChar(b []byte, c byte) []byte {
	start := len(b)
	return f.justify(append(b, c), start)
}

// appendText is %s. As in C, a text ends at its first '\0', except a long one (100 bytes) without a precision.
func (f *formatSpec) appendText(b []byte, s string) []byte {
	if f.precision >= 0 || len(s) < 100 {
		if i := strings.IndexByte(s, 0); i >= 0 {
			s = s[:i]
		}
		if f.precision >= 0 && len(s) > f.precision {
			s = s[:f.precision]
		}
	}
	start := len(b)
	return f.justify(append(b, s...), start)
}

// appendInteger is %d %i %u %o %x %X.
func (f *formatSpec) appendInteger(b []byte, n int64) []byte {
	if f.flags == 0 && f.width == 0 {
		switch f.verb {
		case 'd', 'i':
			return strconv.AppendInt(b, n, 10)
		case 'x':
			return strconv.AppendUint(b, uint64(n), 16)
		}
	}
	var digits []byte
	var space [24]byte
	var sign string
	u := uint64(n)
	switch f.verb {
	case 'd', 'i':
		if n < 0 {
			u = -u
			sign = "-"
		} else {
			sign = f.positiveSign()
		}
		digits = strconv.AppendUint(space[:0], u, 10)
	case 'u':
		digits = strconv.AppendUint(space[:0], u, 10)
	case 'o':
		digits = strconv.AppendUint(space[:0], u, 8)
		if f.flags&flagSharp != 0 && u != 0 {
			digits = append(digits, 0)
			copy(digits[1:], digits)
			digits[0] = '0'
		}
	default:
		digits = strconv.AppendUint(space[:0], u, 16)
		if f.flags&flagSharp != 0 && u != 0 {
			sign = "0x"
		}
		if f.verb == 'X' {
			upper(digits)
			sign = strings.ToUpper(sign)
		}
	}
	if u == 0 && f.precision == 0 && (f.verb != 'o' || f.flags&flagSharp == 0) {
		digits = digits[:0]
	}
	zeros := f.precision - len(digits)
	if f.precision < 0 && f.flags&(flagZero|flagMinus) == flagZero {
		zeros = f.width - len(sign) - len(digits)
	}
	start := len(b)
	b = append(b, sign...)
	b = pad(b, '0', zeros)
	b = append(b, digits...)
	return f.justify(b, start)
}

func (f *formatSpec) positiveSign() string {
	switch {
	case f.flags&flagPlus != 0:
		return "+"
	case f.flags&flagSpace != 0:
		return " "
	}
	return ""
}

// upper makes the letters of b upper-case.
func upper(b []byte) {
	for i, c := range b {
		if c >= 'a' && c <= 'z' {
			b[i] = c - 0x20
		}
	}
}

// appendFloat is %a %e %f %g and their upper-case forms.
func (f *formatSpec) appendFloat(b []byte, v float64) []byte {
	start := len(b)
	if v < 0 {
		b = append(b, '-')
	} else {
		b = append(b, f.positiveSign()...)
	}
	body := len(b)
	lower := f.verb | 0x20
	finite := !math.IsInf(v, 0) && v == v
	abs := math.Abs(v)
	switch {
	case v != v:
		b = append(b, "nan"...)
	case !finite:
		b = append(b, "inf"...)
	case lower == 'a':
		b = append(b, "0x"...)
		body += 2
		b = appendHex(b, abs, f.precision, f.flags&flagSharp != 0)
	case lower == 'e':
		b = f.appendExponential(b, abs)
	case lower == 'g':
		b = f.appendGeneral(b, abs)
	default:
		precision := f.precision
		if precision < 0 {
			precision = 6
		}
		b = appendFixed(b, abs, precision)
		if precision == 0 && f.flags&flagSharp != 0 {
			b = append(b, '.')
		}
	}
	if f.verb != lower {
		upper(b[start:])
	}
	if n := f.width - (len(b) - start); n > 0 && finite && f.flags&(flagZero|flagMinus) == flagZero {
		b = pad(b, '0', n)
		copy(b[body+n:], b[body:len(b)-n])
		for i := range n {
			b[body+i] = '0'
		}
	}
	return f.justify(b, start)
}

func (f *formatSpec) appendExponential(b []byte, v float64) []byte {
	precision := f.precision
	if precision < 0 {
		precision = 6
	}
	var space [128]byte
	digits, exp := decimalDigits(space[:0], v, precision+1)
	return appendScientific(b, digits, exp, f.flags&flagSharp != 0)
}

func appendScientific(b, digits []byte, exp int, point bool) []byte {
	b = append(b, digits[0])
	if len(digits) > 1 || point {
		b = append(b, '.')
		b = append(b, digits[1:]...)
	}
	return appendExponent(append(b, 'e'), exp, 2)
}

// appendExponent appends the sign and at least width digits of exp.
func appendExponent(b []byte, exp, width int) []byte {
	if exp < 0 {
		b = append(b, '-')
		exp = -exp
	} else {
		b = append(b, '+')
	}
	if width == 2 && exp < 10 {
		b = append(b, '0')
	}
	return strconv.AppendInt(b, int64(exp), 10)
}

func (f *formatSpec) appendGeneral(b []byte, v float64) []byte {
	precision := f.precision
	switch precision {
	case -1:
		precision = 6
	case 0:
		precision = 1
	}
	var space [128]byte
	digits, exp := decimalDigits(space[:0], v, precision)
	keep := f.flags&flagSharp != 0
	if !keep {
		n := len(digits)
		for n > 1 && digits[n-1] == '0' {
			n--
		}
		digits = digits[:n]
	}
	if exp < -4 || exp >= precision {
		return appendScientific(b, digits, exp, keep)
	}
	b = appendPoint(b, digits, exp)
	if keep && len(digits) == exp+1 {
		b = append(b, '.')
	}
	return b
}

// decimalDigits appends to b the first n decimal digits (1 to 101) of v, a finite number that is not negative, the
// last one rounded, and returns them with the exponent of the first.
func decimalDigits(b []byte, v float64, n int) (digits []byte, exp int) {
	if v == 0 {
		return pad(b, '0', n), 0
	}
	digits, exp = appendDigits(b, v, n)
	if !mayBeHalfway(v, exp, n) {
		return digits, exp
	}
	// With one digit more a halfway case is exact, and its last digit is a 5.
	more, exp1 := appendDigits(make([]byte, 0, 128), v, n+1)
	if more[n] != '5' || !isHalfway(v, exp1, n) {
		return digits, exp
	}
	digits = append(b, more[:n]...)
	if carry(digits[len(b):]) {
		// 99.5: all digits became zeros.
		digits[len(b)] = '1'
		exp1++
	}
	return digits, exp1
}

// carry adds one to the last of digits and says whether it went over the first: then all digits are zeros.
func carry(digits []byte) bool {
	for i := len(digits) - 1; i >= 0; i-- {
		if digits[i] != '9' {
			digits[i]++
			return false
		}
		digits[i] = '0'
	}
	return true
}

// appendDigits is decimalDigits with halfway cases rounded to even.
func appendDigits(b []byte, v float64, n int) ([]byte, int) {
	start := len(b)
	b = strconv.AppendFloat(b, v, 'e', n-1, 64)
	e := len(b) - 3
	for b[e] != 'e' {
		e--
	}
	exp := 0
	for _, c := range b[e+2:] {
		exp = exp*10 + int(c-'0')
	}
	if b[e+1] == '-' {
		exp = -exp
	}
	if n > 1 {
		copy(b[start+1:], b[start+2:e]) // close the gap of the point
	}
	return b[:start+n], exp
}

// A number is halfway between two decimals of n digits when it is an odd multiple of 5·10^(q-1), q = exp-n+1. As an
// odd multiple of 2^(q-1)·5^q its lowest bit has the weight 2^(q-1); for q <= 0 nothing more is needed.

// mayBeHalfway is a fast test: false is certain. exp may be one too high, from rounding.
func mayBeHalfway(v float64, exp, n int) bool {
	low := lowestBit(v)
	return low == exp-n || low == exp-1-n
}

// isHalfway needs the exact exponent of the first digit.
func isHalfway(v float64, exp, n int) bool {
	q := exp - n + 1
	low := lowestBit(v)
	if low != q-1 {
		return false
	}
	m := uint64(math.Ldexp(v, -low)) // odd, below 2^53
	for ; q > 0; q-- {
		if m%5 != 0 {
			return false
		}
		m /= 5
	}
	return true
}

// lowestBit returns the exponent of two of the lowest bit that is set in v, which is neither zero nor special.
func lowestBit(v float64) int {
	u := math.Float64bits(v)
	e := int(u>>52) & 0x7ff
	m := u & (1<<52 - 1)
	if e == 0 {
		e = 1
	} else {
		m |= 1 << 52
	}
	return e - 1075 + bits.TrailingZeros64(m)
}

// pow10 are the powers of ten that a double holds exactly.
var pow10 = [...]float64{1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16}

// decimalExponent returns the exponent of the first decimal digit of v, from 1e-5 to below 1e15. It may be one too high.
func decimalExponent(v float64) int {
	exp := 0
	if v < 1 {
		for v < 1 {
			v *= 10
			exp--
		}
		return exp
	}
	for v >= pow10[exp+1] {
		exp++
	}
	return exp
}

// appendFixed appends v, finite and not negative, with precision digits behind the point.
func appendFixed(b []byte, v float64, precision int) []byte {
	// Numbers of up to 17 digits go the way of %e: strconv is many times faster there.
	if v >= 1e-5 && v < 1e15 {
		want := decimalExponent(v)
		if n := precision + want + 1; n >= 1 && n <= 17 {
			var space [40]byte
			digits, exp := decimalDigits(space[:0], v, n)
			if exp == want+1 { // 9.99 became 10.0
				digits = append(digits, '0')
			}
			if exp >= want {
				return appendPoint(b, digits, exp)
			}
		}
	}
	if v == 0 || lowestBit(v) != -precision-1 {
		return strconv.AppendFloat(b, v, 'f', precision, 64)
	}
	// Halfway: an odd multiple of 2^-(precision+1) has precision+1 digits behind the point, the last one a 5.
	start := len(b)
	b = strconv.AppendFloat(b, v, 'f', precision+1, 64)
	b = b[:len(b)-1]
	if precision == 0 {
		b = b[:len(b)-1] // the point
	}
	for i := len(b) - 1; i >= start; i-- {
		switch b[i] {
		case '.':
		case '9':
			b[i] = '0'
		default:
			b[i]++
			return b
		}
	}
	b = append(b, 0)
	copy(b[start+1:], b[start:])
	b[start] = '1'
	return b
}

// appendPoint appends digits, the first of which has the exponent exp, with a point where it belongs.
func appendPoint(b, digits []byte, exp int) []byte {
	if exp < 0 {
		b = append(b, "0."...)
		b = pad(b, '0', -exp-1)
		return append(b, digits...)
	}
	whole := exp + 1
	if len(digits) > whole {
		b = append(b, digits[:whole]...)
		b = append(b, '.')
		return append(b, digits[whole:]...)
	}
	b = append(b, digits...)
	return pad(b, '0', whole-len(digits))
}

// appendHex appends v, finite and not negative, as C's %a without the 0x. A negative precision shows all digits.
func appendHex(b []byte, v float64, precision int, point bool) []byte {
	u := math.Float64bits(v)
	exp := int(u>>52) & 0x7ff
	m := u & (1<<52 - 1)
	switch {
	case exp != 0:
		m |= 1 << 52
		exp -= 1023
	case m != 0:
		exp = -1022
	}
	if precision >= 0 && precision < 13 {
		shift := uint(52 - 4*precision)
		rest := m & (1<<shift - 1)
		m >>= shift
		if half := uint64(1) << (shift - 1); rest > half || rest == half && m&1 != 0 {
			m++
		}
		m <<= shift
	}
	const hex = "0123456789abcdef"
	b = append(b, hex[m>>52])
	m = m << 12 // the 13 digits behind the point, from the top
	if m != 0 || precision > 0 || point {
		b = append(b, '.')
	}
	for n := 0; n < precision || precision < 0 && m != 0; n++ {
		b = append(b, hex[m>>60])
		m <<= 4
	}
	return appendExponent(append(b, 'p'), exp, 1)
}

// appendQuoted is %q of a string.
func appendQuoted(b []byte, s string) []byte {
	b = append(b, '"')
	for i := 0; i < len(s); i++ {
		switch c := s[i]; c {
		case '"', '\\', '\n':
			b = append(b, '\\', c)
		case '\r':
			b = append(b, `\r`...)
		case 0:
			b = append(b, `\000`...)
		default:
			b = append(b, c)
		}
	}
	return append(b, '"')
}

// appendQuotedNumber is %q of a number: an expression that reads as exactly v.
func appendQuotedNumber(b []byte, v float64) []byte {
	switch {
	case v != v:
		return append(b, "(0/0)"...)
	case v > math.MaxFloat64:
		return append(b, "1e9999"...)
	case v < -math.MaxFloat64:
		return append(b, "-1e9999"...)
	}
	if n, ok := formatInteger(v); ok && float64(n) == v {
		return strconv.AppendInt(b, n, 10)
	}
	if v < 0 {
		b = append(b, '-')
	}
	b = append(b, "0x"...)
	return appendHex(b, math.Abs(v), -1, false)
}
