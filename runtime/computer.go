// Package runtime makes a computer out of the VM, the event queue and the host APIs, boots it, and runs it until it ends.
//
//	computer, err := runtime.New(runtime.WithRoot("."), runtime.WithProgram("hello.lua"), runtime.WithStdout(os.Stdout))
//	…
//	code, err := computer.Run(ctx)
//
// Options enter; text on the given writers, an exit code and an error leave. Any goroutine may make a computer and call
// Terminate; the one that calls Run is the computer's goroutine until Run returns: all Lua code runs there.
//
// # Boot
//
// The bios of package rom runs first, in a coroutine, which is then resumed for each event that its last yield asked for. What
// the runtime has for the bios alone is in the global _LUART, which the bios removes:
//
//	write(text...)       writes to the screen and, in text mode, the standard output; returns the number of line breaks
//	writeError(text...)  writes to the screen in red and, in text mode, the standard error
//	readLine()           takes a line of the standard input; returns nothing if there is none yet, in which case the event
//	                     read_line will come, and nil, true at the end of the input
//	fail(message, trace) tells how the program has failed; the computer ends once the bios returns
//	program              what to run, nil for nothing: name, path, dir, args; source and chunk if it is no file
//	beside(thread)       gives a coroutine that waits for any event those that come, besides the bios; the first of them to
//	                     return ends the computer
//	start()              tells that what is written from now on is the program's output; for systems that aren't ours
//	shell                true: boot to the shell
//	screen               true: there is a terminal with keys; false: text mode (see WithScreen)
//
// A system that isn't ours (WithROM) finds the table only if there is a program.
//
// # Ends
//
// A computer ends when the bios returns, with os.shutdown, when the context is done, with the second Terminate, or when the
// VM ends the code for going on and on after "Too long without yielding". A fault in Go code ends the one computer that it
// happened in and is logged.
package runtime

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"path"
	"sync"
	"sync/atomic"
	"time"

	"github.com/luart/luart/eventqueue"
	"github.com/luart/luart/lua"
	"github.com/luart/luart/stdlib"
)

// Computer is one computer. It shares nothing with others.
type Computer struct {
	config   config
	queue    *eventqueue.Queue[stdlib.Event]
	out      *output
	in       *input
	label    string
	ran      atomic.Bool
	asked    atomic.Bool // Terminate was called
	stopped  chan struct{}
	stopOnce sync.Once
}

// Errors with which a computer ends.
var (
	// ErrStopped: the computer was ended from outside, by its context or a second Terminate.
	ErrStopped = errors.New("the computer was stopped")
	// ErrRan: Run was called twice.
	ErrRan = errors.New("the computer has run already")
)

// ProgramError says how the program has failed.
type ProgramError struct {
	// Message is the error's text, with the position in front: "hello.lua:3: attempt to call global 'x' (a nil value)".
	Message string
	// Traceback is empty or begins with "stack traceback:".
	Traceback string
	// Limit reports that the program has come up against a limit: the time between yields or the memory.
	Limit bool
	// Terminated reports that Terminate has ended the program, which let the error pass.
	Terminated bool
}

// Error returns the message.
func (e *ProgramError) Error() string { return e.Message }

// Fault is an error in luart itself: a panic in Go code that a computer's goroutine ran.
type Fault struct {
	Panic any    // what the code has panicked with
	Stack string // the calls then, as debug.Stack has them
}

// Error says what happened, without the stack.
func (f *Fault) Error() string { return fmt.Sprintf("internal error: %v", f.Panic) }

// New makes a computer. It does nothing until Run.
func New(options ...Option) (*Computer, error) {
	c := &Computer{config: defaults(), stopped: make(chan struct{})}
	for _, o := range options {
		if err := o(&c.config); err != nil {
			return nil, err
		}
	}
	c.config.controlProgram()
	c.label = c.config.startLabel()
	c.queue = eventqueue.New(eventqueue.Events[stdlib.Event]{
		Timer:     func(id int) stdlib.Event { return numbered("timer", id) },
		Alarm:     func(id int) stdlib.Event { return numbered("alarm", id) },
		Terminate: func() stdlib.Event { return stdlib.Event{Name: terminate} },
	}, eventqueue.Options{Clock: c.config.clock})
	c.out = newOutput(c.config.stdout, c.config.stderr)
	c.in = newInput(c.config.stdin)
	return c, nil
}

const terminate = "terminate"

func numbered(name string, id int) stdlib.Event {
	return stdlib.Event{Name: name, Args: func() []lua.Value { return []lua.Value{lua.Int(id)} }}
}

// ID returns the computer's number.
func (c *Computer) ID() int { return c.config.id }

// Queue returns the computer's events, for those who post some: any goroutine may.
func (c *Computer) Queue() *eventqueue.Queue[stdlib.Event] { return c.queue }

// Log returns the computer's logger.
func (c *Computer) Log() *slog.Logger { return c.config.logger }

// Terminate asks the program to end, with the event terminate; programs that don't handle it end with the error
// "Terminated". The second call ends the computer, whatever it does, and even if it has started anew since. Any goroutine may
// call it, before Run as well.
func (c *Computer) Terminate() {
	if c.asked.CompareAndSwap(false, true) {
		c.queue.Terminate() // the only error is that the computer has ended
		return
	}
	c.stopOnce.Do(func() { close(c.stopped) })
}

// Run boots the computer and returns when it has ended: the exit code that the program has given os.shutdown, 0 when it has
// returned, or 1 and why it could not: a *ProgramError, a *Fault, ErrStopped, or an error of the standard output. It may be called once.
func (c *Computer) Run(ctx context.Context) (code int, err error) {
	if !c.ran.CompareAndSwap(false, true) {
		return 1, ErrRan
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	go func() {
		select {
		case <-c.stopped:
			cancel()
		case <-ctx.Done():
		}
	}()
	defer func() {
		release(c.queue.Close())
		if flushErr := c.out.close(); flushErr != nil && err == nil {
			code, err = 1, flushErr
		}
	}()
	for {
		start := c.queue.Elapsed()
		end := c.boot(ctx)
		if !end.reboot {
			return end.code, end.err
		}
		if !c.pause(ctx, rebootEvery-(c.queue.Elapsed()-start)) {
			return 1, ErrStopped
		}
	}
}

// rebootEvery is the least time between two boots, so that a program that starts anew again and again leaves the
// processor to others. (CraftOS: 50 ticks.)
const rebootEvery = 50 * eventqueue.GameTick

// pause waits, and reports whether ctx was not done meanwhile.
func (c *Computer) pause(ctx context.Context, d time.Duration) bool {
	if d > 0 {
		over := make(chan struct{})
		timer := c.config.clock.AfterFunc(d, func() { close(over) })
		defer timer.Stop()
		eventqueue.Idle(c.config.clock)
		select {
		case <-over:
		case <-ctx.Done():
		}
	}
	return ctx.Err() == nil
}

// boot runs the computer from one start to the next, or to its end.
func (c *Computer) boot(ctx context.Context) (e end) {
	b := newBoot(c, ctx)
	defer func() {
		b.guard(func() { b.close(e.reboot) })
	}()
	if fault := b.guard(func() { e = b.run() }); fault != nil {
		e = end{code: 1, err: fault}
	}
	return e
}

// release lets go of events that nobody will get.
func release(events []stdlib.Event) {
	for _, e := range events {
		if e.Drop != nil {
			e.Drop()
		}
	}
}

// programTable is what the bios gets to know of the program, nil for none.
func (c *Computer) programTable() lua.Value {
	p := c.config.program
	if p == nil {
		return lua.Nil
	}
	t := lua.NewTable(0, 8)
	name, dir := p.path, ""
	if p.path != "" {
		dir = path.Dir("/" + p.path)[1:]
	}
	if p.hasCode {
		t.SetString("source", lua.String(p.code))
		t.SetString("chunk", lua.String(p.chunk))
		if len(p.chunk) > 1 && (p.chunk[0] == '@' || p.chunk[0] == '=') {
			name = p.chunk[1:]
		}
	}
	t.SetString("name", lua.String(name))
	t.SetString("path", lua.String(p.path))
	t.SetString("dir", lua.String(dir))
	args := lua.NewTable(len(c.config.args), 0)
	for i, a := range c.config.args {
		args.SetInt(i+1, lua.String(a))
	}
	t.SetString("args", args.Value())
	return t.Value()
}
