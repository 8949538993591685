package runtime_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
)

// The server's own methods, topics, and what plugins have: it goes with them.

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
}

// The description of the methods is an OpenRPC document: it has all that the specification wants, and nothing that it does not know.
func TestRPCDiscover(t *testing.T) {
	c := startRPC(t, map[string]string{"calc/main.lua": calcPlugin + `
		rpc("ORDER", function() end, { params = { "a?", "b: object", { name = "c", type = "integer", default = 5, doc = "Third." }, "d", "..." } })
		rpc("NONE", function() end, { params = {} })`}, nil).connect()
	c.send(`{"jsonrpc":"2.0","id":1,"method":"rpc.discover"}`)
	type object = map[string]any
	var answer struct{ Result object }
	if err := json.Unmarshal([]byte(c.next()), &answer); err != nil {
		t.Fatal(err)
	}
	known := func(where string, value any, required string, optional string) object {
		t.Helper()
		o, ok := value.(object)
		if !ok {
			t.Fatalf("%s is %v", where, value)
		}
		for _, name := range strings.Fields(required) {
			if o[name] == nil {
				t.Errorf("%s has no %s: %v", where, name, o)
			}
		}
		for name := range o {
			if !slices.Contains(strings.Fields(required+" "+optional), name) && !strings.HasPrefix(name, "x-") {
				t.Errorf("%s has %s, which OpenRPC does not know", where, name)
			}
		}
		return o
	}
	text := func(where string, value any) string {
		t.Helper()
		s, ok := value.(string)
		if !ok || s == "" {
			t.Errorf("%s is %v, no text", where, value)
		}
		return s
	}
	array := func(where string, value any) []any {
		t.Helper()
		list, ok := value.([]any)
		if !ok {
			t.Fatalf("%s is %v, no array", where, value)
		}
		return list
	}
	document := known("the document", answer.Result, "openrpc info methods", "servers components externalDocs")
	if !strings.HasPrefix(text("openrpc", document["openrpc"]), "1.") {
		t.Error(document["openrpc"])
	}
	info := known("info", document["info"], "title version", "description")
	text("title", info["title"])
	text("version", info["version"])
	for _, each := range array("servers", document["servers"]) {
		text("url", known("a server", each, "name url", "summary description variables")["url"])
	}
	params := map[string]string{}
	for _, each := range array("methods", document["methods"]) {
		method := known("a method", each, "name params result", "summary description tags externalDocs deprecated servers errors links paramStructure examples")
		name := text("name", method["name"])
		if _, twice := params[name]; twice {
			t.Errorf("%s is there twice", name)
		}
		if structure := method["paramStructure"]; structure != "either" && structure != "by-position" && structure != "by-name" {
			t.Errorf("%s: paramStructure is %v", name, structure)
		}
		known(name+"'s result", method["result"], "name schema", "summary description required deprecated")
		described, optional := fmt.Sprint(method["paramStructure"]), false
		for _, each := range array("params", method["params"]) {
			param := known(name+"'s param", each, "name schema", "summary description required deprecated")
			schema := known("its schema", param["schema"], "", "type default")
			if param["required"] == true && optional {
				t.Errorf("%s: %v comes after one that may be missing", name, param["name"])
			}
			optional = param["required"] != true
			described += fmt.Sprintf(" %v", param["name"])
			if optional {
				described += "?"
			}
			if schema["type"] != nil {
				described += fmt.Sprintf(":%v", schema["type"])
			}
			if schema["default"] != nil {
				described += fmt.Sprintf("=%v", schema["default"])
			}
		}
		params[name] = described
		if name == "CALC__ADD" && (method["summary"] != "Adds two numbers." || method["description"] != "Adds two numbers.\nReturns their sum.") {
			t.Errorf("%+v", method)
		}
	}
	for name, want := range map[string]string{
		"CALC__ADD": "either a:number b?:number", "CALC__ORDER": "by-name b:object d a? c?:integer=5", "CALC__NONE": "either", "CALC__SHOW": "by-position",
		"GET_METHOD_INFO": "either name:string", "SUBSCRIBE": "by-position names?:string", "rpc.discover": "by-position", "CORE__LOAD": "either pkg_names:array",
	} {
		if params[name] != want {
			t.Errorf("%s has %q, not %q", name, params[name], want)
		}
	}
	c.send(`{"jsonrpc":"2.0","id":1,"method":"GET_METHODS","params":{"what":["ever"]}}`)
	var methods struct{ Result []string }
	if err := json.Unmarshal([]byte(c.next()), &methods); err != nil || len(methods.Result) != len(params) {
		t.Errorf("%d methods are described, not %v, %v", len(params), methods.Result, err)
	}
	topics := array("x-topics", document["x-topics"])
	if got := fmt.Sprint(topics); got != "[map[name:news state:false] map[description:The last forecast. name:weather state:true]]" {
		t.Error(got)
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
	// The published example.
	s.write("economy/main.lua", ``)
	s.write("general/main.lua", ``)
	call("CORE__LOAD", `{"args":[["general","economy","downloader"]],"kwargs":{}}`, loaded(`"general","economy"`, ``, ``, `"downloader"`, ``, ``))
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
