package http

import (
	"errors"
	"fmt"
	nethttp "net/http"
	"os"
	"strconv"
	"sync"
	"time"

	"github.com/luart/luart/lua"
	"github.com/luart/luart/stdlib"
)

// outgoing is the body of a response that is sent while the script writes it: from the first flush() on. The script fills the
// buffer, on the computer's goroutine; net/http's goroutine of the request empties it. When the client does not keep up, write
// waits.
type outgoing struct {
	exchange *exchange
	begun    bool // the headers are sent; for net/http's goroutine

	mu      sync.Mutex
	buffer  []byte // what has been written and not been taken by the sender
	spare   []byte // the sender's last buffer, to be used again
	sending int    // bytes that the sender has taken and that the connection has not
	due     bool   // the sender has been asked to take the buffer
	left    int64  // bytes that the Content-Length which the script has set still allows; -1: it has set none
	waiting bool   // a write waits for room
	told    bool   // an event is on its way
}

const (
	// sendStep is how much is given to the connection at a time, in bytes: within write_timeout, each.
	sendStep = 64 << 10
	// sendAhead is how much a script writes before it is sent without a flush, in bytes.
	sendAhead = 32 << 10
)

// flush is flush(): sends the status, the headers and what has been written, and makes the response a stream: it has no length
// known in advance, unless the script has set Content-Length.
func (e *exchange) flush(c lua.Call) (lua.Results, error) {
	p, err := e.live()
	if err != nil {
		return 0, err
	}
	out := e.out.Load()
	if out == nil {
		out = &outgoing{exchange: e, left: -1}
		if v := p.headers["Content-Length"]; validLength(v) {
			out.left, _ = strconv.ParseInt(v[0], 10, 64)
		}
		if err := out.announce(p.size()); err != nil {
			return 0, err
		}
		out.buffer = append(append(out.buffer, p.text...), p.buffer...)
		p.text, p.buffer = "", nil
		e.out.Store(out)
	}
	out.mu.Lock()
	out.due = true
	out.mu.Unlock()
	e.signal()
	return c.Return0()
}

// announce counts n bytes against the length that the script has announced.
func (o *outgoing) announce(n int) error {
	if o.left < 0 {
		return nil
	}
	if int64(n) > o.left {
		return errors.New("response is too large (its Content-Length says less)")
	}
	o.left -= int64(n)
	return nil
}

// write adds to the buffer once there is room.
func (o *outgoing) write(c lua.Call, text, end string) (lua.Results, error) {
	if _, err := o.exchange.live(); err != nil {
		return 0, err
	}
	n := len(text) + len(end)
	o.mu.Lock()
	defer o.mu.Unlock()
	if held := len(o.buffer) + o.sending; held > 0 && int64(held+n) > o.exchange.listener.set.streamBuffer {
		o.waiting, o.due = true, true
		o.exchange.signal()
		return c.Yield(func(c lua.Call) (lua.Results, error) {
			if stdlib.IsTerminate(c) {
				return 0, stdlib.ErrTerminated
			}
			return o.write(c, text, end)
		}, lua.Constant(streamEvent))
	}
	if err := o.announce(n); err != nil {
		return 0, err
	}
	if !o.exchange.charge(n) {
		return 0, tooMuchBuffered(&o.exchange.listener.set)
	}
	o.buffer = append(append(o.buffer, text...), end...)
	if len(o.buffer) >= sendAhead && !o.due {
		o.due = true
		o.exchange.signal()
	}
	return c.Return0()
}

func tooMuchBuffered(set *settings) error {
	return fmt.Errorf("response is too large (the listener may hold %d bytes of all bodies: option max_buffered)", set.maxBuffered)
}

// sender gives a stream to the connection; on net/http's goroutine.
type sender struct {
	*outgoing
	w       nethttp.ResponseWriter
	control *nethttp.ResponseController
}

// begin sets the status and the headers, once.
func (s *sender) begin(p *content) {
	if s.begun {
		return
	}
	s.begun = true
	h := p.sendHeaders(s.w)
	if !validLength(h["Content-Length"]) {
		delete(h, "Content-Length")
	}
	if p.status != 0 {
		s.w.WriteHeader(p.status)
	} else {
		s.w.WriteHeader(nethttp.StatusOK)
	}
}

// step sends what is due, and ends the request if that does not succeed.
func (s *sender) step() {
	s.mu.Lock()
	due := s.due
	s.mu.Unlock()
	if !due {
		return
	}
	switch err := s.send(); {
	case err == nil:
	case errors.Is(err, os.ErrDeadlineExceeded):
		s.exchange.end(stalled)
	default:
		s.exchange.end(left)
	}
}

// send sends what has been written.
func (s *sender) send() error {
	s.mu.Lock()
	chunk := s.buffer
	s.buffer, s.spare, s.due, s.sending = s.spare[:0], nil, false, len(chunk)
	s.mu.Unlock()
	for rest := chunk; ; {
		if err := s.control.SetWriteDeadline(time.Now().Add(s.exchange.listener.set.writeTimeout)); err != nil {
			return err
		}
		n := min(len(rest), sendStep)
		if n > 0 {
			// A status such as 204 allows no body.
			if _, err := s.w.Write(rest[:n]); err != nil && !errors.Is(err, nethttp.ErrBodyNotAllowed) {
				return err
			}
		}
		if rest = rest[n:]; len(rest) == 0 {
			if err := s.control.Flush(); err != nil {
				return err
			}
		}
		s.sent(n)
		if len(rest) == 0 {
			break
		}
	}
	if cap(chunk) <= 2*sendStep {
		s.mu.Lock()
		s.spare = chunk
		s.mu.Unlock()
	}
	return nil
}

// sent makes room for n bytes.
func (o *outgoing) sent(n int) {
	o.exchange.discharge(n)
	o.mu.Lock()
	o.sending -= n
	o.mu.Unlock()
	o.tell()
}

// tell wakes a write that waits, because there is room or because the request is over.
func (o *outgoing) tell() {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.waiting && !o.told {
		o.told = o.exchange.listener.servers.computer.Queue().PostInternal(stdlib.Event{Name: streamEvent, Args: o.deliver, Drop: o.heard}) == nil
	}
}

// deliver is the Args of the event.
func (o *outgoing) deliver() []lua.Value {
	o.heard()
	return nil
}

// heard notes that the event has arrived.
func (o *outgoing) heard() {
	o.mu.Lock()
	o.waiting, o.told = false, false
	o.mu.Unlock()
}

// isOpen is isOpen(): whether the request still waits for its response, or for more of it. It is false after close, and once the
// client has gone as far as that is known.
func (e *exchange) isOpen(c lua.Call) (lua.Results, error) {
	return c.Return1(lua.Bool(state(e.state.Load()) == open))
}
