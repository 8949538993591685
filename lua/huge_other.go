//go:build !linux

package lua

// adviseHuge does nothing where the system has no such advice.
func adviseHuge(ptr, int) {}
