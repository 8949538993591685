package http

import (
	"io"
	nethttp "net/http"
	"slices"
	"strings"
	"testing"
)

// The peer says "404 OK".
func TestStatus(t *testing.T) {
	c := start(t, serve(`
		res.setStatusCode(tonumber(req.getURL():sub(2)))
		res.write("body")
		res.close()`, ""))
	url := c.url()
	for target, want := range map[string]string{
		"/404": "404 Not Found", "/201": "201 Created", "/418": "418 I'm a teapot", "/599": "599 status code 599",
		"/500.9": "500 Internal Server Error",
	} {
		res, body := ask(t, url, "GET "+target+" HTTP/1.1", "")
		if res.Status != want || body != "body" || res.ContentLength != 4 {
			t.Error(res.Status, body, res.ContentLength)
		}
	}
	// Those that have no body.
	for _, target := range []string{"/204", "/304"} {
		conn, r := raw(t, url, "GET "+target+" HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
		defer conn.Close()
		text, err := io.ReadAll(r)
		if err != nil || !strings.HasPrefix(string(text), "HTTP/1.1 "+target[1:]) || !strings.HasSuffix(string(text), "\r\n\r\n") ||
			strings.Contains(string(text), "Content-Length") || strings.Contains(string(text), "Transfer-Encoding") {
			t.Errorf("%q %v", text, err)
		}
	}
	// The answer to HEAD has the length of a body that is not sent.
	_, r := raw(t, url, "HEAD /200 HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
	text, _ := io.ReadAll(r)
	if !strings.Contains(string(text), "Content-Length: 4\r\n") || !strings.HasSuffix(string(text), "\r\n\r\n") {
		t.Errorf("%q", text)
	}
}

func TestResponseErrors(t *testing.T) {
	c := start(t, serve(`
		local function fails(text, f, ...)
			local ok, message = pcall(f, ...)
			if ok or message ~= "program:3: " .. text then
				message = tostring(message):gsub("^program:%d+: ", "")
				if ok or message ~= text then say("got", message, "want", text) end
			end
		end
		for _, f in ipairs{res.write, res.writeLine} do
			fails("bad argument #1 (expected string, got no value)", f)
			fails("bad argument #1 (expected string, got nil)", f, nil)
			fails("bad argument #1 (expected string, got table)", f, {})
			fails("bad argument #1 (expected string, got boolean)", f, true)
		end
		fails("bad argument #1 (expected number, got no value)", res.setStatusCode)
		fails("bad argument #1 (expected number, got string)", res.setStatusCode, "x")
		for _, n in ipairs{99, 600, -1, 99999, 1e300, -1e300, 0/0} do
			fails("bad argument #1 (status code out of range (200 to 599))", res.setStatusCode, n)
		end
		fails("bad argument #1 (status code 101 does not end a request; use one from 200 to 599)", res.setStatusCode, 101)
		local header = res.setResponseHeader
		fails("bad argument #2 (expected string, got no value)", header)
		fails("bad argument #2 (expected string, got no value)", header, "a")
		fails("bad argument #1 (expected string, got nil)", header, nil, "a")
		fails("bad argument #2 (expected string, got boolean)", header, "a", true)
		fails("bad argument #2 (expected strings in the table, got boolean)", header, "a", {"x", true})
		for _, name in ipairs{"", "a b", "a:", "a\r\nb", "ä", "a\0"} do
			local ok, message = pcall(header, name, "x")
			if ok or not message:find("can't be the name of a header", 1, true) then say(name, message) end
		end
		for _, value in ipairs{"a\r\nSet-Cookie: x=1", "a\n", "\r", "a\0b", {"fine", "a\nb"}} do
			fails("bad argument #2 (the value of a header can't contain line breaks or other control characters)", header, "X", value)
		end
		for _, name in ipairs{"Transfer-Encoding", "trailer", "KEEP-ALIVE"} do
			local ok, message = pcall(header, name, "x")
			if ok or not message:find("is the server's to set", 1, true) then say(name, message) end
		end
		fails("response headers are too large (they may have 262144 bytes)", header, "big", ("x"):rep(300000))
		for i = 1, 10000 do header("many", ("x"):rep(1000)) end -- replaced, so they do not add up
		header("many", {})
		fails("response is too large (its body may have 10 bytes: option max_response)", res.write, "12345678901")
		res.write("123456789")
		fails("response is too large (its body may have 10 bytes: option max_response)", res.writeLine, "1")
		res.writeLine("")
		res.close()
		fails("attempt to use a closed file", res.close)
		say("checked")`, "max_response = 10"))
	res, body := ask(t, c.url(), "GET / HTTP/1.1", "")
	c.want("checked")
	if res.StatusCode != 200 || body != "123456789\n" || res.Header["X"] != nil || res.Header["Many"] != nil {
		t.Error(res, body)
	}
}

func TestResponseHeaders(t *testing.T) {
	c := start(t, serve(`
		local header = res.setResponseHeader
		header("set-cookie", {"a=1", "b=2"})
		header("X-Number", 12)
		header("x-twice", "first")
		header("X-TWICE", "second")
		header("X-Gone", "x")
		header("x-gone", {})
		header("content-length", 7)
		header("X-Space", "  a\tb ")
		header("X-Utf8", "ä")
		header("Content-Type", "text/html")
		res.write("<html>")
		res.write(1/3)
		res.writeLine(2)
		res.write("")
		res.write("\0\255")
		res.close()`, ""))
	res, body := ask(t, c.url(), "GET / HTTP/1.1", "")
	if body != "<html>0.333333333333332\n\x00\xff" {
		t.Errorf("%q", body)
	}
	for name, want := range map[string][]string{
		"Set-Cookie": {"a=1", "b=2"}, "X-Number": {"12"}, "X-Twice": {"second"}, "X-Gone": nil, "Content-Type": {"text/html"},
		"X-Space": {"a\tb"}, "X-Utf8": {"ä"}, "Content-Length": {"26"},
	} {
		if got := res.Header[name]; !slices.Equal(got, want) {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
}

// What a server may say of the protocols that it could change to.
func TestUpgradeHeader(t *testing.T) {
	c := start(t, serve(`
		res.setStatusCode(426)
		res.setResponseHeader("upgrade", "websocket")
		if req.getURL() ~= "/" then res.setResponseHeader("Connection", req.getURL():sub(2)) end
		res.close()`, ""))
	url := c.url()
	for target, want := range map[string]string{"/": "Upgrade", "/x": "x Upgrade", "/upgrade": "upgrade"} {
		_, r := raw(t, url, "GET "+target+" HTTP/1.1\r\nHost: localhost\r\n\r\n")
		res, _ := answer(t, r, "GET")
		if res.StatusCode != 426 || res.Header.Get("Upgrade") != "websocket" || strings.Join(res.Header["Connection"], " ") != want || res.Close {
			t.Error(res)
		}
	}
}

func TestHeadWithLength(t *testing.T) {
	c := start(t, serve(`
		res.setResponseHeader("Content-Length", req.getURL():sub(2))
		res.close()`, ""))
	url := c.url()
	head := func(target string) *nethttp.Response {
		res, _ := ask(t, url, "HEAD "+target+" HTTP/1.1", "")
		return res
	}
	if res := head("/1234"); res.ContentLength != 1234 {
		t.Error(res)
	}
	if res := head("/-5"); res.Header["Content-Length"] != nil {
		t.Error(res)
	}
}

func TestLargeResponse(t *testing.T) {
	c := start(t, serve(`for i = 1, 1000 do res.writeLine(("x"):rep(9999)) end res.close()`, ""))
	res, err := nethttp.Get(c.url())
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	n, err := io.Copy(io.Discard, res.Body)
	if n != 10_000_000 || err != nil || res.ContentLength != n {
		t.Error(n, err, res.ContentLength)
	}
}
