package http

import (
	"context"
	"fmt"
	"io"
	"log"
	"net"
	nethttp "net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"
)

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

// People are told once what to do about it, unless somebody has given rules; to ask whether an address is allowed is no mistake.
func TestRefusalIsExplainedOnce(t *testing.T) {
	const told = "not on the public internet, so programs may not connect to it; luart run --allow-private"
	explained := func(program string, opts ...option) int {
		t.Helper()
		c := start(t, program, opts...)
		if err := c.wait(); err != nil {
			t.Fatal(err)
		}
		return strings.Count(c.log.String(), told)
	}
	ask := `http.checkURL("http://127.0.0.1") `
	plain := withOptions(Options{Proxy: noProxy, Resolver: names{}})
	for _, test := range []struct {
		program string
		opts    option
		want    int
	}{
		{ask, plain, 0},
		{ask + `http.get("http://127.0.0.1:1/") http.get("http://10.0.0.1/") http.websocket("ws://127.0.0.1:1/")`, plain, 1},
		{`http.websocket("ws://127.0.0.1:1/")`, plain, 1},
		{`http.get("http://nowhere.example")`, plain, 0},
		{`http.get("http://127.0.0.1:1/")`, asks(func(o *Options) { o.Rules = []Rule{{Host: "*", Action: Deny}} }), 0},
	} {
		if n := explained(test.program, test.opts); n != test.want {
			t.Errorf("%s: told %d times, want %d", test.program, n, test.want)
		}
	}
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

func TestTimeouts(t *testing.T) {
	stop := make(chan struct{})
	s := upstream(t, func(w nethttp.ResponseWriter, r *nethttp.Request) {
		switch r.URL.Path {
		case "/slow": // but moving
			for range 8 {
				fmt.Fprint(w, "x") // all together longer than the client is patient
				w.(nethttp.Flusher).Flush()
				time.Sleep(150 * time.Millisecond)
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
		local function fails(text, url, timeout)
			local ok, message = http.get{url = url, timeout = timeout}
			if ok or message ~= text then error(tostring(message), 2) end
		end
		fails("Timed out", "URL/silent", 0.1)
		fails("Timed out", "URL/half", 0.1)
		fails("Timed out", "http://SILENT/", 0.1)
		fails("Timed out", "https://SILENT/", 0.1)
		fails("Could not connect", "URL/cut")
		fails("Could not connect", "http://GONE/")
		local r = assert(http.get{url = "URL/slow", timeout = 1})
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
