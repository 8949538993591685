package control_test

import (
	"bufio"
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/gorilla/websocket"
	"github.com/luart/luart/stdlib/http/certtest"
)

// raw sends a request as it is written and returns the status and the body.
func (s *pluginServer) raw(t testing.TB, target string) (int, string) {
	t.Helper()
	u, err := url.Parse(s.address)
	if err != nil {
		t.Fatal(err)
	}
	conn, err := net.Dial("tcp", u.Host)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	_ = conn.SetDeadline(time.Now().Add(time.Minute))
	fmt.Fprintf(conn, "GET %s HTTP/1.1\r\nHost: %s\r\nConnection: close\r\n\r\n", target, u.Host)
	res, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		t.Fatalf("GET %q: %v", target, err)
	}
	defer res.Body.Close()
	body, _ := io.ReadAll(res.Body)
	return res.StatusCode, string(body)
}

const treasure = "nobody may see this"

// newFileServer serves a folder at /html, beside which there are files that nobody may see.
func newFileServer(t testing.TB) *pluginServer {
	s := newPluginServer(t, map[string]string{"hello/main.lua": `return function() return 200, "hello" end`})
	base := t.TempDir()
	for name, content := range map[string]string{
		"../x": treasure, "../../x": treasure, "../luart.ini": treasure,
		"index.html": "<h1>Index</h1>", "page.md": "# A *title* &amp; more\n\n<script>x</script>\n\n```lua\nprint(1)\n```\n",
		"data.txt": "0123456789", "sub/index.html": "sub", "empty/x.txt": "x", "a b.txt": "blank", "ümlaut.txt": "u", "large.bin": strings.Repeat("0123456789", 30000),
		".hidden": treasure, ".git/config": treasure, "luart.ini": treasure, "LUART.INI": treasure, "secrets.txt": treasure, "sub/secrets.txt": treasure,
		"conf/keys.txt": treasure, "data/storage.db": treasure, "ok/data/fine.txt": "fine",
	} {
		s.write(filepath.Join(base, "deep", "root", filepath.FromSlash(name)), content)
	}
	s.docs = map[string]string{"1": filepath.Join(base, "deep", "root"), "2": s.plugins}
	s.set["paths"] = map[string]any{
		"documents": map[string]string{"/html": "1", "/more/files": "1"},
		"hidden":    map[string]any{"1": []string{"conf/keys.txt", "data"}},
	}
	s.set["file_server"] = map[string]any{"indexfile": "index.html", "markdown": true, "markdown_css": "/html/a.css?\"", "highlight_css": "/html/b.css"}
	return s
}

func TestPluginServerFiles(t *testing.T) {
	s := newFileServer(t)
	s.start()
	const missing = "<!DOCTYPE html>…404 Not Found…"
	for _, test := range []struct {
		request string
		status  int
		body    string
	}{
		{"GET /html", 301, ""},
		{"GET /html/", 200, "<h1>Index</h1>"},
		{"GET /html/index.html", 200, "<h1>Index</h1>"},
		{"GET /html/sub", 301, ""},
		{"GET /html/sub/", 200, "sub"},
		{"GET /html/empty/", 404, missing},
		{"GET /html/empty", 404, missing},
		{"GET /html/data.txt", 200, "0123456789"},
		{"GET /html/data.txt/", 404, missing},
		{"GET /more/files/data.txt", 200, "0123456789"},
		{"GET /more", 404, "404: Not Found"},
		{"GET /html/a%20b.txt", 200, "blank"},
		{"GET /html/%C3%BCmlaut.txt", 200, "u"},
		{"GET /html/ok/data/fine.txt", 200, "fine"},
		{"GET /html/none", 404, missing},
		{"GET /htmlx", 404, "404: Not Found"},
		{"POST /html/data.txt\n\nx", 405, "<!DOCTYPE html>…405 Method Not Allowed…"},
		{"OPTIONS /html/data.txt", 204, ""},
		{"GET /html/data.txt\nRange: bytes=2-4", 206, "234"},
		{"GET /html/data.txt\nRange: bytes=-3", 206, "789"},
		{"GET /html/data.txt\nRange: bytes=20-", 416, "<!DOCTYPE html>…416 Range Not Satisfiable…"},
		{"GET /html/large.bin", 200, strings.Repeat("0123456789", 30000)},
		{"HEAD /html/large.bin", 200, ""},
		{"GET /hello", 200, `"hello"`},
		{"GET /html/.hidden", 404, missing},
		{"GET /html/.git/config", 404, missing},
		{"GET /html/luart.ini", 404, missing},
		{"GET /html/LUART.INI", 404, missing},
		{"GET /html/secrets.txt", 404, missing},
		{"GET /html/sub/secrets.txt", 404, missing},
		{"GET /html/conf/keys.txt", 404, missing},
		{"GET /html/conf/KEYS.txt", 404, missing},
		{"GET /html/data/storage.db", 404, missing},
		{"GET /html/data", 404, missing},
	} {
		s.want(test.request, test.status, test.body)
	}
	if got := s.ask("GET /html?a=b"); got.header.Get("Location") != "./html/?a=b" {
		t.Error(got.header)
	}
	got := s.ask("GET /html/data.txt")
	tag, modified := got.header.Get("ETag"), got.header.Get("Last-Modified")
	if tag == "" || modified == "" || got.header.Get("Content-Type") != "text/plain; charset=utf-8" || got.header.Get("X-Content-Type-Options") != "nosniff" {
		t.Error(got.header)
	}
	s.want("GET /html/data.txt\nIf-None-Match: "+tag, 304, "")
	s.want("GET /html/data.txt\nIf-Modified-Since: "+modified, 304, "")
	s.want("GET /html/data.txt\nIf-None-Match: \"other\"", 200, "0123456789")

	page := s.want("GET /html/page.md", 200, `<!DOCTYPE html>…<title>A title &amp; more</title>
<link rel="stylesheet" href="/html/a.css?&quot;">
<link rel="stylesheet" href="/html/b.css">…<h1…>A <em>title</em>…<code class="language-lua">print(1)…`)
	if strings.Contains(page.body, "<script") || page.header.Get("Content-Type") != "text/html; charset=utf-8" {
		t.Error(page)
	}
	s.want("GET /html/page.md\nIf-None-Match: "+page.header.Get("ETag"), 304, "")
	s.want("GET /html/page.md\nIf-Modified-Since: "+page.header.Get("Last-Modified"), 304, "")
	s.write(filepath.Join(s.docs["1"], "page.md"), "# Other, and longer than before, or it is the same for the tag, perhaps, which has the length\n")
	s.want("GET /html/page.md\nIf-None-Match: "+page.header.Get("ETag"), 200, "…<title>Other, and…")
	s.with("file_server", "markdown", false)
	s.ask("GET /reload/all")
	s.want("GET /html/page.md", 200, "# Other…")
}

func TestPluginServerTraversal(t *testing.T) {
	s := newFileServer(t)
	s.start()
	for _, target := range []string{
		// Those that lead out of the other one.
		"/html/../x", "/html/%2e%2e/x", "/html/..%2fx", "/html//etc/hostname", "/html/%2fetc%2fhostname",
		"/html/../../x", "/html/sub/../../x", "/html/..\\x", "/html/..%5cx", "/html/%252e%252e/x", "/html/.%2e/x", "/html/%2e%2e%2fx", "/html/..;/x", "/html/...//x",
		"/html/../luart.ini", "/html/./luart.ini", "/html/luart.ini%20", "/html/luart.ini.", "/html/luart.ini%00.html", "/html/%6cuart.ini", "/html/sub/..%2fluart.ini",
		"/html/\"luart.ini", "/html/luart?.ini", "/html/%3Fluart.ini", "/html/*luart.ini", "/html/luart.ini/", "/html/luart.ini%2f", "/html/%c0%ae%c0%ae/x", "/html/:secrets.txt", "/html/secrets.txt::$DATA",
		"/html/%ff", "/more/files/../../x", "/html/%2e/%2e%2e/x", "//html/../x", "/../html/secrets.txt", "/hello/../html/secrets.txt", "/html/~root", "/html/sub//../../x",
	} {
		status, body := s.raw(t, target)
		if status != 403 && status != 404 && status != 400 || strings.Contains(body, treasure) {
			t.Errorf("GET %s: %d %s", target, status, body)
		}
	}
	for _, target := range []string{"/html/../x", "/html/%2e%2e/x", "/html/..%2fx", "/html//etc/hostname", "/html/%2fetc%2fhostname"} {
		if status, _ := s.raw(t, target); status != 403 && status != 404 {
			t.Errorf("GET %s: %d", target, status)
		}
	}
}

// seen are what files of the folder may be answered with.
var seen = regexp.MustCompile(`^(<h1>Index</h1>|0123456789|sub|x|blank|u|fine|<!DOCTYPE html>[^\x00]*|(0123456789)+|404: Not Found|400 Bad Request.*)?\n?$`)

func FuzzPluginServerPaths(f *testing.F) {
	s := newFileServer(f)
	s.start()
	for _, seed := range []string{"../x", "%2e%2e/x", "data.txt", "sub/", "/etc/passwd", "a%2f..%2f..%2fx", ".hidden", "luart.ini", "secrets.txt ", "%00", "c:\\x", "\xff", "~", "sub/../secrets.txt"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, path string) {
		for _, path := range []string{url.PathEscape(path), strings.Map(func(r rune) rune {
			if r <= ' ' || r >= 127 || r == '#' || r == '?' {
				return -1
			}
			return r
		}, path)} {
			status, body := s.raw(t, "/html/"+path)
			if strings.Contains(body, treasure) || status >= 500 || status == 200 && !seen.MatchString(body) {
				t.Errorf("GET /html/%s: %d %s", path, status, body)
			}
		}
	})
}

func TestPluginServerTLS(t *testing.T) {
	s := newPluginServer(t, map[string]string{"hello/main.lua": `return function() return 200, fs.exists("/tmp/plugin_server/key.pem") end`})
	cert, key := certtest.New(t, "first")
	s.set["ssl"] = map[string]any{"enabled": true, "cert": cert, "key": key}
	s.start()
	if !strings.HasPrefix(s.address, "https://") {
		t.Fatal(s.address)
	}
	s.want("GET /hello", 200, "false")
	shown := func() string {
		conn, err := tls.Dial("tcp", strings.TrimPrefix(s.address, "https://"), &tls.Config{InsecureSkipVerify: true})
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		return conn.ConnectionState().PeerCertificates[0].Subject.CommonName
	}
	if got := shown(); got != "first" {
		t.Error(got)
	}
	cert, key = certtest.New(t, "second")
	s.with("ssl", "cert", cert)
	s.with("ssl", "key", key)
	before := s.address
	s.computer.Reload()
	for deadline := time.Now().Add(time.Minute); shown() != "second"; time.Sleep(20 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("the certificate is still the old one\n" + s.out.String())
		}
	}
	if s.address != before {
		t.Error(s.address)
	}
	s.want("GET /hello", 200, "false")
	if strings.Contains(s.out.String()+s.log.String(), "PRIVATE KEY") {
		t.Error("the key is in the log")
	}
}

func TestPluginServerLog(t *testing.T) {
	s := newFileServer(t)
	file := filepath.Join(s.data, "access.log")
	s.with("file_server", "common_log", "/data/access.log")
	s.start()
	s.ask("GET /html/data.txt?apikey=secret&x=%22\nX-Request-Id: abc")
	s.ask("GET /hello")
	s.ask("GET /none")
	s.computer.Reload() // has the file opened anew
	want := regexp.MustCompile(`^127\.0\.0\.1 - - \[\d\d/\w{3}/\d{4}:\d\d:\d\d:\d\d \+0000\] "GET /html/data\.txt\?apikey=\*\*\*&x=%22 HTTP/1\.1" 200 (\d+|-)
127\.0\.0\.1 - - \[.*\] "GET /hello HTTP/1\.1" 200 7
127\.0\.0\.1 - - \[.*\] "GET /none HTTP/1\.1" 404 14
$`)
	for deadline := time.Now().Add(time.Minute); ; time.Sleep(10 * time.Millisecond) {
		text, _ := os.ReadFile(file)
		if want.Match(text) {
			break
		}
		if time.Now().After(deadline) {
			t.Fatalf("%s\n%s", text, s.out.String())
		}
	}
}

func TestPluginServerWebSocket(t *testing.T) {
	s := newPluginServer(t, map[string]string{
		"chat/main.lua": `
			local sockets = {}
			route("WEBSOCKET", "/:room", function(socket, data)
				sockets[socket] = true
				socket.send("welcome to " .. data.room .. " " .. (data.name or "?") .. " " .. tostring(data.client_ip))
				for text in socket.receive do
					for each in pairs(sockets) do each.send(text) end
				end
				sockets[socket] = nil
			end)
			route("GET", "/:room", function(data)
				if data.room == "waits" then sleep(100) end
				return 200, "room " .. data.room
			end)`,
	})
	s.set["limits"] = map[string]any{"answer_time": 0.2}
	s.with("plugin_parms", "chat", map[string]any{"auth_type": "plugin", "apikey": "open"})
	s.start()
	at := "ws" + strings.TrimPrefix(s.address, "http") + "/chat/lobby?name=ada"
	dial := func(target string, header http.Header) (*websocket.Conn, *http.Response, error) {
		return websocket.DefaultDialer.Dial(target, header)
	}
	if _, res, err := dial(at, nil); err == nil || res.StatusCode != 403 {
		t.Error(res, err)
	}
	if _, res, err := dial(at+"&apikey=open", http.Header{"Origin": {"http://evil.example"}}); err == nil || res.StatusCode != 403 {
		t.Error(res, err)
	}
	var conns []*websocket.Conn
	for range 2 {
		conn, _, err := dial(at+"&apikey=open", nil)
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		if _, got, err := conn.ReadMessage(); err != nil || string(got) != "welcome to lobby ada 127.0.0.1" {
			t.Fatalf("%s %v", got, err)
		}
		conns = append(conns, conn)
	}
	// An answer that takes too long is seen as such; the WebSockets, which have been there for longer, are not.
	s.want("GET /chat/waits?apikey=open", 504, `{"error":"no answer within 0.2 seconds"}`)
	if err := conns[0].WriteMessage(websocket.TextMessage, []byte("hi")); err != nil {
		t.Fatal(err)
	}
	for _, conn := range conns {
		if _, got, err := conn.ReadMessage(); err != nil || string(got) != "hi" {
			t.Fatalf("%s %v", got, err)
		}
	}
	s.want("GET /chat/lobby?apikey=open", 200, `"room lobby"`)
	s.want("GET /unload/chat", 200, `{"unloaded":"chat","success":true}`)
	if _, _, err := conns[1].ReadMessage(); err == nil {
		t.Error("the WebSocket of a plugin that was unloaded is open")
	}
}

// The requests of the documents, by curl.
func TestPluginServerCurl(t *testing.T) {
	curl, err := exec.LookPath("curl")
	if err != nil {
		t.Skip("there is no curl")
	}
	s := newFileServer(t)
	s.write(filepath.Join(s.plugins, "systeminfo", "main.lua"), `return function(data) return 200, { system = "ok", filter = data.filter } end`)
	s.with("auth", "apikey", "sesame")
	s.with("plugin_parms", "systeminfo", map[string]any{"auth_type": "global"})
	s.start()
	for _, test := range [][2]string{
		{"ADDRESS/systeminfo", `{"error":"unauthorized"}`},
		{"-H 'Authorization: Bearer sesame' ADDRESS/systeminfo", `{"system":"ok"}`},
		{"-H 'X-Custom-Auth: sesame' ADDRESS/systeminfo?filter=cpu", `{"system":"ok","filter":"cpu"}`},
		{"'ADDRESS/systeminfo?apikey=sesame'", `{"system":"ok"}`},
		{`-X POST -H 'Content-Type: application/json' -d '{"apikey":"sesame","filter":"mem"}' ADDRESS/systeminfo`, `{"system":"ok","filter":"mem"}`},
		{`-d '{"apikey":"sesame","filter":"mem"}' 'ADDRESS/systeminfo?filter=query'`, `{"system":"ok","filter":"query"}`},
		{"-H 'Authorization: Bearer sesame' ADDRESS/plugins", `{"loaded_plugins":["hello","systeminfo"]}`},
		{"-H 'Authorization: Bearer sesame' ADDRESS/reload/systeminfo", `{"reloaded":"systeminfo","success":true}`},
		{"-H 'Authorization: Bearer sesame' ADDRESS/reload/all", `{"status":"All plugins reloaded","loaded_plugins":["hello","systeminfo"]}`},
		{"-H 'Authorization: Bearer sesame' ADDRESS/unload/hello", `{"unloaded":"hello","success":true}`},
		{"-H 'Authorization: Bearer sesame' ADDRESS/load/hello", `{"loaded":"hello","success":true}`},
		{"-r 0-3 ADDRESS/html/data.txt", "0123"},
		{"--path-as-is ADDRESS/html/../x", "<!DOCTYPE html>…404…"},
	} {
		out, err := exec.Command("sh", "-c", curl+" -sS "+strings.ReplaceAll(test[0], "ADDRESS", s.address)).CombinedOutput()
		if err != nil || !matches(string(out), test[1]) {
			t.Errorf("curl %s\ngot %s %v\nwant %s", test[0], out, err, test[1])
		}
	}
}
