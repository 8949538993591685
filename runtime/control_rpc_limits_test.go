package runtime_test

import (
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/gorilla/websocket"

	"github.com/luart/luart/runtime"
)

// What the settings of [rpc] bound, and what clients are told then.

func TestRPCLimits(t *testing.T) {
	s := startRPC(t, map[string]string{"calc/main.lua": calcPlugin + `for i = 1, 5 do topic("t" .. i) end rpc("WAIT", function() os.pullEvent("never") end)`},
		map[string]any{"max_subscriptions": 3, "max_message": 2000, "call_time": 0.05})
	c := s.connect()
	c.says(`{"jsonrpc":"2.0","id":1,"method":"SUBSCRIBE","params":["t1","t2","t3"]}`, `{"jsonrpc":"2.0","id":1,"result":["t1","t2","t3"]}`)
	for _, method := range []string{"SUBSCRIBE", "rpc.on"} {
		c.says(`{"jsonrpc":"2.0","id":2,"method":"`+method+`","params":["t4"]}`,
			`{"jsonrpc":"2.0","id":2,"error":{"code":-32602,"message":"a connection may have 3 subscriptions; end some with UNSUBSCRIBE first"}}`)
	}
	c.says(`{"jsonrpc":"2.0","id":3,"method":"UNSUBSCRIBE","params":["t1"]}`, `{"jsonrpc":"2.0","id":3,"result":["t2","t3"]}`)
	// All, or none of them; those that it has already count once.
	c.says(`{"jsonrpc":"2.0","id":3,"method":"SUBSCRIBE","params":["t4","t5"]}`,
		`{"jsonrpc":"2.0","id":3,"error":{"code":-32602,"message":"a connection may have 3 subscriptions; end some with UNSUBSCRIBE first"}}`)
	c.says(`{"jsonrpc":"2.0","id":3,"method":"GET_SUBSCRIPTIONS"}`, `{"jsonrpc":"2.0","id":3,"result":["t2","t3"]}`)
	c.says(`{"jsonrpc":"2.0","id":3,"method":"SUBSCRIBE","params":["t3","nothing","t2"]}`, `{"jsonrpc":"2.0","id":3,"result":["t2","t3"]}`)
	c.says(`{"jsonrpc":"2.0","id":4,"method":"SUBSCRIBE","params":["t4","t4"]}`, `{"jsonrpc":"2.0","id":4,"result":["t2","t3","t4"]}`)
	c.says(`{"jsonrpc":"2.0","id":5,"method":"CALC__WAIT"}`, `{"jsonrpc":"2.0","id":5,"error":{"code":-32000,"message":"timeout","data":"no answer within 0.05 seconds"}}`)
	const internal = `"error":{"code":-32603,"message":"Internal Error","data":"`
	c.says(`{"jsonrpc":"2.0","id":6,"method":"rpc.discover"}`, `{"jsonrpc":"2.0","id":6,`+internal+`the result is larger than max_message"}}`)
	text := strings.Repeat("x", 900)
	each := `{"jsonrpc":"2.0","id":7,"method":"CALC__ECHO","params":["` + text + `"]}`
	c.says(each, `{"jsonrpc":"2.0","id":7,"result":"`+text+`"}`)
	double := strings.ReplaceAll(each, "ECHO", "TWICE")
	s.write("calc/main.lua", calcPlugin+`rpc("TWICE", function(text) return text .. text end)`)
	c.send(`{"jsonrpc":"2.0","method":"CORE__RELOAD","params":[["calc"]]}`)
	c.send(`{"jsonrpc":"2.0","id":8,"method":"CORE__RELOAD","params":[["calc"]]}`)
	if got := c.next(); !strings.Contains(got, `"loaded_packages":["calc"]`) {
		t.Fatal(got)
	}
	c.says(double, `{"jsonrpc":"2.0","id":7,"result":"`+text+text+`"}`)
	c.says(`[`+double+`,{"jsonrpc":"2.0","id":9,"method":"CALC__TWICE","params":["`+text+`"]}]`,
		`{"jsonrpc":"2.0","id":null,`+internal+`the results of the batch are together larger than max_message"}}`)
}

// A plugin for which too many calls wait takes no more, and others do.
func TestRPCBusy(t *testing.T) {
	s := newRPCServer(t, map[string]string{"calc/main.lua": calcPlugin + `rpc("WAIT", function() os.pullEvent("never") end)`, "other/main.lua": `rpc("PING", function() return "pong" end)`})
	s.set["plugins"] = map[string]any{"drain": 0.1} // for those that wait
	s.start(map[string]any{"max_in_flight": 10000, "max_batch": 10000})
	const most = 10000 // tasks of a plugin
	c := s.connect()
	c.send("[" + strings.TrimSuffix(strings.Repeat(`{"jsonrpc":"2.0","method":"CALC__WAIT"},`, most), ",") + "]")
	other := s.connect()
	for {
		other.send(`{"jsonrpc":"2.0","id":1,"method":"CALC__NOTHING"}`)
		if got := other.next(); got != `{"jsonrpc":"2.0","id":1,"result":null}` {
			if !sameJSON(t, got, fmt.Sprintf(`{"jsonrpc":"2.0","id":1,"error":{"code":-32002,"message":"busy","data":"too many calls wait for calc (%d)"}}`, most)) {
				t.Error(got)
			}
			break
		}
	}
	other.says(`{"jsonrpc":"2.0","id":2,"method":"OTHER__PING"}`, `{"jsonrpc":"2.0","id":2,"result":"pong"}`)
}

// Clients that were too slow are in the metrics.
func TestRPCMetrics(t *testing.T) {
	s := newRPCServer(t, map[string]string{"soak/main.lua": soakPlugin})
	s.set["network"] = map[string]any{"port": 0}
	s.start(map[string]any{"send_buffer": 1 << 20, "compression": false})
	metrics := func() string {
		t.Helper()
		response, err := http.Get(s.addresses["plugin_server"] + "/metrics")
		if err != nil {
			t.Fatal(err)
		}
		defer response.Body.Close()
		text, err := io.ReadAll(response.Body)
		if err != nil {
			t.Fatal(err)
		}
		return string(text)
	}
	lazy, caller := s.connect(), s.connect()
	lazy.says(`{"jsonrpc":"2.0","id":1,"method":"SUBSCRIBE","params":["topic0"]}`, `{"jsonrpc":"2.0","id":1,"result":["topic0"]}`)
	caller.quiet()
	if got := metrics(); !strings.Contains(got, "\nluart_rpc_clients 2\n") || strings.Contains(got, "luart_rpc_slow_clients_total 1") {
		t.Error(got)
	}
	for !strings.Contains(s.out.String(), "reads too slowly") {
		caller.says(`{"jsonrpc":"2.0","id":1,"method":"SOAK__BIG","params":[1,500000]}`, `{"jsonrpc":"2.0","id":1,"result":null}`)
	}
	if got := metrics(); !strings.Contains(got, "\nluart_rpc_slow_clients_total 1\n") || !strings.Contains(got, `luart_plugin_calls_total{name="SOAK__BIG",plugin="soak",result="ok"}`) {
		t.Error(got)
	}
}

// A client whose connection breaks in the middle of a message disturbs nobody.
func TestRPCTruncated(t *testing.T) {
	s := startRPC(t, map[string]string{"calc/main.lua": calcPlugin}, nil)
	other := s.connect()
	for _, part := range []string{"\x81", "\x81\xfe\x10", "\x81\x90abcd", "\x81\x90\x00\x00\x00\x00" + `{"jsonrpc":`, "\x01\x81\x00\x00\x00\x00{", "\x88", "\xff\xff\xff"} {
		c, _, err := s.dial(nil, "")
		if err != nil {
			t.Fatal(err)
		}
		if _, err := c.NetConn().Write([]byte(part)); err != nil {
			t.Fatal(err)
		}
		c.NetConn().Close()
		other.quiet()
	}
}

// Nobody but this machine is served without a token, unless the settings say so.
func TestRPCOtherAddresses(t *testing.T) {
	s := newRPCServer(t, nil)
	for _, section := range []string{"ratchet", "network", "packages"} {
		s.set[section] = map[string]any{"enabled": false}
	}
	s.set["rpc"] = map[string]any{"port": 0, "bindto": "0.0.0.0"}
	computer, err := runtime.New(
		runtime.WithControl(runtime.Control{
			Plugins: s.plugins, Data: s.data, Settings: func() (map[string]any, error) { return s.set, nil },
			Ready: func(addresses map[string]string) { t.Error("it serves at ", addresses) },
		}),
		runtime.WithStdout(&s.out), runtime.WithStderr(&s.out),
	)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := computer.Run(t.Context()); err == nil || !strings.Contains(err.Error()+s.out.String(), "[rpc] bindto: others than this machine could reach 0.0.0.0, so set rpc.token") {
		t.Error(err, s.out.String())
	}
	// With one, they have to show it.
	s = startRPC(t, nil, map[string]any{"bindto": "0.0.0.0", "token": "s3cret-token"})
	s.address = strings.Replace(s.address, "0.0.0.0", "127.0.0.1", 1)
	c := s.connect()
	c.send(`{"jsonrpc":"2.0","id":1,"method":"CORE__NAME"}`)
	if got := c.next(); !strings.Contains(got, `"code":-32001`) {
		t.Error(got)
	}
	if _, _, err := c.ReadMessage(); !websocket.IsCloseError(err, websocket.ClosePolicyViolation) {
		t.Error(err)
	}
}
