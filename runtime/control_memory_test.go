package runtime_test

import (
	"fmt"
	"strings"
	"testing"
)

// A plugin that goes on growing beyond its limit is unloaded; one that only tries once has its call ended and stays.
func TestControlMemoryOfOne(t *testing.T) {
	c := newControlled(t, map[string]string{
		"once/main.lua": `
			export("f", function() local t = {} for i = 1, 1e9 do t[i] = { i } end end)
			export("still", function() return "here" end)`,
		"hoard/main.lua": `
			hoard = {}
			export("f", function() for i = 1, 1e4 do hoard[#hoard + 1] = { i } end end)
			onUnload(function() print("bye") end)`,
	})
	c.set["plugins"] = map[string]any{"memory": 4 << 20}
	c.want(`
		QUIET = true
		manager.settings.plugins.error_lines = 1
		print((select(3, manager:call("once", "f"))), manager:call("once", "still"))
		local calls, code = 0, nil
		repeat
			calls, code = calls + 1, select(3, manager:call("hoard", "f"))
		until code == "unknown" or calls > 1000
		print(code, calls > 5 or calls, manager:call("once", "still"))
		for _, info in ipairs(manager:list()) do print(info.name, info.running, (tostring(info.error):gsub("%d+", "N"))) end
		print(manager:load("hoard").error, manager:find("hoard").memory < 4 * 2 ^ 20)`, `
![once] not enough memory: its values take MiB of the 4 MiB that a plugin may have (plugins.memory)
memory	true	here
![hoard] not enough memory: its values take MiB of the 4 MiB that a plugin may have (plugins.memory)
![hoard] more errors are left out of the log for some seconds
![hoard] it was unloaded: not enough memory: its values take MiB of the 4 MiB that a plugin may have (plugins.memory)
unknown	true	true	here
hoard	false	it was unloaded: not enough memory: its values take N MiB of the N MiB that a plugin may have (plugins.memory)
once	true	nil
nil	true
`)
}

// Plugins that all keep to their limits, but together take more than the server has: the largest go, the small ones and the server don't.
func TestControlMemoryOfAll(t *testing.T) {
	files := map[string]string{"small/main.lua": `export("still", function() return #("x"):rep(1000) end)`}
	for i := range 12 {
		files[fmt.Sprintf("p%d/main.lua", i)] = `
			hoard = {}
			export("f", function(size) for i = 1, 1e3 do hoard[#hoard + 1] = ("x"):rep(size) .. #hoard end end)`
	}
	c := newControlled(t, files)
	c.memory = 64 << 20
	c.set["plugins"] = map[string]any{"memory": 16 << 20}
	out := c.run(`
		QUIET = true
		local failed = {}
		for round = 1, 40 do
			for i = 0, 11 do
				local ok, message, code = manager:call("p" .. i, "f", i == 7 and 900 or 300)
				if not ok then failed[code] = (failed[code] or 0) + 1 end
			end
			local ok, n = manager:call("small", "still")
			if not ok or n ~= 1000 then print("small fails", n) end
		end
		print("running", #manager:running(), manager:find("small").running, manager:find("p7").running)
		for code in pairs(failed) do print("code", code) end
		print("estimated", manager.estimated < 64 * 2 ^ 20, manager.estimated > 0)
		for _, name in ipairs(manager:running()) do manager:unload(name) end
		print("left", manager.estimated)
		print("again", manager:load("p7").running)`)
	for _, want := range []string{"true\tfalse", "code\tmemory", "estimated\ttrue\ttrue", "left\t0", "again\ttrue", "as the one that takes most"} {
		if !strings.Contains(out, want) {
			t.Errorf("there is no %q", want)
		}
	}
	if strings.Contains(out, "small fails") {
		t.Error("a small plugin has suffered")
	}
	if t.Failed() {
		t.Log(out)
	}
}

// More plugins than there is memory for: those that come last are not loaded, the others serve.
func TestControlMemoryOfMany(t *testing.T) {
	files := map[string]string{}
	for i := range 300 {
		files[fmt.Sprintf("p%03d/main.lua", i)] = `export("still", function() return "here" end)`
	}
	c := newControlled(t, files)
	c.memory = 24 << 20
	out := c.run(`
		QUIET = true
		local running = #manager:running()
		print("running", running > 10, running < 300)
		print(manager:call("p000", "still"))
		print((select(2, manager:load("p299")):gsub("%d+", "N")))`)
	for _, want := range []string{"running\ttrue\ttrue", "true\there", "not enough memory for it: the values of all plugins take N MiB of the server's N MiB (limits.memory)"} {
		if !strings.Contains(out, want) {
			t.Errorf("there is no %q in %s", want, out[max(0, len(out)-1000):])
		}
	}
}
