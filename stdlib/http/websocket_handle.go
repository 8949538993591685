package http

import (
	"errors"
	"fmt"
	"runtime"
	"unicode/utf8"

	"github.com/luart/luart/eventqueue"
	"github.com/luart/luart/lua"
	"github.com/luart/luart/stdlib"
)

// The methods of the handles of WebSockets run on the computer's goroutine. When nothing refers to a handle any more, its socket
// is closed.

// usable returns errClosedFile once the socket is closed, by the program or by an event that it has seen.
func (s *socket) usable() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closing != 0 || s.over.Load() {
		return s.closedError()
	}
	return nil
}

// closedError is what methods of a closed socket end with. s.mu is held.
func (s *socket) closedError() error {
	if s.tooSlow {
		return errSlow
	}
	return errClosedFile
}

// closeNative is close([code[, reason]]). It may be called again. (CraftOS takes no arguments.)
func (s *socket) closeNative(c lua.Call) (lua.Results, error) {
	code, reason := closeNormal, ""
	if !c.Arg(1).IsNil() {
		var err error
		if code, err = c.CheckInt(1); err != nil {
			return 0, err
		}
		if reason, err = c.OptString(2, ""); err != nil {
			return 0, err
		}
		if err := checkClose(code, reason); err != nil {
			return 0, err
		}
	}
	if !s.over.Load() {
		s.shut(code, reason)
	}
	return c.Return0()
}

const (
	// maxReason bounds the reason of a close, in bytes (RFC 6455 §5.5).
	maxReason = 123
	// Codes that are the programs' to use (RFC 6455 §7.4.2), besides those of the RFC that may be sent.
	firstOwnCode, lastOwnCode = 3000, 4999
)

func checkClose(code int, reason string) error {
	known := code >= closeNormal && code <= closeTryLater && code != 1004 && code != closeNoStatus && code != closeAbnormal
	if !known && (code < firstOwnCode || code > lastOwnCode) {
		return lua.ArgError(1, fmt.Sprintf("close code %d may not be sent; 1000 is the usual one, 4000 to 4999 are free", code))
	}
	if len(reason) > maxReason || !utf8.ValidString(reason) {
		return lua.ArgError(2, fmt.Sprintf("the reason must be UTF-8 of up to %d bytes", maxReason))
	}
	return nil
}

// enqueue sends a message. While the peer is far behind it waits, as os.pullEvent does, or lets it have time to catch up.
func (s *socket) enqueue(c lua.Call, m message) (lua.Results, error) {
	s.mu.Lock()
	if !s.waits && s.size >= s.room && s.poolFull() {
		s.mu.Unlock()
		s.overflowed() // there is no room for what it would still take
		s.mu.Lock()
	}
	defer s.mu.Unlock()
	switch {
	case s.closing != 0, s.over.Load():
		return 0, s.closedError()
	case s.dead:
		// The program can't know yet: the event of the end is on its way. To throw would make all programs fail now and then.
		return c.Return0()
	case s.waits && s.full():
		s.waiting = true
		s.startOverflow()
		return c.Yield(func(c lua.Call) (lua.Results, error) {
			if stdlib.IsTerminate(c) {
				return 0, stdlib.ErrTerminated
			}
			return s.enqueue(c, m)
		}, s.wake)
	}
	s.outgoing = append(s.outgoing, m)
	s.account(len(m.text))
	if !s.waits && s.full() {
		s.startOverflow()
	}
	s.startWriting()
	return c.Return0()
}

// clientHandle is a WebSocket that a program has opened.
type clientHandle struct{ *clientSocket }

// handle makes the table of the socket.
func (s *clientSocket) handle() lua.Value {
	h := &clientHandle{s}
	runtime.AddCleanup(h, (*clientSocket).drop, s)
	t := lua.NewTable(0, 4)
	t.SetString("receive", lua.NewFunction("receive", h.receive))
	t.SetString("send", lua.NewFunction("send", h.send))
	t.SetString("close", lua.NewFunction("close", h.close))
	return t.Value()
}

func (h *clientHandle) close(c lua.Call) (lua.Results, error) { return h.closeNative(c) }

// send is send(message[, binary]).
func (h *clientHandle) send(c lua.Call) (lua.Results, error) {
	if err := h.usable(); err != nil {
		return 0, err
	}
	m := message{text: stdlib.CoerceString(c, 1)}
	var err error
	if m.binary, err = stdlib.OptBool(c, 2, false); err != nil {
		return 0, err
	}
	if int64(len(m.text)) > h.largest {
		return 0, errMessage
	}
	return h.enqueue(c, m)
}

// startTimer starts the timer of receive([timeout]), and returns its id, or -1 without a timeout.
func startTimer(c lua.Call, queue *eventqueue.Queue[stdlib.Event]) (int, error) {
	if c.Arg(1).IsNil() {
		return -1, nil
	}
	seconds, err := stdlib.CheckFinite(c, 1)
	if err != nil {
		return -1, err
	}
	return queue.StartTimer(eventqueue.Seconds(seconds))
}

// receive is receive([timeout]): the next message and whether it is binary, or nothing when the time is over or the socket
// closes. It takes all events meanwhile (CraftOS), which are lost to the coroutine.
func (h *clientHandle) receive(c lua.Call) (lua.Results, error) {
	if err := h.usable(); err != nil {
		return 0, err
	}
	timer, err := startTimer(c, h.client.computer.Queue())
	if err != nil {
		return 0, err
	}
	return c.Yield(func(c lua.Call) (lua.Results, error) { return h.received(c, timer) })
}

// received looks at an event that came during receive. Events name a socket by its URL only.
func (h *clientHandle) received(c lua.Call, timer int) (lua.Results, error) {
	name, _ := c.Arg(1).AsString()
	url, _ := c.Arg(2).AsString()
	done := func() {
		if timer >= 0 {
			h.client.computer.Queue().CancelTimer(timer)
		}
	}
	switch {
	case name == "terminate":
		done()
		return 0, stdlib.ErrTerminated
	case name == "websocket_message" && url == h.text:
		done()
		return c.Return(c.Arg(3), c.Arg(4))
	case h.usable() != nil: // by an event just now, or by another coroutine
		done()
		return c.Return0()
	case name == "timer" && timer >= 0 && lua.RawEqual(c.Arg(2), lua.Int(timer)):
		return c.Return0()
	}
	return c.Yield(func(c lua.Call) (lua.Results, error) { return h.received(c, timer) })
}

var errMessageNotUTF8 = errors.New("a text that is not UTF-8 can't be sent as one; pass true as second argument to send bytes")
