//go:build unix

package fs_test

import (
	"os"
	"path/filepath"
	"syscall"
	"testing"
)

// No symbolic link leads out of the root, and nothing that is opened can block.
func TestNothingLeadsOut(t *testing.T) {
	c, dir := newComputer(t, 0)
	for name, target := range map[string]string{"out": "../outside", "abs": filepath.Join(dir, "..", "outside"), "up": "..", "in": "hello.txt"} {
		if err := os.Symlink(target, filepath.Join(dir, name)); err != nil {
			t.Fatal(err)
		}
	}
	if err := syscall.Mkfifo(filepath.Join(dir, "pipe"), 0o666); err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct{ code, want string }{
		{"return fs.open('in', 'r').readLine()", "one"},
		{"return fs.open('out', 'r')", "nil /out: Access denied"},
		{"return fs.open('abs', 'r')", "nil /abs: Access denied"},
		{"return fs.exists('out'), fs.exists('up/outside'), fs.isDir('up')", "false false false"},
		{"fs.list('up')", "test:1: /up: Access denied"},
		{"return fs.open('up/outside', 'r')", "nil /up/outside: Access denied"},
		{"return fs.open('pipe', 'r')", "nil /pipe: Not a file"},
	} {
		if got := c.Run(test.code); got != test.want {
			t.Errorf("%s\n got %q\nwant %q", test.code, got, test.want)
		}
	}
}
