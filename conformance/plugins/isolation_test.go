package plugins_test

import (
	"fmt"
	"maps"
	"strings"
	"testing"
	"time"
)

// good is a plugin that others try to disturb. %d is its port.
const good = `
local ticks, closed = 0, 0
local file = fs.open("/mine.txt", "w")
file.write("mine")
file.flush()
setTimer(function() ticks = ticks + 1 end, 50, 0)
on("hello", function() end)
route("GET", "/", function() return 200, { ticks = ticks, file = readFile("/mine.txt"), len = #string.rep("x", 3), json = JSON.stringify({ 1 }) } end)
export("add", function(a, b) return a + b end)
export("shared", function() return { 1, 2, 3 } end)
Hook.Add("question", function() return "answer" end)
http.listen(%d, function(request, response) response.write("own") response.close() end)
`

// neighbours are plugins that behave badly, all of the time. Each says so when it begins.
var neighbours = map[string]string{
	"loops": `
		setTimer(function() emit("begun", "loops") while true do pcall(function() while true do end end) end end, 50, 0)
		setTimer(function() coroutine.wrap(function() while true do end end)() end, 50, 0)
		route("GET", "/", function() while true do end end)`,
	"eats": `
		setTimer(function()
			emit("begun", "eats")
			local t = {}
			for i = 1, 1e9 do t[i] = ("x"):rep(1000) .. i end
		end, 50, 0)
		hoard = {}
		setTimer(function() for i = 1, 1e9 do hoard[i] = { i } end end, 50, 0)
		route("GET", "/", function() local s = "x" while true do s = s .. s end end)`,
	"matches": `
		local s = ("a"):rep(20000)
		setTimer(function() emit("begun", "matches") s:find(".-.-.-b") end, 50, 0)
		setTimer(function() s:gsub(".-.-.-b", "") end, 50, 0)
		route("GET", "/", function() for m in s:gmatch(".-.-.-b") do end end)`,
	"throws": `
		for i = 1, 20 do setTimer(function() emit("begun", "throws") error("thrown " .. i) end, 50, 0) end
		on("hello", function() error({ "a table" }) end)
		on("begun", function() error(setmetatable({}, { __tostring = function() error("again") end })) end)
		Hook.Add("question", function() error("no answer") end, 10)
		export("add", function() error("no") end)
		onUnload(function() error("not even here") end)
		route("GET", "/", function() error(nil) end)`,
	"closes": `
		local function close()
			emit("begun", "closes")
			for i = 1, 2000 do killTimer(i) os.cancelTimer(i) os.cancelAlarm(i) end
			pcall(http.removeListener, PORT)
			pcall(http.addListener, PORT)
			pcall(http.listen, PORT, print)
			for _, path in ipairs { "/mine.txt", "../good/mine.txt", "/../good/mine.txt", "/plugins/good/mine.txt", "/data/../../good/mine.txt" } do
				pcall(fs.delete, path)
				pcall(writeFile, path, "yours")
			end
			pcall(function() for i in pairs(exports.good.shared()) do end exports.good.add = print end)
			off("hello", print)
			Hook.Remove("question")
			string.rep, math.floor, textutils.serializeJSON, JSON.stringify = nil, nil, nil, nil
			pcall(function() getmetatable("").__index = {} end)
			pcall(function() setfenv(2, {}) end)
			pcall(function() for level = 1, 20 do setfenv(level, {}) end end)
			os.queueEvent("terminate") os.queueEvent("timer", 1) os.queueEvent("http_request", PORT)
		end
		route("GET", "/", function(params) params.response.close() params.response.close() params.request.close() return 200, "closed" end)
		while true do
			pcall(sleep, 0.05)
			close()
		end`,
}

// Whatever a plugin does, others are answered, and the server stays up.
func TestIsolation(t *testing.T) {
	for name, bad := range neighbours {
		t.Run(name, func(t *testing.T) {
			isolation(t, map[string]string{name: bad})
		})
	}
	t.Run("all", func(t *testing.T) {
		most := maps.Clone(neighbours)
		delete(most, "eats") // each of its rounds is a walk over all that it has
		isolation(t, most)
	})
}

func isolation(t *testing.T, bad map[string]string) {
	port := freePort(t)
	files := map[string]string{
		"plugins.txt":   "good\nwitness\n",
		"good/main.lua": fmt.Sprintf(good, port),
		"witness/main.lua": `local seen = {} on("begun", function(name) seen[name] = (seen[name] or 0) + 1 end)
			route("GET", "/", function() return 200, seen end)
			route("GET", "/use", function() return 200, { sum = exports.good.add(1, 2), hook = Hook.Run("question") } end)`,
	}
	for name, text := range bad {
		files[name+"/main.lua"] = strings.ReplaceAll(text, "PORT", fmt.Sprint(port))
		files["plugins.txt"] += name + "\n"
	}
	p := startPlane(t, files, map[string]any{"call_time": 0.3, "memory": 16 << 20, "call_timeout": 5})
	p.addresses["own"] = fmt.Sprintf("http://127.0.0.1:%d", port)
	ticks := func() (n int) {
		_, body, err := p.get("plugin_server", "/good")
		if err != nil {
			t.Fatal(err)
		}
		if _, err := fmt.Sscanf(body[strings.Index(body, `"ticks":`)+8:], "%d", &n); err != nil {
			t.Fatal(body, err)
		}
		return n
	}
	// Each neighbour has begun several times before the end: it was cut off and called again.
	seen := func(name string) (n int) {
		_, body, err := p.get("plugin_server", "/witness")
		if err != nil {
			t.Fatal(err)
		}
		if i := strings.Index(body, `"`+name+`":`); i >= 0 {
			fmt.Sscanf(body[i+len(name)+3:], "%d", &n)
		}
		return n
	}
	start := ticks()
	for round, deadline := 0, time.Now().Add(4*time.Minute); ; round++ {
		p.want("plugin_server", "/good", 200, `"file":"mine"`)
		p.want("plugin_server", "/good", 200, `"json":"[1]"`)
		p.want("plugin_server", "/good", 200, `"len":3`)
		p.want("plugin_server", "/witness/use", 200, `"sum":3`)
		p.want("plugin_server", "/witness/use", 200, `"hook":"answer"`)
		p.want("own", "/", 200, "own")
		p.want("ratchet", "/plugins", 200, `"good"`)
		done := ticks() > start+20
		for name := range bad {
			done = done && seen(name) >= 3
		}
		if done {
			break
		}
		if time.Now().After(deadline) {
			t.Fatalf("after %d rounds: %d ticks, %s", round, ticks()-start, tail(p.out.String()))
		}
	}
	// A request to one of them ends as well; and it can be unloaded, and is gone then.
	for name := range bad {
		status, body, err := p.get("plugin_server", "/"+name)
		if err == nil && status != 500 && status != 503 && status != 504 && name != "closes" {
			t.Errorf("%s: %d %s", name, status, body)
		}
		p.want("ratchet", "/unload?plugin="+name, 200, "OK")
		p.want("plugin_server", "/"+name, 404, "")
	}
	p.want("plugin_server", "/good", 200, `"file":"mine"`)
}
