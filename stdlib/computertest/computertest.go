// Package computertest has a computer for the tests of host APIs: a VM and a queue, and no more.
//
// Lua code enters; its results and the events of the queue leave, as text. One goroutine, the test's, may use a Computer,
// but for what stdlib.Computer says is safe.
package computertest

import (
	"context"
	"log/slog"
	"strings"
	"testing"

	"github.com/luart/luart/eventqueue"
	"github.com/luart/luart/eventqueue/clocktest"
	"github.com/luart/luart/lua"
	"github.com/luart/luart/stdlib"
)

// Computer is a stdlib.Computer whose clock stands still until the test moves it.
type Computer struct {
	Clock   *clocktest.Clock
	vm      *lua.VM
	queue   *eventqueue.Queue[stdlib.Event]
	log     *slog.Logger
	ctx     context.Context
	cancel  context.CancelFunc
	closers []func(context.Context)
}

// New makes a computer of 64 MiB that ends with the test. open opens the language's libraries, as lualib.Open does.
func New(t testing.TB, open func(*lua.VM)) *Computer {
	t.Helper()
	return NewWithMemory(t, open, 64<<20)
}

// NewWithMemory is New for a computer with another limit of memory, in bytes; 0 is none.
func NewWithMemory(t testing.TB, open func(*lua.VM), memory int64) *Computer {
	t.Helper()
	c := &Computer{vm: lua.NewVM(lua.Options{Memory: memory}), Clock: clocktest.New(), log: slog.New(slog.DiscardHandler)}
	c.ctx, c.cancel = context.WithCancel(context.Background())
	numbered := func(name string) func(int) stdlib.Event {
		return func(id int) stdlib.Event {
			return stdlib.Event{Name: name, Args: func() []lua.Value { return []lua.Value{lua.Int(id)} }}
		}
	}
	c.queue = eventqueue.New(eventqueue.Events[stdlib.Event]{
		Timer: numbered("timer"), Alarm: numbered("alarm"),
		Terminate: func() stdlib.Event { return stdlib.Event{Name: "terminate"} },
	}, eventqueue.Options{Clock: c.Clock})
	t.Cleanup(func() {
		c.Close()
		drop(c.queue.Close())
	})
	open(c.vm)
	return c
}

// VM is that of stdlib.Computer.
func (c *Computer) VM() *lua.VM { return c.vm }

// Queue is that of stdlib.Computer.
func (c *Computer) Queue() *eventqueue.Queue[stdlib.Event] { return c.queue }

// Context is that of stdlib.Computer.
func (c *Computer) Context() context.Context { return c.ctx }

// Log is that of stdlib.Computer.
func (c *Computer) Log() *slog.Logger { return c.log }

// SetLog makes Log return l.
func (c *Computer) SetLog(l *slog.Logger) { c.log = l }

// OnClose is that of stdlib.Computer.
func (c *Computer) OnClose(f func(context.Context)) { c.closers = append(c.closers, f) }

// Close shuts the computer down, as the runtime does before the queue is closed or the computer starts anew: events that
// wait are dropped, what the APIs hold is released, and Context is done. A second call does nothing.
func (c *Computer) Close() {
	drop(c.queue.Clear())
	for len(c.closers) > 0 {
		last := len(c.closers) - 1
		f := c.closers[last]
		c.closers = c.closers[:last]
		f(context.Background())
	}
	c.cancel()
}

func drop(events []stdlib.Event) {
	for _, e := range events {
		if e.Drop != nil {
			e.Drop()
		}
	}
}

// Run runs a chunk named test and returns its results as texts with blanks between, or the error's message.
func (c *Computer) Run(code string) string {
	f, err := c.vm.Load(code, "=test", nil)
	if err != nil {
		return err.Error()
	}
	values, err := c.vm.Call(f)
	if err != nil {
		return err.Error()
	}
	return Texts(values)
}

// Next takes the next event and returns its name and values as texts with blanks between, "" if there is none.
func (c *Computer) Next() string {
	e, ok := c.queue.TryNext()
	if !ok {
		return ""
	}
	return Text(e)
}

// Wait is Next that waits for an event until ctx is done.
func (c *Computer) Wait(ctx context.Context) string {
	e, err := c.queue.Next(ctx)
	if err != nil {
		return err.Error()
	}
	return Text(e)
}

// Events takes all events that wait and returns what Next does for each, with "; " between.
func (c *Computer) Events() string {
	var events []string
	for e := c.Next(); e != ""; e = c.Next() {
		events = append(events, e)
	}
	return strings.Join(events, "; ")
}

// Text makes the values of an event that was taken from the queue, and returns its name and them as texts.
func Text(e stdlib.Event) string {
	if e.Args == nil {
		return e.Name
	}
	return strings.TrimSpace(e.Name + " " + Texts(e.Args()))
}

// Texts returns values as texts with blanks between.
func Texts(values []lua.Value) string {
	texts := make([]string, len(values))
	for i, v := range values {
		texts[i] = v.String()
	}
	return strings.Join(texts, " ")
}
