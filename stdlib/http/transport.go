package http

//lint:file-ignore ST1005 The texts are CraftOS's.

import (
	"bytes"
	"context"
	"errors"
	"io"
	nethttp "net/http"
	"net/url"
)

// transport is what NewTransport makes.
type transport struct {
	network network
	agent   string
	running chan struct{}
}

// NewTransport returns a transport for clients that aren't ours, such as those of modules made in Go: the rules hold for what goes through it as they
// do for http.request, redirects included if the client follows them, and so do the limits on what is sent and received. Of a response, the body
// has been read when it is returned; MaxRequests are under way at a time, others wait. The errors are those that programs are told of. Any
// goroutine may use it.
func NewTransport(o Options) nethttp.RoundTripper { return newTransport(o) }

func newTransport(o Options) *transport {
	n, _ := newNetwork(o) // Rule.Check would have told of the error
	return &transport{network: n, agent: o.agent(), running: make(chan struct{}, MaxRequests)}
}

// newRequest makes a request without a body.
func (t *transport) newRequest(method string, u *url.URL, header nethttp.Header) *request {
	r := &request{network: &t.network, url: u, method: method, header: header.Clone(), timeout: DefaultTimeout}
	if r.header == nil {
		r.header = nethttp.Header{}
	}
	if r.header.Get("User-Agent") == "" {
		r.header.Set("User-Agent", t.agent)
	}
	return r
}

// RoundTrip makes one request, over a connection of its own.
func (t *transport) RoundTrip(req *nethttp.Request) (*nethttp.Response, error) {
	if _, err := parseRequestURL(req.URL.String()); err != nil {
		closeBody(req)
		return nil, err
	}
	select {
	case t.running <- struct{}{}:
		defer func() { <-t.running }()
	case <-req.Context().Done():
		closeBody(req)
		return nil, req.Context().Err()
	}
	resp, err := t.roundTrip(req)
	if err != nil && !errors.Is(err, context.Canceled) && req.Context().Err() == nil {
		err = friendly(err)
	}
	return resp, err
}

func closeBody(req *nethttp.Request) {
	if req.Body != nil {
		req.Body.Close()
	}
}

func (t *transport) roundTrip(req *nethttp.Request) (*nethttp.Response, error) {
	defer closeBody(req)
	r := t.newRequest(req.Method, req.URL, req.Header)
	if req.Body != nil && req.Body != nethttp.NoBody {
		body, err := readUpTo(req.Body, t.network.rules.largestUpload(), req.ContentLength)
		if errors.Is(err, errDownload) {
			err = errUpload
		}
		if err != nil {
			return nil, err
		}
		r.body, r.hasBody = string(body), true
	}
	if req.Host != "" {
		r.header.Set("Host", req.Host)
	}
	resp, err := r.send(req.Context())
	if err != nil {
		return nil, err
	}
	defer resp.close()
	text, decoded, err := resp.whole()
	if err != nil {
		return nil, err
	}
	if decoded {
		resp.Header.Del("Content-Encoding")
		resp.Header.Del("Content-Length")
		resp.ContentLength, resp.Uncompressed = int64(len(text)), true
	}
	answer := resp.Response
	answer.Body, answer.Request = io.NopCloser(bytes.NewReader(text)), req
	return answer, nil
}
