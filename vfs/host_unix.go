//go:build unix

package vfs

import (
	"errors"
	"io/fs"
	"os"
	"syscall"

	"github.com/spf13/afero"
)

// isFull reports whether a host can't store more.
func isFull(err error) bool {
	return errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT) || errors.Is(err, syscall.EFBIG)
}

// keepOwner gives a file the owner that another one has, if it may. Only a process of the super-user's makes files whose
// owner differs.
func keepOwner(f afero.File, of fs.FileInfo) {
	file, ok := f.(*os.File)
	stat, known := of.Sys().(*syscall.Stat_t)
	if ok && known && os.Geteuid() == 0 {
		file.Chown(int(stat.Uid), int(stat.Gid)) // it's no worse a file without
	}
}
