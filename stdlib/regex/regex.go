// Package regex are regular expressions of the kind that .NET and Java have: with lookaround, backreferences and atomic groups,
// which Go's own package leaves out because they can take exponential time. Here, time is limited for each search.
//
// Patterns and texts enter, as Go strings or from Lua by the module that Open makes; matches leave, with byte positions. A Regex may be
// used by several goroutines, a module only by its computer's. What a pattern can say is that of github.com/dlclark/regexp2: .NET's syntax.
package regex

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/dlclark/regexp2/v2"
)

// Limits.
const (
	// DefaultTimeout is how long one search may take, unless the program says otherwise. It is kept to within 0.2 s.
	DefaultTimeout = 250 * time.Millisecond
	// MaxTimeout is the most that a program can ask for.
	MaxTimeout = 5 * time.Second
	// MaxPattern is how long a pattern may be, in bytes.
	MaxPattern = 8 << 10
	// MaxText is how long a text may be, in bytes.
	MaxText = 16 << 20

	maxStack = 1 << 20 // places that a search can go back to, about 8 bytes each
	maxDepth = 200     // groups in one another
)

// Errors of searches.
var (
	ErrTooLong = errors.New("pattern took too long")
	ErrStack   = errors.New("pattern took too much memory")
	ErrText    = fmt.Errorf("the text is longer than %d MiB", MaxText>>20)
)

// Regex is a compiled pattern.
type Regex struct {
	re      *regexp2.Regexp
	pattern string
	numbers []int    // of groups, without the whole match
	names   []string // the same groups' names; "" for those that have only a number
}

// flags are the letters of options, as in (?i).
var flags = map[rune]regexp2.RegexOptions{
	'i': regexp2.IgnoreCase, 'm': regexp2.Multiline, 's': regexp2.Singleline, 'x': regexp2.IgnorePatternWhitespace, 'n': regexp2.ExplicitCapture,
}

// Compile reads a pattern. letters are options: i (case doesn't matter), m (^ and $ match at lines), s (. matches line breaks), x (blanks
// and # comments in the pattern), n (only named groups capture). timeout bounds each search; 0 is DefaultTimeout.
func Compile(pattern, letters string, timeout time.Duration) (r *Regex, err error) {
	defer func() {
		if p := recover(); p != nil { // of the package: a pattern is hostile until shown otherwise
			r, err = nil, fmt.Errorf("malformed pattern: %v", p)
		}
	}()
	if len(pattern) > MaxPattern {
		return nil, fmt.Errorf("malformed pattern: it is longer than %d bytes", MaxPattern)
	}
	if !utf8.ValidString(pattern) {
		return nil, errors.New("malformed pattern: it is not UTF-8")
	}
	if depth(pattern) > maxDepth {
		return nil, fmt.Errorf("malformed pattern: groups are nested more than %d deep", maxDepth)
	}
	var options regexp2.RegexOptions
	for _, letter := range letters {
		o, ok := flags[letter]
		if !ok {
			return nil, fmt.Errorf("there is no flag %q; there are i, m, n, s and x", letter)
		}
		options |= o
	}
	re, err := regexp2.Compile(pattern, options, regexp2.OptionMaxBacktrackingStackSize(maxStack))
	if err != nil {
		return nil, fmt.Errorf("malformed pattern: %s", strings.TrimPrefix(err.Error(), "error parsing regexp: "))
	}
	if timeout <= 0 {
		timeout = DefaultTimeout
	}
	re.MatchTimeout = min(timeout, MaxTimeout)
	r = &Regex{re: re, pattern: pattern}
	for _, n := range re.GetGroupNumbers() {
		if n == 0 {
			continue
		}
		name := re.GroupNameFromNumber(n)
		if name == strconv.Itoa(n) {
			name = ""
		}
		r.numbers, r.names = append(r.numbers, n), append(r.names, name)
	}
	return r, nil
}

// depth is no less than how deep groups are in one another.
func depth(pattern string) int {
	depth, most := 0, 0
	for i := 0; i < len(pattern); i++ {
		switch pattern[i] {
		case '\\':
			i++
		case '(':
			depth++
			most = max(most, depth)
		case ')':
			depth = max(depth-1, 0)
		}
	}
	return most
}

// String is the pattern.
func (r *Regex) String() string { return r.pattern }

// Matches reports whether the pattern matches anywhere in a text.
func (r *Regex) Matches(text string) (bool, error) {
	m, err := r.find(newSubject(text), 0)
	return m != nil, err
}

// subject is a text in characters. One that isn't UTF-8 has a character for each byte, with the byte's number.
type subject struct {
	text  string
	runes []rune
	at    []int32 // byte positions of characters, and of the end; nil if they are those of the characters
}

func newSubject(text string) *subject {
	s := &subject{text: text}
	wide := false
	for i := range len(text) {
		if text[i] >= utf8.RuneSelf {
			wide = true
			break
		}
	}
	if !wide || !utf8.ValidString(text) {
		s.runes = make([]rune, len(text))
		for i := range len(text) {
			s.runes[i] = rune(text[i])
		}
		return s
	}
	n := utf8.RuneCountInString(text)
	s.runes, s.at = make([]rune, 0, n), make([]int32, 0, n+1)
	for i, ch := range text {
		s.runes, s.at = append(s.runes, ch), append(s.at, int32(i))
	}
	s.at = append(s.at, int32(len(text)))
	return s
}

// offset is the byte position of a character.
func (s *subject) offset(i int) int {
	if s.at == nil {
		return i
	}
	return int(s.at[i])
}

// index is the character at a byte position, or the first one behind it.
func (s *subject) index(offset int) int {
	if s.at == nil {
		return min(offset, len(s.runes))
	}
	low, high := 0, len(s.runes)
	for low < high {
		if mid := (low + high) / 2; int(s.at[mid]) < offset {
			low = mid + 1
		} else {
			high = mid
		}
	}
	return low
}

// span is a piece of the text, in characters; start is -1 if a group has no part in the match.
type span struct{ start, end int }

// match is what has been found.
type match struct {
	span
	groups []span // as Regex.numbers
}

func (s *subject) slice(p span) string { return s.text[s.offset(p.start):s.offset(p.end)] }

// find searches from a character on; nil is none.
func (r *Regex) find(s *subject, from int) (m *match, err error) {
	if len(s.text) > MaxText {
		return nil, ErrText
	}
	defer func() {
		if p := recover(); p != nil {
			m, err = nil, fmt.Errorf("pattern cannot be matched: %v", p)
		}
	}()
	found, err := r.re.FindRunesMatchStartingAt(s.runes, from)
	switch {
	case errors.Is(err, regexp2.ErrBacktrackingStackLimit):
		return nil, ErrStack
	case err != nil && strings.Contains(err.Error(), "timeout"):
		return nil, ErrTooLong
	case err != nil:
		return nil, fmt.Errorf("pattern cannot be matched: %w", err)
	case found == nil:
		return nil, nil
	}
	m = &match{span: span{found.RuneIndex, found.RuneIndex + found.RuneLength}, groups: make([]span, len(r.numbers))}
	for i, n := range r.numbers {
		m.groups[i].start = -1
		if g := found.GroupByNumber(n); g != nil && len(g.Captures) > 0 {
			m.groups[i] = span{g.RuneIndex, g.RuneIndex + g.RuneLength}
		}
	}
	return m, nil
}

// next is the first character at which the search for the match after m begins.
func (m *match) next() int {
	if m.end == m.start {
		return m.end + 1
	}
	return m.end
}

// expand makes the text that takes a match's place: $1, ${name} and $0 stand for what was captured, $$ for a dollar sign.
func (r *Regex) expand(b *strings.Builder, s *subject, m *match, template string) {
	for {
		dollar := strings.IndexByte(template, '$')
		if dollar < 0 || dollar+1 == len(template) {
			b.WriteString(template)
			return
		}
		b.WriteString(template[:dollar])
		rest := template[dollar+1:]
		name, after := "", rest
		switch {
		case rest[0] == '$':
			b.WriteByte('$')
			template = rest[1:]
			continue
		case rest[0] == '&':
			name, after = "0", rest[1:]
		case rest[0] == '{':
			if end := strings.IndexByte(rest, '}'); end > 0 {
				name, after = rest[1:end], rest[end+1:]
			}
		default:
			n := 0
			for n < len(rest) && n < 4 && '0' <= rest[n] && rest[n] <= '9' {
				n++
			}
			name, after = rest[:n], rest[n:]
		}
		p, ok := r.group(m, name)
		if !ok {
			b.WriteByte('$') // no reference: as it is
			template = rest
			continue
		}
		if p.start >= 0 {
			b.WriteString(s.slice(p))
		}
		template = after
	}
}

// group returns what a group has captured, by its name or number.
func (r *Regex) group(m *match, name string) (span, bool) {
	if name == "0" {
		return m.span, true
	}
	n, err := strconv.Atoi(name)
	for i, number := range r.numbers {
		if err == nil && n == number || name != "" && r.names[i] == name {
			return m.groups[i], true
		}
	}
	return span{}, false
}
