package runtime_test

import (
	"bytes"
	"encoding/json"
	"io"
	"maps"
	"mime/multipart"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/luart/luart/conformance/openapi"
	"github.com/luart/luart/eventqueue"
	"github.com/luart/luart/eventqueue/clocktest"
)

// The Ratchet web server, by HTTP from outside. Every answer is held to docs/openapi/ratchet.yaml.

// The example of Ratchet's documentation, and what it uses.
const (
	announcement = `
local Router = {}

function Router.Announcement(data)
    local message = data.msg
    if(message)then
        TotChat.Broadcast(message)
        return { status = "OK" }
    end
    return { status = "FAIL", reason = "No message provided" }
end

return Router
`
	totChat = `TotChat = { Broadcast = function(message) print("broadcast: " .. message) end }`
)

type ratchet struct {
	*controlled
	*served
	doc    *openapi.Document
	client *http.Client
	url    string
}

// startRatchet starts a server with plugins. Settings are those of its section; those of other sections are set before, in c.set.
func startRatchet(t *testing.T, c *controlled, settings map[string]any) *ratchet {
	t.Helper()
	if _, manual := c.clock.(*clocktest.Clock); !manual {
		c.clock = eventqueue.SystemClock{}
	}
	section := map[string]any{"enabled": true, "port": 0, "bindto": "127.0.0.1", "origins": []string{}, "allowed_hosts": []string{}}
	maps.Copy(section, settings)
	c.set["ratchet"] = section
	running := startControl(t, c)
	doc := openapi.Load(t, "../docs/openapi/ratchet.yaml")
	client := doc.Client()
	t.Cleanup(client.CloseIdleConnections)
	return &ratchet{controlled: c, served: running, doc: doc, client: client, url: running.addresses["ratchet"]}
}

// ask sends a request and returns the status and the body. The header has lines NAME: VALUE.
func (r *ratchet) ask(method, path, body string, header ...string) (int, string) {
	r.t.Helper()
	status, text, _ := r.exchange(method, path, body, header...)
	return status, text
}

func (r *ratchet) exchange(method, path, body string, header ...string) (int, string, http.Header) {
	r.t.Helper()
	req, err := http.NewRequestWithContext(r.t.Context(), method, r.url+path, strings.NewReader(body))
	if err != nil {
		r.t.Fatal(err)
	}
	if body != "" {
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	for _, line := range header {
		name, value, _ := strings.Cut(line, ": ")
		if name == "Host" {
			req.Host = value
		}
		req.Header.Set(name, value)
	}
	resp, err := r.client.Do(req)
	if err != nil {
		r.t.Fatal(err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		r.t.Fatal(err)
	}
	return resp.StatusCode, string(text), resp.Header
}

// want sends a request and fails the test unless the answer is this one, with "…" for anything.
func (r *ratchet) want(status int, text, method, path, body string, header ...string) {
	r.t.Helper()
	gotStatus, got := r.ask(method, path, body, header...)
	rest, ok := got, true
	for i, part := range strings.Split(text, "…") {
		at := strings.Index(rest, part)
		ok = ok && at >= 0 && (i > 0 || at == 0)
		if ok {
			rest = rest[at+len(part):]
		}
	}
	if gotStatus != status || !ok || rest != "" && !strings.HasSuffix(text, "…") {
		r.t.Errorf("%s %s %q: %d %s\nwant %d %s", method, path, body, gotStatus, got, status, text)
	}
}

type pluginRow struct {
	Name, Path, Error string
	Running, Watched  bool
	LoadedAt          float64
}

// plugins asks for the list, by names.
func (r *ratchet) plugins() map[string]pluginRow {
	r.t.Helper()
	_, text := r.ask("GET", "/plugins", "")
	var rows []pluginRow
	if err := json.Unmarshal([]byte(text), &rows); err != nil {
		r.t.Fatal(err, text)
	}
	all := map[string]pluginRow{}
	for _, row := range rows {
		all[row.Name] = row
	}
	return all
}

// running are the names of the plugins that run, in order.
func (r *ratchet) running() string {
	r.t.Helper()
	var names []string
	for name, row := range r.plugins() {
		if row.Running {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return strings.Join(names, ",")
}

func TestRatchetDocument(t *testing.T) {
	c := newControlled(t, map[string]string{
		"plugins.txt":              "myfirstplugin\ncommunity/chess\n",
		"myfirstplugin/main.lua":   `print("version one") on("onTestEvent", function(...) local t = ... print("event", select("#", ...), t.a, t.b, t.list and JSON.stringify(t.list)) end)`,
		"community/chess/main.lua": `print("chess")`,
		"extra/main.lua":           `print("extra")`,
		"global.lua":               totChat,
		"restapi.lua":              announcement,
		"schedule.json":            `[{"cron": "0 */15 * * * *", "event": "quarter"}, {"cron": "0 0 18 * * 5", "event": "weekend"}]`,
	})
	r := startRatchet(t, c, nil)
	follow := r.follow("?n=1000")
	r.want(200, `[{"name":"chess","path":"community/chess",…"running":true,…"watched":false},{"name":"extra","path":"extra",…"running":false,…},{"name":"myfirstplugin",…"running":true,…}]`, "GET", "/plugins", "")
	follow.until("myfirstplugin", "version one")

	t.Run("reload", func(t *testing.T) {
		c.write("myfirstplugin/main.lua", `print("version two") on("onTestEvent", function(...) local t = ... print("event", select("#", ...), t.a, t.b, t.list and JSON.stringify(t.list)) end)`)
		r.want(200, `{"status":"OK","plugin":{"name":"myfirstplugin",…"running":true…}}`, "GET", "/reload?plugin=myfirstplugin", "")
		follow.until("myfirstplugin", "version two")
		// One that is stopped is loaded.
		r.want(200, `{"status":"OK","plugin":{"name":"extra",…"running":true…}}`, "POST", "/reload", "plugin=extra")
		follow.until("extra", "extra")
		// By its name and by its path.
		r.want(200, `{"status":"OK","plugin":{"name":"chess",…`, "GET", "/reload?plugin=chess", "")
		r.want(200, `{"status":"OK","plugin":{"name":"chess",…`, "GET", "/reload?plugin=community/chess", "")
		r.want(200, `{"status":"OK","plugin":{"name":"chess",…`, "POST", "/reload", `{"plugin":"community/chess"}`, "Content-Type: application/json")
	})
	t.Run("broken", func(t *testing.T) {
		c.write("extra/main.lua", `error("it broke")`)
		r.want(500, `{"status":"FAIL","reason":"extra/main.lua:1: it broke"}`, "GET", "/reload?plugin=extra", "")
		row := r.plugins()["extra"]
		if !row.Running || row.Error != "extra/main.lua:1: it broke" {
			t.Error(row)
		}
		c.write("extra/main.lua", `print("whole")`)
		r.want(200, `{"status":"OK",…`, "GET", "/reload?plugin=extra", "")
		if row := r.plugins()["extra"]; row.Error != "" {
			t.Error(row)
		}
	})
	t.Run("unload", func(t *testing.T) {
		r.want(200, `{"status":"OK","plugin":{"name":"myfirstplugin",…"running":false…}}`, "GET", "/unload?plugin=myfirstplugin", "")
		r.want(409, `{"status":"FAIL","reason":"the plugin myfirstplugin is not running"}`, "GET", "/unload?plugin=myfirstplugin", "")
		if got := r.running(); got != "chess,extra" {
			t.Error(got)
		}
	})
	t.Run("reloadall", func(t *testing.T) {
		r.want(200, `{"status":"OK","failed":[],"loaded":["myfirstplugin","chess"],"unloaded":["extra"]}`, "GET", "/reloadall", "")
		if got := r.running(); got != "chess,myfirstplugin" {
			t.Error(got)
		}
		c.write("plugins.txt", "chess\nnothing\n# extra\n")
		r.want(500, `{"status":"FAIL","reason":"nothing: there is no plugin nothing…","failed":[{…"plugin":"nothing"}],"loaded":["chess"],"unloaded":["myfirstplugin"]}`, "POST", "/reloadall", "")
		r.want(200, `{…"running":false…}}`, "POST", "/unload", "plugin=community/chess")
		c.write("plugins.txt", "myfirstplugin\n")
		r.want(200, `{"status":"OK",…"loaded":["myfirstplugin"],"unloaded":[]}`, "POST", "/reloadall", "")
	})
	t.Run("watch", func(t *testing.T) {
		r.want(200, `{…"watched":true}}`, "GET", "/watch?plugin=myfirstplugin", "")
		for _, off := range []string{"/unwatch?plugin=myfirstplugin", "/watch?plugin=myfirstplugin&enabled=false"} {
			r.want(200, `{…"watched":false}}`, "GET", off, "")
			r.want(200, `{…"watched":true}}`, "POST", "/watch", "plugin=myfirstplugin")
		}
		r.want(200, `{…"watched":false}}`, "POST", "/unwatch", "plugin=myfirstplugin")
		r.want(400, `{"status":"FAIL","reason":"the parameter enabled is true or false"}`, "GET", "/watch?plugin=myfirstplugin&enabled=maybe", "")
	})
	t.Run("refresh", func(t *testing.T) {
		r.want(200, `{"status":"OK","schedule":[{"cron":"0 */15 * * * *","event":"quarter","next":…},{"cron":"0 0 18 * * 5","event":"weekend","next":…}]}`, "GET", "/refresh-schedule", "")
		r.want(200, `{"status":"OK","schedule":[{…}]}`, "POST", "/refresh-schedule", "")
		c.write("schedule.json", `[{"cron": "never", "event": "x"}]`)
		r.want(500, `{"status":"FAIL","reason":"schedule.json: entry 1: …","schedule":[…]}`, "POST", "/refresh-schedule", "")
		c.write("added/main.lua", `print("added")`)
		if err := os.RemoveAll(filepath.Join(c.plugins, "extra")); err != nil {
			t.Fatal(err)
		}
		r.want(200, `{"status":"OK","added":["added"],"plugins":[…],"removed":["extra"]}`, "GET", "/refresh-plugins", "")
		r.want(200, `{"status":"OK","added":[],"plugins":[…],"removed":[]}`, "POST", "/refresh-plugins", "")
		if got := r.running(); got != "myfirstplugin" {
			t.Error(got)
		}
	})
	t.Run("event", func(t *testing.T) {
		r.want(200, `{"status":"OK"}`, "POST", "/event", "event=onTestEvent")
		follow.until("myfirstplugin", "event\t1\tnil\tnil\tnil")
		r.want(200, `{"status":"OK"}`, "POST", "/event?b=2", "event=onTestEvent&a=1")
		follow.until("myfirstplugin", "event\t1\t1\t2")
		r.want(200, `{"status":"OK"}`, "POST", "/event", `{"event":"onTestEvent","list":[1,{"x":null}]}`, "Content-Type: application/json")
		follow.until("myfirstplugin", "event\t1\tnil\tnil\t[1,{}]")
		r.want(400, `{"status":"FAIL","reason":"the parameter event is missing…`, "POST", "/event", "evnt=x")
	})
	t.Run("call", func(t *testing.T) {
		r.want(200, `{"status":"OK"}`, "POST", "/call/Announcement", "msg=Hello world")
		follow.until("global.lua", "broadcast: Hello world")
		r.want(200, `{"status":"FAIL","reason":"No message provided"}`, "POST", "/call/Announcement", "")
		c.write("restapi.lua", `return { Announcement = function(data) return { edited = data.msg } end }`)
		r.want(200, `{"edited":"now"}`, "POST", "/call/Announcement", "msg=now")
	})
	t.Run("errors", func(t *testing.T) {
		for _, path := range []string{"/reload", "/unload", "/watch", "/unwatch"} {
			r.want(400, `{"status":"FAIL","reason":"the parameter plugin is missing…`, "GET", path, "")
			r.want(400, `{"status":"FAIL","reason":"the parameter plugin is missing…`, "POST", path, "plugin=")
			r.want(404, `{"status":"FAIL","reason":"there is no plugin ../x…`, "GET", path+"?plugin=../x", "")
			r.want(404, `{"status":"FAIL",…`, "POST", path, "plugin=nothing")
			r.want(400, `{"status":"FAIL","reason":"malformed query: bad percent-encoding"}`, "GET", path+"?plugin=%zz", "")
		}
		for path, allow := range map[string]string{"/plugins": "GET, HEAD, OPTIONS", "/event": "OPTIONS, POST", "/call/x": "OPTIONS, POST", "/reload": "GET, HEAD, OPTIONS, POST"} {
			status, text, header := r.exchange("DELETE", path, "")
			if status != 405 || header.Get("Allow") != allow || !strings.HasPrefix(text, `{"status":"FAIL","reason":"allowed: `) {
				t.Error(path, status, text, header)
			}
		}
		// HEAD is to be without effects, so it does not do what GET does.
		for _, path := range []string{"/unload?plugin=myfirstplugin", "/reloadall"} {
			if status, _, header := r.exchange("HEAD", path, ""); status != 405 || header.Get("Allow") != "GET, POST, OPTIONS" {
				t.Error(path, status, header)
			}
		}
		if got := r.running(); got != "myfirstplugin" {
			t.Error(got)
		}
		r.want(404, `{"status":"FAIL","reason":"there are no players…`, "GET", "/players", "")
		r.want(404, `{"status":"FAIL","reason":"there is no debug focus…`, "GET", "/debug/*", "")
		r.want(404, `{"status":"FAIL","reason":"Not Found"}`, "GET", "/nothing", "")
	})
	t.Run("later", func(t *testing.T) {
		r.want(200, `{"status":"OK","events":…,"plugins":3,"running":1,"schedule":[…],"startedAt":…,"version":"luart …"}`, "GET", "/status", "")
		status, text, header := r.exchange("GET", "/", "")
		policy := header.Get("Content-Security-Policy")
		if status != 200 || !strings.Contains(text, "luart plugins") || !strings.HasPrefix(policy, "default-src 'none'; connect-src 'self'; img-src data:; script-src 'sha256-") {
			t.Error(status, header)
		}
		if strings.Contains(text, "http://") || strings.Contains(text, "https://") {
			t.Error("the page needs something from elsewhere")
		}
	})
	for _, each := range r.doc.Unused() {
		if strings.HasSuffix(each, " 200") && !slices.Contains([]string{"GET /call 200", "GET /logs/sources 200"}, each) {
			t.Error("never tried:", each)
		}
	}
}

// TestRatchetCurl runs the command lines of Ratchet's documentation.
func TestRatchetCurl(t *testing.T) {
	curl, err := exec.LookPath("curl")
	if err != nil {
		t.Skip("no curl")
	}
	r := startRatchet(t, newControlled(t, map[string]string{
		"a/main.lua": `on("onTestEvent", function() print("heard") end)`, "global.lua": totChat, "restapi.lua": announcement,
	}), nil)
	for _, line := range []struct{ args, want string }{
		{`-d|event=onTestEvent|-X|POST|/event`, `{"status":"OK"}`},
		{`-d|msg=Hello world|-X|POST|/call/Announcement`, `{"status":"OK"}`},
		{`-X|POST|/call/Announcement`, `{"status":"FAIL","reason":"No message provided"}`},
		{`/refresh-schedule`, `{"status":"OK","schedule":[]}`},
	} {
		args := strings.Split(line.args, "|")
		args[len(args)-1] = strings.Replace(r.url, "127.0.0.1", "localhost", 1) + args[len(args)-1]
		out, err := exec.Command(curl, append([]string{"-sS", "--ipv4", "--noproxy", "*"}, args...)...).CombinedOutput()
		if err != nil || string(out) != line.want {
			t.Errorf("curl %q: %s (%v)", args, out, err)
		}
	}
	r.follow("").until("global.lua", "broadcast: Hello world")
}

func TestRatchetCall(t *testing.T) {
	c := newControlled(t, map[string]string{
		"a/main.lua": `export("double", function(n) return n * 2 end)`,
		"restapi.lua": `
			local R = setmetatable({}, { __index = { inherited = function() return "no" end } })
			leaked = (leaked or 0) + 1
			function R.echo(data) return data end
			function R.request(data, req) req.headers = { kind = req.headers["content-type"], secret = req.headers.Authorization } req.id = nil return req end
			function R.file(data, req) return { data.note, req.files.f.filename, req.files.f.data, req.body == nil } end
			function R.globals() return leaked end
			function R.shared() return { exports.a.double(21), isServerLoaded() } end
			function R.status() return { ok = true }, 418, { ["X-Mine"] = "yes" } end
			function R.text() return "plain", 200, { ["Content-Type"] = "text/plain" } end
			function R.none() return nil, 204 end
			function R.null() end
			function R.bool() return false end
			function R.array() return textutils.empty_json_array end
			function R.cyclic() local t = {} t.t = t return t end
			function R.func() return { print } end
			function R.nan() return 0 / 0 end
			function R.badstatus() return 1, 99 end
			function R.badheader() return 1, 200, { ["a b"] = "x" } end
			function R.badheaders() return 1, 200, "x" end
			function R.fails() error("oh no") end
			function R.throws() error({ code = 1 }) end
			function R.secret() error("the word is " .. getSecret("word")) end
			function R.spin() while true do end end
			function R.sleeps() sleep(1000) end
			function R.late() sleep(0.05) return "late" end
			function R.catches() while true do pcall(function() while true do end end) end end
			function R._private() return "no" end
			R[1] = function() return "no" end
			R.table = {}
			return R`,
	})
	if err := os.WriteFile(c.secrets, []byte("word = opensesame\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	c.set["plugins"] = map[string]any{"call_time": 0.05, "call_timeout": 0.2}
	c.set["limits"] = map[string]any{"body": 65536, "json_size": 10000, "json_depth": 10, "answer_time": 20}
	r := startRatchet(t, c, nil)
	post := func(status int, text, path, body string, header ...string) {
		t.Helper()
		r.want(status, text, "POST", "/call/"+path, body, header...)
	}
	const isJSON = "Content-Type: application/json"
	post(200, `{"a":"2","b":"x y","c":"é"}`, "echo?a=1&b=x+y", "a=2&c=%C3%A9")
	post(200, `{"a":"3"}`, "echo?a=1&a=3", "")
	post(200, `{"a":{"x":1.5},"b":[],"c":null,"q":"1"}`, "echo?q=1", `{"a":{"x":1.5},"b":[],"c":null}`, isJSON)
	post(200, `[1,"two",{}]`, "echo", `[1,"two",{}]`, isJSON)
	post(200, `{"value":7}`, "echo", `7`, isJSON)
	post(200, `{"value":null}`, "echo", `null`, isJSON)
	post(200, `{}`, "echo", "")
	post(200, `{"path":"/call/request","body":"a=2&a=3","files":{},"headers":{"kind":"application/x-www-form-urlencoded"},"method":"POST","params_all":{"a":["1","2","3"]},"query":{"a":"1"},"remote":"127.0.0.1"}`, "request?a=1", "a=2&a=3")
	post(200, `{…"body":"any text",…`, "request", "any text", "Content-Type: text/plain")
	var form bytes.Buffer
	w := multipart.NewWriter(&form)
	_ = w.WriteField("note", "hi")
	f, _ := w.CreateFormFile("f", "a.bin")
	_, _ = f.Write([]byte("bytes"))
	_ = w.Close()
	post(200, `["hi","a.bin","bytes",true]`, "file", form.String(), "Content-Type: "+w.FormDataContentType())
	for range 2 { // nothing stays of a request
		post(200, `1`, "globals", "")
	}
	post(200, `[42,true]`, "shared", "")
	status, text, header := r.exchange("POST", "/call/status", "")
	if status != 418 || text != `{"ok":true}` || header.Get("X-Mine") != "yes" {
		t.Error(status, text, header)
	}
	post(200, `plain`, "text", "")
	if status, text := r.ask("POST", "/call/none", ""); status != 204 || text != "" {
		t.Error(status, text)
	}
	post(200, `null`, "null", "")
	post(200, `false`, "bool", "")
	post(200, `[]`, "array", "")
	post(200, `"late"`, "late", "")
	post(500, `{"status":"FAIL","reason":"cyclic: its result is no JSON: can't write JSON: …`, "cyclic", "")
	post(500, `{"status":"FAIL","reason":"func: its result is no JSON: …`, "func", "")
	post(500, `{"status":"FAIL","reason":"nan: its result is no JSON: …`, "nan", "")
	post(500, `{"status":"FAIL","reason":"badstatus: the second result is the status…`, "badstatus", "")
	post(500, `{"status":"FAIL","reason":"badheader: there can't be a header…`, "badheader", "")
	post(500, `{"status":"FAIL","reason":"badheaders: the third result is a table…`, "badheaders", "")
	post(500, `{"status":"FAIL","reason":"restapi.lua:…: oh no"}`, "fails", "")
	post(500, `{"status":"FAIL","reason":"(error object is a table value)"}`, "throws", "")
	post(500, `{"status":"FAIL","reason":"restapi.lua:…: the word is ***"}`, "secret", "")
	post(504, `{"status":"FAIL","reason":"restapi.lua:…: Too long without yielding"}`, "spin", "")
	post(504, `{"status":"FAIL","reason":"…Too long without yielding…`, "catches", "")
	post(504, `{"status":"FAIL","reason":"no answer within 0.2 seconds"}`, "sleeps", "")
	for _, name := range []string{"_private", "inherited", "1", "table", "nothing", "__index", "%2e%2e", "a%2Fb"} {
		if status, text := r.ask("POST", "/call/"+name, ""); status != 404 && name != "%2e%2e" || !strings.HasPrefix(text, `{"status":"FAIL"`) {
			t.Error(name, status, text)
		}
	}
	r.want(200, `{"status":"OK","functions":["array",…"throws"]}`, "GET", "/call", "")

	post(400, `{"status":"FAIL","reason":"malformed JSON…`, "echo", `{"a":`, isJSON)
	post(400, `{"status":"FAIL",…`, "echo", strings.Repeat("[", 1000)+strings.Repeat("]", 1000), isJSON)
	post(400, `{"status":"FAIL","reason":"malformed form: …`, "echo", "a=%zz")
	post(400, `{"status":"FAIL",…`, "file", "nonsense", "Content-Type: multipart/form-data; boundary=x")
	post(413, `{"status":"FAIL",…`, "echo", `"`+strings.Repeat("x", 20000)+`"`, isJSON)
	if status, _ := r.ask("POST", "/call/echo", strings.Repeat("x", 100000)); status != 413 {
		t.Error(status)
	}
	r.want(405, `{"status":"FAIL",…`, "GET", "/call/echo", "")

	for source, want := range map[string]string{
		"return 7":              `{"status":"FAIL","reason":"restapi.lua must return a table of functions"}`,
		"return {":              `{"status":"FAIL","reason":"restapi.lua:1: …`,
		"error('at the start')": `{"status":"FAIL","reason":"restapi.lua:1: at the start"}`,
	} {
		c.write("restapi.lua", source)
		post(500, want, "echo", "")
		r.want(500, want, "GET", "/call", "")
	}
	if err := os.Remove(filepath.Join(c.plugins, "restapi.lua")); err != nil {
		t.Fatal(err)
	}
	post(404, `{"status":"FAIL","reason":"there is no file restapi.lua…`, "echo", "")
	r.want(200, `{"status":"OK","functions":[]}`, "GET", "/call", "")
	if log := c.out.String(); strings.Contains(log, "opensesame") {
		t.Error("a secret is in the log")
	}
}

func TestRatchetDevelopment(t *testing.T) {
	c := newControlled(t, map[string]string{"a/main.lua": "error('no')", "restapi.lua": "return { f = function() error('x') end }"})
	c.set["plugins"] = map[string]any{"development": true}
	r := startRatchet(t, c, nil)
	r.want(500, `{"status":"FAIL","reason":"a/main.lua:1: no","traceback":"…a/main.lua:1: in main chunk…"}`, "GET", "/reload?plugin=a", "")
	r.want(500, `{"status":"FAIL","reason":"restapi.lua:1: x","traceback":"…restapi.lua:1: in …"}`, "POST", "/call/f", "")
	r.want(200, `[{…"traceback":"…`, "GET", "/plugins", "")
	r.want(200, `[{"fields":{…"traceback":…`, "GET", "/logs?plugin=a", "")
}

func TestRatchetWatches(t *testing.T) {
	c := newControlled(t, map[string]string{"w/main.lua": `print("one")`, "w/lib.lua": "return 1", "w/data.txt": "x"})
	c.set["plugins"] = map[string]any{"watch_delay": 0.05}
	r := startRatchet(t, c, nil)
	follow := r.follow("?n=100")
	follow.until("w", "one")
	r.want(200, `{"status":"OK",…`, "GET", "/watch?plugin=w", "")
	c.write("w/main.lua", `print("saved")`)
	follow.until("w", "saved")
	if err := os.Rename(filepath.Join(c.plugins, "w", "lib.lua"), filepath.Join(c.plugins, "w", "other.lua")); err != nil {
		t.Fatal(err)
	}
	follow.until("w", "saved")
	if err := os.Remove(filepath.Join(c.plugins, "w", "other.lua")); err != nil {
		t.Fatal(err)
	}
	follow.until("w", "saved")
	before := r.plugins()["w"].LoadedAt
	c.write("w/data.txt", "y") // no Lua
	c.write("w/main.lua", `error("half")`)
	follow.until("w", "the old version goes on: w/main.lua:1: half")
	if row := r.plugins()["w"]; !row.Running || row.LoadedAt != before {
		t.Error(row, before)
	}
	c.write("w/main.lua", `print("again")`)
	follow.until("w", "again")
	r.want(200, `{"status":"OK",…`, "GET", "/unwatch?plugin=w", "")
}

func TestRatchetSchedule(t *testing.T) {
	clock := clocktest.New() // 2000-01-01, a Saturday
	c := newControlled(t, map[string]string{
		"a/main.lua":    `on("quarter", function() print("quarter", os.date("!%H:%M:%S")) end) on("weekend", function() print("weekend", os.date("!%a %H:%M:%S")) end)`,
		"schedule.json": `[{"cron": "0 */15 * * * *", "event": "quarter"}, {"cron": "0 0 18 * * 5", "event": "weekend"}]`,
	})
	c.clock = clock
	r := startRatchet(t, c, nil)
	follow := r.follow("?plugin=a&n=0")
	for _, want := range []string{"quarter\t00:15:00", "quarter\t00:30:00"} {
		clock.Advance(15 * time.Minute)
		follow.until("a", want)
	}
	c.write("schedule.json", `[{"cron": "0 0 18 * * 5", "event": "weekend"}]`)
	r.want(200, `{"status":"OK","schedule":[{"cron":"0 0 18 * * 5","event":"weekend","next":947268000}]}`, "GET", "/refresh-schedule", "")
	// To a moment before, by steps: what is late by a minute counts as missed.
	clock.Advance(6*24*time.Hour + 17*time.Hour + 30*time.Minute - time.Second)
	r.want(200, `{"status":"OK",…"schedule":[{…"next":947268000}]…`, "GET", "/status", "")
	clock.Advance(time.Second)
	follow.until("a", "weekend\tFri 18:00:00")
	_, text := r.ask("GET", "/logs?plugin=a", "", "Accept: application/json")
	if n := strings.Count(text, "quarter"); n != 2 {
		t.Error(n, text)
	}
}
