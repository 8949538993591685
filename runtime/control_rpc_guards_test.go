package runtime_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/gorilla/websocket"
)

// Who may connect to JSON-RPC, what for, and how it ends.

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
