package spec

import (
	"fmt"
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"
)

// Bounds of texts, in bytes.
const (
	maxName    = 1 << 10
	maxMessage = 32 << 10
	maxOutput  = 64 << 10 // of one test
	maxTexts   = 16 << 20 // of one file: once its results take that much, messages and outputs are left out
)

// printable returns a text of any bytes as one that terminals and XML can show: UTF-8, with control characters but line breaks
// and tabs, and bytes that aren't UTF-8, as \xNN.
func printable(s string) string {
	ok := func(r rune) bool {
		return r == '\n' || r == '\t' || !unicode.IsControl(r) && r != utf8.RuneError && r != 0xFFFE && r != 0xFFFF
	}
	if strings.IndexFunc(s, func(r rune) bool { return !ok(r) }) < 0 {
		return strings.Clone(s) // what a program's string holds on to is let go
	}
	var b strings.Builder
	for i := 0; i < len(s); {
		r, n := utf8.DecodeRuneInString(s[i:])
		switch {
		case ok(r) || r == utf8.RuneError && n > 1:
			b.WriteString(s[i : i+n])
		case strings.HasPrefix(s[i:], "\r\n"):
		default:
			for _, c := range []byte(s[i : i+n]) {
				fmt.Fprintf(&b, `\x%02x`, c)
			}
		}
		i += n
	}
	return b.String()
}

// cut shortens a text to about n bytes.
func cut(s string, n int) string {
	if len(s) <= n {
		return s
	}
	return fmt.Sprintf("%s... (%d bytes)", s[:n], len(s))
}

// capture gathers what a computer prints. Any goroutine may use it.
type capture struct {
	mu   sync.Mutex
	text []byte
	more int // how much there was beyond maxOutput
}

// Write keeps the text as far as there is room.
func (c *capture) Write(p []byte) (int, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	n := min(len(p), maxOutput-len(c.text))
	c.text = append(c.text, p[:n]...)
	c.more += len(p) - n
	return len(p), nil
}

// take returns what was printed since the last call.
func (c *capture) take() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	text := printable(string(c.text))
	if c.more > 0 {
		text += fmt.Sprintf("\n... (%d bytes more)", c.more)
	}
	c.text, c.more = c.text[:0], 0
	return text
}
