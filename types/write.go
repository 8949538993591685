package types

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// Report tells what Write has done.
type Report struct {
	Folder   string   // of the definition files
	Files    int      // how many there are
	Removed  []string // files of an older luart that were taken away
	Settings string   // the settings file
	Created  bool     // it is new
	Changed  bool     // it was there, and something was added
	Notes    []string // what in it is different from what luart's programs want
}

// SettingsError tells that the settings file could not be read, and was left as it is. The definitions are written.
type SettingsError struct {
	Path string
	Err  error
}

func (e *SettingsError) Error() string {
	wanted, _, _ := Merge(nil) // of no file, it never fails
	return fmt.Sprintf("%s is left as it is, because it can't be read: %v; correct it, or add these settings yourself:\n%s", e.Path, e.Err, wanted)
}

func (e *SettingsError) Unwrap() error { return e.Err }

// Write writes the definition files and the settings into a folder, which is made if there is none. Files of the same names that
// luart has not written are an error, and then nothing is written at all.
func Write(dir string) (Report, error) {
	files, err := Files()
	if err != nil {
		return Report{}, err
	}
	r := Report{Folder: filepath.Join(dir, filepath.FromSlash(Folder)), Files: len(files)}
	wanted := map[string][]byte{}
	for _, f := range files {
		name := filepath.Join(r.Folder, filepath.FromSlash(f.Name))
		wanted[name] = []byte(f.Text)
		old, err := os.ReadFile(name)
		if err == nil && !ours(old) {
			return r, fmt.Errorf("%s is not written by luart; move it away, or choose another folder", name)
		} else if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return r, err
		}
	}
	for _, f := range files {
		name := filepath.Join(r.Folder, filepath.FromSlash(f.Name))
		if err := replace(name, wanted[name]); err != nil {
			return r, err
		}
	}
	if r.Removed, err = clean(r.Folder, wanted); err != nil {
		return r, err
	}
	return r, r.settings(dir)
}

// ours tells whether luart has written a definition file.
func ours(text []byte) bool {
	lines := strings.SplitN(string(text), "\n", 3)
	return len(lines) > 1 && strings.TrimSpace(lines[1]) == mark
}

// clean removes definition files that aren't wanted any more.
func clean(folder string, wanted map[string][]byte) (removed []string, err error) {
	err = filepath.WalkDir(folder, func(name string, entry fs.DirEntry, err error) error {
		if err != nil || !entry.Type().IsRegular() || filepath.Ext(name) != ".lua" || wanted[name] != nil {
			return err
		}
		text, err := os.ReadFile(name)
		if err != nil || !ours(text) {
			return err
		}
		removed = append(removed, name)
		return os.Remove(name)
	})
	return removed, err
}

// settings writes or completes the settings file: .luarc.json, or .luarc.jsonc if only that is there.
func (r *Report) settings(dir string) error {
	r.Settings = filepath.Join(dir, ".luarc.json")
	old, err := os.ReadFile(r.Settings)
	if errors.Is(err, fs.ErrNotExist) {
		other := filepath.Join(dir, ".luarc.jsonc")
		if old, err = os.ReadFile(other); err == nil {
			r.Settings = other
		}
	}
	if errors.Is(err, fs.ErrNotExist) {
		old, r.Created = nil, true
	} else if err != nil {
		return err
	} else if len(bytes.TrimSpace(old)) == 0 {
		old = []byte("{\n}\n") // an empty file is one without settings
	}
	merged, notes, err := Merge(old)
	if err != nil {
		return &SettingsError{r.Settings, err}
	}
	r.Notes = notes
	if !r.Created && bytes.Equal(old, merged) {
		return nil
	}
	r.Changed = !r.Created
	return replace(r.Settings, merged)
}

// replace writes a file as a whole: it has the old text or the new one, whatever happens. A link stays one, permissions stay.
func replace(name string, text []byte) (err error) {
	if old, err := os.ReadFile(name); err == nil && bytes.Equal(old, text) {
		return nil
	}
	if target, err := filepath.EvalSymlinks(name); err == nil {
		name = target
	}
	if err := os.MkdirAll(filepath.Dir(name), 0o777); err != nil {
		return err
	}
	mode := fs.FileMode(0o644)
	if info, err := os.Stat(name); err == nil {
		mode = info.Mode().Perm()
	}
	f, err := os.CreateTemp(filepath.Dir(name), filepath.Base(name)+".*.new")
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			os.Remove(f.Name())
		}
	}()
	_, err = f.Write(text)
	if err == nil {
		err = f.Chmod(mode)
	}
	if closed := f.Close(); err == nil {
		err = closed
	}
	if err != nil {
		return err
	}
	return os.Rename(f.Name(), name)
}
