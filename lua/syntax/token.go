package syntax

import "strings"

// tokenKind is what a token is.
type tokenKind uint8

const (
	tokEOF tokenKind = iota
	tokName
	tokString
	tokNumber
	tokByte // a byte that begins no token of the language

	// The reserved words, alphabetically. goto is not among them: the parser recognises it.
	tokAnd
	tokBreak
	tokDo
	tokElse
	tokElseif
	tokEnd
	tokFalse
	tokFor
	tokFunction
	tokIf
	tokIn
	tokLocal
	tokNil
	tokNot
	tokOr
	tokRepeat
	tokReturn
	tokThen
	tokTrue
	tokUntil
	tokWhile

	tokConcat      // ..
	tokDots        // ...
	tokEq          // ==
	tokGe          // >=
	tokLe          // <=
	tokNe          // ~=
	tokDoubleColon // ::
	tokAssign      // =
	tokLess        // <
	tokGreater     // >
	tokPlus        // +
	tokMinus       // -
	tokStar        // *
	tokSlash       // /
	tokPercent     // %
	tokCaret       // ^
	tokHash        // #
	tokLParen      // (
	tokRParen      // )
	tokLBrace      // {
	tokRBrace      // }
	tokLBracket    // [
	tokRBracket    // ]
	tokSemicolon   // ;
	tokColon       // :
	tokComma       // ,
	tokDot         // .

	tokenKinds
)

// tokenText is how a message shows a kind of token; those from tokAnd on are put between quotes.
var tokenText = [tokenKinds]string{
	tokEOF: "<eof>", tokName: "<name>", tokString: "<string>", tokNumber: "<number>",
	tokAnd: "and", tokBreak: "break", tokDo: "do", tokElse: "else", tokElseif: "elseif", tokEnd: "end", tokFalse: "false",
	tokFor: "for", tokFunction: "function", tokIf: "if", tokIn: "in", tokLocal: "local", tokNil: "nil", tokNot: "not", tokOr: "or",
	tokRepeat: "repeat", tokReturn: "return", tokThen: "then", tokTrue: "true", tokUntil: "until", tokWhile: "while",
	tokConcat: "..", tokDots: "...", tokEq: "==", tokGe: ">=", tokLe: "<=", tokNe: "~=", tokDoubleColon: "::",
	tokAssign: "=", tokLess: "<", tokGreater: ">", tokPlus: "+", tokMinus: "-", tokStar: "*", tokSlash: "/", tokPercent: "%",
	tokCaret: "^", tokHash: "#", tokLParen: "(", tokRParen: ")", tokLBrace: "{", tokRBrace: "}", tokLBracket: "[",
	tokRBracket: "]", tokSemicolon: ";", tokColon: ":", tokComma: ",", tokDot: ".",
}

// quoted returns a kind of token as messages of the form "... expected" name it.
func (k tokenKind) quoted() string {
	if k < tokAnd {
		return tokenText[k]
	}
	return "'" + tokenText[k] + "'"
}

// reservedWord returns the kind of a reserved word, or tokName.
func reservedWord(s string) tokenKind {
	switch s {
	case "and":
		return tokAnd
	case "break":
		return tokBreak
	case "do":
		return tokDo
	case "else":
		return tokElse
	case "elseif":
		return tokElseif
	case "end":
		return tokEnd
	case "false":
		return tokFalse
	case "for":
		return tokFor
	case "function":
		return tokFunction
	case "if":
		return tokIf
	case "in":
		return tokIn
	case "local":
		return tokLocal
	case "nil":
		return tokNil
	case "not":
		return tokNot
	case "or":
		return tokOr
	case "repeat":
		return tokRepeat
	case "return":
		return tokReturn
	case "then":
		return tokThen
	case "true":
		return tokTrue
	case "until":
		return tokUntil
	case "while":
		return tokWhile
	}
	return tokName
}

// token is one token.
type token struct {
	kind  tokenKind
	pos   Pos
	start int     // the offset of its first byte
	text  string  // a name, the value of a string, the numeral, or the byte of a tokByte
	num   float64 // the value of a tokNumber
}

// near returns the token as messages show it after the word near. Strings show with their escapes already replaced.
func (t *token) near(src string) string {
	switch t.kind {
	case tokName, tokNumber, tokByte:
		return t.text
	case tokString:
		delim := src[t.start : t.start+1]
		if delim != "[" {
			return delim + t.text + delim
		}
		level := strings.Repeat("=", countByte(src[t.start+1:], '='))
		return "[" + level + "[" + t.text + "]" + level + "]"
	}
	return tokenText[t.kind]
}

// countByte returns how many times c stands at the beginning of s.
func countByte(s string, c byte) int {
	n := 0
	for n < len(s) && s[n] == c {
		n++
	}
	return n
}
