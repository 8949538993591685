package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"math/bits"
	"net"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// load is a number of keep-alive connections to a server, each of which has one request on its way at a time. It does as little as it
// can, so that on few cores it is the server that is measured: all answers have the length of the first, and only their
// ends are looked at.
type load struct {
	conns  []net.Conn
	length int // bytes of an answer
}

const helloRequest = "GET /hello HTTP/1.1\r\nHost: localhost\r\nUser-Agent: bench\r\nAccept: */*\r\n\r\n"

func newLoad(address string, connections int) (*load, error) {
	l := &load{}
	for range connections {
		conn, err := net.DialTimeout("tcp", address, 10*time.Second)
		if err == nil {
			l.conns = append(l.conns, conn)
			err = l.first(conn)
		}
		if err != nil {
			l.close()
			return nil, err
		}
	}
	return l, nil
}

// first makes a request whose answer is read as HTTP is.
func (l *load) first(conn net.Conn) error {
	_ = conn.SetDeadline(time.Now().Add(10 * time.Second))
	counted := &countingReader{Reader: conn}
	if _, err := io.WriteString(conn, helloRequest); err != nil {
		return err
	}
	res, err := http.ReadResponse(bufio.NewReader(counted), nil)
	if err != nil {
		return err
	}
	body, err := io.ReadAll(res.Body)
	if err != nil {
		return err
	}
	if res.StatusCode != http.StatusOK || string(body) != helloBody || res.ContentLength < 0 {
		return fmt.Errorf("it answers %s, %q", res.Status, body)
	}
	l.length = counted.n
	return nil
}

type countingReader struct {
	io.Reader
	n int
}

func (c *countingReader) Read(p []byte) (int, error) {
	n, err := c.Reader.Read(p)
	c.n += n
	return n, err
}

func (l *load) close() {
	for _, conn := range l.conns {
		conn.Close()
	}
}

// run keeps the connections busy for a time and returns requests per second and how long they took.
func (l *load) run(d time.Duration) (perSecond float64, latencies *histogram, err error) {
	var stop atomic.Bool
	var running sync.WaitGroup
	all := make([]histogram, len(l.conns))
	failures := make([]error, len(l.conns))
	begin := time.Now()
	for i, conn := range l.conns {
		_ = conn.SetDeadline(begin.Add(d + 30*time.Second))
		running.Go(func() { failures[i] = l.drive(conn, &stop, &all[i]) })
	}
	time.Sleep(d)
	stop.Store(true)
	running.Wait()
	took := time.Since(begin)
	latencies = &histogram{}
	for i := range all {
		latencies.add(&all[i])
	}
	return float64(latencies.total()) / took.Seconds(), latencies, errors.Join(failures...)
}

func (l *load) drive(conn net.Conn, stop *atomic.Bool, latencies *histogram) error {
	request, answer := []byte(helloRequest), make([]byte, l.length)
	for begin := time.Now(); !stop.Load(); {
		if _, err := conn.Write(request); err != nil {
			return err
		}
		if _, err := io.ReadFull(conn, answer); err != nil {
			return err
		}
		if s := string(answer); !strings.HasPrefix(s, "HTTP/1.1 200 ") || !strings.HasSuffix(s, "\r\n\r\n"+helloBody) {
			return fmt.Errorf("it answers %q", s)
		}
		end := time.Now()
		latencies.count(end.Sub(begin))
		begin = end
	}
	return nil
}

// histogram counts durations, each to within a sixteenth of itself.
type histogram struct {
	counts [64 * 16]int
}

// count adds a duration of at least 16 ns; shorter ones count as that.
func (h *histogram) count(d time.Duration) {
	n := uint64(max(d, 16))
	e := bits.Len64(n) - 5 // so that four bits follow the first
	h.counts[e*16+int(n>>e)-16]++
}

func (h *histogram) add(other *histogram) {
	for i, n := range other.counts {
		h.counts[i] += n
	}
}

func (h *histogram) total() (n int) {
	for _, c := range h.counts {
		n += c
	}
	return n
}

// quantile returns the middle of the class in which a share q of all durations ends, 0 if there are none.
func (h *histogram) quantile(q float64) time.Duration {
	left := int(q * float64(h.total()))
	for i, n := range h.counts {
		if left -= n; n > 0 && left < 0 {
			e := i / 16
			low := uint64(i%16+16) << e
			return time.Duration(low + 1<<e/2)
		}
	}
	return 0
}
