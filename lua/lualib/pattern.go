package lualib

import "strings"

// This file turns the text of a Lua pattern into a straight list of items that match.go walks. A pattern has neither
// alternatives nor loops around groups, so everything about captures (their numbers, which one a ')' closes, whether
// a back reference is valid) is known here, and nothing about them needs undoing when the matcher backtracks.
//
// A malformed pattern is an error only when matching arrives at the bad place, as in PUC Lua and CraftOS
// (("a"):find("b[") is nil): the item opError stands for it.

// maxCaptures is the largest number of captures in one pattern (CraftOS: 32).
const maxCaptures = 32

// charSet tells for each byte whether it belongs to a class.
type charSet [256]bool

type patternOp uint8

const (
	opMatch    patternOp = iota // end of the pattern
	opEnd                       // '$' at the end: only at the end of the subject
	opChar                      // the byte c
	opLiteral                   // the bytes literals[a:b]
	opAny                       // any byte
	opSet                       // a byte of set
	opOptional                  // x?
	opMax                       // x* and x+
	opMin                       // x-
	opOpen                      // begin capture a
	opClose                     // end capture a
	opPosition                  // position capture a
	opBackref                   // %1: the text of capture a again
	opBalance                   // %bxy: c is x, a is y
	opFrontier                  // %f[set]
	opError                     // errs[a]
)

// single says what one repetition of opOptional, opMax and opMin is.
type single uint8

const (
	singleChar single = iota
	singleAny
	singleSet
)

// patternItem is one step of a compiled pattern.
type patternItem struct {
	op   patternOp
	unit single // for opOptional, opMax, opMin
	c    byte
	min  uint8 // for opMax: 1 for x+
	// possessive: no other number of repetitions than the first one tried can lead to a match, because the byte
	// that must follow is none that the repetition takes.
	possessive bool
	// nextChar is the byte that must follow a repetition, -1 when there is no single one; next is the same for a class.
	// They let the matcher skip lengths that cannot succeed.
	nextChar int16
	a, b     int32
	set      *charSet
	next     *charSet
}

// itemBytes and setBytes are what compiling takes for an item and a class, for limits on memory.
const (
	itemBytes = 40
	setBytes  = 256
)

// pattern is a compiled Lua pattern. It is read-only once compiled.
type pattern struct {
	source   string
	anchored bool // began with '^'
	items    []patternItem
	literals string
	captures int
	err      string // text of the opError item

	// What a match must begin with, for fast searching: a literal prefix, else a byte, else a class.
	prefix    string
	firstChar int // -1: not known
	firstSet  *charSet
	// run is the repetition that the pattern begins with, nil when it begins with something else. When the pattern
	// fails at one position, it fails at every later one in the same run of bytes that the repetition takes: what
	// follows was tried at all their ends.
	run *patternItem
}

// plainSpecials are the bytes that make a pattern more than a plain text for find.
const plainSpecials = "^$*+?.([%-"

// patternCost is an upper bound of the bytes that compiling text takes.
func patternCost(text string) int {
	return len(text)*itemBytes + strings.Count(text, "[")*setBytes
}

// compilePattern compiles text. With anchors false a '^' at the beginning is an ordinary byte, as string.gmatch has it.
func compilePattern(text string, anchors bool) *pattern {
	pc := patternCompiler{pattern: &pattern{source: text, firstChar: -1}}
	p := 0
	if anchors && strings.HasPrefix(text, "^") {
		pc.anchored = true
		p = 1
	}
	pc.compile(p)
	pc.literals = string(pc.text)
	pc.captures = pc.level
	pc.lookAhead()
	pc.firstByte()
	return pc.pattern
}

type patternCompiler struct {
	*pattern
	text  []byte            // of literals
	level int               // captures begun
	open  [maxCaptures]bool // begun and not ended
}

func (pc *patternCompiler) emit(it patternItem) { pc.items = append(pc.items, it) }

func (pc *patternCompiler) fail(msg string) {
	pc.err = msg
	pc.emit(patternItem{op: opError})
}

// compile appends the items of the pattern from offset p on, opMatch or opError at the end.
func (pc *patternCompiler) compile(p int) {
	src := pc.source
	for p < len(src) {
		switch src[p] {
		case '(':
			if pc.level >= maxCaptures {
				pc.fail("too many captures")
				return
			}
			if p+1 < len(src) && src[p+1] == ')' {
				pc.emit(patternItem{op: opPosition, a: int32(pc.level)})
				p++
			} else {
				pc.emit(patternItem{op: opOpen, a: int32(pc.level)})
				pc.open[pc.level] = true
			}
			pc.level++
			p++
			continue
		case ')':
			l := pc.level - 1
			for l >= 0 && !pc.open[l] {
				l--
			}
			if l < 0 {
				pc.fail("invalid pattern capture")
				return
			}
			pc.open[l] = false
			pc.emit(patternItem{op: opClose, a: int32(l)})
			p++
			continue
		case '$':
			if p+1 == len(src) {
				pc.emit(patternItem{op: opEnd})
				p++
				continue
			}
		case '%':
			if p+1 == len(src) {
				pc.fail("malformed pattern (ends with '%')")
				return
			}
			switch e := src[p+1]; {
			case e == 'b':
				if p+3 >= len(src) {
					pc.fail("unbalanced pattern")
					return
				}
				pc.emit(patternItem{op: opBalance, c: src[p+2], a: int32(src[p+3])})
				p += 4
				continue
			case e == 'f':
				p += 2
				if p == len(src) || src[p] != '[' {
					pc.fail("missing '[' after '%f' in pattern")
					return
				}
				end := classEnd(src, p)
				if end < 0 {
					pc.fail("malformed pattern (missing ']')")
					return
				}
				pc.emit(patternItem{op: opFrontier, set: bracketSet(src[p+1 : end-1])})
				p = end
				continue
			case e >= '0' && e <= '9':
				l := int(e) - '1'
				if l < 0 || l >= pc.level || pc.open[l] {
					pc.fail("invalid capture index")
					return
				}
				pc.emit(patternItem{op: opBackref, a: int32(l)})
				p += 2
				continue
			}
		}
		end := pc.single(p)
		if end < 0 {
			return
		}
		p = end
	}
	pc.emit(patternItem{op: opMatch})
}

// single compiles the single-character class at p with its repetition and returns the offset behind both, -1 after an error.
func (pc *patternCompiler) single(p int) int {
	src := pc.source
	it := patternItem{nextChar: -1}
	end := p + 1
	switch src[p] {
	case '.':
		it.unit = singleAny
	case '[':
		if end = classEnd(src, p); end < 0 {
			pc.fail("malformed pattern (missing ']')")
			return -1
		}
		it.setClass(bracketSet(src[p+1 : end-1]))
	case '%':
		end = p + 2
		if set := classOf(src[p+1]); set != nil {
			it.unit, it.set = singleSet, set
		} else {
			it.c = src[p+1]
		}
	default:
		it.c = src[p]
	}
	if end < len(src) {
		switch src[end] {
		case '?':
			it.op = opOptional
		case '*':
			it.op = opMax
		case '+':
			it.op, it.min = opMax, 1
		case '-':
			it.op = opMin
		}
		if it.op != opMatch {
			pc.emit(it)
			return end + 1
		}
	}
	switch it.unit {
	case singleAny:
		it.op = opAny
		pc.emit(it)
	case singleSet:
		it.op = opSet
		pc.emit(it)
	default:
		pc.char(it.c)
	}
	return end
}

// char appends one literal byte, joining it to a literal that stands right before.
func (pc *patternCompiler) char(c byte) {
	n := len(pc.items)
	if n > 0 {
		switch last := &pc.items[n-1]; last.op {
		case opLiteral:
			pc.text = append(pc.text, c)
			last.b++
			return
		case opChar:
			start := int32(len(pc.text))
			pc.text = append(pc.text, last.c, c)
			*last = patternItem{op: opLiteral, c: last.c, nextChar: -1, a: start, b: start + 2}
			return
		}
	}
	pc.emit(patternItem{op: opChar, c: c, nextChar: -1})
}

// setClass makes it a repetition of the bytes of set, as a single byte or any byte when that is what set is.
func (it *patternItem) setClass(set *charSet) {
	n, last := 0, 0
	for c, in := range set {
		if in {
			n, last = n+1, c
		}
	}
	switch n {
	case 1:
		it.unit, it.c = singleChar, byte(last)
	case 256:
		it.unit = singleAny
	default:
		it.unit, it.set = singleSet, set
	}
}

// takes says whether one repetition of it may be c.
func (it *patternItem) takes(c byte) bool {
	switch it.unit {
	case singleChar:
		return it.c == c
	case singleAny:
		return true
	default:
		return it.set[c]
	}
}

// mustBeginWith returns what the first byte taken by it has to be: a byte (-1: none known) or a class.
func (it *patternItem) mustBeginWith() (c int, set *charSet) {
	switch it.op {
	case opChar, opLiteral, opBalance:
		return int(it.c), nil
	case opSet:
		return -1, it.set
	case opMax:
		if it.min == 0 {
			break
		}
		switch it.unit {
		case singleChar:
			return int(it.c), nil
		case singleSet:
			return -1, it.set
		}
	}
	return -1, nil
}

// lookAhead fills in possessive, nextChar and next of the repetitions. Captures take no bytes and cannot fail, so
// what follows a repetition is looked for behind them.
func (pc *patternCompiler) lookAhead() {
	var follow patternItem // the next item that is no capture
	for i := len(pc.items) - 1; i >= 0; i-- {
		it := &pc.items[i]
		switch it.op {
		case opOpen, opClose, opPosition:
			continue
		case opOptional, opMax, opMin:
			if follow.op == opMatch || follow.op == opEnd {
				// Nothing but the end follows: the longest repetition is right or none is.
				it.possessive = it.op != opMin
				break
			}
			c, set := follow.mustBeginWith()
			it.nextChar, it.next = int16(c), set
			switch {
			case c >= 0:
				it.possessive = !it.takes(byte(c))
			case set != nil:
				it.possessive = it.disjoint(set)
			}
		}
		follow = *it
	}
}

// disjoint says whether it takes no byte of set.
func (it *patternItem) disjoint(set *charSet) bool {
	switch it.unit {
	case singleChar:
		return !set[it.c]
	case singleAny:
		return false
	}
	for c, in := range set {
		if in && it.set[c] {
			return false
		}
	}
	return true
}

// firstByte fills in what a match must begin with.
func (pc *patternCompiler) firstByte() {
	i := 0
	for pc.items[i].op == opOpen || pc.items[i].op == opPosition || pc.items[i].op == opClose {
		i++
	}
	it := &pc.items[i]
	pc.firstChar, pc.firstSet = it.mustBeginWith()
	if it.op == opLiteral {
		pc.prefix = pc.literals[it.a:it.b]
	}
	if it.op == opMax || it.op == opMin {
		pc.run = it
		for j := range pc.items {
			// A back reference makes what follows depend on where the match began.
			if pc.items[j].op == opBackref {
				pc.run = nil
			}
		}
	}
}

// classEnd returns the offset behind the class [...] that begins at p, -1 when its ']' is missing.
func classEnd(src string, p int) int {
	p++
	if p < len(src) && src[p] == '^' {
		p++
	}
	for first := true; ; first = false {
		if p >= len(src) {
			return -1
		}
		c := src[p]
		if c == ']' && !first {
			return p + 1
		}
		p++
		if c == '%' && p < len(src) {
			p++
		}
	}
}

// bracketSet builds the set of the class whose text between the brackets is s.
func bracketSet(s string) *charSet {
	set := new(charSet)
	invert := false
	if s != "" && s[0] == '^' {
		invert = true
		s = s[1:]
	}
	for i := 0; i < len(s); i++ {
		switch {
		case s[i] == '%' && i+1 < len(s):
			i++
			if class := classOf(s[i]); class != nil {
				for c, in := range class {
					if in {
						set[c] = true
					}
				}
			} else {
				set[s[i]] = true
			}
		case i+2 < len(s) && s[i+1] == '-':
			for c := int(s[i]); c <= int(s[i+2]); c++ {
				set[c] = true
			}
			i += 2
		default:
			set[s[i]] = true
		}
	}
	if invert {
		for c := range set {
			set[c] = !set[c]
		}
	}
	return set
}

// classes holds the sets of %a, %A, %d, ... by their letter; other entries are nil.
var classes = buildClasses()

// classOf returns the set of the class letter c, nil when %c stands for c itself.
func classOf(c byte) *charSet { return classes[c] }

// asciiClasses tells for a byte what classes of the C locale it is in.
var asciiClasses = map[byte]func(c byte) bool{
	'a': isAlpha,
	'c': func(c byte) bool { return c < ' ' || c == 0x7f },
	'd': isDigit,
	'g': func(c byte) bool { return c > ' ' && c < 0x7f },
	'l': func(c byte) bool { return c >= 'a' && c <= 'z' },
	'p': func(c byte) bool { return c > ' ' && c < 0x7f && !isAlpha(c) && !isDigit(c) },
	's': func(c byte) bool { return c == ' ' || c >= '\t' && c <= '\r' },
	'u': func(c byte) bool { return c >= 'A' && c <= 'Z' },
	'w': func(c byte) bool { return isAlpha(c) || isDigit(c) },
	'x': func(c byte) bool { return isDigit(c) || c|0x20 >= 'a' && c|0x20 <= 'f' },
	'z': func(c byte) bool { return c == 0 },
}

func isAlpha(c byte) bool { return c|0x20 >= 'a' && c|0x20 <= 'z' }
func isDigit(c byte) bool { return c >= '0' && c <= '9' }

func buildClasses() (sets [256]*charSet) {
	for letter, in := range asciiClasses {
		set, complement := new(charSet), new(charSet)
		for c := range set {
			set[c] = in(byte(c))
			complement[c] = !set[c]
		}
		sets[letter] = set
		sets[letter-0x20] = complement
	}
	return sets
}
