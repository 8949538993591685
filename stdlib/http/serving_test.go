package http

import (
	"bufio"
	"fmt"
	"io"
	"net"
	nethttp "net/http"
	"runtime"
	"strings"
	"testing"
	"time"
)

// What the tests of servers share: programs that serve, clients that send bytes as they please, and a look at what listeners hold.

// serve is a program that answers with handle(req, res), through http.listen.
func serve(handle string, options string) string {
	return `http.listen(0, function(req, res) ` + handle + ` end, {on_listen = say, ` + options + `})`
}

// raw sends bytes to a server and returns the connection for reading.
func raw(t *testing.T, url, text string) (net.Conn, *bufio.Reader) {
	t.Helper()
	conn, err := net.Dial("tcp", strings.TrimPrefix(url, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	conn.SetDeadline(time.Now().Add(patience))
	if _, err := io.WriteString(conn, text); err != nil {
		t.Fatal(err)
	}
	return conn, bufio.NewReader(conn)
}

// answer reads a response and its body.
func answer(t *testing.T, r *bufio.Reader, method string) (*nethttp.Response, string) {
	t.Helper()
	res, err := nethttp.ReadResponse(r, &nethttp.Request{Method: method})
	if err != nil {
		t.Fatal(err)
	}
	body, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return res, string(body)
}

// ask sends one raw request, head being all but the headers Host and Content-Length and the body.
func ask(t *testing.T, url, head, body string) (*nethttp.Response, string) {
	t.Helper()
	text := strings.ReplaceAll(head, "\n", "\r\n") + "\r\nHost: localhost\r\n"
	if body != "" {
		text += fmt.Sprintf("Content-Length: %d\r\n", len(body))
	}
	conn, r := raw(t, url, text+"\r\n"+body)
	defer conn.Close()
	method, _, _ := strings.Cut(head, " ")
	return answer(t, r, method)
}

// head reads a response up to its body.
func head(t *testing.T, r *bufio.Reader) *nethttp.Response {
	t.Helper()
	res, err := nethttp.ReadResponse(r, nil)
	if err != nil {
		t.Fatal(err)
	}
	return res
}

// zeros is a body without end.
type zeros struct{}

func (zeros) Read(p []byte) (int, error) { clear(p); return len(p), nil }

// eventually waits for a state of another goroutine.
func eventually(t *testing.T, f func() bool) {
	t.Helper()
	for end := time.Now().Add(patience); !f(); time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			t.Fatal("it does not happen")
		}
	}
}

// settled returns a count once it does not change any more.
func settled(count func() int) int {
	last, since := -1, time.Now()
	for time.Since(since) < 200*time.Millisecond {
		if n := count(); n != last {
			last, since = n, time.Now()
		}
		time.Sleep(5 * time.Millisecond)
	}
	return last
}

// goroutinesEnd waits until there are hardly more goroutines than there were.
func goroutinesEnd(t *testing.T, before int) {
	t.Helper()
	for end := time.Now().Add(patience); runtime.NumGoroutine() > before+2; time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			stacks := make([]byte, 1<<20)
			t.Fatalf("%d goroutines, there were %d\n%s", runtime.NumGoroutine(), before, stacks[:runtime.Stack(stacks, true)])
		}
	}
}

// collects makes garbage be collected again and again until the test ends: what a program has forgotten is noticed then.
func collects(t *testing.T, besides func()) {
	stop, stopped := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(stopped)
		for {
			select {
			case <-stop:
				return
			case <-time.After(time.Millisecond):
				besides()
				runtime.GC()
			}
		}
	}()
	t.Cleanup(func() {
		close(stop)
		<-stopped
	})
}

// listeners returns those of a computer that have not quite ended.
func listeners(c *computer) (all []*listener) {
	s := c.servers
	s.mu.Lock()
	defer s.mu.Unlock()
	for l := range s.live {
		all = append(all, l)
	}
	return all
}

// handling is the number of requests that a computer's listeners are at.
func handling(c *computer) (n int64) {
	for _, l := range listeners(c) {
		n += l.handling.Load()
	}
	return n
}

// nothingHeld fails the test unless the listeners hold nothing once all requests are over.
func nothingHeld(t *testing.T, c *computer) {
	t.Helper()
	eventually(t, func() bool { return handling(c) == 0 })
	for _, l := range listeners(c) {
		if w, b := l.waiting.Load(), l.buffered.Load(); w != 0 || b != 0 {
			t.Errorf("%d requests wait, %d bytes are held", w, b)
		}
	}
}
