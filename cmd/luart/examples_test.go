package main

import (
	"bufio"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/gorilla/websocket"
)

// serveExample runs a copy of an example that listens, in a folder of its own, and returns the folder and the address.
func serveExample(t *testing.T, name string, files map[string]string, flags []string, args ...string) (s *started, dir, url string) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("..", "..", "examples", name))
	if err != nil {
		t.Fatal(err)
	}
	dir = folder(t, files)
	program := filepath.Join(dir, name)
	if err := os.WriteFile(program, text, 0o666); err != nil {
		t.Fatal(err)
	}
	s = start(t, append(append(flags, program), args...)...)
	return s, dir, listening(t, s)
}

// listening waits until an example listens.
func listening(t *testing.T, s *started) string {
	t.Helper()
	line := s.line(t)
	url, ok := strings.CutPrefix(line, "Listening on ")
	if !ok {
		t.Fatalf("got %q", line)
	}
	url, _, _ = strings.Cut(url, " ")
	return strings.TrimSuffix(url, "/")
}

// ask makes a request, and returns the status and the body.
func ask(t testing.TB, method, url, body string, headers ...string) (*http.Response, string) {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), method, url, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i < len(headers); i += 2 {
		request.Header.Set(headers[i], headers[i+1])
	}
	response, err := http.DefaultTransport.RoundTrip(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return response, string(text)
}

func TestTodoAPI(t *testing.T) {
	t.Parallel()
	type todo struct {
		ID    int
		Title string
		Done  bool
	}
	s, dir, url := serveExample(t, "todo-api.lua", nil, nil, "0")
	step := func(method, path, body string, status int, want any) {
		t.Helper()
		response, text := ask(t, method, url[:strings.LastIndex(url, "/")]+path, body, "Content-Type", "application/json")
		if response.StatusCode != status {
			t.Errorf("%s %s %s: %d %s", method, path, body, response.StatusCode, text)
			return
		}
		switch want := want.(type) {
		case string:
			if !strings.Contains(text, want) {
				t.Errorf("%s %s %s: %s", method, path, body, text)
			}
		case []todo:
			var got []todo
			if err := json.Unmarshal([]byte(text), &got); err != nil || fmt.Sprint(got) != fmt.Sprint(want) {
				t.Errorf("%s %s %s: %s %v", method, path, body, text, err)
			}
		}
	}
	step("GET", "/todos", "", 200, "[]")
	step("POST", "/todos", `{"title": "milk"}`, 201, `"id":1`)
	step("POST", "/todos", `{"title": "Brötchen \u20ac"}`, 201, nil)
	step("POST", "/todos", `{"title": ""}`, 422, `"field":"title"`)
	step("POST", "/todos", `{"id": 7}`, 422, nil)
	step("POST", "/todos", `[]`, 422, nil)
	step("POST", "/todos", `7`, 422, nil)
	step("POST", "/todos", `{`, 400, "Malformed JSON")
	step("PATCH", "/todos/1", `{"done": true, "title": 7}`, 422, nil)
	step("PATCH", "/todos/1", `{"done": true}`, 200, nil)
	step("PATCH", "/todos/x", `{}`, 404, "no such todo")
	step("GET", "/todos?done=true", "", 200, []todo{{1, "milk", true}})
	step("PUT", "/todos", "", 405, nil)
	step("DELETE", "/todos/1", "", 204, nil)
	step("DELETE", "/todos/1", "", 404, nil)
	step("GET", "/todos/2", "", 200, "Br\\u00F6tchen")

	// Another run finds them again, and their ids are not given twice.
	s.cmd.Process.Kill()
	s.wait(t)
	s = start(t, filepath.Join(dir, "todo-api.lua"), "0")
	url = listening(t, s)
	step("GET", "/todos", "", 200, []todo{{2, "Brötchen €", false}})
	step("POST", "/todos", `{"title": "tea"}`, 201, `"id":3`)
	if entries, err := os.ReadDir(dir); err != nil || len(entries) != 2 {
		t.Error("more than the program and its file is there:", entries, err)
	}
}

func TestChat(t *testing.T) {
	t.Parallel()
	s, _, url := serveExample(t, "chat.lua", nil, nil, "0")
	if response, page := ask(t, "GET", url+"/", ""); response.StatusCode != 200 || !strings.Contains(page, "new WebSocket") {
		t.Error(response.Status, page)
	}
	if response, _ := ask(t, "GET", url+"/socket", ""); response.StatusCode != 426 {
		t.Error(response.Status)
	}
	join := func() *websocket.Conn {
		t.Helper()
		conn, _, err := websocket.DefaultDialer.DialContext(t.Context(), "ws"+strings.TrimPrefix(url, "http")+"/socket", nil)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { conn.Close() })
		conn.SetReadDeadline(time.Now().Add(time.Minute))
		return conn
	}
	expect := func(conn *websocket.Conn, want string) {
		t.Helper()
		if _, got, err := conn.ReadMessage(); err != nil || !strings.Contains(string(got), want) {
			t.Errorf("got %s, %v; want %s", got, err, want)
		}
	}
	ada := join()
	expect(ada, "Somebody has come. (1 here)")
	bob := join()
	expect(ada, "(2 here)")
	expect(bob, "(2 here)")
	for _, text := range []string{"no JSON", `{"name":"x"}`, `{"name":"x","text":""}`, `{"name":"x","text":7}`, `{"name":"ada","text":"<b>hi ü"}`} {
		if err := ada.WriteMessage(websocket.TextMessage, []byte(text)); err != nil {
			t.Fatal(err)
		}
	}
	for _, conn := range []*websocket.Conn{ada, bob} { // only the last one was a message
		expect(conn, `<b>hi \u00FC`)
	}
	bob.UnderlyingConn().Close()
	expect(ada, "Somebody has left. (1 here)")
	if err := s.stderr.String(); err != "" {
		t.Error(err)
	}
}

func TestClock(t *testing.T) {
	t.Parallel()
	s, _, url := serveExample(t, "clock.lua", nil, nil, "0")
	request, err := http.NewRequestWithContext(t.Context(), "GET", url+"/time", nil)
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Last-Event-ID", "41")
	response, err := http.DefaultTransport.RoundTrip(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	if kind := response.Header.Get("Content-Type"); kind != "text/event-stream" {
		t.Error(kind)
	}
	r := bufio.NewReader(response.Body)
	for i := 42; i <= 43; i++ { // while the response goes on
		for _, want := range []string{"event: tick\n", fmt.Sprintf("id: %d\n", i), "data: 20", "\n"} {
			if line, err := r.ReadString('\n'); err != nil || !strings.HasPrefix(line, want) {
				t.Fatalf("got %q, %v; want %q", line, err, want)
			}
		}
	}
	if response, page := ask(t, "GET", url+"/", ""); response.StatusCode != 200 || !strings.Contains(page, "new EventSource") {
		t.Error(response.Status, page)
	}
	if err := s.stderr.String(); err != "" {
		t.Error(err)
	}
}

func TestReverseProxy(t *testing.T) {
	t.Parallel()
	release := make(chan struct{})
	upstream := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/slow":
			io.WriteString(w, "first\n")
			w.(http.Flusher).Flush()
			<-release
			io.WriteString(w, "second\n")
		case "/fail":
			w.WriteHeader(503)
		case "/moved":
			http.Redirect(w, r, "/elsewhere", http.StatusFound)
		default:
			body, _ := io.ReadAll(r.Body)
			w.Header().Set("X-Reply", "yes")
			w.Header()["Set-Cookie"] = []string{"a=1", "b=2"}
			w.WriteHeader(201)
			fmt.Fprintf(w, "%s %s %s|%s|%s|%s", r.Method, r.RequestURI, body, r.Header.Get("X-Forwarded-For"), r.Header.Get("X-Mine"), r.Header.Get("X-Hop"))
		}
	}))
	defer upstream.Close()
	s, _, url := serveExample(t, "reverse-proxy.lua", nil, []string{"--allow-private"}, upstream.URL, "0")
	response, body := ask(t, "PUT", url+"/a%2Fb/%20?c=%26d", "text", "X-Mine", "v", "X-Hop", "v", "Connection", "X-Hop")
	if want := "PUT /a%2Fb/%20?c=%26d text|127.0.0.1|v|"; response.StatusCode != 201 || body != want || response.Header.Get("X-Reply") != "yes" ||
		len(response.Header["Set-Cookie"]) != 2 {
		t.Errorf("%d %q %v", response.StatusCode, body, response.Header)
	}
	if response, _ := ask(t, "GET", url+"/fail", ""); response.StatusCode != 503 {
		t.Error(response.Status)
	}
	if response, _ := ask(t, "GET", url+"/moved", ""); response.StatusCode != 302 || response.Header.Get("Location") != "/elsewhere" {
		t.Error(response.Status, response.Header)
	}

	// What has come is passed on before the rest has.
	slow, err := http.Get(url + "/slow")
	if err != nil {
		t.Fatal(err)
	}
	defer slow.Body.Close()
	r := bufio.NewReader(slow.Body)
	if line, err := r.ReadString('\n'); line != "first\n" || err != nil {
		t.Errorf("%q %v", line, err)
	}
	close(release)
	if rest, err := io.ReadAll(r); string(rest) != "second\n" || err != nil {
		t.Errorf("%q %v", rest, err)
	}
	if err := s.stderr.String(); err != "" {
		t.Error(err)
	}

	upstream.Close()
	if response, _ := ask(t, "GET", url+"/", ""); response.StatusCode != 502 {
		t.Error(response.Status)
	}
}

func TestWebhook(t *testing.T) {
	t.Parallel()
	const secret = "not a secret that anybody has"
	s, _, url := serveExample(t, "webhook.lua", map[string]string{"secret.txt": secret + "\n", "short.txt": "x"}, nil, "/secret.txt", "0")
	send := func(body, signature string) int {
		t.Helper()
		response, _ := ask(t, "POST", url, body, "X-Hub-Signature-256", signature, "X-GitHub-Event", "push")
		return response.StatusCode
	}
	sign := func(body, secret string) string {
		mac := hmac.New(sha256.New, []byte(secret))
		io.WriteString(mac, body)
		return "sha256=" + hex.EncodeToString(mac.Sum(nil))
	}
	const body = `{"ref": "refs/heads/main"}`
	for name, try := range map[string]struct {
		body, signature string
		want            int
	}{
		"none": {body, "", 401}, "another secret": {body, sign(body, "x"), 401}, "another body": {body + " ", sign(body, secret), 401},
		"cut": {body, sign(body, secret)[:70], 401}, "no hash": {body, "sha256=", 401}, "no JSON": {"x", sign("x", secret), 400},
	} {
		if got := send(try.body, try.signature); got != try.want {
			t.Errorf("%s: %d", name, got)
		}
	}
	for range 2 { // the second one is a copy, which is taken and means nothing
		if got := send(body, sign(body, secret)); got != 202 {
			t.Error(got)
		}
	}
	const other = `{"action": "opened"}`
	if got := send(other, strings.ToUpper(sign(other, secret))); got != 202 {
		t.Error(got)
	}
	for _, want := range []string{"push: refs/heads/main", "push: opened"} {
		if line := s.line(t); line != want {
			t.Errorf("%q", line)
		}
	}
}
