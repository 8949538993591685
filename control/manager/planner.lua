-- What happens at times of the calendar: schedule.json, whose entries emit events, and plugins' functions. Runs that were missed, because the
-- server was not there or the computer asleep, are skipped.

local cron = require "luart.cron"
local keys = require("manager.scheduler").keys

---@class ScheduleEntry
---@field cron string
---@field event? string
---@field plugin? string
---@field next? number seconds since 1970
---@field error? string

---@class Planner
local Planner = {}
Planner.__index = Planner

local MOST = 10000 -- entries of schedule.json
local FAR = 24 * 3600 -- seconds that one timer waits at most, so that a clock that is set is noticed

---Makes a planner.
---@param options { emit: fun(event: string), run: fun(load: table, fn: function), log: fun(level: string, message: string), logEvents: boolean }
---@return Planner
local function new(options)
    return setmetatable({ options = options, entries = {}, own = {}, changes = 0, timer = nil, enabled = true }, Planner)
end

local function now() return os.epoch("utc") / 1000 end

-- The next time of an entry, after the present.
local function advance(entry, time)
    entry.next = entry.times.next(time)
end

local function each(self)
    local all = {}
    for _, entry in ipairs(self.entries) do all[#all + 1] = entry end
    for _, entry in ipairs(keys(self.own)) do all[#all + 1] = entry end
    return all
end

-- Waits for the entry that comes first. Plugins call this, too, and may be interrupted until it is known which one that is.
function Planner:arm()
    local first, changes
    self.changes = self.changes + 1
    repeat
        changes, first = self.changes, nil
        for _, entry in ipairs(each(self)) do
            if entry.next and (not first or entry.next < first) then first = entry.next end
        end
    until changes == self.changes
    if self.timer then os.cancelTimer(self.timer) end
    self.timer = nil
    if not first or not self.enabled then return end
    self.timer = os.startTimer(math.max(0, math.min(first - os.epoch("utc") / 1000, FAR)))
end

---Runs what is due, if the timer is the planner's.
---@param id integer
---@return boolean ours
function Planner:onTimer(id)
    if id ~= self.timer then return false end
    self.timer = nil
    local time = now()
    local due = {}
    for _, entry in ipairs(each(self)) do
        if entry.next and entry.next <= time then
            due[#due + 1] = entry
        end
    end
    table.sort(due, function(a, b)
        if a.next ~= b.next then return a.next < b.next end
        return a.order < b.order
    end)
    for _, entry in ipairs(due) do
        -- A timer may come late by some ticks; later than a minute is missed.
        local late = time - entry.next > 60
        advance(entry, time)
        if late then
            self.options.log("warning", "skipped a run of " .. (entry.event or entry.load.name) .. " (" .. entry.cron .. ") that was missed")
        elseif entry.event then
            if self.options.logEvents then self.options.log("info", "schedule: " .. entry.event) end
            self.options.emit(entry.event)
        elseif entry.load.state == "active" then
            self.options.run(entry.load, entry.fn)
        end
    end
    self:arm()
    return true
end

local order = 0

local function make(spec)
    local times, message = cron.parse(spec)
    if not times then return nil, message end
    order = order + 1
    local entry = { cron = spec, times = times, order = order }
    advance(entry, now())
    return entry
end

---Adds a function of a plugin.
---@param load table
---@param spec string
---@param fn function
---@return (fun())? remove nil if the schedule can't be
---@return string? message
function Planner:add(load, spec, fn)
    local entry, message = make(spec)
    if not entry then return nil, message end
    entry.load, entry.fn = load, fn
    self.own[entry] = true
    self:arm()
    return function()
        if self.own[entry] then
            self.own[entry] = nil
            self:arm()
        end
    end
end

---Takes all functions of a load away.
---@param load table
function Planner:forget(load)
    local found = false
    for _, entry in ipairs(keys(self.own)) do
        if entry.load == load then
            self.own[entry] = nil
            found = true
        end
    end
    if found then self:arm() end
end

---Reads schedule.json anew. Entries that can't be are left out; if the file itself can't be read, the old ones stay.
---@param path string
---@return string[] errors
function Planner:refresh(path)
    local errors = {}
    local function wrong(message)
        errors[#errors + 1] = message
        self.options.log("error", "schedule.json: " .. message)
    end
    if not fs.exists(path) then
        self.entries = {}
        self:arm()
        return errors
    end
    local file, message = fs.open(path, "rb")
    local text = file and fs.getSize(path) <= 1048576 and file.readAll()
    if file then file.close() end
    if not text then
        wrong(message or "it is larger than 1 MiB")
        return errors
    end
    local list
    list, message = textutils.unserializeJSON(text)
    if type(list) ~= "table" or next(list) ~= nil and list[1] == nil then
        wrong(message or "it must be an array of objects such as { \"cron\": \"0 0 18 * * 5\", \"event\": \"name\" }")
        return errors
    end
    local entries = {}
    for i, item in ipairs(list) do
        if i > MOST then
            wrong("only the first " .. MOST .. " entries count")
            break
        end
        if type(item) ~= "table" or type(item.cron) ~= "string" or type(item.event) ~= "string" then
            wrong("entry " .. i .. " must have a \"cron\" and an \"event\"")
        else
            local entry
            entry, message = make(item.cron)
            if entry then
                entry.event = item.event
            else
                wrong("entry " .. i .. ": " .. message)
                entry = { cron = item.cron, event = item.event, error = message, order = 0 }
            end
            entries[#entries + 1] = entry
        end
    end
    self.entries = entries
    self:arm()
    return errors
end

---Tells what is planned, what comes first in front.
---@return ScheduleEntry[]
function Planner:list()
    local list = {}
    for _, entry in ipairs(each(self)) do
        if entry.event or entry.load.state == "active" then
            list[#list + 1] = { cron = entry.cron, event = entry.event, plugin = entry.load and entry.load.name, next = entry.next, error = entry.error }
        end
    end
    table.sort(list, function(a, b) return (a.next or math.huge) < (b.next or math.huge) end)
    return list
end

return { new = new }
