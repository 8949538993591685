package http

import (
	"bytes"
	"fmt"
	"io"
	nethttp "net/http"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/luart/luart/lua"
)

func TestSizeLimits(t *testing.T) {
	s := upstream(t, func(w nethttp.ResponseWriter, r *nethttp.Request) {
		n := 0
		fmt.Sscan(r.URL.Query().Get("n"), &n)
		if r.URL.Path == "/announced" {
			w.Header().Set("Content-Length", fmt.Sprint(n))
		}
		if r.URL.Path == "/head" {
			w.Header().Set("X", strings.Repeat("x", n))
			return
		}
		for ; n > 0; n -= min(n, 1000) {
			w.Write(bytes.Repeat([]byte("x"), min(n, 1000)))
		}
	})
	check(t, script(s, `
		local function is(text, ...)
			local ok, message = http.get(...)
			if (ok and #ok.readAll() or message) ~= text then error(tostring(message), 2) end
		end
		is(50000, "URL/?n=50000")
		is("Response is too large", "URL/?n=50001")
		is(50000, "URL/announced?n=50000")
		is("Response is too large", "URL/announced?n=50001")
		is(0, {url = "URL/announced?n=50001", method = "HEAD"})
		is("Could not connect", "URL/head?n=300000")
		is(0, "URL/head?n=200000")
		is(0, {url = "URL", body = ("x"):rep(900)})
		is("Request body is too large", {url = "URL", body = ("x"):rep(1001)})
		is("Request body is too large", {url = "URL", headers = {a = ("x"):rep(1050)}})
		is("Request body is too large", {url = "URL", body = ("x"):rep(5000000)})`),
		asks(func(o *Options) {
			o.Rules = []Rule{{Host: "127.0.0.0/8", MaxDownload: 50000, MaxUpload: 1100}, {Host: "*", Action: Allow}}
		}))
}

func TestManyRequests(t *testing.T) {
	var mu sync.Mutex
	running, most := 0, 0
	release := make(chan struct{})
	s := upstream(t, func(nethttp.ResponseWriter, *nethttp.Request) {
		mu.Lock()
		running++
		most = max(most, running)
		mu.Unlock()
		<-release
		mu.Lock()
		running--
		mu.Unlock()
	})
	c := start(t, script(s, `
		for i = 1, 16 + 512 do http.request("URL/" .. i) end
		local ok, message = pcall(http.request, "URL/more")
		message = message:gsub("^program:%d+: ", "")
		assert(message == "Too many ongoing HTTP requests", message)
		say("full")
		for i = 1, 16 + 512 do
			local event, url = os.pullEvent()
			assert(event == "http_success", event)
		end
		local r = http.get("URL/last")
		say(r.getResponseCode())`), asks())
	c.want("full")
	close(release)
	c.want("200 OK")
	if most > 16 {
		t.Errorf("%d requests ran at a time", most)
	}
}

func TestPendingBodiesAreBounded(t *testing.T) {
	release := make(chan struct{})
	s := upstream(t, func(_ nethttp.ResponseWriter, r *nethttp.Request) {
		<-release
		io.Copy(io.Discard, r.Body)
	})
	c := start(t, script(s, `
		local body, n = ("x"):rep(4000000), 0
		while pcall(http.request, "URL", body) do n = n + 1 end
		say(n)
		for _ = 1, n do os.pullEvent("http_success") end
		say(pcall(http.request, "URL", body))`), asks())
	c.want("16")
	close(release)
	c.want("true true")
}

// Events that a program passes over make room as those do that it takes.
func TestEventsThatNobodyTakes(t *testing.T) {
	s := upstream(t, func(w nethttp.ResponseWriter, _ *nethttp.Request) { fmt.Fprint(w, "x") })
	c := start(t, script(s, `
		for i = 1, 40 do http.request{url = "URL/" .. i, stream = i % 2 == 0} end
		for i = 1, 40 do http.checkURLAsync("URL/" .. i) end
		for i = 1, 4 do http.websocketAsync("URL/" .. i) end
		os.pullEvent("go")
		say(http.get("URL/").readAll())`), asks())
	c.post("go")
	c.want("x")
}

func TestResponsesCountAsMemory(t *testing.T) {
	s := upstream(t, func(w nethttp.ResponseWriter, _ *nethttp.Request) { w.Write(make([]byte, 4<<20)) })
	c := start(t, script(s, `
		local all = {}
		for i = 1, 100 do
			local r = http.get("URL")
			local text = failure(r.readAll)
			if text then
				say(text)
				break
			end
			all[i] = r
		end
		for _, r in ipairs(all) do r.close() end
		local r = http.get("URL")
		say(#r.readAll())`), asks(), func(s *setup) { s.memory = 32 << 20 })
	c.want("not enough memory")
	c.want("4194304")
}

func TestDisabled(t *testing.T) {
	c := &computer{vm: lua.NewVM(lua.Options{})}
	Open(c, Options{Disabled: true})
	if !c.vm.Globals().GetString("http").IsNil() {
		t.Error("there is a global http")
	}
	check(t, `
		local ok, message = pcall(http.websocket, "ws://1.1.1.1")
		assert(message == "Websocket connections are disabled", message)
		assert(http.checkURL("http://1.1.1.1"))`, withOptions(Options{WebSocketsDisabled: true, Proxy: noProxy}))
}

// Nothing is left of a computer that has ended in the middle of everything.
func TestClientsEnd(t *testing.T) {
	hold := make(chan struct{})
	s := upstream(t, func(w nethttp.ResponseWriter, r *nethttp.Request) {
		w.(nethttp.Flusher).Flush()
		if strings.HasPrefix(r.URL.Path, "/head") {
			<-hold
			return
		}
		for i := 0; i < 1<<20; i++ {
			if _, err := io.WriteString(w, "more and more"); err != nil {
				return
			}
		}
	})
	ws := echoServer(t, nil)
	before := runtime.NumGoroutine()
	for range 3 {
		c := start(t, strings.ReplaceAll(script(s, `
			for i = 1, 8 do http.request{url = "URL/head" .. i, timeout = 0} end
			for i = 1, 8 do http.request{url = "URL/body" .. i, stream = true} end
			for i = 1, 20 do http.request("URL/wait" .. i) end
			for i = 1, 20 do http.checkURLAsync("URL") end
			local sockets = {}
			for i = 1, 4 do sockets[i] = assert(http.websocket("WS/" .. i)) end
			say("running")
			while true do
				for i = 1, 4 do sockets[i].send("x") end
				coroutine.yield()
			end`), "WS", ws), asks())
		c.want("running")
		c.shutdown(5 * time.Second)
	}
	close(hold)
	s.CloseClientConnections()
	goroutinesEnd(t, before)
}
