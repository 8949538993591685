package vfs

import (
	"io"
	"path/filepath"
	"strings"
)

// This file is for what works on the host's files on goroutines of its own: databases, watchers, and readers of large files.

// OpenShared opens a file for reading apart from the files of programs: one goroutine at a time may use it, any one, and it
// doesn't count as open. The caller closes it before the FS is closed. What a program has written and not closed yet isn't in it.
// The errors are those of Open. Calling it is for the goroutine that the FS belongs to.
func (f *FS) OpenShared(path string) (io.ReadCloser, error) {
	n, err := f.find(path)
	if err != nil {
		return nil, err
	}
	info, err := f.stat(n)
	switch {
	case err != nil:
		return nil, n.fail(err)
	case !info.Mode().IsRegular(): // a pipe could wait for ever
		return nil, n.fail(ErrNotFile)
	}
	file, err := n.v.FS.Open(name(n.local))
	if err != nil {
		return nil, n.fail(err)
	}
	return file, nil
}

// Place is where the host has a file or folder of the computer.
type Place struct {
	// Path is the computer's path, clean.
	Path string
	// Host is the absolute path on the host. There was no symbolic link in it, and Recheck tells whether that is still so below
	// the folder that is mounted.
	Host string
	// ReadOnly forbids changes, Limited is whether the mount has a capacity, against which changes that are made behind
	// the FS's back wouldn't count.
	ReadOnly, Limited bool

	fs *folder
	in string
}

// Host returns where the host has the file or folder at a path, which need not exist, but for the folder that it is in. It is
// ErrAccess if that is on no folder of the host, as the ROM isn't, nor what is changed in memory only; and if a symbolic link is on the
// way, wherever it leads.
func (f *FS) Host(path string) (Place, error) {
	n, err := f.find(path)
	if err != nil {
		return Place{}, err
	}
	folder, ok := n.v.FS.(folder)
	if !ok {
		return Place{}, n.fail(ErrAccess)
	}
	dir, err := filepath.Abs(folder.root.Name())
	if err == nil {
		dir, err = filepath.EvalSymlinks(dir)
	}
	if err != nil {
		return Place{}, n.fail(ErrAccess)
	}
	p := Place{
		Path: n.path(), Host: filepath.Join(dir, filepath.FromSlash(n.local)),
		ReadOnly: n.v.ReadOnly, Limited: n.v.Capacity > 0,
		fs: &folder, in: n.local,
	}
	if err := p.Recheck(); err != nil {
		return Place{}, n.fail(err)
	}
	return p, nil
}

// Visible reports whether a name of the host's is that of a file or folder, and not of one that is being written, which the computer doesn't see.
func Visible(name string) bool { return !isTemp(name) }

// Recheck fails if a symbolic link has come into the place's way, or the folder is gone that it is in. Any goroutine may call it until the FS
// is closed.
func (p Place) Recheck() error {
	parts := strings.Split(p.in, "/")
	for i := range parts {
		info, _, err := p.fs.LstatIfPossible(name(strings.Join(parts[:i+1], "/")))
		last := i == len(parts)-1
		switch {
		case err != nil && last && isMissing(err):
			return nil // it can be made
		case err != nil:
			return describe(err)
		case info.IsDir(), last && info.Mode().IsRegular():
		default:
			return ErrAccess
		}
	}
	return nil
}
