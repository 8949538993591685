package archive

import (
	"errors"
	"io"
	"strings"

	"github.com/nwaples/rardecode/v2"
)

// walkRar goes through a rar archive of version 1.5 to 7, solid or not. What is spread over several files can't be read.
func walkRar(src source, v visit) (err error) {
	defer guard(&err)
	r, err := rardecode.NewReader(src.reader(), rardecode.MaxDictionarySize(maxDictionary))
	if err != nil {
		return rarFault(err)
	}
	for {
		h, err := r.Next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return rarFault(err)
		}
		e := &entry{
			name: strings.ReplaceAll(h.Name, `\`, "/"), kind: rarKind(h), size: h.UnPackedSize, packed: h.PackedSize,
			modified: h.ModificationTime, encrypted: h.Encrypted || h.HeaderEncrypted,
		}
		if h.UnKnownSize {
			e.size = -1
		}
		opened := false
		if err := v(e, func() (io.Reader, error) {
			opened = true
			if e.encrypted {
				return nil, errEncrypted
			}
			return rarBody{r}, nil
		}); err != nil {
			return err
		}
		if !opened && h.Solid {
			if err := src.decoded(max(e.size, 0)); err != nil {
				return err
			}
		}
	}
}

func rarKind(h *rardecode.FileHeader) kind {
	switch h.LinkType {
	case rardecode.LinkTypeHardLink, rardecode.LinkTypeFileCopy:
		return hardlink
	case rardecode.LinkTypeNone:
		return kindOf(h.Mode())
	}
	return symlink
}

type rarBody struct{ r io.Reader }

func (b rarBody) Read(p []byte) (int, error) {
	n, err := b.r.Read(p)
	if err != nil && !errors.Is(err, io.EOF) {
		err = rarFault(err)
	}
	return n, err
}

func rarFault(err error) error {
	switch {
	case errors.Is(err, rardecode.ErrArchiveEncrypted), errors.Is(err, rardecode.ErrArchivedFileEncrypted), errors.Is(err, rardecode.ErrBadPassword):
		return errEncrypted
	case errors.Is(err, rardecode.ErrMultiVolume), errors.Is(err, rardecode.ErrFileNameRequired):
		return faultf(classUnsupported, "it goes on in another file, which can't be read")
	case errors.Is(err, rardecode.ErrDictionaryTooLarge):
		return errDictionary
	case errors.Is(err, rardecode.ErrUnsupportedDecoder), errors.Is(err, rardecode.ErrUnknownDecoder):
		return faultf(classUnsupported, "it is of a version of RAR that can't be read")
	case errors.Is(err, rardecode.ErrBadFileChecksum):
		return faultf(classCorrupt, "the checksum is wrong: it is damaged")
	}
	return decodeFault(err)
}
