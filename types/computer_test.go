package types

import (
	"context"
	"fmt"
	"io/fs"
	"maps"
	"path"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/luart/luart/runtime"
	"github.com/luart/luart/stdlib/rom"
	"github.com/luart/luart/stdlib/term"
)

// walk is a program that prints all that programs can reach: a name, then for a function whether it is one of Lua's, whether it
// takes any number of arguments, and its parameters.
const walk = `
local apis = { ... }
local function show(name, value)
    if type(value) ~= "function" then return print(name .. "\t" .. type(value)) end
    local info = debug.getinfo(value, "Su")
    if info.what ~= "Lua" then return print(name .. "\thost") end
    local names = {}
    for i = 1, info.nparams do names[i] = debug.getlocal(value, i) or "?" end
    if info.isvararg then names[#names + 1] = "..." end
    print(name .. "\tlua\t" .. table.concat(names, ","))
end
local function each(prefix, t)
    for key, value in pairs(t) do
        if type(key) == "string" then show(prefix .. key, value) end
    end
end
for _, api in ipairs(apis) do local _ = _G[api] end
local _ = fs.complete
local libraries = {}
for name, value in pairs(_G) do
    show(name, value)
    if type(value) == "table" and name ~= "_G" then each(name .. ".", value) end
end
for _, name in ipairs { "shell", "multishell", "require", "package", "arg" } do
    local value = _ENV[name]
    show(name, value)
    if type(value) == "table" and name ~= "arg" then each(name .. ".", value) end
end
each("class window.Window.", window.create(term.current(), 1, 1, 1, 1, false))
local files = { r = "ReadFile", rb = "BinaryReadFile", w = "WriteFile", a = "AppendFile", ["w+"] = "ReadWriteFile" }
for mode, class in pairs(files) do
    local path = mode:find("r") and "rom/motd.txt" or "tmp/file"
    each("class fs." .. class .. ".", assert(fs.open(path, mode)))
end
for kind, class in pairs { drive = "Drive", modem = "Modem", monitor = "Monitor", printer = "Printer", speaker = "Speaker" } do
    assert(periphemu.create("top", kind))
    each("class peripheral." .. class .. ".", peripheral.wrap("top"))
    assert(periphemu.remove("top"))
end
for _, module in ipairs(MODULES) do
    local value = require(module)
    if type(value) == "table" then each("require " .. module .. ".", value) else show("require " .. module, value) end
end
`

// reached is what a computer has under a name.
type reached struct {
	kind   string // "host" or "lua" for functions, other types of Lua
	params string
}

// reachable runs a computer and returns all that its programs can reach.
func reachable(t *testing.T) map[string]reached {
	t.Helper()
	entries, err := fs.ReadDir(rom.Files, "apis")
	if err != nil {
		t.Fatal(err)
	}
	apis := []string{"http"}
	for _, e := range entries {
		if name, ok := strings.CutSuffix(e.Name(), ".lua"); ok {
			apis = append(apis, name)
		}
	}
	code := strings.Replace(walk, "MODULES", "{\""+strings.Join(modules(t), "\",\"")+"\"}", 1)
	var out strings.Builder
	c, err := runtime.New(runtime.WithCode("=walk", code), runtime.WithArgs(apis...), runtime.WithStdout(&out), runtime.WithStderr(&out),
		runtime.WithConfig(), runtime.WithMounter(t.TempDir(), false), runtime.WithPeriphemu(nil))
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	if _, err := c.Run(ctx); err != nil {
		t.Fatalf("%v\n%s", err, out.String())
	}
	return parseReached(out.String())
}

func parseReached(lines string) map[string]reached {
	all := map[string]reached{}
	for line := range strings.Lines(lines) {
		fields := append(strings.Split(strings.TrimRight(line, "\n"), "\t"), "", "")
		all[fields[0]] = reached{fields[1], fields[2]}
	}
	return all
}

// modules are the names of the modules that programs are meant to require.
func modules(t *testing.T) (names []string) {
	err := fs.WalkDir(rom.Files, "modules/main", func(file string, e fs.DirEntry, err error) error {
		if err == nil && !e.IsDir() && path.Ext(file) == ".lua" && !strings.Contains(file, "/internal/") {
			name := strings.TrimSuffix(strings.TrimPrefix(file, "modules/main/"), ".lua")
			names = append(names, strings.ReplaceAll(name, "/", "."))
		}
		return err
	})
	if err != nil || len(names) < 8 {
		t.Fatal(names, err)
	}
	return append(names, "luart.archive", "luart.cron", "luart.digest", "luart.download", "luart.files", "luart.fuzzy", "luart.json", "luart.markdown", "luart.metrics", "luart.regex", "luart.sqlite", "luart.watch", "luart.yaml", "luart.task", "gluahttp")
}

// defined returns all definitions by name; those of a module begin with "require MODULE.".
func defined(t *testing.T) map[string]Definition {
	t.Helper()
	files, err := Files()
	if err != nil {
		t.Fatal(err)
	}
	all := map[string]Definition{}
	for _, f := range files {
		first, _, _ := strings.Cut(f.Text, "\n")
		module, isModule := strings.CutPrefix(first, "---@meta ")
		definitions, err := parseDefinitions(f.Name, f.Text)
		if err != nil {
			t.Errorf("%s is no Lua: %v", f.Name, err)
		}
		for _, d := range definitions {
			name := d.Name
			if isModule {
				local := "(" + module[strings.LastIndex(module, ".")+1:] + ")."
				field, ok := strings.CutPrefix(name, local)
				if !ok {
					continue // of a class
				}
				name = "require " + module + "." + field
			}
			if _, twice := all[name]; twice {
				t.Errorf("%s: %s is defined twice", f.Name, name)
			}
			all[name] = d
		}
	}
	return all
}

// The module host is no table: its fields are looked at one by one.
func TestHostIsDefined(t *testing.T) {
	text, err := library.ReadFile("library/modules/host.lua")
	if err != nil {
		t.Fatal(err)
	}
	class, _, _ := strings.Cut(string(text), "\n\n---@class luart.Listener")
	code, n := `local host = require "host" `, 0
	for line := range strings.Lines(class) {
		if m := fieldLine.FindStringSubmatch(line); m != nil {
			n++
			kind := strings.NewReplacer("fun(self:", "function", "integer", "number").Replace(strings.Fields(line)[2])
			code += fmt.Sprintf("assert(type(host.%s) == %q, %q) ", m[1], kind, m[1])
		}
	}
	c, err := runtime.New(runtime.WithCode("=host", code))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.Run(t.Context()); err != nil || n != 6 {
		t.Error(n, err)
	}
}

// inTabs is a startup program that writes down what the shell's programs have, as walk does.
const inTabs = `
local file = fs.open("out", "w")
for name, t in pairs { shell = shell, multishell = multishell } do
    file.writeLine(name .. "\ttable")
    for key, f in pairs(t) do
        local names, info = {}, debug.getinfo(f, "u")
        for i = 1, info.nparams do names[i] = debug.getlocal(f, i) or "?" end
        if info.isvararg then names[#names + 1] = "..." end
        file.writeLine(name .. "." .. key .. "\tlua\t" .. table.concat(names, ","))
    end
end
file.close()
os.shutdown()
`

// reachableInTabs runs a computer with a shell in tabs, and returns what its programs have of them.
func reachableInTabs(t *testing.T) map[string]reached {
	t.Helper()
	root := t.TempDir()
	write(t, inTabs, root, "startup.lua")
	c, err := runtime.New(runtime.WithRoot(root), runtime.WithShell(), runtime.WithScreen(term.NewScreen(51, 19, true)))
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	if _, err := c.Run(ctx); err != nil {
		t.Fatal(err)
	}
	all := parseReached(read(t, root, "out"))
	if len(all) < 20 {
		t.Fatalf("only %v", all)
	}
	return all
}

// sameParams compares the parameters of a definition with what debug tells: "?" for one without a name, and "..." alone for a
// function that passes all on.
func sameParams(names []string, told string) bool {
	if told == "..." {
		return true
	}
	var list []string
	if told != "" {
		list = strings.Split(told, ",")
	}
	return slices.EqualFunc(names, list, func(a, b string) bool { return a == b || b == "?" })
}

func TestDefinitionsAreOfWhatIsThere(t *testing.T) {
	have, want := defined(t), reachable(t)
	if len(want) < 300 {
		t.Fatalf("only %d names can be reached", len(want))
	}
	for name, r := range reachableInTabs(t) {
		if old, ok := want[name]; !ok || old.kind == "nil" {
			want[name] = r
		}
	}
	for _, name := range slices.Sorted(maps.Keys(want)) {
		r := want[name]
		d, ok := have[name]
		if quoted := strings.Split(name, "."); !ok && len(quoted) == 2 {
			d, ok = have[fmt.Sprintf("%s[%q]", quoted[0], quoted[1])]
		}
		switch {
		case r.kind == "nil":
		case strings.HasPrefix(name, "class ") || strings.HasPrefix(name, "rs.") || strings.HasPrefix(name, "package.loaded"):
		case !ok:
			t.Errorf("%s (%s) has no definition", name, r.kind)
		case r.kind == "lua" && d.Function && !sameParams(d.Params, r.params):
			t.Errorf("%s has the parameters (%s), its definition (%s)", name, r.params, strings.Join(d.Params, ","))
		case (r.kind == "string" || r.kind == "number" || r.kind == "table") && d.Function:
			t.Errorf("%s is a %s, its definition is of a function", name, r.kind)
		}
	}
	for _, d := range append(specWords(t), pluginAPI(t)...) {
		delete(have, d.Name)
	}
	for _, name := range slices.Sorted(maps.Keys(have)) {
		if strings.HasPrefix(name, "(") {
			continue // of a class
		}
		plain := strings.ReplaceAll(strings.ReplaceAll(name, "[\"", "."), "\"]", "")
		r, ok := want[plain]
		if !ok || r.kind == "nil" {
			t.Errorf("%s is defined, but programs can't reach it", name)
		} else if have[name].Function && r.kind != "host" && r.kind != "lua" {
			t.Errorf("%s is defined as a function, but is a %s", name, r.kind)
		}
	}
}

var (
	classLine = regexp.MustCompile(`^---@class ([\w.]+)(?:: (.*))?$`)
	fieldLine = regexp.MustCompile(`^---@field (?:private )?(\w+)\??`)
)

// The classes of files, windows and peripherals have the functions that these have.
func TestClassesHaveTheirFields(t *testing.T) {
	files, err := Files()
	if err != nil {
		t.Fatal(err)
	}
	fields, parents := map[string][]string{}, map[string][]string{}
	for _, f := range files {
		class := ""
		for line := range strings.SplitSeq(f.Text, "\n") {
			if m := classLine.FindStringSubmatch(line); m != nil {
				class = m[1]
				if _, twice := fields[class]; twice {
					t.Errorf("%s: the class %s is there twice", f.Name, class)
				}
				fields[class] = nil
				if m[2] != "" {
					parents[class] = strings.Split(m[2], ", ")
				}
			} else if m := fieldLine.FindStringSubmatch(line); m != nil {
				fields[class] = append(fields[class], m[1])
			}
		}
	}
	var all func(class string) []string
	all = func(class string) []string {
		if _, ok := fields[class]; !ok {
			t.Errorf("there is no class %s", class)
		}
		list := slices.Clone(fields[class])
		for _, parent := range parents[class] {
			list = append(list, all(parent)...)
		}
		slices.Sort(list)
		return slices.Compact(list)
	}
	have := map[string][]string{}
	for name := range reachable(t) {
		if rest, ok := strings.CutPrefix(name, "class "); ok {
			dot := strings.LastIndex(rest, ".")
			have[rest[:dot]] = append(have[rest[:dot]], rest[dot+1:])
		}
	}
	if len(have) != 11 {
		t.Errorf("seen were only %v", slices.Sorted(maps.Keys(have)))
	}
	for class, names := range have {
		slices.Sort(names)
		if want := all(class); !slices.Equal(names, want) {
			t.Errorf("%s has\n%v\nthe class has\n%v", class, names, want)
		}
	}
}
