package http

import (
	"context"
	nethttp "net/http"
	"slices"
	"sync"
	"time"

	"github.com/luart/luart/lua"
	"github.com/luart/luart/stdlib"
)

// socketServer is an http.websocketServer: a listener, with all its options and guards, that does nothing but open WebSockets.
//
// A connection is told to the program by the event websocket_server_connect. listen() takes from the backlog, in which are those
// whose event has passed, whether somebody has waited for it or not.
type socketServer struct {
	servers  *servers
	listener *listener

	mu      sync.Mutex
	backlog []*waitingSocket
	pending map[*serverSocket]*waitingSocket
	waiting int  // coroutines in listen
	listens bool // listen has been called
}

// waitingSocket is a connection that listen has not returned.
type waitingSocket struct {
	socket *serverSocket
	timer  *time.Timer
	late   bool      // the time for it is over
	handle lua.Value // once the program has got it with the event. It would be closed if the program let go of it
}

// wakeListeners is the event that ends listen when the server closes.
const wakeListeners = "websocket_server_stop"

// websocketServer is http.websocketServer(port[, headers | options]) -> server | nil, message.
func (s *servers) websocketServer(c lua.Call) (lua.Results, error) {
	port, err := checkPort(c, 1)
	if err != nil {
		return 0, err
	}
	if port < 0 {
		return 0, lua.ArgError(1, "port out of range")
	}
	set, err := checkSettings(c, 2, "options or headers", s.putServer)
	if err != nil {
		return 0, err
	}
	if s.byPort[port] != nil {
		return c.Return(lua.Nil, lua.String("Port already in use"))
	}
	v := &socketServer{servers: s, pending: map[*serverSocket]*waitingSocket{}}
	if _, err = s.listenWith("http.websocketServer", port, set, v); err != nil { // it sets v.listener
		return c.Return(lua.Nil, lua.String(err.Error()))
	}
	t := lua.NewTable(0, 4)
	t.SetString("listen", lua.NewFunction("listen", v.listen))
	t.SetString("close", lua.NewFunction("close", v.close))
	t.SetString("port", lua.Int(v.listener.port))
	return c.Return1(t.Value())
}

// close is close(). The port is free when it returns, and the clients get the code 1001.
func (v *socketServer) close(c lua.Call) (lua.Results, error) {
	l := v.listener
	if v.servers.byPort[l.port] == l {
		delete(v.servers.byPort, l.port)
		l.remove(false)
		v.mu.Lock()
		tell := v.waiting > 0
		v.mu.Unlock()
		if tell {
			_ = v.servers.computer.Queue().PostInternal(stdlib.Event{Name: wakeListeners}) // an error means that the computer ends
		}
	}
	return c.Return0()
}

// closed reports whether the server takes no more connections.
func (v *socketServer) closed() bool {
	select {
	case <-v.listener.removed:
		return true
	default:
		return false
	}
}

// listen is listen([timeout]): the next connection, or nil when the time is over or the server is closed meanwhile.
func (v *socketServer) listen(c lua.Call) (lua.Results, error) {
	timeout := lua.Nil
	if !c.Arg(1).IsNil() {
		if _, ok := c.Arg(1).ToNumber(); !ok {
			return 0, badArgument(c, 1, "number")
		}
		timeout = c.Arg(1)
	}
	v.mu.Lock()
	v.listens = true
	v.mu.Unlock()
	if h, ok := v.next(); ok {
		return c.Return1(h)
	}
	if v.closed() {
		return 0, errClosedFile
	}
	queue, timer := v.servers.computer.Queue(), -1
	if !timeout.IsNil() {
		var err error
		if timer, err = startTimer(c, queue); err != nil {
			return 0, err
		}
	}
	v.wait(1)
	var look func(lua.Call) (lua.Results, error)
	look = func(c lua.Call) (lua.Results, error) {
		name, _ := c.Arg(1).AsString()
		late := name == "timer" && timer >= 0 && lua.RawEqual(c.Arg(2), lua.Int(timer))
		h, ok := lua.Nil, false
		if name != "terminate" {
			h, ok = v.next()
		}
		if !ok && !late && name != "terminate" && !v.closed() {
			return c.Yield(look)
		}
		v.wait(-1)
		if timer >= 0 && !late {
			queue.CancelTimer(timer)
		}
		if name == "terminate" {
			return 0, stdlib.ErrTerminated
		}
		return c.Return1(h)
	}
	return c.Yield(look)
}

func (v *socketServer) wait(n int) {
	v.mu.Lock()
	v.waiting += n
	v.mu.Unlock()
}

// serve answers a request; on net/http's goroutine.
func (v *socketServer) serve(w nethttp.ResponseWriter, r *nethttp.Request) {
	l := v.listener
	refused := l.set.checkHandshake(r)
	if refused == nil && !l.sockets.reserve(l.set.sockets.maxWebSockets) {
		refused = tooManySockets(l)
	}
	if refused != nil {
		refuseHandshake(w, refused)
		return
	}
	s := newServerSocket(l, v, r)
	if err := s.shake(w, r, l.set.sockets.headers.Clone()); err != nil {
		s.abandon() // nobody knows of it yet
		return
	}
	s.start()
}

// announce posts the event of a connection, and waits while the queue is full; on its reading goroutine.
func (v *socketServer) announce(s *serverSocket) {
	w := &waitingSocket{socket: s}
	v.mu.Lock()
	v.pending[s] = w
	w.timer = time.AfterFunc(v.listener.set.responseTimeout, func() { v.expire(w) })
	v.mu.Unlock()
	e := stdlib.Event{
		Name: "websocket_server_connect",
		Args: func() []lua.Value { return []lua.Value{v.listener.portValue, v.offer(w, true)} },
		Drop: func() { v.offer(w, false) },
	}
	queue := v.servers.computer.Queue()
	if s.waitFor(func(ctx context.Context) error { return queue.Post(ctx, e) }, queue.TryPost(e)) != nil {
		v.forget(w)
	}
}

// offer puts a connection whose event has passed into the backlog. If the program gets the event, it is given the handle.
func (v *socketServer) offer(w *waitingSocket, given bool) (handle lua.Value) {
	if given {
		handle = w.socket.handle()
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	if !w.late && v.pending[w.socket] == w {
		w.handle = handle
		v.backlog = append(v.backlog, w)
	}
	return handle
}

// next takes a connection from the backlog, in which one that has ended stays as long as there are messages of it.
func (v *socketServer) next() (handle lua.Value, ok bool) {
	for {
		v.mu.Lock()
		if len(v.backlog) == 0 {
			v.mu.Unlock()
			return lua.Nil, false
		}
		w := v.backlog[0]
		v.remove(w)
		v.mu.Unlock()
		s := w.socket
		s.mu.Lock()
		s.waits = true
		nothing := (s.ended || s.closing != 0) && len(s.inbox) == 0
		s.mu.Unlock()
		switch {
		case nothing:
		case w.handle.IsNil():
			return s.handle(), true
		default:
			return w.handle, true
		}
	}
}

// remove takes a connection out of the lists. v.mu is held.
func (v *socketServer) remove(w *waitingSocket) {
	w.timer.Stop()
	delete(v.pending, w.socket)
	v.backlog = slices.DeleteFunc(v.backlog, func(x *waitingSocket) bool { return x == w })
}

func (v *socketServer) forget(w *waitingSocket) {
	v.mu.Lock()
	v.remove(w)
	v.mu.Unlock()
}

// expire ends the time in which listen may take a connection. The program may have it from the event; if it has not, the
// connection is closed.
func (v *socketServer) expire(w *waitingSocket) {
	v.mu.Lock()
	if v.pending[w.socket] != w {
		v.mu.Unlock()
		return
	}
	w.late = true
	given := !w.handle.IsNil()
	v.remove(w)
	w.handle = lua.Nil
	v.mu.Unlock()
	if !given {
		w.socket.shut(closeTryLater, "Not accepted in time")
	}
	w.socket.unlisted(given)
}

// ended looks at a connection of whose end the program knows. If listen has not returned it, it stays in the backlog for its messages, as
// long as there is room for them: however many clients come and go, what is kept of them is bounded.
func (v *socketServer) ended(s *serverSocket) {
	s.mu.Lock()
	messages := len(s.inbox)
	s.mu.Unlock()
	l := v.listener
	v.mu.Lock()
	w := v.pending[s]
	if w == nil || messages > 0 && !l.crowded() && int64(len(v.backlog)) <= l.set.sockets.maxWebSockets {
		v.mu.Unlock()
		return
	}
	given, listens := !w.handle.IsNil(), v.listens
	v.remove(w)
	w.handle = lua.Nil
	v.mu.Unlock()
	if messages > 0 && listens {
		v.servers.computer.Log().Warn("http: a WebSocket had ended before listen() returned it, and there was no more room for its messages, which "+
			"are lost to receive(); the events websocket_server_message are complete", "messages", messages, "client", s.about.remote)
	}
	s.unlisted(given)
}

// unlisted lets go of the messages of a socket that listen will not return: all of them, unless the program was given the socket by the event,
// and has called receive.
func (s *serverSocket) unlisted(given bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !given || !s.waits {
		s.emptyInbox()
	}
}
