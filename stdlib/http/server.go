// Package http is the http API of a computer: its servers, http.addListener, http.removeListener and what http.listen
// needs of the host, and its clients, http.request, http.checkURL and http.websocket. What is written in Lua on top of these
// is in rom/apis/http/http.lua.
//
// Into the servers come HTTP/1.1 requests, and with TLS HTTP/2 ones, through net/http, on goroutines of net/http's. What leaves: for each request one event
//
//	http_request, port, request, response
//
// in the computer's queue, never dropped, and for each of those one answer to the client. Into the clients come calls of
// programs; what leaves are requests to the outside, and for each of them one event, http_success, http_failure or http_check, and
// the events websocket_success, websocket_failure, websocket_message and websocket_closed. The runtime calls Open once per
// boot. Everything in the Lua tables runs on the computer's goroutine; nothing here may be called from another one but
// for what http.Server calls.
//
// # The way of a request to a server
//
//	listener.ServeHTTP      guards, limits; reads the body; posts the event                 net/http's goroutine
//	exchange.deliver        makes the handles                                               computer's goroutine
//	request.go, response.go the script reads the request and writes the response            computer's goroutine
//	response.close          hands the finished response over                                computer's goroutine
//	listener.ServeHTTP      sends it                                                        net/http's goroutine
//
// exchange.go says how the two goroutines share a request without a lock, and what becomes of a handle that is used
// after its request is over.
//
// Request bodies are read in full before the event is posted, and responses are sent when they are closed, so that no
// call of a script waits for the network, unless it asks for streams: request_stream.go, response_stream.go.
//
// certificate.go is TLS; guard.go says who is answered. exchange.handOver is how a request becomes something else.
//
// # The way of a request of a client
//
//	client_argument.go, url.go   check what the program asks for                             computer's goroutine
//	gate.go                      lets 16 requests go at a time
//	route.go, rules.go           look the name up, ask the rules, connect to that address    a goroutine of the request's
//	fetch.go, redirect.go        send the request, follow redirects, read the response       the same
//	client_response.go           makes the handle; reader.go, stream.go: its functions       computer's goroutine
//
// WebSockets (websocket_client.go) take the same route.
//
// # WebSockets
//
// websocket.go, websocket_conn.go and websocket_handle.go are what those of clients and of servers share. Each has one goroutine, which
// reads, and a second one while there is something to write.
//
//	websocket_server_handshake.go   checks the handshake, which ServeHTTP or request.upgrade passes on     net/http's goroutine
//	websocket_server_socket.go      reads: posts events, or fills the inbox of receive                     a goroutine of the socket's
//	websocket_server.go, websocket_server_handle.go   http.websocketServer and the methods                 computer's goroutine
package http

import (
	"cmp"
	"context"
	"crypto/x509"
	"fmt"
	"maps"
	"net"
	nethttp "net/http"
	"net/url"
	"slices"
	"sync"
	"time"

	"github.com/luart/luart/lua"
	"github.com/luart/luart/stdlib"
	"github.com/luart/luart/vfs"
)

// Options say what the http API of a computer may do. The zero value lets scripts listen wherever they ask to (unless they
// ask, they listen on 127.0.0.1), and connect to the public internet only.
type Options struct {
	// LoopbackOnly refuses the option host for all but loopback addresses.
	LoopbackOnly bool
	// Disabled leaves the global http out, servers included.
	Disabled bool
	// WebSocketsDisabled makes http.websocket fail.
	WebSocketsDisabled bool
	// Rules say which addresses clients may connect to, and how much they may send and receive; nil means DefaultRules. A list
	// with a rule that Check fails for allows nothing.
	Rules []Rule
	// Files are where the certificates of servers with TLS are read; without it scripts have to give their texts.
	Files *vfs.FS
	// Version is what the User-Agent has behind "computercraft/".
	Version string
	// Proxy returns the proxy for a request of a client, nil for none; http.ProxyFromEnvironment unless set. Only the request's URL
	// is set, with the scheme http or https.
	Proxy func(*nethttp.Request) (*url.URL, error)
	// Resolver looks names up; net.DefaultResolver unless set.
	Resolver Resolver
	// RootCAs are whom clients trust; the system's unless set.
	RootCAs *x509.CertPool
}

// agent is the User-Agent of clients.
func (o *Options) agent() string { return "computercraft/" + cmp.Or(o.Version, "1.113.1") }

// servers are the listeners of one computer.
type servers struct {
	computer stdlib.Computer
	options  Options
	// byPort holds the listeners that accept requests; for the computer's goroutine.
	byPort map[int]*listener
	// settleKey is a value that only http.lua knows: a response handle answers it with the function that ends the
	// response for a handler (exchange.settle).
	settleKey lua.Value
	openKey   lua.Value // likewise: a response handle answers it with whether the response is open
	keys      handleKeys
	account   func(bytes int) error // counts what the script gets without having asked for memory
	headers   *lua.Table            // metatable of tables of request headers

	mu   sync.Mutex
	live map[*listener]struct{} // those that are not fully closed, removed ones included
}

// Open puts the API's table, http, into the globals of the computer's VM. It must be called on the computer's goroutine.
//
// Besides the functions that scripts see, the table has openListener, openKey, settleKey, startRequest and startWebsocket, which
// http.lua takes and does not pass on.
func Open(c stdlib.Computer, o Options) {
	if !o.Disabled {
		openAPI(c, o)
	}
}

func openAPI(c stdlib.Computer, o Options) (*servers, *client) {
	t := lua.NewTable(0, 16)
	c.VM().Globals().SetString("http", t.Value())
	s, cl := newServers(c, o), newClient(c, o)
	s.natives(t)
	s.account = cl.account
	cl.natives(t)
	c.OnClose(s.close)
	c.OnClose(cl.close)
	return s, cl
}

func newServers(c stdlib.Computer, o Options) *servers {
	s := &servers{
		computer:  c,
		options:   o,
		byPort:    map[int]*listener{},
		settleKey: lua.NewTable(0, 0).Value(),
		openKey:   lua.NewTable(0, 0).Value(),
		live:      map[*listener]struct{}{},
	}
	s.keys = newHandleKeys(c.VM().Globals().GetString("next"))
	s.headers = newHeadersMetatable()
	return s
}

// natives puts the functions of servers into the API's table.
func (s *servers) natives(t *lua.Table) {
	t.SetString("addListener", lua.NewFunction("addListener", s.addListener))
	t.SetString("removeListener", lua.NewFunction("removeListener", s.removeListener))
	t.SetString("openListener", lua.NewFunction("openListener", s.openListener))
	t.SetString("websocketServer", lua.NewFunction("websocketServer", s.websocketServer))
	t.SetString("settleKey", s.settleKey)
	t.SetString("openKey", s.openKey)
}

// addListener is http.addListener(port[, options]) -> port.
func (s *servers) addListener(c lua.Call) (lua.Results, error) {
	port, err := checkPort(c, 1)
	if err != nil {
		return 0, err
	}
	if port < 0 {
		return 0, lua.ArgError(1, "port out of range")
	}
	set, err := checkSettings(c, 2, "options", s.put)
	if err != nil {
		return 0, err
	}
	l, err := s.listen("http.addListener", port, set)
	if err != nil {
		return 0, err
	}
	return c.Return1(lua.Int(l.port))
}

// openListener(port, options) -> port | nil, message: addListener for http.lua, which has checked the port and puts its
// caller's position before the message.
func (s *servers) openListener(c lua.Call) (lua.Results, error) {
	port, err := checkPort(c, 1)
	var set settings
	if err == nil {
		set, err = checkSettings(c, 2, "options", s.putListen)
	}
	var l *listener
	if err == nil {
		l, err = s.listen("http.listen", port, set)
	}
	if err != nil {
		return c.Return(lua.Nil, lua.String(err.Error()))
	}
	return c.Return1(lua.Int(l.port))
}

// removeListener is http.removeListener(port). The port is free when it returns; requests that the script has taken may
// still be answered, others get 503.
func (s *servers) removeListener(c lua.Call) (lua.Results, error) {
	port, err := checkPort(c, 1)
	if err != nil {
		return 0, err
	}
	if l := s.byPort[port]; l != nil {
		delete(s.byPort, port)
		l.remove(false)
	}
	return c.Return0()
}

// listen opens a listener, in place of the one that the computer may have on the port.
func (s *servers) listen(who string, port int, set settings) (*listener, error) {
	return s.listenWith(who, port, set, nil)
}

// listenWith is listen for a listener that opens WebSockets only, if upgrades is not nil.
func (s *servers) listenWith(who string, port int, set settings, upgrades *socketServer) (*listener, error) {
	if s.options.LoopbackOnly && !set.loopback() {
		return nil, loopbackOnlyError(who, set.host)
	}
	if err := ports.mayTake(port, s); err != nil {
		return nil, portError(who, set.host, port, err)
	}
	if old := s.byPort[port]; old != nil && old.upgrades != nil {
		return nil, portError(who, set.host, port, errOwnSocketServer)
	}
	if len(s.byPort) >= MaxListeners && s.byPort[port] == nil {
		return nil, fmt.Errorf("%s: %d ports are open already; close some with http.removeListener(PORT), or the WebSocket servers on them", who, MaxListeners)
	}
	var socket net.Listener
	if old := s.byPort[port]; old != nil {
		if old.set.host == set.host {
			socket = old.socket()
		}
		delete(s.byPort, port)
		old.remove(true)
	}
	l, err := newListener(s, port, set, socket)
	if err != nil {
		return nil, portError(who, set.host, port, err)
	}
	if upgrades != nil {
		l.upgrades, upgrades.listener = upgrades, l
	}
	s.byPort[l.port] = l
	s.mu.Lock()
	s.live[l] = struct{}{}
	s.mu.Unlock()
	l.start()
	return l, nil
}

// forget is called when a listener is fully closed.
func (s *servers) forget(l *listener) {
	s.mu.Lock()
	delete(s.live, l)
	s.mu.Unlock()
}

// close ends all listeners. The script does not run any more, so requests that it has not answered get 503; answers that
// are on their way may arrive until ctx is done.
func (s *servers) close(ctx context.Context) {
	for port, l := range s.byPort {
		delete(s.byPort, port)
		l.remove(false)
	}
	s.mu.Lock()
	live := slices.Collect(maps.Keys(s.live))
	s.mu.Unlock()
	for _, l := range live {
		l.cancel()
	}
	for _, l := range live {
		select {
		case <-l.gone:
		case <-ctx.Done():
			l.server.Close()
			l.sockets.cut()
			select {
			case <-l.gone:
			case <-time.After(time.Second): // a connection that does not end is the system's affair now
			}
		}
	}
}
