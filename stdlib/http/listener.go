package http

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	nethttp "net/http"
	"net/netip"
	"os"
	"sync"
	"sync/atomic"
	"time"

	"github.com/luart/luart/eventqueue"
	"github.com/luart/luart/lua"
	"github.com/luart/luart/stdlib"
)

// listener accepts the connections of one port. It is made and removed on the computer's goroutine; net/http calls
// Accept, ServeHTTP and connState on its own.
type listener struct {
	servers   *servers
	port      int
	portValue lua.Value // a number, which may be read on any goroutine
	set       settings
	net.Listener
	server *nethttp.Server

	ctx     context.Context // done: unanswered requests are given up
	cancel  context.CancelFunc
	ended   chan struct{} // closed: no further connections
	removed chan struct{} // closed: no further requests
	gone    chan struct{} // closed when all connections have ended
	closing sync.Once

	slots    chan struct{} // one token per connection
	waiting  atomic.Int64  // requests whose event the script has not taken
	buffered atomic.Int64  // bytes of bodies held
	handling atomic.Int64  // requests that are neither answered nor given up
	idle     chan struct{} // gets a token when handling becomes 0 after the removal
}

// newListener takes the port, 0 being any free one.
func newListener(s *servers, port int, set settings) (*listener, error) {
	network := "tcp" // :: takes IPv4 as well
	if set.host.Is4() {
		network = "tcp4"
	}
	ln, err := net.ListenTCP(network, net.TCPAddrFromAddrPort(netip.AddrPortFrom(set.host, uint16(port))))
	if err != nil {
		return nil, err
	}
	port = ln.Addr().(*net.TCPAddr).Port
	if err := ports.take(port, s); err != nil {
		ln.Close()
		return nil, err
	}
	ctx, cancel := context.WithCancel(s.computer.Context())
	l := &listener{
		servers:   s,
		port:      port,
		portValue: lua.Int(port),
		set:       set,
		Listener:  ln,
		ctx:       ctx,
		cancel:    cancel,
		ended:     make(chan struct{}),
		removed:   make(chan struct{}),
		gone:      make(chan struct{}),
		slots:     make(chan struct{}, set.maxConnections),
		idle:      make(chan struct{}, 1),
	}
	l.server = &nethttp.Server{
		Handler:                      l,
		DisableGeneralOptionsHandler: true,
		ReadHeaderTimeout:            set.headerTimeout,
		IdleTimeout:                  set.idleTimeout,
		// It counts from the end of a request's headers.
		WriteTimeout:   set.bodyTimeout + set.responseTimeout + set.writeTimeout,
		MaxHeaderBytes: int(set.maxHeader),
		ConnState:      l.connState,
		ErrorLog:       slog.NewLogLogger(s.computer.Log().Handler(), slog.LevelWarn),
		BaseContext:    func(net.Listener) context.Context { return ctx },
	}
	return l, nil
}

// start begins to serve.
func (l *listener) start() {
	go func() {
		err := l.server.Serve(l)
		select {
		case <-l.ended:
		default:
			l.servers.computer.Log().Error("http: a listener has failed", "port", l.port, "error", err)
		}
	}()
}

// Accept returns the next connection once there are less than max_connections; the others wait in the system's backlog.
func (l *listener) Accept() (net.Conn, error) {
	select {
	case l.slots <- struct{}{}:
	case <-l.ended:
		return nil, net.ErrClosed
	}
	conn, err := l.Listener.Accept()
	if err != nil {
		<-l.slots
	}
	return conn, err
}

// Close stops Accept. net/http calls it again, which does nothing.
func (l *listener) Close() error {
	l.closing.Do(func() {
		close(l.ended)
		l.Listener.Close() // waits until the port is free
		ports.release(l.port)
	})
	return nil
}

// connState gives the token of a connection that has ended back.
func (l *listener) connState(_ net.Conn, s nethttp.ConnState) {
	if s == nethttp.StateClosed {
		<-l.slots
	}
}

// lastFlush is how long connections may take to end once their requests are answered: net/http has a few kilobytes in
// hand at most. Connections on which nothing has been asked are closed after it.
const lastFlush = 250 * time.Millisecond

// remove frees the port and refuses what comes on the connections that are open. Requests that the script has taken may
// still be answered; those that it hasn't get 503, unless another listener takes the place of this one: then their events
// are as good as that one's. It does not wait.
func (l *listener) remove(replaced bool) {
	l.Close()
	l.server.SetKeepAlivesEnabled(false) // first, so that the answers say so
	if !replaced {
		close(l.removed)
	}
	go func() {
		defer close(l.gone)
		defer l.servers.forget(l)
		defer l.cancel()
		l.waitIdle()
		ctx, cancel := context.WithTimeout(context.Background(), lastFlush)
		defer cancel()
		if l.server.Shutdown(ctx) != nil {
			l.server.Close()
		}
	}()
}

// waitIdle returns when no request is being handled. Each has its deadline.
func (l *listener) waitIdle() {
	for l.handling.Load() > 0 {
		select {
		case <-l.idle:
		case <-time.After(time.Second): // a request may have come in between
		}
	}
}

var errTimedOut = errors.New("timed out")

// timers are those of response_timeout, kept because each request needs one.
var timers = sync.Pool{New: func() any { return time.NewTimer(time.Hour) }}

// ServeHTTP takes one request through; net/http calls it on the connection's goroutine.
func (l *listener) ServeHTTP(w nethttp.ResponseWriter, r *nethttp.Request) {
	l.handling.Add(1)
	defer l.handled()
	select {
	case <-l.removed:
		refuse(w, nethttp.StatusServiceUnavailable, "The server has ended.")
		return
	default:
	}
	if !l.set.mayAsk(r.Host) {
		refuse(w, nethttp.StatusMisdirectedRequest, "This server does not answer to the name in the request's Host header. "+
			"It listens on loopback addresses; names beyond localhost must be given in its option allowed_hosts.")
		return
	}
	e := &exchange{listener: l, done: make(chan struct{})}
	p := &content{request: r}
	e.content.Store(p)
	defer e.release()
	if r.ContentLength != 0 && !l.readBody(w, r, e, p) {
		return
	}
	if l.waiting.Add(1) > l.set.maxWaiting {
		l.waiting.Add(-1)
		refuse(w, nethttp.StatusServiceUnavailable, "Too many requests are waiting.")
		return
	}
	switch l.await(r.Context(), e) {
	case closed:
		p.send(w)
	case left:
	case late:
		refuse(w, nethttp.StatusServiceUnavailable, "The server did not answer in time.")
	case withdrawn, abandoned:
		refuse(w, nethttp.StatusServiceUnavailable, "The server has ended.")
	default:
		refuse(w, nethttp.StatusServiceUnavailable, "The server is shutting down.")
	}
}

func (l *listener) handled() {
	if l.handling.Add(-1) > 0 {
		return
	}
	select {
	case l.idle <- struct{}{}:
	default:
	}
}

// await posts the request's event and waits for its end, which it returns.
func (l *listener) await(ctx context.Context, e *exchange) state {
	t := timers.Get().(*time.Timer)
	t.Reset(l.set.responseTimeout)
	defer func() {
		t.Stop() // since Go 1.23 nothing of it can be left in the channel
		timers.Put(t)
	}()

	queue := l.servers.computer.Queue()
	event := stdlib.Event{Name: "http_request", Args: e.deliver, Drop: e.drop}
	err := queue.TryPost(event)
	if err == eventqueue.ErrFull {
		err = l.post(ctx, queue, event)
	}
	if err != nil {
		switch cause := context.Cause(ctx); {
		case errors.Is(err, errTimedOut):
			e.end(late)
		case errors.Is(err, net.ErrClosed):
			e.end(withdrawn)
		case cause != nil && l.ctx.Err() == nil:
			e.end(left)
		default:
			e.end(stopped)
		}
		return state(e.state.Load())
	}

	removed := l.removed
	for {
		select {
		case <-e.done:
		case <-t.C:
			if !e.end(late) {
				<-e.done // the script was faster
			}
		case <-ctx.Done():
			to := left
			if l.ctx.Err() != nil {
				to = stopped
			}
			if !e.end(to) {
				<-e.done
			}
		case <-removed:
			removed = nil
			if !e.withdraw() {
				continue // the script has it, and may answer
			}
		}
		return state(e.state.Load())
	}
}

// post waits for room in the queue: until the client leaves, the listener is removed (net.ErrClosed), or the time for the
// response is over (errTimedOut).
func (l *listener) post(ctx context.Context, queue *eventqueue.Queue[stdlib.Event], event stdlib.Event) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	timer := time.AfterFunc(l.set.responseTimeout, func() { cancel(errTimedOut) })
	defer timer.Stop()
	posted := make(chan struct{})
	defer close(posted)
	go func() {
		select {
		case <-l.removed:
			cancel(net.ErrClosed)
		case <-posted:
		}
	}()
	err := queue.Post(ctx, event)
	if err != nil && ctx.Err() != nil {
		return context.Cause(ctx)
	}
	return err
}

// readBody reads the request's body, and answers itself and returns false if that can't be done.
func (l *listener) readBody(w nethttp.ResponseWriter, r *nethttp.Request, e *exchange, p *content) bool {
	tooLarge := func() bool {
		refuseAndClose(w, nethttp.StatusRequestEntityTooLarge, fmt.Sprintf("The request's body may have %d bytes.", l.set.maxBody))
		return false
	}
	if r.ContentLength > l.set.maxBody {
		return tooLarge()
	}
	control := nethttp.NewResponseController(w)
	if err := control.SetReadDeadline(time.Now().Add(l.set.bodyTimeout)); err != nil {
		return false // the connection has ended
	}
	stop := context.AfterFunc(l.ctx, func() { _ = control.SetReadDeadline(time.Unix(1, 0)) })
	defer stop()
	// Room for what was announced, one byte to see the end, and not more than little for a client that only announces.
	size := int64(512)
	if r.ContentLength > 0 {
		size = min(r.ContentLength+1, 64<<10)
	}
	body := make([]byte, 0, size)
	for {
		if len(body) == cap(body) {
			body = append(body, 0)[:len(body)]
		}
		n, err := r.Body.Read(body[len(body):cap(body)])
		body = body[:len(body)+n]
		if int64(len(body)) > l.set.maxBody {
			return tooLarge()
		}
		if !e.charge(n) {
			refuseAndClose(w, nethttp.StatusServiceUnavailable, "The server holds too many requests.")
			return false
		}
		switch {
		case err == nil:
		case err == io.EOF:
			p.body.text = string(body)
			return control.SetReadDeadline(time.Time{}) == nil
		case l.ctx.Err() != nil:
			refuseAndClose(w, nethttp.StatusServiceUnavailable, "The server is shutting down.")
			return false
		case errors.Is(err, os.ErrDeadlineExceeded):
			refuseAndClose(w, nethttp.StatusRequestTimeout, "The request's body did not arrive in time.")
			return false
		case errors.Is(err, io.ErrUnexpectedEOF) || r.Context().Err() != nil:
			return false // the client has gone
		default:
			refuseAndClose(w, nethttp.StatusBadRequest, "The request's body is malformed.")
			return false
		}
	}
}

// refuse answers in the server's own name.
func refuse(w nethttp.ResponseWriter, status int, text string) {
	h := w.Header()
	for name, values := range plainText {
		h[name] = values
	}
	if status == nethttp.StatusServiceUnavailable {
		h["Retry-After"] = []string{"1"}
	}
	w.WriteHeader(status)
	_, _ = io.WriteString(w, text+"\n")
}

// refuseAndClose is refuse for a request whose rest is not worth reading: without the header, net/http would read some of
// it first.
func refuseAndClose(w nethttp.ResponseWriter, status int, text string) {
	w.Header()["Connection"] = []string{"close"}
	refuse(w, status, text)
}
