package vfs

import (
	"errors"
	"os"
	"syscall"
)

// Errors of Rename besides CraftOS's.
var (
	errMounts  = errors.New("the two places are on different mounts, where no rename is one step; use fs.move")
	errWriting = errors.New("the file is being written for the first time; close it before it is renamed")
)

// Rename gives a file or folder another name, in one step: whatever happens, it has the one or the other. Unlike Move, it
// replaces a file by a file, never goes on by copying, and makes the folder that the new name is in only if that is missing. With durable, the names outlive a
// power cut from then on; the content of files does if it was written by an FS, or has been synced.
func (f *FS) Rename(from, to string, durable bool, poll Poll) error {
	src, dst, err := f.findBoth(from, to)
	if err != nil {
		return err
	}
	if src.v.ReadOnly || f.fixed(src) {
		return src.fail(ErrAccess)
	}
	if dst.v.ReadOnly || f.fixed(dst) {
		return dst.fail(ErrAccess)
	}
	what, err := f.peek(src)
	if err != nil {
		return src.fail(err)
	}
	if src.path() == dst.path() {
		return nil
	}
	v := src.v
	if v != dst.v {
		return &PathError{dst.path(), errMounts}
	}
	if _, inside := within(src.path(), dst.path()); inside {
		return src.fail(ErrMoveIn)
	}
	if _, pending := v.real(src.local); pending != nil {
		return &PathError{src.path(), errWriting}
	}
	if err := v.measure(poll); err != nil {
		return dst.fail(err)
	}
	var freed int64
	switch old, err := v.lstat(dst.local); {
	case err == nil && (old.IsDir() || what.IsDir()):
		// Where upper and lower case are the same, this may be the very folder, whose name is to be written in another way.
		if here, hereErr := v.lstat(src.local); hereErr != nil || !os.SameFile(here, old) {
			return dst.fail(ErrExists)
		}
	case err == nil:
		freed = cost(old)
	case !isMissing(err):
		return dst.fail(err)
	}
	made, err := v.makeDirs(Dir(dst.local))
	if err != nil {
		return dst.fail(err)
	}
	if freed > 0 {
		v.unname(dst.local)
	}
	switch err := v.FS.Rename(name(src.local), name(dst.local)); {
	case errors.Is(err, syscall.EXDEV):
		return &PathError{dst.path(), errMounts} // the host has mounts of its own
	case err != nil:
		return dst.fail(err)
	}
	v.refund(freed)
	if freed > 0 {
		v.uncredit(dst.local)
	}
	v.moved(src.local, dst.local)
	if durable {
		v.syncDir(Dir(dst.local), made+1)
		if Dir(src.local) != Dir(dst.local) {
			v.syncDir(Dir(src.local), 1)
		}
	}
	return nil
}
