package control_test

import (
	"archive/zip"
	"bytes"
	"fmt"
	"io/fs"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// fault is what may be wrong with a file, and what comes of it: the files in the package's folder, or a failure.
type fault struct {
	name    string
	file    string // its name on the server; x.zip unless given
	content []byte
	serve   func(content []byte) http.HandlerFunc // how it is served; well, unless given
	asset   object
	rules   object

	files  string   // what is in the folder then
	fails  string   // or the failure's type,
	says   []string // whose text has this
	most   int      // requests for the file; 0 is any number
	before string   // code that comes before the update
}

func cut(t testing.TB, w http.ResponseWriter, reset bool) {
	conn, _, err := w.(http.Hijacker).Hijack()
	if err != nil {
		t.Error(err)
		return
	}
	if tcp, ok := conn.(*net.TCPConn); ok && reset {
		tcp.SetLinger(0)
	}
	conn.Close()
}

func withSymlink(t testing.TB) []byte {
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	for name, mode := range map[string]fs.FileMode{"link.dat": fs.ModeSymlink | 0o777, "good.dat": 0o666} {
		h := &zip.FileHeader{Name: name}
		h.SetMode(mode)
		f, err := w.CreateHeader(h)
		if err == nil {
			_, err = f.Write([]byte(map[bool]string{true: "../../../../evil", false: dbpf("good")}[mode&fs.ModeSymlink != 0]))
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func withOldName(t testing.TB, name string) []byte {
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	f, err := w.CreateHeader(&zip.FileHeader{Name: name, NonUTF8: true})
	if err == nil {
		_, err = f.Write([]byte(dbpf("old")))
	}
	if err == nil {
		err = w.Close()
	}
	if err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// times serves badly so many times, then well.
func times(n int, bad func(w http.ResponseWriter, r *http.Request, content []byte)) func([]byte) http.HandlerFunc {
	return func(content []byte) http.HandlerFunc {
		asked := 0
		return func(w http.ResponseWriter, r *http.Request) {
			if asked++; asked <= n {
				bad(w, r, content)
				return
			}
			w.Header().Set("ETag", `"1"`)
			http.ServeContent(w, r, "", zeroTime, bytes.NewReader(content))
		}
	}
}

const always = 1 << 30

func status(code int) func(w http.ResponseWriter, r *http.Request, content []byte) {
	return func(w http.ResponseWriter, _ *http.Request, _ []byte) { w.WriteHeader(code) }
}

func faults(t *testing.T) []fault {
	good := zipped(t, "a.dat", dbpf(strings.Repeat("good", 20000)), "pad.bin", string(noise(200_000)))
	goodFiles := "a.dat: " + dbpf(strings.Repeat("good", 20000))
	small := zipped(t, "a.dat", dbpf("a"))
	other := bytes.Clone(good)
	truncated := func(w http.ResponseWriter, r *http.Request, content []byte) {
		w.Header().Set("Content-Length", fmt.Sprint(len(content)))
		w.Header().Set("ETag", `"1"`)
		w.Write(content[:len(content)/2])
		w.(http.Flusher).Flush()
		cut(t, w, false)
	}
	reset := func(w http.ResponseWriter, _ *http.Request, _ []byte) { cut(t, w, true) }
	const failed, extraction = "/error/download-failed", "/error/extraction-failed"
	// testdata has top/a.dat, top/sub/b.sc4lot and top/readme.txt in archives: mod.7z by 7z a -mx=9, mod.rar with stored files, as makeRar5 of
	// stdlib/archive's tests writes them.
	packed := func(name string) []byte {
		content, err := os.ReadFile(filepath.Join("testdata", name))
		if err != nil {
			t.Fatal(err)
		}
		return content
	}
	const packedFiles = "a.dat: DBPFa\n150-mods/g.p.1.sc4pac/sub/b.sc4lot: DBPFb"
	return []fault{
		{name: "well", content: small, files: "a.dat: DBPFa", most: 1},
		{name: "7z", file: "x.7z", content: packed("mod.7z"), files: packedFiles, most: 1},
		{name: "rar", file: "x.rar", content: packed("mod.rar"), files: packedFiles, most: 1},
		{name: "7z in a zip", content: zipped(t, "in.7z", string(packed("mod.7z"))), files: packedFiles, most: 1},
		{name: "truncated 7z", file: "x.7z", content: packed("mod.7z")[:100], fails: extraction, says: []string{"x.7z"}, most: 1},
		{name: "truncated rar", file: "x.rar", content: packed("mod.rar")[:100], fails: extraction, says: []string{"x.rar"}, most: 1},
		{name: "truncated always", content: good, serve: times(always, truncated), fails: failed, says: []string{"/files/x.zip", "asset x"}, most: 6},
		{name: "truncated once", content: good, serve: times(1, truncated), files: goodFiles, most: 2},
		{name: "shorter than the archive", content: small, serve: times(always, func(w http.ResponseWriter, _ *http.Request, content []byte) {
			w.Write(content[:len(content)-30])
		}), fails: extraction, says: []string{"asset x", "package g:p", "x.zip"}, most: 1},
		{name: "longer than it says", content: small, serve: times(always, func(w http.ResponseWriter, _ *http.Request, content []byte) {
			conn, b, err := w.(http.Hijacker).Hijack()
			if err != nil {
				t.Error(err)
				return
			}
			fmt.Fprintf(b, "HTTP/1.1 200 OK\r\nContent-Length: 40\r\n\r\n%s", content)
			b.Flush()
			conn.Close()
		}), fails: extraction, says: []string{"asset x", "package g:p"}, most: 1},
		{name: "wrong checksum", content: small, asset: object{"checksum": object{"sha256": sum([]byte("other"))}}, fails: failed, says: []string{"/files/x.zip", "SHA-256"}, most: 2},
		{name: "right checksum", content: small, asset: object{"checksum": object{"sha256": sum(small)}}, files: "a.dat: DBPFa", most: 1},
		{name: "404", content: small, serve: times(always, status(404)), fails: failed, says: []string{"404", "/files/x.zip"}, most: 1},
		{name: "403", content: small, serve: times(always, status(403)), fails: failed, says: []string{"403"}, most: 1},
		{name: "429", content: small, serve: times(always, func(w http.ResponseWriter, _ *http.Request, _ []byte) {
			w.Header().Set("Retry-After", "86400")
			w.WriteHeader(429)
		}), fails: failed, says: []string{"429"}, most: 1},
		{name: "500 always", content: small, serve: times(always, status(500)), fails: failed, says: []string{"500"}, most: 6},
		{name: "500 twice", content: small, serve: times(2, status(500)), files: "a.dat: DBPFa", most: 3},
		{name: "redirects", content: small, serve: times(3, func(w http.ResponseWriter, r *http.Request, _ []byte) {
			http.Redirect(w, r, "/files/x.zip?"+r.URL.RawQuery+"x", http.StatusFound)
		}), files: "a.dat: DBPFa", most: 4},
		{name: "redirects without end", content: small, serve: times(always, func(w http.ResponseWriter, r *http.Request, _ []byte) {
			http.Redirect(w, r, "/files/x.zip", http.StatusFound)
		}), fails: failed, most: 120},
		{name: "redirect to a file", content: small, serve: times(always, func(w http.ResponseWriter, _ *http.Request, _ []byte) {
			w.Header().Set("Location", "file:///etc/passwd")
			w.WriteHeader(http.StatusFound)
		}), fails: failed, most: 6},
		{name: "slow", content: small, serve: times(always, func(w http.ResponseWriter, _ *http.Request, content []byte) {
			for _, each := range content {
				w.Write([]byte{each})
				w.(http.Flusher).Flush()
			}
		}), files: "a.dat: DBPFa", most: 1},
		{name: "silent", content: small, before: "TIMEOUT = 0.1", serve: times(always, func(_ http.ResponseWriter, r *http.Request, _ []byte) {
			select {
			case <-r.Context().Done():
			case <-time.After(time.Minute):
			}
		}), fails: failed, most: 6},
		{name: "a web page", content: []byte("<!DOCTYPE html><title>Maintenance</title>"), serve: times(always, func(w http.ResponseWriter, _ *http.Request, content []byte) {
			w.Header().Set("Content-Type", "text/html; charset=utf-8")
			w.Write(content)
		}), fails: failed, says: []string{"web page"}, most: 2},
		{name: "reset always", content: small, serve: times(always, reset), fails: failed, most: 6},
		{name: "reset once", content: small, serve: times(1, reset), files: "a.dat: DBPFa", most: 2},
		{name: "another content after the first half", content: good, serve: func([]byte) http.HandlerFunc {
			changed := zipped(t, "b.dat", dbpf("changed"), "pad.bin", string(noise(300_000)))
			asked := 0
			return func(w http.ResponseWriter, r *http.Request) {
				if asked++; asked == 1 {
					truncated(w, r, other)
					return
				}
				w.Header().Set("ETag", `"2"`)
				http.ServeContent(w, r, "", zeroTime, bytes.NewReader(changed))
			}
		}, files: "b.dat: DBPFchanged", most: 3},
		{name: "another content without saying so", content: good, serve: func([]byte) http.HandlerFunc {
			changed := zipped(t, "b.dat", dbpf("changed"), "pad.bin", string(noise(300_000)))
			asked := 0
			return func(w http.ResponseWriter, r *http.Request) {
				if asked++; asked == 1 {
					w.Header().Set("Content-Length", fmt.Sprint(len(other)))
					w.Write(other[:len(other)/2])
					w.(http.Flusher).Flush()
					cut(t, w, false)
					return
				}
				http.ServeContent(w, r, "", zeroTime, bytes.NewReader(changed))
			}
		}, files: "b.dat: DBPFchanged", most: 4},
		{name: "paths that lead out", files: "good.dat: DBPFgood", most: 1, content: zipped(t, "../evil.dat", dbpf("e"), "/evil.dat", dbpf("e"), "x/../../../evil.dat", dbpf("e"),
			`..\evil.dat`, dbpf("e"), `C:\evil.dat`, dbpf("e"), "//host/evil.dat", dbpf("e"), "good.dat", dbpf("good"))},
		{name: "a bomb", content: zipped(t, "a.dat", dbpf(strings.Repeat("\x00", 64<<20))), fails: extraction, says: []string{"500 times", "asset x"}, most: 1},
		{name: "a link", content: withSymlink(t), files: "good.dat: DBPFgood", most: 1},
		{name: "names in CP437", content: withOldName(t, "stra\xe1e.dat"), files: "straße.dat: DBPFold", most: 1},
		{name: "no file of the game", content: zipped(t, "a.dat", "MZ program"), fails: extraction, says: []string{"a.dat", "DBPF", "package g:p"}, most: 1},
		{name: "a file with a wrong checksum", content: zipped(t, "a.dll", "x"), rules: object{"withChecksum": []object{{"include": "dll$", "sha256": sum(nil)}}}, fails: extraction, says: []string{"a.dll", "SHA-256"}, most: 1},
		{name: "no archive", content: []byte("this is no archive"), fails: extraction, says: []string{"x.zip"}, most: 1},
		{name: "an archive in another one", content: zipped(t, "in.zip", string(zipped(t, "sub/a.dat", dbpf("in"), "deep.zip", string(zipped(t, "b.dat", dbpf("deep")))))), files: "a.dat: DBPFin", most: 1},
		{name: "Clickteam", file: "x.exe", content: []byte("MZ"), asset: object{"archiveType": []object{{"format": "Clickteam", "version": "40"}}}, fails: extraction, says: []string{"x.exe", "cicdec", "asset x"}, most: 1},
		{name: "NSIS", file: "x.exe", content: append([]byte("MZ"+strings.Repeat("\x00", 510)), "\x00\x00\x00\x00\xef\xbe\xad\xdeNullsoftInst"+strings.Repeat("\x00", 100)...), fails: extraction, says: []string{"x.exe", "7z"}, most: 1},
		{name: "patterns that match nothing", content: small, rules: object{"include": []string{"a\\.dat", "nothing"}}, files: "a.dat: DBPFa", says: []string{"did not match any files in the asset x: nothing"}, most: 1},
		{name: "malformed patterns", content: small, rules: object{"include": []string{"a\\.dat", "("}}, files: "a.dat: DBPFa", says: []string{"malformed"}, most: 1},
		{name: "a pattern without end", content: zipped(t, strings.Repeat("a", 60)+"!.dat", dbpf("a"), "a.dat", dbpf("a")), rules: object{"include": []string{"(a|aa)+$", "^/a\\.dat"}}, files: "a.dat: DBPFa", says: []string{"can't be used"}, most: 1},
	}
}

// noise can't be compressed.
func noise(n int) []byte {
	b := make([]byte, n)
	state := uint32(1)
	for i := range b {
		state = state*1664525 + 1013904223
		b[i] = byte(state >> 24)
	}
	return b
}

// Whatever is wrong with a file, the update ends as it should, and leaves nothing.
func TestUpdateFaults(t *testing.T) {
	for _, f := range faults(t) {
		t.Run(strings.ReplaceAll(f.name, " ", "_"), func(t *testing.T) {
			b := newWorkbench(t)
			if f.file == "" {
				f.file = "x.zip"
			}
			b.channel.asset("x", "1", f.file, f.content, f.asset)
			if f.serve != nil {
				b.channel.file(f.file, f.serve(f.content))
			}
			b.channel.pkg("g:p", "1", object{"assets": []object{uses("x", f.rules)}})
			got := b.run(f.before + ` profile:save { explicit = { "g:p" } } brieflyGo()`)
			if asked := b.channel.asked(f.file); f.most > 0 && asked > f.most {
				t.Errorf("the file was asked for %d times", asked)
			}
			if f.fails != "" && !strings.Contains(got, "\nfailure\t"+f.fails+"\t") || f.fails == "" && strings.Contains(got, "\nfailure") {
				t.Errorf("the update has ended with\n%s", got)
			}
			for _, text := range f.says {
				if !strings.Contains(got, text) {
					t.Errorf("%q is not in\n%s", text, got)
				}
			}
			inside := ""
			if f.files != "" {
				inside = "150-mods/g.p.1.sc4pac/" + f.files
			}
			b.inPlugins(inside)
			b.clean()
			for _, dir := range []string{b.data, filepath.Dir(b.data), b.plugins} {
				filepath.WalkDir(dir, func(path string, _ fs.DirEntry, _ error) error {
					if strings.Contains(filepath.Base(path), "evil") {
						t.Errorf("there is %s", path)
					}
					return nil
				})
			}
		})
	}
}

// A file that has broken in the cache is fetched again; a failure is forgotten by the next update.
func TestUpdateHeals(t *testing.T) {
	b := newWorkbench(t)
	b.channel.asset("x", "1", "x.zip", zipped(t, "a.dat", dbpf("a")))
	b.channel.pkg("g:p", "1", object{"assets": []object{uses("x")}})
	b.explicit("g:p")
	b.run(`assert(brieflyGo()) profile:save { explicit = {} } assert(brieflyGo())`)
	var cached string
	filepath.WalkDir(filepath.Join(b.data, "profiles", "1", "cache"), func(path string, _ fs.DirEntry, _ error) error {
		if filepath.Base(path) == "x.zip" {
			cached = path
		}
		return nil
	})
	if err := os.WriteFile(cached, make([]byte, 100), 0o666); err != nil {
		t.Fatal(err)
	}
	b.explicit("g:p")
	got := b.run(`assert(brieflyGo())`)
	if !strings.Contains(got, "log\twarning\tthe file of /files/x.zip in the cache is broken, and is fetched again: ") || b.channel.asked("x.zip") != 2 {
		t.Errorf("asked %d times; %s", b.channel.asked("x.zip"), got)
	}
	b.inPlugins("150-mods/g.p.1.sc4pac/a.dat: DBPFa")

	// What fails doesn't keep the rest from coming; and each file is named.
	for i := range 5 {
		id := fmt.Sprintf("y%d", i)
		b.channel.asset(id, "1", id+".zip", zipped(t, id+".dat", dbpf("y")))
		b.channel.pkg("g:"+id, "1", object{"assets": []object{uses(id)}})
	}
	b.channel.file("y1.zip", http.NotFound)
	b.channel.file("y3.zip", http.NotFound)
	b.explicit("g:p", "g:y0", "g:y1", "g:y2", "g:y3", "g:y4")
	got = b.run(`brieflyGo(nil, { refresh = true })`)
	for _, text := range []string{"failure\t/error/download-failed\tFailed to download 2 files.", "y1: ", "y3: ", "/files/y1.zip", "/files/y3.zip"} {
		if !strings.Contains(got, text) {
			t.Errorf("%q is not in %s", text, got)
		}
	}
	b.inPlugins("150-mods/g.p.1.sc4pac/a.dat: DBPFa")
	for _, id := range []string{"y1", "y3"} {
		b.channel.asset(id, "1", id+".zip", zipped(t, id+".dat", dbpf("y")))
	}
	b.run(`assert(brieflyGo())`)
	for i, want := range []int{1, 2, 1, 2, 1} {
		if n := b.channel.asked(fmt.Sprintf("y%d.zip", i)); n != want {
			t.Errorf("y%d.zip was asked for %d times, not %d", i, n, want)
		}
	}
	b.clean()
}

// A site that has enough is left alone, and others aren't.
func TestUpdateLeavesSitesAlone(t *testing.T) {
	b := newWorkbench(t)
	second := newChannel(t)
	var ids []string
	for i := range 6 {
		id := fmt.Sprintf("y%d", i)
		b.channel.asset(id, "1", id+".zip", zipped(t, id+".dat", dbpf("y")))
		if i < 4 {
			b.channel.file(id+".zip", func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Retry-After", "86400")
				w.WriteHeader(http.StatusTooManyRequests)
			})
		} else {
			second.asset(id, "1", id+".zip", zipped(t, id+".dat", dbpf("y")))
			b.channel.asset(id, "1", id+".zip", nil, object{"url": second.url + "files/" + id + ".zip"})
		}
		b.channel.pkg("g:"+id, "1", object{"assets": []object{uses(id)}})
		ids = append(ids, "g:"+id)
	}
	b.explicit(ids...)
	got := b.run(`brieflyGo()`)
	if !strings.Contains(got, "Failed to download 4 files.") || !strings.Contains(got, "It was not tried, as others of the same site have failed.") {
		t.Error(got)
	}
	if n := len(b.channel.requests); n > 2 {
		t.Errorf("the site was asked %d times", n)
	}
	for i := 4; i < 6; i++ {
		if n := second.asked(fmt.Sprintf("y%d.zip", i)); n != 1 {
			t.Errorf("y%d.zip was asked for %d times", i, n)
		}
	}
	b.clean()
}
