package http

import (
	"io"
	"net"
	"sync"
	"sync/atomic"
	"time"
)

// maxBatch bounds what is collected of short messages to be written at once, in bytes.
const maxBatch = 32 << 10

// lingerPatience and maxLinger bound how long, and for how many bytes, a connection that we end is read on, so that the peer
// gets to see why: a connection closed with unread data is reset, which destroys what is on its way.
const (
	lingerPatience = 500 * time.Millisecond
	maxLinger      = 1 << 20
)

// socketConn is the connection below a server's WebSocket. It knows when the peer was last heard, and collects messages that are
// written one after the other, so that they take one system call together.
type socketConn struct {
	net.Conn
	patience time.Duration // how long a write may take
	heard    atomic.Int64  // when something has arrived last: nanoseconds since began

	mu       sync.Mutex
	held     *[]byte   // nil: writes go through
	deadline time.Time // that of writing
}

var (
	began   = time.Now()
	batches = sync.Pool{New: func() any { b := make([]byte, 0, maxBatch); return &b }}
)

// now is the time as heard has it.
func now() int64 { return int64(time.Since(began)) }

func (c *socketConn) Read(p []byte) (int, error) {
	n, err := c.Conn.Read(p)
	if n > 0 {
		c.heard.Store(now())
	}
	return n, err
}

// SetWriteDeadline does nothing: each write has its time. To set the deadline for each frame costs more than most frames.
func (c *socketConn) SetWriteDeadline(time.Time) error { return nil }

// SetDeadline takes the deadlines of the HTTP server off, which is what it is called for.
func (c *socketConn) SetDeadline(t time.Time) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.deadline = t
	return c.Conn.SetDeadline(t)
}

func (c *socketConn) Write(p []byte) (int, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.held != nil && len(*c.held)+len(p) <= maxBatch {
		*c.held = append(*c.held, p...)
		return len(p), nil
	}
	if err := c.writeHeld(); err != nil {
		return 0, err
	}
	c.extend()
	return c.Conn.Write(p)
}

// hold makes writes wait for flush.
func (c *socketConn) hold() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.held == nil {
		c.held = batches.Get().(*[]byte)
	}
}

// flush writes what is held, and lets writes go through.
func (c *socketConn) flush() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.held == nil {
		return nil
	}
	err := c.writeHeld()
	*c.held = (*c.held)[:0]
	batches.Put(c.held)
	c.held = nil
	return err
}

// writeHeld writes what is held. c.mu is held.
func (c *socketConn) writeHeld() error {
	if c.held == nil || len(*c.held) == 0 {
		return nil
	}
	c.extend()
	_, err := c.Conn.Write(*c.held)
	*c.held = (*c.held)[:0]
	return err
}

// extend gives a write its time: not much less than patience, so that the deadline is set now and then only. c.mu is held.
func (c *socketConn) extend() {
	t := time.Now().Add(c.patience)
	if t.Sub(c.deadline) > c.patience/8 {
		c.deadline = t
		_ = c.Conn.SetWriteDeadline(t)
	}
}

// linger ends our direction and reads what the peer still sends, for a while.
func (c *socketConn) linger() {
	half, ok := c.Conn.(interface{ CloseWrite() error })
	if !ok || half.CloseWrite() != nil {
		return
	}
	_ = c.Conn.SetReadDeadline(time.Now().Add(lingerPatience))
	_, _ = io.CopyN(io.Discard, c.Conn, maxLinger)
}
