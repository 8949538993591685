package vfs

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"strings"
)

// This file adds mounts to a file system that is in use, and takes them away.

// MaxMounts is how many mounts a computer may have. Each may hold a folder of the host open.
const MaxMounts = 128

// Mount adds a file system to those that the computer sees. The path may be a folder that exists, whose files are hidden as long as
// the mount is there. It fails with ErrInvalid for a path that leads out of the computer and ErrExists if there is a mount
// already; then m.FS remains the caller's to close.
func (f *FS) Mount(m Mount) error {
	m.Path = Clean(m.Path)
	if escapes(m.Path) {
		return &PathError{m.Path, ErrInvalid}
	}
	if f.mounted(m.Path) != nil {
		return &PathError{m.Path, ErrExists}
	}
	if len(f.volumes) >= MaxMounts {
		return fmt.Errorf("there are %d mounts already", MaxMounts)
	}
	f.add(m)
	return nil
}

// add puts a mount among the others, the longest path first.
func (f *FS) add(m Mount) {
	v := &volume{Mount: m, fs: f, held: f.options.Held}
	at, _ := slices.BinarySearchFunc(f.volumes, len(m.Path), func(v *volume, n int) int {
		return cmp.Or(cmp.Compare(n, len(v.Path)), -1) // behind those that are as long
	})
	f.volumes = slices.Insert(f.volumes, at, v)
}

// Unmount takes away the mount at a path, and closes the files on it as Close does; it is ErrNotFound if there is none. Mounts
// below it stay. The root cannot be taken away: that is ErrAccess.
func (f *FS) Unmount(path string) error {
	path = Clean(path)
	v := f.mounted(path)
	switch {
	case v == nil:
		return &PathError{path, ErrNotFound}
	case path == "":
		return &PathError{path, ErrAccess}
	}
	f.reap()
	for file := range f.open {
		if file.v == v {
			file.drop()
		}
	}
	for _, c := range slices.Clone(f.claims) {
		if c.v == v {
			c.Release()
		}
	}
	f.volumes = slices.DeleteFunc(f.volumes, func(other *volume) bool { return other == v })
	if c, ok := v.FS.(io.Closer); ok {
		return c.Close()
	}
	return nil
}

// Mounted returns the mount at a path, false if there is none: a path in a mount is none.
func (f *FS) Mounted(path string) (Mount, bool) {
	if v := f.mounted(Clean(path)); v != nil {
		return v.Mount, true
	}
	return Mount{}, false
}

func (f *FS) mounted(clean string) *volume {
	for _, v := range f.volumes {
		if strings.EqualFold(v.Path, clean) {
			return v
		}
	}
	return nil
}
