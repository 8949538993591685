package terminal

import (
	"strings"

	"github.com/gdamore/tcell/v2"

	"github.com/luart/luart/stdlib/term"
)

// painter draws a virtual screen on a terminal, from the upper left corner. What doesn't fit is not seen.
type painter struct {
	to      tcell.Screen
	glyphs  *glyphs
	colours colours

	// last and next are what is on the terminal and what comes there; they change places.
	last, next *term.Snapshot
	look       shown
	all        bool // draw everything: what is on the terminal is not known
}

func newPainter(to tcell.Screen, g *glyphs) *painter {
	return &painter{to: to, glyphs: g, colours: newColours(to.Colors()), last: &term.Snapshot{}, next: &term.Snapshot{}, all: true}
}

// forget makes the next draw draw everything.
func (p *painter) forget() { p.all = true }

// draw shows what has changed since it was last called.
func (p *painter) draw(from *term.Screen) {
	from.SnapshotInto(p.next)
	if p.next.Version == p.last.Version && !p.all {
		return
	}
	last, next := p.last, p.next
	all := p.all || last.Width != next.Width || last.Height != next.Height
	look := p.look
	if all || last.Palette != next.Palette || last.Colour != next.Colour {
		look = p.colours.show(&next.Palette, next.Colour)
	}
	if all {
		p.to.Clear()
	}
	var other [term.Colours]bool
	for i := range other {
		other[i] = look.colours[i] != p.look.colours[i] || look.light[i] != p.look.light[i]
	}
	width, height := p.to.Size()
	for y := range min(height, next.Height) {
		row := next.Row(y)
		for x := range min(width, next.Width) {
			cell := row[x]
			if !all && cell == last.Cells[y*next.Width+x] && !other[cell.Text%term.Colours] && !other[cell.Background%term.Colours] {
				continue
			}
			p.to.Put(x, y, p.glyphs[cell.Char], p.colours.style(&look, cell.Text, cell.Background))
		}
	}
	p.cursor(next, &look)
	p.to.Show()
	p.look, p.all = look, false
	p.last, p.next = next, last
}

// cursor shows the cursor if the program wants it: what programs call blinking is whether it is there at all. (CraftOS)
func (p *painter) cursor(s *term.Snapshot, look *shown) {
	if !s.CursorBlink || s.CursorX < 0 || s.CursorY < 0 || s.CursorX >= s.Width || s.CursorY >= s.Height {
		p.to.HideCursor()
		return
	}
	if p.to.Colors() >= direct {
		p.to.SetCursorStyle(tcell.CursorStyleBlinkingUnderline, look.colours[s.CursorColour%term.Colours])
	} else {
		p.to.SetCursorStyle(tcell.CursorStyleBlinkingUnderline)
	}
	p.to.ShowCursor(s.CursorX, s.CursorY)
}

// Text returns what there is to see on a screen as lines of UTF-8, without colours, blanks at the ends of lines, and empty lines
// at the end.
func Text(s *term.Snapshot) string {
	var text strings.Builder
	for y := range s.Height {
		var line strings.Builder
		for _, cell := range s.Row(y) {
			line.WriteString(modern[cell.Char])
		}
		text.WriteString(strings.TrimRight(line.String(), " "))
		text.WriteByte('\n')
	}
	if lines := strings.TrimRight(text.String(), "\n"); lines != "" {
		return lines + "\n"
	}
	return ""
}
