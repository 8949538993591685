-- The package API: what the client program of the original package manager, and other programs, manage packages with. docs/packages.md tells what it
-- answers. What is done is in packages; here are only the requests.

local answers = require "facades.packages.answers"
local check = require "packages.check"
local failure = require "packages.failure"
local guards = require "http.guards"
local requests = require "http.requests"
local router = require "cc.http.router"
local store = require "facades.packages.store"

---@class packages.Facade: Facade
---@field name string
---@field address? string
---@field manager Manager
---@field section table the settings' section [packages]
---@field store packages.Store
---@field connected table[] WebSockets of /server.connect, the last one at the end
---@field connections integer how many there have been
---@field listener? table
---@field guard cc.http.Handler for what has side effects
local Facade = {}
Facade.__index = Facade

local MAX_MESSAGE = 4194304 -- bytes of a message of a WebSocket: plans can be long
local PATIENCE = 300        -- s for an answer: the contents of channels may have to come first

---@return table limits the settings' section [limits]
function Facade:limits() return self.manager.settings.limits end

---@param level string
---@param text string
function Facade:log(level, text) self.manager.logs:write(self.name, level, text) end

---The profile that a request is for, whether it is initialized or not. Throws bad-request.
---@param req cc.http.Request
---@return packages.Profile
function Facade:anyProfile(req) return self.store:profile(answers.parameter(req, "profile")) end

---The profile that a request is for. Throws bad-request, profile-not-initialized, profile-read-error.
---@param req cc.http.Request
---@return packages.Profile
function Facade:profile(req)
    local profile = self:anyProfile(req)
    profile:config()
    return profile
end

---A profile's channels, loaded. What is wrong with single ones is logged, once. Throws channels-not-available if none serves.
---@param profile packages.Profile
---@return packages.Channels
function Facade:channels(profile)
    local channels = profile:channels()
    local ok, e = pcall(channels.load, channels)
    local failures = ok and channels:failures() or {}
    local seen = {}
    for _, each in ipairs(failures) do
        seen[each.url] = true
        if self.reported[each.url] ~= each.message then
            self.reported[each.url] = each.message
            self:log("warning", ("the channel %s %s: %s"):format(each.url, each.state == "stale" and "is not up to date" or "can't be read", tostring(each.message)))
        end
    end
    for _, url in ipairs(ok and channels.urls or {}) do
        if not seen[url] then self.reported[url] = nil end
    end
    if not ok then error(e, 0) end
    return channels
end

---Throws bad-request for what can't be the id of a package.
---@param id string
function Facade:checkId(id)
    if not check.split(id) then failure.throw("bad-request", "Malformed package name: " .. id, "It has to be of the form group:name.") end
end

-- Serves /update. Whoever may not update a profile is told before it becomes a WebSocket.
local function update(app, self)
    local function open(req, _, next)
        answers.api(req)
        req.profile = self:profile(req)
        return next()
    end
    answers.websocket(app, "/update", { self.guard, open }, function(socket, req)
        require("packages.update").serve(socket, req, {
            store = self.store, profile = req.profile, manager = self.manager, settings = self.manager.settings,
        })
    end)
end

local function makeApp(self)
    local manager = self.manager
    local app = router.new {
        max_body = self:limits().body,
        log = function(text) manager.logs:write("packages", "error", text) end,
    }
    app:onError(answers.onError())
    app:use(requests.identify)
    app:use(requests.logger(manager.logs, "packages", function() return self.section.log_requests end))
    app:use(answers.guard(manager))
    app:use(require "facades.packages.cors")
    app:use(function(req, res, next) return guards.token(self.section.token)(req, res, next) end)
    require "facades.packages.server"(app, self)
    require "facades.packages.images"(app, self)
    require "facades.packages.profiles"(app, self)
    require "facades.packages.plugins"(app, self)
    update(app, self)
    return app
end

local function listenOptions(section, limits)
    local options = requests.listenOptions(section, limits)
    options.name, options.response_timeout, options.stream_timeout, options.max_message = "packages", PATIENCE, 86400, MAX_MESSAGE
    options.origins = options.origins or {} -- pages of nobody else's
    return options
end

local function listen(self)
    return self.manager:listen(listenOptions(self.section, self:limits()), self.app:handler())
end

-- Brings updates to their end that the server's last end has interrupted.
local function recover(self)
    local update = require "packages.update"
    self.manager:spawn(function()
        local ok, list = pcall(function() return (self.store.profiles:list()) end)
        local ids = {}
        for i, each in ipairs(ok and list or {}) do ids[i] = each.id end
        update.recover { store = self.store, manager = self.manager, settings = self.manager.settings, profiles = ids }
    end)
end

---Opens the port, if the settings say so. Throws if it is taken.
function Facade:start()
    if self.listener or not self.section.enabled then return end
    recover(self)
    self.listener = listen(self)
    self.address = requests.address(self.section, self.listener.port)
end

---Closes the port when running requests are answered. A second call does nothing.
function Facade:stop()
    local listener = self.listener
    if not listener then return end
    self.listener, self.address = nil, nil
    self.manager:guard(require("packages.update").stop)
    for _, socket in ipairs({ table.unpack(self.connected) }) do pcall(socket.close, 1001, "The server ends.") end
    listener:close(self:limits().drain_time)
end

-- Takes the settings on.
local function take(self, settings)
    local before = self.section
    self.section = settings.packages or {}
    if self.section.token and self.section.token ~= "" then self.manager.logs:secret(self.section.token) end
    if not before or table.concat(before.channels or {}, " ") ~= table.concat(self.section.channels or {}, " ") then self.store = store.open(settings) end
end

---Takes on new settings. The port stays open, unless there is to be another one. Throws if that can't be opened; then the old one stays.
---@param settings table
function Facade:reload(settings)
    local before = self.section
    take(self, settings)
    requests.follow(self, before, {
        listen = function() return listen(self) end,
        options = function() return listenOptions(self.section, settings.limits) end,
        close = function(listener) listener:close(self:limits().drain_time) end,
    })
end

---Makes the facade.
---@param manager Manager
---@param settings table
---@return packages.Facade
return function(manager, settings)
    local self = setmetatable({ name = "packages", manager = manager, connected = {}, connections = 0, reported = {} }, Facade)
    take(self, settings)
    self.guard = guards.ownPages(function() return self.section.origins end)
    self.app = makeApp(self)
    return self
end
