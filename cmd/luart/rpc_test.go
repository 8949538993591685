package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/gorilla/websocket"
)

// answering is a server that answers calls with what a function says: the rest of a frame, and frames that come before.
func answering(t *testing.T, answer func(method, params string) (rest string, before []string)) string {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Authorization") == "Bearer wrong" {
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		upgrader := websocket.Upgrader{}
		conn, err := upgrader.Upgrade(w, r, nil)
		if err != nil {
			return
		}
		defer conn.Close()
		for {
			_, text, err := conn.ReadMessage()
			if err != nil {
				return
			}
			var request struct {
				ID     json.RawMessage
				Method string
				Params json.RawMessage
			}
			if json.Unmarshal(text, &request) != nil || request.Method == "" {
				continue // an answer of the client's
			}
			rest, before := answer(request.Method, string(request.Params))
			if rest == "close" {
				return
			}
			frames := before
			if rest != "" {
				frames = append(frames, fmt.Sprintf(`{"jsonrpc":"2.0","id":%s,%s}`, request.ID, rest))
			}
			if request.Method == "SUBSCRIBE" {
				frames = append(frames, `{"jsonrpc":"2.0","method":"news","params":{"n":1}}`, `{"jsonrpc":"2.0","method":"news"}`, `{"jsonrpc":"2.0","method":"news","params":"a text"}`)
			}
			for _, frame := range frames {
				if conn.WriteMessage(websocket.TextMessage, []byte(frame)) != nil {
					return
				}
			}
		}
	}))
	t.Cleanup(server.Close)
	return "ws" + strings.TrimPrefix(server.URL, "http")
}

func TestRPCCommand(t *testing.T) {
	url := answering(t, func(method, params string) (string, []string) {
		switch method {
		case "echo":
			return `"result":` + params, nil
		case "text":
			return `"result":"line 1\nline 2"`, nil
		case "number":
			return `"result":-9007199254740993`, nil
		case "aside":
			return `"result":null`, []string{`{"jsonrpc":"2.0","method":"news","params":[1]}`, `{"jsonrpc":"2.0","id":0,"method":"confirm","params":{}}`, `{"jsonrpc":"2.0","id":99,"result":"of another"}`}
		case "SUBSCRIBE":
			return `"result":["news"]`, nil
		case "silent":
			return "", nil
		case "hangup":
			return "close", nil
		case "rpc.discover":
			return `"result":{"methods":[{"name":"ADD","summary":"Adds.","params":[{"name":"a","required":true},{"name":"b","required":false}]}],"x-topics":[{"name":"news","description":"The news."}]}`, nil
		}
		return `"error":{"code":-32601,"message":"Method not found","data":{"a":1}}`, nil
	})
	nobody := answering(t, nil)
	for _, test := range []struct {
		args        []string
		in          string
		code        int
		out, errors string
	}{
		{[]string{"echo", `{"a":[1,{}],"b":"c"}`}, "", 0, "{\n  \"a\": [\n    1,\n    {}\n  ],\n  \"b\": \"c\"\n}\n", ""},
		{[]string{"--raw", "echo", "1", "text", `"2"`, "null", "-5", "[1]"}, "", 0, `[1,"text","2",null,-5,[1]]` + "\n", ""},
		{[]string{"--raw", "echo", "text"}, "", 0, `["text"]` + "\n", ""},
		{[]string{"--raw", "echo", "-"}, "{\"x\": 1}\n", 0, `{"x": 1}` + "\n", ""},
		{[]string{"text"}, "", 0, "line 1\nline 2\n", ""},
		{[]string{"--raw", "number"}, "", 0, "-9007199254740993\n", ""},
		{[]string{"aside"}, "", 0, "null\n", "news: [1]\n"},
		{[]string{}, "", 0, "ADD a [b]                      Adds.\ntopic news                     The news.\n", ""},
		{[]string{"--subscribe", "news", "--count", "3"}, "", 0, "news: {\"n\":1}\nnews: \nnews: a text\n", ""},
		{[]string{"--subscribe", "other"}, "", 1, "", "there is no topic other"},
		{[]string{"nothing"}, "", 1, "", "Method not found (-32601)\n{\n  \"a\": 1\n}\nluart rpc shows what there is."},
		{[]string{"--timeout", "50ms", "silent"}, "", 3, "", "no answer within 0.05 seconds; give it more time with --timeout"},
		{[]string{"hangup"}, "", 3, "", "the server has closed the connection; if it wants a token"},
		{[]string{"--token", "wrong", "text"}, "", 3, "", "does not take the token"},
		{[]string{"--url", strings.Replace(nobody, "ws://", "http://", 1), "text"}, "", 2, "", "--url is the address of a WebSocket"},
		{[]string{"--subscribe", "news", "text"}, "", 2, "", "not both"},
		{[]string{"--count", "5", "text"}, "", 2, "", "--count goes with --subscribe"},
		{[]string{"--url", "ws://127.0.0.1:1", "text"}, "", 3, "", "nobody answers at ws://127.0.0.1:1"},
	} {
		var out, errors strings.Builder
		args := append([]string{"rpc", "--url", url}, test.args...)
		code := execute(args, strings.NewReader(test.in), &out, &errors)
		if code != test.code || out.String() != test.out || !strings.Contains(errors.String(), test.errors) || test.errors == "" && errors.Len() > 0 {
			t.Errorf("%q: exit code %d, output %q, errors %q", test.args, code, out.String(), errors.String())
		}
	}
}
