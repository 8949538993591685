-- JSON-RPC 2.0 over WebSocket: methods and topics of plugins, and the server's own. docs/rpc.md tells what clients and plugins can do.
--
--   protocol      messages as texts
--   parameters    from params to arguments
--   methods       what can be called
--   topics        what can be subscribed to
--   outbox        what is to be sent, in its order
--   client        a connection
--   builtins      the server's own methods; discover: their description
--   plugins       what plugins have; view: what they get of a client

local guards = require "http.guards"
local url = require "cc.http.url"
local addBuiltins = require "facades.rpc.builtins"
local clients = require "facades.rpc.client"
local methods = require "facades.rpc.methods"
local outbox = require "facades.rpc.outbox"
local pluginAPI = require "facades.rpc.plugins"
local protocol = require "facades.rpc.protocol"
local requests = require "http.requests"
local topics = require "facades.rpc.topics"

---@class rpc.Server: Facade
---@field manager Manager
---@field methods rpc.Methods
---@field topics rpc.Topics
---@field outbox rpc.Outbox
---@field limits table
---@field clients table<rpc.Client, true>
---@field connected integer how many clients there are
---@field slow integer how many were too slow so far
---@field waiting integer bytes that wait for all clients
---@field token string? what clients have to show
---@field development boolean whether clients see tracebacks
local Server = {}
Server.__index = Server

local defaults = {
    enabled = true, bindto = "127.0.0.1", port = 6133, max_message = 4 * 2 ^ 20, max_batch = 100, max_in_flight = 128, max_clients = 4096, max_depth = 64,
    max_subscriptions = 1000, send_buffer = 4 * 2 ^ 20, call_time = 30, auth_time = 10, compression = true,
}

-- Bytes that the host keeps of what a client is to get, before what comes next waits here.
local HOST_BUFFER = 2 ^ 20

local function isLoopback(host) return host == "localhost" or host == "::1" or host:find("^127%.") ~= nil end

---Takes settings over: those of the listener are in `options`.
---@param settings table
function Server:configure(settings)
    local limits = {}
    for key, value in pairs(defaults) do limits[key] = value end
    for key, value in pairs(settings.rpc or {}) do limits[key] = value end
    self.limits = limits
    self.token = limits.token ~= "" and limits.token or nil
    if self.token then self.manager.logs:secret(self.token) end
    self.development = (settings.plugins or {}).development or false
    self.reading = protocol.reading(limits.max_depth)
    self.options = {
        name = "rpc", host = limits.bindto, port = limits.port, max_message = limits.max_message, max_websockets = limits.max_clients,
        max_send_buffer = math.min(HOST_BUFFER, limits.send_buffer), compression = limits.compression, origins = limits.origins or {},
        allowed_hosts = limits.allowed_hosts and limits.allowed_hosts[1] and limits.allowed_hosts or nil,
    }
    for _, record in ipairs(self.methods.records) do
        for _, method in ipairs(record.methods) do method.options.timeout = method.timeout or limits.call_time end
    end
end

---The versions of what there is.
---@return table
function Server:version()
    return { luart = (_HOST or ""):match("%(luart ([^%s)]+)") or "unknown", lua = _VERSION, jsonrpc = "2.0", openrpc = "1.3.2" }
end

---Writes to the log.
---@param level string
---@param message string
function Server:log(level, message) self.manager.logs:write("rpc", level, message) end

---Lets a client go on reading.
---@param client rpc.Client
function Server:wake(client)
    client.held = false
    self:wakeTask(client.event)
end

---Wakes a task of the control plane that waits for an event of its own, or is about to: the event comes once no such task runs.
---@param event string
function Server:wakeTask(event)
    local scheduler, owner = self.manager.scheduler, self.manager.control
    self.later(function() scheduler:deliver(owner, event) end)
end

----------------------------------------------------------------------------------------------------------------------
-- Connections

local function refuse(response, code, text, headers)
    response.setStatusCode(code)
    response.setResponseHeader("Content-Type", "text/plain; charset=utf-8")
    for name, value in pairs(headers or {}) do response.setResponseHeader(name, value) end
    response.write(text .. "\n")
    response.close()
end

-- Whether a handshake shows the token: nil if it shows none at all.
local function showsToken(self, headers, query)
    if not headers.Authorization and not headers["X-Custom-Auth"] and not query.token then return nil end
    return guards.hasToken(headers, query, self.token)
end

---Serves a request, which should ask for a WebSocket.
---@param request http.ServerRequest
---@param response http.ServerResponse
function Server:serve(request, response)
    local path, rawQuery = request.getURL():match("^([^?]*)%??(.*)$")
    if path ~= "/" then return refuse(response, 404, "There is nothing at " .. path .. "; JSON-RPC is at /, as a WebSocket.") end
    if not request.isWebsocket() then
        if request.getMethod() ~= "GET" then
            return refuse(response, 405, "Open a WebSocket here and send JSON-RPC 2.0 as texts.", { Allow = "GET" })
        end
        return refuse(response, 426, "Open a WebSocket here and send JSON-RPC 2.0 as texts.", { Upgrade = "websocket" })
    end
    local authorized = true
    if self.token then
        local headers = request.getRequestHeaders()
        authorized = showsToken(self, headers, url.parseQuery(rawQuery) or {})
        if authorized == false then
            return refuse(response, 401, "This is not the token.", { ["WWW-Authenticate"] = "Bearer" })
        end
    end
    local socket, message, status = request.upgrade()
    if not socket then return refuse(response, status, message) end
    if self.stopped then return socket.close(1001, "the server ends") end
    self.last = self.last + 1
    local client = clients.new(self, self.last, socket, authorized or false)
    self.clients[client] = true
    self.connected = self.connected + 1
    self.manager.metrics:gauge("rpc_clients", {}, self.connected)
    local trace
    local ok, problem = xpcall(client.run, function(value)
        trace = debug.traceback("", 2)
        return value
    end, client)
    local ended = client.closed
    client:finish()
    self.clients[client] = nil
    self.connected = self.connected - 1
    self.manager.metrics:gauge("rpc_clients", {}, self.connected)
    if not ok and not ended then
        self.manager.logs:write("rpc", "error", tostring(problem), { traceback = trace })
        pcall(socket.close, 1011, "Internal Error")
    else
        pcall(socket.close)
    end
end

----------------------------------------------------------------------------------------------------------------------

---Opens the port. Throws what to do if it can't be.
function Server:start()
    local limits = self.limits
    if not limits.enabled then return end
    if not isLoopback(limits.bindto) and not self.token and not limits.open then
        error("[rpc] bindto: others than this machine could reach " .. limits.bindto .. ", so set rpc.token, or rpc.open = true if everybody may use it", 0)
    end
    self.listener = self.manager:listen(self.options, function(request, response) return self:serve(request, response) end)
    self.address = requests.address(limits, self.listener.port, "ws")
end

---Closes the port once the calls that run have been answered, or as much time as there is has passed.
function Server:stop()
    if self.stopped then return end
    self.stopped = true
    if not self.listener then return end
    local most = self.manager.settings.limits and self.manager.settings.limits.drain_time or 10
    local deadline = os.clock() + most
    local function running()
        for client in pairs(self.clients) do
            if client.flying > 0 or client.backlog then return true end
        end
        return self.outbox:busy()
    end
    while running() and os.clock() < deadline do sleep(0.05) end
    self.listener:close(1)
end

---Takes other settings over. The address stays as it is.
---@param settings table
function Server:reload(settings)
    local before = self.limits
    self:configure(settings)
    if not self.listener then return end
    if self.limits.bindto ~= before.bindto or self.limits.port ~= before.port or not self.limits.enabled then
        self:log("warning", "the address of JSON-RPC changes when the server is started anew")
        self.options.host = before.bindto
    end
    local ok, message = pcall(self.listener.replace, self.listener, self.options)
    if not ok then self:log("error", "the new settings can't be: " .. tostring(message)) end
end

---Makes the facade.
---@param manager Manager
---@param settings table
---@return rpc.Server
return function(manager, settings)
    local self = setmetatable({
        name = "rpc", manager = manager, methods = methods.new(), topics = topics.new(), clients = {}, connected = 0, slow = 0, waiting = 0, last = 0,
        questions = 0, stopped = false,
    }, Server)
    function self.later(f, ...) return manager.scheduler:start(manager.control, "rpc", f, ...) end
    self.outbox = outbox.new(self.later, function(message) self:log("error", message) end)
    self:configure(settings)
    addBuiltins(self)
    manager:extend(nil, function(plugin) return pluginAPI(self, plugin) end)
    return self
end
