//go:build linux || darwin || freebsd || netbsd || openbsd || dragonfly

package vfs

import (
	"errors"
	"os"
	"syscall"

	"github.com/spf13/afero"
)

// lock takes the lock of a file, which ends with the process at the latest. Somebody else's is held; no lock is neither.
func lock(f afero.File) (mine, held bool) {
	file, ok := f.(*os.File)
	if !ok {
		return false, false
	}
	conn, err := file.SyscallConn()
	if err != nil {
		return false, false
	}
	var locked error
	if err := conn.Control(func(fd uintptr) { locked = syscall.Flock(int(fd), syscall.LOCK_EX|syscall.LOCK_NB) }); err != nil {
		return false, false
	}
	return locked == nil, errors.Is(locked, syscall.EWOULDBLOCK)
}
