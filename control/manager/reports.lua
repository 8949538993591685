-- The part of the manager that tells what plugins do: their errors, and what there is to know of them.

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
    self:countError(load, task, text, fields)
end

---Writes an error of a plugin to its log, unless there are too many.
---@param load Load
---@param task Task
---@param text string
---@param fields table of the line
function Reports:countError(load, task, text, fields)
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
    self:notice("error", load.name, task.name, text, fields.traceback, plugin.suppressed)
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
