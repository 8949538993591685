package download_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	nethttp "net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/luart/luart/runtime"
	"github.com/luart/luart/runtime/runtimetest"
)

// run runs a program in a folder and returns what it prints. ADDRESS in it is the server's.
func run(t *testing.T, dir string, server *httptest.Server, code string, options ...runtime.Option) string {
	t.Helper()
	code = "local d = require 'luart.download' local base = '" + server.URL + "'\n" + prelude + code
	return strings.ReplaceAll(runtimetest.Run(t, dir, code, append([]runtime.Option{runtime.WithAllowPrivate()}, options...)...), server.URL, "ADDRESS")
}

const prelude = `
local function text(p) local h = fs.open(p, 'rb') if not h then return nil end local s = h.readAll() h.close() return s end
local function get(url, path, o) o = o or {} o.retryDelay = o.retryDelay or 0 return d.get(base .. url, path, o) end
local function list() return ((" " .. table.concat(fs.list("/"), " ")):gsub(" rom%f[%s\0]", ""):gsub(" tmp%f[%s\0]", ""):sub(2)) end
`

func sum(text []byte) string {
	digest := sha256.Sum256(text)
	return hex.EncodeToString(digest[:])
}

// body is what the servers of these tests have: long enough to be cut.
var body = bytes.Repeat([]byte("0123456789abcdef"), 20_000)

// flaky is a server whose responses end early, as often as the path says: /cut/3 three times.
type flaky struct {
	requests  atomic.Int64
	ranges    atomic.Int64
	etag      string
	modified  string
	noRange   bool
	changed   bool // after the first response
	wrongPart bool
}

func (f *flaky) ServeHTTP(w nethttp.ResponseWriter, r *nethttp.Request) {
	n := f.requests.Add(1)
	cuts, _ := strconv.ParseInt(strings.TrimPrefix(r.URL.Path, "/cut/"), 10, 64)
	have, etag := body, f.etag
	if f.changed && n > 1 {
		have, etag = bytes.ToUpper(body), `"other"`
	}
	from := 0
	if etag != "" {
		w.Header().Set("ETag", etag)
	}
	if f.modified != "" {
		w.Header().Set("Last-Modified", f.modified)
	}
	status := nethttp.StatusOK
	if text, ok := strings.CutPrefix(r.Header.Get("Range"), "bytes="); ok && !f.noRange {
		f.ranges.Add(1)
		validator := r.Header.Get("If-Range")
		if validator != "" && (validator == etag || validator == f.modified) {
			from, _ = strconv.Atoi(strings.TrimSuffix(text, "-"))
			status = nethttp.StatusPartialContent
			first := from
			if f.wrongPart {
				first--
			}
			w.Header().Set("Content-Range", fmt.Sprintf("bytes %d-%d/%d", first, len(have)-1, len(have)))
		}
	}
	w.Header().Set("Content-Length", strconv.Itoa(len(have)-from))
	w.WriteHeader(status)
	if n <= cuts {
		have = have[:min(from+len(have)/8, len(have))]
	}
	w.Write(have[from:])
	// Less than was announced makes net/http end the connection.
}

func TestGet(t *testing.T) {
	mux := nethttp.NewServeMux()
	mux.HandleFunc("/file", func(w nethttp.ResponseWriter, r *nethttp.Request) {
		w.Header().Set("ETag", `"v1"`)
		w.Header().Set("Last-Modified", "Mon, 02 Jan 2006 15:04:05 GMT")
		w.Header().Set("Content-Disposition", `attachment; filename="../a/b.zip"`)
		w.Header().Set("Content-Type", "application/zip")
		if r.Header.Get("If-None-Match") == `"v1"` {
			w.WriteHeader(nethttp.StatusNotModified)
			return
		}
		io.WriteString(w, "content")
	})
	mux.HandleFunc("/sloppy", func(w nethttp.ResponseWriter, _ *nethttp.Request) {
		w.Header().Set("Content-Disposition", "attachment; filename=my \"file.zip; x=y")
		io.WriteString(w, "x")
	})
	mux.HandleFunc("/to/", func(w nethttp.ResponseWriter, r *nethttp.Request) {
		code, _ := strconv.Atoi(strings.TrimPrefix(r.URL.Path, "/to/"))
		nethttp.Redirect(w, r, "/file", code)
	})
	mux.HandleFunc("/loop", func(w nethttp.ResponseWriter, r *nethttp.Request) {
		nethttp.Redirect(w, r, "/loop?"+r.URL.RawQuery+"x", nethttp.StatusFound)
	})
	mux.HandleFunc("/ftp", func(w nethttp.ResponseWriter, _ *nethttp.Request) {
		w.Header().Set("Location", "ftp://127.0.0.1/x")
		w.WriteHeader(302)
	})
	mux.HandleFunc("/header", func(w nethttp.ResponseWriter, r *nethttp.Request) {
		fmt.Fprint(w, r.Header.Get("Authorization"), " ", r.Header.Get("Accept-Encoding"), " ", r.Header.Get("Range"), " ", strings.HasPrefix(r.UserAgent(), "computercraft/"))
	})
	mux.HandleFunc("/page", func(w nethttp.ResponseWriter, _ *nethttp.Request) {
		io.WriteString(w, "\n<!DOCTYPE html><p>maintenance")
	})
	mux.HandleFunc("/endless", func(w nethttp.ResponseWriter, r *nethttp.Request) {
		for r.Context().Err() == nil {
			if _, err := w.Write(make([]byte, 10_000)); err != nil {
				return
			}
		}
	})
	mux.HandleFunc("/length", func(w nethttp.ResponseWriter, _ *nethttp.Request) { w.Header().Set("Content-Length", "1000") })
	mux.HandleFunc("/gzip", func(w nethttp.ResponseWriter, _ *nethttp.Request) {
		w.Header().Set("Content-Encoding", "gzip")
		w.Write([]byte("\x1f\x8b\x08\x00\x00\x00\x00\x00\x02\xff\x4b\x4c\x4a\x06\x00\xc2\x41\x24\x35\x03\x00\x00\x00"))
	})
	for _, code := range []int{401, 403, 404, 410, 418, 204} {
		mux.HandleFunc("/"+strconv.Itoa(code), func(w nethttp.ResponseWriter, _ *nethttp.Request) { w.WriteHeader(code) })
	}
	mux.HandleFunc("/429", func(w nethttp.ResponseWriter, _ *nethttp.Request) {
		w.Header().Set("Retry-After", "3600")
		w.WriteHeader(429)
	})
	var busy atomic.Int64
	mux.HandleFunc("/503", func(w nethttp.ResponseWriter, _ *nethttp.Request) {
		if busy.Add(1)%3 != 0 {
			w.WriteHeader(503)
			return
		}
		io.WriteString(w, "at last")
	})
	server := httptest.NewServer(mux)
	defer server.Close()
	for code, want := range map[string]string{
		`local r = get("/file", "a/b/x") print(r.path, r.size, r.sha256, r.etag, r.lastModified, r.status, r.url, r.contentType, r.fileName, r.resumed, r.attempts, text("a/b/x"))`: "/a/b/x\t7\t" + sum([]byte("content")) +
			"\t\"v1\"\tMon, 02 Jan 2006 15:04:05 GMT\t200\tADDRESS/file\tapplication/zip\tb.zip\t0\t1\tcontent",
		`local r = get("/file", "x", {sha256 = ("` + sum([]byte("content")) + `"):upper(), size = 7}) print(r.size, list())`:             "7\tx",
		`local r, m, i = get("/file", "x", {sha256 = ("0"):rep(64)}) print(r, i.class, i.sha256, #list())`:                               "nil\tchecksum\t" + sum([]byte("content")) + "\t0",
		`local r, m, i = get("/file", "x", {size = 8}) print(r, m, i.class, #list())`:                                                    "nil\tADDRESS/file: there are 7 bytes, not 8\tsize\t0",
		`local r, m, i = get("/endless", "x", {size = 8}) print(r, m, i.class, i.attempts, #list())`:                                     "nil\tADDRESS/endless: there are more than 8 bytes\tsize\t1\t0",
		`local r, m, i = get("/endless", "x", {maxBytes = 100000}) print(r, m, i.class, #list())`:                                        "nil\tADDRESS/endless: there are more than 100000 bytes; the option maxBytes allows more\tlimit\t0",
		`local r, m, i = get("/length", "x", {maxBytes = 999}) print(r, i.class)`:                                                        "nil\tlimit",
		`local r, m, i = get("/length", "x", {retries = 1}) print(r, i.class, i.attempts, #list())`:                                      "nil\ttruncated\t2\t0",
		`local r = get("/file", "x", {etag = '"v1"'}) print(r.notModified, r.status, r.etag, r.size, #list())`:                           "true\t304\t\"v1\"\tnil\t0",
		`local r = get("/file", "x", {etag = '"v0"'}) print(r.notModified, r.size)`:                                                      "nil\t7",
		`local r = get("/sloppy", "x") print(r.fileName)`:                                                                                "my \"file.zip",
		`for _, code in ipairs {301, 302, 303, 307, 308} do local r = get("/to/" .. code, "x") print(r.url, r.size) end`:                 strings.TrimSuffix(strings.Repeat("ADDRESS/file\t7\n", 5), "\n"),
		`local r, m, i = get("/loop", "x") print(r, i.class, i.status)`:                                                                  "nil\thttp\t302",
		`local r, m, i = get("/ftp", "x") print(r, m, i.class)`:                                                                          "nil\tADDRESS/ftp: Invalid protocol 'ftp'\turl",
		`get("/header", "x", {headers = {Authorization = "token", Range = "bytes=1-"}}) print(text("x"))`:                                "token identity  true",
		`local r, m, i = get("/page", "x", {notHtml = true}) print(r, i.class, #list())`:                                                 "nil\thtml\t0",
		`local r, m, i = get("/page", "x") print(r.size)`:                                                                                "30",
		`local r, m, i = get("/file", "x", {notHtml = true}) print(text "x")`:                                                            "content",
		`local r, m, i = get("/gzip", "x", {resume = true}) print(text "x", r.size, list())`:                                             "abc\t3\tx",
		`local r, m, i = get("/404", "x") print(r, m, i.class, i.status, i.attempts)`:                                                    "nil\tADDRESS/404: the server answers 404 Not Found: there is no such file\thttp\t404\t1",
		`for _, code in ipairs {401, 403, 410, 418, 204} do local r, m, i = get("/" .. code, "x") write(i.class .. i.status .. " ") end`: "http401 http403 http410 http418 http204 ",
		`local r, m, i = get("/429", "x") print(i.class, i.status, i.retryAfter, i.attempts)`:                                            "http\t429\t3600\t1",
		`local r, m, i = get("/503", "x") print(r.size, r.attempts)`:                                                                     "7\t3",
		`fs.makeDir("x") local r, m, i = get("/file", "x") print(r, m, i.class)`:                                                         "nil\t/x: Cannot write to directory\tio",
		`local r, m, i = get("/file", "rom/x") print(r, m, i.class)`:                                                                     "nil\t/rom: Access denied\tio",
		`local r, m, i = get("/file", "../x") print(r, m, i.class)`:                                                                      "nil\t/..: Invalid Path\tio",
		`local r, m, i = d.get("file:///etc/passwd", "x") print(r, m, i.class)`:                                                          "nil\tfile:///etc/passwd: URL malformed\turl",
		`local r, m, i = d.get("nonsense", "x") print(r, i.class)`:                                                                       "nil\turl",
		`print(pcall(d.get, base))`:                                  "false\ttest:6: bad argument #2 (string expected, got nil)",
		`print(pcall(d.get, base, "x", {sha256 = "00"}))`:            "false\ttest:6: bad field 'sha256' (64 hexadecimal digits expected)",
		`print(pcall(d.get, base, "x", {retries = 21}))`:             "false\ttest:6: bad field 'retries' (a number from 0 to 20 expected)",
		`print(pcall(d.get, base, "x", {progress = 1}))`:             "false\ttest:6: bad field 'progress' (function expected, got number)",
		`print(pcall(d.get, base, "x", {headers = {["a b"] = ""}}))`: "false\ttest:6: \"a b\" can't be the name of a header",
		`print(pcall(d.get, base, "x", {etag = "a\r\nb: c"}))`:       "false\ttest:6: the value for the header If-None-Match can't contain line breaks",
		`local h = d.start(base .. "/file", "x") local e, id, path = os.pullEvent("download_done") print(e, id == h.id, path, h.isDone(), h.wait().size)`:   "download_done\ttrue\t/x\ttrue\t7",
		`local h = d.start(base .. "/404", "x") local e, id, m, i = os.pullEvent("download_failed") print(e, id == h.id, i.class, (h.wait()))`:              "download_failed\ttrue\thttp\tnil",
		`local h = d.start(base .. "/endless", "x") os.pullEvent("download_progress") h.cancel() local r, m, i = h.wait() print(r, m, i.class, #list())`:    "nil\tdownload: cancelled\tcancelled\t0",
		`local r, m, i = get("/endless", "x", {progress = function(got, total) assert(got > 0 and not total) return false end}) print(r, i.class, #list())`: "nil\tcancelled\t0",
		`print(pcall(get, "/endless", "x", {progress = function() error("mine", 0) end}))`:                                                                  "false\tmine",
	} {
		if got := run(t, t.TempDir(), server, code); got != want {
			t.Errorf("%s\ngives %q\nnot   %q", code, got, want)
		}
	}
	if got := run(t, t.TempDir(), server, `local r, m, i = get("/endless", "x") print(r, m, i.class, #list())`, runtime.WithQuota(100_000)); got != "nil\t/x: Out of space\tspace\t0" {
		t.Error(got)
	}
	if got := run(t, t.TempDir(), server, `local h = d.start(base .. "/endless", "x") os.pullEvent("download_progress") os.queueEvent("terminate") print(pcall(h.wait)) repeat sleep(0) until h.isDone() print(#list())`); got != "false\tTerminated\n0" {
		t.Error(got)
	}
	// The rules for addresses hold, and the module is not there without http.
	var out strings.Builder
	for _, o := range []runtime.Option{runtime.WithQuota(1e6), runtime.WithoutHTTP()} {
		c, err := runtime.New(runtime.WithCode("=test", `local ok, d = pcall(require, "luart.download") if not ok then return print("none") end
			local r, m, i = d.get("`+server.URL+`/file", "x") print(r, i.class, i.attempts)`), runtime.WithRoot(t.TempDir()), runtime.WithStdout(&out), o)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := c.Run(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	if out.String() != "nil\tdenied\t1\nnone\n" {
		t.Errorf("%q", out.String())
	}
}

// Secrets don't follow a redirect to another host.
func TestRedirectKeepsSecrets(t *testing.T) {
	other := httptest.NewServer(nethttp.HandlerFunc(func(w nethttp.ResponseWriter, r *nethttp.Request) {
		fmt.Fprint(w, "got ", r.Header.Get("Authorization"), r.Header.Get("Cookie"))
	}))
	defer other.Close()
	server := httptest.NewServer(nethttp.RedirectHandler(other.URL, nethttp.StatusFound))
	defer server.Close()
	got := run(t, t.TempDir(), server, `get("/", "x", {headers = {Authorization = "secret", Cookie = "secret"}}) print(text "x")`)
	if got != "got " {
		t.Error(got)
	}
}

// A transfer that ends early goes on where it stopped, if the server tells that it has the same thing still.
func TestResume(t *testing.T) {
	whole, upper := sum(body), sum(bytes.ToUpper(body))
	const modified = "Mon, 02 Jan 2006 15:04:05 GMT"
	for _, test := range []struct {
		name     string
		server   *flaky
		url      string
		options  string
		want     string
		requests int64
		ranges   int64
	}{
		{"etag", &flaky{etag: `"a"`}, "/cut/3", "", "200 " + whole + " 4", 4, 3},
		{"date", &flaky{modified: modified}, "/cut/2", "", "200 " + whole + " 3", 3, 2},
		{"nothing to go by", &flaky{}, "/cut/2", "", "200 " + whole + " 3", 3, 0},
		{"weak etag", &flaky{etag: `W/"a"`}, "/cut/2", "", "200 " + whole + " 3", 3, 0},
		{"no ranges", &flaky{etag: `"a"`, noRange: true}, "/cut/2", "", "200 " + whole + " 3", 3, 0},
		{"changed meanwhile", &flaky{etag: `"a"`, changed: true}, "/cut/1", "", "200 " + upper + " 2", 2, 1},
		{"another part", &flaky{etag: `"a"`, wrongPart: true}, "/cut/1", "", "200 " + whole + " 3", 3, 1},
		{"too often", &flaky{etag: `"a"`}, "/cut/9", "retries = 2", "truncated 3", 3, 2},
		{"checksum", &flaky{etag: `"a"`}, "/cut/1", `sha256 = "` + whole + `"`, "200 " + whole + " 2", 2, 1},
		{"wrong checksum of pieces", &flaky{etag: `"a"`}, "/cut/1", `sha256 = "` + upper + `"`, "checksum 3", 3, 1},
	} {
		t.Run(test.name, func(t *testing.T) {
			server := httptest.NewServer(test.server)
			defer server.Close()
			got := run(t, t.TempDir(), server, `local r, m, i = get("`+test.url+`", "x", {`+test.options+`})
				if not r then return print(i.class .. " " .. i.attempts .. list()) end
				assert(require "luart.digest".file("sha256", "x") == r.sha256)
				assert(list() == "x", list())
				print((r.status == 206 and 200 or r.status) .. " " .. r.sha256 .. " " .. r.attempts)`)
			if got != test.want {
				t.Errorf("%q, not %q", got, test.want)
			}
			if n, r := test.server.requests.Load(), test.server.ranges.Load(); n != test.requests || r != test.ranges && !test.server.noRange {
				t.Errorf("%d requests, %d for ranges", n, r)
			}
		})
	}
}

// What a call has received, a later one goes on with, even if the first was ended by force.
func TestResumeLater(t *testing.T) {
	f := &flaky{etag: `"a"`}
	server := httptest.NewServer(f)
	defer server.Close()
	dir := t.TempDir()
	got := run(t, dir, server, `local r, m, i = get("/cut/1", "x", {retries = 0, resume = true}) print(r, i.class, i.received > 0, list())`)
	if got != "nil\ttruncated\ttrue\tx.part x.part.json" {
		t.Fatal(got)
	}
	part, err := os.ReadFile(filepath.Join(dir, "x.part"))
	if err != nil || len(part) == 0 || !bytes.HasPrefix(body, part) {
		t.Fatal(len(part), err)
	}
	// As after a power cut: what was not synced is damaged.
	if err := os.WriteFile(filepath.Join(dir, "x.part"), append(part, make([]byte, 1000)...), 0o666); err != nil {
		t.Fatal(err)
	}
	got = run(t, dir, server, `local r, m, i = get("/cut/1", "x", {resume = true}) print(r.size, r.resumed, r.sha256, list())`)
	if want := fmt.Sprintf("%d\t%d\t%s\tx", len(body), len(part), sum(body)); got != want {
		t.Errorf("%q, not %q", got, want)
	}
	if f.ranges.Load() != 1 {
		t.Error(f.ranges.Load())
	}
	// A part of something else, one that isn't what it says, and files about parts that make no sense.
	for name, state := range map[string]string{
		"another URL":  `{"url":"http://example.com","etag":"\"a\"","size":1,"durable":1000}`,
		"damaged":      `{"url":"` + server.URL + `/file","etag":"\"a\"","size":` + strconv.Itoa(len(body)) + `,"durable":1000}`,
		"no validator": `{"url":"` + server.URL + `/file","size":1,"durable":1000}`,
		"nonsense":     `{"url":`, "negative": `{"url":"` + server.URL + `/file","etag":"\"a\"","durable":-1}`,
		"beyond the end": `{"url":"` + server.URL + `/file","etag":"\"a\"","size":-1,"durable":1e18}`,
	} {
		for file, text := range map[string]string{"x.part": strings.Repeat("?", 1000), "x.part.json": state} {
			if err := os.WriteFile(filepath.Join(dir, file), []byte(text), 0o666); err != nil {
				t.Fatal(err)
			}
		}
		got = run(t, dir, server, `local r, m, i = get("/file", "x", {resume = true, sha256 = "`+sum(body)+`"}) print(r and r.size or m, r and r.resumed, list())`)
		if want := fmt.Sprintf("%d\t0\tx", len(body)); got != want {
			t.Errorf("%s: %q, not %q", name, got, want)
		}
	}
	// A cancelled download leaves its part, too.
	release := make(chan struct{})
	slow := httptest.NewServer(nethttp.HandlerFunc(func(w nethttp.ResponseWriter, r *nethttp.Request) {
		w.Header().Set("ETag", `"b"`)
		w.Header().Set("Content-Length", "100000")
		w.Write(make([]byte, 50_000))
		w.(nethttp.Flusher).Flush()
		select {
		case <-release:
		case <-r.Context().Done():
		}
	}))
	defer slow.Close()
	defer close(release)
	got = run(t, t.TempDir(), slow, `local r, m, i = get("/", "x", {resume = true, progress = function(n, total) assert(total == 100000) return false end}) print(r, i.class, list(), fs.getSize("x.part") > 0)`)
	if got != "nil\tcancelled\tx.part x.part.json\ttrue" {
		t.Error(got)
	}
}

// Several at a time, while the computer goes on.
func TestMany(t *testing.T) {
	server := httptest.NewServer(&flaky{etag: `"a"`})
	defer server.Close()
	got := run(t, t.TempDir(), server, `
		local all, sums = {}, {}
		for i = 1, 20 do all[i] = function() sums[assert(get("/cut/3", "f" .. i)).sha256] = true end end
		parallel.waitForAll(table.unpack(all))
		print(next(sums), next(sums, (next(sums))))`)
	if got != sum(body)+"\tnil" {
		t.Error(got)
	}
}
