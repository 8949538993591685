package http

import (
	"runtime"
	"time"
	"unicode/utf8"

	"github.com/luart/luart/eventqueue"
	"github.com/luart/luart/lua"
	"github.com/luart/luart/stdlib"
)

// serverHandle is a WebSocket that a client has opened, in the hands of a program.
type serverHandle struct{ *serverSocket }

// handle makes the table of the socket, once.
func (s *serverSocket) handle() lua.Value {
	h := &serverHandle{s}
	runtime.AddCleanup(h, (*serverSocket).drop, s)
	t := lua.NewTable(0, 9)
	for _, f := range [...]struct {
		name string
		fn   lua.GoFunc
	}{
		{"receive", h.receive}, {"send", h.send}, {"trySend", h.trySend}, {"close", h.close}, {"getURL", h.getURL},
		{"getRequestHeaders", h.getRequestHeaders}, {"getRemoteAddress", h.getRemoteAddress}, {"getProtocol", h.getProtocol},
	} {
		t.SetString(f.name, lua.NewFunction(f.name, f.fn))
	}
	t.SetString("clientID", s.clientID())
	return t.Value()
}

// clientID is what events name the socket by.
func (s *serverSocket) clientID() lua.Value {
	if s.ident.IsNil() {
		s.ident = lua.NewUserdata(nil, nil).Value()
	}
	return s.ident
}

// close is close([code[, reason]]).
func (h *serverHandle) close(c lua.Call) (lua.Results, error) {
	results, err := h.closeNative(c)
	if err == nil {
		h.mu.Lock()
		h.own = true
		h.emptyInbox()
		h.mu.Unlock()
	}
	return results, err
}

// getURL is getURL(): the target of the handshake.
func (h *serverHandle) getURL(c lua.Call) (lua.Results, error) {
	return c.Return1(lua.String(h.about.url))
}

// getRequestHeaders is getRequestHeaders(): those of the handshake.
func (h *serverHandle) getRequestHeaders(c lua.Call) (lua.Results, error) {
	return h.listener.servers.headersTable(c, h.about.host, h.about.header)
}

// getRemoteAddress is getRemoteAddress(): the client's IP address and port.
func (h *serverHandle) getRemoteAddress(c lua.Call) (lua.Results, error) {
	return returnAddress(c, h.about.remote)
}

// getProtocol is getProtocol(): the subprotocol that was agreed on, or nil.
func (h *serverHandle) getProtocol(c lua.Call) (lua.Results, error) {
	if h.protocol == "" {
		return c.Return1(lua.Nil)
	}
	return c.Return1(lua.String(h.protocol))
}

// send is send(message[, binary]). It waits while the client is far behind, unless the program takes the socket's messages as events.
func (h *serverHandle) send(c lua.Call) (lua.Results, error) {
	m, err := h.outgoingMessage(c)
	if err != nil {
		return 0, err
	}
	return h.enqueue(c, m)
}

// trySend is trySend(message[, binary]): whether the message is on its way. It is not while the client is far behind.
func (h *serverHandle) trySend(c lua.Call) (lua.Results, error) {
	m, err := h.outgoingMessage(c)
	if err != nil {
		return 0, err
	}
	h.mu.Lock()
	if full := h.full(); full && !h.dead {
		h.mu.Unlock()
		return c.Return1(lua.False)
	}
	h.mu.Unlock()
	if _, err := h.enqueue(c, m); err != nil {
		return 0, err
	}
	return c.Return1(lua.True)
}

// outgoingMessage returns the message that a program sends.
func (h *serverHandle) outgoingMessage(c lua.Call) (message, error) {
	if err := h.usable(); err != nil {
		return message{}, err
	}
	text, err := checkText(c, 1)
	if err != nil {
		return message{}, err
	}
	m := message{text, c.Arg(2).Truthy()}
	if int64(len(text)) > h.largest {
		return message{}, errMessage
	}
	if !m.binary && !utf8.ValidString(text) {
		return message{}, errMessageNotUTF8
	}
	return m, nil
}

// takeReceived takes a message from the inbox.
func (h *serverHandle) takeReceived() (m received, ok bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if len(h.inbox) == 0 {
		return m, false
	}
	m, h.inbox = shift(h.inbox)
	if m.data != nil {
		h.holdInbox(-len(*m.data))
	} else {
		text, _ := m.value.AsString()
		h.holdInbox(-len(text))
	}
	if h.free != nil {
		select {
		case h.free <- struct{}{}:
		default:
		}
	}
	return m, true
}

// give returns a message to the script.
func (m received) give(c lua.Call) (lua.Results, error) {
	if m.data != nil {
		if err := c.Reserve(len(*m.data)); err != nil {
			return 0, err
		}
		return c.Return(m.take(), lua.Bool(m.binary))
	}
	return c.Return(m.value, lua.Bool(m.binary))
}

// receive is receive([timeout]): the next message and whether it is binary, or nothing when the time is over or the socket closes.
func (h *serverHandle) receive(c lua.Call) (lua.Results, error) {
	h.mu.Lock()
	own := h.own
	if !own {
		h.waits, h.keeps = true, !h.flooded
	}
	h.mu.Unlock()
	if own {
		return 0, h.usable()
	}
	if !c.Arg(1).IsNil() {
		if _, err := stdlib.CheckFinite(c, 1); err != nil {
			return 0, err
		}
	}
	if h.server != nil {
		return h.receiveEvent(c)
	}
	return h.receiveInbox(c)
}

// receiveInbox is receive for sockets without events. Whoever waits in it waits for an event of the socket's own, which costs
// nothing for all the others that wait.
func (h *serverHandle) receiveInbox(c lua.Call) (lua.Results, error) {
	var timer *time.Timer
	over := false // for the computer's goroutine
	if seconds, ok := c.Arg(1).AsNumber(); ok {
		timer = time.AfterFunc(eventqueue.Seconds(seconds), func() {
			name, _ := h.wake.AsString()
			h.post(stdlib.Event{Name: name, Args: func() []lua.Value { over = true; return nil }})
		})
	}
	stop := func() {
		if timer != nil {
			timer.Stop()
		}
	}
	var look func(lua.Call) (lua.Results, error)
	wait := func(c lua.Call) (lua.Results, error) { h.ready = 0; return c.Yield(look, h.wake) }
	look = func(c lua.Call) (lua.Results, error) {
		if stdlib.IsTerminate(c) {
			stop()
			return 0, stdlib.ErrTerminated
		}
		if h.ready >= maxReady {
			// Others are to have their turn before the next message is taken.
			h.mu.Lock()
			post := !h.told
			h.told, h.listening = true, true
			h.mu.Unlock()
			if post {
				h.postWake()
			}
			return wait(c)
		}
		if m, ok := h.takeReceived(); ok {
			h.ready++
			stop()
			return m.give(c)
		}
		h.mu.Lock()
		if h.ended || h.closing != 0 || over {
			if h.ended {
				h.over.Store(true) // the program knows now
			}
			h.mu.Unlock()
			stop()
			return c.Return0()
		}
		if len(h.inbox) == 0 {
			h.listening = true
			h.mu.Unlock()
			return wait(c)
		}
		h.mu.Unlock()
		return look(c)
	}
	return look(c)
}

// receiveEvent is receive for sockets with events, of which it takes all meanwhile (CraftOS). Messages whose events have passed
// while nobody was in receive come first.
func (h *serverHandle) receiveEvent(c lua.Call) (lua.Results, error) {
	if m, ok := h.takeReceived(); ok {
		return m.give(c)
	}
	if err := h.usable(); err != nil {
		return 0, err
	}
	timer, err := startTimer(c, h.queue())
	if err != nil {
		return 0, err
	}
	var look func(lua.Call) (lua.Results, error)
	look = func(c lua.Call) (lua.Results, error) {
		name, _ := c.Arg(1).AsString()
		if name == "timer" && timer >= 0 && lua.RawEqual(c.Arg(2), lua.Int(timer)) {
			return c.Return0()
		}
		stop := func() {
			if timer >= 0 {
				h.queue().CancelTimer(timer)
			}
		}
		if name == "terminate" {
			stop()
			return 0, stdlib.ErrTerminated
		}
		if m, ok := h.takeReceived(); ok {
			stop()
			return m.give(c)
		}
		switch {
		case name == "websocket_server_message" && h.flooded && lua.RawEqual(c.Arg(2), h.clientID()):
			stop()
			return c.Return(c.Arg(3), c.Arg(4))
		case h.usable() != nil:
			stop()
			return c.Return0()
		}
		return c.Yield(look)
	}
	return c.Yield(look)
}
