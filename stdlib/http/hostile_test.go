package http

import (
	"io"
	"net"
	"net/netip"
	"strings"
	"testing"
)

// talker is a server that says a text to everyone, whatever they ask, and hangs up.
func talker(t *testing.T, text string) string {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				defer conn.Close()
				buffer := make([]byte, 4096)
				conn.Read(buffer)
				if text == "" {
					return
				}
				io.WriteString(conn, text)
				conn.(*net.TCPConn).CloseWrite()
				io.Copy(io.Discard, conn)
			}()
		}
	}()
	return "http://" + l.Addr().String()
}

func TestServersThatAreWrong(t *testing.T) {
	for _, test := range []struct{ name, text, want string }{
		{"nothing", "", "Could not connect"},
		{"no HTTP", "SSH-2.0-OpenSSH_9.2\r\n", "Could not connect"},
		{"zero bytes", strings.Repeat("\x00", 10000), "Could not connect"},
		{"a long line", "HTTP/1.1 200 " + strings.Repeat("x", 1<<20), "Could not connect"},
		{"a long header", "HTTP/1.1 200 OK\r\nA: " + strings.Repeat("x", 1<<20), "Could not connect"},
		{"many headers", "HTTP/1.1 200 OK\r\n" + strings.Repeat("A: b\r\n", 1<<18), "Could not connect"},
		{"interim responses without end", strings.Repeat("HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n", 1<<15), "Could not connect"},
		{"a status that is none", "HTTP/1.1 9 x\r\n\r\n", "Could not connect"},
		{"a negative length", "HTTP/1.1 200 OK\r\nContent-Length: -5\r\n\r\nx", "Could not connect"},
		{"two lengths", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\n123456", "Could not connect"},
		{"a huge length", "HTTP/1.1 200 OK\r\nContent-Length: 9223372036854775807\r\n\r\nx", "Response is too large"},
		{"a wrong chunk", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", "Could not connect"},
		{"a chunk that ends early", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n10\r\nabc", "Could not connect"},
		{"another protocol", "HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: Upgrade\r\n\r\nabc", "Switching Protocols"},
		{"an early end", "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc", "Could not connect"},
		{"no length", "HTTP/1.0 200 OK\r\n\r\nabc", "nil"},
		{"a status unheard of", "HTTP/1.1 599\r\n\r\n", "Unknown Status"},
		{"a redirect to nowhere", "HTTP/1.1 302 Found\r\nLocation: http://\x01\r\n\r\n", "Could not connect"},
		{"a redirect to no URL", "HTTP/1.1 302 Found\r\nLocation: http://a b\r\nContent-Length: 0\r\n\r\n", "nil"},
		{"a redirect to a file", "HTTP/1.1 302 Found\r\nLocation: file:///etc/passwd\r\n\r\n", "URL malformed"},
		{"an early hint", "HTTP/1.1 103 Early Hints\r\nlink: x\r\n\r\nHTTP/1.1 200 OK\r\nX-a: b\r\n\r\n", "nil"},
	} {
		t.Run(test.name, func(t *testing.T) {
			c := start(t, strings.ReplaceAll(`
				local r, message = http.get{url = "URL", timeout = 5}
				if r and r.getResponseHeaders().link == "x" then assert(rawget(r.getResponseHeaders(), "X-a")) end
				say(message)
				local s = http.get{url = "URL", timeout = 5, stream = true}
				if s then pcall(s.readAll) end
				say("and went on")`, "URL", talker(t, test.text)), asks())
			c.want(test.want)
			c.want("and went on")
		})
	}
}

func FuzzParseURL(f *testing.F) {
	for _, text := range []string{"http://a/b?c#d", "https://u:p@[::1]:80/%20", "ws://x", "a:1/b", "//a", "http://\xc3\xa4/", "http://a%2fb"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		for _, parse := range []func() (string, error){
			func() (string, error) { u, err := parseRequestURL(text); return textOf(u, err), err },
			func() (string, error) { u, err := parseWebSocketURL(text); return textOf(u, err), err },
		} {
			clean, err := parse()
			if err != nil {
				continue
			}
			for i := range len(clean) {
				if clean[i] <= ' ' || clean[i] >= 0x7f {
					t.Fatalf("%q gives %q", text, clean)
				}
			}
			u, err := parseURL(clean)
			if err != nil || u.Host == "" || u.User != nil || portOf(u) < 1 || portOf(u) > 65535 {
				t.Fatalf("%q gives %q, which gives %v, %v", text, clean, u, err)
			}
		}
	})
}

// No spelling of an address that stands for an inner one may pass.
func FuzzPrivateAddresses(f *testing.F) {
	f.Add([]byte{127, 0, 0, 1}, uint8(0))
	f.Add([]byte{10, 1, 2, 3}, uint8(1))
	list, err := compileRules(DefaultRules())
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, b []byte, form uint8) {
		if len(b) < 4 {
			return
		}
		inner := netip.AddrFrom4([4]byte(b[:4]))
		var outer [16]byte
		switch form % 4 {
		case 0:
			outer = netip.AddrFrom4([4]byte(b[:4])).As16()
		case 1:
			outer[0], outer[1] = 0x20, 0x02
			copy(outer[2:], b[:4])
		case 2:
			outer[1], outer[2], outer[3] = 0x64, 0xff, 0x9b
			copy(outer[12:], b[:4])
		case 3:
			outer[0], outer[1] = 0x20, 0x01
			for i, x := range b[:4] {
				outer[12+i] = ^x
			}
		}
		addr := netip.AddrFrom16(outer)
		if isPrivate(inner) && list.decide("x", addr, 80).allowed {
			t.Fatalf("%v, which means %v, is allowed", addr, inner)
		}
	})
}
