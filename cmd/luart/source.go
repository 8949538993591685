package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/luart/luart/lua/syntax"
)

// source is the program that the command line names.
type source struct {
	chunk string // its name in messages, as package lua wants it
	code  string
	path  string // in the computer; "" if it is no file there
	root  string // folder that is the computer's root
}

// fullName undoes the shortening of the program's name in a text: CraftOS cuts names to 22 bytes, but people, and their
// editors, want to open the file.
func (s source) fullName(text string) string {
	short := syntax.ShortSource(s.chunk)
	if !strings.HasPrefix(short, "...") {
		return text
	}
	return strings.ReplaceAll(text, short+":", s.chunk[1:]+":")
}

// codeSource is a program that was given on the command line or came from the standard input. Its root is the one given or the
// current folder.
func codeSource(name, code, root string) source {
	if root == "" {
		root = "."
	}
	return source{chunk: "=" + name, code: code, root: root}
}

// fileSource reads a program. Messages show its name as it was given.
//
// Without a root given, it is the current folder if the file is in it, and the file's own folder otherwise. A file
// outside of a given root is run as well: it is the person who started luart that chooses the program, while the root is
// what the program gets to see. Its modules are then looked for in the root.
func fileSource(file, root string) (source, error) {
	info, err := os.Stat(file)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return source{}, missing(file)
	case err != nil:
		return source{}, unreadable(file, err)
	case info.IsDir():
		return source{}, isFolder(file)
	}
	code, err := os.ReadFile(file)
	if err != nil {
		return source{}, unreadable(file, err)
	}
	if err := notLua(file, code); err != nil {
		return source{}, err
	}
	s := source{chunk: "@" + filepath.ToSlash(file), code: string(code), root: root}
	if root == "" {
		if inside, ok := within(".", file); ok {
			s.root, s.path = ".", inside
			return s, nil
		}
		s.root = filepath.Dir(file)
	}
	if inside, ok := within(s.root, file); ok {
		s.path = inside
	}
	return s, nil
}

// within returns the path of a file relative to a folder that it is in, with slashes. A symbolic link counts as where it
// is if that is in the folder, else as what it leads to.
func within(dir, file string) (string, bool) {
	dir, err := real(dir)
	if err != nil {
		return "", false
	}
	abs, err := filepath.Abs(file)
	if err != nil {
		return "", false
	}
	candidates := []string{abs}
	if folder, err := real(filepath.Dir(abs)); err == nil {
		candidates = append(candidates, filepath.Join(folder, filepath.Base(abs)))
	}
	if target, err := real(file); err == nil {
		candidates = append(candidates, target)
	}
	for _, c := range candidates {
		if rel, err := filepath.Rel(dir, c); err == nil && filepath.IsLocal(rel) {
			return "/" + filepath.ToSlash(rel), true
		}
	}
	return "", false
}

// real is the absolute path of a file without symbolic links.
func real(path string) (string, error) {
	abs, err := filepath.Abs(path)
	if err != nil {
		return "", err
	}
	return filepath.EvalSymlinks(abs)
}

func missing(file string) error {
	if _, err := os.Stat(file + ".lua"); err == nil {
		return fmt.Errorf("there is no file %s; did you mean %s.lua?", file, file)
	}
	where := "here"
	if dir, err := os.Getwd(); err == nil {
		where = "in " + dir
	}
	if filepath.IsAbs(file) {
		return fmt.Errorf("there is no file %s; check the name", file)
	}
	if hint := meantCommand(file); hint != "" {
		return fmt.Errorf("there is no file %s %s%s", file, where, hint)
	}
	return fmt.Errorf("there is no file %s %s; check the name, or change to its folder first", file, where)
}

func unreadable(file string, err error) error {
	var p *fs.PathError
	if errors.As(err, &p) {
		err = p.Err
	}
	if errors.Is(err, fs.ErrPermission) {
		return fmt.Errorf("%s can't be read (%w); change its permissions, or run luart as a user who may read it", file, err)
	}
	return fmt.Errorf("%s can't be read: %w", file, err)
}

// notLua tells of files that were never meant to be Lua, for which the parser's message would be of no use.
func notLua(file string, code []byte) error {
	switch {
	case bytes.HasPrefix(code, []byte("\xff\xfe")), bytes.HasPrefix(code, []byte("\xfe\xff")):
		return fmt.Errorf("%s is a text in UTF-16; save it as UTF-8", file)
	case bytes.HasPrefix(code, []byte("\x1bLua")), bytes.HasPrefix(code, []byte("\x1bLJ")):
		return fmt.Errorf("%s is compiled Lua, which luart does not run; give its source", file)
	}
	for _, magic := range []string{"\x7fELF", "MZ\x90", "\xcf\xfa\xed\xfe", "PK\x03\x04", "\x89PNG", "\x1f\x8b", "SQLite format 3\x00"} {
		if bytes.HasPrefix(code, []byte(magic)) {
			return fmt.Errorf("%s is no Lua program, but a binary file; check the name", file)
		}
	}
	return nil
}

func isFolder(file string) error {
	entries, _ := os.ReadDir(file) // only for a hint
	i := slices.IndexFunc(entries, func(e os.DirEntry) bool { return !e.IsDir() && strings.HasSuffix(e.Name(), ".lua") })
	if i < 0 {
		return fmt.Errorf("%s is a folder; give a Lua file", file)
	}
	return fmt.Errorf("%s is a folder; give a Lua file, such as %s", file, filepath.Join(file, entries[i].Name()))
}

// stdinSource reads a program from the standard input.
func stdinSource(r io.Reader, root string) (source, error) {
	code, err := io.ReadAll(r)
	if err != nil {
		return source{}, fmt.Errorf("the program can't be read from the standard input: %w", err)
	}
	return codeSource("stdin", string(code), root), nil
}
