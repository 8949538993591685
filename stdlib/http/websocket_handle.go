package http

import (
	"runtime"

	"github.com/luart/luart/eventqueue"
	"github.com/luart/luart/lua"
	"github.com/luart/luart/stdlib"
)

// socketHandle is a WebSocket in the hands of a program. When nothing refers to it any more, the socket is closed. Its methods
// run on the computer's goroutine.
type socketHandle struct{ *socket }

// handle makes the table of the socket.
func (s *socket) handle() lua.Value {
	h := &socketHandle{s}
	runtime.AddCleanup(h, (*socket).drop, s)
	t := lua.NewTable(0, 4)
	t.SetString("receive", lua.NewFunction("receive", h.receive))
	t.SetString("send", lua.NewFunction("send", h.send))
	t.SetString("close", lua.NewFunction("close", h.close))
	return t.Value()
}

// usable returns errClosedFile once the socket is closed, by the program or by an event that it has seen.
func (h *socketHandle) usable() error {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.closing != 0 || h.over.Load() {
		return errClosedFile
	}
	return nil
}

// close is close(). It may be called again.
func (h *socketHandle) close(c lua.Call) (lua.Results, error) {
	if !h.over.Load() {
		h.shut(closeNormal)
	}
	return c.Return0()
}

// send is send(message[, binary]). It waits while the peer is far behind.
func (h *socketHandle) send(c lua.Call) (lua.Results, error) {
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

func (h *socketHandle) enqueue(c lua.Call, m message) (lua.Results, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	switch {
	case h.closing != 0, h.dead:
		return 0, errClosedFile
	case h.full():
		h.waiting = true
		return c.Yield(func(c lua.Call) (lua.Results, error) {
			if isTerminate(c.Arg(1)) {
				return 0, errTerminated
			}
			return h.enqueue(c, m)
		}, lua.Constant(writableEvent))
	}
	h.outgoing = append(h.outgoing, m)
	h.size += len(m.text)
	h.wake()
	return c.Return0()
}

// receive is receive([timeout]): the next message and whether it is binary, or nothing when the time is over or the socket
// closes. It takes all events meanwhile (CraftOS), which are lost to the coroutine.
func (h *socketHandle) receive(c lua.Call) (lua.Results, error) {
	if err := h.usable(); err != nil {
		return 0, err
	}
	timer := -1
	if !c.Arg(1).IsNil() {
		seconds, err := stdlib.CheckFinite(c, 1)
		if err != nil {
			return 0, err
		}
		if timer, err = h.client.computer.Queue().StartTimer(eventqueue.Seconds(seconds)); err != nil {
			return 0, err
		}
	}
	return c.Yield(func(c lua.Call) (lua.Results, error) { return h.received(c, timer) })
}

// received looks at an event that came during receive. Events name a socket by its URL only.
func (h *socketHandle) received(c lua.Call, timer int) (lua.Results, error) {
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
		return 0, errTerminated
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
