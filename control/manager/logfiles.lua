-- The log on disk: a file of JSON lines for each source, NAME.log, which becomes NAME.log.1 when it is full, and that NAME.log.2, and so on.
--
-- Lines come while plugins run, at any of their instructions, so they are only put in a row then; a task of the control plane writes them a moment
-- later. They are with the operating system then and outlive a kill of the process; a power cut may take the last ones. A line that a crash
-- has cut off is ended before the next one.

local digest = require "luart.digest"
local files = require "luart.files"
local json = require "luart.json"

---@class LogFiles
---@field folder string
---@field size integer bytes of a file, until the next one is begun
---@field files integer how many are kept of a source, with the one that is written to
local LogFiles = {}
LogFiles.__index = LogFiles

local OPEN = 16 -- files that are open at a time
local WAITING = 100000 -- lines that wait to be written
local RETRY = 10 -- seconds until a file is tried again that could not be written to

local ENCODING = { sorted = true, order = { "time", "level", "source", "message", "fields" } }

---Makes the writer of log files; `add` takes lines, `flush` writes them.
---@param folder string
---@param options? { size?: integer, files?: integer }
---@param report? fun(message: string) gets what is wrong with a file, when it begins to be wrong
---@return LogFiles
local function new(folder, options, report)
    local self = setmetatable({
        folder = folder, report = report or function() end, waiting = {}, count = 0, lost = 0, open = {}, opened = 0, turn = 0, broken = {},
    }, LogFiles)
    self:configure(options or {})
    return self
end

---Sets the limits, for what is written from now on.
---@param options { size?: integer, files?: integer }
function LogFiles:configure(options)
    self.size = math.max(4096, options.size or 10485760)
    self.files = math.max(1, options.files or 5)
end

-- What a source's file is called. Names of plugins can be names of files, others become digests.
local function fileName(source)
    if #source <= 64 and source:find("^[%w_][%w_. -]*$") and not source:find("[. ]$") then return source .. ".log" end
    return "source-" .. digest.sha256(source):sub(1, 16) .. ".log"
end

local function encode(line)
    local record = {
        time = os.date("!%Y-%m-%dT%H:%M:%S", math.floor(line.time / 1000)) .. (".%03dZ"):format(line.time % 1000),
        level = line.level, source = line.source, message = line.message, fields = line.fields,
    }
    local ok, text = pcall(json.encode, record, ENCODING)
    if not ok then -- a field that JSON doesn't have
        record.fields = nil
        text = json.encode(record, ENCODING)
    end
    return text .. "\n"
end

local function closeFile(self, name)
    local each = self.open[name]
    if not each then return end
    self.open[name] = nil
    self.opened = self.opened - 1
    pcall(each.handle.close)
end

local function openFile(self, name)
    local path = fs.combine(self.folder, name)
    if not fs.exists(path) then assert(fs.open(path, "ab")).close() end
    -- Not for appending: by a seek, which that has not, what was written is given to the operating system without waiting for the disk.
    local handle = assert(fs.open(path, "r+b"))
    local size = handle.seek("end")
    if size > 0 then
        handle.seek("end", -1)
        local last = handle.read(1)
        handle.seek("end")
        if last ~= "\n" then
            handle.write("\n")
            size = size + 1
        end
    end
    if self.opened >= OPEN then
        local oldest
        for other, each in pairs(self.open) do
            if not oldest or each.turn < self.open[oldest].turn then oldest = other end
        end
        closeFile(self, oldest)
    end
    local each = { handle = handle, size = size, turn = 0 }
    self.open[name] = each
    self.opened = self.opened + 1
    return each
end

-- Makes room for a new file.
local function rotate(self, name)
    closeFile(self, name)
    local path = fs.combine(self.folder, name)
    local number = math.max(1, self.files - 1)
    while fs.exists(path .. "." .. number) do -- the oldest, and what is left of a time when more were kept
        fs.delete(path .. "." .. number)
        number = number + 1
    end
    if self.files == 1 then return fs.delete(path) end
    for i = self.files - 2, 1, -1 do
        if fs.exists(path .. "." .. i) then assert(files.rename(path .. "." .. i, path .. "." .. i + 1, false)) end
    end
    assert(files.rename(path, path .. ".1", false))
end

-- Writes a text of whole lines.
local function put(self, name, text)
    local each = self.open[name] or openFile(self, name)
    if each.size > 0 and each.size + #text > self.size then
        rotate(self, name)
        each = openFile(self, name)
    end
    self.turn = self.turn + 1
    each.turn = self.turn
    each.handle.write(text)
    each.handle.seek("cur", 0)
    each.size = each.size + #text
end

---Takes a line, to be written by flush.
---@param line LogLine
function LogFiles:add(line)
    local count = self.count + 1
    if count > WAITING then
        self.lost = self.lost + 1
        return
    end
    self.waiting[count], self.count = line, count
end

-- Writes a text, unless its file was broken a moment ago.
local function try(self, name, text, lines)
    local broken = self.broken[name]
    if broken and os.clock() < broken.untilTime then
        broken.lines = broken.lines + lines
        return
    end
    if broken and broken.lines > 0 then
        text = encode {
            time = os.epoch("utc"), source = "control", level = "error", message = broken.lines .. " lines before this one were lost: " .. broken.message,
        } .. text
    end
    local ok, message = pcall(put, self, name, text)
    if ok then
        self.broken[name] = nil
        return
    end
    closeFile(self, name)
    self.broken[name] = { untilTime = os.clock() + RETRY, lines = (broken and broken.lines or 0) + lines, message = tostring(message) }
    if not broken then self.report("the log file " .. name .. " can't be written: " .. tostring(message)) end
end

---Writes the lines that were taken. It does not wait; errors are reported, and their file is tried again later.
function LogFiles:flush()
    local waiting, lost = self.waiting, self.lost
    self.waiting, self.count, self.lost = {}, 0, 0
    local order, texts = {}, {}
    for _, line in ipairs(waiting) do
        local name = fileName(line.source)
        local list = texts[name]
        if not list then
            list = { size = 0 }
            texts[name] = list
            order[#order + 1] = name
        end
        local text = encode(line)
        if list.size + #text > math.min(self.size, 1048576) then
            try(self, name, table.concat(list), #list)
            list = { size = 0 }
            texts[name] = list
        end
        list[#list + 1] = text
        list.size = list.size + #text
    end
    for _, name in ipairs(order) do try(self, name, table.concat(texts[name]), #texts[name]) end
    if lost > 0 then self.report(lost .. " lines were lost, since more came than could be written") end
end

---Writes what is left and closes the files.
function LogFiles:close()
    self:flush()
    for name in pairs(self.open) do closeFile(self, name) end
end

---Writes a manager's log to files from now on.
---@param manager Manager
---@param folder string it is made if it is missing; throws if that can't be
---@return LogFiles files to be closed when the manager's loop has ended
local function attach(manager, folder)
    fs.makeDir(folder)
    local self = new(folder, manager.settings.logs, function(message) manager.logs:write("control", "error", message) end)
    local gate = manager:gate()
    manager.logs:sink(function(line)
        self:add(line)
        gate:open()
    end)
    manager:on("settings", function(settings) self:configure(settings.logs) end)
    manager:spawn(function()
        while true do
            gate:wait()
            gate = manager:gate()
            self:flush()
        end
    end)
    return self
end

return { new = new, attach = attach }
