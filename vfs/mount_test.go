package vfs

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"testing"

	"github.com/spf13/afero"
)

// closing is a file system that tells whether it was closed.
type closing struct {
	afero.Fs
	closed int
}

func (c *closing) Close() error { c.closed++; return nil }

func TestMountingWhileInUse(t *testing.T) {
	files, dir := newFS(t, 0)
	must(t, os.MkdirAll(filepath.Join(dir, "disk"), 0o777))
	must(t, os.WriteFile(filepath.Join(dir, "disk", "hidden"), nil, 0o666))
	disk := &closing{Fs: Memory()}
	must(t, files.Mount(Mount{Path: "/disk/", Label: "floppy", FS: disk, Capacity: 10_000}))
	must(t, files.Mount(Mount{Path: "disk/inner", Label: "inner", FS: Memory(), ReadOnly: true}))
	for _, test := range []struct{ line, want string }{
		{"list /", "disk far mem rom"}, {"list disk", "inner"}, {"write disk/f x; read DISK/f", "x"}, {"drive disk/f", "floppy"}, {"free disk", "9500"},
		{"drive disk/inner", "inner"}, {"write disk/inner/x x", "/disk/inner/x: Access denied"}, {"delete disk", "/disk: Access denied"},
	} {
		if got := do(files, test.line); got != test.want {
			t.Errorf("%s\n got %q\nwant %q", test.line, got, test.want)
		}
	}
	for path, want := range map[string]error{"disk": ErrExists, "Disk/Inner": ErrExists, "": ErrExists, "ROM": ErrExists, "..": ErrInvalid, "../x": ErrInvalid} {
		if err := files.Mount(Mount{Path: path, FS: Memory()}); !errors.Is(err, want) {
			t.Errorf("%q: %v", path, err)
		}
	}
	if m, ok := files.Mounted("Disk"); !ok || m.Label != "floppy" {
		t.Error(m, ok)
	}
	for _, path := range []string{"disk/f", "di", "..", "far"} {
		if _, ok := files.Mounted(path); ok {
			t.Errorf("%q is said to be a mount", path)
		}
		if err := files.Unmount(path); !errors.Is(err, ErrNotFound) {
			t.Errorf("%q: %v", path, err)
		}
	}
	if err := files.Unmount("/"); !errors.Is(err, ErrAccess) {
		t.Error(err)
	}

	reader, writer, other := open(t, files, "disk/f", Read), open(t, files, "disk/f", Write), open(t, files, "mem/g", Write)
	must(t, writer.WriteString("lost"))
	must(t, files.Unmount("disk"))
	if disk.closed != 1 {
		t.Errorf("the disk was closed %d times", disk.closed)
	}
	if _, err := reader.Input(); err != ErrClosed || writer.WriteString("x") != ErrClosed || writer.Close() != ErrClosed {
		t.Error("files of a mount that is gone are open")
	}
	must(t, other.Close())
	if got := do(files, "list disk") + "|" + do(files, "list disk/inner") + "|" + do(files, "read disk/f"); got != "hidden inner||/disk/f: No such file" {
		t.Error(got)
	}
	if got, err := afero.ReadFile(disk.Fs, "f"); string(got) != "x" || err != nil {
		t.Errorf("%q, %v", got, err)
	}
	must(t, files.Unmount("disk/inner"))
	if got := do(files, "list disk"); got != "hidden" {
		t.Error(got)
	}
}

// The mounts are looked through from the longest path to the shortest, however they came.
func TestOrderOfMounts(t *testing.T) {
	files, err := New(Options{Mounts: []Mount{{Label: "root", FS: Memory()}}})
	must(t, err)
	for i, path := range []string{"a", "a/b/c", "a/b", "x/y", "a/b/c/d", "b"} {
		must(t, files.Mount(Mount{Path: path, Label: fmt.Sprint(i), FS: Memory()}))
	}
	for path, want := range map[string]string{"a": "0", "a/b": "2", "a/b/c": "1", "a/b/c/d": "4", "x/y": "3", "b": "5", "": "root"} {
		if got := do(files, "drive /"+path); got != want {
			t.Errorf("%q is on %s, not on %s", path, got, want)
		}
	}
	for i := range MaxMounts {
		if err = files.Mount(Mount{Path: fmt.Sprint("many/", i), FS: Memory()}); err != nil {
			break
		}
	}
	if err == nil {
		t.Error("there is no end of mounts")
	}
}

func TestFolderIn(t *testing.T) {
	top := t.TempDir()
	dir := filepath.Join(top, "dir")
	must(t, os.MkdirAll(filepath.Join(dir, "a", "b"), 0o777))
	must(t, os.WriteFile(filepath.Join(dir, "a", "b", "f"), []byte("x"), 0o666))
	if os.Symlink("..", filepath.Join(dir, "a", "up")) != nil || os.Symlink(top, filepath.Join(dir, "out")) != nil {
		t.Skip("there are no symbolic links here")
	}
	must(t, os.Symlink("../..", filepath.Join(dir, "a", "upup")))
	for path, want := range map[string]bool{
		".": true, "a": true, "a/b": true, "a/up": true, "a/up/a/b": true, "..": false, "a/../..": false, "out": false, "out/dir": false, "a/upup": false,
		"a/b/f": false, "no": false, "": false,
	} {
		folder, err := FolderIn(dir, filepath.FromSlash(path))
		if (err == nil) != want {
			t.Errorf("%q: %v", path, err)
		}
		if err == nil {
			must(t, folder.(io.Closer).Close())
		}
	}
}
