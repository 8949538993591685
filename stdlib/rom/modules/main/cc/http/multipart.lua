-- Reads multipart/form-data (RFC 7578), the bodies of forms with files. A body is read as it comes, a part after the other; of
-- a part only as much is held as is read at a time. Malformed bodies and those past a limit end in an error value of the class
-- cc.http.Problem, which the router answers with 400 or 413.

local problem = require "cc.http.problem"
local mime = require "cc.http.mime"
local url = require "cc.http.url"

local find, gsub, lower, match, sub = string.find, string.gsub, string.lower, string.match, string.sub
local concat, min = table.concat, math.min

---@class cc.http.MultipartLimits
---@field max_parts? integer Parts; 100 unless given.
---@field max_headers? integer Bytes of a part's headers; 8192 unless given.

---@class cc.http.multipart
local multipart = {}

---A part of a form: a field, or a file. It can be read until the next one is asked for.
---@class cc.http.Part
---@field name string What the field is called.
---@field filename? string What the file is called at the client, without its folders; nil for a field that is no file. It may be any text that is one segment of a path: never make a path of it without a check of your own.
---@field type string The media type that the client says it has: "text/plain" if it says nothing.
---@field headers table<string, string> The part's headers, by their names in lower case.
---@field package reader cc.http.MultipartReader
local Part = {}
Part.__index = Part

---@class cc.http.MultipartReader
---@field package read fun(count: integer): string?
---@field package buffer string What was read of the body, and not of a part.
---@field package part? cc.http.Part
local Reader = {}
Reader.__index = Reader

local CHUNK = 16384

local function malformed(what)
    error(problem.new(400, "malformed multipart body: " .. what), 0)
end

---Begins to read a body.
---@param read fun(count: integer): string? gives up to so many bytes of the body, at least one; nil at its end
---@param boundary string as the parameter of the body's media type says
---@param limits? cc.http.MultipartLimits
---@return cc.http.MultipartReader
function multipart.reader(read, boundary, limits)
    limits = limits or {}
    -- RFC 2046 §5.1.1 names the characters, and the length.
    if #boundary < 1 or #boundary > 70 or not find(boundary, "^[%w'()+_,./:=? -]+$") or sub(boundary, -1) == " " then
        malformed("bad boundary")
    end
    return setmetatable({
        read = read,
        -- A boundary stands at the beginning of a line: also the first, which needs no line break in front.
        buffer = "\r\n",
        delimiter = "\r\n--" .. boundary,
        count = 0,
        maxParts = limits.max_parts or 100,
        maxHeaders = limits.max_headers or 8192,
        ended = false,
        part = nil,
    }, Reader)
end

-- Adds to the buffer.
function Reader:fill()
    local more = self.read(CHUNK)
    if not more or more == "" then malformed("it ends in the middle of a part") end
    self.buffer = self.buffer .. more
end

-- Reads the content of the part at hand: some of it, at most count bytes, or nil at its end.
function Reader:content(count)
    local delimiter = self.delimiter
    while true do
        local buffer = self.buffer
        local at = find(buffer, delimiter, 1, true)
        -- Without a delimiter, the beginning of one may stand at the end.
        local free = at and at - 1 or #buffer - #delimiter + 1
        if free > 0 then
            free = min(free, count)
            self.buffer = sub(buffer, free + 1)
            return sub(buffer, 1, free)
        end
        if at then return nil end
        self:fill()
    end
end

-- The last part of a path, of either kind of system.
local function baseName(path)
    local name = match(path, "([^/\\]*)$")
    name = gsub(name, "[%c]", "")
    name = match(name, "^ *(.-) *$")
    if name == "." or name == ".." then return "" end
    return name
end

-- Browsers encode just these in names.
local NAMED = { ["22"] = '"', ["0D"] = "\r", ["0A"] = "\n", ["0d"] = "\r", ["0a"] = "\n" }
local function plainName(text)
    text = gsub(text, "%%(%x%x)", NAMED)
    if find(text, "%z") or not url.isUTF8(text) then malformed("a name is not UTF-8") end
    return text
end

local function parseHeaders(text)
    local headers, at = {}, 1
    while at <= #text do
        local stop = find(text, "\r\n", at, true) or #text + 1
        local name, value = match(sub(text, at, stop - 1), "^([%w!#$%%&'*+.^_`|~-]+):[ \t]*(.*)$")
        if not name or find(value, "[%z\r\n]") then malformed("bad header") end
        name = lower(name)
        if headers[name] then malformed("a header twice") end
        headers[name] = gsub(value, "[ \t]+$", "")
        at = stop + 2
    end
    return headers
end

---Goes on to the next part. What was not read of the one before is skipped.
---@return cc.http.Part? part nil at the end
function Reader:next()
    if self.ended then return nil end
    self.part = nil
    repeat until not self:content(CHUNK)

    -- The delimiter is followed by "--" after the last part, and by white space and a line break.
    local delimiter = self.delimiter
    while #self.buffer < #delimiter + 2 do self:fill() end
    if sub(self.buffer, #delimiter + 1, #delimiter + 2) == "--" then
        self.ended = true
        -- What follows means nothing, but the connection can only be used again if it is read.
        repeat until not self.read(CHUNK)
        return nil
    end
    self.count = self.count + 1
    if self.count > self.maxParts then
        error(problem.new(413, "a form may have " .. self.maxParts .. " parts"), 0)
    end
    self.buffer = sub(self.buffer, #delimiter + 1)
    local from
    while true do
        local _, stop = find(self.buffer, "^[ \t]*\r\n")
        if stop then
            from = stop + 1
            break
        end
        if #self.buffer > 128 or find(self.buffer, "^[ \t]*[^ \t\r]") then malformed("bad boundary line") end
        self:fill()
    end
    self.buffer = sub(self.buffer, from)

    local text
    while true do
        if sub(self.buffer, 1, 2) == "\r\n" then -- no headers at all
            text, self.buffer = "", sub(self.buffer, 3)
            break
        end
        local at = find(self.buffer, "\r\n\r\n", 1, true)
        if (at or #self.buffer) > self.maxHeaders then
            error(problem.new(413, "headers of a part may have " .. self.maxHeaders .. " bytes"), 0)
        end
        if at then
            text, self.buffer = sub(self.buffer, 1, at - 1), sub(self.buffer, at + 4)
            break
        end
        self:fill()
    end
    local headers = parseHeaders(text)
    local disposition, found = mime.parseDisposition(headers["content-disposition"])
    if disposition ~= "form-data" or not found.name then malformed("a part without a name") end
    local part = setmetatable({
        name = plainName(found.name),
        filename = found.filename and baseName(plainName(found.filename)),
        type = mime.parse(headers["content-type"]) or "text/plain",
        headers = headers,
        reader = self,
    }, Part)
    self.part = part
    return part
end

---Reads of the part: the next bytes, or nil at its end.
---@param count? integer at most so many; 16384 unless given
---@return string? bytes
function Part:read(count)
    if self.reader.part ~= self then error("the part is over: the next one was asked for", 2) end
    return self.reader:content(count or CHUNK)
end

---Reads the rest of the part.
---@param max integer how many bytes it may have; past that the client gets 413
---@return string
function Part:readAll(max)
    local pieces, n, size = {}, 0, 0
    while true do
        local piece = self:read()
        if not piece then return concat(pieces) end
        size = size + #piece
        if size > max then error(problem.new(413, "the field '" .. self.name .. "' may have " .. max .. " bytes"), 0) end
        n = n + 1
        pieces[n] = piece
    end
end

-- Copies a file over another one, which is as it was until all is there.
local function copy(from, to)
    local source = assert(fs.open(from, "rb"))
    local target, message = fs.open(to, "wb")
    if target then
        for piece in source.read, CHUNK do target.write(piece) end
        target.close()
    end
    source.close()
    if not target then error(message, 0) end
end

-- Numbers the files that are to replace others.
local replacing = 0

---Writes the rest of the part to a file. A file of the same name is replaced once all of the part has come; if it doesn't, or
---is too large, there is no new file. Throws what fs.open says.
---@param path string
---@param max? integer how many bytes it may have; past that the client gets 413. Any number unless given.
---@return integer size bytes
function Part:save(path, max)
    max = max or math.huge
    local target = path
    if fs.exists(path) then
        replacing = replacing + 1
        target = path .. ".part" .. replacing
    end
    local file, message = fs.open(target, "wb")
    if not file then error(message, 2) end
    local size = 0
    local ok, failure = pcall(function()
        for piece in function() return self:read() end do
            size = size + #piece
            if size > max then error(problem.new(413, "the file '" .. self.name .. "' may have " .. max .. " bytes"), 0) end
            file.write(piece)
        end
    end)
    -- Closing may fail as well: the disk is full.
    local closed, problemAtClose = pcall(file.close)
    if ok and not closed then ok, failure = false, problemAtClose end
    if ok and target ~= path then
        -- A file that is written anew is so at once, by its close; fs.move would not replace one.
        ok, failure = pcall(copy, target, path)
    end
    if target ~= path or not ok then fs.delete(target) end
    if not ok then error(failure, 0) end
    return size
end

return multipart
