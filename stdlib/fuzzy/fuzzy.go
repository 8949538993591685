// Package fuzzy is the module luart.fuzzy: it searches lists of texts for words, also those with typing errors.
//
// Texts and queries enter, scores leave. Programs get the module by require; the runtime calls Open. All runs on the
// computer's goroutine. A word scores 100 in a text that contains it, otherwise what the most similar piece of the word's
// length scores, by the longest common subsequence: that is the partial ratio of the search libraries that are called
// fuzzywuzzy. Case does not matter.
package fuzzy

import (
	"fmt"
	"math"
	"math/bits"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/luart/luart/lua"
	"github.com/luart/luart/stdlib"
)

// Bounds, which keep a search of many texts within a second.
const (
	// MaxQuery is how many characters a query may have.
	MaxQuery = 256
	// MaxText is how many characters of a text are looked at.
	MaxText = 4096
	// MaxTexts is how many texts an index may have.
	MaxTexts = 1_000_000
	// DefaultThreshold is the score from which on a text is found, unless a program says otherwise.
	DefaultThreshold = 80
)

// interval is how many texts are searched until the program's limits are looked at.
const interval = 256

// Open returns the module for a computer.
func Open(stdlib.Computer) lua.Value {
	t := lua.NewTable(0, 2)
	t.SetString("score", lua.NewFunction("score", score))
	t.SetString("index", lua.NewFunction("index", newIndex))
	return t.Value()
}

// score is score(query, text[, threshold]): 0 to 100.
func score(c lua.Call) (lua.Results, error) {
	q, err := checkQuery(c, 1, 3)
	if err != nil {
		return 0, err
	}
	text, err := stdlib.CheckString(c, 2)
	if err != nil {
		return 0, err
	}
	return c.Return1(lua.Int(q.score(newSubject(text))))
}

// index is a list of texts to search.
type index struct{ texts []subject }

// newIndex is index(texts): an object with the function search.
func newIndex(c lua.Call) (lua.Results, error) {
	list, err := stdlib.CheckTable(c, 1)
	if err != nil {
		return 0, err
	}
	n := list.Len()
	if n > MaxTexts {
		return 0, lua.ArgError(1, fmt.Sprintf("more than %d texts", MaxTexts))
	}
	if err := c.Reserve(n * 32); err != nil {
		return 0, err
	}
	x := &index{texts: make([]subject, n)}
	for i := range n {
		text, ok := list.GetInt(i + 1).AsString()
		if !ok {
			return 0, lua.ArgError(1, fmt.Sprintf("element %d is no string", i+1))
		}
		if err := c.Reserve(len(text)); err != nil {
			return 0, err
		}
		if i%interval == 0 {
			if err := c.Interrupted(); err != nil {
				return 0, err
			}
		}
		x.texts[i] = newSubject(text)
	}
	t := lua.NewTable(0, 2)
	t.SetString("size", lua.Int(n))
	t.SetString("search", stdlib.Function("search", x.search))
	return c.Return1(t.Value())
}

// search is search(query[, threshold]): the texts found and their scores, best first, and by their places among equals.
func (x *index) search(c lua.Call) (lua.Results, error) {
	q, err := checkQuery(c, 1, 2)
	if err != nil {
		return 0, err
	}
	type hit struct{ at, score int }
	var hits []hit
	for i := range x.texts {
		if i%interval == 0 {
			if err := c.Interrupted(); err != nil {
				return 0, err
			}
		}
		if s := q.score(x.texts[i]); s >= q.threshold {
			hits = append(hits, hit{i + 1, s})
		}
	}
	if err := c.Reserve(len(hits) * 48); err != nil {
		return 0, err
	}
	slices.SortStableFunc(hits, func(a, b hit) int { return b.score - a.score })
	places, scores := lua.NewTable(len(hits), 0), lua.NewTable(len(hits), 0)
	for i, h := range hits {
		places.SetInt(i+1, lua.Int(h.at))
		scores.SetInt(i+1, lua.Int(h.score))
	}
	return c.Return(places.Value(), scores.Value())
}

// query is what is looked for.
type query struct {
	words     []word
	threshold int
}

// checkQuery reads a query and, unless it is nil, a threshold.
func checkQuery(c lua.Call, i, threshold int) (*query, error) {
	text, err := stdlib.CheckString(c, i)
	if err != nil {
		return nil, err
	}
	limit, err := stdlib.OptFinite(c, threshold, DefaultThreshold)
	if err != nil {
		return nil, err
	}
	if limit < 0 || limit > 100 {
		return nil, lua.ArgError(threshold, "a threshold is from 0 to 100")
	}
	if utf8.RuneCountInString(text) > MaxQuery {
		return nil, lua.ArgError(i, fmt.Sprintf("a query has at most %d characters", MaxQuery))
	}
	q := &query{threshold: int(math.Ceil(limit))}
	// Words are parted by single spaces, so that there may be empty ones, which are in all texts; those at the end don't count.
	for each := range strings.SplitSeq(strings.TrimRight(strings.ToLower(text), " "), " ") {
		q.words = append(q.words, newWord(each, q.threshold))
	}
	return q, nil
}

// score is the mean of what the words score; those below the threshold count as 0.
func (q *query) score(s subject) int {
	sum := 0
	for i := range q.words {
		if n := q.words[i].score(s); n >= q.threshold {
			sum += n
		}
	}
	return (2*sum + len(q.words)) / (2 * len(q.words))
}

// subject is a text that is searched.
type subject struct {
	text string // small letters
	size int    // in characters
	set  uint64 // a bit for each of its characters
}

func newSubject(text string) subject {
	text = strings.ToLower(text)
	s := subject{}
	for i, ch := range text {
		if s.size == MaxText {
			text = text[:i]
			break
		}
		s.size++
		s.set |= bit(ch)
	}
	s.text = strings.Clone(text)
	return s
}

// bit stands for a character, and for some others.
func bit(ch rune) uint64 { return 1 << (uint32(ch) % 64) }

// word is one word that is looked for.
type word struct {
	text  string
	runes []rune
	least int // common characters that the threshold takes
	masks masks
}

func newWord(text string, threshold int) word {
	w := word{text: text, runes: []rune(text)}
	w.least = least(len(w.runes), threshold)
	w.masks.fill(w.runes)
	return w
}

// least is how many of n characters make a score of a threshold.
func least(n, threshold int) int {
	for k := range n {
		if percent(k, n) >= threshold {
			return k
		}
	}
	return n
}

// percent is k of n, rounded; what isn't all of them is below 100, unless it is as good as all.
func percent(k, n int) int { return int(math.Round(100 * float64(k) / float64(n))) }

// score is how well a text has the word, or 0 if that is below the threshold.
func (w *word) score(s subject) int {
	if strings.Contains(s.text, w.text) {
		return 100
	}
	common := 0
	for _, ch := range w.runes {
		if s.set&bit(ch) != 0 {
			common++
		}
	}
	if s.size >= len(w.runes) {
		if common < w.least {
			return 0
		}
		return percent(w.masks.best([]rune(s.text), len(w.runes), w.least), len(w.runes))
	}
	if s.size == 0 {
		return 0
	}
	text := []rune(s.text) // the shorter one is looked for in the longer one
	var other masks
	other.fill(text)
	return percent(other.best(w.runes, len(text), 0), len(text))
}

// masks are where characters are in a word: bits of several numbers.
type masks struct {
	ascii [128][]uint64
	other map[rune][]uint64
	size  int // of the word
	state []uint64
}

func (m *masks) fill(word []rune) {
	m.size = len(word)
	n := (len(word) + 63) / 64
	m.state = make([]uint64, n)
	m.other = map[rune][]uint64{}
	for i, ch := range word {
		mask := m.of(ch)
		if mask == nil {
			mask = make([]uint64, n)
			if ch >= 0 && ch < 128 {
				m.ascii[ch] = mask
			} else {
				m.other[ch] = mask
			}
		}
		mask[i/64] |= 1 << (i % 64)
	}
}

func (m *masks) of(ch rune) []uint64 {
	if ch >= 0 && ch < 128 {
		return m.ascii[ch]
	}
	return m.other[ch]
}

// best is the longest subsequence that the word has in common with a piece of a text with a number of characters, if it has at
// least as many, else 0. A piece that is one place further on has at most one more in common, so most need no look.
func (m *masks) best(text []rune, width, least int) int {
	best := 0
	for at := 0; at+width <= len(text); {
		n := m.common(text[at : at+width])
		if n >= least && n > best {
			if best = n; best == m.size {
				break
			}
		}
		at += max(1, max(best+1, least)-n)
	}
	return best
}

// common is the length of the longest common subsequence, by the bit-parallel algorithm of Hyyrö: zeros in the state are places of
// the word where it grows.
func (m *masks) common(piece []rune) int {
	state := m.state
	for i := range state {
		state[i] = math.MaxUint64
	}
	for _, ch := range piece {
		mask := m.of(ch)
		if mask == nil {
			continue
		}
		var carry uint64
		for i, s := range state {
			u := s & mask[i]
			var sum uint64
			sum, carry = bits.Add64(s, u, carry)
			state[i] = sum | (s &^ mask[i])
		}
	}
	n := 0
	for i, s := range state {
		if rest := m.size - 64*i; rest < 64 {
			s |= math.MaxUint64 << rest
		}
		n += bits.OnesCount64(^s)
	}
	return n
}
