-- One load of a plugin: its globals, what it has made, and its way from staged through active and retired to closed. It is an owner of tasks.
--
--   staged    its code runs for the first time; what it registers does not count yet
--   active    it is the plugin
--   retired   it was replaced or unloaded; calls that are under way may finish
--   closed    nothing of it is left

local control = require "luart.control"
local environment = require "manager.environment"
local addAPI = require "manager.api"
local expect = require("cc.expect").expect

local yield, load = coroutine.yield, load

---@class Load: Owner
---@field name string
---@field path string
---@field plugin? table
---@field state "staged"|"active"|"retired"|"closed"
---@field env table
---@field natives table
---@field exports table<string, function>
---@field routes table[]
---@field handler? function what main.lua has returned to handle requests
---@field handle PluginHandle
local Load = {}
Load.__index = Load

-- Events that answer something that the plugin has asked the network for.
local answers = { http_success = true, http_failure = true, http_check = true, websocket_success = true, websocket_failure = true }

-- Functions of os whose effect is for whoever runs, even if the function is another plugin's.
local ofRunner = { "startTimer", "cancelTimer", "setAlarm", "cancelAlarm", "queueEvent" }

-- What a function has given that was called in the place of another one: an error has the place of who has called that.
local function passed(ok, ...)
    if not ok then error((...), 3) end
    return ...
end

local function osFunctions(self, scheduler)
    local functions, native = {}, self.natives.os
    self.host = {}
    for _, name in ipairs(ofRunner) do
        self.host[name] = native[name]
        functions[name] = function(...)
            local runner = scheduler.running
            local host = runner and runner.owner.host or self.host
            return passed(pcall(host[name], ...))
        end
    end
    self.startTimer = { start = native.startTimer, cancel = native.cancelTimer }

    function functions.sleep(time)
        expect(1, time, "number", "nil")
        local timer = functions.startTimer(time or 0)
        repeat
            local event, id = yield("timer", timer)
            if event == "terminate" then error("Terminated", 0) end
        until id == timer
    end
    return functions
end

-- Where the server finds a file that the plugin can read: its listeners look at it again when clients connect. Nil for one that only the plugin has.
local function hostPath(self, path)
    path = fs.combine(path)
    local top = path:match("^[^/]*")
    if top == "tmp" or top == "rom" then return nil end
    if top ~= "data" and self.folder ~= "" then return fs.combine(self.manager.root, self.folder, path) end
    return control.persistent and fs.combine(self.manager.data, "plugins", self.name, top == "data" and path:sub(6) or path) or nil
end

-- The options of a listener for the server: files of the certificate are those of the plugin.
local function withTLS(self, options)
    local tls = type(options) == "table" and options.tls
    if type(tls) ~= "table" then return options end
    local copy, texts = {}, {}
    for k, v in pairs(options) do copy[k] = v end
    for k, v in pairs(tls) do
        if type(v) == "string" and not v:find("-----BEGIN", 1, true) then
            local text = self.env.readFile(v) or error("there is no file " .. v .. " for the option tls." .. tostring(k), 3)
            v = hostPath(self, v) or text
        end
        texts[k] = v
    end
    copy.tls = texts
    return copy
end

local function checkPort(port)
    expect(1, port, "number")
    if not (port > -1 and port < 65536) then error("bad argument #1 (port out of range)", 3) end
    return math.floor(port)
end

-- Servers of plugins are for this machine, unless the configuration says otherwise. The host itself says what is wrong with what is no address.
local function checkAddress(manager, options)
    local address = options and rawget(options, "host")
    if manager.settings.plugins.listen == "any" or type(address) ~= "string" or address:find "^127%.%d+%.%d+%.%d+$" or address == "::1" then return end
    error(("plugins may listen on loopback addresses only, such as 127.0.0.1, and not on %s; with listen = any in the section [plugins] of the configuration they may"):format(address), 3)
end

local function httpFunctions(self, manager)
    local scheduler = manager.scheduler
    local functions, native = {}, self.natives.http
    self.hostHTTP = native
    for _, name in ipairs { "startRequest", "startWebsocket", "checkURL" } do
        local function counted(owner, ok, ...)
            if ok then owner.asking = (owner.asking or 0) + 1 end
            return ok, ...
        end
        functions[name] = function(...)
            local runner = scheduler.running
            local owner = runner and runner.owner.hostHTTP and runner.owner or self
            return counted(owner, passed(pcall(owner.hostHTTP[name], ...)))
        end
    end

    function functions.addListener(port, options)
        port = checkPort(port)
        expect(2, options, "table", "nil")
        checkAddress(manager, options)
        local listener, message = manager.listeners:open(self, port, withTLS(self, options))
        if not listener then error(message, 2) end
        return listener.port
    end

    function functions.removeListener(port)
        local listener = manager.listeners:find(self, checkPort(port))
        if listener then manager.listeners:close(listener) end
    end

    function functions.websocketServer(port, options)
        port = checkPort(port)
        expect(2, options, "table", "nil")
        checkAddress(manager, options)
        return require("manager.socket_server")(self, manager, port, withTLS(self, options or {}))
    end
    return functions
end

-- http.listen of the plugin: its requests are tasks beside the one that has called it.
local function listenFunction(self, manager)
    return function(port, callback, options)
        port = checkPort(port)
        expect(2, callback, "function")
        expect(3, options, "table", "nil")
        options = options or {}
        checkAddress(manager, options)
        local listener, message = manager.listeners:open(self, port, withTLS(self, options), callback)
        if not listener then error(message, 2) end
        local stopped = false
        function listener.stop()
            stopped = true
            manager.scheduler:post(self, "server_stop")
        end
        if options.on_listen then options.on_listen(listener.port) end
        local event
        repeat event = yield("server_stop") until stopped or event == "server_stop" or event == "terminate"
        manager.listeners:close(listener)
        if event == "terminate" then error("Terminated", 0) end
    end
end

---Makes a load, staged, whose code has not run.
---@param manager table
---@param options { name: string, path: string, folder: string, file: string, plugin?: table, sharing?: boolean }
---@return Load?
---@return string? message
local function new(manager, options)
    local natives, message = control.open { name = options.name, folder = options.folder ~= "" and options.folder or nil }
    if not natives then return nil, message end
    local self = manager.scheduler:owner {
        name = options.name, path = options.path, folder = options.folder, file = options.file, plugin = options.plugin, state = "staged", natives = natives,
        exports = {}, routes = {}, unloadHooks = {}, cleanups = {}, outbox = {}, extensions = {}, entries = {}, scheduled = 0, asking = 0,
        next = natives.next, limit = manager.settings.plugins.call_time, step = math.max(2 ^ 20, manager.settings.plugins.memory / 8),
        measured = 0, errors = 0, manager = manager,
    }
    setmetatable(self, Load)
    manager.loads[natives.number] = self
    local prefix = options.folder ~= "" and options.path .. "/" or ""
    function self.chunkName(path) return prefix .. path end
    function self.event(name)
        if answers[name] then self.asking = math.max(0, self.asking - 1) end
    end
    local printed = ""
    local function print(level)
        return function(text)
            printed = printed .. text
            if #printed > 65536 and not printed:find("\n", 1, true) then printed = printed .. "\n" end
            for line in printed:gmatch("([^\n]*)\n") do manager.logs:write(self.name, level, line) end
            printed = printed:match("[^\n]*$")
        end
    end
    local ok, env = pcall(environment.new, {
        natives = natives, os = osFunctions(self, manager.scheduler), http = httpFunctions(self, manager),
        write = print("info"), writeError = print("error"), shared = manager.shared, sharing = options.sharing,
        chunkName = self.chunkName, listen = listenFunction(self, manager),
        atHome = function()
            local runner = manager.scheduler.running
            return options.sharing or not runner or runner.owner == self
        end,
        beside = function(thread)
            manager.scheduler:start(self, "beside", function()
                local event = table.pack()
                while coroutine.status(thread) ~= "dead" do
                    local _, filter = coroutine.resume(thread, table.unpack(event, 1, event.n))
                    event = table.pack(yield(filter))
                end
            end)
        end,
    })
    if not ok then
        natives.close()
        manager.loads[natives.number] = nil
        return nil, tostring(env)
    end
    self.env = env
    manager.stops[env], manager.stops[self] = true, true
    addAPI(env, self, manager)
    self.handle = require("manager.handle")(self, manager)
    manager:extendLoad(self)
    return self
end

---Runs the load's code and waits until it has returned, or serves. Main programs that sleep or wait for an event count as serving.
---@param source string
---@return boolean ok
---@return any message, or what the code has returned
---@return string? traceback
---@return string? code
function Load:run(source)
    local manager = self.manager
    local settings = manager.settings.plugins
    if source:sub(1, 3) == "\239\187\191" then source = source:sub(4) end
    if source:sub(1, 2) == "#!" then source = source:gsub("^[^\n]*", "", 1) end
    local chunk, message = load(source, "@" .. self.chunkName(self.file), "t", self.env)
    if not chunk then return false, message, nil, "failed" end
    local gate = manager:gate()
    local sleeping = false
    local task = manager.scheduler:start(self, self.file, chunk)
    task.limit, task.quiet = settings.load_time, true
    task.finished = function(_, ok, ...) gate:open(ok, ...) end
    task.waited = function(_, filter)
        sleeping = false
        if type(filter) == "string" and (filter:find("^luart_wait_") or filter:find("^plugin_call_")) or self.asking > 0 then return end
        if filter == "timer" then
            sleeping = true
            return
        end
        gate:open(true)
    end
    local result = table.pack(gate:wait(settings.load_sleep))
    if result.n == 0 and not sleeping then result = table.pack(gate:wait(settings.load_timeout - settings.load_sleep)) end
    if result.n == 0 then
        if sleeping then
            result = { true, n = 1 }
        else
            manager.scheduler:cancel(task, "it still waits", "timeout")
            return false, ("%s has not come to its end within %g seconds; start what takes long with defer or setTimer"):format(self.file, settings.load_timeout), nil, "timeout"
        end
    end
    task.waited, task.quiet, task.limit = nil, nil, nil
    task.finished = function(_, ok, value)
        if ok then self:take(value) end
    end
    if not result[1] then return false, result[2], result[3], result[4] end
    self:take(result[2])
    return true, result[2]
end

---Takes what main.lua has returned: a function, or one in the field handler or handle of a table, handles requests that no route has.
---@param value any
function Load:take(value)
    if type(value) == "table" then value = rawget(value, "handler") or rawget(value, "handle") end
    if type(value) == "function" then self.handler = value end
end

---Registers what is to be done when the load ends.
---@param cleanup fun()
---@return fun() withdraw
function Load:own(cleanup)
    if self.state == "closed" then
        pcall(cleanup)
        return function() end
    end
    local entry = { cleanup }
    self.cleanups[entry] = true
    self.cleanups[#self.cleanups + 1] = entry
    return function()
        self.cleanups[entry] = nil
        entry[1] = nil
        if #self.cleanups > 64 and next(self.cleanups) then
            local left = {}
            for _, each in ipairs(self.cleanups) do
                if each[1] then
                    left[#left + 1] = each
                    left[each] = true
                end
            end
            self.cleanups = left
        end
    end
end

---Ends what the load does by itself; calls that are under way go on.
function Load:retire()
    local manager = self.manager
    self.state = "retired"
    self.stopTimers()
    manager.bus:forgetAll(self)
    manager.planner:forget(self)
    for i = #self.extensions, 1, -1 do
        local hook = self.extensions[i].retire
        if hook then manager:guard(hook) end
    end
    self.extensions = {}
    manager.scheduler:cancelAll(self, self.name .. " was unloaded", "unloaded", function(task) return not task.call end)
end

---Ends the load: nothing of it is left. Its unload hooks have run before.
function Load:close()
    if self.state == "closed" then return end
    local manager = self.manager
    if self.state ~= "retired" then self:retire() end
    self.state = "closed"
    manager.listeners:closeAll(self)
    local cleanups = self.cleanups
    self.cleanups = {}
    for i = #cleanups, 1, -1 do
        if cleanups[i][1] then manager:guard(cleanups[i][1]) end
    end
    manager.scheduler:close(self)
    self.natives.close()
    manager.loads[self.natives.number] = nil
    manager.stops[self.env], manager.stops[self] = nil, nil
    manager:forgetLoad(self)
    if self.plugin then
        self.plugin.seconds = self.plugin.seconds + self.seconds
    end
end

---Adds up what the load's values take, in bytes.
---@return number
function Load:measure()
    local slices = require "manager.slices"
    local root = { self.env, self.exports, self.routes, self.unloadHooks, self.handler, {} }
    local last = root[#root]
    for _, entry in ipairs(self.entries or {}) do last[#last + 1] = entry.fn end
    for task in pairs(self.tasks) do last[#last + 1] = task.co end
    local stops = self.manager.stops
    stops[self.env] = nil
    local bytes = slices.measure(root, stops)
    stops[self.env] = true
    self.memory, self.measured = bytes, self.bytes
    return bytes
end

return { new = new }
