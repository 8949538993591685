-- The plugin manager: it finds, loads, replaces and unloads plugins, calls them for facades, and runs the loop that all of them live in.
-- docs/plugins.md tells what plugins can do; here is what facades use.

local control = require "luart.control"
local busModule = require "manager.bus"
local complete = require "manager.defaults"
local folder = require "manager.folder"
local listeners = require "manager.listeners"
local logs = require "manager.logs"
local planner = require "manager.planner"
local schedulerModule = require "manager.scheduler"
local storage = require "manager.storage"

local yield = coroutine.yield

---@class Manager
---@field scheduler Scheduler
---@field logs Logs
---@field bus Bus
---@field settings table
---@field plugins table<string, table> by name in lower case
---@field control Owner of the tasks of facades
local Manager = {}
Manager.__index = Manager

for _, part in ipairs { "manager.lifecycle", "manager.calls", "manager.reports", "manager.memory", "manager.tasks" } do
    for name, f in pairs(require(part)) do Manager[name] = f end
end

local defaults = {
    plugins = {
        call_time = 5, slice = 0.005, memory = 64 * 2 ^ 20, watch = {}, load_time = 5, load_timeout = 10, load_sleep = 1, drain = 5,
        listen = "loopback", call_timeout = 15, watch_delay = 0.2, error_lines = 10,
    },
    scheduler = { enabled = true, log_events = false },
    logs = { ring = 1000, level = "info" },
    limits = { answer_time = 30, drain_time = 10 },
}

---@class ManagerOptions
---@field settings? table sections of keys
---@field root? string the folder of the plugins; "/plugins" unless given
---@field data? string the data folder; "/data" unless given

---Makes a manager, which does nothing before start.
---@param options? ManagerOptions
---@return Manager
local function new(options)
    options = options or {}
    local self = setmetatable({
        settings = complete(options.settings or {}, defaults), root = options.root or "/plugins", data = options.data or "/data",
        plugins = {}, order = {}, loads = {}, shared = {}, extensions = {}, listening = {}, facades = {}, stopHooks = {},
        timers = {}, gates = 0, startedAt = math.floor(os.epoch("utc") / 1000), loaded = false, ending = false,
        stops = setmetatable({}, { __mode = "k" }), counted = { events = 0 },
        metrics = setmetatable({}, { __index = function() return function() end end }),
    }, Manager)
    self.logs = logs.new(self.settings.logs)
    self.scheduler = schedulerModule.new { slice = self.settings.plugins.slice * 1000, again = control.again }
    self.control = self.scheduler:owner { name = "control", state = "active", most = math.huge }
    self.bus = busModule.new(self.scheduler)
    self.bus.onEvent = function(name)
        self.counted.events = self.counted.events + 1
        self:notice("event", name)
    end
    self.listeners = listeners.new(self.scheduler, function(level, message) self.logs:write("control", level, message) end)
    self.planner = planner.new {
        emit = function(event) self.bus:emit(nil, event) end,
        run = function(load, fn) pcall(self.scheduler.start, self.scheduler, load, "schedule", fn) end,
        log = function(level, message) self.logs:write("control", level, message) end,
        logEvents = self.settings.scheduler.log_events,
    }
    self.planner.enabled = self.settings.scheduler.enabled
    self.storage = storage.new(control.persistent and fs.combine(self.data, "storage.db") or nil, function(fn, ...)
        local result = table.pack(self.scheduler:call({ owner = self.control, name = "storage", fn = fn, quiet = true, counts = false }, ...))
        if not result[1] then error(result[2], 0) end
        return table.unpack(result, 2, result.n)
    end)
    self:beginMemory()
    self.scheduler.onFailure = function(...) self:reportFailure(...) end
    self.scheduler.onSlice = function(...) self:checkSlice(...) end
    for _, each in pairs { self, self.scheduler, self.bus, self.logs, self.planner, self.listeners, self.storage, self.control, self.shared, self.plugins,
        _G, getfenv(1) } do
        self.stops[each] = true
    end
    return self
end

----------------------------------------------------------------------------------------------------------------------
-- Start and end

---Looks at the folder, runs global.lua, and loads what is to be loaded at the start. It is to be called in a task.
function Manager:start()
    self:rescan()
    self:runGlobals()
    if not self.planner.enabled then self.logs:write("control", "info", "schedule.json is not followed: scheduler.enabled is off") end
    self:refreshSchedule()
    for _, id in ipairs(self:autostart()) do
        local _, message, code = self:load(id)
        if code == "unknown" then message = "plugins.txt names it, but there is no plugin of that name or path in the folder" end
        -- What has failed is in the plugin's own log already.
        if message and code ~= "failed" then self.logs:write("control", "error", id .. " was not loaded: " .. message) end
    end
    self.loaded = true
    self.bus:emit(nil, "server_start")
end

---Names and paths of what is loaded at the start: the lines of plugins.txt, or all there are if there is no such file.
---@return string[]
function Manager:autostart()
    local list = folder.autostart(fs.combine(self.root, "plugins.txt"))
    if list then return list end
    list = {}
    for _, plugin in ipairs(self.order) do
        if not plugin.problem then list[#list + 1] = plugin.path end
    end
    return list
end

---Handles the computer's events until the manager has stopped. Whatever runs here must not be called in a task.
function Manager:loop()
    local scheduler = self.scheduler
    -- Those of sleep are found by their number, however many sleep.
    local startTimer = os.startTimer
    local sleepInTask = function(time)
        local timer = startTimer(time or 0)
        repeat
            local _, id = yield("timer", timer)
        until id == timer
    end
    local plainSleep, plainOSSleep = sleep, os.sleep
    sleep, os.sleep = sleepInTask, sleepInTask
    self:every(1, function() scheduler:sweep() end, true)
    local function handle(...)
        self:dispatch(...)
        scheduler:turn()
    end
    local ok, message = pcall(scheduler.turn, scheduler)
    while not self.stopped do
        if not ok then self:recover(message) end
        ok, message = pcall(handle, yield())
    end
    sleep, os.sleep = plainSleep, plainOSSleep
    self.storage:close()
end

-- Goes on after an error of the loop itself. There is only one that it can be: the memory of the server was used up at that very moment.
function Manager:recover(message)
    if not tostring(message):find("not enough memory", 1, true) then error(message, 0) end
    self.scheduler:recover(message)
    self:unloadLargest(message)
end

---Handles one event of the computer.
---@param name string
---@param ... any
function Manager:dispatch(name, ...)
    local scheduler = self.scheduler
    if self.control.waiting[name] and name:find("websocket_server_wake_", 1, true) == 1 then
        return scheduler:deliver(self.control, name) -- of the only one who waits for it: it need not stand in line
    elseif name == "http_request" then
        return self.listeners:request(...)
    elseif name == "plugin_events" then
        local load = self.loads[(...)]
        if load then scheduler:notify(load) end
        return
    elseif name == "control_again" then
        scheduler.asked = false
        return
    elseif name == "timer" then
        local id = ...
        local f = self.timers[id]
        if f then
            self.timers[id] = nil
            return f()
        elseif self.planner:onTimer(id) then
            return
        end
    elseif name == "terminate" then
        return self:stop()
    elseif name == "control_reload" then
        self:spawn(function()
            self:guard(function() self:reloadSettings(true) end)
            control.reloaded()
        end)
        return
    end
    scheduler:post(self.control, name, ...)
    if name == "http_stream" or name:find("^websocket_") then
        -- Of a request or a socket that a listener has given to somebody: they look for themselves.
        for _, load in pairs(self.loads) do
            if load.waiting[name] or load.waiting[schedulerModule.ANY] then scheduler:post(load, name, ...) end
        end
    end
end

---Ends the server: facades stop, calls that are under way may finish, unload hooks run. Afterwards loop returns. A second
---call does nothing.
function Manager:stop()
    if self.ending then return end
    self.ending = true
    self:notice("stopping")
    self:spawn(function()
        local stopping = {}
        for i, facade in ipairs(self.facades) do
            stopping[i] = self:spawn(function() self:guard(function() facade:stop() end) end)
        end
        for _, task in ipairs(stopping) do task:wait() end
        -- Unload hooks have as long again, all together.
        self:after(self.settings.limits.drain_time, function()
            local left = self:running()
            if self.stopped or not left[1] then return end
            self.logs:write("control", "warning", "the time for the end is over (limits.drain_time); still at work: " .. table.concat(left, ", "))
            self.stopped = true
        end, true)
        for _, hook in ipairs(self.stopHooks) do self:guard(hook) end
        self.planner.enabled = false
        local names = self:running()
        for i = #names, 1, -1 do self:unload(names[i]) end
        if self.globals then self.globals:close() end
        self.stopped = true
        control.again()
    end)
end

---Has a function called when the server ends, before plugins are unloaded.
---@param fn fun()
function Manager:onStop(fn) self.stopHooks[#self.stopHooks + 1] = fn end

---Whether the server is about to end.
---@return boolean
function Manager:stopping() return self.ending end

----------------------------------------------------------------------------------------------------------------------
-- Settings and secrets

---Reads the settings anew, and applies them; then facades, and with `plugins` all plugins, are reloaded.
---@param plugins? boolean
---@return boolean ok false if they can't be read; the old ones stay
---@return string? message
function Manager:reloadSettings(plugins)
    local settings, message = control.reload()
    if not settings then
        self.logs:write("control", "error", "the settings can't be read, and stay as they were: " .. message)
        return false, message
    end
    self.settings = complete(settings, defaults)
    self.scheduler.slice = self.settings.plugins.slice * 1000
    self.logs:configure(self.settings.logs)
    self.planner.enabled, self.planner.options.logEvents = self.settings.scheduler.enabled, self.settings.scheduler.log_events
    self.secretValues = nil
    self:refreshSchedule()
    self:watchWanted()
    for _, facade in ipairs(self.facades) do
        if facade.reload then self:guard(function() facade:reload(self.settings) end) end
    end
    self:notice("settings", self.settings)
    if plugins then
        self:rescan()
        self:reloadAll()
    end
    return true
end

---The value of a secret, "" if there is none. It does not come into the log.
---@param name string
---@return string
function Manager:secret(name)
    local time = os.clock()
    if not self.secretValues or time - self.secretsRead > 1 then
        local values = {}
        local text, message = control.secrets()
        if not text then self.logs:write("control", "error", message) end
        for line in (text or ""):gmatch("[^\r\n]+") do
            local key, value = line:match("^%s*([^=#%s][^=]-)%s*=%s*(.-)%s*$")
            if key then
                values[key] = value
                self.logs:secret(value)
            end
        end
        self.secretValues, self.secretsRead = values, time
    end
    return self.secretValues[name] or ""
end

---Reads schedule.json anew.
---@return { entries: ScheduleEntry[], errors: string[] }
function Manager:refreshSchedule()
    local errors = self.planner:refresh(fs.combine(self.root, "schedule.json"))
    return { entries = self.planner:list(), errors = errors }
end

---What is planned, what comes first in front.
---@return ScheduleEntry[]
function Manager:schedule() return self.planner:list() end

return { new = new }
