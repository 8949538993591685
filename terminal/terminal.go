// Package terminal shows a computer's screen in the user's terminal, and makes events of the user's keys, mouse and pasting.
//
// Snapshots of a term.Screen and what the user does enter; text and colours on the terminal and events for the computer's queue
// leave. The command line calls it, and so may any program that runs a computer and has a terminal for it:
//
//	t, err := terminal.Open()
//	…
//	defer t.Close()                       // gives the terminal back to the user
//	screen := term.NewScreen(t.Size())
//	…                                     // a computer with this screen
//	go computer.Run(ctx)
//	err = t.Run(ctx, terminal.Options{Screen: screen, Input: term.NewInput(computer.Queue(), screen), Terminate: computer.Terminate})
//
// # What the user sees
//
// The sixteen colours are what the program's palette says, where the terminal can show any colour, else the nearest that it
// has. All of CraftOS's 256 characters have a glyph; those of blocks are the "sextants" of Unicode 13. What changes is drawn at most about
// sixty times a second. The cursor is there when the program has set it to blink.
//
// # What the program gets
//
// The events key, key_up, char, paste, mouse_click, mouse_drag, mouse_up, mouse_scroll and term_resize. Terminals tell less than
// programs may expect: keys go up by themselves after 0.12 s, Ctrl, Alt and Shift are known only together with another key,
// and characters that CraftOS lacks are left out.
//
// Three keys are for the terminal, as in CraftOS: Ctrl-T terminates the program, at once; Ctrl-S held for a second shuts the
// computer down, and Ctrl-R held for a second starts it anew. They must be held because editors use them for other things: pressed
// shortly, and also while they are held, they are keys like any other. Ctrl-C is one as well, but held for a second, or pressed again
// and again, it terminates: it is what people do who know nothing of Ctrl-T.
package terminal

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"sync"
	"time"

	"github.com/gdamore/tcell/v2"
	xterm "golang.org/x/term"

	"github.com/luart/luart/eventqueue"
	"github.com/luart/luart/stdlib/term"
)

// frame is the time between two drawings at least.
const frame = time.Second / 60

// closeTime is how long the terminal may take to be given back in good order. One that hangs is given back by force.
const closeTime = 2 * time.Second

// ErrGone is why Run ends when the terminal can't be read from any more: its window was closed, for one.
var ErrGone = errors.New("the terminal is gone")

// Options say what Run does.
type Options struct {
	// Screen is what is shown, Input where events go. Both must be set.
	Screen *term.Screen
	Input  *term.Input
	// Fixed keeps the size of the screen; what doesn't fit in the terminal is not seen. Without it the screen gets the
	// terminal's size, at once and whenever that changes.
	Fixed bool
	// Title is that of the terminal's window, unless empty.
	Title string
	// Terminate, Shutdown and Reboot are called when the user asks for that, on the goroutine of Run; they must not wait.
	// Nothing happens for one that is nil.
	Terminate, Shutdown, Reboot func()
	// Clock is what goes by time; the system's unless set.
	Clock eventqueue.Clock
}

// Terminal is the user's terminal while a program has it. All methods may be called from any goroutine, but one Run at a
// time.
type Terminal struct {
	screen tcell.Screen
	glyphs *glyphs
	events chan tcell.Event // what the user does
	closed chan struct{}
	once   sync.Once
	free   chan struct{} // has an element while there is no Run
	force  func()        // gives the terminal back in another way; nil: there is none
}

// Open takes the user's terminal. The error says why that can't be done, above all that there is none.
func Open() (*Terminal, error) {
	// An unknown character set is one of before Unicode, of which ASCII is a part.
	tcell.SetEncodingFallback(tcell.EncodingFallbackASCII)
	screen, err := newScreen()
	if err != nil {
		return nil, fmt.Errorf("the terminal %q (the environment variable TERM) can't show a computer's screen: %w", os.Getenv("TERM"), err)
	}
	force := restorer()
	t, err := New(screen)
	if err != nil {
		return nil, fmt.Errorf("there is no terminal to show the computer's screen on: %w", err)
	}
	t.force = force
	return t, nil
}

// newScreen is tcell.NewScreen, which takes terminals that it doesn't know for one like most.
func newScreen() (tcell.Screen, error) {
	screen, err := tcell.NewScreen()
	if name := os.Getenv("TERM"); err == nil || name == "" || name == "dumb" {
		return screen, err
	}
	like, likeErr := tcell.LookupTerminfo("xterm-256color")
	if likeErr != nil {
		return nil, err
	}
	return tcell.NewTerminfoScreenFromTtyTerminfo(nil, like)
}

// New is Open with a screen of tcell's that was not initialised yet: that of a network connection, or a simulated one.
func New(screen tcell.Screen) (*Terminal, error) {
	if err := screen.Init(); err != nil {
		return nil, err
	}
	for r, text := range ascii {
		screen.RegisterRuneFallback(r, text)
	}
	screen.EnableMouse(tcell.MouseButtonEvents | tcell.MouseDragEvents)
	screen.EnablePaste()
	t := &Terminal{
		screen: screen, glyphs: glyphsFor(os.Getenv("TERM")),
		events: make(chan tcell.Event), closed: make(chan struct{}), free: make(chan struct{}, 1),
	}
	t.free <- struct{}{}
	go t.listen()
	return t, nil
}

// restorer returns what makes the terminal usable again without tcell.
func restorer() func() {
	fd := int(os.Stdin.Fd())
	state, err := xterm.GetState(fd)
	if err != nil {
		return nil
	}
	const leave = "\x1b[?1000l\x1b[?1002l\x1b[?1006l\x1b[?2004l\x1b[?1049l\x1b[?25h\x1b[0m"
	return func() {
		xterm.Restore(fd, state)
		go os.Stdout.WriteString(leave) // it may be this that hangs
		time.Sleep(closeTime / 20)
	}
}

// listen takes events from the screen. It goes on doing so while the terminal is being closed, which waits for it.
func (t *Terminal) listen() {
	for {
		ev := t.screen.PollEvent()
		if ev == nil {
			return
		}
		select {
		case t.events <- ev:
		case <-t.closed:
		}
	}
}

// Size returns how many characters the terminal shows.
func (t *Terminal) Size() (width, height int) { return t.screen.Size() }

// Close gives the terminal back to the user, as it was, and ends Run. Calls after the first do nothing but wait for it.
func (t *Terminal) Close() {
	t.once.Do(func() {
		close(t.closed)
		done := make(chan struct{})
		go func() {
			defer close(done)
			<-t.free           // nobody draws any more
			t.screen.Suspend() // the only error is that it isn't running
			t.screen.Fini()
		}()
		select {
		case <-done:
		case <-time.After(closeTime):
			if t.force != nil {
				t.force()
			}
		}
	})
}

// run is a Run that is under way.
type run struct {
	Options
	painter *painter
	keys    keyboard
	mouse   mouse
	paste   *strings.Builder // nil: none is under way
}

// Run shows the screen and posts events until ctx is done, in which case it has shown the last state of the screen and returns
// nil, until Close, or until the terminal is gone. A panic closes the terminal before it goes on.
func (t *Terminal) Run(ctx context.Context, o Options) error {
	select {
	case <-t.free:
	case <-t.closed:
		return nil
	}
	sound := false
	defer func() {
		t.free <- struct{}{}
		if !sound {
			t.Close() // so that the message of the panic is seen
		}
	}()
	err := t.run(ctx, o)
	sound = true
	return err
}

func (t *Terminal) run(ctx context.Context, o Options) error {
	if o.Clock == nil {
		o.Clock = eventqueue.SystemClock{}
	}
	if o.Title != "" {
		t.screen.SetTitle(o.Title)
	}
	r := &run{Options: o, painter: newPainter(t.screen, t.glyphs), keys: keyboard{in: o.Input, down: stroke{code: noKey}}, mouse: mouse{in: o.Input}}
	if !o.Fixed {
		o.Input.Resize(t.screen.Size())
	}
	defer r.keys.release()
	wake := make(chan struct{}, 1)
	timer := o.Clock.AfterFunc(0, func() {
		select {
		case wake <- struct{}{}:
		default:
		}
	})
	defer timer.Stop()
	drawAt, changed := o.Clock.Now(), true // drawAt is when there may be another drawing
	for {
		now := o.Clock.Now()
		if changed && !now.Before(drawAt) {
			r.painter.draw(o.Screen)
			drawAt, changed = now.Add(frame), false
		}
		if !r.keys.until.IsZero() && !now.Before(r.keys.until) {
			r.keys.release()
		}
		if next := earlier(drawAt, changed, r.keys.until, !r.keys.until.IsZero()); !next.IsZero() {
			timer.Reset(next.Sub(now))
		}
		select {
		case <-o.Screen.Changed():
			changed = true
		case <-wake:
		case ev := <-t.events:
			if redraw, err := r.handle(ev); err != nil {
				return err
			} else if redraw {
				changed = true
			}
		case <-ctx.Done():
			r.painter.draw(o.Screen)
			r.keys.release()
			t.outlast(&r.keys.last, timer, wake)
			return nil
		case <-t.closed:
			return nil
		}
	}
}

// maxOutlast bounds how long a key is waited for that the user does not let go of, in repeats.
const maxOutlast = 200

// outlast takes the repeats of a key that has ended something by being held. Otherwise the user's shell would get them: its terminal stands
// still after a Ctrl-S.
func (t *Terminal) outlast(h *hold, timer eventqueue.Timer, wake <-chan struct{}) {
	if !h.done && (h.code != 'T' || h.count < 2) {
		return
	}
	select {
	case <-wake: // an old one
	default:
	}
	timer.Reset(keyTime)
	for range maxOutlast {
		select {
		case <-t.events:
			timer.Reset(keyTime)
		case <-wake:
			return
		case <-t.closed:
			return
		}
	}
}

// earlier returns the earlier one of two times, of those that count.
func earlier(a time.Time, aCounts bool, b time.Time, bCounts bool) time.Time {
	switch {
	case aCounts && bCounts && b.Before(a), !aCounts && bCounts:
		return b
	case aCounts:
		return a
	}
	return time.Time{}
}

// maxPaste is how much of a text is kept that is being pasted, in bytes; programs get much less of it.
const maxPaste = 16 << 10

// handle does what an event of the terminal asks for, and reports whether everything must be drawn again.
func (r *run) handle(ev tcell.Event) (redraw bool, err error) {
	switch ev := ev.(type) {
	case *tcell.EventKey:
		if r.paste != nil {
			r.pasted(ev)
			return false, nil
		}
		r.key(ev, r.Clock.Now())
	case *tcell.EventPaste:
		switch {
		case ev.Start():
			r.paste = &strings.Builder{}
		case r.paste != nil:
			r.Input.Paste(r.paste.String())
			r.paste = nil
		}
	case *tcell.EventMouse:
		r.mouse.handle(ev, r.Screen)
	case *tcell.EventResize:
		if !r.Fixed {
			r.Input.Resize(ev.Size())
		}
		r.painter.forget()
		return true, nil
	case *tcell.EventError:
		return false, fmt.Errorf("%w: %w", ErrGone, ev)
	}
	return false, nil
}

// pasted adds a key to the text that is being pasted.
func (r *run) pasted(ev *tcell.EventKey) {
	if r.paste.Len() >= maxPaste {
		return
	}
	switch ev.Key() {
	case tcell.KeyRune:
		r.paste.WriteRune(ev.Rune())
	case tcell.KeyEnter, tcell.KeyCtrlJ, tcell.KeyLF:
		r.paste.WriteByte('\n')
	}
}
