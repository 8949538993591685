package http

import (
	"net"
	nethttp "net/http"
	"strconv"
	"strings"

	"github.com/luart/luart/lua"
)

// The methods of the request's handle: those of a file opened for reading (in text mode: read() gives a string), over the
// body, and those that tell what was asked for. They run on the computer's goroutine and never wait.

// readBytes is read([count]).
func (e *exchange) readBytes(c lua.Call) (lua.Results, error) { return e.readBody(c, (*reader).read) }

// readAll is readAll().
func (e *exchange) readAll(c lua.Call) (lua.Results, error) { return e.readBody(c, (*reader).readAll) }

// readLine is readLine([withTrailing]).
func (e *exchange) readLine(c lua.Call) (lua.Results, error) {
	return e.readBody(c, (*reader).readLine)
}

// closeBody is close(): the body can't be read any more; the other methods still work.
func (e *exchange) closeBody(c lua.Call) (lua.Results, error) { return e.readBody(c, (*reader).close) }

// readBody calls a method of the body's reader, unless the request is over.
func (e *exchange) readBody(c lua.Call, method func(*reader, lua.Call) (lua.Results, error)) (lua.Results, error) {
	p, err := e.live()
	if err != nil {
		return 0, err
	}
	return method(&p.body, c)
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
	host, port, err := net.SplitHostPort(p.request.RemoteAddr)
	if err != nil {
		return c.Return1(lua.String(p.request.RemoteAddr))
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
	t := lua.NewTable(0, len(p.request.Header)+1)
	size := 0
	for name, values := range p.request.Header {
		separator := ", "
		if name == "Cookie" {
			separator = "; "
		}
		value := strings.Join(values, separator)
		size += len(name) + len(value) + 128
		t.SetString(name, lua.String(value))
	}
	if p.request.Host != "" {
		t.SetString("Host", lua.String(p.request.Host)) // net/http keeps it apart
	}
	t.SetMetatable(e.listener.servers.headers)
	if err := c.Reserve(size); err != nil {
		return 0, err
	}
	return c.Return1(t.Value())
}

// newHeadersMetatable makes the metatable by which headers are found in any spelling: scripts written for CraftOS-PC ask
// for the spelling that their clients use.
func newHeadersMetatable() *lua.Table {
	mt := lua.NewTable(0, 1)
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
