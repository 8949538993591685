package http

import (
	"errors"
	nethttp "net/http"
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
}

// exchange is one request and its response.
//
// Two goroutines share it: the computer's, through the handles, and the one that net/http runs the request on. They
// need no lock, because all data is in content, which has one owner at a time: the computer's goroutine until state
// becomes closed, net/http's from then on, and nobody else ever if state ends otherwise. Whoever moves state to its end
// by compare-and-swap decides; the others find out by failing. A handle that is used later sees from state that the
// request is over and why, and does not reach content.
//
// When the request is over, content is let go, so that a script that hoards handles holds next to nothing.
type exchange struct {
	listener *listener
	state    atomic.Uint32
	content  atomic.Pointer[content]
	buffered atomic.Int64  // bytes counted against the listener's max_buffered
	done     chan struct{} // closed when the computer's side ends the request
	request  *lua.Table    // the request's handle, to tell its close from the response's
}

// content is the data of a request and of the response that the script makes.
type content struct {
	request *nethttp.Request
	body    reader

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
	close(e.done)
	return true
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
	return []lua.Value{e.listener.portValue, request, response}
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
		if p.status == 0 && p.size() == 0 {
			p.status = nethttp.StatusNoContent
		}
		if e.finish(closed) {
			log.Warn("http.listen: the handler ended without res.close(); it was done for it", "method", method, "url", url)
		}
	case "raised":
		e.fail()
	case "failed":
		message, _ := c.Arg(2).AsString()
		traceback, _ := c.Arg(3).AsString()
		args := []any{"error", message, "traceback", traceback}
		if request := e.fail(); request != nil {
			log.Error("http.listen: the handler failed; the client got 500", append(args, "method", request.Method, "url", request.RequestURI)...)
		} else if state(e.state.Load()) == closed {
			log.Error("http.listen: the handler failed after res.close()", args...)
		} else { // of a late res.write, most likely
			log.Warn("http.listen: the handler failed after its request was over", args...)
		}
	case "abandoned":
		e.finish(abandoned)
		log.Warn("http.listen: a handler still ran when the server ended; it was given up", "port", e.listener.port)
	}
	return c.Return0()
}

// fail answers 500 in place of what the script has written, and returns the request, or nil if it was over.
func (e *exchange) fail() *nethttp.Request {
	p, err := e.live()
	if err != nil {
		return nil
	}
	request := p.request
	*p = content{request: request, status: nethttp.StatusInternalServerError, text: "Internal Server Error\n", headers: plainText}
	if !e.finish(closed) {
		return nil
	}
	return request
}
