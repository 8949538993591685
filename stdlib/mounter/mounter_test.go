package mounter_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/luart/luart/lua"
	"github.com/luart/luart/lua/lualib"
	"github.com/luart/luart/stdlib/computertest"
	hostfs "github.com/luart/luart/stdlib/fs"
	"github.com/luart/luart/stdlib/mounter"
	"github.com/luart/luart/vfs"
)

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// newComputer returns a computer with a mounter, and the folder in which the folders to mount are. The global top is its path.
func newComputer(t *testing.T, rules func(top string) *mounter.Rules) (*computertest.Computer, string) {
	t.Helper()
	top, err := filepath.EvalSymlinks(t.TempDir())
	must(t, err)
	for _, dir := range []string{"ro/sub", "rw/inner", "rw/closed", "outside"} {
		must(t, os.MkdirAll(filepath.Join(top, dir), 0o777))
		must(t, os.WriteFile(filepath.Join(top, dir, "f"), []byte(dir), 0o666))
	}
	for name, target := range map[string]string{"ro/out": "../outside", "ro/in": "sub", "ro/top": top, "link": "ro"} {
		if os.Symlink(filepath.FromSlash(target), filepath.Join(top, name)) != nil {
			t.Skip("there are no symbolic links here")
		}
	}
	c := computertest.New(t, lualib.Open)
	files, err := vfs.New(vfs.Options{Mounts: []vfs.Mount{{Label: "hdd", FS: vfs.Memory(), Capacity: 1 << 20}, {Path: "rom", FS: vfs.Memory(), ReadOnly: true}}})
	must(t, err)
	t.Cleanup(func() { must(t, files.Close()) })
	hostfs.Open(c, files)
	mounter.Open(c, mounter.Options{Files: files, Rules: rules(top)})
	c.VM().Globals().SetString("top", lua.String(filepath.ToSlash(top)))
	return c, top
}

func TestMounter(t *testing.T) {
	c, top := newComputer(t, func(top string) *mounter.Rules {
		r := &mounter.Rules{}
		must(t, r.Allow(filepath.Join(top, "link"), false)) // leads to ro
		must(t, r.Allow(filepath.Join(top, "rw"), true))
		must(t, r.Allow(filepath.Join(top, "rw", "closed"), false))
		return r
	})
	const outside = "test:1: Mounting is disabled for this folder: it is in none of those that may be mounted"
	const leadsOut = ": this is no folder, or it leads out of what may be mounted"
	for _, test := range []struct{ code, want string }{
		{"return mounter.mount('data', top .. '/ro'), fs.open('data/sub/f', 'r').readAll(), fs.getDrive('data')", "true ro/sub data"},
		{"return mounter.isReadOnly('data'), fs.open('data/x', 'w')", "true nil /data/x: Access denied"},
		{"return mounter.mount('DATA/', top .. '/rw')", "false /DATA: there is a mount already"},
		{"return mounter.mount('rom', top .. '/rw')", "false /rom: there is a mount already"},
		{"return mounter.mount('/', top .. '/rw')", "false /: there is a mount already"},
		{"return mounter.mount('..', top .. '/rw')", "false /..: Invalid Path"},
		{"return mounter.mount('link', top .. '/link'), fs.open('link/sub/f', 'r').readAll()", "true ro/sub"},
		{"return mounter.mount('in', top .. '/ro/in'), fs.open('in/f', 'r').readAll()", "true ro/sub"},
		{"return mounter.mount('w', top .. '/rw/inner'), mounter.isReadOnly('w')", "true false"},
		{"local h = fs.open('w/new', 'w') h.write('made') h.close() return fs.getSize('w/new')", "4"},
		{"return mounter.mount('r', top .. '/rw/inner', true), fs.open('r/new', 'w')", "true nil /r/new: Access denied"},
		{"return mounter.mount('c', top .. '/rw/closed'), mounter.isReadOnly('c')", "true true"},
		{"return mounter.mount('x', top .. '/ro', false)", "false TOP/ro: this folder may be mounted read-only only"},
		{"return mounter.mount('x', top .. '/rw/closed', false)", "false TOP/rw/closed: this folder may be mounted read-only only"},
		{"return mounter.mount('x', top .. '/rw/nope')", "false TOP/rw/nope: there is no such folder"},
		{"return mounter.mount('x', top .. '/rw/inner/f')", "false TOP/rw/inner/f" + leadsOut},
		{"return mounter.mount('x', top .. '/ro/out')", "false TOP/ro/out" + leadsOut},
		{"return mounter.mount('x', top .. '/ro/top/rw')", "false TOP/ro/top/rw" + leadsOut},
		{"mounter.mount('x', top .. '/outside')", outside}, {"mounter.mount('x', top .. '/nowhere')", outside}, {"mounter.mount('x', top)", outside},
		{"mounter.mount('x', top .. '/ro/../outside')", outside}, {"mounter.mount('x', top .. '/rw2')", outside}, {"mounter.mount('x', '/')", outside},
		{"mounter.mount('x', '')", outside}, {"mounter.mount('x', top .. '/ro\\0')", "test:1: Mounting is disabled"},
		{"mounter.mount('x')", "test:1: bad argument #2 (string expected, got nil)"},
		{"mounter.mount('x', top .. '/rw', 1)", "test:1: bad argument #3 (boolean expected, got number)"},
		{"local l = mounter.list() local n = {} for k, v in pairs(l) do n[#n + 1] = k .. '=' .. table.concat(v, ',') end table.sort(n) return table.concat(n, ' ')",
			"c=TOP/rw/closed data=TOP/ro in=TOP/ro/in link=TOP/link r=TOP/rw/inner w=TOP/rw/inner"},
		{"h = fs.open('w/new', 'r') return mounter.unmount('W'), mounter.unmount('w'), fs.exists('w/new'), pcall(h.read)", "true false false false test:1: attempt to use a closed file"},
		{"return mounter.unmount('rom'), mounter.unmount(''), mounter.unmount('nope'), mounter.isReadOnly('rom'), mounter.isReadOnly('nope')", "false false false true false"},
		{"return mounter.mount('w', top .. '/rw/inner'), fs.getSize('w/new')", "true 4"},
		{"for i = 1, 1000 do local ok, why = mounter.mount('many/' .. i, top .. '/ro') if not ok then return why end end", "there are 128 mounts already"},
	} {
		want := strings.ReplaceAll(test.want, "TOP", filepath.ToSlash(top))
		if got := c.Run(test.code); got != want {
			t.Errorf("%s\n got %q\nwant %q", test.code, got, want)
		}
	}
}

func TestMountingIsDisabled(t *testing.T) {
	for _, rules := range []*mounter.Rules{nil, {}} {
		c, _ := newComputer(t, func(string) *mounter.Rules { return rules })
		for _, call := range []string{"mount('x', top .. '/ro')", "unmount('x')", "list()", "isReadOnly('rom')", "mount()"} {
			if got := c.Run("mounter." + call); got != "test:1: Mounting is disabled" {
				t.Errorf("%s: %q", call, got)
			}
		}
	}
}

func TestFoldersThatCantBeAllowed(t *testing.T) {
	file := filepath.Join(t.TempDir(), "f")
	must(t, os.WriteFile(file, nil, 0o666))
	var r mounter.Rules
	for _, dir := range []string{file, file + "x"} {
		if r.Allow(dir, true) == nil {
			t.Errorf("%s is allowed", dir)
		}
	}
	if !r.Empty() || r.Writable() {
		t.Error("something is allowed")
	}
}
