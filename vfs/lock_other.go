//go:build !(linux || darwin || freebsd || netbsd || openbsd || dragonfly)

package vfs

import "github.com/spf13/afero"

// lock takes no lock: the age of a file decides.
func lock(afero.File) (mine, held bool) { return false, false }
