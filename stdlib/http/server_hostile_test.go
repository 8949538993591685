package http

import (
	"fmt"
	"io"
	"net"
	nethttp "net/http"
	"strings"
	"testing"
	"time"
)

// echo is a program that says of each request what it has understood of it.
var echo = serve(`
	res.write(req.getMethod() .. " " .. req.getURL() .. " [" .. req.readAll() .. "]")
	res.close()`, "max_header = 8000")

// Requests that two servers may understand differently, so that one of them sees two where the other sees one: each is either refused,
// and the connection closed, or understood in the one way that RFC 9112 allows.
func TestSmuggling(t *testing.T) {
	const refused = "refused"
	url := start(t, echo).url()
	for _, test := range []struct{ name, text, want string }{
		{"two lengths", "Content-Length: 1\r\nContent-Length: 2\r\n\r\nab", refused},
		{"two lengths in a list", "Content-Length: 1, 2\r\n\r\nab", refused},
		{"the same length twice", "Content-Length: 2\r\nContent-Length: 2\r\n\r\nab", "POST / [ab]"},
		{"a length with a sign", "Content-Length: +2\r\n\r\nab", refused},
		{"a negative length", "Content-Length: -2\r\n\r\nab", refused},
		{"a hexadecimal length", "Content-Length: 0x2\r\n\r\nab", refused},
		{"an empty length", "Content-Length: \r\n\r\nab", refused},
		{"a length beyond 64 bits", "Content-Length: 18446744073709551618\r\n\r\nab", refused},
		{"a space before the colon", "Content-Length : 2\r\n\r\nab", refused},
		// RFC 9112 §6.3: Transfer-Encoding overrides Content-Length.
		{"chunks and a length", "Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n0\r\n\r\n", "POST / [ab]"},
		{"a length and chunks", "Transfer-Encoding: chunked\r\nContent-Length: 4\r\n\r\n2\r\nab\r\n0\r\n\r\n", "POST / [ab]"},
		{"an unknown encoding", "Transfer-Encoding: xchunked\r\n\r\n2\r\nab\r\n0\r\n\r\n", refused},
		{"two encodings", "Transfer-Encoding: gzip, chunked\r\n\r\n2\r\nab\r\n0\r\n\r\n", refused},
		{"chunked twice", "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n0\r\n\r\n", refused},
		{"identity", "Transfer-Encoding: identity\r\nContent-Length: 2\r\n\r\nab", refused},
		{"an encoding with a control character", "Transfer-Encoding: \x0bchunked\r\n\r\n2\r\nab\r\n0\r\n\r\n", refused},
		{"an encoding on a folded line", "X: y\r\n Transfer-Encoding: chunked\r\nContent-Length: 2\r\n\r\nab", "POST / [ab]"},
		{"a folded length", "Content-Length:\r\n 2\r\n\r\nab", "POST / [ab]"},
		{"a chunk with a sign", "Transfer-Encoding: chunked\r\n\r\n+2\r\nab\r\n0\r\n\r\n", refused},
		{"a chunk that is too long for its length", "Transfer-Encoding: chunked\r\n\r\n2\r\nabc\r\n0\r\n\r\n", refused},
		{"a chunk length beyond 64 bits", "Transfer-Encoding: chunked\r\n\r\n10000000000000002\r\nab\r\n0\r\n\r\n", refused},
		{"a chunk extension", "Transfer-Encoding: chunked\r\n\r\n2;x=y\r\nab\r\n0\r\n\r\n", "POST / [ab]"},
		{"a line end in a header", "X: a\rContent-Length: 2\r\n\r\n", refused},
		{"a zero byte in a header", "X: a\x00b\r\n\r\n", refused},
		{"two hosts", "Host: localhost\r\n\r\n", refused},
	} {
		t.Run(test.name, func(t *testing.T) {
			conn, r := raw(t, url, "POST / HTTP/1.1\r\nHost: localhost\r\n"+test.text)
			res, body := answer(t, r, "POST")
			if test.want == refused {
				if res.StatusCode < 400 || !res.Close {
					t.Error(res.Status, body)
				}
				if _, err := r.ReadByte(); err != io.EOF {
					t.Error(err)
				}
				return
			}
			if res.StatusCode != 200 || body != test.want {
				t.Error(res.Status, body)
			}
			// Nothing of it is left over.
			io.WriteString(conn, "GET /next HTTP/1.1\r\nHost: localhost\r\n\r\n")
			if _, body := answer(t, r, "GET"); body != "GET /next []" {
				t.Error(body)
			}
		})
	}
}

// Request lines that are none, or not for this server.
func TestRequestLines(t *testing.T) {
	url := start(t, echo).url()
	for text, want := range map[string]string{
		"GET / HTTP/1.1\r\nHost: localhost":                                        "200 GET / []",
		"GET http://localhost/a?b HTTP/1.1\r\nHost: evil.example":                  "200 GET http://localhost/a?b []", // RFC 9112 §3.2.2
		"GET http://evil.example/ HTTP/1.1\r\nHost: localhost":                     "421",
		"OPTIONS * HTTP/1.1\r\nHost: localhost":                                    "200 OPTIONS * []",
		"CONNECT localhost:443 HTTP/1.1\r\nHost: localhost":                        "200 CONNECT localhost:443 []",
		"get /lower HTTP/1.1\r\nHost: localhost":                                   "200 get /lower []",
		"GET /%zz HTTP/1.1\r\nHost: localhost":                                     "400",
		"GET /\x01 HTTP/1.1\r\nHost: localhost":                                    "400",
		"G(T / HTTP/1.1\r\nHost: localhost":                                        "400",
		"GET /a b HTTP/1.1\r\nHost: localhost":                                     "400",
		" GET / HTTP/1.1\r\nHost: localhost":                                       "400",
		"GET /\r\nHost: localhost":                                                 "400",
		"GET / HTTP/1.1\r\n folded: x\r\nHost: localhost":                          "400",
		"GET / HTTP/1.1\r\nHost: local host":                                       "400",
		"PRI * HTTP/2.0\r\n":                                                       "505",
		"GET /" + strings.Repeat("x", 20000) + " HTTP/1.1\r\nHost: localhost":      "431",
		"GET / HTTP/1.1\r\nHost: localhost\r\n" + strings.Repeat("A: b\r\n", 9000): "431",
	} {
		_, r := raw(t, url, text+"\r\n\r\n")
		method, _, _ := strings.Cut(text, " ")
		if method == "CONNECT" {
			method = "GET" // its answer has a body here
		}
		res, body := answer(t, r, method)
		if got := fmt.Sprint(res.StatusCode, " ", body); got != want && !(len(want) == 3 && strings.HasPrefix(got, want+" ")) {
			t.Errorf("%.60q: %s, want %s", text, got, want)
		}
	}
}

// Requests that come at once are answered one after the other, in their order, however long each takes.
func TestPipelining(t *testing.T) {
	c := start(t, serve(`
		local n = tonumber(req.getURL():sub(2))
		if n % 3 == 0 then sleep(0.001) end
		if n % 5 == 0 then res.flush() end
		res.write(n .. req.readAll())
		res.close()`, ""))
	var text strings.Builder
	for i := range 60 {
		body := ""
		if i%2 == 0 {
			body = " with a body"
		}
		fmt.Fprintf(&text, "POST /%d HTTP/1.1\r\nHost: localhost\r\nContent-Length: %d\r\n\r\n%s", i, len(body), body)
	}
	_, r := raw(t, c.url(), text.String())
	for i := range 60 {
		want := fmt.Sprint(i)
		if i%2 == 0 {
			want += " with a body"
		}
		if _, body := answer(t, r, "POST"); body != want {
			t.Fatal(body, want)
		}
	}
}

// A client that ends its side of the connection counts as gone: it can't be told from one that has. It gets no answer rather than an
// empty one.
func TestHalfClosed(t *testing.T) {
	c := start(t, serve(`
		say("begun")
		os.pullEvent("go on")
		say(tostring(res.isOpen()))
		say((select(2, pcall(res.close)):gsub("^program:%d+: ", "")))`, ""))
	url := c.url()
	conn, r := raw(t, url, "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
	c.want("begun")
	conn.(*net.TCPConn).CloseWrite()
	if b, err := io.ReadAll(r); len(b) > 0 || err != nil {
		t.Errorf("%q %v", b, err)
	}
	c.post("go on")
	c.want("false")
	c.want("attempt to use a closed file (the client has gone)")
	// Within a body, too.
	conn, r = raw(t, url, "POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\n\r\nab")
	conn.(*net.TCPConn).CloseWrite()
	if b, err := io.ReadAll(r); len(b) > 0 && !strings.HasPrefix(string(b), "HTTP/1.1 400") || err != nil {
		t.Errorf("%q %v", b, err)
	}
	nothingHeld(t, c)
}

// A refused request's body is not waited for without end: it would keep the connection.
func TestRefusedBodies(t *testing.T) {
	c := start(t, serve(`res.close()`, "max_body = 1000, body_timeout = 0.1"))
	url := c.url()
	for text, status := range map[string]int{
		"Host: localhost\r\nContent-Length: 100000\r\n\r\n":   413,
		"Host: evil.example\r\nContent-Length: 500\r\n\r\n":   421,
		"Host: evil.example\r\nContent-Length: 50000\r\n\r\n": 421,
	} {
		_, r := raw(t, url, "POST / HTTP/1.1\r\n"+text)
		if res, _ := answer(t, r, "POST"); res.StatusCode != status {
			t.Error(res)
		}
		if _, err := r.ReadByte(); err != io.EOF {
			t.Error(err)
		}
	}
}

// A client that sends its body to the end before it looks, and wants the connection closed, sees an answer that came before the end:
// a connection that is closed with data unread takes what was sent with it.
func TestEarlyAnswerArrives(t *testing.T) {
	const size = 2_000_000
	for options, status := range map[string]int{"max_body = 1000": 413, "stream = true": 403, "max_body = 1000, stream = true": 413} {
		url := start(t, serve(`res.setStatusCode(403) res.write(req.read(4)) res.close()`, options)).url()
		for _, host := range []string{"localhost", "evil.example"} {
			want := status
			if host == "evil.example" {
				want = 421
			}
			for _, version := range []string{"HTTP/1.0", "HTTP/1.1"} {
				conn, r := raw(t, url, fmt.Sprintf("POST / %s\r\nHost: %s\r\nConnection: close\r\nContent-Length: %d\r\n\r\n", version, host, size))
				if _, err := io.Copy(conn, io.LimitReader(zeros{}, size)); err != nil {
					t.Error(options, host, version, err)
				}
				if res, body := answer(t, r, "POST"); res.StatusCode != want || !res.Close || int(res.ContentLength) != len(body) {
					t.Error(options, host, version, res, body)
				}
			}
		}
	}
}

// Whom the option origins lets in.
func TestOrigins(t *testing.T) {
	status := func(url, origin string) int {
		t.Helper()
		_, r := raw(t, url, "GET / HTTP/1.1\r\nHost: localhost:8080\r\n"+origin+"\r\n")
		res, _ := answer(t, r, "GET")
		return res.StatusCode
	}
	for options, cases := range map[string]map[string]int{
		"": {"": 200, "Origin: https://evil.example\r\n": 200, "Origin: null\r\n": 200},
		`origins = {"https://Good.example", "http://x.example:81"}`: {
			"": 200, "Origin: https://good.example\r\n": 200, "Origin: HTTPS://GOOD.example\r\n": 200, "Origin: http://x.example:81\r\n": 200,
			"Origin: http://localhost:8080\r\n": 200, "Origin: http://localhost:3000\r\n": 200, "Origin: http://127.0.0.1\r\n": 200,
			"Origin: http://good.example\r\n": 403, "Origin: https://good.example.evil.example\r\n": 403, "Origin: http://x.example\r\n": 403,
			"Origin: null\r\n": 403, "Origin: \r\n": 403, "Origin: localhost\r\n": 403,
			"Origin: https://good.example\r\nOrigin: https://evil.example\r\n": 403,
		},
		`origins = {}`:       {"": 200, "Origin: https://evil.example\r\n": 403, "Origin: http://localhost:8080\r\n": 200},
		`origins = {"*"}`:    {"Origin: https://evil.example\r\n": 200, "Origin: null\r\n": 200},
		`origins = {"null"}`: {"Origin: null\r\n": 200, "Origin: https://evil.example\r\n": 403},
		`host = "0.0.0.0", origins = {}`: {
			"Origin: http://localhost:8080\r\n": 200, "Origin: http://localhost:3000\r\n": 403, "Origin: https://evil.example\r\n": 403,
		},
	} {
		url := start(t, serve(`res.close()`, options)).url()
		for origin, want := range cases {
			if got := status(url, origin); got != want {
				t.Errorf("{%s}, %q: %d, want %d", options, origin, got, want)
			}
		}
	}
	set := defaultSettings
	page := &nethttp.Request{Host: "127.0.0.1:80", Header: nethttp.Header{"Origin": {"https://evil.example"}}}
	if set.mayAskFrom(page, true) || !set.mayAskFrom(page, false) {
		t.Error("a foreign page may open a WebSocket on a loopback listener, or may not send a request")
	}
}

// Whatever bytes come, the server lives on, and each connection ends.
func FuzzServer(f *testing.F) {
	for _, text := range []string{
		"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n", "POST / HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n0\r\n\r\n",
		"POST / HTTP/1.0\r\nContent-Length: 3\r\n\r\nabcGET /", "GET / HTTP/1.1\r\nHost: localhost\r\nExpect: 100-continue\r\nContent-Length: 1\r\n\r\n",
		"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "GET / HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n\x81\x00",
	} {
		f.Add([]byte(text), false)
		f.Add([]byte(text), true)
	}
	program := func(stream bool) string {
		return serve(`
			local body = req.readAll()
			for name in pairs(req.getRequestHeaders()) do res.setResponseHeader("X-Name", name) end
			res.write(req.getURL() .. body)
			if #body > 5 then res.flush() end
			res.close()`, fmt.Sprintf("stream = %v, body_timeout = 0.2, header_timeout = 0.2, idle_timeout = 0.2", stream))
	}
	whole, streamed := start(f, program(false)).url(), start(f, program(true)).url()
	f.Fuzz(func(t *testing.T, text []byte, stream bool) {
		url := whole
		if stream {
			url = streamed
		}
		conn, err := net.Dial("tcp", strings.TrimPrefix(url, "http://"))
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		conn.SetDeadline(time.Now().Add(patience))
		go func() {
			conn.Write(text)
			conn.(*net.TCPConn).CloseWrite()
		}()
		if _, err := io.Copy(io.Discard, conn); err != nil && strings.Contains(err.Error(), "timeout") {
			t.Fatal(err)
		}
	})
}
