-- The log: lines of plugins, facades and the control plane itself. The last ones are kept in memory; sinks get every line.

---@class LogLine
---@field seq integer counts all lines
---@field time number milliseconds since 1970
---@field source string
---@field level "debug"|"info"|"success"|"warning"|"error"
---@field message string
---@field fields? table

---@class Logs
local Logs = {}
Logs.__index = Logs

local LEVELS = { debug = 1, info = 2, success = 3, warning = 4, error = 5 }
local LONGEST = 8192 -- bytes of a line's message

---Makes a log.
---@param options? { ring?: integer, level?: string } ring: how many lines are kept; level: the least that is
---@return Logs
local function new(options)
    local self = setmetatable({ size = 0, ring = {}, seq = 0, followers = {}, sinks = {}, secrets = {} }, Logs)
    self:configure(options or {})
    return self
end

---Sets how many lines are kept, of those that are there as well, and the least level of those to come.
---@param options { ring?: integer, level?: string }
function Logs:configure(options)
    self.least = LEVELS[options.level or "debug"] or 1
    local size = math.max(1, options.ring or 1000)
    if size == self.size then return end
    local ring, seq = {}, math.max(1, self.seq - math.min(size, self.size) + 1)
    while seq <= self.seq do -- others may write meanwhile, until the last turn is over
        ring[(seq - 1) % size + 1] = self.ring[(seq - 1) % self.size + 1]
        seq = seq + 1
    end
    self.ring, self.size = ring, size
end

-- A text as it may stand in a log: UTF-8, without characters that do something to a terminal, not too long.
local function clean(text)
    if #text > LONGEST then text = text:sub(1, LONGEST) .. " … (" .. #text .. " bytes)" end
    if text:find("[^\32-\126\n\t]") then
        if utf8.len(text) then
            text = text:gsub("[%z\1-\8\11-\31\127]", function(c) return ("\\%03d"):format(c:byte()) end)
            text = text:gsub("\194[\128-\159]", function(c) return ("\\u%04X"):format(c:byte(2)) end)
        else
            text = text:gsub("[%z\1-\8\11-\31\127-\255]", function(c) return ("\\%03d"):format(c:byte()) end)
        end
    end
    return text
end

local function hide(self, text)
    for secret, pattern in pairs(self.secrets) do
        if text:find(secret, 1, true) then text = text:gsub(pattern, "***") end
    end
    return text
end

---Keeps a text out of the log, in which "***" stands in its place. Those of less than four bytes are ignored.
---@param text string
function Logs:secret(text)
    if #text >= 4 then self.secrets[text] = text:gsub("%W", "%%%0") end
end

---A text as it may be shown to people and clients: without secrets, in UTF-8, 8 KiB at most.
---@param text string
---@return string
function Logs:shown(text) return clean(hide(self, text)) end

---Adds a line.
---@param source string
---@param level string
---@param message any
---@param fields? table
function Logs:write(source, level, message, fields)
    local rank = LEVELS[level]
    if not rank then level, rank = "info", 2 end
    if rank < self.least then return end
    if type(message) ~= "string" then
        local ok, text = pcall(tostring, message)
        message = ok and type(text) == "string" and text or "(" .. type(message) .. ")"
    end
    local shown
    if fields then
        shown = {}
        for name, value in pairs(fields) do
            shown[name] = type(value) == "string" and clean(hide(self, value)) or value
        end
    end
    local line = { time = os.epoch("utc"), source = source, level = level, message = clean(hide(self, message)), fields = shown }
    -- Whoever writes may be preempted at any call: from here to the ring there is none, so that nobody finds a line missing.
    local seq = self.seq + 1
    line.seq, self.seq = seq, seq
    self.ring[(seq - 1) % self.size + 1] = line
    for _, list in ipairs { self.sinks, self.followers } do
        for i = 1, #list do
            local each = list[i]
            if each and (not each.filter or self.passes(line, each.filter)) then pcall(each.fn, line) end
        end
    end
end

---Whether a line is one of those that a filter lets pass.
---@param line LogLine
---@param filter? { source?: string, level?: string }
---@return boolean
function Logs.passes(line, filter)
    if not filter then return true end
    if filter.source and line.source ~= filter.source then return false end
    return not filter.level or LEVELS[line.level] >= (LEVELS[filter.level] or 1)
end

---The last lines, oldest first.
---@param n integer how many at most
---@param filter? { source?: string, level?: string }
---@return LogLine[]
function Logs:tail(n, filter)
    local found = {}
    for seq = self.seq, math.max(1, self.seq - self.size + 1), -1 do
        if #found >= n then break end
        local line = self.ring[(seq - 1) % self.size + 1]
        if line and line.seq == seq and self.passes(line, filter) then found[#found + 1] = line end
    end
    local lines = {}
    for i = #found, 1, -1 do lines[#lines + 1] = found[i] end
    return lines
end

---The lines after a certain one, oldest first, for those who follow.
---@param seq integer what the one before them has as its seq; 0 for all
---@param filter? { source?: string, level?: string }
---@return LogLine[]
---@return integer last the seq of the last line there is
---@return integer lost how many after seq are not kept any more
function Logs:after(seq, filter)
    local last = self.seq
    local first = math.max(seq, last - self.size, 0) + 1
    local lines = {}
    for i = first, last do
        local line = self.ring[(i - 1) % self.size + 1]
        if line and line.seq == i and self.passes(line, filter) then lines[#lines + 1] = line end
    end
    return lines, last, first - seq - 1
end

local function add(list, entry)
    list[#list + 1] = entry
    return function()
        for i = #list, 1, -1 do
            if list[i] == entry then table.remove(list, i) end
        end
    end
end

---Has a function called with each new line. It must not wait; its errors are ignored.
---@param fn fun(line: LogLine)
---@param filter? { source?: string, level?: string }
---@return fun() stop
function Logs:follow(fn, filter)
    return add(self.followers, { fn = fn, filter = filter })
end

---Has a function called with each new line, before those of follow.
---@param fn fun(line: LogLine)
---@return fun() remove
function Logs:sink(fn)
    return add(self.sinks, { fn = fn })
end

---A line as text: "2026-01-02 03:04:05 [hello] info: text". Further lines of the message are indented, so that none of them, which may come from a
---client, looks like a line of the log.
---@param line LogLine
---@return string
function Logs.text(line)
    local message = line.message:gsub("\n", "\n    ")
    local text = ("%s [%s] %s: %s"):format(os.date("%Y-%m-%d %H:%M:%S", math.floor(line.time / 1000)), line.source, line.level, message)
    local trace = line.fields and line.fields.traceback
    return trace and text .. "\n" .. trace or text
end

return { new = new }
