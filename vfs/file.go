package vfs

import (
	"bufio"
	"errors"
	"io"
	"io/fs"
	"math"
	"os"
	"strings"

	"github.com/spf13/afero"
)

// Mode is how a file is opened.
type Mode int

// The modes of fs.open, without the "b" of binary handles.
const (
	Read    Mode = iota // "r"
	Write               // "w": a new file in place of the old one
	Append              // "a"
	Update              // "r+": read and write an existing file
	Rewrite             // "w+": read and write a new file in place of the old one
)

// ParseMode reads a mode of fs.open; binary is whether it ends in "b". (CraftOS: "rb+" is none.)
func ParseMode(text string) (mode Mode, binary, ok bool) {
	kind, binary := strings.CutSuffix(text, "b")
	switch kind {
	case "r":
		mode = Read
	case "w":
		mode = Write
	case "a":
		mode = Append
	case "r+":
		mode = Update
	case "w+":
		mode = Rewrite
	default:
		return 0, false, false
	}
	return mode, binary, true
}

// Reads reports whether files opened in the mode can be read, Writes whether they can be written to.
func (m Mode) Reads() bool  { return m == Read || m == Update || m == Rewrite }
func (m Mode) Writes() bool { return m != Read }

// outSize is how many bytes are held back before they are written to a file, on mounts without a capacity.
const outSize = 16 << 10

// putStep is how much of a long text is written in one piece, in bytes.
const putStep = 256 << 10

// maxVirtual is the length of the longest file that isn't on a disk, in bytes.
const maxVirtual = math.MaxInt32

// File is an open file. What is written goes to the disk with Flush and Close at the latest.
type File struct {
	fs    *FS
	v     *volume
	path  string // of the computer; for messages
	local string
	mode  Mode
	raw   afero.File
	rep   *replacement  // nil for a file that is written to in its place
	twin  *replacement  // of another handle, whose file this one has opened before it was in its place
	ghost *ghost        // nil for a file that still has its name
	at    int64         // where the next piece is read into in, or written from out
	in    *bufio.Reader // nil until something is read
	out   []byte        // empty while in holds something
	named int           // folders whose names must be made durable, from the file's own up
	dirty bool          // written to since the last sync
	err   error         // a piece couldn't be written, so the file is not what the program thinks
	done  bool
}

// Open opens a file. The errors have the path in front, but for ErrTooMany (CraftOS).
func (f *FS) Open(path string, mode Mode, poll Poll) (*File, error) {
	n, err := f.find(path)
	if err != nil {
		return nil, err
	}
	f.reap()
	file := &File{fs: f, v: n.v, path: n.path(), local: n.local, mode: mode}
	if mode == Read {
		err = file.openRead()
	} else {
		err = file.openWrite(poll)
	}
	switch {
	case errors.Is(err, ErrTooMany):
		return nil, ErrTooMany
	case err != nil:
		return nil, n.fail(err)
	}
	f.open[file] = struct{}{}
	return file, nil
}

func (f *File) room() error {
	if len(f.fs.open) >= f.fs.options.MaxOpen {
		return ErrTooMany
	}
	return nil
}

func (f *File) openRead() error {
	info, err := f.fs.stat(node{f.v, f.local})
	if err != nil {
		return err
	}
	// Opening a pipe or a device could wait for ever.
	if !info.Mode().IsRegular() {
		return ErrNotFile
	}
	if err := f.room(); err != nil {
		return err
	}
	f.raw, err = f.v.FS.Open(f.real())
	return err
}

// real is what the file's path stands for, as the file system takes it.
func (f *File) real() string {
	local, twin := f.v.real(f.local)
	f.twin = twin
	return name(local)
}

func (f *File) openWrite(poll Poll) error {
	if f.v.ReadOnly {
		return ErrAccess
	}
	info, err := f.fs.stat(node{f.v, f.local})
	switch {
	case err != nil && !isMissing(err):
		return err
	case err != nil && f.mode == Update:
		return err
	case err != nil:
		info = nil
	case info.IsDir() && f.mode == Update:
		return ErrNotFile
	case info.IsDir():
		return ErrWriteDir
	case !info.Mode().IsRegular():
		return ErrAccess
	}
	if err := f.room(); err != nil {
		return err
	}
	if err := f.v.measure(poll); err != nil {
		return err
	}
	switch f.mode {
	case Update:
		f.raw, err = f.v.FS.OpenFile(f.real(), os.O_RDWR, 0)
		return err
	case Append:
		return f.openInPlace(info, os.O_WRONLY|os.O_APPEND)
	}
	return f.openAnew(info)
}

// openAnew opens a file for writing from its start, keeping the old one until then.
func (f *File) openAnew(info fs.FileInfo) error {
	link, err := f.v.lstat(f.local)
	if err == nil && link.Mode()&fs.ModeSymlink != 0 {
		return f.openInPlace(info, os.O_RDWR|os.O_TRUNC)
	}
	if err == nil {
		// Who may not write to a file may not replace it either, though hosts would allow that.
		check, err := f.v.FS.OpenFile(name(f.local), os.O_WRONLY, 0)
		if err != nil {
			return err
		}
		check.Close()
	} else {
		info = nil // nothing, or a file that is being written for the first time
	}
	rep, err := f.v.replace(f.local, info)
	if err != nil {
		if info != nil && errors.Is(err, fs.ErrPermission) {
			return f.openInPlace(info, os.O_RDWR|os.O_TRUNC)
		}
		return err
	}
	f.rep, f.raw = rep, rep.raw
	return nil
}

// openInPlace opens a file that is written to where it is, making it if there is none.
func (f *File) openInPlace(info fs.FileInfo, flag int) error {
	if info == nil {
		made, err := f.v.makeDirs(Dir(f.local))
		if err != nil {
			if errors.Is(err, ErrExists) {
				err = ErrAccess
			}
			return err
		}
		if err := f.v.charge(minimumCost); err != nil {
			return err
		}
		if f.raw, err = f.v.FS.OpenFile(name(f.local), flag|os.O_CREATE, 0o666); err != nil {
			f.v.refund(minimumCost)
			return err
		}
		f.named = made + 1
		return nil
	}
	old := cost(info) // now: some file systems show later changes in it
	raw, err := f.v.FS.OpenFile(f.real(), flag, 0)
	if err != nil {
		return err
	}
	f.raw = raw
	if flag&os.O_TRUNC != 0 {
		f.v.refund(old - minimumCost)
		f.dirty = true
	}
	return nil
}

// Mode returns the mode that the file was opened in.
func (f *File) Mode() Mode { return f.mode }

// Closed reports whether Close was called.
func (f *File) Closed() bool { return f.done }

// source reads on where in ends.
type source struct{ f *File }

func (s source) Read(p []byte) (int, error) {
	n, err := s.f.raw.ReadAt(p, s.f.at)
	s.f.at += int64(n)
	switch {
	case n > 0:
		return n, nil
	case err == nil || errors.Is(err, io.ErrUnexpectedEOF):
		return 0, io.EOF
	case !errors.Is(err, io.EOF):
		if info, statErr := s.f.raw.Stat(); statErr == nil && s.f.at >= info.Size() {
			return 0, io.EOF // further than the host can go
		}
		return 0, &PathError{s.f.path, describe(err)}
	}
	return 0, io.EOF
}

// Input returns what the file is read with. It is valid until the next call of another method.
func (f *File) Input() (*bufio.Reader, error) {
	if f.done {
		return nil, ErrClosed
	}
	if err := f.send(); err != nil {
		return nil, err
	}
	if f.in == nil {
		f.in = bufio.NewReader(source{f})
	}
	return f.in, nil
}

// stopReading goes back to what was read ahead.
func (f *File) stopReading() {
	if f.in != nil {
		f.at -= int64(f.in.Buffered())
		f.in.Reset(source{f})
	}
}

// Left returns how many bytes there are until the end of the file; another program may be writing to it.
func (f *File) Left() (int64, error) {
	size, err := f.size()
	if err != nil {
		return 0, err
	}
	at := f.at
	if f.in != nil {
		at -= int64(f.in.Buffered())
	}
	return max(size-at, 0), nil
}

func (f *File) size() (int64, error) {
	if f.done {
		return 0, ErrClosed
	}
	if err := f.send(); err != nil {
		return 0, err
	}
	info, err := f.raw.Stat()
	if err != nil {
		return 0, &PathError{f.path, describe(err)}
	}
	return info.Size(), nil
}

// Seek moves to a position: whence is that of package io. ErrPosition is the only error on account of the arguments: a
// position beyond the end is one, where nothing can be read, and before which zeros are once something is written there.
func (f *File) Seek(offset int64, whence int) (int64, error) {
	if f.done {
		return 0, ErrClosed
	}
	if err := f.send(); err != nil {
		return 0, err
	}
	var base int64
	switch whence {
	case io.SeekCurrent:
		base = f.at
		if f.in != nil {
			base -= int64(f.in.Buffered())
		}
	case io.SeekEnd:
		size, err := f.size()
		if err != nil {
			return 0, err
		}
		base = size
	}
	target := base + offset
	switch {
	case offset > 0 && target < base:
		target = math.MaxInt64
	case target < 0:
		return 0, ErrPosition
	case whence == io.SeekCurrent && offset == 0:
		return target, nil // what was read ahead stays
	}
	f.stopReading()
	f.at = target
	return target, nil
}

// WriteString writes all of a text or, with ErrSpace, nothing. Other errors may come late, and stick.
func (f *File) WriteString(text string) error {
	switch {
	case f.done:
		return ErrClosed
	case f.err != nil:
		return f.err
	case text == "":
		return nil
	}
	f.stopReading()
	if f.v.Capacity <= 0 && len(text) < outSize {
		if len(f.out)+len(text) > outSize {
			if err := f.send(); err != nil {
				return err
			}
		}
		if f.at > math.MaxInt64-outSize {
			return ErrSpace
		}
		f.out = append(f.out, text...)
		return nil
	}
	if err := f.send(); err != nil {
		return err
	}
	if err := f.grow(int64(len(text))); err != nil {
		return err
	}
	for len(text) > 0 {
		n := min(len(text), putStep)
		if err := f.put([]byte(text[:n])); err != nil {
			return err
		}
		text = text[n:]
	}
	return nil
}

// send writes what was held back.
func (f *File) send() error {
	if f.err != nil {
		return f.err
	}
	if len(f.out) == 0 {
		return nil
	}
	p := f.out
	f.out = f.out[:0]
	if err := f.grow(int64(len(p))); err != nil {
		f.err = err
		return err
	}
	return f.put(p)
}

// put writes a piece that was counted. Its errors stick.
func (f *File) put(p []byte) error {
	f.dirty = true
	var n int
	var err error
	if _, host := f.raw.(*os.File); host && f.mode == Append {
		n, err = f.raw.Write(p)
	} else {
		n, err = f.raw.WriteAt(p, f.at)
	}
	f.at += int64(n)
	if err == nil && n < len(p) {
		err = io.ErrShortWrite
	}
	if err != nil {
		err = describe(err)
		if !errors.Is(err, ErrSpace) {
			err = &PathError{f.path, err}
		}
		f.err = err
		f.v.measured = false // nobody knows how much of it is there
	}
	return err
}

// grow counts the bytes that n more need, and finds their place in a file that is appended to.
func (f *File) grow(n int64) error {
	_, host := f.raw.(*os.File)
	if host && f.v.Capacity <= 0 {
		if f.mode != Append && f.at > math.MaxInt64-n {
			return ErrSpace
		}
		return nil
	}
	info, err := f.raw.Stat()
	if err != nil {
		return &PathError{f.path, describe(err)}
	}
	size := info.Size()
	if f.mode == Append {
		f.at = size
	}
	if f.at > math.MaxInt64-n || !host && f.at+n > maxVirtual {
		return ErrSpace
	}
	end := max(f.at+n, size)
	if f.rep != nil {
		return f.rep.grow(end)
	}
	if r := f.shared(); r != nil {
		return r.grow(end)
	}
	more := sizeCost(end) - sizeCost(size)
	if err := f.v.charge(more); err != nil {
		return err
	}
	if f.ghost != nil {
		f.ghost.cost += more
	}
	return nil
}

// Flush makes what was written durable, and visible: a file that is being replaced is so from now on.
func (f *File) Flush() error {
	if f.done {
		return ErrClosed
	}
	if err := f.store(true); err != nil {
		f.err = err
		return err
	}
	return nil
}

// store makes what was written durable; the names as well, unless the caller does that.
func (f *File) store(names bool) error {
	if err := f.send(); err != nil {
		return err
	}
	if !f.mode.Writes() {
		return nil
	}
	if f.dirty || f.rep != nil {
		if err := f.v.sync(f.raw); err != nil {
			return &PathError{f.path, describe(err)}
		}
		f.dirty = false
	}
	if f.rep != nil && !f.rep.gone {
		if err := f.finish(); err != nil {
			return err
		}
		if err := f.rep.publish(names); err != nil {
			return &PathError{f.path, describe(err)}
		}
		f.rep = nil
	} else if f.named > 0 && names {
		f.v.syncDir(Dir(f.local), f.named)
		f.named = 0
	}
	return nil
}

// finish learns the length of a replacement whose growth wasn't counted.
func (f *File) finish() error {
	info, err := f.raw.Stat()
	if err != nil {
		return &PathError{f.path, describe(err)}
	}
	f.rep.size = info.Size()
	return nil
}

// Close makes what was written durable, puts the file in the place of the one that it replaces, and closes it. After an
// error the old file is as it was.
func (f *File) Close() error { return f.close(true) }

func (f *File) close(names bool) error {
	if f.done {
		return ErrClosed
	}
	err := f.store(names)
	f.release()
	return err
}

// release lets go of the file. A replacement that has not taken place won't.
func (f *File) release() {
	f.done, f.in, f.out = true, nil, nil
	delete(f.fs.open, f)
	if f.rep != nil {
		f.rep.abort()
		f.rep = nil
	}
	f.leave()
	f.raw.Close() // nothing is lost: what was to be durable is
}

// drop closes a file that the program has forgotten: a replacement doesn't take place.
func (f *File) drop() {
	switch {
	case f.done:
	case f.rep == nil:
		f.Close()
	default:
		gone := f.rep.gone
		f.release()
		if told := f.fs.options.Discarded; told != nil && !gone {
			told(f.path)
		}
	}
}

// Abandon makes the file close soon, without replacing an old one. Any goroutine may call it.
func (f *File) Abandon() {
	f.fs.lost.Lock()
	defer f.fs.lost.Unlock()
	f.fs.lost.files = append(f.fs.lost.files, f)
}

// reap closes what was abandoned.
func (f *FS) reap() {
	f.lost.Lock()
	files := f.lost.files
	f.lost.files = nil
	f.lost.Unlock()
	for _, file := range files {
		file.drop()
	}
}
