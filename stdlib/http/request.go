package http

import (
	"bytes"
	"errors"
	"net"
	nethttp "net/http"
	"strconv"
	"strings"

	"github.com/luart/luart/lua"
	"github.com/luart/luart/stdlib"
)

// The methods of the request's handle: those of a file opened for reading (in text mode: read() gives a string), over the
// body, and those that tell what was asked for. They run on the computer's goroutine and never wait.

var errNegative = errors.New("Cannot read a negative number of bytes") //lint:ignore ST1005 CraftOS's text

// bodyLeft returns the content, whose body must not have been closed.
func (e *exchange) bodyLeft() (*content, error) {
	p, err := e.live()
	if err == nil && p.bodyClosed {
		err = overErrors[closed]
	}
	return p, err
}

// take returns the next n bytes of the body as a Lua string.
func (p *content) take(c lua.Call, n int) (lua.Results, error) {
	if err := c.Reserve(n); err != nil {
		return 0, err
	}
	b := p.body[p.read : p.read+n]
	p.read += n
	return c.Return1(lua.Bytes(b))
}

// readBytes is read([count]): the next byte, or up to count bytes; nil at the end.
func (e *exchange) readBytes(c lua.Call) (lua.Results, error) {
	p, err := e.bodyLeft()
	if err != nil {
		return 0, err
	}
	count, err := stdlib.OptFinite(c, 1, 1)
	if err != nil {
		return 0, err
	}
	if count <= -1 {
		return 0, errNegative
	}
	left := len(p.body) - p.read
	if left == 0 {
		return c.Return1(lua.Nil)
	}
	return p.take(c, int(min(float64(left), max(count, 0))))
}

// readAll is readAll(): the rest of the body, "" at the end.
func (e *exchange) readAll(c lua.Call) (lua.Results, error) {
	p, err := e.bodyLeft()
	if err != nil {
		return 0, err
	}
	return p.take(c, len(p.body)-p.read)
}

// readLine is readLine([withTrailing]): the next line, without its end unless asked for; nil at the end.
func (e *exchange) readLine(c lua.Call) (lua.Results, error) {
	p, err := e.bodyLeft()
	if err != nil {
		return 0, err
	}
	trailing, err := stdlib.OptBool(c, 1, false)
	if err != nil {
		return 0, err
	}
	rest := p.body[p.read:]
	if len(rest) == 0 {
		return c.Return1(lua.Nil)
	}
	i := bytes.IndexByte(rest, '\n')
	if i < 0 {
		return p.take(c, len(rest))
	}
	if trailing {
		return p.take(c, i+1)
	}
	if err := c.Reserve(i); err != nil {
		return 0, err
	}
	p.read += i + 1
	return c.Return1(lua.Bytes(bytes.TrimSuffix(rest[:i], []byte{'\r'})))
}

// closeBody is close(): the body can't be read any more; the other methods still work.
func (e *exchange) closeBody(c lua.Call) (lua.Results, error) {
	p, err := e.bodyLeft()
	if err != nil {
		return 0, err
	}
	p.bodyClosed = true
	return c.Return0()
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
