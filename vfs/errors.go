package vfs

//lint:file-ignore ST1005 The texts are CraftOS's.

import (
	"errors"
	"io/fs"
	"syscall"
)

// What programs are told. Most errors that leave the package are a *PathError around one of these.
var (
	ErrAccess   = errors.New("Access denied")
	ErrNotFound = errors.New("No such file")
	ErrExists   = errors.New("File exists")
	ErrNotDir   = errors.New("Not a directory")
	ErrNotFile  = errors.New("Not a file")
	ErrWriteDir = errors.New("Cannot write to directory")
	ErrSpace    = errors.New("Out of space")
	ErrTooMany  = errors.New("Too many files already open")
	ErrInvalid  = errors.New("Invalid Path")
	ErrMoveIn   = errors.New("Can't move a directory inside itself")
	ErrCopyIn   = errors.New("Can't copy a directory inside itself")
	ErrTooDeep  = errors.New("Too many directories to copy")
	ErrClosed   = errors.New("attempt to use a closed file")
	ErrPosition = errors.New("Position is negative")
)

// ours are the errors above that describe passes on.
var ours = []error{ErrAccess, ErrNotFound, ErrExists, ErrNotDir, ErrNotFile, ErrWriteDir, ErrSpace, ErrTooMany, ErrInvalid, ErrMoveIn, ErrCopyIn, ErrTooDeep}

// PathError is an error with the path that it is about. Its text is "/path: message".
type PathError struct {
	Path string // clean
	Err  error
}

func (e *PathError) Error() string { return "/" + e.Path + ": " + e.Err.Error() }
func (e *PathError) Unwrap() error { return e.Err }

// stopped is the error of a Poll: it goes through everything unchanged.
type stopped struct{ error }

func (e stopped) Unwrap() error { return e.error }

// describe replaces an error of a file system by CraftOS's for the same fault. The host's paths don't show in it.
func describe(err error) error {
	var path *PathError
	if errors.As(err, &path) {
		return path.Err
	}
	for _, e := range ours {
		if errors.Is(err, e) {
			return e
		}
	}
	var stop stopped
	switch {
	case errors.As(err, &stop):
		return stop.error
	case errors.Is(err, fs.ErrNotExist), errors.Is(err, syscall.ENOTDIR), errors.Is(err, syscall.ENAMETOOLONG), errors.Is(err, fs.ErrInvalid):
		return ErrNotFound
	case errors.Is(err, fs.ErrExist):
		return ErrExists
	case isFull(err):
		return ErrSpace
	case errors.Is(err, syscall.EMFILE), errors.Is(err, syscall.ENFILE):
		return ErrTooMany
	}
	return ErrAccess
}

// isMissing reports whether an error says that there is no such file, or none in such a folder.
func isMissing(err error) bool {
	return errors.Is(err, fs.ErrNotExist) || errors.Is(err, syscall.ENOTDIR) || errors.Is(err, fs.ErrInvalid)
}
