package http

import (
	"fmt"
	"io"
	"net"
	nethttp "net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gorilla/websocket"
)

// peerSocket is a WebSocket server whose connections f serves. It returns its URL.
func peerSocket(t *testing.T, upgrader *websocket.Upgrader, f func(*websocket.Conn, *nethttp.Request)) string {
	if upgrader == nil {
		upgrader = &websocket.Upgrader{}
	}
	var running sync.WaitGroup
	s := httptest.NewServer(nethttp.HandlerFunc(func(w nethttp.ResponseWriter, r *nethttp.Request) {
		running.Add(1)
		defer running.Done()
		conn, err := upgrader.Upgrade(w, r, nil)
		if err != nil {
			return
		}
		defer conn.Close()
		f(conn, r)
	}))
	t.Cleanup(func() {
		s.Close()
		running.Wait()
	})
	return "ws" + strings.TrimPrefix(s.URL, "http")
}

func echoServer(t *testing.T, upgrader *websocket.Upgrader) string {
	return peerSocket(t, upgrader, func(conn *websocket.Conn, _ *nethttp.Request) {
		for {
			kind, text, err := conn.ReadMessage()
			if err != nil || conn.WriteMessage(kind, text) != nil {
				return
			}
		}
	})
}

func TestWebSocket(t *testing.T) {
	headers := make(chan nethttp.Header, 1)
	codes := make(chan string, 1)
	url := peerSocket(t, &websocket.Upgrader{EnableCompression: true, Subprotocols: []string{"chat"}}, func(conn *websocket.Conn, r *nethttp.Request) {
		headers <- r.Header
		for {
			kind, text, err := conn.ReadMessage()
			if err != nil {
				codes <- err.Error()
				return
			}
			conn.WriteMessage(kind, text)
		}
	})
	check(t, strings.ReplaceAll(`
		local s = assert(http.websocket("URL/a?b", {["X-Key"] = "v", ["Sec-WebSocket-Protocol"] = "chat", ["Sec-WebSocket-Key"] = "mine", connection = "x"}))
		s.send("text")
		local text, binary = s.receive()
		assert(text == "text" and binary == false)
		s.send("\0\xff\r\n", true)
		text, binary = s.receive(5)
		assert(text == "\0\xff\r\n" and binary == true)
		s.send("")
		assert(s.receive() == "")
		s.send(12)
		assert(s.receive() == "12")
		s.send(setmetatable({}, {__tostring = function() return "x" end}))
		assert(s.receive():find("^table: "))
		s.send(("long "):rep(20000))
		assert(s.receive() == ("long "):rep(20000))
		local ok, message = pcall(function() s.send(("x"):rep(128 * 1024 + 1)) end)
		assert(message:find("Message is too large$"), message)
		s.send(("x"):rep(128 * 1024))
		assert(#s.receive() == 128 * 1024)
		assert(select("#", s.receive(0.001)) == 0)
		assert(failure(s.receive, "x") == "bad argument #1 (number expected, got string)")
		assert(failure(s.send, "x", 1) == "bad argument #2 (boolean expected, got number)")
		s.send("event")
		local event, from, text, binary = os.pullEvent("websocket_message")
		assert(from == "URL/a?b" and text == "event" and binary == false)
		s.send("last")
		s.close()
		s.close()
		for _, name in ipairs{"send", "receive"} do
			assert(failure(s[name], "x") == "attempt to use a closed file")
		end
		say("closed")`, "URL", url), asks())
	h := <-headers
	if h.Get("Origin") != "" || h.Get("User-Agent") != "computercraft/1" || h.Get("X-Key") != "v" || h.Get("Sec-Websocket-Protocol") != "chat" ||
		!strings.HasPrefix(h.Get("Sec-Websocket-Extensions"), "permessage-deflate") || h.Get("Sec-Websocket-Key") == "mine" {
		t.Error(h)
	}
	if code := <-codes; code != "websocket: close 1000 (normal)" {
		t.Error(code)
	}
}

func TestWebSocketEnds(t *testing.T) {
	closing := func(code int, reason string) func(*websocket.Conn, *nethttp.Request) {
		return func(conn *websocket.Conn, _ *nethttp.Request) {
			conn.WriteMessage(websocket.TextMessage, []byte("before"))
			conn.WriteControl(websocket.CloseMessage, websocket.FormatCloseMessage(code, reason), time.Now().Add(time.Second))
			conn.ReadMessage()
		}
	}
	for _, test := range []struct {
		name string
		f    func(*websocket.Conn, *nethttp.Request)
		want string
	}{
		{"with a code and a reason", closing(4001, "my reason"), "my reason 4001"},
		{"with a code", closing(1001, ""), "nil 1001"},
		{"without a code", closing(websocket.CloseNoStatusReceived, ""), "nil nil"},
		{"without a close", func(conn *websocket.Conn, _ *nethttp.Request) {
			conn.WriteMessage(websocket.TextMessage, []byte("before"))
		}, "Connection closed nil"},
		{"in a frame", func(conn *websocket.Conn, _ *nethttp.Request) {
			conn.WriteMessage(websocket.TextMessage, []byte("before"))
			conn.NetConn().Write([]byte{0x81, 10, 'x'})
		}, "Connection closed nil"},
		{"with nonsense", func(conn *websocket.Conn, _ *nethttp.Request) {
			conn.WriteMessage(websocket.TextMessage, []byte("before"))
			conn.NetConn().Write([]byte{0xff, 0xff, 'x'})
			conn.ReadMessage()
		}, "Connection closed nil"},
		{"with a large message", func(conn *websocket.Conn, _ *nethttp.Request) {
			conn.WriteMessage(websocket.TextMessage, []byte("before"))
			conn.WriteMessage(websocket.TextMessage, make([]byte, 128<<10+1))
			if _, _, err := conn.ReadMessage(); !websocket.IsCloseError(err, websocket.CloseMessageTooBig) {
				t.Error(err)
			}
		}, "Message is too large nil"},
		{"with a large message that was compressed", func(conn *websocket.Conn, _ *nethttp.Request) {
			conn.WriteMessage(websocket.TextMessage, []byte("before"))
			conn.SetCompressionLevel(9)
			conn.WriteMessage(websocket.TextMessage, make([]byte, 8<<20))
			conn.ReadMessage()
		}, "Message is too large nil"},
	} {
		t.Run(test.name, func(t *testing.T) {
			url := peerSocket(t, &websocket.Upgrader{EnableCompression: true}, test.f)
			c := start(t, strings.ReplaceAll(`
				http.websocketAsync("URL")
				local _, _, s = os.pullEvent("websocket_success")
				assert(s.receive() == "before")
				local event, from, reason, code = os.pullEvent()
				assert(event == "websocket_closed" and from == "URL", event)
				say(reason, code)
				assert(not pcall(s.send, "x") and failure(s.receive) == "attempt to use a closed file")
				s.close()
				-- The next one: receive ends.
				s = http.websocket("URL")
				assert(s.receive() == "before")
				say(select("#", s.receive()))`, "URL", url), asks())
			c.want(test.want)
			c.want("0")
		})
	}
}

// What servers send that a well-behaved one does not, byte by byte, and the code that they get for it.
func TestWebSocketClientProtocol(t *testing.T) {
	for _, test := range []struct {
		send, want string
		code       int
	}{
		{"\x01\x02ab\x89\x01p\x00\x00\x80\x01c\x88\x00", "message abc false", closeNoStatus},
		{"\x8a\x01x\x82\x01\xff\x88\x02\x03\xe9", "message \xff true", closeGoingAway},
		{"\x81\x81\x00\x00\x00\x00x", "closed Connection closed nil", closeProtocol}, // masked
		{"\xa1\x01x", "closed Connection closed nil", closeProtocol},
		{"\xc9\x00", "closed Connection closed nil", closeProtocol},
		{"\x83\x01x", "closed Connection closed nil", closeProtocol},
		{"\x80\x01x", "closed Connection closed nil", closeProtocol},
		{"\x01\x01a\x81\x01b", "closed Connection closed nil", closeProtocol},
		{"\x09\x00", "closed Connection closed nil", closeProtocol},
		{"\x88\x02\x03\xed", "closed Connection closed nil", closeProtocol},
		{"\x81\x01\xff", "closed Invalid UTF-8 nil", closeNotUTF8},
		{"\x82\x7f\x7f\xff\xff\xff\xff\xff\xff\xff" + strings.Repeat("x", 128<<10+1), "closed Message is too large nil", closeTooBig},
		{"\x82\x7f\xff\xff\xff\xff\xff\xff\xff\xff", "closed Message is too large nil", closeTooBig},
	} {
		code := make(chan error, 1)
		url := peerSocket(t, nil, func(conn *websocket.Conn, _ *nethttp.Request) {
			io.WriteString(conn.NetConn(), test.send)
			_, _, err := conn.ReadMessage()
			code <- err
		})
		c := start(t, strings.ReplaceAll(`
			http.websocketAsync("URL")
			local _, _, held = os.pullEvent("websocket_success")
			local event, _, a, b = os.pullEvent()
			say(event:match("_(%a+)$"), a, b)
			os.pullEvent("never")`, "URL", url), asks())
		c.want(test.want)
		if err := <-code; !websocket.IsCloseError(err, test.code) {
			t.Errorf("%q: the server gets %v, want %d", test.send[:min(20, len(test.send))], err, test.code)
		}
	}
}

// Messages that came before the close are not lost.
func TestWebSocketMessagesBeforeClose(t *testing.T) {
	url := peerSocket(t, nil, func(conn *websocket.Conn, _ *nethttp.Request) {
		for i := range 600 {
			conn.WriteMessage(websocket.TextMessage, fmt.Append(nil, i))
		}
	})
	check(t, strings.ReplaceAll(`
		local s = http.websocket("URL")
		for i = 0, 599 do
			local text = s.receive()
			assert(text == tostring(i), text)
		end
		assert(s.receive() == nil)`, "URL", url), asks())
}

func TestWebSocketHandshakeRefused(t *testing.T) {
	s := upstream(t, func(w nethttp.ResponseWriter, r *nethttp.Request) {
		switch r.URL.Path {
		case "/403":
			w.WriteHeader(403)
		case "/302":
			nethttp.Redirect(w, r, "/", nethttp.StatusFound)
		case "/key":
			conn, _, _ := w.(nethttp.Hijacker).Hijack()
			defer conn.Close()
			io.WriteString(conn, "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: x\r\n\r\n")
		case "/endless":
			conn, _, _ := w.(nethttp.Hijacker).Hijack()
			defer conn.Close()
			io.WriteString(conn, "HTTP/1.1 101 Switching Protocols\r\n")
			for {
				if _, err := io.WriteString(conn, "X: "+strings.Repeat("x", 1000)+"\r\n"); err != nil {
					return
				}
			}
		}
	})
	check(t, strings.ReplaceAll(`
		local function fails(text, path)
			local ok, message = http.websocket("URL" .. path)
			if ok ~= false or message ~= text then error(tostring(message), 2) end
		end
		fails("Invalid handshake response getStatus: 403 Forbidden", "/403")
		fails("Invalid handshake response getStatus: 302 Found", "/302")
		fails("Invalid handshake response", "/key")
		fails("Could not connect", "/endless")`, "URL", "ws"+s.URL[4:]), asks())
}

// A server that agrees to compression on terms that are not ours is asked for none.
func TestWebSocketCompressionTerms(t *testing.T) {
	url := peerSocket(t, nil, func(conn *websocket.Conn, r *nethttp.Request) {
		conn.WriteMessage(websocket.TextMessage, []byte(r.Header.Get("Sec-Websocket-Extensions")))
	})
	inner := httptest.NewServer(nethttp.HandlerFunc(func(w nethttp.ResponseWriter, r *nethttp.Request) {
		conn, err := net.Dial("tcp", strings.TrimPrefix(url, "ws://"))
		if err != nil {
			t.Error(err)
			return
		}
		defer conn.Close()
		offered := r.Header.Get("Sec-Websocket-Extensions") != ""
		r.Write(conn)
		mine, _, _ := w.(nethttp.Hijacker).Hijack()
		defer mine.Close()
		buffer := make([]byte, 4096)
		n, _ := conn.Read(buffer)
		text := string(buffer[:n])
		if offered {
			text = strings.Replace(text, "\r\n\r\n", "\r\nSec-WebSocket-Extensions: permessage-deflate\r\n\r\n", 1)
		}
		io.WriteString(mine, text)
		io.Copy(mine, conn)
	}))
	defer inner.Close()
	check(t, strings.ReplaceAll(`
		local s, message = http.websocket("URL")
		assert(s, message)
		assert(s.receive() == "")`, "URL", "ws"+inner.URL[4:]), asks())
}

func TestWebSocketLimit(t *testing.T) {
	url := echoServer(t, nil)
	check(t, strings.ReplaceAll(`
		local all = {}
		for i = 1, 4 do all[i] = assert(http.websocket("URL/" .. i)) end
		local ok, message = pcall(http.websocket, "URL")
		assert(message == "Too many websockets already open", message)
		ok, message = http.websocket("http://wrong")
		assert(message == "Invalid scheme 'http'")
		all[1].close()
		all[5] = assert(http.websocket("URL/5"))
		for i = 2, 5 do
			all[i].send(i)
			assert(all[i].receive() == tostring(i))
			all[i].close()
		end
		-- Those that fail make room.
		for i = 1, 10 do assert(not http.websocket("ws://nowhere.example")) end
		assert(http.websocket("URL"))`, "URL", url), asks())
}

func TestForgottenWebSockets(t *testing.T) {
	url := echoServer(t, nil)
	c := start(t, strings.ReplaceAll(`
		for i = 1, 4 do assert(http.websocket("URL/" .. i)) end
		say("open")
		repeat
			local ok, s = pcall(http.websocket, "URL/more")
			if not ok then os.startTimer(0.001) coroutine.yield() end
		until ok
		say("more")`, "URL", url), asks())
	c.want("open")
	collects(t, func() {})
	c.want("more")
}

// A program that does not take messages is not sent more than what fits in queues and the system's buffers, and gets all of them
// later.
func TestWebSocketBackpressure(t *testing.T) {
	const count = 2000
	var mu sync.Mutex
	sent := 0
	url := peerSocket(t, nil, func(conn *websocket.Conn, _ *nethttp.Request) {
		conn.NetConn().(*net.TCPConn).SetWriteBuffer(64 << 10)
		for part := make([]byte, 60_000); sent < count; {
			if conn.WriteMessage(websocket.BinaryMessage, part) != nil {
				return
			}
			mu.Lock()
			sent++
			mu.Unlock()
		}
		conn.ReadMessage()
	})
	c := start(t, strings.ReplaceAll(`
		local s = http.websocket("URL")
		hold()
		for i = 1, 2000 do assert(#s.receive() == 60000) end
		say("all")`, "URL", url), asks())
	last := settled(func() int {
		mu.Lock()
		defer mu.Unlock()
		return sent
	})
	if last == count {
		t.Error("the server has sent all")
	}
	c.free()
	c.want("all")
}

// A program that sends faster than the peer reads waits in send, and loses nothing.
func TestWebSocketSendWaits(t *testing.T) {
	read := make(chan struct{})
	got := make(chan int, 1)
	url := peerSocket(t, nil, func(conn *websocket.Conn, _ *nethttp.Request) {
		<-read
		n := 0
		for {
			if _, _, err := conn.ReadMessage(); err != nil {
				got <- n
				return
			}
			n++
		}
	})
	c := start(t, strings.ReplaceAll(`
		local s = http.websocket("URL")
		local message = ("x"):rep(100000)
		local co = coroutine.create(function()
			for i = 1, 1000 do s.send(message, true) end
			s.close()
		end)
		local _, filter = coroutine.resume(co)
		say(filter)
		while coroutine.status(co) ~= "dead" do assert(coroutine.resume(co, coroutine.yield("websocket_writable"))) end
		say("sent")`, "URL", url), asks())
	c.want("websocket_writable")
	close(read)
	c.want("sent")
	if n := <-got; n != 1000 {
		t.Errorf("%d messages have arrived", n)
	}
}

func TestWebSocketTerminate(t *testing.T) {
	url := echoServer(t, nil)
	c := start(t, strings.ReplaceAll(`
		local s = http.websocket("URL")
		say("open")
		say(pcall(s.receive, 60))
		s.send("still open")
		say(s.receive())`, "URL", url), asks())
	c.want("open")
	if err := c.queue.Terminate(); err != nil {
		t.Fatal(err)
	}
	c.want("false Terminated")
	c.want("still open false")
}

// What was sent arrives, and the socket is closed, when the program ends right after.
func TestWebSocketEndsWithComputer(t *testing.T) {
	got := make(chan string, 1)
	url := peerSocket(t, nil, func(conn *websocket.Conn, _ *nethttp.Request) {
		n := 0
		for {
			if _, _, err := conn.ReadMessage(); err != nil {
				got <- fmt.Sprint(n, " ", err)
				return
			}
			n++
		}
	})
	c := start(t, strings.ReplaceAll(`
		s = http.websocket("URL")
		for i = 1, 30 do s.send(("x"):rep(100000)) end`, "URL", url), asks())
	if err := c.wait(); err != nil {
		t.Fatal(err)
	}
	c.shutdown(5 * time.Second)
	if text := <-got; text != "30 websocket: close 1001 (going away)" {
		t.Error(text)
	}
}

// A message for which the program has no memory left ends the connection.
func TestWebSocketMemory(t *testing.T) {
	url := peerSocket(t, nil, func(conn *websocket.Conn, _ *nethttp.Request) {
		for conn.WriteMessage(websocket.BinaryMessage, make([]byte, 100_000)) == nil {
		}
	})
	c := start(t, strings.ReplaceAll(`
		local s = http.websocket("URL")
		local all = {}
		repeat
			local event, _, data = os.pullEvent()
			all[#all + 1] = data
		until event == "websocket_closed"
		say(#all < 1000)`, "URL", url), asks(), func(s *setup) { s.memory = 16 << 20 })
	c.want("true")
}
