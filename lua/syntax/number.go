package syntax

import (
	"strconv"
	"strings"
)

// ParseNumber converts a numeral as tonumber without a base does: white space around it, a sign, then decimal digits
// with an optional fraction and exponent, or 0x and hexadecimal digits with an optional fraction and binary exponent. It
// reports false for anything else, the words inf and nan included. The result is the double nearest to the numeral; one
// that is too large is an infinity. The time it takes is linear in len(s).
//
// CraftOS refuses more than 30 significant hexadecimal digits; this function, like PUC Lua, does not.
func ParseNumber(s string) (float64, bool) {
	for len(s) > 0 && isSpace(s[0]) {
		s = s[1:]
	}
	for len(s) > 0 && isSpace(s[len(s)-1]) {
		s = s[:len(s)-1]
	}
	if s == "" {
		return 0, false
	}
	negative := s[0] == '-'
	if negative || s[0] == '+' {
		s = s[1:]
	}
	value, ok := parseNumeral(s)
	if negative {
		value = -value
	}
	return value, ok
}

// parseNumeral converts a numeral without sign or white space: what the lexer reads.
func parseNumeral(s string) (float64, bool) {
	if len(s) >= 2 && s[0] == '0' && s[1]|0x20 == 'x' {
		return parseHex(s)
	}
	// Up to 15 digits make an integer that a double holds exactly; nearly every numeral is one of these.
	if len(s) <= 15 {
		var n int64
		i := 0
		for i < len(s) && isDigit(s[i]) {
			n = n*10 + int64(s[i]-'0')
			i++
		}
		if i == len(s) {
			return float64(n), i > 0
		}
	}
	if !isDecimal(s) {
		return 0, false
	}
	// The only error left is that of the range, for which ParseFloat returns an infinity.
	value, _ := strconv.ParseFloat(s, 64)
	return value, true
}

// isDecimal reports whether s is digits with an optional fraction and exponent.
func isDecimal(s string) bool {
	rest, digits := trimDigits(s, isDigit)
	if strings.HasPrefix(rest, ".") {
		var more int
		rest, more = trimDigits(rest[1:], isDigit)
		digits += more
	}
	return digits > 0 && isExponent(rest, 'e')
}

// parseHex converts a numeral that begins with 0x or 0X.
func parseHex(s string) (float64, bool) {
	if len(s) <= 2+13 {
		// Thirteen digits are 52 bits, which a double holds exactly.
		var n int64
		i := 2
		for i < len(s) && isHex(s[i]) {
			n = n<<4 | int64(hexValue(s[i]))
			i++
		}
		if i == len(s) {
			return float64(n), i > 2
		}
	}
	rest, digits := trimDigits(s[2:], isHex)
	if strings.HasPrefix(rest, ".") {
		var more int
		rest, more = trimDigits(rest[1:], isHex)
		digits += more
	}
	if digits == 0 || !isExponent(rest, 'p') {
		return 0, false
	}
	if rest == "" {
		s += "p0" // ParseFloat wants an exponent
	}
	value, _ := strconv.ParseFloat(s, 64)
	return value, true
}

// trimDigits returns s without the digits that it begins with, and their number.
func trimDigits(s string, digit func(byte) bool) (rest string, n int) {
	for n < len(s) && digit(s[n]) {
		n++
	}
	return s[n:], n
}

// isExponent reports whether s is empty or the letter (given in lower case), a sign or none, and decimal digits.
func isExponent(s string, letter byte) bool {
	if s == "" {
		return true
	}
	if s[0]|0x20 != letter {
		return false
	}
	s = s[1:]
	if s != "" && (s[0] == '+' || s[0] == '-') {
		s = s[1:]
	}
	rest, n := trimDigits(s, isDigit)
	return n > 0 && rest == ""
}

func isDigit(c byte) bool { return c-'0' < 10 }

func isHex(c byte) bool { return c-'0' < 10 || c|0x20-'a' < 6 }

// hexValue is the value of a hexadecimal digit.
func hexValue(c byte) byte {
	if c <= '9' {
		return c - '0'
	}
	return c | 0x20 - 'a' + 10
}

// isSpace is C's isspace, which numerals are surrounded by. (Between tokens every control character is white space.)
func isSpace(c byte) bool { return c == ' ' || c-'\t' < 5 }
