package control_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gorilla/websocket"
)

// Who may use the package API, and what it fetches for them.

const page = "https://app.example"

func TestPackagesCORS(t *testing.T) {
	s := newPackageServer(t, mods(t).root())
	s.section["origins"] = []string{page}
	s.start()
	for _, origin := range []string{page, "http://localhost:8080", "http://127.0.0.1:1", s.address} {
		for _, request := range []string{"GET /server.status", "GET /profile.read?profile=1", "GET /nothing", "GET /image.fetch", "GET /update?profile=1"} {
			h := s.ask(request + "\nOrigin: " + origin).header
			if h.Get("Access-Control-Allow-Origin") != origin || h.Get("Access-Control-Allow-Methods") != "*" ||
				h.Get("Access-Control-Allow-Credentials") != "true" || h.Get("Access-Control-Expose-Headers") != "*" {
				t.Errorf("%s from %s: %v", request, origin, h)
			}
		}
	}
	got := s.ask("OPTIONS /any/path\nOrigin: " + page + "\nAccess-Control-Request-Method: POST\nAccess-Control-Request-Headers: content-type,x-y")
	h := got.header
	if got.status != 204 || got.body != "" || h.Get("Access-Control-Allow-Origin") != page || h.Get("Access-Control-Allow-Methods") != "*" ||
		h.Get("Access-Control-Allow-Credentials") != "true" || h.Get("Access-Control-Allow-Headers") != "content-type,x-y" || h.Get("Access-Control-Expose-Headers") != "" {
		t.Errorf("preflight: %d %v %s", got.status, h, got.body)
	}
	if got := s.ask("OPTIONS /server.status\nOrigin: " + page + "\nAccess-Control-Request-Method: GET"); got.status != 204 || got.header.Get("Access-Control-Allow-Headers") != "*" {
		t.Errorf("preflight: %d %v", got.status, got.header)
	}
	if h := s.ask("GET /server.status").header; h.Get("Access-Control-Allow-Origin") != "" {
		t.Error("without Origin: ", h)
	}
	for _, origin := range []string{"https://evil.example", "https://app.example.evil.example", "http://app.example", "null"} {
		for _, request := range []string{"GET /server.status", "POST /settings.all.set", "OPTIONS /server.status\nAccess-Control-Request-Method: GET"} {
			if got := s.ask(request + "\nOrigin: " + origin + "\n\n{}"); got.status != 403 || got.header.Get("Access-Control-Allow-Origin") != "" {
				t.Errorf("%s from %s: %d %v", request, origin, got.status, got.header)
			}
		}
	}
}

// Without the setting, no foreign page gets in, whatever a test or a file leaves out.
func TestPackagesForeignPages(t *testing.T) {
	s := startPackageServer(t, mods(t).root())
	s.profile()
	if got := s.ask("GET /server.status\nOrigin: " + page); got.status != 403 {
		t.Error(got.status)
	}
	if got := s.ask("GET /server.status\nHost: evil.example"); got.status != 421 {
		t.Error(got.status)
	}
	// Browsers say what is behind a request also where there is no Origin: a link, an image.
	for _, site := range []string{"cross-site", "same-site"} {
		for _, request := range []string{
			"POST /plugins.add?profile=1\n{}", "POST /plugins.remove?profile=1\n{}", "POST /plugins.reinstall?profile=1\n{}", "POST /profiles.add\n{}", "POST /profiles.switch\n{}",
			"POST /profiles.rename\n{}", "POST /profiles.remove\n{}", "POST /profile.init?profile=2\n{}", "POST /variants.set?profile=1\n{}",
			"POST /variants.reset?profile=1\n{}", "POST /channels.set?profile=1\n{}", "POST /settings.all.set\n{}", "POST /packages.open\n{}",
			"GET /settings.all.get\n{}", "GET /image.fetch?url=x\n{}", "GET /server.connect\n{}", "GET /update?profile=1\n{}",
		} {
			s.wantError(strings.Replace(request, "{}", "Sec-Fetch-Site: "+site+"\n\n[]", 1), 403, "bad-request", "pages of other sites")
		}
	}
	if got := s.ask("GET /server.status\nSec-Fetch-Site: cross-site"); got.status != 200 {
		t.Error(got.status)
	}
	s.want("POST /plugins.add?profile=1\nSec-Fetch-Site: same-origin\nOrigin: "+s.address+"\n\n[]", 200, done)
	if _, resp, err := s.dial("/server.connect", http.Header{"Origin": {page}}); err == nil || resp == nil || resp.StatusCode != 403 {
		t.Error(err, resp)
	}
}

func TestPackagesToken(t *testing.T) {
	s := newPackageServer(t, mods(t).root())
	s.section["token"] = "secret-token"
	s.section["log_requests"] = true
	s.start()
	for _, headers := range []string{"", "\nAuthorization: Bearer wrong", "\nAuthorization: Basic c2VjcmV0LXRva2Vu", "\nAuthorization: Bearer secret-token2"} {
		for _, request := range []string{"GET /server.status", "POST /profiles.add", "GET /profile.read?profile=1", "GET /update?profile=1", "GET /server.connect", "GET /nothing"} {
			got := s.wantError(request+headers, 401, "unauthorized", "")
			if got.header.Get("WWW-Authenticate") == "" {
				t.Error(got.header)
			}
		}
	}
	for _, request := range []string{"GET /server.status\nAuthorization: Bearer secret-token", "GET /server.status\nAuthorization: bearer secret-token", "GET /server.status?token=secret-token"} {
		if got := s.ask(request); got.status != 200 {
			t.Errorf("%s: %d", request, got.status)
		}
	}
	// Browsers ask first without the token.
	if got := s.ask("OPTIONS /server.status\nOrigin: http://localhost\nAccess-Control-Request-Method: GET\nAccess-Control-Request-Headers: authorization"); got.status != 204 {
		t.Error(got.status)
	}
	if _, resp, err := s.dial("/server.connect", nil); err == nil || resp == nil || resp.StatusCode != 401 {
		t.Error(err, resp)
	}
	conn, _, err := s.dial("/server.connect?token=secret-token", nil)
	if err != nil {
		t.Fatal(err)
	}
	conn.Close()
	if strings.Contains(s.out.String(), "secret-token") {
		t.Error("the log has the token:\n", s.out.String())
	}
}

// New settings count from when they are read; clients stay connected.
func TestPackagesReload(t *testing.T) {
	c := mods(t)
	s := startPackageServer(t)
	alive := s.connect("/server.connect")
	s.mu.Lock()
	s.section["token"], s.section["channels"] = "new-token", []string{c.root()}
	s.mu.Unlock()
	s.computer.Reload()
	for deadline := time.Now().Add(time.Minute); s.ask("GET /server.status").status != 401; time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("the settings don't count:\n", s.out.String())
		}
	}
	const token = "\nAuthorization: Bearer new-token"
	s.want("POST /profile.init?profile=1"+token+"\n\n"+`{"plugins": "plugins", "cache": "cache", "temp": "temp"}`, 200, `{"channels": ["`+c.root()+`"]}…`)
	s.want("POST /packages.open"+token+"\n\n[]", 200, done)
	if _, message, err := alive.ReadMessage(); err != nil || string(message) != `{"$type":"/prompt/open/package","packages":[]}` {
		t.Errorf("%s %v", message, err)
	}
	s.mu.Lock()
	s.section["origins"] = []string{page}
	s.mu.Unlock()
	s.computer.Reload()
	for deadline := time.Now().Add(time.Minute); s.ask("GET /server.status"+token+"\nOrigin: "+page).status != 200; time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("the settings don't count:\n", s.out.String())
		}
	}
}

// It is off if the settings say so.
func TestPackagesOff(t *testing.T) {
	s := newPackageServer(t)
	s.section["enabled"] = false
	s.start()
	if s.address != "" {
		t.Error(s.address)
	}
}

func (s *packageServer) dial(target string, header http.Header) (*websocket.Conn, *http.Response, error) {
	conn, resp, err := websocket.DefaultDialer.Dial("ws"+strings.TrimPrefix(s.address, "http")+target, header)
	if err == nil {
		s.t.Cleanup(func() { conn.Close() })
		_ = conn.SetReadDeadline(time.Now().Add(time.Minute))
	}
	return conn, resp, err
}

func (s *packageServer) connect(target string) *websocket.Conn {
	s.t.Helper()
	conn, _, err := s.dial(target, nil)
	if err != nil {
		s.t.Fatalf("%s: %v\n%s", target, err, s.out.String())
	}
	return conn
}

func TestPackagesConnect(t *testing.T) {
	s := startPackageServer(t, mods(t).root())
	first, second := s.connect("/server.connect"), s.connect("/server.connect")
	for _, conn := range []*websocket.Conn{first, second} { // what clients send is ignored
		if err := conn.WriteMessage(websocket.TextMessage, []byte("{}")); err != nil {
			t.Fatal(err)
		}
		if err := conn.WriteMessage(websocket.BinaryMessage, []byte{0}); err != nil {
			t.Fatal(err)
		}
	}
	const packages = `[{"package": "memo:alpha", "channelUrl": "https://example.com/"}]`
	const want = `{"$type":"/prompt/open/package","packages":[{"package":"memo:alpha","channelUrl":"https://example.com/"}]}`
	receive := func(conn *websocket.Conn) string {
		_, message, err := conn.ReadMessage()
		if err != nil {
			t.Fatal(err)
		}
		return string(message)
	}
	s.want("POST /packages.open\n\n"+packages, 200, done)
	if got := receive(second); got != want {
		t.Error(got)
	}
	// The client that has come last goes; the other one is there still.
	_ = second.WriteControl(websocket.CloseMessage, websocket.FormatCloseMessage(1000, ""), time.Now().Add(time.Minute))
	if _, _, err := second.ReadMessage(); !websocket.IsCloseError(err, 1000) {
		t.Error(err)
	}
	s.want("POST /packages.open\n\n"+packages, 200, done)
	if got := receive(first); got != want {
		t.Error(got)
	}
	for _, line := range []string{"client 1 has connected; there are 1 now", "client 2 has connected; there are 2 now", "client 2 has gone; there are 1 now"} {
		if !strings.Contains(s.out.String(), line) {
			t.Errorf("the log has no %q:\n%s", line, s.out.String())
		}
	}
	// Clients are told when the server ends.
	s.computer.Terminate()
	if _, _, err := first.ReadMessage(); !websocket.IsCloseError(err, 1001) {
		t.Error(err)
	}
}

func TestPackagesUpdateRefused(t *testing.T) {
	s := startPackageServer(t, mods(t).root())
	for target, status := range map[string]int{
		"/update?profile=1": 409, "/update": 400, "/update?profile=..": 400, "/update?profile=%zz": 400, "/updates?profile=1": 404,
	} {
		_, resp, err := s.dial(target, nil)
		if err == nil || resp == nil || resp.StatusCode != status || resp.Header.Get("Content-Type") != "application/json" {
			t.Errorf("%s: %v %v", target, err, resp)
		}
	}
}

const png = "\x89PNG\r\n\x1a\n\x00binary\xff"

// pictures is another site's server.
func pictures(t *testing.T) *httptest.Server {
	mux := http.NewServeMux()
	mux.HandleFunc("/a.png", func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Cookie") != "" || r.Header.Get("Authorization") != "" || r.Header.Get("Origin") != "" {
			w.WriteHeader(400)
			return
		}
		w.Header().Set("Content-Type", "image/png")
		w.Header().Set("ETag", `"1"`)
		w.Header().Set("Cache-Control", "max-age=60")
		w.Header().Set("Set-Cookie", "a=b")
		w.Header().Set("Access-Control-Allow-Origin", "https://other.example")
		_, _ = w.Write([]byte(png))
	})
	mux.HandleFunc("/moved", func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "/a.png", http.StatusFound) })
	mux.HandleFunc("/out", func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, "file:///etc/passwd", http.StatusFound)
	})
	mux.HandleFunc("/loop", func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "/loop", http.StatusFound) })
	mux.HandleFunc("/page", func(w http.ResponseWriter, r *http.Request) { _, _ = w.Write([]byte("<script>alert(1)</script>")) })
	mux.HandleFunc("/odd", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "image/x; text/html, text/html")
	})
	mux.HandleFunc("/none", func(w http.ResponseWriter, r *http.Request) { w.Header()["Content-Type"] = nil })
	mux.HandleFunc("/svg", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "image/svg+xml; charset=utf-8")
		_, _ = w.Write([]byte("<svg/>"))
	})
	mux.HandleFunc("/large", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "image/png")
		w.Header().Set("Content-Length", "16777217")
	})
	mux.HandleFunc("/endless", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "image/png")
		for piece := make([]byte, 1<<16); ; {
			if _, err := w.Write(piece); err != nil {
				return
			}
		}
	})
	mux.HandleFunc("/torn", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "image/png")
		w.Header().Set("Content-Length", "100")
		_, _ = w.Write([]byte(png))
	})
	mux.HandleFunc("/status/", func(w http.ResponseWriter, r *http.Request) {
		code, _ := strconv.Atoi(strings.TrimPrefix(r.URL.Path, "/status/"))
		w.Header().Set("Content-Type", "text/html")
		w.WriteHeader(code)
		if code != 204 {
			_, _ = w.Write([]byte("<script>alert(1)</script>"))
		}
	})
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	return server
}

func TestPackagesImages(t *testing.T) {
	other := pictures(t)
	s := startPackageServer(t, mods(t).root())
	fetch := func(path string) string { return "GET /image.fetch?url=" + url.QueryEscape(other.URL+path) }
	for _, path := range []string{"/a.png", "/moved", "/a.png?a=b&c"} {
		got := s.ask(fetch(path) + "\nCookie: a=b\nAuthorization: Bearer x")
		if got.status != 200 || got.body != png || got.header.Get("Content-Type") != "image/png" || got.header.Get("ETag") != `"1"` ||
			got.header.Get("X-Content-Type-Options") != "nosniff" || got.header.Get("Set-Cookie") != "" || got.header.Get("Access-Control-Allow-Origin") != "" {
			t.Errorf("%s: %d %v %q", path, got.status, got.header, got.body)
		}
	}
	if got := s.ask(fetch("/a.png") + "\nOrigin: http://localhost").header; got.Get("Access-Control-Allow-Origin") != "http://localhost" {
		t.Error(got)
	}
	if got := s.ask(fetch("/svg")); got.status != 200 || got.header.Get("Content-Type") != "image/svg+xml" || !strings.Contains(got.header.Get("Content-Security-Policy"), "sandbox") {
		t.Errorf("%d %v", got.status, got.header)
	}
	if got := s.ask(fetch("/odd")); got.status != 200 || got.header.Get("Content-Type") != "image/x" || got.header.Get("X-Content-Type-Options") != "nosniff" {
		t.Errorf("%d %v", got.status, got.header)
	}
	for path, status := range map[string]int{
		"/page": 502, "/none": 502, "/large": 502, "/endless": 502, "/torn": 502, "/nothing": 404, "/status/403": 403, "/status/429": 429,
		"/status/500": 500, "/status/204": 502, "/status/304": 502, "/loop": 502,
	} {
		got := s.wantError(fetch(path), status, "download-failed", "")
		if strings.Contains(got.body, "script") {
			t.Errorf("%s: %s", path, got.body)
		}
	}
	s.wantError(fetch("/out"), 400, "bad-request", "")
	gone := httptest.NewServer(http.NotFoundHandler())
	gone.Close()
	s.wantError("GET /image.fetch?url="+gone.URL, 500, "server-error", "")
}

// Only what is public is fetched, unless the settings say otherwise.
func TestPackagesPrivateImages(t *testing.T) {
	other := pictures(t)
	s := newPackageServer(t)
	s.control.AllowPrivate = false
	s.start()
	_, port, _ := strings.Cut(strings.TrimPrefix(other.URL, "http://"), ":")
	for _, host := range []string{"127.0.0.1", "localhost", "[::1]", "[::ffff:127.0.0.1]", "10.0.0.1", "192.168.1.1", "169.254.169.254", "0.0.0.0", "2130706433"} {
		got := s.ask("GET /image.fetch?url=" + url.QueryEscape("http://"+host+":"+port+"/a.png"))
		if got.status < 400 || strings.Contains(got.body, "PNG") {
			t.Errorf("%s: %d %s", host, got.status, got.body)
		}
	}
	s.wantError("GET /image.fetch?url="+url.QueryEscape(other.URL+"/a.png"), 400, "bad-request", "public addresses only")
}

// The lines of the published description, as they are.
func TestPackagesCurl(t *testing.T) {
	if _, err := exec.LookPath("curl"); err != nil {
		t.Skip("there is no curl")
	}
	shell, err := exec.LookPath("sh")
	if err != nil {
		t.Skip("there is no sh")
	}
	s := startPackageServer(t, mods(t).root())
	dir := t.TempDir()
	config := "silent\nconnect-to = \"localhost:51515:" + strings.TrimPrefix(s.address, "http://") + "\"\n"
	if err := os.WriteFile(filepath.Join(dir, ".curlrc"), []byte(config), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, each := range []struct{ line, want string }{
		{`curl -X POST http://localhost:51515/profile.init?profile=1`,
			`{"$type":"/error/init/bad-request","title":"Parameters \"plugins\", \"cache\" and \"temp\" are required.","detail":"Pass the locations of the folders as JSON dictionary: {plugins: <path>, cache: <path>, temp: <path>}.","platformDefaults":{`},
		{`curl -X POST -d '{"plugins":"plugins","cache":"cache","temp":"temp"}' http://localhost:51515/profile.init?profile=1`,
			`{"pluginsRoot":"plugins","cacheRoot":"cache","tempRoot":"temp","variant":{},"channels":[`},
		{`curl -X POST -d '["cyclone-boom:save-warning"]' http://localhost:51515/plugins.add?profile=1`, `{"$type":"/result","ok":true}`},
		{`curl -X POST -d '["cyclone-boom:save-warning"]' http://localhost:51515/plugins.remove?profile=1`, `{"$type":"/result","ok":true}`},
		{`curl -X POST -d '["nightmode"]' http://localhost:51515/variants.reset?profile=1`, `{"$type":"/error/bad-request",`}, // none is set
		{`curl -X POST -d '["url"]' http://localhost:51515/channels.set?profile=1`, `{"$type":"/error/bad-request",`},
		{`curl -X POST -d '{}' http://localhost:51515/settings.all.set`, `{"$type":"/result","ok":true}`},
	} {
		cmd := exec.Command(shell, "-c", each.line)
		cmd.Env = append(os.Environ(), "CURL_HOME="+dir, "HOME="+dir, "XDG_CONFIG_HOME="+dir, "no_proxy=*")
		out, err := cmd.Output()
		if err != nil || !strings.HasPrefix(string(out), each.want) {
			t.Errorf("%s: %v\n%s\nis not\n%s", each.line, err, out, each.want)
		}
	}
}

// Many images at a time wait for each other, and all come.
func TestPackagesManyImages(t *testing.T) {
	var mu sync.Mutex
	now, most := 0, 0
	other := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		now++
		most = max(most, now)
		mu.Unlock()
		w.Header().Set("Content-Type", "image/png")
		_, _ = w.Write([]byte(png))
		mu.Lock()
		now--
		mu.Unlock()
	}))
	t.Cleanup(other.Close)
	s := startPackageServer(t)
	var all sync.WaitGroup
	for range 40 {
		all.Go(func() {
			resp, err := s.client.Get(s.address + "/image.fetch?url=" + other.URL)
			if err != nil {
				t.Error(err)
				return
			}
			defer resp.Body.Close()
			if data, err := io.ReadAll(resp.Body); err != nil || resp.StatusCode != 200 || string(data) != png {
				t.Errorf("%d %q %v", resp.StatusCode, data, err)
			}
		})
	}
	all.Wait()
	if most > 6 {
		t.Errorf("%d were fetched at a time", most)
	}
}
