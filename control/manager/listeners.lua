-- HTTP listeners of facades and plugins. A port belongs to one owner; when a plugin is replaced, its ports go over to its new load, open as they
-- are, so that no request is lost.

local control = require "luart.control"
local native = control.http or {}
local openListener, removeListener = native.openListener, native.removeListener
local openKey, settleKey = native.openKey, native.settleKey

---@class Listeners
local Listeners = {}
Listeners.__index = Listeners

---@class Listener
---@field port integer
---@field owner table
---@field handler? function handles requests; without it they are events of the owner
---@field websocket? function
---@field direct? fun(request: http.ServerRequest, response: http.ServerResponse, listener: Listener): any of facades: sees a request before a task is made for it; nil if it will answer, else what the handler gets as third argument. It must not wait or throw
---@field options table
---@field closed? boolean
---@field running integer handlers that have not ended

---Makes the list of listeners.
---@param scheduler Scheduler
---@param log fun(level: string, message: string)
---@return Listeners
local function new(scheduler, log)
    return setmetatable({ scheduler = scheduler, log = log, byPort = {}, staged = {} }, Listeners)
end

-- Options that are not the host's.
local ours = { on_error = true, on_listen = true, websocket = true, name = true, port = true, upgradeHeaders = true, direct = true }

-- A table as it is now, without metatables: whoever compares it later runs nobody's code.
local function plain(value, depth)
    if type(value) ~= "table" then return value end
    if depth > 8 then error("the options of a listener are too deep", 0) end
    local copy = {}
    for name, each in next, value do copy[name] = plain(each, depth + 1) end
    return copy
end

local function hostOptions(options)
    local host = {}
    for name, value in next, options or {} do
        if not ours[name] then host[name] = plain(value, 1) end
    end
    return host
end

local function same(a, b)
    for k, v in pairs(a) do
        if type(v) == "table" and type(b[k]) == "table" then
            if not same(v, b[k]) then return false end
        elseif v ~= b[k] then
            return false
        end
    end
    for k in pairs(b) do
        if a[k] == nil then return false end
    end
    return true
end

---Opens a port for an owner. A load that is staged gets the port of its plugin's active load once it takes its place. Returns nil and a
---message if the port is taken or an option is wrong.
---@param owner table
---@param port integer
---@param options table
---@param handler? fun(request: http.ServerRequest, response: http.ServerResponse): boolean?
---@return Listener?
---@return string? message
function Listeners:open(owner, port, options, handler)
    local host = hostOptions(options)
    local listener = { port = port, owner = owner, handler = handler, websocket = options and options.websocket, headers = options and options.upgradeHeaders, options = host, running = 0 }
    local present = port ~= 0 and self.byPort[port]
    if present and not present.closed then
        local same = present.owner == owner
        local heir = owner.state == "staged" and present.owner.plugin == owner.plugin and owner.plugin ~= nil
        if heir and not same then
            if self.staged[port] and self.staged[port].owner ~= owner then return nil, "port " .. port .. " is in use" end
            self.staged[port] = listener
            return listener
        end
        if not same then return nil, "port " .. port .. " is in use by the plugin " .. present.owner.name .. "; choose another, or 0 for any free one" end
    end
    local taken, message = openListener(port, host)
    if not taken then return nil, message end
    if present then present.closed = true end
    listener.port = taken
    self.byPort[taken] = listener
    return listener
end

---Closes a listener. Requests that are being handled may still be answered.
---@param listener Listener
function Listeners:close(listener)
    if listener.closed then return end
    listener.closed = true
    if self.byPort[listener.port] == listener then
        self.byPort[listener.port] = nil
        removeListener(listener.port)
    elseif self.staged[listener.port] == listener then
        self.staged[listener.port] = nil
    end
end

---Gives a listener other options, on the same port. Throws if they can't be; then the old ones stay.
---@param listener Listener
---@param options table
function Listeners:replace(listener, options)
    local host = hostOptions(options)
    if same(host, listener.options) then return end
    local port, message = openListener(listener.port, host)
    if not port then
        -- The host has closed the port before it saw that it can't open it anew.
        if not pcall(openListener, listener.port, listener.options) then listener.closed = true end
        error(message, 2)
    end
    listener.options = host
end

---Finds the listener of an owner on a port.
---@param owner table
---@param port integer
---@return Listener?
function Listeners:find(owner, port)
    for _, list in ipairs { self.staged, self.byPort } do
        local listener = list[port]
        if listener and listener.owner == owner then return listener end
    end
end

---Gives the ports of a plugin's old load to its new one, which has just become the active one; those that the new one has not opened stay with the old one.
---@param load table the new one
function Listeners:commit(load)
    for port, listener in pairs(self.staged) do
        if listener.owner == load then
            self.staged[port] = nil
            local old = self.byPort[port]
            self.byPort[port] = listener
            if old then
                old.closed = true
                if not same(old.options, listener.options) then
                    local ok, message = openListener(port, listener.options)
                    if not ok then
                        self.log("error", load.name .. ": the options of its listener on port " .. port .. " can't be: " .. message .. "; the old ones stay")
                        listener.options = old.options
                        pcall(openListener, port, old.options)
                    end
                end
            end
        end
    end
end

---Closes all listeners of an owner.
---@param owner table
function Listeners:closeAll(owner)
    for _, list in ipairs { self.staged, self.byPort } do
        local mine = {}
        for _, listener in pairs(list) do
            if listener.owner == owner then mine[#mine + 1] = listener end
        end
        for _, listener in ipairs(mine) do self:close(listener) end
    end
end

---Ports of an owner, in order.
---@param owner table
---@return integer[]
function Listeners:ports(owner)
    local ports = {}
    for port, listener in pairs(self.byPort) do
        if listener.owner == owner then ports[#ports + 1] = port end
    end
    table.sort(ports)
    return ports
end

local function refuse(response, text)
    response.setStatusCode(503)
    response.setResponseHeader("Content-Type", "text/plain; charset=utf-8")
    response.setResponseHeader("Retry-After", "1")
    response.write(text .. "\n")
    response.close()
end

-- The handler of a request that may ask for a WebSocket.
local function serveSocket(listener, request, response)
    local socket, message, code = request.upgrade(listener.headers)
    if not socket then return response[settleKey]("refused", message, code) end
    local result = listener.websocket(socket, request)
    socket.close()
    return result
end

---Takes a request: the event http_request.
---@param port integer
---@param request http.ServerRequest
---@param response http.ServerResponse
function Listeners:request(port, request, response)
    local listener = self.byPort[port]
    if type(response) ~= "table" or not response[openKey] then return end -- the client has gone
    if not listener then return refuse(response, "The server has ended.") end
    local scheduler, owner = self.scheduler, listener.owner
    if not listener.handler then
        if not scheduler:post(owner, "http_request", port, request, response) then refuse(response, "Too many requests are waiting.") end
        return
    end
    local known
    if listener.direct then
        known = listener.direct(request, response, listener)
        if known == nil then return end
    end
    if owner.count >= 5000 then return refuse(response, "Too many requests are waiting.") end
    local task
    if listener.websocket and request.isWebsocket() then
        task = scheduler:start(owner, "websocket", serveSocket, listener, request, response)
    else
        task = scheduler:start(owner, "request", listener.handler, request, response, known)
        task.call = true
    end
    listener.running = listener.running + 1
    task.finished = function(_, ok, result, trace, code)
        listener.running = listener.running - 1
        if ok then
            if response[openKey] then response[settleKey]("returned") end
            if result and listener.stop then listener.stop() end
        elseif code == "unloaded" then
            response[settleKey]("abandoned")
        else
            response[settleKey]("failed", type(result) == "string" and result or "an error that is no text", trace or "")
        end
    end
end

-- Breaks the connection of a response off of which a part has been sent; else the client gets 500. The message goes to the log.
local function fail(response, message)
    return response[settleKey]("failed", type(message) == "string" and message or "an error that is no text", "")
end

Listeners.fail = fail

return { new = new }
