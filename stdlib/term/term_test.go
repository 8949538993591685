package term_test

import (
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/luart/luart/lua/lualib"
	"github.com/luart/luart/stdlib/computertest"
	"github.com/luart/luart/stdlib/term"
)

func newComputer(t testing.TB, screen *term.Screen) *computertest.Computer {
	c := computertest.New(t, lualib.Open)
	term.Open(c, term.Options{Screen: screen})
	return c
}

// show renders a screen: a row's text, its colours and its backgrounds, each row in brackets.
func show(s *term.Screen) string {
	const digits = "0123456789abcdef"
	shot := s.Snapshot()
	var b strings.Builder
	for y := range shot.Height {
		var text, fg, bg []byte
		for _, cell := range shot.Row(y) {
			text = append(text, cell.Char)
			fg = append(fg, digits[cell.Text])
			bg = append(bg, digits[cell.Background])
		}
		fmt.Fprintf(&b, "[%s|%s|%s]", text, fg, bg)
	}
	return b.String()
}

func TestFunctions(t *testing.T) {
	for _, test := range []struct{ code, want string }{
		{"return term.getSize()", "51 19"},
		{"return term.getCursorPos()", "1 1"},
		{"return term.getCursorBlink()", "false"},
		{"return term.getTextColour(), term.getBackgroundColor()", "1 32768"},
		{"return term.isColour(), term.isColor()", "true true"},
		{"return select('#', term.write('x')), select('#', term.clear()), select('#', term.setCursorPos(1, 1))", "0 0 0"},

		{"term.write('abc') return term.getCursorPos()", "4 1"},
		{"term.write(12.5) return term.getCursorPos()", "5 1"},
		{"term.write() return term.getCursorPos()", "4 1"}, // "nil"
		{"term.write(setmetatable({}, { __tostring = function() return 'x' end })) return (term.getCursorPos()) > 10", "true"},
		{"term.write('') return term.getCursorPos()", "1 1"},
		{"term.blit('abc', '012', 'fff') return term.getCursorPos()", "4 1"},
		{"term.setCursorPos(-3, 1e6) return term.getCursorPos()", "-3 1000000"},
		{"term.setCursorPos(2.9, -2.9) return term.getCursorPos()", "2 -2"},
		{"term.setCursorPos(2147483647, 1) term.write('ab') return term.getCursorPos()", "-2147483647 1"},
		{"term.setCursorPos(-2147483648, -2147483648) return term.getCursorPos()", "-2147483648 -2147483648"},
		{"term.setCursorPos(1)", "test:1: bad argument #2 (number expected, got nil)"},
		{"term.setCursorPos('1', 1)", "test:1: bad argument #1 (number expected, got string)"},
		{"term.setCursorPos(1, 0/0)", "test:1: bad argument #2 (number expected, got nan)"},
		{"term.setCursorPos(1/0, 1)", "test:1: bad argument #1 (number expected, got inf)"},
		{"term.setCursorBlink(true) return term.getCursorBlink()", "true"},
		{"term.setCursorBlink(1)", "test:1: bad argument #1 (boolean expected, got number)"},
		{"term.scroll()", "test:1: bad argument #1 (number expected, got nil)"},

		{"term.blit('abc', '01', 'fff')", "test:1: Arguments must be the same length"},
		{"term.blit('abc', '012', 'ffff')", "test:1: Arguments must be the same length"},
		{"term.blit('', '', '') return term.getCursorPos()", "1 1"},
		{"term.blit(1, '0', 'f')", "test:1: bad argument #1 (string expected, got number)"},
		{"term.blit('1', nil, 'f')", "test:1: bad argument #2 (string expected, got nil)"},
		{"term.blit('1', '1', {})", "test:1: bad argument #3 (string expected, got table)"},

		{"term.setTextColor(2) return term.getTextColour(), term.getTextColor()", "2 2"},
		{"term.setTextColour(7) return term.getTextColour()", "4"},
		{"term.setBackgroundColour(65535) return term.getBackgroundColour()", "32768"},
		{"term.setBackgroundColor(1.9) return term.getBackgroundColor()", "1"},
		{"term.setTextColour(0)", "test:1: Colour out of range"},
		{"term.setTextColour(-1)", "test:1: Colour out of range"},
		{"term.setTextColour(0.5)", "test:1: Colour out of range"},
		{"term.setBackgroundColour(65536)", "test:1: Colour out of range"},
		{"term.setBackgroundColour(2 ^ 31)", "test:1: Colour out of range"},
		{"term.setBackgroundColour('red')", "test:1: bad argument #1 (number expected, got string)"},

		{"return term.getPaletteColour(1)", "0.94117647409439 0.94117647409439 0.94117647409439"},
		{"return term.nativePaletteColour(1)", "0.94117647409439 0.94117647409439 0.94117647409439"},
		{"return term.getPaletteColor(32768)", "0.066666670143604 0.066666670143604 0.066666670143604"},
		{"term.setPaletteColour(2, 0xFF8000) return term.getPaletteColour(2)", "1 0.50196081399918 0"},
		{"term.setPaletteColour(2, 0x7F000000 + 0x0000FF) return term.getPaletteColour(2)", "0 0 1"},
		{"term.setPaletteColor(2, 0.1, -5, 1e300) return term.getPaletteColour(2)", "0.1 -5 1e+300"},
		{"term.setPaletteColor(2, 0.1, 0.2, 0.3) return term.nativePaletteColor(2)", "0.94901961088181 0.69803923368454 0.20000000298023"},
		{"term.setPaletteColour(3, 0, 0, 0) return term.getPaletteColour(2)", "0 0 0"},
		{"term.setPaletteColour(1)", "test:1: bad argument #2 (number expected, got nil)"},
		{"term.setPaletteColour(1, 'x')", "test:1: bad argument #2 (number expected, got string)"},
		{"term.setPaletteColour(1, 1, nil)", "test:1: bad argument #3 (number expected, got nil)"},
		{"term.setPaletteColour(1, 1, 1, 0/0)", "test:1: bad argument #4 (number expected, got nan)"},
		{"term.setPaletteColour(0, 'x')", "test:1: Colour out of range"},
		{"term.getPaletteColour(65536)", "test:1: Colour out of range"},
		{"term.nativePaletteColour(0)", "test:1: Colour out of range"},
		{"term.nativePaletteColour()", "test:1: bad argument #1 (number expected, got nil)"},
	} {
		if got := newComputer(t, nil).Run(test.code); got != test.want {
			t.Errorf("%s\ngot  %s\nwant %s", test.code, got, test.want)
		}
	}
}

func TestNames(t *testing.T) {
	want := "blit clear clearLine getBackgroundColor getBackgroundColour getCursorBlink getCursorPos getPaletteColor getPaletteColour " +
		"getSize getTextColor getTextColour isColor isColour nativePaletteColor nativePaletteColour scroll setBackgroundColor " +
		"setBackgroundColour setCursorBlink setCursorPos setPaletteColor setPaletteColour setTextColor setTextColour write"
	got := newComputer(t, nil).Run("local n = {} for k in pairs(term) do n[#n + 1] = k end table.sort(n) return table.concat(n, ' ')")
	if got != want {
		t.Errorf("got %s", got)
	}
}

func TestWriting(t *testing.T) {
	for _, test := range []struct{ code, want string }{
		{"", "[    |0000|ffff][    |0000|ffff][    |0000|ffff]"},
		{"term.write('abcdef')", "[abcd|0000|ffff][    |0000|ffff][    |0000|ffff]"},
		{"term.setCursorPos(-1, 2) term.write('abcd')", "[    |0000|ffff][cd  |0000|ffff][    |0000|ffff]"},
		{"term.setCursorPos(-1, 2) term.write('abcdefgh')", "[    |0000|ffff][cdef|0000|ffff][    |0000|ffff]"},
		{"term.setCursorPos(-9, 2) term.write('abcd')", "[    |0000|ffff][    |0000|ffff][    |0000|ffff]"},
		{"term.setCursorPos(5, 2) term.write('abcd')", "[    |0000|ffff][    |0000|ffff][    |0000|ffff]"},
		{"term.setCursorPos(1, 4) term.write('a') term.setCursorPos(1, 0) term.write('b')", "[    |0000|ffff][    |0000|ffff][    |0000|ffff]"},
		{"term.setCursorPos(2147483647, 1) term.write(('a'):rep(100)) term.setCursorPos(-2147483648, 1) term.write('a')", "[    |0000|ffff][    |0000|ffff][    |0000|ffff]"},
		{"term.setTextColour(2) term.setBackgroundColour(4) term.write('ab')", "[ab  |1100|22ff][    |0000|ffff][    |0000|ffff]"},
		{"term.setCursorPos(0, 3) term.blit('abcdef', '012345', 'abCDeF')", "[    |0000|ffff][    |0000|ffff][bcde|1234|bcde]"},
		{"term.blit('abcd', 'gA \\0', 'zF \\255')", "[abcd|0a00|ffff][    |0000|ffff][    |0000|ffff]"},
		{"term.setBackgroundColour(1) term.setTextColour(2) term.setCursorPos(9, 2) term.clearLine()", "[    |0000|ffff][    |1111|0000][    |0000|ffff]"},
		{"term.setCursorPos(1, 4) term.setBackgroundColour(1) term.clearLine() term.setCursorPos(1, 0) term.clearLine()", "[    |0000|ffff][    |0000|ffff][    |0000|ffff]"},
		{"term.write('a') term.setBackgroundColour(1) term.clear()", "[    |0000|0000][    |0000|0000][    |0000|0000]"},
	} {
		s := term.NewScreen(4, 3, true)
		if got := newComputer(t, s).Run(test.code); got != "" {
			t.Errorf("%s: %s", test.code, got)
		}
		if got := show(s); got != test.want {
			t.Errorf("%s\ngot  %s\nwant %s", test.code, got, test.want)
		}
	}
}

func TestScrolling(t *testing.T) {
	const fill = "for i = 1, 3 do term.setCursorPos(1, i) term.write(i) end term.setTextColour(2) term.setBackgroundColour(4) "
	const empty = "[ |1|2]"
	for n, want := range map[string]string{
		"0": "[1|0|f][2|0|f][3|0|f]", "1": "[2|0|f][3|0|f]" + empty, "2": "[3|0|f]" + empty + empty,
		"3": empty + empty + empty, "4": empty + empty + empty, "2147483647": empty + empty + empty,
		"-1": empty + "[1|0|f][2|0|f]", "-2": empty + empty + "[1|0|f]",
		"-3": empty + empty + empty, "-2147483648": empty + empty + empty, "0.9": "[1|0|f][2|0|f][3|0|f]",
	} {
		s := term.NewScreen(1, 3, true)
		newComputer(t, s).Run(fill + "term.scroll(" + n + ")")
		if got := show(s); got != want {
			t.Errorf("by %s: %s", n, got)
		}
		newComputer(t, s)
		if got := show(s); got != "[ |0|f][ |0|f][ |0|f]" {
			t.Errorf("after a boot: %s", got)
		}
	}
}

func TestResize(t *testing.T) {
	s := term.NewScreen(3, 2, false)
	c := newComputer(t, s)
	c.Run("term.write('abc') term.setCursorPos(1, 2) term.setBackgroundColour(4) term.write('def')")
	if s.Resize(3, 2) {
		t.Error("the same size makes no difference")
	}
	for _, step := range []struct {
		w, h int
		want string
	}{
		{4, 3, "[abc |0000|fff2][def |0000|2222][    |0000|2222]"},
		{2, 1, "[ab|00|ff]"},
		{2, 2, "[ab|00|ff][  |00|22]"},
	} {
		if !s.Resize(step.w, step.h) || show(s) != step.want {
			t.Errorf("%d by %d: %s", step.w, step.h, show(s))
		}
	}
	if got := c.Run("return term.isColour(), term.getSize()"); got != "false 2 2" {
		t.Error(got)
	}
	s.Resize(-5, 1<<40)
	if w, h := s.Size(); w != 1 || h != term.MaxHeight {
		t.Error(w, h)
	}
}

func TestSnapshots(t *testing.T) {
	s := term.NewScreen(4, 2, true)
	c := newComputer(t, s)
	shot := s.Snapshot()
	<-s.Changed()
	if s.SnapshotInto(shot) || len(s.Changed()) != 0 || shot.Version != s.Version() {
		t.Error("nothing has changed")
	}
	for _, code := range []string{
		"term.setCursorPos(1, 1)", "term.setCursorBlink(false)", "term.setTextColour(1)", "term.setBackgroundColour(32768)",
		"term.scroll(0)", "term.write('')", "term.setPaletteColour(2, 0xF2B233)", "term.getCursorPos()",
	} {
		if c.Run(code); s.SnapshotInto(shot) || len(s.Changed()) != 0 {
			t.Error(code, "changes nothing")
		}
	}
	for _, code := range []string{
		"term.setCursorPos(3, 2)", "term.setCursorBlink(true)", "term.setTextColour(2)", "term.setBackgroundColour(2)", "term.scroll(1)",
		"term.write('x')", "term.blit('x', '0', '1')", "term.setPaletteColour(2, 0.5, 2, -1)", "term.clear()", "term.clearLine()",
	} {
		if c.Run(code); !s.SnapshotInto(shot) || len(s.Changed()) != 1 {
			t.Error(code, "changes something")
		}
		<-s.Changed()
	}
	if shot.CursorX != 4 || shot.CursorY != 1 || !shot.CursorBlink || shot.CursorColour != 1 || !shot.Colour || shot.Width != 4 || shot.Height != 2 {
		t.Errorf("%+v", shot)
	}
	if r, g, b := shot.Palette[1].Bytes(); r != 128 || g != 255 || b != 0 {
		t.Error(r, g, b)
	}
	if r, g, b := (term.RGB{1, 0.5, 0}).Grey().Bytes(); r != 128 || g != 128 || b != 128 {
		t.Error(r, g, b)
	}
	own := s.Snapshot()
	c.Run("term.setCursorPos(1, 1) term.write('zzz')")
	if own.Cells[0].Char != ' ' {
		t.Error("a snapshot has changed")
	}
}

// A drawer and a program that write at once: what the race detector is for.
func TestSnapshotsWhileTheProgramRuns(t *testing.T) {
	s := term.NewScreen(10, 5, true)
	c := newComputer(t, s)
	stop := make(chan struct{})
	var wg sync.WaitGroup
	wg.Go(func() {
		shot := &term.Snapshot{}
		for {
			select {
			case <-s.Changed():
				s.SnapshotInto(shot)
				if len(shot.Cells) != shot.Width*shot.Height {
					t.Error("torn")
				}
			case <-stop:
				return
			}
		}
	})
	wg.Go(func() {
		for i := range 200 {
			s.Resize(5+i%10, 1+i%7)
		}
	})
	c.Run("for i = 1, 2000 do term.setCursorPos(i % 12, i % 6) term.write(i) term.scroll(i % 3 - 1) term.getSize() end")
	close(stop)
	wg.Wait()
}

func FuzzScreen(f *testing.F) {
	f.Add(int32(1), int32(1), "text", 3, 4, 2)
	f.Add(int32(-2147483648), int32(2147483647), "", 0, -1, -2147483648)
	f.Fuzz(func(t *testing.T, x, y int32, text string, w, h, n int) {
		s := term.NewScreen(w%100, h%100, true)
		c := newComputer(t, s)
		colours := strings.Repeat("5", len(text))
		code := fmt.Sprintf("term.setCursorPos(%d, %d) term.write(%q) term.setCursorPos(%d, %d) term.blit(%q, %q, %q) term.scroll(%d) term.clearLine() return 'ok'",
			x, y, colours, y, x, colours, colours, colours, n)
		if got := c.Run(code); got != "ok" && !strings.Contains(got, "number") {
			t.Error(got)
		}
		s.Resize(h%100, w%100)
		show(s)
	})
}

func BenchmarkWrite(b *testing.B) {
	c := newComputer(b, nil)
	b.ReportAllocs()
	c.Run(fmt.Sprintf("local write, pos = term.write, term.setCursorPos for i = 1, %d do pos(1, 3) write('some words on a line') end", b.N))
}
