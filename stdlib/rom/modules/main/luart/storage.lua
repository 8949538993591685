-- Values by namespace, id and key, in an SQLite database: what is set is on the disk when set returns.
--
--   local store = assert(require "luart.storage".open "data/storage.db")
--   store.set("players", "alice", "score", 12)
--   print(store.get("players", "alice", "score")) --> 12
--
-- The calls wait for the disk, so other coroutines run meanwhile; update is for what must not be mixed up by them.

local expect = require "cc.expect".expect
local sqlite = require "luart.sqlite"

local MAX_NAME = 1024
local MAX_VALUE = 1024 * 1024

-- A value's kind says how it is written: "s" a string, as it is, "n" a number, "b" a boolean as 0 or 1, "t" a table, as
-- textutils.serialise writes it.
local SCHEMA = [[
    CREATE TABLE IF NOT EXISTS storage(
        namespace TEXT NOT NULL, id TEXT NOT NULL, key TEXT NOT NULL, kind TEXT NOT NULL, value BLOB,
        PRIMARY KEY(namespace, id, key)) WITHOUT ROWID;
]]

local VERSION = 1

---@class luart.storage
local storage = {}

-- Checks a name: a string, or a number, which stands for the same as the string of it does.
local function checkName(i, name, value)
    local kind = type(value)
    if kind ~= "string" and kind ~= "number" then
        error(("bad argument #%d (%s, a string or number, expected, got %s)"):format(i, name, kind), 3)
    end
    value = tostring(value)
    if #value > MAX_NAME then
        error(("bad argument #%d (%s of at most %d bytes expected)"):format(i, name, MAX_NAME), 3)
    end
    return value
end

local function encode(value)
    local kind = type(value)
    if kind == "string" then
        if #value > MAX_VALUE then error(("a value of at most %d bytes expected"):format(MAX_VALUE), 0) end
        return "s", sqlite.blob(value)
    elseif kind == "number" then
        if value ~= value then error("NaN can't be stored", 0) end
        return "n", value
    elseif kind == "boolean" then
        return "b", value
    elseif kind == "table" then
        local text = textutils.serialise(value, { compact = true, allow_repetitions = true })
        if #text > MAX_VALUE then error(("a value of at most %d bytes expected, as textutils.serialise writes it"):format(MAX_VALUE), 0) end
        return "t", sqlite.blob(text)
    end
    error("a " .. kind .. " can't be stored", 0)
end

local function decode(row)
    if row.kind == "b" then
        return row.value ~= 0
    elseif row.kind == "n" then
        return tonumber(row.value)
    elseif row.kind == "t" then
        return textutils.unserialise(row.value)
    end
    return row.value
end

---Opens a store, and makes its file if it isn't there.
---@param path string a file as luart.sqlite.open takes it; ":memory:" is gone when it is closed
---@param options? luart.sqlite.Options those of luart.sqlite.open
---@return luart.storage.Store? store nil if the file can't be opened
---@return string? message why
function storage.open(path, options)
    expect(1, path, "string")
    expect(2, options, "table", "nil")
    local db, message = sqlite.open(path, options)
    if not db then return nil, message end
    local ok, problem = pcall(function()
        local version = db.query "PRAGMA user_version"[1].user_version
        if version > VERSION then
            error(("%s was written by a later version of luart (%d; this one knows %d)"):format(path, version, VERSION), 0)
        elseif version == 0 and not (options and options.readOnly) then
            if #db.query "SELECT 1 FROM sqlite_schema WHERE name NOT LIKE 'sqlite_%' AND name <> 'storage' LIMIT 1" > 0 then
                error(path .. " is a database of something else", 0)
            end
            db.exec(SCHEMA .. "PRAGMA user_version = " .. VERSION)
        end
        return {
            set = db.prepare "INSERT INTO storage VALUES(?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET kind = excluded.kind, value = excluded.value",
            get = db.prepare "SELECT kind, value FROM storage WHERE namespace = ? AND id = ? AND key = ?",
            all = db.prepare "SELECT key, kind, value FROM storage WHERE namespace = ? AND id = ? ORDER BY key",
            ids = db.prepare "SELECT DISTINCT id FROM storage WHERE namespace = ? ORDER BY id",
            delete = db.prepare "DELETE FROM storage WHERE namespace = ? AND id = ? AND key = ?",
            deleteAll = db.prepare "DELETE FROM storage WHERE namespace = ? AND id = ?",
            deleteNamespace = db.prepare "DELETE FROM storage WHERE namespace = ?",
        }
    end)
    if not ok then
        db.close()
        return nil, problem
    end
    local statements = problem

    ---A store. Its functions throw if the database can't be read or written, or is closed.
    ---@class luart.storage.Store
    local store = {}

    ---Sets a value. When it returns, the value is on the disk.
    ---@param namespace string|number at most 1024 bytes, as id and key
    ---@param id string|number
    ---@param key string|number
    ---@param value string|number|boolean|table|nil at most 1 MiB; nil deletes. Tables are copied, and may hold what textutils.serialise takes
    function store.set(namespace, id, key, value)
        namespace, id, key = checkName(1, "namespace", namespace), checkName(2, "id", id), checkName(3, "key", key)
        if value == nil then
            statements.delete.exec(namespace, id, key)
        else
            local fine, kind, encoded = pcall(encode, value)
            if not fine then error("bad argument #4 (" .. tostring(kind) .. ")", 2) end
            statements.set.exec(namespace, id, key, kind, encoded)
        end
    end

    ---Returns a value.
    ---@param namespace string|number
    ---@param id string|number
    ---@param key string|number
    ---@param default? any what to return if there is none
    ---@return any value tables are new each time
    ---@nodiscard
    function store.get(namespace, id, key, default)
        namespace, id, key = checkName(1, "namespace", namespace), checkName(2, "id", id), checkName(3, "key", key)
        local row = statements.get.query(namespace, id, key)[1]
        if row then return decode(row) end
        return default
    end

    ---Returns all values of an id.
    ---@param namespace string|number
    ---@param id string|number
    ---@return table<string, any> values by their keys; empty if there are none
    ---@nodiscard
    function store.getAll(namespace, id)
        namespace, id = checkName(1, "namespace", namespace), checkName(2, "id", id)
        local all = {}
        for _, row in ipairs((statements.all.query(namespace, id))) do all[row.key] = decode(row) end
        return all
    end

    ---Tells whether there is a value.
    ---@param namespace string|number
    ---@param id string|number
    ---@param key string|number
    ---@return boolean
    ---@nodiscard
    function store.has(namespace, id, key)
        namespace, id, key = checkName(1, "namespace", namespace), checkName(2, "id", id), checkName(3, "key", key)
        return statements.get.query(namespace, id, key)[1] ~= nil
    end

    ---Deletes a value.
    ---@param namespace string|number
    ---@param id string|number
    ---@param key string|number
    ---@return boolean deleted false if there was none
    function store.delete(namespace, id, key)
        namespace, id, key = checkName(1, "namespace", namespace), checkName(2, "id", id), checkName(3, "key", key)
        return (statements.delete.exec(namespace, id, key)) > 0
    end

    ---Deletes all values of an id, or of a namespace.
    ---@param namespace string|number
    ---@param id? string|number without it, those of all ids
    ---@return number count how many there were
    function store.deleteAll(namespace, id)
        namespace = checkName(1, "namespace", namespace)
        if id == nil then return (statements.deleteNamespace.exec(namespace)) end
        id = checkName(2, "id", id)
        return (statements.deleteAll.exec(namespace, id))
    end

    ---Returns the ids of a namespace that have values.
    ---@param namespace string|number
    ---@return string[] ids in order
    ---@nodiscard
    function store.ids(namespace)
        namespace = checkName(1, "namespace", namespace)
        local ids = {}
        for i, row in ipairs((statements.ids.query(namespace))) do ids[i] = row.id end
        return ids
    end

    ---Changes a value by a function, while nobody else reads or writes it. If the function throws, nothing changes.
    ---@param namespace string|number
    ---@param id string|number
    ---@param key string|number
    ---@param change fun(value: any): any gets the value, nil for none, and returns the new one; it uses no functions of the store
    ---@return any value the new one
    function store.update(namespace, id, key, change)
        namespace, id, key = checkName(1, "namespace", namespace), checkName(2, "id", id), checkName(3, "key", key)
        expect(4, change, "function")
        return db.transaction(function(tx)
            local row = tx.query(statements.get, namespace, id, key)[1]
            local value = change(row and decode(row))
            if value == nil then
                tx.exec(statements.delete, namespace, id, key)
            else
                tx.exec(statements.set, namespace, id, key, encode(value))
            end
            return value
        end)
    end

    ---Closes the store.
    function store.close() db.close() end

    return store
end

return storage
