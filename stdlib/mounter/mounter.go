// Package mounter is CraftOS-PC's mounter API: programs mount folders of the host, those that its owner has allowed.
//
// Calls of Lua functions enter; mounts of the computer's vfs.FS leave. The runtime calls Open while it boots a computer whose
// programs may mount; everything here runs on the computer's goroutine. What programs have mounted is gone when the computer starts anew.
package mounter

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/luart/luart/lua"
	"github.com/luart/luart/stdlib"
	"github.com/luart/luart/vfs"
)

// Options configure the API. Files must be set.
type Options struct {
	// Files is the computer's file system.
	Files *vfs.FS
	// Rules say what may be mounted; nothing unless set, and then each function throws ErrDisabled.
	Rules *Rules
}

// api is the state of the API in one computer.
type api struct {
	options Options
	mounts  []mount
}

// mount is one that a program has made.
type mount struct{ path, source string }

// Open puts the table mounter into the VM's globals.
func Open(c stdlib.Computer, o Options) {
	a := &api{options: o}
	t := lua.NewTable(0, 4)
	for _, f := range []struct {
		name string
		fn   lua.GoFunc
	}{{"mount", a.mount}, {"unmount", a.unmount}, {"list", a.list}, {"isReadOnly", a.isReadOnly}} {
		t.SetString(f.name, lua.NewFunction(f.name, func(c lua.Call) (lua.Results, error) {
			if o.Rules.Empty() {
				return 0, ErrDisabled
			}
			return f.fn(c)
		}))
	}
	c.VM().Globals().SetString("mounter", t.Value())
}

// mount is mounter.mount(name, path[, readOnly]): true, or false and a message. A folder that may not be mounted is an error.
// Without readOnly, the folder can be changed if that is allowed.
func (a *api) mount(c lua.Call) (lua.Results, error) {
	name, err := stdlib.CheckString(c, 1)
	if err != nil {
		return 0, err
	}
	source, err := stdlib.CheckString(c, 2)
	if err != nil {
		return 0, err
	}
	access := AsAllowed
	if !c.Arg(3).IsNil() {
		readOnly, err := stdlib.CheckBool(c, 3)
		if err != nil {
			return 0, err
		}
		if access = ReadWrite; readOnly {
			access = ReadOnly
		}
	}
	path := vfs.Clean(strings.Clone(name))
	if _, taken := a.options.Files.Mounted(path); taken {
		return fail(c, fmt.Errorf("/%s: there is a mount already", path))
	}
	files, readOnly, err := a.options.Rules.Open(strings.Clone(source), access)
	switch {
	case errors.Is(err, ErrDisabled):
		return 0, err
	case err != nil:
		return fail(c, fmt.Errorf("%s: %w", source, err))
	}
	if err := a.options.Files.Mount(vfs.Mount{Path: path, Label: vfs.Name(path), FS: files, ReadOnly: readOnly}); err != nil {
		if closer, ok := files.(io.Closer); ok {
			closer.Close()
		}
		return fail(c, err)
	}
	a.mounts = append(a.mounts, mount{path, strings.Clone(source)})
	return c.Return1(lua.True)
}

func fail(c lua.Call, err error) (lua.Results, error) {
	return c.Return(lua.False, lua.String(err.Error()))
}

// find returns the index of a mount that a program has made, -1 if there is none at the path.
func (a *api) find(path string) int {
	return slices.IndexFunc(a.mounts, func(m mount) bool { return strings.EqualFold(m.path, path) })
}

// unmount is mounter.unmount(name): whether a program had mounted something there. Its open files are closed.
func (a *api) unmount(c lua.Call) (lua.Results, error) {
	name, err := stdlib.CheckString(c, 1)
	if err != nil {
		return 0, err
	}
	i := a.find(vfs.Clean(name))
	if i < 0 {
		return c.Return1(lua.False)
	}
	path := a.mounts[i].path
	a.mounts = slices.Delete(a.mounts, i, i+1)
	if err := a.options.Files.Unmount(path); err != nil {
		return fail(c, err)
	}
	return c.Return1(lua.True)
}

// list is mounter.list(): for each path at which a program has mounted something, an array of the folder's path. What the
// owner of the host has mounted isn't in it.
func (a *api) list(c lua.Call) (lua.Results, error) {
	t := lua.NewTable(0, len(a.mounts))
	for _, m := range a.mounts {
		paths := lua.NewTable(1, 0)
		paths.Append(lua.String(m.source))
		t.SetString(m.path, paths.Value())
	}
	return c.Return1(t.Value())
}

// isReadOnly is mounter.isReadOnly(name), for any mount; false where there is none.
func (a *api) isReadOnly(c lua.Call) (lua.Results, error) {
	name, err := stdlib.CheckString(c, 1)
	if err != nil {
		return 0, err
	}
	m, _ := a.options.Files.Mounted(name)
	return c.Return1(lua.Bool(m.ReadOnly))
}
