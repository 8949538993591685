package control_test

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/luart/luart/runtime"
	"github.com/luart/luart/runtime/runtimetest"
)

// The package API over real HTTP and WebSockets, against channels on this machine.

// channel is an HTTP server of a channel. Its files can be changed while it serves.
type channel struct {
	*httptest.Server
	mu    sync.Mutex
	files map[string]string // by path, without the first slash
	dead  bool
	asked map[string]int
}

// object is a JSON object.
type object = map[string]any

// list is a JSON array.
type list = []any

func newChannel(t testing.TB, label string, packages ...object) *channel {
	c := &channel{files: map[string]string{}, asked: map[string]int{}}
	c.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		c.mu.Lock()
		text, ok := c.files[strings.TrimPrefix(r.URL.Path, "/")]
		c.asked[r.URL.Path]++
		dead := c.dead
		c.mu.Unlock()
		switch {
		case dead:
			w.WriteHeader(http.StatusGone) // which nobody tries again
		case !ok:
			http.NotFound(w, r)
		default:
			io.WriteString(w, text)
		}
	}))
	t.Cleanup(c.Close)
	c.put(label, nil, packages...)
	return c
}

// channelPackage is the JSON of a package with the members that each must have.
func channelPackage(id, version, subfolder string, more object) object {
	group, name, _ := strings.Cut(id, ":")
	p := object{"$type": "Package", "group": group, "name": name, "version": version, "subfolder": subfolder, "variants": list{object{"variant": object{}}}}
	maps.Copy(p, more)
	return p
}

// put replaces the contents of the channel. external are files of packages of other channels.
func (c *channel) put(label string, external map[string]object, packages ...object) {
	files := map[string]string{}
	text := func(v any) string {
		data, err := json.Marshal(v)
		if err != nil {
			panic(err)
		}
		return string(data)
	}
	sum := func(text string) object {
		digest := sha256.Sum256([]byte(text))
		return object{"sha256": hex.EncodeToString(digest[:])}
	}
	items, byID := list{}, map[string]object{}
	for _, p := range packages {
		group, name, version := p["group"].(string), p["name"].(string), p["version"].(string)
		ids, _ := p["externalIds"].(object)
		tags := p["tags"]
		p = maps.Clone(p)
		delete(p, "externalIds")
		delete(p, "tags")
		body := text(p)
		files[fmt.Sprintf("metadata/%s/%s/%s/pkg.json", group, name, version)] = body
		item := byID[group+":"+name]
		if item == nil {
			item = object{"group": group, "name": name, "versions": list{}, "checksums": object{}}
			byID[group+":"+name] = item
			items = append(items, item)
		}
		item["versions"] = append(item["versions"].(list), version)
		item["checksums"].(object)[version] = sum(body)
		if category, _, _ := strings.Cut(p["subfolder"].(string), "/"); category != "" {
			item["category"] = list{category}
		}
		if info, ok := p["info"].(object); ok {
			item["summary"] = info["summary"]
		}
		if ids != nil {
			item["externalIds"] = ids
		}
		if tags != nil {
			item["tags"] = tags
		}
	}
	info := object{"channelLabel": list{label}, "metadataSourceUrl": list{}}
	if label == "" {
		info["channelLabel"] = list{}
	}
	contents := object{"scheme": 5, "info": info, "packages": items, "assets": list{}}
	outside := list{}
	for id, value := range external {
		group, name, _ := strings.Cut(id, ":")
		body := text(value)
		files[fmt.Sprintf("metadata/_extpkg/%s/%s/latest/pkg.json", group, name)] = body
		outside = append(outside, object{"group": group, "name": name, "checksum": sum(body)})
	}
	contents["externalPackages"] = outside
	files["sc4pac-channel-contents.json"] = text(contents)
	c.mu.Lock()
	defer c.mu.Unlock()
	c.files = files
}

func (c *channel) set(path, text string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.files[path] = text
}

func (c *channel) fail(dead bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.dead = dead
}

func (c *channel) root() string { return c.URL + "/" }

func (c *channel) count(path string) int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.asked[path]
}

// packageServer is a control plane with its package API, which runs until the test ends.
type packageServer struct {
	t        testing.TB
	data     string
	out, log text
	mu       sync.Mutex
	section  map[string]any
	control  runtime.Control
	address  string
	client   *http.Client
	computer *runtime.Computer
}

// newPackageServer makes a server that is yet to be started; new profiles have these channels.
func newPackageServer(t testing.TB, channels ...string) *packageServer {
	s := &packageServer{t: t, data: t.TempDir(), client: &http.Client{Timeout: time.Minute, Transport: &http.Transport{}}}
	t.Cleanup(s.client.CloseIdleConnections)
	s.section = map[string]any{"enabled": true, "port": 0, "channels": channels}
	s.control = runtime.Control{Plugins: t.TempDir(), Data: s.data, AllowPrivate: true}
	return s
}

// startPackageServer starts a server whose new profiles have these channels.
func startPackageServer(t testing.TB, channels ...string) *packageServer {
	t.Helper()
	s := newPackageServer(t, channels...)
	s.start()
	return s
}

func (s *packageServer) start() {
	s.t.Helper()
	s.control.Settings = func() (map[string]any, error) {
		s.mu.Lock()
		defer s.mu.Unlock()
		off := map[string]any{"enabled": false}
		return map[string]any{"ratchet": off, "network": off, "rpc": off, "packages": maps.Clone(s.section)}, nil
	}
	served := runtimetest.Serve(s.t, s.control, &s.out, &s.log, runtime.WithVersion("v1.2.3"))
	s.computer, s.address = served.Computer, served.Addresses["packages"]
}

// ask sends a request: "METHOD /target", then headers as "Name: value", then the body behind an empty line.
func (s *packageServer) ask(request string) reply {
	s.t.Helper()
	head, body, hasBody := strings.Cut(request, "\n\n")
	lines := strings.Split(head, "\n")
	method, target, _ := strings.Cut(lines[0], " ")
	var in io.Reader
	if hasBody {
		in = strings.NewReader(body)
	}
	req, err := http.NewRequest(method, s.address+target, in)
	if err != nil {
		s.t.Fatal(err)
	}
	if hasBody {
		req.Header.Set("Content-Type", "application/json")
	}
	for _, line := range lines[1:] {
		name, value, _ := strings.Cut(line, ": ")
		if name == "Host" {
			req.Host = value
			continue
		}
		req.Header.Set(name, value)
	}
	resp, err := s.client.Do(req)
	if err != nil {
		s.t.Fatalf("%s: %v\n%s", lines[0], err, s.out.String())
	}
	defer resp.Body.Close()
	data, err := io.ReadAll(resp.Body)
	if err != nil {
		s.t.Fatalf("%s: %v", lines[0], err)
	}
	return reply{resp.StatusCode, resp.Header, string(data)}
}

// want sends a request, and fails the test unless the answer has the status and, as JSON, the body. What is in the body of the answer and not in that of
// the test is not looked at if the latter ends with "…".
func (s *packageServer) want(request string, status int, body string) reply {
	s.t.Helper()
	got := s.ask(request)
	name, _, _ := strings.Cut(request, "\n")
	if got.status != status {
		s.t.Errorf("%s: %d, not %d: %s\n%s", name, got.status, status, got.body, s.out.String())
		return got
	}
	if body == "" {
		return got
	}
	if kind := got.header.Get("Content-Type"); kind != "application/json" {
		s.t.Errorf("%s: the type is %s", name, kind)
	}
	text, partly := strings.CutSuffix(body, "…")
	var want, is any
	if err := json.Unmarshal([]byte(text), &want); err != nil {
		s.t.Fatalf("the test's %s: %v", text, err)
	}
	if err := json.Unmarshal([]byte(got.body), &is); err != nil {
		s.t.Errorf("%s: %s: %v", name, got.body, err)
		return got
	}
	if partly {
		is = common(want, is)
	}
	if !reflect.DeepEqual(want, is) {
		s.t.Errorf("%s:\n%s\nis not\n%s", name, got.body, text)
	}
	return got
}

// common is what of a value is in another one as well: members of objects that this does not have are left out.
func common(want, is any) any {
	switch want := want.(type) {
	case object:
		is, ok := is.(object)
		if !ok {
			return is
		}
		left := object{}
		for name, value := range is {
			if wanted, ok := want[name]; ok {
				left[name] = common(wanted, value)
			}
		}
		return left
	case list:
		is, ok := is.(list)
		if !ok || len(is) != len(want) {
			return is
		}
		left := list{}
		for i := range is {
			left = append(left, common(want[i], is[i]))
		}
		return left
	}
	return is
}

const done = `{"$type": "/result", "ok": true}`

// profile makes a profile that has its folders in itself.
func (s *packageServer) profile() {
	s.t.Helper()
	s.want("POST /profiles.add\n\n{\"name\": \"My Plugins\"}", 200, `{"id": "1", "name": "My Plugins"}`)
	s.want("POST /profile.init?profile=1\n\n"+`{"plugins": "plugins", "cache": "cache", "temp": "../temp"}`, 200, `{"tempRoot": "../temp"}…`)
}

// file is the path of a file in the folder of the profiles.
func (s *packageServer) file(name string) string {
	return filepath.Join(s.data, "profiles", filepath.FromSlash(name))
}

func (s *packageServer) read(name string) string {
	s.t.Helper()
	data, err := os.ReadFile(s.file(name))
	if err != nil {
		s.t.Fatal(err)
	}
	return string(data)
}

func (s *packageServer) write(name, content string) {
	s.t.Helper()
	if err := os.MkdirAll(filepath.Dir(s.file(name)), 0o777); err != nil {
		s.t.Fatal(err)
	}
	if err := os.WriteFile(s.file(name), []byte(content), 0o666); err != nil {
		s.t.Fatal(err)
	}
}

// mods is a channel in which packages need and exclude each other.
func mods(t testing.TB) *channel {
	return newChannel(t, "Main",
		channelPackage("memo:alpha", "1.0", "150-mods", object{
			"info": object{
				"summary": "Trams on every street", "author": "Ada, Grace", "websites": list{"https://example.com/alpha", "https://example.com/2"},
				"requiredBy": list{"memo:suite"},
			},
			"variants": list{
				object{"variant": object{"driveside": "right"}, "dependencies": list{object{"group": "memo", "name": "beta", "version": "latest.release"}}},
				object{"variant": object{"driveside": "left"}, "conflictingPackages": list{"memo:gamma"}},
			},
			"variantInfo": object{"driveside": object{"description": "The side", "valueDescriptions": object{"right": "As in France"}, "default": list{"right"}}},
			"tags":        list{"Ada", "Grace"},
		}),
		channelPackage("memo:beta", "1.0", "100-props-textures", object{"info": object{"summary": "Older props"}}),
		channelPackage("memo:beta", "1.10", "100-props-textures", object{"info": object{"summary": "Props for trams"}}),
		channelPackage("memo:gamma", "2", "150-mods", object{
			"info": object{"summary": "Left or right", "website": "https://example.com/gamma"}, "externalIds": object{"stex": list{"123"}},
			"variantDescriptions": object{"nightmode": object{"dark": "At night"}},
			"variants":            list{object{"variant": object{"nightmode": "standard"}}, object{"variant": object{"nightmode": "dark"}}},
		}),
		channelPackage("memo:suite", "1", "150-mods/1-first", object{
			"variants": list{object{"variant": object{}, "dependencies": list{object{"group": "memo", "name": "alpha", "version": "latest.release"}}}},
		}))
}

// lockFile is a profile's lock file with two packages.
const lockFile = `{"scheme": 2, "installed": [
	{"group": "memo", "name": "beta", "variant": {}, "version": "1.0", "files": ["100-props-textures/memo.beta.1.0.sc4pac"], "summary": "Older props",
	 "category": ["100-props-textures"], "installedAt": "2024-12-14T17:32:24Z", "updatedAt": "2024-12-15T17:32:24Z"},
	{"group": "memo", "name": "alpha", "variant": {"driveside": "right"}, "version": "1.0", "files": ["150-mods/memo.alpha.right.1.0.sc4pac"],
	 "summary": "Trams on every street", "category": ["150-mods"], "installedAt": "2024-12-14T17:32:24Z", "updatedAt": "2024-12-14T17:32:24Z"}],
	"assets": []}`
