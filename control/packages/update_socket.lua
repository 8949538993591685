-- Updates for clients of the API: one WebSocket is one update. Prompts go out with a token and with the answers that can be sent back, progress as it comes,
-- and in the end exactly one message that says how it went. When the client closes the socket, the update is cancelled.
--
-- Three coroutines share the work: one reads what the client sends, one sends, in order, and one updates. So an update never waits for a
-- slow client but at prompts, and sees at once that the client has gone.

local digest = require "luart.digest"
local failure = require "packages.failure"
local json = require "luart.json"
local url = require "cc.http.url"

---@class packages.update_socket
local socket = {}

local MAX_ANSWER = 65536 -- bytes of a message of a client
local MAX_WAITING = 1000 -- messages that wait to be sent, beyond which how far downloads are is left out

local order = {
    "$type", "title", "detail", "package", "label", "variantId", "url", "length", "downloaded", "success", "toRemove", "toInstall", "version", "variant",
    "warnings", "choices", "descriptions", "info", "previouslySelectedValue", "importedValues", "progress", "numerator", "denominator", "ok", "token",
    "responses", "body",
}

---@class packages.UpdateSession
---@field event string wakes those that wait
---@field queue table[] messages to be sent, from first to last
---@field prompt? { token: string, choices?: table<string, true>, answer: any } that is open
---@field closed boolean the client has gone
---@field cancelled boolean the server is about to end
---@field over boolean nothing is added to the queue any more
local Session = {}
Session.__index = Session

local sessions, made = {}, 0

function Session:wake() os.queueEvent(self.event) end
function Session:wait() os.pullEvent(self.event) end
function Session:ended() return self.closed or self.cancelled end

---Adds a message to those to be sent.
---@param message table
---@param prompt? table that must be answered before the next message is sent
function Session:push(message, prompt)
    if message["$type"] == "/progress/download/intermediate" and self.last - self.first >= MAX_WAITING then return end
    self.last = self.last + 1
    self.queue[self.last] = { message = message, prompt = prompt }
    self:wake()
end

local function encode(message)
    local ok, text = pcall(json.encode, message, { order = order, max_depth = 100 })
    if ok and text then return text end
    -- A text that is no UTF-8, from somewhere.
    return json.encode({ ["$type"] = message["$type"], title = "Unexpected error.", detail = "" }, { order = order })
end

-- Sends what there is, until all is sent or the client has gone.
function Session:send()
    while not self.closed do
        local item = self.queue[self.first]
        if item then
            self.queue[self.first] = nil
            self.first = self.first + 1
            if not pcall(self.socket.send, encode(item.message)) then
                self.closed = true
                self:wake()
            end
            while item.prompt and self.prompt == item.prompt and not self:ended() do self:wait() end
        elseif self.over then
            break
        else
            self:wait()
        end
    end
    pcall(self.socket.close, 1000)
end

-- Takes a message of the client: an answer to the open prompt, or nothing of use.
function Session:take(text, binary)
    local prompt = self.prompt
    local value = not binary and #text <= MAX_ANSWER and json.decode(text, { null = json.null, max_depth = 32 }) or nil
    local why
    if type(value) ~= "table" or value["$type"] ~= "/prompt/response" then
        why = "it is no response to a prompt"
    elseif not prompt then
        why = "there is no prompt"
    elseif value.token ~= prompt.token then
        why = "its token is another one"
    elseif prompt.choices and not (type(value.body) == "string" and prompt.choices[value.body]) then
        why = "its body is none of the choices"
    end
    if why then return self.log("debug", "a message of the client was ignored: " .. why) end
    prompt.answer, self.prompt = value.body, nil
    self:wake()
end

-- Reads what the client sends, until it has gone.
function Session:receive()
    pcall(function()
        while true do
            local text, binary = self.socket.receive()
            if not text then break end
            self:take(text, binary)
        end
    end)
    self.closed = true
    self:wake()
end

-- Asks the client, and waits for its answer.
function Session:ask(prompt)
    local token = digest.toHex(digest.random(4)):gsub("^0+(%x)", "%1")
    local isJson = prompt["$type"]:find("^/prompt/json/") ~= nil
    local message, responses, choices = {}, {}, {}
    for k, v in pairs(prompt) do message[k] = v end
    for _, choice in ipairs(prompt.choices) do
        local body = choice
        if prompt.bodies then body = prompt.bodies[choice] end
        responses[choice] = { ["$type"] = "/prompt/response", token = token, body = body }
        choices[choice] = true
    end
    message.bodies, message.token, message.responses = nil, token, responses
    local open = { token = token, choices = not isJson and choices or nil }
    self.prompt = open
    self:push(message, open)
    while self.prompt == open and not self:ended() do self:wait() end
    if self.prompt == open then
        self.prompt = nil
        failure.throw("aborted", "Operation aborted.", "")
    end
    return open.answer
end

-- Updates, and says how it went.
function Session:work(run, o)
    local ok, e = pcall(run, o)
    if ok then
        self:push { ["$type"] = "/result", ok = true }
    else
        if not failure.is(e) then self.log("error", "the update has failed: " .. tostring(e)) end
        if self.cancelled and failure.is(e, "aborted") then e = failure.new("aborted", "Operation aborted.", "The server ends.") end
        self:push(failure.object(e))
    end
    self.over = true
    self:wake()
end

local function text(value)
    if type(value) == "string" and value ~= "" and #value <= 8192 and not value:find "[%c]" then return value end
end

-- The options that the address of a socket has.
local function optionsOf(query, context)
    local function secret(name) return context.manager and text(context.manager:secret(name)) end
    local token = text(query.simtropolisToken) or secret "SC4PAC_SIMTROPOLIS_TOKEN"
    return {
        refresh = query.refreshChannels ~= nil, api = query.api or context.api, token = token and not token:find('"', 1, true) and token or nil,
        cookie = text(query.simtropolisCookie) or secret "SC4PAC_SIMTROPOLIS_COOKIE",
    }
end

---@class packages.UpdateContext
---@field store? packages.Store
---@field profile? packages.Profile the one that the address names unless given
---@field manager? Manager for plugins of luart, secrets and the log
---@field log? fun(level: string, message: string)
---@field api? string the version of the API for clients that don't say which they know; "2.0" unless given

---Serves a WebSocket, until it is closed. Of its address count profile, refreshChannels, simtropolisToken, simtropolisCookie, and api, the version of the
---API that the client knows.
---@param run fun(o: packages.UpdateRun): packages.UpdateResult
---@param ws http.ServerWebSocket
---@param _ any the request
---@param context packages.UpdateContext
function socket.serve(run, ws, _, context)
    local log = context.log or function(level, message)
        if context.manager then context.manager.logs:write("packages", level, message) end
    end
    made = made + 1
    local self = setmetatable({
        socket = ws, event = "packages_update_" .. made, queue = {}, first = 1, last = 0, closed = false, cancelled = false, over = false, log = log,
    }, Session)
    local query = url.parseQuery((ws.getURL() or ""):match "%?([^#]*)" or "") or {}
    sessions[self] = true
    local ok, e = pcall(parallel.waitForAll, function() self:receive() end, function() self:send() end, function()
        self:work(function(o)
            o.profile = context.profile
            if not o.profile then
                if not query.profile then failure.throw("bad-request", 'URL query parameter "profile" is required.', "") end
                o.profile = context.store:profile(query.profile)
            end
            o.options = optionsOf(query, context)
            return run(o)
        end, {
            ask = function(prompt) return self:ask(prompt) end, tell = function(message) self:push(message) end,
            cancelled = function() return self:ended() end, manager = context.manager, log = log,
        })
    end)
    sessions[self] = nil
    os.queueEvent "packages_update_ended"
    if not ok then error(e, 0) end
end

local DRAIN = 30 -- s that stop waits

---Cancels all updates of sockets, and waits until they have ended, for 30 seconds at most: one that is being published is finished.
function socket.stop()
    for each in pairs(sessions) do
        each.cancelled = true
        each:wake()
    end
    local waited = 0
    while next(sessions) and waited < DRAIN do
        sleep(0.05)
        waited = waited + 0.05
    end
end

return socket
