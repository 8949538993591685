-- The one argument of a plugin's handlers: the parameters of a request, and what else is known of it.
--
--   JSON object of the body < query < parameters of the route < what is the server's own
--
-- What is the server's own is made when it is asked for, and pairs shows only parameters and the subpath.

local json = require "luart.json"
local guards = require "http.guards"
local problem = require "cc.http.problem"
local url = require "cc.http.url"

local find, match = string.find, string.match
local rawget, setmetatable = rawget, setmetatable

local bag = {}

local OWN = { "request_headers", "subpath", "log", "request", "response", "client_ip", "request_id" }

local function tooLarge(limits)
    error(problem.new(413, "a body in JSON may have " .. limits.json_size .. " bytes"), 0)
end

-- The members of a body that is an object in JSON, and the text of a body that was read. What is no such body has none.
local function body(exchange, limits, options)
    local headers = exchange.headers
    local length = rawget(headers, "Content-Length")
    if length == "0" or not length and not rawget(headers, "Transfer-Encoding") and exchange.method == "GET" then return nil end
    local kind = rawget(headers, "Content-Type")
    kind = kind and match(kind:lower(), "^%s*([^;%s]*)") or ""
    local declared = kind == "application/json" or find(kind, "+json", 1, true) ~= nil
    -- curl -d says that all it sends is a form.
    if not declared and kind ~= "" and kind ~= "application/x-www-form-urlencoded" and kind ~= "text/plain" then return nil end
    if declared and length and #length < 16 and tonumber(length) > limits.json_size then tooLarge(limits) end
    local text = exchange.request.readAll()
    local begins = find(text, "^%s*{")
    if not begins and not declared or text == "" then return nil, text end
    if #text > limits.json_size then
        if declared or begins then tooLarge(limits) end
        return nil, text
    end
    local value, message = json.decode(text, options)
    if value == nil and message then
        if not declared and not find(message, "nested deeper", 1, true) then return nil, text end
        error(problem.new(400, message), 0)
    end
    if not begins then return nil, text end -- an array or a scalar has no parameters
    return value, text
end

-- Functions of a request's handle that read a text, as a body that was read already.
local function reading(handle, text)
    local at = 1
    function handle.read(count)
        if at > #text then return nil end
        local piece = text:sub(at, at + (count or 1) - 1)
        at = at + #piece
        return piece
    end
    function handle.readAll()
        local piece = text:sub(at)
        at = #text + 1
        return piece
    end
    function handle.readLine(withTrailing)
        if at > #text then return nil end
        local stop = text:find("\n", at, true)
        local line = text:sub(at, (stop or #text + 1) - (withTrailing and 0 or 1))
        at = (stop or #text) + 1
        return line
    end
    function handle.close() at = #text + 1 end
end

local own = {}

-- The headers without the server's key, which is nothing for a plugin.
function own.request_headers(exchange)
    local headers = exchange.headers
    if exchange.authorized == "global" then
        headers.Authorization, headers["X-Custom-Auth"] = nil, nil
    end
    return headers
end

-- A handle of the plugin's own: what it does to it is nobody else's affair.
function own.request(exchange)
    local request, target = exchange.request, exchange.target
    local handle = {
        getMethod = request.getMethod, getRemoteAddress = request.getRemoteAddress, isWebsocket = request.isWebsocket,
        read = request.read, readAll = request.readAll, readLine = request.readLine, close = request.close,
        getRequestHeaders = function() return own.request_headers(exchange) end,
        getURL = function() return target end,
    }
    if exchange.authorized == "global" then target = exchange.redact(target) end
    if exchange.text then reading(handle, exchange.text) end
    return handle
end

function own.response(exchange)
    local response = exchange.response
    local setStatusCode, flush, write, close = response.setStatusCode, response.flush, response.write, response.close
    return {
        isOpen = response.isOpen, setResponseHeader = response.setResponseHeader,
        writeLine = function(text)
            exchange.began = true
            return response.writeLine(text)
        end,
        write = function(text)
            exchange.began = true
            return write(text)
        end,
        setStatusCode = function(code)
            setStatusCode(code)
            exchange.status = code
        end,
        flush = function()
            exchange.began, exchange.streams = true, true
            return flush()
        end,
        close = function()
            exchange.began, exchange.closed = true, true
            return close()
        end,
    }
end

function own.client_ip(exchange)
    local ok, address = pcall(exchange.request.getRemoteAddress)
    return ok and address or nil
end

function own.request_id(exchange) return exchange.id end

function own.log(exchange)
    local logs, plugin, id = exchange.logs, exchange.plugin, exchange.id
    local log = {}
    for _, level in ipairs { "debug", "info", "success", "warning", "error" } do
        log[level] = function(message) logs:write(plugin, level, message, { request = id }) end
    end
    return log
end

---Reads the parameters of a request: those of its query over those of a JSON object in its body. It throws problems: 400 for a malformed query, or a body
---that says it is JSON and isn't, or that is too deep; 413 for one that is too long.
---@param exchange table what is known of the request; its `text` becomes the body if that was read
---@param limits { json_size: integer }
---@param options table of luart.json's decode
---@return table<string, any>
function bag.read(exchange, limits, options)
    local values, query = nil, exchange.query
    if exchange.method ~= "HEAD" then values, exchange.text = body(exchange, limits, options) end
    if query ~= "" then
        local first, all = url.parseQuery(query)
        if not first then error(problem.new(400, "malformed query: " .. tostring(all)), 0) end
        if values then
            for name, value in next, first do values[name] = value end
        else
            values = first
        end
    end
    return values or {}
end

---Makes the argument of a handler of the parameters.
---@param exchange table
---@param values table<string, any> becomes the argument
---@param params table<string, string>? those of the route
---@param subpath string? what comes behind the plugin's name, decoded
---@return table<string, any>
function bag.fill(exchange, values, params, subpath)
    if next(values) ~= nil then
        for i = 1, #OWN do values[OWN[i]] = nil end
        -- The server's key is nothing for the plugin; its own is.
        if exchange.authorized == "global" then values.apikey = nil end
    end
    if params then
        for name, value in next, params do
            if not own[name] then values[name] = value end
        end
    end
    values.subpath = subpath
    local made
    return setmetatable(values, {
        __metatable = false,
        __index = function(_, name)
            local make = own[name]
            if not make then return nil end
            made = made or {}
            local value = made[name]
            if value == nil then
                value = make(exchange)
                made[name] = value
            end
            return value
        end,
    })
end

---The key that a request has.
---@param exchange table
---@param values table<string, any>
---@return string?
function bag.key(exchange, values) return guards.key(exchange.headers, values) end

return bag
