package spec

import (
	"strings"
	"testing"
)

func TestPrintable(t *testing.T) {
	for text, want := range map[string]string{
		"plain\n\ttext äöü 漢 😀": "plain\n\ttext äöü 漢 😀",
		"a\r\nb\rc":             "a\nb\\x0dc",
		"\x1b[0m\x7f\x00":       `\x1b[0m\x7f\x00`,
		"\xff\xc3":              `\xff\xc3`,
		"\u0085\ufffe\uffff":    `\xc2\x85\xef\xbf\xbe\xef\xbf\xbf`,
		"\ufffd":                "\ufffd",
		"":                      "",
	} {
		if got := printable(text); got != want {
			t.Errorf("%q: got %q, want %q", text, got, want)
		}
	}
}

func TestCapture(t *testing.T) {
	var c capture
	c.Write([]byte("one"))
	c.Write([]byte(", two"))
	if got := c.take(); got != "one, two" {
		t.Errorf("got %q", got)
	}
	for range 100 {
		c.Write([]byte(strings.Repeat("x", maxOutput/10)))
	}
	if got := c.take(); len(got) > maxOutput+100 || !strings.HasSuffix(got, " bytes more)") {
		t.Errorf("got %d bytes, ending with %q", len(got), got[max(0, len(got)-50):])
	}
	if got := c.take(); got != "" {
		t.Errorf("there is more: %q", got)
	}
}
