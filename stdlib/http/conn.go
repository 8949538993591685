package http

import (
	"bytes"
	"errors"
	"net"
	"net/textproto"
	"strings"
	"sync"
	"time"
)

// maxClientHeader bounds the status line and headers of a response, in bytes.
const maxClientHeader = 256 << 10

var errHeaderTooLarge = errors.New("the response's headers are too large")

// clientConn is a connection of a client. It ends what it waits for once nothing has moved in either direction for a while,
// so that a transfer may take its time, but not stop. Until ready is called, it keeps what it reads: the headers' names as
// the server has spelled them are found there, because net/http does not tell them.
type clientConn struct {
	net.Conn
	patience time.Duration // 0: none

	mu    sync.Mutex
	ready bool
	head  []byte
}

func (c *clientConn) Read(p []byte) (int, error) {
	c.extend()
	n, err := c.Conn.Read(p)
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.ready {
		// One buffer more than the headers may be: net/http's own limit is to be met first.
		if len(c.head)+n > maxClientHeader+64<<10 {
			return 0, errHeaderTooLarge
		}
		c.head = append(c.head, p[:n]...)
	}
	return n, err
}

func (c *clientConn) Write(p []byte) (int, error) {
	c.extend()
	return c.Conn.Write(p)
}

func (c *clientConn) extend() {
	if c.patience > 0 {
		_ = c.SetDeadline(time.Now().Add(c.patience)) // what comes next fails if this does
	}
}

// setReady ends the keeping, and returns the spellings of the response's headers by their canonical ones.
func (c *clientConn) setReady() map[string]string {
	c.mu.Lock()
	head := c.head
	c.ready, c.head = true, nil
	c.mu.Unlock()
	spelled := map[string]string{}
	interim := false // a 1xx response, after which another one comes
	for line := range bytes.Lines(head) {
		line = bytes.TrimRight(line, "\r\n")
		if len(line) == 0 && !interim {
			break
		}
		if _, status, ok := bytes.Cut(line, []byte(" ")); ok && bytes.HasPrefix(line, []byte("HTTP/")) {
			interim = bytes.HasPrefix(status, []byte("1"))
		} else if name, _, ok := strings.Cut(string(line), ":"); ok && isToken(name) {
			spelled[textproto.CanonicalMIMEHeaderKey(name)] = name
		}
	}
	return spelled
}
