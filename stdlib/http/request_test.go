package http

import (
	"io"
	"strings"
	"testing"
)

func TestRequest(t *testing.T) {
	c := start(t, serve(`
		local h = req.getRequestHeaders()
		local ip, port = req.getRemoteAddress()
		say(req.getMethod(), req.getURL(), ip, math.type and 0 or type(port))
		say(h["X-Many"], h["x-many"], h["X-MANY"], h.Cookie, h.Host, tostring(h.None))
		for k in pairs(h) do if k ~= "X-Many" and k ~= "Cookie" and k ~= "Host" and k ~= "Content-Length" then say("unexpected", k) end end
		say(req.readAll(), req.readAll() == "", tostring(req.read()))
		res.close()`, ""))
	url := c.url()
	res, body := ask(t, url, "FOO /a%20b//c?d=e&f#g HTTP/1.1\nx-many: 1\nX-MANY: 2\nCookie: a=1\nCookie: b=2", "hello")
	c.want("FOO /a%20b//c?d=e&f#g 127.0.0.1 number")
	c.want("1, 2 1, 2 1, 2 a=1; b=2 localhost nil")
	c.want("hello true nil")
	if res.Status != "200 OK" || body != "" || res.ContentLength != 0 {
		t.Error(res, body)
	}
	for _, name := range []string{"Content-Type", "Server", "Connection"} {
		if v := res.Header[name]; v != nil {
			t.Errorf("%s: %q", name, v)
		}
	}
	if res.Header.Get("Date") == "" {
		t.Error("no Date")
	}
}

// The peer cuts bodies at NUL, ignores the argument of read, and gives "\255" at the end.
func TestBodyIsAFile(t *testing.T) {
	c := start(t, serve(`
		local function fails(text, f, ...)
			local ok, message = pcall(f, ...)
			assert(not ok and message:find(text, 1, true), tostring(message))
		end
		assert(req.read() == "a" and req.read(3) == "\0b\r" and req.read(0) == "")
		assert(req.readLine() == "")
		assert(req.readLine() == "line\rone")
		assert(req.readLine(true) == "two\r\n")
		assert(req.readLine(false) == "")
		assert(req.readLine(nil) == "three")
		fails("bad argument #1 (number expected, got string)", req.read, "1")
		fails("bad argument #1 (number expected, got nan)", req.read, 0/0)
		fails("bad argument #1 (boolean expected, got number)", req.readLine, 1)
		fails("Cannot read a negative number of bytes", req.read, -1)
		assert(req.read(2.9) == "xy")
		assert(req.read(-0.5) == "")
		assert(req.read(1e15) == "\255\254z")
		assert(req.read(0) == nil and req.read() == nil and req.readLine() == nil and req.readAll() == "")
		req.close()
		for _, name in ipairs{"read", "readAll", "readLine", "close"} do fails("attempt to use a closed file", req[name]) end
		assert(req.getMethod() == "POST")
		res.write("fine")
		res.close()
		for name, f in pairs(req) do
			if name ~= "isWebsocket" then fails("attempt to use a closed file", f) end
		end
		assert(res.isOpen() == false)
		for name, f in pairs(res) do
			if name ~= "isOpen" then fails("attempt to use a closed file", f, "a", "b") end
		end
		say("all checked")`, ""))
	url := c.url()
	_, body := ask(t, url, "POST / HTTP/1.1", "a\x00b\r\nline\rone\r\ntwo\r\n\nthree\nxy\xff\xfez")
	if body != "fine" {
		t.Error(body)
	}
	c.want("all checked")
	if _, body := ask(t, url, "POST / HTTP/1.1", ""); body != "Internal Server Error\n" {
		t.Error(body)
	}
}

func TestHandlesListTheirMethods(t *testing.T) {
	c := start(t, serve(`
		for _, handle in ipairs{req, res} do
			local names = {}
			for name, f in pairs(handle) do
				assert(type(f) == "function" and type(name) == "string")
				names[#names + 1] = name
			end
			table.sort(names)
			say(table.concat(names, " "))
			assert(type(handle) == "table" and handle.nothing == nil and handle[1] == nil and handle[{}] == nil)
			assert(handle.close == handle.close)
		end
		res.close()`, ""))
	ask(t, c.url(), "GET / HTTP/1.1", "")
	c.want("close getMethod getRemoteAddress getRequestHeaders getURL isWebsocket read readAll readLine upgrade")
	c.want("close flush isOpen setResponseHeader setStatusCode write writeLine")
}

func TestChunkedBody(t *testing.T) {
	c := start(t, serve(`res.write(req.readAll()) res.close()`, ""))
	_, r := raw(t, c.url(), "POST / HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n")
	if _, body := answer(t, r, "POST"); body != "abcde" {
		t.Errorf("%q", body)
	}
}

func TestContinue(t *testing.T) {
	c := start(t, serve(`res.write(req.readAll()) res.close()`, ""))
	conn, r := raw(t, c.url(), "POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 3\r\nExpect: 100-continue\r\n\r\n")
	if line, _ := r.ReadString('\n'); line != "HTTP/1.1 100 Continue\r\n" {
		t.Fatalf("%q", line)
	}
	r.ReadString('\n')
	io.WriteString(conn, "abc")
	if _, body := answer(t, r, "POST"); body != "abc" {
		t.Errorf("%q", body)
	}
}

// The peer takes the body that a script has not read for the beginning of the next request.
func TestUnreadBodyIsNoRequest(t *testing.T) {
	c := start(t, serve(`res.write(req.getMethod()) res.close()`, ""))
	_, r := raw(t, c.url(), "POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\n\r\nhello"+
		"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
	if _, body := answer(t, r, "POST"); body != "POST" {
		t.Error(body)
	}
	if _, body := answer(t, r, "GET"); body != "GET" {
		t.Error(body)
	}
}

func TestBodyTooLarge(t *testing.T) {
	c := start(t, serve(`res.write(#req.readAll()) res.close()`, "max_body = 1000"))
	url := c.url()
	if _, body := ask(t, url, "POST / HTTP/1.1", strings.Repeat("x", 1000)); body != "1000" {
		t.Error(body)
	}
	for _, body := range []string{
		"Content-Length: 1001\r\n\r\n",
		"Content-Length: 10000000000\r\n\r\n",
		"Transfer-Encoding: chunked\r\n\r\n3e9\r\n" + strings.Repeat("x", 1001) + "\r\n",
	} {
		_, r := raw(t, url, "POST / HTTP/1.1\r\nHost: localhost\r\n"+body)
		res, text := answer(t, r, "POST")
		if res.StatusCode != 413 || !res.Close || text != "The request's body may have 1000 bytes.\n" {
			t.Error(res, text)
		}
	}
}

func TestBodiesTogetherTooLarge(t *testing.T) {
	c := start(t, `
		say(http.addListener(0, {max_body = 1000, max_buffered = 1500}))
		local events = {}
		for i = 1, 2 do
			local _, _, req, res = os.pullEvent("http_request")
			if i == 1 then say("one") first = res else res.write(#req.readAll()) res.close() end
		end
		os.pullEvent("go on")
		local ok, message = pcall(first.write, ("x"):rep(600))
		say(message)
		first.write(("x"):rep(500))
		first.close()`)
	url := c.url()
	body := strings.Repeat("x", 1000)
	_, r1 := raw(t, url, "POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000\r\n\r\n"+body)
	c.want("one")
	res, _ := ask(t, url, "POST / HTTP/1.1", body)
	if res.StatusCode != 503 || res.Header.Get("Retry-After") != "1" {
		t.Error(res)
	}
	if _, text := ask(t, url, "POST / HTTP/1.1", body[:100]); text != "100" {
		t.Error(text)
	}
	c.post("go on")
	c.want("program:9: response is too large (the listener may hold 1500 bytes of all bodies: option max_buffered)")
	if _, text := answer(t, r1, "POST"); len(text) != 500 {
		t.Error(len(text))
	}
}

// The peer freezes when a body is shorter than announced, and crashes later.
func TestSlowBody(t *testing.T) {
	c := start(t, serve(`say(req.getURL()) res.close()`, "body_timeout = 0.05"))
	url := c.url()
	_, r := raw(t, url, "POST /slow HTTP/1.1\r\nHost: localhost\r\nContent-Length: 10\r\n\r\nabc")
	ask(t, url, "POST /meanwhile HTTP/1.1", "abc")
	c.want("/meanwhile")
	res, text := answer(t, r, "POST")
	if res.StatusCode != 408 || !res.Close || text != "The request's body did not arrive in time.\n" {
		t.Error(res, text)
	}
	// One that leaves within its body never gets to the script.
	conn, _ := raw(t, url, "POST /left HTTP/1.1\r\nHost: localhost\r\nContent-Length: 10\r\n\r\nabc")
	conn.Close()
	ask(t, url, "GET /end HTTP/1.1", "")
	c.want("/end")
}

func TestMalformedBody(t *testing.T) {
	c := start(t, serve(`res.close()`, ""))
	_, r := raw(t, c.url(), "POST / HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\nabc")
	if res, _ := answer(t, r, "POST"); res.StatusCode != 400 {
		t.Error(res)
	}
}

func TestMalformedRequests(t *testing.T) {
	c := start(t, serve(`say("served") res.close()`, "max_header = 4000"))
	url := c.url()
	for text, status := range map[string]int{
		"GET / HTTP/9.9\r\nHost: localhost\r\n\r\n":                  505,
		"GET / HTTP/1.1\r\n\r\n":                                     400,
		"nonsense\r\n\r\n":                                           400,
		"GET / HTTP/1.1\r\nHost: localhost\r\nbad header: x\r\n\r\n": 400,
		"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n": 400,
		"GET / HTTP/1.1\r\nHost: localhost\r\nX: " + strings.Repeat("x", 9000) + "\r\n\r\n":    431,
	} {
		_, r := raw(t, url, text)
		if res, _ := answer(t, r, "GET"); res.StatusCode != status {
			t.Errorf("%.60q: %s", text, res.Status)
		}
	}
	select {
	case s := <-c.said:
		t.Error(s)
	default:
	}
}

func TestSlowHeader(t *testing.T) {
	c := start(t, serve(`res.close()`, "header_timeout = 0.3, idle_timeout = 0.3"))
	url := c.url()
	for _, text := range []string{"", "GET / HTTP/1.1\r\nHost: loc", "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"} {
		_, r := raw(t, url, text)
		if strings.HasSuffix(text, "\r\n\r\n") {
			answer(t, r, "GET")
		}
		rest, err := io.ReadAll(r) // ends because the server closes the connection, or the test fails by its deadline
		if err != nil {
			t.Errorf("%q: %v", text, err)
		}
		if len(rest) > 0 && !strings.HasPrefix(string(rest), "HTTP/1.1 4") {
			t.Errorf("%q: %q", text, rest)
		}
	}
}

// DNS rebinding: a page whose name resolves to 127.0.0.1 must not reach the server.
func TestForeignHost(t *testing.T) {
	status := func(url, host string) int {
		t.Helper()
		_, r := raw(t, url, "GET / HTTP/1.1\r\nHost: "+host+"\r\n\r\n")
		res, text := answer(t, r, "GET")
		if res.StatusCode == 421 && !strings.Contains(text, "allowed_hosts") {
			t.Error(text)
		}
		return res.StatusCode
	}
	c := start(t, serve(`res.close()`, `allowed_hosts = {"My.Example"}`))
	url := c.url()
	for host, want := range map[string]int{
		"localhost": 200, "LOCALHOST:99": 200, "localhost.": 200, "a.b.localhost:1": 200, "127.0.0.1": 200, "127.0.0.1:8080": 200,
		"[::1]": 200, "[::1]:80": 200, "my.example:80": 200, "127.8.9.1": 200,
		"evil.example": 421, "evil.example:80": 421, "localhost.evil.example": 421, "notlocalhost": 421, "192.168.1.1": 421,
		"127.0.0.1.evil.example": 421, "[::2]": 421, "x.my.example": 421,
	} {
		if got := status(url, host); got != want {
			t.Errorf("Host %s: %d, want %d", host, got, want)
		}
	}
	_, r := raw(t, url, "GET / HTTP/1.0\r\n\r\n")
	if res, _ := answer(t, r, "GET"); res.StatusCode != 200 {
		t.Error(res)
	}
	c = start(t, serve(`res.close()`, `host = "0.0.0.0"`))
	if got := status(c.url(), "evil.example"); got != 200 {
		t.Error(got)
	}
	c = start(t, serve(`res.close()`, `host = "0.0.0.0", allowed_hosts = {"my.example"}`))
	if got := status(c.url(), "evil.example"); got != 421 {
		t.Error(got)
	}
}
