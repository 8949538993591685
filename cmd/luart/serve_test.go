package main

import (
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/luart/luart/stdlib/http/certtest"
)

// serving is a process of luart serve.
type serving struct {
	cmd      *exec.Cmd
	dir      string
	out, err watched
	address  map[string]string // where each server listens, by the name that it is announced with
}

// serve starts luart serve in a folder, on ports that are free, without JSON-RPC and packages, and waits until it serves.
func serve(t testing.TB, dir string, args ...string) *serving {
	t.Helper()
	s := serveWith(t, dir, nil, append([]string{"--ratchet", "0", "--plugin-server", "0", "--rpc", "off", "--packages", "off"}, args...)...)
	s.out.waitFor(t, "\n  plugins  ", &s.err)
	s.address = map[string]string{}
	for _, m := range regexp.MustCompile(`(?m)^  (.{14}) (\w+://\S+)$`).FindAllStringSubmatch(s.out.String(), -1) {
		s.address[strings.TrimSpace(m[1])] = m[2]
	}
	return s
}

func serveWith(t testing.TB, dir string, environ []string, args ...string) *serving {
	t.Helper()
	s := &serving{dir: dir, cmd: exec.Command(luart, append([]string{"serve"}, args...)...)}
	s.cmd.Dir, s.cmd.Stdout, s.cmd.Stderr, s.cmd.Env = dir, &s.out, &s.err, append(os.Environ(), environ...)
	if err := s.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		s.cmd.Process.Kill()
		s.cmd.Wait()
		if t.Failed() {
			t.Logf("the server's output:\n%s\n%s", s.out.String(), s.err.String())
		}
	})
	return s
}

// waitFor is wait, for a text that must come before the process says why it doesn't.
func (w *watched) waitFor(t testing.TB, text string, errs *watched) {
	t.Helper()
	for deadline := time.Now().Add(60 * time.Second); !strings.Contains(w.String(), text); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) || strings.Contains(errs.String(), "luart: ") {
			t.Fatalf("%q was not written, but %q and %q", text, w.String(), errs.String())
		}
	}
}

// ask makes a request to one of the servers and returns the status and the body.
func (s *serving) ask(t testing.TB, method, server, path, body string, headers ...string) (int, string) {
	t.Helper()
	response, text := ask(t, method, s.address[server]+path, body, headers...)
	return response.StatusCode, text
}

// want makes a request and compares the answer: its status, and a pattern that the body matches. In JSON, members are in the order of their names.
func (s *serving) want(t testing.TB, method, server, path, body string, status int, pattern string, headers ...string) {
	t.Helper()
	got, text := s.ask(t, method, server, path, body, headers...)
	var value any
	if json.Unmarshal([]byte(text), &value) == nil {
		var sorted strings.Builder
		encoder := json.NewEncoder(&sorted)
		encoder.SetEscapeHTML(false)
		if err := encoder.Encode(value); err != nil {
			t.Fatal(err)
		}
		text = sorted.String()
	}
	if got != status || !regexp.MustCompile(pattern).MatchString(text) {
		t.Errorf("%s %s %s: %d %s; want %d %s", method, path, body, got, text, status, pattern)
	}
}

func (s *serving) write(t testing.TB, name, text string) {
	t.Helper()
	path := filepath.Join(s.dir, filepath.FromSlash(name))
	if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o777), os.WriteFile(path, []byte(text), 0o666)); err != nil {
		t.Fatal(err)
	}
}

func (s *serving) signal(t testing.TB, sig os.Signal) {
	t.Helper()
	if err := s.cmd.Process.Signal(sig); err != nil {
		t.Skip("this system can't send the signal:", err)
	}
}

// end waits for the end and returns the exit code.
func (s *serving) end(t testing.TB) int {
	t.Helper()
	timer := time.AfterFunc(60*time.Second, func() { s.cmd.Process.Kill() })
	defer timer.Stop()
	s.cmd.Wait()
	return s.cmd.ProcessState.ExitCode()
}

// What people type first.
func TestServeFromNothing(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := serve(t, dir)
	announced := s.out.String()
	for _, want := range []string{
		`(?m)^luart v1\.2\.3, process ` + fmt.Sprint(s.cmd.Process.Pid) + `$`,
		`(?m)^  plugin server  http://127\.0\.0\.1:\d+$`, `(?m)^  ratchet        http://127\.0\.0\.1:\d+$`,
		`(?m)^  plugins        ` + regexp.QuoteMeta(filepath.Join(dir, "plugins")) + `$`,
		`(?m)^There is no plugin yet\. In another terminal:\n  luart new plugin hello\n  kill -HUP ` + fmt.Sprint(s.cmd.Process.Pid) + `\n  curl ` + s.address["plugin server"] + `/hello$`,
	} {
		if !regexp.MustCompile(want).MatchString(announced) {
			t.Errorf("no %s in\n%s", want, announced)
		}
	}
	code, out, errs := command(t, dir, "", "new", "plugin", "hello")
	if code != 0 || errs != "" || !strings.Contains(out, "luart serve --watch hello") || !strings.Contains(out, "curl http://127.0.0.1:9192/hello") {
		t.Errorf("%d %s %s", code, out, errs)
	}
	s.signal(t, reloadSignal)
	s.out.wait(t, "hello is here")
	s.out.wait(t, "[hello] info:")
	s.want(t, "GET", "plugin server", "/hello", "", 200, `^\{"hello":"world"\}`)
	s.want(t, "GET", "plugin server", "/hello?name=you", "", 200, `^\{"hello":"you"\}`)
	s.want(t, "GET", "plugin server", "/hello/visits", "", 200, `^\{"visits":1\}`)
	s.want(t, "POST", "ratchet", "/event", "event=onTestEvent", 200, `"OK"`, "Content-Type", "application/x-www-form-urlencoded")
	s.out.wait(t, "onTestEvent has come")
	s.signal(t, os.Interrupt)
	if code := s.end(t); code != 0 || !strings.HasSuffix(strings.TrimSpace(s.out.String()), "[hello] info: bye") || s.err.String() != "" {
		t.Errorf("exit code %d\n%s\n%s", code, s.out.String(), s.err.String())
	}

	// What is stored is there the next time, and there is nothing to be told for beginners.
	s = serve(t, dir)
	s.want(t, "GET", "plugin server", "/hello/visits", "", 200, `^\{"visits":2\}`)
	if strings.Contains(s.out.String(), "no plugin yet") {
		t.Error(s.out.String())
	}
}

// A plugin that is saved is loaded anew.
func TestServeWatch(t *testing.T) {
	t.Parallel()
	dir := folder(t, map[string]string{"plugins/p/main.lua": "route('/', function() return 200, { version = 1 } end)"})
	s := serve(t, dir, "--watch", "*")
	s.want(t, "GET", "plugin server", "/p", "", 200, `"version":1`)
	s.write(t, "plugins/p/main.lua", "route('/', function() return 200, { version = 2 } end) print('two')")
	s.out.wait(t, "two")
	for deadline := time.Now().Add(30 * time.Second); ; { // it is printed just before the new version takes over
		if _, text := s.ask(t, "GET", "plugin server", "/p", ""); strings.Contains(text, `"version":2`) || time.Now().After(deadline) {
			break
		}
	}
	s.want(t, "GET", "plugin server", "/p", "", 200, `"version":2`)
	s.write(t, "plugins/p/main.lua", "route('/', function( return 200, { version = 3 } end)")
	s.err.wait(t, "[p] error: the reload has failed, the old version goes on: p/main.lua:1: ")
	s.want(t, "GET", "plugin server", "/p", "", 200, `"version":2`)
}

// A mistake in a plugin is told with its place, and the others serve.
func TestServeWithBrokenPlugins(t *testing.T) {
	t.Parallel()
	dir := folder(t, map[string]string{
		"plugins/typo/main.lua":     "print('x'",
		"plugins/fails/main.lua":    "local t\n\nt.x = 1",
		"plugins/good/main.lua":     "route('/', function() return 200, 'fine' end)",
		"plugins/a/twice/main.lua":  "",
		"plugins/b/twice/main.lua":  "",
		"plugins/schedule.json":     `[{"cron": "0 0 18 * * *", "event": "x"}, {"cron": "often", "event": "y"}]`,
		"plugins/global.lua":        "x = = 1",
		"plugins/nothing/other.lua": "",
	})
	s := serve(t, dir)
	s.want(t, "GET", "plugin server", "/good", "", 200, "fine")
	s.err.wait(t, "not loaded, for the reasons above: ")
	for _, want := range []string{
		`\[typo\] error: it was not loaded: typo/main\.lua:1: `, `\[fails\] error: it was not loaded: fails/main\.lua:3: attempt to index`,
		`stack traceback:\n\tfails/main\.lua:3`, `not loaded, for the reasons above: b/twice, fails, typo; mend them`, `global\.lua:1: `,
		`b/twice can't be loaded: there is another plugin of the name twice, a/twice; rename one of them`, `schedule\.json: entry 2: a schedule has 6 fields`,
	} {
		if !regexp.MustCompile(want).MatchString(s.err.String()) {
			t.Errorf("no %s in\n%s", want, s.err.String())
		}
	}
	s.want(t, "GET", "ratchet", "/plugins", "", 200, `there is another plugin of the name twice`)
}

// What is wrong at the start is told in a way that helps, and nothing is left behind.
func TestServeMistakes(t *testing.T) {
	t.Parallel()
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { taken.Close() })
	port := taken.Addr().(*net.TCPAddr).Port
	for _, test := range []struct {
		name    string
		ini     string
		environ []string
		args    []string
		code    int
		err     string
	}{
		{name: "port in use", args: []string{"--plugin-server", fmt.Sprint(port)}, code: 1,
			err: fmt.Sprintf(`^luart: the Plugin Server can't start: port %d is in use \(by another program; is luart serve running already\?\); give it another address with --plugin-server PORT, or leave it out with --plugin-server off\n$`, port)},
		{name: "key misspelt", ini: "[network]\nprot = 9", code: 2, err: `luart\.ini:2: .*prot.*port`},
		{name: "no tail about arguments", ini: "[network]\nport = 1\nport = 2", code: 2, err: `^luart: luart\.ini:2: \[network\] port: is set more than once; leave one of them\n$`},
		{name: "no delimiter", ini: "[network]\nport 9192", code: 2, err: `^luart: luart\.ini:2: "port 9192" is neither`},
		{name: "address of another machine", args: []string{"--plugin-server", "192.0.2.1:0", "--set", "network.open=true"}, code: 1,
			err: `^luart: the Plugin Server can't start: 192\.0\.2\.1 is not an address of this machine; give it another address with --plugin-server PORT, or`},
		{name: "section misspelt", ini: "[netwrk]\nport = 9", code: 2, err: `luart\.ini:1: .*netwrk.*network`},
		{name: "value", ini: "[network]\nport = many", code: 2, err: `luart\.ini:2: .*many`},
		{name: "variable misspelt", environ: []string{"LUART_NETWORK_PROT=1"}, code: 2, err: `LUART_NETWORK_PROT.*LUART_NETWORK_PORT`},
		{name: "variable", environ: []string{"LUART_NETWORK_PORT=x"}, code: 2, err: `LUART_NETWORK_PORT`},
		{name: "set misspelt", args: []string{"--set", "network.prot=1"}, code: 2, err: `--set network\.prot: there is no such setting.*network\.port`},
		{name: "address", args: []string{"--ratchet", "here"}, code: 2, err: `--ratchet: "here" is no address; give HOST:PORT`},
		{name: "open to the network", args: []string{"--ratchet", "0.0.0.0:0"}, code: 2, err: `ratchet\.token`},
		{name: "no such file", args: []string{"--config", "none.ini"}, code: 2, err: `^luart: --config: there is no file none\.ini; check the name, or leave it out to use the defaults\n$`},
		{name: "no such folder", args: []string{"--plugins", "exmaples"}, code: 1, err: `--plugins: there is no folder .*exmaples; make it`},
		{name: "no folder", args: []string{"--plugins", "luart.ini"}, code: 1, err: `the folder for the plugins can't be used: .*luart\.ini.*--plugins DIR`},
		{name: "data", args: []string{"--data", "luart.ini/data"}, code: 1, err: `the folder for what is stored can't be used: .*--data DIR`},
		{name: "certificate missing", ini: "[ssl]\nenabled = true\ncertfile = cert.pem\nkeyfile = key.pem", code: 1, err: `\[ssl\] certfile: open .*cert\.pem: no such file.*; name the file of the certificate in PEM`},
		{name: "certificate not named", ini: "[ssl]\nenabled = true", code: 2, err: `ssl\.certfile is needed`},
		{name: "certificate broken", ini: "[ssl]\nenabled = true\ncertfile = luart.ini\nkeyfile = luart.ini", code: 1, err: `^luart: \[ssl\] certfile .*luart\.ini, keyfile .*luart\.ini: .*PEM.*; name a certificate and its private key in PEM`},
		{name: "documents", ini: "[paths]\ndocuments = /doc:nowhere", code: 1, err: `\[paths\] documents: .*nowhere.*; make the folder`},
		{name: "pidfile", args: []string{"--set", "paths.pidfile=no/such/folder/pid"}, code: 1, err: `\[paths\] pidfile: .*; make its folder`},
		{name: "what is that", args: []string{"plugins"}, code: 2, err: `unexpected argument plugins`},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			dir := folder(t, map[string]string{"luart.ini": test.ini})
			s := serveWith(t, dir, test.environ, append([]string{"--set", "ratchet.port=0", "--set", "network.port=0", "--rpc", "off", "--packages", "off"}, test.args...)...)
			if code := s.end(t); code != test.code || !regexp.MustCompile(`(?m)`+test.err).MatchString(s.err.String()) {
				t.Errorf("exit code %d, want %d; error output does not match %s:\n%s\n%s", code, test.code, test.err, s.err.String(), s.out.String())
			}
		})
	}
}

func TestServeWithoutPermission(t *testing.T) {
	t.Parallel()
	dir := folder(t, map[string]string{"data/x": ""})
	if err := os.Chmod(filepath.Join(dir, "data"), 0o500); err != nil {
		t.Fatal(err)
	}
	if f, err := os.CreateTemp(filepath.Join(dir, "data"), ""); err == nil {
		f.Close()
		t.Skip("this user may write everywhere")
	}
	s := serveWith(t, dir, nil)
	if code := s.end(t); code != 1 || !regexp.MustCompile(`what is stored can't be used: .*permission denied; change its permissions`).MatchString(s.err.String()) {
		t.Errorf("%d %s", code, s.err.String())
	}
}

func TestServePrintConfig(t *testing.T) {
	t.Parallel()
	dir := folder(t, map[string]string{"luart.ini": "[network]\nport = 9193\n[auth]\napikey = sesame-open\n"})
	s := serveWith(t, dir, []string{"LUART_RATCHET_PORT=5461"}, "--print-config", "--set", "rpc.port=6134", "--data", "elsewhere", "--watch", "a", "--watch", "b")
	if code := s.end(t); code != 0 || s.err.String() != "" {
		t.Fatalf("%d %s", code, s.err.String())
	}
	printed := s.out.String()
	for _, want := range []string{
		`(?m)^# luart\.ini:2\nport = 9193$`, `(?m)^# LUART_RATCHET_PORT\nport = 5461$`, `(?m)^# --set rpc\.port\nport = 6134$`,
		`(?m)^# --data; counts at the start only\ndata = .*elsewhere$`, `(?m)^# --watch\nwatch = a b$`, `(?m)^# default\nmarkdown = true$`,
	} {
		if !regexp.MustCompile(want).MatchString(printed) {
			t.Errorf("no %s in\n%s", want, printed)
		}
	}
	if strings.Contains(printed, "sesame") {
		t.Error("a secret is shown")
	}
	// It is a file that can be used.
	again := folder(t, map[string]string{"luart.ini": printed})
	s = serveWith(t, again, nil, "--print-config")
	if code := s.end(t); code != 0 || !strings.Contains(s.out.String(), "port = 5461") || !strings.Contains(s.out.String(), "port = 9193") {
		t.Errorf("%d %s %s", code, s.err.String(), s.out.String())
	}
	if _, err := os.Stat(filepath.Join(dir, "elsewhere")); err == nil {
		t.Error("a folder was made")
	}
}

// The configuration, plugins and certificates change at a signal; ports stay open meanwhile.
func TestServeReloads(t *testing.T) {
	t.Parallel()
	dir := folder(t, map[string]string{
		"luart.ini":            "[auth]\napikey = the-first-key\n",
		"plugins/plugins.txt":  "a",
		"plugins/a/main.lua":   "route('/', function() return 200, { version = 1 } end)",
		"plugins/new/main.lua": "print('new is here') route('/', function() return 200, 'new' end)",
	})
	s := serve(t, dir)
	s.want(t, "GET", "plugin server", "/plugins", "", 403, "unauthorized", "Authorization", "Bearer the-second-key")
	s.want(t, "GET", "plugin server", "/plugins", "", 200, `"a"`, "Authorization", "Bearer the-first-key")
	before := s.address["plugin server"]

	s.write(t, "luart.ini", "[auth]\napikey = the-second-key\n[paths]\npidfile = x.pid\n")
	s.write(t, "plugins/plugins.txt", "new\n")
	s.signal(t, reloadSignal)
	s.out.wait(t, "new is here")
	s.want(t, "GET", "plugin server", "/plugins", "", 200, `\["new"\]`, "Authorization", "Bearer the-second-key")
	s.want(t, "GET", "plugin server", "/plugins", "", 403, "unauthorized", "Authorization", "Bearer the-first-key")
	s.want(t, "GET", "plugin server", "/new", "", 200, "new")
	s.want(t, "GET", "plugin server", "/a", "", 404, "")
	s.err.wait(t, "[paths] pidfile is another one now; that counts once luart serve is started anew")

	// A mistake changes nothing, whatever is asked for with it.
	s.write(t, "luart.ini", "[auth]\napikye = x\n")
	s.write(t, "plugins/plugins.txt", "a\n")
	s.signal(t, reloadSignal)
	s.err.wait(t, "the settings can't be read, and stay as they were: luart.ini:2: ")
	s.err.wait(t, "apikey")
	s.want(t, "GET", "plugin server", "/new", "", 200, "new")
	if s.address["plugin server"] != before {
		t.Error("it has moved")
	}
	s.signal(t, os.Interrupt)
	if code := s.end(t); code != 0 {
		t.Error("exit code", code)
	}
}

func TestServePidFile(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := serve(t, dir, "--set", "paths.pidfile=pid")
	want := fmt.Sprintln(s.cmd.Process.Pid)
	if text, err := os.ReadFile(filepath.Join(dir, "pid")); err != nil || string(text) != want {
		t.Errorf("%q %v", text, err)
	}
	// Another one that can't start leaves it alone.
	_, port, _ := strings.Cut(strings.TrimPrefix(s.address["ratchet"], "http://"), ":")
	other := serveWith(t, dir, nil, "--set", "paths.pidfile=pid", "--ratchet", port, "--plugin-server", "off", "--rpc", "off", "--packages", "off")
	if code := other.end(t); code != 1 {
		t.Error("exit code", code, other.err.String())
	}
	if text, err := os.ReadFile(filepath.Join(dir, "pid")); err != nil || string(text) != want {
		t.Errorf("%q %v", text, err)
	}
	s.signal(t, os.Interrupt)
	s.end(t)
	if _, err := os.Stat(filepath.Join(dir, "pid")); err == nil {
		t.Error("the file is still there")
	}
}

// A new certificate counts for new connections; those that there are go on.
func TestServeRotatesCertificates(t *testing.T) {
	t.Parallel()
	cert, key := certtest.New(t, "first")
	dir := folder(t, map[string]string{
		"luart.ini": "[ssl]\nenabled = true\ncertfile = cert.pem\nkeyfile = key.pem\n", "cert.pem": cert, "key.pem": key,
		"plugins/p/main.lua": "route('/', function() return 200, 'fine' end) print('loaded')",
	})
	s := serve(t, dir)
	address := s.address["plugin server"]
	if !strings.HasPrefix(address, "https://") {
		t.Fatal(address)
	}
	get := func(client *http.Client) (name string, err error) {
		response, err := client.Get(address + "/p")
		if err != nil {
			return "", err
		}
		defer response.Body.Close()
		if _, err := io.Copy(io.Discard, response.Body); err != nil || response.StatusCode != 200 {
			return "", fmt.Errorf("%s, %w", response.Status, err)
		}
		return response.TLS.PeerCertificates[0].Subject.CommonName, nil
	}
	client := func() *http.Client {
		c := &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{InsecureSkipVerify: true}}, Timeout: 30 * time.Second}
		t.Cleanup(c.CloseIdleConnections)
		return c
	}
	first := client()
	if name, err := get(first); err != nil || name != "first" {
		t.Fatal(name, err)
	}
	cert, key = certtest.New(t, "second")
	s.write(t, "cert.pem", cert)
	s.write(t, "key.pem", key)
	s.signal(t, reloadSignal)
	for deadline := time.Now().Add(30 * time.Second); ; {
		name, err := get(client())
		if err != nil {
			t.Fatal(err)
		}
		if name == "second" {
			break
		}
		if time.Now().After(deadline) {
			t.Fatal("the old certificate goes on")
		}
	}
	if name, err := get(first); err != nil || name != "first" {
		t.Error("the connection from before:", name, err)
	}
	// A certificate without its key changes nothing.
	cert, _ = certtest.New(t, "third")
	s.write(t, "cert.pem", cert)
	s.signal(t, reloadSignal)
	for deadline := time.Now().Add(30 * time.Second); !strings.Contains(s.err.String(), "can't be used"); {
		if name, err := get(client()); err != nil || name != "second" || time.Now().After(deadline) {
			t.Fatal("a wrong key:", name, err)
		}
	}
}
