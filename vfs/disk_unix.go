//go:build linux || darwin

package vfs

import "golang.org/x/sys/unix"

func (f folder) space() (free, total int64, ok bool) {
	dir, err := f.root.Open(".")
	if err != nil {
		return 0, 0, false
	}
	defer dir.Close()
	conn, err := dir.SyscallConn()
	if err != nil {
		return 0, 0, false
	}
	var stat unix.Statfs_t
	if controlErr := conn.Control(func(fd uintptr) { err = unix.Fstatfs(int(fd), &stat) }); controlErr != nil || err != nil {
		return 0, 0, false
	}
	size := uint64(stat.Bsize)
	return bytesOf(stat.Bavail, size), bytesOf(stat.Blocks, size), true
}
