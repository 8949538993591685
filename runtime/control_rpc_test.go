package runtime_test

import (
	"strings"
	"testing"

	"github.com/gorilla/websocket"
)

// Requests of JSON-RPC and their answers: params, values, ids, errors, notifications, batches.

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
