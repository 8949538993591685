//go:build unix

package vfs

import (
	"os"
	"path/filepath"
	"syscall"
	"testing"
)

// No symbolic link leads out of the folder, whatever is done to it, and nothing that is opened can block.
func TestNothingLeadsOut(t *testing.T) {
	top := t.TempDir()
	dir := filepath.Join(top, "root")
	outside := filepath.Join(top, "outside")
	must(t, os.MkdirAll(filepath.Join(dir, "d"), 0o777))
	must(t, os.MkdirAll(outside, 0o777))
	must(t, os.WriteFile(filepath.Join(outside, "secret"), []byte("secret"), 0o666))
	must(t, os.WriteFile(filepath.Join(dir, "d", "f"), []byte("inside"), 0o666))
	for name, target := range map[string]string{
		"out": "../outside", "abs": outside, "up": "..", "file": "../outside/secret", "in": "d/f", "ind": "d", "loop": "loop", "nowhere": "d/new", "d/self": ".", "gone": "../outside/new",
	} {
		must(t, os.Symlink(target, filepath.Join(dir, name)))
	}
	must(t, syscall.Mkfifo(filepath.Join(dir, "pipe"), 0o666))
	for _, test := range []struct{ line, want string }{
		{"read in", "inside"}, {"read ind/f", "inside"}, {"read file", "/file: Access denied"}, {"read out/secret", "/out/secret: Access denied"}, {"read abs/secret", "/abs/secret: Access denied"},
		{"read up/outside/secret", "/up/outside/secret: Access denied"}, {"list out", "/out: Access denied"}, {"list up", "/up: Access denied"}, {"stat file", "/file: Access denied"},
		{"write file x", "/file: Access denied"}, {"write out/x x", "/out/x: Access denied"}, {"append file x", "/file: Access denied"}, {"update abs/secret x", "/abs/secret: Access denied"},
		{"write gone x", "/gone: Access denied"}, {"append gone x", "/gone: Access denied"},
		{"mkdir out/x", "/out/x: Access denied"}, {"mkdir up/x", "/up/x: Access denied"}, {"delete out/secret", "/out/secret: Access denied"}, {"delete up/outside", "/up/outside: Access denied"},
		{"move d/f out/f", "Access denied"}, {"move out/secret x", "Access denied"}, {"copy out x", "/out: Access denied"}, {"copy d/f out/f", "/out/f: Access denied"},
		{"copy d x", "/d/self: Too many directories to copy"}, {"delete x", "ok"}, {"read loop", "/loop: Access denied"}, {"write loop x", "/loop: Access denied"},
		{"read pipe", "/pipe: Not a file"}, {"write pipe x", "/pipe: Access denied"}, {"append pipe x", "/pipe: Access denied"}, {"copy pipe x", "/pipe: Not a file"}, {"stat pipe", "0 false false"},
		// Links inside lead to what they led to before.
		{"write in new; read d/f", "new"}, {"write nowhere made; read d/new", "made"}, {"append in er; read d/f", "newer"},
		{"delete d/self; copy ind x; read x/f", "newer"}, {"free /", "92000"},
		// A link itself can be moved and deleted.
		{"move out d/out; list d", "f new out"}, {"copy d/f d/out", "/d/out: File exists"}, {"move d/f nowhere", "File exists"}, {"delete d", "ok"}, {"delete file; delete abs; delete up; delete gone", "ok"},
		{"free /", "96000"},
	} {
		files := openFS(t, dir, 100_000)
		if got := do(files, test.line); got != test.want {
			t.Errorf("%s\n got %q\nwant %q", test.line, got, test.want)
		}
	}
	if b, err := os.ReadFile(filepath.Join(outside, "secret")); err != nil || string(b) != "secret" {
		t.Errorf("%q, %v", b, err)
	}
	if entries, err := os.ReadDir(outside); err != nil || len(entries) != 1 {
		t.Error(entries, err)
	}
}
