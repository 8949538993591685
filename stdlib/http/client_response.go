package http

import (
	"runtime"
	"strings"

	"github.com/luart/luart/lua"
)

// event is the name of a reply's event.
func (a *reply) event() string {
	if a.err != nil {
		return "http_failure"
	}
	return "http_success"
}

// values makes the event's values; on the computer's goroutine. s is the stream of a reply that has one.
func (a *reply) values(c *client, r *request, s *stream) []lua.Value {
	values := []lua.Value{lua.String(r.text)}
	if a.err != nil {
		values = append(values, lua.String(a.err.Error()))
	}
	if a.code == 0 {
		return values
	}
	return append(values, a.handle(c, r, s))
}

// responseHandle is a response in the hands of a program.
type responseHandle struct {
	client *client
	reply  *reply
	closed func() bool
}

// handle makes the table of a response: what it says of the status and the headers, and the functions of a file opened for reading.
func (a *reply) handle(c *client, r *request, s *stream) lua.Value {
	t := lua.NewTable(0, 8)
	h := &responseHandle{client: c, reply: a}
	type function struct {
		name string
		fn   lua.GoFunc
	}
	var functions []function
	var held []lua.Value
	if s != nil {
		reading := &streamHandle{s, r.binary}
		runtime.AddCleanup(reading, (*stream).close, s)
		h.closed = func() bool {
			reading.mu.Lock()
			defer reading.mu.Unlock()
			return reading.closed
		}
		functions = []function{
			{"close", reading.closeHandle}, {"read", reading.read}, {"readAll", reading.readAll}, {"readLine", reading.readLine},
		}
	} else {
		body := &bodyReader{}
		body.value, body.binary = a.body, r.binary
		body.text, _ = a.body.AsString()
		a.body = lua.Nil
		if err := c.account(len(body.text)); err != nil {
			body.end(err) // there is no room for it in the program's memory
		}
		h.closed = func() bool { return body.over == errClosedFile }
		held = []lua.Value{lua.NewUserdata(body, nil).Value()}
		functions = []function{
			{"close", body.close}, {"read", body.read}, {"readAll", body.readAll}, {"readLine", body.readLine}, {"seek", body.seek},
		}
	}
	functions = append(functions, function{"getResponseCode", h.getResponseCode}, function{"getResponseHeaders", h.getResponseHeaders},
		function{"getResponseHeaderValues", h.getResponseHeaderValues})
	for _, f := range functions {
		t.SetString(f.name, lua.NewFunctionHolding(f.name, f.fn, held...))
	}
	return t.Value()
}

// bodyReader is the reader of a response's body. The accounting sees the body through it until it is closed.
type bodyReader struct{ reader }

// Trace implements lua.Tracer.
func (b *bodyReader) Trace(visit func(lua.Value)) { visit(b.value) }

// getResponseCode is getResponseCode() -> code, text.
func (h *responseHandle) getResponseCode(c lua.Call) (lua.Results, error) {
	if h.closed() {
		return 0, errClosedFile
	}
	return c.Return(lua.Int(h.reply.code), lua.String(h.reply.reason))
}

// getResponseHeaders is getResponseHeaders(): a table of the headers, spelled as the server does; the table finds them in
// any spelling. The values of a repeated header are joined by ",".
func (h *responseHandle) getResponseHeaders(c lua.Call) (lua.Results, error) {
	if h.closed() {
		return 0, errClosedFile
	}
	t, size := lua.NewTable(0, len(h.reply.headers)), 0
	for _, header := range h.reply.headers {
		value := strings.Join(header.values, ",")
		size += len(header.name) + len(value) + 128
		t.SetString(header.name, lua.String(value))
	}
	t.SetMetatable(h.client.headers)
	if err := c.Reserve(size); err != nil {
		return 0, err
	}
	return c.Return1(t.Value())
}

// getResponseHeaderValues is getResponseHeaderValues(name): a list of the values of a header, which is asked for in any spelling; an
// empty one if it was not sent. It is ours: cookies that are joined by "," can't be taken apart.
func (h *responseHandle) getResponseHeaderValues(c lua.Call) (lua.Results, error) {
	if h.closed() {
		return 0, errClosedFile
	}
	name, err := checkText(c, 1)
	if err != nil {
		return 0, err
	}
	t, size := lua.NewTable(0, 0), 0
	for _, header := range h.reply.headers {
		if !strings.EqualFold(header.name, name) {
			continue
		}
		for _, value := range header.values {
			size += len(value) + 64
			t.Append(lua.String(value))
		}
	}
	if err := c.Reserve(size); err != nil {
		return 0, err
	}
	return c.Return1(t.Value())
}

// newSpelledHeadersMetatable makes the metatable by which headers are found in any spelling.
func newSpelledHeadersMetatable() *lua.Table {
	mt := lua.NewTable(0, 1)
	mt.SetString("__index", lua.NewFunction("index", func(c lua.Call) (lua.Results, error) {
		t, ok := c.Arg(1).AsTable()
		name, isName := c.Arg(2).AsString()
		if !ok || !isName {
			return c.Return1(lua.Nil)
		}
		for k, v, ok, _ := t.Next(lua.Nil); ok; k, v, ok, _ = t.Next(k) {
			if s, isString := k.AsString(); isString && strings.EqualFold(s, name) {
				return c.Return1(v)
			}
		}
		return c.Return1(lua.Nil)
	}))
	return mt
}
