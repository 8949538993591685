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

// JSON-RPC over WebSocket, by sockets from outside.

// rpcServer is a control plane with its JSON-RPC, which runs until the test ends.
type rpcServer struct {
	*controlled
	address string
	stop    context.CancelFunc
	ended   chan struct{}

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
		c.set[section] = map[string]any{"enabled": false}
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
		s.address = addresses["rpc"]
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

// What is sent reaches the function, in all the forms that clients have for it.
func TestRPCParams(t *testing.T) {
	c := startRPC(t, map[string]string{"calc/main.lua": calcPlugin}, nil).connect()
	for _, test := range []struct{ method, params, want string }{
		{"ADD", `[1,5]`, `6`},
		{"ADD", `[1,5,7,8]`, `6`}, // surplus
		{"ADD", `[1]`, `3`},
		{"ADD", `{"a":1,"zzz":3}`, `3`}, // unknown names
		{"ADD", `{"b":4,"a":1}`, `5`},
		{"ADD", `7`, `9`}, // a scalar
		{"ADD", `{"args":[1],"kwargs":{}}`, `3`},
		{"ADD", `{"args":[1],"kwargs":{"b":5}}`, `6`},
		{"ADD", `{"kwargs":{"b":5,"a":2}}`, `7`},
		{"ADD", `[{"args":[1,2],"kwargs":{}}]`, `3`},
		{"ADD", `[{"args":[1]}]`, `3`},
		{"ADD", `[1,null]`, `3`},
		{"ADD", `{"a":1.5,"b":null}`, `3.5`},
		{"SHOW", ``, `{"n":0,"values":{}}`},
		{"SHOW", `null`, `{"n":0,"values":{}}`},
		{"SHOW", `{}`, `{"n":0,"values":{}}`},
		{"SHOW", `[]`, `{"n":0,"values":{}}`},
		{"SHOW", `false`, `{"n":1,"values":[false]}`},
		{"SHOW", `"text"`, `{"n":1,"values":["text"]}`},
		{"SHOW", `[1,"two",true]`, `{"n":3,"values":[1,"two",true]}`},
		{"SHOW", `{"x":1}`, `{"n":1,"values":[{"x":1}]}`},
		{"SHOW", `{"args":[1],"kwargs":{"x":2}}`, `{"n":2,"values":[1,{"x":2}]}`},
		{"SHOW", `{"args":[1],"kwargs":{"x":2},"more":1}`, `{"n":1,"values":[{"args":[1],"kwargs":{"x":2},"more":1}]}`},
		{"SHOW", `[[1,2]]`, `{"n":1,"values":[[1,2]]}`},
		{"PLAIN", `{"args":[1],"kwargs":{}}`, `{"args":[1],"kwargs":{}}`},
		{"PLAIN", `[{"args":[1],"kwargs":{}}]`, `{"args":[1],"kwargs":{}}`},
		{"ARGS", `{"args":[1],"kwargs":{}}`, `{"args":[1],"kwargs":{}}`},
		{"ARGS", `{"args":[1]}`, `{"args":[1]}`},
		{"NAMED", `[1,2]`, `{"args":[1,2],"kwargs":{},"method":"CALC__NAMED"}`},
		{"NAMED", `{"x":{"args":[]}}`, `{"args":{},"kwargs":{"x":{"args":[]}},"method":"CALC__NAMED"}`},
	} {
		params := ""
		if test.params != "" {
			params = `,"params":` + test.params
		}
		c.says(`{"jsonrpc":"2.0","id":1,"method":"CALC__`+test.method+`"`+params+`}`, `{"jsonrpc":"2.0","id":1,"result":`+test.want+`}`)
	}
	for params, message := range map[string]string{
		``: "too few arguments: a is missing", `null`: "too few arguments: a is missing", `[]`: "too few arguments: a is missing", `{}`: "too few arguments: a is missing",
		`{"b":1}`: "too few arguments: a is missing", `{"args":[],"kwargs":{}}`: "too few arguments: a is missing",
		`["x"]`: "a must be a number, not string", `[1,[]]`: "b must be a number, not array", `{"a":{}}`: "a must be a number, not object",
		`{"args":[1],"kwargs":{"a":2}}`: "a is given by its position and by its name",
	} {
		if params != "" {
			params = `,"params":` + params
		}
		c.says(`{"jsonrpc":"2.0","id":1,"method":"CALC__ADD"`+params+`}`, `{"jsonrpc":"2.0","id":1,"error":{"code":-32602,"message":"`+message+`"}}`)
	}
}

// Values come back as they were, and what JSON does not have is an error that says so.
func TestRPCValues(t *testing.T) {
	c := startRPC(t, map[string]string{"calc/main.lua": calcPlugin}, nil).connect()
	for _, value := range []string{
		`0`, `-1.5`, `1e+300`, `9007199254740991`, `0.1`, `""`, `"\u0000 ä 😀"`, `[]`, `{}`, `[[],{}]`, `{"a":[]}`, `[null,1]`, `{"a":null}`, `true`, `{"id":7,"x":{"id":[1]}}`, `[{"id":"7"}]`,
	} {
		c.says(`{"jsonrpc":"2.0","id":1,"method":"CALC__ECHO","params":[`+value+`]}`, `{"jsonrpc":"2.0","id":1,"result":`+value+`}`)
	}
	for method, want := range map[string]string{"NOTHING": `null`, "EMPTY": `{}`, "HIDDEN": `"ok"`} {
		c.says(`{"jsonrpc":"2.0","id":1,"method":"CALC__`+method+`"}`, `{"jsonrpc":"2.0","id":1,"result":`+want+`}`)
	}
	c.says(`{"jsonrpc":"2.0","id":1,"method":"CALC__EMPTY","params":["array"]}`, `{"jsonrpc":"2.0","id":1,"result":[]}`)
	for method, want := range map[string]string{
		"BAD_UTF8": "the result of the method: can't write JSON: a string that is not UTF-8; encode it, for example as base64, at name",
		"FUNCTION": "the result of the method: can't write JSON: a function at f", "CYCLE": "the result of the method: can't write JSON: nested deeper…",
		"NAN": "the result of the method: can't write JSON: a number that is not finite",
	} {
		c.says(`{"jsonrpc":"2.0","id":1,"method":"CALC__`+method+`"}`, `{"jsonrpc":"2.0","id":1,"error":{"code":-32603,"message":"Internal Error","data":"`+want+`"}}`)
	}
}

// Ids are echoed as they were written.
func TestRPCIDs(t *testing.T) {
	c := startRPC(t, nil, nil).connect()
	for _, id := range []string{
		`0`, `"0"`, `-9007199254740991`, `-9007199254740993`, `123456789012345678901234567890`, `1.0`, `1e2`, `"\u00e4"`, `""`, `null`, `true`, `[1, 2]`, `{"id": 5}`,
	} {
		c.send(`{"jsonrpc":"2.0","id":` + id + `,"method":"CORE__NAME"}`)
		if got, want := c.next(), `{"jsonrpc":"2.0","id":`+id+`,"result":"luart"}`; got != want {
			t.Errorf("got %s, want %s", got, want)
		}
		c.send(`{"jsonrpc":"2.0","id":` + id + `,"method":"nothing"}`)
		if got, want := c.next(), `{"jsonrpc":"2.0","error":{"message":"Method not found","code":-32601},"id":`+id+`}`; !sameJSON(t, got, want) || !strings.HasSuffix(got, `,"id":`+id+`}`) {
			t.Errorf("got %s, want %s", got, want)
		}
		c.send(`[{"jsonrpc":"2.0","id":` + id + `,"method":"CORE__NAME"}]`)
		if got, want := c.next(), `[{"jsonrpc":"2.0","id":`+id+`,"result":"luart"}]`; got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
}

func TestRPCErrors(t *testing.T) {
	s := startRPC(t, map[string]string{"calc/main.lua": calcPlugin}, map[string]any{"max_batch": 3, "max_depth": 10, "max_message": 100000})
	c := s.connect()
	const invalid = `"error":{"code":-32600,"message":"Invalid request","data":"it…"}`
	for _, test := range []struct{ frame, want string }{
		{`{`, `{"jsonrpc":"2.0","id":null,"error":{"code":-32700,"message":"Invalid JSON was received","data":"malformed JSON: …"}}`},
		{`nonsense`, `{"jsonrpc":"2.0","id":null,"error":{"code":-32700,"message":"Invalid JSON was received","data":"malformed JSON: …"}}`},
		{``, `{"jsonrpc":"2.0","id":null,"error":{"code":-32700,"message":"Invalid JSON was received","data":"malformed JSON: …"}}`},
		{`{"jsonrpc":"2.0","id":1,"method":"CORE__NAME","id":2}`, `{"jsonrpc":"2.0","id":null,"error":{"code":-32700,"message":"Invalid JSON was received","data":"malformed JSON: an object has a name twice…"}}`},
		{strings.Repeat("[", 11) + strings.Repeat("]", 11), `{"jsonrpc":"2.0","id":null,"error":{"code":-32700,"message":"Invalid JSON was received","data":"malformed JSON: nested deeper…"}}`},
		{`"\ud800"`, `{"jsonrpc":"2.0","id":null,"error":{"code":-32700,"message":"Invalid JSON was received","data":"malformed JSON: …"}}`},
		{`{"jsonrpc":"2.0","method":"CORE__NAME","id":1e999,"params":[1e999]}`, `{"jsonrpc":"2.0","id":null,"error":{"code":-32700,"message":"Invalid JSON was received","data":"malformed JSON: the number 1e999 is out of range"}}`},
		{`1`, `{"jsonrpc":"2.0","id":null,` + invalid + `}`},
		{`"x"`, `{"jsonrpc":"2.0","id":null,` + invalid + `}`},
		{`null`, `{"jsonrpc":"2.0","id":null,` + invalid + `}`},
		{`{}`, `{"jsonrpc":"2.0","id":null,` + invalid + `}`},
		{`{"id":1,"method":"CORE__NAME"}`, `{"jsonrpc":"2.0","id":1,` + invalid + `}`},
		{`{"jsonrpc":"1.0","id":1,"method":"CORE__NAME"}`, `{"jsonrpc":"2.0","id":1,` + invalid + `}`},
		{`{"jsonrpc":2.0,"id":1,"method":"CORE__NAME"}`, `{"jsonrpc":"2.0","id":1,` + invalid + `}`},
		{`{"jsonrpc":"2.0","id":1}`, `{"jsonrpc":"2.0","id":1,` + invalid + `}`},
		{`{"jsonrpc":"2.0","id":1,"method":"CORE__NAME","result":1}`, `{"jsonrpc":"2.0","id":1,` + invalid + `}`},
		{`{"jsonrpc":"2.0","id":1,"result":1,"error":{"code":1,"message":""}}`, `{"jsonrpc":"2.0","id":1,` + invalid + `}`},
		{`{"jsonrpc":"2.0","id":1,"method":5}`, `{"jsonrpc":"2.0","id":1,` + invalid + `}`},
		{`{"jsonrpc":"2.0","id":1,"method":null}`, `{"jsonrpc":"2.0","id":1,` + invalid + `}`},
		{`{"jsonrpc":"2.0","id":1,"method":"rpc.nothing"}`, `{"jsonrpc":"2.0","id":1,"error":{"code":-32601,"message":"Method not found"}}`},
		{`{"jsonrpc":"2.0","id":1,"method":"CALC__FAIL"}`, `{"jsonrpc":"2.0","id":1,"error":{"code":-32603,"message":"Internal Error"}}`},
		{`{"jsonrpc":"2.0","id":1,"method":"CALC__FAIL_CODE"}`, `{"jsonrpc":"2.0","id":1,"error":{"code":-32050,"message":"declared"}}`},
		{`{"jsonrpc":"2.0","id":1,"method":"CALC__FAIL_CODE","params":[7,{"a":[]}]}`, `{"jsonrpc":"2.0","id":1,"error":{"code":7,"message":"declared","data":{"a":[]}}}`},
		{`{"jsonrpc":"2.0","id":1,"method":"CALC__FAIL_CODE","params":[-32700]}`, `{"jsonrpc":"2.0","id":1,"error":{"code":-32603,"message":"Internal Error"}}`},
		{`{"jsonrpc":"2.0","id":1,"method":"CALC__FAIL_PARAMS"}`, `{"jsonrpc":"2.0","id":1,"error":{"code":-32602,"message":"a must be even"}}`},
		{`[]`, `{"jsonrpc":"2.0","id":null,"error":{"code":-32600,"message":"Invalid request","data":"the batch is empty"}}`},
		{`[1,2,3,4]`, `{"jsonrpc":"2.0","id":null,"error":{"code":-32600,"message":"Invalid request","data":"a batch may have 3 requests, not 4"}}`},
		{`[1]`, `[{"jsonrpc":"2.0","id":null,` + invalid + `}]`},
		{`[[],{"jsonrpc":"2.0","id":1,"method":"CORE__NAME"},{"id":2}]`, `[{"jsonrpc":"2.0","id":null,` + invalid + `},{"jsonrpc":"2.0","id":1,"result":"luart"},{"jsonrpc":"2.0","id":2,` + invalid + `}]`},
	} {
		c.says(test.frame, test.want)
	}
	for _, silent := range []string{`{"jsonrpc":"2.0","id":1,"result":5}`, `{"jsonrpc":"2.0","id":null,"error":{"code":1,"message":"x"}}`, `[{"jsonrpc":"2.0","id":1,"result":5}]`} {
		c.send(silent)
		c.quiet()
	}
	if err := c.WriteMessage(websocket.BinaryMessage, []byte(`{"jsonrpc":"2.0","id":1,"method":"CORE__NAME"}`)); err != nil {
		t.Fatal(err)
	}
	c.gets(`{"jsonrpc":"2.0","id":null,"error":{"code":-32700,"message":"Invalid JSON was received","data":"it came as bytes; send texts"}}`)
	c.says(`{"jsonrpc":"2.0","id":1,"method":"CALC__ECHO","params":["`+strings.Repeat("x", 99000)+`"]}`, `{"jsonrpc":"2.0","id":1,"result":"xxxx…"}`)
	c.says(`[`+strings.Repeat(`{"jsonrpc":"2.0","id":1,"method":"CALC__ECHO","params":["`+strings.Repeat("x", 49900)+`"]},`, 1)+`1]`, `[{"jsonrpc":"2.0","id":1,"result":"xxxx…"},{"jsonrpc":"2.0","id":null,`+invalid+`}]`)
	c.send(strings.Repeat(" ", 100001))
	if _, _, err := c.ReadMessage(); !websocket.IsCloseError(err, websocket.CloseMessageTooBig) {
		t.Error(err)
	}
	if !strings.Contains(s.out.String(), "the reason") {
		t.Errorf("the log has no error:\n%s", s.out.String())
	}
	if strings.Contains(s.out.String(), "declared") {
		t.Errorf("the log has errors that are for clients:\n%s", s.out.String())
	}
}

// With plugins.development, clients see what the log has.
func TestRPCDevelopment(t *testing.T) {
	s := newRPCServer(t, map[string]string{"calc/main.lua": calcPlugin})
	s.set["plugins"] = map[string]any{"development": true}
	s.start(nil)
	s.connect().says(`{"jsonrpc":"2.0","id":1,"method":"CALC__FAIL"}`,
		`{"jsonrpc":"2.0","id":1,"error":{"code":-32603,"message":"Internal Error","data":{"message":"calc/main.lua:10: the reason","traceback":"stack traceback:…"}}}`)
}

// Notifications are executed and never answered, also those that are nonsense.
func TestRPCNotifications(t *testing.T) {
	c := startRPC(t, map[string]string{"calc/main.lua": calcPlugin}, nil).connect()
	for _, frame := range []string{
		`{"jsonrpc":"2.0","method":"CALC__COUNT"}`, `{"jsonrpc":"2.0","method":"nothing"}`, `{"jsonrpc":"2.0","method":"CALC__FAIL"}`,
		`{"jsonrpc":"2.0","method":"CALC__ADD","params":[]}`, `{"jsonrpc":"2.0","method":"GET_METHOD_INFO"}`,
		`[{"jsonrpc":"2.0","method":"CALC__COUNT"},{"jsonrpc":"2.0","method":"nothing"}]`,
	} {
		c.send(frame)
		c.quiet()
	}
	c.says(`[{"jsonrpc":"2.0","method":"CALC__COUNT"},{"jsonrpc":"2.0","id":1,"method":"CALC__COUNT"},{"jsonrpc":"2.0","method":"nothing"}]`, `[{"jsonrpc":"2.0","id":1,"result":4}]`)
}

// Requests of a connection run side by side, and a batch is answered when all of it is done.
func TestRPCConcurrency(t *testing.T) {
	s := startRPC(t, map[string]string{"calc/main.lua": calcPlugin + `rpc("WAIT", function() os.pullEvent("go") return "slow" end) rpc("GO", function() os.queueEvent("go") end)`},
		map[string]any{"max_in_flight": 4})
	c := s.connect()
	c.send(`{"jsonrpc":"2.0","id":1,"method":"CALC__WAIT"}`)
	c.says(`{"jsonrpc":"2.0","id":2,"method":"CALC__ADD","params":[1]}`, `{"jsonrpc":"2.0","id":2,"result":3}`)
	c.send(`[{"jsonrpc":"2.0","id":3,"method":"CALC__WAIT"},{"jsonrpc":"2.0","id":4,"method":"CALC__ADD","params":[2]}]`)
	c.quiet()
	c.says(`{"jsonrpc":"2.0","method":"CALC__GO"}`, `{"jsonrpc":"2.0","id":1,"result":"slow"}`)
	if got := c.next(); got != `[{"jsonrpc":"2.0","id":3,"result":"slow"},{"jsonrpc":"2.0","id":4,"result":4}]` {
		t.Error(got)
	}
	// More than may run wait until others are done.
	for range 4 {
		c.send(`{"jsonrpc":"2.0","id":5,"method":"CALC__WAIT"}`)
	}
	c.send(`{"jsonrpc":"2.0","id":6,"method":"CALC__ADD","params":[1]}`)
	other := s.connect()
	other.quiet()
	other.send(`{"jsonrpc":"2.0","method":"CALC__GO"}`)
	for range 4 {
		c.gets(`{"jsonrpc":"2.0","id":5,"result":"slow"}`)
	}
	c.gets(`{"jsonrpc":"2.0","id":6,"result":3}`)
}

// Calls that take too long end, and nobody else notices.
func TestRPCDeadlines(t *testing.T) {
	s := newRPCServer(t, map[string]string{"calc/main.lua": calcPlugin + `rpc("WAIT", function() os.pullEvent("never") end, { timeout = 0.05 })`, "other/main.lua": `rpc("PING", function() return "pong" end)`})
	s.set["plugins"] = map[string]any{"call_time": 0.3}
	s.start(nil)
	c := s.connect()
	c.send(`{"jsonrpc":"2.0","id":1,"method":"CALC__FOREVER"}`)
	c.says(`{"jsonrpc":"2.0","id":2,"method":"OTHER__PING"}`, `{"jsonrpc":"2.0","id":2,"result":"pong"}`)
	c.gets(`{"jsonrpc":"2.0","id":1,"error":{"code":-32000,"message":"timeout","data":"calc/main.lua:20: Too long without yielding"}}`)
	c.says(`{"jsonrpc":"2.0","id":3,"method":"CALC__WAIT"}`, `{"jsonrpc":"2.0","id":3,"error":{"code":-32000,"message":"timeout","data":"no answer within 0.05 seconds"}}`)
}

func TestRPCBuiltins(t *testing.T) {
	s := startRPC(t, map[string]string{"calc/main.lua": calcPlugin}, nil)
	c := s.connect()
	call := func(method, params, want string) {
		t.Helper()
		if params != "" {
			params = `,"params":` + params
		}
		c.says(`{"jsonrpc":"2.0","id":1,"method":"`+method+`"`+params+`}`, `{"jsonrpc":"2.0","id":1,`+want+`}`)
	}
	c.send(`{"jsonrpc":"2.0","id":1,"method":"GET_METHODS"}`)
	var methods struct{ Result []string }
	if err := json.Unmarshal([]byte(c.next()), &methods); err != nil {
		t.Fatal(err)
	}
	names := strings.Join(methods.Result, " ")
	if !strings.HasPrefix(names, "GET_METHODS GET_TOPICS GET_SUBSCRIPTIONS SUBSCRIBE UNSUBSCRIBE GET_METHOD_INFO ") || !strings.Contains(names, " CALC__ADD CALC__SHOW CALC__NAMED ") ||
		strings.Contains(names, "rpc.on") {
		t.Error(names)
	}
	call("__listMethods", "", `"result":["`+strings.ReplaceAll(names, " ", `","`)+`"]`)
	// The published example, of Red's documentation.
	call("GET_METHOD_INFO", `["get_methods"]`, `"result":"The names of all methods."`)
	call("get_method_info", `["CALC__ADD"]`, `"result":"Adds two numbers.\nReturns their sum."`)
	call("GET_METHOD_INFO", `"calc__show"`, `"result":"Shows what it gets."`)
	call("GET_METHOD_INFO", `{"name":"CALC__SHOW"}`, `"result":"Shows what it gets."`)
	call("GET_METHOD_INFO", `["CALC__ECHO"]`, `"result":"No docstring available."`)
	call("GET_METHOD_INFO", `["nothing"]`, `"result":"No docstring available."`)
	call("GET_METHOD_INFO", ``, `"error":{"code":-32602,"message":"too few arguments: name is missing"}`)
	call("GET_METHOD_INFO", `[]`, `"error":{"code":-32602,"message":"too few arguments: name is missing"}`)
	call("GET_METHOD_INFO", `{"a":1}`, `"error":{"code":-32602,"message":"too few arguments: name is missing"}`)
	for _, method := range []string{"GET_TOPICS", "GET_TOPIC"} {
		call(method, ``, `"result":["news","weather"]`)
		call(method, `[5,"any"]`, `"result":["news","weather"]`)
	}
	call("GET_SUBSCRIPTIONS", ``, `"result":[]`)
	call("SUBSCRIBE", `["weather","nothing",5,null,true]`, `"result":["weather"]`)
	call("SUBSCRIBE", `"news"`, `"result":["weather","news"]`)
	call("SUBSCRIBE", `["news"]`, `"result":["weather","news"]`)
	call("SUBSCRIBE", ``, `"result":["weather","news"]`)
	call("GET_SUBSCRIPTIONS", ``, `"result":["weather","news"]`)
	call("UNSUBSCRIBE", `["weather","nothing"]`, `"result":["news"]`)
	call("UNSUBSCRIBE", ``, `"result":["news"]`)
	call("SUBSCRIBE", `{"args":["weather"],"kwargs":{}}`, `"result":["news","weather"]`)
	for _, method := range []string{"SUBSCRIBE", "UNSUBSCRIBE"} {
		call(method, `{"name":"news"}`, `"error":{"code":-32602,"message":"a list of names is needed, not an object"}`)
		call(method, `[["news"]]`, `"error":{"code":-32602,"message":"a list of names is needed, not a list of lists or objects"}`)
	}
	call("UNSUBSCRIBE", `["news","weather"]`, `"result":[]`)
	call("rpc.on", `["news","nothing"]`, `"result":{"news":"ok","nothing":"provided event invalid"}`)
	call("GET_SUBSCRIPTIONS", ``, `"result":["news"]`)
	call("rpc.off", `["news","weather"]`, `"result":{"news":"ok","weather":"not subscribed"}`)
	call("rpc.login", `{"user":"x"}`, `"result":true`)
	call("AUTH", `["any"]`, `"result":true`)
	c.send(`{"jsonrpc":"2.0","id":1,"method":"CORE__VERSION_INFO"}`)
	if got := c.next(); !strings.Contains(got, `"luart":"`) || !strings.Contains(got, `"jsonrpc":"2.0"`) {
		t.Error(got)
	}
	c.send(`{"jsonrpc":"2.0","id":1,"method":"rpc.discover"}`)
	var discovered struct {
		Result struct {
			OpenRPC string `json:"openrpc"`
			Info    struct{ Title, Version string }
			Methods []struct {
				Name, Summary, Description, ParamStructure string
				Params                                     []struct {
					Name     string
					Required bool
					Schema   map[string]any
				}
				Result struct{ Name string }
			}
			Topics []struct {
				Name, Description string
				State             bool
			} `json:"x-topics"`
		}
	}
	if err := json.Unmarshal([]byte(c.next()), &discovered); err != nil {
		t.Fatal(err)
	}
	r := discovered.Result
	if r.OpenRPC == "" || r.Info.Title == "" || len(r.Methods) != len(methods.Result) || len(r.Topics) != 2 || !r.Topics[1].State || r.Topics[1].Description != "The last forecast." {
		t.Errorf("%+v", r)
	}
	for _, m := range r.Methods {
		if m.Name == "CALC__ADD" && (m.Summary != "Adds two numbers." || len(m.Params) != 2 || !m.Params[0].Required || m.Params[1].Required || m.Params[1].Schema["type"] != "number") {
			t.Errorf("%+v", m)
		}
	}
}

// Plugins are loaded and unloaded, with the results that Red's methods have.
func TestRPCCore(t *testing.T) {
	s := startRPC(t, map[string]string{"plugins.txt": "one\n", "one/main.lua": `rpc("F", function() return 1 end)`, "two/main.lua": `rpc("F", function() return 2 end)`, "broken/main.lua": `error("broken")`}, nil)
	c := s.connect()
	call := func(method, params, want string) {
		t.Helper()
		c.says(`{"jsonrpc":"2.0","id":1,"method":"`+method+`","params":`+params+`}`, `{"jsonrpc":"2.0","id":1,`+want+`}`)
	}
	loaded := func(loaded, failed, invalid, missing, already, reasons string) string {
		return `"result":{"loaded_packages":[` + loaded + `],"failed_packages":[` + failed + `],"invalid_pkg_names":[` + invalid + `],"notfound_packages":[` + missing +
			`],"alreadyloaded_packages":[` + already + `],"failed_with_reason_packages":{` + reasons + `},"repos_with_shared_libs":[]}`
	}
	// The published example's form.
	call("CORE__LOAD", `{"args":[["one","two","downloader"]],"kwargs":{}}`, loaded(`"two"`, ``, ``, `"downloader"`, `"one"`, ``))
	call("CORE__LOAD", `[["broken", "", 5]]`, loaded(``, `"broken"`, `"","5"`, ``, ``, `"broken":"broken/main.lua:1: broken"`))
	call("CORE__UNLOAD", `[["one","two","nothing"]]`, `"result":{"unloaded_packages":["one","two"],"notloaded_packages":["nothing"]}`)
	call("CORE__RELOAD", `{"pkg_names":["one","nothing"]}`, loaded(`"one"`, ``, ``, `"nothing"`, ``, ``))
	call("CORE__LOAD", `["one"]`, `"error":{"code":-32602,"message":"pkg_names must be an array, not string"}`)
	s.write("new/main.lua", `rpc("F", function() return "new" end)`)
	call("CORE__LOAD", `[["new"]]`, loaded(`"new"`, ``, ``, ``, ``, ``))
	call("NEW__F", `[]`, `"result":"new"`)
	call("TWO__F", `[]`, `"error":{"code":-32601,"message":"Method not found"}`)
	call("CORE__NAME", `[]`, `"result":"luart"`)
}

// Messages of topics come before the results of the calls that publish them, and to those only who are subscribed.
func TestRPCTopics(t *testing.T) {
	s := startRPC(t, map[string]string{"calc/main.lua": calcPlugin}, nil)
	a, b := s.connect(), s.connect()
	publish := func(c *rpcConn, params string) {
		t.Helper()
		c.send(`{"jsonrpc":"2.0","id":9,"method":"CALC__PUBLISH","params":` + params + `}`)
	}
	const published = `{"jsonrpc":"2.0","id":9,"result":"published"}`
	a.says(`{"jsonrpc":"2.0","id":1,"method":"SUBSCRIBE","params":["news"]}`, `{"jsonrpc":"2.0","id":1,"result":["news"]}`)
	b.says(`{"jsonrpc":"2.0","id":1,"method":"SUBSCRIBE","params":["weather"]}`, `{"jsonrpc":"2.0","id":1,"result":["weather"]}`)
	publish(a, `["news",{"a":[1]}]`)
	a.gets(`{"jsonrpc":"2.0","method":"news","params":{"a":[1]}}`, published)
	for _, value := range []string{`5`, `"text"`, `[]`, `false`} {
		publish(b, `["news",`+value+`]`)
		b.gets(published)
		a.gets(`{"jsonrpc":"2.0","method":"news","params":` + value + `}`)
	}
	publish(b, `["news",null]`)
	b.gets(published)
	a.gets(`{"jsonrpc":"2.0","method":"news"}`) // params omitted
	publish(a, `["weather","sunny"]`)
	a.gets(published)
	b.gets(`{"jsonrpc":"2.0","method":"weather","params":"sunny"}`)
	publish(a, `["nothing",1]`)
	a.gets(`{"jsonrpc":"2.0","id":9,"error":{"code":-32603,"message":"Internal Error"}}`)
	// The last message of a state is there for those who come later, before the result.
	a.says(`{"jsonrpc":"2.0","id":2,"method":"SUBSCRIBE","params":["weather"]}`, `{"jsonrpc":"2.0","method":"weather","params":"sunny"}`, `{"jsonrpc":"2.0","id":2,"result":["news","weather"]}`)
	a.says(`{"jsonrpc":"2.0","id":3,"method":"SUBSCRIBE","params":["weather"]}`, `{"jsonrpc":"2.0","id":3,"result":["news","weather"]}`)
	a.says(`{"jsonrpc":"2.0","id":4,"method":"UNSUBSCRIBE","params":["news"]}`, `{"jsonrpc":"2.0","id":4,"result":["weather"]}`)
	publish(b, `["news",1]`)
	b.gets(published)
	a.quiet()
	// In one batch, too.
	a.says(`[{"jsonrpc":"2.0","id":5,"method":"SUBSCRIBE","params":["news"]},{"jsonrpc":"2.0","method":"CALC__PUBLISH","params":["news",2]}]`,
		`{"jsonrpc":"2.0","method":"news","params":2}`, `[{"jsonrpc":"2.0","id":5,"result":["weather","news"]}]`)
}

// A plugin pushes to the client that calls it, and asks it.
func TestRPCClientOfACall(t *testing.T) {
	c := startRPC(t, map[string]string{"calc/main.lua": calcPlugin}, nil).connect()
	c.says(`{"jsonrpc":"2.0","id":1,"method":"CALC__PUSH","params":[[1]]}`, `{"jsonrpc":"2.0","method":"pushed","params":[1]}`, `{"jsonrpc":"2.0","id":1,"result":true}`)
	c.says(`{"jsonrpc":"2.0","id":2,"method":"CALC__ASK","params":["sure?"]}`, `{"jsonrpc":"2.0","id":0,"method":"confirm","params":{"message":"sure?"}}`)
	c.quiet()
	c.says(`{"jsonrpc":"2.0","id":0,"result":"yes"}`, `{"jsonrpc":"2.0","id":2,"result":[true,"yes"]}`)
	c.says(`{"jsonrpc":"2.0","id":0,"result":"again"}`)
	c.says(`{"jsonrpc":"2.0","id":3,"method":"CALC__ASK","params":["sure?"]}`, `{"jsonrpc":"2.0","id":1,"method":"confirm","params":{"message":"sure?"}}`)
	c.says(`{"jsonrpc":"2.0","id":1,"error":{"code":5,"message":"no","data":[1]}}`, `{"jsonrpc":"2.0","id":3,"result":[false,"no",5,[1]]}`)
	c.says(`{"jsonrpc":"2.0","id":4,"method":"CALC__ASK","params":["sure?",0.01]}`, `{"jsonrpc":"2.0","id":2,"method":"confirm","params":{"message":"sure?"}}`,
		`{"jsonrpc":"2.0","id":4,"result":[false,"no answer within 0.01 seconds"]}`)
}

// Nothing of a plugin is left when it is unloaded; when it is reloaded, everything goes over in one step.
func TestRPCNothingStale(t *testing.T) {
	const one = `
		topic("news") topic("weather", { state = true })
		rpc("VERSION", function() return 1 end) rpc("ONLY_ONE", function() return 1 end)
		rpc("PUBLISH", function(value) publish("news", value) publish("weather", value) end)
		rpc("WAIT", function() os.pullEvent("never") end)`
	s := newRPCServer(t, map[string]string{"plug/main.lua": one})
	s.set["plugins"] = map[string]any{"drain": 0.1} // that one of WAIT has to end
	s.start(nil)
	c := s.connect()
	call := func(method, params, want string) {
		t.Helper()
		c.says(`{"jsonrpc":"2.0","id":1,"method":"`+method+`","params":`+params+`}`, `{"jsonrpc":"2.0","id":1,`+want+`}`)
	}
	reload := func(want string) {
		t.Helper()
		c.send(`{"jsonrpc":"2.0","id":1,"method":"CORE__RELOAD","params":[["plug"]]}`)
		if got := c.next(); !strings.Contains(got, want) {
			t.Error(got)
		}
	}
	call("SUBSCRIBE", `["news","weather"]`, `"result":["news","weather"]`)
	c.says(`{"jsonrpc":"2.0","method":"PLUG__PUBLISH","params":[1]}`, `{"jsonrpc":"2.0","method":"news","params":1}`, `{"jsonrpc":"2.0","method":"weather","params":1}`)
	// A load that fails changes nothing, though it had registered something before.
	s.write("plug/main.lua", `topic("other") rpc("VERSION", function() return 2 end) rpc("ONLY_TWO", function() end) publish("other", 1) error("no")`)
	reload(`"failed_packages":["plug"]`)
	call("PLUG__VERSION", `[]`, `"result":1`)
	call("PLUG__ONLY_TWO", `[]`, `"error":{"code":-32601,"message":"Method not found"}`)
	call("GET_TOPICS", `[]`, `"result":["news","weather"]`)
	// Subscriptions and states go over, what is gone is gone.
	s.write("plug/main.lua", `topic("weather", { state = true }) topic("other") rpc("VERSION", function() return 2 end) publish("weather", "from main")`)
	c.send(`{"jsonrpc":"2.0","id":7,"method":"PLUG__WAIT"}`)
	c.send(`{"jsonrpc":"2.0","id":1,"method":"CORE__RELOAD","params":[["plug"]]}`)
	c.gets(`{"jsonrpc":"2.0","method":"weather","params":"from main"}`)
	if got := c.next(); !strings.Contains(got, `"loaded_packages":["plug"]`) {
		t.Error(got)
	}
	call("PLUG__VERSION", `[]`, `"result":2`)
	call("PLUG__ONLY_ONE", `[]`, `"error":{"code":-32601,"message":"Method not found"}`)
	call("GET_TOPICS", `[]`, `"result":["weather","other"]`)
	call("GET_SUBSCRIPTIONS", `[]`, `"result":["weather"]`)
	c.gets(`{"jsonrpc":"2.0","id":7,"error":{"code":-32003,"message":"the plugin was unloaded meanwhile"}}`)
	call("CORE__UNLOAD", `[["plug"]]`, `"result":{"unloaded_packages":["plug"],"notloaded_packages":[]}`)
	call("PLUG__VERSION", `[]`, `"error":{"code":-32601,"message":"Method not found"}`)
	call("GET_TOPICS", `[]`, `"result":[]`)
	call("GET_SUBSCRIPTIONS", `[]`, `"result":[]`)
	// Many times over, and it is as before.
	s.write("plug/main.lua", one)
	for range 50 {
		reload(`"loaded_packages":["plug"]`)
	}
	c.send(`{"jsonrpc":"2.0","id":1,"method":"GET_METHODS"}`)
	if got := c.next(); strings.Count(got, `"PLUG__`) != 4 {
		t.Error(got)
	}
	other := s.connect()
	other.says(`{"jsonrpc":"2.0","id":1,"method":"SUBSCRIBE","params":["weather"]}`, `{"jsonrpc":"2.0","id":1,"result":["weather"]}`) // the state went with its topic
}

// What a plugin does to what it got is seen by nobody else.
func TestRPCIsolation(t *testing.T) {
	s := startRPC(t, map[string]string{
		"bad/main.lua": `
			rpc.error, rpc.client = nil, nil
			rpc("BREAK", function() publish = nil topic = nil return pcall(setmetatable, rpc, {}) end)
			rpc("GREEDY", function() return ("x"):rep(5000000) end)
			rpc("FLOOD", function() topic("flood") for i = 1, 1000000 do publish("flood", i) end end)`,
		"good/main.lua": `rpc("FINE", function() return type(rpc.error) == "function" and type(publish) == "function" end)`,
	}, nil)
	c := s.connect()
	c.says(`{"jsonrpc":"2.0","id":1,"method":"BAD__BREAK"}`, `{"jsonrpc":"2.0","id":1,"result":false}`)
	c.says(`{"jsonrpc":"2.0","id":2,"method":"GOOD__FINE"}`, `{"jsonrpc":"2.0","id":2,"result":true}`)
	c.says(`{"jsonrpc":"2.0","id":3,"method":"BAD__GREEDY"}`, `{"jsonrpc":"2.0","id":3,"error":{"code":-32603,"message":"Internal Error","data":"the result is larger than max_message"}}`)
	c.send(`{"jsonrpc":"2.0","id":4,"method":"BAD__FLOOD"}`)
	s.connect().says(`{"jsonrpc":"2.0","id":2,"method":"GOOD__FINE"}`, `{"jsonrpc":"2.0","id":2,"result":true}`)
	if got := c.next(); !strings.Contains(got, `"id":4`) {
		t.Error(got)
	}
}

// Who may connect at all.
func TestRPCGuards(t *testing.T) {
	s := startRPC(t, nil, map[string]any{"token": "s3cret-token", "auth_time": 0.2, "origins": []string{"https://app.example"}})
	refused := func(header http.Header, query string, status int) {
		t.Helper()
		_, response, err := s.dial(header, query)
		if err == nil || response == nil || response.StatusCode != status {
			t.Errorf("%v %q: %v, %v", header, query, response, err)
		}
	}
	refused(http.Header{"Origin": {"http://evil.example"}}, "", 403)
	refused(http.Header{"Host": {"evil.example"}}, "", 421)
	refused(http.Header{"Authorization": {"Bearer wrong"}}, "", 401)
	refused(http.Header{"Authorization": {"Bearer wrong"}}, "/?token=s3cret-token", 401)
	refused(nil, "/?token=wrong", 401)
	refused(nil, "/other", 404)
	for _, way := range []struct {
		header http.Header
		query  string
	}{
		{http.Header{"Authorization": {"Bearer s3cret-token"}}, ""}, {http.Header{"X-Custom-Auth": {"s3cret-token"}}, ""}, {nil, "/?token=s3cret-token"},
		{http.Header{"Authorization": {"Bearer s3cret-token"}, "Origin": {"https://app.example"}}, ""},
	} {
		c, _, err := s.dial(way.header, way.query)
		if err != nil {
			t.Fatal(way, err)
		}
		c.quiet()
		c.Close()
	}
	for _, first := range []string{
		`{"jsonrpc":"2.0","id":1,"method":"AUTH","params":["s3cret-token"]}`, `{"jsonrpc":"2.0","id":1,"method":"AUTH","params":{"token":"s3cret-token"}}`,
		`{"jsonrpc":"2.0","id":1,"method":"rpc.login","params":{"token":"s3cret-token"}}`,
	} {
		c := s.connect()
		c.says(first, `{"jsonrpc":"2.0","id":1,"result":true}`)
		c.quiet()
	}
	closed := func(c *rpcConn, code int) {
		t.Helper()
		if _, _, err := c.ReadMessage(); !websocket.IsCloseError(err, code) {
			t.Error(err)
		}
	}
	for first, data := range map[string]string{
		`{"jsonrpc":"2.0","id":1,"method":"AUTH","params":["wrong"]}`: "this is not the token", `{"jsonrpc":"2.0","id":1,"method":"CORE__NAME"}`: "a token is needed…",
		`{"jsonrpc":"2.0","id":1,"method":"nothing"}`: "a token is needed…",
	} {
		c := s.connect()
		c.says(first, `{"jsonrpc":"2.0","id":1,"error":{"code":-32001,"message":"unauthorized","data":"`+data+`"}}`)
		closed(c, websocket.ClosePolicyViolation)
	}
	closed(s.connect(), websocket.ClosePolicyViolation) // says nothing
	if strings.Contains(s.out.String(), "s3cret") {
		t.Error("the token is in the log")
	}

	s = startRPC(t, nil, nil)
	refused(http.Header{"Origin": {"http://evil.example"}}, "", 403)
	refused(http.Header{"Origin": {"null"}}, "", 403)
	refused(http.Header{"Host": {"evil.example"}}, "", 421)
	response, err := http.Get("http" + strings.TrimPrefix(s.address, "ws"))
	if err != nil {
		t.Fatal(err)
	}
	response.Body.Close()
	if response.StatusCode != http.StatusUpgradeRequired {
		t.Error(response.Status)
	}
}

// When the server ends, calls that run are answered first.
func TestRPCEnd(t *testing.T) {
	s := startRPC(t, map[string]string{"calc/main.lua": calcPlugin}, nil)
	c := s.connect()
	c.send(`{"jsonrpc":"2.0","id":1,"method":"CALC__SLOW","params":[0.2]}`)
	c.quiet()
	s.computer.Terminate()
	c.gets(`{"jsonrpc":"2.0","id":1,"result":"slow"}`)
	if _, _, err := c.ReadMessage(); !websocket.IsCloseError(err, websocket.CloseGoingAway, websocket.CloseNormalClosure) {
		t.Error(err)
	}
	<-s.ended
}

// Messages are compressed for clients that want it.
func TestRPCCompression(t *testing.T) {
	for _, on := range []bool{true, false} {
		s := startRPC(t, map[string]string{"calc/main.lua": calcPlugin}, map[string]any{"compression": on})
		dialer := websocket.Dialer{EnableCompression: true}
		conn, response, err := dialer.Dial(s.address, nil)
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		if got := strings.Contains(response.Header.Get("Sec-WebSocket-Extensions"), "permessage-deflate"); got != on {
			t.Errorf("compression %v: %v", on, response.Header)
		}
		text := strings.Repeat("text ", 1000)
		(&rpcConn{t, conn}).says(`{"jsonrpc":"2.0","id":1,"method":"CALC__ECHO","params":["`+text+`"]}`, `{"jsonrpc":"2.0","id":1,"result":"`+text+`"}`)
	}
}
