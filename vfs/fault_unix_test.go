//go:build unix

package vfs

import "syscall"

// diskFaults are the ways in which a host can't store anything.
var diskFaults = []struct {
	err  error
	text string
}{{syscall.ENOSPC, "Out of space"}, {syscall.EDQUOT, "Out of space"}, {syscall.EROFS, "Access denied"}, {syscall.EIO, "Access denied"}}
