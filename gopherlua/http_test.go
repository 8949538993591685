package gopherlua_test

import (
	"fmt"
	"io"
	nethttp "net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	glua "github.com/yuin/gopher-lua"

	"github.com/luart/luart/gopherlua"
	"github.com/luart/luart/runtime"
)

// serve starts a server for one test, and returns its address.
func serve(t *testing.T, handler func(w nethttp.ResponseWriter, r *nethttp.Request)) string {
	t.Helper()
	s := httptest.NewServer(nethttp.HandlerFunc(handler))
	t.Cleanup(s.Close)
	return s.URL
}

// answer tells what it has been asked.
func answer(w nethttp.ResponseWriter, r *nethttp.Request) {
	switch r.URL.Path {
	case "/moved":
		nethttp.Redirect(w, r, "/?moved", nethttp.StatusFound)
		return
	case "/loop":
		nethttp.Redirect(w, r, "/loop", nethttp.StatusFound)
		return
	case "/status":
		nethttp.Error(w, "I'm a teapot", nethttp.StatusTeapot)
		return
	case "/never":
		<-r.Context().Done()
		return
	}
	body, _ := io.ReadAll(r.Body)
	user, password, _ := r.BasicAuth()
	var cookies []string
	for _, c := range r.Cookies() {
		cookies = append(cookies, c.Name+"="+c.Value)
	}
	nethttp.SetCookie(w, &nethttp.Cookie{Name: "session", Value: "s1"})
	w.Header().Set("X-Answer", "yes")
	fmt.Fprintf(w, "%s %s body=%q type=%q auth=%s:%s cookies=%s accept=%s",
		r.Method, r.URL.RequestURI(), body, r.Header.Get("Content-Type"), user, password, strings.Join(cookies, ";"), r.Header.Get("Accept"))
}

// All that gluahttp's documentation has.
func TestGluahttp(t *testing.T) {
	base := serve(t, answer)
	code := strings.ReplaceAll(`
		local http = require "gluahttp"
		for _, method in ipairs { "get", "delete", "patch", "post", "put" } do
			print(http[method]("BASE/x").body)
		end
		local r = http.head("BASE/x")
		print(r.status_code, r.body, r.body_size)
		r = http.request("PUT", "BASE/y", {
			query = "a=1&b=2", cookies = { flavour = "oat" }, body = "hello\0", timeout = "30s",
			headers = { Accept = "text/plain", ["Content-Type"] = "text/x" }, auth = { user = "u", pass = "p" } })
		print(r.body)
		print(r.status_code, r.body_size == #r.body, r.headers["X-Answer"], r.cookies.session, r.url)
		print(http.post("BASE/f", { form = "a=b", timeout = 30 }).body)
		print(http.get("BASE/moved").url)
		print(http.get("BASE/status").status_code)
		print(http.get("BASE/loop"))
		print(http.get("BASE/x", { auth = { user = "u" } }))
		print(http.get("BASE/never", { timeout = "10ms" }))
		print(http.get("BASE/x", { timeout = "soon" }))
		print(http.get("gopher://localhost/"))
		print(http.get("http://bad host/"))
		print(http.get("http://127.0.0.1:1/"))
		print(type(r), r.nothing, pcall(function() r.body = 1 end))
		local list, errors = http.request_batch { { "GET", "BASE/1" }, { "post", "BASE/2", { body = "two" } } }
		print(#list, list[1].body, list[2].body, errors)
		list, errors = http.request_batch { { "GET", "BASE/1" }, { "GET", "nonsense://x" }, "what" }
		print(list[1].status_code, list[2], list[3], errors[1], errors[2], errors[3])
		print(pcall(http.request_batch, { { "GET", "BASE/1" }, x = { "GET", "BASE/1" } }))
		print(pcall(http.request_batch, "no list"))
		local many = {}
		for i = 1, 257 do many[i] = { "GET", "BASE/1" } end
		print(pcall(http.request_batch, many))
		print(#http.request_batch {})
	`, "BASE", base)
	out := run(t, code, runtime.WithAllowPrivate())
	expect(t, strings.ReplaceAll(out, base, "BASE"), `GET /x body="" type="" auth=: cookies= accept=
DELETE /x body="" type="" auth=: cookies= accept=
PATCH /x body="" type="" auth=: cookies= accept=
POST /x body="" type="" auth=: cookies= accept=
PUT /x body="" type="" auth=: cookies= accept=
200		0
PUT /y?a=1&b=2 body="hello\x00" type="text/x" auth=u:p cookies=flavour=oat accept=text/plain
200	true	yes	s1	BASE/y?a=1&b=2
POST /f body="a=b" type="application/x-www-form-urlencoded" auth=: cookies= accept=
BASE/?moved
418
nil	Get "/loop": too many redirects
nil	auth table must contain no nil user and pass fields
nil	Get "BASE/never": context deadline exceeded
nil	time: invalid duration "soon"
nil	Get "gopher://localhost/": Invalid protocol 'gopher'
nil	parse "http://bad host/": invalid character " " in host name
nil	Get "http://127.0.0.1:1/": Could not connect
userdata	nil	false	test:23: attempt to index a userdata value
2	GET /1 body="" type="" auth=: cookies= accept=	POST /2 body="two" type="" auth=: cookies= accept=	nil
200	nil	nil	Get "nonsense://x": Invalid protocol 'nonsense'	Request must be a table	nil
false	test:28: bad argument #1 to gluahttp.request_batch (a list of requests expected)
false	test:29: bad argument #1 to gluahttp.request_batch (table expected, got string)
false	test:32: bad argument #1 to gluahttp.request_batch (at most 256 requests)
0
`)
}

// meet returns the address of a server that answers none of so many requests before all are there.
func meet(t *testing.T, together int32) string {
	var there atomic.Int32
	all := make(chan struct{})
	return serve(t, func(w nethttp.ResponseWriter, r *nethttp.Request) {
		if there.Add(1) == together {
			close(all)
		}
		select {
		case <-all:
			fmt.Fprint(w, "met")
		case <-time.After(time.Minute):
			nethttp.Error(w, "alone", nethttp.StatusInternalServerError)
		}
	})
}

// Requests of several coroutines are under way at once, and those of a batch.
func TestRequestsOverlap(t *testing.T) {
	code := strings.ReplaceAll(`
		local http = require "gluahttp"
		local function get() print(http.get("BASE").body) end
		parallel.waitForAll(get, get, get)
	`, "BASE", meet(t, 3))
	expect(t, run(t, code, runtime.WithAllowPrivate()), "met\nmet\nmet\n")
	code = strings.ReplaceAll(`
		local list = require "gluahttp".request_batch { { "GET", "BASE" }, { "GET", "BASE" } }
		print(list[1].body, list[2].body)
	`, "BASE", meet(t, 2))
	expect(t, run(t, code, runtime.WithAllowPrivate()), "met\tmet\n")
}

// Other functions of modules go on while a request is under way.
func TestModulesGoOnDuringRequests(t *testing.T) {
	asked, release := make(chan struct{}), make(chan struct{})
	base := serve(t, func(w nethttp.ResponseWriter, _ *nethttp.Request) {
		close(asked)
		<-release
		fmt.Fprint(w, "released")
	})
	out := run(t, `
		local http, p, server = require "gluahttp", require "probe", require "server"
		parallel.waitForAll(
			function() print(http.get("`+base+`").body) end,
			function()
				server.await()
				print(p.call(function() return p.echo("meanwhile") end))
				server.release()
			end)
	`, runtime.WithAllowPrivate(), probe(), runtime.WithGopherModule("server", module(map[string]glua.LGFunction{
		"await":   func(l *glua.LState) int { gopherlua.Wait(l, func() { <-asked }); return 0 },
		"release": func(*glua.LState) int { close(release); return 0 },
	})))
	expect(t, out, "meanwhile\nreleased\n")
}

// gluahttp reaches what http.get reaches, and no more.
func TestRequestsHaveRules(t *testing.T) {
	asked := 0
	base := serve(t, func(w nethttp.ResponseWriter, r *nethttp.Request) {
		asked++
		nethttp.Redirect(w, r, "http://elsewhere.invalid/", nethttp.StatusFound)
	})
	u, err := url.Parse(base)
	if err != nil {
		t.Fatal(err)
	}
	code := `
		local http = require "gluahttp"
		print(http.get("` + base + `"))
		local list, errors = http.request_batch { { "GET", "` + base + `" } }
		print(list[1], errors[1])
		print(http.get("http://localhost:` + u.Port() + `"))`
	denied := "Domain not permitted"
	for line := range strings.Lines(run(t, code)) {
		if !strings.HasPrefix(line, "nil\t") || !strings.Contains(line, denied) {
			t.Errorf("%s", line)
		}
	}
	if asked != 0 {
		t.Errorf("the server has been asked %d times", asked)
	}
	// A redirect is a request of its own.
	out := run(t, `print(require "gluahttp".get("`+base+`"))`, runtime.WithAllowPrivate())
	if asked != 1 || !strings.HasPrefix(out, "nil\t") || !strings.Contains(out, "elsewhere.invalid") {
		t.Errorf("asked %d times: %s", asked, out)
	}
	out, err = runCode(t, `print(pcall(require, "gluahttp"))`, runtime.WithoutHTTP())
	if err != nil || !strings.HasPrefix(out, "false\tmodule 'gluahttp' not found") {
		t.Error(err, out)
	}
}

// A request ends with its computer, and with its coroutine.
func TestRequestsEnd(t *testing.T) {
	ended := make(chan struct{}, 10)
	asked := make(chan struct{}, 10)
	base := serve(t, func(w nethttp.ResponseWriter, r *nethttp.Request) {
		asked <- struct{}{}
		<-r.Context().Done()
		ended <- struct{}{}
	})
	await := func(name string, c <-chan struct{}) {
		t.Helper()
		select {
		case <-c:
		case <-time.After(time.Minute):
			t.Fatal("the request is not ", name)
		}
	}
	arrived := runtime.WithGopherModule("arrived", module(map[string]glua.LGFunction{
		"await": func(l *glua.LState) int { gopherlua.Wait(l, func() { <-asked }); return 0 },
	}))
	for _, end := range []string{"", "os.shutdown()", `os.queueEvent("terminate") sleep(1)`} {
		runCode(t, `
			local http, arrived = require "gluahttp", require "arrived"
			parallel.waitForAny(
				function() http.get("`+base+`") end,
				function() arrived.await() `+end+` end)`, runtime.WithAllowPrivate(), arrived)
		await("broken off", ended)
	}
}

// What responses take is bounded, as they are outside of the VM; dropped ones make room again.
func TestKeptResponses(t *testing.T) {
	big := strings.Repeat("x", 8<<20)
	base := serve(t, func(w nethttp.ResponseWriter, _ *nethttp.Request) { io.WriteString(w, big) })
	out := run(t, `
		local http = require "gluahttp"
		local kept, message = {}
		for i = 1, 9 do
			local r, e = http.get("`+base+`")
			if not r then message = e break end
			kept[i] = r
		end
		print(#kept < 9, message:match("responses that the program keeps"))
		kept = nil
		local r, n = nil, 0
		repeat r, n = http.get("`+base+`"), n + 1 until r or n > 50
		print(r and r.body_size)
	`, runtime.WithAllowPrivate())
	expect(t, out, "true\tresponses that the program keeps\n8388608\n")
}
