package http

import (
	"bufio"
	"context"
	"io"
	"net"
	nethttp "net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/luart/luart/lua"
	"github.com/luart/luart/lua/lualib"
)

// drive measures requests over a number of keep-alive connections to an address. The client does as little as it can, so
// that on few cores it is the server that is measured.
func drive(b *testing.B, address string, connections int) {
	var left atomic.Int64
	left.Store(int64(b.N))
	var wg sync.WaitGroup
	var conns []net.Conn
	for range connections {
		conn, err := net.Dial("tcp", address)
		if err != nil {
			b.Fatal(err)
		}
		defer conn.Close()
		conns = append(conns, conn)
	}
	b.ReportAllocs()
	b.ResetTimer()
	for _, conn := range conns {
		wg.Go(func() {
			r := bufio.NewReader(conn)
			for left.Add(-1) >= 0 {
				if _, err := io.WriteString(conn, "GET /hello HTTP/1.1\r\nHost: localhost\r\nAccept: */*\r\n\r\n"); err != nil {
					b.Error(err)
					return
				}
				for { // headers; the body is one line as well
					line, err := r.ReadSlice('\n')
					if err != nil {
						b.Error(err)
						return
					}
					if len(line) == 2 {
						break
					}
				}
				if line, err := r.ReadSlice('\n'); err != nil || string(line) != "Hello!\n" {
					b.Error(string(line), err)
					return
				}
			}
		})
	}
	wg.Wait()
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "req/s")
}

var connectionCounts = []struct {
	name string
	n    int
}{{"1", 1}, {"10", 10}, {"50", 50}}

// BenchmarkListen is http.listen with a handler that answers at once. Compare with BenchmarkNetHTTP, the bound.
func BenchmarkListen(b *testing.B) {
	for _, conns := range connectionCounts {
		b.Run(conns.name, func(b *testing.B) {
			c := start(b, serve(`res.write("Hello!\n") res.close()`, ""))
			drive(b, strings.TrimPrefix(c.url(), "http://"), conns.n)
		})
	}
}

// BenchmarkAddListener is the event without http.listen.
func BenchmarkAddListener(b *testing.B) {
	for _, conns := range connectionCounts {
		b.Run(conns.name, func(b *testing.B) {
			c := start(b, `
				say(http.addListener(0))
				while true do
					local _, _, req, res = os.pullEvent("http_request")
					res.write("Hello!\n")
					res.close()
				end`)
			drive(b, strings.TrimPrefix(c.url(), "http://"), conns.n)
		})
	}
}

// BenchmarkNetHTTP is net/http alone.
func BenchmarkNetHTTP(b *testing.B) {
	for _, conns := range connectionCounts {
		b.Run(conns.name, func(b *testing.B) {
			ln, err := net.Listen("tcp", "127.0.0.1:0")
			if err != nil {
				b.Fatal(err)
			}
			server := &nethttp.Server{Handler: nethttp.HandlerFunc(func(w nethttp.ResponseWriter, r *nethttp.Request) {
				w.Header()["Content-Type"] = nil
				io.WriteString(w, "Hello!\n")
			})}
			go server.Serve(ln)
			defer server.Close()
			drive(b, ln.Addr().String(), conns.n)
		})
	}
}

// BenchmarkHandles is what a request costs in Lua: its handles, its coroutine, and a handler that calls three methods.
func BenchmarkHandles(b *testing.B) {
	vm := lua.NewVM(lua.Options{})
	lualib.Open(vm)
	chunk, err := vm.Load(`return function(req, res) local url = req.getURL() res.write(url) res.close() end`, "=handler", nil)
	if err != nil {
		b.Fatal(err)
	}
	handler, err := vm.Call(chunk)
	if err != nil {
		b.Fatal(err)
	}
	defer vm.Pin(handler[0]).Unpin()
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	s := &servers{keys: newHandleKeys(lua.Nil)}
	l := &listener{servers: s, set: defaultSettings, ctx: ctx}
	request := &nethttp.Request{Method: "GET", RequestURI: "/hello"}
	b.ReportAllocs()
	for b.Loop() {
		e := &exchange{listener: l, wake: make(chan struct{}, 1)}
		e.content.Store(&content{request: request})
		l.waiting.Add(1)
		args := e.deliver()
		if _, err := vm.NewThread(handler[0]).Resume(args[1], args[2]); err != nil {
			b.Fatal(err)
		}
		<-e.wake
		e.release()
	}
}
