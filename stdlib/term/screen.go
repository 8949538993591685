package term

import (
	"slices"
	"sync"
)

// Sizes of screens, in characters.
const (
	// DefaultWidth and DefaultHeight are the size of a computer's screen (CraftOS).
	DefaultWidth, DefaultHeight = 51, 19
	// MaxWidth and MaxHeight bound what a screen takes in memory, and clearing it in time. A larger one is cut.
	MaxWidth, MaxHeight = 1024, 1024
)

// Cell is one character of a screen.
type Cell struct {
	Char       byte  // of CraftOS's character set: ASCII, and graphics beyond
	Text       uint8 // its colour, 0 to 15
	Background uint8 // the colour behind it, 0 to 15
}

// Screen is a virtual terminal of any size: programs write to it by the functions of the table term, and somebody else,
// a real terminal for one, shows it. It must be made with NewScreen. All methods may be called from any goroutine.
type Screen struct {
	changed chan struct{}
	colour  bool

	mu         sync.Mutex
	width      int
	rows       [][]Cell
	x, y       int32 // cursor, from 0; may be anywhere
	blink      bool
	text       uint8
	background uint8
	palette    [Colours]RGB
	version    uint64
	plain      *plainText // nil unless in text mode
}

// NewScreen makes an empty screen. Sizes are in characters; one below 1 or above MaxWidth or MaxHeight becomes the nearest
// that is allowed. Without colour, programs may set colours all the same, but are told so, and shades of grey are shown.
func NewScreen(width, height int, colour bool) *Screen {
	s := &Screen{changed: make(chan struct{}, 1), colour: colour}
	s.width, height = bounded(width, height)
	s.rows = newRows(s.width, height)
	s.reset()
	return s
}

func bounded(width, height int) (int, int) {
	return min(max(width, 1), MaxWidth), min(max(height, 1), MaxHeight)
}

// newRows returns rows in one piece of memory.
func newRows(width, height int) [][]Cell {
	cells := make([]Cell, width*height)
	rows := make([][]Cell, height)
	for y := range rows {
		rows[y] = cells[y*width : (y+1)*width : (y+1)*width]
	}
	return rows
}

// Colour reports whether the screen shows colours.
func (s *Screen) Colour() bool { return s.colour }

// Size returns the screen's size in characters.
func (s *Screen) Size() (width, height int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.width, len(s.rows)
}

// Resize changes the size, within the bounds of NewScreen, and reports whether that made a difference. What is in the upper left
// stays; new room is filled with the current colours. Programs learn of it by Input.Resize, which calls this.
func (s *Screen) Resize(width, height int) bool {
	width, height = bounded(width, height)
	s.mu.Lock()
	defer s.mu.Unlock()
	if width == s.width && height == len(s.rows) {
		return false
	}
	rows := newRows(width, height)
	for y, row := range rows {
		n := 0
		if y < len(s.rows) {
			n = copy(row, s.rows[y])
		}
		s.blank(row[n:])
	}
	s.width, s.rows = width, rows
	s.touch()
	return true
}

// Reset makes the screen as it was when it was new, but for its size. A computer does so when it boots.
func (s *Screen) Reset() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.reset()
}

func (s *Screen) reset() {
	s.text, s.background = white, black
	s.x, s.y, s.blink = 0, 0, false
	s.palette = native
	for _, row := range s.rows {
		s.blank(row)
	}
	s.touch()
}

// Changed has an element when the screen may have changed since one was last received: whoever shows the screen waits for
// it, takes a snapshot and shows that. It never closes, and serves one receiver.
func (s *Screen) Changed() <-chan struct{} { return s.changed }

// Version is a number that is larger after each change of what there is to see.
func (s *Screen) Version() uint64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.version
}

// Snapshot is what a screen showed at one moment. It belongs to who took it.
type Snapshot struct {
	Width, Height int    // in characters
	Cells         []Cell // row by row
	// CursorX and CursorY are the cursor's position, from 0; it may lie outside. It is to be shown, blinking and in
	// CursorColour, if CursorBlink is set.
	CursorX, CursorY int
	CursorBlink      bool
	CursorColour     uint8
	// Palette says what the colours look like. For a screen without colour, use RGB.Grey of them.
	Palette [Colours]RGB
	Colour  bool   // whether the screen shows colours
	Version uint64 // that of Screen.Version at the moment
}

// Row returns the cells of a row, from 0.
func (s *Snapshot) Row(y int) []Cell { return s.Cells[y*s.Width : (y+1)*s.Width] }

// Snapshot returns what the screen shows now.
func (s *Screen) Snapshot() *Snapshot {
	into := &Snapshot{}
	s.SnapshotInto(into)
	return into
}

// SnapshotInto is Snapshot that uses the memory of an earlier one again. It reports whether the screen has changed since that
// was taken from it; if not, it is left as it is.
func (s *Screen) SnapshotInto(into *Snapshot) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if into.Version == s.version { // a screen's first version is 1
		return false
	}
	cells := slices.Grow(into.Cells[:0], s.width*len(s.rows))
	for _, row := range s.rows {
		cells = append(cells, row...)
	}
	*into = Snapshot{
		Width: s.width, Height: len(s.rows), Cells: cells,
		CursorX: int(s.x), CursorY: int(s.y), CursorBlink: s.blink, CursorColour: s.text,
		Palette: s.palette, Colour: s.colour, Version: s.version,
	}
	return true
}

// touch notes a change. s.mu is held, here and in all functions below that say nothing else.
func (s *Screen) touch() {
	s.version++
	select {
	case s.changed <- struct{}{}:
	default: // the receiver has yet to take the last one
	}
}

// blank empties cells.
func (s *Screen) blank(cells []Cell) {
	for i := range cells {
		cells[i] = Cell{Char: ' ', Text: s.text, Background: s.background}
	}
}

// visible returns the cells that a text of n characters at the cursor covers, and how many characters are left of them.
func (s *Screen) visible(n int) (cells []Cell, skip int) {
	if s.y < 0 || int(s.y) >= len(s.rows) {
		return nil, 0
	}
	x := int64(s.x)
	from, to := max(x, 0), min(x+int64(n), int64(s.width))
	if from >= to {
		return nil, 0
	}
	return s.rows[s.y][from:to], int(from - x)
}

// advance moves the cursor right, in 32 bits as the reference does.
func (s *Screen) advance(n int) {
	s.x = int32(int64(s.x) + int64(n))
}

// write writes a text at the cursor in the current colours. It locks.
func (s *Screen) write(text string) {
	if text == "" {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.put(text)
	s.drawn()
}

// put is write, without noting that it was done.
func (s *Screen) put(text string) {
	cells, skip := s.visible(len(text))
	for i := range cells {
		cells[i] = Cell{Char: text[skip+i], Text: s.text, Background: s.background}
	}
	s.advance(len(text))
}

// drawn notes that there is something new in the cursor's row.
func (s *Screen) drawn() {
	if s.plain != nil {
		s.plain.drawn(s)
	}
	s.touch()
}

// blit writes a text at the cursor in the colours of the other two strings, which are as long. It locks.
func (s *Screen) blit(text, textColours, backgrounds string) {
	if text == "" {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	cells, skip := s.visible(len(text))
	for i := range cells {
		cells[i] = Cell{Char: text[skip+i], Text: digit(textColours[skip+i], white), Background: digit(backgrounds[skip+i], black)}
	}
	s.advance(len(text))
	s.drawn()
}

// digit returns the colour of a hexadecimal digit, def for other characters. (CraftOS)
func digit(ch byte, def uint8) uint8 {
	switch {
	case ch >= '0' && ch <= '9':
		return ch - '0'
	case ch >= 'a' && ch <= 'f':
		return ch - 'a' + 10
	case ch >= 'A' && ch <= 'F':
		return ch - 'A' + 10
	}
	return def
}

// clear empties the screen. It locks.
func (s *Screen) clear() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.plain != nil {
		s.plain.flush(s)
	}
	for _, row := range s.rows {
		s.blank(row)
	}
	s.touch()
}

// clearLine empties the cursor's row. It locks.
func (s *Screen) clearLine() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.y >= 0 && int(s.y) < len(s.rows) {
		s.blank(s.rows[s.y])
		s.touch()
	}
}

// scroll moves what there is n rows up, or down if n is negative. It locks.
func (s *Screen) scroll(n int) {
	if n == 0 {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.up(n)
	s.touch()
}

// up moves what there is n rows up, or down if n is negative.
func (s *Screen) up(n int) {
	h := len(s.rows)
	by := min(max(n, -h), h)
	if s.plain != nil {
		s.plain.scrolled(s, by)
	}
	// Rows that leave at one end are emptied and come in at the other.
	if by == 1 {
		first := s.rows[0]
		copy(s.rows, s.rows[1:])
		s.rows[h-1] = first
		s.blank(first)
		return
	}
	empty := s.rows[:max(by, 0)]
	if by < 0 {
		empty = s.rows[h+by:]
	}
	for _, row := range empty {
		s.blank(row)
	}
	s.rows = slices.Concat(s.rows[(by+h)%h:], s.rows[:(by+h)%h])
}

// cursor returns the cursor's position, from 0. It locks.
func (s *Screen) cursor() (x, y int32) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.x, s.y
}

// set changes what a program may set. f runs with the lock held and reports whether there is a difference.
func (s *Screen) set(f func() bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if f() {
		s.touch()
	}
}
