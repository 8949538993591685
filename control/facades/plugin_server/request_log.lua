-- What is written down of requests: a line in the log, and one in a file in the Common Log Format. Keys do not get there.

local url = require "cc.http.url"

local byte, find, format, gmatch, gsub, sub = string.byte, string.find, string.format, string.gmatch, string.gsub, string.sub

local requestLog = {}

---Takes the values of keys out of a target.
---@param target string as the client has sent it
---@return string
function requestLog.redact(target)
    local at = find(target, "?", 1, true)
    if not at then return target end
    local fields = {}
    for field in gmatch(sub(target, at + 1) .. "&", "([^&]*)&") do
        local equals = find(field, "=", 1, true)
        local name = equals and sub(field, 1, equals - 1)
        name = name and (url.decode(name, true) or name):lower()
        if name == "apikey" or name == "token" then field = sub(field, 1, equals) .. "***" end
        fields[#fields + 1] = field
    end
    return sub(target, 1, at) .. table.concat(fields, "&")
end

-- A text that is in quotation marks in a log.
local function quoted(text)
    return (gsub(text, '[%c"\\\127-\255]', function(c) return format("\\x%02x", byte(c)) end))
end

---A line of the Common Log Format.
---@param exchange table
---@param address string
---@param status integer
---@param time number seconds since 1970
---@return string
function requestLog.line(exchange, address, status, time)
    local version = rawget(exchange.headers, "Host") and "HTTP/1.1" or "HTTP/1.0"
    return format('%s - - [%s] "%s %s %s" %d %s', address, os.date("!%d/%b/%Y:%H:%M:%S +0000", time), quoted(exchange.method),
        quoted(requestLog.redact(exchange.target)), version, status, exchange.size and format("%d", exchange.size) or "-")
end

---@class plugin_server.LogFile
local LogFile = {}
LogFile.__index = LogFile

local MOST = 4096 -- lines that wait to be written

---Opens a file that lines are added to.
---@param path string
---@param failed fun(message: string) told when it can't be written, once
---@return plugin_server.LogFile
function requestLog.file(path, failed)
    local self = setmetatable({ path = path, failed = failed, lines = {}, count = 0 }, LogFile)
    self:open()
    return self
end

---Opens the file anew: it may have been renamed.
function LogFile:open()
    if self.handle then pcall(self.handle.close) end
    local handle, message = fs.open(self.path, "a")
    if not handle and not self.told then
        self.told = true
        self.failed("requests can't be written to file_server.common_log: " .. tostring(message))
    end
    self.handle = handle
end

---Adds a line, which is written with the next ones.
---@param line string
function LogFile:add(line)
    if self.count >= MOST then self:flush() end
    self.count = self.count + 1
    self.lines[self.count] = line
end

---Writes what was added.
function LogFile:flush()
    if self.count == 0 then return end
    local text = table.concat(self.lines, "\n", 1, self.count) .. "\n"
    self.lines, self.count = {}, 0
    if not self.handle then self:open() end
    if not self.handle then return end
    local ok, message = pcall(function()
        self.handle.write(text)
        self.handle.flush()
    end)
    if not ok then
        pcall(self.handle.close)
        self.handle = nil
        if not self.told then
            self.told = true
            self.failed("requests can't be written to file_server.common_log: " .. tostring(message))
        end
    end
end

---Writes what was added, and closes the file.
function LogFile:close()
    self:flush()
    if self.handle then pcall(self.handle.close) end
    self.handle = nil
end

return requestLog
