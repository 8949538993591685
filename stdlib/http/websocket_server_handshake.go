package http

import (
	"bufio"
	"encoding/base64"
	"fmt"
	"net"
	nethttp "net/http"
	"slices"
	"strings"
	"sync"

	"github.com/gorilla/websocket"

	"github.com/luart/luart/lua"
)

// refusedHandshake is why a request does not become a WebSocket.
type refusedHandshake struct {
	status int
	text   string
}

func (r *refusedHandshake) Error() string { return r.text }

// isHandshake reports whether a request asks for a WebSocket.
func isHandshake(r *nethttp.Request) bool {
	return hasToken(r.Header["Connection"], "upgrade") && hasToken(r.Header["Upgrade"], "websocket")
}

func hasToken(values []string, token string) bool {
	for _, v := range values {
		for part := range strings.SplitSeq(v, ",") {
			if strings.EqualFold(strings.TrimSpace(part), token) {
				return true
			}
		}
	}
	return false
}

// checkHandshake says what is wrong with a handshake (RFC 6455 §4.2.1), or with who sends it.
func (s *settings) checkHandshake(r *nethttp.Request) *refusedHandshake {
	key, err := base64.StdEncoding.DecodeString(r.Header.Get("Sec-Websocket-Key"))
	switch {
	case r.ProtoMajor != 1 || !isHandshake(r):
		return &refusedHandshake{nethttp.StatusUpgradeRequired, "This is a WebSocket server: the request must ask for an upgrade to websocket, in HTTP/1.1."}
	case r.Method != nethttp.MethodGet:
		return &refusedHandshake{nethttp.StatusMethodNotAllowed, "A WebSocket is opened with GET."}
	case r.Header.Get("Sec-Websocket-Version") != "13":
		return &refusedHandshake{nethttp.StatusUpgradeRequired, "Only version 13 of the WebSocket protocol is spoken here."}
	case err != nil || len(key) != 16 || len(r.Header["Sec-Websocket-Key"]) != 1:
		return &refusedHandshake{nethttp.StatusBadRequest, "Sec-WebSocket-Key must be 16 bytes in base64."}
	case r.ContentLength != 0: // it would be taken for frames
		return &refusedHandshake{nethttp.StatusBadRequest, "The request that opens a WebSocket may have no body."}
	case !s.mayAskFrom(r, true):
		return &refusedHandshake{nethttp.StatusForbidden, "This server does not take WebSockets from pages of " + r.Header.Get("Origin") +
			"; its option origins says which it does."}
	}
	return nil
}

// putHeaders adds the headers that tell the client what would be right.
func (r *refusedHandshake) putHeaders(h nethttp.Header) {
	switch r.status {
	case nethttp.StatusUpgradeRequired:
		h["Upgrade"] = []string{"websocket"}
		h["Sec-Websocket-Version"] = []string{"13"}
	case nethttp.StatusMethodNotAllowed:
		h["Allow"] = []string{"GET"}
	case nethttp.StatusServiceUnavailable:
		h["Retry-After"] = []string{"1"}
	}
}

// refuseHandshake answers a handshake that is refused.
func refuseHandshake(w nethttp.ResponseWriter, r *refusedHandshake) {
	r.putHeaders(w.Header())
	refuseAndClose(w, r.status, r.text)
}

// refuseUpgrade is refuseHandshake for a request that the script has taken.
func (e *exchange) refuseUpgrade(r *refusedHandshake) {
	p, err := e.live()
	if err != nil {
		return
	}
	header := plainText.Clone()
	r.putHeaders(header)
	p.answer(r.status, r.text, header)
	e.finish(closed)
}

// Idle sockets are to be small: the buffer for reading holds a short message with its frame, longer ones are read past it; the
// one for writing is there while something is written only.
const (
	socketReadBuffer  = 512
	socketWriteBuffer = 4 << 10
)

var socketWriteBuffers sync.Pool

// hijacker takes the connection of a request over with a socketConn in between.
type hijacker struct {
	nethttp.ResponseWriter
	wire *socketConn
}

func (h *hijacker) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	conn, buffered, err := nethttp.NewResponseController(h.ResponseWriter).Hijack()
	if err != nil {
		return nil, nil, err
	}
	h.wire.Conn = conn
	return h.wire, buffered, nil
}

// chooseProtocol returns the first of ours that the client speaks as well.
func chooseProtocol(ours []string, r *nethttp.Request) string {
	for _, p := range ours {
		for _, values := range r.Header["Sec-Websocket-Protocol"] {
			for theirs := range strings.SplitSeq(values, ",") {
				if strings.TrimSpace(theirs) == p {
					return p
				}
			}
		}
	}
	return ""
}

// shake answers a handshake that has been checked. It runs on net/http's goroutine.
func (s *serverSocket) shake(w nethttp.ResponseWriter, r *nethttp.Request, header nethttp.Header) error {
	set := &s.listener.set
	upgrader := websocket.Upgrader{
		HandshakeTimeout:  set.headerTimeout,
		ReadBufferSize:    socketReadBuffer,
		WriteBufferSize:   socketWriteBuffer,
		WriteBufferPool:   &socketWriteBuffers,
		EnableCompression: !set.sockets.noCompression,
		CheckOrigin:       func(*nethttp.Request) bool { return true }, // mayAskFrom
	}
	if s.protocol != "" {
		if header == nil {
			header = nethttp.Header{}
		}
		header.Set("Sec-Websocket-Protocol", s.protocol)
	}
	// Longer than send waits, so that a client that goes on reading then learns why it is closed.
	wire := &socketConn{patience: set.sockets.sendTimeout + writePatience}
	conn, err := upgrader.Upgrade(&hijacker{w, wire}, r, header)
	if wire.Conn != nil {
		s.listener.freeSlot() // it counts against max_websockets
	}
	if err != nil {
		return err
	}
	// Frames that are larger are refused before they are read. Compression may make what can't be compressed a little longer.
	conn.SetReadLimit(s.largest + s.largest/1000 + 64)
	wire.heard.Store(now())
	s.conn, s.wire = conn, wire
	return nil
}

// upgrade is request.upgrade([headers]) -> websocket | nil, message, status. The handshake is answered while the script goes on.
func (e *exchange) upgrade(c lua.Call) (lua.Results, error) {
	p, err := e.live()
	if err != nil {
		return 0, err
	}
	header := nethttp.Header{}
	if !c.Arg(1).IsNil() {
		t, ok := c.Arg(1).AsTable()
		if !ok {
			return 0, badArgument(c, 1, "table")
		}
		if err := putHandshakeHeaders(c.VM(), t, header); err != nil {
			return 0, err
		}
	}
	l := e.listener
	refused := l.set.checkHandshake(p.request)
	if refused == nil && !l.sockets.reserve(l.set.sockets.maxWebSockets) {
		refused = tooManySockets(l)
	}
	if refused != nil {
		return c.Return(lua.Nil, lua.String(refused.text), lua.Int(refused.status))
	}
	s := newServerSocket(l, nil, p.request)
	if own := header.Get("Sec-Websocket-Protocol"); own != "" {
		s.protocol = own // the script has chosen
	}
	handed := e.handOver(func(w nethttp.ResponseWriter, r *nethttp.Request) {
		if err := s.shake(w, r, header); err != nil {
			s.fail()
			return
		}
		s.start()
	})
	if !handed {
		l.sockets.release()
		l.handled()
		s.unwant()
		if _, err := e.live(); err != nil {
			return 0, err
		}
		return 0, errResponseBegun
	}
	e.socket = s
	return c.Return1(s.handle())
}

// failSocket closes the WebSocket of a handler that has failed.
func (e *exchange) failSocket() {
	if e.socket != nil {
		e.socket.shut(closeFailed, "")
	}
}

// explains reports whether an error says no more than that the connection has ended, which was not the program's doing.
func (s *serverSocket) explains(message string) bool {
	if s == nil || !strings.HasSuffix(message, errClosedFile.Error()) && !strings.HasSuffix(message, errSlow.Error()) {
		return false
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return !s.own && (s.ended || s.closing != 0)
}

// isWebsocket is request.isWebsocket(): does the client ask for a WebSocket? No longer so, once the request is over.
func (e *exchange) isWebsocket(c lua.Call) (lua.Results, error) {
	p, err := e.live()
	return c.Return1(lua.Bool(err == nil && isHandshake(p.request)))
}

var errResponseBegun = fmt.Errorf("the response has begun: the request can't become a WebSocket any more")

func tooManySockets(l *listener) *refusedHandshake {
	return &refusedHandshake{nethttp.StatusServiceUnavailable, fmt.Sprintf("Too many WebSockets are open (%d: option max_websockets).", l.set.sockets.maxWebSockets)}
}

// cloneHeader is what a socket keeps of the headers of its handshake: not those that belong to the handshake.
func cloneHeader(h nethttp.Header) nethttp.Header {
	kept := make(nethttp.Header, len(h))
	for name, values := range h {
		if !strings.HasPrefix(name, "Sec-Websocket-") || name == "Sec-Websocket-Protocol" {
			kept[name] = slices.Clip(values)
		}
	}
	return kept
}
