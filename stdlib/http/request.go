package http

import (
	"net"
	nethttp "net/http"
	"strconv"
	"strings"

	"github.com/luart/luart/lua"
)

// The methods of the request's handle: those of a file opened for reading (in text mode: read() gives a string), over the
// body, and those that tell what was asked for. They run on the computer's goroutine, and wait for nothing but the body of a
// request to a listener with the option stream.

// readBytes is read([count]).
func (e *exchange) readBytes(c lua.Call) (lua.Results, error) {
	return e.readBody(c, (*reader).read, (*streamHandle).read)
}

// readAll is readAll().
func (e *exchange) readAll(c lua.Call) (lua.Results, error) {
	return e.readBody(c, (*reader).readAll, (*streamHandle).readAll)
}

// readLine is readLine([withTrailing]).
func (e *exchange) readLine(c lua.Call) (lua.Results, error) {
	return e.readBody(c, (*reader).readLine, (*streamHandle).readLine)
}

// closeBody is close(): the body can't be read any more; the other methods still work.
func (e *exchange) closeBody(c lua.Call) (lua.Results, error) {
	p, err := e.live()
	switch {
	case err != nil:
		return 0, err
	case p.in != nil:
		return (&streamHandle{stream: p.in.stream}).closeHandle(c)
	}
	return p.body.close(c)
}

// readBody calls a method of the body's reader, or of the stream that the body is, unless the request is over.
func (e *exchange) readBody(c lua.Call, whole func(*reader, lua.Call) (lua.Results, error),
	arriving func(*streamHandle, lua.Call) (lua.Results, error)) (lua.Results, error) {
	p, err := e.live()
	switch {
	case err != nil:
		return 0, err
	case p.in != nil:
		return p.in.read(c, arriving)
	}
	return whole(&p.body, c)
}

// getURL is getURL(): the target as the client sent it, undecoded and with its query.
func (e *exchange) getURL(c lua.Call) (lua.Results, error) {
	p, err := e.live()
	if err != nil {
		return 0, err
	}
	return c.Return1(lua.String(p.request.RequestURI))
}

// getMethod is getMethod(): the method as the client sent it.
func (e *exchange) getMethod(c lua.Call) (lua.Results, error) {
	p, err := e.live()
	if err != nil {
		return 0, err
	}
	return c.Return1(lua.String(p.request.Method))
}

// getRemoteAddress is getRemoteAddress(): the client's IP address and port.
func (e *exchange) getRemoteAddress(c lua.Call) (lua.Results, error) {
	p, err := e.live()
	if err != nil {
		return 0, err
	}
	return returnAddress(c, p.request.RemoteAddr)
}

// returnAddress returns the IP address and the port of a client.
func returnAddress(c lua.Call, address string) (lua.Results, error) {
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		return c.Return1(lua.String(address))
	}
	n, _ := strconv.Atoi(port)
	return c.Return(lua.String(host), lua.Int(n))
}

// getRequestHeaders is getRequestHeaders(): a table of the headers. Their names are in the canonical spelling
// (Content-Type), because net/http does not keep the client's; the table finds them in any spelling. The values of a
// repeated header are joined by ", " (RFC 9110 §5.3), those of Cookie by "; " (RFC 9113 §8.2.3).
func (e *exchange) getRequestHeaders(c lua.Call) (lua.Results, error) {
	p, err := e.live()
	if err != nil {
		return 0, err
	}
	return e.listener.servers.headersTable(c, p.request.Host, p.request.Header)
}

// headersTable returns the headers of a request as a table.
func (s *servers) headersTable(c lua.Call, host string, header nethttp.Header) (lua.Results, error) {
	t := lua.NewTable(0, len(header)+1)
	size := 0
	for name, values := range header {
		separator := ", "
		if name == "Cookie" {
			separator = "; "
		}
		value := strings.Join(values, separator)
		size += len(name) + len(value) + 128
		t.SetString(name, lua.String(value))
	}
	if host != "" {
		t.SetString("Host", lua.String(host)) // net/http keeps it apart
	}
	t.SetMetatable(s.headers)
	if err := c.Reserve(size); err != nil {
		return 0, err
	}
	return c.Return1(t.Value())
}

// newHeadersMetatable makes the metatable by which headers are found in any spelling: scripts written for CraftOS-PC ask
// for the spelling that their clients use.
func newHeadersMetatable() *lua.Table {
	mt := lua.NewTable(0, 2)
	mt.SetString("__metatable", lua.False) // it is that of all requests' headers
	mt.SetString("__index", lua.NewFunction("index", func(c lua.Call) (lua.Results, error) {
		t, ok := c.Arg(1).AsTable()
		name, isName := c.Arg(2).AsString()
		if !ok || !isName {
			return c.Return1(lua.Nil)
		}
		return c.Return1(t.GetString(nethttp.CanonicalHeaderKey(name)))
	}))
	return mt
}
