-- What plugins keep by Storage: a store of luart.storage in the data folder, which all plugins share: a namespace is whatever plugins agree on.
--
-- The store is the control plane's, whose tasks read and write it. Values go there as copies without metatables, which are made in the plugin's
-- own time: so nothing of a plugin's code runs in a task of the control plane, and what is written is no longer the plugin's to change.

local expect = require("cc.expect").expect

local next, type = next, type

---@class PluginStorage
local PluginStorage = {}
PluginStorage.__index = PluginStorage

local LONGEST = 1048576 -- bytes of a value, and about as much of it in memory
local DEEPEST = 100 -- tables inside of one another
local TRIES = 1000 -- of Storage.Update, if others change the value meanwhile

---Makes the storage. The database is opened when a plugin first uses it.
---@param path? string the database's file; without it all is in memory
---@param call fun(fn: function, ...): ... has a function called in a task of the control plane, which may wait
---@return PluginStorage
local function new(path, call)
    return setmetatable({ path = path, call = call, store = nil }, PluginStorage)
end

-- The store, for a task of the control plane.
local function open(self)
    while self.opening do sleep(0) end
    if not self.store then
        self.opening = true
        local ok, store, message = pcall(require("luart.storage").open, self.path or ":memory:")
        self.opening = false
        if not ok then store, message = nil, store end
        self.store = store or error(message, 0)
    end
    return self.store
end

-- A copy of a value that can be stored. Nil and a message if there is none.
local function copy(value, depth, room)
    local kind = type(value)
    if kind == "string" then
        room.bytes = room.bytes - #value
    elseif kind == "number" then
        if value ~= value then return nil, "NaN can't be stored" end
        room.bytes = room.bytes - 8
    elseif kind ~= "table" then
        if kind == "boolean" then return value end
        return nil, "a " .. kind .. " can't be stored"
    end
    if room.bytes < 0 then return nil, "a value of at most " .. LONGEST .. " bytes expected" end
    if kind ~= "table" then return value end
    if depth > DEEPEST then return nil, "tables that are at most " .. DEEPEST .. " deep expected; is it in itself" end
    local result = {}
    for k, v in next, value do
        local key, member, message
        key, message = copy(k, depth + 1, room)
        if message then return nil, message end
        member, message = copy(v, depth + 1, room)
        if message then return nil, message end
        result[key] = member
    end
    return result
end

-- Whether two values, as they were read, are the same.
local function same(a, b)
    if type(a) ~= "table" or type(b) ~= "table" then return a == b end
    for k, v in next, a do
        if not same(v, b[k]) then return false end
    end
    for k in next, b do
        if a[k] == nil then return false end
    end
    return true
end

local commands = {}

for _, name in ipairs { "set", "get", "getAll", "has", "delete", "deleteAll" } do
    commands[name] = function(self, ...) return open(self)[name](...) end
end

local CHANGED = {}

-- Sets a value if it is what it was. Returns whether it was, and what it is.
function commands.exchange(self, namespace, id, key, before, value)
    local now
    local ok, message = pcall(open(self).update, namespace, id, key, function(present)
        now = present
        if not same(present, before) then error(CHANGED, 0) end
        return value
    end)
    if not ok and message ~= CHANGED then error(message, 0) end
    return ok, now
end

---The table Storage of a plugin.
---@return table
function PluginStorage:api()
    -- Errors have the place where the plugin has called Storage.
    local function passed(ok, ...)
        if ok then return ... end
        local message = ...
        error(type(message) == "string" and "Storage: " .. message:gsub("^[^\n]-%.lua:%d+: ", "") or message, 3)
    end
    local function run(command, ...) return passed(pcall(self.call, commands[command], self, ...)) end
    local function name(n, value)
        local kind = type(value)
        if kind ~= "string" and kind ~= "number" then error(("bad argument #%d (string or number expected, got %s)"):format(n, kind), 3) end
        return tostring(value)
    end
    local function storable(n, value)
        local result, message = copy(value, 1, { bytes = LONGEST })
        if message then error(("bad argument #%d (%s)"):format(n, message), 3) end
        return result
    end
    return {
        Set = function(namespace, id, key, value)
            namespace, id, key = name(1, namespace), name(2, id), name(3, key)
            if value ~= nil then value = storable(4, value) end
            run("set", namespace, id, key, value)
            return true
        end,
        Get = function(namespace, id, key)
            return (run("get", name(1, namespace), name(2, id), name(3, key)))
        end,
        GetAll = function(namespace, id)
            return (run("getAll", name(1, namespace), name(2, id)))
        end,
        Has = function(namespace, id, key)
            return (run("has", name(1, namespace), name(2, id), name(3, key)))
        end,
        Delete = function(namespace, id, key)
            return (run("delete", name(1, namespace), name(2, id), name(3, key)))
        end,
        DeleteAll = function(namespace, id)
            return (run("deleteAll", name(1, namespace), id ~= nil and name(2, id) or nil))
        end,
        -- The function runs in the plugin's own task, so no other plugin has to wait for it: if the value has changed meanwhile, it is asked again.
        Update = function(namespace, id, key, change)
            namespace, id, key = name(1, namespace), name(2, id), name(3, key)
            expect(4, change, "function")
            local before = run("get", namespace, id, key)
            for _ = 1, TRIES do
                local value = change(before ~= nil and copy(before, 1, { bytes = math.huge }) or nil)
                if value ~= nil then
                    local message
                    value, message = copy(value, 1, { bytes = LONGEST })
                    if message then error("Storage.Update: the function has returned what can't be: " .. message, 2) end
                end
                local ok, now = run("exchange", namespace, id, key, before, value)
                if ok then return value end
                before = now
            end
            error("Storage.Update: others change the value all the time", 2)
        end,
    }
end

---Closes the database.
function PluginStorage:close()
    if self.store then self.store.close() end
    self.store = nil
end

return { new = new }
