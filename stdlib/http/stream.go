package http

import (
	"bytes"
	"context"
	"io"
	"sync"

	"github.com/luart/luart/lua"
	"github.com/luart/luart/stdlib"
)

// streamBuffer is how much of a stream is read in advance, in bytes. When the program does not read, the server waits.
const streamBuffer = 256 << 10

// streamEvent tells programs that a stream has something to read, or has ended. Only those that wait in a read look at it.
const streamEvent = "http_stream"

// stream is a body that a program reads while it arrives: that of a response, or of a request to a listener. One goroutine, pump, fills the buffer; the program
// empties it, on the computer's.
type stream struct {
	source *source
	post   func(stdlib.Event) bool // gives the program an event
	// explain makes errors of the source readable.
	explain func(error) error
	// hold counts what the buffer gains (n > 0), and may refuse it, and what is taken from it (n < 0). nil: nobody counts.
	hold func(n int) error
	// longest is how much one read may return, in bytes; lines and whole bodies need that much buffer.
	longest int

	mu      sync.Mutex
	room    *sync.Cond // signalled when buffer has been emptied, want has grown, or closed is set
	buffer  []byte
	want    int   // bytes up to which the buffer is filled
	failure error // why no more comes; io.EOF at the end
	closed  bool
	reason  error // what reads fail with once it is closed; nil: errClosedFile
	waiting bool  // a read waits
	told    bool  // an event is on its way
}

func newStream(c *client, src *source) *stream {
	s := &stream{post: c.post, explain: friendly, source: src, longest: int(min(src.longest, 1<<30)), want: streamBuffer}
	s.init()
	return s
}

func (s *stream) init() { s.room = sync.NewCond(&s.mu) }

// pump reads the body until it ends or the stream is closed.
func (s *stream) pump(ctx context.Context) {
	defer s.source.release()
	defer context.AfterFunc(ctx, s.close)()
	chunk := make([]byte, 32<<10)
	for {
		n, err := s.source.Read(chunk)
		if err != nil && err != io.EOF {
			err = s.explain(err)
		}
		if !s.fill(chunk[:n], err) {
			return
		}
	}
}

// fill adds what has been read, and waits until there is room for more. It reports false when nobody wants more.
func (s *stream) fill(text []byte, failure error) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.hold != nil && len(text) > 0 && !s.closed {
		if err := s.hold(len(text)); err != nil {
			text, failure = nil, err
		}
	}
	if !s.closed {
		s.buffer = append(s.buffer, text...)
	}
	s.failure = failure
	if s.waiting && !s.told && (len(text) > 0 || failure != nil) {
		s.told = s.post(stdlib.Event{Name: streamEvent, Args: s.deliver, Drop: s.heard})
	}
	for failure == nil && !s.closed && len(s.buffer) >= s.want {
		s.room.Wait()
	}
	return failure == nil && !s.closed
}

// deliver is the Args of the event.
func (s *stream) deliver() []lua.Value {
	s.heard()
	return nil
}

// heard notes that the event has arrived.
func (s *stream) heard() {
	s.mu.Lock()
	s.told, s.waiting = false, false
	s.mu.Unlock()
}

// close ends the stream. Any goroutine may call it.
func (s *stream) close() {
	s.mu.Lock()
	s.closed, s.buffer = true, nil
	s.room.Broadcast()
	s.mu.Unlock()
	s.source.cancel()
}

// streamHandle is a stream in the hands of a program. When nothing refers to it any more, the stream is closed.
type streamHandle struct {
	*stream
	binary bool
}

// take tries to read: it returns the result and how many bytes of the buffer it takes, or ready = false when more has to come. s.mu
// is held.
type take func(s *stream) (v lua.Value, n int, ready bool, err error)

// await returns what a read gives as soon as it can.
func (h *streamHandle) await(c lua.Call, f take) (lua.Results, error) {
	s := h.stream
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		if s.reason != nil {
			return 0, s.reason
		}
		return 0, errClosedFile
	}
	v, n, ready, err := f(s)
	if err == nil && !ready && s.failure != nil && s.failure != io.EOF {
		err = s.failure
	}
	if err != nil {
		return 0, err
	}
	if !ready {
		s.waiting = true
		s.room.Signal() // want may have grown
		return c.Yield(func(c lua.Call) (lua.Results, error) {
			if stdlib.IsTerminate(c) {
				return 0, stdlib.ErrTerminated
			}
			return h.await(c, f)
		}, lua.Constant(streamEvent))
	}
	if err := c.Reserve(n); err != nil {
		return 0, err
	}
	if s.buffer = s.buffer[n:]; len(s.buffer) == 0 {
		s.buffer = nil
	}
	if s.hold != nil {
		_ = s.hold(-n)
	}
	s.want = streamBuffer
	s.room.Signal()
	return c.Return1(v)
}

// read is read([count]): the next byte; with a count, as much as has arrived, one byte at least and at most count; nil at the
// end.
func (h *streamHandle) read(c lua.Call) (lua.Results, error) {
	count, counted, err := checkCount(c)
	if err != nil {
		return 0, err
	}
	return h.await(c, func(s *stream) (lua.Value, int, bool, error) {
		n := min(count, len(s.buffer))
		switch {
		case len(s.buffer) == 0:
			return lua.Nil, 0, s.failure == io.EOF, nil
		case h.binary && !counted:
			return lua.Int(int(s.buffer[0])), 1, true, nil
		}
		return lua.Bytes(s.buffer[:n]), n, true, nil
	})
}

// readLine is readLine([withTrailing]): the next line, nil at the end.
func (h *streamHandle) readLine(c lua.Call) (lua.Results, error) {
	trailing, err := stdlib.OptBool(c, 1, false)
	if err != nil {
		return 0, err
	}
	searched := 0
	return h.await(c, func(s *stream) (lua.Value, int, bool, error) {
		searched = min(searched, len(s.buffer)) // somebody else may have read meanwhile
		i := bytes.IndexByte(s.buffer[searched:], '\n')
		if i < 0 {
			searched = len(s.buffer)
			if s.failure == io.EOF && len(s.buffer) == 0 {
				return lua.Nil, 0, true, nil
			}
			return h.rest()
		}
		i += searched
		searched = 0
		line := s.buffer[:i+1]
		if !trailing {
			line = bytes.TrimSuffix(line[:i], []byte("\r"))
		}
		return lua.Bytes(line), i + 1, true, nil
	})
}

// readAll is readAll(): the rest, "" at the end.
func (h *streamHandle) readAll(c lua.Call) (lua.Results, error) {
	return h.await(c, func(*stream) (lua.Value, int, bool, error) { return h.rest() })
}

// rest is all that is left, once it is there. s.mu is held.
func (s *stream) rest() (lua.Value, int, bool, error) {
	switch {
	case s.failure == io.EOF:
		return lua.Bytes(s.buffer), len(s.buffer), true, nil
	case len(s.buffer) >= s.longest:
		return lua.Nil, 0, false, errDownload
	case len(s.buffer) >= s.want:
		s.want = min(2*len(s.buffer), s.longest)
	}
	return lua.Nil, 0, false, nil
}

// closeHandle is close().
func (h *streamHandle) closeHandle(c lua.Call) (lua.Results, error) {
	h.mu.Lock()
	closed := h.closed
	h.mu.Unlock()
	if closed {
		return 0, errClosedFile
	}
	h.close()
	return c.Return0()
}
