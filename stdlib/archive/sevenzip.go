package archive

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"hash/crc32"
	"io"
	"strings"

	"github.com/bodgit/sevenzip"
	"github.com/klauspost/compress/zstd"
	"github.com/stangelandcl/ppmd"
	"github.com/ulikunitz/xz/lzma"
)

// maxDictionary is how much memory a decoder may take for what an archive says it needs, in bytes. 7-Zip's strongest setting takes less.
const maxDictionary = 256 << 20

// The package for 7z files takes as much memory as a file asks for; these decoders, in place of its own, do not.
func init() {
	sevenzip.RegisterDecompressor([]byte{3, 1, 1}, newLZMA)
	sevenzip.RegisterDecompressor([]byte{0x21}, newLZMA2)
	sevenzip.RegisterDecompressor([]byte{3, 4, 1}, newPPMd)
	sevenzip.RegisterDecompressor([]byte{4, 0xf7, 0x11, 1}, newZstd)
}

func newLZMA(p []byte, size uint64, in []io.ReadCloser) (io.ReadCloser, error) {
	if len(in) != 1 || len(p) != 5 {
		return nil, errProperties
	}
	if binary.LittleEndian.Uint32(p[1:]) > maxDictionary {
		return nil, errDictionary
	}
	header := binary.LittleEndian.AppendUint64(p[:5:5], size)
	r, err := lzma.ReaderConfig{DictCap: maxDictionary}.NewReader(io.MultiReader(strings.NewReader(string(header)), in[0]))
	return decoder(r, in[0], err)
}

func newLZMA2(p []byte, _ uint64, in []io.ReadCloser) (io.ReadCloser, error) {
	if len(in) != 1 || len(p) != 1 || p[0] > 40 {
		return nil, errProperties
	}
	size := int64(2|p[0]&1) << (p[0]/2 + 11) // 7-Zip, DOC/Methods: the size in steps of half a power of two
	if size > maxDictionary {
		return nil, errDictionary
	}
	r, err := lzma.Reader2Config{DictCap: int(size)}.NewReader2(in[0])
	return decoder(r, in[0], err)
}

func newPPMd(p []byte, size uint64, in []io.ReadCloser) (io.ReadCloser, error) {
	if len(in) != 1 || len(p) != 5 || size > 1<<62 {
		return nil, errProperties
	}
	memory := binary.LittleEndian.Uint32(p[1:])
	if memory > maxDictionary {
		return nil, errDictionary
	}
	r, err := ppmd.NewH7zReader(in[0], int(p[0]), int(memory), int(size))
	return decoder(&r, in[0], err)
}

func newZstd(_ []byte, _ uint64, in []io.ReadCloser) (io.ReadCloser, error) {
	if len(in) != 1 {
		return nil, errProperties
	}
	r, err := zstd.NewReader(in[0], zstd.WithDecoderConcurrency(1), zstd.WithDecoderLowmem(true), zstd.WithDecoderMaxWindow(maxDictionary))
	if err != nil {
		return nil, err
	}
	return decoding{r, closing{in[0], r}}, nil
}

// closing closes a decoder with what it reads.
type closing struct {
	io.Closer
	decoder *zstd.Decoder
}

func (c closing) Close() error {
	c.decoder.Close()
	return c.Closer.Close()
}

var (
	errProperties = faultf(classCorrupt, "the settings of its compression make no sense")
	errDictionary = faultf(classLimit, "it takes more than %d MiB of memory to unpack", maxDictionary>>20)
)

type decoding struct {
	io.Reader
	io.Closer
}

func decoder(r io.Reader, c io.Closer, err error) (io.ReadCloser, error) {
	if err != nil {
		return nil, err
	}
	return decoding{r, c}, nil
}

// walkSevenZip goes through a 7z archive. The files of one stream are compressed together: those in front of a wanted one are decoded, too.
func walkSevenZip(src source, v visit) (err error) {
	defer guard(&err)
	head := make([]byte, min(src.size, programSearch))
	if _, err := src.ReadAt(head, 0); err != nil && !errors.Is(err, io.EOF) {
		return err
	}
	off := max(int64(bytes.Index(head, []byte(sevenSignature))), 0) // not at 0 behind a program
	if err := checkSevenZip(src, off); err != nil {
		return err
	}
	z, err := sevenzip.NewReader(io.NewSectionReader(src, off, src.size-off), src.size-off)
	if err != nil {
		return sevenFault(err)
	}
	passed := map[int]int64{} // bytes of files in a stream that have been passed over: to read one behind them, they have to be decoded
	for _, f := range z.File {
		e := &entry{name: strings.ReplaceAll(f.Name, `\`, "/"), kind: kindOf(f.Mode()), size: int64(f.UncompressedSize), packed: -1, modified: f.Modified}
		if f.UncompressedSize > 1<<62 {
			return faultf(classCorrupt, "the entry %q: the size makes no sense", e.name)
		}
		var body io.ReadCloser
		opened := false
		err := v(e, func() (io.Reader, error) {
			if err := src.decoded(passed[f.Stream]); err != nil {
				return nil, err
			}
			passed[f.Stream] = 0
			opened = true
			var err error
			if body, err = f.Open(); err != nil {
				return nil, sevenFault(err)
			}
			return &sevenBody{r: body, want: f.CRC32, left: e.size}, nil
		})
		if !opened {
			passed[f.Stream] += e.size
		}
		if body != nil {
			if closeErr := body.Close(); err == nil && closeErr != nil {
				err = sevenFault(closeErr)
			}
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// sevenBody checks what is read: the package doesn't.
type sevenBody struct {
	r    io.Reader
	sum  uint32
	want uint32
	left int64
}

func (b *sevenBody) Read(p []byte) (int, error) {
	n, err := b.r.Read(p)
	b.sum = crc32.Update(b.sum, crc32.IEEETable, p[:n])
	b.left -= int64(n)
	switch {
	case err == nil:
	case !errors.Is(err, io.EOF):
		err = sevenFault(err)
	case b.left > 0:
		err = faultf(classCorrupt, "it is truncated or damaged")
	case b.want != 0 && b.sum != b.want:
		err = faultf(classCorrupt, "the checksum is wrong: it is damaged")
	}
	return n, err
}

func sevenFault(err error) error {
	var read *sevenzip.ReadError
	if errors.As(err, &read) && read.Encrypted {
		return errEncrypted
	}
	return decodeFault(err)
}

// decodeFault is the error of a decoder, which may come from the file that it reads.
func decodeFault(err error) error {
	var f *fault
	switch {
	case errors.As(err, &f):
		return f
	case errors.Is(err, context.Canceled), isPathError(err):
		return err
	case errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, io.EOF):
		return faultf(classCorrupt, "it is truncated or damaged")
	}
	return faultf(classCorrupt, "it is truncated or damaged (%v)", err)
}
