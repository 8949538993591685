-- A connection: it reads requests, has them run side by side, and sends what comes of them as they end.
--
-- Reading is a task of the control plane. Calls of plugins end in between, so that what they touch (send, settle) must neither wait nor rely
-- on more than a few assignments in a row happening at once; see outbox.lua.

local parameters = require "facades.rpc.parameters"
local protocol = require "facades.rpc.protocol"
local view = require "facades.rpc.view"

local parse, classify, failure, result = protocol.parse, protocol.classify, protocol.failure, protocol.result
local pcall, type, unpack, yield = pcall, type, table.unpack, coroutine.yield
local null = protocol.null

---@class rpc.Client
---@field number integer
---@field address string
---@field socket http.ServerWebsocket
---@field server rpc.Server
---@field authorized boolean
---@field subscriptions string[] in order
---@field flying integer requests and notifications that run
---@field backlog? { first: integer, last: integer, [integer]: string } what the client has not taken
---@field waiting integer bytes of it
---@field held boolean whether reading waits
---@field closed boolean
---@field asked table<string, table> our requests, by id
---@field views table<table, rpc.ClientView> by the record of the load of a plugin that has it
local Client = {}
Client.__index = Client

---Makes a client of a connection.
---@param server rpc.Server
---@param number integer
---@param socket http.ServerWebsocket
---@param authorized boolean
---@return rpc.Client
local function new(server, number, socket, authorized)
    local host, port = socket.getRemoteAddress()
    return setmetatable({
        server = server, number = number, socket = socket, trySend = socket.trySend, address = tostring(host) .. ":" .. tostring(port), authorized = authorized,
        subscriptions = {}, flying = 0, backlog = nil, waiting = 0, held = false, closed = false, asked = {}, lastAsked = -1,
        event = "rpc_client_" .. number, views = {},
    }, Client)
end

----------------------------------------------------------------------------------------------------------------------
-- Sending

-- Sends what the client has not taken so far, waiting for it.
local function drain(self)
    local backlog = self.backlog
    while backlog.first <= backlog.last and not self.closed do
        local first = backlog.first
        local text = backlog[first]
        local ok, message = pcall(self.socket.send, text)
        if not ok then
            if not self.closed and tostring(message):find("too slowly", 1, true) then self:tooSlow() end
            self.closed = true
            break
        end
        backlog[first] = nil
        backlog.first = first + 1
        self.waiting = self.waiting - #text
        self.server.waiting = self.server.waiting - #text
    end
    self.server.waiting = self.server.waiting - self.waiting
    self.backlog, self.waiting = nil, 0
    if self.held then self.server:wake(self) end
end

---Sends a text, unless others wait to be sent: it comes behind them. Tasks of the control plane, and what runs when a call ends, may call it.
---@param text string
---@param reply? boolean it answers the client, which has asked for so much itself
function Client:send(text, reply)
    local outbox = self.server.outbox
    if outbox:busy() then return outbox:put(self, text, reply) end
    return self:write(text, reply)
end

---Sends a text now.
---@param text string
---@param reply? boolean
function Client:write(text, reply)
    if self.closed then return end
    local backlog = self.backlog
    if not backlog then
        local ok, taken = pcall(self.trySend, text)
        if not ok or taken then return end -- the connection has ended, or it is on its way
        backlog = self.backlog
    end
    local server, size = self.server, #text
    if not reply and self.waiting + size > server.limits.send_buffer or server.waiting + size > server.limits.send_buffer * 16 then return self:tooSlow() end
    if backlog then
        local last = backlog.last + 1
        backlog[last], backlog.last = text, last
        self.waiting, server.waiting = self.waiting + size, server.waiting + size
        return
    end
    self.backlog = { first = 1, last = 1, text }
    self.waiting, server.waiting = self.waiting + size, server.waiting + size
    if not pcall(server.later, drain, self) then return self:tooSlow() end
end

---Ends the connection of a client that does not take what it has asked for.
function Client:tooSlow()
    if self.closed then return end
    self.closed = true
    local server = self.server
    server.slow = server.slow + 1
    server.manager.metrics:count("rpc_slow_clients_total", {}, 1)
    server:log("warning", ("the client %s reads too slowly: its connection is closed"):format(self.address))
    pcall(self.socket.close, 1013, "Too slow")
end

---Closes the connection.
---@param code integer
---@param reason string
function Client:close(code, reason)
    self.closed = true
    pcall(self.socket.close, code, reason)
end

----------------------------------------------------------------------------------------------------------------------
-- Requests

-- Gives the text that answers a request to whoever waits for it: the client, or the batch that the request is part of. nil: nothing is to be
-- answered.
local function settle(self, text, batch, index)
    if not batch then
        if text then self:send(text, true) end
        return
    end
    batch[index] = text
    batch.left = batch.left - 1
    if batch.left > 0 then return end
    local answers = {}
    for i = 1, batch.n do answers[#answers + 1] = batch[i] end
    if answers[1] then
        local all = protocol.batch(answers)
        if #all > self.server.limits.max_message then
            all = failure(nil, protocol.INTERNAL, "Internal Error", "the results of the batch are together larger than max_message")
        end
        self:send(all, true)
    end
end

-- The error that a call of a plugin has ended with, as the client sees it.
local function problem(self, id, message, code, trace, value)
    local thrown = protocol.thrown(value)
    if thrown then return failure(id, thrown.code, thrown.message, thrown.data) end
    if code == "timeout" or code == "deadline" then return failure(id, protocol.TIMEOUT, "timeout", message) end
    if code == "unloaded" then return failure(id, protocol.UNLOADED, "the plugin was unloaded meanwhile") end
    if code == "memory" then return failure(id, protocol.INTERNAL, "Internal Error", "not enough memory") end
    local unwritable = protocol.unwritable(value)
    local data = unwritable
    if self.server.development then data = { message = message, traceback = trace } end
    return failure(id, protocol.INTERNAL, "Internal Error", data)
end

-- What runs as the plugin: its time and its memory are what the text takes.
local perform
function perform(globals, nulls, fn, ...)
    if not nulls then
        local value = fn(...)
        local kindOf = type(value)
        if kindOf == "boolean" or kindOf == "nil" then return tostring(value == nil and "null" or value) end
        return protocol.encodeResult(value, kindOf == "table" and protocol.writingOf(globals) or nil)
    end
    local values = table.pack(...)
    for i = 1, values.n do values[i] = protocol.adopt(values[i], globals.textutils.json_null) end
    return perform(globals, false, fn, unpack(values, 1, values.n))
end

local function startCall(self, method, values, n, id, batch, index)
    local fn = method.fn
    local function done(ok, ...)
        self.flying = self.flying - 1
        if self.held then self.server:wake(self) end
        if not id then return batch and settle(self, nil, batch, index) end
        if self.closed then return end
        if not ok then return settle(self, problem(self, id, ...), batch, index) end
        local text = ...
        if #text + #id + 64 > self.server.limits.max_message then
            return settle(self, failure(id, protocol.INTERNAL, "Internal Error", "the result is larger than max_message"), batch, index)
        end
        return settle(self, result(id, text), batch, index)
    end
    self.flying = self.flying + 1
    local ok, message = pcall(method.plugin.start, method.plugin, method.options, self, done, perform, method.record.globals, self.nulls, fn, unpack(values, 1, n))
    if not ok then
        self.flying = self.flying - 1
        return settle(self, id and failure(id, protocol.BUSY, "busy", tostring(message)), batch, index)
    end
end

-- Runs one of the server's own methods.
local function own(self, method, params, id, batch, index)
    local ok, value = pcall(function()
        if method.raw then return method.fn(self, params) end
        local args, kwargs = parameters.sort(params)
        local values, n = parameters.bind(method.params or {}, args, kwargs)
        if not values then error { code = protocol.PARAMS, message = n } end
        return method.fn(self, unpack(values, 1, n))
    end)
    if not id then return settle(self, nil, batch, index) end
    local text
    if ok then
        ok, text = pcall(protocol.encode, value)
        if ok then
            text = result(id, text)
        else
            text = failure(id, protocol.INTERNAL, "Internal Error", tostring(text))
        end
    else
        local thrown = protocol.thrown(value)
        if thrown then
            text = failure(id, thrown.code, thrown.message, thrown.data)
        else
            self.server:log("error", method.name .. ": " .. tostring(value))
            text = failure(id, protocol.INTERNAL, "Internal Error")
        end
    end
    if #text > self.server.limits.max_message then text = failure(id, protocol.INTERNAL, "Internal Error", "the result is larger than max_message") end
    return settle(self, text, batch, index)
end

-- Runs a request or notification. It may go on when this has returned.
local function handle(self, value, batch, index)
    local name, id, what = classify(value)
    if not name then
        if name == false then
            self:answered(id, value)
            return settle(self, nil, batch, index)
        end
        return settle(self, failure(id, protocol.INVALID, "Invalid request", what), batch, index)
    end
    local server = self.server
    local method = server.methods:find(name)
    if not self.authorized and not (method and method.open) then
        return settle(self, id and failure(id, protocol.UNAUTHORIZED, "unauthorized", 'a token is needed: send {"jsonrpc":"2.0","method":"AUTH","params":["TOKEN"],"id":1} first'), batch, index)
    end
    if not method then return settle(self, id and failure(id, protocol.MISSING, "Method not found"), batch, index) end
    local params = value.params
    if not method.plugin then
        if not method.waits then return own(self, method, params, id, batch, index) end
        self.flying = self.flying + 1
        server.manager:spawn(function()
            own(self, method, params, id, batch, index)
            self.flying = self.flying - 1
            if self.held then server:wake(self) end
        end)
        return
    end
    local args, kwargs = parameters.sort(params, method.plain)
    local values, n
    local declared = method.params
    if declared then
        values, n = parameters.bind(declared, args, kwargs)
        if not values then return settle(self, id and failure(id, protocol.PARAMS, n), batch, index) end
    end
    if method.context then
        if declared then
            args, kwargs = values, {}
            for i = 1, #declared do kwargs[declared[i].name] = values[i] end
        else
            args = parameters.free(args)
        end
        values, n = { args, kwargs or {}, { client = self:view(method.record), method = method.name, notification = id == nil } }, 3
    elseif not declared then
        values, n = parameters.free(args, kwargs)
    end
    return startCall(self, method, values, n, id, batch, index)
end

-- Waits until fewer requests run than may, and until the client has taken what it was sent.
local function hold(self)
    local most = self.server.limits.max_in_flight
    while (self.flying >= most or self.backlog) and not self.closed do
        self.held = true
        yield(self.event)
    end
    self.held = false
end

---Takes a message.
---@param text string
function Client:take(text)
    local server = self.server
    if server.outbox:busy() then server.outbox:flush() end
    local value, batch = parse(text, server.reading)
    self.nulls = text:find("null", 1, true) ~= nil -- a plugin has its own
    if value == nil then return self:send(failure(nil, protocol.PARSE, "Invalid JSON was received", batch), true) end
    if not batch then
        handle(self, value)
        if self.flying >= server.limits.max_in_flight or self.backlog then hold(self) end
        return
    end
    local n = #value
    if n == 0 then return self:send(failure(nil, protocol.INVALID, "Invalid request", "the batch is empty"), true) end
    if n > server.limits.max_batch then
        return self:send(failure(nil, protocol.INVALID, "Invalid request", ("a batch may have %d requests, not %d"):format(server.limits.max_batch, n)), true)
    end
    local answers = { left = n, n = n }
    for i = 1, n do
        handle(self, value[i], answers, i)
        if self.flying >= server.limits.max_in_flight then hold(self) end
    end
    if self.backlog then hold(self) end
end

---Reads until the connection ends.
function Client:run()
    local server, receive = self.server, self.socket.receive
    if not self.authorized then
        local text, binary = receive(server.limits.auth_time)
        if text and not binary then self:take(text) end
        if not self.authorized then
            self:close(1008, "a token is needed")
            return
        end
    end
    while not self.closed do
        local text, binary = receive()
        if not text then return end
        if binary then
            self:send(failure(nil, protocol.PARSE, "Invalid JSON was received", "it came as bytes; send texts"), true)
        else
            self:take(text)
        end
    end
end

---What a plugin gets of the client.
---@param record table of the plugin
---@return rpc.ClientView
function Client:view(record) return view(self, record) end

---The load of a plugin has ended: the client keeps nothing of it.
---@param record table of the plugin
function Client:leave(record) self.views[record] = nil end

---Ends what there is of the client.
function Client:finish()
    self.closed = true
    local server = self.server
    for _, name in ipairs(self.subscriptions) do
        local topic = server.topics:find(name)
        if topic then server.topics:unsubscribe(topic, self) end
    end
    self.subscriptions = {}
    for id, question in pairs(self.asked) do
        self.asked[id] = nil
        question.done = { false, "the client has gone" }
        server:wakeTask(question.event)
    end
end

---A topic has ended.
---@param name string
function Client:forget(name)
    for i = #self.subscriptions, 1, -1 do
        if self.subscriptions[i] == name then table.remove(self.subscriptions, i) end
    end
end

----------------------------------------------------------------------------------------------------------------------
-- Requests of ours

---Asks the client, and waits for its answer. It is to be called in a task of the control plane.
---@param method string
---@param params? string JSON
---@param timeout number seconds
---@return boolean ok
---@return any result or message
---@return integer? code
---@return any data
function Client:ask(method, params, timeout)
    if self.closed then return false, "the client has gone" end
    local server = self.server
    self.lastAsked = self.lastAsked + 1
    local id = tostring(self.lastAsked)
    server.questions = server.questions + 1
    local question = { event = "rpc_question_" .. server.questions }
    self.asked[id] = question
    server.outbox:flush()
    self:send(protocol.request(method, params, id))
    local cancel = server.manager:after(timeout, function()
        question.done = question.done or { false, ("no answer within %g seconds"):format(timeout) }
        server:wakeTask(question.event)
    end, true)
    while not question.done do yield(question.event) end
    cancel()
    self.asked[id] = nil
    return unpack(question.done, 1, 4)
end

---An answer has come. One that nobody waits for is no error: it may be late.
---@param id? string
---@param value rpc.Message
function Client:answered(id, value)
    local question = id and self.asked[id]
    if not question or question.done then return end
    local given = value.error
    if given ~= nil then
        local about = type(given) == "table" and given or {}
        local data = about.data
        question.done = { false, type(about.message) == "string" and about.message or "an error without a message", type(about.code) == "number" and about.code or nil, data ~= null and data or nil }
    else
        local answer = value.result
        if answer == null then answer = nil end
        question.done = { true, answer }
    end
    self.server:wakeTask(question.event)
end

return { new = new }
