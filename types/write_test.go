package types

import (
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"runtime"
	"slices"
	"strings"
	"testing"
)

func read(t *testing.T, name ...string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(name...))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func write(t *testing.T, text string, name ...string) {
	t.Helper()
	path := filepath.Join(name...)
	if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o666); err != nil {
		t.Fatal(err)
	}
}

func TestWrite(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "new", "folder")
	first, err := Write(dir)
	if err != nil {
		t.Fatal(err)
	}
	if !first.Created || first.Changed || first.Notes != nil || first.Removed != nil || first.Files < 30 {
		t.Errorf("%+v", first)
	}
	if text := read(t, dir, ".luart", "types", "lua", "string.lua"); !strings.HasPrefix(text, "---@meta\n"+mark+"\n") || !strings.Contains(text, "function string.pack(fmt, ...) end") {
		t.Errorf("string.lua is\n%s", text)
	}
	if text := read(t, dir, ".luart", "types", "cc", "expect.lua"); !strings.HasPrefix(text, "---@meta cc.expect\n"+mark+"\n") {
		t.Errorf("cc/expect.lua is\n%s", text)
	}

	second, err := Write(dir)
	if err != nil {
		t.Fatal(err)
	}
	if want := (Report{Folder: first.Folder, Files: first.Files, Settings: first.Settings}); !reflect.DeepEqual(second, want) {
		t.Errorf("the second time: %+v", second)
	}
	entries, err := os.ReadDir(dir)
	if err != nil || len(entries) != 2 {
		t.Errorf("more than .luart and .luarc.json: %v %v", entries, err)
	}
}

// Files of an older luart are taken away, other people's are left alone.
func TestWriteKeepsFiles(t *testing.T) {
	dir := t.TempDir()
	folder := filepath.Join(dir, ".luart", "types")
	old := filepath.Join(folder, "rom", "gone.lua")
	write(t, "---@meta\n"+mark+"\n", old)
	write(t, "---@meta\n", folder, "rom", "mine.lua")
	write(t, "notes", folder, "notes.txt")
	write(t, "---@meta\n"+mark+"\nold", folder, "rom", "io.lua")
	r, err := Write(dir)
	if err != nil || !slices.Equal(r.Removed, []string{old}) {
		t.Errorf("%v, %v", r.Removed, err)
	}
	if read(t, folder, "rom", "mine.lua") != "---@meta\n" || read(t, folder, "notes.txt") != "notes" {
		t.Error("other people's files have changed")
	}
	if !strings.Contains(read(t, folder, "rom", "io.lua"), "function io.open(") {
		t.Error("an old file was not written anew")
	}

	write(t, "x = 1\n", folder, "rom", "io.lua")
	write(t, "---@meta\n"+mark+"\nold", folder, "rom", "fs.lua")
	if _, err := Write(dir); err == nil || !strings.Contains(err.Error(), "io.lua is not written by luart") {
		t.Errorf("writing over a file that is not luart's: %v", err)
	}
	if read(t, folder, "rom", "io.lua") != "x = 1\n" || !strings.HasSuffix(read(t, folder, "rom", "fs.lua"), "old") {
		t.Error("something was written all the same")
	}
}

func TestWriteSettings(t *testing.T) {
	dir := t.TempDir()
	write(t, "// mine\n{ \"runtime.version\": \"Lua 5.4\", }\n", dir, ".luarc.jsonc")
	r, err := Write(dir)
	if err != nil || filepath.Base(r.Settings) != ".luarc.jsonc" || !r.Changed || r.Created || len(r.Notes) != 1 {
		t.Errorf("%+v, %v", r, err)
	}
	if text := read(t, r.Settings); !strings.HasPrefix(text, "// mine\n{ \"runtime.version\": \"Lua 5.4\",") || !strings.Contains(text, `"workspace.library": [".luart/types"]`) {
		t.Error(text)
	}

	dir = t.TempDir()
	broken := "{ \"a\": \n"
	write(t, broken, dir, ".luarc.json")
	r, err = Write(dir)
	var unreadable *SettingsError
	if !errors.As(err, &unreadable) || !strings.Contains(err.Error(), "line 2") || !strings.Contains(err.Error(), `"runtime.version": "Lua 5.2"`) {
		t.Errorf("settings that can't be read: %v", err)
	}
	if read(t, dir, ".luarc.json") != broken || r.Files == 0 {
		t.Errorf("%+v", r)
	}

	dir = t.TempDir()
	write(t, " \n", dir, ".luarc.json")
	if r, err = Write(dir); err != nil || !r.Changed {
		t.Errorf("an empty file: %+v, %v", r, err)
	}
}

// A link to the settings stays one, and so do the permissions.
func TestWriteSettingsLink(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("permissions and links are different there")
	}
	dir, other := t.TempDir(), filepath.Join(t.TempDir(), "settings.json")
	write(t, "{}", other)
	if err := os.Chmod(other, 0o600); err != nil {
		t.Fatal(err)
	}
	link := filepath.Join(dir, ".luarc.json")
	if err := os.Symlink(other, link); err != nil {
		t.Fatal(err)
	}
	if _, err := Write(dir); err != nil {
		t.Fatal(err)
	}
	if info, err := os.Lstat(link); err != nil || info.Mode()&os.ModeSymlink == 0 {
		t.Error("the link is gone", err)
	}
	info, err := os.Stat(other)
	if err != nil || info.Mode().Perm() != 0o600 || !strings.Contains(read(t, other), "Lua 5.2") {
		t.Error(info, err)
	}
}

// Every event is in the topic events of the help.
func TestEventsHaveHelp(t *testing.T) {
	text := strings.Join(strings.Fields(read(t, "../stdlib/rom/help/events.txt")), " ")
	for _, e := range Events() {
		line := e.Name
		for i, v := range e.Values {
			if i > 0 {
				line += ","
			}
			line += " " + v.Name
		}
		if !strings.Contains(text, " "+line+": "+e.About) {
			t.Errorf("help events lacks %q", line+": "+e.About)
		}
	}
	if !slices.IsSortedFunc(Events(), func(a, b Event) int { return strings.Compare(a.Name, b.Name) }) {
		t.Error("the events are not in order")
	}
}

// What annotations can be like in sources, and what becomes of them.
func TestDerive(t *testing.T) {
	const api = `-- An API.

local helper = 1
---A private function.
local function hidden(a) end

---@alias size integer

---@class private.thing
---@field y integer

---A thing.
---@class thing
---@field x integer
local Thing = {}

---Adds.
---@param n size
function Thing:add(n) end

---Opens.
---@param name string
---@return thing
function open(name, ...) end
oppen = open
constant = 0x10
local function maker() return function(a, b) end end
---Made.
made = maker()
---@type table
value = hidden(1)
unknown = hidden(1)
_ENV["native"] = function() end
_ENV["end"] = 5
if helper then
    function sometimes() end
end
missing = nil
helper = function() end
----------------------------------------------------
function bare() end
`
	d, err := deriveAPI("api", "api.lua", api, map[string]bool{"api.bare": true}, nil)
	if err != nil {
		t.Fatal(err)
	}
	want := "---@meta\n" + mark + `

---An API.
---@class api
api = {}

---@alias size integer

---A thing.
---@class thing
---@field x integer
local Thing = {}

---Adds.
---@param n size
function Thing:add(n) end

---Opens.
---@param name string
---@return thing
function api.open(name, ...) end

api.oppen = api.open

api.constant = 16

---Made.
function api.made(a, b) end

---@type table
api.value = nil

---@type any
api.unknown = nil

function api.native() end

api["end"] = 5

function api.sometimes() end
`
	if got := d.text(); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	if _, err := deriveAPI("api", "api.lua", "function (", nil, nil); err == nil {
		t.Error("a source that does not compile gives no error")
	}
}
