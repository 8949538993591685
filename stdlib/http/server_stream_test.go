package http

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net"
	"runtime"
	"strings"
	"testing"
	"time"
)

func TestStreamedResponse(t *testing.T) {
	c := start(t, serve(`
		local function fails(f, ...)
			local ok, message = pcall(f, ...)
			assert(not ok and message == "program:3: the status and the headers have been sent already", message)
		end
		res.setStatusCode(201)
		res.setResponseHeader("Content-Type", "text/event-stream")
		res.write("first")
		assert(res.isOpen())
		res.flush()
		fails(res.setStatusCode, 500)
		fails(res.setResponseHeader, "a", "b")
		assert(os.pullEvent("second") == "second")
		res.writeLine(" second")
		res.flush()
		os.pullEvent("third")
		res.write("third")
		res.flush()
		res.flush()
		res.write(" and last")
		res.close()
		assert(not res.isOpen())
		local ok, message = pcall(res.flush)
		say(message)`, ""))
	_, r := raw(t, c.url(), "GET / HTTP/1.1\r\nHost: localhost\r\n\r\nGET /2 HTTP/1.1\r\nHost: localhost\r\n\r\n")
	for range 2 { // the connection is good for another request
		res := head(t, r)
		if res.StatusCode != 201 || res.Header.Get("Content-Type") != "text/event-stream" || res.ContentLength != -1 ||
			res.TransferEncoding[0] != "chunked" || res.Header.Get("Date") == "" {
			t.Error(res)
		}
		for _, part := range []string{"first", " second\n", "third"} {
			b := make([]byte, len(part))
			if _, err := io.ReadFull(res.Body, b); err != nil || string(b) != part {
				t.Errorf("%q %v", b, err)
			}
			if part == "first" {
				c.post("second")
			} else if part == " second\n" {
				c.post("third")
			}
		}
		if rest, err := io.ReadAll(res.Body); string(rest) != " and last" || err != nil {
			t.Errorf("%q %v", rest, err)
		}
		c.want("program:23: attempt to use a closed file")
	}
	nothingHeld(t, c)
}

// Where there are no chunks or no body, a stream does what can be done.
func TestStreamWithoutChunks(t *testing.T) {
	c := start(t, serve(`
		local url = req.getURL()
		if url == "/204" then res.setStatusCode(204) end
		if url == "/length" or url == "/short" then res.setResponseHeader("Content-Length", 10) end
		if url == "/no-length" then res.setResponseHeader("Content-Length", "many") end
		res.write("12345")
		res.flush()
		if url ~= "/short" then res.write("67890") end
		if url == "/length" then
			say(select(2, pcall(res.write, "1")))
			say(select(2, pcall(res.writeLine, "")))
		end
		res.close()`, ""))
	url := c.url()
	for _, test := range []struct{ request, want string }{
		{"GET / HTTP/1.0\r\n\r\n", "200 -1 1234567890"},
		{"HEAD / HTTP/1.1\r\nHost: localhost\r\n\r\n", "200 -1 "},
		{"GET /204 HTTP/1.1\r\nHost: localhost\r\n\r\n", "204 0 "},
		{"GET /no-length HTTP/1.1\r\nHost: localhost\r\n\r\n", "200 -1 1234567890"},
		{"GET /length HTTP/1.1\r\nHost: localhost\r\n\r\n", "200 10 1234567890"},
	} {
		_, r := raw(t, url, test.request)
		method, _, _ := strings.Cut(test.request, " ")
		res, body := answer(t, r, method)
		if got := fmt.Sprint(res.StatusCode, " ", res.ContentLength, " ", body); got != test.want {
			t.Errorf("%q: %s, want %s", test.request, got, test.want)
		}
	}
	for range 2 {
		c.want("program:10: response is too large (its Content-Length says less)")
		break
	}
	c.want("program:11: response is too large (its Content-Length says less)")
	// A body that is shorter than announced is not followed by another response.
	_, r := raw(t, url, "GET /short HTTP/1.1\r\nHost: localhost\r\n\r\nGET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
	res := head(t, r)
	if body, err := io.ReadAll(res.Body); string(body) != "12345" || !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("%q %v", body, err)
	}
	nothingHeld(t, c)
}

// A client that does not read holds its writer up, and nobody else, and no more is buffered than stream_buffer.
func TestSlowReaderOfStream(t *testing.T) {
	c := start(t, serve(`
		if req.getURL() == "/other" then res.write("fine") res.close() return end
		res.flush()
		say("begun")
		local part = ("x"):rep(10000)
		for i = 1, 3000 do res.write(part) end
		res.close()
		say("written")`, "stream_buffer = 100000, max_response = 1000, max_buffered = 200000"))
	url := c.url()
	_, r := raw(t, url, "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
	c.want("begun")
	l := listeners(c)[0]
	held := int64(0)
	eventually(t, func() bool { // that is when the connection takes no more
		before := held
		held = l.buffered.Load()
		return held > 80_000 && held == before
	})
	if held > 100_000 {
		t.Error(held, "bytes are held")
	}
	if _, body := ask(t, url, "GET /other HTTP/1.1", ""); body != "fine" {
		t.Error(body)
	}
	select {
	case s := <-c.said:
		t.Error("all was written:", s)
	default:
	}
	res := head(t, r)
	if n, err := io.Copy(io.Discard, res.Body); n != 30_000_000 || err != nil {
		t.Error(n, err)
	}
	c.want("written")
	nothingHeld(t, c)
	if s := c.queue.Stats(); s.Dropped != 0 || s.Discarded != 0 {
		t.Errorf("%+v", s)
	}
}

// One that never reads is cut off, and the waiting write says so.
func TestStalledStream(t *testing.T) {
	c := start(t, serve(`
		res.flush()
		while true do
			local ok, message = pcall(res.write, ("x"):rep(50000))
			if not ok then say(message) break end
		end
		say(tostring(res.isOpen()))`, "write_timeout = 0.1"))
	raw(t, c.url(), "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
	c.want("program:4: attempt to use a closed file (the client did not take the response in time)")
	c.want("false")
	nothingHeld(t, c)
}

// A client that leaves is noticed by a handler that asks, by one that writes, and by one whose write waits; the log is not
// bothered with it.
func TestStreamClientGone(t *testing.T) {
	c := start(t, serve(`
		res.flush()
		say("begun")
		local url = req.getURL()
		if url == "/end" then
			res.close()
		elseif url == "/asks" then
			while res.isOpen() do os.pullEvent("tick") end
			say("noticed")
		elseif url == "/waits" then
			local ok, message = pcall(function() while true do res.write(("x"):rep(50000)) end end)
			say((message:gsub("^program:%d+: ", "")))
		else
			while true do
				res.write("data: tick\n\n")
				res.flush()
				os.pullEvent("tick")
			end
		end`, ""))
	url := c.url()
	conn, _ := raw(t, url, "GET /waits HTTP/1.1\r\nHost: localhost\r\n\r\n")
	c.want("begun")
	l := listeners(c)[0]
	eventually(t, func() bool { return l.buffered.Load() > 200_000 })
	conn.Close()
	c.want("attempt to use a closed file (the client has gone)")

	conn, _ = raw(t, url, "GET /asks HTTP/1.1\r\nHost: localhost\r\n\r\n")
	c.want("begun")
	conn.Close()
	eventually(t, func() bool { return handling(c) == 0 })
	c.post("tick")
	c.want("noticed")

	conn, r := raw(t, url, "GET /ticks HTTP/1.1\r\nHost: localhost\r\n\r\n")
	c.want("begun")
	res := head(t, r)
	events := bufio.NewReader(res.Body)
	for range 3 {
		if line, err := events.ReadString('\n'); line != "data: tick\n" || err != nil {
			t.Fatal(line, err)
		}
		events.ReadString('\n')
		c.post("tick")
	}
	conn.Close()
	eventually(t, func() bool { return handling(c) == 0 })
	c.post("tick")
	ask(t, url, "GET /end HTTP/1.1", "")
	if s := c.log.String(); strings.Contains(s, "failed") {
		t.Error(s)
	}
}

// What ends a stream before its end must not look like its end.
func TestStreamIsCutOff(t *testing.T) {
	c := start(t, serve(`
		res.write("some")
		res.flush()
		local url = req.getURL()
		if url == "/fail" then error("oh no") end
		if url == "/forget" then return end
		os.pullEvent("never")`, "stream_timeout = 0.5")+` say("ended")`)
	url := c.url()
	for target, log := range map[string]string{"/fail": "which was cut off", "/slow": ""} {
		_, r := raw(t, url, "GET "+target+" HTTP/1.1\r\nHost: localhost\r\n\r\n")
		res := head(t, r)
		if body, err := io.ReadAll(res.Body); string(body) != "some" || !errors.Is(err, io.ErrUnexpectedEOF) {
			t.Errorf("%s: %q %v", target, body, err)
		}
		c.logs(log)
	}
	if res, body := ask(t, url, "GET /forget HTTP/1.1", ""); body != "some" {
		t.Error(res, body)
	}
	c.logs("the handler ended without res.close()")
	nothingHeld(t, c)
}

// Flushing puts off response_timeout.
func TestStreamOutlivesResponseTimeout(t *testing.T) {
	c := start(t, serve(`
		res.flush()
		for i = 1, 10 do sleep(0.06) res.write(i) res.flush() end
		res.close()`, "response_timeout = 0.4"))
	if _, body := ask(t, c.url(), "GET / HTTP/1.1", ""); body != "12345678910" {
		t.Error(body)
	}
}

func TestStreamedRequest(t *testing.T) {
	c := start(t, serve(`
		say("begun", req.getMethod())
		say(req.read(), req.read(100))
		say(req.readLine())
		say(req.readLine(true) == "next\n")
		say(req.readAll(), req.readAll() == "", tostring(req.read()), tostring(req.readLine()))
		res.write("done")
		res.close()`, "stream = true"))
	url := c.url()
	conn, r := raw(t, url, "POST / HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n")
	send := func(text string) { fmt.Fprintf(conn, "%x\r\n%s\r\n", len(text), text) }
	c.want("begun POST")
	send("ab")
	c.want("a b")
	send("a li")
	send("ne\r\nne")
	c.want("a line")
	send("xt\nall \x00")
	c.want("true")
	send("that is left")
	io.WriteString(conn, "0\r\n\r\n")
	c.want("all \x00that is left true nil nil")
	if _, body := answer(t, r, "POST"); body != "done" {
		t.Error(body)
	}
	// The connection serves on, also a request without a body.
	io.WriteString(conn, "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
	c.want("begun GET")
	c.want("nil nil")
	c.want("nil")
	c.want("false")
	c.want(" true nil nil")
	answer(t, r, "GET")
	nothingHeld(t, c)
}

// What becomes of a body that can't be read to its end; a script that doesn't care leaves the answer to the server.
func TestStreamedRequestFaults(t *testing.T) {
	c := start(t, serve(`
		local url = req.getURL()
		if url == "/caught" then
			local ok, message = pcall(req.readAll)
			say((message:gsub("^program:%d+: ", "")))
			local ok, again = pcall(req.readAll)
			assert(again:gsub("^program:%d+: ", "") == message:gsub("^program:%d+: ", ""))
			res.setStatusCode(418)
			res.close()
		else
			req.readAll()
		end`, "stream = true, max_body = 1000, body_timeout = 0.5"))
	url := c.url()
	big := "Transfer-Encoding: chunked\r\n\r\n3e9\r\n" + strings.Repeat("x", 1001) + "\r\n0\r\n\r\n"
	for _, test := range []struct {
		target, rest string
		status       int
		said         string
	}{
		{"/", big, 413, ""},
		{"/caught", big, 418, "the request's body is too large (it may have 1000 bytes: option max_body)"},
		{"/caught", "Content-Length: 1001\r\n\r\n", 413, ""}, // never seen
		{"/", "Content-Length: 10\r\n\r\nabc", 408, ""},
		{"/caught", "Content-Length: 10\r\n\r\nabc", 418, "the request's body did not arrive in time"},
		{"/", "Transfer-Encoding: chunked\r\n\r\nxyz\r\n", 400, ""},
		{"/caught", "Transfer-Encoding: chunked\r\n\r\nxyz\r\n", 418, "the request's body is malformed"},
	} {
		_, r := raw(t, url, "POST "+test.target+" HTTP/1.1\r\nHost: localhost\r\n"+test.rest)
		if test.said != "" {
			c.want(test.said)
		}
		res, _ := answer(t, r, "POST")
		if res.StatusCode != test.status || !res.Close {
			t.Error(test, res)
		}
		if _, err := r.ReadByte(); err != io.EOF {
			t.Error(test, err)
		}
	}
	conn, _ := raw(t, url, "POST /caught HTTP/1.1\r\nHost: localhost\r\nContent-Length: 10\r\n\r\nabc")
	conn.Close()
	c.want("attempt to use a closed file (the client has gone)")
	ask(t, url, "GET / HTTP/1.1", "")
	if s := c.log.String(); strings.Contains(s, "level=ERROR") {
		t.Error(s)
	}
	nothingHeld(t, c)
}

// The body is asked for when the script reads it, and not before.
func TestStreamedRequestExpectation(t *testing.T) {
	c := start(t, serve(`
		if req.getURL() == "/take" then
			os.pullEvent("go on")
			res.write(req.readAll())
		else
			res.setStatusCode(401)
		end
		res.close()`, "stream = true"))
	url := c.url()
	request := " HTTP/1.1\r\nHost: localhost\r\nContent-Length: 3\r\nExpect: 100-continue\r\n\r\n"
	_, r := raw(t, url, "POST /refuse"+request)
	if res, _ := answer(t, r, "POST"); res.StatusCode != 401 || !res.Close {
		t.Error(res)
	}
	conn, r := raw(t, url, "POST /take"+request)
	conn.SetReadDeadline(time.Now().Add(20 * time.Millisecond))
	if b, err := r.Peek(1); err == nil {
		t.Errorf("%q", b)
	}
	conn.SetReadDeadline(time.Now().Add(patience))
	c.post("go on")
	if line, _ := r.ReadString('\n'); line != "HTTP/1.1 100 Continue\r\n" {
		t.Fatalf("%q", line)
	}
	r.ReadString('\n')
	io.WriteString(conn, "abc")
	if res, body := answer(t, r, "POST"); body != "abc" || res.Close {
		t.Error(res, body)
	}
}

// A body that was not read is no request, and does not hold the answer up.
func TestStreamedRequestUnread(t *testing.T) {
	c := start(t, serve(`
		local url = req.getURL()
		if url == "/some" then req.read(2) end
		if url == "/close" then req.close() say((select(2, pcall(req.read)):gsub("^program:%d+: ", ""))) end
		res.write(req.getMethod() .. url)
		res.close()`, "stream = true"))
	url := c.url()
	for _, target := range []string{"/none", "/some", "/close"} {
		if target == "/close" {
			defer c.want("attempt to use a closed file")
		}
		_, r := raw(t, url, "POST "+target+" HTTP/1.1\r\nHost: localhost\r\nContent-Length: 500\r\n\r\n"+
			"GET /smuggled HTTP/1.1\r\nHost: localhost\r\n\r\n")
		if res, body := answer(t, r, "POST"); body != "POST"+target || !res.Close {
			t.Error(res, body)
		}
		if b, err := io.ReadAll(r); len(b) > 0 || err != nil {
			t.Errorf("%q %v", b, err)
		}
	}
	nothingHeld(t, c)
}

// While the script waits for its client, or gets on with what the client sends, response_timeout does not pass; body_timeout counts
// from one part to the next.
func TestStreamedRequestTakesItsTime(t *testing.T) {
	c := start(t, serve(`
		say("begun")
		local n = #req.readAll()
		if req.getURL() == "/hang" then os.pullEvent("never") end
		res.write(n)
		res.close()`, "stream = true, response_timeout = 0.6, body_timeout = 2, write_timeout = 0.1"))
	url := c.url()
	for target, want := range map[string]int{"/": 200, "/hang": 503} {
		conn, r := raw(t, url, "POST "+target+" HTTP/1.1\r\nHost: localhost\r\nContent-Length: 10\r\n\r\n")
		c.want("begun")
		for range 10 {
			time.Sleep(100 * time.Millisecond) // the client's pace is what is tested
			io.WriteString(conn, "x")
		}
		if res, body := answer(t, r, "POST"); res.StatusCode != want || want == 200 && body != "10" {
			t.Error(res, body)
		}
	}
}

// The script reads at its own pace; what it has not read is not buffered beyond a bound.
func TestStreamedRequestBackpressure(t *testing.T) {
	const total = 30_000_000
	c := start(t, serve(`
		say("begun")
		os.pullEvent("go on")
		local n = 0
		while true do
			local part = req.read(65536)
			if not part then break end
			n = n + #part
		end
		res.write(n)
		res.close()`, "stream = true, max_body = 100000000, max_buffered = 1000000"))
	conn, r := raw(t, c.url(), fmt.Sprintf("POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: %d\r\n\r\n", total))
	sent := make(chan error, 1)
	go func() {
		_, err := io.Copy(conn, io.LimitReader(zeros{}, total))
		sent <- err
	}()
	c.want("begun")
	c.post("go on")
	if _, body := answer(t, r, "POST"); body != fmt.Sprint(total) {
		t.Error(body)
	}
	if err := <-sent; err != nil {
		t.Error(err)
	}
	nothingHeld(t, c)
}

// Both directions at once: an echo of what arrives.
func TestStreamBothWays(t *testing.T) {
	c := start(t, serve(`
		res.flush()
		while true do
			local line = req.readLine(true)
			if not line then break end
			res.write("you said " .. line)
			res.flush()
		end
		res.close()`, "stream = true"))
	conn, r := raw(t, c.url(), "POST / HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n")
	res := head(t, r)
	body := bufio.NewReader(res.Body)
	for i := range 3 {
		line := fmt.Sprintf("line %d\n", i)
		fmt.Fprintf(conn, "%x\r\n%s\r\n", len(line), line)
		if got, err := body.ReadString('\n'); got != "you said "+line || err != nil {
			t.Fatalf("%q %v", got, err)
		}
	}
	io.WriteString(conn, "0\r\n\r\n")
	if rest, err := io.ReadAll(body); len(rest) > 0 || err != nil {
		t.Errorf("%q %v", rest, err)
	}
}

// However streams end, nothing of them stays.
func TestStreamsLeaveNothing(t *testing.T) {
	c := start(t, serve(`
		local url = req.getURL()
		if url == "/hang" then os.pullEvent("never") end
		res.flush()
		if url == "/read" then res.write(req.readAll()) end
		if url == "/waits" then while true do res.write(("x"):rep(50000)) end end
		if url == "/fail" then error("oh no") end
		res.close()`, "stream = true, response_timeout = 0.05, stream_timeout = 0.1, body_timeout = 0.05, write_timeout = 0.05"))
	url := c.url()
	ask(t, url, "GET / HTTP/1.1", "")
	idle := func() bool { return len(listeners(c)[0].slots) == 1 } // the one that is being accepted
	eventually(t, idle)
	before := runtime.NumGoroutine()
	var conns []net.Conn
	for i := range 40 {
		target := []string{"/hang", "/read", "/waits", "/fail", "/"}[i%5]
		conn, _ := raw(t, url, "POST "+target+" HTTP/1.1\r\nHost: localhost\r\nContent-Length: 10\r\n\r\nabc")
		conns = append(conns, conn)
	}
	nothingHeld(t, c)
	for _, conn := range conns {
		conn.Close()
	}
	eventually(t, func() bool { return idle() && runtime.NumGoroutine() <= before })
}

// The end of the computer cuts streams off.
func TestShutdownOfStreams(t *testing.T) {
	c := start(t, serve(`
		res.flush()
		say("begun")
		if req.getURL() == "/reads" then req.readAll() end
		while true do res.write(("x"):rep(50000)) end`, "stream = true"))
	url := c.url()
	for _, target := range []string{"/reads", "/writes"} {
		raw(t, url, "POST "+target+" HTTP/1.1\r\nHost: localhost\r\nContent-Length: 10\r\n\r\nabc")
		c.want("begun")
	}
	begun := time.Now()
	c.shutdown(200 * time.Millisecond)
	if d := time.Since(begun); d > 5*time.Second {
		t.Error(d)
	}
}
