// Package plugins_test runs whole control planes, as luart serve does, and looks at what is left of plugins that are replaced, and at what
// bad plugins do to others.
package plugins_test

import (
	"errors"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/luart/luart/runtime"
	"github.com/luart/luart/runtime/runtimetest"
	"github.com/luart/luart/stdlib/computertest"
)

// plane is a control plane that runs: the Plugin Server and the Ratchet server over a folder of plugins.
type plane struct {
	t         testing.TB
	dir       string
	computer  *runtime.Computer
	addresses map[string]string
	out, log  text
	client    *http.Client
}

type text = computertest.Output

// startPlane runs a control plane until the test ends; settings of the section plugins may be given.
func startPlane(t testing.TB, files map[string]string, plugins map[string]any) *plane {
	t.Helper()
	p := &plane{t: t, dir: t.TempDir(), client: &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 16}, Timeout: 60 * time.Second}}
	for name, content := range files {
		p.write(name, content)
	}
	off, on := map[string]any{"enabled": false}, map[string]any{"enabled": true, "bindto": "127.0.0.1", "port": 0}
	settings := map[string]any{"ratchet": on, "network": on, "rpc": off, "packages": off, "plugins": plugins}
	served := runtimetest.Serve(t, runtime.Control{
		Plugins: p.dir, Data: t.TempDir(), AllowPrivate: true, Settings: func() (map[string]any, error) { return settings, nil },
	}, &p.out, &p.log, runtime.WithMemory(1<<30))
	p.computer, p.addresses = served.Computer, served.Addresses
	t.Cleanup(func() {
		p.client.CloseIdleConnections()
		served.Terminate()
		if t.Failed() {
			t.Log(tail(p.out.String()))
		}
	})
	return p
}

// tail is the end of a log.
func tail(log string) string { return log[max(0, len(log)-8000):] }

func (p *plane) write(name, content string) {
	p.t.Helper()
	path := filepath.Join(p.dir, filepath.FromSlash(name))
	if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o777), os.WriteFile(path, []byte(content), 0o666)); err != nil {
		p.t.Fatal(err)
	}
}

// get makes a request to a server; its error is that of the connection.
func (p *plane) get(server, path string) (status int, body string, err error) {
	response, err := p.client.Get(p.addresses[server] + path)
	if err != nil {
		return 0, "", err
	}
	defer response.Body.Close()
	b, err := io.ReadAll(response.Body)
	return response.StatusCode, string(b), err
}

// want makes a request that must have an answer with a status and a text in it.
func (p *plane) want(server, path string, status int, text string) {
	p.t.Helper()
	got, body, err := p.get(server, path)
	if err != nil || got != status || !strings.Contains(body, text) {
		p.t.Fatalf("%s %s: %d %s %v; want %d %s", server, path, got, body, err, status, text)
	}
}

// logged checks that a text is in the log.
func (p *plane) logged(text string) {
	p.t.Helper()
	if !strings.Contains(p.out.String(), text) {
		p.t.Errorf("the log has no %q", text)
	}
}

// freePort is a port that a plugin may listen on.
func freePort(t testing.TB) int {
	t.Helper()
	free, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer free.Close()
	return free.Addr().(*net.TCPAddr).Port
}
