package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"syscall"
	"text/tabwriter"
	"time"

	"github.com/gorilla/websocket"
)

// echoServers send every WebSocket message back: programs in Lua, beside what the library's own example does.
var echoServers = []benchServer{
	{name: "gorilla/websocket", bare: bareEcho},
	{name: "http.listen, option websocket", program: `
http.listen(0, function(request, response) response.close() end, {
    on_listen = print, max_websockets = 1000000,
    websocket = function(socket)
        while true do
            local message, binary = socket.receive()
            if not message then return end
            socket.send(message, binary)
        end
    end,
})`},
	{name: "http.websocketServer, events", program: `
local server = http.websocketServer(0, { max_websockets = 1000000 })
print(server.port)
local sockets = {}
while true do
    local event, id, message, binary = os.pullEvent()
    if event == "websocket_server_message" then
        sockets[id].send(message, binary)
    elseif event == "websocket_server_connect" then
        sockets[message.clientID] = message
    elseif event == "websocket_server_closed" then
        sockets[id] = nil
    end
end`},
}

// measureEchoes has each server echo for a time, over connections with one message of 32 bytes on its way each.
func measureEchoes(ctx context.Context, o serverOptions, start startServer) ([]*rate, error) {
	return measureRates(ctx, echoServers, o.rounds, o.each, start, func(address string, each time.Duration) (float64, error) {
		return echoLoad(address, o.websockets, each)
	})
}

// bareEcho is what the library's own example does.
func bareEcho(w http.ResponseWriter, r *http.Request) {
	upgrader := websocket.Upgrader{EnableCompression: true}
	conn, err := upgrader.Upgrade(w, r, nil)
	if err != nil {
		return
	}
	defer conn.Close()
	for {
		kind, message, err := conn.ReadMessage()
		if err != nil || conn.WriteMessage(kind, message) != nil {
			return
		}
	}
}

// A text of 32 bytes as a client sends it, masked with zeros, and as it comes back.
var (
	echoText = strings.Repeat("m", 32)
	echoSent = []byte("\x81\xa0\x00\x00\x00\x00" + echoText)
	echoBack = []byte("\x81\x20" + echoText)
)

// echoOnce sends a message and reads its echo into got, which is as long as echoBack. It speaks the protocol byte by byte, so that it
// takes as little as it can of the processors.
func echoOnce(conn net.Conn, got []byte) error {
	if _, err := conn.Write(echoSent); err != nil {
		return err
	}
	if _, err := io.ReadFull(conn, got); err != nil {
		return err
	}
	if !bytes.Equal(got, echoBack) {
		return fmt.Errorf("got %q", got)
	}
	return nil
}

func echoLoad(address string, connections int, d time.Duration) (perSecond float64, err error) {
	return socketLoad(address, connections, d, func() func(net.Conn) error {
		got := make([]byte, len(echoBack))
		return func(conn net.Conn) error { return echoOnce(conn, got) }
	})
}

// openWebSockets opens connections. In case of an error it returns those that are open.
func openWebSockets(address string, n int) ([]net.Conn, error) {
	conns := make([]net.Conn, 0, n)
	for range n {
		conn, err := net.DialTimeout("tcp", address, 10*time.Second)
		if err != nil {
			return conns, err
		}
		conns = append(conns, conn)
		if err := openWebSocket(conn, address); err != nil {
			return conns, err
		}
	}
	return conns, nil
}

func closeAll(conns []net.Conn) {
	for _, conn := range conns {
		conn.Close()
	}
}

func openWebSocket(conn net.Conn, address string) error {
	_, err := fmt.Fprintf(conn, "GET / HTTP/1.1\r\nHost: %s\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"+
		"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n", address)
	if err != nil {
		return err
	}
	_ = conn.SetReadDeadline(time.Now().Add(10 * time.Second))
	head := make([]byte, 0, 512)
	for !bytes.HasSuffix(head, []byte("\r\n\r\n")) { // nothing may be read past it
		var b [1]byte
		if _, err := conn.Read(b[:]); err != nil {
			return err
		}
		head = append(head, b[0])
	}
	if !bytes.HasPrefix(head, []byte("HTTP/1.1 101 ")) {
		return fmt.Errorf("the server answers %q", head)
	}
	return conn.SetReadDeadline(time.Time{})
}

// idleResult is what a WebSocket that does nothing takes of a server's memory, in bytes.
type idleResult struct {
	name string
	each float64
}

// measureIdle opens a number of WebSockets to each server, each of which says something once.
//
// It and the servers need a file for each: Go raises the limit of open files as far as it may be, which is the hard limit.
func measureIdle(ctx context.Context, number int, start startServer) ([]idleResult, error) {
	var results []idleResult
	for _, s := range echoServers {
		each, err := measureIdleOf(ctx, number, s, start)
		if errors.Is(err, syscall.EMFILE) {
			err = fmt.Errorf("%w: %d WebSockets need as many files; raise the limit (ulimit -Hn), or say -idle NUMBER", err, number)
		}
		if err != nil {
			return nil, fmt.Errorf("%s: %w", s.name, err)
		}
		results = append(results, idleResult{s.name, each})
	}
	return results, nil
}

func measureIdleOf(ctx context.Context, number int, s benchServer, start startServer) (each float64, err error) {
	server, err := start(ctx, s)
	if err != nil {
		return 0, err
	}
	defer server.stop()
	open := func(n int) (conns []net.Conn, memory int64, err error) {
		if conns, err = openWebSockets(server.address, n); err != nil {
			return conns, 0, err
		}
		got := make([]byte, len(echoBack))
		for _, conn := range conns {
			if err := echoOnce(conn, got); err != nil {
				return conns, 0, err
			}
		}
		memory, err = server.memory()
		return conns, memory, err
	}
	first, before, err := open(100) // and what is made once
	defer closeAll(first)
	if err != nil {
		return 0, err
	}
	conns, after, err := open(number)
	defer closeAll(conns)
	return float64(after-before) / float64(number), err
}

func reportIdle(w io.Writer, results []idleResult) {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(t, "idle\tbytes each\tbeyond bare\t")
	for _, r := range results {
		fmt.Fprintf(t, "%s\t%.0f\t%+.0f\t\n", r.name, r.each, r.each-results[0].each)
	}
	t.Flush()
}
