//go:build unix

package fs_test

import (
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/spf13/afero"
	"pgregory.net/rapid"

	"github.com/luart/luart/lua"
	"github.com/luart/luart/lua/lualib"
	"github.com/luart/luart/stdlib/computertest"
	"github.com/luart/luart/stdlib/fs"
	"github.com/luart/luart/vfs"
)

// worn is a disk of the host on which no file can be stored any more.
type worn struct {
	afero.Fs
	err error
}

func (w *worn) OpenFile(name string, flag int, perm os.FileMode) (afero.File, error) {
	f, err := w.Fs.OpenFile(name, flag, perm)
	if err != nil {
		return nil, err
	}
	return wornFile{f, w}, nil
}

type wornFile struct {
	afero.File
	disk *worn
}

func (f wornFile) WriteAt(p []byte, at int64) (int, error) {
	if f.disk.err != nil {
		return 0, &os.PathError{Op: "write", Path: "/host/path", Err: f.disk.err}
	}
	return f.File.WriteAt(p, at)
}

// What programs see of a disk of the host that is full or read-only: at the latest where they close the file.
func TestFaultsOfDisks(t *testing.T) {
	for _, fault := range []struct {
		err  error
		want string
	}{{syscall.ENOSPC, "false false test:1: Out of space old"}, {syscall.EROFS, "false false test:1: /f: Access denied old"}} {
		disk := &worn{Fs: vfs.Memory()}
		files, err := vfs.New(vfs.Options{Mounts: []vfs.Mount{{FS: disk}}})
		if err != nil {
			t.Fatal(err)
		}
		c := computertest.New(t, lualib.Open)
		fs.Open(c, files)
		if got := c.Run("local h = fs.open('f', 'w') h.write('old') h.close() return fs.getSize('f')"); got != "3" {
			t.Fatal(got)
		}
		disk.err = fault.err
		got := c.Run(`local h = fs.open('f', 'w')
			local large = pcall(h.write, ('x'):rep(100000))
			local closed, message = pcall(h.close)
			h = fs.open('f', 'r')
			return large, closed, message, h.readAll()`)
		if got = strings.ReplaceAll(got, "test:3:", "test:1:"); got != fault.want {
			t.Errorf("%v\n got %q\nwant %q", fault.err, got, fault.want)
		}
		if err := files.Close(); err != nil {
			t.Error(err)
		}
	}
}

// Whatever the path, no function reads, lists or changes what is outside of the root.
func TestNoPathLeadsOut(t *testing.T) {
	part := rapid.SampledFrom([]string{
		"..", "...", ".", "up", "out", "link", "in", "a", "x", "outside", "", " .. ", "..\x00", "\x00", "con", "nul.txt", "a:b", "c:", "~", "rom", "..;", "\xc0\xae\xc0\xae",
	})
	separator := rapid.SampledFrom([]string{"/", "\\", "//", "/\\", "/./"})
	rapid.Check(t, func(rt *rapid.T) {
		c, dir := newComputer(t, 0)
		top := filepath.Dir(dir)
		for name, target := range map[string]string{"up": "..", "out": "../outside", "link": top, "in": "hello.txt"} {
			if err := os.Symlink(target, filepath.Join(dir, name)); err != nil {
				rt.Fatal(err)
			}
		}
		path := func() string {
			var b strings.Builder
			for range rapid.IntRange(1, 6).Draw(rt, "parts") {
				b.WriteString(part.Draw(rt, "part") + separator.Draw(rt, "separator"))
			}
			return b.String()
		}
		c.VM().Globals().SetString("a", lua.String(path()))
		c.VM().Globals().SetString("b", lua.String(path()))
		got := c.Run(`local seen = {}
			local function try(f, ...)
				local ok, result = pcall(f, ...)
				if ok and type(result) == "table" then
					if result.readAll then seen[#seen + 1] = result.readAll() end
					if result.write then result.write("changed") end
					if result.close then result.close() else seen[#seen + 1] = table.concat(result, " ") end
				end
			end
			for _, name in ipairs { "list", "makeDir", "getDrive", "isDir", "getSize" } do try(fs[name], a) end
			for _, mode in ipairs { "r", "w", "a", "r+", "w+" } do try(fs.open, a, mode) end
			try(fs.copy, a, b) try(fs.move, b, a) try(fs.copy, b, a) try(fs.open, b, "r") try(fs.list, b) try(fs.delete, b) try(fs.move, a, b) try(fs.delete, a)
			return table.concat(seen, " ")`)
		if strings.Contains(got, "secret") || strings.Contains(got, "root") {
			rt.Errorf("this is outside: %q", got)
		}
		entries, err := os.ReadDir(top)
		if err != nil || len(entries) != 2 {
			rt.Errorf("outside there is %v, %v", entries, err)
		}
		if text, err := os.ReadFile(filepath.Join(top, "outside")); err != nil || string(text) != "secret" {
			rt.Errorf("the file outside is %q, %v", text, err)
		}
	})
}
