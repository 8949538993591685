package http

import (
	"fmt"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gorilla/websocket"
)

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
		"send_timeout = 1": "true nil",
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
	eventually(t, func() bool { return listeners(c)[0].buffered.Load() > 50000 })
	for i := range 1000 {
		_, data, err := conn.ReadMessage()
		if err != nil || len(data) != 10004 || string(data[:4]) != fmt.Sprintf("%04d", i+1) {
			t.Fatal(i, err)
		}
	}
	closesWith(t, conn, closeNormal, "")
	c.want("sent")
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

// However many clients come, send and go, what is kept of them for listen() and receive() is bounded, and let go when nobody asks for it.
func TestWebSocketServerForgetsEnded(t *testing.T) {
	const limit, count = 100_000, 60
	c := start(t, `
		local server = http.websocketServer(0, {max_buffered = 100000, max_websockets = 20, compression = false})
		say(server.port)
		local ended = 0
		repeat
			local event = os.pullEvent()
			if event == "websocket_server_closed" then ended = ended + 1 end
		until ended == 60
		say("all")
		while true do server.listen() end`)
	url := c.url()
	for i := range count {
		conn := dial(t, url, nil)
		if i%2 == 0 {
			says(t, conn, strings.Repeat("x", 10_000))
		}
		closes(t, conn)
	}
	c.want("all")
	l := listeners(c)[0]
	// Clients that have sent nothing are not kept at all.
	l.upgrades.mu.Lock()
	backlog := len(l.upgrades.backlog)
	l.upgrades.mu.Unlock()
	if backlog > 11 || l.inboxes.Load() > limit+10_000 {
		t.Errorf("%d connections, %d bytes", backlog, l.inboxes.Load())
	}
	collects(t, func() { c.post("other") })
	eventually(t, func() bool { return l.inboxes.Load() == 0 })
}

// closes closes a connection and waits for the answer.
func closes(t *testing.T, conn *websocket.Conn) {
	t.Helper()
	if err := conn.WriteControl(websocket.CloseMessage, websocket.FormatCloseMessage(closeNormal, ""), time.Now().Add(patience)); err != nil {
		t.Fatal(err)
	}
	closesWith(t, conn, closeNormal, "")
	conn.Close()
}

// What nobody receives is bounded for all sockets of a listener together: clients wait, each of which may have one message there.
func TestUpgradeInboxesAreBounded(t *testing.T) {
	const limit, count, size = 50_000, 10, 10_000
	c := start(t, serve(`
		local ws = req.upgrade()
		os.pullEvent("receive")
		for i = 1, 10 do assert(#ws.receive() == 10000) end
		ws.send("all")`, "max_buffered = 50000, compression = false"))
	url := c.url()
	var conns []*websocket.Conn
	for range count {
		conn := dial(t, url, nil)
		for range 10 {
			says(t, conn, strings.Repeat("x", size))
		}
		conns = append(conns, conn)
	}
	l := listeners(c)[0]
	held := settled(func() int { return int(l.inboxes.Load()) })
	if held < limit || held > limit+count*size {
		t.Errorf("%d bytes are held", held)
	}
	c.post("receive")
	for _, conn := range conns {
		gets(t, conn, "all")
	}
	if n := l.inboxes.Load(); n != 0 {
		t.Errorf("%d bytes are held", n)
	}
	// What is left of sockets that the program closes or forgets does not count.
	for _, conn := range conns {
		conn.Close()
	}
	collects(t, func() { c.post("other") })
	again := dial(t, url, nil)
	for range 5 {
		says(t, again, strings.Repeat("x", size))
	}
	eventually(t, func() bool { return l.inboxes.Load() == 50_000 })
	c.post("receive")
	again.Close()
	eventually(t, func() bool { return l.inboxes.Load() == 0 })
}
