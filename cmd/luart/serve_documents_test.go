package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// A folder of documents may be the one that all else is in.
func TestServeHidesFiles(t *testing.T) {
	dir := t.TempDir()
	s := &serving{dir: dir}
	for name, text := range map[string]string{
		"conf.ini":           "[paths]\ndocuments = /doc:. /more:public\nsecrets = my.keys\n[file_server]\ncommon_log = log/access.log\n[auth]\napikey = nobody-knows\n",
		"plugins/hello.lua":  "return function() return 200, getSecret('KEY') ~= '' end",
		"my.keys":            "KEY=nobody-knows\n",
		"public/page.md":     "# A page\n",
		"public/.env":        "nobody-knows",
		"public/x/plain.txt": "plain",
	} {
		s.write(t, name, text)
	}
	s = serve(t, dir, "--config", "conf.ini")
	const server = "plugin server"
	s.want(t, "GET", server, "/hello", "", 200, "true")
	s.want(t, "GET", server, "/doc/public/page.md", "", 200, "<title>A page</title>")
	s.want(t, "GET", server, "/more/page.md", "", 200, "<title>A page</title>")
	s.want(t, "GET", server, "/more/x/plain.txt?apikey=nobody-knows", "", 200, "plain")
	for _, path := range []string{
		"/doc/conf.ini", "/doc/CONF.INI", "/doc/my.keys", "/doc/plugins/hello.lua", "/doc/data/storage.db", "/doc/data/", "/doc/log/access.log", "/doc/public/.env", "/more/.env",
		"/more/../my.keys", "/more/%2e%2e/conf.ini", "/more/..%2fconf.ini", "/doc/public/../conf.ini", "/doc//etc/hostname", "/doc/%2fetc%2fhostname",
	} {
		if status, text := s.ask(t, "GET", server, path, ""); status != 404 || strings.Contains(text, "nobody-knows") {
			t.Errorf("GET %s: %d %s", path, status, text)
		}
	}
	log := filepath.Join(dir, "log", "access.log")
	for deadline := time.Now().Add(60 * time.Second); ; time.Sleep(10 * time.Millisecond) {
		text, _ := os.ReadFile(log)
		if strings.Contains(string(text), "GET /more/x/plain.txt?apikey=*** HTTP/1.1") && strings.Contains(string(text), "hostname") {
			break
		}
		if time.Now().After(deadline) {
			t.Fatalf("%s", text)
		}
	}
	for _, text := range []string{s.out.String(), s.err.String()} {
		if strings.Contains(text, "nobody-knows") {
			t.Error(text)
		}
	}
}
