package terminal

import (
	"context"
	"errors"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/gdamore/tcell/v2"

	"github.com/luart/luart/eventqueue"
	"github.com/luart/luart/lua/lualib"
	"github.com/luart/luart/stdlib"
	"github.com/luart/luart/stdlib/computertest"
	"github.com/luart/luart/stdlib/term"
)

// simulated is a screen that tells of each drawing.
type simulated struct {
	tcell.SimulationScreen
	shows  chan struct{}
	count  int // of colours
	panics bool
	ended  bool
}

func (s *simulated) Show() {
	if s.panics {
		panic("no paint")
	}
	s.SimulationScreen.Show()
	select {
	case s.shows <- struct{}{}:
	default:
	}
}

func (s *simulated) Colors() int { return s.count }

func (s *simulated) Fini() {
	s.ended = true
	s.SimulationScreen.Fini()
}

// bench is a computer with a terminal that is shown on a simulated one.
type bench struct {
	*computertest.Computer
	t      *testing.T
	to     *simulated
	term   *Terminal
	screen *term.Screen
	calls  chan string
	end    func() error // ends Run and returns its error
	ended  chan error
}

// newBench starts a terminal of 20 by 4 characters; change may change what Run is told.
func newBench(t *testing.T, change func(*bench, *Options)) *bench {
	b := &bench{Computer: computertest.New(t, lualib.Open), t: t, calls: make(chan string, 100), ended: make(chan error, 1)}
	b.to = &simulated{SimulationScreen: tcell.NewSimulationScreen("UTF-8"), shows: make(chan struct{}, 1000), count: 1 << 24}
	var err error
	if b.term, err = New(b.to); err != nil {
		t.Fatal(err)
	}
	b.to.SetSize(20, 4)
	b.screen = term.NewScreen(20, 4, true)
	term.Open(b, term.Options{Screen: b.screen})
	told := func(what string) func() { return func() { b.calls <- what } }
	o := Options{
		Screen: b.screen, Input: term.NewInput(b.Queue(), b.screen), Clock: b.Clock,
		Terminate: told("terminate"), Shutdown: told("shutdown"), Reboot: told("reboot"),
	}
	if change != nil {
		change(b, &o)
	}
	ctx, cancel := context.WithCancel(t.Context())
	go func() {
		defer func() {
			if p := recover(); p != nil {
				b.ended <- errors.New("panic: " + p.(string))
			}
		}()
		b.ended <- b.term.Run(ctx, o)
	}()
	b.end = func() error {
		cancel()
		return <-b.ended
	}
	t.Cleanup(func() {
		cancel()
		b.term.Close()
	})
	return b
}

// post makes an event of the terminal, when there is room for it.
func (b *bench) post(ev tcell.Event) {
	for b.to.PostEvent(ev) != nil {
		runtime.Gosched()
	}
}

// next waits for an event of the computer.
func (b *bench) next() string {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.t.Context(), 10*time.Second)
	defer cancel()
	return b.Wait(ctx)
}

// expect waits for events.
func (b *bench) expect(want ...string) {
	b.t.Helper()
	for _, w := range want {
		if got := b.next(); got != w {
			b.t.Fatalf("got %q, want %q", got, w)
		}
	}
}

// drawn waits for the next drawing and returns what is there to see.
func (b *bench) drawn() string {
	b.t.Helper()
	select {
	case <-b.to.shows:
	case <-time.After(10 * time.Second):
		b.t.Fatal("nothing was drawn")
	}
	return b.text()
}

func (b *bench) text() string {
	cells, w, _ := b.to.GetContents()
	var s strings.Builder
	for i, c := range cells {
		if i > 0 && i%w == 0 {
			s.WriteByte('|')
		}
		s.WriteString(string(c.Runes))
	}
	return strings.TrimRight(s.String(), " |")
}

func TestShows(t *testing.T) {
	b := newBench(t, nil)
	if got := b.drawn(); got != "" {
		t.Errorf("%q", got)
	}
	b.Run(`term.setTextColour(2) term.setBackgroundColour(16384) term.write("h\1\149\233") term.setCursorBlink(true)`)
	b.Clock.Advance(frame)
	if got := b.drawn(); got != "h☺▌é" {
		t.Errorf("%q", got)
	}
	cells, _, _ := b.to.GetContents()
	if fg, bg, _ := cells[0].Style.Decompose(); fg != tcell.NewRGBColor(0xF2, 0xB2, 0x33) || bg != tcell.NewRGBColor(0xCC, 0x4C, 0x4C) {
		t.Errorf("%x on %x", fg.Hex(), bg.Hex())
	}
	if x, y, visible := b.to.GetCursor(); x != 4 || y != 0 || !visible {
		t.Error(x, y, visible)
	}
	b.Run(`term.setPaletteColour(2, 0x00FF00) term.setCursorBlink(false)`)
	b.Clock.Advance(frame)
	b.drawn()
	cells, _, _ = b.to.GetContents()
	if fg, _, _ := cells[3].Style.Decompose(); fg != tcell.NewRGBColor(0, 255, 0) {
		t.Errorf("%x", fg.Hex())
	}
	if _, _, visible := b.to.GetCursor(); visible {
		t.Error("the cursor is there")
	}
	if b.Run(`term.setCursorPos(1, 4) term.write("end")`); b.end() != nil || !strings.HasSuffix(b.text(), "|end") {
		t.Errorf("the end: %q", b.text())
	}
}

// However often a program draws, there are sixty pictures a second at most.
func TestDrawsNotTooOften(t *testing.T) {
	b := newBench(t, nil)
	b.drawn()
	for range 5 {
		b.Run(`for i = 1, 50 do term.setCursorPos(1, 1) term.write(i) end`)
	}
	select {
	case <-b.to.shows:
		t.Error("drawn at once")
	default:
	}
	b.Clock.Advance(frame - 1)
	select {
	case <-b.to.shows:
		t.Error("drawn too early")
	default:
	}
	b.Clock.Advance(1)
	if got := b.drawn(); got != "50" {
		t.Errorf("%q", got)
	}
}

func TestSize(t *testing.T) {
	b := newBench(t, nil)
	b.drawn()
	b.to.SetSize(30, 2)
	b.post(tcell.NewEventResize(30, 2))
	b.expect("term_resize")
	if w, h := b.screen.Size(); w != 30 || h != 2 {
		t.Error(w, h)
	}
	b.Run(`term.setCursorPos(28, 2) term.write("end")`)
	b.Clock.Advance(frame)
	for !strings.HasSuffix(b.drawn(), "end") {
		b.Clock.Advance(frame)
	}
}

func TestFixedSize(t *testing.T) {
	b := newBench(t, func(b *bench, o *Options) {
		o.Fixed = true
		b.to.SetSize(22, 3)
		b.Run(`for y = 1, 4 do term.setCursorPos(1, y) term.write("row " .. y .. " 34567890123456") end`)
	})
	row := func(n string) string { return "row " + n + " 34567890123456  " }
	if got, want := b.drawn(), strings.TrimRight(row("1")+"|"+row("2")+"|"+row("3"), " "); got != want {
		t.Errorf("%q", got)
	}
	b.to.InjectMouse(20, 0, tcell.Button1, 0) // beside the screen
	b.to.InjectMouse(20, 0, tcell.ButtonNone, 0)
	b.to.InjectMouse(20, 0, tcell.WheelUp, 0)
	b.to.InjectMouse(19, 2, tcell.Button1, 0)
	b.expect("mouse_click 1 20 3")
	b.post(tcell.NewEventResize(30, 10))
	b.to.InjectMouse(29, 9, tcell.Button1, 0)
	b.expect("mouse_drag 1 20 4")
	if w, h := b.screen.Size(); w != 20 || h != 4 {
		t.Error(w, h)
	}
}

func TestTypes(t *testing.T) {
	b := newBench(t, nil)
	b.to.InjectKey(tcell.KeyRune, 'a', 0)
	b.expect("key 65 false", "char a")
	b.Clock.Advance(keyTime - 1)
	b.to.InjectKey(tcell.KeyRune, 'a', 0)
	b.expect("key 65 true", "char a")
	b.Clock.Advance(keyTime)
	b.expect("key_up 65")
	b.to.InjectKey(tcell.KeyRune, 'A', 0)
	b.to.InjectKey(tcell.KeyEnter, 0, 0)
	b.expect("key 340 false", "key 65 false", "char A", "key_up 65", "key_up 340", "key 257 false")
	b.to.InjectKey(tcell.KeyCtrlD, 0, tcell.ModCtrl)
	b.expect("key_up 257", "key 341 false", "key 68 false")
	b.Clock.Advance(keyTime)
	b.expect("key_up 68", "key_up 341")
	b.to.InjectKey(tcell.KeyRune, 'é', 0)
	b.to.InjectKey(tcell.KeyRune, '€', 0)
	b.to.InjectKey(tcell.KeyUp, 0, 0)
	b.expect("char \xe9", "key 265 false")
	if b.end() != nil {
		t.Error("an error")
	}
	b.expect("key_up 265") // nothing stays down
}

func TestPastes(t *testing.T) {
	b := newBench(t, nil)
	b.post(tcell.NewEventPaste(false)) // an end without a beginning
	b.post(tcell.NewEventPaste(true))
	for range 1000 {
		b.to.InjectKey(tcell.KeyRune, 'é', 0)
	}
	b.to.InjectKey(tcell.KeyEnter, 0, 0)
	b.to.InjectKey(tcell.KeyCtrlT, 0, tcell.ModCtrl) // is text
	b.post(tcell.NewEventPaste(false))
	b.expect("paste " + strings.Repeat("\xe9", 512))
	b.post(tcell.NewEventPaste(true))
	b.post(tcell.NewEventPaste(false)) // nothing
	b.to.InjectKey(tcell.KeyF25, 0, 0)
	b.expect("key 314 false")
	if len(b.calls) != 0 {
		t.Error(<-b.calls)
	}
}

func TestMouse(t *testing.T) {
	b := newBench(t, nil)
	for _, e := range []struct {
		x, y    int
		buttons tcell.ButtonMask
	}{
		{0, 0, tcell.ButtonNone}, {3, 1, tcell.Button1}, {3, 1, tcell.Button1}, {4, 1, tcell.Button1}, {4, 1, tcell.WheelDown}, {5, 1, tcell.ButtonNone},
		{1, 1, tcell.Button2}, {1, 1, tcell.ButtonNone}, {2, 2, tcell.Button3}, {2, 2, tcell.Button3 | tcell.Button1}, {2, 2, tcell.ButtonNone},
		{9, 3, tcell.WheelUp}, {9, 3, tcell.WheelLeft}, {9, 3, tcell.Button8}, {19, 3, tcell.Button1},
	} {
		b.to.InjectMouse(e.x, e.y, e.buttons, 0)
	}
	b.expect("mouse_click 1 4 2", "mouse_drag 1 5 2", "mouse_scroll 1 5 2", "mouse_up 1 6 2",
		"mouse_click 2 2 2", "mouse_up 2 2 2", "mouse_click 3 3 3", "mouse_click 1 3 3", "mouse_up 1 3 3", "mouse_up 3 3 3",
		"mouse_scroll -1 10 4", "mouse_click 1 20 4")
}

func TestTerminates(t *testing.T) {
	b := newBench(t, nil)
	press := func(key tcell.Key) { b.to.InjectKey(key, 0, tcell.ModCtrl) }
	press(tcell.KeyCtrlT)
	if got := <-b.calls; got != "terminate" {
		t.Error(got)
	}
	press(tcell.KeyCtrlT) // still held
	b.to.InjectKey(tcell.KeyUp, 0, 0)
	b.expect("key 265 false") // and no key before
	press(tcell.KeyCtrlT)
	if got := <-b.calls; got != "terminate" {
		t.Error(got)
	}
	b.end()
	if len(b.calls) != 0 {
		t.Error(<-b.calls)
	}
}

// A user who ends a terminal that has gone, and one whose Run is ended by Close.
func TestEnds(t *testing.T) {
	b := newBench(t, nil)
	b.post(tcell.NewEventError(errors.New("input/output error")))
	if err := <-b.ended; !errors.Is(err, ErrGone) || !strings.Contains(err.Error(), "input/output error") {
		t.Error(err)
	}
	b = newBench(t, nil)
	b.drawn()
	b.term.Close()
	b.term.Close()
	if err := <-b.ended; err != nil || !b.to.ended {
		t.Error(err)
	}
	b = newBench(t, func(b *bench, o *Options) { b.to.panics = true })
	if err := <-b.ended; err == nil || err.Error() != "panic: no paint" || !b.to.ended {
		t.Error(err, b.to.ended)
	}
}

// A program that takes no events makes the terminal lose some, and nothing else.
func TestSlowProgram(t *testing.T) {
	b := newBench(t, nil)
	for b.Queue().TryPost(stdlib.Event{Name: "other"}) == nil {
	}
	for range 100 {
		b.to.InjectKey(tcell.KeyRune, 'x', 0)
		b.to.InjectMouse(1, 1, tcell.Button1, 0)
		b.to.InjectMouse(1, 1, tcell.ButtonNone, 0)
	}
	b.to.InjectKey(tcell.KeyCtrlT, 0, tcell.ModCtrl)
	if got := <-b.calls; got != "terminate" {
		t.Error(got)
	}
	b.Queue().Close()
	b.to.InjectKey(tcell.KeyRune, 'x', 0)
	if err := b.end(); err != nil {
		t.Error(err)
	}
	if err := term.NewInput(b.Queue(), b.screen).Char('x'); err != eventqueue.ErrClosed {
		t.Error(err)
	}
}

// The repeats of a key that has shut the computer down don't go to the user's shell.
func TestHeldKeyIsOutlasted(t *testing.T) {
	b := newBench(t, nil)
	press := func() { b.to.InjectKey(tcell.KeyCtrlS, 0, tcell.ModCtrl) }
	b.Clock.Advance(time.Minute)
	for i := 0; len(b.calls) == 0; i++ {
		press()
		if i == 0 {
			b.expect("key 341 false")
		}
		b.expect("key 83 " + map[bool]string{true: "true", false: "false"}[i > 0])
		b.Clock.Advance(30 * time.Millisecond)
	}
	if got := <-b.calls; got != "shutdown" {
		t.Error(got)
	}
	ended := make(chan error, 1)
	go func() { ended <- b.end() }()
	b.expect("key_up 83", "key_up 341") // it has begun to end
	for range 30 {                      // more than fit anywhere, so that somebody must be taking them
		press()
	}
	for {
		select {
		case err := <-ended:
			if err != nil {
				t.Error(err)
			}
			return
		default:
			b.Clock.Advance(keyTime) // the key is let go of
			runtime.Gosched()
		}
	}
}
