package control_test

import (
	"archive/zip"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
)

// channel is a server with a channel of packages, and with the files of its assets, some of which it serves badly.
type channel struct {
	t      testing.TB
	server *httptest.Server
	url    string

	mu       sync.Mutex
	packages map[string]object // by "group:name"
	assets   map[string]object // by assetId
	serve    map[string]http.HandlerFunc
	requests []string // paths of /files/
	active   int
	most     int // files that were served at a time
}

type object = map[string]any

func newChannel(t testing.TB) *channel {
	c := &channel{t: t, packages: map[string]object{}, assets: map[string]object{}, serve: map[string]http.HandlerFunc{}}
	c.server = httptest.NewServer(c)
	t.Cleanup(c.server.Close)
	c.url = c.server.URL + "/"
	return c
}

func sum(b []byte) string {
	s := sha256.Sum256(b)
	return hex.EncodeToString(s[:])
}

func encoded(t testing.TB, v any) []byte {
	b, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// pkg adds a package, or another version of it. The fields are those of its JSON, besides group, name and version.
func (c *channel) pkg(id, version string, fields object) {
	group, name, _ := strings.Cut(id, ":")
	p := object{"$type": "Package", "group": group, "name": name, "version": version, "subfolder": "150-mods"}
	maps.Copy(p, fields)
	if p["variants"] == nil {
		v := object{"variant": object{}}
		for _, key := range []string{"dependencies", "assets", "conflictingPackages"} {
			if p[key] != nil {
				v[key] = p[key]
				delete(p, key)
			}
		}
		p["variants"] = []object{v}
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.packages[id] = p
}

// uses is a reference to an asset; the fields are its rules.
func uses(assetID string, fields ...object) object {
	r := object{"assetId": assetID}
	for _, f := range fields {
		maps.Copy(r, f)
	}
	return r
}

func needs(ids ...string) []object {
	list := []object{}
	for _, id := range ids {
		group, name, _ := strings.Cut(id, ":")
		list = append(list, object{"group": group, "name": name, "version": "latest.release"})
	}
	return list
}

// asset adds an asset whose file is at /files/NAME.
func (c *channel) asset(id, version, file string, content []byte, fields ...object) {
	a := object{"$type": "Asset", "assetId": id, "version": version, "url": c.url + "files/" + file, "lastModified": "2024-01-01T00:00:00Z"}
	for _, f := range fields {
		maps.Copy(a, f)
	}
	c.mu.Lock()
	c.assets[id] = a
	c.mu.Unlock()
	c.file(file, func(w http.ResponseWriter, r *http.Request) {
		http.ServeContent(w, r, "", zeroTime, bytes.NewReader(content))
	})
}

// file says how a file is served.
func (c *channel) file(name string, h http.HandlerFunc) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.serve[name] = h
}

// asked is how often a file was asked for.
func (c *channel) asked(name string) int {
	c.mu.Lock()
	defer c.mu.Unlock()
	n := 0
	for _, r := range c.requests {
		if r == name {
			n++
		}
	}
	return n
}

func (c *channel) contents() []byte {
	item := func(group, name, version string, json []byte) object {
		return object{"group": group, "name": name, "versions": []string{version}, "checksums": object{version: object{"sha256": sum(json)}}}
	}
	packages, assets := []object{}, []object{}
	for _, id := range slices.Sorted(maps.Keys(c.packages)) {
		p := c.packages[id]
		i := item(p["group"].(string), p["name"].(string), p["version"].(string), encoded(c.t, p))
		i["summary"] = "Package " + id
		packages = append(packages, i)
	}
	for _, id := range slices.Sorted(maps.Keys(c.assets)) {
		a := c.assets[id]
		assets = append(assets, item("sc4pacAsset", id, a["version"].(string), encoded(c.t, a)))
	}
	return encoded(c.t, object{
		"scheme": 5, "info": object{"channelLabel": []string{"Test"}}, "packages": packages, "assets": assets,
		"stats": object{"totalPackageCount": len(packages), "categories": []object{}},
	})
}

func (c *channel) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if name, ok := strings.CutPrefix(r.URL.Path, "/files/"); ok {
		c.mu.Lock()
		h := c.serve[name]
		c.requests = append(c.requests, name)
		c.active++
		c.most = max(c.most, c.active)
		c.mu.Unlock()
		defer func() {
			c.mu.Lock()
			c.active--
			c.mu.Unlock()
		}()
		if h == nil {
			http.NotFound(w, r)
			return
		}
		h(w, r)
		return
	}
	c.mu.Lock()
	var body []byte
	parts := strings.Split(strings.Trim(r.URL.Path, "/"), "/")
	switch {
	case r.URL.Path == "/sc4pac-channel-contents.json":
		body = c.contents()
	case len(parts) == 5 && parts[1] == "sc4pacAsset" && c.assets[parts[2]] != nil:
		body = encoded(c.t, c.assets[parts[2]])
	case len(parts) == 5 && c.packages[parts[1]+":"+parts[2]] != nil:
		body = encoded(c.t, c.packages[parts[1]+":"+parts[2]])
	}
	c.mu.Unlock()
	if body == nil {
		http.NotFound(w, r)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	w.Write(body)
}

// zipped makes an archive of names and contents, in turn.
func zipped(t testing.TB, files ...string) []byte {
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	for i := 0; i < len(files); i += 2 {
		f, err := w.Create(files[i])
		if err == nil {
			_, err = f.Write([]byte(files[i+1]))
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// dbpf is the content of a file of the game.
func dbpf(text string) string { return "DBPF" + text }
