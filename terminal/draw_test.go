package terminal

import (
	"testing"
	"unicode/utf8"

	"github.com/gdamore/tcell/v2"

	"github.com/luart/luart/lua/lualib"
	"github.com/luart/luart/stdlib/computertest"
	"github.com/luart/luart/stdlib/term"
)

// Every character is one character wide, and there is something in its place where there is only ASCII.
func TestGlyphs(t *testing.T) {
	screen := tcell.NewSimulationScreen("US-ASCII")
	if err := screen.Init(); err != nil {
		t.Fatal(err)
	}
	for _, g := range []*glyphs{modern, plain} {
		for i, text := range g {
			if _, width := screen.Put(0, 0, text, tcell.StyleDefault); width != 1 || utf8.RuneCountInString(text) != 1 {
				t.Errorf("character %d, %q, is %d wide", i, text, width)
			}
			if r, _ := utf8.DecodeRuneInString(text); r > 255 && len(ascii[r]) != 1 {
				t.Errorf("character %d, %q, has nothing in its place", i, text)
			}
		}
	}
	for i, want := range map[int]string{
		0: " ", 1: "☺", 2: "☻", 3: "♥", 7: "•", 9: " ", 10: " ", 13: " ", 15: "☼", 16: "►", 24: "↑", 27: "←", 30: "▲", 31: "▼", 'A': "A", 127: "▒",
		128: " ", 129: "\U0001FB00", 131: "\U0001FB02", 148: "\U0001FB13", 149: "▌", 150: "\U0001FB14", 159: "\U0001FB1D",
		160: " ", 173: "-", 233: "é", 255: "ÿ",
	} {
		if modern[i] != want {
			t.Errorf("%d: %q, want %q", i, modern[i], want)
		}
	}
	for i, want := range map[int]string{128: " ", 131: "▀", 143: "▀", 149: "▌", 159: "█", 140: "▀", 138: "▐"} {
		if plain[i] != want {
			t.Errorf("%d: %q, want %q", i, plain[i], want)
		}
	}
	if glyphsFor("linux") != plain || glyphsFor("xterm-256color") != modern || glyphsFor("") != modern {
		t.Error("wrong glyphs")
	}
}

func TestColours(t *testing.T) {
	orange, black := term.RGB{1, 0.5, 0}, term.RGB{0, 0, 0}
	for _, test := range []struct {
		count int
		rgb   term.RGB
		want  tcell.Color
	}{
		{1 << 24, orange, tcell.NewRGBColor(255, 128, 0)},
		{256, orange, tcell.PaletteColor(208)},
		{256, black, tcell.PaletteColor(16)},
		{256, term.RGB{-7, 1e300, 0}, tcell.PaletteColor(46)},
		{16, black, tcell.PaletteColor(0)},
		{8, term.RGB{0.5, 0, 0}, tcell.PaletteColor(1)},
	} {
		c := newColours(test.count)
		if got := c.colour(test.rgb); got != test.want {
			t.Errorf("%v of %d: %v, want %v", test.rgb, test.count, got, test.want)
		}
	}
	palette := [term.Colours]term.RGB{0: {1, 1, 1}, 1: {0.9, 0, 0.3}}
	c := newColours(1 << 24)
	grey := c.show(&palette, false)
	if r, g, b := grey.colours[1].RGB(); r != 102 || g != r || b != r {
		t.Error(r, g, b)
	}
	c = newColours(0)
	mono := c.show(&palette, true)
	for _, test := range []struct {
		text, background uint8
		want             bool
	}{{0, 15, false}, {15, 0, true}, {1, 0, true}, {0, 1, false}, {0, 0, false}} {
		if _, _, attributes := c.style(&mono, test.text, test.background).Decompose(); attributes&tcell.AttrReverse != 0 != test.want {
			t.Errorf("%+v", test)
		}
	}
}

// What is shown after many changes is what is shown of the last state alone.
func TestDrawsWhatHasChanged(t *testing.T) {
	newScreen := func() tcell.SimulationScreen {
		to := tcell.NewSimulationScreen("UTF-8")
		if err := to.Init(); err != nil {
			t.Fatal(err)
		}
		to.SetSize(12, 6)
		return to
	}
	s := term.NewScreen(12, 6, true)
	c := computertest.New(t, lualib.Open)
	term.Open(c, term.Options{Screen: s})
	to := newScreen()
	p := newPainter(to, modern)
	for i, code := range []string{
		"", "term.write('abc')", "term.setBackgroundColour(8) term.clear()", "term.setCursorPos(1, 2) term.blit('abc', '0123', '4567')",
		"term.setCursorPos(1, 2) term.blit('abcd', '0123', '4567')", "term.setPaletteColour(1, 0x123456)", "term.scroll(1)", "term.setPaletteColour(2^4, 0)",
		"term.scroll(-2)", "term.setCursorPos(1, 6) term.write('a longer text than this')", "size", "term.clear()", "term.write('z')", "size",
		"term.setCursorPos(1, 1) term.write('more')",
	} {
		if code == "size" {
			s.Resize(20-i, 3+i%3)
		} else if got := c.Run(code); got != "" && code != "term.setCursorPos(1, 2) term.blit('abc', '0123', '4567')" {
			t.Fatal(got)
		}
		p.draw(s)
		other := newScreen()
		newPainter(other, modern).draw(s)
		got, _, _ := to.GetContents()
		want, _, _ := other.GetContents()
		for j := range want {
			if string(got[j].Runes) != string(want[j].Runes) || got[j].Style != want[j].Style {
				t.Fatalf("after %q: cell %d is %q, %v, not %q, %v", code, j, got[j].Runes, got[j].Style, want[j].Runes, want[j].Style)
			}
		}
	}
}

func TestText(t *testing.T) {
	s := term.NewScreen(6, 4, true)
	c := computertest.New(t, lualib.Open)
	term.Open(c, term.Options{Screen: s})
	if got := Text(s.Snapshot()); got != "" {
		t.Errorf("%q", got)
	}
	c.Run(`term.write("a\233\3") term.setCursorPos(3, 3) term.write("\149")`)
	if got := Text(s.Snapshot()); got != "aé♥\n\n  ▌\n" {
		t.Errorf("%q", got)
	}
}

// A screen on which everything changes with each picture, and one on which a line does.
func BenchmarkDraw(b *testing.B) {
	for name, code := range map[string]string{
		"all":  "local n = ... term.setBackgroundColour(2 ^ (os_n % 16)) term.clear()",
		"line": "term.setCursorPos(1, 5) term.write('line ' .. os_n)",
	} {
		b.Run(name, func(b *testing.B) {
			s := term.NewScreen(200, 50, true)
			c := computertest.New(b, lualib.Open)
			term.Open(c, term.Options{Screen: s})
			to := tcell.NewSimulationScreen("UTF-8")
			to.Init()
			to.SetSize(200, 50)
			p := newPainter(to, modern)
			c.Run("os_n = 0")
			for b.Loop() {
				c.Run("os_n = os_n + 1 " + code)
				p.draw(s)
			}
		})
	}
}
