package types

import (
	"encoding/json"
	"fmt"
	"strings"
)

// Folder is where the definition files are, below the folder that the settings are in.
const Folder = ".luart/types"

// builtins are the parts of the server's own definitions that ours take the place of. Its definitions of the types of Lua stay:
// only "builtin" has them.
var builtins = strings.Fields("basic bit bit32 coroutine debug io math os package string table utf8")

// setting is one that the server needs: a text, a truth value, texts that have to be in a list, or members of an object.
type setting struct {
	name   string
	text   string
	flag   *bool
	list   []string
	object []string // names, each with the value in text
}

func settings() []setting {
	no := false
	return []setting{
		{name: "runtime.version", text: "Lua 5.2"},
		{name: "runtime.builtin", object: builtins, text: "disable"},
		{name: "workspace.library", list: []string{Folder}},
		{name: "workspace.checkThirdParty", flag: &no},
		// What programs ask for that are made for the game, too: if turtle then … end.
		{name: "diagnostics.globals", list: []string{"commands", "pocket", "turtle"}},
	}
}

// quote writes a text as JSON.
func quote(s string) string {
	b, _ := json.Marshal(s) // never fails for a string
	return string(b)
}

// value writes what the setting is to be as JSON.
func (s setting) value() string {
	switch {
	case s.flag != nil:
		return fmt.Sprint(*s.flag)
	case s.list != nil:
		var items []string
		for _, item := range s.list {
			items = append(items, quote(item))
		}
		return "[" + strings.Join(items, ", ") + "]"
	case s.object != nil:
		var items []string
		for _, item := range s.object {
			items = append(items, "    "+quote(item)+": "+quote(s.text))
		}
		return "{\n" + strings.Join(items, ",\n") + "\n}"
	}
	return quote(s.text)
}

// Merge adds what lua-language-server needs to know to a settings file, .luarc.json; old is nil if there is none. All that it
// has stays: where it says something else, it wins, and a note says so. An error is a fault in it, with the line.
func Merge(old []byte) (merged []byte, notes []string, err error) {
	j := &jsonc{text: []byte(old)}
	if old == nil {
		j.text = []byte("{\n}\n")
	}
	for _, s := range settings() {
		if note, err := j.merge(s); err != nil {
			return nil, nil, err
		} else if note != "" {
			notes = append(notes, note)
		}
	}
	if _, err := j.root(); err != nil {
		return nil, nil, fmt.Errorf("after the changes: %w", err)
	}
	return j.text, notes, nil
}

// merge adds one setting. The note tells what stays different.
func (j *jsonc) merge(s setting) (note string, err error) {
	root, err := j.root()
	if err != nil {
		return "", err
	}
	at, found := j.find(root, s.name)
	if !found {
		j.add(root, quote(s.name)+": "+s.value())
		return "", nil
	}
	have := string(j.text[at.start:at.end])
	kept := fmt.Sprintf("%s stays %s; programs of luart want %s", s.name, shorten(have), shorten(s.value()))
	switch {
	case s.list != nil && have[0] == '[':
		for _, item := range s.list {
			l, err := j.list(at.start, 0)
			if err != nil {
				return "", err
			}
			if !j.has(l, item) {
				j.add(l, quote(item))
			}
			root, _ = j.root()
			at, _ = j.find(root, s.name)
		}
		return "", nil
	case s.object != nil && have[0] == '{':
		var others []string
		for _, item := range s.object {
			l, err := j.list(at.start, 0)
			if err != nil {
				return "", err
			}
			if v, ok := j.member(l, item); !ok {
				j.add(l, quote(item)+": "+quote(s.text))
			} else if v != quote(s.text) {
				others = append(others, item)
			}
			root, _ = j.root()
			at, _ = j.find(root, s.name)
		}
		if others != nil {
			return fmt.Sprintf("%s of %s stays as it is; programs of luart want %q", s.name, strings.Join(others, ", "), s.text), nil
		}
		return "", nil
	case s.list == nil && s.object == nil && have == s.value():
		return "", nil
	}
	return kept, nil
}

// shorten makes one line of a value.
func shorten(s string) string {
	s = strings.Join(strings.Fields(s), " ")
	if len(s) > 60 {
		return s[:57] + "..."
	}
	return s
}

// has tells whether an array has a text. For folders, "./" in front and "/" at the end don't count.
func (j *jsonc) has(l list, item string) bool {
	plain := func(s string) string { return strings.TrimSuffix(strings.TrimPrefix(s, "./"), "/") }
	for _, m := range l.members {
		var s string
		if json.Unmarshal(j.text[m.value.start:m.value.end], &s) == nil && plain(s) == plain(item) {
			return true
		}
	}
	return false
}

// member returns the value of an object's member.
func (j *jsonc) member(l list, key string) (string, bool) {
	for _, m := range l.members {
		if m.key == key {
			return string(j.text[m.value.start:m.value.end]), true
		}
	}
	return "", false
}
