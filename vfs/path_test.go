package vfs

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestPaths(t *testing.T) {
	for path, want := range map[string]string{
		"": "", "/": "", "//a//b/": "a/b", `a\b\..\c`: "a/c", "a/./b/.../c/....": "a/b/c", "..": "..", "a/../..": "..", "../../a/..": "../..",
		" a / b ": "a/b", "a\x01b\n": "ab", `":<>|`: "", "x*?": "x", "...x": "...x", "\xff\xfe": "\xff\xfe", ". .": ". .", "a/ .. /b": "b",
		strings.Repeat("y", 300): strings.Repeat("y", 255), strings.Repeat("z", 254) + " z": strings.Repeat("z", 254),
	} {
		if got := Clean(path); got != want {
			t.Errorf("Clean(%q) is %q, not %q", path, got, want)
		}
	}
	for _, test := range []struct{ folder, path, rest string }{
		{"", "a", "a"}, {"Rom", "rOM/x", "x"}, {"rom", "ROM", ""}, {"rom", "roma", "no"}, {"rom", "ro", "no"}, {"a/b", "A/B/c/d", "c/d"},
	} {
		rest, ok := within(test.folder, test.path)
		if ok && rest != test.rest || !ok && test.rest != "no" {
			t.Errorf("within(%q, %q) is %q, %v", test.folder, test.path, rest, ok)
		}
	}
}

func checkClean(t *testing.T, path, from string) {
	t.Helper()
	out := false
	for i, part := range strings.Split(path, "/") {
		if part == ".." && i > 0 && !out || part == "." || part == "" && path != "" || len(part) > 255 || strings.ContainsAny(part, "\\\x00:") {
			t.Errorf("%q gives %q", from, path)
		}
		out = part == ".." && (i == 0 || out)
	}
}

// FuzzPath: whatever the path, cleaning is done once, and nothing outside of the folder is reached.
func FuzzPath(f *testing.F) {
	for _, s := range []string{"", "/", "a/../..", "..\\..", "a/.../b", " . / x", "\xff/..", "C:\\x", "a/../../b/..", "../outside", "up/outside", "link",
		"a/.. /../outside", "nul", "con", "in/../../outside", strings.Repeat("..../", 50), "rom/../../outside", ".luart-0123456789abcdef.tmp"} {
		f.Add(s)
	}
	dir := f.TempDir()
	root := filepath.Join(dir, "root")
	must(f, os.Mkdir(root, 0o777))
	must(f, os.WriteFile(filepath.Join(dir, "outside"), []byte("secret"), 0o666))
	links := os.Symlink("..", filepath.Join(root, "up")) == nil && os.Symlink("../outside", filepath.Join(root, "link")) == nil
	f.Fuzz(func(t *testing.T, s string) {
		path := Clean(s)
		checkClean(t, path, s)
		if Clean(path) != path || CleanPattern(path) != path {
			t.Errorf("%q gives %q, which is not clean: %q", s, path, Clean(path))
		}
		if joined := Combine(s, "x"); Combine(joined) != joined {
			t.Errorf("%q combines to %q, which is not clean", s, joined)
		}
		disk, err := Folder(root)
		must(t, err)
		files, err := New(Options{Mounts: []Mount{{FS: disk}}})
		must(t, err)
		defer files.Close()
		if file, err := files.Open(s, Write, nil); err == nil {
			file.WriteString("x")
			file.Close()
		}
		if file, err := files.Open(s, Read, nil); err == nil {
			in, _ := file.Input()
			if b, _ := in.Peek(6); string(b) == "secret" {
				t.Errorf("%q leads out", s)
			}
		}
		files.MakeDir(s, nil)
		files.Copy(s, s+"x", nil)
		files.Move(s, s+"y", nil)
		if path != "up" && path != "link" {
			files.Delete(s, nil)
		}
		if b, err := os.ReadFile(filepath.Join(dir, "outside")); err != nil || string(b) != "secret" {
			t.Fatalf("%q changes what is outside", s)
		}
		entries, err := os.ReadDir(dir)
		must(t, err)
		if len(entries) != 2 {
			t.Fatalf("%q leaves something outside: %v", s, entries)
		}
		if _, err := os.Lstat(filepath.Join(root, "up")); err != nil && links {
			os.Symlink("..", filepath.Join(root, "up"))
		}
		if _, err := os.Lstat(filepath.Join(root, "link")); err != nil && links {
			os.Symlink("../outside", filepath.Join(root, "link"))
		}
	})
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
