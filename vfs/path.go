package vfs

import (
	"bytes"
	"strings"
)

// This file has CraftOS's rules for paths. All of them go by bytes: names need not be UTF-8.

// maxPart is the length of the longest part of a path, in bytes; longer ones are cut (CraftOS).
const maxPart = 255

// maxPath is the length of the longest path that leads anywhere, in bytes; the same as on most hosts.
const maxPath = 4096

// Characters that are dropped from paths, besides control characters. Those in wildcards stay where a path is only put
// together or taken apart.
const (
	dropped   = `":<>|`
	wildcards = `*?`
)

// Clean brings a path into its one form: parts with slashes between them and none at the ends, "" being the root. Parts
// "." and "..." vanish, ".." takes the part before it away; one that would lead out of the root stays, in front.
func Clean(path string) string { return clean(path, false) }

// CleanPattern is Clean for paths that may hold the wildcards * and ?, which stay.
func CleanPattern(path string) string { return clean(path, true) }

// clean takes memory and time in proportion to the path's length, however many parts it has: programs choose it.
func clean(path string, wild bool) string {
	kept := make([]byte, 0, min(len(path), maxPath))
	for part := range strings.FieldsFuncSeq(path, func(r rune) bool { return r == '/' || r == '\\' }) {
		part = cleanPart(part, wild)
		last := bytes.LastIndexByte(kept, '/')
		switch {
		case part == "" || part != ".." && strings.Trim(part, ".") == "":
		case part == ".." && len(kept) > 0 && string(kept[last+1:]) != "..":
			kept = kept[:max(last, 0)]
		default:
			if len(kept) > 0 {
				kept = append(kept, '/')
			}
			kept = append(kept, part...)
		}
	}
	return string(kept)
}

// cleanPart drops what a part of a path must not have.
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

// Combine joins paths and cleans the result as CleanPattern does.
func Combine(paths ...string) string {
	var b strings.Builder
	for _, path := range paths {
		if path = CleanPattern(path); path != "" && b.Len() > 0 {
			b.WriteByte('/')
		}
		b.WriteString(path)
	}
	return CleanPattern(b.String())
}

// Name is the last part of a clean path, "root" for the root.
func Name(path string) string {
	if path == "" {
		return "root"
	}
	return path[strings.LastIndexByte(path, '/')+1:]
}

// Dir is the folder that a clean path is in; that of the root is "..".
func Dir(path string) string {
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

// escapes reports whether a clean path leads out of the root.
func escapes(path string) bool { return path == ".." || strings.HasPrefix(path, "../") }

// join puts a clean path into a clean folder.
func join(dir, path string) string {
	if dir == "" || path == "" {
		return dir + path
	}
	return dir + "/" + path
}

// within returns a clean path relative to a clean folder that it is in or is, upper and lower case being the same
// (CraftOS: wherever mounts are looked up, or a folder must not be put into itself).
func within(folder, path string) (rest string, ok bool) {
	n := len(folder)
	switch {
	case n == 0:
		return path, true
	case len(path) < n || !strings.EqualFold(path[:n], folder):
		return "", false
	case len(path) == n:
		return "", true
	case path[n] == '/':
		return path[n+1:], true
	}
	return "", false
}

// below is within for files of one mount, where upper and lower case differ if they do on the host.
func below(folder, path string) bool {
	return folder == "" || path == folder || len(path) > len(folder) && path[len(folder)] == '/' && path[:len(folder)] == folder
}
