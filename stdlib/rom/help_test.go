package rom_test

import (
	"io/fs"
	"path"
	"slices"
	"strings"
	"testing"

	"github.com/luart/luart/lua/syntax"
	"github.com/luart/luart/stdlib/rom"
)

// topics are the texts of the help by name.
func topics(t *testing.T) map[string]string {
	t.Helper()
	entries, err := fs.ReadDir(rom.Files, "help")
	if err != nil {
		t.Fatal(err)
	}
	all := map[string]string{}
	for _, e := range entries {
		if strings.HasPrefix(e.Name(), ".") {
			continue
		}
		text, err := fs.ReadFile(rom.Files, path.Join("help", e.Name()))
		if err != nil {
			t.Fatal(err)
		}
		name := strings.TrimSuffix(strings.TrimSuffix(e.Name(), ".txt"), ".md")
		if _, twice := all[name]; twice {
			t.Errorf("there are two files for the topic %s", name)
		}
		all[name] = string(text)
	}
	if len(all) < 50 {
		t.Fatalf("only %d topics", len(all))
	}
	return all
}

// hostAPIs are the APIs and libraries that no file in apis has.
var hostAPIs = strings.Fields("bit bit32 config coroutine debug fs http math mounter os periphemu redstone require rs shell string table term utf8")

// turtles and other machines of the game have no help of their own.
var gameOnly = []string{"programs/command", "programs/pocket", "programs/turtle", "apis/command"}

func TestHelpOnAllAPIsAndPrograms(t *testing.T) {
	all := topics(t)
	want := append([]string{"intro", "whatsnew", "changelog", "events", "limits", "lua", "modules", "running", "servers", "turtle"}, hostAPIs...)
	for _, folder := range []string{"apis", "programs"} {
		err := fs.WalkDir(rom.Files, folder, func(file string, e fs.DirEntry, err error) error {
			if e != nil && e.IsDir() && slices.Contains(gameOnly, file) {
				return fs.SkipDir
			}
			// Files in folders of a program's, such as the levels of a game, are no programs.
			if err == nil && path.Ext(file) == ".lua" && !strings.HasPrefix(path.Base(file), ".") {
				want = append(want, strings.TrimSuffix(path.Base(file), ".lua"))
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	for _, name := range want {
		if _, ok := all[name]; !ok {
			t.Errorf("there is no help on %s", name)
		}
	}
}

// Code is what is indented by four spaces; lines of the shell begin with "> ".
func TestHelpTexts(t *testing.T) {
	for name, text := range topics(t) {
		var code strings.Builder
		compile := func() {
			if strings.TrimSpace(code.String()) != "" {
				if _, err := syntax.Parse(code.String(), "="+name); err != nil {
					t.Errorf("help %s: %v in\n%s", name, err, code.String())
				}
			}
			code.Reset()
		}
		for i, line := range strings.Split(text, "\n") {
			if len(line) > 51 {
				t.Errorf("help %s: line %d has %d characters; a screen has 51", name, i+1, len(line))
			}
			if strings.TrimRight(line, " \t\r") != line || strings.Contains(line, "\t") {
				t.Errorf("help %s: line %d has tabs, or spaces at its end", name, i+1)
			}
			for _, c := range []byte(line) {
				if c >= 0x80 {
					t.Errorf("help %s: line %d is not ASCII, which is all that the screen shows", name, i+1)
					break
				}
			}
			if line != "" && !strings.HasPrefix(line, "    ") {
				compile()
			} else {
				code.WriteString(line + "\n")
			}
		}
		compile()
		if !strings.HasSuffix(text, "\n") || strings.HasSuffix(text, "\n\n") || strings.HasPrefix(text, "\n") {
			t.Errorf("help %s: it must begin with text, and end with one line break", name)
		}
	}
}

// What a topic refers to is there.
func TestHelpReferences(t *testing.T) {
	all := topics(t)
	for name, text := range all {
		_, list, ok := strings.Cut(text, "See also: ")
		if !ok {
			continue
		}
		list, _, _ = strings.Cut(list, "\n\n")
		for other := range strings.SplitSeq(strings.Join(strings.Fields(list), " "), ", ") {
			if _, ok := all[strings.TrimSuffix(other, ".")]; !ok || other == name {
				t.Errorf("help %s refers to %s", name, other)
			}
		}
	}
}
