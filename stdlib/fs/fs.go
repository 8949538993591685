// Package fs is the native part of CraftOS's fs API: Lua functions and file handles over a computer's vfs.FS.
//
// Calls of Lua functions enter; calls of the FS leave, whose errors already have CraftOS's texts. The runtime calls Open while it boots a
// computer; everything here runs on the computer's goroutine, disk I/O included.
package fs

import (
	"errors"
	"time"

	"github.com/luart/luart/lua"
	"github.com/luart/luart/stdlib"
	"github.com/luart/luart/vfs"
)

// api is the API in one computer.
type api struct{ fs *vfs.FS }

// Open puts the table fs into the VM's globals. The API uses files until the computer closes; the FS remains the caller's to close
// after that.
func Open(c stdlib.Computer, files *vfs.FS) {
	a := &api{files}
	t := lua.NewTable(0, 32)
	for _, f := range []struct {
		name string
		fn   lua.GoFunc
	}{
		{"combine", combine}, {"getName", getName}, {"getDir", getDir},
		{"list", a.list}, {"exists", a.exists}, {"isDir", a.isDir}, {"isReadOnly", a.isReadOnly}, {"getSize", a.getSize},
		{"attributes", a.attributes}, {"getDrive", a.getDrive}, {"getFreeSpace", a.getFreeSpace}, {"getCapacity", a.getCapacity},
		{"makeDir", a.makeDir}, {"delete", a.delete}, {"copy", a.copy}, {"move", a.move},
		{"open", a.open},
	} {
		t.SetString(f.name, stdlib.Function(f.name, f.fn))
	}
	c.VM().Globals().SetString("fs", t.Value())
}

// combine is fs.combine(path, ...).
func combine(c lua.Call) (lua.Results, error) {
	paths := make([]string, max(c.N(), 1))
	for i := range paths {
		var err error
		if paths[i], err = stdlib.CheckString(c, i+1); err != nil {
			return 0, err
		}
	}
	return c.Return1(lua.String(vfs.Combine(paths...)))
}

// getName is fs.getName(path).
func getName(c lua.Call) (lua.Results, error) {
	path, err := stdlib.CheckString(c, 1)
	if err != nil {
		return 0, err
	}
	return c.Return1(lua.String(vfs.Name(vfs.CleanPattern(path))))
}

// getDir is fs.getDir(path).
func getDir(c lua.Call) (lua.Results, error) {
	path, err := stdlib.CheckString(c, 1)
	if err != nil {
		return 0, err
	}
	return c.Return1(lua.String(vfs.Dir(vfs.CleanPattern(path))))
}

// list is fs.list(path).
func (a *api) list(c lua.Call) (lua.Results, error) {
	path, err := stdlib.CheckString(c, 1)
	if err != nil {
		return 0, err
	}
	names, err := a.fs.List(path, c.Interrupted)
	if err != nil {
		return 0, err
	}
	size := 0
	for _, name := range names {
		size += len(name) + 48
	}
	if err := c.Reserve(size); err != nil {
		return 0, err
	}
	t := lua.NewTable(len(names), 0)
	for i, name := range names {
		t.SetInt(i+1, lua.String(name))
	}
	return c.Return1(t.Value())
}

// exists is fs.exists(path).
func (a *api) exists(c lua.Call) (lua.Results, error) {
	path, err := stdlib.CheckString(c, 1)
	if err != nil {
		return 0, err
	}
	_, err = a.fs.Stat(path)
	return c.Return1(lua.Bool(err == nil))
}

// isDir is fs.isDir(path).
func (a *api) isDir(c lua.Call) (lua.Results, error) {
	path, err := stdlib.CheckString(c, 1)
	if err != nil {
		return 0, err
	}
	info, err := a.fs.Stat(path)
	return c.Return1(lua.Bool(err == nil && info.IsDir))
}

// isReadOnly is fs.isReadOnly(path).
func (a *api) isReadOnly(c lua.Call) (lua.Results, error) {
	path, err := stdlib.CheckString(c, 1)
	if err != nil {
		return 0, err
	}
	return c.Return1(lua.Bool(a.fs.IsReadOnly(path)))
}

// getSize is fs.getSize(path): bytes, 0 for a folder.
func (a *api) getSize(c lua.Call) (lua.Results, error) {
	path, err := stdlib.CheckString(c, 1)
	if err != nil {
		return 0, err
	}
	info, err := a.fs.Stat(path)
	if err != nil {
		return 0, err
	}
	return c.Return1(lua.Number(float64(info.Size)))
}

// attributes is fs.attributes(path).
func (a *api) attributes(c lua.Call) (lua.Results, error) {
	path, err := stdlib.CheckString(c, 1)
	if err != nil {
		return 0, err
	}
	info, err := a.fs.Stat(path)
	if err != nil {
		return 0, err
	}
	// The time of creation is not known on all systems, and changes with a copy: that of the last change stands for it.
	modified := lua.Number(float64(milliseconds(info.Modified)))
	t := lua.NewTable(0, 6)
	t.SetString("size", lua.Number(float64(info.Size)))
	t.SetString("isDir", lua.Bool(info.IsDir))
	t.SetString("isReadOnly", lua.Bool(info.ReadOnly))
	t.SetString("created", modified)
	t.SetString("modified", modified)
	t.SetString("modification", modified)
	return c.Return1(t.Value())
}

// milliseconds is the Unix time of t, 0 for files without one, such as those in the ROM.
func milliseconds(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMilli()
}

// getDrive is fs.getDrive(path): the label of the mount, nothing for a file that doesn't exist.
func (a *api) getDrive(c lua.Call) (lua.Results, error) {
	path, err := stdlib.CheckString(c, 1)
	if err != nil {
		return 0, err
	}
	label, err := a.fs.Drive(path)
	switch {
	case errors.Is(err, vfs.ErrInvalid):
		return 0, err
	case err != nil:
		return c.Return0()
	}
	return c.Return1(lua.String(label))
}

// getFreeSpace is fs.getFreeSpace(path): bytes, 0 on a mount that is read-only, what the disk has on one without a
// capacity, "unlimited" where that is not known.
func (a *api) getFreeSpace(c lua.Call) (lua.Results, error) {
	path, err := stdlib.CheckString(c, 1)
	if err != nil {
		return 0, err
	}
	free, err := a.fs.Free(path, c.Interrupted)
	switch {
	case err != nil:
		return 0, err
	case free < 0:
		return c.Return1(lua.String("unlimited"))
	}
	return c.Return1(lua.Number(float64(free)))
}

// getCapacity is fs.getCapacity(path): bytes, the disk's on a mount without a capacity, nil on one that is read-only.
func (a *api) getCapacity(c lua.Call) (lua.Results, error) {
	path, err := stdlib.CheckString(c, 1)
	if err != nil {
		return 0, err
	}
	capacity, limited, err := a.fs.Capacity(path)
	switch {
	case err != nil:
		return 0, err
	case !limited:
		return c.Return1(lua.Nil)
	}
	return c.Return1(lua.Number(float64(capacity)))
}

// makeDir is fs.makeDir(path).
func (a *api) makeDir(c lua.Call) (lua.Results, error) { return a.change1(c, a.fs.MakeDir) }

// delete is fs.delete(path).
func (a *api) delete(c lua.Call) (lua.Results, error) { return a.change1(c, a.fs.Delete) }

// copy is fs.copy(from, to).
func (a *api) copy(c lua.Call) (lua.Results, error) { return a.change2(c, a.fs.Copy) }

// move is fs.move(from, to).
func (a *api) move(c lua.Call) (lua.Results, error) { return a.change2(c, a.fs.Move) }

func (a *api) change1(c lua.Call, change func(path string, poll vfs.Poll) error) (lua.Results, error) {
	path, err := stdlib.CheckString(c, 1)
	if err != nil {
		return 0, err
	}
	return 0, change(path, c.Interrupted)
}

func (a *api) change2(c lua.Call, change func(from, to string, poll vfs.Poll) error) (lua.Results, error) {
	from, err := stdlib.CheckString(c, 1)
	if err != nil {
		return 0, err
	}
	to, err := stdlib.CheckString(c, 2)
	if err != nil {
		return 0, err
	}
	return 0, change(from, to, c.Interrupted)
}
