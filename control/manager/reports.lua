-- The part of the manager that looks at what plugins do: errors, time, memory; and tells about it.

---@class Manager
local Reports = {}

local WINDOW = 10 -- seconds

local gone = "attempt to use a closed file (the client has gone)"

-- A text for any error.
local function describe(value)
    if type(value) == "string" then return value end
    -- A metatable's __tostring is code of the plugin, which would run here without an end.
    local kind = type(value)
    return (kind == "number" or kind == "boolean" or kind == "nil") and tostring(value) or "(error object is a " .. kind .. " value)"
end

---Writes an error of a task to the log of its plugin, unless there are too many.
---@param task Task
---@param message any
---@param trace? string
---@param code string
function Reports:reportFailure(task, message, trace, code)
    local load = task.owner
    if task.quiet or code == "unloaded" or task.expected and task.expected(message) then return end
    local text = describe(message)
    if text:sub(-#gone) == gone then return end
    local fields = { traceback = trace, task = task.name, code = code }
    if load == self.control then
        self.logs:write("control", "error", text, fields)
        return
    end
    load.errors = load.errors + 1
    self.metrics:count("plugin_errors_total", { plugin = load.name }, 1)
    local now = os.clock()
    local plugin = load.plugin or load
    if not plugin.window or now - plugin.window >= WINDOW then
        if (plugin.suppressed or 0) > 0 then
            self.logs:write(load.name, "error", plugin.suppressed .. " more errors were left out of the log within " .. WINDOW .. " seconds")
        end
        plugin.window, plugin.lines, plugin.suppressed = now, 0, 0
    end
    if plugin.lines >= self.settings.plugins.error_lines then
        plugin.suppressed = plugin.suppressed + 1
        if plugin.suppressed == 1 then
            self.logs:write(load.name, "error", "more errors are left out of the log for some seconds")
        end
    else
        plugin.lines = plugin.lines + 1
        self.logs:write(load.name, "error", text, fields)
    end
    self:notice("error", load.name, task.name, text, trace, plugin.suppressed)
end

---Looks at what a slice of a plugin's task has taken. The memory is measured when much was allocated since the last time.
---@param task Task
---@param seconds number
function Reports:checkSlice(task, seconds)
    local load = task.owner
    if load.bytes - load.measured < load.step then return end
    local most = self.settings.plugins.memory
    local bytes = load:measure()
    load.step = math.max(2 ^ 20, math.min(most / 4, (most - bytes) / 2))
    self.metrics:gauge("plugin_memory_bytes", { plugin = load.name }, bytes)
    if bytes <= most then
        if load.overMemory then load.overMemory = nil end
        return
    end
    local message = ("not enough memory: its values take %d MiB of the %d MiB that a plugin may have (plugins.memory)"):format(
        math.ceil(bytes / 2 ^ 20), math.floor(most / 2 ^ 20))
    if not load.overMemory then self.logs:write(load.name, "error", message, { task = task.name }) end
    load.overMemory = message
    self.scheduler:cancel(task, message, "memory")
    self:notice("error", load.name, task.name, message, nil, 0)
end

---What is known of a plugin.
---@param plugin table
---@return PluginInfo
function Reports:describe(plugin)
    local load = plugin.active
    return {
        id = plugin.name, name = plugin.name, path = plugin.path, running = load ~= nil, watched = plugin.watched == true,
        loadedAt = plugin.loadedAt, error = plugin.problem or plugin.error or load and load.overMemory or nil, traceback = plugin.traceback,
        memory = load and load.memory, cpu = plugin.seconds + (load and load.seconds or 0), tasks = load and load.count or 0,
        errors = load and load.errors or 0,
    }
end

---All plugins there are, by their paths.
---@return PluginInfo[]
function Reports:list()
    local list = {}
    for i, plugin in ipairs(self.order) do list[i] = self:describe(plugin) end
    return list
end

---Names of the plugins that run, in the order in which they were loaded.
---@return string[]
function Reports:running()
    local active = {}
    for _, plugin in ipairs(self.order) do
        if plugin.active then active[#active + 1] = plugin end
    end
    table.sort(active, function(a, b) return a.turn < b.turn end)
    local names = {}
    for i, plugin in ipairs(active) do names[i] = plugin.name end
    return names
end

---Numbers about the manager.
---@return { plugins: integer, running: integer, tasks: integer, waits: integer, events: integer, startedAt: number }
function Reports:stats()
    return {
        plugins = #self.order, running = #self:running(), tasks = self.scheduler.tasks, waits = self.scheduler.waits,
        events = self.counted.events, startedAt = self.startedAt,
    }
end

return Reports
