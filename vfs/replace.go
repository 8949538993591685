package vfs

import (
	"crypto/rand"
	"encoding/hex"
	"errors"
	"io/fs"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/spf13/afero"
)

// Files that are to replace others have names of their own until they do. Programs neither see nor reach these.
const (
	tempPrefix = ".luart-"
	tempSuffix = ".tmp"
	tempRandom = 8 // bytes, written as twice as many digits
)

// staleAfter is when a file is a leftover on hosts without locks.
const staleAfter = 24 * time.Hour

func isTemp(name string) bool {
	return len(name) == len(tempPrefix)+2*tempRandom+len(tempSuffix) &&
		strings.HasPrefix(strings.ToLower(name), tempPrefix) && strings.HasSuffix(strings.ToLower(name), tempSuffix)
}

// replacement is a file that will replace another one, or be a new one.
type replacement struct {
	v       *volume
	local   string // what it will be called
	temp    string // what it is called
	raw     afero.File
	old     fs.FileInfo // what it replaces; nil for nothing
	size    int64       // how long it is
	charged int64       // bytes of it that count against the capacity,
	credit  int64       // after this many, which the old file leaves
	made    int         // folders that were made for it
	gone    bool        // it was deleted before it was there
}

// replace starts a replacement. What it replaces may be nil.
func (v *volume) replace(local string, old fs.FileInfo) (*replacement, error) {
	r := &replacement{v: v, local: local, old: old}
	made, err := v.makeDirs(Dir(local))
	if err != nil {
		if errors.Is(err, ErrExists) {
			err = ErrAccess // a file is where a folder should be
		}
		return nil, err
	}
	r.made = made
	if old != nil && !slices.ContainsFunc(v.pending, func(p *replacement) bool { return p.credit > 0 && strings.EqualFold(p.local, local) }) {
		// Files that are open without a name may take more than is left: then the old one's place is not all free.
		r.credit = cost(old)
		if v.Capacity > 0 {
			r.credit = max(min(r.credit, v.Capacity-v.used+r.credit), 0)
		}
	}
	if err := r.grow(0); err != nil {
		return nil, err
	}
	v.sweep(Dir(local))
	if err := r.create(); err != nil {
		v.refund(r.charged)
		return nil, err
	}
	v.pending = append(v.pending, r)
	return r, nil
}

// create makes the file, with a lock by which other processes see that it is in use.
func (r *replacement) create() error {
	perm := fs.FileMode(0o666)
	if r.old != nil {
		perm = r.old.Mode().Perm() // so that it is never more open than the old one
	}
	for try := 0; ; try++ {
		var random [tempRandom]byte
		rand.Read(random[:])
		r.temp = join(Dir(r.local), tempPrefix+hex.EncodeToString(random[:])+tempSuffix)
		raw, err := r.v.FS.OpenFile(r.temp, os.O_RDWR|os.O_CREATE|os.O_EXCL, perm)
		if err != nil {
			return err
		}
		r.raw = raw
		mine, held := lock(raw)
		if !mine && !held {
			return nil // there are no locks here
		}
		if mine && r.present() {
			return nil
		}
		// Another process has taken it for a leftover in the moment before the lock.
		raw.Close()
		r.v.FS.Remove(r.temp)
		if try == 10 {
			return ErrAccess
		}
	}
}

// present reports whether the file still has its name.
func (r *replacement) present() bool {
	opened, err := r.raw.Stat()
	if err != nil {
		return false
	}
	found, err := r.v.lstat(r.temp)
	return err == nil && os.SameFile(opened, found)
}

// grow counts the file as at least so long.
func (r *replacement) grow(size int64) error {
	size = max(size, r.size)
	charged := max(sizeCost(size)-r.credit, 0)
	if err := r.v.charge(charged - r.charged); err != nil {
		return err
	}
	r.size, r.charged = size, charged
	return nil
}

// publish puts the file in the place of the old one. What was written to it must be durable by now. Names are made durable
// unless the caller does that.
func (r *replacement) publish(durable bool) error {
	if r.gone {
		return nil
	}
	v := r.v
	var freed int64
	if old, err := v.lstat(r.local); err == nil {
		if old.IsDir() {
			return ErrWriteDir
		}
		freed = cost(old)
	}
	if r.old != nil {
		keepOwner(r.raw, r.old)
		if info, err := r.raw.Stat(); err == nil && info.Mode().Perm() != r.old.Mode().Perm() {
			v.FS.Chmod(r.temp, r.old.Mode()) // some file systems have no permissions
		}
	}
	v.unname(r.local)
	if err := v.FS.Rename(r.temp, r.local); err != nil {
		return err
	}
	v.used = max(v.used-r.charged-freed+sizeCost(r.size), 0)
	r.forget()
	v.uncredit(r.local)
	if durable {
		v.syncDir(Dir(r.local), r.made+1)
	}
	return nil
}

// abort takes the file away.
func (r *replacement) abort() {
	if !r.gone {
		r.v.FS.Remove(r.temp)
	}
	r.v.refund(r.charged)
	r.v.orphan(r)
	r.forget()
}

func (r *replacement) forget() {
	r.v.pending = slices.DeleteFunc(r.v.pending, func(p *replacement) bool { return p == r })
	r.charged = 0
}

// uncredit lets replacements of files that are no more, in a folder or a file itself, count in full.
func (v *volume) uncredit(local string) {
	for _, r := range v.pending {
		if r.credit > 0 && below(local, r.local) {
			full := sizeCost(r.size)
			v.used += full - r.charged // no more than the old file's cost, which has just been taken off
			r.charged, r.credit = full, 0
		}
	}
}

// deleted makes replacements in a folder, or of a file, come to nothing, as their files would be on a POSIX host: they can
// be written to, but have no name any more.
func (v *volume) deleted(local string) {
	for _, r := range v.pending {
		if !r.gone && below(local, r.local) {
			v.FS.Remove(r.temp)
			r.gone = true
		}
	}
	v.uncredit(local)
}

// moved makes replacements in a folder, or of a file, follow it.
func (v *volume) moved(from, to string) {
	for _, r := range v.pending {
		if !r.gone && below(from, r.local) {
			r.local = to + r.local[len(from):]
			if below(from, r.temp) {
				r.temp = to + r.temp[len(from):]
			}
		}
	}
	for f := range v.fs.open {
		if f.v == v && f.ghost == nil && below(from, f.local) {
			f.local = to + f.local[len(from):]
		}
	}
}

// sweep removes what processes that were killed have left in a folder: once, when it is first written to or listed, because a walk
// through all folders at the start would hold up every small program.
func (v *volume) sweep(local string) {
	if _, done := v.swept[local]; done || v.ReadOnly {
		return
	}
	if v.swept == nil || len(v.swept) > 10_000 {
		v.swept = make(map[string]struct{})
	}
	v.swept[local] = struct{}{}
	names, err := v.names(local, nil)
	if err != nil {
		return
	}
	for _, n := range names {
		if path := join(local, n); isTemp(n) && !slices.ContainsFunc(v.pending, func(r *replacement) bool { return r.temp == path }) {
			v.removeStale(path)
		}
	}
}

// removeStale removes a leftover, unless it is in use.
func (v *volume) removeStale(path string) {
	info, err := v.lstat(path)
	if err != nil || !info.Mode().IsRegular() {
		return
	}
	f, err := v.FS.Open(path)
	if err != nil {
		return
	}
	mine, held := lock(f)
	if !mine {
		f.Close() // hosts without locks may not remove an open file
	} else {
		defer f.Close()
	}
	if mine || !held && time.Since(info.ModTime()) > staleAfter {
		v.FS.Remove(path)
	}
}
