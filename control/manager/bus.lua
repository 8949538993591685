-- What plugins have in common: handlers of events, hooks and exports. Each entry belongs to one load of a plugin, and counts while that load is the
-- active one, so that replacing a plugin is one step for all of them.

---@class Bus
local Bus = {}
Bus.__index = Bus

---Makes a bus.
---@param scheduler Scheduler
---@return Bus
local function new(scheduler)
    return setmetatable({ scheduler = scheduler, handlers = {}, hooks = {}, order = 0, onEvent = nil }, Bus)
end

local MOST = 10000 -- entries of one load

-- Adds an entry of a load to those of a name.
local function insert(load, all, name, entry)
    load.entries = load.entries or {}
    if #load.entries >= MOST then error("too many handlers (" .. MOST .. "); is a handler added again and again?", 4) end
    local list = all[name]
    if not list then
        list = {}
        all[name] = list
    end
    entry.load, entry.name, entry.all = load, name, all
    load.entries[#load.entries + 1] = entry
    list[#list + 1] = entry
end

-- A list as it is at this moment: whoever goes through it may be interrupted by who changes it.
local function copy(list) return table.move(list, 1, #list, 1, {}) end

-- Takes entries out of a list, which is a field of a table, and the field away if none are left. Plugins run this, and may be interrupted by others that
-- add and take away: so a new list is made, and takes the place of the old one if nobody has changed that meanwhile.
local function without(holder, field, gone)
    while true do
        local list = holder[field]
        if not list then return end
        local n, rest = #list, {}
        for i = 1, n do
            local entry = list[i]
            if not gone[entry] then rest[#rest + 1] = entry end
        end
        -- Nothing is called from here to the assignment, and no loop goes round: nobody comes between.
        if holder[field] == list and #list == n then
            holder[field] = rest[1] and rest or nil
            return
        end
    end
end

-- Takes entries of a load away, all of one name.
local function forget(all, name, load, gone)
    without(all, name, gone)
    without(load, "entries", gone)
end

-- Takes the entries of a load out of a list: those with a function, or all of them.
local function withdraw(all, name, load, fn)
    local gone = {}
    for _, entry in ipairs(copy(all[name] or {})) do
        if entry.load == load and (fn == nil or entry.fn == fn) then gone[entry] = true end
    end
    if not next(gone) then return false end
    forget(all, name, load, gone)
    return true
end

---Adds a handler of an event.
---@param load table the load that it belongs to
---@param name string
---@param fn function
---@param once boolean
function Bus:on(load, name, fn, once)
    insert(load, self.handlers, name, { fn = fn, once = once })
end

---Takes a handler away, by the function that was given.
---@param load table
---@param name string
---@param fn function
---@return boolean found
function Bus:off(load, name, fn)
    return withdraw(self.handlers, name, load, fn)
end

---Takes all entries of a load away.
---@param load table
function Bus:forgetAll(load)
    local lists = {} -- the entries that go, by the table of lists and the name
    for _, entry in ipairs(load.entries or {}) do
        local names = lists[entry.all] or {}
        lists[entry.all] = names
        names[entry.name] = names[entry.name] or {}
        names[entry.name][entry] = true
    end
    load.entries = nil
    for all, names in pairs(lists) do
        for name, gone in pairs(names) do without(all, name, gone) end
    end
end

---Calls the handlers of an event, each as a task of its plugin, soon. While the load that emits is staged, only its own handlers hear it, and the
---others once it is the active one.
---@param from table? the load that emits; nil is the control plane
---@param name string
---@param ... any
function Bus:emit(from, name, ...)
    if self.onEvent then self.onEvent(name) end
    if from and from.state == "staged" then
        from.outbox[#from.outbox + 1] = table.pack(name, ...)
        if #from.outbox > 1000 then error("too many events before the plugin is loaded", 3) end
    end
    local list = self.handlers[name]
    if not list then return end
    for _, entry in ipairs(copy(list)) do
        local load = entry.load
        local staged = from and from.state == "staged"
        if not entry.spent and (staged and load == from or not staged and load.state == "active" and not (from and from.sent == load)) then
            if entry.once then
                entry.spent = true
                forget(entry.all, name, load, { [entry] = true })
            end
            local ok, message = pcall(self.scheduler.start, self.scheduler, load, name, entry.fn, ...)
            if not ok and from then error(message, 3) end
        end
    end
end

---Sends the events of a load that has just become the active one, to all but itself.
---@param load table
function Bus:flush(load)
    local outbox = load.outbox
    load.outbox = {}
    load.sent = load
    for i = 1, #outbox do
        local event = outbox[i]
        self:emit(load, table.unpack(event, 1, event.n))
    end
    load.sent = nil
end

----------------------------------------------------------------------------------------------------------------------
-- Hooks

---Adds a hook. Of a load, there is one of each kind for a name and function.
---@param load table
---@param name string
---@param fn function
---@param priority number
---@param watching boolean
function Bus:addHook(load, name, fn, priority, watching)
    self.order = self.order + 1
    insert(load, self.hooks, name, { fn = fn, priority = priority, order = self.order, watching = watching })
end

---Takes a load's hooks of a name away: all of them, or those with a function.
---@param load table
---@param name string
---@param fn? function
---@return boolean found
function Bus:removeHook(load, name, fn)
    return withdraw(self.hooks, name, load, fn)
end

-- Calls a hook: in the running task if it is of the same load, else as a task of its plugin.
local function callHook(self, from, entry, ...)
    if entry.load == from then return pcall(entry.fn, ...) end
    return self.scheduler:call({ owner = entry.load, name = "hook " .. entry.name, fn = entry.fn }, ...)
end

local function first(a, b)
    if a.priority ~= b.priority then return a.priority > b.priority end
    return a.order < b.order
end

-- The hooks that count, in their order. They are sorted here, in a copy: a sort may be interrupted by who adds others.
local function active(self, from, name)
    local now = {}
    for _, entry in ipairs(copy(self.hooks[name] or {})) do
        if entry.load.state == "active" or entry.load == from then now[#now + 1] = entry end
    end
    if now[2] then table.sort(now, first) end
    return now
end

---Runs the hooks of a name by their priority, until one gives an answer; those that only watch are always called. One that
---fails counts as one without an answer.
---@param from table the load that asks
---@param name string
---@param ... any
---@return any ... the first answer whose first value is not nil
function Bus:runHooks(from, name, ...)
    local answer
    for _, entry in ipairs(active(self, from, name)) do
        if entry.watching then
            callHook(self, from, entry, ...)
        elseif not answer then
            local result = table.pack(callHook(self, from, entry, ...))
            if result[1] and result[2] ~= nil then answer = result end
        end
    end
    if answer then return table.unpack(answer, 2, answer.n) end
end

---Runs all hooks of a name and combines their answers.
---@param from table the load that asks
---@param name string
---@param initial any
---@param combine fun(value: any, answer: any): any, boolean? the new value, and whether to stop
---@param ... any
---@return any value
function Bus:foldHooks(from, name, initial, combine, ...)
    local value, stopped = initial, false
    for _, entry in ipairs(active(self, from, name)) do
        if entry.watching then
            callHook(self, from, entry, ...)
        elseif not stopped then
            local ok, answer = callHook(self, from, entry, ...)
            if ok and answer ~= nil then
                local stop
                value, stop = combine(value, answer)
                stopped = stop and true or false
            end
        end
    end
    return value
end

return { new = new }
