package http

import (
	"bufio"
	"fmt"
	"strings"
	"testing"

	"github.com/luart/luart/lua"
)

// In the peer, a handler that waits holds up all others, and events are lost.
func TestHandlersRunConcurrently(t *testing.T) {
	const handlers = 40
	c := start(t, serve(`
		local name = req.getURL():sub(2)
		if name ~= "quick" then
			say("waiting")
			local event, value = os.pullEvent(name:match("^%d+$") and "number " .. name or nil)
			res.write(event, nil)
			res.write(" " .. tostring(value))
		end
		res.write(" " .. name)
		res.close()`, ""))
	url := c.url()
	var readers []*bufio.Reader
	for i := range handlers {
		_, r := raw(t, url, fmt.Sprintf("GET /%d HTTP/1.1\r\nHost: localhost\r\n\r\n", i))
		c.want("waiting")
		readers = append(readers, r)
	}
	for range 3 { // they wait, and it goes on
		if _, body := ask(t, url, "GET /quick HTTP/1.1", ""); body != " quick" {
			t.Error(body)
		}
	}
	for i := handlers - 1; i >= 0; i-- { // in another order
		c.post(fmt.Sprintf("number %d", i), lua.Int(i))
		if _, body := answer(t, readers[i], "GET"); body != fmt.Sprintf("number %d %d %d", i, i, i) {
			t.Error(body)
		}
	}
	// One without a filter gets whatever comes, the requests of others included.
	_, r := raw(t, url, "GET /any HTTP/1.1\r\nHost: localhost\r\n\r\n")
	c.want("waiting")
	if _, body := ask(t, url, "GET /quick HTTP/1.1", ""); body != " quick" {
		t.Error(body)
	}
	if _, body := answer(t, r, "GET"); !strings.HasPrefix(body, "http_request ") {
		t.Error(body)
	}
}

func TestSleepingHandlers(t *testing.T) {
	c := start(t, serve(`
		for i = 1, 3 do sleep(0.002) end
		res.write(req.getURL())
		res.close()`, ""))
	url := c.url()
	var readers []*bufio.Reader
	for i := range 30 {
		_, r := raw(t, url, fmt.Sprintf("GET /%d HTTP/1.1\r\nHost: localhost\r\n\r\n", i))
		readers = append(readers, r)
	}
	for i, r := range readers {
		if _, body := answer(t, r, "GET"); body != fmt.Sprintf("/%d", i) {
			t.Error(body)
		}
	}
}

// In the peer, an error leaves http.listen, with the listener still open and the client waiting.
func TestHandlerFails(t *testing.T) {
	c := start(t, serve(`
		local what = req.getURL():sub(2)
		res.setResponseHeader("X", "y")
		res.write("half")
		local function thrower()
			if what == "text" then error("secret") end
			if what == "table" then error(setmetatable({}, {__tostring = function() return "secret table" end})) end
			if what == "bad" then error(setmetatable({}, {__tostring = function() error("no") end})) end
			if what == "nil" then error() end
			if what == "index" then local x = nil; x = x.y end
			if what == "later" then os.pullEvent("go on") error("secret later") end
			if what == "closed" then res.close() error("secret after close") end
		end
		thrower()
		res.close()`, ""))
	url := c.url()
	for _, what := range []string{"text", "table", "bad", "nil", "index"} {
		res, body := ask(t, url, "GET /"+what+" HTTP/1.1", "")
		if res.Status != "500 Internal Server Error" || body != "Internal Server Error\n" || res.Header["X"] != nil {
			t.Error(what, res, body)
		}
	}
	if res, body := ask(t, url, "GET /closed HTTP/1.1", ""); res.StatusCode != 200 || body != "half" {
		t.Error(res, body)
	}
	_, r := raw(t, url, "GET /later HTTP/1.1\r\nHost: localhost\r\n\r\n")
	eventually(t, func() bool { return c.queue.Stats().Taken == 7 && c.queue.Stats().Waiting == 0 })
	if res, body := ask(t, url, "GET /fine HTTP/1.1", ""); res.StatusCode != 200 || body != "half" {
		t.Error(res, body)
	}
	c.post("go on")
	if res, _ := answer(t, r, "GET"); res.StatusCode != 500 {
		t.Error(res)
	}
	for _, text := range []string{
		"program:6: secret", "'thrower'", "url=/text", "method=GET", "level=ERROR", "secret table", "attempt to index local 'x' (a nil value)",
		"secret later", "the handler failed after res.close()", "secret after close",
	} {
		c.logs(text)
	}
}

func TestRaisedError(t *testing.T) {
	c := start(t, `
		local port
		local function handler(req, res)
			if req.getURL() == "/wait" then say("waiting") os.pullEvent("never") end
			error({code = 7})
		end
		local ok, e = pcall(http.listen, 0, handler, {on_error = "raise", on_listen = function(p) port = p say(p) end})
		assert(not ok and e.code == 7)
		http.addListener(port)
		local ok, e = pcall(http.listen, port, function() error("text") end, {on_error = "raise", on_listen = say})
		say(e)
		http.addListener(port)
		say("end")`)
	url := c.url()
	_, waiting := raw(t, url, "GET /wait HTTP/1.1\r\nHost: localhost\r\n\r\n")
	c.want("waiting")
	if res, body := ask(t, url, "GET /fail HTTP/1.1", ""); res.StatusCode != 500 || body != "Internal Server Error\n" {
		t.Error(res, body)
	}
	if res, body := answer(t, waiting, "GET"); res.StatusCode != 503 || body != "The server has ended.\n" {
		t.Error(res, body)
	}
	if res, _ := ask(t, c.url(), "GET /fail HTTP/1.1", ""); res.StatusCode != 500 {
		t.Error(res)
	}
	c.want("program:10: text")
	c.want("end")
	if err := c.wait(); err != nil {
		t.Error(err)
	}
}

func TestTrueEndsTheServer(t *testing.T) {
	c := start(t, `
		local port
		local n = select("#", http.listen(0, function(req, res)
			local url = req.getURL()
			if url == "/wait" then say("waiting") say(os.pullEvent()) os.pullEvent("go on") end
			res.write("bye")
			if url == "/closed" then res.close() end
			return url ~= "/wait" and 1
		end, {on_listen = function(p) port = p say(p) end}))
		http.removeListener(http.addListener(port))
		say("ended", n)`)
	url := c.url()
	_, waiting := raw(t, url, "GET /wait HTTP/1.1\r\nHost: localhost\r\n\r\n")
	c.want("waiting")
	// The handler that waits for any event gets this request's.
	_, last := raw(t, url, "GET /closed HTTP/1.1\r\nHost: localhost\r\n\r\n")
	if s := c.hears(); !strings.HasPrefix(s, "http_request ") {
		t.Error(s)
	}
	if res, body := answer(t, last, "GET"); res.StatusCode != 200 || body != "bye" {
		t.Error(res, body)
	}
	c.post("go on")
	if _, body := answer(t, waiting, "GET"); body != "bye" {
		t.Error(body)
	}
	c.want("ended 0")
	if err := c.wait(); err != nil {
		t.Error(err)
	}
}

func TestServerStop(t *testing.T) {
	c := start(t, serve(`
		say("waiting")
		say(os.pullEvent("server_stop"))
		os.pullEvent("go on")
		res.write("bye")
		res.close()`, "")+` say("ended")`)
	_, r := raw(t, c.url(), "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
	c.want("waiting")
	c.post("server_stop")
	c.want("server_stop")
	c.post("server_stop")
	c.post("go on")
	if _, body := answer(t, r, "GET"); body != "bye" {
		t.Error(body)
	}
	c.want("ended")
}

// A handler that does not end when the server does is given up when its time is over.
func TestPatience(t *testing.T) {
	c := start(t, serve(`
		say("waiting")
		while true do os.pullEvent("never") end`, "response_timeout = 0.5")+` say("ended")`)
	_, r := raw(t, c.url(), "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
	c.want("waiting")
	c.post("server_stop")
	if res, _ := answer(t, r, "GET"); res.StatusCode != 503 {
		t.Error(res)
	}
	c.want("ended")
	c.logs("a handler still ran")
}

func TestTerminate(t *testing.T) {
	c := start(t, `
		local port
		local ok, message = pcall(http.listen, 0, function(req, res)
			say("waiting")
			if req.getURL() == "/clean" then
				say(os.pullEventRaw("never"))
				res.write("cleaned up")
				res.close()
			else
				os.pullEvent("never")
			end
		end, {on_listen = function(p) port = p say(p) end})
		http.removeListener(http.addListener(port))
		say(tostring(ok), message)`)
	url := c.url()
	_, clean := raw(t, url, "GET /clean HTTP/1.1\r\nHost: localhost\r\n\r\n")
	c.want("waiting")
	_, other := raw(t, url, "GET /other HTTP/1.1\r\nHost: localhost\r\n\r\n")
	c.want("waiting")
	if err := c.queue.Terminate(); err != nil {
		t.Fatal(err)
	}
	c.want("terminate")
	c.want("false Terminated")
	if _, body := answer(t, clean, "GET"); body != "cleaned up" {
		t.Error(body)
	}
	if res, _ := answer(t, other, "GET"); res.StatusCode != 503 {
		t.Error(res)
	}
}

// A handler that forgets res.close() leaves its client waiting in the peer.
func TestUnclosedResponse(t *testing.T) {
	c := start(t, serve(`
		local url = req.getURL()
		if url == "/later" then sleep(0.001) end
		if url == "/written" or url == "/later" then res.write("some") end
		if url == "/status" then res.setStatusCode(404) end`, ""))
	url := c.url()
	for target, want := range map[string]string{"/written": "200 some", "/later": "200 some", "/status": "404 ", "/nothing": "204 "} {
		res, body := ask(t, url, "GET "+target+" HTTP/1.1", "")
		if got := fmt.Sprint(res.StatusCode, " ", body); got != want {
			t.Errorf("%s: %s", target, got)
		}
		c.logs("the handler ended without res.close()")
		c.logs("url=" + target)
	}
}

func TestOverdueHandler(t *testing.T) {
	c := start(t, serve(`
		if req.getURL() == "/slow" then
			say("waiting")
			os.pullEvent("go on")
			say(select(2, pcall(res.write, "x")))
			res.write("late")
		end
		res.close()`, "response_timeout = 0.5"))
	url := c.url()
	_, r := raw(t, url, "GET /slow HTTP/1.1\r\nHost: localhost\r\n\r\n")
	c.want("waiting")
	if res, _ := answer(t, r, "GET"); res.StatusCode != 503 {
		t.Error(res)
	}
	c.post("go on")
	c.want("program:5: attempt to use a closed file (the client got 503: no answer in time)")
	ask(t, url, "GET / HTTP/1.1", "")
	c.logs("level=WARN")
	c.logs("after its request was over")
}

// A handler whose client has gone ends by an error that is nobody's fault.
func TestHandlerWithoutClient(t *testing.T) {
	c := start(t, serve(`
		if req.getURL() == "/slow" then
			say("waiting")
			os.pullEvent("go on")
			while res.isOpen() do os.queueEvent("again") os.pullEvent("again") end
			say("gone")
			req.getMethod()
		end
		res.close()`, ""))
	url := c.url()
	conn, _ := raw(t, url, "GET /slow HTTP/1.1\r\nHost: localhost\r\n\r\n")
	c.want("waiting")
	conn.Close()
	c.post("go on")
	c.want("gone")
	ask(t, url, "GET / HTTP/1.1", "")
	if s := c.log.String(); strings.Contains(s, "level=WARN") || strings.Contains(s, "level=ERROR") {
		t.Error(s)
	}
}

// Requests made up with os.queueEvent, which copies no functions, and those of other ports are no requests.
func TestForeignRequestEvents(t *testing.T) {
	c := start(t, serve(`res.write(req.getURL()) res.close()`, ""))
	url := c.url()
	port := lua.String(url[strings.LastIndex(url, ":")+1:])
	n, _ := port.ToNumber()
	c.post("http_request", lua.Number(n), lua.NewTable(0, 0).Value(), lua.NewTable(0, 0).Value())
	c.post("http_request", lua.Number(n))
	c.post("http_request", lua.Number(n), lua.True, lua.True)
	c.post("http_request", lua.Number(n+1), lua.NewTable(0, 0).Value(), lua.NewTable(0, 0).Value())
	c.post("http_request")
	if _, body := ask(t, url, "GET /x HTTP/1.1", ""); body != "/x" {
		t.Error(body)
	}
}

// Two servers under one loop, one of them begun by a handler of the other.
func TestNestedServers(t *testing.T) {
	c := start(t, serve(`
		if req.getURL() == "/inner" then
			http.listen(0, function(req, res)
				res.write("inner")
				res.close()
				return true
			end, {on_listen = say})
		end
		res.write("outer")
		res.close()`, ""))
	url := c.url()
	_, r := raw(t, url, "GET /inner HTTP/1.1\r\nHost: localhost\r\n\r\n")
	inner := c.url()
	if _, body := ask(t, url, "GET / HTTP/1.1", ""); body != "outer" {
		t.Error(body)
	}
	if _, body := ask(t, inner, "GET / HTTP/1.1", ""); body != "inner" {
		t.Error(body)
	}
	if _, body := answer(t, r, "GET"); body != "outer" {
		t.Error(body)
	}
}

func TestFailingOnListen(t *testing.T) {
	check(t, `
		local port
		local ok, message = pcall(http.listen, 0, function() end, {on_listen = function(p) port = p error("no", 0) end})
		assert(not ok and message == "no")
		http.removeListener(http.addListener(port))`)
}
