package archive

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
)

// This file looks at the header of a 7z archive before the package for such archives does: the latter makes room for as many things as the header
// says there are, which may be billions in a file of some bytes. (7-Zip: DOC/7zFormat.txt.)

const (
	sevenSignature = "7z\xbc\xaf\x27\x1c"
	sevenStart     = 32      // bytes of the part at the beginning
	maxSevenCount  = 500_000 // of files, streams and so on
	maxSevenCoders = 64
)

// Properties in a header.
const (
	sevenEnd = iota
	sevenHeader
	sevenArchiveProperties
	sevenAdditionalStreams
	sevenMainStreams
	sevenFiles
	sevenPackInfo
	sevenUnpackInfo
	sevenSubStreams
	sevenSizes
	sevenCRC
	sevenFolder
	sevenUnpackSizes
	sevenUnpackStreams
	sevenEncodedHeader = 0x17
)

var errSevenHeader = faultf(classCorrupt, "the list of its entries is damaged")

// checkSevenZip reads the header of an archive that begins at off.
func checkSevenZip(src source, off int64) error {
	var start [sevenStart]byte
	if _, err := src.ReadAt(start[:], off); err != nil {
		if errors.Is(err, io.EOF) {
			return faultf(classCorrupt, "it is truncated or damaged")
		}
		return err
	}
	at, size := binary.LittleEndian.Uint64(start[12:]), binary.LittleEndian.Uint64(start[20:])
	rest := uint64(max(src.size-off-sevenStart, 0))
	switch {
	case at > rest || size > rest-at:
		return faultf(classCorrupt, "it is truncated or damaged")
	case size > maxDirectory:
		return errDirectory
	case size == 0:
		return nil // no entries
	}
	header := make([]byte, size)
	if _, err := src.ReadAt(header, off+sevenStart+int64(at)); err != nil && !errors.Is(err, io.EOF) {
		return err
	}
	h := &sevenReader{in: bytes.NewReader(header), most: len(header)}
	switch h.byte() {
	case sevenEncodedHeader:
		streams := h.streams()
		if h.err != nil {
			return h.err
		}
		text, err := streams.decode(src, off, rest)
		if err != nil {
			return err
		}
		h = &sevenReader{in: bytes.NewReader(text), most: len(text)}
		if h.byte() != sevenHeader {
			return errSevenHeader
		}
	case sevenHeader:
	default:
		return errSevenHeader
	}
	h.header()
	return h.err
}

// sevenReader reads a header; the first error stays, and all is 0 from then on.
type sevenReader struct {
	in   *bytes.Reader
	most int // no count is more than there are bytes in the header, for each thing takes some
	err  error
}

func (h *sevenReader) fail() {
	if h.err == nil {
		h.err = errSevenHeader
	}
	h.in.Reset(nil)
}

func (h *sevenReader) byte() byte {
	b, err := h.in.ReadByte()
	if err != nil {
		h.fail()
	}
	return b
}

func (h *sevenReader) skip(n uint64) {
	if n > uint64(h.in.Len()) {
		h.fail()
		return
	}
	h.in.Seek(int64(n), io.SeekCurrent)
}

// number reads a number of one to nine bytes: the ones at the top of the first tell how many follow.
func (h *sevenReader) number() uint64 {
	first := h.byte()
	var value uint64
	for i, mask := 0, byte(0x80); i < 8; i, mask = i+1, mask>>1 {
		if first&mask == 0 {
			return value | uint64(first&(mask-1))<<(8*i)
		}
		value |= uint64(h.byte()) << (8 * i)
	}
	return value
}

// count reads how many things there are.
func (h *sevenReader) count() int {
	n := h.number()
	if n > maxSevenCount {
		if h.err == nil {
			h.err = faultf(classLimit, "it has more than %d entries", maxSevenCount)
		}
		h.in.Reset(nil)
		return 0
	}
	if n > uint64(h.most) {
		h.fail()
		return 0
	}
	return int(n)
}

// digests passes over checksums of n things, and returns for which there are some.
func (h *sevenReader) digests(n int) []bool {
	defined := make([]bool, n)
	all, bits := h.byte(), byte(0)
	given := 0
	for i := range defined {
		if all == 0 && i%8 == 0 {
			bits = h.byte()
		}
		if defined[i] = all != 0 || bits&(0x80>>(i%8)) != 0; defined[i] {
			given++
		}
	}
	h.skip(4 * uint64(given))
	return defined
}

func (h *sevenReader) header() {
	id := h.byte()
	if id == sevenArchiveProperties {
		for h.err == nil && h.byte() != sevenEnd {
			h.skip(h.number())
		}
		id = h.byte()
	}
	if id == sevenAdditionalStreams {
		h.streams()
		id = h.byte()
	}
	if id == sevenMainStreams {
		h.streams()
		id = h.byte()
	}
	if id == sevenFiles {
		files := h.count()
		for h.err == nil {
			if h.byte() == sevenEnd {
				break
			}
			h.skip(h.number())
		}
		// A name takes two bytes at least.
		if 2*files > h.most {
			h.fail()
		}
		id = h.byte()
	}
	if id != sevenEnd {
		h.fail()
	}
}

// sevenStreams is what a header says of the first stream, which is all that is wanted of one that a header is in.
type sevenStreams struct {
	packed  uint64 // where it begins
	sizes   []uint64
	folders []sevenFolderInfo
}

type sevenFolderInfo struct {
	ids        []string
	properties []byte // of the first coder
	outs       int
	sizes      []uint64
	crc        bool
}

func (h *sevenReader) streams() *sevenStreams {
	s := &sevenStreams{}
	id := h.byte()
	if id == sevenPackInfo {
		s.packed = h.number()
		packs := h.count()
		for id = h.byte(); h.err == nil && id != sevenEnd; id = h.byte() {
			switch id {
			case sevenSizes:
				s.sizes = make([]uint64, packs)
				for i := range s.sizes {
					s.sizes[i] = h.number()
				}
			case sevenCRC:
				h.digests(packs)
			default:
				h.fail()
			}
		}
		id = h.byte()
	}
	if id == sevenUnpackInfo {
		h.unpackInfo(s)
		id = h.byte()
	}
	if id == sevenSubStreams {
		h.subStreams(s)
		id = h.byte()
	}
	if id != sevenEnd {
		h.fail()
	}
	return s
}

func (h *sevenReader) unpackInfo(s *sevenStreams) {
	if h.byte() != sevenFolder {
		h.fail()
	}
	folders := h.count()
	if h.byte() != 0 { // elsewhere: nobody does that
		h.fail()
	}
	for range folders {
		if h.err != nil {
			return
		}
		s.folders = append(s.folders, h.folder())
	}
	if h.byte() != sevenUnpackSizes {
		h.fail()
	}
	for i := range s.folders {
		f := &s.folders[i]
		f.sizes = make([]uint64, f.outs)
		for j := range f.sizes {
			f.sizes[j] = h.number()
		}
	}
	id := h.byte()
	if id == sevenCRC {
		for i, given := range h.digests(folders) {
			if i < len(s.folders) {
				s.folders[i].crc = given
			}
		}
		id = h.byte()
	}
	if id != sevenEnd {
		h.fail()
	}
}

func (h *sevenReader) folder() (f sevenFolderInfo) {
	coders := h.count()
	if coders > maxSevenCoders {
		h.fail()
		return f
	}
	ins := 0
	for i := range coders {
		flags := h.byte()
		id := make([]byte, flags&15)
		for j := range id {
			id[j] = h.byte()
		}
		f.ids = append(f.ids, string(id))
		in, out := 1, 1
		if flags&0x10 != 0 {
			in, out = h.count(), h.count()
		}
		ins, f.outs = ins+in, f.outs+out
		if flags&0x20 != 0 {
			size := h.count()
			properties := make([]byte, size)
			io.ReadFull(h.in, properties)
			if i == 0 {
				f.properties = properties
			}
		}
		if flags&0x80 != 0 || ins > maxSevenCoders || f.outs > maxSevenCoders {
			h.fail()
			return sevenFolderInfo{}
		}
	}
	binds := max(f.outs-1, 0)
	for range 2 * binds {
		h.number()
	}
	if packs := ins - binds; packs > 1 {
		for range packs {
			h.number()
		}
	}
	return f
}

func (h *sevenReader) subStreams(s *sevenStreams) {
	streams := make([]int, len(s.folders))
	total := 0
	for i := range streams {
		streams[i] = 1
	}
	id := h.byte()
	if id == sevenUnpackStreams {
		for i := range streams {
			streams[i] = h.count()
		}
		id = h.byte()
	}
	unknown := 0
	for i, n := range streams {
		if total += n; total > h.most {
			h.fail()
			return
		}
		if n != 1 || !s.folders[i].crc {
			unknown += n
		}
	}
	if id == sevenSizes {
		for _, n := range streams {
			for range max(n-1, 0) {
				h.number()
			}
		}
		id = h.byte()
	}
	if id == sevenCRC {
		h.digests(unknown)
		id = h.byte()
	}
	if id != sevenEnd {
		h.fail()
	}
}

// decode reads a header that is compressed.
func (s *sevenStreams) decode(src source, off int64, rest uint64) ([]byte, error) {
	if len(s.folders) != 1 || len(s.sizes) == 0 {
		return nil, errSevenHeader
	}
	f := &s.folders[0]
	for _, id := range f.ids {
		if id == "\x06\xf1\x07\x01" {
			return nil, errEncrypted
		}
	}
	if len(f.ids) != 1 || len(f.sizes) != 1 {
		return nil, faultf(classUnsupported, "the list of its entries is compressed in a way that can't be read")
	}
	switch {
	case f.sizes[0] > maxDirectory:
		return nil, errDirectory
	case s.packed > rest || s.sizes[0] > rest-s.packed:
		return nil, errSevenHeader
	}
	in := io.NopCloser(bufio.NewReader(io.NewSectionReader(src, off+sevenStart+int64(s.packed), int64(s.sizes[0]))))
	var r io.ReadCloser
	var err error
	switch f.ids[0] {
	case "\x00":
		r = in
	case "\x03\x01\x01":
		r, err = newLZMA(f.properties, f.sizes[0], []io.ReadCloser{in})
	case "\x21":
		r, err = newLZMA2(f.properties, f.sizes[0], []io.ReadCloser{in})
	default:
		return nil, faultf(classUnsupported, "the list of its entries is compressed in a way that can't be read")
	}
	if err != nil {
		return nil, decodeFault(err)
	}
	text := make([]byte, f.sizes[0])
	if _, err := io.ReadFull(r, text); err != nil {
		return nil, decodeFault(fmt.Errorf("the list of its entries: %w", err))
	}
	return text, nil
}
