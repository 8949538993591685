package control_test

import (
	"encoding/json"
	"fmt"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/gorilla/websocket"
)

// The original client program, version 0.2.0: what it asks for when it starts, in its order, and what it takes for granted in the answers.

// client is such a program. It reads answers as that does: what it expects has to be there and of the right type.
type client struct {
	*packageServer
}

// get is the value of an answer with the status 200.
func get[T any](c client, request string) T {
	c.t.Helper()
	got := c.ask(request)
	var value T
	if got.status != 200 || !strings.HasPrefix(got.header.Get("Content-Type"), "application/json") {
		c.t.Fatalf("%s: %d %s\n%s", request, got.status, got.body, c.out.String())
	}
	if err := json.Unmarshal([]byte(got.body), &value); err != nil {
		c.t.Fatalf("%s: %s: %v", request, got.body, err)
	}
	return value
}

// message is a message of /update.
type message struct {
	Type      string                     `json:"$type"`
	Token     string                     `json:"token"`
	Choices   []string                   `json:"choices"`
	Responses map[string]json.RawMessage `json:"responses"`
	ToInstall []struct{ Package string } `json:"toInstall"`
	Title     string                     `json:"title"`
	OK        bool                       `json:"ok"`
}

// update opens /update and reads until something other than progress comes.
func (c client) update(target string) (*websocket.Conn, message) {
	c.t.Helper()
	conn := c.connect(target)
	return conn, c.next(conn)
}

func (c client) next(conn *websocket.Conn) message {
	c.t.Helper()
	for {
		_ = conn.SetReadDeadline(time.Now().Add(time.Minute))
		_, data, err := conn.ReadMessage()
		if err != nil {
			c.t.Fatalf("the update ends without a last message: %v\n%s", err, c.out.String())
		}
		var m message
		if err := json.Unmarshal(data, &m); err != nil {
			c.t.Fatalf("%s: %v", data, err)
		}
		if !strings.HasPrefix(m.Type, "/progress/") {
			return m
		}
	}
}

// files are all files below a folder that no cache has.
func files(t *testing.T, dir string) []string {
	var all []string
	if err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err == nil && d.IsDir() && d.Name() == "coursier" {
			return filepath.SkipDir
		}
		if rel, _ := filepath.Rel(dir, path); rel != "." {
			all = append(all, filepath.ToSlash(rel))
		}
		return err
	}); err != nil {
		t.Fatal(err)
	}
	return all
}

func TestPackagesClientStarts(t *testing.T) {
	channel := mods(t)
	c := client{startPackageServer(t, channel.root())}

	// Is it there? Then it holds a connection.
	if v := get[struct{ Sc4pacVersion *string }](c, "GET /server.status"); v.Sc4pacVersion == nil {
		t.Fatal("there is no version")
	}
	alive := c.connect("/server.connect")
	get[map[string]any](c, "GET /settings.all.get")
	profiles := get[struct {
		Profiles         *[]struct{ ID, Name string }
		CurrentProfileID *[]string
	}](c, "GET /profiles.list")
	if profiles.Profiles == nil || profiles.CurrentProfileID == nil || len(*profiles.CurrentProfileID) > 0 {
		t.Fatalf("%+v", profiles)
	}

	// There is no profile yet: the user makes one, in the folders that are proposed.
	profile := get[struct{ ID, Name string }](c, "POST /profiles.add\n\n{\"name\": \"My Plugins\"}")
	id := profile.ID
	got := c.ask("GET /profile.read?profile=" + id)
	var refusal struct {
		Type             string `json:"$type"`
		Title, Detail    *string
		PlatformDefaults struct{ Plugins, Cache, Temp []string }
	}
	if err := json.Unmarshal([]byte(got.body), &refusal); err != nil || got.status != 409 || refusal.Type != "/error/profile-not-initialized" ||
		refusal.Title == nil || refusal.Detail == nil || len(refusal.PlatformDefaults.Plugins) == 0 || len(refusal.PlatformDefaults.Cache) == 0 {
		t.Fatal(got.status, got.body, err)
	}
	body := fmt.Sprintf(`{"plugins": %q, "cache": %q, "temp": "../temp"}`, refusal.PlatformDefaults.Plugins[0], refusal.PlatformDefaults.Cache[0])
	for _, request := range []string{"POST /profile.init?profile=" + id + "\n\n" + body, "GET /profile.read?profile=" + id} {
		if paths := get[struct{ PluginsRoot, CacheRoot *string }](c, request); paths.PluginsRoot == nil || paths.CacheRoot == nil {
			t.Fatalf("%s: %+v", request, paths)
		}
	}

	// What it shows.
	get[map[string]string](c, "GET /variants.list?profile="+id)
	stats := get[struct {
		TotalPackageCount *int
		Categories        []struct {
			Category string
			Count    int
		}
	}](c, "GET /channels.stats?profile="+id)
	if stats.TotalPackageCount == nil || *stats.TotalPackageCount != 4 || len(stats.Categories) != 2 {
		t.Errorf("%+v", stats)
	}
	if urls := get[[]string](c, "GET /channels.list?profile="+id); !slices.Equal(urls, []string{channel.root()}) {
		t.Error(urls)
	}

	// In the background it looks whether there is something to update, and leaves as soon as it knows. Nothing may come of that.
	before := files(t, c.data)
	for range 3 {
		conn, m := c.update("/update?profile=" + id)
		if m.Type != "/prompt/confirmation/update/plan" || len(m.ToInstall) != 0 || m.Token == "" || m.Responses["Yes"] == nil || m.Responses["No"] == nil {
			t.Fatalf("%+v", m)
		}
		conn.Close()
	}

	// The user adds a package. Its variant is asked for; the client leaves again, and comes back.
	hits := get[[]struct {
		Package   string
		Relevance *int
		Summary   *string
		Status    *struct{ Explicit bool }
	}](c, "GET /packages.search?profile="+id+"&q=trams")
	if len(hits) == 0 || hits[0].Package != "memo:alpha" || hits[0].Relevance == nil || hits[0].Summary == nil || hits[0].Status != nil {
		t.Fatalf("%+v", hits)
	}
	if r := get[map[string]any](c, "POST /plugins.add?profile="+id+"\n\n[\"memo:alpha\"]"); r["ok"] != true {
		t.Error(r)
	}
	for range 2 {
		conn, m := c.update("/update?profile=" + id)
		if m.Type != "/prompt/choice/update/variant" || !slices.Equal(m.Choices, []string{"right", "left"}) {
			t.Fatalf("%+v", m)
		}
		conn.Close()
	}
	// The server learns a moment later that the client has left.
	for deadline := time.Now().Add(time.Minute); ; time.Sleep(5 * time.Millisecond) {
		after := files(t, c.data)
		if slices.Equal(before, after) {
			break
		}
		if time.Now().After(deadline) {
			t.Fatalf("updates that were left have changed files: %v, before: %v\n%s", after, before, c.out.String())
		}
	}

	// This time it answers, as users do who say yes to all.
	conn, m := c.update("/update?profile=" + id)
	for strings.HasPrefix(m.Type, "/prompt/") {
		if err := conn.WriteMessage(websocket.TextMessage, m.Responses[m.Choices[0]]); err != nil {
			t.Fatal(err)
		}
		m = c.next(conn)
	}
	if m.Type != "/result" || !m.OK {
		t.Fatalf("%+v\n%s", m, c.out.String())
	}
	if _, _, err := conn.ReadMessage(); !websocket.IsCloseError(err, 1000) {
		t.Error(err)
	}
	installed := get[[]struct {
		Package, Version string
		Variant          map[string]string
		Explicit         bool
	}](c, "GET /plugins.installed.list?profile="+id)
	if got := fmt.Sprint(installed); got != "[{memo:alpha 1.0 map[driveside:right] true} {memo:beta 1.10 map[] false}]" {
		t.Error(got)
	}
	if v := get[map[string]string](c, "GET /variants.list?profile="+id); v["driveside"] != "right" {
		t.Error(v)
	}

	// Next time it finds all of it. The connection has been there all the time.
	if p := get[struct{ CurrentProfileID []string }](c, "GET /profiles.list"); !slices.Equal(p.CurrentProfileID, []string{id}) {
		t.Error(p)
	}
	_, m = c.update("/update?profile=" + id)
	if m.Type != "/prompt/confirmation/update/plan" || len(m.ToInstall) != 0 {
		t.Errorf("%+v", m)
	}
	c.computer.Terminate()
	if _, _, err := alive.ReadMessage(); !websocket.IsCloseError(err, 1001) {
		t.Error(err)
	}
}
