//go:build linux || darwin || freebsd || netbsd || openbsd || dragonfly

package vfs

import "github.com/spf13/afero"

// exclude is lock.
func exclude(f afero.File) (mine, held bool) { return lock(f) }
