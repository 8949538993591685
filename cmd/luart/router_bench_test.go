package main

import (
	"bufio"
	"io"
	"net"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
)

// BenchmarkRouter shows what the router costs: requests a second over 16 connections to a handler of http.listen, and to one of a
// router with a hundred other routes, behind a parameter, and behind three middlewares.
func BenchmarkRouter(b *testing.B) {
	const prelude = `
		local router = require "cc.http.router"
		local app = router.new()
		for i = 1, 100 do app:get("/api/v" .. i .. "/things/:id", function() end) end
		`
	for _, variant := range []struct{ name, program, path string }{
		{"listen", `function handler(req, res)
			local url = req.getURL()
			res.setResponseHeader("Content-Type", "text/plain; charset=utf-8")
			res.write(url == "/hello" and "Hello!\n" or "no\n")
			res.close()
		end`, "/hello"},
		{"plain", prelude + `app:get("/hello", function(_, res) res:text("Hello!\n") end) handler = app:handler()`, "/hello"},
		{"parameter", prelude + `app:get("/hello/:name", function(req, res) res:text(req.params.name .. "!\n") end) handler = app:handler()`, "/hello/Hello"},
		{"middleware", prelude + `
			for i = 1, 3 do app:use(function(_, _, next) next() end) end
			app:get("/hello", function(_, res) res:text("Hello!\n") end)
			handler = app:handler()`, "/hello"},
	} {
		b.Run(variant.name, func(b *testing.B) {
			dir := folder(b, map[string]string{"serve.lua": variant.program + `
				http.listen(0, handler, { on_listen = function(port) print(port) end })`})
			s := start(b, filepath.Join(dir, "serve.lua"))
			drive(b, "127.0.0.1:"+s.line(b), variant.path)
		})
	}
}

// drive measures requests over 16 connections. It does as little as it can, so that it is the server that is measured.
func drive(b *testing.B, address, path string) {
	var left atomic.Int64
	left.Store(int64(b.N))
	var conns []net.Conn
	for range 16 {
		conn, err := net.Dial("tcp", address)
		if err != nil {
			b.Fatal(err)
		}
		defer conn.Close()
		conns = append(conns, conn)
	}
	request := "GET " + path + " HTTP/1.1\r\nHost: localhost\r\n\r\n"
	var wg sync.WaitGroup
	b.ResetTimer()
	for _, conn := range conns {
		wg.Go(func() {
			r := bufio.NewReader(conn)
			for left.Add(-1) >= 0 {
				if _, err := io.WriteString(conn, request); err != nil {
					b.Error(err)
					return
				}
				for {
					line, err := r.ReadSlice('\n')
					if err != nil {
						b.Error(err)
						return
					}
					if len(line) == 2 { // the headers' end; the body is one line, too
						break
					}
				}
				if line, err := r.ReadString('\n'); err != nil || strings.TrimSpace(line) != "Hello!" {
					b.Errorf("%q %v", line, err)
					return
				}
			}
		})
	}
	wg.Wait()
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "req/s")
}
