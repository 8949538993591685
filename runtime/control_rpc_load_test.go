package runtime_test

import (
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"net"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/gorilla/websocket"
)

var (
	rpcSoak    = flag.Duration("rpc.soak", time.Second, "how long messages are published to many clients")
	rpcClients = flag.Int("rpc.clients", 100, "how many clients have 10 topics each; they need as many files twice")
)

const soakPlugin = `
for i = 0, 9 do topic("topic" .. i) end
rpc("RUN", function(count, rate)
    local start = os.epoch("utc")
    for i = 1, count do
        publish("topic" .. i % 10, i)
        local ahead = start + i / rate * 1000 - os.epoch("utc")
        if ahead > 0 then sleep(ahead / 1000) end
    end
    for i = 0, 9 do publish("topic" .. i, "end") end
    return "done"
end, { timeout = 3600 })
rpc("BIG", function(i, size) publish("topic0", { i = i, text = ("x"):rep(size) }) end)
`

// Many clients with many topics: each gets every message in its order, or is closed as too slow, which the server counts.
func TestRPCManySubscribers(t *testing.T) {
	const rate, topics = 100, 10
	clients, count := *rpcClients, int(rate*rpcSoak.Seconds())
	s := startRPC(t, map[string]string{"soak/main.lua": soakPlugin}, nil)
	var ready, done sync.WaitGroup
	var delivered, slow atomic.Int64
	var failure atomic.Pointer[error]
	for range clients {
		c := s.connect()
		ready.Add(1)
		done.Go(func() {
			err := follow(c.Conn, topics, count, &delivered, ready.Done)
			if websocket.IsCloseError(err, websocket.CloseTryAgainLater) {
				slow.Add(1)
			} else if err != nil {
				failure.CompareAndSwap(nil, &err)
			}
		})
	}
	ready.Wait()
	c := s.connect()
	if err := c.SetReadDeadline(time.Now().Add(*rpcSoak + time.Minute)); err != nil {
		t.Fatal(err)
	}
	c.send(fmt.Sprintf(`{"jsonrpc":"2.0","id":1,"method":"SOAK__RUN","params":[%d,%d]}`, count, rate))
	begin := time.Now()
	if _, data, err := c.ReadMessage(); err != nil || !strings.Contains(string(data), "done") {
		t.Error(string(data), err)
	}
	took := time.Since(begin)
	done.Wait()
	if err := failure.Load(); err != nil {
		t.Error(*err)
	}
	counted := strings.Count(s.out.String(), "reads too slowly")
	t.Logf("%d clients, %d publishes in %v: %d messages delivered, %d clients too slow", clients, count, took.Round(time.Millisecond), delivered.Load(), slow.Load())
	if int(slow.Load()) != counted {
		t.Errorf("%d clients were closed, the server says %d", slow.Load(), counted)
	}
	if want := int64(clients-counted) * int64(count); delivered.Load() < want {
		t.Errorf("%d messages were delivered, not %d", delivered.Load(), want)
	}
}

// follow subscribes a client to topics and reads until each has ended. The messages of a topic are numbers that go up by the number of topics.
func follow(conn *websocket.Conn, topics, count int, delivered *atomic.Int64, ready func()) error {
	var names []string
	for i := range topics {
		names = append(names, fmt.Sprintf(`"topic%d"`, i))
	}
	err := conn.WriteMessage(websocket.TextMessage, []byte(`{"jsonrpc":"2.0","id":1,"method":"SUBSCRIBE","params":[`+strings.Join(names, ",")+`]}`))
	if err == nil {
		_, _, err = conn.ReadMessage()
	}
	ready()
	if err != nil {
		return err
	}
	next := make([]int, topics)
	for i := range next {
		next[i] = i
	}
	next[0] = topics
	for ended := 0; ended < topics; {
		_, data, err := conn.ReadMessage()
		if err != nil {
			return err
		}
		topic, n := 0, 0
		if _, err := fmt.Sscanf(string(data), `{"jsonrpc":"2.0","method":"topic%d","params":%d}`, &topic, &n); err != nil {
			if !strings.Contains(string(data), `"end"`) {
				return fmt.Errorf("%s: %w", data, err)
			}
			if next[topic] <= count {
				return fmt.Errorf("topic %d has ended before %d", topic, next[topic])
			}
			ended++
			continue
		}
		if n != next[topic] {
			return fmt.Errorf("topic %d: message %d comes when %d should", topic, n, next[topic])
		}
		next[topic] += topics
		delivered.Add(1)
	}
	return nil
}

// A client that does not read is closed, and does not hold up the others.
func TestRPCSlowSubscriber(t *testing.T) {
	const count, size = 200, 100_000
	s := startRPC(t, map[string]string{"soak/main.lua": soakPlugin}, map[string]any{"send_buffer": 1 << 20, "compression": false})
	lazy, keen, caller := s.connect(), s.connect(), s.connect()
	for _, c := range []*rpcConn{lazy, keen} {
		c.says(`{"jsonrpc":"2.0","id":1,"method":"SUBSCRIBE","params":["topic0"]}`, `{"jsonrpc":"2.0","id":1,"result":["topic0"]}`)
	}
	number := func(data []byte) int {
		var message struct{ Params struct{ I int } }
		if err := json.Unmarshal(data, &message); err != nil {
			t.Fatal(err)
		}
		return message.Params.I
	}
	for i := range count {
		caller.says(fmt.Sprintf(`{"jsonrpc":"2.0","id":1,"method":"SOAK__BIG","params":[%d,%d]}`, i+1, size), `{"jsonrpc":"2.0","id":1,"result":null}`)
		if got := number([]byte(keen.next())); got != i+1 {
			t.Fatalf("message %d comes as number %d", got, i+1)
		}
	}
	for i := 0; ; i++ {
		_, data, err := lazy.ReadMessage()
		if err != nil {
			if !websocket.IsCloseError(err, websocket.CloseTryAgainLater) {
				t.Error(err)
			}
			if i == 0 || i == count {
				t.Errorf("it has got %d messages", i)
			}
			break
		}
		if got := number(data); got != i+1 {
			t.Fatalf("message %d comes as number %d", got, i+1)
		}
	}
	if n := strings.Count(s.out.String(), "reads too slowly"); n != 1 {
		t.Errorf("%d clients were counted:\n%s", n, s.out.String())
	}
	caller.says(`{"jsonrpc":"2.0","id":2,"method":"GET_SUBSCRIPTIONS"}`, `{"jsonrpc":"2.0","id":2,"result":[]}`)
}

// A client that asks for much and reads late gets all of it: it is read only as fast as it reads.
func TestRPCLateReader(t *testing.T) {
	const count = 500
	s := startRPC(t, map[string]string{"calc/main.lua": calcPlugin}, map[string]any{"send_buffer": 1 << 20, "compression": false})
	c := s.connect()
	sent := make(chan error, 1)
	go func() {
		text := strings.Repeat("x", 50_000)
		for i := range count {
			if err := c.WriteMessage(websocket.TextMessage, fmt.Appendf(nil, `{"jsonrpc":"2.0","id":%d,"method":"CALC__ECHO","params":["%s"]}`, i, text)); err != nil {
				sent <- err
				return
			}
		}
		sent <- nil
	}()
	s.connect().quiet() // while the other one does not read
	seen := map[string]bool{}
	for range count {
		id, _, ok := strings.Cut(strings.TrimPrefix(c.next(), `{"jsonrpc":"2.0","id":`), ",")
		if !ok || seen[id] {
			t.Fatalf("%q", id)
		}
		seen[id] = true
	}
	if err := <-sent; err != nil {
		t.Error(err)
	}
}

// However calls and the control plane interrupt each other, each request is answered.
func TestRPCPreempted(t *testing.T) {
	s := newRPCServer(t, map[string]string{
		"calc/main.lua":  calcPlugin + `rpc("LOOP", function(n) for i = 1, n do end publish("news", n) return rpc.client() ~= nil end)`,
		"other/main.lua": `rpc("LOOP", function(n) for i = 1, n do end return rpc.client() ~= nil end)`,
	})
	s.set["plugins"] = map[string]any{"slice": 0.00002}
	s.start(map[string]any{"max_in_flight": 1000})
	const window, rounds = 50, 200
	c := s.connect()
	c.says(`{"jsonrpc":"2.0","id":"s","method":"SUBSCRIBE","params":["news"]}`, `{"jsonrpc":"2.0","id":"s","result":["news"]}`)
	for range rounds {
		for i := range window {
			c.send(fmt.Sprintf(`{"jsonrpc":"2.0","id":%d,"method":"%s__LOOP","params":[%d]}`, i, []string{"CALC", "OTHER"}[i%2], i*20))
		}
		seen, news := map[string]bool{}, 0
		for len(seen) < window || news < window/2 {
			text := c.next()
			if strings.HasPrefix(text, `{"jsonrpc":"2.0","method":"news"`) {
				news++
			} else if id, result, _ := strings.Cut(text, `,"result":`); result != "true}" || seen[id] {
				t.Fatal(text)
			} else {
				seen[id] = true
			}
		}
	}
}

// Connections beyond the limit are refused, and their places are free again when they end.
func TestRPCManyConnections(t *testing.T) {
	s := startRPC(t, nil, map[string]any{"max_clients": 5})
	for range 3 {
		var all []*rpcConn
		for range 5 {
			c, _, err := s.dial(nil, "")
			for err != nil { // those of the last round are going
				c, _, err = s.dial(nil, "")
			}
			all = append(all, c)
			c.quiet()
		}
		if _, response, err := s.dial(nil, ""); err == nil || response.StatusCode != 503 {
			t.Error(response, err)
		}
		for _, c := range all {
			c.Close()
		}
	}
}

// Whatever comes, the server goes on for others, and for the same client unless the frame was no WebSocket text.
func FuzzRPCFrames(f *testing.F) {
	for _, seed := range []string{
		`{"jsonrpc":"2.0","id":1,"method":"CALC__ECHO","params":[1]}`, `[{"jsonrpc":"2.0","id":1,"method":"CALC__ADD","params":{"a":1}},1,[]]`, ``, `{`, `[`, `"`, `null`, `[[]]`,
		strings.Repeat("[", 5000), strings.Repeat(`{"a":`, 5000), strings.Repeat("[", 200) + strings.Repeat("]", 200), `{"jsonrpc":"2.0","id":` + strings.Repeat("9", 5000) + `,"method":"x"}`,
		`{"jsonrpc":"2.0","id":1e999,"method":"CALC__ECHO","params":[1e308,-0,1e-400]}`, `{"jsonrpc":"2.0","id":1,"id":2,"method":"CALC__ECHO","method":"x"}`,
		`{"jsonrpc":"2.0","id":"\ud800","method":"\udfff"}`, `{"jsonrpc":"2.0","id":{"a":[1,2]},"method":"SUBSCRIBE","params":["news",{}]}`, "\xff\xfe", "\x00", `{"jsonrpc":"2.0","method":"CALC__FAIL"}`,
		`{"jsonrpc":"2.0","id":1,"result":{"id":1}}`, `{"jsonrpc":"2.0","id":1,"error":null}`, `{"jsonrpc":"2.0","id":1,"method":"CALC__FAIL_CODE","params":[1e300,{"code":null}]}`,
		`{"jsonrpc":"2.0","id":1,"method":"rpc.on","params":{"args":{},"kwargs":[]}}`, `{"jsonrpc":"2.0","id":1,"method":"CORE__RELOAD","params":[[null,1,{}]]}`,
		`{"jsonrpc":"2.0","id":1,"method":"CALC__PUBLISH","params":["weather",null]}`, `{"jsonrpc":"2.0","id":1,"method":"GET_METHOD_INFO","params":["rpc.discover"]}`,
	} {
		f.Add([]byte(seed), false)
		f.Add([]byte(seed), true)
	}
	s := startRPC(f, map[string]string{"calc/main.lua": calcPlugin}, nil)
	other := s.connect()
	f.Fuzz(func(t *testing.T, frame []byte, binary bool) {
		conn, _, err := s.dial(nil, "")
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		kind := websocket.TextMessage
		if binary {
			kind = websocket.BinaryMessage
		}
		if err := conn.WriteMessage(kind, frame); err != nil {
			t.Fatal(err)
		}
		if err := conn.WriteMessage(websocket.TextMessage, []byte(`{"jsonrpc":"2.0","id":"sentinel","method":"CORE__NAME"}`)); err != nil {
			t.Fatal(err)
		}
		for {
			if err := conn.SetReadDeadline(time.Now().Add(time.Minute)); err != nil {
				t.Fatal(err)
			}
			_, data, err := conn.ReadMessage()
			if err != nil {
				var timeout net.Error
				if errors.As(err, &timeout) && timeout.Timeout() || !websocket.IsCloseError(err, websocket.CloseInvalidFramePayloadData) {
					t.Fatal(err)
				}
				break
			}
			if !json.Valid(data) {
				t.Fatalf("the answer %q is no JSON", data)
			}
			if string(data) == `{"jsonrpc":"2.0","id":"sentinel","result":"luart"}` {
				break
			}
		}
		(&rpcConn{t, other.Conn}).quiet()
	})
}
