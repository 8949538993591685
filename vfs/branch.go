package vfs

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"slices"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/spf13/afero"
)

// This file lets other goroutines than the computer's do long work on files: unpack an archive, store a download, sync a tree.

// Source is a file that another goroutine reads: how it was when it was opened, or as others change it meanwhile.
type Source struct {
	file afero.File
	size int64
	path string
}

// Source opens a file for reading on another goroutine. It doesn't count as an open file, so the caller bounds how many there are.
func (f *FS) Source(path string) (*Source, error) {
	n, err := f.find(path)
	if err != nil {
		return nil, err
	}
	info, err := f.stat(n)
	if err != nil {
		return nil, n.fail(err)
	}
	if !info.Mode().IsRegular() {
		return nil, n.fail(ErrNotFile)
	}
	local, _ := n.v.real(n.local)
	file, err := n.v.FS.Open(name(local))
	if err != nil {
		return nil, n.fail(err)
	}
	return &Source{file, info.Size(), n.path()}, nil
}

// ReadAt reads as io.ReaderAt does. One goroutine at a time may call it.
func (s *Source) ReadAt(p []byte, off int64) (int, error) {
	if off >= s.size {
		return 0, io.EOF
	}
	n, err := s.file.ReadAt(p, off)
	switch {
	case n < len(p) && (err == nil || errors.Is(err, io.ErrUnexpectedEOF)):
		err = io.EOF // files in memory
	case err != nil && !errors.Is(err, io.EOF):
		err = &PathError{s.path, describe(err)}
	}
	return n, err
}

// Size is how long the file was when it was opened, in bytes.
func (s *Source) Size() int64 { return s.size }

// Path is the file's path in the computer, clean.
func (s *Source) Path() string { return s.path }

// Close closes the file.
func (s *Source) Close() error { return s.file.Close() }

// Branch is a folder of a computer, for another goroutine than the computer's. Paths are relative to it, with slashes, and clean; nothing
// leads out of it, no symbolic link in it either. Files come into being as those of an FS do: beside their place, under a name that programs
// don't see, until Draft.Commit.
//
// What is written counts against the mount's capacity. Programs see new files at once; what they and the branch write to the same file
// is that of the last one to close it. One goroutine at a time may use a branch, but for Close.
type Branch struct {
	fs     afero.Fs
	path   string
	v      *volume
	hidden []string // names at the top that are mounts' in the computer
	room   int64    // bytes that may be taken, less than 0 if there is no limit; with what other branches have taken already
	taken  atomic.Int64
	once   sync.Once
}

// subtree is implemented by file systems with folders that a symbolic link could lead out of.
type subtree interface {
	sub(dir string) (afero.Fs, error)
}

func (f folder) sub(dir string) (afero.Fs, error) {
	if err := f.check("open", dir); err != nil {
		return nil, err
	}
	root, err := f.root.OpenRoot(dir)
	if err != nil {
		return nil, err
	}
	return folder{root, f.windows}, nil
}

// Branch opens a folder for another goroutine, and makes it if there is none. On a file system that is read-only, this fails.
func (f *FS) Branch(path string, poll Poll) (*Branch, error) {
	n, err := f.find(path)
	if err != nil {
		return nil, err
	}
	if err := f.MakeDir(path, poll); err != nil {
		var p *PathError
		if n.v.ReadOnly || !errors.As(err, &p) || !errors.Is(p.Err, ErrExists) {
			return nil, err
		}
		return nil, n.fail(ErrNotDir)
	}
	if n.v.ReadOnly {
		return nil, n.fail(ErrAccess)
	}
	if err := n.v.measure(poll); err != nil {
		return nil, n.fail(err)
	}
	b := &Branch{path: n.path(), v: n.v, room: -1, hidden: f.mountsIn(n.path())}
	if n.v.Capacity > 0 {
		b.room = max(n.v.Capacity-n.v.used, 0)
	}
	if s, ok := n.v.FS.(subtree); ok {
		if b.fs, err = s.sub(name(n.local)); err != nil {
			return nil, n.fail(err)
		}
		return b, nil
	}
	b.fs = n.v.FS
	if n.local != "" {
		b.fs = afero.NewBasePathFs(n.v.FS, n.local)
	}
	return b, nil
}

// Path is the folder's path in the computer, clean.
func (b *Branch) Path() string { return b.path }

// fail is an error as programs see it.
func (b *Branch) fail(local string, err error) error {
	return &PathError{join(b.path, local), describe(err)}
}

// reach refuses paths that mean something else in the computer, or lead to another mount.
func (b *Branch) reach(local string) error {
	if local != Clean(local) || escapes(local) {
		return b.fail(local, ErrInvalid)
	}
	if len(b.path)+1+len(local) > maxPath || strings.Count(join(b.path, local), "/") >= maxParts {
		return b.fail(local, ErrAccess)
	}
	first := true
	for part := range strings.SplitSeq(local, "/") {
		if isTemp(part) || first && slices.ContainsFunc(b.hidden, func(h string) bool { return strings.EqualFold(h, part) }) {
			return b.fail(local, ErrAccess)
		}
		first = false
	}
	return nil
}

// take counts n bytes against the capacity, give counts them off.
func (b *Branch) take(n int64) error {
	if b.room >= 0 && b.v.outside.Add(n) > b.room {
		b.v.outside.Add(-n)
		return ErrSpace
	}
	if b.room >= 0 {
		b.taken.Add(n)
	}
	return nil
}

func (b *Branch) give(n int64) {
	if b.room >= 0 {
		b.v.outside.Add(-n)
		b.taken.Add(-n)
	}
}

// Lstat returns the information about a file or folder, without following a symbolic link.
func (b *Branch) Lstat(local string) (fs.FileInfo, error) {
	if err := b.reach(local); err != nil {
		return nil, err
	}
	info, err := b.lstat(local)
	if err != nil {
		return nil, b.fail(local, err)
	}
	return info, nil
}

func (b *Branch) lstat(local string) (fs.FileInfo, error) {
	if l, ok := b.fs.(afero.Lstater); ok {
		info, _, err := l.LstatIfPossible(name(local))
		return info, err
	}
	return b.fs.Stat(name(local))
}

// MakeDir makes a folder, and those that it is in. One that exists is left alone.
func (b *Branch) MakeDir(local string) error {
	if err := b.reach(local); err != nil {
		return err
	}
	if err := b.makeDir(local); err != nil {
		return b.fail(local, err)
	}
	return nil
}

func (b *Branch) makeDir(local string) error {
	info, err := b.fs.Stat(name(local))
	switch {
	case err == nil && info.IsDir():
		return nil
	case err == nil:
		return ErrNotDir
	case !isMissing(err) || local == "":
		return err
	}
	if err := b.makeDir(Dir(local)); err != nil {
		return err
	}
	if err := b.take(minimumCost); err != nil {
		return err
	}
	if err := b.fs.Mkdir(name(local), 0o777); err != nil && !errors.Is(err, fs.ErrExist) {
		b.give(minimumCost)
		return err
	}
	return nil
}

// Names returns the names in a folder, sorted.
func (b *Branch) Names(local string) ([]string, error) {
	if err := b.reach(local); err != nil {
		return nil, err
	}
	dir, err := b.fs.Open(name(local))
	if err != nil {
		return nil, b.fail(local, err)
	}
	defer dir.Close()
	names, err := dir.Readdirnames(-1)
	if err != nil {
		return nil, b.fail(local, err)
	}
	slices.Sort(names)
	return slices.DeleteFunc(names, isTemp), nil
}

// Open opens a file for reading or, with writable, for writing to it where it is.
func (b *Branch) Open(local string, writable bool) (afero.File, error) {
	if err := b.reach(local); err != nil {
		return nil, err
	}
	info, err := b.fs.Stat(name(local))
	if err == nil && !info.Mode().IsRegular() {
		err = ErrNotFile
	}
	flag := os.O_RDONLY
	if writable {
		flag = os.O_RDWR
	}
	var f afero.File
	if err == nil {
		f, err = b.fs.OpenFile(name(local), flag, 0)
	}
	if err != nil {
		return nil, b.fail(local, err)
	}
	return f, nil
}

// Sync makes a file durable, or the names in a folder. Where that has no meaning, it does nothing.
func (b *Branch) Sync(local string) error {
	if err := b.reach(local); err != nil {
		return err
	}
	f, err := b.fs.Open(name(local))
	if err != nil {
		return b.fail(local, err)
	}
	defer f.Close()
	info, err := f.Stat()
	if err == nil {
		err = f.Sync()
	}
	if err != nil && info != nil && info.IsDir() {
		return nil // not all hosts can, nor need it
	}
	if err != nil {
		return b.fail(local, err)
	}
	return nil
}

// Remove deletes a file or an empty folder. That there is none is no error.
func (b *Branch) Remove(local string) error {
	if err := b.reach(local); err != nil {
		return err
	}
	if err := b.fs.Remove(name(local)); err != nil && !isMissing(err) {
		return b.fail(local, err)
	}
	return nil
}

// Draft is a file that is being written, under a name that programs don't see. Each must end with Commit or Abort.
type Draft struct {
	b     *Branch
	local string
	temp  string
	file  afero.File
	// taken is what it counts for against the capacity, counted what it did already before.
	taken, counted int64

	size  int64
	stays bool // Abort leaves what has been written where it is
	ended bool
}

// Create starts a file, and makes the folders that it is in.
func (b *Branch) Create(local string) (*Draft, error) {
	if err := b.reach(local); err != nil {
		return nil, err
	}
	if local == "" {
		return nil, b.fail(local, ErrWriteDir)
	}
	d := &Draft{b: b, local: local}
	err := b.makeDir(Dir(local))
	if err == nil {
		if err = b.take(minimumCost); err == nil {
			d.taken = minimumCost
			err = d.open()
		}
	}
	if err != nil {
		b.give(d.taken)
		return nil, b.fail(local, err)
	}
	return d, nil
}

// Resume is Create for a file that is written under a name of the caller's, part, which programs see and which Abort leaves in its place:
// so it can be gone on with, even after a crash. The draft begins with the first size bytes of what is there already, or with less if there is
// less: Draft.Size tells. That somebody else writes to it is ErrAccess, on hosts that have locks.
func (b *Branch) Resume(part, local string, size int64) (*Draft, error) {
	if err := errors.Join(b.reach(part), b.reach(local)); err != nil {
		return nil, err
	}
	if part == "" || local == "" || part == local {
		return nil, b.fail(part, ErrWriteDir)
	}
	d := &Draft{b: b, local: local, temp: part, stays: true}
	err := b.makeDir(Dir(local))
	if err == nil {
		err = b.makeDir(Dir(part))
	}
	if err == nil {
		err = d.resume(size)
	}
	if err != nil {
		b.give(d.taken)
		return nil, b.fail(part, err)
	}
	return d, nil
}

func (d *Draft) resume(size int64) error {
	old, err := d.b.lstat(d.temp)
	switch {
	case err == nil && !old.Mode().IsRegular():
		return ErrNotFile
	case err == nil:
		d.size = max(min(size, old.Size()), 0)
	case !isMissing(err):
		return err
	default:
		if err := d.b.take(minimumCost); err != nil {
			return err
		}
		d.taken = minimumCost
	}
	if d.file, err = d.b.fs.OpenFile(name(d.temp), os.O_RDWR|os.O_CREATE, 0o666); err != nil {
		return err
	}
	if _, held := lock(d.file); held {
		err = ErrAccess
	} else {
		err = d.file.Truncate(d.size)
	}
	if err != nil {
		d.file.Close()
		return err
	}
	if old != nil {
		d.counted = sizeCost(d.size) // the rest, if there was one, is found when the files are counted again
	}
	return nil
}

// Size is how much has been written.
func (d *Draft) Size() int64 { return d.size }

// ReadAt reads what has been written, as io.ReaderAt does.
func (d *Draft) ReadAt(p []byte, off int64) (int, error) {
	if off >= d.size {
		return 0, io.EOF
	}
	short := int64(len(p)) > d.size-off
	if short {
		p = p[:d.size-off]
	}
	n, err := d.file.ReadAt(p, off)
	switch {
	case err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF):
		return n, d.b.fail(d.local, err)
	case n < len(p) || short:
		return n, io.EOF
	}
	return n, nil
}

// Sync makes what has been written durable, though not its name.
func (d *Draft) Sync() error {
	if err := d.file.Sync(); err != nil {
		return d.b.fail(d.local, err)
	}
	return nil
}

// Rewind takes all away that has been written.
func (d *Draft) Rewind() error {
	if err := d.file.Truncate(0); err != nil {
		return d.b.fail(d.local, err)
	}
	d.size = 0
	return nil
}

func (d *Draft) open() error {
	r := &replacement{v: &volume{Mount: Mount{FS: d.b.fs}}, local: d.local}
	if err := r.create(); err != nil {
		return err
	}
	d.temp, d.file = r.temp, r.raw
	return nil
}

// Write adds to the file.
func (d *Draft) Write(p []byte) (int, error) {
	size := d.size + int64(len(p))
	if more := sizeCost(size) - d.counted - d.taken; more > 0 {
		if err := d.b.take(more); err != nil {
			return 0, d.b.fail(d.local, err)
		}
		d.taken += more
	}
	n, err := d.file.WriteAt(p, d.size)
	d.size += int64(n)
	if err == nil && n < len(p) {
		err = io.ErrShortWrite
	}
	if err != nil {
		return n, d.b.fail(d.local, err)
	}
	return n, nil
}

// Commit puts the file in its place, where it replaces another file, or a symbolic link, but no folder. With durable, content and name
// outlive a power cut from now on; without, the content of the file may be lost in one, unless there has been another file in its place.
// After an error nothing has changed.
func (d *Draft) Commit(durable bool) error {
	old, err := d.b.lstat(d.local)
	switch {
	case err == nil && old.IsDir():
		err = ErrWriteDir
	case err == nil || durable:
		err = d.file.Sync()
	case isMissing(err):
		err = nil
	}
	if err == nil {
		err = d.b.fs.Rename(name(d.temp), name(d.local))
	}
	if err != nil {
		d.Abort()
		return d.b.fail(d.local, err)
	}
	d.ended = true
	d.file.Close()
	if durable {
		if err := d.b.Sync(Dir(d.local)); err != nil {
			return err
		}
	}
	return nil
}

// Abort takes the file away, unless Resume made it. After Commit it does nothing.
func (d *Draft) Abort() {
	if d.ended {
		return
	}
	d.ended = true
	if d.stays {
		d.file.Close()
		return
	}
	d.b.fs.Remove(name(d.temp))
	d.file.Close()
	d.b.give(d.taken)
}

// Close ends the use of the branch. Any goroutine may call it, several times, after the one that works has ended.
func (b *Branch) Close() {
	b.once.Do(func() {
		b.v.ended.Add(b.taken.Load())
		b.v.stale.Store(true)
		if _, own := b.v.FS.(subtree); own {
			b.fs.(io.Closer).Close()
		}
	})
}
