package http

//lint:file-ignore ST1005 The texts are CraftOS's.

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"time"

	"github.com/luart/luart/lua"
	"github.com/luart/luart/stdlib"
)

const (
	// maxPending bounds the bodies of all requests that have not been answered, in bytes. The program has let go of them, so
	// they don't count against its memory.
	maxPending = 64 << 20
	// accountStep is how many bytes may arrive between two looks at the program's memory.
	accountStep = 64 << 10
	maxTimeout  = 60 // seconds
)

// client is what the programs of one computer ask for: requests, checks of URLs and WebSockets.
//
// The natives and the Args of events run on the computer's goroutine. Each request, check and socket has goroutines of its
// own, which end with the computer.
type client struct {
	computer stdlib.Computer
	options  Options
	network  network
	requests gate
	checks   gate
	pending  atomic.Int64 // bytes of bodies
	sockets  atomic.Int64
	headers  *lua.Table // metatable of tables of response headers
	reserve  lua.Value  // a function that counts bytes against the VM's memory
	arrived  int        // bytes that have not been counted

	denied sync.Once

	ctx    context.Context
	cancel context.CancelFunc

	mu     sync.Mutex
	closed bool
	tasks  sync.WaitGroup
	open   map[*clientSocket]struct{}
}

func newClient(c stdlib.Computer, o Options) *client {
	n, err := newNetwork(o)
	if err != nil { // Rule.Check would have told
		c.Log().Error("http: all addresses are denied", "error", err)
	}
	cl := &client{
		computer: c,
		options:  o,
		network:  n,
		requests: gate{limit: MaxRequests, capacity: MaxQueued},
		checks:   gate{limit: MaxRequests, capacity: MaxQueued},
		headers:  newSpelledHeadersMetatable(),
		reserve: lua.NewFunction("reserve", func(c lua.Call) (lua.Results, error) {
			n, _ := c.Arg(1).AsNumber()
			return 0, c.Reserve(int(n))
		}),
		open: map[*clientSocket]struct{}{},
	}
	cl.ctx, cl.cancel = context.WithCancel(c.Context())
	return cl
}

// natives puts what http.lua wraps into its table: request, checkURL and websocket are those of CraftOS; startRequest and
// startWebsocket are request and websocket that also return an outcome.
func (c *client) natives(t *lua.Table) {
	for _, f := range []struct {
		name string
		fn   lua.GoFunc
	}{
		{"request", c.requestNative}, {"startRequest", c.startRequest}, {"checkURL", c.checkURL},
		{"websocket", c.websocketNative}, {"startWebsocket", c.startWebsocket},
	} {
		t.SetString(f.name, lua.NewFunction(f.name, f.fn))
	}
}

// tellDenied tells the log, once, what to do about addresses that are not public, of which programs get no more than CraftOS's text.
// Who has given rules of his own knows them.
func (c *client) tellDenied(host string, err error) {
	if c.options.Rules == nil && errors.Is(err, errNotPermitted) {
		c.denied.Do(func() {
			c.computer.Log().Warn("http: " + host + " is not on the public internet, so programs may not connect to it; " +
				"luart run --allow-private lets them, and [plugins] allow_private = true the plugins of luart serve")
		})
	}
}

// start runs f on a goroutine of its own, unless the computer ends, which it reports by false.
func (c *client) start(f func(ctx context.Context)) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closed {
		return false
	}
	c.tasks.Go(func() { f(c.ctx) })
	return true
}

// post gives the program an event of which there are few. If the computer ends, the event is dropped, and false returned.
func (c *client) post(e stdlib.Event) bool {
	c.mu.Lock()
	ok := !c.closed && c.computer.Queue().PostInternal(e) == nil
	c.mu.Unlock()
	if !ok && e.Drop != nil {
		e.Drop()
	}
	return ok
}

// close ends all that is under way. What was sent on WebSockets arrives, and they end properly, if that takes no longer than
// ctx allows.
func (c *client) close(ctx context.Context) {
	c.mu.Lock()
	c.closed = true
	sockets := make([]*clientSocket, 0, len(c.open))
	for s := range c.open {
		sockets = append(sockets, s)
	}
	c.mu.Unlock()
	c.requests.forget()
	c.checks.forget()
	for _, s := range sockets {
		s.shut(closeGoingAway, "")
	}
	for _, s := range sockets {
		select {
		case <-s.gone:
		case <-ctx.Done():
		}
	}
	c.cancel()
	ended := make(chan struct{})
	go func() {
		c.tasks.Wait()
		close(ended)
	}()
	select {
	case <-ended:
	case <-time.After(time.Second): // a look-up that the system does not give up is the system's affair now
	}
}

// account counts n bytes that the program gets without having asked for memory. The error is that of the VM's limit.
func (c *client) account(n int) error {
	if c.arrived += n; c.arrived < accountStep {
		return nil
	}
	n, c.arrived = c.arrived, 0
	_, err := c.computer.VM().Call(c.reserve, lua.Int(n))
	return err
}

// requestNative is request(url[, body[, headers[, binary]]]) or request(options) -> true | false, message.
func (c *client) requestNative(call lua.Call) (lua.Results, error) {
	return started(call, lua.Nil, c.begin(call, nil))
}

// startRequest is request that returns true and an outcome.
func (c *client) startRequest(call lua.Call) (lua.Results, error) {
	o := newOutcome()
	return started(call, o.Value(), c.begin(call, o.note))
}

// outcome is a table that is empty until the event of what was started is given to the program: it has the name of that very event
// then, and what follows the URL. Other events for the same URL look alike, and a coroutine may see them first.
type outcome struct{ *lua.Table }

func newOutcome() outcome { return outcome{lua.NewTable(3, 0)} }

// note is for the computer's goroutine.
func (o outcome) note(event string, values []lua.Value) {
	o.SetInt(1, lua.String(event))
	for i, v := range values[1:] {
		o.SetInt(i+2, v)
	}
}

// refusal is an error that a native returns to the program; others are thrown.
type refusal struct{ error }

// started returns what a native does that has started something.
func started(c lua.Call, outcome lua.Value, err error) (lua.Results, error) {
	var refused refusal
	switch {
	case errors.As(err, &refused):
		return c.Return(lua.False, lua.String(refused.Error()))
	case err != nil:
		return 0, err
	case outcome.IsNil():
		return c.Return1(lua.True)
	}
	return c.Return(lua.True, outcome)
}

// begin starts a request. note, unless it is nil, is called when its event is given to the program.
func (c *client) begin(call lua.Call, note func(event string, values []lua.Value)) error {
	r, err := c.checkRequest(call)
	if err != nil {
		return err
	}
	held := int64(len(r.body))
	if c.pending.Add(held) > maxPending {
		c.pending.Add(-held)
		return errTooManyRequests
	}
	if !c.requests.enter(func() {
		c.start(func(ctx context.Context) {
			answer := r.fetch(ctx)
			c.tellDenied(r.url.Host, answer.err)
			c.pending.Add(-held)
			c.answer(ctx, r, answer, note)
		})
	}) {
		c.pending.Add(-held)
		return errTooManyRequests
	}
	return nil
}

var (
	errTooManyRequests = errors.New("Too many ongoing HTTP requests")
	errTooManyChecks   = errors.New("Too many ongoing checkUrl calls")
)

// answer posts the event of a reply, and reads on when it is a stream. The request counts as ongoing until the event has been
// taken, and the stream has ended, so that programs that take no events do not pile bodies up.
func (c *client) answer(ctx context.Context, r *request, a *reply, note func(event string, values []lua.Value)) {
	values := func(s *stream) []lua.Value {
		values := a.values(c, r, s)
		if note != nil {
			note(a.event(), values)
		}
		return values
	}
	if a.source == nil {
		c.post(stdlib.Event{
			Name: a.event(),
			Args: func() []lua.Value {
				c.requests.leave()
				return values(nil)
			},
			Drop: c.requests.leave,
		})
		return
	}
	s := newStream(c, a.source)
	c.post(stdlib.Event{
		Name: a.event(),
		Args: func() []lua.Value { return values(s) },
		Drop: s.close,
	})
	s.pump(ctx)
	c.requests.leave()
}

// checkURL is checkURL(url) -> true | false, message.
func (c *client) checkURL(call lua.Call) (lua.Results, error) {
	text, err := stdlib.CheckString(call, 1)
	if err != nil {
		return 0, err
	}
	u, err := parseRequestURL(text)
	if err != nil {
		return started(call, lua.Nil, refusal{err})
	}
	if !c.checks.enter(func() {
		c.start(func(ctx context.Context) {
			_, err := c.network.route(ctx, u, DefaultTimeout)
			c.post(stdlib.Event{
				Name: "http_check",
				Args: func() []lua.Value {
					c.checks.leave()
					if err != nil {
						return []lua.Value{lua.String(text), lua.False, lua.String(friendly(err).Error())}
					}
					return []lua.Value{lua.String(text), lua.True}
				},
				Drop: c.checks.leave,
			})
		})
	}) {
		return 0, errTooManyChecks
	}
	return call.Return1(lua.True)
}
