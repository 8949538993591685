// Package fs is the native part of CraftOS's fs API: paths, folders and file handles over a table of mounts.
//
// Calls of Lua functions enter, with paths of the computer; calls of a Mount leave, with paths inside of it. The runtime
// calls Open while it boots a computer; everything here runs on the computer's goroutine. Mounts are read-only so far:
// whatever would change a file answers "Access denied".
package fs

import (
	"cmp"
	iofs "io/fs"
	"slices"
	"sync/atomic"
	"time"

	"github.com/luart/luart/lua"
	"github.com/luart/luart/stdlib"
)

// maxOpen is how many files one computer may have open (CraftOS).
const maxOpen = 128

// Options configure the API.
type Options struct {
	// Mounts are the file systems that the computer sees. One of them should be at "", the root.
	Mounts []MountPoint
}

// api is the state of the API in one computer.
type api struct {
	mounts []MountPoint // longest path first
	open   atomic.Int32 // files that are open; handles that the collector finds are closed on its goroutine
}

// Open puts the table fs into the VM's globals.
func Open(c stdlib.Computer, o Options) {
	a := &api{mounts: slices.Clone(o.Mounts)}
	slices.SortStableFunc(a.mounts, func(x, y MountPoint) int { return cmp.Compare(len(y.Path), len(x.Path)) })
	t := lua.NewTable(0, 32)
	for _, f := range []struct {
		name string
		fn   lua.GoFunc
	}{
		{"combine", combine}, {"getName", getName}, {"getDir", getDir},
		{"list", a.list}, {"exists", a.exists}, {"isDir", a.isDir}, {"isReadOnly", a.isReadOnly}, {"getSize", a.getSize},
		{"attributes", a.attributes}, {"getDrive", a.getDrive}, {"getFreeSpace", a.getFreeSpace}, {"getCapacity", a.getCapacity},
		{"open", a.openFile},
		{"makeDir", a.deny(1, true)}, {"delete", a.deny(1, true)}, {"copy", a.deny(2, true)}, {"move", a.deny(2, false)},
	} {
		t.SetString(f.name, lua.NewFunction(f.name, f.fn))
	}
	c.VM().Globals().SetString("fs", t.Value())
}

// deny stands for a function that changes files: no mount can be written to. CraftOS's messages name the last path, but
// for those of fs.move.
func (a *api) deny(paths int, named bool) lua.GoFunc {
	return func(c lua.Call) (lua.Results, error) {
		path := ""
		for i := range paths {
			var err error
			if path, err = stdlib.CheckString(c, i+1); err != nil {
				return 0, err
			}
		}
		n, err := a.find(path)
		switch {
		case err != nil:
			return 0, err
		case named:
			return 0, n.fail(errAccess)
		}
		return 0, errAccess
	}
}

// checkNode returns what argument 1, a path, leads to.
func (a *api) checkNode(c lua.Call) (node, error) {
	path, err := stdlib.CheckString(c, 1)
	if err != nil {
		return node{}, err
	}
	return a.find(path)
}

func (a *api) list(c lua.Call) (lua.Results, error) {
	n, err := a.checkNode(c)
	if err != nil {
		return 0, err
	}
	info, err := n.stat()
	if err != nil {
		return 0, n.fail(err)
	}
	if !info.IsDir() {
		return 0, n.fail(errNotDir)
	}
	names, err := n.mount.Mount.ReadDir(n.local)
	if err != nil {
		return 0, n.fail(err)
	}
	names = append(names, a.mountsIn(n)...)
	slices.Sort(names)
	names = slices.Compact(names)
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

func (a *api) exists(c lua.Call) (lua.Results, error) {
	info, err := a.peek(c)
	return a.answer(c, info != nil, err)
}

func (a *api) isDir(c lua.Call) (lua.Results, error) {
	info, err := a.peek(c)
	return a.answer(c, info != nil && info.IsDir(), err)
}

func (a *api) isReadOnly(c lua.Call) (lua.Results, error) {
	path, err := stdlib.CheckString(c, 1)
	if err != nil {
		return 0, err
	}
	n, err := a.find(path)
	return c.Return1(lua.Bool(err == nil && n.mount.readOnly()))
}

// peek is the information about argument 1, a path; nil when there is nothing, for whatever reason. The error is that of
// the argument.
func (a *api) peek(c lua.Call) (iofs.FileInfo, error) {
	path, err := stdlib.CheckString(c, 1)
	if err != nil {
		return nil, err
	}
	n, err := a.find(path)
	if err != nil {
		return nil, nil
	}
	info, err := n.stat()
	if err != nil {
		return nil, nil
	}
	return info, nil
}

func (a *api) answer(c lua.Call, yes bool, err error) (lua.Results, error) {
	if err != nil {
		return 0, err
	}
	return c.Return1(lua.Bool(yes))
}

func (a *api) getSize(c lua.Call) (lua.Results, error) {
	n, err := a.checkNode(c)
	if err != nil {
		return 0, err
	}
	info, err := n.stat()
	if err != nil {
		return 0, n.fail(err)
	}
	return c.Return1(lua.Number(size(info)))
}

func size(info iofs.FileInfo) float64 {
	if info.IsDir() {
		return 0
	}
	return float64(info.Size())
}

func (a *api) attributes(c lua.Call) (lua.Results, error) {
	n, err := a.checkNode(c)
	if err != nil {
		return 0, err
	}
	info, err := n.stat()
	if err != nil {
		return 0, n.fail(err)
	}
	// The time of creation is not known on all systems, and changes with a copy: that of the last change stands for it.
	modified := lua.Number(float64(milliseconds(info.ModTime())))
	t := lua.NewTable(0, 6)
	t.SetString("size", lua.Number(size(info)))
	t.SetString("isDir", lua.Bool(info.IsDir()))
	t.SetString("isReadOnly", lua.Bool(n.mount.readOnly()))
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

func (a *api) getDrive(c lua.Call) (lua.Results, error) {
	n, err := a.checkNode(c)
	if err != nil {
		return 0, err
	}
	if _, err := n.stat(); err != nil {
		return c.Return0()
	}
	return c.Return1(lua.String(n.mount.Label))
}

// getFreeSpace is 0 for mounts that can't be written to.
func (a *api) getFreeSpace(c lua.Call) (lua.Results, error) {
	if _, err := a.checkNode(c); err != nil {
		return 0, err
	}
	return c.Return1(lua.Number(0))
}

// getCapacity is nil for mounts that can't be written to.
func (a *api) getCapacity(c lua.Call) (lua.Results, error) {
	if _, err := a.checkNode(c); err != nil {
		return 0, err
	}
	return c.Return1(lua.Nil)
}
