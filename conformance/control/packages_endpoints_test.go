package control_test

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/luart/luart/conformance/openapi"
)

// Every endpoint of the package API with what it answers when all goes well, held to its description.

// described is a server all of whose answers are held to the description. The test fails for successes of the description that it has not had.
func described(t *testing.T, channels ...string) *packageServer {
	s := newPackageServer(t, channels...)
	doc := s.describe()
	s.start()
	t.Cleanup(func() {
		for _, each := range doc.Unused() {
			if strings.HasSuffix(each, " 200") && !strings.Contains(each, "/image.fetch") && !strings.Contains(each, "/packages.open") {
				t.Errorf("the test has not seen: %s", each)
			}
		}
	})
	return s
}

// describe has all answers from now on held to the description.
func (s *packageServer) describe() *openapi.Document {
	s.t.Helper()
	doc := openapi.Load(s.t, "../../docs/openapi/packages.yaml")
	s.client = doc.Client()
	s.t.Cleanup(s.client.CloseIdleConnections)
	return doc
}

func TestPackagesEndpoints(t *testing.T) {
	c := mods(t)
	other := newChannel(t, "", channelPackage("x:town", "3", "200-lots", object{"info": object{"summary": "A town with trams"}}))
	other.put("", map[string]object{"memo:alpha": {"group": "memo", "name": "alpha", "requiredBy": list{"x:town", "memo:suite"}, "reverseConflictingPackages": list{"x:village"}}},
		channelPackage("x:town", "3", "200-lots", object{"info": object{"summary": "A town with trams"}}))
	s := described(t, c.root(), other.root())
	channels := fmt.Sprintf(`[%q, %q]`, c.root(), other.root())

	// The server, and what is kept for clients.
	s.want("GET /server.status", 200, `{"sc4pacVersion": "0.5.0", "osVersion": "luart 1.2.3", "javaVersion": "none", "javaRuntime": "luart 1.2.3", "luartVersion": "1.2.3"}`)
	s.want("GET /settings.all.get", 200, `{}`)
	settings := `{"auth":[{"domain":".example.com","cookieBytes":"AAEC","expirationDate":null}],"n":1.50,"text":"ü"}`
	s.want("POST /settings.all.set\n\n"+settings, 200, done)
	if got := s.ask("GET /settings.all.get"); got.body != settings {
		t.Errorf("the settings are %s", got.body)
	}

	// Profiles. Adding one leaves the settings as they are.
	dir := filepath.ToSlash(s.file(""))
	s.want("GET /profiles.list", 200, fmt.Sprintf(`{"profiles": [], "currentProfileId": [], "profilesDir": %q}`, dir))
	s.want("POST /profiles.add\n\n{\"name\": \"My Plugins\"}", 200, `{"id": "1", "name": "My Plugins"}`)
	s.want("POST /profiles.add\n\n{\"name\": \"My Plugins\"}", 200, `{"id": "2", "name": "My Plugins"}`)
	s.want("GET /profiles.list", 200, `{"profiles": [{"id": "1", "name": "My Plugins"}, {"id": "2", "name": "My Plugins"}], "currentProfileId": ["2"]}…`)
	s.want("POST /profiles.rename\n\n{\"id\": \"1\", \"name\": \"Mine\"}", 200, done)
	s.want("POST /profiles.switch\n\n{\"id\": \"1\"}", 200, done)
	s.want("GET /settings.all.get", 200, settings)

	// A profile's folders.
	init := fmt.Sprintf(`{"plugins": %q, "cache": %q, "temp": "../temp"}`, dir+"/1/plugins", dir+"/1/cache")
	config := `{"pluginsRoot": "plugins", "cacheRoot": "cache", "tempRoot": "../temp", "variant": {}, "channels": ` + channels + `}`
	s.want("POST /profile.init?profile=1\n\n"+init, 200, config)
	s.want("GET /profile.read?profile=1", 200, config)
	for _, folder := range []string{"1/plugins", "1/cache"} {
		if info, err := os.Stat(s.file(folder)); err != nil || !info.IsDir() {
			t.Errorf("%s: %v", folder, err)
		}
	}
	s.want("POST /profile.init?profile=unlisted\n\n"+init, 200, `{"pluginsRoot": "`+dir+`/1/plugins"}…`)
	s.want("GET /profiles.list?includePlugins", 200, `{"profiles": [{"id": "1", "name": "Mine", "pluginsRoot": "plugins"}, {"id": "2", "name": "My Plugins"}], "currentProfileId": ["1"]}…`)
	s.want("POST /profiles.remove\n\n{\"id\": \"2\"}", 200, done)
	s.want("GET /profiles.list", 200, `{"profiles": [{"id": "1", "name": "Mine"}]}…`)

	// Channels.
	s.want("GET /channels.list?profile=1", 200, channels)
	combined := `{"totalPackageCount": 5, "categories": [{"category": "100-props-textures", "count": 1}, {"category": "150-mods", "count": 3}, {"category": "200-lots", "count": 1}]}`
	s.want("GET /channels.stats?profile=1", 200, strings.TrimSuffix(combined, "}")+`, "combined": `+combined+`, "channels": [
		{"url": "`+c.root()+`", "channelLabel": "Main", "stats": {"totalPackageCount": 4, "categories": [{"category": "100-props-textures", "count": 1}, {"category": "150-mods", "count": 3}]}},
		{"url": "`+other.root()+`", "channelLabel": null, "stats": {"totalPackageCount": 1, "categories": [{"category": "200-lots", "count": 1}]}}]}`)
	s.want("POST /channels.set?profile=1\n\n[\"https://example.com/a\", \"https://example.com/a/\", \"https://example.com/b.yaml\"]", 200, done)
	s.want("GET /channels.list?profile=1", 200, `["https://example.com/a/", "https://example.com/b.yaml"]`)
	s.want("POST /channels.set?profile=1\n\n[]", 200, done)
	s.want("GET /channels.list?profile=1", 200, channels)

	// What channels have: one entry for each version.
	s.want("GET /packages.list?profile=1", 200, `[
		{"package": "memo:alpha", "version": "1.0", "summary": "Trams on every street", "category": ["150-mods"]},
		{"package": "memo:beta", "version": "1.10", "summary": "Props for trams", "category": ["100-props-textures"]},
		{"package": "memo:beta", "version": "1.0", "summary": "Props for trams", "category": ["100-props-textures"]},
		{"package": "memo:gamma", "version": "2", "summary": "Left or right", "category": ["150-mods"]},
		{"package": "memo:suite", "version": "1", "summary": "", "category": ["150-mods"]},
		{"package": "x:town", "version": "3", "summary": "A town with trams", "category": ["200-lots"]}]`)

	// Packages that are added, and installed.
	s.want("GET /plugins.added.list?profile=1", 200, `[]`)
	s.want("POST /plugins.add?profile=1\n\n[\"memo:suite\", \"no:such\", \"memo:suite\"]", 200, done)
	s.want("POST /plugins.add?profile=1\n\n[\"memo:beta\", \"memo:suite\"]", 200, done)
	s.want("GET /plugins.added.list?profile=1", 200, `["memo:suite", "no:such", "memo:beta"]`)
	s.want("POST /plugins.remove?profile=1\n\n[\"no:such\"]", 200, done)
	s.want("GET /plugins.added.list?profile=1", 200, `["memo:suite", "memo:beta"]`)
	s.want("GET /plugins.installed.list?profile=1", 200, `[]`)
	s.want("GET /plugins.search?profile=1&q=", 200, `{"stats": {"totalPackageCount": 0, "categories": []}, "packages": []}`)
	s.write("1/sc4pac-plugins-lock.json", lockFile)
	alpha := `{"explicit": false, "installed": {"version": "1.0", "variant": {"driveside": "right"}, "installedAt": "2024-12-14T17:32:24Z", "updatedAt": "2024-12-14T17:32:24Z"}}`
	beta := `{"explicit": true, "installed": {"version": "1.0", "variant": {}, "installedAt": "2024-12-14T17:32:24Z", "updatedAt": "2024-12-15T17:32:24Z"}}`
	s.want("GET /plugins.installed.list?profile=1", 200, `[
		{"package": "memo:alpha", "version": "1.0", "variant": {"driveside": "right"}, "explicit": false},
		{"package": "memo:beta", "version": "1.0", "variant": {}, "explicit": true}]`)
	installed := `{"stats": {"totalPackageCount": 2, "categories": [{"category": "100-props-textures", "count": 1}, {"category": "150-mods", "count": 1}]}, "packages": `
	s.want("GET /plugins.search?profile=1&q=", 200, installed+`[
		{"package": "memo:alpha", "relevance": 100, "summary": "Trams on every street", "status": `+alpha+`},
		{"package": "memo:beta", "relevance": 100, "summary": "Older props", "status": `+beta+`}]}`)
	s.want("GET /plugins.search?profile=1", 200, installed+`[{}, {}]}…`)
	s.want("GET /plugins.search?profile=1&q=&category=150-mods", 200, installed+`[{"package": "memo:alpha"}]}…`)
	s.want("GET /plugins.search?profile=1&q=older+props&threshold=100", 200, `{"stats": {"totalPackageCount": 1, "categories": [{"category": "100-props-textures", "count": 1}]},
		"packages": [{"package": "memo:beta", "relevance": 100, "summary": "Older props", "status": `+beta+`}]}`)

	// Searches. No status for packages that are neither added nor installed.
	s.want("GET /packages.search?profile=1&q=trams", 200, `[
		{"package": "memo:alpha", "relevance": 100, "summary": "Trams on every street", "status": `+alpha+`},
		{"package": "memo:beta", "relevance": 100, "summary": "Props for trams", "status": `+beta+`},
		{"package": "x:town", "relevance": 100, "summary": "A town with trams"}]`)
	s.want("GET /packages.search?profile=1&q=", 200, `[{"package": "memo:alpha"}, {"package": "memo:beta"}, {"package": "memo:gamma"}, {"package": "memo:suite", "summary": "", "status": {"explicit": true}}, {"package": "x:town"}]…`)
	s.want("GET /packages.search?profile=1&q=&category=200-lots", 200, `[{"package": "x:town"}]…`)
	s.want("GET /packages.search?profile=1&q=&category=200-lots&category=100-props-textures", 200, `[{"package": "memo:beta"}, {"package": "x:town"}]…`)
	s.want("GET /packages.search?profile=1&q=&notCategory=150-mods", 200, `[{"package": "memo:beta"}, {"package": "x:town"}]…`)
	s.want("GET /packages.search?profile=1&q=trams&ignoreInstalled", 200, `[{"package": "x:town"}]…`)
	s.want("GET /packages.search?profile=1&q=trams&channel="+other.root(), 200, `[{"package": "x:town"}]…`)
	s.want("GET /packages.search?profile=1&q=grace&threshold=100", 200, `[{"package": "memo:alpha"}]…`)
	s.want("GET /packages.search?profile=1&q=zzzzzz&threshold=100", 200, `[]`)
	s.want("GET /packages.search?profile=1&q=https://community.simtropolis.com/files/file/123-left-or-right/", 200, `[{"package": "memo:gamma", "relevance": 100}]…`)
	s.want("POST /packages.search.id?profile=1\n\n"+`{"packages": ["x:town", "no:such", "memo:beta"], "externalIds": [["stex", "123"], ["sc4e", "1"]]}`, 200, `[
		{"package": "x:town", "relevance": 100, "summary": "A town with trams"}, {"package": "no:such", "relevance": 100, "summary": ""},
		{"package": "memo:beta", "relevance": 100, "summary": "Props for trams", "status": `+beta+`}, {"package": "memo:gamma", "relevance": 100, "summary": "Left or right"}]`)

	// Clients of later versions have other forms.
	s.want("GET /packages.search?profile=1&q=town&threshold=100&api=2.5", 200, `{"packages": [{"package": "x:town", "relevance": 100, "summary": "A town with trams"}],
		"stats": {"totalPackageCount": 1, "categories": [{"category": "200-lots", "count": 1}]}}`)
	s.want("POST /packages.search.id?profile=1&api=2.7\n\n"+`{"packages": ["no:such"], "externalIds": [["sc4e", "1"]]}`, 200,
		`{"packages": [{"package": "no:such", "relevance": 100, "summary": ""}], "notFoundPackageCount": 1, "notFoundExternalIdCount": 1}`)
	s.want("POST /packages.search.id?profile=1&api=3.1\n\n{}", 200, `{"packages": []}`)

	// All about one. What other channels know of it is in it, and what clients of any version look for.
	s.want("GET /packages.info?profile=1&pkg=memo:alpha", 200, `{
		"local": {"statuses": {"memo:alpha": `+alpha+`, "memo:beta": `+beta+`, "memo:suite": {"explicit": true}}},
		"remote": {"$type": "Package", "group": "memo", "name": "alpha", "version": "1.0", "subfolder": "150-mods",
			"info": {"summary": "Trams on every street", "author": "Ada, Grace", "website": "https://example.com/alpha",
				"websites": ["https://example.com/alpha", "https://example.com/2"], "requiredBy": ["memo:suite", "x:town"], "reverseConflictingPackages": ["x:village"]},
			"variants": [{"variant": {"driveside": "right"}, "dependencies": [{"group": "memo", "name": "beta", "version": "latest.release"}]},
				{"variant": {"driveside": "left"}, "conflictingPackages": ["memo:gamma"]}],
			"variantDescriptions": {"driveside": {"right": "As in France"}},
			"variantInfo": {"driveside": {"description": "The side", "valueDescriptions": {"right": "As in France"}, "default": ["right"]}},
			"variantChoices": [{"variantId": "driveside", "choices": ["right", "left"]}]}}`)
	if got := s.ask("GET /packages.info?profile=1&pkg=memo:alpha"); !strings.Contains(got.body, `"remote":{"$type":"Package"`) {
		t.Error("the first member is not $type: ", got.body)
	}
	s.want("GET /packages.info?profile=1&pkg=memo:beta", 200, `{"remote": {"version": "1.10"}}…`)
	s.want("GET /packages.info?profile=1&pkg=memo:gamma", 200, `{"local": {"statuses": {}}, "remote": {"info": {"website": "https://example.com/gamma",
		"websites": ["https://example.com/gamma"]}, "variantDescriptions": {"nightmode": {"dark": "At night"}}, "variantInfo": {"nightmode": {"valueDescriptions": {"dark": "At night"}}}}}…`)

	// Variants.
	s.want("GET /variants.list?profile=1", 200, `{}`)
	s.want("POST /variants.set?profile=1\n\n"+`{"driveside": "right", "nightmode": "dark"}`, 200, done)
	s.want("POST /variants.set?profile=1\n\n"+`{"driveside": "left"}`, 200, done)
	s.want("GET /variants.list?profile=1", 200, `{"driveside": "left", "nightmode": "dark"}`)
	s.want("GET /variants.list?profile=1&api=2.4", 200, `{"variants": {"driveside": {"value": "left", "unused": false}, "nightmode": {"value": "dark", "unused": true}}}`)
	s.want("POST /variants.reset?profile=1\n\n[\"nightmode\"]", 200, done)
	s.want("GET /variants.list?profile=1", 200, `{"driveside": "left"}`)
	s.want("GET /variants.choices?profile=1&pkg=memo:alpha&variantId=driveside", 200, `{"$type": "/prompt/choice/update/variant", "package": "memo:alpha",
		"variantId": "driveside", "label": "driveside", "choices": ["right", "left"], "descriptions": {"right": "As in France"},
		"info": {"description": "The side", "valueDescriptions": {"right": "As in France"}, "default": ["right"]},
		"previouslySelectedValue": ["left"], "importedValues": [], "responses": {}}…`)

	// What another profile needs, and what is to be repaired: of what the lock file has, nothing is there.
	s.want("POST /plugins.export?profile=1\n\n[\"memo:alpha\"]", 200, `{"explicit": ["memo:alpha"], "variants": {"driveside": "left"}, "channels": ["`+c.root()+`"]}`)
	s.want("GET /plugins.repair.scan?profile=1", 200, `{"$type": "/prompt/confirmation/repair/plan", "choices": ["Yes"],
		"plan": {"incompletePackages": ["memo:alpha", "memo:beta"], "orphanFiles": []}}…`)
	scan := get[struct{ Responses map[string]json.RawMessage }](client{s}, "GET /plugins.repair.scan?profile=1")
	s.want("POST /plugins.repair?profile=1\n\n"+string(scan.Responses["Yes"]), 200, `{"$type": "/result", "ok": false}`)
	s.write("1/sc4pac-plugins-lock.json", lockFile)

	// To be installed again.
	s.want("POST /plugins.reinstall?profile=1&redownload\n\n[\"memo:alpha\", \"no:such\"]", 200, done)
	var lock struct {
		Installed []struct {
			Name      string
			Reinstall bool
		}
		Redownload []string
	}
	if err := json.Unmarshal([]byte(s.read("1/sc4pac-plugins-lock.json")), &lock); err != nil {
		t.Fatal(err)
	}
	if got := fmt.Sprint(lock); got != "{[{beta false} {alpha true}] [memo:alpha no:such]}" {
		t.Error(got)
	}
	s.want("GET /plugins.search?profile=1&q=alpha&threshold=100", 200, `{"packages": [{"status": {"installed": {"reinstall": true}}}]}…`)

	// All of that has taken one request for the contents of a channel.
	for _, each := range []*channel{c, other} {
		if n := each.count("/sc4pac-channel-contents.json"); n != 1 {
			t.Errorf("the contents were asked for %d times", n)
		}
	}
}

// Folders outside of that of the profiles can be used if they are named to the server.
func TestPackagesFolders(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("paths look different there")
	}
	c := mods(t)
	s := newPackageServer(t, c.root())
	home, elsewhere := t.TempDir(), t.TempDir()
	s.control.Packages.Home, s.control.Packages.CacheHome = home, filepath.Join(home, ".cache")
	s.control.Packages.Folders = []string{filepath.Join(home, "Documents", "SimCity 4"), filepath.Join(home, ".cache", "sc4pac")}
	s.start()
	plugins, cache := home+"/Documents/SimCity 4/Plugins", home+"/.cache/sc4pac"
	defaults := fmt.Sprintf(`{"plugins": [%q, %q], "cache": [%q, %q], "temp": ["temp"]}`, plugins, s.file("1/plugins"), cache, s.file("1/cache"))
	s.want("GET /profile.read?profile=1", 409, `{"$type": "/error/profile-not-initialized", "platformDefaults": `+defaults+`}…`)
	if _, err := os.Stat(filepath.Join(home, "Documents")); err == nil {
		t.Error("a folder was made that nobody has asked for")
	}
	for _, body := range []string{
		fmt.Sprintf(`{"plugins": %q, "cache": "cache", "temp": "temp"}`, elsewhere+"/plugins"),
		fmt.Sprintf(`{"plugins": %q, "cache": "cache", "temp": "temp"}`, plugins+"/../../../x"),
		fmt.Sprintf(`{"plugins": "plugins", "cache": %q, "temp": "temp"}`, elsewhere),
		fmt.Sprintf(`{"plugins": "plugins", "cache": "cache", "temp": %q}`, elsewhere),
		`{"plugins": "../../../../x", "cache": "cache", "temp": "temp"}`,
		fmt.Sprintf(`{"plugins": %q, "cache": "cache", "temp": "temp"}`, s.data+"/storage"),
	} {
		s.want("POST /profile.init?profile=1\n\n"+body, 500, `{"$type": "/error/file-access-denied"}…`)
		s.want("GET /profile.read?profile=1", 409, "")
	}
	if entries, _ := os.ReadDir(elsewhere); len(entries) > 0 {
		t.Error("something was made elsewhere: ", entries)
	}
	s.want("POST /profile.init?profile=1\n\n"+fmt.Sprintf(`{"plugins": %q, "cache": %q, "temp": "../temp"}`, plugins, cache), 200,
		fmt.Sprintf(`{"pluginsRoot": %q, "cacheRoot": %q}…`, plugins, cache))
	s.want("GET /packages.search?profile=1&q=alpha", 200, `[{"package": "memo:alpha"}]…`)
	for _, dir := range []string{plugins, cache + "/coursier/http"} {
		if info, err := os.Stat(dir); err != nil || !info.IsDir() {
			t.Errorf("%s: %v", dir, err)
		}
	}
	// Nor does a link lead elsewhere.
	if err := os.Symlink(elsewhere, home+"/Documents/SimCity 4/link"); err != nil {
		t.Fatal(err)
	}
	s.want("POST /profile.init?profile=2\n\n"+fmt.Sprintf(`{"plugins": %q, "cache": "cache", "temp": "temp"}`, home+"/Documents/SimCity 4/link/plugins"), 500,
		`{"$type": "/error/file-access-denied"}…`)
	if entries, _ := os.ReadDir(elsewhere); len(entries) > 0 {
		t.Error("something was made elsewhere: ", entries)
	}
	// A file of another program may have one that this server may not use.
	s.write("3/sc4pac-plugins.json", fmt.Sprintf(`{"config": {"pluginsRoot": %q, "cacheRoot": %q, "tempRoot": "temp", "variant": {}, "channels": []}, "explicit": []}`, elsewhere, elsewhere))
	s.want("GET /profile.read?profile=3", 200, fmt.Sprintf(`{"pluginsRoot": %q}…`, elsewhere))
	s.want("GET /packages.list?profile=3", 500, `{"$type": "/error/file-access-denied"}…`)
}

// A channel may be a folder of this machine, where a profile may be.
func TestPackagesLocalChannel(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("paths look different there")
	}
	c := mods(t)
	s := startPackageServer(t, c.root())
	s.profile()
	outside := t.TempDir()
	for name, text := range c.files {
		s.write("a channel/"+name, text)
		if err := os.MkdirAll(filepath.Dir(filepath.Join(outside, name)), 0o777); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(outside, name), []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	s.want("POST /channels.set?profile=1\n\n[\"file://"+s.file("a%20channel")+"\"]", 200, done)
	s.want("GET /packages.search?profile=1&q=left&threshold=100", 200, `[{"package": "memo:gamma"}]…`)
	s.want("GET /packages.info?profile=1&pkg=memo:alpha", 200, `{"remote": {"name": "alpha"}}…`)
	for _, url := range []string{"file://" + outside, "file:///etc", "file://" + s.file("a%20channel") + "/../../../.."} {
		s.want("POST /channels.set?profile=1\n\n[\""+url+"\"]", 200, done)
		s.want("GET /packages.list?profile=1", 502, `{"$type": "/error/channels-not-available"}…`)
	}
}
