package vfs

import (
	"io"
	"io/fs"
	"os"
	"path"
	"slices"
	"sync"
	"time"

	"github.com/spf13/afero"
)

// scratch is a file system whose changes are kept in memory, above one that stays as it is. A file comes into memory, as a
// whole, when it is first opened for writing, or moved.
type scratch struct {
	base, layer afero.Fs
	limit       int64

	mu   sync.Mutex
	gone map[string]struct{} // what of base is no longer to be seen, with all that is below
	size int64               // no less than what the layer takes
}

var (
	_ afero.Fs      = (*scratch)(nil)
	_ afero.Lstater = (*scratch)(nil)
	_ io.Closer     = (*scratch)(nil)
)

// Scratch returns a file system that begins as base and never changes it: what is written to it, moved and deleted is so in memory
// only, where it may take limit bytes. Closing it closes base.
func Scratch(base afero.Fs, limit int64) afero.Fs {
	return &scratch{base: base, layer: Memory(), limit: limit, gone: map[string]struct{}{}}
}

func (s *scratch) Name() string { return "scratch" }

func (s *scratch) Close() error {
	if c, ok := s.base.(io.Closer); ok {
		return c.Close()
	}
	return nil
}

func missing(op, name string) error { return &fs.PathError{Op: op, Path: name, Err: fs.ErrNotExist} }

// below reports whether base shows through at a name. s.mu is held.
func (s *scratch) below(name string) bool {
	for at := path.Clean(name); at != "." && at != "/"; at = path.Dir(at) {
		if _, gone := s.gone[at]; gone {
			return false
		}
		// A file of the layer hides what has been below a folder of that name.
		if info, err := s.layer.Stat(at); err == nil && !info.IsDir() {
			return false
		}
	}
	return true
}

// hide keeps base from showing through at a name. s.mu is held.
func (s *scratch) hide(name string) {
	if !s.below(name) {
		return
	}
	// Names that base hasn't are not kept: there are new ones with every file that is written.
	if _, err := s.lstatBase(name); err == nil {
		s.gone[path.Clean(name)] = struct{}{}
	}
}

func (s *scratch) lstatBase(name string) (fs.FileInfo, error) {
	if l, ok := s.base.(afero.Lstater); ok {
		info, _, err := l.LstatIfPossible(name)
		return info, err
	}
	return s.base.Stat(name)
}

func (s *scratch) Stat(name string) (fs.FileInfo, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.stat(name)
}

func (s *scratch) stat(name string) (fs.FileInfo, error) {
	if info, err := s.layer.Stat(name); err == nil && path.Clean(name) != "." {
		return info, nil
	}
	if !s.below(name) {
		return nil, missing("stat", name)
	}
	return s.base.Stat(name)
}

func (s *scratch) LstatIfPossible(name string) (fs.FileInfo, bool, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	info, err := s.layer.Stat(name)
	switch {
	case err == nil && path.Clean(name) != ".":
	case s.below(name):
		info, err = s.lstatBase(name)
	default:
		err = missing("lstat", name)
	}
	return info, true, err
}

// names are those in a folder. s.mu is held.
func (s *scratch) names(name string) ([]string, error) {
	read := func(f afero.Fs) ([]string, error) {
		dir, err := f.Open(name)
		if err != nil {
			return nil, err
		}
		defer dir.Close()
		return dir.Readdirnames(-1)
	}
	var all []string
	if s.below(name) {
		names, err := read(s.base)
		if err != nil && !isMissing(err) {
			return nil, err
		}
		all = slices.DeleteFunc(names, func(n string) bool {
			_, gone := s.gone[path.Join(name, n)]
			return gone
		})
	}
	if info, err := s.layer.Stat(name); err == nil && info.IsDir() {
		names, err := read(s.layer)
		if err != nil {
			return nil, err
		}
		all = append(all, names...)
	}
	slices.Sort(all)
	return slices.Compact(all), nil
}

func (s *scratch) Open(name string) (afero.File, error) { return s.OpenFile(name, os.O_RDONLY, 0) }

func (s *scratch) Create(name string) (afero.File, error) {
	return s.OpenFile(name, os.O_RDWR|os.O_CREATE|os.O_TRUNC, 0o666)
}

func (s *scratch) OpenFile(name string, flag int, perm fs.FileMode) (afero.File, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	info, err := s.stat(name)
	if err != nil && (flag&os.O_CREATE == 0 || !isMissing(err)) {
		return nil, err
	}
	inLayer := false
	if l, err := s.layer.Stat(name); err == nil {
		inLayer = !l.IsDir()
	}
	writing := flag&(os.O_WRONLY|os.O_RDWR|os.O_CREATE|os.O_TRUNC) != 0
	switch {
	case info != nil && info.IsDir() && writing:
		return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrPermission}
	case info != nil && info.IsDir():
		names, err := s.names(name)
		if err != nil {
			return nil, err
		}
		dir, err := s.layer.Open(".")
		if err != nil {
			return nil, err
		}
		return &scratchFolder{File: dir, info: info, names: names}, nil
	case !writing && !inLayer:
		return s.base.OpenFile(name, flag, perm)
	case info != nil && flag&os.O_EXCL != 0 && flag&os.O_CREATE != 0:
		return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrExist}
	case info != nil && !inLayer:
		err = s.bring(name, info, flag&os.O_TRUNC == 0)
	case info == nil:
		if err = s.bringParents(name); err == nil {
			err = s.charge(minimumCost)
		}
	}
	if err != nil {
		return nil, err
	}
	f, err := s.layer.OpenFile(name, flag, perm)
	if err != nil {
		return nil, err
	}
	return &scratchFile{File: f, s: s}, nil
}

// bringParents makes the folders of base that a name is in, in the layer. s.mu is held.
func (s *scratch) bringParents(name string) error {
	dir := path.Dir(name)
	info, err := s.stat(dir)
	if err != nil {
		return err
	}
	if !info.IsDir() {
		return missing("open", name)
	}
	return s.layer.MkdirAll(dir, 0o777)
}

// bring copies a file of base into the layer, or makes an empty one. s.mu is held.
func (s *scratch) bring(name string, info fs.FileInfo, content bool) error {
	if err := s.bringParents(name); err != nil {
		return err
	}
	in, err := s.base.Open(name)
	if err != nil {
		return err
	}
	defer in.Close()
	size := int64(minimumCost)
	if content {
		size = max(size, info.Size())
	}
	if err := s.charge(size); err != nil {
		return err
	}
	out, err := s.layer.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, info.Mode().Perm())
	if err != nil {
		return err
	}
	if content {
		// What has grown meanwhile is cut: the size is what was charged.
		if _, err := io.Copy(out, io.LimitReader(in, info.Size())); err != nil {
			out.Close()
			s.layer.Remove(name)
			return err
		}
	}
	if err := out.Close(); err != nil {
		return err
	}
	return s.layer.Chtimes(name, info.ModTime(), info.ModTime())
}

// charge counts what the layer takes. s.mu is held. What has been deleted is only counted out when the room gets scarce.
func (s *scratch) charge(n int64) error {
	s.size += n
	if s.size <= s.limit {
		return nil
	}
	s.size = n
	err := afero.Walk(s.layer, ".", func(_ string, info fs.FileInfo, err error) error {
		if err == nil {
			s.size += cost(info)
		}
		return nil
	})
	if err != nil {
		return err
	}
	if s.size > s.limit {
		s.size -= n
		return ErrSpace
	}
	return nil
}

func (s *scratch) Mkdir(name string, perm fs.FileMode) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, err := s.stat(name); err == nil {
		return &fs.PathError{Op: "mkdir", Path: name, Err: fs.ErrExist}
	}
	if err := s.bringParents(name); err != nil {
		return err
	}
	if err := s.charge(minimumCost); err != nil {
		return err
	}
	return s.layer.Mkdir(name, perm)
}

func (s *scratch) MkdirAll(name string, perm fs.FileMode) error {
	s.mu.Lock()
	info, err := s.stat(name)
	s.mu.Unlock()
	switch {
	case err == nil && info.IsDir():
		return nil
	case err == nil:
		return &fs.PathError{Op: "mkdir", Path: name, Err: fs.ErrExist}
	case path.Dir(name) != name:
		if err := s.MkdirAll(path.Dir(name), perm); err != nil {
			return err
		}
	}
	return s.Mkdir(name, perm)
}

func (s *scratch) Remove(name string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	info, err := s.stat(name)
	if err != nil {
		return err
	}
	if info.IsDir() {
		names, err := s.names(name)
		if err != nil {
			return err
		}
		if len(names) > 0 {
			return &fs.PathError{Op: "remove", Path: name, Err: fs.ErrExist}
		}
	}
	return s.removeAll(name)
}

func (s *scratch) RemoveAll(name string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.removeAll(name)
}

func (s *scratch) removeAll(name string) error {
	err := s.layer.RemoveAll(name)
	s.hide(name)
	if err != nil && !isMissing(err) {
		return err
	}
	return nil
}

func (s *scratch) Rename(from, to string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.bringAll(from); err != nil {
		return err
	}
	if err := s.bringParents(to); err != nil {
		return err
	}
	if info, err := s.layer.Stat(to); err == nil && !info.IsDir() {
		if err := s.layer.Remove(to); err != nil {
			return err
		}
	}
	s.hide(to)
	if err := s.layer.Rename(from, to); err != nil {
		return err
	}
	s.hide(from)
	return nil
}

// bringAll copies what is in base at a name into the layer. s.mu is held.
func (s *scratch) bringAll(name string) error {
	for work := []string{name}; len(work) > 0; {
		at := work[len(work)-1]
		work = work[:len(work)-1]
		info, err := s.stat(at)
		if err != nil {
			return err
		}
		if !info.IsDir() {
			if _, err := s.layer.Stat(at); err == nil {
				continue
			}
			if err := s.bring(at, info, true); err != nil {
				return err
			}
			continue
		}
		if err := s.charge(minimumCost); err != nil {
			return err
		}
		if err := s.layer.MkdirAll(at, 0o777); err != nil {
			return err
		}
		names, err := s.names(at)
		if err != nil {
			return err
		}
		for _, n := range names {
			work = append(work, path.Join(at, n))
		}
	}
	return nil
}

// Permissions and times of files in memory are of no use to anybody.
func (s *scratch) Chmod(string, fs.FileMode) error            { return nil }
func (s *scratch) Chown(string, int, int) error               { return nil }
func (s *scratch) Chtimes(string, time.Time, time.Time) error { return nil }

// scratchFile is a file of the layer.
type scratchFile struct {
	afero.File
	s *scratch
}

// grow counts bytes that are about to be written at an offset, as far as they make the file longer.
func (f *scratchFile) grow(offset int64, n int) error {
	info, err := f.File.Stat()
	if err != nil {
		return err
	}
	more := offset + int64(n) - info.Size()
	if more <= 0 {
		return nil
	}
	f.s.mu.Lock()
	defer f.s.mu.Unlock()
	return f.s.charge(more)
}

func (f *scratchFile) Write(p []byte) (int, error) {
	offset, err := f.File.Seek(0, io.SeekCurrent)
	if err != nil {
		return 0, err
	}
	if err := f.grow(offset, len(p)); err != nil {
		return 0, err
	}
	return f.File.Write(p)
}

func (f *scratchFile) WriteAt(p []byte, offset int64) (int, error) {
	if err := f.grow(offset, len(p)); err != nil {
		return 0, err
	}
	return f.File.WriteAt(p, offset)
}

func (f *scratchFile) WriteString(text string) (int, error) { return f.Write([]byte(text)) }

func (f *scratchFile) Truncate(size int64) error {
	if err := f.grow(size, 0); err != nil {
		return err
	}
	return f.File.Truncate(size)
}

// scratchFolder is an open folder: the names that it had when it was opened.
type scratchFolder struct {
	afero.File
	info  fs.FileInfo
	names []string
}

func (f *scratchFolder) Name() string               { return f.info.Name() }
func (f *scratchFolder) Stat() (fs.FileInfo, error) { return f.info, nil }
func (f *scratchFolder) Sync() error                { return nil }

func (f *scratchFolder) Readdir(int) ([]fs.FileInfo, error) { return nil, fs.ErrInvalid }

func (f *scratchFolder) Readdirnames(n int) ([]string, error) {
	if n <= 0 {
		n = len(f.names)
	} else if len(f.names) == 0 {
		return nil, io.EOF
	}
	n = min(n, len(f.names))
	names := f.names[:n]
	f.names = f.names[n:]
	return names, nil
}
