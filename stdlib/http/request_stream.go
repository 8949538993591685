package http

import (
	"context"
	"errors"
	"fmt"
	"io"
	nethttp "net/http"
	"os"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/luart/luart/lua"
	"github.com/luart/luart/stdlib"
)

// incoming is the body of a request that the script reads while it arrives (option stream). Nothing is read of it before the script
// does, so that a client that asks with Expect: 100-continue whether it may send the body is told so then only.
type incoming struct {
	*stream
	exchange *exchange
	request  *nethttp.Request
	control  *nethttp.ResponseController

	received int64        // bytes; for the goroutine that reads
	begun    bool         // that goroutine runs, or has ended; stream.mu
	whole    bool         // the body's end has been seen; stream.mu
	moved    atomic.Int64 // when the script has last taken something, in nanoseconds since 1970
	ended    chan struct{}
}

// bodyFault is what is wrong with a body, and the status that it deserves.
type bodyFault struct {
	status int
	text   string
}

func (f *bodyFault) Error() string { return f.text }

var (
	errBodyTime = &bodyFault{nethttp.StatusRequestTimeout, "the request's body did not arrive in time"}
	errBodyForm = &bodyFault{nethttp.StatusBadRequest, "the request's body is malformed"}
	errBodyRoom = &bodyFault{nethttp.StatusServiceUnavailable, "the server holds too many requests"}
)

func errBodySize(limit int64) *bodyFault {
	return &bodyFault{nethttp.StatusRequestEntityTooLarge, fmt.Sprintf("the request's body is too large (it may have %d bytes: option max_body)", limit)}
}

func newIncoming(e *exchange, control *nethttp.ResponseController, r *nethttp.Request) *incoming {
	in := &incoming{exchange: e, request: r, control: control, ended: make(chan struct{})}
	in.stream = &stream{
		source:  &source{Reader: in, cancel: func() {}, release: func() {}},
		longest: int(min(e.listener.set.maxBody+1, 1<<40)), // Read sees to it
		want:    streamBuffer,
		post: func(event stdlib.Event) bool {
			return e.listener.servers.computer.Queue().PostInternal(event) == nil
		},
		explain: in.explain,
		hold:    in.hold,
	}
	in.stream.init()
	in.moved.Store(time.Now().UnixNano())
	// Without it, net/http reads the rest of the body before it sends the response.
	_ = in.control.EnableFullDuplex()
	return in
}

// Read is for the goroutine that fills the stream.
func (in *incoming) Read(p []byte) (int, error) {
	set := &in.exchange.listener.set
	in.mu.Lock()
	if in.closed {
		in.mu.Unlock()
		return 0, errClosedFile
	}
	err := in.control.SetReadDeadline(time.Now().Add(set.bodyTimeout))
	in.mu.Unlock()
	if err != nil {
		return 0, err
	}
	n, err := in.request.Body.Read(p)
	if in.received += int64(n); in.received > set.maxBody {
		return 0, errBodySize(set.maxBody)
	}
	if err == io.EOF {
		in.mu.Lock()
		in.whole = true
		_ = in.control.SetReadDeadline(time.Time{})
		in.mu.Unlock()
	}
	return n, err
}

// explain returns what the script is told of an error of Read.
func (in *incoming) explain(err error) error {
	var fault *bodyFault
	switch {
	case errors.As(err, &fault), err == errClosedFile:
		return err
	case errors.Is(err, os.ErrDeadlineExceeded):
		return errBodyTime
	case errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, syscall.ECONNRESET), in.request.Context().Err() != nil:
		in.exchange.finish(left)
		return overErrors[left]
	}
	return errBodyForm
}

// hold counts what is buffered.
func (in *incoming) hold(n int) error {
	if n <= 0 {
		in.moved.Store(time.Now().UnixNano())
		in.exchange.discharge(-n)
		return nil
	}
	if !in.exchange.charge(n) {
		return errBodyRoom
	}
	return nil
}

// begin makes the body come in.
func (in *incoming) begin() {
	in.mu.Lock()
	start := !in.begun && !in.closed
	in.begun = in.begun || start
	in.mu.Unlock()
	if start {
		go func() {
			defer close(in.ended)
			in.pump(context.Background()) // stop ends it
		}()
	}
}

// read calls a method of the stream's; on the computer's goroutine.
func (in *incoming) read(c lua.Call, method func(*streamHandle, lua.Call) (lua.Results, error)) (lua.Results, error) {
	in.begin()
	return method(&streamHandle{stream: in.stream}, c)
}

// fault returns what is wrong with the body as far as is known, or nil.
func (in *incoming) fault() *bodyFault {
	in.mu.Lock()
	defer in.mu.Unlock()
	var f *bodyFault
	if errors.As(in.failure, &f) {
		return f
	}
	return nil
}

// idle is how long the script has not read. While it waits for the client, that is no time.
func (in *incoming) idle() time.Duration {
	in.mu.Lock()
	waiting := in.waiting && in.failure == nil
	in.mu.Unlock()
	if waiting {
		return 0
	}
	return time.Duration(time.Now().UnixNano() - in.moved.Load())
}

// isReading reports whether somebody reads the connection for the body, so that what happens to it ends there.
func (in *incoming) isReading() bool {
	in.mu.Lock()
	defer in.mu.Unlock()
	return in.begun && !in.whole
}

// isWhole reports whether all of the body has arrived.
func (in *incoming) isWhole() bool {
	in.mu.Lock()
	defer in.mu.Unlock()
	return in.whole
}

// stop ends the reading when the request is over, whose response has been sent, and waits until net/http's goroutine has the
// request for itself. What was not read of the body is not read any more, so the connection ends with the request.
func (in *incoming) stop() {
	in.mu.Lock()
	in.closed, in.buffer = true, nil
	in.reason = overErrors[in.exchange.state.Load()]
	if !in.whole {
		_ = in.control.SetReadDeadline(time.Unix(1, 0))
	}
	begun := in.begun
	in.room.Broadcast()
	if in.waiting && !in.told {
		in.told = in.post(stdlib.Event{Name: streamEvent, Args: in.deliver, Drop: in.heard})
	}
	whole := in.whole
	in.mu.Unlock()
	if begun {
		<-in.ended
	}
	if !whole {
		_ = in.control.SetReadDeadline(time.Now().Add(lingering))
	}
}
