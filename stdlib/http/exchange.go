package http

import (
	"errors"
	nethttp "net/http"
	"strings"
	"sync/atomic"

	"github.com/luart/luart/lua"
)

// state is where a request stands. It begins as queued, may become open, and ends in one of the others, once.
type state uint32

const (
	queued    state = iota // its event waits; nobody has seen it
	open                   // the script has its handles
	closed                 // the script has closed the response
	left                   // the client has gone
	late                   // no answer within response_timeout
	withdrawn              // its listener was removed before the script took it
	abandoned              // its handler was given up
	stopped                // the computer shuts down or starts anew
	stalled                // the client did not take a streamed response for write_timeout
	overdue                // a streamed response was not closed within stream_timeout
	broken                 // the handler failed within a streamed response
	handed                 // the connection is somebody else's now: see handOver
)

// What handles say when they are used after the end of their request. All begin with the text of CraftOS.
var overErrors = [...]error{
	queued:    errClosedFile, // not reached: a handle exists from open on
	closed:    errClosedFile,
	left:      errors.New("attempt to use a closed file (the client has gone)"),
	late:      errors.New("attempt to use a closed file (the client got 503: no answer in time)"),
	withdrawn: errors.New("attempt to use a closed file (the listener was removed)"),
	abandoned: errors.New("attempt to use a closed file (http.listen has ended)"),
	stopped:   errors.New("attempt to use a closed file (the computer is shutting down)"),
	stalled:   errors.New("attempt to use a closed file (the client did not take the response in time)"),
	overdue:   errors.New("attempt to use a closed file (the time for the stream is over)"),
	broken:    errors.New("attempt to use a closed file (the handler has failed)"),
	handed:    errors.New("attempt to use a closed file (the connection has been upgraded)"),
}

// exchange is one request and its response.
//
// Two goroutines share it: the computer's, through the handles, and the one that net/http runs the request on. They
// need no lock, because all data is in content, which has one owner at a time: the computer's goroutine until state
// becomes closed, net/http's from then on, and nobody else ever if state ends otherwise. Whoever moves state to its end
// by compare-and-swap decides; the others find out by failing. A handle that is used later sees from state that the
// request is over and why, and does not reach content.
//
// Streams are the exception: a response that the script sends while it writes it is in an outgoing, a request's body that is
// read while it arrives in an incoming, and both have locks of their own.
//
// When the request is over, content is let go, so that a script that hoards handles holds next to nothing.
type exchange struct {
	listener *listener
	state    atomic.Uint32
	content  atomic.Pointer[content]
	buffered atomic.Int64  // bytes counted against the listener's max_buffered
	wake     chan struct{} // gets a token when net/http's goroutine has to look at state and out
	out      atomic.Pointer[outgoing]
	args     [3]lua.Value  // of the event
	request  *lua.Table    // the request's handle, to tell its close from the response's
	socket   *serverSocket // what the request was upgraded to; for the computer's goroutine
}

// content is the data of a request and of the response that the script makes.
type content struct {
	request *nethttp.Request
	body    reader
	in      *incoming // the body of a request that is read while it arrives; else nil
	// take is what becomes of the connection once the request is handed over.
	take func(nethttp.ResponseWriter, *nethttp.Request)

	status     int // 0: not set
	headers    nethttp.Header
	headerSize int // bytes of headers
	// The response's body: a script that writes once, as most do, has its string sent without a copy. text is the whole
	// body as long as buffer is nil.
	text   string
	buffer []byte
}

// size is the length of the response's body.
func (p *content) size() int { return len(p.text) + len(p.buffer) }

// answer puts a response in place of what the script has written. The request and its body stay what they are: net/http's goroutine
// looks at them meanwhile.
func (p *content) answer(status int, text string, headers nethttp.Header) {
	p.body, p.take = reader{}, nil
	p.status, p.headers, p.headerSize = status, headers, 0
	p.text, p.buffer = text+"\n", nil
}

// end moves the state to one of its ends and reports whether it was this call that did. Any goroutine may call it.
func (e *exchange) end(to state) bool {
	for {
		s := state(e.state.Load())
		if s > open {
			return false
		}
		if e.state.CompareAndSwap(uint32(s), uint32(to)) {
			if s == queued {
				e.listener.waiting.Add(-1)
			}
			return true
		}
	}
}

// withdraw ends a request whose event nobody has taken, because its listener was removed.
func (e *exchange) withdraw() bool {
	if !e.state.CompareAndSwap(uint32(queued), uint32(withdrawn)) {
		return false
	}
	e.listener.waiting.Add(-1)
	return true
}

// finish is end for the computer's side: net/http's goroutine takes over.
func (e *exchange) finish(to state) bool {
	if !e.end(to) {
		return false
	}
	e.signal()
	return true
}

// signal makes net/http's goroutine look. Any goroutine may call it.
func (e *exchange) signal() {
	select {
	case e.wake <- struct{}{}:
	default: // it will look anyway
	}
}

// handOver ends a request that becomes something else, a WebSocket for example: take gets what net/http gave for it, on
// net/http's goroutine, once nothing of the request is held any more, and may hijack the connection. The request counts as handled
// then; a hijacked connection goes on counting against max_connections, until listener.freeSlot is called for it, once.
//
// It reports false, and take is not called, if the request is over or its response has begun. For the computer's goroutine.
func (e *exchange) handOver(take func(nethttp.ResponseWriter, *nethttp.Request)) bool {
	p, err := e.live()
	if err != nil || e.out.Load() != nil {
		return false
	}
	p.take = take
	return e.finish(handed)
}

// drop is the Drop of the request's event.
func (e *exchange) drop() { e.finish(stopped) }

// deliver is the Args of the request's event.
func (e *exchange) deliver() []lua.Value {
	select {
	case <-e.listener.removed:
		e.finish(withdrawn)
	default:
	}
	if e.state.CompareAndSwap(uint32(queued), uint32(open)) {
		e.listener.waiting.Add(-1)
	}
	request, response := e.newHandles()
	e.args = [3]lua.Value{e.listener.portValue, request, response}
	return e.args[:]
}

// live returns the content, or the error that a method ends with once the request is over.
func (e *exchange) live() (*content, error) {
	if state(e.state.Load()) == open {
		if p := e.content.Load(); p != nil {
			return p, nil
		}
	}
	return nil, overErrors[e.state.Load()]
}

// charge counts n bytes of a body, and reports whether the listener may hold them. Any goroutine may call it.
func (e *exchange) charge(n int) bool {
	l := e.listener
	if l.buffered.Add(int64(n)) > l.set.maxBuffered {
		l.buffered.Add(-int64(n))
		return false
	}
	e.buffered.Add(int64(n))
	if e.content.Load() == nil {
		e.release() // over meanwhile, and nobody else will
	}
	return true
}

// discharge takes back n bytes that charge has counted. Any goroutine may call it, also after release.
func (e *exchange) discharge(n int) {
	for {
		held := e.buffered.Load()
		m := min(int64(n), held)
		if e.buffered.CompareAndSwap(held, held-m) {
			e.listener.buffered.Add(-m)
			return
		}
	}
}

// release lets the content go. net/http's goroutine calls it when it is done with the request.
func (e *exchange) release() {
	e.content.Store(nil)
	e.listener.buffered.Add(-e.buffered.Swap(0))
}

// settle(outcome[, message, traceback]) is what http.lua ends the response of a handler with:
//
//	"returned"   the handler has returned; if it has not closed the response, that is done for it
//	"failed"     it has raised an error, which goes to the log; the client gets 500
//	"raised"     it has raised an error, which http.listen passes on; the client gets 500
//	"refused"    (with a text and a status) it was to be a WebSocket, but can't
//	"abandoned"  http.listen ends and gives the handler up; the client gets 503
func (e *exchange) settle(c lua.Call) (lua.Results, error) {
	outcome, _ := c.Arg(1).AsString()
	log := e.listener.servers.computer.Log()
	switch outcome {
	case "returned":
		p, err := e.live()
		if err != nil {
			break // closed, or told the client's end by an error that it has caught
		}
		method, url := p.request.Method, p.request.RequestURI
		if p.status == 0 && p.size() == 0 && e.out.Load() == nil {
			p.status = nethttp.StatusNoContent
		}
		if e.finish(closed) {
			log.Warn("http.listen: the handler ended without res.close(); it was done for it", "method", method, "url", url)
		}
	case "raised":
		e.failSocket()
		e.fail()
	case "failed":
		message, _ := c.Arg(2).AsString()
		traceback, _ := c.Arg(3).AsString()
		e.failSocket()
		e.failed(message, traceback)
	case "refused":
		text, _ := c.Arg(2).AsString()
		code, _ := c.Arg(3).AsNumber()
		e.refuseUpgrade(&refusedHandshake{int(code), text})
	case "abandoned":
		e.finish(abandoned)
		log.Warn("http.listen: a handler still ran when the server ended; it was given up", "port", e.listener.port)
	}
	return c.Return0()
}

// failed ends the request of a handler that has raised an error, and writes it to the log, unless all it says is what the client did.
func (e *exchange) failed(message, traceback string) {
	log := e.listener.servers.computer.Log()
	if p, err := e.live(); err == nil && p.in != nil {
		if fault := p.in.fault(); fault != nil && strings.HasSuffix(message, fault.Error()) {
			log.Debug("http.listen: the handler ended because of its client", "error", message, "url", p.request.RequestURI)
			e.fail()
			return
		}
	}
	args := []any{"error", message, "traceback", traceback}
	if request := e.fail(); request != nil {
		args = append(args, "method", request.Method, "url", request.RequestURI)
		if e.out.Load() != nil {
			log.Error("http.listen: the handler failed within its response, which was cut off", args...)
		} else {
			log.Error("http.listen: the handler failed; the client got 500", args...)
		}
		return
	}
	switch over := state(e.state.Load()); {
	case over == handed && e.socket.explains(message):
		log.Debug("http.listen: the connection of a WebSocket has ended", args...)
	case over == handed:
		log.Error("http.listen: the handler of a WebSocket failed; the client got the code 1011", args...)
	case over == closed:
		log.Error("http.listen: the handler failed after res.close()", args...)
	case over == left && strings.HasSuffix(message, overErrors[left].Error()):
		// How a handler learns of its client's end.
		log.Debug("http.listen: the handler ended because its client has gone", args...)
	default: // of a late res.write, most likely
		log.Warn("http.listen: the handler failed after its request was over", args...)
	}
}

// fail answers 500 in place of what the script has written, or what the request's body deserves, and returns the request, or nil
// if it was over. A response of which a part is sent already is cut off, so that nobody takes it for whole.
func (e *exchange) fail() *nethttp.Request {
	p, err := e.live()
	if err != nil {
		return nil
	}
	request := p.request
	if e.out.Load() != nil {
		if !e.finish(broken) {
			return nil
		}
		return request
	}
	status := nethttp.StatusInternalServerError
	if p.in != nil {
		if fault := p.in.fault(); fault != nil {
			status = fault.status
		}
	}
	p.answer(status, nethttp.StatusText(status), plainText)
	if !e.finish(closed) {
		return nil
	}
	return request
}
