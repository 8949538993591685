package vfs

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
)

func branch(t testing.TB, files *FS, path string) *Branch {
	t.Helper()
	b, err := files.Branch(path, nil)
	must(t, err)
	t.Cleanup(b.Close)
	return b
}

// store writes a file by a branch.
func store(b *Branch, local, text string) error {
	d, err := b.Create(local)
	if err != nil {
		return err
	}
	defer d.Abort()
	if _, err := io.WriteString(d, text); err != nil {
		return err
	}
	return d.Commit(true)
}

func TestBranchWrites(t *testing.T) {
	for _, at := range []string{"", "a", "mem", "mem/a"} {
		files, _ := newFS(t, 0)
		b := branch(t, files, at)
		must(t, store(b, "b/c", "first"))
		must(t, store(b, "b/c", "second"))
		must(t, b.MakeDir("d/e"))
		if got := read(files, at+"/b/c"); got != "second" {
			t.Errorf("%q: %q", at, got)
		}
		if got := do(files, "list "+at+"/d"); got != "e" {
			t.Errorf("%q: %q", at, got)
		}
		d, err := b.Create("f")
		must(t, err)
		_, err = d.Write([]byte("x"))
		must(t, err)
		if got := do(files, "list "+at); strings.Contains(got, "f ") || strings.Contains(got, "luart") {
			t.Errorf("%q: programs see %q", at, got)
		}
		d.Abort()
		d.Abort()
		if info, err := b.Lstat("f"); err == nil {
			t.Errorf("%q: %v is there", at, info)
		}
		must(t, b.Sync("b/c"))
		must(t, b.Sync("b"))
		must(t, b.Remove("b/c"))
		must(t, b.Remove("b/c"))
		if names, err := b.Names(""); err != nil || strings.Contains(strings.Join(names, " "), "luart") {
			t.Errorf("%q: %v %v", at, names, err)
		}
	}
}

// Nothing leads out of a branch: no path, no symbolic link, no mount.
func TestBranchKeepsIn(t *testing.T) {
	files, dir := newFS(t, 0)
	must(t, os.MkdirAll(filepath.Join(dir, "in"), 0o777))
	outside := t.TempDir()
	links := os.Symlink(outside, filepath.Join(dir, "in", "link")) == nil && os.Symlink("../secret", filepath.Join(dir, "in", "file")) == nil
	write(t, files, "secret", "untouched")
	b := branch(t, files, "in")
	paths := []string{"../x", "/x", "a/../../x", "a//b", "./a", "a/", ".luart-0123456789abcdef.tmp", strings.Repeat("a/", 300) + "a"}
	if links {
		paths = append(paths, "link/x")
	}
	for _, p := range paths {
		if err := store(b, p, "evil"); err == nil {
			t.Errorf("%q was written", p)
		}
	}
	if links {
		must(t, store(b, "file", "new")) // takes the link's place
		if got := read(files, "secret"); got != "untouched" {
			t.Error(got)
		}
		if _, err := b.Open("link", false); err == nil {
			t.Error("a link was opened")
		}
	}
	top := branch(t, files, "")
	for _, p := range []string{"rom/x", "ROM/x", "far/x", "mem/x"} {
		if err := store(top, p, "evil"); !errors.Is(err, ErrAccess) {
			t.Errorf("%q: %v", p, err)
		}
	}
	if _, err := files.Branch("rom", nil); !errors.Is(err, ErrAccess) {
		t.Error(err)
	}
	if _, err := files.Branch("secret", nil); !errors.Is(err, ErrNotDir) {
		t.Error(err)
	}
	if err := store(b, "", "x"); !errors.Is(err, ErrWriteDir) {
		t.Error(err)
	}
	must(t, b.MakeDir("folder"))
	if err := store(b, "folder", "x"); !errors.Is(err, ErrWriteDir) {
		t.Error(err)
	}
}

func TestBranchSpace(t *testing.T) {
	files, _ := newFS(t, 10_000)
	write(t, files, "old", strings.Repeat("x", 1000))
	b := branch(t, files, "")
	must(t, store(b, "a", strings.Repeat("x", 4000)))
	if got := do(files, "free /"); got != "5000" {
		t.Error("meanwhile:", got)
	}
	other := branch(t, files, "")
	if err := store(b, "b", strings.Repeat("x", 5001)); !errors.Is(err, ErrSpace) {
		t.Error(err)
	}
	if err := store(other, "b", strings.Repeat("x", 5001)); !errors.Is(err, ErrSpace) {
		t.Error(err)
	}
	if got := do(files, "fill c 5001"); got != "Out of space" {
		t.Error("the program:", got)
	}
	if got := do(files, "free /"); got != "5000" {
		t.Error("after failures:", got)
	}
	file := open(t, files, "open", Write)
	b.Close()
	// What has been taken counts on, even for a file that was open before.
	if err := file.WriteString(strings.Repeat("x", 5001)); err != ErrSpace {
		t.Error(err)
	}
	must(t, file.WriteString(strings.Repeat("x", 5000)))
	must(t, file.Close())
	if got := do(files, "free /"); got != "0" {
		t.Error("at the end:", got)
	}
}

// A file that is resumed goes on where it stopped, is seen meanwhile, and gets its name in one step.
func TestBranchResumes(t *testing.T) {
	for _, at := range []string{"", "mem"} {
		files, _ := newFS(t, 10_000)
		b := branch(t, files, at)
		d, err := b.Resume("x.part", "x", 0)
		must(t, err)
		_, err = d.Write([]byte("begin damaged"))
		must(t, err)
		must(t, d.Sync())
		if at == "" {
			if _, err := b.Resume("x.part", "x", 0); !errors.Is(err, ErrAccess) {
				t.Error("two write to one file:", err)
			}
		}
		d.Abort()
		if got := read(files, at+"/x.part"); got != "begin damaged" {
			t.Error(got)
		}
		d, err = b.Resume("x.part", "x", 6)
		must(t, err)
		if d.Size() != 6 {
			t.Error(d.Size())
		}
		_, err = d.Write([]byte("end"))
		must(t, err)
		var buf [20]byte
		if n, err := d.ReadAt(buf[:], 2); err != io.EOF || string(buf[:n]) != "gin end" {
			t.Error(n, err, string(buf[:n]))
		}
		must(t, d.Commit(true))
		d.Abort()
		if got := read(files, at+"/x"); got != "begin end" {
			t.Error(got)
		}
		if _, err := b.Lstat("x.part"); err == nil {
			t.Error("the part is still there")
		}
		d, err = b.Resume("x.part", "x", 100)
		must(t, err)
		if d.Size() != 0 {
			t.Error(d.Size())
		}
		_, err = d.Write([]byte("abc"))
		must(t, err)
		must(t, d.Rewind())
		_, err = d.Write([]byte("d"))
		must(t, err)
		must(t, d.Commit(false))
		if got := read(files, at+"/x"); got != "d" {
			t.Error(got)
		}
		if at == "" {
			d, err = b.Resume("y.part", "y", 0)
			must(t, err)
			if _, err := d.Write(make([]byte, 10_000)); !errors.Is(err, ErrSpace) {
				t.Error(err)
			}
			d.Abort()
		}
	}
	files, _ := newFS(t, 0)
	b := branch(t, files, "")
	must(t, b.MakeDir("folder"))
	if _, err := b.Resume("folder", "x", 0); !errors.Is(err, ErrNotFile) {
		t.Error(err)
	}
	if _, err := b.Resume("../p", "x", 0); err == nil {
		t.Error("it leads outside")
	}
}

// The computer and a branch work at the same time.
func TestBranchOnAnotherGoroutine(t *testing.T) {
	for _, at := range []string{"", "mem"} {
		files, _ := newFS(t, 1_000_000)
		b := branch(t, files, at)
		var group sync.WaitGroup
		group.Go(func() {
			for range 20 {
				if err := store(b, "b/f", "x"); err != nil {
					t.Error(err)
				}
			}
			b.Close()
		})
		for range 20 {
			write(t, files, at+"/g", "y")
			do(files, "free /"+at)
			do(files, "list "+at)
		}
		group.Wait()
		if got := read(files, at+"/b/f"); got != "x" {
			t.Error(got)
		}
	}
}

func TestSource(t *testing.T) {
	files, _ := newFS(t, 0)
	write(t, files, "f", "content")
	for _, path := range []string{"f", "/rom/apis/x.lua"} {
		s, err := files.Source(path)
		must(t, err)
		text, err := io.ReadAll(io.NewSectionReader(s, 0, s.Size()))
		must(t, err)
		if want := read(files, path); string(text) != want || s.Path() != Clean(path) {
			t.Errorf("%q, not %q", text, want)
		}
		must(t, s.Close())
	}
	for path, want := range map[string]error{"rom": ErrNotFile, "none": ErrNotFound, "../f": ErrInvalid} {
		if _, err := files.Source(path); !errors.Is(err, want) {
			t.Errorf("%s: %v", path, err)
		}
	}
}

func TestRename(t *testing.T) {
	for _, test := range []struct{ before, from, to, want, after string }{
		{"write a x", "a", "b", "", "read b"},
		{"write a x; write b y", "a", "b", "", "read b"},
		{"write a x", "a", "c/d/b", "", "read c/d/b"},
		{"write d/a x", "d", "e", "", "read e/a"},
		{"write d/a x", "d", "e/f", "", "read e/f/a"},
		{"write a x", "a", "a", "", "read a"},
		{"write mem/d/a x", "mem/d", "mem/e", "", "read mem/e/a"},
		{"write mem/a x; write mem/b y", "mem/a", "mem/b", "", "read mem/b"},
		{"write d/a x; mkdir e", "d", "e", "/e: File exists", "read d/a"},
		{"write mem/d/a x; mkdir mem/e", "mem/d", "mem/e", "/mem/e: File exists", "read mem/d/a"},
		{"write a x; mkdir e", "a", "e", "/e: File exists", "read a"},
		{"write d/a x; write b y", "d", "b", "/b: File exists", "read d/a"},
		{"write d/a x", "d", "d/e", "/d: Can't move a directory inside itself", "read d/a"},
		{"write a x", "a", "mem/a", "/mem/a: the two places are on different mounts, where no rename is one step; use fs.move", "read a"},
		{"write a x", "a", "rom/a", "/rom/a: Access denied", "read a"},
		{"write a x", "a", "far", "/far: Access denied", "read a"},
		{"write a x", "a", "../b", "/../b: Invalid Path", "read a"},
		{"write a x", "none", "b", "/none: No such file", "read a"},
		{"write a x", "rom/startup.lua", "b", "/rom/startup.lua: Access denied", "read a"},
		{"write a x", "", "b", "/: Access denied", "read a"},
		{"write a x; write b y", "a", "b/c", "/b/c: File exists", "read a"},
	} {
		files, _ := newFS(t, 10_000)
		do(files, test.before)
		got := ""
		if err := files.Rename(test.from, test.to, true, nil); err != nil {
			got = err.Error()
		}
		if text := do(files, test.after); got != test.want || text != "x" {
			t.Errorf("%s; rename %s %s: %q, not %q; then %q", test.before, test.from, test.to, got, test.want, text)
		}
	}
	files, _ := newFS(t, 10_000)
	do(files, "fill a 3000; fill b 2000")
	must(t, files.Rename("a", "b", false, nil))
	if got := do(files, "free /"); got != "7000" {
		t.Error("space:", got)
	}
	file := open(t, files, "new", Write)
	if err := files.Rename("new", "b", false, nil); !errors.Is(err, errWriting) {
		t.Error(err)
	}
	must(t, file.Close())
	reading := open(t, files, "b", Read)
	must(t, files.Rename("new", "b", false, nil))
	if got := do(files, "free /"); got != "6500" {
		t.Error("space of a file that is still open:", got)
	}
	must(t, reading.Close())
	if got := do(files, "free /"); got != "9500" {
		t.Error("space:", got)
	}
}
