package runtime_test

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/gorilla/websocket"

	"github.com/luart/luart/runtime"
)

// JSON-RPC over WebSocket, by sockets from outside: a server, clients of it, and the plugin that most tests call.

// rpcServer is a control plane with its JSON-RPC, which runs until the test ends.
type rpcServer struct {
	*controlled
	address   string
	addresses map[string]string // of all facades
	stop      context.CancelFunc
	ended     chan struct{}

	computer *runtime.Computer
}

// startRPC starts a server with plugins; settings are those of its section.
func startRPC(t testing.TB, files map[string]string, settings map[string]any) *rpcServer {
	t.Helper()
	s := newRPCServer(t, files)
	s.start(settings)
	return s
}

// newRPCServer makes a server that is yet to be started.
func newRPCServer(t testing.TB, files map[string]string) *rpcServer {
	return &rpcServer{controlled: newControlled(t, files), ended: make(chan struct{})}
}

func (s *rpcServer) start(settings map[string]any) {
	t, c := s.t, s.controlled
	t.Helper()
	all := map[string]any{"port": 0}
	for name, value := range settings {
		all[name] = value
	}
	for _, section := range []string{"ratchet", "network", "packages"} {
		if c.set[section] == nil {
			c.set[section] = map[string]any{"enabled": false}
		}
	}
	c.set["rpc"] = all
	ready := make(chan map[string]string, 1)
	computer, err := runtime.New(
		runtime.WithControl(runtime.Control{
			Plugins: c.plugins, Data: c.data, Secrets: c.secrets, AllowPrivate: true,
			Settings: func() (map[string]any, error) { return c.set, nil },
			Ready:    func(addresses map[string]string) { ready <- addresses },
		}),
		runtime.WithStdout(&c.out), runtime.WithStderr(&c.out), runtime.WithLocation(time.UTC), runtime.WithMemory(c.memory),
		runtime.WithLogger(slog.New(slog.NewTextHandler(&c.log, nil))),
	)
	if err != nil {
		t.Fatal(err)
	}
	s.computer = computer
	ctx, cancel := context.WithCancel(context.Background())
	s.stop = func() {
		cancel()
		<-s.ended
	}
	go func() {
		defer close(s.ended)
		_, err := computer.Run(ctx)
		if err != nil && !errors.Is(err, runtime.ErrStopped) && ctx.Err() == nil {
			t.Errorf("the server: %v\n%s\n%s", err, c.out.String(), c.log.String())
		}
	}()
	t.Cleanup(s.stop)
	select {
	case addresses := <-ready:
		s.addresses, s.address = addresses, addresses["rpc"]
	case <-s.ended:
	case <-time.After(time.Minute):
		t.Error("the server does not start")
	}
	if s.address == "" {
		t.Fatalf("there is no JSON-RPC:\n%s\n%s", c.out.String(), c.log.String())
	}
}

// rpcConn is a client.
type rpcConn struct {
	t testing.TB
	*websocket.Conn
}

func (s *rpcServer) dial(header http.Header, query string) (*rpcConn, *http.Response, error) {
	conn, response, err := websocket.DefaultDialer.Dial(s.address+query, header)
	return &rpcConn{s.t, conn}, response, err
}

func (s *rpcServer) connect() *rpcConn {
	s.t.Helper()
	conn, _, err := s.dial(nil, "")
	if err != nil {
		s.t.Fatalf("%v\n%s\n%s", err, s.out.String(), s.log.String())
	}
	s.t.Cleanup(func() { conn.Close() })
	return conn
}

func (c *rpcConn) send(text string) {
	c.t.Helper()
	if err := c.WriteMessage(websocket.TextMessage, []byte(text)); err != nil {
		c.t.Fatal(err)
	}
}

// next is the next message.
func (c *rpcConn) next() string {
	c.t.Helper()
	if err := c.SetReadDeadline(time.Now().Add(time.Minute)); err != nil {
		c.t.Fatal(err)
	}
	_, data, err := c.ReadMessage()
	if err != nil {
		c.t.Fatal(err)
	}
	return string(data)
}

// gets wants the next messages, with the members of their objects in any order. "…" at the end of a string stands for anything.
func (c *rpcConn) gets(want ...string) {
	c.t.Helper()
	for _, each := range want {
		got := c.next()
		if !sameJSON(c.t, got, each) {
			c.t.Errorf("got  %s\nwant %s", got, each)
		}
	}
}

// says sends a text and wants answers.
func (c *rpcConn) says(text string, want ...string) {
	c.t.Helper()
	c.send(text)
	for _, each := range want {
		got := c.next()
		if !sameJSON(c.t, got, each) {
			c.t.Errorf("%s\ngot  %s\nwant %s", text, got, each)
		}
	}
}

// quiet makes sure that nothing was sent: the next message is the answer to a request.
func (c *rpcConn) quiet() {
	c.t.Helper()
	c.says(`{"jsonrpc":"2.0","id":"quiet","method":"CORE__NAME"}`, `{"jsonrpc":"2.0","id":"quiet","result":"luart"}`)
}

func sameJSON(t testing.TB, got, want string) bool {
	t.Helper()
	var g, w any
	if err := unmarshalNumbers(want, &w); err != nil {
		t.Fatalf("%s: %v", want, err)
	}
	return unmarshalNumbers(got, &g) == nil && matches(g, w)
}

func unmarshalNumbers(text string, v any) error {
	d := json.NewDecoder(strings.NewReader(text))
	d.UseNumber()
	return d.Decode(v)
}

func matches(got, want any) bool {
	switch want := want.(type) {
	case map[string]any:
		g, ok := got.(map[string]any)
		if !ok || len(g) != len(want) {
			return false
		}
		for name, value := range want {
			other, ok := g[name]
			if !ok || !matches(other, value) {
				return false
			}
		}
		return true
	case []any:
		g, ok := got.([]any)
		if !ok || len(g) != len(want) {
			return false
		}
		for i := range want {
			if !matches(g[i], want[i]) {
				return false
			}
		}
		return true
	case string:
		g, ok := got.(string)
		if before, found := strings.CutSuffix(want, "…"); found {
			return ok && strings.HasPrefix(g, before)
		}
		return ok && g == want
	}
	return got == want
}

const calcPlugin = `
rpc("ADD", function(a, b) return a + (b or 2) end, { doc = "Adds two numbers.\nReturns their sum.", params = { "a: number", "b?: number" } })
rpc("SHOW", function(...) local n = select("#", ...) return { n = n, values = { ... } } end, { doc = "Shows what it gets." })
rpc("NAMED", function(args, kwargs, context) return { args = args, kwargs = kwargs, method = context.method } end, { context = true })
rpc("PLAIN", function(options) return options end, { envelope = false })
rpc("ARGS", function(args, kwargs) return { args = args, kwargs = kwargs } end, { params = { "args", "kwargs?" } })
rpc("ECHO", function(value) return value end)
rpc("_hidden_", function() return "ok" end)
rpc("SLOW", function(seconds) sleep(seconds) return "slow" end)
rpc("FAIL", function() error("the reason") end)
rpc("FAIL_CODE", function(code, data) error(rpc.error(code or -32050, "declared", data)) end)
rpc("FAIL_PARAMS", function() error(rpc.error(-32602, "a must be even")) end)
rpc("BAD_UTF8", function() return { name = "\xff" } end)
rpc("FUNCTION", function() return { f = print } end)
rpc("CYCLE", function() local t = {} t.t = t return t end)
rpc("NAN", function() return 0/0 end)
rpc("NOTHING", function() end)
rpc("EMPTY", function(kind) if kind == "array" then return textutils.empty_json_array end return {} end)
rpc("COUNT", function() count = (count or 0) + 1 return count end)
rpc("FOREVER", function() while true do end end)
topic("news") topic("weather", { state = true, doc = "The last forecast." })
rpc("PUBLISH", function(name, value) publish(name, value) return "published" end)
rpc("PUSH", function(value) rpc.client().notify("pushed", value) return rpc.client().id == rpc.client().id end)
rpc("ASK", function(question, seconds) return { rpc.client().call("confirm", { message = question }, seconds) } end)
`
