package control_test

import (
	"net/http"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func TestPluginServerUtilities(t *testing.T) {
	s := newPluginServer(t, map[string]string{
		"plugins.txt":              "hello\ncommunity/chess\n",
		"hello/main.lua":           `return function() return 200, "one" end`,
		"community/chess/main.lua": `return function() return 200, "chess" end`,
		"Spare.lua":                `return function() return 200, "spare" end`,
		"a/twin/main.lua":          "", "b/twin/main.lua": "",
	})
	s.start()
	hello := filepath.Join(s.plugins, "hello", "main.lua")
	s.want("GET /plugins", 200, `{"loaded_plugins":["hello","chess"]}`)
	s.want("GET /reload/hello", 200, `{"reloaded":"hello","success":true}`)
	s.want("POST /reload/community/chess", 200, `{"reloaded":"community/chess","success":true}`)
	s.want("GET /reload/none", 404, `{"error":"Plugin \"none\" not found"}`)
	s.write(hello, `return function() return 200, "two" end`)
	s.want("GET /hello", 200, `"one"`)
	s.want("GET /reload/hello", 200, `{"reloaded":"hello","success":true}`)
	s.want("GET /hello", 200, `"two"`)
	s.write(hello, "syntax error")
	s.want("GET /reload/hello", 500, `{"error":"…hello/main.lua:1:…","reloaded":"hello","success":false}`)
	s.want("GET /hello", 200, `"two"`)
	s.want("GET /reload/all", 500, `{"error":"Failed to reload all plugins","loaded_plugins":["hello","chess"],"failed":[{…hello/main.lua:1:…}]}`)
	s.want("GET /hello", 200, `"two"`)
	s.want("GET /spare", 404, "404: Not Found")
	s.want("GET /load/spare", 200, `{"loaded":"spare","success":true}`)
	s.want("GET /load/spare", 200, `{"loaded":"spare","success":true}`)
	s.want("GET /spare", 200, `"spare"`)
	s.want("GET /plugins", 200, `{"loaded_plugins":["hello","chess","spare"]}`)
	s.want("GET /unload/spare", 200, `{"unloaded":"spare","success":true}`)
	s.want("GET /unload/spare", 404, `{"error":"the plugin Spare is not running",…}`)
	s.want("GET /unload/none", 404, `{"error":"Plugin \"none\" not found"}`)
	s.want("GET /spare", 404, "404: Not Found")
	s.write(filepath.Join(s.plugins, "new.lua"), `return function() return 200, "new" end`)
	s.want("GET /new", 404, "404: Not Found")
	s.want("GET /load/new", 200, `{"loaded":"new","success":true}`)
	s.want("GET /new", 200, `"new"`)
	s.write(hello, `return function() return 200, "three" end`)
	s.want("GET /reload/all", 200, `{"status":"All plugins reloaded","loaded_plugins":["hello","chess"]}`)
	s.want("GET /hello", 200, `"three"`)
	s.want("GET /new", 404, "404: Not Found")
	s.want("GET /load/b/twin", 409, `{"error":"there is another plugin of the name twin, …}`)
	s.want("GET /reload", 404, "404: Not Found")
	s.want("GET /plugins/x", 404, "404: Not Found")
	s.want("PUT /reload/hello", 405, `{"error":"Method Not Allowed"}`)
	s.want("HEAD /reload/hello", 405, "")
	s.want("OPTIONS /plugins", 204, "")

	// What the configuration says counts at the next reload.
	s.with("plugin_parms", "hello", map[string]any{"auth_type": "global"})
	s.with("auth", "apikey", "sesame")
	s.want("GET /hello", 200, `"three"`)
	s.want("GET /reload/hello", 200, `{"reloaded":"hello","success":true}`)
	s.want("GET /hello", 403, `{"error":"unauthorized"}`)
	s.want("GET /hello?apikey=sesame", 200, `"three"`)
	s.want("GET /reload/hello", 403, `{"error":"unauthorized"}`)
}

func TestPluginServerKeys(t *testing.T) {
	s := newPluginServer(t, map[string]string{
		"open/main.lua": echoPlugin,
		"global/main.lua": `return function(data)
			return 200, { url = data.request.getURL(), apikey = data.apikey, a = data.request_headers.Authorization, b = data.request.getRequestHeaders()["X-Custom-Auth"] }
		end`,
		"own/main.lua":    `return function(data) return 200, data.apikey or "by header" end`,
		"keyless.lua":     echoPlugin,
		"strange.lua":     echoPlugin,
		"documented.lua":  echoPlugin,
		"errors/main.lua": `return function(data) print("the key is " .. tostring(data.request.getURL())) error("failed with sesame-street") end`,
	})
	s.with("auth", "apikey", "sesame-street")
	s.with("network", "log_requests", true)
	s.set["plugin_parms"] = map[string]any{
		"global": map[string]any{"auth_type": "global"}, "own": map[string]any{"auth_type": "plugin", "apikey": "own-key"},
		"keyless": map[string]any{"auth_type": "plugin"}, "strange": map[string]any{"auth_type": "secret"},
		"documented": map[string]any{"auth": "global"},
	}
	s.start()
	const no = `{"error":"unauthorized"}`
	bearer := "\nAuthorization: Bearer "
	custom := "\nX-Custom-Auth: "
	inBody := "\nContent-Type: application/json\n\n"
	for _, test := range []struct {
		request string
		status  int
		body    string
	}{
		{"GET /open", 200, "{}"},
		{"GET /open?apikey=x", 200, `{"apikey":"x"}`},
		{"GET /global", 403, no},
		{"GET /global" + bearer + "sesame-street", 200, `{"url":"/global"}`},
		{"GET /global" + custom + "sesame-street", 200, `{"url":"/global"}`},
		{"GET /global?apikey=sesame-street", 200, `{"url":"/global?apikey=***"}`},
		{"POST /global" + inBody + `{"apikey":"sesame-street"}`, 200, `{"url":"/global"}`},
		{"POST /global?apikey=wrong" + inBody + `{"apikey":"sesame-street"}`, 403, no},
		{"GET /global?apikey=sesame-street" + bearer + "wrong", 403, no},
		{"GET /global?apikey=sesame-street" + custom + "wrong", 403, no},
		{"GET /global" + bearer + "wrong" + custom + "sesame-street", 403, no},
		{"GET /global" + custom + "sesame-street\nAuthorization: Basic YTpi", 200, `{"url":"/global"}`},
		{"GET /global\nAuthorization: bearer sesame-street", 403, no},
		{"GET /global?apikey=", 403, no},
		{"GET /global?apikey=own-key", 403, no},
		{"GET /own?apikey=own-key", 200, `"own-key"`},
		{"GET /own" + bearer + "own-key", 200, `"by header"`},
		{"GET /own?apikey=sesame-street", 403, no},
		{"GET /keyless?apikey=", 403, no},
		{"GET /strange?apikey=sesame-street", 403, no},
		{"GET /documented", 403, no},
		{"GET /documented?apikey=sesame-street", 200, "{}"},
		{"GET /plugins", 403, no},
		{"GET /plugins?apikey=own-key", 403, no},
		{"GET /reload/open", 403, no},
		{"GET /reload/all?apikey=wrong", 403, no},
		{"GET /load/open", 403, no},
		{"GET /unload/open", 403, no},
		{"GET /metrics", 403, no},
		{"GET /plugins" + bearer + "sesame-street", 200, `{"loaded_plugins":[…]}`},
		{"GET /plugins" + custom + "sesame-street", 200, `{"loaded_plugins":[…]}`},
		{"GET /plugins?apikey=sesame-street", 200, `{"loaded_plugins":[…]}`},
		{"GET /plugins?%61pikey=sesame-street", 200, `{"loaded_plugins":[…]}`},
		{"POST /reload/open" + inBody + `{"apikey":"sesame-street"}`, 200, `{"reloaded":"open","success":true}`},
		{"GET /errors?apikey=sesame-street&x=1", 500, `{"error":"…"}`},
	} {
		s.want(test.request, test.status, test.body)
	}
	for _, key := range []string{"sesame-street", "own-key"} {
		if all := s.out.String() + s.log.String(); strings.Contains(all, key) {
			t.Errorf("the key %s is in the log:\n%s", key, all)
		}
	}
	for _, wanted := range []string{"GET /plugins?%61pikey=*** 200", "keyless: auth_type is plugin", "strange: auth_type is secret"} {
		if !strings.Contains(s.out.String(), wanted) {
			t.Errorf("the log lacks %q:\n%s", wanted, s.out.String())
		}
	}
}

func TestPluginServerOrigins(t *testing.T) {
	s := newPluginServer(t, map[string]string{
		"hello/main.lua": `
			runs = 0
			route("GET", "/", function() runs = runs + 1 return 200, runs end)
			route("POST", "/", function() runs = runs + 1 return 200, runs end)
			route("PUT", "/", function() runs = runs + 1 return 200, runs end)`,
	})
	s.set["cors"] = map[string]any{"enabled": true, "origin_url": []string{"https://app.example"}, "acl": []string{".acl.example", "bare.example"}}
	s.start()
	own := "\nOrigin: " + s.address
	app := "\nOrigin: https://app.example"
	evil := "\nOrigin: http://evil.example"
	const foreign = "CORS origin not allowed"
	const site = `{"error":"pages of other sites may not do that"}`
	cross := "\nSec-Fetch-Site: cross-site"
	check := func(got reply, name, want string) {
		t.Helper()
		if got.header.Get(name) != want {
			t.Errorf("%s: %q, want %q", name, got.header.Get(name), want)
		}
	}
	got := s.want("GET /hello"+app, 200, "1")
	check(got, "Access-Control-Allow-Origin", "https://app.example")
	check(got, "Access-Control-Allow-Methods", "GET, POST, OPTIONS")
	check(got, "Access-Control-Allow-Headers", "Content-Type, Authorization, X-Custom-Auth")
	check(got, "Vary", "Origin")
	check(got, "X-Content-Type-Options", "nosniff")
	got = s.want("GET /hello", 200, "2")
	check(got, "Access-Control-Allow-Origin", "")
	got = s.want("GET /hello\nOrigin: null", 200, "3")
	check(got, "Access-Control-Allow-Origin", "")
	s.want("GET /hello"+own, 200, "4")
	for _, origin := range []string{"http://evil.example", "https://app.example.evil", "http://app.example", "https://evilacl.example", "https://acl.example", "https://xbare.example",
		"http://localhost:3000", "x", "https://app.example, https://evil.example"} {
		got = s.want("GET /hello\nOrigin: "+origin, 403, foreign)
		check(got, "Access-Control-Allow-Origin", "")
	}
	for _, origin := range []string{"https://a.acl.example:8443", "http://b.a.acl.example", "https://bare.example", "https://x.bare.example"} {
		check(s.ask("GET /plugins\nOrigin: "+origin), "Access-Control-Allow-Origin", origin)
	}
	got = s.want("OPTIONS /hello"+app+"\nAccess-Control-Request-Method: POST\nAccess-Control-Request-Headers: x-custom-auth", 204, "")
	check(got, "Access-Control-Allow-Methods", "GET, POST, OPTIONS")
	check(got, "Access-Control-Allow-Headers", "Content-Type, Authorization, X-Custom-Auth")
	got = s.want("OPTIONS /hello"+app+"\nAccess-Control-Request-Method: PUT", 204, "")
	check(got, "Access-Control-Allow-Methods", "GET, POST, OPTIONS, PUT")
	got = s.want("OPTIONS /reload/hello"+app+"\nAccess-Control-Request-Method: POST", 204, "")
	check(got, "Access-Control-Allow-Origin", "https://app.example")
	s.want("OPTIONS /hello"+evil+"\nAccess-Control-Request-Method: POST", 403, foreign)

	// Pages of other sites that say nothing, or no origin.
	s.want("GET /hello"+cross, 403, site)
	s.want("GET /hello"+cross+"\nSec-Fetch-Mode: navigate", 200, "5")
	s.want("GET /hello"+cross+app, 200, "6")
	s.want("POST /hello"+cross+"\nSec-Fetch-Mode: navigate", 403, site)
	s.want("POST /hello\nOrigin: null", 403, site)
	s.want("GET /reload/hello"+cross, 403, site)
	s.want("GET /reload/hello"+cross+"\nSec-Fetch-Mode: navigate", 403, site)
	s.want("GET /reload/hello\nSec-Fetch-Site: same-site", 403, site)
	s.want("GET /reload/hello\nOrigin: null", 403, site)
	s.want("GET /reload/all"+evil, 403, foreign)
	s.want("GET /unload/hello"+evil, 403, foreign)
	s.want("GET /hello\nSec-Fetch-Site: none", 200, "7")
	s.want("GET /reload/hello\nSec-Fetch-Site: same-origin", 200, `{"reloaded":"hello","success":true}`)
	s.want("GET /reload/hello"+app, 200, `{"reloaded":"hello","success":true}`)
	s.want("GET /hello\nHost: evil.example", 421, "This server does not answer to the name…")

	s.with("cors", "enabled", false)
	s.want("GET /reload/all", 200, `{"status":"All plugins reloaded","loaded_plugins":["hello"]}`)
	s.want("GET /hello"+app, 403, foreign)
	s.want("GET /hello"+own, 200, "1")
}

func TestPluginServerLimits(t *testing.T) {
	s := newPluginServer(t, map[string]string{
		"echo/main.lua": echoPlugin,
		"boom.lua":      `return function() local function deep() error("boom") end deep() end`,
	})
	s.set["limits"] = map[string]any{"body": 5000, "json_size": 1000, "json_depth": 8, "header": 4096}
	s.start()
	typed := "POST /echo\nContent-Type: application/json\n\n"
	s.want(typed+strings.Repeat("[", 9)+strings.Repeat("]", 9), 400, `{"error":"…nested deeper than 8 levels"}`)
	s.want(typed+`{"a":`+strings.Repeat("[", 100)+strings.Repeat("]", 100)+"}", 400, `{"error":"…nested deeper than 8 levels"}`)
	s.want("POST /echo\nContent-Type: text/plain\n\n"+`{"a":`+strings.Repeat("[", 100)+strings.Repeat("]", 100)+"}", 400, `{"error":"…nested deeper than 8 levels"}`)
	s.want(typed+`{"a":"`+strings.Repeat("x", 2000)+`"}`, 413, `{"error":"a body in JSON may have 1000 bytes"}`)
	s.want(typed+`{"a":"`+strings.Repeat("x", 6000)+`"}`, 413, "The request's body may have 5000 bytes.")
	s.want("POST /echo\n\na="+strings.Repeat("x", 2000), 200, "{}")
	if got := s.ask("GET /echo\nX-Long: " + strings.Repeat("x", 20000)); got.status != http.StatusRequestHeaderFieldsTooLarge {
		t.Error(got.status)
	}
	if got := s.want("GET /boom", 500, `{"error":"boom.lua:1: boom"}`); strings.Contains(got.body, "traceback") {
		t.Error(got.body)
	}
	s.with("plugins", "development", true)
	s.ask("GET /reload/all")
	s.want("GET /boom", 500, `{"error":"boom.lua:1: boom","traceback":["…"]}`)
	if !strings.Contains(s.out.String(), "boom.lua:1: in") {
		t.Error(s.out.String())
	}
}

func TestPluginServerMetrics(t *testing.T) {
	s := newPluginServer(t, map[string]string{
		"hello/main.lua": `route("GET", "/:what", function(data) if data.what == "bad" then error("bad") end emit("greeted") return 200, 1 end)`,
	})
	s.start()
	s.ask("GET /hello/a")
	s.ask("GET /hello/b")
	s.ask("GET /hello/bad")
	s.ask("GET /nothing")
	got := s.ask("GET /metrics")
	if got.header.Get("Content-Type") != "text/plain; version=0.0.4; charset=utf-8" {
		t.Error(got.header)
	}
	for _, line := range []string{
		`luart_plugin_calls_total{name="GET /:what",plugin="hello",result="ok"} 2`, `luart_plugin_calls_total{name="GET /:what",plugin="hello",result="error"} 1`,
		`luart_plugin_errors_total{plugin="hello"} 1`, `luart_plugin_events_total{event="greeted"} 2`, `luart_plugin_call_seconds_count{plugin="hello"} …`,
		`luart_http_requests_total{facade="plugin_server",status="200"} 2`, `luart_http_requests_total{facade="plugin_server",status="404"} 1`,
		`luart_http_requests_total{facade="plugin_server",status="500"} 1`, `luart_plugin_queue_length{plugin="hello"} 0`, `luart_plugin_loads_total{plugin="hello",result="ok"} 1`,
		`luart_plugin_lua_seconds_total{plugin="hello"} …`, `luart_plugins_running 1`,
	} {
		if !matches(got.body, "…"+line+"…") {
			t.Errorf("no line %s in\n%s", line, got.body)
		}
	}
	s.with("metrics", "enabled", false)
	s.ask("GET /reload/all")
	s.want("GET /metrics", 404, "404: Not Found")
}

func TestPluginServerMoves(t *testing.T) {
	s := newPluginServer(t, map[string]string{"hello/main.lua": `return function() return 200, "hello" end`})
	s.start()
	s.want("GET /hello", 200, `"hello"`)
	s.client.Transport.(*http.Transport).DisableKeepAlives = true // connections that nobody uses are closed
	s.with("limits", "body", 10)
	s.computer.Reload()
	for deadline := time.Now().Add(time.Minute); s.ask("POST /hello\n\n12345678901").status != 413; {
		if time.Now().After(deadline) {
			t.Fatal("the new limit does not count")
		}
	}
	s.want("GET /hello", 200, `"hello"`)
}
