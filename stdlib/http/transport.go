package http

//lint:file-ignore ST1005 The texts are CraftOS's.

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	nethttp "net/http"
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
func NewTransport(o Options) nethttp.RoundTripper {
	list := o.Rules
	if list == nil {
		list = DefaultRules()
	}
	compiled, err := compileRules(list)
	if err != nil {
		compiled = nil // Rule.Check would have told; a list that isn't understood allows nothing
	}
	t := &transport{
		network: network{rules: compiled, resolver: o.Resolver, proxy: o.Proxy, tls: &tls.Config{RootCAs: o.RootCAs}},
		agent:   "computercraft/" + o.version(),
		running: make(chan struct{}, MaxRequests),
	}
	if t.network.resolver == nil {
		t.network.resolver = net.DefaultResolver
	}
	if t.network.proxy == nil {
		t.network.proxy = nethttp.ProxyFromEnvironment
	}
	return t
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
	r := &request{network: &t.network, url: req.URL, method: req.Method, header: req.Header.Clone(), timeout: DefaultTimeout}
	if r.header == nil {
		r.header = nethttp.Header{}
	}
	if r.header.Get("User-Agent") == "" {
		r.header.Set("User-Agent", t.agent)
	}
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
	ctx, cancel := context.WithCancel(req.Context())
	defer cancel()
	way, err := t.network.route(ctx, r.url, r.timeout)
	if err != nil {
		return nil, err
	}
	x := &attempt{request: r, route: way}
	x.open()
	defer x.transport.CloseIdleConnections()
	out, err := r.build(ctx)
	if err != nil {
		return nil, err
	}
	if req.Host != "" {
		out.Host = req.Host
	}
	resp, err := x.transport.RoundTrip(out)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	x.conn.setReady()
	limit := x.access.maxDownload
	if resp.ContentLength > limit && req.Method != nethttp.MethodHead {
		return nil, errDownload
	}
	body, decoded := r.decode(resp, &limited{resp.Body, limit})
	text, err := readUpTo(body, limit, resp.ContentLength)
	if err != nil {
		return nil, err
	}
	if decoded {
		resp.Header.Del("Content-Encoding")
		resp.Header.Del("Content-Length")
		resp.ContentLength, resp.Uncompressed = int64(len(text)), true
	}
	resp.Body, resp.Request = io.NopCloser(bytes.NewReader(text)), req
	return resp, nil
}
