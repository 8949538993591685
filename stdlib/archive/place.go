package archive

import (
	"strings"
	"unicode/utf8"

	"github.com/luart/luart/vfs"
)

// slashes is an entry's name with slashes only: some programs for Windows write the other ones.
func slashes(name string) string { return strings.ReplaceAll(name, `\`, "/") }

// safePath returns where an entry belongs, as a clean path, or why it belongs nowhere. All systems go by the same rules, so that an
// archive that can be unpacked can be so everywhere.
func safePath(name string, most, deepest int) (path, reason string) {
	name = slashes(name)
	switch {
	case name == "":
		return "", "it has no name"
	case strings.IndexByte(name, 0) >= 0:
		return "", "its name has a zero byte"
	case strings.HasPrefix(name, "/"):
		return "", "its path is absolute"
	case len(name) >= 2 && name[1] == ':' && isLetter(name[0]):
		return "", "its path has a drive"
	case len(name) > most:
		return "", "its path is too long"
	case !utf8.ValidString(name):
		return "", "its name is not UTF-8"
	}
	var parts []string
	for part := range strings.SplitSeq(name, "/") {
		switch {
		case part == "" || part == ".":
			continue
		case part == "..":
			return "", `its path leads out by ".."`
		case len(part) > 255:
			return "", "its path is too long"
		case vfs.Reserved(part):
			return "", "its name means something else on some systems"
		}
		parts = append(parts, part)
	}
	path = strings.Join(parts, "/")
	switch {
	case len(parts) > deepest:
		return "", "it is in too many folders"
	case path == "":
		return "", "it has no name"
	case vfs.Clean(path) != path:
		return "", "its name has characters that names can't have"
	}
	return path, ""
}

func isLetter(b byte) bool { return 'a' <= b|0x20 && b|0x20 <= 'z' }

// tree are the paths that an extraction has made so far. Upper and lower case count as the same, as they do on some systems: there, a second
// file would take the place of the first.
type tree map[string]seen

type seen struct {
	path   string
	folder bool
}

// add notes a path, or returns why it can't be.
func (t tree) add(path string, isFolder bool) (reason string) {
	for at, dir := path, isFolder; at != ""; at, dir = vfs.Dir(at), true {
		key := strings.ToLower(at)
		switch old, ok := t[key]; {
		case !ok:
			t[key] = seen{at, dir}
		case old.folder != dir:
			return "there is a file and a folder of that name"
		case old.path != at:
			return "its name differs from another one in case only"
		case dir:
			return ""
		}
	}
	return ""
}

// commonFolder is the longest path of a folder that all paths are in.
func commonFolder(paths []string) string {
	if len(paths) == 0 {
		return ""
	}
	common := vfs.Dir(paths[0])
	for _, p := range paths[1:] {
		for common != "" && !strings.HasPrefix(p, common+"/") {
			common = vfs.Dir(common)
		}
	}
	return common
}

// stripped is a path without its first n folders; "" if no more is left of it.
func stripped(path string, n int) string {
	for range n {
		_, rest, ok := strings.Cut(path, "/")
		if !ok {
			return ""
		}
		path = rest
	}
	return path
}
