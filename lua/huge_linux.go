package lua

import (
	"syscall"
	"unsafe"
)

// adviseHuge asks the system to back memory that has not been touched with large pages. Failure does not matter.
func adviseHuge(p ptr, n int) {
	const page = 1 << 12
	skip := int(-uintptr(p) & (page - 1))
	if n > skip {
		_ = syscall.Madvise(unsafe.Slice((*byte)(unsafe.Add(p, skip)), (n-skip)&^(page-1)), syscall.MADV_HUGEPAGE)
	}
}
