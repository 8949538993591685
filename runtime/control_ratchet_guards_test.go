package runtime_test

import (
	"maps"
	"net"
	"net/http"
	"os"
	"strconv"
	"strings"
	"testing"
)

func TestRatchetGuards(t *testing.T) {
	c := newControlled(t, map[string]string{
		"a/main.lua": "print('a')", "restapi.lua": "return { show = function(data, req) req.id = nil return { data, req } end }",
	})
	const token = "a-long-token"
	r := startRatchet(t, c, map[string]any{"token": token, "origins": []string{"https://app.example"}, "log_requests": true, "allowed_hosts": []string{"box.example"}})
	const bearer = "Authorization: Bearer " + token
	// Without it, with a wrong one, with a part of it.
	for _, header := range []string{"X-None: x", "Authorization: Bearer a-long-toke", "Authorization: Bearer a-long-token1", "Authorization: Basic " + token, "X-Custom-Auth: no"} {
		for _, path := range []string{"/plugins", "/reload?plugin=a", "/reloadall", "/unload?plugin=a", "/watch?plugin=a", "/refresh-plugins", "/refresh-schedule", "/logs", "/logs/sources", "/status", "/call", "/unwatch?plugin=a"} {
			status, text, head := r.exchange("GET", path, "", header)
			if status != 401 || head.Get("WWW-Authenticate") != "Bearer" || !strings.HasPrefix(text, `{"status":"FAIL","reason":"a token is needed`) {
				t.Error(path, header, status, text)
			}
		}
		r.want(401, `{"status":"FAIL",…`, "POST", "/event", "event=x", header)
		r.want(401, `{"status":"FAIL",…`, "POST", "/call/show", "", header)
		r.want(401, `{"status":"FAIL",…`, "GET", "/nothing", "", header)
	}
	r.want(401, `{"status":"FAIL",…`, "GET", "/plugins?token=no", "")
	// The page asks for the token itself.
	r.want(200, `<!doctype html>…`, "GET", "/", "")
	for _, header := range []string{bearer, "X-Custom-Auth: " + token} {
		r.want(200, `[{"name":"a",…`, "GET", "/plugins", "", header)
	}
	r.want(200, `[{"name":"a",…`, "GET", "/plugins?token="+token, "")
	// Functions don't see it.
	for _, header := range []string{bearer, "X-Custom-Auth: " + token} {
		status, text := r.ask("POST", "/call/show?x=1", "y=2", header)
		if status != 200 || strings.Contains(text, token) || !strings.HasPrefix(text, `[{"x":"1","y":"2"},`) {
			t.Error(status, text)
		}
	}
	status, text := r.ask("POST", "/call/show?x=1&token="+token+"&z=3", "y=2")
	if status != 200 || strings.Contains(text, token) || !strings.HasPrefix(text, `[{"x":"1","y":"2","z":"3"},`) {
		t.Error(status, text)
	}

	// Names in Host, which the listener looks at.
	for host, want := range map[string]int{"evil.example": 421, "box.example": 200, "localhost": 200, "127.0.0.1:5460": 200, "localhost.evil.example": 421} {
		if status, _ := r.ask("GET", "/plugins", "", bearer, "Host: "+host); status != want {
			t.Error(host, status)
		}
	}
	// Origins, and what browsers say of who asks.
	for _, each := range []struct {
		method, path string
		header       []string
		want         int
	}{
		{"GET", "/plugins", []string{"Origin: https://evil.example"}, 403},
		{"POST", "/event?event=x", []string{"Origin: null"}, 403},
		{"GET", "/reloadall", []string{"Origin: https://app.example", "Sec-Fetch-Site: cross-site"}, 200},
		{"GET", "/reloadall", []string{"Sec-Fetch-Site: cross-site"}, 403},
		{"GET", "/reloadall", []string{"Sec-Fetch-Site: same-site"}, 403},
		{"GET", "/reloadall", []string{"Sec-Fetch-Site: same-origin"}, 200},
		{"GET", "/reloadall", []string{"Sec-Fetch-Site: none"}, 200},
		{"GET", "/reload?plugin=a", []string{"Sec-Fetch-Site: cross-site"}, 403},
		{"GET", "/unload?plugin=a", []string{"Sec-Fetch-Site: cross-site"}, 403},
		{"GET", "/watch?plugin=a", []string{"Sec-Fetch-Site: cross-site"}, 403},
		{"GET", "/unwatch?plugin=a", []string{"Sec-Fetch-Site: cross-site"}, 403},
		{"GET", "/refresh-plugins", []string{"Sec-Fetch-Site: cross-site"}, 403},
		{"GET", "/refresh-schedule", []string{"Sec-Fetch-Site: cross-site"}, 403},
		{"POST", "/event?event=x", []string{"Sec-Fetch-Site: cross-site"}, 403},
		{"POST", "/call/show", []string{"Sec-Fetch-Site: cross-site"}, 403},
		{"GET", "/call", []string{"Sec-Fetch-Site: cross-site"}, 403},
		{"POST", "/event?event=x", []string{"Sec-Fetch-Site: cross-site", "Origin: http://localhost:3000"}, 403},
		{"GET", "/plugins", []string{"Sec-Fetch-Site: cross-site"}, 200},
	} {
		if status, text := r.ask(each.method, each.path, "", append(each.header, bearer)...); status != each.want {
			t.Error(each, status, text)
		}
	}
	_, _, header := r.exchange("GET", "/plugins", "", bearer, "Origin: https://app.example")
	if header.Get("Access-Control-Allow-Origin") != "https://app.example" {
		t.Error(header)
	}
	status, _, header = r.exchange("OPTIONS", "/event", "", "Origin: https://app.example", "Access-Control-Request-Method: POST", "Access-Control-Request-Headers: authorization")
	if status != 204 || !strings.Contains(strings.ToLower(header.Get("Access-Control-Allow-Headers")), "authorization") {
		t.Error(status, header)
	}
	// Ids of requests.
	_, _, header = r.exchange("GET", "/plugins", "", bearer, "X-Request-Id: abc-1.2")
	if header.Get("X-Request-Id") != "abc-1.2" {
		t.Error(header)
	}
	_, _, header = r.exchange("GET", "/plugins", "", bearer, "X-Request-Id: <script>")
	if id := header.Get("X-Request-Id"); id == "" || strings.Contains(id, "<") {
		t.Error(header)
	}
	_, text = r.ask("GET", "/logs?n=1000&plugin=ratchet", "", bearer)
	for _, want := range []string{`"GET /plugins 200 `, `"GET /plugins 401 `, `"GET /reloadall 403 `, `"id":"abc-1.2"`, `"POST /call/show 200 `} {
		if !strings.Contains(text, want) {
			t.Errorf("%s is not in the log", want)
		}
	}
	r.stop()
	all := c.out.String() + c.log.String()
	for _, file := range logFiles(t, c) {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		all += string(data)
	}
	if strings.Contains(all, token) || !strings.Contains(all, "GET /plugins 200") {
		t.Errorf("the token is in the log, or nothing is\n%s", all)
	}
}

// TestRatchetReload takes new settings.
func TestRatchetReload(t *testing.T) {
	c := newControlled(t, nil)
	r := startRatchet(t, c, nil)
	r.want(200, `[]`, "GET", "/plugins", "")
	set := func(key string, value any) {
		section := maps.Clone(c.set["ratchet"].(map[string]any))
		section[key] = value
		c.set["ratchet"] = section
		r.computer.Reload()
	}
	// Events are handled in their order: the next request finds the new settings.
	set("token", "new-token")
	const bearer = "Authorization: Bearer new-token"
	r.want(401, `{"status":"FAIL",…`, "GET", "/plugins", "")
	r.want(200, `[]`, "GET", "/plugins", "", bearer)
	set("origins", []string{"https://app.example"})
	r.want(200, `[]`, "GET", "/plugins", "", bearer)
	r.want(200, `[]`, "GET", "/plugins", "", bearer, "Origin: https://app.example")

	// Another port: who follows the log has to connect anew.
	follow := r.follow("?n=0", bearer)
	port := freePort(t)
	number, err := strconv.Atoi(port)
	if err != nil {
		t.Fatal(err)
	}
	set("port", number)
	for {
		if _, _, _, ok := follow.next(); !ok {
			break
		}
	}
	old := r.url
	r.url = "http://127.0.0.1:" + port
	r.want(200, `[]`, "GET", "/plugins", "", bearer)
	// A port that is taken leaves all as it is.
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	set("port", listener.Addr().(*net.TCPAddr).Port)
	r.want(200, `[]`, "GET", "/plugins", "", bearer)
	r.want(200, `[…"the Ratchet web server, at ratchet.port: port … is in use (by another program)…`, "GET", "/logs?plugin=control&level=error", "", bearer)
	if resp, err := http.Get(old + "/plugins"); err == nil {
		resp.Body.Close()
		t.Error("the old port is open")
	}
	follow = r.follow("?n=0", bearer)
	set("enabled", false)
	for {
		if _, _, _, ok := follow.next(); !ok {
			break
		}
	}
}

// TestRatchetTakesTooLong has plugins that are slow to load: the client learns so in time, while the server goes on.
func TestRatchetTakesTooLong(t *testing.T) {
	c := newControlled(t, map[string]string{
		"plugins.txt": "", "slow/main.lua": `sleep(0.3) print("loaded")`, "restapi.lua": `return { slow = function() sleep(1000) end }`,
	})
	c.set["limits"] = map[string]any{"answer_time": 0.05}
	r := startRatchet(t, c, nil)
	follow := r.follow("?plugin=slow")
	r.want(504, `{"status":"FAIL","reason":"the plugin is still being loaded after 0.05 seconds"}`, "GET", "/reload?plugin=slow", "")
	r.want(504, `{"status":"FAIL","reason":"there is no answer after 0.05 seconds"}`, "POST", "/call/slow", "")
	follow.until("slow", "loaded")
}

// TestRatchetFollowers has more clients follow the log than may.
func TestRatchetFollowers(t *testing.T) {
	r := startRatchet(t, newControlled(t, map[string]string{"a/main.lua": "on('x', function() print('heard') end)"}), nil)
	var all []*logs
	for range 100 {
		all = append(all, r.follow("?n=0"))
	}
	r.want(503, `{"status":"FAIL","reason":"too many clients follow the log"}`, "GET", "/logs?follow=true", "")
	r.want(200, `{"status":"OK"}`, "POST", "/event", "event=x")
	for _, each := range all {
		each.until("a", "heard")
	}
}
