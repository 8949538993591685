package http

import (
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	nethttp "net/http"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
)

// browser is a client of Go's with our rules.
func browser(change ...func(*Options)) *nethttp.Client {
	o := Options{Rules: anywhere, Proxy: noProxy, Resolver: names{}, Version: "1"}
	for _, f := range change {
		f(&o)
	}
	return &nethttp.Client{Transport: NewTransport(o)}
}

// fetched returns what a client has got: the status and the body, or the error.
func fetched(resp *nethttp.Response, err error) string {
	var wrapped *url.Error
	if errors.As(err, &wrapped) {
		err = wrapped.Err
	}
	if err != nil {
		return err.Error()
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		return err.Error()
	}
	return fmt.Sprintf("%d %s", resp.StatusCode, body)
}

func TestTransport(t *testing.T) {
	s := upstream(t, func(w nethttp.ResponseWriter, r *nethttp.Request) {
		body, _ := io.ReadAll(r.Body)
		switch r.URL.Path {
		case "/gzip":
			w.Header().Set("Content-Encoding", "gzip")
			z := gzip.NewWriter(w)
			io.WriteString(z, "unpacked")
			z.Close()
		case "/bomb":
			w.Header().Set("Content-Encoding", "gzip")
			z := gzip.NewWriter(w)
			io.CopyN(z, zeros{}, 64<<20)
			z.Close()
		case "/endless":
			for _, err := w.Write(make([]byte, 1<<16)); err == nil; _, err = w.Write(make([]byte, 1<<16)) {
			}
		default:
			fmt.Fprintf(w, "%s %s %q %s", r.Method, r.URL.Path, body, r.UserAgent())
		}
	})
	c := browser()
	resp, err := c.Get(s.URL + "/gzip")
	if err != nil || resp.Header.Get("Content-Encoding") != "" || resp.ContentLength != int64(len("unpacked")) {
		t.Fatal(resp, err)
	}
	for _, test := range []struct{ got, want string }{
		{fetched(resp, err), "200 unpacked"},
		{fetched(c.Get(s.URL + "/a")), `200 GET /a "" computercraft/1`},
		{fetched(c.Post(s.URL+"/b", "text/plain", strings.NewReader("body\x00"))), `200 POST /b "body\x00" computercraft/1`},
		{fetched(c.Get(s.URL + "/bomb")), errDownload.Error()},
		{fetched(c.Get(s.URL + "/endless")), errDownload.Error()},
		{fetched(c.Post(s.URL, "", io.LimitReader(zeros{}, 5<<20))), errUpload.Error()},
		{fetched(c.Get("ftp://example.com/")), "Invalid protocol 'ftp'"},
		{fetched(c.Get("http://nowhere.example/")), "Unknown host"},
	} {
		if test.got != test.want {
			t.Errorf("got %.200q, want %q", test.got, test.want)
		}
	}
}

// The rules hold for each redirect, and for the address that is connected to, whatever name it has.
func TestTransportHasRules(t *testing.T) {
	var reached atomic.Int32
	s := upstream(t, func(w nethttp.ResponseWriter, r *nethttp.Request) {
		reached.Add(1)
		if to := r.URL.Query().Get("to"); to != "" {
			nethttp.Redirect(w, r, to, nethttp.StatusFound)
		}
	})
	port := s.URL[strings.LastIndex(s.URL, ":"):]
	const denied = "Domain not permitted"
	c := browser(func(o *Options) {
		o.Rules, o.Resolver = nil, names{"inner.example": "10.0.0.1", "both.example": "10.0.0.1 127.0.0.1"}
	})
	for _, host := range []string{"localhost", "a.localhost", "127.0.0.1", "[::1]", "[::ffff:127.0.0.1]", "0.0.0.0", "inner.example", "both.example"} {
		if got := fetched(c.Get("http://" + host + port)); got != denied {
			t.Errorf("%s: %s", host, got)
		}
	}
	if reached.Load() != 0 {
		t.Error("the server was reached")
	}
	c = browser(func(o *Options) {
		o.Rules, o.Resolver = []Rule{{Host: "own.example", Action: Allow}, {Host: Private, Action: Deny}}, names{"own.example": "127.0.0.1"}
	})
	if got := fetched(c.Get("http://own.example" + port + "/?to=" + s.URL)); got != denied || reached.Load() != 1 {
		t.Errorf("%s, reached %d times", got, reached.Load())
	}
	// A name that changes its address in between is not asked for twice.
	names := &rebinding{}
	c = browser(func(o *Options) { o.Resolver, o.Rules = names, []Rule{{Host: "127.0.0.2", Action: Allow}} })
	if got := fetched(c.Get("http://evil.example" + port)); got != "Could not connect" || names.asked != 1 {
		t.Errorf("%s, the name was looked up %d times", got, names.asked)
	}
	// Rules that can't be understood allow nothing.
	c = browser(func(o *Options) { o.Rules = []Rule{{Host: "*", Action: Allow}, {}} })
	if got := fetched(c.Get(s.URL)); got != denied {
		t.Error(got)
	}
}

// A few requests are under way at a time; those that wait end with their contexts.
func TestTransportIsBounded(t *testing.T) {
	arrived, release := make(chan struct{}, 2*MaxRequests), make(chan struct{})
	s := upstream(t, func(nethttp.ResponseWriter, *nethttp.Request) {
		arrived <- struct{}{}
		<-release
	})
	c := browser()
	results := make(chan string, MaxRequests)
	for range MaxRequests {
		go func() { results <- fetched(c.Get(s.URL)) }()
	}
	for range MaxRequests {
		<-arrived
	}
	ctx, cancel := context.WithCancel(t.Context())
	waiting := make(chan string)
	go func() {
		req, _ := nethttp.NewRequestWithContext(ctx, "POST", s.URL, strings.NewReader("x"))
		waiting <- fetched(c.Do(req))
	}()
	cancel()
	if got := <-waiting; got != context.Canceled.Error() {
		t.Error(got)
	}
	close(release)
	for range MaxRequests {
		if got := <-results; got != "200 " {
			t.Error(got)
		}
	}
	if len(arrived) > 0 {
		t.Error("the request that waited was made all the same")
	}
}

// A request that is under way ends with its context.
func TestTransportEnds(t *testing.T) {
	arrived := make(chan struct{})
	s := upstream(t, func(_ nethttp.ResponseWriter, r *nethttp.Request) {
		close(arrived)
		<-r.Context().Done()
	})
	ctx, cancel := context.WithCancel(t.Context())
	go func() { <-arrived; cancel() }()
	req, err := nethttp.NewRequestWithContext(ctx, "GET", s.URL, nil)
	if err != nil {
		t.Fatal(err)
	}
	if got := fetched(browser().Do(req)); got != context.Canceled.Error() {
		t.Error(got)
	}
}
