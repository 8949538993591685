package main

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/gorilla/websocket"
)

// examplePlugins serves a copy of examples/plugins, changed as files say, and waits until all of them are loaded.
func examplePlugins(t *testing.T, files map[string]string, args ...string) *serving {
	t.Helper()
	dir := t.TempDir()
	if err := os.CopyFS(filepath.Join(dir, "plugins"), os.DirFS(filepath.Join("..", "..", "examples", "plugins"))); err != nil {
		t.Fatal(err)
	}
	s := &serving{dir: dir}
	// A port that is free.
	chat, err := os.ReadFile(filepath.Join(dir, "plugins", "chat", "main.lua"))
	if err != nil {
		t.Fatal(err)
	}
	s.write(t, "plugins/chat/main.lua", strings.Replace(string(chat), "local PORT = 8090", "local PORT = 0", 1))
	for name, text := range files {
		s.write(t, name, text)
	}
	s = serve(t, dir, args...)
	if errs := s.err.String(); errs != "" {
		t.Error("the examples complain:", errs)
	}
	return s
}

// form is a header of requests.
var form = []string{"Content-Type", "application/x-www-form-urlencoded"}

// asJSON is a header of requests.
var asJSON = []string{"Content-Type", "application/json"}

// All of the examples are loaded, and each plugin folder has a test here.
func TestExamplePluginsLoad(t *testing.T) {
	t.Parallel()
	s := examplePlugins(t, nil)
	_, text := s.ask(t, "GET", "ratchet", "/plugins", "")
	var list []struct {
		Name    string
		Running bool
		Error   string
	}
	if err := json.Unmarshal([]byte(text), &list); err != nil {
		t.Fatal(err, text)
	}
	var names []string
	for _, each := range list {
		if !each.Running || each.Error != "" {
			t.Errorf("%+v", each)
		}
		names = append(names, each.Name)
	}
	if got := strings.Join(names, " "); got != "announcements chat filter shop wallet greeting nightly ping systeminfo todo webhook" {
		t.Error(got)
	}
}

func TestExampleAnnouncements(t *testing.T) {
	t.Parallel()
	s := examplePlugins(t, nil)
	s.want(t, "GET", "plugin server", "/announcements", "", 200, `^\{"announcements":\[\]\}`)
	s.want(t, "POST", "ratchet", "/call/Announcement", "msg=Hello world", 200, `^\{"status":"OK"\}`, form...)
	s.want(t, "POST", "ratchet", "/call/Announcement", "", 200, `"reason":"No message provided"`, form...)
	s.want(t, "POST", "ratchet", "/call/Announcement", "", 200, `"status":"FAIL"`, form...)
	s.out.wait(t, "[announcements] success: announcement: Hello world")
	s.want(t, "GET", "plugin server", "/announcements", "", 200, `"message":"Hello world"`)
	s.want(t, "POST", "ratchet", "/event", "event=weekend", 200, "OK", form...)
	s.out.wait(t, "The weekend begins!")
	s.want(t, "POST", "ratchet", "/call/Nothing", "", 404, "FAIL", form...)

	// The file counts as it is now, without a restart; and what was said outlasts one.
	s.write(t, "plugins/restapi.lua", "return { Announcement = function() return { status = 'CLOSED' } end }")
	s.want(t, "POST", "ratchet", "/call/Announcement", "msg=x", 200, `^\{"status":"CLOSED"\}`, form...)
	s.want(t, "GET", "ratchet", "/reload?plugin=announcements", "", 200, "OK")
	s.want(t, "GET", "plugin server", "/announcements", "", 200, `weekend.*Hello world`)
}

func TestExampleSystemInfo(t *testing.T) {
	t.Parallel()
	s := examplePlugins(t, nil)
	for _, pattern := range []string{`"system":"CraftOS 1\.`, `"host":"ComputerCraft .*luart`, `"uptime":\d`, `"plugins":\["announcements",.*"webhook"\]`, `"path":"systeminfo"`, `"free":\d`} {
		s.want(t, "GET", "plugin server", "/systeminfo", "", 200, pattern)
	}
	s.want(t, "GET", "plugin server", "/systeminfo/time", "", 200, `"utc":"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ"`)
	s.want(t, "GET", "plugin server", "/systeminfo/nothing", "", 404, "")
	s.want(t, "POST", "plugin server", "/systeminfo", "", 405, "")
	s.want(t, "GET", "plugin server", "/ping/some/path?x=1", "", 200, `"path":"some/path".*"pong":true.*"x":"1"`)
}

func TestExampleTodo(t *testing.T) {
	t.Parallel()
	s := examplePlugins(t, nil)
	want := func(method, path, body string, status int, pattern string) {
		t.Helper()
		s.want(t, method, "plugin server", "/todo"+path, body, status, pattern, asJSON...)
	}
	want("GET", "", "", 200, `^\[\]`)
	want("POST", "", `{"title": "milk"}`, 201, `^\{"done":false,"id":1,"title":"milk"\}`)
	want("POST", "", `{"title": "Brötchen €"}`, 201, `"id":2`)
	want("POST", "", `{"title": "  "}`, 422, "title")
	want("POST", "", `{"title": ["x"]}`, 422, "title")
	want("POST", "", `{`, 400, "")
	want("PATCH", "/1", `{"done": true}`, 200, `"done":true,"id":1,"title":"milk"`)
	want("PATCH", "/1", `{"title": "oat milk"}`, 200, `"done":true,"id":1,"title":"oat milk"`)
	want("PATCH", "/1", `{"done": "yes"}`, 422, "done")
	want("PATCH", "/9", `{}`, 404, "no such item")
	want("GET", "/x", "", 404, "no such item")
	want("GET", "?all=false", "", 200, `^\[\{"done":false,"id":2,"title":"Brötchen €"\}\]`)
	want("DELETE", "/2", "", 200, `"id":2`)
	want("DELETE", "/2", "", 404, "")
	want("GET", "/1%27%20OR%201=1", "", 404, "")
	s.want(t, "GET", "ratchet", "/reload?plugin=todo", "", 200, "OK")
	want("GET", "", "", 200, `^\[\{"done":true,"id":1,"title":"oat milk"\}\]`)

	// kill -9 loses nothing.
	s.cmd.Process.Kill()
	s.end(t)
	s = serve(t, s.dir)
	want("GET", "", "", 200, `"oat milk"`)
	want("POST", "", `{"title": "tea"}`, 201, `"id":3`)
}

func TestExampleWebhook(t *testing.T) {
	t.Parallel()
	s := examplePlugins(t, nil)
	sign := func(secret, body string) []string {
		mac := hmac.New(sha256.New, []byte(secret))
		mac.Write([]byte(body))
		return []string{"X-Hub-Signature-256", "sha256=" + hex.EncodeToString(mac.Sum(nil)), "X-GitHub-Event", "push", "Content-Type", "application/json"}
	}
	const secret, body = "a long text that nobody can guess", `{"ref":  "refs/heads/main"}`
	s.want(t, "POST", "plugin server", "/webhook", body, 503, "not set up", sign(secret, body)...)
	s.write(t, "secrets.txt", "OTHER=x\nWEBHOOK_SECRET="+secret+"\n")
	// Secrets are read again after a second.
	for deadline := time.Now().Add(30 * time.Second); ; time.Sleep(20 * time.Millisecond) {
		status, text := s.ask(t, "POST", "plugin server", "/webhook", body, sign(secret, body)...)
		if status == 202 {
			break
		}
		if status != 503 || time.Now().After(deadline) {
			t.Fatal(status, text)
		}
	}
	s.out.wait(t, "[webhook] info: push: refs/heads/main")
	s.want(t, "POST", "plugin server", "/webhook", body, 202, "OK", sign(secret, body)...) // again: taken, but nothing is done
	s.want(t, "POST", "plugin server", "/webhook", body, 401, "bad signature", sign("another secret of some length", body)...)
	s.want(t, "POST", "plugin server", "/webhook", body+" ", 401, "bad signature", sign(secret, body)...)
	s.want(t, "POST", "plugin server", "/webhook", body, 401, "bad signature")
	s.want(t, "POST", "plugin server", "/webhook", "", 400, "no JSON object", sign(secret, "")...)
	s.want(t, "GET", "plugin server", "/nightly", "", 200, `"webhook":1`)
	if n := strings.Count(s.out.String(), "push: refs/heads/main"); n != 1 {
		t.Error("handled", n, "times")
	}
	if strings.Contains(s.out.String()+s.err.String(), secret) {
		t.Error("the secret is in the log")
	}
}

func TestExampleNightly(t *testing.T) {
	t.Parallel()
	s := examplePlugins(t, map[string]string{"plugins/schedule.json": `[{ "cron": "* * * * * *", "event": "announcement" }]`})
	// A schedule has come when it is counted.
	counted := regexp.MustCompile(`"announcement":[1-9]`)
	for deadline := time.Now().Add(30 * time.Second); ; time.Sleep(20 * time.Millisecond) {
		if _, text := s.ask(t, "GET", "plugin server", "/nightly", ""); counted.MatchString(text) {
			break
		} else if time.Now().After(deadline) {
			t.Fatal(text)
		}
	}
	s.write(t, "plugins/schedule.json", `[{ "cron": "0 0 18 * * *", "event": "daily_report" }]`)
	s.want(t, "GET", "ratchet", "/refresh-schedule", "", 200, `daily_report`)
	s.want(t, "POST", "ratchet", "/event", "event=daily_report", 200, "OK", form...)
	s.out.wait(t, "since the last report: ")
	s.want(t, "GET", "plugin server", "/nightly", "", 200, `"counts":\{"announcement":0,"webhook":0\},"last":\{.*"announcement":[1-9]`)
}

func TestExampleGreeting(t *testing.T) {
	t.Parallel()
	s := examplePlugins(t, nil, "--watch", "greeting")
	s.want(t, "GET", "plugin server", "/greeting?name=you", "", 200, `"loads":1,"text":"Hello, you!"`)
	s.write(t, "plugins/greeting/words.lua", `return { hello = "Servus", everybody = "mitanand" }`)
	s.out.wait(t, "load 1 ends")
	s.want(t, "GET", "plugin server", "/greeting", "", 200, `"loads":2,"text":"Servus, mitanand!"`)
	s.write(t, "plugins/greeting/words.lua", `return { hello = "Servus" everybody = "mitanand" }`)
	s.err.wait(t, "the reload has failed, the old version goes on: greeting/words.lua:1: ")
	s.want(t, "GET", "plugin server", "/greeting", "", 200, `"Servus, mitanand!"`)
}

func TestExampleShop(t *testing.T) {
	t.Parallel()
	s := examplePlugins(t, nil)
	buy := func(body string, status int, pattern string) {
		t.Helper()
		s.want(t, "POST", "plugin server", "/shop/buy", body, status, pattern, asJSON...)
	}
	s.want(t, "GET", "plugin server", "/shop", "", 200, `^\{"apple":2,"sword":60\}`)
	buy(`{"player": "alice", "item": "sword"}`, 200, `^\{"coins":40,"item":"sword"\}`)
	buy(`{"player": "alice", "item": "sword"}`, 402, "not enough coins")
	buy(`{"player": "alice", "item": "castle"}`, 404, "no such thing")
	buy(`{"item": "sword"}`, 422, "a player's name has letters")
	s.out.wait(t, "alice has bought: sword")
	s.want(t, "POST", "ratchet", "/call/Balance", "player=alice", 200, `"coins":40`, form...)

	// The other plugin may be replaced, and be missing.
	s.want(t, "GET", "ratchet", "/reload?plugin=wallet", "", 200, "OK")
	buy(`{"player": "alice", "item": "apple"}`, 200, `"coins":38`)
	s.want(t, "GET", "ratchet", "/unload?plugin=wallet", "", 200, "OK")
	buy(`{"player": "alice", "item": "apple"}`, 503, "the bank is closed")
	s.want(t, "GET", "ratchet", "/reload?plugin=economy/wallet", "", 200, "OK")
	buy(`{"player": "alice", "item": "apple"}`, 200, `"coins":36`)
}

func TestExamplePluginChat(t *testing.T) {
	t.Parallel()
	s := examplePlugins(t, nil)
	m := regexp.MustCompile(`open (http://127\.0\.0\.1:\d+)/`).FindStringSubmatch(s.out.String())
	if m == nil {
		t.Fatal(s.out.String())
	}
	s.address["chat"] = m[1]
	s.want(t, "GET", "chat", "/", "", 200, "new WebSocket")
	s.want(t, "GET", "chat", "/socket", "", 426, "")
	join := func() *websocket.Conn {
		t.Helper()
		conn, _, err := websocket.DefaultDialer.DialContext(t.Context(), "ws"+strings.TrimPrefix(m[1], "http")+"/socket", nil)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { conn.Close() })
		conn.SetReadDeadline(time.Now().Add(30 * time.Second))
		return conn
	}
	expect := func(conn *websocket.Conn, want string) {
		t.Helper()
		for {
			_, got, err := conn.ReadMessage()
			if err != nil {
				t.Fatalf("%v; want %s", err, want)
			}
			if strings.Contains(string(got), want) {
				return
			}
		}
	}
	alice, bob := join(), join()
	expect(alice, "(2 here)")
	if err := alice.WriteJSON(map[string]string{"name": "alice", "text": "well, DARN it"}); err != nil {
		t.Fatal(err)
	}
	expect(bob, `"text":"well, **** it"`) // by community/filter
	s.want(t, "POST", "ratchet", "/call/Announcement", "msg=Dinner!", 200, "OK", form...)
	expect(bob, "Dinner!")
	s.want(t, "GET", "ratchet", "/unload?plugin=filter", "", 200, "OK")
	if err := bob.WriteJSON(map[string]string{"name": "", "text": "heck"}); err != nil {
		t.Fatal(err)
	}
	expect(alice, `"name":"somebody"`)
	alice.Close()
	expect(bob, "(1 here)")
	// The plugin goes, and with it its sockets.
	s.want(t, "GET", "ratchet", "/unload?plugin=chat", "", 200, "OK")
	for {
		if _, _, err := bob.ReadMessage(); err != nil {
			break
		}
	}
}
