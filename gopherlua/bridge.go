package gopherlua

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	glua "github.com/yuin/gopher-lua"

	"github.com/luart/luart/lua"
	"github.com/luart/luart/stdlib"
)

const (
	// DefaultTimeout is how long a call of a module function may take.
	DefaultTimeout = time.Minute
	// MaxCalls is how many calls of module functions may be under way in a computer; each has a goroutine.
	MaxCalls = 64
	// openTimeout is how long a module may take to be opened: the computer waits for it.
	openTimeout = 5 * time.Second
	// closeGrace is how long the end of a computer waits for calls that have been told to end.
	closeGrace = 250 * time.Millisecond
)

// Options are those of all modules of a computer; the first Open decides.
type Options struct {
	// Timeout is how long a call of a module function may take, without the time that functions of the script take which it
	// calls; 0 is DefaultTimeout.
	Timeout time.Duration
}

// bridge is the gopher-lua state of a computer and what connects it with the computer's VM.
type bridge struct {
	computer stdlib.Computer
	timeout  time.Duration
	ctx      context.Context
	cancel   context.CancelFunc

	// baton has one element while nobody uses the state. All of this group is for who has taken it.
	baton     chan struct{}
	state     *glua.LState
	operators map[string]*glua.LFunction
	idle      []*glua.LState // threads that have no call
	metas     map[uint32]*lua.Table
	forwards  map[string]lua.Value

	env     *glua.LTable         // the state's globals; never changes
	holder  atomic.Pointer[call] // who has the baton, for messages
	proxies proxies

	mu      sync.Mutex
	running map[*call]struct{} // calls that have a goroutine
	closed  bool
	ended   chan struct{} // closed when the last one has ended, after closed
}

type bridgeKey struct{}

// Open opens a module: it calls the loader, whose result is the module as scripts see it. It runs on the computer's goroutine, and waits for
// the loader for five seconds at most. The error is the loader's.
func Open(c stdlib.Computer, name string, loader glua.LGFunction, o Options) (lua.Value, error) {
	b, ok := c.VM().Local(bridgeKey{}).(*bridge)
	if !ok {
		var err error
		if b, err = newBridge(c, o); err != nil {
			return lua.Nil, fmt.Errorf("cannot start gopher-lua: %w", err)
		}
		c.VM().SetLocal(bridgeKey{}, b)
	}
	answered := make(chan struct{})
	cl := b.newCall(name, &glua.LFunction{IsG: true, GFunction: loader, Env: b.env}, []glua.LValue{glua.LString(name)})
	cl.limit = min(cl.limit, openTimeout)
	cl.left = cl.limit
	cl.prefix = name
	cl.answered = func() { close(answered) }
	if err := cl.start(); err != nil {
		return lua.Nil, err
	}
	select {
	case <-answered:
	case <-b.ctx.Done():
		return lua.Nil, errEnded
	}
	done, _ := cl.take()
	if done.err != nil {
		return lua.Nil, done.err
	}
	if len(done.values) == 0 {
		return lua.True, nil
	}
	return done.values[0], nil
}

var errEnded = errors.New("the computer is shutting down")

func newBridge(c stdlib.Computer, o Options) (*bridge, error) {
	b := &bridge{
		computer: c, timeout: o.Timeout, baton: make(chan struct{}, 1),
		metas: map[uint32]*lua.Table{}, running: map[*call]struct{}{}, ended: make(chan struct{}),
	}
	if b.timeout <= 0 {
		b.timeout = DefaultTimeout
	}
	b.proxies.init()
	if err := b.newState(); err != nil {
		return nil, err
	}
	b.makeForwards()
	b.ctx, b.cancel = context.WithCancel(c.Context())
	b.baton <- struct{}{}
	c.OnClose(b.close)
	return b, nil
}

// registryLimit is how many values a gopher-lua thread may hold at a time: arguments, results and variables of all functions that run.
const registryLimit = 1 << 18

// newState makes the state, with the libraries that reach nothing outside of it.
func (b *bridge) newState() error {
	l := glua.NewState(glua.Options{
		SkipOpenLibs: true, MinimizeStackMemory: true,
		RegistrySize: 256, RegistryGrowStep: registryLimit / 32, RegistryMaxSize: registryLimit,
	})
	b.state, b.env = l, l.Env
	for _, open := range []glua.LGFunction{
		glua.OpenPackage, glua.OpenBase, glua.OpenTable, glua.OpenString, glua.OpenMath, glua.OpenCoroutine,
	} {
		if err := l.CallByParam(glua.P{Fn: l.NewFunction(open), Protect: true}); err != nil {
			return err
		}
	}
	for _, name := range []string{"dofile", "loadfile"} {
		l.SetGlobal(name, glua.LNil)
	}
	// What is left of require are the modules that others have preloaded, not the host's files.
	if p, ok := l.GetGlobal("package").(*glua.LTable); ok {
		p.RawSetString("path", glua.LString(""))
		if loaders, ok := p.RawGetString("loaders").(*glua.LTable); ok {
			loaders.RawSetInt(2, glua.LNil)
		}
	}
	if lib, ok := l.GetGlobal("coroutine").(*glua.LTable); ok {
		lendContext(lib)
	}
	l.SetGlobal("print", l.NewFunction(func(l *glua.LState) int {
		words := make([]string, l.GetTop())
		for i := range words {
			words[i] = l.ToStringMeta(l.Get(i + 1)).String()
		}
		b.computer.Log().Info("a gopher-lua module prints", "text", strings.Join(words, "\t"))
		return 0
	}))
	return b.loadOperators()
}

// lendContext changes the library of coroutines such that a coroutine works for the call that resumes it: by itself it would for the one that
// has made it, and be of no use when that one is over.
func lendContext(lib *glua.LTable) {
	lend := func(l *glua.LState, co glua.LValue) {
		if co, ok := co.(*glua.LState); ok && l.Context() != nil {
			co.SetContext(l.Context())
		}
	}
	if resume, ok := lib.RawGetString("resume").(*glua.LFunction); ok {
		plain := resume.GFunction
		resume.GFunction = func(l *glua.LState) int {
			lend(l, l.Get(1))
			return plain(l)
		}
	}
	if wrap, ok := lib.RawGetString("wrap").(*glua.LFunction); ok {
		plain := wrap.GFunction
		wrap.GFunction = func(l *glua.LState) int {
			n := plain(l)
			if fn, ok := l.Get(-1).(*glua.LFunction); ok && len(fn.Upvalues) == 1 {
				plain, co := fn.GFunction, fn.Upvalues[0]
				fn.GFunction = func(l *glua.LState) int {
					lend(l, co.Value())
					return plain(l)
				}
			}
			return n
		}
	}
}

// enter takes the baton for a call, and fails if the call is over before.
func (b *bridge) enter(cl *call) bool {
	select {
	case <-b.baton:
		cl.holds = true
		b.holder.Store(cl)
		return true
	case <-cl.ctx.Done():
		return false
	}
}

func (b *bridge) leave(cl *call) {
	cl.holds = false
	b.holder.Store(nil)
	b.baton <- struct{}{}
}

// thread returns a gopher-lua thread that has nothing to do. The caller has the baton.
func (b *bridge) thread() *glua.LState {
	if n := len(b.idle); n > 0 {
		th := b.idle[n-1]
		b.idle = b.idle[:n-1]
		return th
	}
	th, _ := b.state.NewThread()
	return th
}

// close ends all calls. One that does not end, because its function waits for something that nobody can break off, is left alone: its
// goroutine ends with the function.
func (b *bridge) close(ctx context.Context) {
	b.cancel()
	b.mu.Lock()
	b.closed = true
	busy := len(b.running) > 0
	b.mu.Unlock()
	if busy {
		patience := time.NewTimer(closeGrace)
		defer patience.Stop()
		select {
		case <-b.ended:
		case <-patience.C:
		}
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	for cl := range b.running {
		b.computer.Log().Warn("a function of a gopher-lua module goes on although its computer has ended", "function", cl.name)
	}
	if len(b.running) == 0 {
		b.state.Close()
	}
}
