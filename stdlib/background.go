package stdlib

import (
	"context"
	"strconv"
	"sync"
	"sync/atomic"

	"github.com/luart/luart/lua"
)

// This file is for functions that wait for work on other goroutines: the calling coroutine yields meanwhile, and other
// coroutines of the program run.

// ErrTerminated is what a function that waits ends with on a terminate event: the text alone, as os.pullEvent throws it, by which the
// end that a user has asked for is told from a failure. It may be returned from any computer's functions.
var ErrTerminated error = &lua.Error{Value: lua.Constant("Terminated")}

// IsTerminate reports whether a function that has yielded goes on with a terminate event, which passes all filters. Such a function ends
// with ErrTerminated.
func IsTerminate(c lua.Call) bool {
	name, ok := c.Arg(1).AsString()
	return ok && name == "terminate"
}

// waits counts all waits of the process, so that each has an event of its own.
var waits atomic.Uint64

// Wait is what one call of a function waits for.
type Wait struct {
	computer Computer
	name     string
	cancel   func()
	finished atomic.Bool
}

// NewWait makes a wait. cancel is called, on the computer's goroutine, if the program is terminated meanwhile; it may be nil.
func NewWait(c Computer, cancel func()) *Wait {
	return &Wait{computer: c, name: "luart_wait_" + strconv.FormatUint(waits.Add(1), 10), cancel: cancel}
}

// Finish ends the wait. Any goroutine may call it, once; what it wrote before is seen by the function that Then was given.
func (w *Wait) Finish() {
	w.finished.Store(true)
	_ = w.computer.Queue().PostInternal(Event{Name: w.name}) // the error is that the computer has ended, and so has the wait
}

// Then yields until the wait is over, and goes on with k, which finds no arguments of use. Use it as the operand of return.
func (w *Wait) Then(c lua.Call, k lua.Cont) (lua.Results, error) {
	name := lua.String(w.name)
	var look lua.Cont
	look = func(c lua.Call) (lua.Results, error) {
		if w.finished.Load() {
			return k(c)
		}
		if IsTerminate(c) {
			if w.cancel != nil {
				w.cancel()
			}
			return 0, ErrTerminated
		}
		return c.Yield(look, name)
	}
	return c.Yield(look, name)
}

// Background is the work that an API has under way on goroutines of its own. It ends with the computer.
type Background struct {
	computer Computer
	limit    int
	ctx      context.Context
	running  atomic.Int64
	group    sync.WaitGroup
}

// NewBackground makes room for so many pieces of work at a time. When the computer closes, their context is done, and they
// are waited for.
func NewBackground(c Computer, limit int) *Background {
	ctx, cancel := context.WithCancel(c.Context())
	b := &Background{computer: c, limit: limit, ctx: ctx}
	c.OnClose(func(context.Context) { cancel(); b.group.Wait() })
	return b
}

// Full reports whether Run would fail for want of room.
func (b *Background) Full() bool { return int(b.running.Load()) >= b.limit }

// Run runs work on a goroutine of its own while the calling coroutine yields, then k. Work ends soon after its context is done,
// which it is when the program is terminated. Run is for the computer's goroutine, and its result for the operand of return; there must be room.
func (b *Background) Run(c lua.Call, work func(ctx context.Context), k lua.Cont) (lua.Results, error) {
	ctx, cancel := context.WithCancel(b.ctx)
	w := NewWait(b.computer, cancel)
	b.running.Add(1)
	b.group.Go(func() {
		defer cancel()
		work(ctx)
		b.running.Add(-1)
		w.Finish()
	})
	return w.Then(c, k)
}
