-- The parts of URLs: percent-encoding, paths and queries. What comes from a client may be anything; nothing here throws for
-- it, or takes longer than its length allows.

local expect = require "cc.expect".expect

local byte, char, find, format, gsub, sub = string.byte, string.char, string.find, string.format, string.gsub, string.sub
local concat, tonumber, utf8Length = table.concat, tonumber, utf8.len

---@class cc.http.url
local url = {}

---Whether a string is UTF-8 (RFC 3629: without surrogates).
---@param text string any bytes
---@return boolean
function url.isUTF8(text)
    if not find(text, "[\128-\255]") then return true end
    return utf8Length(text) ~= nil and not find(text, "\237[\160-\191]")
end
local isUTF8 = url.isUTF8

local bytesOf = {}
for i = 0, 255 do
    local hex = format("%02x", i)
    local first, second = sub(hex, 1, 1), sub(hex, 2, 2)
    for _, a in ipairs { first, first:upper() } do
        for _, b in ipairs { second, second:upper() } do bytesOf[a .. b] = char(i) end
    end
end

---Decodes percent-encoding: `decode("a%20b")` is "a b". The result is UTF-8 without zero bytes, or there is none.
---@param text string
---@param form? boolean whether "+" is a space, as in queries and forms
---@return string? decoded
---@return string? message "bad percent-encoding", "zero byte" or "invalid UTF-8"
function url.decode(text, form)
    if form and find(text, "+", 1, true) then text = gsub(text, "%+", " ") end
    if find(text, "%", 1, true) then
        if find(text, "%%%X") or find(text, "%%%x%X") or find(text, "%%%x?$") then return nil, "bad percent-encoding" end
        text = gsub(text, "%%(%x%x)", bytesOf)
    end
    if find(text, "%z") then return nil, "zero byte" end
    if not isUTF8(text) then return nil, "invalid UTF-8" end
    return text
end
local decode = url.decode

local escapes = {}
for i = 0, 255 do escapes[char(i)] = format("%%%02X", i) end

---Encodes a text as a part of a URL: everything but letters, digits and "-._~" (RFC 3986 §2.3). `encode("a/ü")` is
---"a%2F%C3%BC".
---@param text string any bytes
---@return string
function url.encode(text)
    expect(1, text, "string")
    return (gsub(text, "[^%w%-._~]", escapes))
end
local encode = url.encode

---Makes a query of a table, sorted by its keys: `query { q = "a b", n = { 1, 2 } }` is "n=1&n=2&q=a%20b".
---@param fields table<string, string|number|boolean|(string|number|boolean)[]> a list gives its key several times
---@return string
function url.query(fields)
    expect(1, fields, "table")
    local keys = {}
    for key in pairs(fields) do keys[#keys + 1] = tostring(key) end
    table.sort(keys)
    local parts = {}
    for _, key in ipairs(keys) do
        local value = fields[key]
        if value == nil then value = fields[tonumber(key)] end
        for _, each in ipairs(type(value) == "table" and value or { value }) do
            parts[#parts + 1] = encode(key) .. "=" .. encode(tostring(each))
        end
    end
    return concat(parts, "&")
end

---Parses a query, or a form of the type application/x-www-form-urlencoded: of `parseQuery("a=1&b=x+y&a=2")` the first result is
---`{ a = "1", b = "x y" }`, the second `{ a = { "1", "2" }, b = { "x y" } }`. A key without "=" has the value "".
---@param text string
---@param max? integer how many values there may be; 1000 unless given
---@return table<string, string>? first the first value of each key; nil if the text is malformed
---@return table<string, string[]>|string all all values of each key, or what is wrong: "bad percent-encoding", "zero byte", "invalid UTF-8" or "too many fields"
function url.parseQuery(text, max)
    local first, all, count, at = {}, {}, 0, 1
    local equals = 0 -- the last "=" that was looked for: each is found once
    max = max or 1000
    local length = #text
    while at <= length do
        local stop = find(text, "&", at, true) or length + 1
        if stop > at then
            count = count + 1
            if count > max then return nil, "too many fields" end
            if equals < at then equals = find(text, "=", at, true) or length + 1 end
            local key, value, message
            if equals < stop then
                key, message = decode(sub(text, at, equals - 1), true)
                if key then value, message = decode(sub(text, equals + 1, stop - 1), true) end
            else
                key, message = decode(sub(text, at, stop - 1), true)
                value = ""
            end
            if not key or not value then return nil, message --[[@as string]] end
            local list = all[key]
            if list then
                list[#list + 1] = value
            else
                first[key], all[key] = value, { value }
            end
        end
        at = stop + 1
    end
    return first, all
end

---Takes the target of a request apart: `split("/a%20b?c=d")` is "/a%20b", "c=d". That of a request to a proxy,
---"http://host/a", loses the host.
---@param target string as the client has sent it
---@return string? path undecoded; nil if it is none. "*" is that of `OPTIONS *`.
---@return string query "" if there is none
function url.split(target)
    local stop = find(target, "[?#]")
    local path, query = target, ""
    if stop then
        path = sub(target, 1, stop - 1)
        if byte(target, stop) == 63 then
            local hash = find(target, "#", stop, true)
            query = sub(target, stop + 1, hash and hash - 1 or -1)
        end
    end
    if byte(path, 1) ~= 47 and path ~= "*" then
        local _, authority = find(path, "^%a[%w+.-]*://[^/]+")
        if not authority then return nil, "" end
        path = sub(path, authority + 1)
        if path == "" then path = "/" end
    end
    return path, query
end

---Takes a path apart and decodes its segments: `segments("/a%2Fb/c/")` is `{ "a/b", "c", "" }`. Segments "." and ".." are
---refused, encoded ones as well: no program that makes a file's path of a segment should see them.
---@param path string undecoded, with "/" in front
---@return string[]? segments
---@return string|integer message what is wrong: what decode says, "dots in the path" or "too many segments"; or how many segments there are
function url.segments(path)
    local list, n, at = {}, 0, 2
    local encoded = find(path, "[%%%z\128-\255]")
    while true do
        local stop = find(path, "/", at, true)
        local segment = sub(path, at, stop and stop - 1 or -1)
        if encoded then
            local decoded, message = decode(segment)
            if not decoded then return nil, message --[[@as string]] end
            segment = decoded
        end
        if segment == "." or segment == ".." then return nil, "dots in the path" end
        n = n + 1
        if n > 256 then return nil, "too many segments" end
        list[n] = segment
        if not stop then return list, n end
        at = stop + 1
    end
end

return url
