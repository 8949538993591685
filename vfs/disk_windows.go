package vfs

import "golang.org/x/sys/windows"

func (f folder) space() (free, total int64, ok bool) {
	name, err := windows.UTF16PtrFromString(f.root.Name())
	if err != nil {
		return 0, 0, false
	}
	var available, all, unused uint64
	if err := windows.GetDiskFreeSpaceEx(name, &available, &all, &unused); err != nil {
		return 0, 0, false
	}
	return bytesOf(available, 1), bytesOf(all, 1), true
}
