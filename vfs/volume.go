package vfs

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"slices"
	"sync/atomic"
	"time"

	"github.com/spf13/afero"
)

// minimumCost is what the smallest file counts for, and every folder, in bytes (CraftOS).
const minimumCost = 500

// listStep is how many names are read between two polls.
const listStep = 1024

// volume is a mount in use: the file system with what is known about it.
type volume struct {
	Mount
	fs       *FS
	held     func(time.Duration)
	used     int64        // bytes that count against the capacity
	measured bool         // used is known
	outside  atomic.Int64 // bytes that branches have taken, which are not in used
	ended    atomic.Int64 // the part of outside whose branches have ended; measure finds it in the files
	stale    atomic.Bool  // a branch has ended: used is not known any more
	pending  []*replacement
	swept    map[string]struct{} // folders without leftovers of other processes
}

// name is a path as the file system takes it.
func name(local string) string {
	if local == "" {
		return "."
	}
	return local
}

// real is the path of what a path stands for: a file that is being written for the first time, and so is nowhere else, is
// read where it is written.
func (v *volume) real(local string) (string, *replacement) {
	for _, r := range v.pending {
		if r.local == local && !r.gone {
			if _, err := v.lstat(local); err != nil && isMissing(err) {
				return r.temp, r
			}
		}
	}
	return local, nil
}

func (v *volume) stat(local string) (fs.FileInfo, error) {
	local, _ = v.real(local)
	return v.FS.Stat(name(local))
}

// lstat is stat without following a symbolic link.
func (v *volume) lstat(local string) (fs.FileInfo, error) {
	if l, ok := v.FS.(afero.Lstater); ok {
		info, _, err := l.LstatIfPossible(name(local))
		return info, err
	}
	return v.FS.Stat(name(local))
}

// list returns the names in a folder, in any order.
func (v *volume) list(local string, poll Poll) ([]string, error) {
	all, err := v.names(local, poll)
	if err != nil {
		return nil, err
	}
	names, leftover := all[:0], false
	for _, n := range all {
		if isTemp(n) {
			leftover = true
		} else {
			names = append(names, n)
		}
	}
	if leftover {
		v.sweep(local)
	}
	for _, r := range v.pending {
		if r.gone || Dir(r.local) != local {
			continue
		}
		if _, only := v.real(r.local); only != nil {
			names = append(names, Name(r.local))
		}
	}
	return names, nil
}

// names returns all names in a folder.
func (v *volume) names(local string, poll Poll) ([]string, error) {
	dir, err := v.FS.Open(name(local))
	if err != nil {
		return nil, err
	}
	defer dir.Close()
	step := listStep
	if _, host := dir.(*os.File); !host {
		step = -1 // file systems in memory sort all names for each call
	}
	var names []string
	for {
		if err := poll.check(); err != nil {
			return nil, err
		}
		some, err := dir.Readdirnames(step)
		if names == nil {
			names = some
		} else {
			names = append(names, some...)
		}
		switch {
		case errors.Is(err, io.EOF):
			return names, nil
		case err != nil:
			return nil, err
		case len(some) == 0 || step < 0:
			return names, nil
		}
	}
}

// cost is what a file counts for against the capacity. A symbolic link counts as a small file.
func cost(info fs.FileInfo) int64 {
	if !info.Mode().IsRegular() {
		return minimumCost
	}
	return sizeCost(info.Size())
}

func sizeCost(size int64) int64 { return max(size, minimumCost) }

// measure adds up what all files take: once, and again when a branch has ended.
func (v *volume) measure(poll Poll) error {
	if v.stale.CompareAndSwap(true, false) {
		v.measured = false
		v.outside.Add(-v.ended.Swap(0))
	}
	if v.measured || v.Capacity <= 0 || v.ReadOnly {
		return nil
	}
	var used int64
	work := []string{""}
	for start := time.Now(); len(work) > 0; start = time.Now() {
		dir := work[len(work)-1]
		work = work[:len(work)-1]
		v.sweep(dir)
		names, err := v.names(dir, poll)
		var stop stopped
		if errors.As(err, &stop) {
			return err
		}
		for i, n := range names { // none if the folder can't be read: what is in it can't be made smaller either
			if isTemp(n) {
				continue // another process's, which counts it
			}
			if i%listStep == 0 {
				if err := poll.check(); err != nil {
					return err
				}
			}
			path := join(dir, n)
			info, err := v.lstat(path)
			if err != nil {
				continue
			}
			used += cost(info)
			if info.IsDir() {
				work = append(work, path)
			}
		}
		if v.held != nil {
			v.held(time.Since(start)) // how much there is isn't the program's doing
		}
	}
	v.used, v.measured = used, true
	for _, r := range v.pending {
		v.used += r.charged
	}
	var counted []*ghost
	for f := range v.fs.open {
		if f.v == v && f.ghost != nil && !slices.Contains(counted, f.ghost) {
			counted = append(counted, f.ghost)
			v.used += f.ghost.cost
		}
	}
	return nil
}

// charge counts n bytes more, or less.
func (v *volume) charge(n int64) error {
	if v.Capacity <= 0 {
		return nil
	}
	if n > 0 && n > v.Capacity-v.used-v.outside.Load() {
		return ErrSpace
	}
	v.used = max(v.used+n, 0) // the host's people may have changed files behind our back
	return nil
}

// refund is charge for less, which can't fail.
func (v *volume) refund(n int64) { _ = v.charge(-n) }

// sync makes what was written to a file durable.
func (v *volume) sync(f afero.File) error {
	start := time.Now()
	err := f.Sync()
	if v.held != nil {
		v.held(time.Since(start))
	}
	return err
}

// syncDir makes the names in a folder durable, and that of the folder itself, and so on, as many as there are new ones. Not all hosts
// can, nor need it.
func (v *volume) syncDir(local string, depth int) {
	for range depth {
		dir, err := v.FS.Open(name(local))
		if err != nil {
			return
		}
		if _, host := dir.(*os.File); host {
			_ = v.sync(dir)
		}
		dir.Close()
		if local == "" {
			return
		}
		local = Dir(local)
	}
}

// makeDirs makes a folder and those that it is in, and returns how many were missing.
func (v *volume) makeDirs(local string) (made int, err error) {
	var missing []string
	for at := local; ; at = Dir(at) {
		info, err := v.FS.Stat(name(at))
		if err == nil {
			if !info.IsDir() {
				return 0, ErrExists
			}
			break
		}
		if !isMissing(err) || at == "" {
			return 0, err
		}
		missing = append(missing, at)
	}
	for i := len(missing) - 1; i >= 0; i-- {
		if err := v.charge(minimumCost); err != nil {
			return made, err
		}
		if err := v.FS.Mkdir(name(missing[i]), 0o777); err != nil {
			v.refund(minimumCost)
			if errors.Is(err, fs.ErrExist) {
				continue // somebody else was faster; if it's no folder, what comes next fails
			}
			return made, err
		}
		made++
	}
	return made, nil
}
