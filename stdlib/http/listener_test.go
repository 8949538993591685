package http

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net"
	nethttp "net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/luart/luart/eventqueue"
)

func TestArguments(t *testing.T) {
	check(t, `
		local function fails(text, f, ...)
			local ok, message = pcall(f, ...)
			message = tostring(message):gsub("^program:%d+: ", "")
			if ok or message ~= text then error("got  " .. message .. "\nwant " .. text, 2) end
		end
		local nothing = function() end
		fails("bad argument #1 (expected number, got no value)", http.addListener)
		fails("bad argument #1 (expected number, got nil)", http.addListener, nil)
		fails("bad argument #1 (expected number, got string)", http.addListener, "x")
		fails("bad argument #1 (expected number, got table)", http.addListener, {})
		for _, port in ipairs{-1, 65536, 1e10, 0/0, 1/0, -1/0} do
			fails("bad argument #1 (port out of range)", http.addListener, port)
			http.removeListener(port)
			fails("bad argument #1 (port out of range)", http.listen, port, nothing)
		end
		fails("bad argument #2 (expected table, got string)", http.addListener, 0, "x")
		fails("bad argument #1 (expected number, got no value)", http.removeListener)
		fails("bad argument #1 (expected number, got string)", http.removeListener, "x")
		assert(select("#", http.removeListener(1)) == 0)
		fails("bad argument #1 (number expected, got nil)", http.listen)
		fails("bad argument #1 (number expected, got string)", http.listen, "8820", nothing)
		fails("bad argument #2 (function expected, got nil)", http.listen, 1)
		fails("bad argument #2 (function expected, got string)", http.listen, 1, "x")
		fails("bad argument #3 (table expected, got string)", http.listen, 1, nothing, "x")
		for text, options in pairs{
			["bad field 'max_body' (number expected, got string)"] = {max_body = "1"},
			["bad field 'max_body' (1 to 1099511627776 expected, got 0)"] = {max_body = 0},
			["bad field 'max_waiting' (1 to 1048576 expected, got nan)"] = {max_waiting = 0/0},
			["bad field 'idle_timeout' (0.001 to 1048576 expected, got -1)"] = {idle_timeout = -1},
			["bad field 'host' (string expected, got number)"] = {host = 1},
			["bad field 'host' (an IP address or \"localhost\" expected, got \"example.com\")"] = {host = "example.com"},
			["bad field 'allowed_hosts' (table expected, got string)"] = {allowed_hosts = "x"},
			["bad field 'allowed_hosts[2]' (string expected, got number)"] = {allowed_hosts = {"x", 1}},
			["bad field 'hots' (there is no such option)"] = {hots = "127.0.0.1"},
			["bad field '1' (names of options expected)"] = {"127.0.0.1"},
		} do
			fails(text, http.addListener, 0, options)
			fails(text, http.listen, 0, nothing, options)
		end
		fails("bad field 'on_error' (there is no such option)", http.addListener, 0, {on_error = "raise"})
		fails("bad field 'on_error' (\"log\" or \"raise\" expected, got 1)", http.listen, 0, nothing, {on_error = 1})
		fails("bad field 'on_listen' (function expected, got string)", http.listen, 0, nothing, {on_listen = ""})
		fails("http.addListener: 192.0.2.1 is not an address of this machine; leave the option host out to listen on 127.0.0.1",
			http.addListener, 0, {host = "192.0.2.1"})
		local port = http.addListener("0.7")
		assert(port > 0)
		http.removeListener(port)
		local names = {}
		for name in pairs(http) do names[#names + 1] = name end
		table.sort(names)
		assert(table.concat(names, " ") == "addListener checkURL checkURLAsync get listen post removeListener request websocket websocketAsync websocketServer", table.concat(names, " "))`)
}

// A program can't take all ports and file descriptors of the process.
func TestTooManyListeners(t *testing.T) {
	check(t, `
		local ports = {}
		for i = 1, 255 do ports[i] = http.addListener(0) end
		local server = http.websocketServer(0)
		local message = "http.addListener: 256 ports are open already; close some with http.removeListener(PORT), or the WebSocket servers on them"
		assert(failure(http.addListener, 0) == message)
		local none, text = http.websocketServer(0)
		assert(none == nil and text == message:gsub("addListener", "websocketServer", 1))
		assert(http.addListener(ports[1]) == ports[1]) -- in place of one that is there
		server.close()
		assert(http.addListener(0))
		http.removeListener(ports[2])
		assert(http.addListener(0))`)
}

func TestLoopbackOnly(t *testing.T) {
	check(t, `
		local ok, message = pcall(http.addListener, 0, {host = "0.0.0.0"})
		assert(message == "program:2: http.addListener: listening on 0.0.0.0 is not allowed here, only on this machine's own addresses such as 127.0.0.1", message)
		for _, host in ipairs{"localhost", "127.0.0.2", "::ffff:127.0.0.1"} do
			http.removeListener(http.addListener(0, {host = host}))
		end`, withOptions(Options{LoopbackOnly: true}))
}

// The peer shares a port with another program, silently.
func TestPortInUse(t *testing.T) {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer ln.Close()
	other := start(t, `
		say(http.addListener(0))
		os.pullEvent("end")
		local _, _, req, res = os.pullEvent("http_request")
		res.write("mine")
		res.close()`)
	url := other.url()
	check(t, fmt.Sprintf(`
		local function fails(text, f, ...)
			local ok, message = pcall(f, ...)
			assert(not ok and message == text, message)
		end
		local foreign, others, nothing = %d, %s, function() end
		fails("program:3: http.addListener: port " .. foreign .. " is in use (by another program); choose another, or 0 for any free one",
			http.addListener, foreign)
		fails("program:10: http.listen: port " .. foreign .. " is in use (by another program); choose another, or 0 for any free one",
			function() http.listen(foreign, nothing) end)
		fails("program:3: http.addListener: port " .. others .. " is in use (by another computer of this process); choose another, or 0 for any free one",
			http.addListener, others)
		http.removeListener(others)`, ln.Addr().(*net.TCPAddr).Port, url[strings.LastIndex(url, ":")+1:]))
	// Nothing has happened to the other's.
	other.post("end")
	if _, body := ask(t, url, "GET / HTTP/1.1", ""); body != "mine" {
		t.Error(body)
	}
}

// A second listener on a port takes the first one's place, with its requests.
func TestReplacedListener(t *testing.T) {
	c := start(t, `
		local port = http.addListener(0)
		say(port)
		local _, p, req, res = os.pullEvent("http_request")
		assert(http.addListener(port) == port and p == port)
		say("replaced")
		for i = 1, 2 do
			local _, p, req, res = os.pullEvent("http_request")
			assert(p == port)
			res.write(req.getURL())
			res.close()
		end
		res.write("late but fine")
		res.close()
		os.pullEvent("end")`)
	url := c.url()
	_, first := raw(t, url, "GET /1 HTTP/1.1\r\nHost: localhost\r\n\r\n")
	c.want("replaced")
	for _, target := range []string{"/2", "/3"} {
		if _, body := ask(t, url, "GET "+target+" HTTP/1.1", ""); body != target {
			t.Error(body)
		}
	}
	if _, body := answer(t, first, "GET"); body != "late but fine" {
		t.Error(body)
	}
	if s := c.log.String(); s != "" {
		t.Error(s)
	}
}

// What the script has not taken when it removes the listener gets 503, what it has may still be answered; the port is
// free at once.
func TestRemovedListener(t *testing.T) {
	c := start(t, `
		local port = http.addListener(0)
		say(port)
		local _, _, req, res = os.pullEvent("http_request")
		say("taken")
		hold()
		http.removeListener(port)
		http.removeListener(port)
		res.write("fine")
		res.close()
		local _, _, req, res = os.pullEvent("http_request")
		for _, f in ipairs{res.write, req.getURL} do say(select(2, pcall(f, "x"))) end
		assert(http.addListener(port) == port)
		os.pullEvent("end")`)
	url := c.url()
	_, first := raw(t, url, "GET /1 HTTP/1.1\r\nHost: localhost\r\n\r\n")
	c.want("taken")
	_, second := raw(t, url, "GET /2 HTTP/1.1\r\nHost: localhost\r\n\r\n")
	eventually(t, func() bool { return c.queue.Stats().Taken == 2 })
	c.free()
	if res, body := answer(t, first, "GET"); body != "fine" || !res.Close {
		t.Error(res, body)
	}
	res, body := answer(t, second, "GET")
	if res.StatusCode != 503 || res.Header.Get("Retry-After") == "" || body != "The server has ended.\n" || !res.Close {
		t.Error(res, body)
	}
	for range 2 {
		c.want("program:12: attempt to use a closed file (the listener was removed)")
	}
}

// The peer answers 200 after 15 s, and crashes when the script then uses the handles.
func TestDeadline(t *testing.T) {
	c := start(t, `
		say(http.addListener(0, {response_timeout = 0.5}))
		local _, _, req, res = os.pullEvent("http_request")
		res.write("half")
		os.pullEvent("go on")
		for _, f in ipairs{res.write, res.close, res.setStatusCode, res.setResponseHeader, res.writeLine, req.read, req.getURL, req.close} do
			local ok, message = pcall(f, "1", "2")
			assert(message == "program:7: attempt to use a closed file (the client got 503: no answer in time)", message)
		end
		say("checked")`)
	res, body := ask(t, c.url(), "GET / HTTP/1.1", "")
	if res.StatusCode != 503 || body != "The server did not answer in time.\n" {
		t.Error(res, body)
	}
	c.post("go on")
	c.want("checked")
}

// The peer crashes when a client has gone before its request is looked at.
func TestClientGone(t *testing.T) {
	c := start(t, `
		say(http.addListener(0))
		local _, _, req, res = os.pullEvent("http_request")
		say("taken")
		os.pullEvent("go on")
		while pcall(res.write, "x") do os.queueEvent("again") os.pullEvent("again") end
		say(select(2, pcall(res.write, "x")))
		say(select(2, pcall(req.readAll, "x")))`)
	conn, _ := raw(t, c.url(), "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
	c.want("taken")
	conn.Close()
	c.post("go on")
	c.want("program:7: attempt to use a closed file (the client has gone)")
	c.want("program:8: attempt to use a closed file (the client has gone)")
}

func TestTooManyWaiting(t *testing.T) {
	c := start(t, `
		say(http.addListener(0, {max_waiting = 3}))
		hold()
		for i = 1, 3 do
			local _, _, req, res = os.pullEvent("http_request")
			res.write(req.getURL())
			res.close()
		end
		os.pullEvent("end")`, withQueue(eventqueue.Options{NetworkLimit: 1}))
	url := c.url()
	var readers []*bufio.Reader
	for i := range 3 {
		_, r := raw(t, url, fmt.Sprintf("GET /%d HTTP/1.1\r\nHost: localhost\r\n\r\n", i))
		readers = append(readers, r)
		eventually(t, func() bool { s := c.queue.Stats(); return s.Waiting+s.Blocked == i+1 })
	}
	res, body := ask(t, url, "GET /4 HTTP/1.1", "")
	if res.StatusCode != 503 || res.Header.Get("Retry-After") != "1" || body != "Too many requests are waiting.\n" {
		t.Error(res, body)
	}
	c.free()
	for i, r := range readers {
		if _, body := answer(t, r, "GET"); body != fmt.Sprintf("/%d", i) {
			t.Error(i, body)
		}
	}
}

// Requests that wait for room in the queue end with their reasons, too.
func TestWaitingForRoom(t *testing.T) {
	c := start(t, `
		local late = http.addListener(0, {response_timeout = 0.05})
		local port = http.addListener(0)
		say(late)
		say(port)
		hold()
		http.removeListener(port)
		hold()
		local _, p, req, res = os.pullEvent("http_request")
		assert(p == late and select(2, pcall(req.getURL)):find("no answer in time"))
		say("end")`, withQueue(eventqueue.Options{NetworkLimit: 1}))
	late, url := c.url(), c.url()
	blocked := func(n int) {
		t.Helper()
		eventually(t, func() bool { return c.queue.Stats().Blocked == n })
	}
	_, first := raw(t, late, "GET /first HTTP/1.1\r\nHost: localhost\r\n\r\n")
	eventually(t, func() bool { return c.queue.Stats().Waiting == 1 })
	if res, body := ask(t, late, "GET /late HTTP/1.1", ""); res.StatusCode != 503 || body != "The server did not answer in time.\n" {
		t.Error(res, body)
	}
	answer(t, first, "GET")
	conn, _ := raw(t, url, "GET /gone HTTP/1.1\r\nHost: localhost\r\n\r\n")
	blocked(1)
	conn.Close()
	blocked(0)
	_, removed := raw(t, url, "GET /removed HTTP/1.1\r\nHost: localhost\r\n\r\n")
	blocked(1)
	c.free()
	if res, body := answer(t, removed, "GET"); res.StatusCode != 503 || body != "The server has ended.\n" {
		t.Error(res, body)
	}
	c.free()
	c.want("end")
}

// The peer serves 16 connections at a time and starves the others.
func TestEveryConnectionIsServed(t *testing.T) {
	connections, requests := 50, 20
	c := start(t, serve(`res.write(req.getURL()) res.close()`, ""))
	url := c.url()
	var wg sync.WaitGroup
	var idle []net.Conn
	for range connections { // others that just stay open
		conn, _ := raw(t, url, "")
		idle = append(idle, conn)
	}
	for i := range connections {
		wg.Go(func() {
			conn, err := net.Dial("tcp", strings.TrimPrefix(url, "http://"))
			if err != nil {
				t.Error(err)
				return
			}
			defer conn.Close()
			conn.SetDeadline(time.Now().Add(patience))
			r := bufio.NewReader(conn)
			for j := range requests {
				want := fmt.Sprintf("/%d/%d", i, j)
				fmt.Fprintf(conn, "GET %s HTTP/1.1\r\nHost: localhost\r\n\r\n", want)
				res, err := nethttp.ReadResponse(r, nil)
				if err != nil {
					t.Error(i, j, err)
					return
				}
				if body, err := io.ReadAll(res.Body); string(body) != want {
					t.Error(i, j, string(body), err)
				}
			}
		})
	}
	wg.Wait()
	_ = idle
}

func TestConnectionLimit(t *testing.T) {
	c := start(t, serve(`res.close()`, "max_connections = 2"))
	url := c.url()
	first, r := raw(t, url, "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
	answer(t, r, "GET")
	_, r = raw(t, url, "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
	answer(t, r, "GET")
	third, r := raw(t, url, "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
	third.SetReadDeadline(time.Now().Add(20 * time.Millisecond))
	if _, err := r.Peek(1); err == nil {
		t.Error("the third connection is served")
	}
	first.Close()
	third.SetReadDeadline(time.Now().Add(patience))
	answer(t, r, "GET")
}

// 64 connections put in far more requests than the queue holds, and each gets its own answer.
func TestBurst(t *testing.T) {
	total := 20_000
	if testing.Short() {
		total = 4_000
	}
	const connections = 64
	c := start(t, serve(`
		if req.getURL():sub(-1) == "7" then sleep(0.001) end
		res.write(req.getMethod() .. req.getURL() .. req.readAll())
		res.close()`, ""), withQueue(eventqueue.Options{NetworkLimit: 16, Resolution: time.Millisecond}))
	address := strings.TrimPrefix(c.url(), "http://")
	var next, served atomic.Int64
	var wg sync.WaitGroup
	for range connections {
		wg.Go(func() {
			conn, err := net.Dial("tcp", address)
			if err != nil {
				t.Error(err)
				return
			}
			defer conn.Close()
			conn.SetDeadline(time.Now().Add(patience))
			r := bufio.NewReader(conn)
			for i := next.Add(1); i <= int64(total); i = next.Add(1) {
				body := fmt.Sprint("body ", i)
				fmt.Fprintf(conn, "POST /%d HTTP/1.1\r\nHost: localhost\r\nContent-Length: %d\r\n\r\n%s", i, len(body), body)
				res, err := nethttp.ReadResponse(r, nil)
				if err != nil {
					t.Error(i, err)
					return
				}
				text, err := io.ReadAll(res.Body)
				if string(text) != fmt.Sprintf("POST/%dbody %d", i, i) {
					t.Error(i, string(text), err)
					return
				}
				served.Add(1)
			}
		})
	}
	wg.Wait()
	if int(served.Load()) != total {
		t.Errorf("%d of %d requests were answered", served.Load(), total)
	}
	if s := c.queue.Stats(); s.Dropped != 0 || s.Discarded != 0 {
		t.Errorf("%+v", s)
	}
}

// The end of the computer answers what is open and frees the ports.
func TestShutdown(t *testing.T) {
	c := start(t, `
		local port = http.addListener(0)
		say(port)
		local _, _, req, res = os.pullEvent("http_request")
		res.write("half")
		say("taken")
		os.pullEvent("never")`)
	url := c.url()
	_, taken := raw(t, url, "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
	c.want("taken")
	_, waiting := raw(t, url, "POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 10\r\n\r\nabc")
	_, silent := raw(t, url, "")
	_, header := raw(t, url, "GET / HTTP/1.1\r\n")
	eventually(t, func() bool { return handling(c) == 2 })
	began := time.Now()
	c.shutdown(10 * time.Second)
	if d := time.Since(began); d > 5*time.Second {
		t.Error("it took", d)
	}
	for _, r := range []*bufio.Reader{taken, waiting} {
		if res, body := answer(t, r, "GET"); res.StatusCode != 503 || body != "The server is shutting down.\n" {
			t.Error(res, body)
		}
	}
	for _, r := range []*bufio.Reader{silent, header} {
		if rest, err := io.ReadAll(r); len(rest) > 0 || err != nil && !isReset(err) {
			t.Errorf("%q %v", rest, err)
		}
	}
	ln, err := net.Listen("tcp", strings.TrimPrefix(url, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	ln.Close()
}

func isReset(err error) bool {
	var op *net.OpError
	return errors.As(err, &op) && !op.Timeout()
}

// What is counted against limits is given back, however requests end.
func TestLimitsAreGivenBack(t *testing.T) {
	c := start(t, serve(`
		local url = req.getURL()
		res.write(req.readAll())
		if url == "/wait" then os.pullEvent("never") end
		if url == "/fail" then error("on purpose") end
		if url ~= "/forget" then res.close() end`, "response_timeout = 0.05"))
	url := c.url()
	for range 3 {
		for _, target := range []string{"/", "/wait", "/fail", "/forget"} {
			ask(t, url, "POST "+target+" HTTP/1.1", "body")
		}
		conn, _ := raw(t, url, "POST /wait HTTP/1.1\r\nHost: localhost\r\nContent-Length: 4\r\n\r\nbody")
		conn.Close()
	}
	nothingHeld(t, c)
}

// A client that does not take its response is not waited for.
func TestSlowReader(t *testing.T) {
	c := start(t, serve(`for i = 1, 50 do res.write(("x"):rep(1000000)) end res.close()`,
		"body_timeout = 0.05, response_timeout = 0.5, write_timeout = 0.05"))
	raw(t, c.url(), "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
	eventually(t, func() bool { return c.queue.Stats().Taken == 1 })
	eventually(t, func() bool { return handling(c) == 0 })
}

// A listener whose connections are all in use can be replaced and removed like any other.
func TestFullListenerEnds(t *testing.T) {
	c := start(t, `
		local port = http.addListener(0, {max_connections = 1})
		say(port)
		os.pullEvent("replace")
		http.addListener(port, {max_connections = 1})
		say(port)
		os.pullEvent("remove")
		http.removeListener(port)
		say("removed")`)
	url := c.url()
	for _, event := range []string{"replace", "remove"} {
		raw(t, url, "")
		raw(t, url, "")
		eventually(t, func() bool { return len(listeners(c)[0].slots) == 1 })
		c.post(event)
		c.hears()
		if event == "replace" {
			eventually(t, func() bool { return len(listeners(c)) == 1 })
		}
	}
	eventually(t, func() bool { return len(listeners(c)) == 0 })
}

// An event that is thrown away, because the computer starts anew, answers its request.
func TestDroppedEvent(t *testing.T) {
	c := start(t, `
		say(http.addListener(0))
		say(http.addListener(0))
		hold()`, withQueue(eventqueue.Options{NetworkLimit: 1}))
	_, dropped := raw(t, c.url(), "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
	eventually(t, func() bool { return c.queue.Stats().Waiting == 1 })
	_, cleared := raw(t, c.url(), "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
	eventually(t, func() bool { return c.queue.Stats().Blocked == 1 })
	for _, e := range c.queue.Clear() {
		e.Drop()
	}
	for _, r := range []*bufio.Reader{dropped, cleared} {
		if res, body := answer(t, r, "GET"); res.StatusCode != 503 || body != "The server is shutting down.\n" {
			t.Error(res, body)
		}
	}
}
