package fs

import (
	"strings"

	"github.com/luart/luart/lua"
	"github.com/luart/luart/stdlib"
)

// maxPart is the length of the longest part of a path, in bytes; longer ones are cut (CraftOS).
const maxPart = 255

// Characters that are dropped from paths, besides control characters. Those in wildcards stay where a path is only put
// together or taken apart.
const (
	dropped   = `":<>|`
	wildcards = `*?`
)

// Clean brings a path into its one form: parts with slashes between them and none at the ends, "" being the root. Parts
// "." and "..." vanish, ".." takes the part before it away; one that would lead out of the root stays, in front.
func Clean(path string) string { return clean(path, false) }

func clean(path string, wild bool) string {
	var parts []string
	for part := range strings.FieldsFuncSeq(path, func(r rune) bool { return r == '/' || r == '\\' }) {
		part = cleanPart(part, wild)
		switch {
		case part == "" || part != ".." && strings.Trim(part, ".") == "":
		case part == ".." && len(parts) > 0 && parts[len(parts)-1] != "..":
			parts = parts[:len(parts)-1]
		default:
			parts = append(parts, part)
		}
	}
	return strings.Join(parts, "/")
}

// cleanPart drops what a part of a path must not have. It goes by bytes: names need not be UTF-8.
func cleanPart(part string, wild bool) string {
	bad := func(ch byte) bool {
		return ch < ' ' || strings.IndexByte(dropped, ch) >= 0 || !wild && strings.IndexByte(wildcards, ch) >= 0
	}
	for i := range len(part) {
		if bad(part[i]) {
			kept := []byte(part[:i])
			for _, ch := range []byte(part[i:]) {
				if !bad(ch) {
					kept = append(kept, ch)
				}
			}
			part = string(kept)
			break
		}
	}
	part = strings.Trim(part, " ")
	if len(part) > maxPart {
		part = strings.Trim(part[:maxPart], " ")
	}
	return part
}

// escapes reports whether a clean path leads out of the root.
func escapes(path string) bool { return path == ".." || strings.HasPrefix(path, "../") }

// combine is fs.combine(path, ...).
func combine(c lua.Call) (lua.Results, error) {
	var b strings.Builder
	for i := range max(c.N(), 1) {
		part, err := stdlib.CheckString(c, i+1)
		if err != nil {
			return 0, err
		}
		if part = clean(part, true); part != "" && b.Len() > 0 {
			b.WriteByte('/')
		}
		b.WriteString(part)
	}
	return c.Return1(lua.String(clean(b.String(), true)))
}

// getName is fs.getName(path).
func getName(c lua.Call) (lua.Results, error) {
	path, err := stdlib.CheckString(c, 1)
	if err != nil {
		return 0, err
	}
	if path = clean(path, true); path == "" {
		path = "root"
	}
	return c.Return1(lua.String(path[strings.LastIndexByte(path, '/')+1:]))
}

// getDir is fs.getDir(path).
func getDir(c lua.Call) (lua.Results, error) {
	path, err := stdlib.CheckString(c, 1)
	if err != nil {
		return 0, err
	}
	return c.Return1(lua.String(parent(clean(path, true))))
}

// parent is the folder that a clean path is in.
func parent(path string) string {
	switch slash := strings.LastIndexByte(path, '/'); {
	case path == "":
		return ".."
	case path[slash+1:] == "..":
		return path + "/.."
	case slash >= 0:
		return path[:slash]
	}
	return ""
}
