package vfs

import (
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

func scratchFS(t *testing.T, dir string, limit int64) *FS {
	t.Helper()
	disk, err := Folder(dir)
	must(t, err)
	files, err := New(Options{Mounts: []Mount{{Label: "hdd", FS: Scratch(disk, limit)}}})
	must(t, err)
	t.Cleanup(func() { files.Close() })
	return files
}

// contents is what is in a folder of the host: names with texts.
func contents(t *testing.T, dir string) string {
	t.Helper()
	var all []string
	must(t, filepath.WalkDir(dir, func(name string, d fs.DirEntry, err error) error {
		text := "folder"
		if err == nil && !d.IsDir() {
			var b []byte
			b, err = os.ReadFile(name)
			text = string(b)
		}
		all = append(all, name+": "+text)
		return err
	}))
	return strings.Join(all, "\n")
}

// tree is what a computer sees below a path.
func tree(files *FS, path string) string {
	names, err := files.List(path, nil)
	if err != nil {
		return fmt.Sprintf("%s: %v\n", path, err)
	}
	slices.Sort(names)
	var b strings.Builder
	for _, n := range names {
		child := path + "/" + n
		if info, err := files.Stat(child); err == nil && info.IsDir {
			b.WriteString(child + "/\n" + tree(files, child))
		} else {
			b.WriteString(child + ": " + read(files, child) + "\n")
		}
	}
	return b.String()
}

// Whatever is done to a scratch file system has the same results as on a folder of the host; only that the folder stays as it is.
func TestScratchIsLikeAFolder(t *testing.T) {
	names := []string{"a", "b", "d", "d/a", "d/b", "d/e", "d/e/a", "new", "new/a"}
	for seed := range uint64(300) {
		rng := rand.New(rand.NewPCG(seed, 1))
		real, below := t.TempDir(), t.TempDir()
		for _, dir := range []string{real, below} {
			must(t, os.MkdirAll(filepath.Join(dir, "d", "e"), 0o777))
			for _, name := range []string{"a", "d/a", "d/e/a"} {
				must(t, os.WriteFile(filepath.Join(dir, filepath.FromSlash(name)), []byte("old "+name), 0o666))
			}
		}
		before := contents(t, below)
		folder, scratch := openFS(t, real, 0), scratchFS(t, below, 1<<20)
		var log []string
		for range 12 {
			one, other := names[rng.IntN(len(names))], names[rng.IntN(len(names))]
			var do func(*FS) error
			switch op := rng.IntN(6); op {
			case 0:
				log = append(log, "write "+one)
				do = func(f *FS) error { return tryWrite(f, one, Write, "new "+one) }
			case 1:
				log = append(log, "append "+one)
				do = func(f *FS) error { return tryWrite(f, one, Append, "+") }
			case 2:
				log = append(log, "delete "+one)
				do = func(f *FS) error { return f.Delete(one, nil) }
			case 3:
				log = append(log, "move "+one+" "+other)
				do = func(f *FS) error { return f.Move(one, other, nil) }
			case 4:
				log = append(log, "copy "+one+" "+other)
				do = func(f *FS) error { return f.Copy(one, other, nil) }
			case 5:
				log = append(log, "makeDir "+one)
				do = func(f *FS) error { return f.MakeDir(one, nil) }
			}
			want, got := fmt.Sprint(do(folder)), fmt.Sprint(do(scratch))
			wantTree := ""
			for _, top := range []string{"a", "b", "d", "new"} {
				wantTree += describeTree(folder, top)
			}
			gotTree := ""
			for _, top := range []string{"a", "b", "d", "new"} {
				gotTree += describeTree(scratch, top)
			}
			if want != got || wantTree != gotTree {
				t.Fatalf("seed %d: %s:\ngot  %s\n%s\nwant %s\n%s", seed, strings.Join(log, ", "), got, gotTree, want, wantTree)
			}
		}
		if after := contents(t, below); after != before {
			t.Fatalf("seed %d: %s: the folder has changed:\n%s\nwas\n%s", seed, strings.Join(log, ", "), after, before)
		}
	}
}

func describeTree(files *FS, top string) string {
	info, err := files.Stat(top)
	switch {
	case err != nil:
		return ""
	case info.IsDir:
		return top + "/\n" + tree(files, top)
	}
	return top + ": " + read(files, top) + "\n"
}

func TestScratchLimit(t *testing.T) {
	dir := t.TempDir()
	must(t, os.WriteFile(filepath.Join(dir, "large"), make([]byte, 30_000), 0o666))
	files := scratchFS(t, dir, 20_000)
	for i := range 50 { // what is deleted and replaced makes room
		must(t, tryWrite(files, "x", Write, strings.Repeat("x", 5000)))
		if i%2 == 0 {
			must(t, files.Delete("x", nil))
		}
	}
	for _, err := range []error{
		tryWrite(files, "y", Write, strings.Repeat("y", 20_000)), tryWrite(files, "large", Append, "+"), files.Move("large", "moved", nil),
	} {
		if err == nil || !strings.Contains(err.Error(), ErrSpace.Error()) {
			t.Errorf("got %v, want %v", err, ErrSpace)
		}
	}
	must(t, files.Delete("large", nil))
	if _, err := files.Stat("large"); err == nil {
		t.Error("what is below can't be deleted")
	}
	n := 0
	for ; n < 1000 && files.MakeDir(fmt.Sprint("f", n), nil) == nil; n++ {
	}
	if n == 1000 {
		t.Error("there can be any number of folders")
	}
}
