package http

import (
	"github.com/luart/luart/lua"
)

// Handles are tables of functions that are called with a dot, so each function has to know its request. To make the 13
// functions of a request in advance took 32 allocations a request and a third more time than all of this does, most of it
// for functions that are never called; so a handle makes a function when it is first asked for, and keeps it: 13
// allocations for a handler that uses three (BenchmarkHandles). Both handles share one metatable, made with them, whose
// __index and __pairs are one Go function:
//
//	index(handle, name)  makes the method
//	index(handle)        as __pairs: makes all methods, then the loop is that of a plain table

// handleKeys are the strings that handles need, made once.
type handleKeys struct {
	index, pairs lua.Value
	metatable    lua.Value // what keeps a plugin's hands off what the manager of plugins asks the handles for
	next         lua.Value // the built-in function
	request      []lua.Value
	response     []lua.Value
}

func newHandleKeys(next lua.Value) handleKeys {
	names := func(list ...string) (vs []lua.Value) {
		for _, n := range list {
			vs = append(vs, lua.Constant(n))
		}
		return vs
	}
	return handleKeys{
		index:     lua.Constant("__index"),
		pairs:     lua.Constant("__pairs"),
		metatable: lua.Constant("__metatable"),
		next:      next,
		request:   names("close", "getMethod", "getRemoteAddress", "getRequestHeaders", "getURL", "isWebsocket", "read", "readAll", "readLine", "upgrade"),
		response:  names("close", "flush", "isOpen", "setResponseHeader", "setStatusCode", "write", "writeLine"),
	}
}

// newHandles makes the tables for the script.
func (e *exchange) newHandles() (request, response lua.Value) {
	keys := &e.listener.servers.keys
	mt := lua.NewTable(0, 3)
	index := lua.NewFunction("index", e.index)
	_ = mt.Set(keys.index, index) // strings are valid keys
	_ = mt.Set(keys.pairs, index)
	_ = mt.Set(keys.metatable, lua.False)
	req, res := lua.NewTable(0, 4), lua.NewTable(0, 4)
	req.SetMetatable(mt)
	res.SetMetatable(mt)
	e.request = req
	return req.Value(), res.Value()
}

// index is __index and __pairs of both handles.
func (e *exchange) index(c lua.Call) (lua.Results, error) {
	t, ok := c.Arg(1).AsTable()
	if !ok {
		return c.Return1(lua.Nil)
	}
	if c.N() == 1 {
		return e.pairs(c, t)
	}
	k := c.Arg(2)
	name, ok := k.AsString()
	if !ok {
		if t != e.request {
			switch {
			case lua.RawEqual(k, e.listener.servers.openKey):
				return c.Return1(lua.Bool(state(e.state.Load()) == open))
			case lua.RawEqual(k, e.listener.servers.settleKey):
				return c.Return1(lua.NewFunction("settle", e.settle))
			}
		}
		return c.Return1(lua.Nil)
	}
	f := e.method(t, name)
	if f == nil {
		return c.Return1(lua.Nil)
	}
	v := lua.NewFunction(name, f)
	_ = t.Set(k, v)
	return c.Return1(v)
}

// method returns a method of the handle, or nil.
func (e *exchange) method(t *lua.Table, name string) lua.GoFunc {
	if t == e.request {
		switch name {
		case "close":
			return e.closeBody
		case "getMethod":
			return e.getMethod
		case "getRemoteAddress":
			return e.getRemoteAddress
		case "getRequestHeaders":
			return e.getRequestHeaders
		case "getURL":
			return e.getURL
		case "isWebsocket":
			return e.isWebsocket
		case "read":
			return e.readBytes
		case "readAll":
			return e.readAll
		case "readLine":
			return e.readLine
		case "upgrade":
			return e.upgrade
		}
		return nil
	}
	switch name {
	case "close":
		return e.closeResponse
	case "flush":
		return e.flush
	case "isOpen":
		return e.isOpen
	case "setResponseHeader":
		return e.setResponseHeader
	case "setStatusCode":
		return e.setStatusCode
	case "write":
		return e.write
	case "writeLine":
		return e.writeLine
	}
	return nil
}

func (e *exchange) pairs(c lua.Call, t *lua.Table) (lua.Results, error) {
	names := e.listener.servers.keys.response
	if t == e.request {
		names = e.listener.servers.keys.request
	}
	for _, k := range names {
		if t.Get(k).IsNil() {
			name, _ := k.AsString()
			_ = t.Set(k, lua.NewFunction(name, e.method(t, name)))
		}
	}
	return c.Return(e.listener.servers.keys.next, t.Value(), lua.Nil)
}
