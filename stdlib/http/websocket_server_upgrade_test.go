package http

import (
	"fmt"
	nethttp "net/http"
	"strings"
	"testing"
	"time"

	"github.com/gorilla/websocket"
)

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
