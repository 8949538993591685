-- The Ratchet web server over the plugin manager: plugins, events and functions of one's own by HTTP. docs/ratchet.md has what it answers.

local answers = require "facades.ratchet.answers"
local guards = require "http.guards"
local params = require "http.params"
local requests = require "http.requests"
local router = require "cc.http.router"
local url = require "cc.http.url"

---@class ratchet.Facade: Facade
---@field name string
---@field address? string
---@field manager Manager
---@field section table the settings' section [ratchet]
---@field followers integer clients that follow the log
---@field generation integer counts ports: answers that go on end when it changes
---@field closers table<table, fun()>
---@field listener? table
---@field guard cc.http.Handler for what has side effects
local Facade = {}
Facade.__index = Facade

---The parameters of a request's query, of several of a name the last.
---@param req cc.http.Request
---@return table<string, string>
function Facade:query(req)
    return (params.query(req))
end

---All parameters of a request: those of its query, and over them those of its body.
---@param req cc.http.Request
---@return table values
---@return table<string, string[]> all
---@return table<string, cc.http.FormFile> files
function Facade:parameters(req)
    return params.merged(req, self.manager.settings.limits)
end

---Calls a function in a task and waits for it, but not for longer than a client is to wait: 504 then, while the task goes on.
---@param late string what goes on, for the client
---@param fn function
---@param ... any
---@return any ...
function Facade:inTime(late, fn, ...)
    local manager = self.manager
    local gate = manager:gate()
    manager:spawn(function(...) gate:open(table.pack(pcall(fn, ...))) end, ...)
    local seconds = manager.settings.limits.answer_time
    local result = gate:wait(seconds)
    if not result then answers.fail(504, ("%s after %g seconds"):format(late, seconds)) end
    if not result[1] then error(result[2], 0) end
    return table.unpack(result, 2, result.n)
end

---Has a function called when the server ends or moves to another address: for answers that go on.
---@param fn fun()
---@return fun() withdraw
function Facade:onClose(fn)
    local key = {}
    self.closers[key] = fn
    return function() self.closers[key] = nil end
end

-- Takes the token out of the query, so that no plugin sees it.
local function withoutToken(req)
    if not req.rawQuery:find("=", 1, true) then return end
    local kept = {}
    for part in req.rawQuery:gmatch("[^&]+") do
        local name = url.parseQuery(part:match("^[^=]*"))
        if not (name and name.token) then kept[#kept + 1] = part end
    end
    req.rawQuery, req.query, req.all = table.concat(kept, "&"), nil, nil
end

local function makeApp(self)
    local manager = self.manager
    local limits = manager.settings.limits
    local app = router.new {
        max_body = limits.body,
        log = function(text) manager.logs:write("ratchet", "error", text) end,
    }
    app:onError(answers.onError(manager))
    app:use(requests.identify)
    app:use(requests.logger(manager.logs, "ratchet", function() return self.section.log_requests end))
    -- Pages of other origins can ask only if they are named; the listener has refused all others.
    local cors = {}
    app:use(function(req, res, next)
        local origins = self.section.origins
        if not origins or not origins[1] then return next() end
        if cors.origins ~= origins then
            local all = false
            for _, each in ipairs(origins) do all = all or each == "*" end
            cors = { origins = origins, handler = router.cors { origins = all and "*" or origins } }
        end
        return cors.handler(req, res, next)
    end)
    require "facades.ratchet.page"(app)
    local api = router.new()
    api:use(function(req, res, next)
        local token = self.section.token
        if not token or token == "" then return next() end
        return guards.token(token)(req, res, function()
            withoutToken(req)
            return next()
        end)
    end)
    require "facades.ratchet.plugins"(api, self)
    require "facades.ratchet.call"(api, self)
    require "facades.ratchet.logs"(api, self)
    app:mount("/", api)
    return app
end

local function optionsOf(self, settings)
    local options = requests.listenOptions(self.section, settings.limits)
    options.name, options.stream_timeout = "ratchet", 86400
    return options
end

-- Opens the port that the settings name.
local function listen(self, settings)
    local ok, listener = pcall(self.manager.listen, self.manager, optionsOf(self, settings), self.app:handler())
    if ok then return listener end
    error("the Ratchet web server, at ratchet.port: " .. tostring(listener):gsub("^.-http%.listen: ", ""), 0)
end

---Opens the port, if the settings say so. Throws if it is taken.
function Facade:start()
    if self.listener or not self.section.enabled then return end
    self.listener = listen(self, self.manager.settings)
    self.address = requests.address(self.section, self.listener.port)
end

-- Closes a port when running requests are answered; answers that go on end.
local function close(self, listener)
    self.generation = self.generation + 1
    for _, each in pairs(self.closers) do each() end
    listener:close(self.manager.settings.limits.drain_time)
end

---Closes the port when running requests are answered. A second call does nothing.
function Facade:stop()
    local listener = self.listener
    if not listener then return end
    self.listener, self.address = nil, nil
    close(self, listener)
end

-- Takes the settings on.
local function take(self, settings)
    self.section = settings.ratchet or {}
    if self.section.token and self.section.token ~= "" then self.manager.logs:secret(self.section.token) end
end

---Takes on new settings. The port stays open, unless there is to be another one. Throws if that can't be opened; then the old one stays.
---@param settings table
function Facade:reload(settings)
    local before = self.section
    take(self, settings)
    requests.follow(self, before, {
        listen = function() return listen(self, settings) end,
        options = function() return optionsOf(self, settings) end,
        close = function(listener) close(self, listener) end,
    })
end

---Makes the facade.
---@param manager Manager
---@param settings table
---@return ratchet.Facade
return function(manager, settings)
    local self = setmetatable({ name = "ratchet", manager = manager, followers = 0, generation = 0, closers = {} }, Facade)
    take(self, settings)
    self.guard = guards.ownPages(function() return self.section.origins end)
    self.app = makeApp(self)
    return self
end
