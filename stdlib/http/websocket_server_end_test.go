package http

import (
	"fmt"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/gorilla/websocket"
)

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

func TestWebSocketServerDeadClient(t *testing.T) {
	c := start(t, strings.ReplaceAll(echoing, "(0)", "(0, {ping_interval = 0.02, ping_timeout = 1})"))
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
		case <-time.After(patience):
			t.Fatal("there are no pings")
		}
	}
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
	collects(t, func() { c.post("other") }) // what the VM's stack still holds is overwritten
	closesWith(t, conn, closeNormal, "")
}

// A connection that the program does not take is not kept.
func TestWebSocketServerNotAccepted(t *testing.T) {
	c := start(t, `
		local server = http.websocketServer(0, {response_timeout = 0.5})
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
	server := listeners(c)[0].upgrades
	eventually(t, func() bool { // its time is over
		server.mu.Lock()
		defer server.mu.Unlock()
		return len(server.pending) == 0
	})
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
	goroutinesEnd(t, before)
}
