package http

//lint:file-ignore ST1005 The texts are CraftOS's.

import (
	"context"
	"errors"
	"io"
	"net"
	nethttp "net/http"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gorilla/websocket"

	"github.com/luart/luart/lua"
	"github.com/luart/luart/stdlib"
)

// Close codes (RFC 6455 §7.4.1).
const (
	closeNormal    = websocket.CloseNormalClosure
	closeGoingAway = websocket.CloseGoingAway
	closeTooBig    = websocket.CloseMessageTooBig
)

const (
	// maxOutgoing bounds the messages that wait to be sent, and their bytes: a program that sends faster than its peer reads
	// waits.
	maxOutgoing      = 512
	maxOutgoingBytes = 4 << 20
	// writePatience is how long the peer may take to read one message.
	writePatience = 30 * time.Second
	// closePatience is how long the peer may take to answer a close.
	closePatience = time.Second
	// leastDeflated is the length, in bytes, from which messages are worth compressing.
	leastDeflated = 256
)

var (
	errNoWebSockets      = errors.New("Websocket connections are disabled")
	errTooManyWebSockets = errors.New("Too many websockets already open")
)

// writableEvent tells programs that a socket can take messages again. Only those that wait in send look at it.
const writableEvent = "websocket_writable"

// socket is a WebSocket that a program has opened. Two goroutines serve it: read, which posts what arrives, and waits while
// the program is behind, so that the peer has to wait as well; and write.
type socket struct {
	client  *client
	text    string // the URL as the program has given it
	conn    *websocket.Conn
	largest int64 // bytes of a message
	gone    chan struct{}
	freed   sync.Once

	over atomic.Bool // closed, and the program knows
	// given is for the computer's goroutine.
	given bool // the event of its opening, or the failure, has been given to the program

	mu       sync.Mutex
	changed  chan struct{} // gets a token when what follows has changed
	outgoing []message
	size     int         // bytes of outgoing
	closing  int         // the code to close with, 0 while open
	patience *time.Timer // ends a close that takes long
	dead     bool
	waiting  bool // a send waits
	told     bool // an event for it is on its way

	// unwanted is done when messages that arrive are not wanted any more.
	unwanted context.Context
	unwant   context.CancelFunc
}

type message struct {
	text   string
	binary bool
}

// websocketNative is websocket(url[, headers]) or websocket(options) -> true | false, message.
func (c *client) websocketNative(call lua.Call) (lua.Results, error) {
	_, err := c.beginWebSocket(call)
	return started(call, lua.Nil, err)
}

// startWebsocket is websocket that returns true and a function: has the event of this socket's opening, or of its failure,
// been given to the program?
func (c *client) startWebsocket(call lua.Call) (lua.Results, error) {
	s, err := c.beginWebSocket(call)
	return started(call, lua.NewFunction("given", func(c lua.Call) (lua.Results, error) {
		return c.Return1(lua.Bool(s.given))
	}), err)
}

func (c *client) beginWebSocket(call lua.Call) (*socket, error) {
	if c.options.WebSocketsDisabled {
		return nil, errNoWebSockets
	}
	o := options{timeout: DefaultTimeout}
	var err error
	if t, ok := call.Arg(1).AsTable(); ok {
		o, err = checkOptions(call, t)
	} else if o.url, err = stdlib.CheckString(call, 1); err == nil {
		o.headers, err = stdlib.OptTable(call, 2)
	}
	if err != nil {
		return nil, err
	}
	header, err := c.checkHeaders(o.headers)
	if err != nil {
		return nil, err
	}
	for name := range header {
		if strings.HasPrefix(name, "Sec-Websocket-") && name != "Sec-Websocket-Protocol" {
			delete(header, name) // the client's to set
		}
	}
	u, err := parseWebSocketURL(o.url)
	if err != nil {
		return nil, refusal{err}
	}
	if c.sockets.Add(1) > MaxWebSockets {
		c.sockets.Add(-1)
		return nil, errTooManyWebSockets
	}
	s := &socket{client: c, text: o.url, gone: make(chan struct{}), changed: make(chan struct{}, 1)}
	s.unwanted, s.unwant = context.WithCancel(c.ctx)
	if !c.start(func(ctx context.Context) { s.run(ctx, u, header, o.timeout) }) {
		s.unwant()
		s.free()
	}
	return s, nil
}

// free makes room for another socket.
func (s *socket) free() { s.freed.Do(func() { s.client.sockets.Add(-1) }) }

// run takes a socket from its opening to its end.
func (s *socket) run(ctx context.Context, u *url.URL, header nethttp.Header, timeout time.Duration) {
	defer close(s.gone)
	defer s.unwant()
	if err := s.connect(ctx, u, header, timeout); err != nil {
		s.client.post(stdlib.Event{Name: "websocket_failure", Drop: s.free, Args: func() []lua.Value {
			s.given = true
			s.free()
			return []lua.Value{lua.String(s.text), lua.String(err.Error())}
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
		s.given = true
		return []lua.Value{lua.String(s.text), s.handle()}
	}})
	var writing sync.WaitGroup
	writing.Go(s.write)
	reason, code := s.read()
	s.end()
	writing.Wait()
	s.conn.Close()
	s.mu.Lock()
	own := s.closing != 0
	if own {
		s.patience.Stop()
	}
	s.mu.Unlock()
	if own {
		s.free()
		return
	}
	c.post(stdlib.Event{Name: "websocket_closed", Drop: func() { s.over.Store(true); s.free() }, Args: func() []lua.Value {
		s.over.Store(true)
		s.free()
		return []lua.Value{lua.String(s.text), reason, code}
	}})
}

// drop is the Drop of the event of its opening: the program never gets the handle.
func (s *socket) drop() { s.shut(closeNormal) }

// connect opens the connection.
func (s *socket) connect(ctx context.Context, u *url.URL, header nethttp.Header, timeout time.Duration) error {
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
func (s *socket) shake(ctx context.Context, u *url.URL, header nethttp.Header, way *route, deflate bool) error {
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
func (s *socket) read() (reason, code lua.Value) {
	for {
		kind, text, err := s.next()
		if err != nil {
			return s.ending(err)
		}
		binary := kind == websocket.BinaryMessage
		_ = s.client.computer.Queue().Post(s.unwanted, stdlib.Event{Name: "websocket_message", Args: func() []lua.Value {
			if s.client.account(len(text)) != nil {
				// There is no room in the program's memory, so that nothing more is of use to it.
				s.conn.Close()
			}
			return []lua.Value{lua.String(s.text), lua.Bytes(text), lua.Bool(binary)}
		}}) // an error means that nobody wants it any more
	}
}

// next reads a message.
func (s *socket) next() (kind int, text []byte, err error) {
	kind, in, err := s.conn.NextReader()
	if err != nil {
		return 0, nil, err
	}
	// The limit is on what comes out of the decompression.
	text, err = io.ReadAll(io.LimitReader(in, s.largest+1))
	if err == nil && int64(len(text)) > s.largest {
		err = errMessage
	}
	return kind, text, err
}

// ending returns what a program is told of an error that ends the connection.
func (s *socket) ending(err error) (reason, code lua.Value) {
	var closed *websocket.CloseError
	switch {
	case errors.As(err, &closed) && closed.Code == websocket.CloseNoStatusReceived:
		return lua.Nil, lua.Nil
	case errors.As(err, &closed) && closed.Code != websocket.CloseAbnormalClosure:
		if closed.Text != "" {
			reason = lua.String(closed.Text)
		}
		return reason, lua.Int(closed.Code)
	case errors.Is(err, errMessage):
		_ = s.conn.WriteControl(websocket.CloseMessage, websocket.FormatCloseMessage(closeTooBig, ""), time.Now().Add(closePatience))
		return lua.String(errMessage.Error()), lua.Nil
	}
	return lua.String("Connection closed"), lua.Nil
}

// write sends messages until the connection ends, or all are sent and it is to be closed.
func (s *socket) write() {
	for {
		m, closing, ok := s.take()
		if !ok {
			return
		}
		if closing != 0 {
			_ = s.conn.WriteControl(websocket.CloseMessage, websocket.FormatCloseMessage(closing, ""), time.Now().Add(closePatience))
			_ = s.conn.SetReadDeadline(time.Now().Add(closePatience)) // for the answer
			return
		}
		kind := websocket.TextMessage
		if m.binary {
			kind = websocket.BinaryMessage
		}
		s.conn.EnableWriteCompression(len(m.text) >= leastDeflated)
		_ = s.conn.SetWriteDeadline(time.Now().Add(writePatience))
		if s.conn.WriteMessage(kind, []byte(m.text)) != nil {
			s.conn.Close() // read sees it
			return
		}
	}
}

// take waits for the next message, or for what to close with.
func (s *socket) take() (m message, closing int, ok bool) {
	for {
		s.mu.Lock()
		switch {
		case s.dead:
			s.mu.Unlock()
			return m, 0, false
		case len(s.outgoing) > 0:
			m = s.outgoing[0]
			s.outgoing[0] = message{}
			s.outgoing = s.outgoing[1:]
			s.size -= len(m.text)
			s.mu.Unlock()
			s.tell()
			return m, 0, true
		case s.closing != 0:
			closing = s.closing
			s.mu.Unlock()
			return m, closing, true
		}
		s.mu.Unlock()
		<-s.changed
	}
}

// full reports whether a send has to wait. s.mu is held.
func (s *socket) full() bool { return len(s.outgoing) >= maxOutgoing || s.size >= maxOutgoingBytes }

// tell lets the program know that a send that waits may go on.
func (s *socket) tell() {
	s.mu.Lock()
	tell := s.waiting && !s.told && (s.dead || !s.full())
	s.told = s.told || tell
	s.mu.Unlock()
	if tell {
		s.client.post(stdlib.Event{Name: writableEvent, Drop: s.heard, Args: func() []lua.Value { s.heard(); return nil }})
	}
}

// heard notes that the event has arrived.
func (s *socket) heard() {
	s.mu.Lock()
	s.told, s.waiting = false, false
	s.mu.Unlock()
}

// wake makes take look again.
func (s *socket) wake() {
	select {
	case s.changed <- struct{}{}:
	default:
	}
}

// shut closes the socket once what was sent has arrived. Any goroutine may call it; only the first call counts.
func (s *socket) shut(code int) {
	s.mu.Lock()
	if s.closing == 0 {
		s.closing = code
		s.patience = time.AfterFunc(writePatience, func() { s.conn.Close() })
	}
	s.mu.Unlock()
	s.unwant()
	s.free()
	s.wake()
}

// end notes that the connection has ended.
func (s *socket) end() {
	s.mu.Lock()
	s.dead = true
	s.outgoing, s.size = nil, 0
	s.mu.Unlock()
	s.tell()
	s.wake()
}
