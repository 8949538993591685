package vfs

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"syscall"
)

// maxCopyDepth is how many folders deep a copy goes (CraftOS).
const maxCopyDepth = 128

// maxDeleteDepth is how many folders deep a deletion goes. Paths are shorter, but folders can be moved into one another.
const maxDeleteDepth = 10_000

// copyStep is how much of a file is copied between two polls, in bytes.
const copyStep = 64 << 10

// MakeDir makes a folder, and those that it is in. One that exists is left alone.
func (f *FS) MakeDir(path string, poll Poll) error {
	n, err := f.find(path)
	if err != nil {
		return err
	}
	if n.v.ReadOnly {
		return n.fail(ErrAccess)
	}
	info, err := f.stat(n)
	switch {
	case err == nil && info.IsDir():
		return nil
	case err == nil:
		return n.fail(ErrExists)
	case !isMissing(err):
		return n.fail(err)
	}
	if err := n.v.measure(poll); err != nil {
		return n.fail(err)
	}
	if _, err := n.v.makeDirs(n.local); err != nil {
		return n.fail(err)
	}
	return nil
}

// fixed reports whether a node can't go away because it is a mount, or leads to one.
func (f *FS) fixed(n node) bool { return n.local == "" || len(f.mountsIn(n.path())) > 0 }

// Delete deletes a file, or a folder with all that is in it. That there is none is no error. One that stops in the middle
// has deleted a part.
func (f *FS) Delete(path string, poll Poll) error {
	n, err := f.find(path)
	if err != nil {
		return err
	}
	if n.v.ReadOnly || f.fixed(n) {
		return n.fail(ErrAccess)
	}
	if err := n.v.measure(poll); err != nil {
		return n.fail(err)
	}
	if err := n.v.remove(n.local, poll); err != nil {
		return n.fail(err)
	}
	n.v.deleted(n.local)
	return nil
}

// remove deletes a tree, counting as it goes.
func (v *volume) remove(local string, poll Poll) error {
	info, err := v.lstat(local)
	switch {
	case err != nil && isMissing(err):
		return nil
	case err != nil:
		return err
	}
	return v.removeNode(local, info, 0, poll)
}

func (v *volume) removeNode(local string, info fs.FileInfo, depth int, poll Poll) error {
	if err := poll.check(); err != nil {
		return err
	}
	if depth > maxDeleteDepth {
		return ErrAccess
	}
	if info.IsDir() {
		names, err := v.names(local, poll)
		if err != nil {
			return err
		}
		for _, n := range names {
			path := join(local, n)
			inner, err := v.lstat(path)
			if err == nil {
				err = v.removeNode(path, inner, depth+1, poll)
			}
			if err != nil && !isMissing(err) {
				return err
			}
		}
	}
	freed := cost(info)
	if isTemp(Name(local)) {
		freed = 0 // it counts by itself
	}
	if !info.IsDir() {
		v.unname(local)
	}
	if err := v.FS.Remove(name(local)); err != nil {
		return err
	}
	v.refund(freed)
	return nil
}

// Move moves a file or folder. The errors have no path in front (CraftOS), but for paths that lead outside. Within a mount it is one
// step; from one mount to another it is a copy and a deletion.
func (f *FS) Move(from, to string, poll Poll) error {
	src, dst, err := f.findBoth(from, to)
	if err != nil {
		return err
	}
	err = f.move(src, dst, poll)
	if stop, ok := err.(stopped); ok {
		return stop.error
	}
	if err != nil {
		return describe(err)
	}
	return nil
}

func (f *FS) move(src, dst node, poll Poll) error {
	if src.v.ReadOnly || dst.v.ReadOnly {
		return ErrAccess
	}
	if _, err := f.peek(src); err != nil {
		return err
	}
	if _, err := f.peek(dst); err == nil {
		return ErrExists
	} else if !isMissing(err) {
		return err
	}
	if _, inside := within(src.path(), dst.path()); inside {
		return ErrMoveIn
	}
	if f.fixed(src) {
		return ErrAccess
	}
	if err := dst.v.measure(poll); err != nil {
		return err
	}
	if src.v != dst.v {
		return f.carry(src, dst, poll)
	}
	v := src.v
	if _, err := v.makeDirs(Dir(dst.local)); err != nil {
		return err
	}
	if _, pending := v.real(src.local); pending == nil {
		err := v.FS.Rename(name(src.local), name(dst.local))
		if errors.Is(err, syscall.EXDEV) {
			return f.carry(src, dst, poll) // the host has mounts of its own
		}
		if err != nil {
			return err
		}
	}
	v.moved(src.local, dst.local)
	return nil
}

// peek is stat for what may be a symbolic link that leads nowhere: it can be moved, and is in the way.
func (f *FS) peek(n node) (fs.FileInfo, error) {
	info, err := f.stat(n)
	if err != nil {
		if link, linkErr := n.v.lstat(n.local); linkErr == nil {
			return link, nil
		}
	}
	return info, err
}

// carry moves by copying.
func (f *FS) carry(src, dst node, poll Poll) error {
	if err := src.v.measure(poll); err != nil {
		return err
	}
	if err := f.copyTree(src, dst, poll); err != nil {
		return err
	}
	if err := src.v.remove(src.local, poll); err != nil {
		return err
	}
	src.v.deleted(src.local)
	return nil
}

// Copy copies a file, or a folder with all that is in it but mounts. One that stops in the middle has copied a part, each
// file of which is whole.
func (f *FS) Copy(from, to string, poll Poll) error {
	src, dst, err := f.findBoth(from, to)
	if err != nil {
		return err
	}
	if dst.v.ReadOnly {
		return dst.fail(ErrAccess)
	}
	if _, err := f.stat(src); err != nil {
		return src.fail(err)
	}
	if _, err := f.peek(dst); err == nil {
		return dst.fail(ErrExists)
	} else if !isMissing(err) {
		return dst.fail(err)
	}
	if _, inside := within(src.path(), dst.path()); inside {
		return src.fail(ErrCopyIn)
	}
	if err := dst.v.measure(poll); err != nil {
		return dst.fail(err)
	}
	if err := f.copyTree(src, dst, poll); err != nil {
		var path *PathError
		if errors.As(err, &path) {
			return path
		}
		return dst.fail(err)
	}
	return nil
}

func (f *FS) copyTree(src, dst node, poll Poll) error {
	info, err := f.stat(src)
	if err != nil {
		return src.fail(err)
	}
	made, err := dst.v.makeDirs(Dir(dst.local))
	if err != nil {
		return err
	}
	c := copier{fs: f, poll: poll, buf: make([]byte, copyStep)}
	if err := c.node(src, dst, info, nil); err != nil {
		return err
	}
	dst.v.syncDir(Dir(dst.local), made+1)
	return nil
}

// copier is the state of a copy.
type copier struct {
	fs   *FS
	poll Poll
	buf  []byte
}

func (c *copier) node(src, dst node, info fs.FileInfo, above []fs.FileInfo) error {
	if err := c.poll.check(); err != nil {
		return err
	}
	switch {
	case !info.IsDir() && !info.Mode().IsRegular():
		return src.fail(ErrNotFile)
	case !info.IsDir():
		return c.file(src, dst)
	case len(above) >= maxCopyDepth:
		return src.fail(ErrTooDeep)
	}
	for _, folder := range above {
		if os.SameFile(folder, info) {
			return src.fail(ErrTooDeep) // a symbolic link to a folder that it is in
		}
	}
	var names []string
	if _, only := info.(way); !only {
		var err error
		if names, err = src.v.list(src.local, c.poll); err != nil {
			return err
		}
	}
	if _, err := dst.v.makeDirs(dst.local); err != nil {
		return err
	}
	above = append(above, info)
	for _, n := range names {
		from, to := node{src.v, join(src.local, n)}, node{dst.v, join(dst.local, n)}
		inner, err := src.v.stat(from.local)
		if err != nil {
			return from.fail(err)
		}
		if err := c.node(from, to, inner, above); err != nil {
			return err
		}
	}
	dst.v.syncDir(dst.local, 1)
	return nil
}

// file copies one file, whose name the caller makes durable. It doesn't count as an open one.
func (c *copier) file(src, dst node) (err error) {
	local, _ := src.v.real(src.local)
	in, err := src.v.FS.Open(name(local))
	if err != nil {
		return src.fail(err)
	}
	defer in.Close()
	rep, err := dst.v.replace(dst.local, nil)
	if err != nil {
		return err
	}
	out := &File{fs: c.fs, v: dst.v, path: dst.path(), local: dst.local, mode: Write, raw: rep.raw, rep: rep}
	defer func() {
		if err != nil {
			out.release()
		}
	}()
	for {
		if err := c.poll.check(); err != nil {
			return err
		}
		n, err := in.Read(c.buf)
		if n > 0 {
			if err := out.grow(int64(n)); err != nil {
				return err
			}
			if err := out.put(c.buf[:n]); err != nil {
				return err
			}
		}
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return src.fail(err)
		}
		if n == 0 {
			break
		}
	}
	return out.close(false)
}
