package control_test

import (
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/luart/luart/conformance/openapi"
)

// Every answer is held to the description, and every status of the description that a client can bring about must have been there.
func TestPluginServerDescription(t *testing.T) {
	doc := openapi.Load(t, "../../docs/openapi/plugin-server.yaml")
	s := newPluginServer(t, map[string]string{
		"hello/main.lua": `route("GET", "/", function(data)
			if data.what == "fail" then error("oh no") elseif data.what == "wait" then sleep(60) elseif data.what == "text" then return "text" end
			return 200, { hello = "world" }
		end)`,
		"any.lua": `return function() return 200, "x" end`,
	})
	s.client = doc.Client()
	t.Cleanup(s.client.CloseIdleConnections)
	s.set["limits"] = map[string]any{"answer_time": 0.2, "json_size": 100}
	s.with("plugins", "development", true)
	s.start()
	hello := filepath.Join(s.plugins, "hello", "main.lua")
	for _, method := range []string{"GET", "POST"} {
		for _, target := range []string{"/plugins", "/reload/hello", "/reload/none", "/load/any", "/load/none", "/unload/any", "/unload/any", "/unload/none", "/load/any", "/metrics", "/reload/all"} {
			s.ask(method + " " + target)
		}
	}
	for _, request := range []string{
		"GET /hello", "GET /hello?what=fail", "GET /hello?what=wait", "GET /hello?what=text", "GET /none", "GET /hello?%zz", "DELETE /hello", "PATCH /any", "PUT /any",
		"POST /any\nContent-Type: application/json\n\n{", "POST /any\nContent-Type: application/json\n\n{\"a\":\"" + strings.Repeat("x", 200) + "\"}", "OPTIONS /any", "OPTIONS /none",
		"GET /hello\nOrigin: http://evil.example", "GET /reload/hello\nSec-Fetch-Site: cross-site", "OPTIONS /any\nOrigin: http://evil.example\nAccess-Control-Request-Method: GET",
	} {
		s.ask(request)
	}
	s.write(hello, "no code")
	for _, method := range []string{"GET", "POST"} {
		s.ask(method + " /reload/hello")
		s.ask(method + " /unload/hello")
		s.ask(method + " /load/hello")
		s.ask(method + " /reload/all")
	}
	s.with("auth", "apikey", "sesame")
	s.ask("GET /reload/hello")
	for _, method := range []string{"GET", "POST"} {
		for _, target := range []string{"/plugins", "/reload/hello", "/reload/all", "/load/hello", "/unload/hello", "/metrics"} {
			s.want(method+" "+target, 403, `{"error":"unauthorized"}`)
		}
	}
	for _, each := range doc.Unused() {
		// Of plugins, each method has all statuses; 409 and 405 are the same everywhere, and 503 is for a plugin that ends.
		if strings.Contains(each, "/{plugin}") || strings.HasSuffix(each, " 405") || strings.HasSuffix(each, " 409") {
			continue
		}
		t.Errorf("the test has not seen: %s", each)
	}
}

// Reloading a plugin loses no request, also when its new code fails.
func TestPluginServerReloadsUnderLoad(t *testing.T) {
	good := `local n = 0 setTimer(function() n = n + 1 end, 1000, 0) on("tick", function() end) return function() return 200, "good" end`
	s := newPluginServer(t, map[string]string{"hello/main.lua": good})
	s.start()
	main := filepath.Join(s.plugins, "hello", "main.lua")
	var done atomic.Bool
	var asked atomic.Int64
	var clients sync.WaitGroup
	for range 8 {
		clients.Go(func() {
			for !done.Load() {
				if got := s.ask("GET /hello"); got.status != 200 || got.body != `"good"` {
					t.Errorf("%d %s", got.status, got.body)
					return
				}
				asked.Add(1)
			}
		})
	}
	for i := range 100 {
		status, code := 200, good
		if i%10 == 3 {
			status, code = 500, "return oh no"
		}
		s.write(main, code)
		if got := s.ask("GET /reload/hello"); got.status != status {
			t.Errorf("reload: %d %s", got.status, got.body)
		}
	}
	for before := asked.Load(); asked.Load() < before+100 && !t.Failed(); {
		s.ask("GET /plugins")
	}
	done.Store(true)
	clients.Wait()
}
