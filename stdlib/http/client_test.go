package http

import (
	"bytes"
	"compress/gzip"
	"compress/zlib"
	"fmt"
	"io"
	"net"
	nethttp "net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
)

// anywhere lets clients connect to servers of tests.
var anywhere = []Rule{{Host: "*", Action: Allow}}

func noProxy(*nethttp.Request) (*url.URL, error) { return nil, nil }

// asks are options of computers whose clients may connect anywhere.
func asks(change ...func(*Options)) option {
	o := Options{Rules: anywhere, Proxy: noProxy, Resolver: names{}, Version: "1"}
	for _, f := range change {
		f(&o)
	}
	return withOptions(o)
}

// upstream is a server on the internet, so to speak.
func upstream(t *testing.T, f nethttp.HandlerFunc) *httptest.Server {
	s := httptest.NewServer(f)
	t.Cleanup(s.Close)
	return s
}

// script puts a server's address in place of URL in a program.
func script(s *httptest.Server, program string) string {
	return strings.ReplaceAll(strings.ReplaceAll(program, "URL", s.URL), "check"+s.URL, "checkURL")
}

func TestGet(t *testing.T) {
	s := upstream(t, func(w nethttp.ResponseWriter, r *nethttp.Request) {
		h := w.Header()
		h["x-ODD"] = []string{"1", "2"}
		h["ETag"] = []string{`"e"`}
		if r.URL.Path == "/missing" {
			w.WriteHeader(404)
		}
		fmt.Fprintf(w, "%s %s\n%s\r\nlast", r.Method, r.URL, r.Host)
	})
	check(t, script(s, `
		local r = assert(http.get("URL/a%20b?c#d"))
		local code, text = r.getResponseCode()
		assert(code == 200 and text == "OK")
		local h = r.getResponseHeaders()
		assert(h["x-ODD"] == "1,2" and h["X-Odd"] == "1,2" and h.etag == '"e"' and rawget(h, "ETag"), h.etag)
		local values = r.getResponseHeaderValues
		assert(table.concat(values("X-Odd"), " ") == "1 2" and values("etag")[1] == '"e"' and #values("ETag") == 1 and #values("nothing") == 0)
		assert(values("content-length")[1] == h["Content-Length"] and failure(values) == "bad argument #1 (expected string, got no value)")
		assert(h["Content-Length"] == tostring(#r.readAll()) and r.seek("set") == 0 and h.nothing == nil and h[1] == nil)
		assert(r.readLine() == "GET /a%20b?c")
		assert(r.readLine(true):sub(-2) == "\r\n")
		assert(r.read() == "l" and r.read(2) == "as" and r.readAll() == "t" and r.seek() == tonumber(h["content-length"]))
		assert(r.read() == nil and r.readLine() == nil and r.readAll() == "")
		assert(r.seek("set", 1) == 1 and r.read(2) == "ET" and r.seek("end", -1) == h["content-length"] - 1 and r.seek("cur", -2) == h["content-length"] - 3)
		local at, message = r.seek("cur", -100)
		assert(at == nil and message == "Position is negative")
		assert(not pcall(r.seek, "somewhere") and not pcall(r.read, -1))
		assert(r.seek("set", 1e300) > 1e6 and r.read() == nil and r.readAll() == "")
		r.seek("set")
		assert(r.readLine():sub(1, 3) == "GET")
		r.close()
		for _, name in ipairs{"close", "read", "readAll", "readLine", "seek", "getResponseCode", "getResponseHeaders", "getResponseHeaderValues"} do
			assert(failure(r[name]) == "attempt to use a closed file")
		end
		assert(http.get("URL", nil, true).read() == 71)

		local none, message, failing = http.get("URL/missing")
		assert(none == nil and message == "Not Found" and failing.getResponseCode() == 404 and failing.readLine() == "GET /missing")`), asks())
}

func TestRequestIsSent(t *testing.T) {
	got := make(chan string, 1)
	s := upstream(t, func(_ nethttp.ResponseWriter, r *nethttp.Request) {
		body, _ := io.ReadAll(r.Body)
		h := r.Header
		got <- fmt.Sprintf("%s %q ua=%s cs=%s ae=%s ct=%s len=%d close=%v host=%s x=%q", r.Method, body, h.Get("User-Agent"), h.Get("Accept-Charset"),
			h.Get("Accept-Encoding"), h.Get("Content-Type"), r.ContentLength, r.Close, strings.ReplaceAll(r.Host, r.Context().Value(nethttp.LocalAddrContextKey).(net.Addr).String(), "own"), h["X"])
	})
	const rest = "ua=computercraft/1 cs=UTF-8 ae=gzip"
	const form = "application/x-www-form-urlencoded; charset=utf-8"
	for _, test := range []struct{ call, want string }{
		{`http.get("URL")`, `GET "" ` + rest + ` ct= len=0 close=true host=own x=[]`},
		{`http.post("URL", "a\0\xff")`, `POST "a\x00\xff" ` + rest + ` ct=` + form + ` len=3 close=true host=own x=[]`},
		{`http.post("URL", "")`, `POST "" ` + rest + ` ct=` + form + ` len=0 close=true host=own x=[]`},
		{`http.get{url = "URL", method = "DELETE"}`, `DELETE "" ` + rest + ` ct= len=0 close=true host=own x=[]`},
		{`http.get{url = "URL", method = "HEAD"}`, `HEAD "" ` + rest + ` ct= len=0 close=true host=own x=[]`},
		{`http.get{url = "URL", method = "PUT", body = "b", headers = {["content-type"] = "t"}}`, `PUT "b" ` + rest + ` ct=t len=1 close=true host=own x=[]`},
		{`http.get("URL", {x = " v ", [1] = "w", host = "other", ["user-agent"] = "me", ["accept-encoding"] = "br", connection = "upgrade",
			["content-length"] = "7", ["transfer-encoding"] = "chunked", y = true})`, `GET "" ua=me cs=UTF-8 ae=br ct= len=0 close=true host=other x=["v"]`},
	} {
		check(t, script(s, `local r, message = `+test.call+` assert(r, message)`), asks())
		if text := <-got; text != test.want {
			t.Errorf("%s\ngot  %s\nwant %s", test.call, text, test.want)
		}
	}
}

func TestClientArguments(t *testing.T) {
	check(t, `
		local function fails(text, f, ...)
			local ok, message = pcall(f, ...)
			message = tostring(message):gsub("^program:%d+: ", "")
			if ok or message ~= text then error("got  " .. message .. "\nwant " .. text, 2) end
		end
		fails("bad argument #1 (string expected, got nil)", http.get)
		fails("bad argument #1 (string expected, got number)", http.request, 1)
		fails("bad argument #2 (table expected, got string)", http.get, "x", "y")
		fails("bad argument #3 (boolean expected, got number)", http.get, "x", {}, 1)
		fails("bad argument #2 (string expected, got nil)", http.post, "x")
		fails("bad argument #2 (string expected, got table)", http.request, "x", {})
		fails("bad argument #4 (boolean expected, got string)", http.post, "x", "y", nil, "z")
		fails("bad field 'url' (string expected, got nil", http.get, {})
		fails("bad field 'body' (string expected, got nil", http.post, {url = "x"})
		fails("bad field 'body' (string expected, got number", http.request, {url = "x", body = 1})
		fails("bad field 'headers' (table expected, got string", http.get, {url = "x", headers = "y"})
		fails("bad field 'timeout' (number expected, got string", http.get, {url = "x", timeout = "1"})
		fails("bad field 'stream' (boolean expected, got number", http.get, {url = "x", stream = 1})
		for _, method in ipairs{"CONNECT", "get", "FOO", "", "A B"} do
			fails("Unsupported HTTP method", http.request, {url = "http://x", method = method})
		end
		for _, time in ipairs{-1, 60.5, 1/0, -1/0, 0/0} do
			fails("timeout out of range (between 0.0 and 60.0)", http.get, {url = "http://x", timeout = time})
			fails("timeout out of range (between 0.0 and 60.0)", http.websocket, {url = "x", timeout = time})
		end
		fails('"a b" can\'t be the name of a header', http.get, "http://x", {["a b"] = "c"})
		fails("the value of the header a can't contain line breaks or other control characters", http.get, "http://x", {a = "b\r\nc: d"})
		fails("headers are too large (they may have 262144 bytes)", http.get, "http://x", {a = ("x"):rep(262144)})
		fails("bad argument #1 (string expected, got nil)", http.checkURL)
		fails("bad argument #1 (string expected, got table)", http.checkURLAsync, {})
		fails("bad argument #1 (string or table expected, got nil)", http.websocket)
		fails("bad argument #1 (string or table expected, got number)", http.websocketAsync, 1)
		fails("bad argument #2 (table expected, got string)", http.websocket, "x", "y")
		fails("bad field 'url' (string expected, got nil", http.websocket, {})
		local ok, message = pcall(function()
			http.get(1)
		end)
		assert(message == "program:37: bad argument #1 (string expected, got number)", message)
		ok, message = pcall(function()
			http.get{url = "http://x", timeout = 61}
		end)
		assert(message == "program:41: timeout out of range (between 0.0 and 60.0)", message)
		ok, message = pcall(function()
			http.get{url = 1}
		end)
		assert(message == "program:45: bad field 'url' (string expected, got number", message)`, asks())
}

// The natives are those that CC: Tweaked's own ROM calls.
func TestClientNatives(t *testing.T) {
	s := upstream(t, func(w nethttp.ResponseWriter, r *nethttp.Request) {
		body, _ := io.ReadAll(r.Body)
		fmt.Fprint(w, r.Method, string(body), r.Header.Get("A"))
	})
	c := start(t, script(s, `
		local function fails(text, f, ...)
			local message = failure(f, ...)
			if message ~= text then error("got  " .. tostring(message) .. "\nwant " .. text, 2) end
		end
		fails("bad argument #1 (string expected, got nil)", native.request)
		fails("bad argument #3 (map expected, got string)", native.request, "x", "y", "z")
		fails("bad field 'url' (string expected, got nil)", native.request, {})
		fails("bad field 'headers' (map expected, got string)", native.request, {url = "x", headers = "y"})
		fails("Unsupported HTTP method", native.request, {url = "x", method = "connect"})
		fails("bad argument #1 (string expected, got nil)", native.checkURL)
		fails("bad argument #1 (string expected, got nil)", native.websocket)
		say(native.request("x"))
		say(native.checkURL("x"))
		say(native.websocket("http://x"))
		say(native.request("URL", "body", {a = "b"}, true))
		local event, url, handle = coroutine.yield("http_success")
		say(event, url == "URL", handle.read(), handle.readAll())
		say(native.checkURL("URL"))
		local event, url, ok, message = coroutine.yield("http_check")
		say(event, url == "URL", ok, message)
		`), asks(), func(s *setup) { s.keepNative = true })
	c.want("false Must specify http or https")
	c.want("false Must specify http or https")
	c.want("false Invalid scheme 'http'")
	c.want("true")
	c.want("http_success true 80 OSTbodyb")
	c.want("true")
	c.want("http_check true true nil")
}

func TestWrongURLsAreEvents(t *testing.T) {
	check(t, `
		local ok, message = http.request("ws://x")
		assert(ok == false and message == "Invalid protocol 'ws'")
		local event, url, message = os.pullEvent()
		assert(event == "http_failure" and url == "ws://x" and message == "Invalid protocol 'ws'")
		ok, message = http.websocketAsync("http://x")
		assert(ok == false and message == "Invalid scheme 'http'")
		event, url, message = os.pullEvent()
		assert(event == "websocket_failure" and url == "http://x" and message == "Invalid scheme 'http'")
		ok, message = http.get("x")
		assert(ok == nil and message == "Must specify http or https")
		ok, message = http.checkURL("http:x")
		assert(ok == false and message == "URL malformed")
		ok, message = http.checkURLAsync("http:x")
		assert(ok == false and message == "URL malformed")
		ok, message = http.websocket("http://x")
		assert(ok == false and message == "Invalid scheme 'http'")`, asks())
}

func TestRedirects(t *testing.T) {
	other := upstream(t, func(w nethttp.ResponseWriter, r *nethttp.Request) {
		fmt.Fprintf(w, "other %q %q", r.Header["Authorization"], r.Header["X"])
	})
	s := upstream(t, func(w nethttp.ResponseWriter, r *nethttp.Request) {
		body, _ := io.ReadAll(r.Body)
		q := r.URL.Query()
		to, code := q.Get("to"), 302
		if q.Get("code") != "" {
			fmt.Sscan(q.Get("code"), &code)
		}
		if n := 0; q.Get("n") != "" {
			fmt.Sscan(q.Get("n"), &n)
			to = fmt.Sprint("?n=", n-1)
			if n == 0 {
				to = ""
			}
		}
		if to != "" {
			w.Header().Set("Location", to)
			w.WriteHeader(code)
		}
		fmt.Fprintf(w, "%s %s %s %q", r.Method, r.URL, body, r.Header["Authorization"])
	})
	check(t, strings.ReplaceAll(script(s, `
		local auth = {authorization = "secret", x = "y"}
		local function is(text, code, options)
			http.request(options)
			local event, url, r = os.pullEvent()
			assert(event == "http_success", r)
			assert(url == options.url) -- not where it has led
			local got = r.readAll()
			if got ~= text or r.getResponseCode() ~= code then error(r.getResponseCode() .. " " .. got, 2) end
		end
		is('GET /end  ["secret"]', 200, {url = "URL/a?to=/end", headers = auth})
		is('POST /end b []', 200, {url = "URL/a?to=/end&code=301", body = "b"})
		is('POST /end b []', 200, {url = "URL/a?to=end&code=307", body = "b"})
		is('GET /end b []', 200, {url = "URL/a?to=end&code=303", body = "b"})
		is('GET /a?to=end&code=308  []', 308, {url = "URL/a?to=end&code=308"})
		is('GET /a?to=end&code=304  []', 304, {url = "URL/a?to=end&code=306"}, nil)
		`), "'GET /a?to=end&code=304  []', 304", "'GET /a?to=end&code=306  []', 306")+strings.ReplaceAll(script(s, `
		is('GET /a?to=end  []', 302, {url = "URL/a?to=end", redirect = false})
		is('GET /?n=0  []', 200, {url = "URL/?n=16"})
		is('GET /?n=1  []', 302, {url = "URL/?n=17"})
		is('GET /?to=/%3Fto  []', 302, {url = "URL/?to=/%3Fto", redirect = false})
		-- What is for one server is not for another.
		is('other [] ["y"]', 200, {url = "URL/?to=OTHER/", headers = auth})`), "OTHER", other.URL), asks())
}

func compressed(t *testing.T, kind string, text string) []byte {
	var b bytes.Buffer
	var w io.WriteCloser
	switch kind {
	case "gzip":
		w = gzip.NewWriter(&b)
	case "deflate":
		w = zlib.NewWriter(&b)
	}
	if _, err := io.WriteString(w, text); err != nil || w.Close() != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestEncodings(t *testing.T) {
	text := strings.Repeat("some text ", 1000)
	s := upstream(t, func(w nethttp.ResponseWriter, r *nethttp.Request) {
		if r.Header.Get("Accept-Encoding") != "gzip" {
			t.Error("gzip was not asked for")
		}
		h := w.Header()
		h.Set("Content-Encoding", "gzip")
		switch r.URL.Path {
		case "/gzip":
			w.Write(compressed(t, "gzip", text))
		case "/zlib":
			h.Set("Content-Encoding", "deflate")
			w.Write(compressed(t, "deflate", text))
		case "/deflate":
			h.Set("Content-Encoding", "deflate")
			zlib := compressed(t, "deflate", text)
			w.Write(zlib[2 : len(zlib)-4])
		case "/empty":
		case "/plain":
			fmt.Fprint(w, "no gzip at all")
		case "/broken":
			z := compressed(t, "gzip", text)
			z[len(z)-6]++
			w.Write(z)
		case "/cut":
			w.Write(compressed(t, "gzip", text)[:40])
		case "/bomb":
			w.Write(compressed(t, "gzip", strings.Repeat("\x00", 17<<20)))
		case "/other":
			h.Set("Content-Encoding", "x")
			fmt.Fprint(w, "as it is")
		}
	})
	check(t, script(s, `
		for _, name in ipairs{"gzip", "zlib", "deflate"} do
			local r = assert(http.get("URL/" .. name))
			local h = r.getResponseHeaders()
			assert(h["content-length"] == "10000" and h["content-encoding"] == nil, name)
			assert(r.readAll() == ("some text "):rep(1000))
		end
		assert(http.get("URL/empty").readAll() == "")
		local other = http.get("URL/other")
		assert(other.readAll() == "as it is" and other.getResponseHeaders()["Content-Encoding"] == "x")
		local function fails(path, text)
			local ok, message = http.get("URL/" .. path)
			assert(ok == nil and message == text, message)
		end
		fails("plain", "Response can't be decoded")
		fails("broken", "Response can't be decoded")
		fails("cut", "Could not connect")
		fails("bomb", "Response is too large")
		local head = http.get{url = "URL/gzip", method = "HEAD"}
		assert(head.readAll() == "" and head.getResponseHeaders()["Content-Encoding"] == "gzip")`), asks())
}

// Two that ask for one URL at a time get a response each.
func TestSameURL(t *testing.T) {
	for _, late := range []bool{false, true} { // the coroutines get the events as they come, or all at the end
		var mu sync.Mutex
		n := 0
		s := upstream(t, func(w nethttp.ResponseWriter, _ *nethttp.Request) {
			mu.Lock()
			defer mu.Unlock()
			n++
			if n == 3 {
				w.WriteHeader(500)
				return
			}
			fmt.Fprint(w, n)
		})
		check(t, fmt.Sprintf("local late = %t", late)+script(s, `
		local all, failed = {}, 0
		local threads = {}
		for i = 1, 4 do
			threads[i] = coroutine.create(function()
				local r, message = http.get("URL")
				if r then all[#all + 1] = r.readAll() else failed = failed + 1 end
			end)
			coroutine.resume(threads[i])
		end
		local events = {}
		for come = 1, 4 do
			events[#events + 1] = table.pack(os.pullEvent())
			if not late or come == 4 then
				for _, event in ipairs(events) do
					for i = 1, 4 do
						if coroutine.status(threads[i]) ~= "dead" then assert(coroutine.resume(threads[i], table.unpack(event, 1, event.n))) end
					end
				end
				events = {}
			end
		end
		table.sort(all)
		assert(table.concat(all) == "124" and failed == 1, table.concat(all))`), asks())
	}
}
