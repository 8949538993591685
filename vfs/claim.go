package vfs

import (
	"errors"
	"io"
	"os"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/afero"
)

// maxClaims bounds the files that one computer holds open by claims.
const maxClaims = 128

// errClaims is a limit of the program's.
var errClaims = errors.New("too many files are claimed; release some")

// ClaimedError is that somebody else holds a claim.
type ClaimedError struct {
	Path string
	// PID is the process that holds it, 0 if that isn't known.
	PID int
}

func (e *ClaimedError) Error() string {
	if e.PID == 0 {
		return "/" + e.Path + ": Claimed by another process"
	}
	if e.PID == os.Getpid() {
		return "/" + e.Path + ": Claimed by this process"
	}
	return "/" + e.Path + ": Claimed by process " + strconv.Itoa(e.PID)
}

// Claim is a file that one process at a time can have: what it stands for is that process's as long as the claim is held. The file is there meanwhile, and has the
// process's number.
type Claim struct {
	v     *volume
	local string
	file  afero.File // nil after Release
}

// Claim claims a path, at which there must be nothing, or what is left of a claim. It is ClaimedError if it is held already, by this process
// or another one. The host ends a claim with its process, however that ends; on hosts without locks, nobody else's claims are
// known. The folder that the file is in must exist.
func (f *FS) Claim(path string) (*Claim, error) {
	n, err := f.find(path)
	if err != nil {
		return nil, err
	}
	if n.v.ReadOnly || n.local == "" {
		return nil, n.fail(ErrAccess)
	}
	held := slices.ContainsFunc(f.claims, func(c *Claim) bool { return c.v == n.v && strings.EqualFold(c.local, n.local) })
	if held {
		return nil, &ClaimedError{n.path(), os.Getpid()}
	}
	if len(f.claims) >= maxClaims {
		return nil, errClaims
	}
	// Who releases a claim removes its file, so that what was locked may have no name any more.
	for range 100 {
		c, again, err := n.v.claim(n)
		if c != nil {
			f.claims = append(f.claims, c)
			return c, nil
		}
		if !again {
			return nil, err
		}
	}
	return nil, &ClaimedError{n.path(), 0}
}

func (v *volume) claim(n node) (c *Claim, again bool, err error) {
	if _, err := v.FS.Stat(name(Dir(n.local))); err != nil {
		return nil, false, n.fail(err) // files in memory need no folder
	}
	switch info, err := v.lstat(n.local); {
	case err == nil && !info.Mode().IsRegular():
		return nil, false, n.fail(ErrAccess)
	case err != nil && !isMissing(err):
		return nil, false, n.fail(err)
	}
	file, err := v.FS.OpenFile(name(n.local), os.O_RDWR|os.O_CREATE, 0o666)
	if err != nil {
		return nil, false, n.fail(err)
	}
	mine, held := exclude(file)
	if held {
		pid := ownerOf(file)
		file.Close()
		return nil, false, &ClaimedError{n.path(), pid}
	}
	if mine && !sameFile(v, n.local, file) {
		file.Close()
		return nil, true, nil
	}
	err = file.Truncate(0)
	if err == nil {
		_, err = file.WriteAt([]byte(strconv.Itoa(os.Getpid())+"\n"), 0)
	}
	if err != nil {
		file.Close()
		return nil, false, n.fail(err)
	}
	return &Claim{v, n.local, file}, false, nil
}

// sameFile reports whether an open file still has a name.
func sameFile(v *volume, local string, file afero.File) bool {
	opened, err := file.Stat()
	if err != nil {
		return false
	}
	found, err := v.lstat(local)
	return err == nil && os.SameFile(opened, found)
}

// ownerOf reads the number of the process that holds a claim, 0 if it isn't there yet.
func ownerOf(file afero.File) int {
	var text [24]byte
	n, err := file.ReadAt(text[:], 0)
	if err != nil && !errors.Is(err, io.EOF) {
		return 0
	}
	pid, err := strconv.Atoi(strings.TrimSpace(string(text[:n])))
	if err != nil || pid < 0 {
		return 0
	}
	return pid
}

// Release ends a claim, and removes its file. A second call does nothing.
func (c *Claim) Release() {
	if c.file == nil {
		return
	}
	// The name goes before the lock, so that nobody finds a file that is about to lose it. Hosts where an open file can't be removed
	// don't let it be removed either when somebody else has it open.
	removed := c.v.FS.Remove(name(c.local))
	c.file.Close()
	if removed != nil && !isMissing(removed) {
		c.v.FS.Remove(name(c.local))
	}
	c.file = nil
	f := c.v.fs
	f.claims = slices.DeleteFunc(f.claims, func(other *Claim) bool { return other == c })
}
