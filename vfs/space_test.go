package vfs

import (
	"fmt"
	"io"
	"math"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestSpace(t *testing.T) {
	for _, test := range []struct{ line, want string }{
		{"free /", "10000"}, {"capacity /", "10000 true"}, {"write f x; free /", "9500"}, {"mkdir a/b; free /", "9000"}, {"fill f 600; free /", "9400"},
		{"fill f 600; write f x; free /", "9500"}, {"fill f 600; append f xx; free /", "9398"}, {"write f xx; update f xxx; free /", "9500"},
		{"fill a/f 600; delete a; free /", "10000"}, {"fill a/f 600; move a b; free /", "8900"}, {"fill a/f 600; copy a b; free /", "7800"}, {"fill a/f 600; move a mem/a; free /", "10000"},
		{"fill f 10000; free /", "0"}, {"fill f 10000; write g x", "/g: Out of space"}, {"fill f 9600; write g x", "/g: Out of space"}, {"fill f 9600; mkdir g", "/g: Out of space"},
		{"fill f 9600; append g x", "/g: Out of space"}, {"fill f 9000; mkdir a/b/c", "/a/b/c: Out of space"}, {"fill f 6000; copy f g", "/g: Out of space"}, {"fill f 6000; copy f g; free /", "4000"},
		{"fill f 10001", "Out of space"}, {"fill f 10001; list /", "far mem rom"}, {"fill f 10000; append f x", "Out of space"}, {"fill f 10000; fill f 10000; free /", "0"},
		{"fill f 10000; fill f 10001", "Out of space"}, {"fill f 10000; fill f 10001; stat f", "10000 false false"}, {"fill f 9500; move f a/g; free /", "0"}, {"fill f 9501; move f a/g", "Out of space"},
		{"fill f 10000; delete f; fill g 10000; free /", "0"},
	} {
		files, _ := newFS(t, 10_000)
		if got := do(files, test.line); got != test.want {
			t.Errorf("%s\n got %q\nwant %q", test.line, got, test.want)
		}
	}
	files, dir := newFS(t, 0)
	free, err := files.Free("", nil)
	total, ok, err2 := files.Capacity("")
	if err != nil || err2 != nil || !ok || free <= 0 || free > total {
		t.Error("the disk:", free, err, total, ok, err2)
	}
	do(files, "fill a/b 4000; write c x")
	if got := do(openFS(t, dir, 10_000), "free /"); got != "5000" {
		t.Error("what was there before:", got)
	}
	if got := do(openFS(t, dir, 1000), "free /"); got != "0" {
		t.Error("more than may be:", got)
	}
	if got := do(openFS(t, dir, 1000), "write c y"); got != "/c: Out of space" {
		t.Error("more than may be:", got)
	}
}

// A write that doesn't fit writes nothing, and the file goes on.
func TestFullHandles(t *testing.T) {
	files, _ := newFS(t, 10_000)
	for _, mode := range []Mode{Write, Rewrite, Append} {
		file := open(t, files, "f", mode)
		must(t, file.WriteString(strings.Repeat("x", 9000)))
		if err := file.WriteString(strings.Repeat("y", 1001)); err != ErrSpace {
			t.Error(mode, err)
		}
		must(t, file.WriteString(strings.Repeat("z", 1000)))
		must(t, file.Close())
		if got := read(files, "f"); got != strings.Repeat("x", 9000)+strings.Repeat("z", 1000) {
			t.Errorf("%v: %d bytes", mode, len(got))
		}
		must(t, files.Delete("f", nil))
	}
	file := open(t, files, "f", Rewrite)
	for _, at := range []int64{10_000, 1 << 40, math.MaxInt64 - 1, math.MaxInt64} {
		if _, err := file.Seek(at, io.SeekStart); err != nil {
			t.Error(err)
		}
		if err := file.WriteString("x"); err != ErrSpace {
			t.Error(at, err)
		}
	}
	if _, err := file.Seek(9999, io.SeekStart); err != nil {
		t.Error(err)
	}
	must(t, file.WriteString("x"))
	must(t, file.Close())
	if got := do(files, "free /;stat f"); got != "10000 false false" {
		t.Error(got)
	}
}

// Replacing a file takes room for the difference only, but not twice.
func TestRoomForReplacements(t *testing.T) {
	for _, place := range []string{"", "mem/"} {
		files, _ := newFS(t, 100_000)
		name := place + "f"
		do(files, "fill "+name+" 90000")
		one, two := open(t, files, name, Write), (*File)(nil)
		must(t, one.WriteString(strings.Repeat("1", 100_000)))
		two, err := files.Open(name, Write, nil)
		if err == nil {
			t.Error("there is room for a second one")
			two.Close()
		}
		if got := do(files, "write "+place+"g x"); got != "/"+place+"g: Out of space" {
			t.Error(got)
		}
		must(t, files.Delete(name, nil))
		if got := do(files, "free /"+place); got != "0" {
			t.Error("deleted, but still written to: ", got)
		}
		one.drop()
		if got := do(files, "free /"+place); got != "100000" {
			t.Error(got)
		}
	}
}

// Whatever happens, the space that is counted is that of the files, within the capacity.
func TestCountIsRight(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		const capacity = 6000
		disk, err := New(Options{Mounts: []Mount{{FS: Memory(), Capacity: capacity}}})
		must(t, err)
		v := disk.volumes[0]
		var open []*File
		names := rapid.SampledFrom([]string{"a", "b", "d/a", "d/b", "d/e/a", "d", "d/e", "q/r"})
		for range rapid.IntRange(1, 40).Draw(rt, "steps") {
			path, other := names.Draw(rt, "path"), names.Draw(rt, "other")
			size := rapid.IntRange(0, 2500).Draw(rt, "size")
			switch rapid.IntRange(0, 9).Draw(rt, "what") {
			case 0:
				disk.MakeDir(path, nil)
			case 1:
				disk.Delete(path, nil)
			case 2:
				disk.Move(path, other, nil)
			case 3:
				disk.Copy(path, other, nil)
			case 4, 5:
				mode := Mode(rapid.IntRange(0, int(Rewrite)).Draw(rt, "mode"))
				if f, err := disk.Open(path, mode, nil); err == nil {
					open = append(open, f)
				}
			case 6, 7:
				for _, f := range open {
					if f.Mode().Writes() {
						if f.Mode() != Append && size%3 == 0 {
							f.Seek(int64(size), io.SeekStart)
						}
						f.WriteString(strings.Repeat("x", size))
						if size%5 == 0 {
							f.Flush()
						}
					}
				}
			default:
				if len(open) > 0 {
					i := rapid.IntRange(0, len(open)-1).Draw(rt, "which")
					if size%2 == 0 {
						open[i].Close()
					} else {
						open[i].drop()
					}
					open = append(open[:i], open[i+1:]...)
				}
			}
			if v.used > 2*capacity {
				rt.Fatalf("%d bytes are used", v.used)
			}
		}
		for _, f := range open {
			f.Close()
		}
		used := v.used
		v.measured = false
		must(t, v.measure(nil))
		if used != v.used {
			rt.Fatalf("counted %d, but there are %d", used, v.used)
		}
		if v.used > capacity || len(v.pending) > 0 || len(disk.open) > 0 {
			rt.Fatal(v.used, len(v.pending), len(disk.open))
		}
	})
}

func TestManyFiles(t *testing.T) {
	files, err := New(Options{Mounts: []Mount{{FS: Memory(), Capacity: 10_000 * 500}}})
	must(t, err)
	must(t, files.MakeDir("d", nil))
	n := 0
	for ; ; n++ {
		if err := tryWrite(files, fmt.Sprintf("d/%d", n), Write, "x"); err != nil {
			break
		}
	}
	names, err := files.List("d", nil)
	if n != 9999 || len(names) != n || err != nil {
		t.Errorf("%d files, %d names, %v", n, len(names), err)
	}
	must(t, files.Delete("d", nil))
	if got := do(files, "free /"); got != "5000000" {
		t.Error(got)
	}
}
