package download

import (
	"encoding/json"
	"io"

	"github.com/luart/luart/vfs"
)

// What a download that has failed leaves for a later one: the file NAME.part with what has been received, and NAME.part.json, which says of what that
// is a part, and how much of it was durable. After a crash, what came behind that may be anything, and is not used.
const (
	partSuffix  = ".part"
	stateSuffix = ".json"
)

// syncStep is how much is received between two times that it is made durable, in bytes.
const syncStep = 8 << 20

// maxState bounds the file about a part, in bytes.
const maxState = 16 << 10

// state is what that file has.
type state struct {
	URL      string `json:"url"`
	ETag     string `json:"etag,omitempty"`
	Modified string `json:"lastModified,omitempty"`
	Size     int64  `json:"size"` // -1 if unknown
	Durable  int64  `json:"durable"`
}

// validator is what a server goes by to tell whether a part is one of what it has now: "" if there is no such thing (RFC 9110 §13.1.5).
func (s *state) validator() string {
	if s.ETag != "" && !weak(s.ETag) {
		return s.ETag
	}
	return s.Modified
}

func weak(etag string) bool { return len(etag) >= 2 && etag[:2] == "W/" }

// loadState reads what is known of a part. If that can't be read, nothing is.
func loadState(b *vfs.Branch, part, url string) (s state) {
	f, err := b.Open(part+stateSuffix, false)
	if err != nil {
		return state{}
	}
	defer f.Close()
	text, err := io.ReadAll(io.LimitReader(f, maxState))
	if err != nil || json.Unmarshal(text, &s) != nil || s.URL != url || s.validator() == "" || s.Durable < 0 {
		return state{}
	}
	return s
}

func storeState(b *vfs.Branch, part string, s state) error {
	text, err := json.Marshal(s)
	if err != nil {
		return err
	}
	out, err := b.Create(part + stateSuffix)
	if err != nil {
		return err
	}
	defer out.Abort()
	if _, err := out.Write(text); err != nil {
		return err
	}
	return out.Commit(true)
}
