package archive

import (
	"archive/tar"
	"bufio"
	"bytes"
	"compress/bzip2"
	"compress/gzip"
	"errors"
	"io"
	"path"
	"strings"
	"time"

	"github.com/therootcompany/xz"
)

// isTar reports whether a block of 512 bytes is the header of a tar archive: its sum is right.
func isTar(head []byte) bool {
	if len(head) < 512 {
		return false
	}
	var sum, said int64
	for i, b := range head[:512] {
		if i >= 148 && i < 156 {
			b = ' '
		}
		sum += int64(b)
	}
	for _, b := range bytes.Trim(head[148:156], " \x00") {
		if b < '0' || b > '7' {
			return false
		}
		said = said*8 + int64(b-'0')
	}
	return sum == said && sum != 8*' '
}

func walkTar(src source, v visit) error { return tarEntries(src, src.reader(), false, v) }

// tarEntries goes through a tar archive. What is passed over has to be decoded all the same, if it is compressed.
func tarEntries(src source, r io.Reader, packed bool, v visit) (err error) {
	defer guard(&err)
	for t := tar.NewReader(r); ; {
		h, err := t.Next()
		switch {
		case errors.Is(err, io.EOF):
			return nil
		case err != nil && !errors.Is(err, tar.ErrInsecurePath):
			return tarFault(err)
		}
		e := &entry{name: h.Name, kind: file, size: h.Size, packed: -1, modified: h.ModTime}
		switch h.Typeflag {
		case tar.TypeReg, tar.TypeGNUSparse, '7':
			if strings.HasSuffix(h.Name, "/") {
				e.kind = folder
			}
		case tar.TypeDir:
			e.kind = folder
		case tar.TypeSymlink:
			e.kind = symlink
		case tar.TypeLink:
			e.kind = hardlink
		case tar.TypeXGlobalHeader:
			continue
		default:
			e.kind = device
		}
		opened := false
		if err := v(e, func() (io.Reader, error) { opened = true; return tarBody{t}, nil }); err != nil {
			return err
		}
		if packed && !opened && e.kind == file {
			if err := src.decoded(e.size); err != nil {
				return err
			}
		}
	}
}

type tarBody struct{ r io.Reader }

func (b tarBody) Read(p []byte) (int, error) {
	n, err := b.r.Read(p)
	if err != nil && !errors.Is(err, io.EOF) {
		err = tarFault(err)
	}
	return n, err
}

func tarFault(err error) error {
	if errors.Is(err, xz.ErrMemlimit) {
		return errDictionary
	}
	if errors.Is(err, tar.ErrHeader) {
		return faultf(classCorrupt, "it is truncated or damaged")
	}
	return decodeFault(err)
}

// unpack makes the decoder of a compressed stream, and returns what its header says of the content's name and date.
type unpack func(r io.Reader) (in io.Reader, name string, modified time.Time, err error)

func gunzip(r io.Reader) (io.Reader, string, time.Time, error) {
	z, err := gzip.NewReader(r)
	if err != nil {
		return nil, "", time.Time{}, err
	}
	return z, z.Name, z.ModTime, nil
}

func bunzip(r io.Reader) (io.Reader, string, time.Time, error) {
	return bzip2.NewReader(r), "", time.Time{}, nil
}

func unxz(r io.Reader) (io.Reader, string, time.Time, error) {
	z, err := xz.NewReader(r, maxDictionary)
	return z, "", time.Time{}, err
}

// walkStream goes through a compressed tar archive, or the one file that is compressed.
func walkStream(decode unpack) walker {
	return func(src source, v visit) (err error) {
		defer guard(&err)
		in, name, modified, err := decode(bufio.NewReader(src.reader()))
		if err != nil {
			return tarFault(err)
		}
		body := bufio.NewReaderSize(in, 64<<10)
		head, err := body.Peek(512)
		if err != nil && !errors.Is(err, io.EOF) {
			return tarFault(err)
		}
		if isTar(head) {
			if err := tarEntries(src, body, true, v); err != nil {
				return err
			}
			return drain(src, body) // the checksum comes last
		}
		if name = path.Base(name); name == "." || name == "/" {
			name = path.Base(src.path)
			if ext := path.Ext(name); len(ext) > 1 && len(ext) < len(name) {
				name = strings.TrimSuffix(name, ext)
			}
		}
		opened := false
		return v(&entry{name: name, kind: file, size: -1, packed: src.size, modified: modified}, func() (io.Reader, error) {
			if opened {
				return nil, errors.New("opened twice")
			}
			opened = true
			return tarBody{body}, nil
		})
	}
}

// drain reads the rest of a stream, which should be padding.
func drain(src source, r io.Reader) error {
	buf := make([]byte, 32<<10)
	for {
		n, err := r.Read(buf)
		if full := src.decoded(int64(n)); full != nil {
			return full
		}
		switch {
		case errors.Is(err, io.EOF):
			return nil
		case err != nil:
			return tarFault(err)
		}
	}
}
