-- How far an update is: a line that changes on a terminal, a line for each file and package elsewhere.

local progress = {}

---@class pkg.Progress
---@field s pkg.Session
---@field downloads table<string, { length?: number, done: number }> that are under way, by their URL
---@field finished integer files that have come
---@field metadata integer the same of metadata, with those under way
---@field shown number when the line was written last, in milliseconds
---@field waiting? string the URL that the line is to be about, if there was no time
local Progress = {}
Progress.__index = Progress

local PERIOD = 100 -- ms between two states of the line
local WIDTH = 20   -- characters of a bar

---Makes it, for one update.
---@param s pkg.Session
---@return pkg.Progress
function progress.new(s) return setmetatable({ s = s, downloads = {}, finished = 0, metadata = 0, shown = 0 }, Progress) end

---A number of bytes for people.
---@param n number
---@return string
function progress.bytes(n)
    local unit = 1
    local units = { "B", "kB", "MB", "GB", "TB" }
    while n >= 999.5 and unit < #units do n, unit = n / 1000, unit + 1 end
    return (unit == 1 and "%d %s" or "%.1f %s"):format(unit == 1 and math.floor(n) or n, units[unit])
end

---A bar.
---@param part number 0 to 1
---@return string
function progress.bar(part)
    local full = math.floor(math.max(0, math.min(1, part)) * WIDTH + 0.5)
    return "[" .. ("#"):rep(full) .. ("."):rep(WIDTH - full) .. "]"
end

-- Metadata are many small files, which nobody wants to read of.
local function isMetadata(url) return url:find "%.json$" ~= nil or url:find "%.yaml$" ~= nil end

-- The line for downloads. What comes too soon is for refresh to show.
function Progress:line(url)
    local now = os.epoch "utc"
    self.waiting = url
    if now - self.shown < PERIOD and now >= self.shown then return end
    self.shown, self.waiting = now, nil
    if isMetadata(url) then return self.s:progress(("Reading metadata  %d files"):format(self.metadata)) end
    local done, length, known = 0, 0, true
    for _, each in pairs(self.downloads) do
        done, length, known = done + each.done, length + (each.length or 0), known and each.length ~= nil
    end
    -- Of what is narrower than all of it, what comes first is the most important.
    local amount = progress.bytes(done)
    if known and length > 0 then
        amount = ("%3d%%  %s  %s of %s"):format(math.min(100, math.floor(100 * done / length)), progress.bar(done / length), amount, progress.bytes(length))
    end
    if self.finished > 0 then amount = amount .. ", " .. self.finished .. " done" end
    self.s:progress(("Downloading  %s  %s"):format(amount, url))
end

---Shows the state that there has been no time for, until another coroutine ends. On terminals there has to be somebody who does.
function Progress:refresh()
    while true do
        local timer = os.startTimer(2 * PERIOD / 1000)
        repeat
            local _, id = os.pullEventRaw "timer" -- "terminate" is for the others
        until id == timer
        if self.waiting and next(self.downloads) then self:line(self.waiting) end
    end
end

local function plain(self) return not self.s.options.stderr end

---Takes a message of an update.
---@param m table
function Progress:tell(m)
    local kind, url = m["$type"]:match "[^/]+$", m.url
    if kind == "started" then
        if isMetadata(url) then self.metadata = self.metadata + 1 end
        self.downloads[url] = { done = 0 }
        self:line(url)
    elseif kind == "length" and self.downloads[url] then
        self.downloads[url].length = tonumber(m.length)
    elseif kind == "intermediate" and self.downloads[url] then
        self.downloads[url].done = tonumber(m.downloaded) or 0
        self:line(url)
    elseif kind == "finished" then
        local each = self.downloads[url] or { done = 0 }
        self.downloads[url] = nil
        if m.success and not isMetadata(url) then self.finished = self.finished + 1 end
        if not m.success and not isMetadata(url) then
            self.s:note("failed: " .. url)
        elseif plain(self) and not isMetadata(url) then
            self.s:say("downloaded " .. url .. (each.length and " (" .. progress.bytes(each.length) .. ")" or ""))
        end
        self:line(url)
    elseif kind == "extraction" then
        local i, n = m.progress.numerator, m.progress.denominator
        if plain(self) then
            self.s:say(("[%d/%d] %s"):format(i, n, m.package))
        else
            self.s:progress(("Unpacking  %d of %d  %s  %s"):format(i, n, progress.bar(i / n), m.package))
        end
    end
end

return progress
