package control_test

import (
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/gorilla/websocket"
)

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

// What a user shows Simtropolis goes there, and nowhere else.
func TestSocketSimtropolis(t *testing.T) {
	const sites = `
		-- The channel stands in for all sites.
		for _, name in ipairs { "get", "start" } do
			local f = store.options.download[name]
			store.options.download[name] = function(url, path, o)
				if url:sub(1, #CHANNEL) ~= CHANNEL then
					print("asked", url:match "//([^/]*)", o.headers.Authorization or "-", o.headers.Cookie or "-")
					o.headers = {}
					url = CHANNEL .. "files/x.zip"
				end
				return f(url, path, o)
			end
		end
		profile:save { explicit = { "g:p" } }`
	hosts := []string{"simtropolis.com", "community.simtropolis.com", "COMMUNITY.Simtropolis.com:443", "notsimtropolis.com", "simtropolis.com.example", "example.com"}
	secrets := filepath.Join(t.TempDir(), "secrets.txt")
	if err := os.WriteFile(secrets, []byte("SC4PAC_SIMTROPOLIS_COOKIE=of=secrets\n"), 0o666); err != nil {
		t.Fatal(err)
	}
	for _, secrets := range []string{"", secrets} {
		b := newWorkbench(t)
		b.secrets = secrets
		var assets []object
		for i, host := range hosts {
			id := string(rune('a' + i))
			b.channel.asset(id, "1", "x.zip", zipped(t, "a.dat", dbpf("a")), object{"url": "https://" + host + "/" + id + ".zip"})
			assets = append(assets, uses(id))
		}
		b.channel.pkg("g:p", "1", object{"assets": assets})
		s := b.serve(sites)
		update := func(query, authorization, cookie string) {
			t.Helper()
			before := len(s.out.String())
			if m := s.update("profile=1" + query).yes(); m["ok"] != true {
				t.Fatalf("%v\n%s", m, s.out.String())
			}
			for _, name := range []string{"cache", "plugins", "sc4pac-plugins-lock.json"} { // all over again
				if err := os.RemoveAll(filepath.Join(s.data, "profiles", "1", name)); err != nil {
					t.Fatal(err)
				}
			}
			got := s.out.String()[before:]
			for i, host := range hosts {
				want := "asked\t" + host + "\t-\t-\n"
				if i < 3 {
					want = "asked\t" + host + "\t" + authorization + "\t" + cookie + "\n"
				}
				if strings.Count(got, "asked\t"+host+"\t") != 1 || !strings.Contains(got, want) {
					t.Errorf("%s: no %q in\n%s", query, want, got)
				}
			}
		}
		if secrets == "" {
			update("", "-", "-")
			update("&simtropolisCookie=a%3D1%3B+b", "-", "a=1; b")
			update("&simtropolisToken=t0ken&simtropolisCookie=a", `SC4PAC-TOKEN-ST userkey="t0ken"`, "-")
			for _, query := range []string{"&simtropolisToken=a%22b", "&simtropolisToken=a%0Ab", "&simtropolisCookie=a%0D%0AX:b"} {
				update(query, "-", "-")
			}
		} else {
			update("", "-", "of=secrets")
			update("&simtropolisCookie=a", "-", "a")
		}
	}
}

// Programs and settings of packages: clients that know the prompts are asked about them, others are told with the warnings.
func TestSocketLooseFiles(t *testing.T) {
	s := newWorkbench(t).serve(`profile:save { explicit = { "g:dll" } }`)
	dll, ini := "a program", "[x]"
	s.channel.asset("dll", "1", "dll.zip", zipped(t, "d/magic.dll", dll, "d/magic.ini", ini))
	s.channel.pkg("g:dll", "1.0", object{"assets": []object{uses("dll", object{"withChecksum": []object{
		{"include": "dll$", "sha256": sum([]byte(dll))}, {"include": "ini$", "sha256": sum([]byte(ini)), "isIni": true},
	}})}})
	begin := func(api string) *client {
		t.Helper()
		c := s.update("profile=1&refreshChannels&api=" + api)
		if api != "2.0" {
			c.answer(c.next(), "Default")
		}
		c.answer(c.prompt("/prompt/confirmation/update/plan"), "Yes")
		return c
	}
	loose := func(there bool) {
		t.Helper()
		for _, name := range []string{"magic.dll", "magic_sc4pacnew.ini"} {
			if _, err := os.Stat(filepath.Join(s.data, "profiles", "1", "plugins", name)); (err == nil) != there {
				t.Errorf("%s: %v", name, err)
			}
		}
	}
	dlls := func(c *client) object {
		t.Helper()
		m := c.prompt("/prompt/confirmation/update/installing-dlls")
		same(t, m, object{
			"$type": m["$type"], "description": m["description"], "choices": []string{"Yes", "No"}, "token": m["token"], "responses": responses(m["token"], "Yes", "No"),
			"dllsInstalled": []object{{
				"dll": "magic.dll", "checksum": object{"sha256": sum([]byte(dll))}, "url": s.channel.url + "files/dll.zip", "package": "g:dll", "packageVersion": "1.0",
				"assetMetadataUrl": s.channel.url + "metadata/sc4pacAsset/dll/1/pkg.json", "packageMetadataUrl": s.channel.url + "metadata/g/dll/1.0/pkg.json",
			}},
		})
		return m
	}
	c := begin("2.7")
	c.answer(c.prompt("/prompt/confirmation/update/warnings"), "Yes")
	c.answer(dlls(c), "No")
	same(t, c.next(), object{"$type": "/error/aborted", "title": "Operation aborted.", "detail": ""})
	loose(false)
	c = begin("3.1")
	m := c.prompt("/prompt/confirmation/update/warnings")
	same(t, m["warnings"], object{})
	c.answer(m, "Yes")
	c.answer(dlls(c), "Yes")
	m = c.prompt("/prompt/confirmation/update/ini-manual-edit")
	loose(true) // all is done by then
	same(t, m, object{
		"$type": m["$type"], "choices": []string{"Yes"}, "token": m["token"], "responses": responses(m["token"], "Yes"),
		"iniFiles": []object{{"tmpIni": "magic_sc4pacnew.ini", "finalName": "magic.ini", "package": "g:dll"}},
	})
	c.answer(m, "Yes")
	same(t, c.next(), object{"$type": "/result", "ok": true})
	s.channel.pkg("g:dll", "1.1", object{"assets": []object{uses("dll", object{"withChecksum": []object{{"include": "ini$", "sha256": sum([]byte(ini)), "isIni": true}}})}})
	c = begin("2.0")
	m = c.prompt("/prompt/confirmation/update/warnings")
	same(t, m["warnings"], object{"g:dll": []string{"The file magic_sc4pacnew.ini has settings: look at it after the update, and rename it to magic.ini."}})
	c.answer(m, "Yes")
	same(t, c.next(), object{"$type": "/result", "ok": true})
	s.clean()
}
