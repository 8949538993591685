package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"sync"
	"sync/atomic"
	"syscall"

	"github.com/luart/luart/runtime"
	"github.com/luart/luart/stdlib/term"
	"github.com/luart/luart/terminal"
)

// fullScreen runs a computer with the user's terminal as its screen.
type fullScreen struct {
	size   *screenSize // nil: the terminal's
	title  string
	stderr io.Writer
	// shell: what asks a program to end doesn't end the computer, so SIGTERM ends it at once.
	shell bool
}

// ended says how a computer has ended.
type ended struct {
	code   int
	err    error
	signal os.Signal
	last   *term.Snapshot // of the screen
}

// wish is what the user wants of the computer itself.
type wish int32

const (
	nothing wish = iota
	shutdown
	reboot
)

// run runs the computer until it ends, again if the user makes it start anew. The terminal is the user's again when it returns, and what was
// logged meanwhile is on the standard error.
func (f fullScreen) run(options []runtime.Option) (ended, error) {
	log := &heldOutput{}
	defer log.writeTo(f.stderr) // after the terminal is closed
	screen := term.NewScreen(term.DefaultWidth, term.DefaultHeight, true)
	if f.size != nil {
		screen.Resize(f.size.width, f.size.height)
	}
	options = append(options, runtime.WithScreen(screen), runtime.WithStdout(io.Discard), runtime.WithStderr(log), runtime.WithLogger(slog.New(newLogHandler(log))))
	computer, err := runtime.New(options...)
	if err != nil {
		return ended{}, usageError{err}
	}
	s := session{screen: screen, fixed: f.size != nil, title: f.title}
	s.computer.Store(computer)
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	// Before the terminal is opened, so that no signal ends the process with the terminal in its hands.
	signals := watchSignals(nil, f.ask(&s, cancel), s.close, os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	defer signals.stop()
	t, err := terminal.Open()
	if err != nil {
		instead := "leave --term away to print to it"
		if f.shell {
			instead = "luart shell --text works line by line"
		}
		return ended{}, fmt.Errorf("%w; %s", err, instead)
	}
	s.terminal.Store(t)
	defer t.Close()
	for {
		if f.size == nil {
			screen.Resize(t.Size())
		}
		end, wanted, lost := s.run(ctx, t)
		end.signal = signals.got()
		if lost != nil {
			fmt.Fprintln(log, "luart:", lost)
			if end.signal == nil {
				end.signal = syscall.SIGHUP // which is about to come, as a rule
			}
		}
		if lost != nil || wanted != reboot {
			return end, nil
		}
		if computer, err = runtime.New(options...); err != nil {
			return end, err
		}
		s.computer.Store(computer)
	}
}

// ask returns what to do about signals. The user's keys make none.
func (f fullScreen) ask(s *session, end context.CancelFunc) func(os.Signal) bool {
	asked := false
	return func(sig os.Signal) bool {
		if f.shell || sig == syscall.SIGHUP {
			end()
			return true
		}
		s.computer.Load().Terminate()
		final := asked
		asked = true
		return final
	}
}

// session is a computer on a terminal, and those that come after it when it starts anew.
type session struct {
	screen   *term.Screen
	fixed    bool // the size of the screen
	title    string
	computer atomic.Pointer[runtime.Computer]
	terminal atomic.Pointer[terminal.Terminal] // nil before it is opened
}

// close gives the terminal back.
func (s *session) close() {
	if t := s.terminal.Load(); t != nil {
		t.Close()
	}
}

// run runs one computer. lost says that the terminal was lost meanwhile.
func (s *session) run(ctx context.Context, t *terminal.Terminal) (end ended, wanted wish, lost error) {
	computer := s.computer.Load()
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	var asked atomic.Int32  // the wish
	var stopped atomic.Bool // Ctrl-T was pressed
	want := func(w wish) func() {
		return func() {
			asked.Store(int32(w))
			cancel()
		}
	}
	shown, hide := context.WithCancel(context.Background())
	defer hide()
	gone := make(chan error, 1)
	go func() {
		err := t.Run(shown, terminal.Options{
			Screen: s.screen, Input: term.NewInput(computer.Queue(), s.screen), Fixed: s.fixed, Title: s.title,
			Terminate: func() {
				stopped.Store(true)
				computer.Queue().Terminate() // the only error is that the computer has ended
			},
			Shutdown: want(shutdown), Reboot: want(reboot),
		})
		if err != nil {
			cancel()
		}
		gone <- err
	}()
	code, err := computer.Run(ctx)
	hide()
	lost = <-gone
	wanted = wish(asked.Load())
	var failure *runtime.ProgramError
	switch {
	case errors.Is(err, runtime.ErrStopped) && wanted != nothing:
		code, err = 0, nil
	case errors.As(err, &failure) && stopped.Load() && failure.Message == "Terminated":
		failure.Terminated = true
	}
	return ended{code: code, err: err, last: s.screen.Snapshot()}, wanted, lost
}

// maxHeld is how much of an output is held back, in bytes.
const maxHeld = 256 << 10

// heldOutput keeps what is written while the screen is the computer's.
type heldOutput struct {
	mu   sync.Mutex
	text bytes.Buffer
	lost int
}

// Write keeps the text. It never fails.
func (h *heldOutput) Write(p []byte) (int, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.text.Len()+len(p) <= maxHeld {
		h.text.Write(p)
	} else {
		h.lost++
	}
	return len(p), nil
}

// writeTo writes what was kept.
func (h *heldOutput) writeTo(w io.Writer) {
	h.mu.Lock()
	defer h.mu.Unlock()
	w.Write(h.text.Bytes()) // there is nobody to tell of an error
	if h.lost > 0 {
		fmt.Fprintf(w, "luart: %d more messages were lost\n", h.lost)
	}
	h.text.Reset()
	h.lost = 0
}
