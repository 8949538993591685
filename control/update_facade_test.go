package control_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"path/filepath"
	"strings"
	"testing"

	"github.com/luart/luart/runtime"
)

// serveAll starts the program of luart serve with the package API alone, on the workbench's folders.
func (b *workbench) serveAll() *served {
	b.t.Helper()
	s := &served{workbench: b, ended: make(chan error, 1)}
	addresses := make(chan map[string]string, 1)
	off := map[string]any{"enabled": false}
	s.start(addresses,
		runtime.WithControl(runtime.Control{
			Plugins: b.plugins, Data: b.data, AllowPrivate: true, Ready: func(all map[string]string) { addresses <- all },
			Settings: func() (map[string]any, error) {
				return map[string]any{"ratchet": off, "network": off, "rpc": off, "packages": map[string]any{
					"enabled": true, "bindto": "127.0.0.1", "port": 0, "channels": []any{b.channel.url},
				}}, nil
			},
		}),
		runtime.WithStdout(&s.out), runtime.WithStderr(&s.out), runtime.WithMemory(512<<20),
	)
	return s
}

// post sends a request to the API, and returns its answer.
func (s *served) post(path string, body any) object {
	s.t.Helper()
	response, err := http.Post(strings.Replace(s.address, "ws://", "http://", 1)+path, "application/json", bytes.NewReader(encoded(s.t, body)))
	if err != nil {
		s.t.Fatal(err)
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		s.t.Fatal(err)
	}
	var m object
	if err := json.Unmarshal(text, &m); err != nil || response.StatusCode != 200 {
		s.t.Fatalf("%s: %d %s\n%s", path, response.StatusCode, text, s.out.String())
	}
	return m
}

// A user of luart serve installs a plugin by the API alone, and it runs.
func TestFacadeInstallsPlugins(t *testing.T) {
	b := newWorkbench(t)
	b.plugin("me:hello", "1.0", "luart-plugins", "x.zip", zipped(t, "main.lua", `print("hello from a package")`))
	s := b.serveAll()
	id := s.post("/profiles.add", object{"name": "Plugins of luart"})["id"].(string)
	s.post("/profile.init?profile="+id, object{"plugins": b.plugins, "cache": "cache", "temp": "temp"})
	s.post("/plugins.add?profile="+id, []string{"me:hello"})
	c := s.update("profile=" + id)
	c.answer(c.prompt("/prompt/confirmation/update/plan"), "Yes")
	warnings := c.prompt("/prompt/confirmation/update/warnings")
	if !strings.Contains(fmt.Sprint(warnings["warnings"]), "a program that may do what plugins may") {
		t.Error(warnings["warnings"])
	}
	c.answer(warnings, "Yes")
	same(t, c.next(), object{"$type": "/result", "ok": true})
	if m := c.next(); m != nil {
		t.Error(m)
	}
	if got := tree(t, b.plugins); !strings.HasPrefix(got, "luart-plugins/hello/main.lua: ") || strings.Contains(got, "\n") {
		t.Errorf("the folder of plugins has\n%s", got)
	}

	s.post("/plugins.remove?profile="+id, []string{"me:hello"})
	same(t, s.update("profile="+id).yes(), object{"$type": "/result", "ok": true})
	if got := tree(t, b.plugins); got != "" {
		t.Errorf("the folder of plugins has\n%s", got)
	}
	s.stop()
	if !strings.Contains(s.out.String(), "hello from a package") {
		t.Errorf("the log is\n%s", s.out.String())
	}
	if left := tree(t, filepath.Join(b.data, "profiles", id, "temp")); left != "" {
		t.Error(left)
	}
}
