package vfs

import (
	"io"
	"math"
	"strings"
	"testing"
)

func TestOpenFilesAreCounted(t *testing.T) {
	files, _ := newFS(t, 0)
	write(t, files, "f", "x")
	var all []*File
	for i := range DefaultMaxOpen {
		path := "f"
		if i%2 == 0 {
			path = "g"
		}
		all = append(all, open(t, files, path, []Mode{Write, Read, Append, Update, Rewrite}[i%2]))
	}
	for _, mode := range []Mode{Read, Write, Append, Update, Rewrite} {
		if _, err := files.Open("f", mode, nil); err != ErrTooMany {
			t.Error(mode, err)
		}
	}
	if got := do(files, "copy f c; read c"); got != "Too many files already open" {
		t.Error(got)
	}
	all[0].Abandon()
	must(t, all[1].Close())
	if got := do(files, "read c"); got != "x" {
		t.Error(got)
	}
	open(t, files, "f", Read)
	open(t, files, "f", Read)
	if _, err := files.Open("f", Read, nil); err != ErrTooMany {
		t.Error(err)
	}
}

func TestPositions(t *testing.T) {
	for _, place := range []string{"", "mem/"} {
		files, _ := newFS(t, 0)
		write(t, files, place+"f", "0123456789")
		file := open(t, files, place+"f", Update)
		for _, test := range []struct {
			offset int64
			whence int
			want   int64
			rest   string
		}{
			{0, io.SeekCurrent, 0, "0123456789"}, {3, io.SeekStart, 3, "3456789"}, {-2, io.SeekEnd, 8, "89"}, {-3, io.SeekCurrent, 7, "789"},
			{5, io.SeekEnd, 15, ""}, {math.MaxInt64, io.SeekStart, math.MaxInt64, ""}, {math.MaxInt64, io.SeekCurrent, math.MaxInt64, ""},
			{math.MinInt64, io.SeekEnd, -1, ""}, {-1, io.SeekStart, -1, ""}, {1 << 62, io.SeekEnd, 1<<62 + 10, ""}, {9, io.SeekStart, 9, "9"},
		} {
			at, err := file.Seek(test.offset, test.whence)
			if test.want < 0 {
				if err != ErrPosition {
					t.Error(place, test, at, err)
				}
				continue
			}
			in, inErr := file.Input()
			must(t, inErr)
			rest, readErr := io.ReadAll(in)
			if at != test.want || err != nil || string(rest) != test.rest || readErr != nil {
				t.Error(place, test, at, err, string(rest), readErr)
			}
		}
		file.Seek(2, io.SeekStart)
		in, err := file.Input()
		must(t, err)
		in.ReadByte()
		must(t, file.WriteString("ab")) // where reading has stopped, not where the buffer has
		if at, err := file.Seek(0, io.SeekCurrent); at != 5 || err != nil {
			t.Error(at, err)
		}
		in, err = file.Input()
		must(t, err)
		if b, _ := in.ReadByte(); b != '5' {
			t.Errorf("%q", b)
		}
		if left, err := file.Left(); left != 4 || err != nil {
			t.Error(left, err)
		}
		file.Seek(12, io.SeekStart)
		must(t, file.WriteString("end"))
		must(t, file.Close())
		if got := read(files, place+"f"); got != "012ab56789\x00\x00end" {
			t.Errorf("%q", got)
		}
	}
}

// Appending goes on at the end, wherever that is by then.
func TestAppending(t *testing.T) {
	for _, place := range []string{"", "mem/"} {
		files, _ := newFS(t, 0)
		a, b := open(t, files, place+"x/log", Append), open(t, files, place+"x/log", Append)
		for i := range 3 {
			must(t, a.WriteString("a"))
			must(t, a.Flush())
			must(t, b.WriteString("b"))
			must(t, b.Flush())
			if got := read(files, place+"x/log"); got != strings.Repeat("ab", i+1) {
				t.Errorf("%q", got)
			}
		}
		must(t, a.Close())
		must(t, b.Close())
	}
}

// Much in one piece and much in small pieces are the same.
func TestPieces(t *testing.T) {
	files, _ := newFS(t, 0)
	line := strings.Repeat("x", 99) + "\n"
	one, many := open(t, files, "one", Write), open(t, files, "many", Rewrite)
	must(t, one.WriteString(strings.Repeat(line, 10_000)))
	for i := range 10_000 {
		if i == 5000 {
			in, err := many.Input()
			must(t, err)
			if _, err := in.ReadByte(); err != io.EOF {
				t.Error(err)
			}
		}
		must(t, many.WriteString(line))
	}
	must(t, one.Close())
	must(t, many.Close())
	if read(files, "one") != read(files, "many") || len(read(files, "one")) != 1_000_000 {
		t.Error(len(read(files, "one")), len(read(files, "many")))
	}
}

// Folders can be moved into one another until no path reaches the innermost; they can be deleted nevertheless.
func TestDeepFolders(t *testing.T) {
	files, err := New(Options{Mounts: []Mount{{FS: Memory(), Capacity: 1 << 30}}})
	must(t, err)
	deep := strings.TrimSuffix(strings.Repeat("d/", 200), "/")
	for i := range 3 {
		must(t, files.MakeDir("x/"+deep, nil))
		if i > 0 {
			must(t, files.Move("y", "x/"+deep+"/y", nil))
		}
		must(t, files.Move("x", "y", nil))
	}
	if err := files.Copy("y", "z", nil); err == nil || !strings.HasSuffix(err.Error(), "Too many directories to copy") {
		t.Error(err)
	}
	must(t, files.Delete("y", nil))
	must(t, files.Delete("z", nil))
	if got := do(files, "list /;free /"); got != "1073741824" {
		t.Error(got)
	}
}
