package control_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/luart/luart/runtime"
)

// plugin adds a package that is a plugin of luart.
func (b *workbench) plugin(id, version, subfolder string, file string, content []byte) {
	asset := strings.ReplaceAll(id, ":", "-")
	b.channel.asset(asset, version, asset+"-"+version+"-"+file, content, object{"checksum": object{"sha256": sum(content)}})
	b.channel.pkg(id, version, object{"subfolder": subfolder, "assets": []object{uses(asset)}})
}

const managed = `
local manager = require("manager").new { settings = control.settings }
manager.logs:sink(function(line) print("[" .. line.source .. "] " .. line.message) end)
local function main(f)
	local failed
	manager:spawn(function()
		local ok, e = pcall(function() manager:start() f() end)
		if not ok then failed = tostring(e) end
		manager:stop()
	end)
	manager:loop()
	if failed then error(failed, 0) end
end
local function quietGo(...)
	QUIET = { plan = true, extraction = true, started = true, length = true, intermediate = true, finished = true, log = true }
	return go(...)
end
local function done(r)
	local list = {}
	for i, each in ipairs(r.plugins) do list[i] = each.id .. " " .. each.action end
	return table.concat(list, ", ")
end
`

// Plugins of luart come, are replaced and go as packages do, and the plugin manager follows.
func TestUpdatePlugins(t *testing.T) {
	b := newWorkbench(t)
	b.plugin("me:hello", "1.0", "luart-plugins", "x.zip", zipped(t, "hello-main/main.lua", `print("hello", include("lib/a.lua"))`, "hello-main/lib/a.lua", "return 1", "hello-main/data.json", "{}"))
	b.plugin("me:single", "1.0", "luart-plugins/small", "single.lua", []byte(`print("single")`))
	code := `PLUGINS = "/plugins" ` // before the profile is made
	got := b.runBefore(code, managed+`
		profile:save { explicit = { "me:hello", "me:single" } }
		main(function()
			print(done(quietGo(nil, nil, manager)))
			for _, info in ipairs(manager:list()) do print(info.id, info.path, info.running) end
		end)`)
	want := `
warnings	{"choices":["Yes","No"],"warnings":{"me:hello":["It brings a plugin for this server: a program that may do what plugins may, such as using the network."],"me:single":["It brings a plugin for this server: a program that may do what plugins may, such as using the network."]}}
[single] single
[hello] hello	1
single loaded, hello loaded
hello	luart-plugins/hello	true
single	luart-plugins/small/single	true`
	if got != strings.TrimSpace(want) {
		t.Errorf("the output is\n%s\nnot\n%s", got, want)
	}
	if got, want := tree(t, b.plugins), "luart-plugins/hello/data.json: {}\nluart-plugins/hello/lib/a.lua: return 1\nluart-plugins/hello/main.lua: print(\"hello\", include(\"lib/a.lua\"))\nluart-plugins/small/single/main.lua: print(\"single\")"; got != want {
		t.Errorf("the folder has\n%s", got)
	}

	// A new version is loaded, one that fails leaves the old one running, and what is removed is unloaded.
	b.plugin("me:hello", "1.1", "luart-plugins", "x.zip", zipped(t, "main.lua", `print("hello again")`))
	got = b.runBefore(code, managed+`
		main(function()
			profile:save { explicit = { "me:hello" } }
			QUIET = { warnings = true }
			print(done(quietGo({}, { refresh = true }, manager)))
			for _, info in ipairs(manager:list()) do print(info.id, info.path, info.running) end
		end)`)
	if !strings.Contains(got, "[hello] hello again\nsingle unloaded, hello loaded\nhello	luart-plugins/hello	true") {
		t.Error(got)
	}
	b.plugin("me:hello", "1.2", "luart-plugins", "x.zip", zipped(t, "main.lua", `error("broken")`))
	got = b.runBefore(code, managed+`
		main(function()
			local r = quietGo({}, { refresh = true }, manager)
			print(done(r), r.plugins[1].message)
			print(manager:find("hello").running, profile:lock():find("me:hello").version)
		end)`)
	if !strings.Contains(got, "\nhello failed	") || !strings.HasSuffix(got, "/hello/main.lua:1: broken\ntrue	1.2") {
		t.Error(got)
	}

	// Two packages can't have one folder, and code without a checksum isn't installed.
	b.plugin("you:hello", "1", "luart-plugins", "x.zip", zipped(t, "main.lua", ""))
	b.channel.asset("bare", "1", "bare.zip", zipped(t, "main.lua", ""))
	b.channel.pkg("me:bare", "1", object{"subfolder": "luart-plugins", "assets": []object{uses("bare")}})
	got = b.runBefore(code, managed+`
		main(function()
			profile:save { explicit = { "me:hello", "you:hello" } }
			quietGo({}, { refresh = true }, manager)
			profile:save { explicit = { "me:hello", "me:bare" } }
			quietGo({}, { refresh = true }, manager)
		end)`)
	for _, text := range []string{"failure	/error/conflicting-packages", "luart-plugins/hello", "failure	/error/extraction-failed	The package me:bare can't be installed.", "asset bare must have a checksum"} {
		if !strings.Contains(got, text) {
			t.Errorf("%q is not in\n%s", text, got)
		}
	}
}

// runBefore is run with code that comes before the profile is made.
func (b *workbench) runBefore(before, code string) string {
	b.t.Helper()
	was := prelude
	defer func() { prelude = was }()
	prelude = "\n" + before + prelude
	return b.run(code)
}

// A profile whose Plugins isn't the folder of plugins gets them, too, and says that nothing loads them.
func TestUpdatePluginsElsewhere(t *testing.T) {
	b := newWorkbench(t)
	b.plugin("me:hello", "1.0", "luart-plugins", "x.zip", zipped(t, "main.lua", ""))
	got := b.run(managed + `
		profile:save { explicit = { "me:hello" } }
		main(function() print(#quietGo(nil, nil, manager).plugins) end)`)
	if !strings.Contains(got, "nothing will load it") || !strings.HasSuffix(got, "\n0") {
		t.Error(got)
	}
	b.inPlugins("luart-plugins/hello/main.lua: ")
}

// If renames don't lead from the temp folder to Plugins, everything is made ready in Plugins, in a folder that goes at the end, or in the next update.
func TestUpdateAcrossFileSystems(t *testing.T) {
	b := newWorkbench(t)
	b.channel.asset("x", "1", "x.zip", zipped(t, "a.dat", dbpf("a")))
	b.channel.pkg("g:p", "1", object{"assets": []object{uses("x")}})
	game := t.TempDir()
	mount := runtime.WithMount(game, "/game", false)
	run := func(code string) string {
		t.Helper()
		was := prelude
		defer func() { prelude = was }()
		prelude = "\nPLUGINS = \"/game/Plugins\" " + prelude
		return b.run(code, mount)
	}
	got := run(`
		profile:save { explicit = { "g:p" } }
		brieflyGo { warnings = function() print(#fs.list("/game/Plugins"), #fs.list("/data/profiles/temp")) return "Yes" end }
		print(fs.exists("/game/Plugins/150-mods/g.p.1.sc4pac/a.dat"), #fs.list("/game/Plugins"))`)
	if !strings.HasSuffix(got, "1	0\ntrue	1") {
		t.Error(got)
	}
	for _, folder := range []string{".sc4pac-update-" + b.mark(run), "kept"} {
		if err := os.MkdirAll(filepath.Join(game, "Plugins", folder, "plugins"), 0o777); err != nil {
			t.Fatal(err)
		}
	}
	run(`update.recover { store = store, profiles = { "1" } }`)
	if got := tree(t, game); got != "Plugins/150-mods/g.p.1.sc4pac/a.dat: DBPFa\nPlugins/kept/plugins/" {
		t.Errorf("there is\n%s", got)
	}
	// Another Plugins folder since: nothing is done by halves.
	journal := filepath.Join(b.data, "profiles", "1", "sc4pac-update-journal.json")
	text := `{"format":1,"direction":"forward","pluginsRoot":"/elsewhere","tempRoot":"../temp","work":"x","remove":[],"place":[],"after":""}`
	if err := os.WriteFile(journal, []byte(text), 0o666); err != nil {
		t.Fatal(err)
	}
	if got := run(`QUIET.started = true go()`); !strings.Contains(got, "failure	/error/file-operations-failed") || !strings.Contains(got, "/elsewhere") {
		t.Error(got)
	}
	for _, text := range []string{"", "{", "[]", `{"format":2}`, `{"format":1,"direction":"forward","pluginsRoot":"/game/Plugins","tempRoot":"../temp","work":"x","remove":["../a"],"place":[],"after":""}`,
		`{"format":1,"direction":"forward","pluginsRoot":"/game/Plugins","tempRoot":"../temp","work":"..","remove":[],"place":[],"after":""}`} {
		if err := os.WriteFile(journal, []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
		if got := run(`QUIET.started = true go()`); !strings.Contains(got, "failure	/error/profile-read-error") || !strings.Contains(got, "sc4pac-update-journal.json") {
			t.Errorf("%s: %s", text, got)
		}
		if now, err := os.ReadFile(journal); err != nil || string(now) != text {
			t.Errorf("the journal has become %q", now)
		}
	}
}

// mark is what tells the profile's work folders from others'.
func (b *workbench) mark(run func(string) string) string {
	b.t.Helper()
	return strings.TrimSpace(run(`print(require "luart.digest".sha1(profile.folder):sub(1, 8))`))
}
