package vfs

import (
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/spf13/afero"
)

// folder is a folder of the host. It is made of os.Root, so that neither ".." nor a symbolic link leads out of it, not even
// one that somebody puts there while a path is being followed.
type folder struct{ root *os.Root }

var (
	_ afero.Fs      = folder{}
	_ afero.Lstater = folder{}
	_ io.Closer     = folder{}
)

// Folder returns the file system of a folder of the host. Nothing leads out of it. It is an io.Closer.
func Folder(dir string) (afero.Fs, error) {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, err
	}
	return folder{root}, nil
}

func (f folder) Name() string { return "folder" }
func (f folder) Close() error { return f.root.Close() }

func (f folder) Create(name string) (afero.File, error) {
	return f.OpenFile(name, os.O_RDWR|os.O_CREATE|os.O_TRUNC, 0o666)
}

func (f folder) Open(name string) (afero.File, error) { return f.OpenFile(name, os.O_RDONLY, 0) }

func (f folder) OpenFile(name string, flag int, perm fs.FileMode) (afero.File, error) {
	file, err := f.root.OpenFile(filepath.FromSlash(name), flag, perm)
	if err != nil {
		return nil, err // a nil *os.File is no nil afero.File
	}
	return file, nil
}

func (f folder) Mkdir(name string, perm fs.FileMode) error {
	return f.root.Mkdir(filepath.FromSlash(name), perm)
}
func (f folder) MkdirAll(name string, perm fs.FileMode) error {
	return f.root.MkdirAll(filepath.FromSlash(name), perm)
}
func (f folder) Remove(name string) error    { return f.root.Remove(filepath.FromSlash(name)) }
func (f folder) RemoveAll(name string) error { return f.root.RemoveAll(filepath.FromSlash(name)) }
func (f folder) Rename(from, to string) error {
	return f.root.Rename(filepath.FromSlash(from), filepath.FromSlash(to))
}
func (f folder) Stat(name string) (fs.FileInfo, error) { return f.root.Stat(filepath.FromSlash(name)) }
func (f folder) LstatIfPossible(name string) (fs.FileInfo, bool, error) {
	info, err := f.root.Lstat(filepath.FromSlash(name))
	return info, true, err
}
func (f folder) Chmod(name string, mode fs.FileMode) error {
	return f.root.Chmod(filepath.FromSlash(name), mode)
}
func (f folder) Chown(name string, uid, gid int) error {
	return f.root.Chown(filepath.FromSlash(name), uid, gid)
}
func (f folder) Chtimes(name string, accessed, modified time.Time) error {
	return f.root.Chtimes(filepath.FromSlash(name), accessed, modified)
}

// Memory returns an empty file system in memory. Its mount should have a capacity.
func Memory() afero.Fs { return afero.NewMemMapFs() }

// Tree returns the file system of a read-only one of package io/fs whose files are io.ReaderAt, as embedded ones are.
func Tree(fsys fs.FS) afero.Fs { return afero.FromIOFS{FS: fsys} }
