//go:build !unix

package vfs

import (
	"errors"
	"io/fs"
	"syscall"

	"github.com/spf13/afero"
)

// isFull reports whether a host can't store more: ERROR_HANDLE_DISK_FULL and ERROR_DISK_FULL on Windows.
func isFull(err error) bool {
	return errors.Is(err, syscall.Errno(39)) || errors.Is(err, syscall.Errno(112))
}

func keepOwner(afero.File, fs.FileInfo) {}
