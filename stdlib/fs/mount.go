package fs

import (
	"fmt"
	"io"
	iofs "io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// Mount is a file system that a computer sees at some path. Names are clean paths (see Clean) inside of it, "" being its
// top folder. The errors are those of package io/fs.
type Mount interface {
	Stat(name string) (iofs.FileInfo, error)
	// ReadDir returns the names in a folder, in any order.
	ReadDir(name string) ([]string, error)
	// Open opens a file for reading.
	Open(name string) (File, error)
}

// File is an open file. Reading at its end gives io.EOF, again and again.
type File interface {
	io.ReadSeekCloser
	Stat() (iofs.FileInfo, error)
}

// MountPoint says where a mount is.
type MountPoint struct {
	// Path is a clean path of the computer, "" for the root.
	Path string
	// Label is what fs.getDrive returns, "hdd" for example.
	Label string
	Mount Mount
}

// readOnly reports whether nothing can be changed in a mount: so far that holds for all.
func (m *MountPoint) readOnly() bool { return true }

// node is what a path of the computer leads to.
type node struct {
	mount *MountPoint
	local string // path in the mount
}

// find returns the mount that a path leads into: the one at the longest matching path, upper and lower case being the
// same (CraftOS).
func (a *api) find(path string) (node, error) {
	path = Clean(path)
	if escapes(path) {
		return node{}, fmt.Errorf("/%s: %w", path, errInvalid)
	}
	for i := range a.mounts {
		m := &a.mounts[i]
		switch n := len(m.Path); {
		case n == 0:
			return node{m, path}, nil
		case len(path) >= n && strings.EqualFold(path[:n], m.Path):
			if len(path) == n {
				return node{m, ""}, nil
			}
			if path[n] == '/' {
				return node{m, path[n+1:]}, nil
			}
		}
	}
	return node{}, fmt.Errorf("/%s: %w", path, errNotFound)
}

// mountsIn returns the names that mounts have in a folder.
func (a *api) mountsIn(n node) []string {
	var names []string
	folder := n.path()
	for i := range a.mounts {
		m := &a.mounts[i]
		if m.Path == "" {
			continue
		}
		if dir := parent(m.Path); strings.EqualFold(dir, folder) {
			names = append(names, m.Path[strings.LastIndexByte(m.Path, '/')+1:])
		}
	}
	return names
}

// path is the node's path in the computer.
func (n node) path() string {
	if n.mount.Path == "" || n.local == "" {
		return n.mount.Path + n.local
	}
	return n.mount.Path + "/" + n.local
}

func (n node) stat() (iofs.FileInfo, error) { return n.mount.Mount.Stat(n.local) }

// fail is the error that programs see when something went wrong with the node: CraftOS's text, with the path in front.
func (n node) fail(err error) error { return fmt.Errorf("/%s: %w", n.path(), described(err)) }

// folder is a Mount of a folder of the host. No ".." and no symbolic link leads out of it.
type folder struct{ root *os.Root }

// Folder returns a mount of a folder of the host. The closer releases it.
func Folder(dir string) (Mount, io.Closer, error) {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, nil, err
	}
	return folder{root}, root, nil
}

// native is a path as the host writes it.
func native(name string) string {
	if name == "" {
		return "."
	}
	return filepath.FromSlash(name)
}

func (f folder) Stat(name string) (iofs.FileInfo, error) { return f.root.Stat(native(name)) }

func (f folder) ReadDir(name string) ([]string, error) {
	dir, err := f.root.Open(native(name))
	if err != nil {
		return nil, err
	}
	defer dir.Close()
	return dir.Readdirnames(-1)
}

func (f folder) Open(name string) (File, error) { return f.root.Open(native(name)) }

// tree is a Mount of a file system of package io/fs.
type tree struct{ fs iofs.FS }

// Tree returns a mount of a file system whose files are io.ReaderAt, as embedded ones are.
func Tree(fsys iofs.FS) Mount { return tree{fsys} }

func valid(name string) string {
	if name == "" {
		return "."
	}
	return name
}

func (t tree) Stat(name string) (iofs.FileInfo, error) { return iofs.Stat(t.fs, valid(name)) }

func (t tree) ReadDir(name string) ([]string, error) {
	entries, err := iofs.ReadDir(t.fs, valid(name))
	if err != nil {
		return nil, err
	}
	names := make([]string, len(entries))
	for i, e := range entries {
		names[i] = e.Name()
	}
	return names, nil
}

func (t tree) Open(name string) (File, error) {
	f, err := t.fs.Open(valid(name))
	if err != nil {
		return nil, err
	}
	info, err := f.Stat()
	at, ok := f.(io.ReaderAt)
	if err != nil || !ok {
		f.Close()
		return nil, errNotFile // a folder, for example
	}
	return treeFile{io.NewSectionReader(at, 0, info.Size()), f}, nil
}

// treeFile lets programs seek beyond the end of a file, as in a folder of the host.
type treeFile struct {
	*io.SectionReader
	file iofs.File
}

func (f treeFile) Stat() (iofs.FileInfo, error) { return f.file.Stat() }
func (f treeFile) Close() error                 { return f.file.Close() }

// Empty is a mount of a folder without files.
var Empty Mount = Tree(emptyFS{})

type emptyFS struct{}

func (emptyFS) Open(name string) (iofs.File, error) {
	if name == "." {
		return emptyDir{}, nil
	}
	return nil, &iofs.PathError{Op: "open", Path: name, Err: iofs.ErrNotExist}
}

// emptyDir is the folder, open.
type emptyDir struct{}

func (emptyDir) Stat() (iofs.FileInfo, error) { return emptyDir{}, nil }
func (emptyDir) Close() error                 { return nil }
func (emptyDir) Read([]byte) (int, error) {
	return 0, &iofs.PathError{Op: "read", Path: ".", Err: iofs.ErrInvalid}
}
func (emptyDir) ReadDir(n int) ([]iofs.DirEntry, error) {
	if n > 0 {
		return nil, io.EOF
	}
	return nil, nil
}
func (emptyDir) Name() string        { return "." }
func (emptyDir) Size() int64         { return 0 }
func (emptyDir) Mode() iofs.FileMode { return iofs.ModeDir | 0o555 }
func (emptyDir) ModTime() time.Time  { return time.Time{} }
func (emptyDir) IsDir() bool         { return true }
func (emptyDir) Sys() any            { return nil }
