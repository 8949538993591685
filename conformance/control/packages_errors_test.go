package control_test

import (
	"net/http"
	"os"
	"strings"
	"testing"
)

// Every error of the package API: its status, its $type, and that clients find three texts in it.

func (s *packageServer) wantError(request string, status int, kind, title string) reply {
	s.t.Helper()
	got := s.want(request, status, `{"$type": "/error/`+kind+`"}…`)
	for _, name := range []string{`"$type":"`, `"title":"`, `"detail":"`} {
		if !strings.Contains(got.body, name) {
			s.t.Errorf("%s: there is no %s in %s", request, name, got.body)
		}
	}
	if !strings.HasPrefix(got.body, `{"$type":`) || !strings.Contains(got.body, title) {
		s.t.Errorf("%s: %s, not %s", request, got.body, title)
	}
	return got
}

// profileRoutes are all endpoints that a profile is for, with what they need.
var profileRoutes = []string{
	"GET /profile.read?", "GET /packages.list?", "GET /packages.info?pkg=a:b&", "GET /packages.search?q=a&", "POST /packages.search.id?\n\n{}",
	"GET /plugins.added.list?", "GET /plugins.installed.list?", "GET /plugins.search?", "POST /plugins.add?\n\n[\"a:b\"]", "POST /plugins.remove?\n\n[\"a:b\"]",
	"POST /plugins.reinstall?\n\n[\"a:b\"]", "POST /plugins.export?\n\n[\"a:b\"]", "GET /plugins.repair.scan?", "GET /variants.list?", "POST /variants.reset?\n\n[]", "POST /variants.set?\n\n{}",
	"GET /variants.choices?pkg=a:b&variantId=x&", "GET /channels.list?", "POST /channels.set?\n\n[]", "GET /channels.stats?",
}

func withProfile(route, id string) string {
	at := strings.IndexAny(route+"\n", "\n")
	return route[:at] + "profile=" + id + route[at:]
}

func TestPackagesProfileErrors(t *testing.T) {
	c := mods(t)
	s := startPackageServer(t, c.root())
	s.describe()
	const notInitialized = `{"$type": "/error/profile-not-initialized", "title": "Profile not initialized.", "platformDefaults": {"temp": ["temp"]}}…`
	for _, route := range profileRoutes {
		s.wantError(strings.Replace(route, "?\n", "\n", 1), 400, "bad-request", `URL query parameter \"profile\" is required.`)
		for _, id := range []string{"", "..", ".", "a%2Fb", "a%5Cb", "..%2F..%2Fx", "%00", "con%3A", "a%0Ab"} {
			s.wantError(withProfile(route, id), 400, "bad-request", "")
		}
		s.want(withProfile(route, "none"), 409, notInitialized)
	}
	s.wantError("POST /profile.init", 400, "bad-request", `URL query parameter \"profile\" is required.`)
	for _, body := range []string{"", "\n\n", "\n\n{", "\n\n[]", "\n\nnull", "\n\n1", "\n\n" + `{"plugins": "plugins", "cache": "cache"}`, "\n\n" + `{"plugins": 1, "cache": "cache", "temp": "temp"}`} {
		got := s.wantError("POST /profile.init?profile=1"+body, 400, "init/bad-request", `Parameters \"plugins\", \"cache\" and \"temp\" are required.`)
		if !strings.Contains(got.body, `"platformDefaults":{`) {
			t.Error(got.body)
		}
	}
	s.profile()
	for _, body := range []string{"", "\n\n{", "\n\n" + `{"plugins": "plugins", "cache": "cache", "temp": "temp"}`} {
		s.wantError("POST /profile.init?profile=1"+body, 409, "init/not-allowed", "already initialized")
	}
	for _, route := range profileRoutes { // they are all there
		if got := s.ask(withProfile(route, "1")); got.status != 200 && !strings.Contains(route, "a:b") {
			t.Errorf("%s: %d %s", route, got.status, got.body)
		}
	}
	// A file that can't be read is never overwritten, and its content is kept beside it.
	const broken = `{"config": {`
	s.write("1/sc4pac-plugins.json", broken)
	for _, route := range profileRoutes {
		s.wantError(withProfile(route, "1"), 500, "profile-read-error", "sc4pac-plugins.json")
	}
	if s.read("1/sc4pac-plugins.json") != broken || s.read("1/sc4pac-plugins.json.corrupt") != broken {
		t.Error("what was in the file is lost")
	}
	s.write("sc4pac-profiles.json", broken)
	for _, request := range []string{"GET /profiles.list", "POST /profiles.add\n\n{\"name\": \"x\"}", "GET /settings.all.get", "POST /settings.all.set\n\n{}"} {
		s.wantError(request, 500, "profile-read-error", "sc4pac-profiles.json")
	}
	if s.read("sc4pac-profiles.json") != broken {
		t.Error("what was in the file is lost")
	}
}

func TestPackagesRequestErrors(t *testing.T) {
	c := mods(t)
	s := startPackageServer(t, c.root())
	// What is wrong with a request comes before what is wrong with the profile.
	for _, each := range []struct{ request, title string }{
		{"GET /packages.search?profile=none", `URL query parameter \"q\" is required.`},
		{"GET /packages.search?profile=none&q=a&threshold=101", "Invalid threshold"},
		{"GET /packages.search?profile=none&q=a&threshold=-1", "Invalid threshold"},
		{"GET /packages.search?profile=none&q=a&threshold=x", "Invalid threshold"},
		{"GET /packages.search?profile=none&q=a&threshold=", "Invalid threshold"},
		{"GET /plugins.search?profile=none&q=a&threshold=1e2", "Invalid threshold"},
		{"GET /plugins.search?profile=none&q=" + strings.Repeat("a", 257), "too long"},
		{"GET /packages.info?profile=none", `URL query parameter \"pkg\" is required.`},
		{"GET /packages.info?profile=none&pkg=x", "Malformed package name: x"},
		{"GET /packages.info?profile=none&pkg=a:b:c", "Malformed package name: a:b:c"},
		{"GET /packages.info?profile=none&pkg=..:b", "Malformed package name: ..:b"},
		{"GET /packages.info?profile=none&pkg=a%2Fx:b", "Malformed package name: a/x:b"},
		{"GET /variants.choices?profile=none&variantId=x", `URL query parameter \"pkg\" is required.`},
		{"GET /variants.choices?profile=none&pkg=a:b", `URL query parameter \"variantId\" is required.`},
		{"GET /packages.search?profile=%zz&q=a", "malformed query"},
		{"GET /packages.search?profile=none&q=a&api=2", "no version of the API: 2"},
		{"GET /variants.list?profile=none&api=", "no version of the API"},
		{"POST /plugins.add?profile=none\n\n{}", "another form"},
		{"POST /plugins.add?profile=none\n\n[1]", "another form"},
		{"POST /plugins.add?profile=none\n\n[null]", "another form"},
		{"POST /plugins.add?profile=none\n\n\"a:b\"", "another form"},
		{"POST /plugins.add?profile=none\n\n[", "no JSON"},
		{"POST /plugins.add?profile=none\n\n", "no JSON"},
		{"POST /plugins.add?profile=none", "no JSON"},
		{"POST /plugins.add?profile=none\n\n[\"\xff\"]", "no JSON"},
		{"POST /plugins.add?profile=none\n\n" + strings.Repeat("[", 10000), "no JSON"},
		{"POST /plugins.remove?profile=none\n\n{\"a\": 1}", "another form"},
		{"POST /plugins.reinstall?profile=none\n\n1", "another form"},
		{"POST /variants.reset?profile=none\n\n[{}]", "another form"},
		{"POST /variants.set?profile=none\n\n[]", "another form"},
		{"POST /channels.set?profile=none\n\nnull", "another form"},
		{"POST /packages.search.id?profile=none\n\n{\"packages\": [\"x\"]}", "another form"},
		{"POST /packages.search.id?profile=none\n\n{\"externalIds\": [[\"stex\"]]}", "another form"},
		{"POST /packages.search.id?profile=none\n\n{\"externalIds\": [1]}", "another form"},
		{"POST /profiles.add\n\n{}", `Parameter \"name\" is required.`},
		{"POST /profiles.add\n\n{\"name\": 1}", `Parameter \"name\" is required.`},
		{"POST /profiles.add", "no JSON"},
		{"POST /profiles.switch\n\n{\"id\": \"7\"}", `Profile ID \"7\" does not exist.`},
		{"POST /profiles.rename\n\n{\"id\": \"7\", \"name\": \"x\"}", `Profile ID \"7\" does not exist.`},
		{"POST /profiles.rename\n\n{\"id\": \"7\"}", `Parameter \"name\" is required.`},
		{"POST /profiles.remove\n\n{\"id\": \"..\"}", `Profile ID \"..\" does not exist.`},
		{"POST /settings.all.set\n\n{", "no JSON"},
		{"POST /packages.open\n\n[{}]", "another form"},
		{"GET /image.fetch", `URL query parameter \"url\" is required.`},
		{"GET /image.fetch?url=", "Malformed URL."},
		{"GET /image.fetch?url=ftp://example.com/", "Malformed URL."},
		{"GET /image.fetch?url=file:///etc/passwd", "Malformed URL."},
		{"GET /image.fetch?url=http://", "Malformed URL."},
		{"GET /image.fetch?url=http://a%0d%0ab/", "Malformed URL."},
	} {
		s.wantError(each.request, 400, "bad-request", each.title)
	}
	s.wantError("POST /packages.open\n\n[]", 503, "server-error", "No client is open")
	if got := s.ask("POST /settings.all.set\n\n\"" + strings.Repeat("x", 16<<20) + "\""); got.status != 413 { // by the listener
		t.Error(got.status)
	}

	s.profile()
	s.want("POST /plugins.add?profile=1\n\n[\"memo:beta\"]", 200, done)
	s.wantError("POST /plugins.add?profile=1\n\n[\"memo:alpha\", \"x\"]", 400, "bad-request", "Malformed package name: x")
	s.wantError("POST /plugins.remove?profile=1\n\n[\"memo:beta\", \"memo:alpha\", \"a:b\"]", 400, "bad-request", "memo:alpha, a:b")
	s.want("GET /plugins.added.list?profile=1", 200, `["memo:beta"]`)
	s.want("POST /variants.set?profile=1\n\n{\"nightmode\": \"dark\"}", 200, done)
	s.wantError("POST /variants.set?profile=1\n\n{\"nightmode\": 1}", 400, "bad-request", "")
	s.wantError("POST /variants.reset?profile=1\n\n[\"nightmode\", \"driveside\"]", 400, "bad-request", "driveside")
	s.want("GET /variants.list?profile=1", 200, `{"nightmode": "dark"}`)
	for _, url := range []string{"url", "", "example.com/", "ftp://example.com/", "https://", "https://example.com/?a", "https://example.com/#a", "https://exa mple.com/"} {
		s.wantError("POST /channels.set?profile=1\n\n[\"https://example.com/\", \""+url+"\"]", 400, "bad-request", "Malformed channel URL")
	}
	s.want("GET /channels.list?profile=1", 200, `["`+c.root()+`"]`)
	s.wantError("GET /packages.info?profile=1&pkg=no:such", 404, "package-not-found", "no:such")
	s.wantError("GET /variants.choices?profile=1&pkg=no:such&variantId=x", 404, "package-not-found", "no:such")
	s.wantError("GET /variants.choices?profile=1&pkg=memo:alpha&variantId=x", 404, "package-not-found", "x")
	s.want("GET /packages.search?profile=1&q="+strings.Repeat("a", 257), 400, "")

	// What is no endpoint.
	for _, request := range []string{
		"GET /", "GET /nothing", "POST /server.status", "GET /plugins.add?profile=1", "PUT /profile.init?profile=1", "DELETE /profiles.list", "GET /webapp/",
		"OPTIONS /profiles.list", "OPTIONS /nothing", "POST /auth/token", "POST /plugins.folder.open?profile=1", "GET /profile.read/x?profile=1",
	} {
		got := s.wantError(request, 404, "bad-request", "There is no such endpoint.")
		if got.header.Get("Allow") != "" {
			t.Errorf("%s: %v", request, got.header)
		}
	}
	// WebSockets that are asked for as pages.
	s.wantError("GET /server.connect", 426, "bad-request", "WebSocket")
	s.wantError("GET /update?profile=1", 426, "bad-request", "WebSocket")
}

func TestPackagesChannelErrors(t *testing.T) {
	c, other := mods(t), newChannel(t, "Other", channelPackage("x:town", "3", "200-lots", nil))
	s := startPackageServer(t, c.root(), other.root())
	s.describe()
	s.profile()
	needChannels := []string{
		"GET /packages.list?", "GET /packages.info?pkg=memo:gamma&", "GET /packages.search?q=a&", "POST /packages.search.id?\n\n{}", "GET /channels.stats?",
		"GET /variants.choices?pkg=memo:alpha&variantId=driveside&",
	}
	c.fail(true)
	other.fail(true)
	for _, route := range needChannels {
		s.wantError(withProfile(route, "1"), 502, "channels-not-available", "")
	}
	// Nobody needs channels to say what is to be installed.
	s.want("POST /plugins.add?profile=1\n\n[\"memo:beta\"]", 200, done)
	s.want("POST /plugins.remove?profile=1\n\n[\"memo:beta\"]", 200, done)

	// One that is dead does not take the other one with it, and clients are told.
	c.fail(false)
	s.want("GET /packages.search?profile=1&q=", 200, `[{"package": "memo:alpha"}, {"package": "memo:beta"}, {"package": "memo:gamma"}, {"package": "memo:suite"}]…`)
	s.want("GET /channels.stats?profile=1", 200, `{"totalPackageCount": 4, "channels": [{"channelLabel": "Main"}, {"url": "`+other.root()+`", "channelLabel": null, "state": "failed"}]}…`)
	if got := s.out.String(); !strings.Contains(got, "the channel "+other.root()+" can't be read") {
		t.Error("the log does not tell of the channel:\n", got)
	}
	s.wantError("GET /packages.info?profile=1&pkg=x:town", 502, "channels-not-available", other.root())

	// A package that the contents promise, but which isn't there, or is another one.
	c.set("metadata/memo/gamma/2/pkg.json", `{"$type": "Package"}`)
	s.wantError("GET /packages.info?profile=1&pkg=memo:gamma", 502, "download-failed", "memo:gamma")
	c.mu.Lock()
	delete(c.files, "metadata/memo/gamma/2/pkg.json")
	c.mu.Unlock()
	s.wantError("GET /packages.info?profile=1&pkg=memo:gamma", 502, "download-failed", "memo:gamma")

	// A folder that can't be written to.
	if os.Getuid() != 0 {
		if err := os.Chmod(s.file("1"), 0o555); err != nil {
			t.Fatal(err)
		}
		s.wantError("POST /plugins.add?profile=1\n\n[\"memo:beta\"]", 500, "file-access-denied", "sc4pac-plugins.json")
		if err := os.Chmod(s.file("1"), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	s.want("GET /plugins.added.list?profile=1", 200, `[]`)
}

// Removing a profile leaves folders alone.
func TestPackagesRemoveProfile(t *testing.T) {
	s := startPackageServer(t, mods(t).root())
	s.profile()
	s.wantError("POST /profiles.remove\n\n{\"id\": \"1\"}", http.StatusInternalServerError, "file-access-denied", "")
	s.want("GET /profiles.list", 200, `{"profiles": [{"id": "1"}], "currentProfileId": ["1"]}…`)
	for _, dir := range []string{"1/plugins", "1/cache"} {
		if err := os.RemoveAll(s.file(dir)); err != nil {
			t.Fatal(err)
		}
	}
	s.want("POST /profiles.remove\n\n{\"id\": \"1\"}", 200, done)
	s.want("GET /profiles.list", 200, `{"profiles": [], "currentProfileId": []}…`)
	if _, err := os.Stat(s.file("1")); !os.IsNotExist(err) {
		t.Error(err)
	}
}
