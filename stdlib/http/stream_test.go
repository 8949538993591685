package http

import (
	"bytes"
	"fmt"
	"io"
	nethttp "net/http"
	"sync"
	"testing"
)

func TestStream(t *testing.T) {
	parts := make(chan string)
	s := upstream(t, func(w nethttp.ResponseWriter, _ *nethttp.Request) {
		w.WriteHeader(200)
		w.(nethttp.Flusher).Flush()
		for part := range parts {
			io.WriteString(w, part)
			w.(nethttp.Flusher).Flush()
		}
	})
	c := start(t, script(s, `
		local r = assert(http.get{url = "URL", stream = true})
		assert(r.getResponseCode() == 200 and r.seek == nil and r.getResponseHeaders()["Transfer-Encoding"] == nil)
		say("open")
		say(r.read(100))
		say(r.read())
		say(r.readLine())
		say(r.readLine(true))
		say(r.readAll())
		say(r.read(), r.read(5), r.readLine(), r.readAll())
		r.close()
		say(failure(r.read))
		say(failure(r.close))`), asks())
	c.want("open")
	parts <- "first"
	c.want("first")
	parts <- "xline"
	c.want("x")
	parts <- " one\r\nline two\nthe "
	c.want("line one")
	c.want("line two\n")
	parts <- "rest"
	close(parts)
	c.want("the rest")
	c.want("nil nil nil ")
	c.want("attempt to use a closed file")
	c.want("attempt to use a closed file")
}

// While a coroutine waits for a stream, others run, and it can be terminated.
func TestStreamYields(t *testing.T) {
	hold := make(chan struct{})
	s := upstream(t, func(w nethttp.ResponseWriter, _ *nethttp.Request) {
		w.(nethttp.Flusher).Flush()
		<-hold
		io.WriteString(w, "late")
	})
	c := start(t, script(s, `
		local r = assert(http.get{url = "URL", stream = true, timeout = 0})
		local co = coroutine.create(function() return r.readAll() end)
		local _, filter = coroutine.resume(co)
		say("waits", filter)
		local other = coroutine.create(function() return pcall(r.readLine) end)
		coroutine.resume(other)
		say(select(3, coroutine.resume(other, "terminate")))
		repeat
			local event = coroutine.yield()
			local ok, text = coroutine.resume(co, event)
			assert(ok, text)
			if event == "http_stream" and coroutine.status(co) == "dead" then say(text) end
		until coroutine.status(co) == "dead"`), asks())
	c.want("waits http_stream")
	c.want("Terminated")
	close(hold)
	c.want("late")
}

func TestStreamFailures(t *testing.T) {
	stop := make(chan struct{})
	defer close(stop)
	s := upstream(t, func(w nethttp.ResponseWriter, r *nethttp.Request) {
		w.Header().Set("Content-Length", "100")
		if r.URL.Path == "/missing" {
			w.Header().Del("Content-Length")
			w.WriteHeader(404)
		}
		io.WriteString(w, "some")
		w.(nethttp.Flusher).Flush()
		switch r.URL.Path {
		case "/cut":
			panic(nethttp.ErrAbortHandler)
		case "/stall":
			select {
			case <-stop:
			case <-r.Context().Done():
			}
		}
	})
	check(t, script(s, `
		local r = http.get{url = "URL/cut", stream = true}
		assert(r.read(4) == "some")
		assert(failure(r.read) == "Could not connect")
		assert(failure(r.readAll) == "Could not connect")
		r = http.get{url = "URL/stall", stream = true, timeout = 1}
		assert(failure(r.readLine) == "Timed out")
		assert(r.read(10) == "some")
		local none, text, failing = http.get{url = "URL/missing", stream = true}
		assert(none == nil and text == "Not Found" and failing.readAll() == "some")`), asks())
}

// The server can't run ahead of the program by more than the buffer, however large the body is, and no limit is on its length.
func TestStreamBackpressure(t *testing.T) {
	const size = 64 << 20
	var mu sync.Mutex
	sent := 0
	s := upstream(t, func(w nethttp.ResponseWriter, _ *nethttp.Request) {
		for part := make([]byte, 64<<10); sent < size; {
			n, err := w.Write(part)
			if err != nil {
				return
			}
			mu.Lock()
			sent += n
			mu.Unlock()
		}
	})
	c := start(t, script(s, `
		local r = http.get{url = "URL", stream = true}
		r.read()
		hold()
		local total, least = 1, math.huge
		while true do
			local part = r.read(1000000)
			if not part then break end
			total = total + #part
		end
		say(total)`), asks())
	// The server comes to a stop: what is on the way is in buffers of the system's.
	last := settled(func() int {
		mu.Lock()
		defer mu.Unlock()
		return sent
	})
	if last > size/2 {
		t.Errorf("the server has sent %d bytes that nobody has read", last)
	}
	c.free()
	c.want(fmt.Sprint(size))
}

func TestStreamLimits(t *testing.T) {
	s := upstream(t, func(w nethttp.ResponseWriter, _ *nethttp.Request) { w.Write(bytes.Repeat([]byte("x"), 17<<20)) })
	check(t, script(s, `
		local r = http.get{url = "URL", stream = true}
		assert(failure(r.readAll) == "Response is too large")
		assert(failure(r.readLine) == "Response is too large")
		local n = 0
		for part in function() return r.read(1e6) end do n = n + #part end
		assert(n == 17 * 1024 * 1024)`), asks())
	check(t, script(s, `
		local r = http.get{url = "URL", stream = true}
		local n = 0
		local message = failure(function()
			while true do n = n + #r.read(1000) end
		end)
		assert(message == "Response is too large" and n <= 1000000, message)`),
		asks(func(o *Options) { o.Rules = []Rule{{Host: "*", Action: Allow, MaxDownload: 1000000}} }))
}

// A stream whose handle is forgotten ends, and makes room.
func TestForgottenStreams(t *testing.T) {
	s := upstream(t, func(w nethttp.ResponseWriter, r *nethttp.Request) {
		w.(nethttp.Flusher).Flush()
		<-r.Context().Done()
	})
	c := start(t, script(s, `
		for i = 1, 16 do assert(http.get{url = "URL/" .. i, stream = true}) end
		say("open")
		http.request{url = "URL/more", stream = true}
		os.pullEvent("http_success")
		say("more")`), asks())
	c.want("open")
	collects(t, func() {})
	c.want("more")
}
