package http

//lint:file-ignore ST1005 The texts are CraftOS's.

import (
	"bufio"
	"compress/flate"
	"compress/gzip"
	"compress/zlib"
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	nethttp "net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/luart/luart/lua"
)

// request is a request on its way. The computer's goroutine makes it; the one that fetches has it from then on.
type request struct {
	network *network
	text    string // the URL as the program has given it
	url     *url.URL
	method  string
	header  nethttp.Header
	body    string
	hasBody bool
	tooLong bool // the body is longer than any rule allows, and has been let go
	binary  bool
	direct  bool // redirects are not followed
	stream  bool
	timeout time.Duration // 0: none
}

// reply is what has come of a request.
type reply struct {
	err     error // nil: a response with a status of success
	code    int
	reason  string
	headers []headerField
	body    lua.Value // a string, unless there is a stream
	source  *source   // of a stream
}

// source is the body of a streamed response.
type source struct {
	io.Reader        // decoded
	cancel    func() // makes Read fail; may be called several times, on any goroutine
	release   func() // ends the request, on the goroutine that reads
	longest   int64  // bytes that one read may return
}

// fetch makes the request, follows redirects, and reads the response. The result is an error, or a reply whose err may say that
// the status is not one of success. ctx ends it, and the stream that comes of it.
func (r *request) fetch(ctx context.Context) *reply {
	if r.tooLong {
		return &reply{err: errUpload}
	}
	for left := maxRedirects; ; left-- {
		answer, next, err := r.attempt(ctx, left > 0 && !r.direct)
		if err != nil {
			return &reply{err: friendly(err)}
		}
		if next == nil {
			return answer
		}
		if _, err := parseRequestURL(next.to.String()); err != nil {
			return &reply{err: err}
		}
		r.follow(next.to, next.code)
	}
}

type redirect struct {
	to   *url.URL
	code int
}

// attempt makes one request and returns the response, or where it leads.
func (r *request) attempt(ctx context.Context, follow bool) (*reply, *redirect, error) {
	resp, err := r.send(ctx)
	if err != nil {
		return nil, nil, err
	}
	keep := false
	defer func() {
		if !keep {
			resp.close()
		}
	}()
	if follow {
		if to := redirectOf(r.url, resp.StatusCode, resp.Header.Get("Location")); to != nil {
			return nil, &redirect{to, resp.StatusCode}, nil
		}
	}
	reply := &reply{code: resp.StatusCode, reason: reasonOf(resp)}
	if reply.code < 200 || reply.code > 399 {
		reply.err = errors.New(reply.reason)
	}
	if r.stream && reply.err == nil { // a program that has no use for a failure may well forget to close it
		body, decoded := resp.flow()
		keep = true
		reply.headers = resp.headers(decoded, -1)
		reply.source = &source{body, resp.cancel, resp.close, resp.access.maxDownload}
		return reply, nil, nil
	}
	text, decoded, err := resp.whole()
	if err != nil {
		return nil, nil, err
	}
	reply.body = lua.Bytes(text)
	size := len(text)
	if r.method == nethttp.MethodHead {
		size = -1
	}
	reply.headers = resp.headers(decoded, size)
	return reply, nil, nil
}

// response is a response whose body has not been read.
type response struct {
	*nethttp.Response
	request *request
	access  access
	spelled map[string]string // names of headers as the server spells them, by the canonical ones
	cancel  func()            // makes reading the body fail; on any goroutine, may be called several times
	close   func()            // must be called once nobody reads the body any more
}

// send makes a request over a connection of its own, without redirects.
func (r *request) send(ctx context.Context) (*response, error) {
	way, err := r.network.route(ctx, r.url, r.timeout)
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithCancel(ctx)
	x := &attempt{request: r, route: way}
	x.open()
	end := func() { cancel(); x.transport.CloseIdleConnections() }
	resp, err := x.transport.RoundTrip(r.build(ctx))
	if err != nil {
		end()
		return nil, err
	}
	body := resp.Body // others may stand in its place in resp
	return &response{
		Response: resp, request: r, access: x.access, spelled: x.conn.setReady(),
		cancel: cancel, close: func() { end(); body.Close() },
	}, nil
}

// whole reads the body as far as the rules allow, and tells whether it was encoded.
func (resp *response) whole() (text []byte, decoded bool, err error) {
	limit := resp.access.maxDownload
	if resp.ContentLength > limit && resp.request.method != nethttp.MethodHead {
		return nil, false, errDownload
	}
	body, decoded := resp.decode(&limited{resp.Body, limit}) // what makes no text must end, too
	text, err = readUpTo(body, limit, resp.ContentLength)
	return text, decoded, err
}

// flow returns the body to be read as it comes, and whether it was encoded.
func (resp *response) flow() (body io.Reader, decoded bool) {
	body, decoded = resp.decode(resp.Body)
	if limit := resp.access.maxStream; limit > 0 {
		body = &limited{body, limit}
	}
	return body, decoded
}

// attempt is what net/http needs to make one request over a connection of its own.
type attempt struct {
	request   *request
	route     *route
	transport nethttp.Transport
	conn      *clientConn
	access    access
}

func (x *attempt) open() {
	timeout := x.request.timeout
	x.transport = nethttp.Transport{
		DialContext:            x.dial,
		TLSClientConfig:        x.route.network.tls,
		TLSHandshakeTimeout:    timeout,
		TLSNextProto:           map[string]func(string, *tls.Conn) nethttp.RoundTripper{}, // HTTP/1.1 only
		DisableKeepAlives:      true,                                                      // CraftOS: connection: close
		DisableCompression:     true,                                                      // decode does it
		MaxResponseHeaderBytes: maxClientHeader,
		ExpectContinueTimeout:  time.Second,
	}
	if x.route.proxy == nil {
		x.transport.DialTLSContext = x.dialTLS
	} else {
		x.transport.Proxy = nethttp.ProxyURL(x.route.proxy)
	}
}

// dial connects to the server or the proxy.
func (x *attempt) dial(ctx context.Context, _, address string) (net.Conn, error) {
	conn, err := x.connect(ctx, address)
	if err != nil {
		return nil, err
	}
	x.conn = &clientConn{Conn: conn, patience: x.request.timeout}
	return x.conn, nil
}

// dialTLS connects to the server, with TLS.
func (x *attempt) dialTLS(ctx context.Context, _, address string) (net.Conn, error) {
	conn, err := x.connect(ctx, address)
	if err != nil {
		return nil, err
	}
	config := x.route.network.tls.Clone()
	config.ServerName = x.request.url.Hostname()
	secure := tls.Client(&clientConn{Conn: conn, patience: x.request.timeout, ready: true}, config)
	if err := secure.HandshakeContext(ctx); err != nil {
		conn.Close()
		if errors.Is(friendly(err), errTimeout) {
			return nil, err
		}
		return nil, errInsecure
	}
	x.conn = &clientConn{Conn: secure}
	return x.conn, nil
}

func (x *attempt) connect(ctx context.Context, address string) (net.Conn, error) {
	conn, access, err := x.route.dial(ctx, address, x.request.timeout)
	if err != nil {
		return nil, err
	}
	if x.request.size() > access.maxUpload {
		conn.Close()
		return nil, errUpload
	}
	x.access = access
	return conn, nil
}

// size is what counts against the limit on uploads.
func (r *request) size() int64 {
	n := int64(len(r.body))
	for name, values := range r.header {
		for _, v := range values {
			n += int64(len(name) + len(v))
		}
	}
	return n
}

// build makes the request for net/http.
func (r *request) build(ctx context.Context) *nethttp.Request {
	req := (&nethttp.Request{
		Method: r.method, URL: r.url, Host: r.url.Host, Header: r.header.Clone(),
		Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
	}).WithContext(ctx)
	if host := req.Header.Get("Host"); host != "" {
		req.Host = host
		req.Header.Del("Host")
	}
	if r.hasBody {
		req.Body = io.NopCloser(strings.NewReader(r.body))
		req.ContentLength = int64(len(r.body))
		if r.body == "" {
			req.Body = nethttp.NoBody
		}
	}
	return req
}

// reasonOf returns the text that a response has with its status.
func reasonOf(resp *response) string {
	_, reason, _ := strings.Cut(resp.Status, " ")
	if reason = strings.TrimSpace(reason); reason != "" {
		return reason
	}
	if reason = nethttp.StatusText(resp.StatusCode); reason != "" {
		return reason
	}
	return "Unknown Status"
}

// headerField is a header of a response, in the server's spelling, with as many values as it was sent times.
type headerField struct {
	name   string
	values []string
}

// headers returns the headers. size is that of the body, -1 if it is not known.
func (resp *response) headers(decoded bool, size int) []headerField {
	var list []headerField
	add := func(name string, values ...string) {
		if s := resp.spelled[name]; s != "" {
			name = s
		}
		list = append(list, headerField{name, values})
	}
	for name, values := range resp.Header {
		switch {
		case name == "Content-Length" && (size >= 0 || decoded), name == "Content-Encoding" && decoded:
		default:
			add(name, values...)
		}
	}
	if size >= 0 {
		add("Content-Length", strconv.Itoa(size))
	}
	return list
}

var errEncoding = errors.New("Response can't be decoded")

// decode returns the body as it was before Content-Encoding, and whether there was such a thing.
func (resp *response) decode(body io.Reader) (io.Reader, bool) {
	if resp.request.method == nethttp.MethodHead || resp.Body == nethttp.NoBody {
		return body, false
	}
	encoding := strings.ToLower(strings.TrimSpace(resp.Header.Get("Content-Encoding")))
	if encoding != "gzip" && encoding != "x-gzip" && encoding != "deflate" {
		return body, false
	}
	return &decoder{body: body, encoding: encoding}, true
}

// decoder undoes an encoding. It looks at the body only when it is read.
type decoder struct {
	body     io.Reader
	encoding string
	decoded  io.Reader
	failure  error
}

func (d *decoder) Read(p []byte) (int, error) {
	if d.failure != nil {
		return 0, d.failure
	}
	if d.decoded == nil {
		if d.failure = d.open(); d.failure != nil {
			return 0, d.failure
		}
	}
	n, err := d.decoded.Read(p)
	var corrupt flate.CorruptInputError
	if errors.Is(err, gzip.ErrHeader) || errors.Is(err, gzip.ErrChecksum) || errors.Is(err, zlib.ErrChecksum) || errors.As(err, &corrupt) {
		err = errEncoding
	}
	d.failure = err
	return n, err
}

func (d *decoder) open() error {
	in := bufio.NewReader(d.body)
	start, err := in.Peek(2)
	if len(start) == 0 {
		return err // an empty body, most likely
	}
	switch {
	case d.encoding != "deflate":
		z, err := gzip.NewReader(in)
		if errors.Is(err, gzip.ErrHeader) {
			err = errEncoding
		}
		if err != nil {
			return err
		}
		d.decoded = z
	case len(start) == 2 && start[0]&15 == 8 && (int(start[0])<<8|int(start[1]))%31 == 0:
		z, err := zlib.NewReader(in)
		if err != nil {
			return errEncoding
		}
		d.decoded = z
	default: // some servers leave the header of zlib out
		d.decoded = flate.NewReader(in)
	}
	return nil
}

// limited fails with errDownload when there is more than left.
type limited struct {
	io.Reader
	left int64
}

func (l *limited) Read(p []byte) (int, error) {
	n, err := l.Reader.Read(p)
	if l.left -= int64(n); l.left < 0 {
		return 0, errDownload
	}
	return n, err
}

// readUpTo reads a body of at most limit bytes. announced is its length or -1.
func readUpTo(body io.Reader, limit, announced int64) ([]byte, error) {
	// Room for what was announced, one byte to see the end, and not more than little for a server that only announces.
	size := int64(512)
	if announced >= 0 {
		size = min(announced+1, 64<<10)
	}
	text := make([]byte, 0, size)
	for {
		if len(text) == cap(text) {
			text = append(text, 0)[:len(text)]
		}
		n, err := body.Read(text[len(text):cap(text)])
		text = text[:len(text)+n]
		if int64(len(text)) > limit {
			return nil, errDownload
		}
		if err == io.EOF {
			return text, nil
		}
		if err != nil {
			return nil, err
		}
	}
}
