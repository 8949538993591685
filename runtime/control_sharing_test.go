package runtime_test

import (
	"testing"

	"github.com/luart/luart/eventqueue"
)

// walker is code of plugins that goes to all values that they can get at, and remembers the way to each.
const walker = `
local function walk(seen, value, path)
	local kind = type(value)
	if kind ~= "table" and kind ~= "function" and kind ~= "userdata" and kind ~= "thread" or seen[value] then return end
	seen[value] = path
	local _, meta = pcall(getmetatable, value)
	if type(meta) == "table" then walk(seen, meta, path .. "<metatable>") end
	if kind == "function" then
		local _, env = pcall(getfenv, value)
		walk(seen, env, path .. "<environment>")
	elseif kind == "table" then
		for k, v in next, value do
			walk(seen, k, path .. "<key>")
			walk(seen, v, path .. "." .. tostring(k))
		end
	end
end
for _, name in ipairs {
	"textutils", "colors", "colours", "keys", "vector", "parallel", "settings", "window", "paintutils", "rednet", "peripheral", "io", "help", "disk", "gps",
	"http", "redstone", "term", "fs", "os",
} do local _ = _G[name] end
local found = { getmetatable(""), Storage, JSON, Web, Hook, exports, PLUGIN_PARAMS, rpc, topic, publish }
local names = {}
local function collect(folder, prefix)
	for _, name in ipairs(fs.list(folder)) do
		if fs.isDir(folder .. "/" .. name) then
			collect(folder .. "/" .. name, prefix .. name .. ".")
		elseif name:find("%.lua$") then
			names[#names + 1] = prefix .. name:sub(1, -5)
		end
	end
end
collect("/rom/modules/main", "")
for name in pairs(package.loaded) do names[#names + 1] = name end
for _, name in ipairs { "archive", "cron", "digest", "download", "files", "fuzzy", "json", "markdown", "metrics", "regex", "sqlite", "task", "watch", "yaml", "control" } do
	names[#names + 1] = "luart." .. name
end
for _, name in ipairs(names) do
	local ok, module = pcall(require, name)
	if ok then found[name] = module end
end
found.file, found.io, found.db = fs.open("/data/x", "w"), io.open("/data/y", "w"), dbConnect("sqlite", "/data/z.db")
found.statement = found.db.prepare("SELECT 1")
found.thread = coroutine.create(print)
found.cron, found.regex = require("luart.cron").parse("* * * * *"), require("luart.regex").compile("a")
found.schedule = schedule("@yearly", print)
found.failure = select(2, pcall(JSON.stringify, print))
found.app = require("cc.http.router").new()
if topic then
	found.topic = topic(PLUGIN_NAME .. "-news")
	found.error = rpc.error(-32000, "no")
end
export("walked", function()
	local seen = {}
	walk(seen, _G, "_G")
	walk(seen, found, "found")
	return seen
end)
export("keep", function(...) found[#found + 1] = { ... } end)
route("GET", "/", function(bag)
	found.bag = bag
	for _, name in ipairs { "request_headers", "log", "request", "response" } do found[name] = bag[name] end
	found.headers = bag.request.getRequestHeaders()
	return 200, "kept"
end)`

// Two plugins that look everywhere find no table that both get at, so that what one does to a table is nothing to the other; and they don't find
// the server's own.
func TestControlSharesNoTables(t *testing.T) {
	c := newControlled(t, map[string]string{"a/main.lua": walker, "b/main.lua": walker})
	c.clock = eventqueue.SystemClock{} // main programs wait for databases
	c.set["network"] = map[string]any{"enabled": true, "bindto": "127.0.0.1", "port": 0}
	c.set["rpc"] = map[string]any{"enabled": true, "bindto": "127.0.0.1", "port": 0}
	c.want(`
		QUIET = true
		for _, name in ipairs { "plugin_server", "rpc" } do
			local facade = require("facades." .. name)(manager, manager.settings)
			facade:start()
			if name == "plugin_server" then server = facade end
			manager.facades[#manager.facades + 1] = facade
		end
		manager:reloadAll() -- with what facades add
		for _, name in ipairs { "a", "b" } do
			local response = assert(http.get(server.address .. "/" .. name))
			print(response.readAll())
			response.close()
		end
		local _, a = manager:call("a", "walked")
		local _, b = manager:call("b", "walked")
		local count, shared = 0, {}
		for value, path in next, a do
			count = count + 1
			if b[value] and type(value) ~= "function" then shared[#shared + 1] = path .. " is " .. b[value] end
		end
		table.sort(shared)
		print(table.concat(shared, "\n"), count > 500 or count)
		for what, value in pairs {
			globals = _G, environment = getfenv(1), string = string, strings = getmetatable(""), loaded = package.loaded, manager = manager, plugins = manager.plugins,
			bus = manager.bus, shared = manager.shared, registry = debug.getregistry and debug.getregistry(),
		} do
			if a[value] then print("a plugin gets at " .. what .. " by " .. a[value]) end
		end`, `
"kept"
"kept"
	true
`)
}

// Modules made in Go are bound to the plugin's own files, and those that are not for plugins aren't there.
func TestControlModules(t *testing.T) {
	c := newControlled(t, map[string]string{"p/data.yaml": "a: [1, 2]", "q/secret.txt": "secret", "p/main.lua": `export("f", function()
		print(require "luart.json".decode("[7]")[1], require "luart.yaml".decode(readFile("data.yaml")).a[2], require "luart.fuzzy".score("a", "a") > 0)
		local archive = require "luart.archive"
		assert(archive.create("/data/p.zip", { { name = "a.txt", data = "text" } }))
		print(archive.list("/data/p.zip")[1].name, (archive.list("/plugins/q/secret.txt")), (archive.list("../q/secret.txt")))
		print((require "luart.files".rename("/data/p.zip", "/data/q.zip")), fileExists("/data/q.zip"), type(require "luart.markdown"), type(require "luart.storage"))
		for _, name in ipairs { "luart.task", "luart.metrics", "luart.watch", "luart.download", "luart.control" } do print(name, (pcall(require, name))) end end)`})
	c.clock = eventqueue.SystemClock{}
	c.want(`print((select(2, manager:call("p", "f"))))`, `
[p] 7	2	true
[p] a.txt	nil	nil
[p] true	true	table	table
[p] luart.task	false
[p] luart.metrics	false
[p] luart.watch	false
[p] luart.download	false
[p] luart.control	false
nil
`)
}

// What a plugin changes in its libraries, by whatever way there is, is not seen by others.
func TestControlKeepsChangesApart(t *testing.T) {
	c := newControlled(t, map[string]string{
		"global.lua": "function current() return coroutine.running() end",
		"evil/main.lua": `
			for _, library in ipairs { string, table, math, os, fs, coroutine, textutils, http, JSON, Storage, Hook, package.loaded, debug } do
				for name in pairs(library) do library[name] = nil end
			end
			for name in pairs(_G) do if name ~= "_G" and name ~= "export" and name ~= "getmetatable" and name ~= "pcall" then _G[name] = nil end end
			pcall(function() getmetatable("").__index = nil end)
			pcall(function() for key in next, getmetatable(_G) do getmetatable(_G)[key] = nil end end)
			export("f", function() return "evil" end)`,
		"taker/main.lua": `
			local thread
			export("bait", function() return setmetatable({}, { __index = function() thread = coroutine.running() end }) end)
			export("resume", function() return coroutine.status(thread), coroutine.resume(thread, "not the answer") end)`,
		"good/main.lua": `
			local function show(...) print(...) end
			export("wait", function()
				local bait = exports.taker.bait()
				local co = coroutine.create(function() local _ = bait.x return coroutine.yield("inner") end)
				show(coroutine.resume(co)) -- code of the other one runs in our coroutine
				show(exports.taker.resume())
				show(coroutine.resume(co, "mine"))
				show(current() == coroutine.running(), coroutine.running() == coroutine.running())
				local _ = bait.x
				return os.pullEvent("answer")
			end)
			export("answer", function() os.queueEvent("answer", "the answer") end)
			export("still", function()
				return ("x"):rep(2), table.concat({ 1, 2 }), math.floor(1.5), JSON.stringify({ 1 }), type(fs.list("/")), textutils.serialise(1), os.time ~= nil, exports.evil.f()
			end)`,
	})
	c.want(`
		local task = manager:spawn(function() print(select(2, manager:call("good", "wait"))) end)
		while not manager.plugins.good.active.waiting.answer do sleep(0) end
		print(select(2, manager:call("taker", "resume"))) -- a coroutine that is nobody's
		manager:call("good", "answer")
		task:wait()
		print(select(2, manager:call("good", "still")))
		print(("x"):rep(3), type(string.format), manager:call("evil", "f"))`, `
[good] true	inner
[good] suspended	true
[good] true	mine
[good] true	true
dead	false	cannot resume dead coroutine
answer	the answer
xx	12	1	[1]	table	1	true	evil
xxx	function	true	evil
`)
}

// Two routes for the same requests are the mistake of who declares the second one, and the first goes on.
func TestControlRoutesThatCollide(t *testing.T) {
	c := newControlled(t, map[string]string{"p/main.lua": `
		local function try(...) print((select(2, pcall(route, ...)))) end
		try("GET", "/a/:x", function() return "first" end)
		try("get", "a/:y", print)
		try("GET", "/a/b", function() return "static" end)
		try("GET", "/a/b", print)
		try("GET", "/a/*rest", function() return "rest" end)
		try("GET", "/a/*other", print)
		try("GET", "/a/*rest/b", print)
		try("GET", "/:x/:x", print)
		try("BAD METHOD", "/", print)
		try("", "/", print)
		route("/", function() return "any" end)
		try("/", print)
		try("GET", "/", function() return "get" end)`})
	c.want(`
		for _, path in ipairs { "a/1", "a/b", "a/1/2", "" } do print(select(2, manager:call("p", manager:route("p", "GET", path)))) end
		print((select(2, manager:call("p", manager:route("p", "PUT", "")))))
		print(#manager:routes("p"))`, `
[p] nil
[p] two routes for the same requests: GET /a/:x and /a/:y
[p] nil
[p] two routes for the same requests: GET /a/b and /a/b
[p] nil
[p] two routes for the same requests: GET /a/*rest and /a/*other
[p] "*rest" has to be the end of the path "/a/*rest/b"
[p] the path "/:x/:x" has "x" twice
[p] bad argument #1 (a method such as "GET" expected)
[p] bad argument #1 (a method such as "GET" expected)
[p] two routes for the same requests: * / and /
[p] nil
first
static
rest
get
any
5
`)
}

// Plugins that add, take away and run hooks and handlers all at once, in slices that end anywhere, find all that are there.
func TestControlHooksAtOnce(t *testing.T) {
	churn := `
		for i = 1, 50 do Hook.Add("h", function() return 1 end, i % 7) on("e", type) end
		export("churn", function()
			for round = 1, 15 do
				local mine = {}
				for i = 1, 10 do
					mine[i] = function() return nil end
					Hook.Add("h", mine[i], (i * 31 + round) % 9)
					on("e", mine[i])
				end
				local n = Hook.Fold("h", 0, function(n, answer) return n + answer end)
				if n ~= 150 then error("there are " .. n) end
				for i = 1, 10 do Hook.Remove("h", mine[i]) off("e", mine[i]) end
			end
			return "well"
		end)`
	c := newControlled(t, map[string]string{"a/main.lua": churn, "b/main.lua": churn, "c/main.lua": churn})
	c.set["plugins"] = map[string]any{"slice": 0.0005, "call_time": 60.0, "call_timeout": 60.0}
	c.want(`
		local tasks = {}
		for i, name in ipairs { "a", "b", "c" } do tasks[i] = manager:spawn(function() print(select(2, manager:call(name, "churn"))) end) end
		for _, task in ipairs(tasks) do task:wait() end
		print(#manager.bus.hooks.h, #manager.bus.handlers.e)`, `
well
well
well
150	150
`)
}

// Plugins that plan and withdraw all at once: what comes first comes at its time.
func TestControlSchedulesAtOnce(t *testing.T) {
	churn := `
		schedule("0 0 12 * * *", function() print("noon") end)
		export("churn", function()
			for round = 1, 30 do
				local all = {}
				for i = 1, 20 do all[i] = schedule((i % 60) .. " 0 " .. (13 + i % 9) .. " * * *", type) end
				for i = 1, 20 do all[i]() end
			end
			return "well"
		end)`
	files := map[string]string{}
	for _, name := range []string{"a", "b", "c", "d"} {
		files[name+"/main.lua"] = churn
	}
	c := newControlled(t, files)
	c.set["plugins"] = map[string]any{"slice": 0.0005, "call_time": 60.0, "call_timeout": 60.0}
	c.wantLines(`
		local tasks = {}
		for i, name in ipairs { "a", "b", "c" } do tasks[i] = manager:spawn(function() print(select(2, manager:call(name, "churn"))) end) end
		for _ = 1, 10 do assert(manager:reload("d")) end
		for _, task in ipairs(tasks) do task:wait() end
		local list = manager:schedule()
		print(#list, list[1].next == list[4].next)
		sleep(list[1].next - os.epoch("utc") / 1000 + 1)`, `
well
well
well
4	true
[a] noon
[b] noon
[c] noon
[d] noon
`)
}
