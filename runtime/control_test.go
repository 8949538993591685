package runtime_test

import (
	"context"
	"fmt"
	"net"
	"os"
	"path/filepath"
	goruntime "runtime"
	"strings"
	"testing"
	"time"

	"github.com/luart/luart/eventqueue"
	"github.com/luart/luart/lua"
	"github.com/luart/luart/runtime"
	"github.com/luart/luart/stdlib"
)

func TestControlLoads(t *testing.T) {
	c := newControlled(t, map[string]string{
		"plugins.txt":               "# comment\nhello # first\ncommunity/chess\n",
		"hello/main.lua":            "print('hello from ' .. PLUGIN_NAME, PLUGIN_PATH, PLUGIN_REALPATH, shared)",
		"community/chess/main.lua":  "print(PLUGIN_PATH, include('lib/a'), require('lib.a'))",
		"community/chess/lib/a.lua": "return include('b.lua') + 1",
		"community/chess/lib/b.lua": "return 41",
		"other.lua":                 "print('other', PLUGIN_PATH)",
		"global.lua":                "shared = 'yes'",
	})
	c.want(`
		for _, info in ipairs(manager:list()) do print(info.id, info.path, info.running) end
		print(table.concat(manager:running(), ","))
		print(manager:load("other").running)
		print(manager:unload("chess").running, manager:find("chess").running)
		print(manager:load("nothing"))
		`, `
[hello] hello from hello	hello	/plugins/hello	yes
[chess] community/chess	42	42
chess	community/chess	true
hello	hello	true
other	other.lua	false
hello,chess
[other] other	other.lua
true
false	false
nil	there is no plugin nothing; if its folder is new, send the server SIGHUP, or ask /refresh-plugins of the Ratchet server	unknown
`)
}

func TestControlReloadIsAtomic(t *testing.T) {
	c := newControlled(t, map[string]string{
		"a/main.lua": `
			export("version", function() return 1 end)
			on("ask", function() print("one heard") end)
			setTimer(function() print("tick one") end, 1000, 1)`,
		"b/main.lua": `function ask() return exports.a.version() end export("ask", ask)`,
	})
	c.set["plugins"] = map[string]any{"load_time": 0.5}
	c.want(`
		local function version() return (select(2, manager:call("b", "ask"))) end
		print(version())
		write("/plugins/a/main.lua", "export('version', function() return 2 end) on('ask', function() print('two heard') end) setTimer(print, 50, 0) error('no')")
		local info, message, code, trace = manager:reload("a")
		print(info, message, code, trace ~= nil)
		print(version())
		manager:emit("ask")
		sleep(0.05)
		write("/plugins/a/main.lua", "syntax error")
		print(manager:reload("a"))
		write("/plugins/a/main.lua", "while true do end")
		print((select(2, manager:reload("a"))))
		write("/plugins/a/main.lua", "export('version', function() return 3 end) on('ask', function() print('three heard') end)")
		print(manager:reload("a").error)
		print(version())
		manager:emit("ask")
		sleep(5)
		`, `
1
![a] the reload has failed, the old version goes on: a/main.lua:1: no
nil	a/main.lua:1: no	failed	true
1
[a] one heard
![a] the reload has failed, the old version goes on: a/main.lua:1: syntax error near 'error'
nil	a/main.lua:1: syntax error near 'error'	failed	nil
![a] the reload has failed, the old version goes on: a/main.lua:1: Too long without yielding
a/main.lua:1: Too long without yielding
nil
3
[a] three heard
`)
}

func TestControlIsolation(t *testing.T) {
	c := newControlled(t, map[string]string{
		"good/main.lua": `
			export("add", function(a, b) return a + b end)
			export("handle", function() return { close = function() error("not yours") end } end)
			local n = 0
			setTimer(function() n = n + 1 end, 50, 0)
			export("ticks", function() return n end)`,
		"loop/main.lua": `
			export("forever", function() while true do pcall(function() while true do end end) end end)
			export("inCoroutine", function() coroutine.wrap(function() while true do end end)() end)
			export("caught", function() return pcall(function() while true do end end) end)`,
		"eater/main.lua": `
			export("eat", function() local t = {} for i = 1, 1e9 do t[i] = ("x"):rep(1000) .. i end end)
			export("hoard", function() hoard = {} for i = 1, 1e9 do hoard[i] = { i } end end)`,
		"thrower/main.lua": `
			on("e", function() error("thrown " .. tostring({}):sub(1, 5)) end)
			on("e", function() error({ code = 7 }) end)
			Hook.Add("h", function() error("in a hook") end)
			export("throw", function() error({ code = 7 }) end)`,
		"evil/main.lua": `
			table.insert = nil; math.floor = function() return "evil" end
			os.time = nil; textutils.serialize = nil
			_G.print = nil
			leaked = "leak"
			getmetatable("").__index = nil
			getmetatable("").__index = { upper = function() return "evil" end }
			local function try(f, ...) return select(2, pcall(f, ...)) end
			export("attack", function()
				local found = {}
				found[#found + 1] = getfenv(on) == _G and "safe" or "getfenv"
				found[#found + 1] = tostring(try(setfenv, on, {}))
				found[#found + 1] = tostring(debug.getregistry)
				found[#found + 1] = tostring(try(require, "luart.control"):match("^[^\n]*"))
				found[#found + 1] = tostring(try(os.shutdown))
				found[#found + 1] = tostring(fs.exists("/plugins")) .. tostring(fs.exists("../good/main.lua"))
				found[#found + 1] = tostring((try(fs.open, "../good/main.lua", "r")))
				found[#found + 1] = tostring(readFile("link/main.lua"))
				found[#found + 1] = tostring(try(exports.good.handle().close))
				return table.concat(found, "|")
			end)`,
	})
	if err := os.Symlink(filepath.Join(c.plugins, "good"), filepath.Join(c.plugins, "evil", "link")); err != nil {
		t.Skip(err)
	}
	c.set["plugins"] = map[string]any{"call_time": 0.5, "memory": 8 << 20}
	c.want(`
		QUIET = true
		TRACES = false
		local function show(ok, ...) print(ok, (...), (select(2, ...))) end
		show(manager:call("loop", "forever"))
		show(manager:call("loop", "inCoroutine"))
		print(manager:call("loop", "caught"))
		for _, name in ipairs { "eat", "hoard" } do
			local ok, _, code = manager:call("eater", name)
			print(ok, code)
		end
		show(manager:call("thrower", "throw"))
		print(select(5, manager:call("thrower", "throw")).code)
		manager:emit("e")
		sleep(0.05)
		print((select(2, manager:call("evil", "attack")):gsub("|", "\n")))
		print(leaked, ("x"):upper(), manager:call("good", "add", 1, 2))
		for i = 1, 100 do manager:emit("e") end
		sleep(0.05)
		local before = select(2, manager:call("good", "ticks"))
		sleep(1)
		print(select(2, manager:call("good", "ticks")) - before >= 18)
		`, `
![loop] Too long without yielding
false	Too long without yielding	deadline
![loop] loop/main.lua:3: Too long without yielding
false	loop/main.lua:3: Too long without yielding	deadline
true	false	loop/main.lua:4: Too long without yielding
![eater] not enough memory: its values take MiB of the 8 MiB that a plugin may have (plugins.memory)
false	memory
![eater] not enough memory: its values take MiB of the 8 MiB that a plugin may have (plugins.memory)
false	memory
![thrower] (error object is a table value)
false	(error object is a table value)	error
![thrower] (error object is a table value)
7
![thrower] thrower/main.lua:2: thrown table
![thrower] (error object is a table value)
safe
'setfenv' cannot change environment of given object
nil
module 'luart.control' not found:
a plugin can't shut the server down
falsefalse
nil
nil
good/main.lua:3: not yours
nil	X	true	3
![thrower] thrower/main.lua:2: thrown table
![thrower] (error object is a table value)
![thrower] thrower/main.lua:2: thrown table
![thrower] (error object is a table value)
![thrower] thrower/main.lua:2: thrown table
![thrower] (error object is a table value)
![thrower] more errors are left out of the log for some seconds
true
`)
}

func TestControlPluginAPI(t *testing.T) {
	c := newControlled(t, map[string]string{
		"api/data.json": `{"a": [1, 2]}`,
		"api/main.lua": `
			local function show(...) print(...) end
			show(JSON.load("data.json").a[2], JSON.stringify({ 1, "ä" }), (JSON.parse("{")))
			writeFile("/data/x.txt", "one") appendFile("/data/x.txt", "two")
			show(readFile("/data/x.txt"), fileExists("nothing"), table.concat(listFiles("", "json"), ","), getFilePath("a/../b"), getFileModTime("data.json") > 1e9)
			Storage.Set("ns", "id", "key", { deep = { true } })
			show(Storage.Get("ns", "id", "key").deep[1], Storage.Has("ns", "id", "other"), next(Storage.GetAll("ns", "id")), Storage.Delete("ns", "id", "key"), Storage.Get("ns", "id", "key"))
			local db = dbConnect("sqlite", "/data/my.db")
			db.exec("CREATE TABLE t (n)") db.exec("INSERT INTO t VALUES (7)")
			show(db.query("SELECT n FROM t")[1].n, select(2, pcall(dbConnect, "mysql", "x")))
			show(getSecret("token"), getSecret("none") == "")
			show(getRealTime(0, false).year, PLUGIN_START > 1e9 or PLUGIN_START, isServerLoaded())
			Hook.Add("h", function(x) if x == 1 then return "low" end end)
			Hook.Add("h", function(x) return "high" end, 5)
			Hook.Watch("h", function(x) print("watched", x) end)
			show(Hook.Run("h", 1), Hook.Fold("h", 0, function(n, answer) return n .. answer end, 1))
			local n = 0
			local id id = setTimer(function() n = n + 1 print("timer", n) end, 100, 3)
			local left, all = getTimer(id)
			show(isTimer(id), left >= 0 and left <= 100, all)
			defer(print, "first") defer(print, "second")
			once("server_start", function() print("started", isServerLoaded()) end)
			on("plugin_load", function(name) print("loaded", name) end)
			local function handler(...) print("event", ...) off("ev", handler) end
			on("ev", handler) on("ev", function() sleep(0.2) print("slept") end)
			os.queueEvent("mine", { 1 })
			show(os.pullEvent("mine") == "mine")
			show(pcall(exports.other and exports.other.f or error, "no such"))
			parallel.waitForAll(function() sleep(0.05) show("p1") end, function() sleep(0.1) show("p2") end)
			schedule("@yearly", function() print("cron") end)
			onUnload(function() print("bye") end)
			route("GET", "/items/:id", function(bag) return 200, bag end)
			route("/any", print)
			return function() return "handler" end`,
	})
	if err := os.WriteFile(c.secrets, []byte("# keys\ntoken = s3cret-word\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	c.clock = eventqueue.SystemClock{}
	c.write("schedule.json", `[{"cron": "0 */15 * * * *", "event": "quarter"}, {"cron": "bad", "event": "x"}]`)
	c.wantLines(`
		manager:emit("ev", 1, "two") manager:emit("ev", 2)
		sleep(1)
		local r = manager:route("api", "GET", "items/a%20b")
		print(r.path, r.params.id, manager:call("api", r, 5))
		print(manager:route("api", "POST", "items/7").kind, manager:route("nope", "GET", ""))
		print(#manager:schedule())
		manager:unload("api")
		print(manager.scheduler.tasks - 1, next(manager.loads))
		`, `
![control] schedule.json: entry 2: a schedule has 6 fields: second, minute, hour, day of the month, month, day of the week; or 5, without the second; this one has 1
[api] 2	[1,"\u00E4"]	nil
[api] onetwo	false	data.json	/b	true
[api] true	false	key	true	nil
[api] 7	dbConnect: only "sqlite" databases are known here, not "mysql"; open one with dbConnect("sqlite", "data/name.db")
[api] ***	true
[api] 70	true	false
[api] watched	1
[api] watched	1
[api] high	0highlow
[api] true	true	100
[api] true
[api] false	no such
[api] loaded	api
[api] started	true
[api] event	1	two
[api] event	2
[api] first
[api] p1
[api] timer	1
[api] p2
[api] second
[api] slept
[api] slept
[api] timer	2
[api] timer	3
/items/:id	a b	true	200	5
handler	nil	unknown
3
[api] bye
0	nil
`)
}

func TestControlListenersAreHandedOver(t *testing.T) {
	c := newControlled(t, map[string]string{"web/main.lua": `http.listen(PORT, function(request, response) if request.getURL() == "/slow" then sleep(0.3) end response.write("one") response.close() end)`})
	c.clock = eventqueue.SystemClock{}
	c.write("global.lua", "PORT = "+freePort(t))
	c.want(`
		QUIET = true
		manager.logs.least = 6 -- reloads that fail
		local url = "http://127.0.0.1:" .. manager.shared.PORT
		local function get(path) local r, m = http.get(url .. path) if not r then return m end local text = r.readAll() r.close() return text end
		print(get("/"))
		local slow = manager:spawn(get, "/slow")
		sleep(0.1)
		write("/plugins/web/main.lua", 'http.listen(PORT, function(request, response) response.write("two") response.close() end)')
		print(manager:reload("web").error)
		print(get("/"))
		print(select(2, slow:wait()))
		write("/plugins/web/main.lua", 'http.listen(PORT, function(request, response) response.write("three") response.close() end) error("x")')
		local bad, count = 0, 0
		local loader = manager:spawn(function()
			for i = 1, 100 do
				write("/plugins/web/main.lua", i % 3 == 0 and "error('broken')" or 'http.listen(PORT, function(request, response) response.write("' .. i .. '") response.close() end)')
				manager:reload("web")
			end
		end)
		while not loader.done do
			count = count + 1
			local text = get("/")
			if not tonumber(text) and text ~= "two" then
				print(text)
				bad = bad + 1
			end
		end
		print(bad, count > 1)
		manager:unload("web")
		print(get("/"))
		`, `
one
nil
two
one
0	true
Could not connect
`)
}

// freePort is a port that nobody uses at the moment.
func freePort(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	_, port, _ := net.SplitHostPort(l.Addr().String())
	return port
}

// Servers of plugins are for this machine, unless the configuration says otherwise.
func TestControlListenAddress(t *testing.T) {
	program := `
		for _, host in ipairs { "127.0.0.1", "127.1.2.3", "0.0.0.0", "::", "192.0.2.1", "localhost", "127.0.0.1.example.com" } do
			local ok, message = pcall(http.addListener, 0, { host = host })
			print(host, ok and "listens" or message)
		end
		print(select(2, pcall(http.listen, 0, print, { host = "0.0.0.0" })))
		print(select(2, pcall(http.websocketServer, 0, { host = "0.0.0.0" })))
	`
	c := newControlled(t, map[string]string{"open/main.lua": program})
	refused := "plugins may listen on loopback addresses only, such as 127.0.0.1, and not on %s; with listen = any in the section [plugins] of the configuration they may\n"
	want := "[open] 127.0.0.1\tlistens\n[open] 127.1.2.3\tlistens\n"
	for _, host := range []string{"0.0.0.0", "::", "192.0.2.1", "localhost", "127.0.0.1.example.com"} {
		want += "[open] " + host + "\t" + fmt.Sprintf(refused, host)
	}
	want += "[open] " + fmt.Sprintf(refused, "0.0.0.0") + "[open] " + fmt.Sprintf(refused, "0.0.0.0")
	c.want("", want)

	c = newControlled(t, map[string]string{"open/main.lua": `print(pcall(http.addListener, 0, { host = "0.0.0.0" }))`})
	c.set["plugins"] = map[string]any{"listen": "any"}
	if got := c.run(""); !strings.HasPrefix(got, "[open] true\t") {
		t.Error(got)
	}
}

// TestControlReloadLeavesNothing reloads a plugin that makes one of everything.
func TestControlReloadLeavesNothing(t *testing.T) {
	c := newControlled(t, map[string]string{"every/main.lua": `
		on("e", print) Hook.Add("h", print) export("f", function() end) setTimer(print, 100000, 0) defer(type, 1)
		route("/x", print) schedule("@daily", print) onUnload(function() end)
		http.addListener(0)
		local file = fs.open("/data/f", "w") file.write("x")
		kept = { coroutine.create(print), os.startTimer(100), dbConnect("sqlite", "/data/all.db") }
		big = {} for i = 1, 1000 do big[i] = { i } end
		setTimer(function() sleep(1000) end, 1, 1)
		os.pullEvent("never")`})
	c.clock = eventqueue.SystemClock{}
	c.memory = 64 << 20 // what 300 loads would take if they stayed
	var before, after int
	c.run(`
		QUIET = true
		for i = 1, 20 do manager:reload("every") end
		sleep(1)
		debug.getregistry().sample(1)
		local tasks = manager.scheduler.tasks
		for i = 1, 300 do assert(manager:reload("every")) end
		sleep(1)
		debug.getregistry().sample(2)
		local loads = 0
		for _ in pairs(manager.loads) do loads = loads + 1 end
		print(manager.scheduler.tasks - tasks, loads, #manager.listeners:ports(manager:activeLoad("every")))
		`, runtime.WithAPI(func(computer stdlib.Computer) {
		sample := lua.NewFunction("sample", func(c lua.Call) (lua.Results, error) {
			n := goruntime.NumGoroutine()
			if v, _ := c.Arg(1).AsNumber(); v == 1 {
				before = n
			} else {
				after = n
			}
			return c.Return0()
		})
		computer.VM().Registry().SetString("sample", sample)
	}))
	if got := strings.TrimSpace(c.out.String()); got != "0	1	1" {
		t.Error(got)
	}
	if after > before+5 {
		t.Errorf("%d goroutines became %d", before, after)
	}
}

func TestControlWatches(t *testing.T) {
	c := newControlled(t, map[string]string{"w/main.lua": "print('one', include('part.lua'))", "w/part.lua": "return 1"})
	c.clock = eventqueue.SystemClock{}
	c.set["plugins"] = map[string]any{"watch_delay": 0.02}
	got := c.run(`
		print(manager:watch("w").watched)
		local seen = manager:gate()
		manager:on("loaded", function(info) seen:open(info.id) end)
		write("/plugins/w/notes.txt", "not Lua")
		write("/plugins/w/part.lua", "return 2")
		print(seen:wait(20))
		print(manager:watch("w", false).watched)
		`)
	for _, want := range []string{"[w] one\t1\ntrue\n", "[w] one\t2\n", "\nw\nfalse"} {
		if !strings.Contains(got, want) {
			t.Errorf("%q is not in\n%s", want, got)
		}
	}
}

func TestControlFacades(t *testing.T) {
	c := newControlled(t, map[string]string{"p/main.lua": "shown = topic", "global.lua": "shared = 1"})
	c.want(`
		local topics = manager:registry()
		manager:extend(nil, function(plugin)
			return { plugin_id = plugin.id, topic = function(name) topics:add(plugin, name, plugin) end }, {
				commit = function() print("commit", plugin:active()) end,
				retire = function() print("retire", plugin:active()) end,
			}
		end)
		print(topics:get("a"), manager:activeLoad("p").env.plugin_id)
		QUIET = true
		write("/plugins/p/main.lua", "topic('a') topic('b')")
		print(manager:reload("p").running, topics:get("a").id)
		write("/plugins/p/main.lua", "topic('a') error('no')")
		manager:reload("p")
		print(topics:get("a") ~= nil, topics:get("b") ~= nil)
		write("/plugins/p/main.lua", "topic('a')")
		manager:reload("p")
		print(topics:get("a") ~= nil, topics:get("b") ~= nil)
		manager:unload("p")
		print(topics:get("a"), next(topics.byKey))
		print(manager:run("restapi.lua", "global = 1 return shared + 1, ..."))
		print(manager.shared.global, global)
		print(manager:within("restapi.lua", "local R = {} function R.f(t) return t.a, isServerLoaded() end return R", function(R, call) return call(R.f, { a = 5 }) end))
		print((select(4, manager:within("restapi.lua", "return function() error('bad') end", function(f, call) return call(f) end))))
		print((manager:within("restapi.lua", "(", function() end)))
		`, `
nil	nil
commit	true
true	p
retire	false
![p] the reload has failed, the old version goes on: p/main.lua:1: no
true	true
commit	true
retire	false
true	false
retire	false
nil	nil
retire	false
true	2
nil	nil
retire	false
true	true	5	true
![restapi.lua] restapi.lua:1: bad
retire	false
error
retire	false
false
`)
}

func TestControlSocketServer(t *testing.T) {
	c := newControlled(t, map[string]string{"s/main.lua": `
		local server = http.websocketServer(PORT)
		while true do
			local socket = server.listen()
			setTimer(function()
				for message in socket.receive do socket.send("echo " .. message) end
				print("gone")
			end, 1, 1)
		end`})
	c.clock = eventqueue.SystemClock{}
	c.write("global.lua", "PORT = "+freePort(t))
	c.want(`
		local socket = assert(http.websocket("ws://127.0.0.1:" .. manager.shared.PORT))
		socket.send("one") print(socket.receive())
		socket.send("two") print(socket.receive())
		socket.close()
		sleep(0.3)
		manager:unload("s")
		print(http.websocket("ws://127.0.0.1:" .. manager.shared.PORT))
		`, `
echo one	false
echo two	false
[s] gone
false	Could not connect
`)
}

func TestControlServesUntilTerminated(t *testing.T) {
	c := newControlled(t, map[string]string{"p/main.lua": "onUnload(function() sleep(0.1) print('bye') end) while true do sleep(1) end"})
	c.clock = eventqueue.SystemClock{}
	var computer *runtime.Computer
	computer, err := runtime.New(runtime.WithControl(runtime.Control{
		Plugins: c.plugins, Data: c.data,
		Settings: func() (map[string]any, error) {
			off := map[string]any{"address": "off"}
			return map[string]any{"ratchet": off, "plugin_server": off, "rpc": off, "packages": off, "plugins": map[string]any{"load_sleep": 0.05}}, nil
		},
		Ready: func(map[string]string) {
			computer.Reload()
			computer.Terminate()
		},
	}), runtime.WithStdout(&c.out), runtime.WithStderr(&c.out))
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	if code, err := computer.Run(ctx); err != nil || code != 0 || !strings.Contains(c.out.String(), "[p] info: bye") {
		t.Errorf("%d, %v\n%s", code, err, c.out.String())
	}
}
