package lang

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
)

// A File is a parsed test file.
type File struct {
	Name   string // base name, which is also the chunk name
	Chunks []Chunk
}

// A Chunk is a program and what it is to do.
type Chunk struct {
	Line        int    // of its first line in the file, from 1
	Source      string // padded with newlines, so that its lines are the file's
	CraftOSOnly bool   // PUC Lua 5.2 behaves otherwise
	Output      []Expectation
	Error       *Expectation // nil: it ends without an error
}

// An Expectation is one line of output, or an error message.
type Expectation struct {
	Line    int            // where it is stated
	Text    string         // the exact text; unused with a Pattern
	Pattern *regexp.Regexp // matches the whole line when not nil
}

func (e Expectation) matches(got string) bool {
	if e.Pattern != nil {
		return e.Pattern.MatchString(got)
	}
	return e.Text == trimRight(got)
}

func (e Expectation) String() string {
	if e.Pattern != nil {
		return "a line that matches " + e.Pattern.String()
	}
	return strconv.Quote(e.Text)
}

// separator is the line between two chunks.
const separator = "---"

// craftOSOnly begins the first line of a chunk that PUC Lua 5.2 isn't asked.
const craftOSOnly = "-- craftos only"

var (
	// expectation finds the last marker of a line: the text of one may show another.
	expectation = regexp.MustCompile(`^(.*?)--(>|~|!!|!)(?: (.*))?$`)
	// lineToken is replaced by a position.
	lineToken = regexp.MustCompile(`@LINE([+-]\d+)?`)
)

// Parse splits source in chunks and reads their expectations. The error names
// file and line.
func Parse(name, source string) (*File, error) {
	f := &File{Name: name}
	source = strings.ReplaceAll(source, "\r\n", "\n")
	lines := strings.Split(strings.TrimSuffix(source, "\n"), "\n")
	for first := 0; first < len(lines); {
		end := first
		for end < len(lines) && lines[end] != separator {
			end++
		}
		if strings.TrimSpace(strings.Join(lines[first:end], "")) != "" {
			c, err := parseChunk(name, lines[first:end], first+1)
			if err != nil {
				return nil, err
			}
			f.Chunks = append(f.Chunks, c)
		}
		first = end + 1
	}
	return f, nil
}

func parseChunk(name string, lines []string, first int) (Chunk, error) {
	c := Chunk{
		Line:        first,
		Source:      strings.Repeat("\n", first-1) + strings.Join(lines, "\n") + "\n",
		CraftOSOnly: strings.HasPrefix(lines[0], craftOSOnly),
	}
	subject := first // the line that an expectation is about
	for i, text := range lines {
		line := first + i
		m := expectation.FindStringSubmatch(text)
		if m == nil {
			subject = line
			continue
		}
		if strings.TrimSpace(m[1]) != "" {
			subject = line
		}
		e := Expectation{Line: line}
		marker, want := m[2], m[3]
		switch marker {
		case "~":
			re, err := regexp.Compile("^(?:" + trimRight(want) + ")$")
			if err != nil {
				return c, fmt.Errorf("%s:%d: %w", name, line, err)
			}
			e.Pattern = re
		case "!":
			want = fmt.Sprintf("%s:%d: %s", name, subject, want)
			fallthrough
		default:
			e.Text = trimRight(expandLines(want, name, subject))
		}
		if marker[0] != '!' {
			c.Output = append(c.Output, e)
			continue
		}
		if c.Error != nil {
			return c, fmt.Errorf("%s:%d: a chunk can end with one error only (the other is at line %d)", name, line, c.Error.Line)
		}
		c.Error = &e
	}
	return c, nil
}

// expandLines replaces @LINE tokens by positions around line.
func expandLines(text, name string, line int) string {
	return lineToken.ReplaceAllStringFunc(text, func(token string) string {
		offset, _ := strconv.Atoi(token[len("@LINE"):])
		return fmt.Sprintf("%s:%d", name, line+offset)
	})
}

// trimRight drops trailing blanks, which editors take out of files.
func trimRight(s string) string { return strings.TrimRight(s, " ") }
