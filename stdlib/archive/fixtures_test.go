package archive

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"compress/gzip"
	"encoding/binary"
	"hash/crc32"
	"io"
	"os"
	"path/filepath"
	"testing"
	"time"
)

// member is an entry of an archive that a test makes.
type member struct {
	name, text string
	kind       kind // "" is file
	raw        bool // zip: the name is not UTF-8
}

func makeZip(t testing.TB, members ...member) string {
	t.Helper()
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	for _, m := range members {
		h := &zip.FileHeader{Name: m.name, Method: zip.Deflate, NonUTF8: m.raw, Modified: time.Date(2024, 1, 2, 3, 4, 6, 0, time.UTC)}
		switch m.kind {
		case symlink:
			h.SetMode(os.ModeSymlink | 0o777)
		case device:
			h.SetMode(os.ModeNamedPipe | 0o666)
		}
		e, err := w.CreateHeader(h)
		if err == nil {
			_, err = io.WriteString(e, m.text)
		}
		if err != nil && m.text != "" {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func makeTar(t testing.TB, members ...member) string {
	t.Helper()
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	for _, m := range members {
		h := &tar.Header{Name: m.name, Size: int64(len(m.text)), Typeflag: tar.TypeReg, Mode: 0o644, ModTime: time.Date(2024, 1, 2, 3, 4, 6, 0, time.UTC)}
		switch m.kind {
		case folder:
			h.Typeflag = tar.TypeDir
		case symlink:
			h.Typeflag, h.Linkname, h.Size = tar.TypeSymlink, "/etc/passwd", 0
		case hardlink:
			h.Typeflag, h.Linkname, h.Size = tar.TypeLink, "../x", 0
		case device:
			h.Typeflag, h.Size = tar.TypeChar, 0
		}
		err := w.WriteHeader(h)
		if err == nil && h.Size > 0 {
			_, err = io.WriteString(w, m.text)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func gzipped(t testing.TB, text, name string) string {
	t.Helper()
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	w.Name = name
	if _, err := io.WriteString(w, text); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// makeRar4 makes an archive of RAR 1.5 to 4 that is not compressed. (TechNote of RAR 4: blocks of a sum of two bytes, type, flags, size.)
func makeRar4(members ...member) string {
	block := func(kind byte, flags uint16, rest []byte) []byte {
		b := []byte{kind}
		b = binary.LittleEndian.AppendUint16(b, flags)
		b = binary.LittleEndian.AppendUint16(b, uint16(7+len(rest)))
		b = append(b, rest...)
		return append(binary.LittleEndian.AppendUint16(nil, uint16(crc32.ChecksumIEEE(b))), b...)
	}
	out := []byte("Rar!\x1a\x07\x00")
	out = append(out, block(0x73, 0, make([]byte, 6))...)
	for _, m := range members {
		var h []byte
		h = binary.LittleEndian.AppendUint32(h, uint32(len(m.text)))
		h = binary.LittleEndian.AppendUint32(h, uint32(len(m.text)))
		h = append(h, 3) // of Unix
		h = binary.LittleEndian.AppendUint32(h, crc32.ChecksumIEEE([]byte(m.text)))
		h = binary.LittleEndian.AppendUint32(h, (2024-1980)<<25|1<<21|2<<16|3<<11|4<<5|3)
		h = append(h, 20, 0x30) // version, stored
		h = binary.LittleEndian.AppendUint16(h, uint16(len(m.name)))
		mode := uint32(0o100644)
		if m.kind == symlink {
			mode = 0o120777
		}
		h = binary.LittleEndian.AppendUint32(h, mode)
		h = append(h, m.name...)
		out = append(out, block(0x74, 0x8000, h)...)
		out = append(out, m.text...)
	}
	return string(append(out, block(0x7b, 0x4000, nil)...))
}

// makeRar5 makes an archive of RAR 5 that is not compressed. (TechNote of RAR 5: blocks of a sum, a size, type and flags, numbers of seven bits a byte.)
func makeRar5(members ...member) string {
	number := binary.AppendUvarint
	block := func(rest []byte) []byte {
		b := append(number(nil, uint64(len(rest))), rest...)
		return append(binary.LittleEndian.AppendUint32(nil, crc32.ChecksumIEEE(b)), b...)
	}
	out := []byte("Rar!\x1a\x07\x01\x00")
	out = append(out, block([]byte{1, 0, 0})...)
	for _, m := range members {
		var extra []byte
		if m.kind == symlink {
			record := number(nil, 5)    // redirection
			record = number(record, 1)  // a symbolic link of Unix
			record = number(record, 0)  // flags
			record = number(record, 11) // length
			record = append(record, "/etc/passwd"...)
			extra = append(number(nil, uint64(len(record))), record...)
		}
		h := []byte{2}
		flags := uint64(2) // data follows
		if extra != nil {
			flags |= 1
		}
		h = number(h, flags)
		if extra != nil {
			h = number(h, uint64(len(extra)))
		}
		h = number(h, uint64(len(m.text)))
		h = number(h, 4) // there is a sum
		h = number(h, uint64(len(m.text)))
		h = number(h, 0o100644)
		h = binary.LittleEndian.AppendUint32(h, crc32.ChecksumIEEE([]byte(m.text)))
		h = number(h, 0) // stored
		h = number(h, 1) // of Unix
		h = number(h, uint64(len(m.name)))
		h = append(h, m.name...)
		h = append(h, extra...)
		out = append(out, block(h)...)
		out = append(out, m.text...)
	}
	return string(append(out, block([]byte{5, 0, 0})...))
}

func put(t testing.TB, dir, name, text string) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o666); err != nil {
		t.Fatal(err)
	}
}

func fixture(t testing.TB, name string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}
