package http

//lint:file-ignore ST1005 The texts are CraftOS's.

import (
	"context"
	"errors"
	"io"
	nethttp "net/http"
	"time"
)

// Fetcher makes requests whose responses are read as they come, for what is too long for http.request: downloads to files. The rules
// hold as they do there, for redirects as well. Any goroutine may use it.
type Fetcher struct{ transport *transport }

// NewFetcher returns a fetcher. Of the options, those count that are about clients.
func NewFetcher(o Options) *Fetcher {
	return &Fetcher{newTransport(o)}
}

// Get makes a GET request and follows redirects: up to 16 of the statuses 300 to 303, 305, 307 and 308, whereby a header that is a
// secret does not go to another host. patience is how long nothing may come; 0 is no limit. The body must be closed. ctx ends the reading of it, too. It may
// be of any length, unless a rule says otherwise, and is decoded if the server has encoded it all the same: then the length is -1.
// Response.Request.URL is where the response comes from. The errors, those of reading included, are those that programs are told of, or
// io.ErrUnexpectedEOF for a body that is shorter than was announced; Class tells them apart.
func (f *Fetcher) Get(ctx context.Context, address string, header nethttp.Header, patience time.Duration) (*nethttp.Response, error) {
	u, err := parseRequestURL(address)
	if err != nil {
		return nil, &urlError{err}
	}
	r := f.transport.newRequest(nethttp.MethodGet, u, header)
	r.timeout = patience
	r.header.Set("Accept-Encoding", "identity")
	for left := maxRedirects; ; left-- {
		resp, err := r.send(ctx)
		if err != nil {
			return nil, streamError(ctx, err)
		}
		code := resp.StatusCode
		if code == nethttp.StatusPermanentRedirect {
			code = nethttp.StatusTemporaryRedirect
		}
		to := redirectOf(r.url, code, resp.Header.Get("Location"))
		if to == nil || left == 0 {
			return resp.handOut(ctx), nil
		}
		resp.close()
		if _, err := parseRequestURL(to.String()); err != nil {
			return nil, &urlError{err}
		}
		r.follow(to, code)
	}
}

// handOut makes the response one whose body is decoded and closes the connection. ctx is that of reading it.
func (resp *response) handOut(ctx context.Context) *nethttp.Response {
	body, decoded := resp.flow()
	if decoded {
		resp.ContentLength, resp.Uncompressed = -1, true
	}
	resp.Body = &streamed{Reader: body, ctx: ctx, close: resp.close}
	return resp.Response
}

// streamed is the body of a response.
type streamed struct {
	io.Reader
	ctx   context.Context
	close func()
}

func (s *streamed) Read(p []byte) (int, error) {
	n, err := s.Reader.Read(p)
	if err != nil && !errors.Is(err, io.EOF) {
		err = streamError(s.ctx, err)
	}
	return n, err
}

func (s *streamed) Close() error {
	s.close()
	return nil
}

type urlError struct{ error }

func streamError(ctx context.Context, err error) error {
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case errors.Is(err, io.ErrUnexpectedEOF):
		return io.ErrUnexpectedEOF
	}
	return friendly(err)
}

// Class tells what kind of failure an error of a Fetcher is: "url", "denied" by the rules, "host" that is unknown, "timeout", "tls", "limit"
// of a rule, "truncated", "encoding", or "network" for all others.
func Class(err error) string {
	var malformed *urlError
	if errors.As(err, &malformed) {
		return "url"
	}
	for _, c := range []struct {
		err   error
		class string
	}{
		{errNotPermitted, "denied"}, {errUnknownHost, "host"}, {errTimeout, "timeout"}, {errInsecure, "tls"}, {errDownload, "limit"},
		{errUpload, "limit"}, {io.ErrUnexpectedEOF, "truncated"}, {errEncoding, "encoding"},
	} {
		if errors.Is(err, c.err) {
			return c.class
		}
	}
	return "network"
}
