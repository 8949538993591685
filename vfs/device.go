package vfs

import (
	"io/fs"
	"strings"
)

// This file has the rule for names that mean something else on Windows than a file in a folder. It is compiled, and tested, on
// all systems, and used by Folder where it matters.

// devices are the names that lead to devices from within any folder on Windows, with any extension. (Microsoft: Naming Files,
// Paths, and Namespaces.)
var devices = map[string]struct{}{
	"CON": {}, "PRN": {}, "AUX": {}, "NUL": {}, "CONIN$": {}, "CONOUT$": {}, "CLOCK$": {},
}

func init() {
	for _, name := range []string{"COM", "LPT"} {
		for _, digit := range "0123456789¹²³" {
			devices[name+string(digit)] = struct{}{}
		}
	}
}

// windowsSafe reports whether a path, relative and with slashes, leads to what it says on Windows. These don't: devices; names that end
// in a dot or a blank, which Windows takes away; "a:b", which is a stream of the file a, or a drive; and names with
// characters that no name may have, a backslash and a zero byte among them.
func windowsSafe(path string) bool {
	for part := range strings.SplitSeq(path, "/") {
		if part == "." && path == "." {
			continue
		}
		if part == "" || strings.HasSuffix(part, ".") || strings.HasSuffix(part, " ") {
			return false
		}
		for i := range len(part) {
			if part[i] < ' ' || strings.IndexByte(`<>:"|?*\`, part[i]) >= 0 {
				return false
			}
		}
		stem, _, _ := strings.Cut(part, ".")
		if _, device := devices[strings.ToUpper(strings.TrimRight(stem, " "))]; device {
			return false
		}
	}
	return true
}

// check refuses names that mean something else on the host.
func (f folder) check(op, name string) error {
	if f.windows && !windowsSafe(name) {
		return &fs.PathError{Op: op, Path: name, Err: fs.ErrPermission}
	}
	return nil
}

// Reserved reports whether a name of a file or folder means something else on Windows than it says, or can't be one there: whoever makes
// files for other computers keeps from such names.
func Reserved(name string) bool { return !windowsSafe(name) }
