-- A request and a response without a client, for tests of routers: the handles that http.listen would give.

local expectModule = require "cc.expect"
local field = expectModule.field

local concat, find, gsub, lower, match, min, sub, upper =
    table.concat, string.find, string.gsub, string.lower, string.match, math.min, string.sub, string.upper

---A request for Router:dispatch.
---@class cc.http.FakeRequest
---@field url string The target: "/todos?done=1".
---@field method? string "GET" unless given, or "POST" if there is a body.
---@field headers? table<string, string|number>
---@field body? string
---@field json? any The body as a value, with the header Content-Type that it needs.
---@field form? table<string, any> The body as fields of a form, with the header Content-Type that it needs.
---@field cookies? table<string, string>
---@field address? string The client's; "127.0.0.1" unless given.
---@field piece? integer How many bytes of the body a read gives at most; all unless given.
---@field socket? table What a WebSocket route gets for a http.ServerWebsocket; the request then asks for one.

---What Router:dispatch returns.
---@class cc.http.FakeResponse
---@field status integer
---@field headers table<string, string> Found in any spelling; a header that is there several times is joined with ", ".
---@field cookies string[] The values of the headers Set-Cookie.
---@field body string
---@field json? any The value of a body that is JSON.
---@field error? any What was thrown through the router; http.listen would have logged it, and answered 500.

---@class cc.http.fake
local fake = {}

-- "content-TYPE" is "Content-Type".
local function canonical(name)
    return (gsub(lower(name), "%f[^%z-]%a", upper))
end

local function newHeaders()
    return setmetatable({}, { __index = function(t, name)
        return type(name) == "string" and rawget(t, canonical(name)) or nil
    end })
end

local CLOSED = "attempt to use a closed file"

---Makes the handles of a request.
---@param options cc.http.FakeRequest
---@return { request: http.ServerRequest, response: http.ServerResponse, finish: fun(ok: boolean, message: any): cc.http.FakeResponse }
function fake.exchange(options)
    local target, body = field(options, "url", "string"), field(options, "body", "string", "nil")
    local headers = newHeaders()
    headers.Host = "localhost"
    if options.json ~= nil then
        body = textutils.serializeJSON(options.json, { unicode_strings = true, allow_repetitions = true })
        headers["Content-Type"] = "application/json"
    elseif options.form then
        body = require("cc.http.url").query(options.form)
        headers["Content-Type"] = "application/x-www-form-urlencoded"
    end
    if body then headers["Content-Length"] = tostring(#body) end
    if options.cookies then
        local list = {}
        for name, value in pairs(options.cookies) do list[#list + 1] = name .. "=" .. value end
        table.sort(list)
        headers.Cookie = concat(list, "; ")
    end
    if options.socket then headers.Upgrade, headers.Connection = "websocket", "Upgrade" end
    for name, value in pairs(options.headers or {}) do headers[canonical(name)] = tostring(value) end
    local method = options.method or (body and "POST" or "GET")
    body = body or ""

    local open, at = true, 1
    local sent = { status = nil, headers = newHeaders(), lists = {}, pieces = {} }
    local function live()
        if not open then error(CLOSED, 3) end
    end

    local request = {}
    function request.getURL() live() return target end
    function request.getMethod() live() return method end
    function request.getRequestHeaders() live() return headers end
    function request.getRemoteAddress() live() return options.address or "127.0.0.1", 40000 end
    function request.close() live() at = #body + 1 end
    function request.read(count)
        live()
        if at > #body then return nil end
        local piece = sub(body, at, at + min(count or 1, options.piece or math.huge) - 1)
        at = at + #piece
        return piece
    end
    function request.readAll()
        live()
        local rest = sub(body, at)
        at = #body + 1
        return rest
    end
    function request.readLine(withTrailing)
        live()
        if at > #body then return nil end
        local stop = find(body, "\n", at, true) or #body
        local line = sub(body, at, stop)
        at = stop + 1
        return withTrailing and line or (gsub(line, "\r?\n$", ""))
    end
    function request.isWebsocket() return open and options.socket ~= nil end
    function request.upgrade()
        live()
        if not options.socket then return nil, "The client does not ask for a WebSocket.", 426 end
        open = false
        sent.status = 101
        return options.socket
    end

    local response = {}
    function response.setStatusCode(code)
        live()
        if type(code) ~= "number" or not (code >= 200 and code <= 599) then error("bad argument #1 (status code out of range (200 to 599))", 2) end
        sent.status = code
    end
    function response.setResponseHeader(name, value)
        live()
        if type(name) ~= "string" or not find(name, "^[%w!#$%%&'*+.^_`|~-]+$") then error("bad argument #1 (not the name of a header)", 2) end
        local list = type(value) == "table" and value or { value }
        for _, each in ipairs(list) do
            if type(each) ~= "string" and type(each) ~= "number" or find(each, "[%z\1-\8\10-\31\127]") then
                error("bad argument #2 (not the value of a header)", 2)
            end
        end
        name = canonical(name)
        sent.headers[name] = list[1] ~= nil and concat(list, ", ") or nil
        sent.lists[name] = list
    end
    function response.write(text)
        live()
        if type(text) ~= "string" and type(text) ~= "number" then
            error("bad argument #1 (string expected, got " .. type(text) .. ")", 2)
        end
        sent.pieces[#sent.pieces + 1] = tostring(text)
    end
    function response.writeLine(text) live() response.write(text) response.write("\n") end
    function response.flush() live() end
    function response.isOpen() return open end
    function response.close() live() open = false end

    local function finish(ok, message)
        if not ok then
            return { status = 500, headers = newHeaders(), cookies = {}, body = "Internal Server Error\n", error = message }
        end
        local text = concat(sent.pieces)
        local status = sent.status or 200
        if status ~= 101 and status ~= 204 and status ~= 304 and not (method == "HEAD" and #text == 0) then
            sent.headers["Content-Length"] = tostring(#text)
        end
        if method == "HEAD" or status == 204 or status == 304 then text = "" end
        local result = { status = status, headers = sent.headers, cookies = sent.lists["Set-Cookie"] or {}, body = text }
        local kind = match(sent.headers["Content-Type"] or "", "^[^;]+") or ""
        if kind == "application/json" or sub(kind, -5) == "+json" then result.json = textutils.unserializeJSON(text) end
        return result
    end
    return { request = request, response = response, finish = finish }
end

return fake
