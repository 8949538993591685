-- What facades get of a load of a plugin.

---@class PluginHandle
---@field id string
---@field name string
---@field path string
local Handle = {}
Handle.__index = Handle

-- The key of its load, which is the manager's affair.
local LOAD = {}

---Whether the load is the active one: false while it is staged and after its end.
---@return boolean
function Handle:active() return self[LOAD].state == "active" end

---The plugin's globals. They are nobody else's to see.
---@return table
function Handle:globals() return self[LOAD].env end

---Runs a function of the plugin in a task of it.
---@param fn function
---@param ... any
---@return Task
function Handle:spawn(fn, ...)
    local load = self[LOAD]
    return load.manager.scheduler:start(load, "task", fn, ...)
end

---Calls a function of the plugin, and waits for what it gives.
---@param fn function
---@param ... any
---@return boolean ok
---@return any ... results; or the message, the code, the traceback, and the error as it was thrown
function Handle:call(fn, ...)
    local load = self[LOAD]
    return load.manager:callLoad({}, load, fn, ...)
end

---Calls a function of the plugin, and does not wait for it: `done` gets what call returns. It must not wait. Throws if too many calls wait for
---the plugin.
---@param options { timeout?: number, name?: string, expected?: fun(value: any): any } timeout: seconds; name: for logs and metrics; expected: tells
---which errors are none for the log
---@param caller any the task has it in its field of that name
---@param done fun(ok: boolean, ...)
---@param fn function
---@param ... any
function Handle:start(options, caller, done, fn, ...)
    local load = self[LOAD]
    return load.manager:startCall(options, load, caller, done, fn, ...)
end

---Has a function called when this load ends.
---@param cleanup fun()
---@return fun() withdraw
function Handle:own(cleanup) return self[LOAD]:own(cleanup) end

---Writes to the plugin's log.
---@param level string
---@param message string
---@param fields? table
function Handle:log(level, message, fields)
    local load = self[LOAD]
    load.manager.logs:write(load.name, level, message, fields)
end

---Makes the handle of a load.
---@param load table
---@return PluginHandle
return function(load)
    return setmetatable({ id = load.name, name = load.name, path = load.path, [LOAD] = load }, Handle)
end
