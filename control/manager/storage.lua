-- What plugins keep by Storage: values by a namespace, an id and a key, in a database of the data folder. All plugins share it: a
-- namespace is whatever plugins agree on.

local expect = require("cc.expect").expect

---@class PluginStorage
local PluginStorage = {}
PluginStorage.__index = PluginStorage

local LONGEST = 1048576 -- bytes of a value as JSON

---Makes the storage. The database is opened when a plugin first uses it.
---@param path? string the database's file; without it all is in memory
---@param call fun(fn: function, ...): ... has a function called in a task of the control plane, which may wait
---@return PluginStorage
local function new(path, call)
    return setmetatable({ path = path, call = call, db = nil }, PluginStorage)
end

local function database(self)
    if not self.db then
        local db, message = require("luart.sqlite").open(self.path or ":memory:")
        if not db then error("Storage: " .. tostring(message), 0) end
        db.exec [[CREATE TABLE IF NOT EXISTS storage (namespace TEXT NOT NULL, id TEXT NOT NULL, key TEXT NOT NULL, value TEXT NOT NULL,
            PRIMARY KEY (namespace, id, key)) WITHOUT ROWID]]
        self.db = self.db or db
    end
    return self.db
end

local commands = {}

function commands.Set(self, namespace, id, key, text)
    database(self).exec("INSERT INTO storage VALUES (?, ?, ?, ?) ON CONFLICT DO UPDATE SET value = excluded.value", namespace, id, key, text)
end

function commands.Get(self, namespace, id, key)
    local row = database(self).query("SELECT value FROM storage WHERE namespace = ? AND id = ? AND key = ?", namespace, id, key)[1]
    return row and row.value
end

function commands.GetAll(self, namespace, id)
    return database(self).query("SELECT key, value FROM storage WHERE namespace = ? AND id = ?", namespace, id)
end

function commands.Delete(self, namespace, id, key)
    return database(self).exec("DELETE FROM storage WHERE namespace = ? AND id = ? AND key = ?", namespace, id, key) > 0
end

function commands.DeleteAll(self, namespace, id)
    if id == nil then return database(self).exec("DELETE FROM storage WHERE namespace = ?", namespace) end
    return database(self).exec("DELETE FROM storage WHERE namespace = ? AND id = ?", namespace, id)
end

---The table Storage of a plugin.
---@param env table its globals
---@return table
function PluginStorage:api(env)
    local function name(n, value)
        expect(n, value, "string", "number")
        return tostring(value)
    end
    local function run(command, ...) return self.call(commands[command], self, ...) end
    local function decode(text) return (env.textutils.unserializeJSON(text)) end
    return {
        Set = function(namespace, id, key, value)
            namespace, id, key = name(1, namespace), name(2, id), name(3, key)
            if value == nil then
                run("Delete", namespace, id, key)
                return true
            end
            local text = env.textutils.serializeJSON(value, { unicode_strings = true, allow_repetitions = true })
            if #text > LONGEST then error("Storage.Set: the value has more than " .. LONGEST .. " bytes", 2) end
            run("Set", namespace, id, key, text)
            return true
        end,
        Get = function(namespace, id, key)
            local text = run("Get", name(1, namespace), name(2, id), name(3, key))
            if text then return decode(text) end
        end,
        GetAll = function(namespace, id)
            local all = {}
            for _, row in ipairs(run("GetAll", name(1, namespace), name(2, id))) do all[row.key] = decode(row.value) end
            return all
        end,
        Has = function(namespace, id, key)
            return run("Get", name(1, namespace), name(2, id), name(3, key)) ~= nil
        end,
        Delete = function(namespace, id, key)
            return run("Delete", name(1, namespace), name(2, id), name(3, key))
        end,
        DeleteAll = function(namespace, id)
            return run("DeleteAll", name(1, namespace), id ~= nil and name(2, id) or nil)
        end,
    }
end

---Closes the database.
function PluginStorage:close()
    if self.db then self.db.close() end
    self.db = nil
end

return { new = new }
