package runtime

import (
	"encoding/json"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	hostos "github.com/luart/luart/stdlib/os"
)

// maxLabelFile is more than any file with a label has, in bytes.
const maxLabelFile = 4096

// labelFile is what a file with a label has. Each character of the label stands for the byte of its number, as labels are in
// CraftOS's character set and JSON has none but Unicode.
type labelFile struct {
	Label string `json:"label"`
}

// WithLabelFile keeps the label that programs set in a file of the host, so that the computer has it the next time, too. The
// file, and the folder that it is in, are made when a program sets a label, and the file is removed when a program takes the label away;
// changes are made as a whole. A label given by WithLabel wins over that of the file. That the file can't be read or written is logged, and
// no fault of the program's. Two computers should not share a file.
func WithLabelFile(path string) Option {
	return func(c *config) error { c.labelFile = path; return nil }
}

// startLabel is the label with which a computer begins its life.
func (c *config) startLabel() string {
	if c.label != "" || c.labelFile == "" {
		return c.label
	}
	label, err := readLabel(c.labelFile)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		c.logger.Warn("the computer's label can't be read", "computer", c.id, "error", err)
	}
	return label
}

// storeLabel keeps the label that a program has set.
func (c *config) storeLabel(label string) {
	if c.labelFile == "" {
		return
	}
	if err := writeLabel(c.labelFile, label); err != nil {
		c.logger.Warn("the computer's label can't be kept", "computer", c.id, "error", err)
	}
}

func readLabel(path string) (string, error) {
	f, err := os.Open(path)
	if err != nil {
		return "", err
	}
	defer f.Close()
	text, err := io.ReadAll(io.LimitReader(f, maxLabelFile))
	if err != nil {
		return "", err
	}
	var file labelFile
	if err := json.Unmarshal(text, &file); err != nil {
		return "", err
	}
	var bytes []byte
	for _, r := range file.Label {
		bytes = append(bytes, byte(min(r, 0xFF)))
	}
	return hostos.Label(string(bytes)), nil
}

// writeLabel replaces the file, or removes it if there is no label any more.
func writeLabel(path, label string) error {
	if label == "" {
		if err := os.Remove(path); !errors.Is(err, fs.ErrNotExist) {
			return err
		}
		return nil
	}
	runes := make([]rune, len(label))
	for i := range runes {
		runes[i] = rune(label[i])
	}
	text, err := json.Marshal(labelFile{string(runes)})
	if err != nil {
		return err
	}
	dir := filepath.Dir(path)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	f, err := os.CreateTemp(dir, ".label-*.tmp")
	if err != nil {
		return err
	}
	_, err = f.Write(append(text, '\n'))
	if err == nil {
		err = f.Sync()
	}
	if closeErr := f.Close(); err == nil {
		err = closeErr
	}
	if err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		os.Remove(f.Name())
	}
	return err
}
