package vfs

import (
	"errors"
	"os"

	"github.com/spf13/afero"
	"golang.org/x/sys/windows"
)

// exclude locks a byte that no claim has, far behind its content, so that others can read who holds it.
func exclude(f afero.File) (mine, held bool) {
	file, ok := f.(*os.File)
	if !ok {
		return false, false
	}
	err := windows.LockFileEx(windows.Handle(file.Fd()), windows.LOCKFILE_EXCLUSIVE_LOCK|windows.LOCKFILE_FAIL_IMMEDIATELY, 0, 1, 0,
		&windows.Overlapped{OffsetHigh: 1 << 30})
	return err == nil, errors.Is(err, windows.ERROR_LOCK_VIOLATION) || errors.Is(err, windows.ERROR_IO_PENDING)
}
