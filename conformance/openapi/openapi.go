// Package openapi holds servers to their descriptions: the OpenAPI files of docs/openapi.
//
// A file and a test's requests enter; the test fails for each answer that the file does not describe. Tests may use it, nothing else should.
package openapi

import (
	"bytes"
	"io"
	"mime"
	"net/http"
	"slices"
	"sync"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers"
	"github.com/getkin/kin-openapi/routers/legacy"
)

// Document is a description that requests are held to. Any goroutine may use it.
type Document struct {
	t      testing.TB
	doc    *openapi3.T
	router routers.Router

	mu   sync.Mutex
	seen map[string]bool
}

// Load reads a description. The test fails if it is not a valid one.
func Load(t testing.TB, file string) *Document {
	t.Helper()
	doc, err := openapi3.NewLoader().LoadFromFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if err := doc.Validate(t.Context()); err != nil {
		t.Fatalf("%s: %v", file, err)
	}
	doc.Servers = nil // the test's server is wherever it got a port
	router, err := legacy.NewRouter(doc)
	if err != nil {
		t.Fatalf("%s: %v", file, err)
	}
	return &Document{t: t, doc: doc, router: router, seen: map[string]bool{}}
}

// Client returns a client whose every exchange is checked. It follows no redirects.
func (d *Document) Client() *http.Client {
	return &http.Client{
		Transport:     &transport{d, &http.Transport{DisableCompression: true}},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// Unused lists the statuses of operations that no exchange had: "GET /plugins 200".
func (d *Document) Unused() []string {
	d.mu.Lock()
	defer d.mu.Unlock()
	var unused []string
	for path, item := range d.doc.Paths.Map() {
		for method, operation := range item.Operations() {
			for status := range operation.Responses.Map() {
				if key := method + " " + path + " " + status; !d.seen[key] {
					unused = append(unused, key)
				}
			}
		}
	}
	slices.Sort(unused)
	return unused
}

type transport struct {
	doc *Document
	to  *http.Transport
}

func (t *transport) CloseIdleConnections() { t.to.CloseIdleConnections() }

// RoundTrip implements http.RoundTripper.
func (t *transport) RoundTrip(req *http.Request) (*http.Response, error) {
	var sent []byte
	if req.Body != nil {
		var err error
		if sent, err = io.ReadAll(req.Body); err != nil {
			return nil, err
		}
		req = req.Clone(req.Context())
		req.Body = io.NopCloser(bytes.NewReader(sent))
	}
	resp, err := t.to.RoundTrip(req)
	if err != nil {
		return nil, err
	}
	kind, _, _ := mime.ParseMediaType(resp.Header.Get("Content-Type"))
	stream := kind == "text/event-stream"
	var got []byte
	if !stream {
		got, err = io.ReadAll(resp.Body)
		_ = resp.Body.Close()
		if err != nil {
			return nil, err
		}
		resp.Body = io.NopCloser(bytes.NewReader(got))
	}
	again := req.Clone(req.Context())
	again.Body = io.NopCloser(bytes.NewReader(sent))
	t.doc.check(again, resp, got, stream)
	return resp, nil
}

// check fails the test if the description has no such answer.
func (d *Document) check(req *http.Request, resp *http.Response, got []byte, stream bool) {
	d.t.Helper()
	status := resp.StatusCode
	if resp.Header.Get("X-Request-Id") == "" {
		// The listener has refused it before anybody looked at the path: its own text.
		if status < 400 {
			d.t.Errorf("%s %s: %d without X-Request-Id", req.Method, req.URL, status)
		}
		return
	}
	route, params, err := d.router.FindRoute(req)
	if err != nil {
		// No such path or method: the server has to see it that way, too. HEAD goes with GET, and OPTIONS is for browsers.
		switch {
		case req.Method == http.MethodOptions || req.Method == http.MethodHead:
		case status != http.StatusMethodNotAllowed && status != http.StatusNotFound && status != http.StatusUnauthorized && status != http.StatusBadRequest:
			d.t.Errorf("%s %s: %d is not described: %v", req.Method, req.URL, status, err)
		}
		return
	}
	d.mu.Lock()
	code := http.StatusText(status)
	if r := route.Operation.Responses.Status(status); r != nil {
		code = req.Method + " " + route.Path + " " + resp.Status[:3]
	}
	d.seen[code] = true
	d.mu.Unlock()
	options := &openapi3filter.Options{
		IncludeResponseStatus: true, ExcludeResponseBody: stream || req.Method == http.MethodHead, AuthenticationFunc: openapi3filter.NoopAuthenticationFunc,
		SkipSettingDefaults: true,
	}
	input := &openapi3filter.RequestValidationInput{Request: req, PathParams: params, Route: route, Options: options}
	if status < 400 {
		// What the server takes has to be described as well.
		if err := openapi3filter.ValidateRequest(req.Context(), input); err != nil {
			d.t.Errorf("%s %s: the server took it, but: %v", req.Method, req.URL, err)
		}
	}
	answer := &openapi3filter.ResponseValidationInput{RequestValidationInput: input, Status: status, Header: resp.Header, Options: options}
	answer.SetBodyBytes(got)
	if err := openapi3filter.ValidateResponse(req.Context(), answer); err != nil {
		d.t.Errorf("%s %s: %d: %v\n%s", req.Method, req.URL, status, err, got[:min(len(got), 2000)])
	}
}

func init() {
	openapi3filter.RegisterBodyDecoder("text/html", openapi3filter.PlainBodyDecoder)
}
