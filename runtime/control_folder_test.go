package runtime_test

import (
	"os"
	"path/filepath"
	"testing"
)

// Which of several plugins of a name is the plugin; and links that lead in circles or outside are not followed.
func TestControlFolder(t *testing.T) {
	c := newControlled(t, map[string]string{
		"backup/hello/main.lua":   "print('the copy')",
		"hello/main.lua":          "print(PLUGIN_PATH) return function() return 'hello' end",
		"odd/with space/main.lua": "print(PLUGIN_NAME)",
		"odd/CON/main.lua":        "",
		"odd/-dash/main.lua":      "",
		"odd/ALL/main.lua":        "",
		"odd/ünï/main.lua":        "",
		"odd/per%cent/main.lua":   "",
		"odd/.hidden/main.lua":    "print('hidden')",
	})
	outside := t.TempDir()
	if err := os.WriteFile(filepath.Join(outside, "main.lua"), []byte("print('outside')"), 0o666); err != nil {
		t.Fatal(err)
	}
	for name, target := range map[string]string{"loop": ".", "odd/up": "..", "outside": outside, "alias": "hello"} {
		if err := os.Symlink(target, filepath.Join(c.plugins, name)); err != nil {
			t.Skip(err)
		}
	}
	c.want(`
		for _, info in ipairs(manager:list()) do print(info.path, info.running, info.error and info.error:match("^[^;,]*")) end
		-- The one that runs stays the plugin, whatever else comes; and it is found by its name and path, the other one by its path.
		write("/plugins/ahello/hello/main.lua", "") write("/plugins/hello.lua", "")
		print(#manager:rescan().added)
		print(manager:reload("hello").path, manager:reload("hello/").path)
		print((select(2, manager:reload("hello.lua"))))
		print(select(2, manager:call("hello", manager:route("hello", "GET", ""))))
		-- Once it is gone, another one is.
		manager:unload("hello")
		fs.delete("/plugins/hello")
		manager:rescan()
		print(manager:load("hello").path)
		`, `
![control] backup/hello can't be loaded: there is another plugin of the name hello, hello; rename one of them
![control] odd/-dash can't be loaded: the name of a plugin has letters, digits, and _ - . within it, 64 at most
![control] odd/ALL can't be loaded: the name ALL is reserved; give the plugin another one
![control] odd/per%cent can't be loaded: the name of a plugin has letters, digits, and _ - . within it, 64 at most
![control] odd/ünï can't be loaded: the name of a plugin has letters, digits, and _ - . within it, 64 at most
[alias] alias
[hello] hello
![CON] it was not loaded: "CON" can't be the name of a plugin
[with space] with space
alias	true	nil
backup/hello	false	there is another plugin of the name hello
hello	true	nil
odd/-dash	false	the name of a plugin has letters
odd/ALL	false	the name ALL is reserved
odd/CON	false	"CON" can't be the name of a plugin
odd/per%cent	false	the name of a plugin has letters
odd/with space	true	nil
odd/ünï	false	the name of a plugin has letters
![control] ahello/hello can't be loaded: there is another plugin of the name hello, hello; rename one of them
![control] hello.lua can't be loaded: there is another plugin of the name hello, hello; rename one of them
2
[hello] hello
[hello] hello
hello	hello
there is another plugin of the name hello, hello; rename one of them
hello
![control] ahello/hello can't be loaded: there is another plugin of the name hello, hello.lua; rename one of them
![control] backup/hello can't be loaded: there is another plugin of the name hello, hello.lua; rename one of them
hello.lua
`)
}

// What the settings say of the log counts from when they are read anew; lines that are kept already stay, as far as there is room.
func TestControlLogSettings(t *testing.T) {
	c := newControlled(t, map[string]string{"p/main.lua": `
		export("say", function() printDebug("debug") printInfo("info") printWarning("warning") end)`})
	c.set["logs"] = map[string]any{"level": "warning", "ring": 4}
	c.want(`
		QUIET = true
		local function shown()
			local texts = {}
			for i, line in ipairs(manager.logs:tail(100)) do texts[i] = line.message end
			return table.concat(texts, " ")
		end
		local function set(level, ring) control.reload = function() return { logs = { level = level, ring = ring } } end manager:reloadSettings() end
		manager:call("p", "say")
		print(shown())
		set("debug", 5)
		manager:call("p", "say")
		print(shown())
		set("info", 2)
		print(shown())
		manager:call("p", "say")
		print(shown(), #manager.logs.ring)
		set("info", 8)
		for i = 1, 10 do manager.logs:write("control", "info", i) end
		print(shown())
		print(#manager.logs:after(15), (select(2, manager.logs:after(0))))`, `
![p] warning
warning
![p] warning
warning debug info warning
info warning
![p] warning
info warning	2
3 4 5 6 7 8 9 10
1	16
`)
}

// Plugins that the settings name are watched, also those that come later; those that they no longer name aren't, unless somebody else has asked for it.
func TestControlWatchSettings(t *testing.T) {
	c := newControlled(t, map[string]string{"a/main.lua": "", "b/main.lua": "", "c/main.lua": ""})
	c.set["plugins"] = map[string]any{"watch": []string{"a", "b"}}
	c.want(`
		local function shown()
			local watched = {}
			for _, info in ipairs(manager:list()) do if info.watched then watched[#watched + 1] = info.name end end
			return table.concat(watched, " ")
		end
		local function set(...) local watch = { ... } control.reload = function() return { plugins = { watch = watch } } end manager:reloadSettings() end
		print(shown())
		manager:watch("c")
		set("b")
		print(shown())
		set("*")
		print(shown())
		write("/plugins/d/main.lua", "")
		manager:watch("a", false)
		manager:rescan()
		print(shown())
		set()
		print(shown() == "")`, `
a b
b c
a b c
b c d
true
`)
}
