package archive

import (
	"archive/zip"
	"bytes"
	"compress/bzip2"
	"encoding/binary"
	"errors"
	"hash/crc32"
	"io"
	"io/fs"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding/charmap"
)

// maxDirectory bounds what is read of an archive's list of entries, in bytes: each of them takes a multiple of that in memory.
const maxDirectory = 16 << 20

// endSearch is how far from the end the end of a zip's directory can begin, in bytes.
const endSearch = 64<<10 + 22

// zipEnd reports whether a file ends as a zip archive does.
func zipEnd(src source) bool {
	tail := make([]byte, min(src.size, endSearch))
	n, err := src.ReadAt(tail, src.size-int64(len(tail)))
	return (err == nil || errors.Is(err, io.EOF)) && bytes.Contains(tail[:n], []byte("PK\x05\x06"))
}

// budget is a ReaderAt that gives only so many bytes.
type budget struct {
	io.ReaderAt
	left int64
	off  bool
}

var errDirectory = faultf(classLimit, "the archive's list of entries is longer than %d MiB", maxDirectory>>20)

func (b *budget) ReadAt(p []byte, off int64) (int, error) {
	if !b.off {
		if b.left -= int64(len(p)); b.left < 0 {
			return 0, errDirectory
		}
	}
	return b.ReaderAt.ReadAt(p, off)
}

// walkZip goes through a zip archive, also one with something in front, and a jar.
func walkZip(src source, v visit) (err error) {
	defer guard(&err)
	b := &budget{ReaderAt: src, left: maxDirectory + 2*endSearch}
	z, err := zip.NewReader(b, src.size)
	if err != nil && !errors.Is(err, zip.ErrInsecurePath) {
		return zipFault(err)
	}
	b.off = true
	z.RegisterDecompressor(12, func(r io.Reader) io.ReadCloser { return io.NopCloser(bzip2.NewReader(r)) })
	for _, f := range z.File {
		e := &entry{
			name: zipName(f), kind: kindOf(f.Mode()), size: int64(f.UncompressedSize64), packed: int64(f.CompressedSize64),
			modified: f.Modified, encrypted: f.Flags&1 != 0,
		}
		if f.UncompressedSize64 > 1<<62 || f.CompressedSize64 > 1<<62 {
			return faultf(classCorrupt, "the entry %q: the size makes no sense", e.name)
		}
		if e.kind == file && strings.HasSuffix(e.name, "/") {
			e.kind = folder
		}
		var body io.ReadCloser
		err := v(e, func() (io.Reader, error) {
			if e.encrypted {
				return nil, errEncrypted
			}
			var err error
			if body, err = f.Open(); err != nil {
				if errors.Is(err, zip.ErrAlgorithm) {
					return nil, faultf(classUnsupported, "it is compressed by method %d, which can't be read", f.Method)
				}
				return nil, zipFault(err)
			}
			return zipBody{body}, nil
		})
		if body != nil {
			body.Close()
		}
		if err != nil {
			return err
		}
	}
	return nil
}

type zipBody struct{ io.Reader }

func (b zipBody) Read(p []byte) (int, error) {
	n, err := b.Reader.Read(p)
	if err != nil && !errors.Is(err, io.EOF) {
		err = zipFault(err)
	}
	return n, err
}

var errEncrypted = faultf(classEncrypted, "it is encrypted, and passwords are not supported")

func zipFault(err error) error {
	var f *fault
	switch {
	case errors.As(err, &f):
		return f
	case errors.Is(err, zip.ErrChecksum):
		return faultf(classCorrupt, "the checksum is wrong: it is damaged")
	case errors.Is(err, zip.ErrFormat), errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, io.EOF):
		return faultf(classCorrupt, "it is truncated or damaged")
	}
	return decodeFault(err)
}

// zipName is the name of an entry, in UTF-8. Archives say whether it is; where they don't, it is in code page 437 (APPNOTE, appendix D), but for the
// field in which Info-ZIP repeats it in UTF-8.
func zipName(f *zip.File) string {
	name := f.Name
	if f.NonUTF8 {
		if unicode, ok := unicodeName(f); ok {
			name = unicode
		} else if text, err := charmap.CodePage437.NewDecoder().String(name); err == nil {
			name = text
		}
	}
	if !utf8.ValidString(name) {
		name = strings.ToValidUTF8(name, "\ufffd")
	}
	return name
}

// unicodeName is what the field 0x7075 says, if it is about this name.
func unicodeName(f *zip.File) (string, bool) {
	for extra := f.Extra; len(extra) >= 4; {
		id, n := binary.LittleEndian.Uint16(extra), int(binary.LittleEndian.Uint16(extra[2:]))
		if extra = extra[4:]; n > len(extra) {
			break
		}
		if id == 0x7075 && n > 5 && extra[0] == 1 && binary.LittleEndian.Uint32(extra[1:]) == crc32.ChecksumIEEE([]byte(f.Name)) {
			return string(extra[5:n]), utf8.Valid(extra[5:n])
		}
		extra = extra[n:]
	}
	return "", false
}

func kindOf(mode fs.FileMode) kind {
	switch {
	case mode.IsDir():
		return folder
	case mode&fs.ModeSymlink != 0:
		return symlink
	case !mode.IsRegular():
		return device
	}
	return file
}
