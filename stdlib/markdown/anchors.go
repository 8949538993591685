package markdown

import (
	"strconv"
	"strings"
	"unicode"

	"github.com/yuin/goldmark/ast"
)

// anchors gives headings their ids, as GitHub makes them: small letters, digits, _ and -, and a number where there is such a one already.
// Those of goldmark take time in proportion to the square of the number of equal headings.
type anchors struct {
	taken map[string]bool
	next  map[string]int
}

// Generate returns the id for a heading.
func (a *anchors) Generate(value []byte, kind ast.NodeKind) []byte {
	id := strings.Map(func(r rune) rune {
		switch {
		case r == ' ' || r == '\n':
			return '-'
		case r == '-' || r == '_' || unicode.IsLetter(r) || unicode.IsDigit(r):
			return unicode.ToLower(r)
		}
		return -1
	}, strings.TrimSpace(string(value)))
	if id == "" {
		id = "heading"
	}
	base := id
	for a.taken[id] {
		a.next[base]++
		id = base + "-" + strconv.Itoa(a.next[base])
	}
	a.taken[id] = true
	return []byte(id)
}

// Put notes an id that the text gives itself.
func (a *anchors) Put(value []byte) { a.taken[string(value)] = true }
