package terminal

import (
	"github.com/gdamore/tcell/v2"

	"github.com/luart/luart/stdlib/term"
)

// direct is the number of colours of terminals that take any colour.
const direct = 1 << 24

// colours turns a screen's palette into the colours of a terminal.
type colours struct {
	mono    bool
	nearest []tcell.Color // to choose from; nil: any colour will do
}

func newColours(count int) colours {
	switch {
	case count <= 1:
		return colours{mono: true}
	case count >= direct:
		return colours{}
	}
	c := colours{nearest: make([]tcell.Color, 0, 256)}
	first := 0
	if count >= 256 {
		first, count = 16, 256 // what the first 16 look like is for users to set, the others are the same everywhere
	}
	for i := first; i < count; i++ {
		c.nearest = append(c.nearest, tcell.PaletteColor(i))
	}
	return c
}

// colour returns the terminal's colour that is nearest to the given one.
func (c *colours) colour(rgb term.RGB) tcell.Color {
	r, g, b := rgb.Bytes()
	exact := tcell.NewRGBColor(int32(r), int32(g), int32(b))
	if c.nearest == nil {
		return exact
	}
	// Looking is left to tcell, but not as it draws: it would keep each colour that it has ever found.
	return tcell.FindColor(exact, c.nearest)
}

// shown is how a palette looks on a terminal.
type shown struct {
	colours [term.Colours]tcell.Color
	light   [term.Colours]float64 // how light the colours are, for terminals that have none
}

func (c *colours) show(palette *[term.Colours]term.RGB, inColour bool) (s shown) {
	for i, rgb := range palette {
		if !inColour {
			rgb = rgb.Grey()
		}
		if c.mono {
			s.light[i] = rgb.Grey()[0]
		} else {
			s.colours[i] = c.colour(rgb)
		}
	}
	return s
}

// style returns how a cell of these colours is drawn. Without colours, what is dark on light is reversed.
func (c *colours) style(s *shown, text, background uint8) tcell.Style {
	text, background = text%term.Colours, background%term.Colours
	if c.mono {
		return tcell.StyleDefault.Reverse(s.light[background] > s.light[text])
	}
	return tcell.StyleDefault.Foreground(s.colours[text]).Background(s.colours[background])
}
