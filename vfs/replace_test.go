package vfs

import (
	"bufio"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/spf13/afero"
)

func open(t testing.TB, files *FS, path string, mode Mode) *File {
	t.Helper()
	file, err := files.Open(path, mode, nil)
	must(t, err)
	return file
}

// A new version is seen once it is closed or flushed, and not at all otherwise.
func TestReplacing(t *testing.T) {
	for _, place := range []string{"", "mem/"} {
		for _, mode := range []Mode{Write, Rewrite} {
			files, dir := newFS(t, 0)
			name := place + "f"
			write(t, files, name, "old")
			reader := open(t, files, name, Read)
			file := open(t, files, name, mode)
			must(t, file.WriteString("new"))
			if got := read(files, name); got != "old" {
				t.Errorf("%s: before the end: %q", name, got)
			}
			must(t, file.Close())
			if got := read(files, name); got != "new" {
				t.Errorf("%s: after the end: %q", name, got)
			}
			in, err := reader.Input()
			must(t, err)
			if line, _ := in.ReadString(0); line != "old" {
				t.Errorf("%s: the old file, open before: %q", name, line)
			}
			reader.Close()

			file = open(t, files, name, mode)
			must(t, file.WriteString("flu"))
			must(t, file.Flush())
			if got := read(files, name); got != "flu" {
				t.Errorf("%s: flushed: %q", name, got)
			}
			must(t, file.WriteString("shed"))
			must(t, file.Flush())
			if got := read(files, name); got != "flushed" {
				t.Errorf("%s: flushed again: %q", name, got)
			}
			must(t, file.WriteString("!"))
			must(t, file.Close())
			if got := read(files, name); got != "flushed!" {
				t.Errorf("%s: closed: %q", name, got)
			}
			if file.Close() != ErrClosed || file.Flush() != ErrClosed || file.WriteString("x") != ErrClosed {
				t.Error("a closed file can be used")
			}
			if _, err := file.Seek(0, 0); err != ErrClosed {
				t.Error("a closed file can be used", err)
			}

			file = open(t, files, name, mode)
			must(t, file.WriteString("lost"))
			file.Abandon()
			other := open(t, files, name, Read) // closes what was abandoned
			other.Close()
			if got := read(files, name); got != "flushed!" || !file.Closed() {
				t.Errorf("%s: forgotten: %q", name, got)
			}
			if got := do(files, "list "+place); strings.Contains(got, "luart") {
				t.Error(got)
			}
			noTemps(t, dir)
		}
	}
}

// A file that is being written for the first time is there for the computer, and not for others.
func TestNewFiles(t *testing.T) {
	for _, place := range []string{"", "mem/"} {
		files, dir := newFS(t, 0)
		name := place + "p/new"
		file := open(t, files, name, Write)
		if got := do(files, "stat "+name) + do(files, "list "+place+"p") + do(files, "read "+name) + do(files, "update "+place+"no x"); got != "0 false falsenew/"+place+"no: No such file" {
			t.Error(place, got)
		}
		if _, err := os.Stat(filepath.Join(dir, "p", "new")); err == nil {
			t.Error("it is there for others")
		}
		if got := do(files, "copy "+name+" "+place+"copy; stat "+place+"copy") + do(files, "mkdir "+name) + do(files, "move "+place+"copy "+name); got != "0 false false/"+name+": File existsFile exists" {
			t.Error(place, got)
		}
		must(t, file.WriteString("x"))
		if got := do(files, "move "+name+" "+place+"moved; list "+place+"p"); got != "" {
			t.Error(place, got)
		}
		must(t, file.Close())
		if got := do(files, "read "+place+"moved"); got != "x" {
			t.Error(place, got)
		}
	}
}

// What happens to a file while a new version is written happens to the new version.
func TestChangesMeanwhile(t *testing.T) {
	for _, place := range []string{"", "mem/"} {
		for _, test := range []struct{ while, look, want string }{
			{"delete Pa/f", "read Pa/f", "/Pa/f: No such file"},
			{"delete Pa", "list P", "g"},
			{"move Pa/f Pq", "read Pq", "new"},
			{"move Pa/f Pq", "read Pa/f", "/Pa/f: No such file"},
			{"move Pa Pb", "read Pb/f", "new"},
			{"move Pa Pb", "list P", "b g"},
			{"move Pa far/b", "read far/b/f", "new"},
			{"delete Pa/f; mkdir Pa/f", "list Pa/f", ""},
			{"delete Pa/f; write Pa/f other", "read Pa/f", "other"},
			{"write Pa/f other", "read Pa/f", "new"},
			{"append Pa/f other", "read Pa/f", "new"},
		} {
			if place == "mem/" && strings.Contains(test.while, "far") {
				continue
			}
			files, dir := newFS(t, 0)
			replace := strings.NewReplacer("P", place)
			if place == "" {
				replace = strings.NewReplacer("list P", "list /", "P", "")
			}
			do(files, replace.Replace("write Pa/f old; write Pg x"))
			file := open(t, files, place+"a/f", Write)
			must(t, file.WriteString("new"))
			if got := do(files, replace.Replace(test.while)); got != "ok" {
				t.Errorf("%s: %s: %s", place, test.while, got)
			}
			must(t, file.WriteString(""))
			must(t, file.Close())
			want := replace.Replace(test.want)
			if test.look == "list P" && place == "" {
				want += " far mem rom"
				want = strings.Join(slices.Sorted(strings.FieldsSeq(want)), " ")
			}
			if got := do(files, replace.Replace(test.look)); got != want {
				t.Errorf("%s: %s: %s gives %q, not %q", place, test.while, test.look, got, want)
			}
			noTemps(t, dir)
			for _, v := range files.volumes {
				if len(v.pending) > 0 {
					t.Errorf("%s: %s: something is still pending", place, test.while)
				}
			}
		}
	}
}

// The end of the computer leaves old files as they were, says so, and stores what was appended.
func TestCloseOfAll(t *testing.T) {
	dir := t.TempDir()
	disk, err := Folder(dir)
	must(t, err)
	var told []string
	files, err := New(Options{Mounts: []Mount{{FS: disk}}, Discarded: func(path string) { told = append(told, path) }})
	must(t, err)
	write(t, files, "old", "old")
	for path, mode := range map[string]Mode{"old": Write, "d/new": Rewrite, "log": Append} {
		must(t, open(t, files, path, mode).WriteString("new"))
	}
	open(t, files, "old", Read)
	deleted := open(t, files, "deleted", Write)
	must(t, files.Delete("deleted", nil))
	must(t, files.Close())
	slices.Sort(told)
	if fmt.Sprint(told) != "[d/new old]" || !deleted.Closed() {
		t.Error(told)
	}
	files = openFS(t, dir, 0)
	if got := read(files, "old") + read(files, "log") + read(files, "d/new"); got != "oldnew/d/new: No such file" {
		t.Error(got)
	}
	noTemps(t, dir)
}

func TestModesOfHostFilesStay(t *testing.T) {
	files, dir := newFS(t, 0)
	for _, mode := range []os.FileMode{0o600, 0o755, 0o777} {
		must(t, os.WriteFile(filepath.Join(dir, "f"), nil, mode))
		must(t, os.Chmod(filepath.Join(dir, "f"), mode))
		before, err := os.Stat(filepath.Join(dir, "f"))
		must(t, err)
		write(t, files, "f", "x")
		after, err := os.Stat(filepath.Join(dir, "f"))
		must(t, err)
		if before.Mode() != after.Mode() {
			t.Errorf("%v becomes %v", before.Mode(), after.Mode())
		}
	}
}

// broken is a file system on which some calls fail.
type broken struct {
	afero.Fs
	rename, write bool
}

func (b *broken) Rename(from, to string) error {
	if b.rename {
		return os.ErrPermission
	}
	return b.Fs.Rename(from, to)
}

func (b *broken) OpenFile(name string, flag int, perm os.FileMode) (afero.File, error) {
	f, err := b.Fs.OpenFile(name, flag, perm)
	if err != nil {
		return nil, err
	}
	return brokenFile{f, b}, nil
}

type brokenFile struct {
	afero.File
	fs *broken
}

func (f brokenFile) WriteAt(p []byte, at int64) (int, error) {
	if f.fs.write {
		n, _ := f.File.WriteAt(p[:len(p)/2], at)
		return n, os.ErrPermission
	}
	return f.File.WriteAt(p, at)
}

// When the disk fails, the old file stays, and nothing else does.
func TestFailures(t *testing.T) {
	for _, capacity := range []int64{0, 100_000} {
		b := &broken{Fs: Memory()}
		files, err := New(Options{Mounts: []Mount{{FS: b, Capacity: capacity}}})
		must(t, err)
		write(t, files, "f", "old")
		file := open(t, files, "f", Write)
		must(t, file.WriteString("new"))
		b.rename = true
		if err := file.Close(); err == nil || err.Error() != "/f: Access denied" {
			t.Error(err)
		}
		b.rename = false
		if got := read(files, "f") + do(files, "list /"); got != "oldf" {
			t.Error(got)
		}
		file = open(t, files, "f", Write)
		must(t, file.WriteString("new"))
		must(t, file.send())
		b.write = true
		err = file.WriteString("half")
		if capacity == 0 {
			must(t, err) // held back
			err = file.Flush()
		}
		if err == nil || err.Error() != "/f: Access denied" {
			t.Error(err)
		}
		b.write = false
		if err := file.WriteString("more"); err == nil {
			t.Error("the error is forgotten")
		}
		if err := file.Close(); err == nil || read(files, "f") != "old" {
			t.Error(err, read(files, "f"))
		}
		if got := do(files, "list /"); got != "f" {
			t.Error(got)
		}
		if v := files.volumes[0]; capacity > 0 && v.used != 500 {
			t.Error(v.used)
		}
	}
}

// TestMain is the process that is killed, when a test asks for it.
func TestMain(m *testing.M) {
	if dir := os.Getenv("VFS_CRASH"); dir != "" {
		crash(dir)
	}
	if dir := os.Getenv(faultEnv); dir != "" {
		replaceFiles(dir)
	}
	os.Exit(m.Run())
}

const crashSize = 300_000

// crash writes files until the process is killed.
func crash(dir string) {
	disk, err := Folder(dir)
	if err != nil {
		panic(err)
	}
	files, err := New(Options{Mounts: []Mount{{FS: disk}}})
	if err != nil {
		panic(err)
	}
	log, err := files.Open("log", Append, nil)
	if err != nil {
		panic(err)
	}
	if os.Getenv("VFS_CRASH_WAIT") != "" {
		file, _ := files.Open("whole", Write, nil)
		file.WriteString(strings.Repeat("n", crashSize))
		fmt.Println("written")
		select {}
	}
	for i := 0; ; i++ {
		file, err := files.Open("whole", Write, nil)
		if err != nil {
			panic(err)
		}
		for range crashSize / 1000 {
			file.WriteString(strings.Repeat(string(rune('a'+i%26)), 1000))
		}
		if err := file.Close(); err != nil {
			panic(err)
		}
		log.WriteString(fmt.Sprintln(i))
		if err := log.Flush(); err != nil {
			panic(err)
		}
		fmt.Println(i)
	}
}

// A process that is killed in the middle of writing leaves the old content or the new, and what it has left over goes away.
func TestKilled(t *testing.T) {
	dir := t.TempDir()
	must(t, os.WriteFile(filepath.Join(dir, "whole"), []byte(strings.Repeat("o", crashSize)), 0o666))
	run := func(wait string, lines int) (last string) {
		cmd := exec.Command(os.Args[0])
		cmd.Env = append(os.Environ(), "VFS_CRASH="+dir, "VFS_CRASH_WAIT="+wait)
		cmd.Stderr = os.Stderr
		out, err := cmd.StdoutPipe()
		must(t, err)
		must(t, cmd.Start())
		in := bufio.NewScanner(out)
		for range lines {
			if !in.Scan() {
				t.Fatal("the process has ended by itself")
			}
			last = in.Text()
		}
		must(t, cmd.Process.Kill())
		for in.Scan() {
			last = in.Text()
		}
		cmd.Wait()
		return last
	}
	content := func() string {
		b, err := os.ReadFile(filepath.Join(dir, "whole"))
		must(t, err)
		if len(b) != crashSize || strings.Count(string(b), string(b[:1])) != crashSize {
			t.Fatalf("neither the old content nor the new: %d bytes", len(b))
		}
		return string(b[:1])
	}
	run("1", 1)
	if got := content(); got != "o" {
		t.Errorf("before the end: %q", got)
	}
	names, _ := os.ReadDir(dir)
	if !slices.ContainsFunc(names, func(e os.DirEntry) bool { return isTemp(e.Name()) }) {
		t.Error("nothing is left over, so this doesn't test much")
	}
	for i := range 4 {
		last := run("", 1+i)
		n := 0
		fmt.Sscan(last, &n)
		if got := content(); got != string(rune('a'+n%26)) && got != string(rune('a'+(n+1)%26)) {
			t.Errorf("after %s: %q", last, got)
		}
		if log, err := os.ReadFile(filepath.Join(dir, "log")); err != nil || !strings.Contains(string(log), last+"\n") {
			t.Errorf("what was flushed is lost: %q, %v", log, err)
		}
	}
	files := openFS(t, dir, 0)
	if got := do(files, "list /"); got != "far log mem rom whole" {
		t.Error(got)
	}
	noTemps(t, dir)
}

// Files that another computer is writing are no leftovers.
func TestFilesInUseStay(t *testing.T) {
	dir := t.TempDir()
	one, two := openFS(t, dir, 0), openFS(t, dir, 100_000)
	file := open(t, one, "d/f", Write)
	must(t, file.WriteString("one"))
	if got := do(two, "write d/g x; list d"); got != "g" {
		t.Error(got)
	}
	if got := do(two, "free /"); got != "99000" {
		t.Error(got)
	}
	must(t, file.Close())
	if got := do(two, "read d/f"); got != "one" {
		t.Error(got)
	}
	stale := filepath.Join(dir, "d", ".luart-0123456789abcdef.tmp")
	must(t, os.WriteFile(stale, nil, 0o666))
	old := time.Now().Add(-2 * staleAfter)
	must(t, os.Chtimes(stale, old, old))
	three := openFS(t, dir, 0)
	if got := do(three, "list d"); got != "f g" {
		t.Error(got)
	}
	noTemps(t, dir)
}
