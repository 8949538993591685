package http

import (
	"errors"
	"fmt"
	"io"
	nethttp "net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/luart/luart/lua"
)

// The methods of the response's handle. They run on the computer's goroutine; nothing is sent before close, or flush
// (response_stream.go).

// plainText are the headers of what the server says on its own. It is shared and must not be changed.
var plainText = nethttp.Header{
	"Content-Type":           {"text/plain; charset=utf-8"},
	"X-Content-Type-Options": {"nosniff"},
}

// write is write(text): adds a string or a number to the body.
func (e *exchange) write(c lua.Call) (lua.Results, error) { return e.add(c, "") }

// writeLine is writeLine(text): write and a line feed.
func (e *exchange) writeLine(c lua.Call) (lua.Results, error) { return e.add(c, "\n") }

func (e *exchange) add(c lua.Call, end string) (lua.Results, error) {
	p, err := e.live()
	if err != nil {
		return 0, err
	}
	s, err := checkText(c, 1)
	if err != nil {
		return 0, err
	}
	if out := e.out.Load(); out != nil {
		return out.write(c, s, end)
	}
	set := &e.listener.set
	n := len(s) + len(end)
	if int64(n) > set.maxResponse-int64(p.size()) {
		return 0, fmt.Errorf("response is too large (its body may have %d bytes: option max_response)", set.maxResponse)
	}
	if !e.charge(n) {
		return 0, tooMuchBuffered(set)
	}
	if p.buffer == nil {
		if p.text == "" && end == "" {
			p.text = s
			return c.Return0()
		}
		p.buffer = append(make([]byte, 0, len(p.text)+n), p.text...)
		p.text = ""
	}
	p.buffer = append(append(p.buffer, s...), end...)
	return c.Return0()
}

// unsent is live for what can't be changed once the headers have been sent.
func (e *exchange) unsent() (*content, error) {
	p, err := e.live()
	if err == nil && e.out.Load() != nil {
		return nil, errors.New("the status and the headers have been sent already")
	}
	return p, err
}

// setStatusCode is setStatusCode(code), 200 to 599. The reason phrase is the standard one. (CraftOS-PC takes one as
// second argument, which no client looks at.)
func (e *exchange) setStatusCode(c lua.Call) (lua.Results, error) {
	p, err := e.unsent()
	if err != nil {
		return 0, err
	}
	code, err := checkNumber(c, 1)
	if err != nil {
		return 0, err
	}
	if code < 100 || code > 599 {
		return 0, lua.ArgError(1, "status code out of range (200 to 599)")
	}
	if code < 200 {
		// RFC 9110 §15.2: one of these only announces the response.
		return 0, lua.ArgError(1, fmt.Sprintf("status code %d does not end a request; use one from 200 to 599", code))
	}
	p.status = code
	return c.Return0()
}

// setResponseHeader is setResponseHeader(name, value): replaces the header. A table of values gives it several times, an
// empty one takes it away.
func (e *exchange) setResponseHeader(c lua.Call) (lua.Results, error) {
	p, err := e.unsent()
	if err != nil {
		return 0, err
	}
	var values []string
	if t, ok := c.Arg(2).AsTable(); ok {
		for i := range t.Len() {
			v, ok := t.GetInt(i + 1).ToString()
			if !ok {
				return 0, lua.ArgError(2, fmt.Sprintf("expected strings in the table, got %s", c.VM().TypeName(t.GetInt(i+1))))
			}
			values = append(values, v)
		}
	} else {
		v, err := checkText(c, 2)
		if err != nil {
			return 0, err
		}
		values = []string{v}
	}
	name, err := checkText(c, 1)
	if err != nil {
		return 0, err
	}
	if !isToken(name) {
		return 0, lua.ArgError(1, fmt.Sprintf("%q can't be the name of a header", name))
	}
	size := 0
	for i, v := range values {
		if !isFieldValue(v) {
			return 0, lua.ArgError(2, "the value of a header can't contain line breaks or other control characters")
		}
		values[i] = strings.Trim(v, " \t")
		size += len(name) + len(values[i])
	}
	name = nethttp.CanonicalHeaderKey(name)
	switch name {
	case "Transfer-Encoding", "Trailer", "Keep-Alive":
		return 0, lua.ArgError(1, fmt.Sprintf("the header %s is the server's to set", name))
	}
	for _, v := range p.headers[name] {
		size -= len(name) + len(v)
	}
	if p.headerSize+size > maxResponseHeader {
		return 0, fmt.Errorf("response headers are too large (they may have %d bytes)", maxResponseHeader)
	}
	p.headerSize += size
	if p.headers == nil {
		p.headers = make(nethttp.Header, 4)
	}
	if len(values) == 0 {
		delete(p.headers, name)
	} else {
		p.headers[name] = values
	}
	return c.Return0()
}

// maxResponseHeader bounds the bytes of the names and values of a response's headers: clients take less.
const maxResponseHeader = 256 << 10

// isToken reports whether s can be the name of a header (RFC 9110 §5.6.2).
func isToken(s string) bool {
	for i := range len(s) {
		b := s[i]
		switch {
		case 'a' <= b && b <= 'z', 'A' <= b && b <= 'Z', '0' <= b && b <= '9', strings.IndexByte("!#$%&'*+-.^_`|~", b) >= 0:
		default:
			return false
		}
	}
	return s != ""
}

// isFieldValue reports whether s can be the value of a header: no control characters but tabs (RFC 9110 §5.5).
func isFieldValue(s string) bool {
	for i := range len(s) {
		if b := s[i]; b < ' ' && b != '\t' || b == 0x7f {
			return false
		}
	}
	return true
}

// closeResponse is close(): the response is sent, and both handles are closed.
func (e *exchange) closeResponse(c lua.Call) (lua.Results, error) {
	if _, err := e.live(); err != nil {
		return 0, err
	}
	if !e.finish(closed) {
		return 0, overErrors[e.state.Load()]
	}
	return c.Return0()
}

// autoLength is the length up to which net/http finds out the Content-Length on its own.
const autoLength = 2048

// sendHeaders puts the headers where net/http looks for them.
func (p *content) sendHeaders(w nethttp.ResponseWriter) nethttp.Header {
	h := w.Header()
	for name, values := range p.headers {
		h[name] = values
	}
	if p.headers["Content-Type"] == nil {
		h["Content-Type"] = nil // or net/http would guess one
	}
	if p.in != nil && !p.in.isWhole() {
		h["Connection"] = []string{"close"} // what is left of the body would be in the way of the next request
	}
	if h["Upgrade"] != nil {
		announceUpgrade(h, p.request)
	}
	return h
}

// announceUpgrade completes the header Upgrade, which says of what else the server is capable: over HTTP/1.1 it must be named in
// Connection (RFC 9110 §7.8), over HTTP/2 there is no such thing (RFC 9113 §8.2.2).
func announceUpgrade(h nethttp.Header, r *nethttp.Request) {
	if r.ProtoMajor > 1 {
		delete(h, "Upgrade")
	} else if !hasToken(h["Connection"], "upgrade") {
		h["Connection"] = append(slices.Clip(h["Connection"]), "Upgrade")
	}
}

// send writes the response that the script has closed; on net/http's goroutine.
func (p *content) send(w nethttp.ResponseWriter) {
	h := p.sendHeaders(w)
	status := p.status
	if status == 0 {
		status = nethttp.StatusOK
	}
	head := p.request.Method == nethttp.MethodHead
	n := p.size()
	switch {
	case status == nethttp.StatusNoContent || status == nethttp.StatusNotModified:
		delete(h, "Content-Length")
		w.WriteHeader(status)
		return
	case head && n == 0 && validLength(h["Content-Length"]):
		// The script knows how long the body would be.
	case n > autoLength || head && n > 0 || p.in != nil: // ServeHTTP may flush in the last case
		h["Content-Length"] = []string{strconv.Itoa(n)}
	default:
		delete(h, "Content-Length")
	}
	if status != nethttp.StatusOK {
		w.WriteHeader(status)
	}
	if head || n == 0 {
		return
	}
	// An error means that the client has gone; nobody is left to be told.
	if p.buffer != nil {
		_, _ = w.Write(p.buffer)
	} else {
		_, _ = io.WriteString(w, p.text)
	}
}

func validLength(values []string) bool {
	if len(values) != 1 {
		return false
	}
	_, err := strconv.ParseUint(values[0], 10, 63)
	return err == nil
}
