package vfs

import (
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"time"

	"github.com/spf13/afero"
)

// folder is a folder of the host. It is made of os.Root, so that neither ".." nor a symbolic link leads out of it, not even
// one that somebody puts there while a path is being followed.
type folder struct {
	root    *os.Root
	windows bool // names follow Windows's rules
}

// onWindows is whether this is a program for Windows.
const onWindows = runtime.GOOS == "windows"

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
	return folder{root, onWindows}, nil
}

// FolderIn is Folder for a folder in another one, at a path with the host's separators, "." being that one itself. It
// fails if the path leads out of dir, be it by "..", by a symbolic link, or by one that somebody puts there meanwhile.
func FolderIn(dir, path string) (afero.Fs, error) {
	top, err := os.OpenRoot(dir)
	if err != nil {
		return nil, err
	}
	defer top.Close()
	root, err := top.OpenRoot(path)
	if err != nil {
		return nil, err
	}
	return folder{root, onWindows}, nil
}

func (f folder) Name() string { return "folder" }
func (f folder) Close() error { return f.root.Close() }

func (f folder) Create(name string) (afero.File, error) {
	return f.OpenFile(name, os.O_RDWR|os.O_CREATE|os.O_TRUNC, 0o666)
}

func (f folder) Open(name string) (afero.File, error) { return f.OpenFile(name, os.O_RDONLY, 0) }

func (f folder) OpenFile(name string, flag int, perm fs.FileMode) (afero.File, error) {
	if err := f.check("open", name); err != nil {
		return nil, err
	}
	file, err := f.root.OpenFile(filepath.FromSlash(name), flag, perm)
	if err != nil {
		return nil, err // a nil *os.File is no nil afero.File
	}
	return file, nil
}

func (f folder) Mkdir(name string, perm fs.FileMode) error {
	if err := f.check("mkdir", name); err != nil {
		return err
	}
	return f.root.Mkdir(filepath.FromSlash(name), perm)
}
func (f folder) MkdirAll(name string, perm fs.FileMode) error {
	if err := f.check("mkdirall", name); err != nil {
		return err
	}
	return f.root.MkdirAll(filepath.FromSlash(name), perm)
}
func (f folder) Remove(name string) error {
	if err := f.check("remove", name); err != nil {
		return err
	}
	return f.root.Remove(filepath.FromSlash(name))
}
func (f folder) RemoveAll(name string) error {
	if err := f.check("removeall", name); err != nil {
		return err
	}
	return f.root.RemoveAll(filepath.FromSlash(name))
}
func (f folder) Rename(from, to string) error {
	if err := f.check("rename", from); err != nil {
		return err
	}
	if err := f.check("rename", to); err != nil {
		return err
	}
	return f.root.Rename(filepath.FromSlash(from), filepath.FromSlash(to))
}
func (f folder) Stat(name string) (fs.FileInfo, error) {
	if err := f.check("stat", name); err != nil {
		return nil, err
	}
	return f.root.Stat(filepath.FromSlash(name))
}
func (f folder) LstatIfPossible(name string) (fs.FileInfo, bool, error) {
	if err := f.check("lstat", name); err != nil {
		return nil, true, err
	}
	info, err := f.root.Lstat(filepath.FromSlash(name))
	return info, true, err
}
func (f folder) Chmod(name string, mode fs.FileMode) error {
	if err := f.check("chmod", name); err != nil {
		return err
	}
	return f.root.Chmod(filepath.FromSlash(name), mode)
}
func (f folder) Chown(name string, uid, gid int) error {
	if err := f.check("chown", name); err != nil {
		return err
	}
	return f.root.Chown(filepath.FromSlash(name), uid, gid)
}
func (f folder) Chtimes(name string, accessed, modified time.Time) error {
	if err := f.check("chtimes", name); err != nil {
		return err
	}
	return f.root.Chtimes(filepath.FromSlash(name), accessed, modified)
}

// Memory returns an empty file system in memory. Its mount should have a capacity.
func Memory() afero.Fs { return afero.NewMemMapFs() }

// Tree returns the file system of a read-only one of package io/fs whose files are io.ReaderAt, as embedded ones are.
func Tree(fsys fs.FS) afero.Fs { return afero.FromIOFS{FS: fsys} }
