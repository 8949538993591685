//go:build !unix

package vfs

import (
	"io/fs"
	"syscall"
)

// diskFaults are the ways in which a host can't store anything.
var diskFaults = []struct {
	err  error
	text string
}{{syscall.Errno(112), "Out of space"}, {fs.ErrPermission, "Access denied"}}
