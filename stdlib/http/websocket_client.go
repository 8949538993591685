package http

//lint:file-ignore ST1005 The texts are CraftOS's.

import (
	"context"
	"errors"
	"net"
	nethttp "net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/gorilla/websocket"

	"github.com/luart/luart/lua"
	"github.com/luart/luart/stdlib"
)

var (
	errNoWebSockets      = errors.New("Websocket connections are disabled")
	errTooManyWebSockets = errors.New("Too many websockets already open")
)

// clientSocket is a WebSocket that a program has opened. run is its reading goroutine: it posts what arrives, and waits while the
// program is behind, so that the peer has to wait as well.
type clientSocket struct {
	socket
	client *client
	text   string // the URL as the program has given it
	gone   chan struct{}
	freed  sync.Once
}

// websocketNative is websocket(url[, headers]) or websocket(options) -> true | false, message.
func (c *client) websocketNative(call lua.Call) (lua.Results, error) {
	return started(call, lua.Nil, c.beginWebSocket(call, func(string, []lua.Value) {}))
}

// startWebsocket is websocket that returns true and an outcome, of the socket's opening.
func (c *client) startWebsocket(call lua.Call) (lua.Results, error) {
	o := newOutcome()
	return started(call, o.Value(), c.beginWebSocket(call, o.note))
}

// beginWebSocket starts to open a socket. note is called when the event of its opening, or of the failure, is given to the program.
func (c *client) beginWebSocket(call lua.Call, note func(event string, values []lua.Value)) error {
	if c.options.WebSocketsDisabled {
		return errNoWebSockets
	}
	o := options{timeout: DefaultTimeout}
	var err error
	if t, ok := call.Arg(1).AsTable(); ok {
		o, err = checkOptions(call, t)
	} else if o.url, err = stdlib.CheckString(call, 1); err == nil {
		o.headers, err = stdlib.OptTable(call, 2)
	}
	if err != nil {
		return err
	}
	header, err := c.checkHeaders(o.headers)
	if err != nil {
		return err
	}
	for name := range header {
		if strings.HasPrefix(name, "Sec-Websocket-") && name != "Sec-Websocket-Protocol" {
			delete(header, name) // the client's to set
		}
	}
	u, err := parseWebSocketURL(o.url)
	if err != nil {
		return refusal{err}
	}
	if c.sockets.Add(1) > MaxWebSockets {
		c.sockets.Add(-1)
		return errTooManyWebSockets
	}
	s := &clientSocket{client: c, text: o.url, gone: make(chan struct{})}
	s.side, s.room, s.waits, s.wake = s, maxOutgoingBytes, true, lua.Constant(writableEvent)
	s.unwanted, s.unwant = context.WithCancel(c.ctx)
	if !c.start(func(ctx context.Context) { s.run(ctx, u, header, o.timeout, note) }) {
		s.unwant()
		s.free()
	}
	return nil
}

// free makes room for another socket.
func (s *clientSocket) free() { s.freed.Do(func() { s.client.sockets.Add(-1) }) }

func (s *clientSocket) released() { s.free() }

func (s *clientSocket) post(e stdlib.Event) bool { return s.client.post(e) }

// run takes a socket from its opening to its end.
func (s *clientSocket) run(ctx context.Context, u *url.URL, header nethttp.Header, timeout time.Duration, note func(event string, values []lua.Value)) {
	defer close(s.gone)
	defer s.unwant()
	if err := s.connect(ctx, u, header, timeout); err != nil {
		s.client.tellDenied(u.Host, err)
		s.client.post(stdlib.Event{Name: "websocket_failure", Drop: s.free, Args: func() []lua.Value {
			s.free()
			values := []lua.Value{lua.String(s.text), lua.String(err.Error())}
			note("websocket_failure", values)
			return values
		}})
		return
	}
	defer context.AfterFunc(ctx, func() { s.conn.Close() })()
	c := s.client
	c.mu.Lock()
	c.open[s] = struct{}{}
	ending := c.closed
	c.mu.Unlock()
	defer func() {
		c.mu.Lock()
		delete(c.open, s)
		c.mu.Unlock()
	}()
	if ending {
		s.conn.Close()
		return
	}
	c.post(stdlib.Event{Name: "websocket_success", Drop: s.drop, Args: func() []lua.Value {
		values := []lua.Value{lua.String(s.text), s.handle()}
		note("websocket_success", values)
		return values
	}})
	s.begin()
	told := s.read()
	own, _ := s.end()
	s.conn.Close()
	s.writers.Wait()
	if own != 0 {
		s.free()
		return
	}
	c.post(stdlib.Event{Name: "websocket_closed", Drop: func() { s.over.Store(true); s.free() }, Args: func() []lua.Value {
		s.over.Store(true)
		s.free()
		reason, code := told.values()
		return []lua.Value{lua.String(s.text), reason, code}
	}})
}

// drop is the Drop of the event of its opening: the program never gets the handle.
func (s *clientSocket) drop() { s.shut(closeNormal, "") }

// connect opens the connection.
func (s *clientSocket) connect(ctx context.Context, u *url.URL, header nethttp.Header, timeout time.Duration) error {
	if timeout > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, timeout)
		defer cancel()
	}
	way, err := s.client.network.route(ctx, u, timeout)
	if err != nil {
		return friendly(err)
	}
	err = s.shake(ctx, u, header, way, true)
	if err != nil && strings.Contains(err.Error(), "invalid compression negotiation") {
		err = s.shake(ctx, u, header, way, false)
	}
	return err
}

// shake connects and shakes hands.
func (s *clientSocket) shake(ctx context.Context, u *url.URL, header nethttp.Header, way *route, deflate bool) error {
	var conn *clientConn
	stop := func() bool { return true }
	dialer := websocket.Dialer{
		NetDialContext: func(ctx context.Context, _, address string) (net.Conn, error) {
			c, access, err := way.dial(ctx, address, 0)
			if err != nil {
				return nil, err
			}
			conn, s.largest = &clientConn{Conn: c}, access.maxMessage
			// Nothing else ends the handshake with a silent peer when the computer ends.
			stop = context.AfterFunc(ctx, func() { c.Close() })
			return conn, nil
		},
		TLSClientConfig:   s.client.network.tls,
		EnableCompression: deflate,
	}
	if way.proxy != nil {
		dialer.Proxy = nethttp.ProxyURL(way.proxy)
	}
	ws, resp, err := dialer.DialContext(ctx, u.String(), header)
	stop()
	switch {
	case err == nil:
		conn.setReady()
		s.conn = ws
		return nil
	case resp != nil && resp.StatusCode != nethttp.StatusSwitchingProtocols:
		return errors.New("Invalid handshake response getStatus: " + resp.Status)
	case ctx.Err() != nil && errors.Is(ctx.Err(), context.DeadlineExceeded):
		return errTimeout
	case resp != nil && errors.Is(err, websocket.ErrBadHandshake):
		return errors.New("Invalid handshake response")
	case resp != nil:
		return err
	}
	return friendly(err)
}

// read posts what arrives until the connection ends, and returns why it did.
func (s *clientSocket) read() ending {
	for {
		m, err := s.next()
		if err != nil {
			return s.ended(err)
		}
		size := len(*m.data)
		err = s.client.computer.Queue().Post(s.unwanted, stdlib.Event{Name: "websocket_message", Drop: m.forget, Args: func() []lua.Value {
			if s.client.account(size) != nil {
				// There is no room in the program's memory, so that nothing more is of use to it.
				s.conn.Close()
			}
			return []lua.Value{lua.String(s.text), m.take(), lua.Bool(m.binary)}
		}})
		if err != nil { // nobody wants it any more
			m.forget()
		}
	}
}

// ended returns what a program is told of an error that ends the connection: CraftOS gives no codes of its own.
func (s *clientSocket) ended(err error) ending {
	told, answer := judge(err)
	var closed *websocket.CloseError
	switch {
	case answer != 0:
		s.hangUp(answer, "")
		told.code = 0
	case !errors.As(err, &closed) || closed.Code == closeAbnormal:
		return ending{reason: "Connection closed"}
	}
	return told
}
