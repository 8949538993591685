package archive

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"
)

// kind is what an entry of an archive is.
type kind string

const (
	file     kind = "file"
	folder   kind = "folder"
	symlink  kind = "symlink"
	hardlink kind = "hardlink"
	device   kind = "device" // or a pipe, or a socket
)

// entry is a file or something else in an archive.
type entry struct {
	name      string // with slashes; as it stands there otherwise, which may be anything
	kind      kind
	size      int64 // in bytes; -1 if that isn't known before it is read
	packed    int64 // -1 if unknown
	modified  time.Time
	encrypted bool
}

// visit is called for each entry in turn. open may be called once, while visit runs.
type visit func(e *entry, open func() (io.Reader, error)) error

// walker goes through the entries of an archive.
type walker func(src source, v visit) error

// source is an archive, or what looks like one.
type source struct {
	io.ReaderAt
	size int64
	path string // in the computer, for messages
	// decoded counts bytes that were decoded without being written anywhere, and fails when there are too many.
	decoded func(n int64) error
}

// reader reads it from its beginning.
func (s source) reader() *io.SectionReader { return io.NewSectionReader(s, 0, s.size) }

// cancelled is a ReaderAt that fails once ctx is done, so that libraries end soon.
type cancelled struct {
	io.ReaderAt
	ctx context.Context
}

func (c cancelled) ReadAt(p []byte, off int64) (int, error) {
	if err := c.ctx.Err(); err != nil {
		return 0, err
	}
	return c.ReaderAt.ReadAt(p, off)
}

// Classes of failures.
const (
	classFormat      = "format"      // it is no archive, or of no kind that can be read
	classCorrupt     = "corrupt"     // it is truncated or damaged
	classEncrypted   = "encrypted"   // it wants a password
	classUnsafe      = "unsafe"      // an entry would land outside, or be something else than a file
	classLimit       = "limit"       // it has more than the caller allows
	classInstaller   = "installer"   // it is a program that installs, and takes a tool of its own
	classUnsupported = "unsupported" // it is compressed in a way that can't be read
)

// fault is an error with a class, before it is known which archive and entry it is about.
type fault struct {
	class string
	text  string
}

func (f *fault) Error() string { return f.text }

func faultf(class, format string, args ...any) error {
	return &fault{class, fmt.Sprintf(format, args...)}
}

// formats are the kinds of archives by what they begin with.
var formats = []struct {
	name   string
	offset int
	magic  string
	walk   walker
}{
	{"zip", 0, "PK\x03\x04", walkZip},
	{"zip", 0, "PK\x05\x06", walkZip},
	{"zip", 0, "PK\x06\x06", walkZip},
	{"7z", 0, "7z\xbc\xaf\x27\x1c", walkSevenZip},
	{"rar", 0, "Rar!\x1a\x07", walkRar},
	{"gz", 0, "\x1f\x8b", walkStream(gunzip)},
	{"bz2", 0, "BZh", walkStream(bunzip)},
	{"xz", 0, "\xfd7zXZ\x00", walkStream(unxz)},
}

// detect finds out by its content what a file is.
func detect(src source) (string, walker, error) {
	head := make([]byte, 512)
	n, err := src.ReadAt(head, 0)
	if err != nil && !errors.Is(err, io.EOF) {
		return "", nil, err
	}
	head = head[:n]
	for _, f := range formats {
		if len(head) >= f.offset && strings.HasPrefix(string(head[f.offset:]), f.magic) {
			return f.name, f.walk, nil
		}
	}
	switch {
	case n == 0:
		return "", nil, faultf(classFormat, "the file is empty")
	case isTar(head):
		return "tar", walkTar, nil
	case strings.HasPrefix(string(head), "MZ"):
		return detectProgram(src)
	case isHTML(head):
		return "", nil, faultf(classFormat, "this is a web page and no archive")
	}
	return "", nil, faultf(classFormat, "this is no archive of a known kind")
}

func isHTML(head []byte) bool {
	text := strings.ToLower(strings.TrimSpace(strings.TrimPrefix(string(head), "\ufeff")))
	return strings.HasPrefix(text, "<!doctype") || strings.HasPrefix(text, "<html")
}

// programSearch is how far into a program for Windows the signatures of what is appended to it are looked for, in bytes.
const programSearch = 4 << 20

// installers are programs whose content only their own tools can unpack.
var installers = []struct{ name, tool, magic string }{
	{"NSIS", "7z", "\xef\xbe\xad\xdeNullsoftInst"},
	{"Clickteam", "cicdec", "wwgT)H"},
	{"Inno Setup", "innoextract", "Inno Setup Setup Data"},
}

// detectProgram looks for an archive at the end of a program for Windows.
func detectProgram(src source) (string, walker, error) {
	head := make([]byte, min(src.size, programSearch))
	if n, err := src.ReadAt(head, 0); err != nil && !errors.Is(err, io.EOF) {
		return "", nil, err
	} else {
		head = head[:n]
	}
	text := string(head)
	for _, i := range installers {
		if strings.Contains(text, i.magic) {
			return "", nil, faultf(classInstaller, "this is an installer made with %s; unpack it with the program %s", i.name, i.tool)
		}
	}
	switch {
	case strings.Contains(text, "Rar!\x1a\x07"):
		return "rar", walkRar, nil
	case strings.Contains(text, "7z\xbc\xaf\x27\x1c"):
		return "7z", walkSevenZip, nil
	case zipEnd(src):
		return "zip", walkZip, nil
	}
	return "", nil, faultf(classInstaller, "this is a program and no archive; if it is an installer, it takes a tool of its own to unpack")
}

// guard makes an error of a library's panic.
func guard(err *error) {
	if r := recover(); r != nil {
		*err = faultf(classCorrupt, "the archive is damaged (%v)", r)
	}
}
