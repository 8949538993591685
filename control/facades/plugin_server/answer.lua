-- What handlers return becomes a response.
--
--   return 200, { a = 1 }                  JSON; so are lists, texts, numbers and booleans
--   return 200, "<p>", { ["Content-Type"] = "text/html" }    a text with a type is sent as it is
--   return { status = 200, headers = {}, type = "text/html", body = "<p>" }
--   return "text"                          text/plain
--
-- Values of a plugin are looked at without their metatables: what those do is for the plugin's own time.

local json = require "luart.json"
local problem = require "cc.http.problem"

local find, floor, lower = string.find, math.floor, string.lower
local next, pcall, rawget, tostring, type = next, pcall, rawget, tostring, type

local answer = {}

-- What a table has that is a response, and nothing else.
local FIELDS = { status = "number", headers = "table", type = "string", body = true }

local function isResponse(value)
    if rawget(value, "status") == nil and rawget(value, "body") == nil then return false end
    for key, each in next, value do
        local kind = FIELDS[key]
        if not kind or kind ~= true and type(each) ~= kind then return false end
    end
    return true
end

local function finish(exchange, status, kind, text)
    local response = exchange.response
    if status ~= 200 then response.setStatusCode(status) end
    if kind then exchange.set("Content-Type", kind) end
    exchange.status, exchange.size = status, #text
    if text ~= "" then response.write(text) end
    response.close()
end

---Sends a status without a body.
---@param exchange table
---@param status integer
function answer.empty(exchange, status) finish(exchange, status, nil, "") end

---Sends a text.
---@param exchange table
---@param status integer
---@param text string
---@param kind? string text/plain unless given
function answer.text(exchange, status, text, kind)
    exchange.set("X-Content-Type-Options", "nosniff")
    finish(exchange, status, kind or "text/plain; charset=utf-8", text)
end

---Sends a value of the server's own as JSON.
---@param exchange table
---@param status integer
---@param value any
---@param options? table of luart.json's encode
function answer.json(exchange, status, value, options)
    finish(exchange, status, "application/json", json.encode(value, options))
end

---Sends a problem.
---@param exchange table
---@param failure cc.http.Problem
function answer.problem(exchange, failure)
    for name, value in pairs(failure.headers or {}) do exchange.set(name, value) end
    answer.json(exchange, failure.status, { error = failure.detail or failure.title })
end

local function checkStatus(status)
    if status ~= floor(status) or status < 200 or status > 599 then
        error("the handler has returned the status " .. tostring(status) .. "; 200 to 599 can be", 0)
    end
    return status
end

local MOST = 200

-- Sets the headers of a handler. Returns whether one of them is Content-Type.
local function setHeaders(exchange, headers)
    local typed, count = false, 0
    for name, value in next, headers do
        count = count + 1
        if count > MOST then error("the handler has returned more than " .. MOST .. " headers", 0) end
        if type(name) ~= "string" then error("the handler has returned a header whose name is no text", 0) end
        exchange.set(name, value)
        typed = typed or lower(name) == "content-type"
    end
    return typed
end

local function sendTable(exchange, value, options)
    if not isResponse(value) then return finish(exchange, 200, "application/json", json.encode(value, options)) end
    local status, body = checkStatus(rawget(value, "status") or 200), rawget(value, "body")
    local headers, kind = rawget(value, "headers"), rawget(value, "type")
    local typed = headers and setHeaders(exchange, headers)
    if body == nil then
        return finish(exchange, status, kind, "")
    elseif type(body) == "string" then
        return finish(exchange, status, kind or not typed and "text/plain; charset=utf-8" or nil, body)
    end
    finish(exchange, status, kind or not typed and "application/json" or nil, json.encode(body, options))
end

local function send(exchange, options, first, body, headers)
    if type(first) == "number" then
        local typed = type(headers) == "table" and setHeaders(exchange, headers)
        local status = checkStatus(first)
        if body == nil then return finish(exchange, status, nil, "") end
        if typed and type(body) == "string" then return finish(exchange, status, nil, body) end
        return finish(exchange, status, not typed and "application/json" or nil, json.encode(body, options))
    elseif type(first) == "table" then
        return sendTable(exchange, first, options)
    elseif type(first) == "string" then
        return finish(exchange, 200, "text/plain; charset=utf-8", first)
    end
    error("the handler has returned " .. (first == nil and "nothing" or "a " .. type(first)) .. "; return a status and a body, such as 200, { ok = true }", 0)
end

---Sends what a handler has returned. If that can't be sent, or there is nothing, it returns a message for the log; the response is untouched then but for its headers.
---@param exchange table
---@param options table of luart.json's encode
---@param first any
---@param body any
---@param headers any
---@return string? message
function answer.send(exchange, options, first, body, headers)
    if exchange.closed then return end
    if first == nil and exchange.began then -- by the handler itself
        exchange.response.close()
        return
    end
    local ok, message = pcall(send, exchange, options, first, body, headers)
    -- Where that was found is of no use to who has written the plugin.
    if not ok and type(message) == "string" and find(message, "attempt to use a closed file (the client", 1, true) then return end
    if not ok then return (tostring(message):gsub("^[^\n]-answer%.lua:%d+: ", "")) end
end

-- What the client gets for what goes wrong in calls of plugins.
local STATUS = { deadline = 504, timeout = 504, unloaded = 503, busy = 503, unknown = 404, error = 500, memory = 500 }

---The problem that an error of a handler stands for: one that it has thrown for the client, a table with a status of 400 to 599.
---@param value any
---@return integer? status
---@return string? text
function answer.thrown(value)
    if type(value) ~= "table" then return nil end
    local status = rawget(value, "status")
    if type(status) ~= "number" or status ~= floor(status) or status < 400 or status > 599 then return nil end
    for _, name in ipairs { "error", "detail", "message", "title" } do
        local text = rawget(value, name)
        if type(text) == "string" then return status, text end
    end
    return status, problem.titles[status] or "Error"
end

---Whether an error is no mistake of the plugin's: one for the client.
---@param value any
---@return boolean
function answer.isExpected(value)
    local status = answer.thrown(value)
    return status ~= nil and status < 500
end

---Sends what has gone wrong in a call.
---@param exchange table
---@param message string
---@param code string
---@param trace? string shown if it is given
function answer.failure(exchange, message, code, trace)
    if exchange.closed or exchange.streams then return end
    local status = STATUS[code] or 500
    if status == 503 then exchange.set("Retry-After", "1") end
    local shown = trace and trace:gmatch("[^\n]+")
    local body = { error = message }
    if shown then
        body.traceback = {}
        for line in shown do body.traceback[#body.traceback + 1] = line:match("^%s*(.-)%s*$") end
        if not body.traceback[1] then body.traceback = nil end
    end
    local ok = pcall(answer.json, exchange, status, body, { order = { "error" } })
    if not ok then answer.json(exchange, status, { error = problem.titles[status] or "Error" }) end
end

return answer
