package fs

//lint:file-ignore ST1005 The texts are CraftOS's.

import (
	"errors"
	iofs "io/fs"
	"syscall"
)

// What programs are told; the functions put the path in front.
var (
	errAccess    = errors.New("Access denied")
	errNotFound  = errors.New("No such file")
	errNotDir    = errors.New("Not a directory")
	errNotFile   = errors.New("Not a file")
	errWriteDir  = errors.New("Cannot write to directory")
	errMode      = errors.New("Unsupported mode")
	errTooMany   = errors.New("Too many files already open")
	errInvalid   = errors.New("Invalid Path")
	errClosed    = errors.New("attempt to use a closed file")
	errNegative  = errors.New("Cannot read a negative number of bytes")
	errSeekBelow = errors.New("Position is negative")
)

// described replaces an error of the file system by CraftOS's for the same fault. The host's paths don't show in it.
func described(err error) error {
	switch {
	case errors.Is(err, errAccess), errors.Is(err, errNotFound), errors.Is(err, errNotDir), errors.Is(err, errNotFile), errors.Is(err, errWriteDir):
		return err
	case errors.Is(err, iofs.ErrNotExist), errors.Is(err, syscall.ENOTDIR), errors.Is(err, syscall.ENAMETOOLONG), errors.Is(err, iofs.ErrInvalid):
		return errNotFound
	}
	return errAccess
}
