package control_test

import (
	"bytes"
	"context"
	"encoding/json"
	"net/http"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/gorilla/websocket"

	"github.com/luart/luart/runtime"
)

// served is a workbench whose updates are served at an address.
type served struct {
	*workbench
	address  string
	computer *runtime.Computer
	out      output
	ended    chan error
}

const server = `
local manager = require("manager").new { settings = control.settings }
manager.logs:sink(function(line) if line.level ~= "info" then print(line.source, line.level, line.message) end end)
require("packages.publish").patience = 0.2
manager:spawn(function()
    manager:start()
    manager:onStop(update.stop)
    local listener = manager:listen({ websocket = function(socket, request) update.serve(socket, request, { store = store, manager = manager }) end },
        function(_, response) response.setStatusCode(404) response.close() end)
    control.ready { packages = "ws://127.0.0.1:" .. listener.port }
end)
manager:loop()
`

// serve starts a server, which ends with the test.
func (b *workbench) serve(code string) *served {
	b.t.Helper()
	s := &served{workbench: b, ended: make(chan error, 1)}
	addresses := make(chan string, 1)
	b.ready = func(all map[string]string) { addresses <- all["packages"] }
	c, err := runtime.New(b.options(&s.out, code+server)...)
	if err != nil {
		b.t.Fatal(err)
	}
	s.computer = c
	go func() {
		_, err := c.Run(context.Background())
		s.ended <- err
	}()
	select {
	case s.address = <-addresses:
	case err := <-s.ended:
		b.t.Fatalf("the server has not started: %v\n%s", err, s.out.String())
	}
	b.t.Cleanup(s.stop)
	return s
}

func (s *served) stop() {
	if s.computer == nil {
		return
	}
	s.computer.Terminate()
	select {
	case <-s.ended:
	case <-time.After(time.Minute):
		s.t.Errorf("the server does not end\n%s", s.out.String())
	}
	s.computer = nil
}

// client is the client's side of an update.
type client struct {
	t  testing.TB
	s  *served
	ws *websocket.Conn
}

func (s *served) update(query string) *client {
	s.t.Helper()
	ws, _, err := websocket.DefaultDialer.Dial(s.address+"/update?"+query, nil)
	if err != nil {
		s.t.Fatal(err)
	}
	s.t.Cleanup(func() { ws.Close() })
	return &client{s.t, s, ws}
}

// next is the next message; nil after the last one, whose close code must be 1000.
func (c *client) next() object {
	c.t.Helper()
	c.ws.SetReadDeadline(time.Now().Add(10 * time.Second))
	kind, text, err := c.ws.ReadMessage()
	if websocket.IsCloseError(err, websocket.CloseNormalClosure) {
		return nil
	}
	if err != nil {
		c.t.Fatalf("%v\n%s", err, c.s.out.String())
	}
	var m object
	d := json.NewDecoder(bytes.NewReader(text))
	if err := d.Decode(&m); err != nil || kind != websocket.TextMessage {
		c.t.Fatalf("%d %q: %v", kind, text, err)
	}
	if !strings.HasPrefix(string(text), `{"$type":"/`) {
		c.t.Errorf("$type is not in front: %s", text)
	}
	return m
}

// prompt is the next message that is no progress; its type must be the one that is given.
func (c *client) prompt(kind string) object {
	c.t.Helper()
	for {
		m := c.next()
		if m == nil {
			c.t.Fatalf("the socket was closed before a message of the type %s", kind)
		}
		if strings.HasPrefix(m["$type"].(string), "/progress/") {
			continue
		}
		if m["$type"] != kind {
			c.t.Fatalf("the message is %v, not a %s", m, kind)
		}
		return m
	}
}

func (c *client) send(v any) {
	c.t.Helper()
	if err := c.ws.WriteJSON(v); err != nil {
		c.t.Fatal(err)
	}
}

// answer sends one of the responses of a prompt, as it is.
func (c *client) answer(m object, choice string) {
	c.t.Helper()
	response := m["responses"].(object)[choice]
	if response == nil {
		c.t.Fatalf("%v has no response %s", m, choice)
	}
	c.send(response)
}

// yes agrees to everything, and returns the last message.
func (c *client) yes() object {
	c.t.Helper()
	for {
		m := c.next()
		if m == nil {
			c.t.Fatal("there was no final message")
		}
		if m["choices"] != nil {
			c.answer(m, m["choices"].([]any)[0].(string))
		}
		if kind := m["$type"].(string); kind == "/result" || strings.HasPrefix(kind, "/error/") {
			if after := c.next(); after != nil {
				c.t.Errorf("after the final message %v there is %v", m, after)
			}
			return m
		}
	}
}

func same(t testing.TB, got, want any) {
	t.Helper()
	var a, b any
	if err := json.Unmarshal(encoded(t, got), &a); err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(encoded(t, want), &b); err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(a, b) {
		t.Errorf("%s\nis not\n%s", encoded(t, got), encoded(t, want))
	}
}

func responses(token any, choices ...string) object {
	all := object{}
	for _, c := range choices {
		all[c] = object{"$type": "/prompt/response", "token": token, "body": c}
	}
	return all
}

func (s *served) fill() {
	s.channel.asset("one", "1", "one.zip", zipped(s.t, "a.dat", dbpf("a")))
	s.channel.asset("two", "1", "two.zip", zipped(s.t, "b.dat", dbpf("b")))
	s.channel.asset("three", "1", "three.dat", []byte(dbpf(strings.Repeat("x", 1<<20))))
	s.channel.asset("four", "1", "four.zip", zipped(s.t, "d.dat", dbpf("d")))
	s.channel.pkg("g:side", "1.0", object{
		"info": object{"warning": "Read this."},
		"variants": []object{
			{"variant": object{"driveside": "right"}, "assets": []object{uses("one"), uses("two")}, "dependencies": needs("g:big")},
			{"variant": object{"driveside": "left"}, "assets": []object{uses("two")}},
		},
		"variantDescriptions": object{"driveside": object{"left": "as in the UK"}},
	})
	s.channel.pkg("g:big", "2.0", object{"assets": []object{uses("three"), uses("four")}})
}

// The messages of an update, with all that they have.
func TestSocketMessages(t *testing.T) {
	s := newWorkbench(t).serve(`profile:save { explicit = { "g:side" } } TIMEOUT = 60`)
	s.fill()
	c := s.update("profile=1")
	token := regexp.MustCompile(`^[1-9a-f][0-9a-f]{0,7}$`)

	m := c.prompt("/prompt/choice/update/variant")
	if !token.MatchString(m["token"].(string)) {
		t.Errorf("the token is %q", m["token"])
	}
	same(t, m, object{
		"$type": "/prompt/choice/update/variant", "package": "g:side", "label": "driveside", "variantId": "driveside", "choices": []string{"right", "left"},
		"descriptions": object{"left": "as in the UK"}, "info": object{"valueDescriptions": object{"left": "as in the UK"}},
		"previouslySelectedValue": []string{}, "importedValues": []string{}, "token": m["token"], "responses": responses(m["token"], "right", "left"),
	})
	c.answer(m, "right")

	plan := c.prompt("/prompt/confirmation/update/plan")
	if plan["token"] == m["token"] {
		t.Error("two prompts have the same token")
	}
	same(t, plan, object{
		"$type": "/prompt/confirmation/update/plan", "toRemove": []object{}, "choices": []string{"Yes", "No"}, "token": plan["token"],
		"responses": responses(plan["token"], "Yes", "No"), "toInstall": []object{
			{"package": "g:big", "version": "2.0", "variant": object{}}, {"package": "g:side", "version": "1.0", "variant": object{"driveside": "right"}},
		},
	})
	config := filepath.Join(s.data, "profiles", "1", "sc4pac-plugins.json")
	if text, err := os.ReadFile(config); err != nil || strings.Contains(string(text), "driveside") {
		t.Errorf("the selection was written before the plan was agreed to: %v, %s", err, text)
	}
	c.answer(plan, "Yes")

	byURL := map[string][]string{}
	var rest []object
	for m := c.next(); ; m = c.next() {
		kind, download := strings.CutPrefix(m["$type"].(string), "/progress/download/")
		if download {
			url := strings.TrimPrefix(m["url"].(string), s.channel.url+"files/")
			text := kind
			for _, field := range []string{"length", "downloaded", "success"} {
				if m[field] != nil {
					text += " " + string(encoded(t, m[field]))
				}
			}
			byURL[url] = append(byURL[url], text)
			continue
		}
		rest = append(rest, m)
		if m["token"] != nil {
			break
		}
	}
	if text, err := os.ReadFile(config); err != nil || !strings.Contains(string(text), "driveside") {
		t.Errorf("the selection was not written: %v, %s", err, text)
	}
	for url, size := range map[string]int{"one.zip": len(zipped(t, "a.dat", dbpf("a"))), "three.dat": 1<<20 + 4} {
		text := string(encoded(t, size))
		got := byURL[url]
		if len(got) < 4 || got[0] != "started" || got[1] != "length "+text || got[len(got)-2] != "intermediate "+text || got[len(got)-1] != "finished true" {
			t.Errorf("%s: %v", url, got)
		}
	}
	if len(byURL) != 4 {
		t.Error(byURL)
	}
	if s.channel.most > 2 {
		t.Errorf("%d downloads at a time", s.channel.most)
	}
	warnings := rest[len(rest)-1]
	same(t, rest, []object{
		{"$type": "/progress/update/extraction", "package": "g:big", "progress": object{"numerator": 1, "denominator": 2}},
		{"$type": "/progress/update/extraction", "package": "g:side", "progress": object{"numerator": 2, "denominator": 2}},
		{"$type": "/prompt/confirmation/update/warnings", "warnings": object{"g:side": []string{"Read this."}}, "choices": []string{"Yes", "No"},
			"token": warnings["token"], "responses": responses(warnings["token"], "Yes", "No")},
	})
	c.answer(warnings, "Yes")
	same(t, c.next(), object{"$type": "/result", "ok": true})
	if m := c.next(); m != nil {
		t.Error(m)
	}

	// Nothing to do: the plan is asked about all the same, and nothing is written.
	before := tree(t, filepath.Join(s.data, "profiles"))
	c = s.update("profile=1")
	plan = c.prompt("/prompt/confirmation/update/plan")
	same(t, plan["toInstall"], []object{})
	same(t, plan["toRemove"], []object{})
	c.answer(plan, "Yes")
	same(t, c.next(), object{"$type": "/result", "ok": true})
	if tree(t, filepath.Join(s.data, "profiles")) != before {
		t.Error("an update that has nothing to do has written something")
	}
	s.clean()
}

// What is no answer is ignored, and the prompt stays.
func TestSocketIgnores(t *testing.T) {
	s := newWorkbench(t).serve(`profile:save { explicit = { "g:side" } }`)
	s.fill()
	c := s.update("profile=1")
	c.send(object{"$type": "/prompt/response", "token": "1", "body": "Yes"}) // early
	m := c.prompt("/prompt/choice/update/variant")
	token := m["token"]
	for _, v := range []any{
		nil, 1, "Yes", []int{}, object{}, object{"$type": "/prompt/response"}, object{"$type": "/prompt/response", "token": "0", "body": "left"},
		object{"$type": "/prompt/response", "token": token, "body": "Yes"}, object{"$type": "/prompt/response", "token": token, "body": []string{"left"}},
		object{"$type": "/prompt/response", "token": token}, object{"$type": "/prompt/other", "token": token, "body": "left"},
		object{"$type": "/prompt/response", "token": token, "body": "left", "more": strings.Repeat("x", 70000)},
	} {
		c.send(v)
	}
	for _, text := range []string{"", "{", "\x00", `{"$type":`} {
		c.ws.WriteMessage(websocket.TextMessage, []byte(text))
	}
	c.ws.WriteMessage(websocket.BinaryMessage, encoded(t, object{"$type": "/prompt/response", "token": token, "body": "right"}))
	c.answer(m, "left")
	c.answer(m, "right") // late
	plan := c.prompt("/prompt/confirmation/update/plan")
	same(t, plan["toInstall"], []object{{"package": "g:side", "version": "1.0", "variant": object{"driveside": "left"}}})
	c.send(object{"$type": "/prompt/response", "token": plan["token"], "body": "left"})
	c.answer(plan, "No")
	same(t, c.next(), object{"$type": "/error/aborted", "title": "Operation aborted.", "detail": ""})
	if m := c.next(); m != nil {
		t.Error(m)
	}
	s.clean()
}

// A client that closes the socket cancels the update, which leaves nothing; the next one can begin at once.
func TestSocketCloses(t *testing.T) {
	s := newWorkbench(t).serve(`profile:save { explicit = { "g:side" }, variant = { driveside = "right" } } TIMEOUT = 600`)
	s.fill()
	s.channel.file("three.dat", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Length", "1000000")
		w.Write([]byte(dbpf("")))
		w.(http.Flusher).Flush()
		<-r.Context().Done()
	})
	before := tree(t, filepath.Join(s.data, "profiles", "1", "plugins"))
	closed := []func(*client){
		func(*client) {},
		func(c *client) { c.prompt("/prompt/confirmation/update/plan") },
		func(c *client) {
			c.answer(c.prompt("/prompt/confirmation/update/plan"), "Yes")
			for c.next()["$type"] != "/progress/download/started" {
			}
		},
	}
	for i, f := range slices.Concat(closed, closed) {
		c := s.update("profile=1")
		f(c)
		if i >= len(closed) {
			c.ws.WriteControl(websocket.CloseMessage, websocket.FormatCloseMessage(1000, ""), time.Now().Add(time.Minute))
		}
		c.ws.Close()
	}
	s.channel.asset("three", "1", "three.dat", []byte(dbpf("c")))
	c := s.update("profile=1")
	plan := c.prompt("/prompt/confirmation/update/plan")
	if now := tree(t, filepath.Join(s.data, "profiles", "1", "plugins")); now != before {
		t.Errorf("Plugins has become %s", now)
	}
	if left := tree(t, filepath.Join(s.data, "profiles", "temp")); left != "" {
		t.Errorf("the temp folder has\n%s", left)
	}
	c.answer(plan, "Yes")
	c.answer(c.prompt("/prompt/confirmation/update/warnings"), "Yes")
	same(t, c.next(), object{"$type": "/result", "ok": true})
	s.clean()
}

func TestSocketRefuses(t *testing.T) {
	s := newWorkbench(t).serve(`profile:save { explicit = { "g:side" }, variant = { driveside = "right" } }`)
	s.fill()
	first := s.update("profile=1")
	first.prompt("/prompt/confirmation/update/plan")
	same(t, s.update("profile=1").yes(), object{
		"$type": "/error/server-error", "title": "Another update of this profile is running.", "detail": "Wait until it ends, or cancel it.",
	})
	same(t, s.update("").yes(), object{"$type": "/error/bad-request", "title": `URL query parameter "profile" is required.`, "detail": ""})
	if m := s.update("profile=2").yes(); m["$type"] != "/error/profile-not-initialized" || m["platformDefaults"] == nil {
		t.Error(m)
	}
	if m := s.update("profile=..").yes(); m["$type"] != "/error/bad-request" {
		t.Error(m)
	}
	if m := s.update("profile=1&api=x").yes(); m["$type"] != "/error/bad-request" {
		t.Error(m)
	}
	// The end of the server is one of the updates, too.
	s.computer.Terminate()
	same(t, first.next(), object{"$type": "/error/aborted", "title": "Operation aborted.", "detail": "The server ends."})
	if m := first.next(); m != nil {
		t.Error(m)
	}
	<-s.ended
	s.computer = nil
	s.clean()
}

// What later versions of the API ask, for clients that know them.
func TestSocketLaterPrompts(t *testing.T) {
	s := newWorkbench(t).serve(`profile:save { explicit = { "g:side", "g:gone", "g:enemy" } }`)
	s.fill()
	s.channel.pkg("g:enemy", "1", object{"conflictingPackages": []string{"g:big"}})
	s.channel.file("four.zip", http.NotFound)
	c := s.update("profile=1&api=2.7&refreshChannels")

	m := c.next()
	same(t, m, object{
		"$type": "/prompt/json/update/initial-arguments", "choices": []string{"Default"}, "token": m["token"],
		"responses": object{"Default": object{"$type": "/prompt/response", "token": m["token"], "body": object{}}},
	})
	c.send(object{"$type": "/prompt/response", "token": m["token"], "body": object{"importedSelections": []object{{"driveside": "left"}, {"x": 1}}}})
	m = c.prompt("/prompt/choice/update/variant")
	same(t, m["importedValues"], []string{"left"})
	c.answer(m, "right")
	m = c.prompt("/prompt/confirmation/update/remove-unresolvable-packages")
	same(t, m, object{"$type": m["$type"], "packages": []string{"g:gone"}, "choices": []string{"Yes", "No"}, "token": m["token"], "responses": responses(m["token"], "Yes", "No")})
	c.answer(m, "Yes")
	m = c.prompt("/prompt/choice/update/remove-conflicting-packages")
	same(t, m, object{
		"$type": m["$type"], "conflict": []string{"g:big", "g:enemy"}, "explicitPackages": [][]string{{"g:side"}, {"g:enemy"}}, "choices": []string{"1", "2", "Cancel"},
		"token": m["token"], "responses": responses(m["token"], "1", "2", "Cancel"),
	})
	c.answer(m, "2")
	c.answer(c.prompt("/prompt/confirmation/update/plan"), "Yes")
	m = c.prompt("/prompt/json/update/download-failed-select-mirror")
	reason := m["reason"].(object)
	if reason["$type"] != "/error/download-failed" || !strings.Contains(reason["title"].(string), "four.zip") {
		t.Error(reason)
	}
	response := func(body object) object {
		return object{"$type": "/prompt/response", "token": m["token"], "body": body}
	}
	same(t, m, object{
		"$type": m["$type"], "url": s.channel.url + "files/four.zip", "reason": reason, "promptForSimtropolisToken": false, "choices": []string{"Retry", "Cancel"},
		"token": m["token"], "responses": object{
			"Retry": response(object{"retry": true, "localMirror": []string{}, "simtropolisToken": []string{}}), "Cancel": response(object{"retry": false}),
		},
	})
	c.answer(m, "Retry")
	m = c.prompt("/prompt/json/update/download-failed-select-mirror")
	mirror := filepath.Join(s.data, "mine.zip")
	if err := os.WriteFile(mirror, zipped(t, "mine.dat", dbpf("mine")), 0o666); err != nil {
		t.Fatal(err)
	}
	c.send(response(object{"retry": true, "localMirror": []string{"/data/mine.zip"}}))
	c.answer(c.prompt("/prompt/confirmation/update/warnings"), "Yes")
	same(t, c.next(), object{"$type": "/result", "ok": true})
	if _, err := os.Stat(filepath.Join(s.data, "profiles", "1", "plugins", "150-mods", "g.big.2.0.sc4pac", "mine.dat")); err != nil {
		t.Error(err)
	}
	if s.channel.asked("four.zip") != 2 {
		t.Errorf("asked for %d times", s.channel.asked("four.zip"))
	}
	// Cancel is a failure that names the file.
	s.channel.pkg("g:big", "3.0", object{"assets": []object{uses("three"), uses("four")}})
	s.channel.asset("four", "2", "four-2.zip", nil)
	s.channel.file("four-2.zip", http.NotFound)
	c = s.update("profile=1&api=2.5&refreshChannels")
	c.answer(c.next(), "Default")
	c.answer(c.prompt("/prompt/confirmation/update/plan"), "Yes")
	c.answer(c.prompt("/prompt/json/update/download-failed-select-mirror"), "Cancel")
	if m := c.next(); m["$type"] != "/error/download-failed" || !strings.Contains(m["title"].(string), "four-2.zip") {
		t.Error(m)
	}
	s.clean()
}
