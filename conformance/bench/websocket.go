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
	"sync"
	"sync/atomic"
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

// echoResult is how fast a server was.
type echoResult struct {
	name      string
	perSecond []float64 // messages there and back, of each round
}

// measureEchoes has each server echo for a time, over connections with one message of 32 bytes on its way each. They take turns.
func measureEchoes(ctx context.Context, o serverOptions, start startServer) ([]*echoResult, error) {
	var results []*echoResult
	var servers []*running
	for _, s := range echoServers {
		server, err := start(ctx, s)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", s.name, err)
		}
		defer server.stop()
		results, servers = append(results, &echoResult{name: s.name}), append(servers, server)
	}
	for round := range o.rounds + 1 {
		for i, r := range results {
			if ctx.Err() != nil {
				return nil, errors.New("interrupted")
			}
			each := o.each
			if round == 0 { // to warm up
				each = min(each, 200*time.Millisecond)
			}
			n, err := echoLoad(servers[i].address, o.websockets, each)
			if err != nil {
				return nil, fmt.Errorf("%s: %w", r.name, err)
			}
			if round > 0 {
				r.perSecond = append(r.perSecond, n)
			}
		}
	}
	return results, nil
}

// ofBare returns the median of the ratios to another result, round by round.
func (r *echoResult) ofBare(bare *echoResult) float64 {
	var ratios []float64
	for i, n := range r.perSecond {
		ratios = append(ratios, n/bare.perSecond[i])
	}
	return median(ratios)
}

func reportEchoes(w io.Writer, results []*echoResult) {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(t, "echo\tmessages/s\tof bare\t")
	for _, r := range results {
		fmt.Fprintf(t, "%s\t%.0f\t%.2f\t\n", r.name, median(r.perSecond), r.ofBare(results[0]))
	}
	t.Flush()
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
	conns, err := openWebSockets(address, connections)
	defer closeAll(conns)
	if err != nil {
		return 0, err
	}
	var count atomic.Int64
	var failure atomic.Pointer[error]
	var stop atomic.Bool
	var running sync.WaitGroup
	begin := time.Now()
	for _, conn := range conns {
		running.Go(func() {
			got := make([]byte, len(echoBack))
			n := int64(0)
			for ; !stop.Load(); n++ {
				if err := echoOnce(conn, got); err != nil {
					failure.Store(&err)
					return
				}
			}
			count.Add(n)
		})
	}
	time.Sleep(d)
	stop.Store(true)
	running.Wait()
	if err := failure.Load(); err != nil {
		return 0, *err
	}
	return float64(count.Load()) / time.Since(begin).Seconds(), nil
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
