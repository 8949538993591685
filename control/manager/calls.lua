-- The part of the manager by which facades call plugins.

local loadModule = require "manager.load"

local clock = os.clock

---@class Manager
---@field timed? fun(id: string, name: string, seconds: number, ok: boolean, code: string?) told of each call, as those of on("call") are; it must not throw
local Calls = {}

-- What facades get: the code comes before the traceback, and the error as it was thrown behind it.
local function outcome(ok, ...)
    if ok then return true, ... end
    local message, trace, code = ...
    local text = message
    if type(text) ~= "string" then
        -- A metatable's __tostring is code of the plugin, which would run here without an end.
        local kind = type(message)
        text = (kind == "number" or kind == "boolean" or kind == "nil") and tostring(message) or "(error object is a " .. kind .. " value)"
    end
    return false, text, code or "error", trace, message
end

-- Tells those who want to know how long a call took, and what came of it.
local function report(self, load, name, seconds, ok, code)
    if self.timed then self.timed(load.name, name, seconds, ok, code) end
    if self.listening.call then self:notice("call", load.name, name, seconds, ok, code) end
end

-- Passes on what came of a call that is over.
local function timed(self, load, name, started, ok, ...)
    report(self, load, name, clock() - started, ok, not ok and (select(2, ...)) or nil)
    return ok, ...
end

---Calls a function of a certain load; see callWith.
---@param options { timeout?: number, name?: string, patient?: fun(): boolean } patient: whether to wait for another timeout when one is over
---@param load table
---@param fn function
---@param ... any
---@return boolean ok
---@return any ...
function Calls:callLoad(options, load, fn, ...)
    local name = options.name or "call"
    local call = { owner = load, name = name, fn = fn, timeout = options.timeout or self.settings.plugins.call_timeout, patient = options.patient, expected = options.expected }
    local started = (self.timed or self.listening.call) and clock()
    if not started then return outcome(self.scheduler:call(call, ...)) end
    return timed(self, load, name, started, outcome(self.scheduler:call(call, ...)))
end

---Calls a function of a certain load, and does not wait for it: `done` gets what callLoad returns. It runs between other things, and must not
---wait. Throws if too many calls wait for the plugin.
---@param options { timeout?: number, name?: string, expected?: fun(value: any): any, patient?: fun(task: Task): boolean } expected: tells which errors are none for the log; patient: whether to wait for another timeout when one is over
---@param load table
---@param caller any the task has it in its field of that name
---@param done fun(ok: boolean, ...) it must not throw either
---@param fn function
---@param ... any
function Calls:startCall(options, load, caller, done, fn, ...)
    local name = options.name or "call"
    local started = (self.timed or self.listening.call) and clock()
    local function finished(_, ...)
        if started then
            local ok, _, _, code = ...
            report(self, load, name, clock() - started, ok, not ok and code or nil)
        end
        return done(outcome(...))
    end
    self.scheduler:startWith({
        false, false, false, false, false, co = false, owner = false, name = false, fresh = true, n = 0, bytes = 0, seconds = 0, dead = false, call = true,
        patience = options.timeout or self.settings.plugins.call_timeout, patient = options.patient, caller = caller, expected = options.expected,
        finished = finished,
    }, load, name, fn, ...)
end

---Calls a function of a plugin in a task of the plugin, and waits for what it gives. Errors of it are in its log then.
---@param options { timeout?: number, name?: string, patient?: fun(): boolean } timeout: seconds; patient: whether to wait for another timeout when one is over
---@param id string name or path
---@param fn function|Route|string a string is the name of an export
---@param ... any
---@return boolean ok
---@return any ... results; or the message, a code, the traceback, and the error as it was thrown
function Calls:callWith(options, id, fn, ...)
    local load = self:activeLoad(id)
    if type(fn) == "table" and fn.load then
        -- The route was found a moment ago, maybe of the load before.
        load = fn.load.state == "closed" and load or fn.load
        options = options.name and options or { timeout = options.timeout, patient = options.patient, name = fn.method .. " " .. fn.path }
        fn = fn.handler
    end
    if not load then return false, "the plugin " .. tostring(id) .. " is not running", "unknown" end
    if type(fn) == "string" then
        local exported = load.exports[fn]
        if not exported then return false, "the plugin " .. load.name .. " exports no function " .. fn, "missing" end
        options = options.name and options or { timeout = options.timeout, name = fn }
        fn = exported
    end
    return self:callLoad(options, load, fn, ...)
end

---callWith without options.
---@param id string
---@param fn function|Route|string
---@param ... any
---@return boolean ok
---@return any ...
function Calls:call(id, fn, ...)
    return self:callWith({}, id, fn, ...)
end

---Names of what a plugin exports.
---@param id string
---@return string[]
function Calls:exports(id)
    local names = {}
    local load = self:activeLoad(id)
    for name in pairs(load and load.exports or {}) do names[#names + 1] = name end
    table.sort(names)
    return names
end

---Sends an event to all plugins. It doesn't wait for their handlers.
---@param name string
---@param ... any
function Calls:emit(name, ...)
    self.bus:emit(nil, name, ...)
end

---The globals that all plugins see: those of global.lua.
---@return table
function Calls:environment() return self.shared end

----------------------------------------------------------------------------------------------------------------------
-- Routes

---@class Route
---@field plugin string
---@field method string
---@field path string as it was declared
---@field params table<string, string>
---@field kind "route"|"handler"

---Finds who answers a request for a plugin: one of its routes, or the handler that its main.lua has returned.
---@param id string
---@param method string
---@param subpath string below the plugin's own path, undecoded, without a slash in front
---@return Route?
---@return "unknown"|"none"|"method"? why there is none
---@return string? allow methods that there are, for "method"
function Calls:route(id, method, subpath)
    local load = self:activeLoad(id)
    if not load then return nil, "unknown" end
    local allow
    local tree = load.tree
    if tree then
        local path = "/" .. subpath
        local entry, params, segments = tree:find(method, path)
        if entry then
            local route = entry.chain[1]
            return { plugin = load.name, method = route.method, path = route.path, params = params or {}, handler = route.handler, kind = "route", load = load }
        end
        allow = segments and tree:allowed(segments)
    end
    if load.handler then
        return { plugin = load.name, method = "*", path = "/*path", params = { path = subpath }, handler = load.handler, kind = "handler", load = load }
    end
    if allow then return nil, "method", allow end
    return nil, "none"
end

---The routes of a plugin, or of all that run.
---@param id? string
---@return { plugin: string, method: string, path: string }[]
function Calls:routes(id)
    local list = {}
    for _, name in ipairs(id and { id } or self:running()) do
        local load = self:activeLoad(name)
        for _, route in ipairs(load and load.routes or {}) do
            list[#list + 1] = { plugin = load.name, method = route.method, path = route.path }
        end
        if load and load.handler then list[#list + 1] = { plugin = load.name, method = "*", path = "/*path" } end
    end
    return list
end

----------------------------------------------------------------------------------------------------------------------
-- Code that is run once

---Runs Lua code as a plugin of its own would be, and has a function use what it has returned. Everything that the code has made is taken back
---afterwards.
---@param path string names it in messages: "restapi.lua"
---@param source string
---@param use fun(result: any, call: (fun(fn: function, ...): boolean, any), env: table): ... call: calls a function of the code as manager:call does; env: its globals
---@return boolean ok
---@return any ... what `use` has returned; or the message, code, traceback and error of the code
function Calls:within(path, source, use)
    local load, problem = loadModule.new(self, { name = path, path = path, folder = "", file = path })
    if not load then return false, problem, "failed" end
    local result = table.pack(outcome(load:run(source)))
    if result[1] then
        load.state = "active"
        self.bus:flush(load)
        result = table.pack(pcall(use, result[2], function(fn, ...) return self:callLoad({ name = path }, load, fn, ...) end, load.env))
        if not result[1] then result = { false, tostring(result[2]), "error", n = 3 } end
    end
    load:close()
    return table.unpack(result, 1, result.n)
end

---Runs Lua code once, as a plugin of its own would be.
---@param path string names it in messages
---@param source string
---@param ... any its arguments, as `...`
---@return boolean ok
---@return any ...
function Calls:run(path, source, ...)
    return self:within(path, source, function(result) return result end)
end

return Calls
