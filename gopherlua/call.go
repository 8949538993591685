package gopherlua

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"strings"
	"sync"
	"time"

	glua "github.com/yuin/gopher-lua"

	"github.com/luart/luart/lua"
	"github.com/luart/luart/stdlib"
)

// eventName is the event by which the computer learns that a call has an answer, or wants a function of the script to be called. It has no
// values: a coroutine that waits looks at its own call.
const eventName = "gopher_module"

// call is one call of a module's function.
type call struct {
	bridge *bridge
	name   string
	fn     glua.LValue
	args   []glua.LValue
	ctx    context.Context
	cancel context.CancelFunc
	// answered tells the computer that there is something to take; on any goroutine.
	answered func()
	// prefix is what names of functions among the results begin with: the module's for a loader, the field's for __index.
	prefix string

	// For the goroutine of the call.
	holds    bool // it has the baton
	together bool // its function waits for other goroutines that use its gopher-lua thread
	thrown   glua.LValue
	origin   lua.Value // what thrown was in the script

	mu      sync.Mutex
	over    bool
	outcome *outcome  // not taken yet
	wanted  *callback // not taken yet
	timer   *time.Timer
	limit   time.Duration
	left    time.Duration // of limit
	since   time.Time     // when it was set
	begun   bool          // the function runs
}

// outcome is how a call has ended.
type outcome struct {
	values []lua.Value
	bytes  int
	err    error
}

// callback is a function of the script that a module's function calls.
type callback struct {
	fn     lua.Value
	args   []lua.Value
	bytes  int
	answer chan reply // has room for one
}

// reply is what has become of it.
type reply struct {
	values []glua.LValue
	failed bool
	thrown glua.LValue // if failed
	origin lua.Value
}

// callContext is the context of the gopher-lua threads of a call: functions find the call by it.
type callContext struct {
	context.Context
	call *call
}

type callKey struct{}

func (c callContext) Value(key any) any {
	if key == (callKey{}) {
		return c.call
	}
	return c.Context.Value(key)
}

// callOf returns the call that a gopher-lua thread, or something else with its context, works for; nil for none.
func callOf(ctx context.Context) *call {
	if ctx == nil {
		return nil
	}
	cl, _ := ctx.Value(callKey{}).(*call)
	return cl
}

func (b *bridge) newCall(name string, fn glua.LValue, args []glua.LValue) *call {
	cl := &call{bridge: b, name: name, fn: fn, args: args, limit: b.timeout, left: b.timeout}
	ctx, cancel := context.WithCancel(b.ctx)
	cl.ctx, cl.cancel = callContext{ctx, cl}, cancel
	cl.answered = func() {
		// The only error is that the computer has ended.
		b.computer.Queue().PostInternal(stdlib.Event{Name: eventName})
	}
	return cl
}

var errTooMany = fmt.Errorf("too many calls of gopher-lua modules at a time (at most %d)", MaxCalls)

// start begins the call on a goroutine of its own.
func (cl *call) start() error {
	b := cl.bridge
	b.mu.Lock()
	defer b.mu.Unlock()
	switch {
	case b.closed:
		cl.cancel()
		return errEnded
	case len(b.running) >= MaxCalls:
		cl.cancel()
		return errTooMany
	}
	b.running[cl] = struct{}{}
	cl.mu.Lock()
	cl.since = time.Now()
	cl.timer = time.AfterFunc(cl.left, cl.tooLong)
	cl.mu.Unlock()
	go cl.run()
	return nil
}

// invoke is a call that the running coroutine waits for.
func (b *bridge) invoke(c lua.Call, name string, fn glua.LValue) (lua.Results, error) {
	out := outward{bridge: b, call: c}
	args, err := out.arguments()
	if err != nil {
		return 0, err
	}
	cl := b.newCall(name, fn, args)
	if name == "__index" && len(args) == 2 {
		if field, ok := args[1].(glua.LString); ok && len(field) <= longestName {
			cl.prefix = string(field)
		}
	}
	w := &waiter{call: cl}
	w.next = w.resume
	res, err := c.Yield(w.next, waitFor)
	if err != nil {
		cl.cancel()
		return 0, err
	}
	if err := cl.start(); err != nil {
		cl.finish(outcome{err: err}) // the coroutine learns it like any answer
		return res, nil
	}
	// A coroutine that nobody resumes any more is collected; its call ends then.
	runtime.AddCleanup(w, func(cl *call) { cl.abandon(errDropped) }, cl)
	return res, nil
}

var (
	waitFor    = lua.Constant(eventName)
	errDropped = errors.New("the coroutine that has called it is gone")
)

// waiter is the coroutine's end of a call: only the coroutine refers to it.
type waiter struct {
	call *call
	next lua.Cont
}

// resume goes on when an event has come.
func (w *waiter) resume(c lua.Call) (lua.Results, error) {
	if stdlib.IsTerminate(c) {
		w.call.abandon(stdlib.ErrTerminated)
		return 0, stdlib.ErrTerminated
	}
	done, wanted := w.call.take()
	switch {
	case done != nil:
		return done.deliver(c)
	case wanted != nil:
		if err := c.Reserve(wanted.bytes); err != nil {
			return w.reply(c, wanted, &lua.Error{Value: lua.String(err.Error())})
		}
		return c.PCallThen(wanted.fn, func(c lua.Call, err *lua.Error) (lua.Results, error) {
			return w.reply(c, wanted, err)
		}, wanted.args...)
	}
	return c.Yield(w.next, waitFor)
}

// reply gives the module's function the results of a function of the script, or its error.
func (w *waiter) reply(c lua.Call, wanted *callback, failure *lua.Error) (lua.Results, error) {
	out := outward{bridge: w.call.bridge, call: c}
	var r reply
	if failure == nil {
		values, err := out.arguments()
		if err != nil {
			failure = &lua.Error{Value: lua.String(err.Error())}
		}
		r.values = values
	}
	if failure != nil {
		thrown, err := out.single(failure.Value)
		if err != nil {
			thrown = glua.LString(failure.Error())
		}
		r = reply{failed: true, thrown: thrown, origin: failure.Value}
	}
	wanted.answer <- r
	return c.Yield(w.next, waitFor)
}

// deliver returns the results to the script.
func (o *outcome) deliver(c lua.Call) (lua.Results, error) {
	if o.err != nil {
		return 0, o.err
	}
	if err := c.Reserve(o.bytes); err != nil {
		return 0, err
	}
	slots, res, err := c.ReturnSlots(len(o.values))
	copy(slots, o.values)
	return res, err
}

// take returns what the computer has to do for the call; both are nil if there is nothing.
func (cl *call) take() (done *outcome, wanted *callback) {
	cl.mu.Lock()
	defer cl.mu.Unlock()
	done, wanted = cl.outcome, cl.wanted
	cl.wanted = nil
	return done, wanted
}

// finish says how the call has ended; the first to say so is believed.
func (cl *call) finish(o outcome) {
	cl.mu.Lock()
	first := !cl.over
	if first {
		cl.over, cl.outcome, cl.wanted = true, &o, nil
		if cl.timer != nil {
			cl.timer.Stop()
		}
	}
	cl.mu.Unlock()
	cl.cancel()
	if first {
		cl.answered()
	}
}

// abandon ends the call although nobody waits for its answer.
func (cl *call) abandon(err error) {
	cl.mu.Lock()
	if !cl.over {
		cl.over, cl.outcome, cl.wanted = true, &outcome{err: err}, nil
		cl.timer.Stop()
	}
	cl.mu.Unlock()
	cl.cancel()
}

// tooLong ends a call whose time is over.
func (cl *call) tooLong() {
	cl.mu.Lock()
	begun := cl.begun
	cl.mu.Unlock()
	if begun {
		cl.finish(outcome{err: fmt.Errorf("%s: the module's function has not answered within %v", cl.name, cl.limit)})
		return
	}
	other := "another call"
	if h := cl.bridge.holder.Load(); h != nil {
		other = h.name
	}
	cl.finish(outcome{err: fmt.Errorf("%s: %s has kept gopher-lua busy for %v", cl.name, other, cl.limit)})
}

// pause stops the call's time while the script's own runs.
func (cl *call) pause() {
	cl.mu.Lock()
	defer cl.mu.Unlock()
	cl.timer.Stop()
	cl.left = max(cl.left-time.Since(cl.since), time.Millisecond)
}

func (cl *call) unpause() {
	cl.mu.Lock()
	defer cl.mu.Unlock()
	if !cl.over {
		cl.since = time.Now()
		cl.timer.Reset(cl.left)
	}
}

// run is the goroutine of the call.
func (cl *call) run() {
	b := cl.bridge
	o := outcome{err: fmt.Errorf("%s: the module has ended its goroutine", cl.name)} // unless it comes to its end
	defer func() {
		if cl.holds {
			b.leave(cl)
		}
		cl.args, cl.fn = nil, nil
		b.mu.Lock()
		delete(b.running, cl)
		if b.closed && len(b.running) == 0 {
			close(b.ended)
		}
		b.mu.Unlock()
		cl.finish(o)
	}()
	if !b.enter(cl) {
		return
	}
	cl.mu.Lock()
	cl.begun = true
	cl.mu.Unlock()
	th := b.thread()
	th.SetContext(cl.ctx)
	b.state.G.CurrentThread = th
	in := inward{bridge: b}
	th.Push(&glua.LFunction{IsG: true, Env: b.env, GFunction: func(l *glua.LState) int {
		l.Push(cl.fn)
		for _, v := range cl.args {
			l.Push(v)
		}
		l.Call(len(cl.args), glua.MultRet)
		o = in.results(l, cl.prefix)
		return 0
	}})
	if err := th.PCall(0, 0, nil); err != nil {
		o = outcome{err: cl.failure(err)}
		return // what a panic has left of the thread is not used again
	}
	th.SetTop(0)
	th.RemoveContext()
	// One that has had many values keeps the room for them.
	if len(b.idle) < 4 && len(cl.args)+len(o.values) < 256 {
		b.idle = append(b.idle, th)
	}
}

// failure is what the script gets of an error of the module. Text gets the position of the script's call in front.
func (cl *call) failure(err error) error {
	var api *glua.ApiError
	if !errors.As(err, &api) {
		return fmt.Errorf("%s: %w", cl.name, err)
	}
	if api.Type == glua.ApiErrorPanic {
		cl.bridge.computer.Log().Error("a gopher-lua module has panicked", "function", cl.name, "panic", api.Object.String())
		return fmt.Errorf("%s: panic in the module: %s", cl.name, api.Object.String())
	}
	if cl.thrown != nil && cl.thrown == api.Object {
		return &lua.Error{Value: cl.origin} // the script's own, on its way through
	}
	if text, ok := api.Object.(glua.LString); ok {
		// gopher-lua puts "position " in front, and there is none where Go calls Go.
		message := strings.TrimPrefix(strings.TrimPrefix(string(text), " "), operatorChunk+":1: ")
		// It knows a function by the line that calls it, too.
		if rest, ok := strings.CutPrefix(message, "bad argument #"); ok && cl.name != unnamed {
			if n, rest, ok := strings.Cut(rest, " to (anonymous) ("); ok {
				message = "bad argument #" + n + " to " + cl.name + " (" + rest
			}
		}
		return errors.New(message)
	}
	in := inward{bridge: cl.bridge}
	v, err := in.single(api.Object)
	if err != nil {
		return fmt.Errorf("%s: %s (the error's value: %w)", cl.name, api.Object.String(), err)
	}
	return &lua.Error{Value: v}
}

// ask has the script call one of its functions, and waits for the results. The baton is down meanwhile.
func (cl *call) ask(l *glua.LState, fn lua.Value) int {
	in := inward{bridge: cl.bridge}
	o := in.results(l, "")
	if o.err != nil {
		l.RaiseError("%s", o.err.Error())
	}
	wanted := &callback{fn: fn, args: o.values, bytes: o.bytes, answer: make(chan reply, 1)}
	var r reply
	cl.aside(func() {
		cl.pause()
		defer cl.unpause()
		cl.mu.Lock()
		over := cl.over
		if !over {
			cl.wanted = wanted
		}
		cl.mu.Unlock()
		if over {
			r = reply{failed: true, thrown: glua.LString(errOver)}
			return
		}
		cl.answered()
		select {
		case r = <-wanted.answer:
		case <-cl.ctx.Done():
			r = reply{failed: true, thrown: glua.LString(errOver)}
		}
	})
	if r.failed {
		cl.thrown, cl.origin = r.thrown, r.origin
		l.Error(r.thrown, 0)
	}
	l.SetTop(0)
	for _, v := range r.values {
		l.Push(v)
	}
	return len(r.values)
}

const errOver = "the call is over"

// aside runs f while others may use the state.
func (cl *call) aside(f func()) {
	g := cl.bridge.state.G
	current := g.CurrentThread
	cl.bridge.leave(cl)
	defer func() {
		select {
		case <-cl.bridge.baton:
		case <-cl.ctx.Done():
			// The module's function should get to know that it is over, but not at the price of a goroutine that waits for ever.
			patience := time.NewTimer(closeGrace / 2)
			defer patience.Stop()
			select {
			case <-cl.bridge.baton:
			case <-patience.C:
				runtime.Goexit()
			}
		}
		cl.holds = true
		cl.bridge.holder.Store(cl)
		g.CurrentThread = current
	}()
	f()
}

// Wait runs f, which may take long, such that other calls of the computer's modules go on meanwhile. It is for functions of modules, on the goroutine
// that called them. f must not touch l or values of gopher-lua; it should end when l.Context() is done. Modules that do not call Wait work as well: only, while
// one of their functions waits, other functions of modules do too.
func Wait(l *glua.LState, f func()) {
	if cl := callOf(l.Context()); cl != nil {
		cl.wait(f)
	} else {
		f()
	}
}

func (cl *call) wait(f func()) {
	if cl.together {
		f()
	} else {
		cl.aside(f)
	}
}
