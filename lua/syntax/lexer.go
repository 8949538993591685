package syntax

import (
	"strconv"
	"unicode/utf8"
)

// interruptEvery is the number of tokens between two calls of Options.Interrupt.
const interruptEvery = 4096

// lexer cuts a source into tokens. After the first error, its own or the parser's, every token is tokEOF: so
// the parser can unwind without looking at errors everywhere.
type lexer struct {
	src       string
	chunkName string
	interrupt func() error
	countdown int // tokens until the next call of interrupt

	pos       int   // offset of the next byte
	line      int32 // of that byte
	lineStart int   // offset of the first byte of that line

	tok      token // the current token
	ahead    token // the one after it, if hasAhead
	hasAhead bool
	buf      []byte // a string with escapes, its opening quote included
	err      error  // the first error
}

// fail records an error at the line that the lexer has reached, unless there is one already.
func (l *lexer) fail(msg, near string, eof bool) {
	col := l.tok.pos.Col
	l.stop(&Error{ChunkName: l.chunkName, Pos: Pos{l.line, col}, Msg: msg, Near: near, EOF: eof})
}

// stop records the first error and ends the stream of tokens.
func (l *lexer) stop(err error) {
	if l.err != nil {
		return
	}
	l.err = err
	l.tok.kind = tokEOF
	l.hasAhead = false
}

// failAt is fail for an error inside the token t, which is being read.
func (l *lexer) failAt(t *token, msg, near string, eof bool) {
	l.tok.pos = t.pos
	l.fail(msg, near, eof)
	t.kind = tokEOF
}

// next makes the next token the current one.
func (l *lexer) next() {
	if l.hasAhead {
		l.tok = l.ahead
		l.hasAhead = false
		return
	}
	l.scan(&l.tok)
}

// peek returns the kind of the token after the current one.
func (l *lexer) peek() tokenKind {
	if !l.hasAhead {
		l.scan(&l.ahead)
		if l.err != nil {
			return tokEOF
		}
		l.hasAhead = true
	}
	return l.ahead.kind
}

// Classes of bytes by which scan branches.
const (
	classOther = iota
	classSpace // every control character is one, as in CraftOS
	classNewline
	className
	classDigit
)

var byteClass = func() (class [256]uint8) {
	for c := range class {
		switch {
		case c == '\n' || c == '\r':
			class[c] = classNewline
		case c <= ' ':
			class[c] = classSpace
		case c >= '0' && c <= '9':
			class[c] = classDigit
		case c == '_' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z':
			class[c] = className
		}
	}
	return class
}()

// singleByte has the kind of the tokens that are one byte and begin no longer one.
var singleByte = [256]tokenKind{
	'+': tokPlus, '*': tokStar, '/': tokSlash, '%': tokPercent, '^': tokCaret, '#': tokHash, '(': tokLParen, ')': tokRParen,
	'{': tokLBrace, '}': tokRBrace, ']': tokRBracket, ';': tokSemicolon, ',': tokComma,
}

// at returns the byte at an offset, or 0 past the end.
func (l *lexer) at(i int) byte {
	if i < len(l.src) {
		return l.src[i]
	}
	return 0
}

// newline skips the line break at pos: \n, \r, \r\n or \n\r.
func (l *lexer) newline() {
	first := l.src[l.pos]
	l.pos++
	if c := l.at(l.pos); (c == '\n' || c == '\r') && c != first {
		l.pos++
	}
	l.line++
	l.lineStart = l.pos
}

// scan reads one token.
func (l *lexer) scan(t *token) {
	if l.err != nil {
		t.kind = tokEOF
		return
	}
	if l.countdown--; l.countdown <= 0 {
		l.countdown = interruptEvery
		if l.interrupt != nil {
			if err := l.interrupt(); err != nil {
				l.stop(err)
				t.kind = tokEOF
				return
			}
		}
	}
	for l.pos < len(l.src) {
		c := l.src[l.pos]
		switch byteClass[c] {
		case classSpace:
			l.pos++
			continue
		case classNewline:
			l.newline()
			continue
		}
		if c == '-' && l.at(l.pos+1) == '-' {
			l.begin(t)
			if !l.skipComment(t) {
				return
			}
			continue
		}
		l.begin(t)
		switch byteClass[c] {
		case className:
			l.scanName(t)
		case classDigit:
			l.scanNumber(t)
		default:
			l.scanSymbol(t, c)
		}
		return
	}
	l.begin(t)
	t.kind = tokEOF
}

// begin marks the next byte as the first of t.
func (l *lexer) begin(t *token) {
	t.start = l.pos
	t.pos = Pos{l.line, int32(l.pos - l.lineStart + 1)}
}

func (l *lexer) scanName(t *token) {
	i := l.pos + 1
	for i < len(l.src) && byteClass[l.src[i]] >= className {
		i++
	}
	t.text = l.src[l.pos:i]
	l.pos = i
	t.kind = tokName
	if len(t.text) <= len("function") {
		t.kind = reservedWord(t.text)
	}
}

// scanSymbol reads a token that begins with c and is neither a name nor begins with a digit.
func (l *lexer) scanSymbol(t *token, c byte) {
	if kind := singleByte[c]; kind != tokEOF {
		t.kind = kind
		l.pos++
		return
	}
	second := l.at(l.pos + 1)
	switch c {
	case '=':
		l.pick(t, second == '=', tokEq, tokAssign)
	case '<':
		l.pick(t, second == '=', tokLe, tokLess)
	case '>':
		l.pick(t, second == '=', tokGe, tokGreater)
	case ':':
		l.pick(t, second == ':', tokDoubleColon, tokColon)
	case '-':
		l.pick(t, false, 0, tokMinus)
	case '"', '\'':
		l.scanString(t, c)
	case '[':
		level := countByte(l.src[l.pos+1:], '=')
		switch {
		case l.at(l.pos+1+level) == '[':
			l.scanLong(t, level, "string")
		case level > 0:
			l.pos += 1 + level
			l.failAt(t, "invalid long string delimiter", l.src[t.start:l.pos], false)
		default:
			l.pick(t, false, 0, tokLBracket)
		}
	case '.':
		switch {
		case isDigit(second):
			l.scanNumber(t)
		case second == '.' && l.at(l.pos+2) == '.':
			t.kind = tokDots
			l.pos += 3
		default:
			l.pick(t, second == '.', tokConcat, tokDot)
		}
	default:
		if c == '~' && second == '=' {
			l.pick(t, true, tokNe, 0)
			return
		}
		t.kind = tokByte
		t.text = l.src[l.pos : l.pos+1]
		l.pos++
	}
}

// pick ends a token of two bytes, or of one.
func (l *lexer) pick(t *token, two bool, kindOfTwo, kindOfOne tokenKind) {
	if two {
		t.kind = kindOfTwo
		l.pos += 2
	} else {
		t.kind = kindOfOne
		l.pos++
	}
}

// scanNumber reads everything that could belong to a numeral, as PUC Lua does: "1..2" is one malformed number.
func (l *lexer) scanNumber(t *token) {
	i := l.pos
	if l.src[i] == '.' {
		i++
	}
	exponent := byte('e')
	if l.src[i] == '0' && l.at(i+1)|0x20 == 'x' {
		exponent = 'p'
		i++
	}
	for i++; i < len(l.src); i++ {
		if l.src[i]|0x20 == exponent {
			i++
			if c := l.at(i); c == '+' || c == '-' {
				i++
			}
		}
		if c := l.at(i); !isHex(c) && c != '.' {
			break
		}
	}
	t.text = l.src[l.pos:i]
	l.pos = i
	value, ok := parseNumeral(t.text)
	if !ok {
		l.failAt(t, "malformed number", t.text, false)
		return
	}
	t.kind = tokNumber
	t.num = value
}

// skipComment skips the comment at pos, and reports false if it does not end.
func (l *lexer) skipComment(t *token) bool {
	l.pos += len("--")
	if l.at(l.pos) == '[' {
		if level := countByte(l.src[l.pos+1:], '='); l.at(l.pos+1+level) == '[' {
			l.scanLong(t, level, "comment")
			return l.err == nil
		}
	}
	for l.pos < len(l.src) && byteClass[l.src[l.pos]] != classNewline {
		l.pos++
	}
	return true
}

// scanLong reads a long string or comment whose opening bracket, with level equals signs, is at pos.
func (l *lexer) scanLong(t *token, level int, what string) {
	firstLine := l.line
	l.pos += level + 2
	if byteClass[l.at(l.pos)] == classNewline {
		l.newline()
	}
	begin := l.pos
	plain := true // every line break is a single \n
	for l.pos < len(l.src) {
		switch l.src[l.pos] {
		case '\n', '\r':
			before := l.pos
			l.newline()
			plain = plain && l.pos == before+1 && l.src[before] == '\n'
		case ']':
			end := l.pos
			l.pos++
			n := countByte(l.src[l.pos:], '=')
			l.pos += n
			if n == level && l.at(l.pos) == ']' {
				l.pos++
				t.kind = tokString
				t.text = l.src[begin:end]
				if !plain && what == "string" {
					t.text = unifyNewlines(t.text)
				}
				return
			}
		default:
			l.pos++
		}
	}
	l.failAt(t, "unfinished long "+what+" (started at line "+strconv.Itoa(int(firstLine))+")", "", true)
}

// unifyNewlines replaces every line break of s with \n.
func unifyNewlines(s string) string {
	out := make([]byte, 0, len(s))
	for i := 0; i < len(s); i++ {
		c := s[i]
		if c != '\n' && c != '\r' {
			out = append(out, c)
			continue
		}
		if i+1 < len(s) && (s[i+1] == '\n' || s[i+1] == '\r') && s[i+1] != c {
			i++
		}
		out = append(out, '\n')
	}
	return string(out)
}

// scanString reads a string between quotes. One without escapes is a piece of the source.
func (l *lexer) scanString(t *token, quote byte) {
	i := l.pos + 1
	for i < len(l.src) {
		switch c := l.src[i]; c {
		case quote:
			t.kind = tokString
			t.text = l.src[l.pos+1 : i]
			l.pos = i + 1
			return
		case '\\', '\n', '\r':
			l.buf = append(l.buf[:0], l.src[l.pos:i]...)
			l.pos = i
			l.scanEscaped(t, quote)
			return
		}
		i++
	}
	l.pos = i
	l.failAt(t, "unfinished string", "", true)
}

// scanEscaped goes on reading a string at an escape or line break; buf has what was read so far.
func (l *lexer) scanEscaped(t *token, quote byte) {
	for l.pos < len(l.src) {
		switch c := l.src[l.pos]; c {
		case quote:
			l.pos++
			t.kind = tokString
			t.text = string(l.buf[1:])
			return
		case '\n', '\r':
			l.failAt(t, "unfinished string", string(l.buf), false)
			return
		case '\\':
			l.scanEscape(t)
			if l.err != nil {
				return
			}
		default:
			l.buf = append(l.buf, c)
			l.pos++
		}
	}
	l.failAt(t, "unfinished string", "", true)
}

// plainEscape has the bytes that the escapes of one letter stand for.
var plainEscape = [256]byte{'a': '\a', 'b': '\b', 'f': '\f', 'n': '\n', 'r': '\r', 't': '\t', 'v': '\v'}

// scanEscape reads the escape at pos into buf.
func (l *lexer) scanEscape(t *token) {
	backslash := l.pos
	l.pos++
	if l.pos == len(l.src) {
		return // the caller finds the string unfinished
	}
	c := l.src[l.pos]
	if plain := plainEscape[c]; plain != 0 {
		l.buf = append(l.buf, plain)
		l.pos++
		return
	}
	switch {
	case c == '\n' || c == '\r':
		l.buf = append(l.buf, '\n')
		l.newline()
	case c == 'z':
		l.pos++
		for l.pos < len(l.src) {
			switch byteClass[l.src[l.pos]] {
			case classSpace:
				l.pos++
				continue
			case classNewline:
				l.newline()
				continue
			}
			break
		}
	case c == 'x':
		l.pos++
		var value byte
		for range 2 {
			digit := l.at(l.pos)
			if !isHex(digit) {
				l.escapeError(t, backslash, "hexadecimal digit expected")
				return
			}
			value = value<<4 | hexValue(digit)
			l.pos++
		}
		l.buf = append(l.buf, value)
	case c == 'u':
		l.pos++
		l.scanCodepoint(t, backslash)
	case isDigit(c):
		value := 0
		for n := 0; n < 3 && isDigit(l.at(l.pos)); n++ {
			value = value*10 + int(l.src[l.pos]-'0')
			l.pos++
		}
		if value > 255 {
			l.escapeError(t, backslash, "escape sequence too large")
			return
		}
		l.buf = append(l.buf, byte(value))
	default:
		l.buf = append(l.buf, c)
		l.pos++
	}
}

// scanCodepoint reads the rest of an escape of the form \u{XXX}.
func (l *lexer) scanCodepoint(t *token, backslash int) {
	if l.at(l.pos) != '{' {
		l.escapeError(t, backslash, "missing '{'")
		return
	}
	l.pos++
	if !isHex(l.at(l.pos)) {
		l.escapeError(t, backslash, "hexadecimal digit expected")
		return
	}
	value := rune(0)
	for ; isHex(l.at(l.pos)); l.pos++ {
		value = value<<4 | rune(hexValue(l.src[l.pos]))
		if value > utf8.MaxRune {
			l.escapeError(t, backslash, "UTF-8 value too large")
			return
		}
	}
	if l.at(l.pos) != '}' {
		l.escapeError(t, backslash, "missing '}'")
		return
	}
	l.pos++
	if value >= 0xD800 && value <= 0xDFFF {
		// A surrogate is no character, and AppendRune would replace it, but Lua encodes it all the same.
		l.buf = append(l.buf, 0xE0|byte(value>>12), 0x80|byte(value>>6)&0x3F, 0x80|byte(value)&0x3F)
		return
	}
	l.buf = utf8.AppendRune(l.buf, value)
}

// escapeError reports a wrong escape, which it shows up to the byte at pos.
func (l *lexer) escapeError(t *token, backslash int, msg string) {
	l.failAt(t, msg, string(l.buf)+l.src[backslash:min(l.pos+1, len(l.src))], false)
}
