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
	"strconv"
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
	served  chan struct{} // closed when no connection comes any more
	gone    chan struct{} // closed when all connections have ended
	closing sync.Once

	slots    chan struct{} // one token per connection
	waiting  atomic.Int64  // requests whose event the script has not taken
	buffered atomic.Int64  // bytes of bodies held
	inboxes  atomic.Int64  // bytes that have come on WebSockets and that the script has not received
	handling atomic.Int64  // requests that are neither answered nor given up
	idle     chan struct{} // gets a token when handling becomes 0 after the removal

	sockets  socketSet     // the WebSockets, which count as handled until they end
	upgrades *socketServer // of http.websocketServer: then all requests are handshakes
}

// newListener takes the port, 0 being any free one; or a socket that listens on it already, unless it is nil.
func newListener(s *servers, port int, set settings, ln net.Listener) (*listener, error) {
	if ln == nil {
		network := "tcp" // :: takes IPv4 as well
		if set.host.Is4() {
			network = "tcp4"
		}
		var err error
		if ln, err = net.ListenTCP(network, net.TCPAddrFromAddrPort(netip.AddrPortFrom(set.host, uint16(port)))); err != nil {
			return nil, err
		}
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
		served:    make(chan struct{}),
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
	if set.certificate != nil {
		l.server.TLSConfig = set.certificate.config()
	}
	return l, nil
}

// socket returns the listener's socket for another listener on the same address, which is as if it had been there all the time: clients
// that connect meanwhile wait. It returns nil where the system can't do that.
func (l *listener) socket() net.Listener {
	tcp, ok := l.Listener.(*net.TCPListener)
	if !ok {
		return nil
	}
	file, err := tcp.File()
	if err != nil {
		return nil
	}
	defer file.Close()
	ln, err := net.FileListener(file)
	if err != nil {
		return nil
	}
	return ln
}

// start begins to serve.
func (l *listener) start() {
	go func() {
		defer close(l.served)
		serve := l.server.Serve
		if l.set.certificate != nil {
			serve = func(ln net.Listener) error { return l.server.ServeTLS(ln, "", "") }
		}
		err := serve(l)
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
		l.freeSlot()
	}
}

// freeSlot lets one more connection in. net/http does not tell when one that was hijacked ends: whoever has it calls this then,
// once. Any goroutine may call it.
func (l *listener) freeSlot() { <-l.slots }

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
	l.sockets.shut()
	go func() {
		defer close(l.gone)
		defer l.servers.forget(l)
		defer l.cancel()
		<-l.served // or a connection that was accepted just now would be overlooked
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

// alarms wake the goroutine of a request. They are used again, because each request needs one. Whoever had one before may still
// leave a token in wake: one too many does no harm, because who waits looks again.
type alarms struct {
	timer *time.Timer
	wake  chan struct{} // of an exchange
}

var allAlarms = sync.Pool{New: func() any { return &alarms{time.NewTimer(time.Hour), make(chan struct{}, 1)} }}

// ServeHTTP takes one request through; net/http calls it on the connection's goroutine.
func (l *listener) ServeHTTP(w nethttp.ResponseWriter, r *nethttp.Request) {
	l.handling.Add(1)
	counted := true
	defer func() {
		if counted {
			l.handled()
		}
	}()
	var (
		control  *nethttp.ResponseController
		in       *incoming
		bodyRead bool // to its end, before the script sees the request
	)
	if r.ContentLength != 0 {
		control = nethttp.NewResponseController(w)
		// Also for what net/http reads of a body that nobody wants, to get to the next request.
		if control.SetReadDeadline(time.Now().Add(l.set.bodyTimeout)) != nil {
			return // the connection has ended
		}
		if r.Close {
			defer func() {
				if !bodyRead && (in == nil || !in.isWhole()) {
					linger(control, r)
				}
			}()
		}
	}
	if !l.admit(w, r) {
		return
	}
	if l.upgrades != nil {
		l.upgrades.serve(w, r)
		return
	}
	bell := allAlarms.Get().(*alarms)
	defer allAlarms.Put(bell)
	e := &exchange{listener: l, wake: bell.wake}
	p := &content{request: r}
	e.content.Store(p)
	defer e.release()
	refusal := refuse
	if r.ContentLength != 0 {
		if !l.set.stream {
			if !l.readBody(control, w, r, e, p) {
				return
			}
			bodyRead = true
		} else if r.ContentLength > l.set.maxBody {
			l.refuseLargeBody(w)
			return
		} else {
			in = newIncoming(e, control, r)
			p.in = in
			defer in.stop()
			refusal = func(w nethttp.ResponseWriter, status int, text string) {
				if in.isWhole() {
					refuse(w, status, text)
				} else {
					refuseAndClose(w, status, text)
				}
			}
		}
	}
	if l.waiting.Add(1) > l.set.maxWaiting {
		l.waiting.Add(-1)
		refusal(w, nethttp.StatusServiceUnavailable, "Too many requests are waiting.")
		return
	}
	over := l.await(e, p, w, bell.timer)
	out := e.out.Load()
	if out != nil {
		defer out.tell() // last, when it is clear that nothing more is taken
	}
	if p.in != nil {
		// The time that net/http gives for all of the request and its response may be over by now.
		_ = p.in.control.SetWriteDeadline(time.Now().Add(l.set.writeTimeout))
	}
	if over == handed {
		take := p.take
		e.release()
		counted = false
		l.handled()
		take(w, r)
		return
	}
	finishResponse(w, p, out, over, refusal)
}

// admit looks at what can be said of a request by its headers, and answers itself and returns false if the script is not to see it.
func (l *listener) admit(w nethttp.ResponseWriter, r *nethttp.Request) bool {
	select {
	case <-l.removed:
		refuse(w, nethttp.StatusServiceUnavailable, "The server has ended.")
		return false
	default:
	}
	switch {
	case r.ProtoMajor > 1 && r.TLS == nil:
		// The beginning of HTTP/2 without TLS, which net/http takes for a request.
		refuseAndClose(w, nethttp.StatusHTTPVersionNotSupported, "This server speaks HTTP/1.1 without TLS.")
	case !l.set.mayAskFrom(r, false):
		refuse(w, nethttp.StatusForbidden, "This server does not answer to pages of the origin in the request's Origin header; "+
			"its option origins says which it does.")
	case !l.set.mayAsk(r.Host):
		refuse(w, nethttp.StatusMisdirectedRequest, "This server does not answer to the name in the request's Host header. "+
			"It listens on loopback addresses; names beyond localhost must be given in its option allowed_hosts.")
	default:
		return true
	}
	return false
}

// finishResponse sends what is left to be sent of a response, of a stream if out is not nil, or says why there is none. refusal is for the latter. It
// panics in net/http's way if the connection must be cut.
func finishResponse(w nethttp.ResponseWriter, p *content, out *outgoing, over state, refusal func(nethttp.ResponseWriter, int, string)) {
	switch {
	case over == closed && out == nil:
		p.send(w)
	case over == closed || over == broken:
		last := sender{out, w, nethttp.NewResponseController(w)}
		last.begin(p)
		_ = last.send() // an error means that the client has gone; nobody is left to be told
		if over == broken {
			panic(nethttp.ErrAbortHandler)
		}
	case out != nil || over == left:
		// So that nobody takes what has been sent for the whole, or for an answer what net/http makes of nothing.
		panic(nethttp.ErrAbortHandler)
	case over == late:
		refusal(w, nethttp.StatusServiceUnavailable, "The server did not answer in time.")
	case over == withdrawn || over == abandoned:
		refusal(w, nethttp.StatusServiceUnavailable, "The server has ended.")
	default:
		refusal(w, nethttp.StatusServiceUnavailable, "The server is shutting down.")
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

// await posts the request's event and waits for its end, which it returns. Meanwhile it sends what the script writes to a stream.
func (l *listener) await(e *exchange, p *content, w nethttp.ResponseWriter, t *time.Timer) state {
	ctx := p.request.Context()
	begun := time.Now()
	t.Reset(l.set.responseTimeout)
	defer t.Stop() // since Go 1.23 nothing of it can be left in the channel then

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

	removed, gone := l.removed, ctx.Done()
	var stream sender
	for state(e.state.Load()) <= open {
		select {
		case <-e.wake:
			out := e.out.Load()
			if out == nil || state(e.state.Load()) > open {
				continue
			}
			if stream.outgoing == nil {
				stream = sender{out, w, nethttp.NewResponseController(w)}
				stream.begin(p)
				t.Reset(l.set.streamTimeout)
			}
			stream.step()
		case <-t.C:
			switch {
			case stream.outgoing != nil:
				e.end(overdue)
			case p.in != nil && time.Since(begun) < l.set.streamTimeout && p.in.idle() < l.set.responseTimeout:
				t.Reset(l.set.responseTimeout - p.in.idle())
			default:
				e.end(late)
			}
		case <-gone:
			switch {
			case l.ctx.Err() != nil:
				e.end(stopped)
			case p.in != nil && p.in.isReading():
				gone = nil // also done when the body does not arrive in time: the reader knows
			default:
				e.end(left)
			}
		case <-removed:
			removed = nil
			e.withdraw() // unless the script has it, and may answer
		}
	}
	return state(e.state.Load())
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
func (l *listener) readBody(control *nethttp.ResponseController, w nethttp.ResponseWriter, r *nethttp.Request, e *exchange, p *content) bool {
	tooLarge := func() bool {
		l.refuseLargeBody(w)
		return false
	}
	if r.ContentLength > l.set.maxBody {
		return tooLarge()
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
			// The client has gone, most likely; net/http's answer would be an empty 200.
			refuseAndClose(w, nethttp.StatusBadRequest, "The request's body has not arrived in full.")
			return false
		default:
			refuseAndClose(w, nethttp.StatusBadRequest, "The request's body is malformed.")
			return false
		}
	}
}

func (l *listener) refuseLargeBody(w nethttp.ResponseWriter) {
	refuseAndClose(w, nethttp.StatusRequestEntityTooLarge, fmt.Sprintf("The request's body may have %d bytes.", l.set.maxBody))
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
	text += "\n"
	h["Content-Length"] = []string{strconv.Itoa(len(text))}
	w.WriteHeader(status)
	_, _ = io.WriteString(w, text)
}

// lingering is how long what a client goes on sending is read and thrown away before its connection is closed: closed at once, it
// might not see the answer.
const lingering = 250 * time.Millisecond

// refuseAndClose is refuse for a request whose rest is not worth reading: without the header, net/http would read some of
// it first.
func refuseAndClose(w nethttp.ResponseWriter, status int, text string) {
	_ = nethttp.NewResponseController(w).SetReadDeadline(time.Now().Add(lingering))
	w.Header()["Connection"] = []string{"close"}
	refuse(w, status, text)
}

// linger throws away what is left of the body of a request whose client wants the connection closed, once the response is sent. For
// other clients net/http waits a moment before it closes the connection; for these it closes it with data unread, which resets
// it, and takes the response away from a client that is still sending (RFC 9112 §9.6).
func linger(control *nethttp.ResponseController, r *nethttp.Request) {
	if control.Flush() == nil && control.SetReadDeadline(time.Now().Add(lingering)) == nil {
		_, _ = io.Copy(io.Discard, r.Body)
	}
}
