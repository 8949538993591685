package screens

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/luart/luart/eventqueue"
	"github.com/luart/luart/eventqueue/clocktest"
	"github.com/luart/luart/lua"
	"github.com/luart/luart/runtime"
	"github.com/luart/luart/stdlib"
	"github.com/luart/luart/stdlib/term"
)

// patience is how long a computer may take to have nothing to do. It is so long because machines may be busy; only a test
// that fails waits for it.
const patience = 60 * time.Second

// keyCodes are the keys that scripts name, as GLFW numbers them. Letters and digits are their own names.
var keyCodes = map[string]int{
	"enter": 257, "tab": 258, "backspace": 259, "delete": 261, "right": 262, "left": 263, "down": 264, "up": 265,
	"pageup": 266, "pagedown": 267, "home": 268, "end": 269, "f3": 292, "ctrl": 341, "space": 32, "escape": 256,
}

// player runs a script: it has a computer, and posts what a user would do.
type player struct {
	t      *testing.T
	root   string
	screen *term.Screen
	input  *term.Input
	clock  *idleClock
	queue  *eventqueue.Queue[stdlib.Event]
	done   chan error // nil while no computer runs
	ended  bool
	stderr bytes.Buffer
	posted int
	colour bool
	quota  int64
}

// idleClock stands still, and tells when the computer has handled all events before a marker.
type idleClock struct {
	*clocktest.Clock
	taken atomic.Bool // the marker has left the queue
	idle  chan struct{}
}

var _ eventqueue.IdleClock = (*idleClock)(nil)

// Idle implements eventqueue.IdleClock.
func (c *idleClock) Idle() bool {
	if c.taken.CompareAndSwap(true, false) {
		c.idle <- struct{}{}
	}
	return false
}

// settle waits until the computer has nothing to do, or has ended.
func (p *player) settle() error {
	if p.done == nil || p.ended {
		return nil
	}
	p.posted = 0
	taken := func() { p.clock.taken.Store(true) }
	err := p.queue.PostInternal(stdlib.Event{Name: "marker", Args: func() []lua.Value { taken(); return nil }, Drop: taken})
	if err != nil && !errors.Is(err, eventqueue.ErrClosed) {
		return err
	}
	select {
	case <-p.clock.idle:
		return nil
	case err := <-p.done:
		p.ended = true
		if err != nil {
			return fmt.Errorf("the program failed: %w\n%s", err, p.stderr.String())
		}
		return nil
	case <-time.After(patience):
		return errors.New("the computer is still busy")
	}
}

// seed makes random numbers the same each time.
func seed(c stdlib.Computer) {
	if math, ok := c.VM().Globals().GetString("math").AsTable(); ok {
		c.VM().Call(math.GetString("randomseed"), lua.Number(1))
	}
}

// start runs a program of the ROM; with no words it is the shell.
func (p *player) start(words []string) error {
	width, height := 51, 19
	p.screen = term.NewScreen(width, height, p.colour)
	p.clock = &idleClock{Clock: clocktest.New(), idle: make(chan struct{}, 1)}
	options := []runtime.Option{
		runtime.WithRoot(p.root), runtime.WithQuota(p.quota), runtime.WithScreen(p.screen), runtime.WithClock(p.clock),
		runtime.WithStderr(&p.stderr), runtime.WithLocation(time.UTC), runtime.WithAPI(seed),
	}
	if len(words) == 0 {
		options = append(options, runtime.WithShell())
	} else {
		options = append(options, runtime.WithProgram("/rom/programs/"+words[0]+".lua"), runtime.WithArgs(words[1:]...))
	}
	c, err := runtime.New(options...)
	if err != nil {
		return err
	}
	p.queue, p.input = c.Queue(), term.NewInput(c.Queue(), p.screen)
	p.done, p.ended = make(chan error, 1), false
	ctx, cancel := context.WithCancel(context.Background())
	done := p.done
	finished := make(chan struct{})
	go func() {
		_, err := c.Run(ctx)
		done <- err
		close(finished)
	}()
	p.t.Cleanup(func() { cancel(); <-finished })
	return p.settle()
}

// post counts what is posted, because the queue takes only so much.
func (p *player) post(errs ...error) error {
	p.posted += len(errs)
	if err := errors.Join(errs...); err != nil {
		return err
	}
	if p.posted > 100 {
		return p.settle()
	}
	return nil
}

// press posts a key going down and up, with its character if it is one, and with Ctrl held for "ctrl+x".
func (p *player) press(name string) error {
	rest, ctrl := strings.CutPrefix(name, "ctrl+")
	code, ok := keyCodes[rest]
	if !ok && len(rest) == 1 {
		code = int(strings.ToUpper(rest)[0])
		ok = true
	}
	if !ok {
		return fmt.Errorf("there is no key %q", name)
	}
	if ctrl {
		return p.post(p.input.Key(341, false), p.input.Key(code, false), p.input.KeyUp(code), p.input.KeyUp(341))
	}
	errs := []error{p.input.Key(code, false)}
	if len(rest) == 1 {
		errs = append(errs, p.input.Char(rune(rest[0])))
	}
	return p.post(append(errs, p.input.KeyUp(code))...)
}

// numbers reads the numbers of a command.
func numbers(words []string, n int) ([]int, error) {
	if len(words) != n {
		return nil, fmt.Errorf("%d numbers are needed", n)
	}
	values := make([]int, n)
	for i, w := range words {
		var err error
		if values[i], err = strconv.Atoi(w); err != nil {
			return nil, err
		}
	}
	return values, nil
}

// do does what a line of the script says. block is the text below the line.
func (p *player) do(line string, block []string) error {
	words := strings.Fields(line)
	command, words := words[0], words[1:]
	text := strings.TrimPrefix(strings.TrimPrefix(line, command), " ")
	switch command {
	case "run":
		return p.start(words)
	case "shell":
		return p.start(nil)
	case "grey":
		p.colour = false
		return nil
	case "quota":
		n, err := numbers(words, 1)
		if err == nil {
			p.quota = int64(n[0])
		}
		return err
	case "file":
		content := strings.Join(block, "\n")
		if len(block) > 0 {
			content += "\n"
		}
		name := filepath.Join(p.root, words[0])
		if err := os.MkdirAll(filepath.Dir(name), 0o777); err != nil {
			return err
		}
		return os.WriteFile(name, []byte(content), 0o666)
	case "lines": // lines N PATH TEXT: a file of N lines, in which %d is the number
		n, err := strconv.Atoi(words[0])
		if err != nil {
			return err
		}
		var b strings.Builder
		for i := range n {
			b.WriteString(strings.ReplaceAll(strings.Join(words[2:], " "), "%d", strconv.Itoa(i+1)) + "\n")
		}
		return os.WriteFile(filepath.Join(p.root, words[1]), []byte(b.String()), 0o666)
	case "type":
		for _, r := range text {
			if err := p.press(string(r)); err != nil {
				return err
			}
		}
		return nil
	case "key":
		for _, name := range words {
			if err := p.press(name); err != nil {
				return err
			}
		}
		return nil
	case "paste":
		return p.post(p.input.Paste(text))
	case "click":
		n, err := numbers(words, 3)
		if err != nil {
			return err
		}
		return p.post(p.input.MouseClick(n[0], n[1], n[2]), p.input.MouseUp(n[0], n[1], n[2]))
	case "drag": // drag BUTTON X Y X2 Y2
		n, err := numbers(words, 5)
		if err != nil {
			return err
		}
		return p.post(p.input.MouseClick(n[0], n[1], n[2]), p.input.MouseDrag(n[0], n[3], n[4]), p.input.MouseUp(n[0], n[3], n[4]))
	case "scroll":
		n, err := numbers(words, 3)
		if err != nil {
			return err
		}
		return p.post(p.input.MouseScroll(n[0], n[1], n[2]))
	case "resize":
		n, err := numbers(words, 2)
		if err != nil {
			return err
		}
		return p.post(p.input.Resize(n[0], n[1]))
	case "terminate":
		return p.post(p.queue.Terminate())
	case "wait": // wait MILLISECONDS, of the computer's time, tick by tick
		n, err := numbers(words, 1)
		if err != nil {
			return err
		}
		for range (n[0] + 49) / 50 {
			if err := p.settle(); err != nil {
				return err
			}
			p.clock.Advance(50 * time.Millisecond)
		}
		return nil
	}
	return fmt.Errorf("there is no command %q", command)
}

// look returns what a line of the script asks to see, or false if it is no such line.
func (p *player) look(line string) (seen []string, ok bool, err error) {
	words := strings.Fields(line)
	switch words[0] {
	case "screen", "text", "back":
	case "cursor", "ended", "content":
	default:
		return nil, false, nil
	}
	if err := p.settle(); err != nil {
		return nil, true, err
	}
	if words[0] == "content" {
		text, err := os.ReadFile(filepath.Join(p.root, words[1]))
		lines := strings.Split(strings.TrimSuffix(string(text), "\n"), "\n")
		for i := range lines {
			lines[i] = strings.ReplaceAll(strings.TrimRight(lines[i], " "), "\r", "\\r")
		}
		return lines, true, err
	}
	if words[0] == "ended" {
		return []string{strconv.FormatBool(p.ended)}, true, nil
	}
	s := p.screen.Snapshot()
	if words[0] == "cursor" {
		return []string{fmt.Sprintf("%d %d %v", s.CursorX+1, s.CursorY+1, s.CursorBlink)}, true, nil
	}
	from, to := 1, s.Height
	if len(words) > 1 { // rows FROM [TO]
		if from, err = strconv.Atoi(words[1]); err != nil {
			return nil, true, err
		}
		to = from
		if len(words) > 2 {
			if to, err = strconv.Atoi(words[2]); err != nil {
				return nil, true, err
			}
		}
	}
	const digits = "0123456789abcdef"
	for y := from - 1; y < to; y++ {
		var b strings.Builder
		for _, cell := range s.Row(y) {
			switch words[0] {
			case "text":
				b.WriteByte(digits[cell.Text])
			case "back":
				b.WriteByte(digits[cell.Background])
			default:
				if cell.Char < 32 || cell.Char > 126 {
					b.WriteByte('?')
				} else {
					b.WriteByte(cell.Char)
				}
			}
		}
		row := strings.TrimRight(b.String(), " ")
		if words[0] == "text" {
			row = strings.TrimRight(row, "0") // white
		}
		if words[0] == "back" {
			row = strings.TrimRight(row, "f") // black
		}
		seen = append(seen, row)
	}
	if len(words) == 1 { // the rows at the bottom that are empty say nothing
		for len(seen) > 1 && seen[len(seen)-1] == "" {
			seen = seen[:len(seen)-1]
		}
	}
	return seen, true, nil
}
