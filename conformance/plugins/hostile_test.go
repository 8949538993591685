package plugins_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
)

// Values of plugins that do something when they are looked at, or that can't be answers, are for their own plugin's time and give errors.
func TestHostileAnswers(t *testing.T) {
	p := startPlane(t, map[string]string{
		"good/main.lua": `return function() return 200, "good" end`,
		"bad/main.lua": `
			local function forever() while true do end end
			local evil = setmetatable({}, { __index = forever, __pairs = forever, __len = forever, __tostring = forever, __call = forever, __eq = forever, __metatable = evil })
			local answers = {
				body = function() return 200, evil end,
				first = function() return evil end,
				headers = function() return 200, "x", evil end,
				thrown = function() error(evil) end,
				thread = function() return 200, coroutine.create(print) end,
				func = function() return 200, { print } end,
				deep = function() local t = {} for _ = 1, 1e5 do t = { t } end return 200, t end,
				circle = function() local t = {} t.t = t return 200, t end,
				nan = function() return 200, 0 / 0 end,
				bytes = function() return 200, "\255" end,
				status = function() return 0 / 0, "x" end,
				header = function() return 200, "x", { ["X\r\nY"] = "z" } end,
				many = function() local all = {} for i = 1, 1000 do all["X-" .. i] = "y" end return 200, "x", all end,
				nothing = function() end,
			}
			for name, answer in pairs(answers) do route("GET", "/" .. name, answer) end`,
	}, map[string]any{"call_time": 0.5})
	for path, want := range map[string]struct {
		status int
		text   string
	}{
		"body": {200, "{}"}, "first": {200, "{}"}, "headers": {200, `"x"`}, "thrown": {500, "error object is a table value"},
		"thread": {500, "can't write JSON: a thread"}, "func": {500, "can't write JSON: a function"}, "deep": {500, "nested deeper"}, "circle": {500, "nested deeper"},
		"nan": {500, "not finite"}, "bytes": {500, "not UTF-8"}, "status": {500, "the status"}, "header": {500, "header"}, "many": {500, "more than 200 headers"},
		"nothing": {500, "has returned nothing"},
	} {
		p.want("plugin_server", "/bad/"+path, want.status, want.text)
		p.want("plugin_server", "/good", 200, "good")
	}
}

// A plugin that is unloaded or replaced by what it does itself, by several at once, or when its folder is gone: nobody waits for ever, nothing breaks.
func TestHostileLifecycle(t *testing.T) {
	p := startPlane(t, map[string]string{
		"self/main.lua": `
			local ratchet = readFile("ratchet.txt")
			local function ask(path) local r, message, failing = http.get(ratchet .. path) r = r or failing return r and r.readAll() or message end
			route("GET", "/unload", function() return 200, ask("/unload?plugin=self") end)
			route("GET", "/reload", function() return 200, ask("/reload?plugin=self") end)
			route("GET", "/file", function() sleep(0.3) return 200, fileExists("main.lua") end)
			route("GET", "/", function() return 200, "here" end)`,
		"last/main.lua": `
			local ratchet = readFile("ratchet.txt")
			onUnload(function() http.get(ratchet .. "/reload?plugin=last") print("onUnload is over") end)
			onUnload(function() error("in onUnload") end)
			onUnload(function() while true do end end)`,
		"good/main.lua": `return function() return 200, "good" end`,
	}, map[string]any{"call_time": 0.2, "drain": 1.0})
	reload := func() { p.want("ratchet", "/reload?plugin=self", 200, "OK") }
	for _, name := range []string{"self", "last"} {
		p.write(name+"/ratchet.txt", p.addresses["ratchet"])
		p.want("ratchet", "/reload?plugin="+name, 200, "OK")
	}
	// Within its own handler: the handler goes on in the version that it is of, as long as that may.
	p.want("plugin_server", "/self/reload", 200, "OK")
	status, body, err := p.get("plugin_server", "/self/unload")
	if err != nil || status != 200 && !(status == 503 && strings.Contains(body, "unloaded")) {
		t.Errorf("a handler that unloads its plugin: %d %s %v", status, body, err)
	}
	p.want("plugin_server", "/self", 404, "")
	reload()
	// By many at once: one after the other.
	var asking sync.WaitGroup
	for range 8 {
		asking.Go(reload)
	}
	asking.Wait()
	p.want("plugin_server", "/self", 200, "here")
	// In its own onUnload, of which others fail and never end.
	p.want("ratchet", "/unload?plugin=last", 200, `"running":false`)
	// Its folder goes while it runs: so does nothing else, until somebody unloads it.
	answer := make(chan error)
	go func() {
		status, body, err := p.get("plugin_server", "/self/file")
		if err == nil && (status != 200 || body != "false") {
			err = errors.New(body)
		}
		answer <- err
	}()
	if err := os.RemoveAll(filepath.Join(p.dir, "self")); err != nil {
		t.Fatal(err)
	}
	if err := <-answer; err != nil {
		t.Error(err)
	}
	p.want("ratchet", "/reload?plugin=self", 500, "there is no file")
	p.want("plugin_server", "/self", 200, "here")
	p.want("ratchet", "/refresh-plugins", 200, `"removed":["self"]`)
	p.want("ratchet", "/unload?plugin=self", 200, `"running":false`)
	p.want("ratchet", "/reload?plugin=self", 404, "")
	p.want("plugin_server", "/good", 200, "good")
}

// What takes too much before it runs: a main.lua that is too large or never ends to be parsed, one that loads itself, one that makes too many of all.
func TestHostileSources(t *testing.T) {
	p := startPlane(t, map[string]string{
		"plugins.txt":     "good",
		"good/main.lua":   `return function() return 200, "good" end`,
		"big/main.lua":    strings.Repeat(" ", 17<<20),
		"nested/main.lua": "return " + strings.Repeat("(", 100000) + strings.Repeat(")", 100000),
		"itself/main.lua": `include("main.lua")`,
		"itself/deep.lua": `return include("deep.lua")`,
		"circle/main.lua": `require("a")`,
		"circle/a.lua":    `require("b")`,
		"circle/b.lua":    `require("a")`,
		"much/main.lua": `
			local function try(name, f) local ok, message = pcall(f) print(name, ok, message) end
			try("timers", function() for _ = 1, 1e6 do setTimer(print, 1e9, 1) end end)
			try("defers", function() for _ = 1, 1e6 do defer(type) end end)
			try("handlers", function() for _ = 1, 1e6 do on("never", type) end end)
			try("hooks", function() for _ = 1, 1e6 do Hook.Add("never", type, 0 / 0) end end)
			try("schedules", function() for _ = 1, 1e6 do schedule("@yearly", type) end end)
			try("routes", function() for i = 1, 1e6 do route("GET", "/" .. i, type) end end)
			try("events", function() for _ = 1, 1e6 do emit("own") end end)
			for _, n in ipairs { 0 / 0, 1 / 0, -1 / 0, -1 } do try(tostring(n), function() setTimer(type, n) end) end
			try("times", function() setTimer(type, 1, 0 / 0) end)`,
	}, map[string]any{"load_time": 1.0})
	for name, want := range map[string]string{
		"big": "has more than 16777216 bytes", "nested": "", "itself": "", "circle": "loop or previous error loading module 'a'",
	} {
		p.want("ratchet", "/reload?plugin="+name, 500, want)
	}
	p.want("ratchet", "/reload?plugin=much", 200, "OK")
	for _, line := range []string{
		"timers\tfalse\tmuch/main.lua:3: too many timers (10000)", "defers\tfalse\tmuch/main.lua:4: too many deferred functions (10000)",
		"handlers\tfalse\tmuch/main.lua:5: too many handlers (10000); is a handler added again and again?", "hooks\tfalse\tmuch/main.lua:6: bad argument #3 (number expected, got nan)",
		"schedules\tfalse\tmuch/main.lua:7: too many entries in the schedule (1000)", "routes\tfalse\tmuch/main.lua:8: too many routes (1000)",
		"events\tfalse\tmuch/main.lua:9: too many events before the plugin is loaded", "-1\tfalse\tmuch/main.lua:10: bad argument #2 (milliseconds expected, 0 or more)",
		"times\tfalse\tmuch/main.lua:11: bad argument #3 (number expected, got nan)",
	} {
		p.logged(line)
	}
	p.want("plugin_server", "/good", 200, "good")
}
