package term_test

import (
	"strings"
	"testing"

	"github.com/luart/luart/eventqueue"
	"github.com/luart/luart/stdlib"
	"github.com/luart/luart/stdlib/computertest"
	"github.com/luart/luart/stdlib/term"
)

func newInput(t *testing.T) (*computertest.Computer, *term.Screen, *term.Input) {
	s := term.NewScreen(10, 5, true)
	c := newComputer(t, s)
	return c, s, term.NewInput(c.Queue(), s)
}

func TestInput(t *testing.T) {
	for _, test := range []struct {
		name string
		do   func(in *term.Input)
		want string
	}{
		{"keys", func(in *term.Input) { in.Key(65, false); in.Key(65, true); in.KeyUp(65); in.KeyUp(65) }, "key 65 false; key 65 true; key_up 65"},
		{"a key that is not down", func(in *term.Input) { in.KeyUp(65) }, ""},
		{"no key", func(in *term.Input) { in.Key(-1, false); in.Key(1<<40, false); in.KeyUp(-1) }, ""},
		{"all keys", func(in *term.Input) { in.Key(300, false); in.Key(65, false); in.ReleaseKeys(); in.ReleaseKeys() }, "key 300 false; key 65 false; key_up 65; key_up 300"},
		{"characters", func(in *term.Input) {
			for _, r := range "a~ é€\x00\x7f\u0085\n" {
				in.Char(r)
			}
		}, "char a; char ~; char; char \xe9"}, // the blank at the end is lost in the text
		{"paste", func(in *term.Input) { in.Paste("a\tbé€ c\r\nsecond") }, "paste ab\xe9? c"},
		{"nothing to paste", func(in *term.Input) { in.Paste("\nx"); in.Paste(""); in.Paste("\t") }, ""},
		{"a long paste", func(in *term.Input) { in.Paste(strings.Repeat("é", 1000)) }, "paste " + strings.Repeat("\xe9", 512)},
		{"no UTF-8", func(in *term.Input) { in.Paste("a\xff") }, "paste a?"},
		{"mouse", func(in *term.Input) {
			in.MouseClick(1, 3, 4)
			in.MouseDrag(1, 3, 4)
			in.MouseDrag(1, 4, 4)
			in.MouseDrag(2, 5, 5)
			in.MouseUp(1, 4, 4)
			in.MouseUp(1, 4, 4)
			in.MouseDrag(1, 5, 5)
		}, "mouse_click 1 3 4; mouse_drag 1 4 4; mouse_up 1 4 4"},
		{"mouse outside", func(in *term.Input) { in.MouseClick(3, -7, 100); in.MouseUp(3, 100, 0) }, "mouse_click 3 1 5; mouse_up 3 10 1"},
		{"no button", func(in *term.Input) {
			in.MouseClick(0, 1, 1)
			in.MouseClick(4, 1, 1)
			in.MouseUp(9, 1, 1)
			in.MouseDrag(-1, 1, 1)
		}, ""},
		{"wheel", func(in *term.Input) { in.MouseScroll(-9, 1, 1); in.MouseScroll(0, 1, 1); in.MouseScroll(2, 2, 2) }, "mouse_scroll -1 1 1; mouse_scroll 1 2 2"},
		{"size", func(in *term.Input) { in.Resize(10, 5); in.Resize(11, 5); in.Resize(12, 5) }, "term_resize"},
	} {
		c, _, in := newInput(t)
		test.do(in)
		if got := c.Events(); got != test.want {
			t.Errorf("%s: %q", test.name, got)
		}
	}
}

// An event term_resize that the program gets, or that is dropped, makes room for another one.
func TestResizeIsTold(t *testing.T) {
	c, s, in := newInput(t)
	in.Resize(11, 5)
	if got := c.Events(); got != "term_resize" {
		t.Error(got)
	}
	in.Resize(12, 5)
	in.Resize(13, 5)
	c.Close() // drops it
	in.Resize(14, 5)
	if got := c.Events(); got != "term_resize" {
		t.Error(got)
	}
	if w, _ := s.Size(); w != 14 {
		t.Error(w)
	}
}

func TestInputOfASlowProgram(t *testing.T) {
	c, _, in := newInput(t)
	in.Key(1, false)
	in.MouseClick(1, 1, 1)
	for c.Queue().TryPost(stdlib.Event{Name: "other"}) == nil {
	}
	for what, err := range map[string]error{
		"key": in.Key(2, false), "char": in.Char('x'), "paste": in.Paste("x"), "click": in.MouseClick(2, 1, 1),
		"drag": in.MouseDrag(1, 2, 2), "scroll": in.MouseScroll(1, 1, 1),
	} {
		if err != eventqueue.ErrFull {
			t.Error(what, err)
		}
	}
	for what, err := range map[string]error{
		"key up": in.KeyUp(1), "key that wasn't told": in.KeyUp(2), "button up": in.MouseUp(1, 1, 1), "button that wasn't told": in.MouseUp(2, 1, 1),
		"size": in.Resize(1, 1),
	} {
		if err != nil {
			t.Error(what, err)
		}
	}
	got := strings.ReplaceAll(c.Events(), "other; ", "")
	for _, want := range []string{"key_up 1", "mouse_up 1 1 1", "term_resize"} {
		if strings.Count(got, want) != 1 {
			t.Errorf("%s: %s", want, got)
		}
	}
	if strings.Contains(got, "key_up 2") || strings.Contains(got, "mouse_up 2") {
		t.Error(got)
	}
	c.Queue().Close()
	if err := in.Key(1, false); err != eventqueue.ErrClosed {
		t.Error(err)
	}
	if err := in.Resize(7, 7); err != eventqueue.ErrClosed {
		t.Error(err)
	}
}
