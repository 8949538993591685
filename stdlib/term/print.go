package term

import "strings"

// Print writes a text at the cursor in the current colours as CraftOS's write does: words that don't fit in the line go to the
// next one, words that are longer than a line are cut, and what is on the screen moves up when the last line is full. It
// returns how many line breaks that took.
func (s *Screen) Print(text string) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.plain != nil {
		s.plain.beforePrint(s)
	}
	lines := s.print(text)
	if s.plain != nil {
		s.plain.print(s, text)
	}
	return lines
}

// PrintError is Print in red, where there are colours. In text mode, it is for the caller to tell the user.
func (s *Screen) PrintError(text string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	colour := s.text
	if s.colour {
		s.text = red
	}
	if s.plain != nil {
		s.plain.flush(s)
	}
	s.print(text)
	if s.plain != nil {
		s.plain.open = false // the message that the user gets ends the line
		s.plain.follow(s)
	}
	s.text = colour
}

// print is Print for the screen alone.
func (s *Screen) print(text string) int {
	lines := 0
	for len(text) > 0 {
		switch n := leading(text); {
		case n > 0: // spaces, which may run out of the screen
			s.put(text[:n])
			text = text[n:]
		case text[0] == '\n':
			s.newLine()
			lines++
			text = text[1:]
		default:
			n = strings.IndexAny(text, " \t\n")
			if n < 0 {
				n = len(text)
			}
			if s.x > 0 && int64(s.x)+int64(n) > int64(s.width) {
				s.newLine()
				lines++
			}
			n = min(n, max(s.width-int(s.x), 1))
			s.put(text[:n])
			text = text[n:]
		}
	}
	s.touch()
	return lines
}

// leading is how many spaces and tabs a text begins with.
func leading(text string) int {
	for i := range len(text) {
		if text[i] != ' ' && text[i] != '\t' {
			return i
		}
	}
	return len(text)
}

// newLine moves the cursor to the begin of the next line.
func (s *Screen) newLine() {
	s.x = 0
	if int(s.y) < len(s.rows)-1 {
		s.y++
	} else {
		s.up(1)
		s.y = int32(len(s.rows) - 1)
	}
}
