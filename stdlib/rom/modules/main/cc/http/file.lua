-- Sends a file as a response: only when the client's copy is old (RFC 9110 §13), and only the range that it wants (§14).

local date = require "cc.http.date"
local mime = require "cc.http.mime"
local problem = require "cc.http.problem"

local floor, format, gmatch, match, min = math.floor, string.format, string.gmatch, string.match, math.min

---@class cc.http.FileOptions
---@field type? string The media type; by the end of the name unless given.
---@field max_age? integer For how many seconds caches may keep it without asking; they ask each time unless given.
---@field download? boolean|string Whether browsers save it rather than show it, and under which name; false unless given.

---@class cc.http.file
local file = {}

-- Whether a list of entity tags has one; W/"x" is as good as "x" if weak is set.
local function listed(list, tag, weak)
    if match(list, "^[ \t]*%*[ \t]*$") then return true end
    for prefix, each in gmatch(list, '(W?/?)("[^"]*")') do
        if each == tag and (prefix == "" or weak) then return true end
    end
    return false
end

-- What of a file of some size a header Range asks for: the first and the last byte, counted from 0. Nothing if it means nothing
-- to us, and then all of the file is sent; false if there is no such part.
local function range(header, size)
    local unit, set = match(header, "^[ \t]*(%a+)=[ \t]*(.-)[ \t]*$")
    if not unit or unit:lower() ~= "bytes" then return nil end
    local first, last = match(set, "^(%d*)%-(%d*)$") -- several ranges: RFC 9110 §14.2 allows to send everything
    if not first or first == "" and last == "" then return nil end
    if #first > 15 or #last > 15 then
        if #first > 15 then return false end
        last = ""
        if first == "" then first = "0" end -- the last so many bytes, and there are fewer
    end
    if first == "" then
        local count = tonumber(last)
        if count == 0 or size == 0 then return false end
        return math.max(size - count, 0), size - 1
    end
    first, last = tonumber(first), tonumber(last)
    if last and last < first then return nil end
    if first >= size then return false end
    return first, min(last or size - 1, size - 1)
end

local CHUNK = 65536

-- Adds a part of a file to the response. A long one is sent while it is read: after a flush, write waits for the client.
local function copy(handle, response, at, count)
    handle.seek("set", at)
    if count > CHUNK then response.flush() end
    while count > 0 do
        local piece = handle.read(min(count, CHUNK))
        if not piece then break end -- it has become shorter
        response.write(piece)
        count = count - #piece
    end
    return count
end

-- A name in the header Content-Disposition (RFC 6266).
local function disposition(name)
    local ascii = name:gsub('[%c"\\\128-\255]', "_")
    local text = 'attachment; filename="' .. ascii .. '"'
    if ascii ~= name then text = text .. "; filename*=UTF-8''" .. require("cc.http.url").encode(name) end
    return text
end

---Sends a file. Answers 304 if the client has it by its headers If-None-Match or If-Modified-Since, 206 for a range of bytes (of
---several ranges, all of the file is sent), 416 for a range beyond its end, 412 if it has changed since the client's If-Match or
---If-Unmodified-Since. Throws a cc.http.Problem, 404, if there is no such file.
---
---The tag that tells versions apart is made of the file's size and the time of its last change.
---@param req cc.http.Request
---@param res cc.http.Response
---@param path string a path of fs; what of it came from the client has to be checked before
---@param options? cc.http.FileOptions
function file.send(req, res, path, options)
    options = options or {}
    local ok, attributes = pcall(fs.attributes, path)
    if not ok or attributes.isDir then error(problem.new(404), 0) end
    local handle = fs.open(path, "rb")
    if not handle then error(problem.new(404), 0) end

    local size, modified = attributes.size, floor(attributes.modified / 1000) * 1000
    local tag
    local headers = req.headers
    if modified > 0 then -- there is none of files in the ROM, and then no way to tell versions apart
        tag = format('"%x-%x"', size, attributes.modified)
        res:header("ETag", tag)
        res:header("Last-Modified", date.format(modified))
    end
    if options.max_age then res:header("Cache-Control", "max-age=" .. floor(options.max_age)) end

    local function stop(code)
        handle.close()
        res:status(code)
        res:empty()
    end
    local ifMatch, ifNoneMatch = headers["If-Match"], headers["If-None-Match"]
    local unmodified = not ifMatch and date.parse(headers["If-Unmodified-Since"])
    if ifMatch and not listed(ifMatch, tag) or unmodified and modified > unmodified then
        handle.close()
        error(problem.new(412, "the file has changed"), 0)
    end
    local get = req.method == "GET" or req.method == "HEAD"
    if ifNoneMatch then
        if listed(ifNoneMatch, tag, true) then return stop(304) end
    elseif get then
        local since = date.parse(headers["If-Modified-Since"])
        if since and modified > 0 and modified <= since then return stop(304) end
    end

    res:header("Accept-Ranges", "bytes")
    local first, last = 0, size - 1
    local wanted, ifRange = req.method == "GET" and headers.Range, headers["If-Range"]
    -- Who continues a download has to have the same version.
    if wanted and ifRange and ifRange ~= tag and not (modified > 0 and date.parse(ifRange) == modified) then wanted = nil end
    if wanted then
        local from, to = range(wanted, size)
        if from == false then
            handle.close()
            local failure = problem.new(416, "the file has " .. size .. " bytes")
            failure.headers = { ["Content-Range"] = "bytes */" .. size }
            error(failure, 0)
        elseif from then
            first, last = from, to
            res:status(206)
            res:header("Content-Range", format("bytes %d-%d/%d", first, last, size))
        end
    end

    if not (res.headers and res.headers["content-type"]) then res:header("Content-Type", options.type or mime.ofFile(path)) end
    -- Or browsers take a text for a page if it looks like one.
    res:header("X-Content-Type-Options", "nosniff")
    if options.download then
        res:header("Content-Disposition", disposition(type(options.download) == "string" and options.download or fs.getName(path)))
    end
    local count = last - first + 1
    res:header("Content-Length", count)
    if req.method ~= "HEAD" then
        res.began = true
        local done, failure = pcall(copy, handle, res.handle, first, count)
        handle.close()
        if not done then error(failure, 0) end
        -- The length was announced: only a broken connection tells the client.
        if failure > 0 then error("the file " .. path .. " became shorter while it was sent", 0) end
    else
        handle.close()
    end
    res.sent = true
    res.handle.close()
end

return file
