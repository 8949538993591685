-- The Plugin Server: plugins as routes, the plugin utilities, and files. docs/plugin-server.md tells what clients see.

local accessModule = require "facades.plugin_server.access"
local answer = require "facades.plugin_server.answer"
local bag = require "facades.plugin_server.bag"
local complete = require "manager.defaults"
local documents = require "facades.plugin_server.documents"
local endpoints = require "facades.plugin_server.endpoints"
local guards = require "http.guards"
local problem = require "cc.http.problem"
local requests = require "http.requests"
local requestLog = require "facades.plugin_server.request_log"
local url = require "cc.http.url"
local utilities = require("facades.plugin_server.utilities").all

local find, format, lower, sub = string.find, string.format, string.lower, string.sub
local clock, pcall, rawget, type = os.clock, pcall, rawget, type
local split = url.split
local redact = requestLog.redact

-- Where a certificate and its key stand for the listener, which looks at the files when clients connect: so they can change without a
-- port being closed. They are in the memory of the control computer, where no plugin gets.
local CERT, KEY = "/tmp/plugin_server/cert.pem", "/tmp/plugin_server/key.pem"

---@class plugin_server.Facade: Facade
---@field manager Manager
---@field settings table
---@field endpoints table<string, plugin_server.Endpoint|false> by the first segment of the path; false is none
---@field counts control.http.Metrics?
local Facade = { loaded = endpoints.loaded, named = endpoints.named }
Facade.__index = Facade

local look, forget = endpoints.look, endpoints.forget

local defaults = {
    network = { enabled = true, bindto = "127.0.0.1", port = 9192, allowed_hosts = {} },
    ssl = { enabled = false }, auth = {}, plugin_parms = {}, file_server = {}, paths = {}, plugins = {}, metrics = { enabled = true },
    limits = {
        body = 16777216, header = 65536, json_depth = 64, json_size = 4194304, connections = 4096, waiting = 1024, answer_time = 30, drain_time = 10,
    },
}

-- Takes over settings; the listener is another matter.
local function apply(self, settings)
    settings = complete(settings, defaults)
    local before = self.settings
    self.settings = settings
    self.access = accessModule.new(settings.cors)
    self.files = documents.new(self.manager, settings)
    self.limits = settings.limits
    self.codings = {} -- what loads know of codings counts no more
    self.key = settings.auth.apikey
    if self.key == "" then self.key = nil end
    if self.key then self.manager.logs:secret(self.key) end
    for _, parameters in pairs(settings.plugin_parms) do
        if type(parameters.apikey) == "string" then self.manager.logs:secret(parameters.apikey) end
    end
    if settings.metrics.enabled then
        self.counts = require("http.metrics")(self.manager)
        self.count = self.counts:requests("plugin_server")
    else
        self.counts, self.count = nil, nil
    end
    local path = settings.file_server.common_log
    if path == "" then path = nil end
    if self.file and (not path or self.file.path ~= path) then
        self.file:close()
        self.file = nil
    end
    if self.file then
        self.file:flush()
        self.file:open()
    elseif path then
        self.file = requestLog.file(path, function(message) self.manager.logs:write("plugin_server", "warning", message) end)
    end
    self.logLevel = settings.network.log_requests and "info" or settings.logs and settings.logs.level == "debug" and "debug" or nil
    self.watches = self.logLevel ~= nil or self.file ~= nil
    if before then self.endpoints = {} end
end

----------------------------------------------------------------------------------------------------------------------
-- Requests

-- Finds out how a load's values become JSON: its own textutils have what stands for null and for the empty array.
local function codings(self, load)
    local ok, null, empty = self.manager:callLoad({ name = "textutils" }, load, function()
        local textutils = load.env.textutils
        return textutils.json_null, textutils.empty_json_array
    end)
    if not ok or type(null) ~= "table" or type(empty) ~= "table" then null, empty = textutils.json_null, textutils.empty_json_array end
    -- With the load, so that it goes with it.
    load.coding = {
        of = self.codings,
        encode = { null = null, empty_array = empty },
        decode = { null = null, empty_array = empty, max_depth = self.limits.json_depth, duplicates = true },
    }
end

local function unauthorized(exchange) return answer.json(exchange, 403, { error = "unauthorized" }) end

-- Whether a request has the key of a plugin.
local function authorized(self, endpoint, exchange, values)
    local right
    if endpoint.auth == "global" then
        right = self.key
    elseif endpoint.auth == "plugin" then
        right = endpoint.key
    end
    if not guards.fits(bag.key(exchange, values), right) then return false end
    exchange.authorized = endpoint.auth
    return true
end

-- What comes behind the plugin's name, decoded: nil if that is nothing, false if it can't be a path.
local function subpathOf(path, at)
    if not at then return nil, "" end
    local rest = sub(path, at + 1)
    if not find(rest, "[%%%z\128-\255]") and not find(rest, ".", 1, true) then return rest, rest end
    local segments = url.segments("/" .. rest)
    if not segments then return false, rest end
    return table.concat(segments, "/"), rest
end

-- Why there is no route for a request.
local function unrouted(exchange, endpoint, why, allow)
    if why == "method" then
        exchange.set("Allow", allow)
        if exchange.method == "OPTIONS" then
            return answer.empty(exchange, 204)
        end
        return answer.json(exchange, 405, { error = "Method Not Allowed" })
    elseif why == "unknown" then
        return answer.json(exchange, 404, { error = ("Plugin %s not found"):format(endpoint.plugin) })
    end
    return answer.text(exchange, 404, "404: Not Found")
end

local function fail(self, exchange, message, code, trace, value)
    if code == "error" then
        local status, text = answer.thrown(value)
        if status then
            message, code, trace = text, "thrown", nil
            exchange.thrown = status
        end
    end
    if not exchange.response.isOpen() then return end
    -- Part of it has been sent: only a broken connection tells the client.
    if exchange.streams then error(message, 0) end
    if exchange.thrown then
        if not pcall(answer.json, exchange, exchange.thrown, { error = message }) then answer.json(exchange, exchange.thrown, { error = "Error" }) end
        return
    end
    answer.failure(exchange, message, code, self.settings.plugins.development and (trace or "") or nil)
end

-- Sends what has come of a call.
local function conclude(self, exchange, encode, ok, first, second, third, fourth)
    if not ok then return fail(self, exchange, first, second, third, fourth) end
    local message = answer.send(exchange, encode, first, second, third)
    if message then
        self.manager.logs:write(exchange.plugin, "error", message, { request = exchange.id })
        if exchange.streams then error(message, 0) end
        answer.failure(exchange, message, "error")
    end
end

-- Whether a call may take longer than others: once its response is a stream.
local function patient(task) return task.caller.streams end

-- Calls the handler of a route. In a task it waits for what comes of it; without one, the exchange is finished when the handler has returned.
local function call(self, exchange, route, coding, values)
    local manager, timeout = self.manager, self.limits.answer_time
    local name = route.method .. " " .. route.path
    if exchange.waits then
        return conclude(self, exchange, coding.encode, manager:callLoad(
            { name = name, timeout = timeout, expected = answer.isExpected, patient = function() return exchange.streams end }, route.load, route.handler, values))
    end
    exchange.pending = true
    local started, message = pcall(manager.startCall, manager, { name = name, timeout = timeout, patient = patient, expected = answer.isExpected }, route.load, exchange,
        function(...) return self:finish(exchange, pcall(conclude, self, exchange, coding.encode, ...)) end, route.handler, values)
    if not started then
        exchange.pending = nil
        return fail(self, exchange, tostring(message), "busy")
    end
end

-- A WebSocket, for a route of the method WEBSOCKET.
local function serveSocket(self, exchange, route, values, subpath)
    local manager = self.manager
    local _ = bag.fill(exchange, values, route.kind == "route" and route.params or nil, subpath)
    local own = { request_headers = _.request_headers, client_ip = _.client_ip, request = _.request } -- not to be had afterwards
    local socket, message, status = exchange.request.upgrade()
    if not socket then return answer.json(exchange, status or 400, { error = message }) end
    exchange.status, exchange.closed = 101, true
    for name, value in next, own do values[name] = value end
    local ok, problemText, code = manager:callWith({ timeout = math.huge, name = "WEBSOCKET " .. route.path }, route.plugin, route, socket, values)
    if not ok and code ~= "unloaded" and not find(tostring(problemText), "closed", 1, true) then pcall(socket.close, 1011, "the handler has failed") end
    pcall(socket.close)
end

local servePlugin
function servePlugin(self, exchange, endpoint, at)
    local manager, method = self.manager, exchange.method
    local subpath, raw = subpathOf(exchange.path, at)
    if subpath == false then return answer.text(exchange, 404, "404: Not Found") end
    local wanted = self.access.preflight(method, exchange.headers)
    if wanted then
        local route = manager:route(endpoint.plugin, wanted, raw)
        self.access:answerPreflight(exchange.headers, exchange.set, route and wanted)
        return answer.empty(exchange, 204)
    end
    local upgrade = rawget(exchange.headers, "Upgrade")
    local route, why, allow
    if upgrade and exchange.request.isWebsocket() then
        route, why, allow = manager:route(endpoint.plugin, "WEBSOCKET", raw)
        upgrade = route ~= nil and route.method == "WEBSOCKET"
    else
        upgrade = false
    end
    if not upgrade then route, why, allow = manager:route(endpoint.plugin, method, raw) end
    if route and method == "OPTIONS" and route.method ~= "OPTIONS" then
        route, why, allow = nil, "method", "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS"
    end
    -- Who has no key learns nothing of what there is.
    if not route and not endpoint.auth then return unrouted(exchange, endpoint, why, allow) end
    -- These wait.
    local coding = route and route.load.coding
    if coding and coding.of ~= self.codings then coding = nil end
    if route and not exchange.waits and (upgrade or not coding) then return true end
    if route and not coding then
        -- Meanwhile the plugin may be another one.
        codings(self, route.load)
        return servePlugin(self, exchange, endpoint, at)
    end
    local values = bag.read(exchange, self.limits, coding and coding.decode)
    if endpoint.auth and not authorized(self, endpoint, exchange, values) then return unauthorized(exchange) end
    if not route then return unrouted(exchange, endpoint, why, allow) end
    exchange.plugin = endpoint.plugin
    if upgrade then return serveSocket(self, exchange, route, values, subpath) end
    bag.fill(exchange, values, route.kind == "route" and route.params or nil, subpath)
    return call(self, exchange, route, coding, values)
end

local function serveUtility(self, exchange, utility, at)
    local method = exchange.method
    if self.access.preflight(method, exchange.headers) then
        self.access:answerPreflight(exchange.headers, exchange.set)
        return answer.empty(exchange, 204)
    end
    local id = at and sub(exchange.path, at + 1):gsub("/+$", "") or ""
    if find(id, "%", 1, true) then id = url.decode(id) or "" end
    if (id ~= "") ~= utility.named then return answer.text(exchange, 404, "404: Not Found") end
    local allowed = method == "GET" or method == "POST" or method == "HEAD" and not utility.effect
    if not allowed then
        exchange.set("Allow", utility.effect and "GET, POST, OPTIONS" or "GET, HEAD, POST, OPTIONS")
        if method == "OPTIONS" then
            return answer.empty(exchange, 204)
        end
        return answer.json(exchange, 405, { error = "Method Not Allowed" })
    end
    if self.key then
        local values = bag.read(exchange, self.limits, { max_depth = self.limits.json_depth, duplicates = true })
        if not guards.fits(bag.key(exchange, values), self.key) then return unauthorized(exchange) end
    end
    return utility.run(self, exchange, id)
end

-- Serves a request. Returns true if that needs a task, and there is none.
local function serve(self, exchange)
    local path, headers = exchange.path, exchange.headers
    local second = find(path, "/", 2, true)
    local segment = sub(path, 2, (second or 0) - 1)
    local utility = utilities[segment]
    if utility == utilities.metrics and not self.counts then utility = nil end
    if rawget(headers, "Origin") or rawget(headers, "Sec-Fetch-Site") or self.access.enabled then
        local ok, refusal = self.access:admit(exchange.method, headers, exchange.set, utility ~= nil and utility.effect)
        if not ok then
            if refusal == "origin" then return answer.text(exchange, 403, "CORS origin not allowed") end
            return answer.json(exchange, 403, { error = "pages of other sites may not do that" })
        end
    end
    if utility then return not exchange.waits or serveUtility(self, exchange, utility, second) end
    local endpoint = self.endpoints[segment]
    if endpoint == nil then endpoint = look(self, segment) end
    if endpoint then return servePlugin(self, exchange, endpoint, second) end
    local files = self.files:find(path)
    if files and not exchange.waits then return true end
    if files then
        local message = self.files:serve(exchange, files)
        if message then self.manager.logs:write("plugin_server", "error", message, { request = exchange.id }) end
        return
    end
    if path == "*" and exchange.method == "OPTIONS" then
        return answer.empty(exchange, 204)
    end
    return answer.text(exchange, 404, path == "/" and "404: Not Found\n\nA plugin answers at /NAME; /plugins lists them." or "404: Not Found")
end

-- What the host throws for a body that is not as it should be.
local FAULTS = { ["the request's body is too large"] = 413, ["the request's body did not arrive in time"] = 408, ["the request's body is malformed"] = 400 }

-- Answers for what was thrown while a request was served; an error that is not the client's goes on.
local function rescue(self, exchange, failure)
    if not exchange.response.isOpen() or exchange.streams or exchange.closed then
        if type(failure) == "string" and find(failure, "the client has gone", 1, true) then return end
        if exchange.streams then error(failure, 0) end
        return
    end
    if problem.is(failure) then return answer.problem(exchange, failure) end
    local text = tostring(failure)
    for fault, status in pairs(FAULTS) do
        if find(text, fault, 1, true) then return answer.json(exchange, status, { error = fault }) end
    end
    self.manager.logs:write("plugin_server", "error", text, { request = exchange.id })
    answer.json(exchange, 500, { error = "Internal Server Error" })
end

-- Writes down what has come of a request.
local function note(self, exchange)
    local status = exchange.status
    local seconds = clock() - exchange.started
    if self.count then self.count(status, seconds) end
    if not self.watches then return end
    local address = exchange.address or "-"
    if self.file then self.file:add(requestLog.line(exchange, address, status, os.epoch("utc") / 1000)) end
    if self.logLevel then
        self.manager.logs:write("plugin_server", self.logLevel, format("%s %s %s %d %.1fms", address, exchange.method, redact(exchange.target), status, seconds * 1000),
            { request = exchange.id })
    end
end

-- What is known of a request, before anything is done for it.
local function begin(self, request, response)
    local target, headers = request.getURL(), request.getRequestHeaders()
    local path, query = split(target)
    local id, set = requests.id(rawget(headers, "X-Request-Id")), response.setResponseHeader
    local exchange = setmetatable({
        request = request, response = response, method = request.getMethod(), target = target, path = path or "", query = query, headers = headers, set = set,
        id = id, started = clock(),
    }, self.exchanges)
    if self.watches then exchange.address = request.getRemoteAddress() end
    set("X-Request-Id", id)
    return exchange
end

---Ends an exchange: answers for what was thrown, and writes it down. It throws if only a broken connection can tell the client.
---@param exchange table
---@param ok boolean
---@param failure any
function Facade:finish(exchange, ok, failure)
    local listener = exchange.listener
    if listener then listener.running = listener.running - 1 end
    local broken
    if not ok then
        exchange.status = problem.is(failure) and failure.status or 500
        ok, failure = pcall(rescue, self, exchange, failure)
        broken = not ok
    end
    pcall(note, self, exchange)
    if not broken then return end
    if exchange.waits then error(failure, 0) end
    self.manager.listeners.fail(exchange.response, failure)
end

-- Sees each request first, in the manager's loop: calls of plugins need no task besides the plugin's own. What waits gets one.
local function direct(self, request, response, listener)
    local ok, exchange = pcall(begin, self, request, response)
    if not ok then return false end -- the client has gone
    local failure
    ok, failure = pcall(serve, self, exchange)
    if ok and failure == true then
        exchange.waits = true
        return exchange
    end
    if exchange.pending then
        listener.running = listener.running + 1
        exchange.listener = listener
        return nil
    end
    self:finish(exchange, ok, failure)
    return nil
end

local function handle(self, exchange)
    if not exchange then return end
    return self:finish(exchange, pcall(serve, self, exchange))
end

----------------------------------------------------------------------------------------------------------------------
-- Start, reload and end

local function write(path, text)
    local file, message = fs.open(path, "wb")
    if not file then error("the certificate can't be kept in memory: " .. tostring(message), 0) end
    file.write(text)
    file.close()
end

-- The listener's options for the settings.
local function options(self)
    local settings = self.settings
    local network, limits = settings.network, settings.limits
    local all = requests.listenOptions(network, limits)
    all.name = "plugin_server"
    all.origins = { "*" } -- they are checked here, where CORS is
    if settings.ssl.enabled then
        if not settings.ssl.cert or not settings.ssl.key then error("ssl.enabled needs ssl.certfile and ssl.keyfile", 0) end
        if self.cert ~= settings.ssl.cert or self.certKey ~= settings.ssl.key then
            fs.makeDir(fs.getDir(CERT))
            write(CERT, settings.ssl.cert)
            write(KEY, settings.ssl.key)
            self.cert, self.certKey = settings.ssl.cert, settings.ssl.key
        end
        all.tls = { cert = CERT, key = KEY }
    end
    return all
end

local function listen(self, all)
    all.direct = function(request, response, listener) return direct(self, request, response, listener) end
    self.listener = self.manager:listen(all, function(_, _, exchange) return handle(self, exchange) end)
    self.options = all
    self.address = requests.address(self.settings.network, self.listener.port, all.tls and "https")
end

---Opens the port. Throws what to do if that can't be.
function Facade:start()
    if not self.settings.network.enabled then return end
    for _, name in ipairs(self.manager:running()) do forget(self, { name = name, running = true }) end
    local ok, message = pcall(function() listen(self, options(self)) end)
    if not ok then error("the Plugin Server: " .. tostring(message), 0) end
    self.cancel = self.manager:every(1, function()
        if self.file then self.file:flush() end
    end, true)
end

---Closes the port; requests that are being answered may finish.
function Facade:stop()
    local listener = self.listener
    self.listener, self.address = nil, nil
    if self.cancel then self.cancel() end
    self.cancel = nil
    if listener then listener:close(self.limits.drain_time) end
    if self.file then self.file:close() end
    self.file = nil
end

-- Puts new settings into effect for the port.
local function move(self)
    local network = self.settings.network
    local all = options(self)
    local before = self.options
    if network.port == before.port and all.host == before.host then
        all.port = self.listener.port
        self.listener:replace(all)
        all.port = network.port
        self.options = all
        self.address = requests.address(network, self.listener.port, all.tls and "https")
        return
    end
    local old = self.listener
    listen(self, all)
    self.manager:spawn(function() old:close(self.limits.drain_time) end)
end

---Takes over settings that were read anew. What can't be done is in the log, and the port stays as it was.
---@param settings table
function Facade:reload(settings)
    apply(self, settings)
    local log = self.manager.logs
    if self.listener and not self.settings.network.enabled then
        self:stop()
        log:write("plugin_server", "info", "the Plugin Server is off")
        return
    end
    local ok, message
    if not self.listener then
        ok, message = pcall(self.start, self)
    else
        ok, message = pcall(move, self)
    end
    if not ok then log:write("plugin_server", "error", "the new settings of the server can't be used, the old ones stay: " .. tostring(message)) end
end

local function copy(value)
    if type(value) ~= "table" then return value end
    local result = {}
    for name, each in pairs(value) do result[name] = copy(each) end
    return result
end

---Makes the Plugin Server.
---@param manager Manager
---@param settings table
---@return plugin_server.Facade
return function(manager, settings)
    local self = setmetatable({
        name = "plugin_server", manager = manager, endpoints = {}, warned = {}, known = 0,
        exchanges = { __index = { logs = manager.logs, redact = redact, status = 200 } },
    }, Facade)
    apply(self, settings)
    manager:extend("PLUGIN_PARAMS", function(plugin) return copy(self.settings.plugin_parms[lower(plugin.name)] or {}) end)
    manager:on("loaded", function(info) forget(self, info) end)
    manager:on("unloaded", function() forget(self) end)
    return self
end
