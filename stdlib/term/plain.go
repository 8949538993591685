package term

import "bytes"

// plainText writes what there is to see on a screen as lines of text, for where nobody looks at the screen itself. Text that is
// printed is written at once, and as it is: lines are as long as the program made them. Rows that a program has drawn in other ways
// are written when it pauses, or when they leave the screen. What is drawn behind something in the same row goes on in the same line.
type plainText struct {
	out   func(string) error
	err   error // of the first write that failed
	dirty []bool
	row   int    // of the screen: the one that the last line shows
	shown []byte // what that row has shown; empty once the line has ended
	open  bool   // the last line has no line break yet
}

// TextMode makes the screen write what there is to see on it from now on as lines of text. It is for the computer that owns the screen, before its
// programs run; out is called on that computer's goroutine, by Print and FlushText, and with the screen's lock held.
func (s *Screen) TextMode(out func(string) error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.plain = &plainText{out: out, dirty: make([]bool, len(s.rows)), row: int(s.y)}
	if y := int(s.y); y >= 0 && y < len(s.rows) {
		s.plain.shown = appendRow(nil, s, y) // what is there already is nobody's output
	}
}

// FlushText writes the rows that have been drawn since the last call, if the screen is in text mode. The error is that of
// the first write that has failed.
func (s *Screen) FlushText() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.plain == nil {
		return nil
	}
	s.plain.flush(s)
	return s.plain.err
}

func (p *plainText) write(text string) {
	if p.err == nil {
		p.err = p.out(text)
	}
}

func (p *plainText) endLine() {
	if p.open {
		p.write("\n")
		p.open, p.shown = false, p.shown[:0]
	}
}

// drawn notes that something was drawn in the row of the cursor.
func (p *plainText) drawn(s *Screen) {
	if y := int(s.y); y >= 0 && y < len(p.dirty) {
		p.dirty[y] = true
	}
}

// flush writes the rows that were drawn, from top to bottom.
func (p *plainText) flush(s *Screen) {
	if len(p.dirty) != len(s.rows) { // the size has changed
		dirty := make([]bool, len(s.rows))
		copy(dirty, p.dirty)
		p.dirty = dirty
	}
	for y, dirty := range p.dirty {
		if dirty {
			p.showRow(s, y)
		}
	}
}

// showRow writes a row: what it has more than the last line shows of it, or all of it.
func (p *plainText) showRow(s *Screen, y int) {
	p.dirty[y] = false
	text := appendRow(nil, s, y)
	switch rest, more := bytes.CutPrefix(text, p.shown); {
	case y == p.row && len(p.shown) > 0 && more:
		p.write(string(rest))
	case len(text) == 0:
		return
	default:
		p.endLine()
		p.write(string(text))
	}
	p.row, p.shown, p.open = y, text, true
}

// appendRow appends what there is in a row up to its last visible character, or up to the cursor.
func appendRow(text []byte, s *Screen, y int) []byte {
	row := s.rows[y]
	n := len(row)
	for n > 0 && (row[n-1].Char == ' ' || row[n-1].Char == 0) {
		n--
	}
	if y == int(s.y) {
		n = min(max(n, int(s.x)), len(row))
	}
	for _, cell := range row[:n] {
		text = append(text, max(cell.Char, ' ')) // those below are drawings in CraftOS's character set, but commands in a text
	}
	return text
}

// beforePrint writes what was drawn, and a line break if the text to come isn't to be beside what the last line shows.
func (p *plainText) beforePrint(s *Screen) {
	p.flush(s)
	if p.open && (p.row != int(s.y) || len(p.shown) != int(s.x)) {
		p.endLine()
	}
}

// print writes a text that has been printed on the screen as well.
func (p *plainText) print(s *Screen, text string) {
	if text == "" {
		return
	}
	p.write(text)
	p.open = text[len(text)-1] != '\n'
	p.follow(s)
}

// follow notes what the last line shows after something was printed.
func (p *plainText) follow(s *Screen) {
	clear(p.dirty)
	p.row, p.shown = int(s.y), p.shown[:0]
	if p.open && s.y >= 0 && int(s.y) < len(s.rows) {
		p.shown = appendRow(p.shown, s, int(s.y))
	}
}

// scrolled follows the screen's rows up; what leaves it unseen is written.
func (p *plainText) scrolled(s *Screen, n int) {
	for y := range min(n, len(p.dirty)) {
		if p.dirty[y] {
			p.showRow(s, y)
		}
	}
	p.row -= n
	if n > 0 {
		clear(p.dirty[copy(p.dirty, p.dirty[min(n, len(p.dirty)):]):])
		return
	}
	n = min(-n, len(p.dirty))
	copy(p.dirty[n:], p.dirty)
	clear(p.dirty[:n])
}
