package http

import (
	"bytes"
	"compress/gzip"
	"compress/zlib"
	"context"
	"fmt"
	"io"
	"log"
	"net"
	nethttp "net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/luart/luart/lua"
)

// anywhere lets clients connect to servers of tests.
var anywhere = []Rule{{Host: "*", Action: Allow}}

// names is a Resolver that knows some names.
type names map[string]string

func (n names) LookupNetIP(_ context.Context, _, host string) ([]netip.Addr, error) {
	addrs := []netip.Addr{}
	for text := range strings.FieldsSeq(n[host]) {
		addrs = append(addrs, netip.MustParseAddr(text))
	}
	if len(addrs) == 0 {
		return nil, &net.DNSError{Err: "no such host", Name: host, IsNotFound: true}
	}
	return addrs, nil
}

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

func TestRulesHold(t *testing.T) {
	s := upstream(t, func(w nethttp.ResponseWriter, r *nethttp.Request) {
		if to := r.URL.Query().Get("to"); to != "" {
			w.Header().Set("Location", to)
			w.WriteHeader(302)
		}
	})
	port := s.URL[strings.LastIndex(s.URL, ":"):]
	known := names{"public.example": "1.1.1.1", "inner.example": "10.0.0.1", "both.example": "10.0.0.1 127.0.0.1", "own.example": "127.0.0.1"}
	const program = `
		local function denied(ok, message)
			if ok or message ~= "Domain not permitted" then error(tostring(message), 2) end
		end
		for _, host in ipairs{"localhost", "LOCALHOST.", "a.localhost", "127.0.0.1", "[::1]", "[::ffff:127.0.0.1]", "0.0.0.0", "inner.example", "both.example", "10.1.2.3"} do
			denied(http.checkURL("http://" .. host))
			denied(http.get("http://" .. host .. ":1/"))
			denied(http.websocket("ws://" .. host .. ":1/"))
		end
		assert(http.checkURL("https://public.example"))
		local ok, message = http.checkURL("http://nowhere.example")
		assert(not ok and message == "Unknown host", message)
		ok, message = http.get("http://nowhere.example")
		assert(not ok and message == "Unknown host", message)
		ok, message = http.websocket("ws://nowhere.example")
		assert(not ok and message == "Unknown host", message)`
	check(t, program, withOptions(Options{Proxy: noProxy, Resolver: known}))
	// A redirect is subject to the rules as well.
	rules := []Rule{{Host: "own.example", Action: Allow}, {Host: Private, Action: Deny}}
	check(t, strings.ReplaceAll(`
		assert(http.get("http://own.example:PORT/"))
		for _, to in ipairs{"http://127.0.0.1:PORT/", "http://inner.example/", "//localhost/"} do
			local ok, message = http.get("http://own.example:PORT/?to=" .. to)
			assert(not ok and message == "Domain not permitted", message)
		end
		local ok, message = http.get("http://own.example:PORT/?to=ftp://own.example/")
		assert(not ok and message == "Invalid protocol 'ftp'", message)
		ok, message = http.get("http://own.example:PORT/?to=http://nowhere.example/")
		assert(not ok and message == "Unknown host", message)`, ":PORT", port), asks(func(o *Options) { o.Rules, o.Resolver = rules, known }))
	// Rules that can't be understood allow nothing.
	check(t, `assert(select(2, http.checkURL("http://1.1.1.1")) == "Domain not permitted")`, asks(func(o *Options) { o.Rules = []Rule{{Host: "*", Action: Allow}, {}} }))
}

// rebinding is a Resolver that answers with a public address first, and with a private one from then on.
type rebinding struct {
	mu    sync.Mutex
	asked int
}

func (r *rebinding) LookupNetIP(context.Context, string, string) ([]netip.Addr, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.asked++; r.asked == 1 {
		return []netip.Addr{netip.MustParseAddr("127.0.0.2")}, nil // allowed below
	}
	return []netip.Addr{netip.MustParseAddr("127.0.0.1")}, nil
}

func TestCheckedAddressIsDialled(t *testing.T) {
	s := upstream(t, func(nethttp.ResponseWriter, *nethttp.Request) { t.Error("the other address was reached") })
	port := s.URL[strings.LastIndex(s.URL, ":"):]
	r := &rebinding{}
	check(t, `
		local ok, message = http.get("http://evil.example`+port+`/")
		assert(not ok and message == "Could not connect", message)`,
		asks(func(o *Options) { o.Resolver = r; o.Rules = []Rule{{Host: "127.0.0.2", Action: Allow}} }))
	if r.asked != 1 {
		t.Errorf("the name was looked up %d times", r.asked)
	}
}

// An address that does not answer, or may not be used, does not keep the others from being tried.
func TestSeveralAddresses(t *testing.T) {
	s := upstream(t, func(w nethttp.ResponseWriter, _ *nethttp.Request) { fmt.Fprint(w, "here") })
	port := s.URL[strings.LastIndex(s.URL, ":"):]
	check(t, `assert(http.get("http://many.example`+port+`/").readAll() == "here")`, asks(func(o *Options) {
		o.Resolver = names{"many.example": "10.0.0.1 127.0.0.2 ::1 127.0.0.3 127.0.0.1"}
		o.Rules = []Rule{{Host: "10.0.0.0/8", Action: Deny}, {Host: "*", Action: Allow}}
	}))
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

func TestTimeouts(t *testing.T) {
	stop := make(chan struct{})
	s := upstream(t, func(w nethttp.ResponseWriter, r *nethttp.Request) {
		switch r.URL.Path {
		case "/slow": // but moving
			for range 8 {
				fmt.Fprint(w, "x")
				w.(nethttp.Flusher).Flush()
				time.Sleep(50 * time.Millisecond)
			}
			return
		case "/half":
			fmt.Fprint(w, "x")
			w.(nethttp.Flusher).Flush()
		case "/cut":
			w.Header().Set("Content-Length", "10")
			fmt.Fprint(w, "x")
			panic(nethttp.ErrAbortHandler)
		}
		<-stop
	})
	defer close(stop)
	silent, err := net.Listen("tcp", "127.0.0.1:0") // accepts, and says nothing, not even TLS
	if err != nil {
		t.Fatal(err)
	}
	defer silent.Close()
	gone, _ := net.Listen("tcp", "127.0.0.1:0")
	gone.Close()
	check(t, strings.NewReplacer("URL", s.URL, "SILENT", silent.Addr().String(), "GONE", gone.Addr().String()).Replace(`
		local function fails(text, url)
			local ok, message = http.get{url = url, timeout = 0.1}
			if ok or message ~= text then error(tostring(message), 2) end
		end
		fails("Timed out", "URL/silent")
		fails("Timed out", "URL/half")
		fails("Timed out", "http://SILENT/")
		fails("Timed out", "https://SILENT/")
		fails("Could not connect", "URL/cut")
		fails("Could not connect", "http://GONE/")
		local r = assert(http.get{url = "URL/slow", timeout = 0.25})
		assert(r.readAll() == "xxxxxxxx")
		local ok, message = http.websocket{url = "ws://SILENT/", timeout = 0.1}
		assert(ok == false and message == "Timed out", message)
		ok, message = http.websocket("ws://GONE/")
		assert(ok == false and message == "Could not connect", message)`), asks())
}

func TestTLS(t *testing.T) {
	s := httptest.NewUnstartedServer(nethttp.HandlerFunc(func(w nethttp.ResponseWriter, r *nethttp.Request) {
		w.Header()["ETag"] = []string{"e"}
		fmt.Fprint(w, "secret ", r.Proto)
	}))
	s.Config.ErrorLog = log.New(io.Discard, "", 0)
	s.StartTLS()
	defer s.Close()
	plain := upstream(t, func(nethttp.ResponseWriter, *nethttp.Request) {})
	roots := s.Client().Transport.(*nethttp.Transport).TLSClientConfig.RootCAs
	port := s.URL[strings.LastIndex(s.URL, ":"):]
	check(t, strings.NewReplacer("URL", s.URL, "PORT", port, "PLAIN", plain.URL[5:]).Replace(`
		local r = assert(http.get("URL"))
		assert(r.readAll() == "secret HTTP/1.1" and rawget(r.getResponseHeaders(), "ETag"))
		local function insecure(ok, message) assert(not ok and message == "Could not create a secure connection", message) end
		insecure(http.get("https://other.namePORT/"))
		insecure(http.websocket("wss://other.namePORT/"))
		insecure(http.get("https:PLAIN/"))
		insecure(http.websocket("wss:PLAIN/"))
		local ok, message = http.websocket((("URL"):gsub("https", "wss")))
		assert(not ok and message == "Invalid handshake response getStatus: 200 OK", message)`),
		asks(func(o *Options) { o.RootCAs = roots; o.Resolver = names{"other.name": "127.0.0.1"} }))
	check(t, script(s, `
		local ok, message = http.get("URL")
		assert(not ok and message == "Could not create a secure connection", message)`), asks())
}

func TestProxy(t *testing.T) {
	target := upstream(t, func(w nethttp.ResponseWriter, _ *nethttp.Request) { fmt.Fprint(w, "direct") })
	asked := make(chan string, 100)
	proxy := upstream(t, func(w nethttp.ResponseWriter, r *nethttp.Request) {
		asked <- r.Method + " " + r.URL.String() + " " + r.Host
		if r.Method == "CONNECT" {
			w.WriteHeader(502)
			return
		}
		fmt.Fprint(w, "proxied")
	})
	through := func(r *nethttp.Request) (*url.URL, error) {
		if r.URL.Hostname() == "direct.example" {
			return nil, nil
		}
		return url.Parse(proxy.URL)
	}
	check(t, script(target, `
		assert(http.get("http://unknown.example/x").readAll() == "proxied") -- the proxy knows the name
		assert(http.checkURL("http://unknown.example/x"))
		local ok, message = http.get("https://unknown.example/x")
		assert(not ok and message == "Could not connect", message)
		local ok, message = http.websocket("wss://unknown.example/x")
		assert(not ok and message == "Could not connect", message)
		for _, url in ipairs{"http://127.0.0.1/", "http://localhost/", "http://inner.example/", "http://mixed.example/", "http://evil.org/", "URL"} do
			ok, message = http.get(url)
			assert(not ok and message == "Domain not permitted", message)
			ok, message = http.checkURL(url)
			assert(not ok and message == "Domain not permitted", message)
		end
		ok, message = http.get("http://direct.example/")
		assert(not ok and message == "Unknown host", message)
		ok, message = http.get("http://own.example/")
		assert(not ok and message == "Unknown host", message)`), asks(func(o *Options) {
		o.Proxy = through
		o.Resolver = names{"inner.example": "10.0.0.1", "mixed.example": "1.1.1.1 10.0.0.1"}
		o.Rules = append([]Rule{{Host: "evil.org", Action: Deny}, {Host: "own.example", Proxy: Deny}}, DefaultRules()...)
	}))
	for _, want := range []string{"GET http://unknown.example/x unknown.example", "CONNECT //unknown.example:443 unknown.example:443", "CONNECT //unknown.example:443 unknown.example:443"} {
		if got := <-asked; got != want {
			t.Errorf("the proxy was asked for %s, want %s", got, want)
		}
	}
	if len(asked) > 0 {
		t.Errorf("the proxy was asked for %s", <-asked)
	}
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
	for end := time.Now().Add(10 * time.Second); runtime.NumGoroutine() > before+2; time.Sleep(5 * time.Millisecond) {
		if time.Now().After(end) {
			stack := make([]byte, 1<<20)
			t.Fatalf("%d goroutines, before %d\n%s", runtime.NumGoroutine(), before, stack[:runtime.Stack(stack, true)])
		}
	}
}
