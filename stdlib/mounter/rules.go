package mounter

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/afero"

	"github.com/luart/luart/vfs"
)

// Rules say which folders of the host programs may mount: those in the folders of a list. The zero value allows none. Once a
// computer uses them they must not change; any number may.
type Rules struct{ folders []allowed }

// allowed is a folder in which programs may mount folders.
type allowed struct {
	given    string // absolute, as the owner has written it
	real     string // without symbolic links
	writable bool
}

// Errors of Rules.Open.
var (
	// ErrDisabled: the path is in no folder that is allowed. (CraftOS-PC)
	ErrDisabled = errors.New("Mounting is disabled") //lint:ignore ST1005 CraftOS-PC's text
	// ErrReadOnly: the folder may be read only.
	ErrReadOnly = errors.New("this folder may be mounted read-only only")
)

// Allow lets programs mount dir and the folders in it, to be read or, with writable, to be changed as well. Of two folders of which
// one is in the other, the inner one decides. Symbolic links in dir itself are followed now.
func (r *Rules) Allow(dir string, writable bool) error {
	given, err := filepath.Abs(dir)
	if err != nil {
		return err
	}
	real, err := filepath.EvalSymlinks(given)
	if err != nil {
		return err
	}
	info, err := os.Stat(real)
	if err != nil {
		return err
	}
	if !info.IsDir() {
		return fmt.Errorf("%s is not a folder", dir)
	}
	r.folders = append(r.folders, allowed{given, real, writable})
	return nil
}

// Empty reports whether nothing may be mounted.
func (r *Rules) Empty() bool { return r == nil || len(r.folders) == 0 }

// Writable reports whether there are folders that may be mounted to be changed.
func (r *Rules) Writable() bool {
	if r != nil {
		for _, f := range r.folders {
			if f.writable {
				return true
			}
		}
	}
	return false
}

// Access is how a folder is to be mounted.
type Access int

// The ways to mount a folder.
const (
	AsAllowed Access = iota // to be changed if that is allowed, else to be read
	ReadOnly
	ReadWrite // fails with ErrReadOnly if that isn't allowed
)

// Open returns the file system of a folder of the host and whether it must not be changed. The path is the host's; a relative one begins
// at the process's working folder. It must lie in an allowed folder by its text, as the owner has written that folder or without
// the links in it; and what it leads to must, too: symbolic links are followed as far as they stay there, without a gap in which
// one could be put in place.
//
// Whether a path outside exists can't be learned from the error, and nothing there is looked at.
func (r *Rules) Open(path string, access Access) (files afero.Fs, readOnly bool, err error) {
	if r.Empty() {
		return nil, false, ErrDisabled
	}
	abs, err := filepath.Abs(path)
	if err != nil || strings.ContainsRune(path, 0) {
		return nil, false, ErrDisabled
	}
	in, rest, ok := r.find(abs)
	switch {
	case !ok:
		return nil, false, fmt.Errorf("%w for this folder: it is in none of those that may be mounted", ErrDisabled)
	case access == ReadWrite && !in.writable:
		return nil, false, ErrReadOnly
	}
	files, err = vfs.FolderIn(in.real, rest)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, false, errors.New("there is no such folder")
	case err != nil:
		return nil, false, errors.New("this is no folder, or it leads out of what may be mounted")
	}
	return files, access == ReadOnly || !in.writable, nil
}

// find returns the innermost allowed folder that a path is in, and the path in it.
func (r *Rules) find(abs string) (best allowed, rest string, ok bool) {
	length := -1
	for _, f := range r.folders {
		for _, dir := range []string{f.given, f.real} {
			rel, err := filepath.Rel(dir, abs)
			if err == nil && filepath.IsLocal(rel) && len(dir) > length {
				best, rest, ok, length = f, rel, true, len(dir)
			}
		}
	}
	return best, rest, ok
}
