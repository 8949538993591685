// Package control_test talks to the control plane's servers as clients do.
package control_test

import (
	"bytes"
	"crypto/tls"
	"encoding/json"
	"io"
	"maps"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/luart/luart/runtime"
	"github.com/luart/luart/runtime/runtimetest"
	"github.com/luart/luart/stdlib/computertest"
)

// The Plugin Server over real HTTP.

type text = computertest.Output

// pluginServer is a control plane with its Plugin Server, which runs until the test ends.
type pluginServer struct {
	t        testing.TB
	plugins  string
	data     string
	secrets  string
	out, log text
	address  string
	mu       sync.Mutex
	set      map[string]any
	computer *runtime.Computer
	client   *http.Client
	docs     map[string]string
}

// newPluginServer makes a server that is yet to be started; settings of its sections are to be put into set.
func newPluginServer(t testing.TB, files map[string]string) *pluginServer {
	s := &pluginServer{t: t, plugins: t.TempDir(), data: t.TempDir(), set: map[string]any{}, client: &http.Client{
		Timeout:       time.Minute,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		Transport:     &http.Transport{TLSClientConfig: &tls.Config{InsecureSkipVerify: true}},
	}}
	s.secrets = filepath.Join(s.data, "secrets.txt")
	t.Cleanup(s.client.CloseIdleConnections)
	for name, content := range files {
		s.write(filepath.Join(s.plugins, filepath.FromSlash(name)), content)
	}
	for _, section := range []string{"ratchet", "rpc", "packages"} {
		s.set[section] = map[string]any{"enabled": false}
	}
	s.set["network"] = map[string]any{"port": 0}
	return s
}

func (s *pluginServer) write(path, content string) {
	s.t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
		s.t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(content), 0o666); err != nil {
		s.t.Fatal(err)
	}
}

// with sets a key of the settings. The server sees it when it reads them anew.
func (s *pluginServer) with(section, key string, value any) {
	s.mu.Lock()
	defer s.mu.Unlock()
	keys, _ := s.set[section].(map[string]any)
	keys = maps.Clone(keys)
	if keys == nil {
		keys = map[string]any{}
	}
	keys[key] = value
	s.set[section] = keys
}

func (s *pluginServer) start() {
	s.t.Helper()
	served := runtimetest.Serve(s.t, runtime.Control{
		Plugins: s.plugins, Data: s.data, Secrets: s.secrets, AllowPrivate: true, Documents: s.docs,
		Settings: func() (map[string]any, error) {
			s.mu.Lock()
			defer s.mu.Unlock()
			return maps.Clone(s.set), nil
		},
	}, &s.out, &s.log)
	s.computer, s.address = served.Computer, served.Addresses["plugin_server"]
}

// reply is what came back.
type reply struct {
	status int
	header http.Header
	body   string
}

// ask sends a request: "METHOD /target", then headers as "Name: value", then the body behind an empty line.
func (s *pluginServer) ask(request string) reply {
	s.t.Helper()
	head, body, hasBody := strings.Cut(request, "\n\n")
	lines := strings.Split(head, "\n")
	method, target, _ := strings.Cut(lines[0], " ")
	var in io.Reader
	if hasBody {
		in = strings.NewReader(body)
	}
	req, err := http.NewRequest(method, s.address, in)
	if err != nil {
		s.t.Fatal(err)
	}
	if u, err := url.Parse(s.address + target); err == nil {
		req.URL = u
	} else {
		req.URL.Opaque = target // as it is
	}
	for _, line := range lines[1:] {
		name, value, _ := strings.Cut(line, ": ")
		if name == "Host" {
			req.Host = value
		}
		req.Header.Set(name, value)
	}
	res, err := s.client.Do(req)
	if err != nil {
		s.t.Fatalf("%s: %v\n%s\n%s", request, err, s.out.String(), s.log.String())
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	if err != nil {
		s.t.Fatalf("%s: %v\n%s\n%s", request, err, s.out.String(), s.log.String())
	}
	return reply{res.StatusCode, res.Header, string(text)}
}

// want checks a request's status and body; "…" stands for any text, and an empty line is no body.
func (s *pluginServer) want(request string, status int, body string) reply {
	s.t.Helper()
	got := s.ask(request)
	if got.status != status || !matches(got.body, body) {
		s.t.Errorf("%s\ngot %d %s\nwant %d %s\n%s", request, got.status, got.body, status, body, s.out.String())
	}
	return got
}

// matches reports whether a text is a pattern in which "…" is any text. JSON may have its members in any order.
func matches(text, pattern string) bool {
	if text == pattern || text == pattern+"\n" {
		return true
	}
	var a, b any
	if !strings.Contains(pattern, "…") && json.Unmarshal([]byte(text), &a) == nil && json.Unmarshal([]byte(pattern), &b) == nil {
		x, _ := json.Marshal(a)
		y, _ := json.Marshal(b)
		return bytes.Equal(x, y)
	}
	parts := strings.Split(pattern, "…")
	if len(parts) == 1 || !strings.HasPrefix(text, parts[0]) || !strings.HasSuffix(text, parts[len(parts)-1]) {
		return false
	}
	for _, part := range parts {
		i := strings.Index(text, part)
		if i < 0 {
			return false
		}
		text = text[i+len(part):]
	}
	return true
}

const echoPlugin = `
return function(data)
    local shown = {}
    for k, v in pairs(data) do shown[k] = v end
    return 200, shown
end`

func TestPluginServerRoutes(t *testing.T) {
	s := newPluginServer(t, map[string]string{
		"echo/main.lua": echoPlugin,
		"returns/main.lua": `
			route("/dict", function() return 200, { a = 1 } end)
			route("/list", function() return 200, { 1, 2 } end)
			route("/text", function() return 200, "str" end)
			route("/lost", function() return 404, { error = "gone" } end)
			route("/nothing", function() end)
			route("/fails", function() error("oh no", 0) end)
			route("/thrown", function() error({ status = 409, error = "taken" }) end)
			route("/html", function() return 200, "<p>", { ["Content-Type"] = "text/html" } end)
			route("/response", function() return { status = 201, headers = { Location = "/x" }, type = "text/csv", body = "a,b" } end)
			route("/plain", function() return "text" end)
			route("/null", function() return 200, textutils.json_null end)
			route("/empty", function() return 200, textutils.empty_json_array end)
			route("/none", function() return 204 end)
			route("/bad", function() return 999, {} end)
			route("/function", function() return 200, print end)
			route("/raw", function(data)
				data.response.setStatusCode(202)
				data.response.setResponseHeader("Content-Type", "text/x")
				data.response.write(data.request.getMethod() .. data.request.readAll())
				data.response.close()
			end)
			route("/stream", function(data)
				for i = 1, 3 do data.response.write(i .. " ") data.response.flush() sleep(0) end
				data.response.close()
			end)
			route("GET", "/items/:id", function(data) return 200, { id = data.id, subpath = data.subpath } end)
			route("DELETE", "/items/:id", function(data) return 204 end)
			route("/spin", function() while true do end end)
			route("/waits", function() sleep(100) end)
			route("/metatables", function(data)
				local open = {}
				for _, name in ipairs { "request_headers", "request", "response" } do
					if getmetatable(data[name]) then open[#open + 1] = name end
				end
				if getmetatable(data) or pcall(setmetatable, data, {}) then open[#open + 1] = "data" end
				return 200, table.concat(open, ",")
			end)
			route("/tostring", function() error(setmetatable({}, { __tostring = function() while true do end end })) end)
			route("/hostile", function(data)
				local bad = setmetatable({}, { __index = function() while true do end end, __pairs = function() while true do end end })
				return 200, bad
			end)`,
		"Mixed/main.lua": `return { handler = function(data) return 200, PLUGIN_PARAMS end }`,
		"named.lua":      `route("/", function() return 200, PLUGIN_PARAMS.greeting end)`,
		"shy.lua":        `on("never", print)`,
		"metrics.lua":    `return function() return 200, "reserved" end`,
	})
	s.set["plugin_parms"] = map[string]any{"named": map[string]any{"route_path": "hi", "greeting": "Hello"}}
	s.set["limits"] = map[string]any{"answer_time": 0.5}
	s.set["plugins"] = map[string]any{"call_time": 0.1}
	s.start()
	const plain = "404: Not Found"
	for _, test := range []struct {
		request string
		status  int
		body    string
	}{
		{"GET /echo", 200, `{}`},
		{"GET /echo?a=1&a=2&b=x+y%21", 200, `{"a":"1","b":"x y!"}`},
		{"GET /echo/", 200, `{"subpath":""}`},
		{"GET /echo/a%20b/c", 200, `{"subpath":"a b/c"}`},
		{"GET /ECHO", 200, `{}`},
		{"GET /%65cho", 200, `{}`},
		{"POST /echo?a=query\nContent-Type: application/json\n\n{\"a\":\"body\",\"b\":[1,{}],\"c\":true}", 200, `{"a":"query","b":[1,{}],"c":true}`},
		{"POST /echo\nContent-Type: application/x-www-form-urlencoded\n\n{\"a\":1}", 200, `{"a":1}`},
		{"POST /echo\nContent-Type: application/x-www-form-urlencoded\n\na=1", 200, `{}`},
		{"POST /echo\nContent-Type: application/json\n\n[1]", 200, `{}`},
		{"POST /echo\nContent-Type: application/json\n\n7", 200, `{}`},
		{"POST /echo\nContent-Type: application/json\n\n{\"a\":null,\"b\":[]}", 200, `{"a":null,"b":[]}`},
		{"PUT /echo\nContent-Type: application/json\n\n{\"a\":1}", 200, `{"a":1}`},
		{"POST /echo?client_ip=6.6.6.6&subpath=x&request=1&log=1\nContent-Type: application/json\n\n{\"request_headers\":1}", 200, `{}`},
		{"POST /echo\nContent-Type: application/json\n\n{\"a\":", 400, `{"error":"malformed JSON…"}`},
		{"GET /echo?a=%zz", 400, `{"error":"malformed query: bad percent-encoding"}`},
		{"GET /echo/%2e%2e/x", 404, plain},
		{"GET /echo/a%zz", 400, "400 Bad Request"},
		{"GET /returns/dict", 200, `{"a":1}`},
		{"GET /returns/list", 200, `[1,2]`},
		{"GET /returns/text", 200, `"str"`},
		{"GET /returns/lost", 404, `{"error":"gone"}`},
		{"GET /returns/nothing", 500, `{"error":"the handler has returned nothing; …"}`},
		{"GET /returns/fails", 500, `{"error":"oh no"}`},
		{"GET /returns/thrown", 409, `{"error":"taken"}`},
		{"GET /returns/html", 200, `<p>`},
		{"GET /returns/response", 201, `a,b`},
		{"GET /returns/plain", 200, `text`},
		{"GET /returns/null", 200, `null`},
		{"GET /returns/empty", 200, `[]`},
		{"GET /returns/none", 204, ``},
		{"GET /returns/bad", 500, `{"error":"the handler has returned the status 999; …"}`},
		{"GET /returns/function", 500, `{"error":"can't write JSON: a function…"}`},
		{"POST /returns/raw\nContent-Type: application/json\n\n{\"a\":1}", 202, `POST{"a":1}`},
		{"PUT /returns/raw\nContent-Type: image/png\n\nbytes", 202, `PUTbytes`},
		{"GET /returns/stream", 200, `1 2 3 `},
		{"GET /returns/items/7", 200, `{"id":"7","subpath":"items/7"}`},
		{"DELETE /returns/items/7", 204, ``},
		{"POST /returns/items/7", 405, `{"error":"Method Not Allowed"}`},
		{"OPTIONS /returns/items/7", 204, ``},
		{"OPTIONS /echo", 204, ``},
		{"GET /returns/spin", 504, `{"error":"…Too long without yielding"}`},
		{"GET /returns/waits", 504, `{"error":"no answer within 0.5 seconds"}`},
		{"GET /returns/hostile", 200, `{}`},
		{"GET /returns/metatables", 200, `""`},
		{"GET /returns/tostring", 500, `{"error":"(error object is a table value)"}`},
		{"GET /returns/none/more", 404, plain},
		{"GET /returns", 404, plain},
		{"GET /mixed", 200, `{}`},
		{"GET /hi", 200, `"Hello"`},
		{"GET /named", 404, plain},
		{"GET /shy", 404, plain},
		{"GET /nothing", 404, plain},
		{"GET /", 404, plain + "\n\nA plugin answers at /NAME; /plugins lists them."},
		{"GET /plugins", 200, `{"loaded_plugins":["mixed","echo","metrics","hi","returns","shy"]}`},
	} {
		s.want(test.request, test.status, test.body)
	}
	if got := s.ask("HEAD /echo"); got.status != 200 || got.body != "" {
		t.Errorf("HEAD: %v", got)
	}
	got := s.ask("GET /returns/html")
	if got.header.Get("Content-Type") != "text/html" || got.header.Get("X-Request-Id") == "" {
		t.Error(got)
	}
	if got := s.ask("GET /echo\nX-Request-Id: mine.1"); got.header.Get("X-Request-Id") != "mine.1" {
		t.Error(got)
	}
	if got := s.ask("GET /echo\nX-Request-Id: <x>"); got.header.Get("X-Request-Id") == "<x>" {
		t.Error(got)
	}
	if !strings.Contains(s.out.String(), "metrics: the path /metrics is the server's own") {
		t.Errorf("no warning about the plugin called plugins:\n%s", s.out.String())
	}
	if strings.Contains(s.out.String(), "mixed") {
		t.Error(s.out.String())
	}
}
