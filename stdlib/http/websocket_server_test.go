package http

import (
	"bytes"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	nethttp "net/http"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gorilla/websocket"
)

// dial opens a WebSocket to a listener.
func dial(t testing.TB, url string, header nethttp.Header) *websocket.Conn {
	t.Helper()
	conn, resp, err := tryDial(url, header, false)
	if err != nil {
		t.Fatal(err, resp)
	}
	t.Cleanup(func() { conn.Close() })
	return conn
}

func tryDial(url string, header nethttp.Header, compressed bool) (*websocket.Conn, *nethttp.Response, error) {
	dialer := websocket.Dialer{EnableCompression: compressed, HandshakeTimeout: 10 * time.Second}
	if p := header.Get("Protocols"); p != "" {
		dialer.Subprotocols = strings.Split(p, ",")
		header.Del("Protocols")
	}
	conn, resp, err := dialer.Dial("ws"+strings.TrimPrefix(url, "http"), header)
	if err == nil {
		conn.SetReadDeadline(time.Now().Add(10 * time.Second))
	}
	return conn, resp, err
}

func says(t *testing.T, conn *websocket.Conn, text string) {
	t.Helper()
	if err := conn.WriteMessage(websocket.TextMessage, []byte(text)); err != nil {
		t.Fatal(err)
	}
}

func gets(t *testing.T, conn *websocket.Conn, want string) {
	t.Helper()
	_, text, err := conn.ReadMessage()
	if err != nil || string(text) != want {
		t.Fatalf("got %q, %v; want %q", text, err, want)
	}
}

// closesWith fails the test unless the next thing that comes is a close.
func closesWith(t *testing.T, conn *websocket.Conn, code int, reason string) {
	t.Helper()
	_, text, err := conn.ReadMessage()
	var closed *websocket.CloseError
	if !errors.As(err, &closed) || closed.Code != code || closed.Text != reason {
		t.Errorf("got %q, %v; want a close with %d %q", text, err, code, reason)
	}
}

// echoing is a program that sends all back, in the way of CraftOS-PC.
const echoing = `
	local server = assert(http.websocketServer(0))
	say(server.port)
	local handles = {}
	while true do
		local event, id, a, b = os.pullEvent()
		if event == "websocket_server_connect" then
			assert(id == server.port)
			handles[a.clientID] = a
		elseif event == "websocket_server_message" then
			handles[id].send(a, b)
		elseif event == "websocket_server_closed" then
			handles[id] = nil
			say("closed", a, b)
		end
	end`

func TestWebSocketServerArguments(t *testing.T) {
	check(t, `
		local function fails(text, ...)
			local message = failure(http.websocketServer, ...)
			if message ~= text then error("got  " .. tostring(message) .. "\nwant " .. text, 2) end
		end
		fails("bad argument #1 (expected number, got no value)")
		fails("bad argument #1 (expected number, got string)", "x")
		fails("bad argument #1 (port out of range)", -1)
		fails("bad argument #1 (port out of range)", 65536)
		fails("bad argument #2 (expected table, got string)", 0, "x")
		fails("bad field 'max_mesage' (there is no such option)", 0, {max_mesage = 1})
		fails("bad field 'max_message' (1 to 1073741824 expected, got 0)", 0, {max_message = 0})
		fails("bad field 'compression' (boolean expected, got number)", 0, {compression = 1})
		fails("bad field 'protocols' (table expected, got string)", 0, {protocols = "x"})
		fails("bad field 'protocols[1]' (string expected, got number)", 0, {protocols = {1}})
		fails("bad field 'protocols' (\"a b\" can't be the name of one)", 0, {protocols = {"a b"}})
		fails("bad field 'headers' (table expected, got string)", 0, {headers = "x"})
		fails("bad field 'X' (string expected, got boolean)", 0, {X = true})
		fails("bad field 'X' (a header's value may have no line breaks and no other control characters)", 0, {headers = {X = "a\r\nb"}})
		fails("bad field 'a b' (this can't be the name of a header)", 0, {["a b"] = "x"})
		fails("bad field '1' (names of options or headers expected)", 0, {"x"})

		local server = http.websocketServer(0, {a = "b", max_message = 5})
		local names = {}
		for name in pairs(server) do names[#names + 1] = name end
		table.sort(names)
		assert(table.concat(names, " ") == "close listen port")
		local second, message = http.websocketServer(server.port)
		assert(second == nil and message == "Port already in use")
		assert(failure(http.addListener, server.port) == "http.addListener: port " .. server.port ..
			" is in use (by a websocketServer of this computer); choose another, or 0 for any free one")
		assert(failure(server.listen, "x") == "bad argument #1 (expected number, got string)")
		assert(server.listen(0.001) == nil)
		assert(select("#", server.close()) == 0)
		server.close()
		assert(failure(server.listen) == "attempt to use a closed file")
		local again = http.websocketServer(server.port)
		assert(again.port == server.port)
		http.removeListener(again.port)
		assert(failure(again.listen) == "attempt to use a closed file")
		again.close()

		local port = http.addListener(0)
		second, message = http.websocketServer(port)
		assert(second == nil and message == "Port already in use")`)
}

func TestWebSocketServerForeignPort(t *testing.T) {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer ln.Close()
	port := ln.Addr().(*net.TCPAddr).Port
	check(t, fmt.Sprintf(`
		local server, message = http.websocketServer(%[1]d)
		assert(server == nil and message == "http.websocketServer: port %[1]d is in use (by another program); choose another, or 0 for any free one", message)`, port))
}

func TestWebSocketServerEvents(t *testing.T) {
	c := start(t, echoing)
	url := c.url()
	conn := dial(t, url, nil)
	for _, text := range []string{"text", "", strings.Repeat("long ", 20000), "äöü"} {
		says(t, conn, text)
		gets(t, conn, text)
	}
	conn.WriteMessage(websocket.BinaryMessage, []byte("\x00\xff"))
	if kind, data, err := conn.ReadMessage(); kind != websocket.BinaryMessage || string(data) != "\x00\xff" {
		t.Error(kind, data, err)
	}
	// In the peer, an unsolicited pong is a message.
	conn.WriteControl(websocket.PongMessage, []byte("x"), time.Now().Add(time.Second))
	pong := ""
	conn.SetPongHandler(func(text string) error { pong = text; return nil })
	conn.WriteControl(websocket.PingMessage, []byte("ping"), time.Now().Add(time.Second))
	says(t, conn, "x")
	gets(t, conn, "x")
	if pong != "ping" {
		t.Errorf("the pong has %q", pong)
	}
	conn.WriteControl(websocket.CloseMessage, websocket.FormatCloseMessage(4001, "my reason"), time.Now().Add(time.Second))
	closesWith(t, conn, 4001, "")
	c.want("closed my reason 4001")

	for _, end := range []struct {
		f    func(*websocket.Conn)
		want string
	}{
		{func(c *websocket.Conn) { c.Close() }, "closed nil nil"},
		{func(c *websocket.Conn) { c.NetConn().(*net.TCPConn).CloseWrite() }, "closed nil nil"},
		{func(c *websocket.Conn) { c.WriteMessage(websocket.CloseMessage, nil) }, "closed nil nil"},
		{func(c *websocket.Conn) { c.WriteMessage(websocket.CloseMessage, []byte("\x03\xe9")) }, "closed nil 1001"},
		{func(c *websocket.Conn) { c.WriteMessage(websocket.TextMessage, []byte("\xff")) }, "closed Invalid UTF-8 1007"},
		{func(c *websocket.Conn) { c.WriteMessage(websocket.TextMessage, make([]byte, 128<<10+1)) }, "closed Message is too large 1009"},
	} {
		end.f(dial(t, url, nil))
		c.want(end.want)
	}
}

// A script of the kind that CraftOS-PC's documentation shows: other clients come, and speak, while it serves one.
func TestWebSocketServerListen(t *testing.T) {
	c := start(t, `
		local server = http.websocketServer(0)
		say(server.port)
		hold()
		for i = 1, 3 do
			local ws = server.listen()
			say(ws.getURL(), ws.receive(), select("#", ws.receive(0.001)))
			sleep(0.01)
			say(ws.receive())
			ws.send("answer")
			ws.close(4000, "enough")
			assert(failure(ws.send, "x") == "attempt to use a closed file")
			assert(failure(ws.receive) == "attempt to use a closed file")
			ws.close()
		end
		say("end")`)
	url := c.url()
	var conns []*websocket.Conn
	for i := range 3 {
		conns = append(conns, dial(t, fmt.Sprintf("%s/%d", url, i), nil))
		says(t, conns[i], fmt.Sprint("first of ", i))
		time.Sleep(time.Millisecond) // the order of the clients
	}
	c.free()
	for range 3 {
		var i int
		var text string
		fmt.Sscanf(c.hears(), "/%d %s", &i, &text)
		says(t, conns[i], "second")
		c.want("second false")
		gets(t, conns[i], "answer")
		closesWith(t, conns[i], 4000, "enough")
	}
	c.want("end")
}

// Messages of a client that has gone again are received all the same.
func TestWebSocketServerMessagesBeforeClose(t *testing.T) {
	c := start(t, `
		local server = http.websocketServer(0)
		say(server.port)
		hold()
		sleep(0.05)
		local ws = server.listen()
		for i = 1, 100 do assert(ws.receive() == tostring(i)) end
		say(pcall(ws.receive))`)
	conn := dial(t, c.url(), nil)
	for i := range 100 {
		says(t, conn, fmt.Sprint(i+1))
	}
	conn.Close()
	c.free()
	if s := c.hears(); s != "false program:8: attempt to use a closed file" && s != "true" {
		t.Error(s)
	}
}

func TestWebSocketServerTerminate(t *testing.T) {
	c := start(t, `
		local server = http.websocketServer(0)
		say(server.port)
		say(pcall(server.listen))
		local ws = server.listen(10)
		say(pcall(ws.receive, 10))
		server.close()
		say("end")`)
	url := c.url()
	eventually(t, func() bool { return c.queue.Stats().Waiting == 0 })
	c.queue.Terminate()
	c.want("false Terminated")
	conn := dial(t, url, nil)
	eventually(t, func() bool { return c.queue.Stats().Taken >= 2 && c.queue.Stats().Waiting == 0 })
	c.queue.Terminate()
	c.want("false Terminated")
	closesWith(t, conn, closeGoingAway, "")
	c.want("end")
}

// In the peer, close() leaves the connections, and who listens can't be stopped.
func TestWebSocketServerClose(t *testing.T) {
	c := start(t, `
		local server = http.websocketServer(0)
		say(server.port)
		local ws = server.listen()
		local co = coroutine.create(function() say("listen", server.listen()) end)
		coroutine.resume(co)
		ws.send("before")
		server.close()
		while coroutine.status(co) ~= "dead" do coroutine.resume(co, os.pullEvent()) end
		repeat local event, id, reason, code = os.pullEvent() until event == "websocket_server_closed"
		say(server.port)
		http.websocketServer(server.port)
		hold()`)
	url := c.url()
	conn := dial(t, url, nil)
	c.want("listen nil")
	gets(t, conn, "before")
	closesWith(t, conn, closeGoingAway, "")
	c.url()
}

func TestWebSocketHandshakeRefusals(t *testing.T) {
	const shake = "GET / HTTP/1.1\nConnection: keep-alive, Upgrade\nUpgrade: websocket\nSec-WebSocket-Version: 13\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA=="
	for _, program := range []string{
		`local s = http.websocketServer(0, {max_websockets = 1, origins = {"https://good.example"}}) say(s.port) while true do held = s.listen() end`,
		serve(`res.close()`, `max_websockets = 1, origins = {"https://good.example"}, websocket = function(ws) ws.receive() end`),
	} {
		c := start(t, program)
		url := c.url()
		for head, want := range map[string]string{
			strings.Replace(shake, "13", "8", 1):                        "426 Upgrade Required 13",
			strings.Replace(shake, "AAAA", "", 1):                       "400 Bad Request ",
			strings.Replace(shake, "AA==", "", 1):                       "400 Bad Request ",
			strings.Replace(shake, "GET", "POST", 1):                    "405 Method Not Allowed ",
			shake + "\nOrigin: https://evil.example":                    "403 Forbidden ",
			shake + "\nOrigin: null":                                    "403 Forbidden ",
			shake + "\nOrigin: https://good.example.evil":               "403 Forbidden ",
			strings.Replace(shake, "1.1", "1.1\nHost: evil.example", 1): "400 Bad Request ",
		} {
			res, _ := ask(t, url, head, "")
			if got := res.Status + " " + res.Header.Get("Sec-Websocket-Version"); got != want {
				t.Errorf("%s\n%s, want %s", head, got, want)
			}
		}
		_, r := raw(t, url, strings.ReplaceAll(shake, "\n", "\r\n")+"\r\nHost: evil.example\r\n\r\n")
		if res, _ := answer(t, r, "GET"); res.StatusCode != 421 {
			t.Error(res)
		}
		if res, body := ask(t, url, shake, "xx"); res.StatusCode != 400 || !strings.Contains(body, "no body") {
			t.Error(res, body)
		}
		_, r = raw(t, url, strings.ReplaceAll(shake, "\n", "\r\n")+"\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n")
		if res, body := answer(t, r, "GET"); res.StatusCode != 400 || !strings.Contains(body, "no body") {
			t.Error(res, body)
		}
		for _, origin := range []string{"https://good.example", url, "http://localhost:3000"} {
			conn, res, err := tryDial(url, nethttp.Header{"Origin": {origin}}, false)
			if err != nil {
				t.Fatal(err, res)
			}
			if _, res, err := tryDial(url, nil, false); err == nil || res.StatusCode != 503 {
				t.Error(err, res)
			}
			conn.Close()
			eventually(t, func() bool { // there is room again
				conn, _, err := tryDial(url, nil, false)
				if err == nil {
					conn.Close()
				}
				return err == nil
			})
			eventually(t, func() bool { return sockets(c) == 0 })
		}
	}
	c := start(t, `local s = http.websocketServer(0) say(s.port) s.listen()`)
	url := c.url()
	if res, body := ask(t, url, "GET / HTTP/1.1", ""); res.StatusCode != 426 || res.Header.Get("Upgrade") != "websocket" || body == "" {
		t.Error(res, body)
	}
	if _, res, err := tryDial(url, nethttp.Header{"Origin": {"https://evil.example"}}, false); err == nil || res.StatusCode != 403 {
		t.Error(err, res)
	}
}

// sockets is how many WebSockets a computer's listeners count.
func sockets(c *computer) (n int64) {
	c.servers.mu.Lock()
	defer c.servers.mu.Unlock()
	for l := range c.servers.live {
		l.sockets.mu.Lock()
		n += l.sockets.count
		l.sockets.mu.Unlock()
	}
	return n
}

func TestWebSocketServerHeaders(t *testing.T) {
	c := start(t, `
		local server = http.websocketServer(0, {["X-Mine"] = "v", headers = {["X-Other"] = 1}, protocols = {"b", "c"}})
		say(server.port)
		local ws = server.listen()
		local ip, port = ws.getRemoteAddress()
		say(ws.getURL(), ws.getRequestHeaders()["x-key"], ws.getProtocol(), ip)`)
	url := c.url()
	conn, res, err := tryDial(url+"/a?b", nethttp.Header{"X-Key": {"v"}, "Protocols": {"a,c"}}, false)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if res.Header.Get("X-Mine") != "v" || res.Header.Get("X-Other") != "1" || conn.Subprotocol() != "c" {
		t.Error(res.Header)
	}
	c.want("/a?b v c 127.0.0.1")
}

// Plain requests and WebSockets on one port.
func TestUpgrade(t *testing.T) {
	c := start(t, serve(`
		if req.isWebsocket() then
			local ws, message, code = req.upgrade({["X-Mine"] = "v", ["sec-websocket-protocol"] = "own", Upgrade = "x"})
			ws.send("hello")
			assert(failure(req.getURL) == "attempt to use a closed file (the connection has been upgraded)")
			while true do
				local text, binary = ws.receive()
				if not text then break end
				if text == "fail" then error("secret") end
				if text == "close" then ws.close() end
				if text == "wait" then ws.send(select("#", ws.receive(0.001))) else ws.send(text, binary) end
			end
			say("gone", select("#", ws.receive()), failure(ws.send, "x"))
		else
			local none, message, code = req.upgrade()
			res.setStatusCode(code)
			res.write(message)
			res.close()
		end`, `max_message = 5000`))
	url := c.url()
	if res, body := ask(t, url, "GET / HTTP/1.1", ""); res.StatusCode != 426 || body == "" {
		t.Error(res, body)
	}
	conn, res, err := tryDial(url, nethttp.Header{"Protocols": {"other,own"}}, false)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if res.Header.Get("X-Mine") != "v" || conn.Subprotocol() != "own" {
		t.Error(res.Header)
	}
	gets(t, conn, "hello")
	for i := range 300 { // more than an inbox holds
		says(t, conn, fmt.Sprint(i))
	}
	for i := range 300 {
		gets(t, conn, fmt.Sprint(i))
	}
	says(t, conn, "wait")
	gets(t, conn, "0")
	says(t, conn, strings.Repeat("x", 5000))
	gets(t, conn, strings.Repeat("x", 5000))
	conn.Close()
	c.want("gone 0 attempt to use a closed file")

	conn = dial(t, url, nethttp.Header{"Protocols": {"own"}})
	gets(t, conn, "hello")
	says(t, conn, "fail")
	closesWith(t, conn, closeFailed, "")
	c.logs("secret")

	conn = dial(t, url, nethttp.Header{"Protocols": {"own"}})
	gets(t, conn, "hello")
	says(t, conn, strings.Repeat("x", 5001))
	closesWith(t, conn, closeTooBig, "Message is too large")
	c.want("gone 0 attempt to use a closed file")
}

func TestListenWebSocketOption(t *testing.T) {
	c := start(t, serve(`res.write("plain") res.close()`, `websocket = function(ws)
			ws.send("hello " .. ws.getURL())
			local text = ws.receive()
			if text == "return" then return end
			if text == "fail" then error("secret") end
			if text == "event" then say(os.pullEvent("never")) end
			if text == "end" then return true end
		end`)+` say("ended")`)
	url := c.url()
	var waiting []*websocket.Conn
	for range 20 {
		waiting = append(waiting, dial(t, url+"/x", nil))
	}
	if _, body := ask(t, url, "GET / HTTP/1.1", ""); body != "plain" {
		t.Error(body)
	}
	for _, conn := range waiting {
		gets(t, conn, "hello /x")
	}
	says(t, waiting[0], "return")
	closesWith(t, waiting[0], closeNormal, "")
	says(t, waiting[1], "fail")
	closesWith(t, waiting[1], closeFailed, "")
	c.logs("secret")
	says(t, waiting[2], "end")
	for _, conn := range waiting[3:] {
		closesWith(t, conn, closeGoingAway, "")
	}
	c.want("ended")
}

// A handler that learns of an end that is not its doing finds the messages that came before; the error of its next send is not
// logged as one.
func TestListenWebSocketEnds(t *testing.T) {
	c := start(t, serve(`res.close()`, `websocket = function(ws)
			say(ws.receive())
			os.pullEvent("continue")
			say(ws.receive())
			say(select("#", ws.receive()), select("#", ws.receive()))
			ws.send("x")
		end`)+` say("ended")`)
	url := c.url()
	both := func() *websocket.Conn {
		conn := dial(t, url, nil)
		says(t, conn, "first")
		says(t, conn, "second")
		conn.WriteControl(websocket.PingMessage, nil, time.Now().Add(time.Second))
		c.want("first false")
		return conn
	}
	for _, stops := range []bool{false, true} {
		conn := both()
		if stops {
			pong := make(chan struct{})
			conn.SetPongHandler(func(string) error { close(pong); return nil })
			ended := make(chan error)
			go func() {
				_, _, err := conn.ReadMessage()
				ended <- err
			}()
			<-pong // both messages have arrived
			c.post("server_stop")
			if err := <-ended; !websocket.IsCloseError(err, closeGoingAway) {
				t.Error(err)
			}
		} else {
			conn.Close()
			eventually(t, func() bool { return sockets(c) == 0 })
		}
		c.post("continue")
		c.want("second false")
		c.want("0 0")
	}
	c.want("ended")
	if log := c.log.String(); strings.Contains(log, "level=ERROR") {
		t.Error(log)
	}
}

// Messages of upgraded sockets wait for receive, whatever else the handler waits for; and the client waits for them.
func TestUpgradeBackpressure(t *testing.T) {
	const count = 3000
	c := start(t, serve(`
		local ws = req.upgrade()
		hold()
		sleep(0.01)
		for i = 1, 3000 do
			local data = ws.receive()
			assert(#data == 10000 and data:sub(1, 4) == ("%04d"):format(i))
		end
		say("all")`, ""))
	conn := dial(t, c.url(), nil)
	sent := fill(conn, count)
	if n := settled(sent); n == count {
		t.Error("the client has sent all")
	}
	c.free()
	c.want("all")
}

func TestWebSocketServerBackpressure(t *testing.T) {
	const count = 3000
	c := start(t, `
		local server = http.websocketServer(0)
		say(server.port)
		local ws = server.listen()
		hold()
		for i = 1, 3000 do
			local _, id, data = os.pullEvent("websocket_server_message")
			assert(id == ws.clientID and #data == 10000 and data:sub(1, 4) == ("%04d"):format(i))
		end
		say("all")`)
	conn := dial(t, c.url(), nil)
	sent := fill(conn, count)
	if n := settled(sent); n == count {
		t.Error("the client has sent all")
	}
	c.free()
	c.want("all")
}

// fill sends messages of 10,000 bytes that begin with their number, and returns a function that tells how many it has sent.
func fill(conn *websocket.Conn, count int) func() int {
	var mu sync.Mutex
	sent := 0
	conn.NetConn().(*net.TCPConn).SetWriteBuffer(64 << 10)
	go func() {
		part := make([]byte, 10_000)
		for i := range count {
			copy(part, fmt.Sprintf("%04d", i+1))
			if conn.WriteMessage(websocket.BinaryMessage, part) != nil {
				return
			}
			mu.Lock()
			sent++
			mu.Unlock()
		}
	}()
	return func() int {
		mu.Lock()
		defer mu.Unlock()
		return sent
	}
}

// settled returns a count once it does not change any more.
func settled(count func() int) int {
	last, since := -1, time.Now()
	for end := time.Now().Add(10 * time.Second); time.Since(since) < 200*time.Millisecond && time.Now().Before(end); time.Sleep(5 * time.Millisecond) {
		if n := count(); n != last {
			last, since = n, time.Now()
		}
	}
	return last
}

// A program that does not call receive at all has its events, and no memory is taken for what it could receive.
func TestWebSocketServerForgetsInbox(t *testing.T) {
	c := start(t, `
		local server = http.websocketServer(0)
		say(server.port)
		local _, _, ws = os.pullEvent("websocket_server_connect")
		for i = 1, 2000 do
			local _, _, text = os.pullEvent("websocket_server_message")
			assert(text == tostring(i))
		end
		ws.send("all")
		say(ws.receive(5))`)
	conn := dial(t, c.url(), nil)
	for i := range 2000 {
		says(t, conn, fmt.Sprint(i+1))
	}
	gets(t, conn, "all")
	says(t, conn, "last")
	c.want("last false")
}

// A client that does not read makes send wait, and is closed when that has taken too long.
func TestWebSocketServerSlowClient(t *testing.T) {
	c := start(t, `
		local server = http.websocketServer(0, {send_timeout = 0.1, max_send_buffer = 200000, compression = false})
		say(server.port)
		local ws = server.listen()
		local message = ("x"):rep(100000)
		local ok, text = pcall(function() for i = 1, 1000 do ws.send(message) end end)
		say(text)
		repeat local event, id, reason, code = os.pullEvent("websocket_server_closed") until id == ws.clientID
		say(select(3, os.pullEvent()))`)
	conn := dial(t, c.url(), nil)
	c.want("program:6: attempt to use a closed file (the other side reads too slowly)")
	for {
		if _, _, err := conn.ReadMessage(); err != nil {
			if !websocket.IsCloseError(err, closeTryLater) {
				t.Error(err)
			}
			break
		}
	}
}

// trySend never waits: it says that the client is far behind, and goes on when it is not any more.
func TestWebSocketServerTrySend(t *testing.T) {
	c := start(t, serve(`
		local ws = req.upgrade()
		local message, taken = ("x"):rep(100000), 0
		while ws.trySend(message) do taken = taken + 1 end
		say(taken >= 2, ws.trySend("short"))
		ws.receive()
		local ok repeat sleep(0) ok = ws.trySend("more") until ok
		say(pcall(ws.trySend, "\xff"))
		say(tostring(taken))
		hold()`, "max_send_buffer = 200000, compression = false"))
	conn := dial(t, c.url(), nil)
	c.want("true false")
	says(t, conn, "go on")
	count := 0
	for {
		_, data, err := conn.ReadMessage()
		if err != nil {
			t.Fatal(err)
		}
		if string(data) == "more" {
			break
		}
		count++
	}
	c.want("false program:8: a text that is not UTF-8 can't be sent as one; pass true as second argument to send bytes")
	c.want(fmt.Sprint(count))
}

// A loop of events does not wait in send, because it would miss messages meanwhile; clients that do not read are not read.
func TestWebSocketServerEventLoopMissesNothing(t *testing.T) {
	const count = 3000
	c := start(t, strings.ReplaceAll(echoing, "(0)", "(0, {max_send_buffer = 100000, compression = false})"))
	conn := dial(t, c.url(), nil)
	sent := fill(conn, count)
	if n := settled(sent); n == count {
		t.Error("the client has sent all")
	}
	for i := range count {
		_, data, err := conn.ReadMessage()
		if err != nil || len(data) != 10_000 || string(data[:4]) != fmt.Sprintf("%04d", i+1) {
			t.Fatal(i, err)
		}
	}
}

// One that reads too slowly is closed, when it has been far behind for long, or when there is no more room.
func TestWebSocketServerEventLoopSlowClient(t *testing.T) {
	for options, want := range map[string]string{
		"send_timeout = 0.1":                          "true nil",
		"send_timeout = 1000, max_buffered = 1000000": "false attempt to use a closed file (the other side reads too slowly)",
	} {
		c := start(t, fmt.Sprintf(`
			local server = http.websocketServer(0, {max_send_buffer = 200000, compression = false, %s})
			say(server.port)
			local _, _, ws = os.pullEvent("websocket_server_connect")
			local message = ("x"):rep(100000)
			local failed = failure(function() for i = 1, 300 do ws.send(message) end end)
			say(failed == nil, failed)
			local _, id, reason, code = os.pullEvent("websocket_server_closed")
			say(id == ws.clientID, reason, code)`, options))
		conn := dial(t, c.url(), nil)
		c.want(want)
		eventually(t, func() bool { // its time to catch up is over
			c.servers.mu.Lock()
			defer c.servers.mu.Unlock()
			slow := false
			for l := range c.servers.live {
				l.sockets.each(func(s *serverSocket) {
					s.mu.Lock()
					slow = slow || s.tooSlow
					s.mu.Unlock()
				})
			}
			return slow
		})
		for {
			if _, _, err := conn.ReadMessage(); err != nil {
				if !websocket.IsCloseError(err, closeTryLater) {
					t.Error(err)
				}
				break
			}
		}
		c.want("true Too slow 1013")
	}
}

// A program that sends faster than its client reads waits in send, and loses nothing.
func TestWebSocketServerSendWaits(t *testing.T) {
	c := start(t, serve(`
		local ws = req.upgrade()
		say("begin")
		for i = 1, 1000 do ws.send(("%04d"):format(i) .. ("x"):rep(10000), true) end
		ws.close()
		say("sent")`, `max_send_buffer = 50000`))
	conn := dial(t, c.url(), nil)
	c.want("begin")
	time.Sleep(20 * time.Millisecond)
	for i := range 1000 {
		_, data, err := conn.ReadMessage()
		if err != nil || len(data) != 10004 || string(data[:4]) != fmt.Sprintf("%04d", i+1) {
			t.Fatal(i, err)
		}
	}
	closesWith(t, conn, closeNormal, "")
	c.want("sent")
}

func TestWebSocketServerDeadClient(t *testing.T) {
	c := start(t, strings.ReplaceAll(echoing, "(0)", "(0, {ping_interval = 0.02, ping_timeout = 0.1})"))
	url := c.url()
	alive, dead := dial(t, url, nil), dial(t, url, nil)
	pings := make(chan struct{}, 1000)
	answer := alive.PingHandler()
	alive.SetPingHandler(func(text string) error { pings <- struct{}{}; return answer(text) })
	go alive.ReadMessage()
	_ = dead // does not read, hence does not answer
	c.want("closed Timed out 1006")
	for range 3 {
		select {
		case <-pings:
		case <-time.After(10 * time.Second):
			t.Fatal("there are no pings")
		}
	}
}

func TestWebSocketServerCompression(t *testing.T) {
	c := start(t, echoing)
	conn, res, err := tryDial(c.url(), nil, true)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if !strings.HasPrefix(res.Header.Get("Sec-Websocket-Extensions"), "permessage-deflate") {
		t.Error(res.Header)
	}
	for _, text := range []string{"short", strings.Repeat("long ", 20000)} {
		says(t, conn, text)
		gets(t, conn, text)
	}
	// The limit is on what comes out.
	says(t, conn, strings.Repeat("x", 8<<20))
	closesWith(t, conn, closeTooBig, "Message is too large")
	c.want("closed Message is too large 1009")

	c = start(t, strings.ReplaceAll(echoing, "(0)", "(0, {compression = false})"))
	conn, res, err = tryDial(c.url(), nil, true)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if res.Header.Get("Sec-Websocket-Extensions") != "" {
		t.Error(res.Header)
	}
}

// With TLS, and a message so large that it is not sent at once.
func TestWebSocketServerTLS(t *testing.T) {
	cert, key := newPair(t, "one")
	large := strings.Repeat("0123456789", 100_000)
	for _, program := range []string{
		strings.ReplaceAll(echoing, "(0)", fmt.Sprintf("(0, {max_message = 2000000, tls = {cert = %q, key = %q}})", cert, key)),
		serve(`res.close()`, fmt.Sprintf(`max_message = 2000000, tls = {cert = %q, key = %q}, websocket = function(ws)
			for text in ws.receive do ws.send(text) end
		end`, cert, key)),
	} {
		c := start(t, program)
		dialer := websocket.Dialer{TLSClientConfig: &tls.Config{InsecureSkipVerify: true}, EnableCompression: true}
		conn, _, err := dialer.Dial("wss"+strings.TrimPrefix(c.url(), "http"), nil)
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		conn.SetReadDeadline(time.Now().Add(10 * time.Second))
		for range 100 {
			says(t, conn, "short")
		}
		says(t, conn, large)
		for range 100 {
			gets(t, conn, "short")
		}
		gets(t, conn, large)
		conn.WriteControl(websocket.CloseMessage, websocket.FormatCloseMessage(4001, ""), time.Now().Add(time.Second))
		closesWith(t, conn, 4001, "")
	}
}

// All that waits to be sent on all sockets of a listener has a limit, too.
func TestWebSocketServerTotalBuffer(t *testing.T) {
	c := start(t, serve(`res.close()`, `max_buffered = 500000, max_message = 1000000, max_send_buffer = 10000000, compression = false,
		websocket = function(ws)
			if ws.getURL() == "/slow" then
				for i = 1, 100 do ws.send(("x"):rep(900000)) end
				say("sent")
			else
				for text in ws.receive do ws.send(text) end
			end
		end`))
	url := c.url()
	slow := dial(t, url+"/slow", nil)
	var l *listener
	eventually(t, func() bool {
		c.servers.mu.Lock()
		defer c.servers.mu.Unlock()
		for l = range c.servers.live {
		}
		return l.buffered.Load() > 0
	})
	fast := dial(t, url+"/fast", nil)
	for i := range 10 {
		says(t, fast, fmt.Sprint(i))
		gets(t, fast, fmt.Sprint(i))
	}
	if n := l.buffered.Load(); n > 3_000_000 {
		t.Errorf("%d bytes wait", n)
	}
	for range 100 {
		if _, data, err := slow.ReadMessage(); err != nil || len(data) != 900_000 {
			t.Fatal(len(data), err)
		}
	}
	c.want("sent")
	slow.Close()
	fast.Close()
	eventually(t, func() bool { return l.buffered.Load() == 0 && sockets(c) == 0 })
}

func TestWebSocketServerSend(t *testing.T) {
	c := start(t, `
		local server = http.websocketServer(0)
		say(server.port)
		local ws = server.listen()
		assert(failure(ws.send) == "bad argument #1 (expected string, got no value)")
		assert(failure(ws.send, {}) == "bad argument #1 (expected string, got table)")
		assert(failure(ws.send, ("x"):rep(131073)) == "Message is too large")
		assert(failure(ws.send, "\xff"):find("not UTF%-8"))
		assert(failure(ws.receive, "x") == "bad argument #1 (number expected, got string)")
		for _, code in ipairs{0, 999, 1004, 1005, 1006, 1015, 2999, 5000, 1e10} do
			assert(failure(ws.close, code):find("^bad argument #1"), code)
		end
		assert(failure(ws.close, 1000, ("x"):rep(124)):find("^bad argument #2"))
		assert(failure(ws.close, 1000, "\xff"):find("^bad argument #2"))
		assert(select("#", ws.send(12)) == 0)
		ws.send("\xff", true)
		ws.send("")
		for i = 1, 1000 do ws.send(i) end
		ws.close(1001)
		local event, id, reason, code = os.pullEvent("websocket_server_closed")
		say(id == ws.clientID, reason, code)`)
	conn := dial(t, c.url(), nil)
	for _, text := range []string{"12", "\xff", ""} {
		gets(t, conn, text)
	}
	for i := range 1000 {
		gets(t, conn, fmt.Sprint(i+1))
	}
	closesWith(t, conn, closeGoingAway, "")
	c.want("true nil 1001")
}

// What was sent arrives, and sockets are closed, when the program ends right after.
func TestWebSocketServerEndsWithComputer(t *testing.T) {
	for _, program := range []string{
		`local s = http.websocketServer(0) say(s.port) local ws = s.listen() for i = 1, 30 do ws.send(("x"):rep(100000)) end hold()`,
		serve(`local ws = req.upgrade() for i = 1, 30 do ws.send(("x"):rep(100000)) end hold()`, "max_send_buffer = 10000000"),
	} {
		c := start(t, program)
		conn := dial(t, c.url(), nil)
		n := make(chan string, 1)
		c.free()
		go func() {
			count := 0
			for {
				if _, _, err := conn.ReadMessage(); err != nil {
					n <- fmt.Sprint(count, " ", err)
					return
				}
				count++
			}
		}()
		c.shutdown(5 * time.Second)
		if text := <-n; text != "30 websocket: close 1001 (going away)" {
			t.Error(text)
		}
	}
}

func TestForgottenServerWebSockets(t *testing.T) {
	c := start(t, serve(`req.upgrade().send("hello")`, ""))
	conn := dial(t, c.url(), nil)
	gets(t, conn, "hello")
	stop := make(chan struct{})
	defer close(stop)
	go func() {
		for {
			select {
			case <-stop:
				return
			case <-time.After(time.Millisecond):
				c.post("other") // what the VM's stack still holds is overwritten
				runtime.GC()
			}
		}
	}()
	closesWith(t, conn, closeNormal, "")
}

// A connection that the program does not take is not kept.
func TestWebSocketServerNotAccepted(t *testing.T) {
	c := start(t, `
		local server = http.websocketServer(0, {response_timeout = 0.05})
		say(server.port)
		os.pullEvent("end")
		-- Those that are given with the event are the program's.
		local _, _, ws = os.pullEvent("websocket_server_connect")
		say("given")
		local _, _, text = os.pullEvent("websocket_server_message")
		ws.send(text)`)
	url := c.url()
	closesWith(t, dial(t, url, nil), closeTryLater, "Not accepted in time")
	c.post("end")
	conn := dial(t, url, nil)
	c.want("given")
	time.Sleep(100 * time.Millisecond)
	says(t, conn, "x")
	gets(t, conn, "x")
}

// Neither sockets that come and go nor those that stay at the end leave goroutines.
func TestWebSocketServerLeaks(t *testing.T) {
	before := runtime.NumGoroutine()
	for _, program := range []string{echoing, serve(`res.close()`, `websocket = function(ws) while true do ws.send((ws.receive()), true) end end`)} {
		c := start(t, program)
		url := c.url()
		var open []*websocket.Conn
		for i := range 200 {
			conn, _, err := tryDial(url, nil, false)
			if err != nil {
				t.Fatal(err)
			}
			says(t, conn, "x")
			gets(t, conn, "x")
			if i%2 == 0 {
				conn.Close()
				continue
			}
			open = append(open, conn)
		}
		go func() { // the program's reports, of which there are too many for the channel
			for range c.said {
			}
		}()
		c.shutdown(5 * time.Second)
		close(c.said)
		for _, conn := range open {
			conn.Close()
		}
	}
	end := time.Now().Add(10 * time.Second)
	for runtime.NumGoroutine() > before+2 {
		if time.Now().After(end) {
			var stacks bytes.Buffer
			b := make([]byte, 1<<20)
			stacks.Write(b[:runtime.Stack(b, true)])
			t.Fatalf("%d goroutines, before %d\n%s", runtime.NumGoroutine(), before, stacks.String())
		}
		time.Sleep(time.Millisecond)
	}
}
