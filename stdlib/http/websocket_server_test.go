package http

import (
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	nethttp "net/http"
	"strings"
	"testing"
	"time"

	"github.com/gorilla/websocket"
	"github.com/luart/luart/stdlib/http/certtest"
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
	dialer := websocket.Dialer{EnableCompression: compressed, HandshakeTimeout: patience}
	if p := header.Get("Protocols"); p != "" {
		dialer.Subprotocols = strings.Split(p, ",")
		header.Del("Protocols")
	}
	conn, resp, err := dialer.Dial("ws"+strings.TrimPrefix(url, "http"), header)
	if err == nil {
		conn.SetReadDeadline(time.Now().Add(patience))
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
	cert, key := certtest.New(t, "one")
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
		conn.SetReadDeadline(time.Now().Add(patience))
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
