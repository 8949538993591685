package vfs

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"testing/fstest"
	"time"
)

// newFS returns a file system with a folder of the host at the root, a read-only tree at /rom, one at /far/away, and memory
// at /mem.
func newFS(t testing.TB, capacity int64) (files *FS, dir string) {
	t.Helper()
	dir = t.TempDir()
	return openFS(t, dir, capacity), dir
}

func openFS(t testing.TB, dir string, capacity int64) *FS {
	t.Helper()
	disk, err := Folder(dir)
	must(t, err)
	tree := Tree(fstest.MapFS{"startup.lua": {Data: []byte("rom file")}, "apis/x.lua": {Data: []byte("x")}})
	files, err := New(Options{Mounts: []Mount{
		{Label: "hdd", FS: disk, Capacity: capacity},
		{Path: "rom", Label: "rom", FS: tree, ReadOnly: true}, {Path: "/far/away/", Label: "far", FS: tree, ReadOnly: true},
		{Path: "mem", Label: "mem", FS: Memory(), Capacity: 100_000},
	}})
	must(t, err)
	t.Cleanup(func() { files.Close() })
	return files
}

func write(t testing.TB, files *FS, path, text string) {
	t.Helper()
	must(t, tryWrite(files, path, Write, text))
}

func tryWrite(files *FS, path string, mode Mode, text string) error {
	file, err := files.Open(path, mode, nil)
	if err != nil {
		return err
	}
	if err := file.WriteString(text); err != nil {
		file.drop()
		return err
	}
	return file.Close()
}

func read(files *FS, path string) string {
	file, err := files.Open(path, Read, nil)
	if err != nil {
		return err.Error()
	}
	defer file.Close()
	in, err := file.Input()
	if err != nil {
		return err.Error()
	}
	b, err := io.ReadAll(in)
	if err != nil {
		return err.Error()
	}
	return string(b)
}

// do runs a line of commands, separated by semicolons, and returns what the last one answers.
func do(files *FS, line string) (answer string) {
	for command := range strings.SplitSeq(line, ";") {
		words := strings.Fields(command)
		arg := func(i int) string {
			if i < len(words) {
				return strings.Trim(words[i], "'")
			}
			return ""
		}
		var err error
		answer = "ok"
		switch words[0] {
		case "list":
			var names []string
			names, err = files.List(arg(1), nil)
			answer = strings.Join(names, " ")
		case "stat":
			var i Info
			i, err = files.Stat(arg(1))
			answer = fmt.Sprint(i.Size, i.IsDir, i.ReadOnly)
		case "mkdir":
			err = files.MakeDir(arg(1), nil)
		case "delete":
			err = files.Delete(arg(1), nil)
		case "move":
			err = files.Move(arg(1), arg(2), nil)
		case "copy":
			err = files.Copy(arg(1), arg(2), nil)
		case "read":
			answer = read(files, arg(1))
		case "write":
			err = tryWrite(files, arg(1), Write, arg(2))
		case "append":
			err = tryWrite(files, arg(1), Append, arg(2))
		case "update":
			err = tryWrite(files, arg(1), Update, arg(2))
		case "fill":
			n, _ := strconv.Atoi(arg(2))
			err = tryWrite(files, arg(1), Write, strings.Repeat("x", n))
		case "drive":
			answer, err = files.Drive(arg(1))
		case "free":
			var n int64
			n, err = files.Free(arg(1), nil)
			answer = fmt.Sprint(n)
		case "capacity":
			var n int64
			var ok bool
			n, ok, err = files.Capacity(arg(1))
			answer = fmt.Sprint(n, ok)
		case "readonly":
			answer = fmt.Sprint(files.IsReadOnly(arg(1)))
		default:
			panic(command)
		}
		if err != nil {
			answer = err.Error()
		}
	}
	return answer
}

// TestCommands has every function with every message. Each line is run on a folder of the host and, with "D" standing for
// where the files are, in memory.
func TestCommands(t *testing.T) {
	for _, test := range []struct{ line, want string }{
		{"list D", "a f"}, {"list D/A", "/D/A: No such file"}, {"list D/f", "/D/f: Not a directory"}, {"list D/f/x", "/D/f/x: No such file"}, {"list D/no", "/D/no: No such file"},
		{"list ..", "/..: Invalid Path"}, {"list a/../../b", "/../b: Invalid Path"}, {"list ROM", "apis startup.lua"},
		{"list ''", "D far mem rom"}, {"list far", "away"}, {"list Far/Away", "apis startup.lua"}, {"mkdir far; write far/x 1; list far", "away x"},
		{"stat far", "0 true false"}, {"mkdir FAR/AWAY", "/far/away: Access denied"}, {"delete far", "/far: Access denied"}, {"move far x", "Access denied"}, {"copy far x; list x", ""},
		{"stat D/f", "3 false false"}, {"stat D/a", "0 true false"}, {"stat rom", "0 true true"}, {"stat rom/startup.lua", "8 false true"}, {"stat x", "/x: No such file"},
		{"stat Rom/no", "/rom/no: No such file"},

		{"mkdir D/x/y/z; list D/x/y", "z"}, {"mkdir D/a", "ok"}, {"mkdir D/f", "/D/f: File exists"}, {"mkdir D/f/x", "/D/f/x: File exists"}, {"mkdir rom/x", "/rom/x: Access denied"},
		{"mkdir rom", "/rom: Access denied"}, {"mkdir ..", "/..: Invalid Path"}, {"mkdir ''", "ok"},

		{"delete D/a; list D", "f"}, {"delete D/f; list D", "a"}, {"delete D/no/no", "ok"}, {"delete D/f/x", "ok"}, {"delete rom", "/rom: Access denied"}, {"delete ''", "/: Access denied"},
		{"delete rom/x", "/rom/x: Access denied"}, {"delete mem", "/mem: Access denied"}, {"delete ../x", "/../x: Invalid Path"},

		{"move D/f D/g; read D/g", "one"}, {"move D/f D/g; list D", "a g"}, {"move D/a D/n/m; read D/n/m/b/c", "two"}, {"move D/f D/x/y; read D/x/y", "one"},
		{"move rom D/x", "Access denied"}, {"move D/f rom/x", "Access denied"}, {"move rom rom/x", "Access denied"}, {"move D/no D/x", "No such file"}, {"move D/f D/a", "File exists"},
		{"move D/a D/a/x", "Can't move a directory inside itself"}, {"move D/a D/A/x", "Can't move a directory inside itself"}, {"move '' x", "Can't move a directory inside itself"},
		{"move D/f D/f", "File exists"}, {"move D/f ..", "/..: Invalid Path"}, {"move mem x", "Access denied"}, {"move D/f D/f/x", "Can't move a directory inside itself"},
		{"move D/f D/a/b/c/x", "File exists"},

		{"copy D/f D/g; read D/g", "one"}, {"copy D/f D/g; read D/f", "one"}, {"copy D/a D/n/m; read D/n/m/b/c", "two"}, {"copy D/a D/n/m; read D/a/b/c", "two"},
		{"copy rom D/x; read D/x/startup.lua", "rom file"}, {"copy rom rom/x", "/rom/x: Access denied"}, {"copy D/no rom/x", "/rom/x: Access denied"}, {"copy D/no D/x", "/D/no: No such file"},
		{"copy D/f D/a", "/D/a: File exists"}, {"copy D/a D/a/x", "/D/a: Can't copy a directory inside itself"}, {"copy D/a D/A/x", "/D/a: Can't copy a directory inside itself"},
		{"copy '' x", "/: Can't copy a directory inside itself"}, {"copy .. x", "/..: Invalid Path"}, {"copy rom/startup.lua D/x; update D/x 12; read D/x", "12m file"},

		{"read D/no", "/D/no: No such file"}, {"read D/a", "/D/a: Not a file"}, {"read rom", "/rom: Not a file"}, {"read ''", "/: Not a file"}, {"read ..", "/..: Invalid Path"},
		{"write D/f new; read D/f", "new"}, {"write D/p/q/r new; read D/p/q/r", "new"}, {"write D/a x", "/D/a: Cannot write to directory"}, {"write '' x", "/: Cannot write to directory"},
		{"write rom/x x", "/rom/x: Access denied"}, {"write rom x", "/rom: Access denied"}, {"write D/f/x x", "/D/f/x: Access denied"}, {"write ../x x", "/../x: Invalid Path"},
		{"append D/f 4; append D/f 5; read D/f", "one45"}, {"append D/p/q 4; read D/p/q", "4"}, {"append D/a x", "/D/a: Cannot write to directory"}, {"append rom/startup.lua x", "/rom/startup.lua: Access denied"},
		{"append D/f/x x", "/D/f/x: Access denied"},
		{"update D/f X; read D/f", "Xne"}, {"update D/no x", "/D/no: No such file"}, {"update D/a x", "/D/a: Not a file"}, {"update '' x", "/: Not a file"}, {"update rom/startup.lua x", "/rom/startup.lua: Access denied"},

		{"drive D/f", "LABEL"}, {"drive rom/apis", "rom"}, {"drive D/no", "/D/no: No such file"}, {"drive FAR/away/apis", "far"},
		{"free rom", "0"}, {"capacity rom", "0 false"}, {"free ..", "/..: Invalid Path"}, {"capacity ..", "/..: Invalid Path"},
		{"readonly rom/x", "true"}, {"readonly D/x/y", "false"}, {"readonly D/f", "false"}, {"readonly ..", "false"},

		{"write D/.luart-0123456789abcdef.tmp x", "/D/.luart-0123456789abcdef.tmp: Access denied"}, {"mkdir D/.LUART-0123456789abcdef.tmp/x", "/D/.LUART-0123456789abcdef.tmp/x: Access denied"},
		{"mkdir " + strings.Repeat("a/", 300), "/" + strings.Repeat("a/", 299) + "a: Access denied"},
		{"write D/f *?:<>|name; read D/f", "*?:<>|name"}, {"write D/na*me? x; list D", "a f name"}, {`write D\w\v x; read D/w/v`, "x"}, {"write D/\xff\xfe x; list D", "a f \xff\xfe"},
	} {
		for _, place := range []string{"disk", "mem"} {
			files, _ := newFS(t, 0)
			d, label := "D", "hdd"
			if place == "mem" {
				d, label = "mem/D", "mem"
			}
			write(t, files, d+"/f", "one")
			write(t, files, d+"/a/b/c", "two")
			replace := strings.NewReplacer("LABEL", label, "D", d)
			if place == "mem" && strings.Contains(test.line, "''") {
				continue
			}
			want := replace.Replace(test.want)
			if got := do(files, replace.Replace(test.line)); got != want {
				t.Errorf("%s: %s\n got %q\nwant %q", place, test.line, got, want)
			}
			if len(files.open) > 0 || len(files.volumes[len(files.volumes)-1].pending) > 0 {
				t.Errorf("%s: %s: %d files are still open", place, test.line, len(files.open))
			}
		}
	}
}

func TestMountsThatDontGo(t *testing.T) {
	for _, paths := range [][]string{{"a", "A"}, {"", "/"}, {".."}} {
		var mounts []Mount
		for _, p := range paths {
			mounts = append(mounts, Mount{Path: p, FS: Memory()})
		}
		if _, err := New(Options{Mounts: mounts}); err == nil {
			t.Errorf("%q: no error", paths)
		}
	}
	files, err := New(Options{Mounts: []Mount{{Path: "x", FS: Memory()}}})
	must(t, err)
	if got := do(files, "read y"); got != "/y: No such file" {
		t.Error(got)
	}
	if got := do(files, "list x"); got != "" {
		t.Error(got)
	}
}

// A move or a copy between mounts is one of content.
func TestBetweenMounts(t *testing.T) {
	files, dir := newFS(t, 0)
	for _, test := range []struct{ line, want string }{
		{"write a/b/c 1; write a/d 2; move a mem/x/a; read mem/x/a/b/c", "1"}, {"read mem/x/a/d", "2"}, {"stat a", "/a: No such file"},
		{"free mem", "97500"}, {"move mem/x y; read y/a/b/c", "1"}, {"list mem", ""}, {"free mem", "100000"},
		{"copy y mem/y; copy mem/y z; read z/a/d", "2"}, {"copy y FAR/away/q", "/far/away/q: Access denied"},
		{"fill big 100000; copy big mem/big", "/mem/big: Out of space"}, {"list mem", "y"}, {"move big mem/big", "Out of space"}, {"stat big", "100000 false false"},
	} {
		if got := do(files, test.line); got != test.want {
			t.Errorf("%s\n got %q\nwant %q", test.line, got, test.want)
		}
	}
	noTemps(t, dir)
}

// noTemps checks that there are no temporary files in a folder of the host.
func noTemps(t *testing.T, dir string) {
	t.Helper()
	filepath.WalkDir(dir, func(path string, _ os.DirEntry, err error) error {
		if err != nil || isTemp(filepath.Base(path)) {
			t.Errorf("%s %v", path, err)
		}
		return nil
	})
}

func TestPermissionsAndTimes(t *testing.T) {
	files, dir := newFS(t, 0)
	write(t, files, "f", "x")
	when := time.Date(2020, 1, 2, 3, 4, 5, 0, time.UTC)
	must(t, os.Chtimes(filepath.Join(dir, "f"), when, when))
	if info, err := files.Stat("f"); err != nil || !info.Modified.Equal(when) {
		t.Error(info, err)
	}
	if info, err := files.Stat("rom/startup.lua"); err != nil || !info.Modified.IsZero() {
		t.Error(info, err)
	}
	must(t, os.Chmod(filepath.Join(dir, "f"), 0o444))
	defer os.Chmod(filepath.Join(dir, "f"), 0o666)
	if !files.IsReadOnly("f") || do(files, "stat f") != "1 false true" {
		t.Error("the host's permissions don't show")
	}
	check, err := os.OpenFile(filepath.Join(dir, "f"), os.O_WRONLY, 0)
	if err == nil {
		check.Close()
		t.Skip("this user may write to everything")
	}
	if got := do(files, "write f y"); got != "/f: Access denied" {
		t.Error(got)
	}
	if got := do(files, "read f"); got != "x" {
		t.Error(got)
	}
}

// What takes long can be stopped, and says why in its own words.
func TestPoll(t *testing.T) {
	files, _ := newFS(t, 10_000_000)
	for i := range 20 {
		write(t, files, fmt.Sprintf("a/%d/f", i), "x")
	}
	stop := errors.New("stop")
	for name, f := range map[string]func(Poll) error{
		"copy":   func(p Poll) error { return files.Copy("a", "b", p) },
		"delete": func(p Poll) error { return files.Delete("a", p) },
		"move":   func(p Poll) error { return files.Move("a", "mem/a", p) },
		"list":   func(p Poll) error { _, err := files.List("a", p); return err },
		"measure": func(p Poll) error {
			files.volumes[len(files.volumes)-1].measured = false
			_, err := files.Free("", p)
			return err
		},
	} {
		n := 0
		err := f(func() error {
			if n++; n > 5 || name == "list" {
				return stop
			}
			return nil
		})
		if err != stop {
			t.Errorf("%s: %v", name, err)
		}
	}
}
