// Package settings is the configuration of the control plane: a table of all keys, and their values from luart.ini, from
// environment variables and from the command line, where the later ones win.
//
// The file, the environment and the flags enter; a table for Lua, a listing with the source of each value, and errors
// that name the line and the key that was meant leave. The command line calls it at the start and whenever the file is
// to be read again. Nothing here is kept between two calls of Load; a Settings is not changed once it is loaded, so any
// goroutine may read it.
//
// The language of the file and of its values is that of the Plugin Server's configuration.
package settings

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
)

// FileName is the file that is read when none is named.
const FileName = "luart.ini"

// Options says where settings come from.
type Options struct {
	File    string            // "": luart.ini of the current folder, if there is one
	Environ []string          // as of os.Environ
	Flags   map[string]string // values by the key's ID, as they would stand in the file
	Names   map[string]string // what the user has called a flag, by the key's ID; "--set" otherwise
}

// value is the value of a key, and where it is from.
type value struct {
	key    Key
	text   string
	value  any // string, float64, bool or []string
	source string
}

// Settings are the values of all keys.
type Settings struct {
	// File is the path of the file that was read, "" if there was none.
	File string
	// Base is the folder that the file's paths start from: its own, or the current one.
	Base string
	// Warnings are what is worth telling, but no error.
	Warnings []string

	values     []value // in the order of Keys
	parameters map[string]map[string]any
}

// Load reads the settings. The error has a line for each thing that is wrong.
func Load(o Options) (*Settings, error) {
	cwd, err := os.Getwd()
	if err != nil {
		return nil, err
	}
	s := &Settings{Base: cwd}
	for _, k := range Keys {
		s.values = append(s.values, value{key: k, text: k.Default, source: "default"})
	}
	var f *file
	name := o.File
	if name == "" {
		name = FileName
	}
	switch data, err := readFile(name); {
	case err == nil:
		s.File = name
		if s.Base, err = filepath.Abs(filepath.Dir(name)); err != nil {
			return nil, err
		}
		if f, err = parseFile(name, data); err != nil {
			return nil, err
		}
	case !os.IsNotExist(err) || o.File != "":
		return nil, err
	}
	problems := s.takeFile(f, o.Environ)
	problems = append(problems, s.takeVariables(o.Environ, cwd)...)
	problems = append(problems, s.takeFlags(o, cwd)...)
	for i := range s.values {
		v := &s.values[i]
		if v.value == nil { // the default, whose paths start from the folder of the file
			if v.value, err = v.key.parse(v.text, s.Base); err != nil {
				problems = append(problems, fmt.Sprintf("default of %s: %v", v.key.ID(), err))
			}
		}
	}
	if len(problems) == 0 {
		problems = s.check()
	}
	if len(problems) > 0 {
		return nil, &Error{problems}
	}
	return s, nil
}

// maxFile is more than any configuration needs.
const maxFile = 1 << 20

func readFile(name string) ([]byte, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, maxFile+1))
	if err == nil && len(data) > maxFile {
		err = fmt.Errorf("%s: larger than %d bytes; is it the right file?", name, maxFile)
	}
	return data, err
}

// Error lists what is wrong with the settings.
type Error struct{ Problems []string }

// Error returns a line for each problem.
func (e *Error) Error() string { return strings.Join(e.Problems, "\n") }

// find returns the value of a key, nil if there is no such key.
func (s *Settings) find(section, name string) *value {
	for i := range s.values {
		if k := s.values[i].key; strings.EqualFold(k.Section, section) && strings.EqualFold(k.Name, name) {
			return &s.values[i]
		}
	}
	return nil
}

// set parses a value that replaces what is there.
func (s *Settings) set(v *value, text, base, source string) error {
	parsed, err := v.key.parse(text, base)
	if err != nil {
		return err
	}
	v.text, v.value, v.source = text, parsed, source
	return nil
}

func (s *Settings) takeVariables(environ []string, cwd string) (problems []string) {
	for _, entry := range environ {
		name, text, _ := strings.Cut(entry, "=")
		if !strings.HasPrefix(name, prefix) {
			continue
		}
		i := slices.IndexFunc(s.values, func(v value) bool { return v.key.Variable() == name })
		if i < 0 {
			problems = append(problems, fmt.Sprintf("environment variable %s: there is no such setting%s", name, suggest(name, variables())))
			continue
		}
		if err := s.set(&s.values[i], text, cwd, name); err != nil {
			problems = append(problems, fmt.Sprintf("environment variable %s: %v", name, err))
		}
	}
	return problems
}

func (s *Settings) takeFlags(o Options, cwd string) (problems []string) {
	ids := make([]string, 0, len(o.Flags))
	for id := range o.Flags {
		ids = append(ids, id)
	}
	slices.Sort(ids)
	for _, id := range ids {
		flag := o.Names[id]
		if flag == "" {
			flag = "--set " + id
		}
		section, name, _ := strings.Cut(id, ".")
		v := s.find(section, name)
		if v == nil {
			problems = append(problems, fmt.Sprintf("%s: there is no such setting%s", flag, suggest(id, allIDs())))
			continue
		}
		if err := s.set(v, o.Flags[id], cwd, flag); err != nil {
			problems = append(problems, fmt.Sprintf("%s: %v", flag, err))
		}
	}
	return problems
}

// String returns the value of a key of text or a path. It panics if there is no such key, as the functions below do.
func (s *Settings) String(id string) string { return s.get(id).(string) }

// Number returns the value of a key of a number, of bytes or of seconds.
func (s *Settings) Number(id string) float64 { return s.get(id).(float64) }

// Bool returns the value of a key that is true or false.
func (s *Settings) Bool(id string) bool { return s.get(id).(bool) }

// List returns the value of a key of a list.
func (s *Settings) List(id string) []string { return s.get(id).([]string) }

// Source says where the value of a key is from: "default", a file with the line, a variable, or a flag.
func (s *Settings) Source(id string) string {
	section, name, _ := strings.Cut(id, ".")
	return s.find(section, name).source
}

// Differ returns the keys that count at the start only and have other values than in settings from before, as [section] key.
func (s *Settings) Differ(before *Settings) (changed []string) {
	for _, v := range s.values {
		if v.key.AtStart && !reflect.DeepEqual(v.value, before.get(v.key.ID())) {
			changed = append(changed, "["+v.key.Section+"] "+v.key.Name)
		}
	}
	return changed
}

func (s *Settings) get(id string) any {
	section, name, _ := strings.Cut(id, ".")
	v := s.find(section, name)
	if v == nil {
		panic("settings: there is no key " + id)
	}
	return v.value
}

// Table returns all values as Lua gets them: sections of keys, whose values are string, float64, bool, []string, or for
// plugin_parms a table of strings for each plugin.
func (s *Settings) Table() map[string]any {
	t := map[string]any{}
	for _, v := range s.values {
		section, ok := t[v.key.Section].(map[string]any)
		if !ok {
			section = map[string]any{}
			t[v.key.Section] = section
		}
		section[v.key.Name] = v.value
	}
	parms := map[string]any{}
	for plugin, p := range s.parameters {
		parms[plugin] = p
	}
	t[parameters] = parms
	return t
}
