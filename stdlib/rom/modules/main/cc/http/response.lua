-- What the handlers of a router make their response with.

local cookies = require "cc.http.cookies"
local file = require "cc.http.file"

local find, format, getmetatable, gmatch, gsub, lower = string.find, string.format, getmetatable, string.gmatch, string.gsub, string.lower

---A response. Its methods are called with a colon. Those that begin it return it, so that calls can be put in a row:
---`res:status(201):json(todo)`. Each response is sent once; json, text, html, redirect, file, empty and close send it.
---@class cc.http.Response
---@field code integer The status: 200 unless it was set.
---@field sent boolean Whether the response is complete.
---@field began boolean Whether something of the body was written.
---@field handle http.ServerResponse The response of http.listen.
---@field package request cc.http.Request
---@field package headers? table<string, boolean> Names of headers that were set, in lower case.
---@field package setCookies? string[]
---@field package varies? string
local Response = {}
Response.__index = Response

---@class cc.http.response
local response = {}

---Makes a response of the one that http.listen gives; for routers.
---@param handle http.ServerResponse
---@param request cc.http.Request
---@return cc.http.Response
function response.new(handle, request)
    local self = setmetatable({ handle = handle, request = request, code = 200, sent = false, began = false }, Response)
    request.response = self
    return self
end

-- Checks a call: with a colon, and before the response is sent.
local function check(self, name)
    if getmetatable(self) ~= Response then error("call it with a colon: res:" .. name .. "(…)", 3) end
    if self.sent then error("the response has been sent already", 3) end
end

---Sets the status.
---@param code integer 200 to 599
---@return cc.http.Response self
function Response:status(code)
    check(self, "status")
    self.handle.setStatusCode(code)
    self.code = code
    return self
end

---Sets a header. Throws for names and values that can't be.
---@param name string
---@param value string|number|(string|number)[] a list sends the header several times, an empty one takes it away
---@return cc.http.Response self
function Response:header(name, value)
    check(self, "header")
    self.handle.setResponseHeader(name, value)
    local headers = self.headers
    if not headers then
        headers = {}
        self.headers = headers
    end
    headers[lower(name)] = true
    return self
end

---Sets the media type: "text/csv; charset=utf-8".
---@param name string
---@return cc.http.Response self
function Response:type(name)
    check(self, "type")
    return self:header("Content-Type", name)
end

---Adds the name of a header of the request to the header Vary: caches keep a response for each value of it.
---@param name string
---@return cc.http.Response self
function Response:vary(name)
    check(self, "vary")
    local names = self.varies
    if not names then
        names = name
    elseif not find(", " .. lower(names) .. ",", ", " .. lower(name) .. ",", 1, true) then
        names = names .. ", " .. name
    end
    self.varies = names
    self.handle.setResponseHeader("Vary", names)
    return self
end

---Sets a cookie. Throws what cc.http.cookies.format does.
---@param name string
---@param value string|number
---@param options? cc.http.CookieOptions
---@return cc.http.Response self
function Response:cookie(name, value, options)
    check(self, "cookie")
    local list = self.setCookies or {}
    self.setCookies = list
    list[#list + 1] = cookies.format(name, value, options)
    self.handle.setResponseHeader("Set-Cookie", list)
    return self
end

---Makes the client forget a cookie. Path and domain must be those that it was set with.
---@param name string
---@param options? cc.http.CookieOptions
---@return cc.http.Response self
function Response:forget(name, options)
    check(self, "forget")
    local all = {}
    for key, value in pairs(options or {}) do all[key] = value end
    all.max_age, all.expires = 0, 0
    return self:cookie(name, "", all)
end

local function send(self, kind, text)
    local handle = self.handle
    if not (self.headers and self.headers["content-type"]) then handle.setResponseHeader("Content-Type", kind) end
    self.began = true
    handle.write(text)
    self.sent = true
    handle.close()
end

---Sends a text.
---@param text string|number
function Response:text(text)
    check(self, "text")
    send(self, "text/plain; charset=utf-8", text)
end

---Sends a page. What came from elsewhere has to be put into it with the router's `escape`.
---@param text string
function Response:html(text)
    check(self, "html")
    send(self, "text/html; charset=utf-8", text)
end

local JSON = { unicode_strings = true, allow_repetitions = true }

---Sends a value as JSON. Strings are UTF-8. An empty table is an object, textutils.empty_json_array an array. Throws what
---textutils.serializeJSON does.
---@param value any
function Response:json(value)
    check(self, "json")
    local text = "null"
    if value ~= nil then text = textutils.serializeJSON(value, JSON) end
    send(self, "application/json", text)
end

---Sends a response without a body, of the status 204 if no other was set.
function Response:empty()
    check(self, "empty")
    if self.code == 200 then self:status(204) end
    self.sent = true
    self.handle.close()
end

---Sends the client elsewhere. Where to should not be up to the client.
---@param target string a URL or a path; what can't be in one is percent-encoded
---@param code? integer 301, 302, 303, 307 or 308; 303 unless given, by which the client makes a GET request
function Response:redirect(target, code)
    check(self, "redirect")
    target = gsub(target, "[^%w!#$%%&'()*+,./:;=?@%[%]_~-]", function(c) return format("%%%02X", c:byte()) end)
    self:status(code or 303)
    self:header("Location", target)
    self.sent = true
    self.handle.close()
end

---Sends a file, or what the client asks for of it: see cc.http.file. 404 if there is none.
---@param path string
---@param options? cc.http.FileOptions
function Response:file(path, options)
    check(self, "file")
    file.send(self.request, self, path, options)
end

---Adds to the body, any bytes.
---@param text string|number
---@return cc.http.Response self
function Response:write(text)
    check(self, "write")
    self.began = true
    self.handle.write(text)
    return self
end

---Sends what was written so far. Waits while the client is behind; throws when it has gone.
---@return cc.http.Response self
function Response:flush()
    check(self, "flush")
    self.began = true
    self.handle.flush()
    return self
end

---Ends the response.
function Response:close()
    check(self, "close")
    self.sent = true
    self.handle.close()
end

---@class cc.http.EventOptions
---@field event? string What kind of event it is; "message" for the page unless given.
---@field id? string|number What the page sends as the header Last-Event-ID when it connects anew.
---@field retry? integer Milliseconds after which the page connects anew.

local function line(name, value)
    value = tostring(value)
    if find(value, "[%z\r\n]") then error("bad field '" .. name .. "' (it must be one line)", 3) end
    return name .. ": " .. value .. "\n"
end

---Sends a Server-Sent Event, which a page gets from an EventSource. The first one begins the response. Throws when the client has
---gone, which ends the handler.
---@param data string
---@param options? cc.http.EventOptions
---@return cc.http.Response self
function Response:event(data, options)
    check(self, "event")
    if not self.began then
        self:header("Content-Type", "text/event-stream")
        self:header("Cache-Control", "no-store")
    end
    options = options or {}
    local text = ""
    if options.event then text = text .. line("event", options.event) end
    if options.id then text = text .. line("id", options.id) end
    if options.retry then text = text .. line("retry", options.retry) end
    for each in gmatch(gsub(data, "\r\n?", "\n") .. "\n", "([^\n]*)\n") do text = text .. "data: " .. each .. "\n" end
    self:write(text .. "\n")
    return self:flush()
end

-- Headers of a response that was not to be an error.
local ofContent = { "accept-ranges", "cache-control", "content-disposition", "content-encoding", "content-length", "content-range", "etag", "expires", "last-modified", "location" }

---Sends a problem in place of what the handler has begun, as JSON; for routers.
---@param failure cc.http.Problem
function Response:problem(failure)
    check(self, "problem")
    local handle, headers = self.handle, self.headers
    if headers then
        for i = 1, #ofContent do
            if headers[ofContent[i]] then handle.setResponseHeader(ofContent[i], {}) end
        end
    end
    for name, value in pairs(failure.headers or {}) do handle.setResponseHeader(name, value) end
    self:status(failure.status)
    handle.setResponseHeader("Content-Type", "application/problem+json")
    local ok, text = pcall(textutils.serializeJSON, failure:body(), JSON)
    if not ok then -- a detail that isn't UTF-8
        text = textutils.serializeJSON { status = failure.status, title = failure.title }
    end
    self.began = true
    handle.write(text)
    self.sent = true
    handle.close()
end

return response
