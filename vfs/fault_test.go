package vfs

import (
	"bufio"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/spf13/afero"
)

// Files that a process replaces again and again until it is killed.
const (
	faultFiles        = 20
	faultReplacements = 1000
	faultEnv          = "VFS_REPLACE" // the folder
	faultFrom         = "VFS_REPLACE_FROM"
)

// faultContent is version n of a file: its length differs from that of the versions before and after, and each of its lines has the number.
func faultContent(n int) string {
	return strings.Repeat(fmt.Sprintf("version %06d\n", n), 500+n%7*400)
}

// faultVersion returns which version a content is, -1 if it is none.
func faultVersion(content string) int {
	n := -1
	fmt.Sscanf(content, "version %d", &n)
	if n < 0 || content != faultContent(n) {
		return -1
	}
	return n
}

// replaceFiles replaces files until the process is killed, or all is done. It tells of each replacement.
func replaceFiles(dir string) {
	disk, err := Folder(dir)
	if err != nil {
		panic(err)
	}
	files, err := New(Options{Mounts: []Mount{{FS: disk}}})
	if err != nil {
		panic(err)
	}
	from := 0
	fmt.Sscan(os.Getenv(faultFrom), &from)
	for n := from; n < faultReplacements; n++ {
		if err := tryWrite(files, fmt.Sprintf("f%d", n%faultFiles), Write, faultContent(n)); err != nil {
			panic(err)
		}
		fmt.Println(n)
	}
	os.Exit(0)
}

// A process that is killed, again and again, in the course of 1,000 replacements leaves each file old or new.
func TestKilledWhileReplacing(t *testing.T) {
	if testing.Short() {
		t.Skip("a second of a disk's time")
	}
	dir := t.TempDir()
	version := make([]int, faultFiles)
	for i := range faultFiles {
		must(t, os.WriteFile(filepath.Join(dir, fmt.Sprint("f", i)), []byte(faultContent(i)), 0o666))
		version[i] = i
	}
	kills := 0
	for next := faultFiles; next < faultReplacements; {
		cmd := exec.Command(os.Args[0])
		cmd.Env = append(os.Environ(), faultEnv+"="+dir, faultFrom+fmt.Sprint("=", next))
		cmd.Stderr = os.Stderr
		out, err := cmd.StdoutPipe()
		must(t, err)
		must(t, cmd.Start())
		in := bufio.NewScanner(out)
		acknowledged := next - 1
		for enough := next + 29 + 13*(kills%5); in.Scan(); {
			fmt.Sscan(in.Text(), &acknowledged)
			if acknowledged == enough {
				must(t, cmd.Process.Kill()) // it is in the middle of the next one, wherever that is
				kills++
			}
		}
		if err := cmd.Wait(); err != nil && acknowledged < next {
			t.Fatal(err)
		}
		for n := next; n <= acknowledged; n++ {
			version[n%faultFiles] = n
		}
		for i, want := range version {
			b, err := os.ReadFile(filepath.Join(dir, fmt.Sprint("f", i)))
			must(t, err)
			got := faultVersion(string(b))
			if got != want && !(acknowledged+1 < faultReplacements && i == (acknowledged+1)%faultFiles && got == acknowledged+1) {
				t.Fatalf("file %d of %d bytes is version %d, not %d", i, len(b), got, want)
			}
		}
		next = acknowledged + 1
	}
	if kills < 10 {
		t.Errorf("the process was killed only %d times", kills)
	}
	files := openFS(t, dir, 0)
	if got := do(files, "list /"); len(strings.Fields(got)) != faultFiles+3 {
		t.Error(got)
	}
	noTemps(t, dir)
}

// full is a disk that has no room, from some point on, for a kind of change.
type full struct {
	afero.Fs
	failing string // open, mkdir, write, sync, rename; "" for none
	err     error
}

func (f *full) fails(op string) error {
	if f.failing == op {
		return &os.PathError{Op: op, Path: "/host/path", Err: f.err}
	}
	return nil
}

func (f *full) OpenFile(name string, flag int, perm os.FileMode) (afero.File, error) {
	if err := f.fails("open"); err != nil && flag&os.O_CREATE != 0 {
		return nil, err
	}
	file, err := f.Fs.OpenFile(name, flag, perm)
	if err != nil {
		return nil, err
	}
	return fullFile{file, f}, nil
}

func (f *full) Mkdir(name string, perm os.FileMode) error {
	if err := f.fails("mkdir"); err != nil {
		return err
	}
	return f.Fs.Mkdir(name, perm)
}

func (f *full) Rename(from, to string) error {
	if err := f.fails("rename"); err != nil {
		return err
	}
	return f.Fs.Rename(from, to)
}

type fullFile struct {
	afero.File
	disk *full
}

// WriteAt stores a part of what it is given, as a disk does whose room ends there.
func (f fullFile) WriteAt(p []byte, at int64) (int, error) {
	if err := f.disk.fails("write"); err != nil {
		n, _ := f.File.WriteAt(p[:len(p)/3], at)
		return n, err
	}
	return f.File.WriteAt(p, at)
}

func (f fullFile) Sync() error {
	if err := f.disk.fails("sync"); err != nil {
		return err
	}
	return f.File.Sync()
}

// A disk of the host that is full, and one that is read-only, give CraftOS's messages wherever it shows, and old files stay.
func TestHostDiskFaults(t *testing.T) {
	for _, capacity := range []int64{0, 1_000_000} {
		for _, kind := range diskFaults {
			for _, op := range []string{"open", "mkdir", "write", "sync", "rename"} {
				disk := &full{Fs: Memory(), err: kind.err}
				files, err := New(Options{Mounts: []Mount{{FS: disk, Capacity: capacity}}})
				must(t, err)
				write(t, files, "old", "old")
				write(t, files, "src/f", strings.Repeat("s", 100_000))
				disk.failing = op
				check := func(what string, err error) {
					t.Helper()
					if err == nil || !strings.HasSuffix(err.Error(), kind.text) || strings.Contains(err.Error(), "host") {
						t.Errorf("%s when %s fails by %v: %v", what, op, kind.err, err)
					}
				}
				if op == "mkdir" {
					check("makeDir", files.MakeDir("new", nil))
					check("a file in a new folder", tryWrite(files, "d/e/f", Write, "x"))
				} else {
					check("replacing", tryWrite(files, "old", Write, strings.Repeat("n", 50_000)))
					check("copy", files.Copy("src/f", "copied", nil))
				}
				disk.failing = ""
				if got := read(files, "old") + "," + do(files, "list /"); got != "old,old src" {
					t.Errorf("when %s fails by %v: %.40q", op, kind.err, got)
				}
				write(t, files, "old", "new") // there is room again
				if capacity > 0 {
					if got := do(files, "free /"); got != fmt.Sprint(1_000_000-500-500-100_000) {
						t.Errorf("when %s fails by %v: %s are free", op, kind.err, got)
					}
				}
				must(t, files.Close())
			}
		}
	}
}

// A quota's end is CraftOS's too, and what was there stays.
func TestQuotaIsFull(t *testing.T) {
	files, dir := newFS(t, 10_000)
	write(t, files, "f", strings.Repeat("o", 6000))
	for _, test := range []struct{ line, want string }{
		{"fill g 4001", "Out of space"}, {"fill f 10001", "Out of space"}, {"copy f g", "/g: Out of space"}, {"copy mem rom/x", "/rom/x: Access denied"},
		{"stat f", "6000 false false"}, {"list /", "f far mem rom"}, {"fill f 10000; free /", "0"}, {"mkdir d", "/d: Out of space"}, {"write g x", "/g: Out of space"},
		{"delete f; free /", "10000"},
	} {
		if got := do(files, test.line); got != test.want {
			t.Errorf("%s\n got %q\nwant %q", test.line, got, test.want)
		}
	}
	noTemps(t, dir)
}

// A folder of 100,000 files lists. On the host there are fewer, unless VFS_HUGE is set: they take ten seconds to make and to remove.
func TestHugeFolder(t *testing.T) {
	const inMemory = 100_000
	onHost := 5_000
	if os.Getenv("VFS_HUGE") != "" {
		onHost = inMemory
	}
	dir := t.TempDir()
	memory := Memory()
	for i := range inMemory {
		name := fmt.Sprintf("d/%06d", i)
		must(t, afero.WriteFile(memory, name, nil, 0o666))
	}
	must(t, os.Mkdir(filepath.Join(dir, "d"), 0o777))
	for i := range onHost {
		f, err := os.Create(filepath.Join(dir, "d", fmt.Sprintf("%06d", i)))
		must(t, err)
		f.Close()
	}
	disk, err := Folder(dir)
	must(t, err)
	for count, files := range map[int]afero.Fs{inMemory: memory, onHost: disk} {
		computer, err := New(Options{Mounts: []Mount{{FS: files, ReadOnly: true}}})
		must(t, err)
		polls := 0
		names, err := computer.List("d", func() error { polls++; return nil })
		must(t, err)
		if len(names) != count || !slices.IsSorted(names) || names[0] != "000000" || names[count-1] != fmt.Sprintf("%06d", count-1) {
			t.Errorf("%s: %d names", files.Name(), len(names))
		}
		if polls == 0 || files == disk && polls < count/listStep {
			t.Errorf("%s: a program can be stopped only %d times meanwhile", files.Name(), polls)
		}
		stop := errors.New("stop")
		if _, err := computer.List("d", func() error { return stop }); err != stop {
			t.Error(err)
		}
		must(t, computer.Close())
	}
}
