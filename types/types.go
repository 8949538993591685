// Package types writes what an editor has to know about the globals, modules and events of programs: LuaCATS definition files
// and settings for lua-language-server.
//
// The name of a folder enters; files leave, in that folder. What is written by hand is in library/: the language's own library
// and the APIs in Go, whose functions have no Lua source. All else is derived, when it is asked for, from the annotations of
// the Lua files in the binary (stdlib/rom), so that it is always what this binary has. The command luart types uses the package.
package types

import (
	"embed"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"

	"github.com/luart/luart/stdlib/rom"
)

//go:embed library
var library embed.FS

// mark is the second line of each definition file. A file without it is none of ours.
const mark = "-- Written by luart types, which writes it anew each time."

// File is a definition file.
type File struct {
	Name string // path with slashes, below the folder of all definitions
	Text string
}

// Files returns all definition files, ordered by their names. It may be called from any goroutine.
func Files() ([]File, error) {
	files, names, err := handwritten()
	if err != nil {
		return nil, err
	}
	files = append(files, File{"host/events.lua", eventDefinitions()})
	add := func(name string, d *deriver, err error) error {
		if err != nil {
			return err
		}
		files = append(files, File{name, d.text()})
		return nil
	}
	d, err := deriveBios(rom.Bios, names)
	if err := add("rom/bios.lua", d, err); err != nil {
		return nil, err
	}
	err = fs.WalkDir(rom.Files, ".", func(file string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || path.Ext(file) != ".lua" {
			return err
		}
		text, err := fs.ReadFile(rom.Files, file)
		if err != nil {
			return err
		}
		name := strings.TrimSuffix(path.Base(file), ".lua")
		module, isModule := strings.CutPrefix(strings.TrimSuffix(file, ".lua"), "modules/main/")
		switch {
		case file == internalShell:
			d, err := deriveTable("shell", file, string(text), names)
			return add("rom/shell.lua", d, err)
		case file == "programs/advanced/multishell.lua":
			d, err := deriveTable("multishell", file, string(text), names)
			return add("rom/multishell.lua", d, err)
		case file == "apis/colours.lua":
			return nil // made of colors.lua
		case path.Dir(file) == "apis" || file == "apis/http/http.lua":
			d, err := deriveAPI(name, file, string(text), names, nil)
			if err := add("rom/"+name+".lua", d, err); err != nil || name != "colors" {
				return err
			}
			d, err = deriveAPI("colours", file, string(text), names, map[string]string{"gray": "grey", "lightGray": "lightGrey"})
			return add("rom/colours.lua", d, err)
		case isModule && !strings.Contains(module, "/internal/"):
			d, err := deriveModule(strings.ReplaceAll(module, "/", "."), file, string(text))
			return add(module+".lua", d, err)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	slices.SortFunc(files, func(a, b File) int { return strings.Compare(a.Name, b.Name) })
	return files, nil
}

// internalShell is where the functions of the table shell are.
const internalShell = "modules/main/cc/internal/shell.lua"

// handwritten returns the files in library/, and the names that they define.
func handwritten() ([]File, map[string]bool, error) {
	var files []File
	names := map[string]bool{"os.pullEvent": true, "os.pullEventRaw": true} // with an overload for each event: events.go
	err := fs.WalkDir(library, "library", func(file string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		text, err := library.ReadFile(file)
		if err != nil {
			return err
		}
		name := strings.TrimPrefix(file, "library/")
		first, rest, _ := strings.Cut(string(text), "\n")
		files = append(files, File{name, first + "\n" + mark + "\n" + rest})
		definitions, err := parseDefinitions(name, string(text))
		for _, d := range definitions {
			names[d.Name] = true
		}
		return err
	})
	return files, names, err
}

// Definition is something that a definition file defines.
type Definition struct {
	Name     string // "textutils.serialise"; of a method of a class, "(Vector):add"
	Function bool   // it has the parameters below
	Params   []string
}

// parseDefinitions returns what a definition file defines. Its locals, which are classes, are in parentheses.
func parseDefinitions(name, text string) ([]Definition, error) {
	s, err := parse(name, text)
	if err != nil {
		return nil, fmt.Errorf("definitions of %s: %w", name, err)
	}
	return s.definitions(), nil
}
