package http

import (
	"context"
	"errors"
	"io"
	"strings"
	"sync"
	"sync/atomic"
	"time"
	"unicode/utf8"

	"github.com/gorilla/websocket"

	"github.com/luart/luart/lua"
	"github.com/luart/luart/stdlib"
)

// What a WebSocket is, whichever side has opened it. One goroutine reads from it for as long as it lives; another one writes
// to it while there is something to write. websocket_client.go and websocket_server.go have what differs: where the connection
// comes from, and how a program learns what arrives.

// Close codes (RFC 6455 §7.4.1, and for 1013 the registry of codes).
const (
	closeNormal    = websocket.CloseNormalClosure
	closeGoingAway = websocket.CloseGoingAway
	closeProtocol  = websocket.CloseProtocolError
	closeNoStatus  = websocket.CloseNoStatusReceived
	closeAbnormal  = websocket.CloseAbnormalClosure
	closeNotUTF8   = websocket.CloseInvalidFramePayloadData
	closeTooBig    = websocket.CloseMessageTooBig
	closeFailed    = websocket.CloseInternalServerErr
	closeTryLater  = websocket.CloseTryAgainLater
)

const (
	// maxOutgoing bounds the messages that wait to be sent, and maxOutgoingBytes, unless a listener says otherwise, their
	// bytes: a program that sends faster than its peer reads waits.
	maxOutgoing      = 512
	maxOutgoingBytes = 4 << 20
	// writePatience is how long the peer may take to read one message, after the time for which send may wait.
	writePatience = 30 * time.Second
	// closePatience is how long the peer may take to answer a close.
	closePatience = time.Second
	// leastDeflated is the length, in bytes, from which messages are worth compressing.
	leastDeflated = 256
	// maxPooled is the size, in bytes, up to which messageBuffers of messages are used again.
	maxPooled = 64 << 10
	// shortMessage is the length up to which a message is one frame when it is written in pieces.
	shortMessage = 4000
)

// writableEvent tells programs that a socket of a client can take messages again. Only those that wait in send look at it.
const writableEvent = "websocket_writable"

var (
	errNotUTF8 = errors.New("invalid UTF-8")
	errSlow    = errors.New("attempt to use a closed file (the other side reads too slowly)")
)

// side is what the two kinds of sockets do in ways of their own. Any goroutine may call it.
type side interface {
	// post gives the program an event of which there are few; it is dropped when the computer ends.
	post(stdlib.Event) bool
	// released is called, more than once maybe, when a socket needs no room any more among those that may be open.
	released()
}

// socket is a WebSocket in the hands of a program.
type socket struct {
	side    side
	conn    *websocket.Conn // set before open
	wire    *socketConn     // what is below conn, if it is a server's
	largest int64           // bytes of a message
	room    int             // bytes of outgoing from which send waits
	pool    *atomic.Int64   // bytes that wait on this and other sockets; may be nil
	poolMax int64           // from which they wait in send that have something waiting already
	slow    time.Duration   // how long send may wait before the socket is closed; 0: for ever
	wake    lua.Value       // name of the event that those wait for who wait in send

	over atomic.Bool // closed, and the program knows

	mu       sync.Mutex
	outgoing []message
	size     int  // bytes of outgoing
	open     bool // the handshake is done: writing may begin
	writing  bool // there is a goroutine that writes
	writers  sync.WaitGroup
	closing  int    // the code to close with, 0 while open
	reason   string // and the reason
	patience *time.Timer
	overflow *time.Timer // closes the socket when send has waited long
	tooSlow  bool
	// waits says that send waits while the socket is full. It does not in a loop of events, which would miss some.
	waits   bool
	drained chan struct{} // gets a token when the socket is not full; may be nil
	dead    bool
	// Who waits for the event wake: in send, and in receive, of a server's; and whether it is on its way.
	waiting, listening, told bool

	// unwanted is done when messages that arrive are not wanted any more.
	unwanted context.Context
	unwant   context.CancelFunc
}

type message struct {
	text   string
	binary bool
}

// arrival is a message that has arrived.
type arrival struct {
	data   *[]byte // from messageBuffers
	binary bool
}

// messageBuffers are what messages are read into. They are given back when the program has got its string.
var messageBuffers = sync.Pool{New: func() any { b := make([]byte, 0, 512); return &b }}

// take returns the message as a Lua string, and gives the buffer back.
func (m arrival) take() lua.Value {
	v := lua.Bytes(*m.data)
	m.forget()
	return v
}

func (m arrival) forget() {
	if cap(*m.data) <= maxPooled {
		*m.data = (*m.data)[:0]
		messageBuffers.Put(m.data)
	}
}

// ending is why a connection has ended, as programs are told: a code of 0 and an empty reason are nil.
type ending struct {
	reason string
	code   int
}

func (e ending) values() (reason, code lua.Value) {
	if e.reason != "" {
		reason = lua.String(e.reason)
	}
	if e.code != 0 {
		code = lua.Int(e.code)
	}
	return reason, code
}

// next reads a message.
func (s *socket) next() (arrival, error) {
	kind, in, err := s.conn.NextReader()
	if err != nil {
		return arrival{}, err
	}
	m := arrival{data: messageBuffers.Get().(*[]byte), binary: kind == websocket.BinaryMessage}
	b := (*m.data)[:0]
	for {
		if len(b) == cap(b) {
			b = append(b, 0)[:len(b)]
		}
		var n int
		n, err = in.Read(b[len(b):cap(b)])
		b = b[:len(b)+n]
		// The limit is on what comes out of the decompression.
		if int64(len(b)) > s.largest {
			err = errMessage
			break
		}
		if err == nil {
			continue
		}
		if err == io.EOF {
			err = nil
		}
		break
	}
	*m.data = b
	if err == nil && !m.binary && !utf8.Valid(b) {
		err = errNotUTF8
	}
	if err != nil {
		m.forget()
	}
	return m, err
}

// judge returns what a program is told of an error of next, and the code to close with because of it, if it is for us to do so.
func judge(err error) (told ending, answer int) {
	var closed *websocket.CloseError
	switch {
	case errors.As(err, &closed) && (closed.Code == closeNoStatus || closed.Code == closeAbnormal):
		return ending{}, 0
	case errors.As(err, &closed):
		return ending{closed.Text, closed.Code}, 0
	case errors.Is(err, errMessage), errors.Is(err, websocket.ErrReadLimit):
		// The package has answered the second, most of the time, after which it sends nothing more.
		return ending{errMessage.Error(), closeTooBig}, closeTooBig
	case errors.Is(err, errNotUTF8):
		return ending{"Invalid UTF-8", closeNotUTF8}, closeNotUTF8
	case strings.HasPrefix(err.Error(), "websocket: "): // here as well
		return ending{"Protocol error: " + strings.TrimPrefix(err.Error(), "websocket: "), closeProtocol}, 0
	case err == io.ErrUnexpectedEOF, strings.HasPrefix(err.Error(), "flate: "): // the end of the connection is a CloseError
		return ending{"Invalid compression", closeNotUTF8}, closeNotUTF8
	}
	return ending{}, 0
}

// hangUp sends a close that the peer need not answer.
func (s *socket) hangUp(code int, reason string) {
	_ = s.conn.WriteControl(websocket.CloseMessage, closeFrame(code, reason), time.Now().Add(closePatience))
}

func closeFrame(code int, reason string) []byte { return websocket.FormatCloseMessage(code, reason) }

// begin lets writing begin.
func (s *socket) begin() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.open = true
	s.startWriting()
}

// startWriting starts the goroutine that writes if it is needed. s.mu is held.
func (s *socket) startWriting() {
	if s.writing || !s.open || s.dead || len(s.outgoing) == 0 && s.closing == 0 {
		return
	}
	s.writing = true
	s.writers.Add(1)
	go func() {
		growStack()
		s.write()
	}()
}

// growStack makes the stack of a goroutine as large as write needs it while there is next to nothing on it. Otherwise it grows twice
// deep in the calls, and all their frames are moved: of a short message that costs a twentieth (BenchmarkEcho of conformance/bench).
//
//go:noinline
func growStack() byte {
	var room [5 << 10]byte
	return room[stackIndex]
}

var stackIndex int // a constant would do without the room

// write sends messages until there are none, or all are sent and the socket is to be closed.
func (s *socket) write() {
	defer s.writers.Done()
	for {
		m, more, then := s.take()
		switch then {
		case stepRest:
			return
		case stepClose:
			_ = s.conn.WriteControl(websocket.CloseMessage, closeFrame(s.closing, s.reason), time.Now().Add(closePatience))
			if s.wire != nil {
				_ = s.wire.flush() // messages that were to follow may have been given up
			}
			_ = s.conn.SetReadDeadline(time.Now().Add(closePatience)) // for the answer
			return
		}
		if s.wire != nil && more {
			s.wire.hold()
		}
		err := s.writeMessage(m)
		if s.wire != nil && !more && err == nil {
			err = s.wire.flush()
		}
		if err != nil {
			s.conn.Close() // the reader sees it
			s.mu.Lock()
			s.writing, s.outgoing = false, nil
			s.account(-s.size)
			s.relieved()
			s.mu.Unlock()
			return
		}
	}
}

func (s *socket) writeMessage(m message) error {
	kind := websocket.TextMessage
	if m.binary {
		kind = websocket.BinaryMessage
	}
	s.conn.EnableWriteCompression(len(m.text) >= leastDeflated)
	if s.wire == nil {
		_ = s.conn.SetWriteDeadline(time.Now().Add(writePatience))
	}
	if len(m.text) > shortMessage {
		return s.conn.WriteMessage(kind, []byte(m.text))
	}
	w, err := s.conn.NextWriter(kind)
	if err != nil {
		return err
	}
	if _, err := io.WriteString(w, m.text); err != nil { // without a copy
		return err
	}
	return w.Close()
}

// step is what the goroutine that writes does next.
type step int

const (
	stepRest  step = iota // it has nothing to do any more
	stepSend              // a message
	stepClose             // close the socket: nothing may follow
)

// take returns what to do next, the message that is to be sent, and whether there are more.
func (s *socket) take() (m message, more bool, then step) {
	s.mu.Lock()
	switch {
	case s.dead:
		s.writing = false
	case len(s.outgoing) > 0:
		m, s.outgoing = shift(s.outgoing)
		s.account(-len(m.text))
		s.relieved()
		more, then = len(s.outgoing) > 0, stepSend
	case s.closing != 0:
		then = stepClose // writing stays set
	default:
		s.writing = false
	}
	s.mu.Unlock()
	if then == stepSend {
		s.tell()
	}
	return m, more, then
}

// shift takes the first of a list. What an empty one keeps is little, for the next.
func shift[T any](list []T) (first T, others []T) {
	var none T
	first, list[0] = list[0], none
	switch {
	case len(list) > 1:
		return first, list[1:]
	case cap(list) > 4:
		return first, nil
	}
	return first, list[:0]
}

// relieved notes that there is less to send. s.mu is held.
func (s *socket) relieved() {
	if s.full() {
		return
	}
	if s.overflow != nil {
		s.overflow.Stop()
		s.overflow = nil
	}
	select {
	case s.drained <- struct{}{}:
	default: // nobody ever waits for it, or it has one
	}
}

// full reports whether the peer is far behind. s.mu is held.
func (s *socket) full() bool {
	return len(s.outgoing) >= maxOutgoing || s.size >= s.room || len(s.outgoing) > 0 && s.poolFull()
}

func (s *socket) poolFull() bool { return s.pool != nil && s.pool.Load() >= s.poolMax }

// account counts bytes of outgoing. s.mu is held.
func (s *socket) account(n int) {
	s.size += n
	if s.pool != nil {
		s.pool.Add(int64(n))
	}
}

// overflowed ends a socket whose peer has been far behind for too long. What it has not been sent is lost to it,
// of which the code tells.
func (s *socket) overflowed() {
	s.mu.Lock()
	if s.dead || s.closing != 0 || !s.full() {
		s.mu.Unlock()
		return
	}
	s.outgoing, s.tooSlow = nil, true
	s.account(-s.size)
	s.mu.Unlock()
	s.shut(closeTryLater, "Too slow")
	s.tell()
}

// startOverflow starts the time for which the peer may be far behind. s.mu is held.
func (s *socket) startOverflow() {
	if s.slow > 0 && s.overflow == nil {
		s.overflow = time.AfterFunc(s.slow, s.overflowed)
	}
}

// tell lets those go on who wait in send.
func (s *socket) tell() {
	s.mu.Lock()
	tell := s.waiting && !s.told && (s.dead || s.closing != 0 || !s.full())
	s.told = s.told || tell
	s.mu.Unlock()
	if tell {
		s.postWake()
	}
}

// postWake posts the event that wakes who waits. told is set.
func (s *socket) postWake() {
	name, _ := s.wake.AsString()
	s.side.post(stdlib.Event{Name: name, Drop: s.missed, Args: func() []lua.Value { s.heard(); return nil }})
}

// heard notes that the event has arrived: who waits looks, and waits anew if need be.
func (s *socket) heard() {
	s.mu.Lock()
	s.told, s.waiting, s.listening = false, false, false
	s.mu.Unlock()
}

// missed notes that the event was passed over: there will be another one.
func (s *socket) missed() {
	s.mu.Lock()
	s.told = false
	s.mu.Unlock()
}

// shut closes the socket once what was sent has arrived. Any goroutine may call it; only the first call counts.
func (s *socket) shut(code int, reason string) {
	s.mu.Lock()
	if s.closing == 0 && !s.dead {
		s.closing, s.reason = code, reason
		s.patience = time.AfterFunc(writePatience, s.cut)
		s.startWriting()
	}
	s.mu.Unlock()
	s.unwant()
	s.side.released()
}

// cut ends the connection at once, if there is one yet.
func (s *socket) cut() {
	s.mu.Lock()
	open := s.open
	s.mu.Unlock()
	if open {
		s.conn.Close()
	}
}

// end notes that the connection has ended, and returns the code with which the program has closed it, or 0.
func (s *socket) end() (closing int, reason string) {
	s.mu.Lock()
	s.dead = true
	s.outgoing = nil
	s.account(-s.size)
	if s.patience != nil {
		s.patience.Stop()
	}
	if s.overflow != nil {
		s.overflow.Stop()
	}
	closing, reason = s.closing, s.reason
	s.mu.Unlock()
	s.tell()
	return closing, reason
}
