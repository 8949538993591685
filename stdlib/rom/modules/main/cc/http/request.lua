-- What the handlers of a router get of a request. Its parts are parsed when they are first asked for.

local cookies = require "cc.http.cookies"
local mime = require "cc.http.mime"
local multipart = require "cc.http.multipart"
local problem = require "cc.http.problem"
local url = require "cc.http.url"

local concat, getmetatable, rawset, tonumber = table.concat, getmetatable, rawset, tonumber

---A request. Its methods are called with a colon. Middleware may add fields of its own, such as the user.
---
---What a client may have got wrong is thrown as a cc.http.Problem, which becomes the response: a handler needs no checks for it.
---@class cc.http.Request
---@field method string As the client has sent it: "GET".
---@field url string The target as the client has sent it, with the query, undecoded: "/a%20b?c=d".
---@field path string The path as the client has sent it, undecoded, without the query.
---@field rawQuery string The query as the client has sent it, undecoded: "" if there is none.
---@field params table<string, string> What parameters of the route's path stand for, decoded. They are UTF-8 without zero bytes, never "." or "..", but may have slashes that were encoded, other than those of `*rest`.
---@field query table<string, string> The query's first values by their keys, decoded. 400 if it is malformed.
---@field headers table<string, string> The headers, found in any spelling.
---@field cookies table<string, string> The cookies.
---@field address string The IP address of who has sent it: the client, or a proxy in front of the server. "" if it is not known.
---@field route? string The path of the route as it was declared: "/todos/:id". nil if there is none.
---@field handle http.ServerRequest The request of http.listen.
---@field package response cc.http.Response
---@field package upgraded? boolean Whether it has become a WebSocket.
---@field package max integer
local Request = {}

-- How fields are made that are not there yet.
local lazy = {
    params = function() return {} end, -- the router sets those of a route that has some
    headers = function(self) return self.handle.getRequestHeaders() end,
    cookies = function(self) return cookies.parse(self.headers.Cookie) end,
    query = function(self)
        local first, all = url.parseQuery(self.rawQuery)
        if not first then error(problem.new(400, "malformed query: " .. all), 0) end
        rawset(self, "all", all)
        return first
    end,
    address = function(self)
        local get = self.handle.getRemoteAddress
        return get and get() or ""
    end,
}

local meta = {
    __index = function(self, key)
        local method = Request[key]
        if method ~= nil then return method end
        local make = lazy[key]
        if make then
            local value = make(self)
            rawset(self, key, value)
            return value
        end
    end,
}

---@class cc.http.request
local request = {}

---Makes a request of the one that http.listen gives; for routers.
---@param handle http.ServerRequest
---@param method string
---@param target string
---@param path string
---@param query string
---@param max integer how many bytes of the body may be read at once
---@return cc.http.Request
function request.new(handle, method, target, path, query, max)
    return setmetatable({ handle = handle, method = method, url = target, path = path, rawQuery = query, max = max }, meta)
end

local function check(self, name)
    if getmetatable(self) ~= meta then error("call it with a colon: req:" .. name .. "(…)", 3) end
end

---All values of a key of the query, which may be there several times.
---@param name string
---@return string[]
function Request:values(name)
    check(self, "values")
    local _ = self.query
    return rawget(self, "all")[name] or {}
end

---Whether the body is of a media type.
---@param ... string "application/json", "text/*", or the end of one, "+json"
---@return boolean
function Request:is(...)
    check(self, "is")
    local name = mime.parse(self.headers["Content-Type"])
    if not name then return false end
    for i = 1, select("#", ...) do
        if mime.matches(name, (select(i, ...))) then return true end
    end
    return false
end

---The media type that the client likes best, by its header Accept.
---@param ... string media types, the best of the server's first
---@return string? type nil if the client takes none
function Request:accepts(...)
    check(self, "accepts")
    return mime.best(self.headers.Accept, { ... })
end

local function tooLarge(max)
    error(problem.new(413, "the body may have " .. max .. " bytes"), 0)
end

local function length(self)
    return tonumber(self.headers["Content-Length"]) or 0
end

---Reads the next bytes of the body. It may be longer than the router's option max_body.
---@param count? integer at most so many; 16384 unless given
---@return string? bytes nil at the end
function Request:read(count)
    check(self, "read")
    return self.handle.read(count or 16384)
end

local function readAll(self, max)
    max = max or self.max
    if length(self) > max then tooLarge(max) end
    local read = self.handle.read
    local text = read(max + 1) or ""
    if #text > 0 and #text <= max then
        local piece = read(max + 1 - #text)
        if piece then -- one that is still on its way comes in pieces
            local pieces, n, size = { text }, 1, #text
            while piece do
                n, size = n + 1, size + #piece
                pieces[n] = piece
                if size > max then tooLarge(max) end
                piece = read(max + 1 - size)
            end
            return concat(pieces)
        end
    end
    if #text > max then tooLarge(max) end
    return text
end

---The body, or what is left of it: any bytes. 413 if it is too long.
---@param max? integer how many bytes it may have; the router's option max_body unless given
---@return string
function Request:text(max)
    check(self, "text")
    return readAll(self, max)
end

---The value of a body in JSON. 415 if the body is no JSON by its header Content-Type, 400 if it isn't by its text, 413 if it is
---too long.
---@param options? { max?: integer, parse_null?: boolean } max: how many bytes it may have; parse_null: null is textutils.json_null, not nil
---@return any
function Request:json(options)
    check(self, "json")
    if not self:is("application/json", "+json") then
        error(problem.new(415, "the body must be JSON, with the header Content-Type: application/json"), 0)
    end
    local text = readAll(self, options and options.max)
    if not url.isUTF8(text) then error(problem.new(400, "malformed JSON: invalid UTF-8"), 0) end
    local value, message = textutils.unserializeJSON(text, { parse_null = options and options.parse_null or false })
    if value == nil and message then error(problem.new(400, message), 0) end
    return value
end

---A file of a form.
---@class cc.http.FormFile
---@field filename string What it is called at the client, without folders; "" if the client says nothing. See cc.http.Part.
---@field type string The media type that the client says it has.
---@field data string Its bytes.

---@class cc.http.FormOptions: cc.http.MultipartLimits
---@field max? integer Bytes of the body; the router's option max_body unless given.
---@field max_fields? integer Fields of a form that is not multipart; 1000 unless given.
---@field max_field? integer Bytes of a field that is no file; 65536 unless given.

---The fields of a form, of either kind, and its files. Of fields with the same name, and of files, the first counts; see parts.
---415 if the body is no form by its header Content-Type, 400 if it is malformed, 413 past a limit.
---@param options? cc.http.FormOptions
---@return table<string, string> fields
---@return table<string, cc.http.FormFile> files
function Request:form(options)
    check(self, "form")
    options = options or {}
    local max = options.max or self.max
    if self:is("application/x-www-form-urlencoded") then
        local first, all = url.parseQuery(readAll(self, max), options.max_fields)
        if first then return first, {} end
        error(problem.new(all == "too many fields" and 413 or 400, "malformed form: " .. all), 0)
    end
    local fields, files = {}, {}
    if length(self) > max then tooLarge(max) end
    local left = max
    for part in self:parts(options) do
        if part.filename then
            local data = part:readAll(left)
            left = left - #data
            files[part.name] = files[part.name] or { filename = part.filename, type = part.type, data = data }
        else
            local text = part:readAll(math.min(options.max_field or 65536, left))
            left = left - #text
            fields[part.name] = fields[part.name] or text
        end
    end
    return fields, files
end

---Goes through the parts of a multipart form as they come, for files that are too large for the memory:
---
---   for part in req:parts() do
---       if part.name == "backup" then part:save("/uploads/backup.tar") end
---   end
---
---Ends early when the response has been sent. 415 if the body is no such form by its header Content-Type, 400 if it is malformed, 413
---past a limit.
---@param limits? cc.http.MultipartLimits
---@return fun(): cc.http.Part?
function Request:parts(limits)
    check(self, "parts")
    local name, parameters = mime.parse(self.headers["Content-Type"])
    if name ~= "multipart/form-data" then
        error(problem.new(415, "the body must be a form, with the header Content-Type: multipart/form-data or application/x-www-form-urlencoded"), 0)
    end
    local reader = multipart.reader(self.handle.read, parameters.boundary or "", limits)
    return function()
        if self.response.sent then return nil end -- the rest can't be read any more
        return reader:next()
    end
end

---Whether the client asks for a WebSocket.
---@return boolean
function Request:isWebsocket()
    check(self, "isWebsocket")
    return self.handle.isWebsocket()
end

return request
