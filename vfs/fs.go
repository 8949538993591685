package vfs

import (
	"fmt"
	"io"
	"io/fs"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/spf13/afero"
)

// DefaultMaxOpen is how many files one computer may have open (CraftOS).
const DefaultMaxOpen = 128

// maxParts is how many folders a path may lead through.
const maxParts = 256

// Mount is a file system and its place in the computer.
type Mount struct {
	// Path is where it is; "" is the root. Folders that lead there need not exist.
	Path string
	// Label is what fs.getDrive returns, "hdd" for example.
	Label string
	// FS gets paths relative to itself, with slashes, "." being its top folder. If it is an io.Closer, FS.Close closes it.
	FS afero.Fs
	// ReadOnly forbids all changes.
	ReadOnly bool
	// Capacity is how much the files may take together, in bytes; 0 is no limit. A mount of Memory should have one.
	Capacity int64
}

// Options configure an FS.
type Options struct {
	// Mounts are the file systems that the computer sees. One of them should be at the root.
	Mounts []Mount
	// MaxOpen is how many files may be open; 0 is DefaultMaxOpen.
	MaxOpen int
	// Held is told how long a disk took to store data durably. It may be nil.
	Held func(time.Duration)
	// Discarded is told of a file whose new content was never made valid by Close or Flush, and so is lost; the path is
	// clean. It may be nil.
	Discarded func(path string)
}

// Poll is called now and then by what can take long, such as the copy of a large folder. Its error stops the work and is returned
// as it is. nil lets everything go on.
type Poll func() error

func (p Poll) check() error {
	if p != nil {
		if err := p(); err != nil {
			return stopped{err}
		}
	}
	return nil
}

// FS is the file system of one computer. Paths that enter its methods need not be clean.
type FS struct {
	options Options
	volumes []*volume // longest path first
	open    map[*File]struct{}
	claims  []*Claim
	lost    struct {
		sync.Mutex
		files []*File // abandoned, but not closed yet
	}
}

// New makes the file system of a computer. The error is that of a mount whose place is taken or lies outside.
func New(o Options) (*FS, error) {
	if o.MaxOpen == 0 {
		o.MaxOpen = DefaultMaxOpen
	}
	f := &FS{options: o, open: make(map[*File]struct{})}
	for _, m := range o.Mounts {
		m.Path = Clean(m.Path)
		if escapes(m.Path) {
			return nil, &PathError{m.Path, ErrInvalid}
		}
		if f.mounted(m.Path) != nil {
			return nil, fmt.Errorf("there are two mounts at /%s", m.Path)
		}
		f.add(m)
	}
	return f, nil
}

// Close closes all files, those that were being replaced without a change to the old ones, ends claims, and closes the mounts.
func (f *FS) Close() error {
	f.reap()
	for len(f.claims) > 0 {
		f.claims[0].Release()
	}
	for file := range f.open {
		file.drop()
	}
	var first error
	for _, v := range f.volumes {
		if c, ok := v.FS.(io.Closer); ok {
			if err := c.Close(); err != nil && first == nil {
				first = err
			}
		}
	}
	return first
}

// node is what a path of the computer leads to.
type node struct {
	v     *volume
	local string // path in the mount, clean
}

// path is the node's path in the computer.
func (n node) path() string { return join(n.v.Path, n.local) }

// fail is the error that programs see when something went wrong with the node: CraftOS's text, with the path in front.
func (n node) fail(err error) error {
	if stop, ok := err.(stopped); ok {
		return stop.error
	}
	return &PathError{n.path(), describe(err)}
}

// find returns the mount that a path leads into: the one at the longest matching path, upper and lower case being the
// same (CraftOS).
func (f *FS) find(path string) (node, error) {
	path = Clean(path)
	if escapes(path) {
		return node{}, &PathError{path, ErrInvalid}
	}
	if len(path) > maxPath || strings.Count(path, "/") >= maxParts {
		return node{}, &PathError{path, ErrAccess}
	}
	for part := range strings.SplitSeq(path, "/") {
		if isTemp(part) {
			return node{}, &PathError{path, ErrAccess}
		}
	}
	for _, v := range f.volumes {
		if rest, ok := within(v.Path, path); ok {
			return node{v, rest}, nil
		}
	}
	return node{}, &PathError{path, ErrNotFound}
}

// findBoth is find for the two paths of what goes from one place to another.
func (f *FS) findBoth(from, to string) (src, dst node, err error) {
	if src, err = f.find(from); err == nil {
		dst, err = f.find(to)
	}
	return src, dst, err
}

// mountsIn returns the names that mounts, and the folders that lead to them, have in a folder.
func (f *FS) mountsIn(folder string) []string {
	var names []string
	for _, v := range f.volumes {
		if rest, ok := within(folder, v.Path); ok && rest != "" {
			name, _, _ := strings.Cut(rest, "/")
			names = append(names, name)
		}
	}
	return names
}

// stat is the information about a node. A folder that only leads to a mount is one nevertheless.
func (f *FS) stat(n node) (fs.FileInfo, error) {
	info, err := n.v.stat(n.local)
	if err != nil && isMissing(err) && len(f.mountsIn(n.path())) > 0 {
		return way{}, nil
	}
	return info, err
}

// way is a folder that exists only because a mount is somewhere in it.
type way struct{}

func (way) Name() string       { return "" }
func (way) Size() int64        { return 0 }
func (way) Mode() fs.FileMode  { return fs.ModeDir | 0o777 }
func (way) ModTime() time.Time { return time.Time{} }
func (way) IsDir() bool        { return true }
func (way) Sys() any           { return nil }

// Info is what a file or folder is.
type Info struct {
	Size     int64 // in bytes; 0 for folders
	IsDir    bool
	ReadOnly bool
	Modified time.Time // zero for those that have none, such as in the ROM
}

// Stat returns the information about a file or folder.
func (f *FS) Stat(path string) (Info, error) {
	n, err := f.find(path)
	if err != nil {
		return Info{}, err
	}
	info, err := f.stat(n)
	if err != nil {
		return Info{}, n.fail(err)
	}
	i := Info{IsDir: info.IsDir(), ReadOnly: n.v.ReadOnly || !writable(info), Modified: info.ModTime()}
	if !i.IsDir {
		i.Size = info.Size()
	}
	return i, nil
}

// writable goes by the permissions that a file has for anybody.
func writable(info fs.FileInfo) bool { return info.Mode()&0o222 != 0 }

// IsReadOnly reports whether a file can't be changed: because of its mount, or because of the host's permissions for it, or for the
// folder that it would be in. Paths outside are not said to be read-only (CraftOS).
func (f *FS) IsReadOnly(path string) bool {
	n, err := f.find(path)
	if err != nil {
		return false
	}
	if n.v.ReadOnly {
		return true
	}
	for local := n.local; ; local = Dir(local) {
		if info, err := n.v.stat(local); err == nil {
			return !writable(info)
		}
		if local == "" {
			return false
		}
	}
}

// List returns the sorted names in a folder, those of mounts among them.
func (f *FS) List(path string, poll Poll) ([]string, error) {
	n, err := f.find(path)
	if err != nil {
		return nil, err
	}
	info, err := f.stat(n)
	if err != nil {
		return nil, n.fail(err)
	}
	if !info.IsDir() {
		return nil, n.fail(ErrNotDir)
	}
	var names []string
	if _, only := info.(way); !only {
		if names, err = n.v.list(n.local, poll); err != nil {
			return nil, n.fail(err)
		}
	}
	names = append(names, f.mountsIn(n.path())...)
	slices.Sort(names)
	return slices.Compact(names), nil
}

// Drive returns the label of the mount that a file is on.
func (f *FS) Drive(path string) (string, error) {
	n, err := f.find(path)
	if err != nil {
		return "", err
	}
	if _, err := f.stat(n); err != nil {
		return "", n.fail(err)
	}
	return n.v.Label, nil
}

// Free returns how much more can be stored where a path leads, in bytes: 0 on a read-only mount, what is free on the host's disk on
// one without a capacity, -1 where that is not known. The first call for a mount with a capacity adds its files up.
func (f *FS) Free(path string, poll Poll) (int64, error) {
	n, err := f.find(path)
	switch {
	case err != nil:
		return 0, err
	case n.v.ReadOnly:
		return 0, nil
	case n.v.Capacity <= 0:
		if free, _, ok := n.v.diskSpace(); ok {
			return free, nil
		}
		return -1, nil
	}
	if err := n.v.measure(poll); err != nil {
		return 0, n.fail(err)
	}
	return max(n.v.Capacity-n.v.used-n.v.outside.Load(), 0), nil
}

// Capacity returns how much can be stored where a path leads, in bytes: the size of the host's disk on a mount without a capacity. It
// returns false for a read-only mount, and where that is not known.
func (f *FS) Capacity(path string) (int64, bool, error) {
	n, err := f.find(path)
	if err != nil {
		return 0, false, err
	}
	if n.v.Capacity <= 0 && !n.v.ReadOnly {
		_, total, ok := n.v.diskSpace()
		return total, ok, nil
	}
	return n.v.Capacity, !n.v.ReadOnly, nil
}
