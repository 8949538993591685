package spec

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// Names of files.
const (
	specSuffix = "_spec.lua"
	// setupName is what the files are called that run before the specs of their folder and those below it.
	setupName = "spec_setup.lua"
)

// A File is a spec file.
type File struct {
	// Name is what reports and messages call it: the path as it was given, with slashes.
	Name string
	// Root is the folder that is the computer's root; "" leaves that to the suite's options.
	Root string
	// Dir is the spec's folder in the computer, in which modules are looked for: "" is the root. That of a spec outside of the
	// root is the root.
	Dir string

	path  string
	setup []chunk // without code; outermost first
}

// chunk is a Lua file: what messages call it, where it is, and its text.
type chunk struct{ name, path, code string }

// Find returns the specs that paths lead to: files as they are, and of folders all files whose names end with _spec.lua, with
// those in folders below, but for folders whose names begin with a dot. Each comes once, in the order of paths.
//
// Specs see the folder root as their root folder. If it is "", that is the current folder, or for specs elsewhere the folder
// given, or the file's own. The errors are for people: they say which path leads nowhere.
func Find(root string, paths []string) ([]File, error) {
	if len(paths) == 0 {
		paths = []string{"."}
	}
	var files []File
	seen := map[string]bool{}
	for _, p := range paths {
		names, base, err := specsIn(p)
		if err != nil {
			return nil, err
		}
		for _, name := range names {
			f, key, err := newFile(root, base, name)
			if err != nil {
				return nil, err
			}
			if !seen[key] {
				seen[key] = true
				files = append(files, f)
			}
		}
	}
	if len(files) == 0 {
		return nil, fmt.Errorf("there are no specs in %s; their names end with %s", strings.Join(paths, ", "), specSuffix)
	}
	return files, nil
}

// specsIn returns the specs that a path leads to, and the folder that it means.
func specsIn(p string) (names []string, base string, err error) {
	info, err := os.Stat(p)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, "", fmt.Errorf("there is no file or folder %s", p)
	case err != nil:
		return nil, "", err
	case info.Mode().IsRegular():
		return []string{p}, filepath.Dir(p), nil
	case !info.IsDir():
		return nil, "", fmt.Errorf("%s is neither a file nor a folder", p)
	}
	start := p
	if link, err := os.Lstat(p); err == nil && link.Mode()&fs.ModeSymlink != 0 {
		start += string(filepath.Separator) // a link that was given is followed, those on the way are not
	}
	err = filepath.WalkDir(start, func(name string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && name != start && strings.HasPrefix(d.Name(), "."):
			return fs.SkipDir
		case strings.HasSuffix(d.Name(), specSuffix) && !d.IsDir():
			names = append(names, filepath.Clean(name))
		}
		return nil
	})
	return names, p, err
}

// newFile is a spec file. base is the folder that the user has named. key tells files apart.
func newFile(root, base, name string) (f File, key string, err error) {
	f = File{Name: filepath.ToSlash(name), Root: root, path: name}
	if root == "" {
		f.Root = "."
	}
	dir, inside, err := folderWithin(f.Root, name)
	if err != nil {
		return f, "", err
	}
	if !inside && root == "" {
		f.Root = base
		if dir, inside, err = folderWithin(base, name); err != nil {
			return f, "", err
		}
	}
	// Setups are looked for from the root on; without one, from the folder that the user has named.
	from, below := f.Root, dir
	if inside {
		f.Dir = dir
	} else {
		from = base
		if below, _, err = folderWithin(base, name); err != nil {
			return f, "", err
		}
	}
	folder := from
	for i, part := range append([]string{""}, strings.Split(below, "/")...) {
		if i > 0 && part == "" {
			continue
		}
		folder = filepath.Join(folder, part)
		setup := filepath.Join(folder, setupName)
		if info, err := os.Stat(setup); err == nil && info.Mode().IsRegular() {
			f.setup = append(f.setup, chunk{name: filepath.ToSlash(setup), path: setup})
		}
	}
	key, err = filepath.Abs(name)
	return f, key, err
}

// folderWithin returns the folder of a file relative to the folder root, with slashes and "" for root itself, and whether it
// is in there. Symbolic links on the way count as where they lead to.
func folderWithin(root, name string) (dir string, inside bool, err error) {
	if root, err = resolve(root); err != nil {
		return "", false, err
	}
	folder, err := resolve(filepath.Dir(name))
	if err != nil {
		return "", false, err
	}
	rel, err := filepath.Rel(root, folder)
	if err != nil || !filepath.IsLocal(rel) {
		return "", false, nil
	}
	if rel == "." {
		rel = ""
	}
	return filepath.ToSlash(rel), true, nil
}

// resolve is the absolute path of a folder without symbolic links.
func resolve(dir string) (string, error) {
	abs, err := filepath.Abs(dir)
	if err != nil {
		return "", err
	}
	return filepath.EvalSymlinks(abs)
}

// maxSource bounds a spec file, in bytes.
const maxSource = 16 << 20

// read returns the texts of a spec's setups and, last, its own.
func (f File) read() ([]chunk, error) {
	chunks := append(f.setup[:len(f.setup):len(f.setup)], chunk{name: f.Name, path: f.path})
	for i, c := range chunks {
		if info, err := os.Stat(c.path); err == nil && info.Size() > maxSource {
			return nil, fmt.Errorf("%s has more than %d bytes", c.name, maxSource)
		}
		text, err := os.ReadFile(c.path)
		if err != nil {
			return nil, err
		}
		text = bytes.TrimPrefix(text, []byte("\xef\xbb\xbf"))
		if bytes.HasPrefix(text, []byte("#!")) {
			_, rest, _ := bytes.Cut(text, []byte("\n"))
			text = append([]byte("\n"), rest...)
		}
		chunks[i].code = string(text)
	}
	return chunks, nil
}
