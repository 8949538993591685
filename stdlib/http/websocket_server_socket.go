package http

import (
	"context"
	"errors"
	"fmt"
	"maps"
	nethttp "net/http"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gorilla/websocket"

	"github.com/luart/luart/eventqueue"
	"github.com/luart/luart/lua"
	"github.com/luart/luart/stdlib"
)

const (
	// maxInbox and maxInboxBytes bound what has arrived and has not been received: a client that sends more waits. All inboxes of a
	// listener together have the bound max_buffered, above which each may hold one message still.
	maxInbox      = 64
	maxInboxBytes = 1 << 20
	// maxKept and maxKeptBytes are the same for a socket of a websocketServer whose messages are events as well.
	maxKept      = 512
	maxKeptBytes = 4 << 20
	// maxReady is how many messages receive returns in a row without letting others run.
	maxReady = 64
)

// serverSocket is a WebSocket that a client has opened. There are two kinds. Those of a websocketServer have events, as in
// CraftOS-PC; those of request.upgrade have an inbox, from which receive takes.
//
// run is its reading goroutine, the only one of a socket that is idle.
type serverSocket struct {
	socket
	listener *listener
	server   *socketServer // nil: of request.upgrade
	about    handshake
	protocol string // the subprotocol, "" for none

	keepalive *time.Timer
	pinged    int64       // when the client was asked whether it is there; 0: it was not. For the timer's goroutine
	blocked   atomic.Bool // the reader waits for the program, so that silence means nothing
	timedOut  atomic.Bool

	ident lua.Value     // clientID; for the computer's goroutine
	ready int           // messages received in a row; for the computer's goroutine
	free  chan struct{} // gets a token when the inbox has room

	// What follows is under mu.
	inbox     []received
	inboxSize int
	keeps     bool // messages go into the inbox
	own       bool // the program has called close
	flooded   bool // receive was not called often enough
	ended     bool // nothing more arrives
}

// received is a message in an inbox.
type received struct {
	arrival           // if data is not nil
	value   lua.Value // else
}

// handshake is what scripts can ask of the request that has opened a socket.
type handshake struct {
	url, host, remote string
	header            nethttp.Header
}

var socketNumber atomic.Int64

// newServerSocket makes a socket for which there is room. It counts as handled.
func newServerSocket(l *listener, server *socketServer, r *nethttp.Request) *serverSocket {
	set := &l.set.sockets
	l.handling.Add(1)
	s := &serverSocket{
		listener: l, server: server, protocol: chooseProtocol(set.protocols, r),
		about: handshake{r.RequestURI, r.Host, r.RemoteAddr, cloneHeader(r.Header)},
		keeps: true, // of a websocketServer's: until it is known what its program does
	}
	s.side = s
	s.pool, s.poolMax = &l.buffered, l.set.maxBuffered
	s.largest, s.room, s.slow = set.maxMessage, int(set.maxSendBuffer), set.sendTimeout
	// An event of its own for each, so that it costs nothing for those that wait for others.
	s.wake = lua.Constant(fmt.Sprintf("websocket_server_wake_%d", socketNumber.Add(1)))
	s.unwanted, s.unwant = context.WithCancel(l.servers.computer.Context())
	if server == nil {
		s.free = make(chan struct{}, 1)
		s.waits = true
	} else { // until the program turns out to call listen or receive, it is a loop of events
		s.drained = make(chan struct{}, 1)
	}
	return s
}

func (s *serverSocket) queue() *eventqueue.Queue[stdlib.Event] {
	return s.listener.servers.computer.Queue()
}

// post is side.post.
func (s *serverSocket) post(e stdlib.Event) bool {
	if s.queue().PostInternal(e) == nil {
		return true
	}
	if e.Drop != nil {
		e.Drop()
	}
	return false
}

// released is side.released. The room is free when the connection has ended.
func (s *serverSocket) released() {}

// drop closes a socket of which the script has let go.
func (s *serverSocket) drop() {
	s.shut(closeNormal, "")
	s.forgetInbox()
}

// start begins to serve a connection after its handshake.
func (s *serverSocket) start() {
	l := s.listener
	ends := l.sockets.add(s)
	s.begin()
	if ends {
		s.shut(closeGoingAway, "")
	}
	set := &l.set.sockets
	if set.pingInterval > 0 {
		s.mu.Lock()
		s.keepalive = time.AfterFunc(set.pingInterval, s.check)
		s.mu.Unlock()
	}
	go s.run()
}

// abandon gives up a socket of which no program knows.
func (s *serverSocket) abandon() {
	defer s.listener.handled()
	s.end()
	s.unwant()
	s.listener.sockets.release()
}

// fail ends a socket whose handshake could not be answered.
func (s *serverSocket) fail() {
	defer s.listener.handled()
	s.end()
	s.unwant()
	s.listener.sockets.release()
	s.postClosed(ending{})
}

// run reads until the connection ends.
func (s *serverSocket) run() {
	defer s.listener.handled()
	if s.server != nil {
		s.server.announce(s)
	}
	var err error
	for {
		var m arrival
		s.catchUp()
		if m, err = s.next(); err != nil {
			break
		}
		if s.server != nil {
			s.postMessage(m)
		} else {
			s.store(m)
		}
	}
	told, answer := judge(err)
	closing, reason := s.end()
	switch {
	case closing != 0:
		told = ending{reason, closing}
	case s.timedOut.Load():
		told = ending{"Timed out", closeAbnormal}
	case answer != 0:
		s.hangUp(answer, told.reason)
	}
	_ = s.wire.flush()
	s.mu.Lock()
	if s.keepalive != nil {
		s.keepalive.Stop()
	}
	s.mu.Unlock()
	s.postClosed(told)
	var closed *websocket.CloseError
	if closing == 0 && (told.code != 0 && !s.timedOut.Load() || errors.As(err, &closed) && closed.Code == closeNoStatus) {
		s.wire.linger() // a close is on its way
	}
	s.conn.Close()
	s.writers.Wait()
	s.unwant()
	s.listener.sockets.remove(s)
}

// check asks a silent client whether it is there, and ends the connection of one that has not answered.
func (s *serverSocket) check() {
	set := &s.listener.set.sockets
	heard := s.wire.heard.Load()
	next := set.pingInterval - time.Duration(now()-heard)
	switch {
	case s.blocked.Load():
		s.pinged, next = 0, set.pingInterval
	case s.pinged != 0 && heard < s.pinged:
		s.timedOut.Store(true)
		s.conn.Close()
		return
	case next > 0:
		s.pinged = 0
	default:
		s.pinged, next = now(), set.pingTimeout
		// If it can't be sent there is no answer.
		_ = s.conn.WriteControl(websocket.PingMessage, nil, time.Now().Add(closePatience))
	}
	s.mu.Lock()
	if !s.dead {
		s.keepalive.Reset(next)
	}
	s.mu.Unlock()
}

// end is socket.end, and ends those who wait in receive.
func (s *serverSocket) end() (closing int, reason string) {
	closing, reason = s.socket.end()
	s.mu.Lock()
	s.ended = true
	s.mu.Unlock()
	s.notify()
	return closing, reason
}

// postClosed posts the event of the end, of which there is exactly one for each connection.
func (s *serverSocket) postClosed(told ending) {
	passed := func() {
		s.over.Store(true)
		if s.server != nil {
			s.server.ended(s)
		}
	}
	s.post(stdlib.Event{Name: "websocket_server_closed", Drop: passed, Args: func() []lua.Value {
		passed()
		if told == (ending{}) {
			return []lua.Value{s.clientID()}
		}
		reason, code := told.values()
		return []lua.Value{s.clientID(), reason, code}
	}})
}

// postMessage posts a message, and waits while the queue is full, so that the client has to wait as well.
func (s *serverSocket) postMessage(m arrival) {
	size := len(*m.data)
	e := stdlib.Event{
		Name: "websocket_server_message",
		Args: func() []lua.Value {
			if s.listener.servers.account(size) != nil {
				// There is no room in the program's memory, so that nothing more is of use to it.
				s.cut()
			}
			id, text := s.clientID(), m.take()
			s.keep(received{arrival{nil, m.binary}, text}, size)
			return []lua.Value{id, text, lua.Bool(m.binary)}
		},
		Drop: func() { s.keep(received{arrival: m}, size) },
	}
	if s.waitFor(func(ctx context.Context) error { return s.queue().Post(ctx, e) }, s.queue().TryPost(e)) != nil {
		m.forget() // nobody wants it any more
	}
}

// catchUp waits while the client is far behind and send does not wait: who sends on and does not read is not read, either.
func (s *serverSocket) catchUp() {
	for {
		s.mu.Lock()
		behind := !s.waits && !s.dead && s.closing == 0 && s.full()
		s.mu.Unlock()
		if !behind {
			return
		}
		s.blocked.Store(true)
		select {
		case <-s.drained:
		case <-s.unwanted.Done():
		}
		s.wire.heard.Store(now())
		s.blocked.Store(false)
	}
}

// waitFor calls post when the queue was full for what has been tried already.
func (s *serverSocket) waitFor(post func(context.Context) error, tried error) error {
	if tried != eventqueue.ErrFull {
		return tried
	}
	s.blocked.Store(true)
	err := post(s.unwanted)
	s.wire.heard.Store(now())
	s.blocked.Store(false)
	return err
}

// keep puts a message whose event has passed into the inbox if receive may be called for it: because it has been, or because the
// program has only just got the socket.
func (s *serverSocket) keep(m received, size int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.keeps {
		return
	}
	s.inbox = append(s.inbox, m)
	s.holdInbox(size)
	if len(s.inbox) <= maxKept && s.inboxSize <= maxKeptBytes && !s.listener.overShare(s.inboxSize) {
		return
	}
	if s.waits {
		s.listener.servers.computer.Log().Warn("http: messages of a WebSocket were not taken with receive(), which from now on returns "+
			"only what arrives while it waits; the events websocket_server_message are complete",
			"messages", len(s.inbox), "client", s.about.remote)
	}
	s.flooded = true
	s.emptyInbox()
}

// holdInbox counts bytes of the inbox. s.mu is held.
func (s *serverSocket) holdInbox(n int) {
	s.inboxSize += n
	s.listener.inboxes.Add(int64(n))
}

// crowded reports whether all inboxes together hold what they may.
func (l *listener) crowded() bool { return l.inboxes.Load() >= l.set.maxBuffered }

// overShare reports whether an inbox of this many bytes is too large for the room that there is: if there is none left, it is so for those
// that have more than an equal part of it.
func (l *listener) overShare(size int) bool {
	return l.crowded() && int64(size) > l.set.maxBuffered/max(1, l.sockets.number())
}

// emptyInbox lets messages go that nobody will receive, those too that are still to come. s.mu is held.
func (s *serverSocket) emptyInbox() {
	s.holdInbox(-s.inboxSize)
	s.inbox, s.keeps = nil, false
}

// forgetInbox is emptyInbox without s.mu.
func (s *serverSocket) forgetInbox() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.emptyInbox()
}

// store puts a message into the inbox, and waits while that is full.
func (s *serverSocket) store(m arrival) {
	size := len(*m.data)
	for {
		s.mu.Lock()
		if !s.keeps {
			s.mu.Unlock()
			m.forget()
			return
		}
		if len(s.inbox) == 0 || len(s.inbox) < maxInbox && s.inboxSize < maxInboxBytes && !s.listener.crowded() {
			s.inbox = append(s.inbox, received{arrival: m})
			s.holdInbox(size)
			s.mu.Unlock()
			s.notify()
			return
		}
		s.mu.Unlock()
		s.blocked.Store(true)
		select {
		case <-s.free:
		case <-s.unwanted.Done():
			m.forget()
			s.blocked.Store(false)
			return
		}
		s.wire.heard.Store(now())
		s.blocked.Store(false)
	}
}

// notify wakes who waits in receive for the event wake.
func (s *serverSocket) notify() {
	s.mu.Lock()
	tell := s.listening && !s.told
	s.told = s.told || tell
	s.mu.Unlock()
	if tell {
		s.postWake()
	}
}

// socketSet is the WebSockets of a listener.
type socketSet struct {
	mu    sync.Mutex
	open  map[*serverSocket]struct{}
	count int64 // those included whose handshake is not done
	ended bool
}

// reserve makes room for a socket, unless there are limit.
func (t *socketSet) reserve(limit int64) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.count >= limit {
		return false
	}
	t.count++
	return true
}

// number is how many sockets there are.
func (t *socketSet) number() int64 {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.count
}

// release gives the room of a socket back that was not added.
func (t *socketSet) release() {
	t.mu.Lock()
	t.count--
	t.mu.Unlock()
}

// add takes a socket in, and reports whether it is to end at once.
func (t *socketSet) add(s *serverSocket) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.open == nil {
		t.open = map[*serverSocket]struct{}{}
	}
	t.open[s] = struct{}{}
	return t.ended
}

func (t *socketSet) remove(s *serverSocket) {
	t.mu.Lock()
	delete(t.open, s)
	t.count--
	t.mu.Unlock()
}

// each calls f for each socket.
func (t *socketSet) each(f func(*serverSocket)) {
	t.mu.Lock()
	all := slices.Collect(maps.Keys(t.open))
	t.mu.Unlock()
	for _, s := range all {
		f(s)
	}
}

// shut closes all sockets, those too whose handshake is being answered: the server goes away. It does not wait.
func (t *socketSet) shut() {
	t.mu.Lock()
	t.ended = true
	t.mu.Unlock()
	t.each(func(s *serverSocket) { s.shut(closeGoingAway, "") })
}

// cut ends all connections at once.
func (t *socketSet) cut() { t.each((*serverSocket).cut) }
