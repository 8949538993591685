-- The part of the manager that bounds what the values of plugins take: each of them, and all together.
--
-- What a plugin holds is only known by a walk over all of it, so what it has allocated since the last walk, garbage with the rest, is added to what that
-- has found. When this is much, the plugin is measured anew. A plugin that has too much has its calls ended, and is unloaded if it goes on
-- growing; so is the largest one when all of them come near to what the server has, before it is the server itself that has no memory left.

local slices = require "manager.slices"

---@class Manager
---@field estimated number bytes that all plugins take at most
---@field room number bytes that all of them may take
---@field common? number bytes that are counted for each load, though all share them: code
local Memory = {}

local MiB = 2 ^ 20
local BEYOND = 16 * MiB -- or a quarter of plugins.memory: with so much more, a plugin is unloaded; a single slice may allocate a lot
local ROOM, FULL = 0.75, 0.9 -- of limits.memory: beyond the first, nothing is loaded; beyond the second, the largest plugin is unloaded
local STEP = 1 / 32 -- of limits.memory: how much more there is until all are looked at anew

---Finds out how much room there is.
function Memory:beginMemory()
    local _, limit = slices.memory()
    self.estimated, self.limit = 0, limit or math.huge
    self.room, self.lookAt = self.limit * ROOM, self.limit * ROOM
end

-- Counts what a load has allocated since the last time.
local function estimate(self, load)
    local now = math.max(0, (load.memory or 0) - (self.common or 0)) + load.bytes - load.measured
    self.estimated = self.estimated + now - (load.estimate or 0)
    load.estimate = now
end

-- Measures a load.
local function measure(self, load)
    local bytes = load:measure()
    local most = self.settings.plugins.memory
    load.step = math.max(MiB, math.min(most / 4, (most - bytes) / 2))
    estimate(self, load)
    self.metrics:gauge("plugin_memory_bytes", { plugin = load.name }, bytes)
    return bytes
end

-- Measures the loads that have allocated most since the last time, until there is room or nothing is left to measure.
local function refine(self)
    local all = {}
    for _, load in pairs(self.loads) do
        if load.bytes - load.measured > MiB / 4 then all[#all + 1] = load end
    end
    table.sort(all, function(a, b) return a.bytes - a.measured > b.bytes - b.measured end)
    for _, load in ipairs(all) do
        if self.estimated <= self.room then break end
        measure(self, load)
    end
    self.lookAt = math.max(self.room, self.estimated + self.limit * STEP)
end

local function together(self)
    return ("the values of all plugins take %d MiB of the server's %d MiB (limits.memory)"):format(math.ceil(self.estimated / MiB), math.floor(self.limit / MiB))
end

-- What two loads have in common.
local function inCommon(self, a, b)
    local stops = self.stops
    local function sum(...)
        local roots = { ... }
        for _, env in ipairs(roots) do stops[env] = nil end
        local bytes = slices.measure(roots, stops)
        for _, env in ipairs(roots) do stops[env] = true end
        return bytes
    end
    return math.max(0, sum(a.env) + sum(b.env) - sum(a.env, b.env))
end

---Makes the first measurement of a load, whose code has run.
---@param load Load
function Memory:countLoad(load)
    measure(self, load)
    if self.common then return end
    if not self.first or self.first.state == "closed" then
        self.first = load
        return
    end
    self.common = inCommon(self, self.first, load)
    estimate(self, self.first)
    estimate(self, load)
    self.first = nil
end

---Forgets a load that is closed.
---@param load Load
function Memory:forgetLoad(load)
    self.estimated = self.estimated - (load.estimate or 0)
    load.estimate = 0
end

---Whether another plugin may be loaded.
---@return boolean ok
---@return string? message
function Memory:hasRoom()
    if self.estimated > self.room then refine(self) end
    if self.estimated <= self.room then return true end
    return false, "not enough memory for it: " .. together(self) .. "; unload others, or give the server more"
end

---Unloads the plugin that takes most.
---@param reason string
function Memory:unloadLargest(reason)
    local largest
    for _, load in pairs(self.loads) do
        if not load.evicted and (not largest or (load.estimate or 0) > (largest.estimate or 0)) then largest = load end
    end
    if largest then self:evict(largest, ("it was unloaded, as the one that takes most, %d MiB: %s"):format(math.ceil((largest.estimate or 0) / MiB), reason)) end
end

local function tooMuch(self, load, task, message)
    self:countError(load, task, message, { task = task.name, code = "memory" })
    self.scheduler:cancel(task, message, "memory")
end

---Looks at what a slice of a plugin's task has taken.
---@param task Task
function Memory:checkSlice(task)
    local load = task.owner
    estimate(self, load)
    if load.bytes - load.measured >= load.step then
        local most, bytes = self.settings.plugins.memory, measure(self, load)
        if bytes > most then
            local message = ("not enough memory: its values take %d MiB of the %d MiB that a plugin may have (plugins.memory)"):format(
                math.ceil(bytes / MiB), math.floor(most / MiB))
            tooMuch(self, load, task, message)
            bytes = measure(self, load) -- what only the call held is gone with it
            load.overMemory = bytes > most and message or nil
            if bytes > most + math.max(BEYOND, most / 4) then self:evict(load, "it was unloaded: " .. message) end
            return
        end
        load.overMemory = nil
    end
    if self.estimated <= self.lookAt then return end
    refine(self)
    if self.estimated <= self.room then return end
    -- Those that take more than their share can't have more now.
    local count = 0
    for _ in pairs(self.loads) do count = count + 1 end
    if (load.memory or 0) > self.room / count then tooMuch(self, load, task, "not enough memory: " .. together(self)) end
    if self.estimated > self.limit * FULL then self:unloadLargest(together(self)) end
end

return Memory
