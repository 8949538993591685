package runtime_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/luart/luart/runtime"
)

func TestFiles(t *testing.T) {
	dir, data := t.TempDir(), t.TempDir()
	if err := os.WriteFile(filepath.Join(data, "d.txt"), []byte("data"), 0o666); err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		code    string
		options []runtime.Option
		want    string
	}{
		{"local h = fs.open('/x/y', 'w') h.write('hi') h.close() print(fs.open('x/y', 'r').readAll())", nil, "hi"},
		{"local free, all = fs.getFreeSpace('/'), fs.getCapacity('/') print(free > 0 and free <= all and all % 1 == 0, fs.getDrive('/'))", nil, "true\thdd"},
		{"print(fs.getFreeSpace('/'), fs.getCapacity('/'))", []runtime.Option{runtime.WithQuota(10000)}, "9000\t10000"},
		{"local h = fs.open('big', 'w') print(pcall(h.write, ('x'):rep(9999))) h.close() fs.delete('big')", []runtime.Option{runtime.WithQuota(10000)}, "false\ttest:1: Out of space"},
		{"print(fs.getDrive('/tmp'), fs.getCapacity('/tmp'), fs.getFreeSpace('/tmp')) fs.open('/tmp/x', 'w').close() print(fs.exists('/tmp/x'))", nil, "tmp\t16777216\t16777216\ntrue"},
		{"print(fs.open('/Data/d.txt', 'r').readAll(), fs.getDrive('data'), fs.open('data/e', 'w'))", []runtime.Option{runtime.WithMount(data, "/data", true)}, "data\tdata\tnil\t/data/e: Access denied"},
		{"fs.copy('/a/b/d.txt', '/a/b/e.txt') print(fs.getSize('a/b/e.txt'), fs.list('a')[1])", []runtime.Option{runtime.WithMount(data, "a/b", false)}, "4\tb"},
		{"print(fs.getDrive('/tmp/d.txt'), #fs.list('tmp'))", []runtime.Option{runtime.WithMount(data, "tmp", false)}, "tmp\t2"},
	} {
		r := run(t, test.code, append(test.options, runtime.WithRoot(dir))...)
		if got := strings.TrimSuffix(r.out, "\n"); r.err != nil || got != test.want {
			t.Errorf("%s\n got %q, %v\nwant %q", test.code, got, r.err, test.want)
		}
		if r.log != "" {
			t.Error(r.log)
		}
	}
	if r := run(t, "print(fs.open('x', 'w')) print(#fs.list('/tmp'), fs.open('/tmp/y', 'w') ~= nil)"); !strings.Contains(r.out, "nil\t/x: Access denied\n0\ttrue\n") {
		t.Errorf("without a root: %q, %v", r.out, r.err)
	}
}

// A file that the program doesn't close stays as it was, and somebody is told.
func TestForgottenFiles(t *testing.T) {
	dir := t.TempDir()
	r := run(t, "local h = fs.open('f', 'w') h.write('1') h.close() h = fs.open('f', 'w') h.write('2')  local l = fs.open('log', 'a') l.write('end')", runtime.WithRoot(dir))
	if b, err := os.ReadFile(filepath.Join(dir, "f")); err != nil || string(b) != "1" || r.err != nil {
		t.Errorf("%q, %v, %v", b, err, r.err)
	}
	if b, err := os.ReadFile(filepath.Join(dir, "log")); err != nil || string(b) != "end" {
		t.Errorf("%q, %v", b, err)
	}
	if !strings.Contains(r.log, "never closed") || !strings.Contains(r.log, "path=/f") || strings.Contains(r.log, "path=/log") {
		t.Error(r.log)
	}
	if entries, err := os.ReadDir(dir); err != nil || len(entries) != 2 {
		t.Error(entries, err)
	}
}

func TestMountsThatDontGo(t *testing.T) {
	dir := t.TempDir()
	for _, test := range []struct {
		options []runtime.Option
		want    string
	}{
		{[]runtime.Option{runtime.WithMount(dir, "/", false)}, "root folder"},
		{[]runtime.Option{runtime.WithMount(dir, "a/../../b", false)}, "leads out"},
		{[]runtime.Option{runtime.WithMount(dir, "ROM", false)}, "one at /ROM already"},
		{[]runtime.Option{runtime.WithMount(dir, "a", false), runtime.WithMount(dir, "/A/", true)}, "one at /A already"},
		{[]runtime.Option{runtime.WithMount(filepath.Join(dir, "no"), "a", false)}, `mount at "a"`},
		{[]runtime.Option{runtime.WithQuota(-1)}, "negative"},
	} {
		if _, err := runtime.New(test.options...); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%v, not %q", err, test.want)
		}
	}
}

// What a program changes is there for it, but not in the folders.
func TestScratch(t *testing.T) {
	dir, other := t.TempDir(), t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "kept.txt"), []byte("kept"), 0o666); err != nil {
		t.Fatal(err)
	}
	r := run(t, `
		fs.delete("kept.txt")
		for _, name in ipairs { "new/file", "other/file" } do
			local f = assert(fs.open(name, "w"))
			f.write(name)
			f.close()
		end
		print(fs.exists("kept.txt"), fs.open("new/file", "r").readAll(), fs.open("other/file", "r").readAll())`,
		runtime.WithRoot(dir), runtime.WithMount(other, "other", false), runtime.WithScratch(1<<20))
	if r.err != nil || r.out != "false\tnew/file\tother/file\n" {
		t.Errorf("%+v", r)
	}
	if text, err := os.ReadFile(filepath.Join(dir, "kept.txt")); string(text) != "kept" {
		t.Error("a file was deleted:", err)
	}
	for _, d := range []string{filepath.Join(dir, "new"), filepath.Join(other, "file")} {
		if _, err := os.Stat(d); err == nil {
			t.Error("there is", d)
		}
	}
}
