-- The part of the manager that finds, loads, replaces and unloads plugins. These functions wait: they are for tasks of the control plane. What changes
-- plugins is done one after the other.

local folder = require "manager.folder"
local loadModule = require "manager.load"

---@class Manager
local Lifecycle = {}

local MAX_SOURCE = 16 * 2 ^ 20 -- bytes of a main.lua

-- Runs a function while nobody else changes plugins.
local function exclusively(self, f, ...)
    while self.changing do self.changing:wait() end
    local gate = self:gate()
    self.changing = gate
    local result = table.pack(pcall(f, self, ...))
    self.changing = nil
    gate:open()
    if not result[1] then error(result[2], 0) end
    return table.unpack(result, 2, result.n)
end

local function readSource(path)
    if not fs.exists(path) or fs.isDir(path) then return nil, "there is no file " .. path end
    if fs.getSize(path) > MAX_SOURCE then return nil, path .. " has more than " .. MAX_SOURCE .. " bytes" end
    local file, message = fs.open(path, "rb")
    if not file then return nil, message end
    local source = file.readAll() or ""
    file.close()
    return source
end

----------------------------------------------------------------------------------------------------------------------
-- What there is

---Looks at the folder anew. Plugins that are gone stay loaded until they are unloaded.
---@return { added: string[], removed: string[], plugins: PluginInfo[] }
function Lifecycle:rescan()
    local added, removed, seen, order = {}, {}, {}, {}
    local all, more, mainless = folder.scan(self.root, function(key)
        local plugin = self.plugins[key]
        return plugin and plugin.active and plugin.path
    end)
    if more and not self.warnedOfMore then
        self.logs:write("control", "warning", "the folder of the plugins has more files than are looked at; what comes behind them is not found")
    end
    self.warnedOfMore = more
    self.toldOf = self.toldOf or {}
    for _, path in ipairs(mainless) do
        if not self.toldOf[path] then
            self.toldOf[path] = true
            self.logs:write("control", "info", path .. " has Lua files, but no main.lua, so it is no plugin")
        end
    end
    for _, found in ipairs(all) do
        local key = found.error and "/" .. found.path or found.name:lower() -- which is no name
        local plugin = self.plugins[key]
        if not plugin or plugin.path ~= found.path and not plugin.active then
            plugin = { name = found.name, seconds = 0, turn = 0, watched = plugin and plugin.watched }
            self.plugins[key] = plugin
            added[#added + 1] = found.name
        end
        if plugin.path and plugin.path ~= found.path then
            plugin.moved = found -- it runs from where it was
        else
            plugin.path, plugin.folder, plugin.file, plugin.problem = found.path, found.folder, found.file, found.error
        end
        if found.error and plugin.warned ~= found.error then
            plugin.warned = found.error
            self.logs:write("control", "warning", found.path .. " can't be loaded: " .. found.error)
        end
        plugin.missing = nil
        seen[key] = true
        order[#order + 1] = plugin
    end
    for key, plugin in pairs(self.plugins) do
        if not seen[key] then
            if not plugin.missing then removed[#removed + 1] = plugin.name end
            plugin.missing = true
            if plugin.active then
                order[#order + 1] = plugin
            else
                self.plugins[key] = nil
            end
        end
    end
    table.sort(order, function(a, b) return a.path < b.path end)
    self.order = order
    self:watchWanted()
    local result = { added = added, removed = removed, plugins = self:list() }
    self:notice("rescan", result)
    return result
end

-- The plugin of a name or path.
local function find(self, id)
    if type(id) ~= "string" or id == "" then return nil, "a plugin's name or path is needed", "unknown" end
    local clean = id:gsub("\\", "/"):gsub("^/+", ""):gsub("/+$", "")
    for _, plugin in ipairs(self.order) do
        if plugin.path == clean then return plugin end
    end
    local plugin = self.plugins[clean:lower()]
    if plugin and plugin.name == clean then return plugin end
    return nil, "there is no plugin " .. id .. "; if its folder is new, send the server SIGHUP, or ask /refresh-plugins of the Ratchet server", "unknown"
end

---Tells about a plugin.
---@param id string
---@return PluginInfo?
---@return string? message
---@return string? code
function Lifecycle:find(id)
    local plugin, message, code = find(self, id)
    if not plugin then return nil, message, code end
    return self:describe(plugin)
end

---The active load of a plugin.
---@param id string
---@return Load?
function Lifecycle:activeLoad(id)
    local plugin = self.plugins[id]
    if not plugin or plugin.name ~= id then plugin = find(self, type(id) == "string" and id or "") end
    return plugin and plugin.active
end

----------------------------------------------------------------------------------------------------------------------
-- Loading

-- Ends a load that has been replaced, or whose plugin is unloaded: calls that are under way may finish, then its unload hooks run.
local function dismiss(self, load)
    local function finish()
        local deadline = os.clock() + self.settings.plugins.drain
        while load.count > 0 and os.clock() < deadline do sleep(0.05) end
        for i = #load.unloadHooks, 1, -1 do
            local ok, message, code = self:callLoad({ name = "onUnload", timeout = self.settings.plugins.drain }, load, load.unloadHooks[i])
            if not ok and code == "timeout" then self.logs:write(load.name, "error", "onUnload: " .. message) end
        end
        load:close()
    end
    if load.count == 0 and #load.unloadHooks == 0 then
        load:close()
        return
    end
    return self:spawn(finish)
end

-- Makes a load the active one, in one step.
local function commit(self, plugin, load)
    local old = plugin.active
    load.state = "active"
    plugin.active = load
    plugin.error, plugin.traceback = nil, nil
    plugin.loadedAt = os.epoch("utc") / 1000
    plugin.window, plugin.suppressed = nil, 0
    self.listeners:commit(load)
    for _, extension in ipairs(load.extensions) do
        if extension.commit then self:guard(extension.commit) end
    end
    if old then
        old:retire()
    else
        self.turns = (self.turns or 0) + 1
        plugin.turn = self.turns
    end
    self.bus:flush(load)
    if old then dismiss(self, old) end
end

local function failed(self, plugin, message, trace)
    plugin.error, plugin.traceback = message, trace
    self.logs:write(plugin.name, "error", (plugin.active and "the reload has failed, the old version goes on: " or "it was not loaded: ") .. message, { traceback = trace })
    self.metrics:count("plugin_loads_total", { plugin = plugin.name, result = "failed" }, 1)
    self:notice("failed", self:describe(plugin), message, trace)
    return nil, message, "failed", trace
end

-- Loads a plugin, in place of what is loaded of it.
local function loadPlugin(self, plugin)
    if plugin.problem then return nil, plugin.problem, "ambiguous" end
    if plugin.moved then
        plugin.path, plugin.folder, plugin.file, plugin.moved = plugin.moved.path, plugin.moved.folder, plugin.moved.file, nil
    end
    local source, message = readSource(fs.combine(self.root, plugin.folder, plugin.file))
    if not source then return failed(self, plugin, message) end
    local load, room
    room, message = self:hasRoom()
    if not room then return failed(self, plugin, message) end
    load, message = loadModule.new(self, { name = plugin.name, path = plugin.path, folder = plugin.folder, file = plugin.file, plugin = plugin })
    if not load then return failed(self, plugin, message) end
    local ok, problem, trace = load:run(source)
    if not ok then
        load:close()
        local text = type(problem) == "string" and problem or "(error object is a " .. type(problem) .. " value)"
        return failed(self, plugin, text, trace)
    end
    self:countLoad(load)
    commit(self, plugin, load)
    self.metrics:count("plugin_loads_total", { plugin = plugin.name, result = "ok" }, 1)
    local info = self:describe(plugin)
    self:notice("loaded", info)
    self.bus:emit(nil, "plugin_load", plugin.name)
    return info
end

---Loads a plugin; if it runs already, nothing happens.
---@param id string
---@return PluginInfo?
---@return string? message
---@return string? code
---@return string? traceback
function Lifecycle:load(id)
    return exclusively(self, function()
        local plugin, message, code = find(self, id)
        if not plugin then return nil, message, code end
        if plugin.active then return self:describe(plugin) end
        return loadPlugin(self, plugin)
    end)
end

---Loads a plugin's code anew. If that fails, what was loaded goes on.
---@param id string
---@return PluginInfo?
---@return string? message
---@return string? code
---@return string? traceback
function Lifecycle:reload(id)
    return exclusively(self, function()
        local plugin, message, code = find(self, id)
        if not plugin then return nil, message, code end
        return loadPlugin(self, plugin)
    end)
end

local function unload(self, plugin)
    local load = plugin.active
    plugin.active = nil
    self.listeners:closeAll(load)
    load:retire()
    local ending = dismiss(self, load)
    if ending then ending:wait() end
    if plugin.missing then
        for key, each in pairs(self.plugins) do
            if each == plugin then self.plugins[key] = nil end
        end
        for i = #self.order, 1, -1 do
            if self.order[i] == plugin then table.remove(self.order, i) end
        end
    end
    local info = self:describe(plugin)
    self:notice("unloaded", info)
    self.bus:emit(nil, "plugin_unload", plugin.name)
    return info
end

---Unloads a plugin, with all that it has made.
---@param id string
---@return PluginInfo?
---@return string? message
---@return string? code
function Lifecycle:unload(id)
    return exclusively(self, function()
        local plugin, message, code = find(self, id)
        if not plugin then return nil, message, code end
        if not plugin.active then return nil, "the plugin " .. plugin.name .. " is not running", "disabled" end
        return unload(self, plugin)
    end)
end

---Unloads a load that can't stay, if it is its plugin's still; its plugin has the reason as its error.
---@param load Load
---@param reason string
function Lifecycle:evict(load, reason)
    if load.evicted then return end
    load.evicted = true
    self.logs:write(load.name, "error", reason)
    local plugin = load.plugin
    if not plugin or plugin.active ~= load then
        self.scheduler:cancelAll(load, reason, "memory")
        return
    end
    self:spawn(exclusively, self, function()
        if plugin.active ~= load then return end
        plugin.error = reason
        unload(self, plugin)
    end)
end

---Loads what is loaded at the start anew, in that order, and unloads all else.
---@return { loaded: string[], failed: { id: string, message: string, traceback?: string }[], unloaded: string[] }
function Lifecycle:reloadAll()
    return exclusively(self, function()
        local result = { loaded = {}, failed = {}, unloaded = {} }
        local wanted = {}
        for _, id in ipairs(self:autostart()) do
            local plugin, message = find(self, id)
            if not plugin then
                result.failed[#result.failed + 1] = { id = id, message = message }
            elseif not wanted[plugin] then
                wanted[plugin] = true
                wanted[#wanted + 1] = plugin
            end
        end
        for _, name in ipairs(self:running()) do
            local plugin = find(self, name)
            if plugin and not wanted[plugin] then
                unload(self, plugin)
                result.unloaded[#result.unloaded + 1] = name
            end
        end
        for _, plugin in ipairs(wanted) do
            local _, message, _, trace = loadPlugin(self, plugin)
            if message then
                result.failed[#result.failed + 1] = { id = plugin.name, message = message, traceback = trace }
            else
                result.loaded[#result.loaded + 1] = plugin.name
            end
        end
        return result
    end)
end

---Runs global.lua, whose globals all plugins see.
function Lifecycle:runGlobals()
    local path = fs.combine(self.root, "global.lua")
    if not fs.exists(path) then return end
    local source, message = readSource(path)
    local load
    if source then load, message = loadModule.new(self, { name = "global.lua", path = "global.lua", folder = "", file = "global.lua", sharing = true }) end
    if not load then
        self.logs:write("control", "error", "global.lua: " .. message)
        return
    end
    local ok, problem, trace = load:run(source)
    if not ok then
        self.logs:write("control", "error", "global.lua: " .. tostring(problem), { traceback = trace })
        load:close()
        return
    end
    load.state = "active"
    self.listeners:commit(load)
    self.bus:flush(load)
    self.globals = load
end

----------------------------------------------------------------------------------------------------------------------
-- Watching

-- Reloads plugins whose files have changed.
local function follow(self, watch)
    while self.watching == watch do
        local changes, more = watch.next()
        local touched = {}
        for _, plugin in ipairs(self.order) do
            if plugin.watched and plugin.active then
                local at = fs.combine(self.root, plugin.path)
                for _, change in ipairs(changes) do
                    local inside = change.path == at or plugin.folder ~= "" and change.path:sub(1, #at + 1) == at .. "/"
                    if inside and not change.folder and change.path:find("%.lua$") or inside and change.folder and change.kind ~= "save" then
                        touched[plugin] = true
                    end
                end
                if more then touched[plugin] = true end
            end
        end
        for plugin in pairs(touched) do
            if fs.exists(fs.combine(self.root, plugin.folder, plugin.file)) then
                self.logs:write(plugin.name, "info", "its files have changed: it is reloaded")
                self:reload(plugin.name)
            else
                self.logs:write(plugin.name, "warning", "its " .. plugin.file .. " is gone; it goes on as it is")
            end
        end
    end
end

---Has a plugin reloaded when a .lua file in its folder is saved, renamed or deleted.
---@param id string
---@param enabled? boolean true unless given
---@return PluginInfo?
---@return string? message
---@return string? code
function Lifecycle:watch(id, enabled)
    local plugin, message, code = find(self, id)
    if not plugin then return nil, message, code end
    if enabled == nil then enabled = true end
    if enabled and not self.watching then
        local watch, problem = require("luart.watch").open(self.root, { debounce = self.settings.plugins.watch_delay })
        if not watch then return nil, "the folder of the plugins can't be watched: " .. tostring(problem), "failed" end
        self.watching = watch
        self:spawn(follow, self, watch)
    end
    plugin.watched = enabled
    return self:describe(plugin)
end

---Watches the plugins that the settings name, and no longer those that they have named before.
function Lifecycle:watchWanted()
    local wanted = {}
    for _, id in ipairs(self.settings.plugins.watch) do
        wanted[id] = true
        if id ~= "*" and not find(self, id) then
            self.logs:write("control", "warning", "plugins.watch names " .. id .. ", but there is no such plugin; '*' is all, also those to come")
        end
    end
    for _, plugin in ipairs(self.order) do
        local named = (wanted["*"] or wanted[plugin.name] or wanted[plugin.path]) and not plugin.problem or false
        if named ~= (plugin.named or false) then -- else it is as it is, or as somebody has asked for meanwhile
            local _, message = self:watch(plugin.path, named)
            if message then
                self.logs:write("control", "error", message)
                return
            end
        end
        plugin.named = named
    end
end

----------------------------------------------------------------------------------------------------------------------
-- What facades add to plugins

---Adds to the globals of all plugins that are loaded from now on.
---@param name? string the global; nil: the fields of the table are globals
---@param make fun(plugin: PluginHandle): any, ({ commit?: fun(), retire?: fun() }|fun())? makes its value, and what to call when the load becomes the active one and when it ends
function Lifecycle:extend(name, make)
    self.extensions[#self.extensions + 1] = { name = name, make = make }
end

---Gives a load what facades add.
---@param load Load
function Lifecycle:extendLoad(load)
    for _, extension in ipairs(self.extensions) do
        local ok, api, hooks = pcall(extension.make, load.handle)
        if ok then
            if extension.name then
                load.env[extension.name] = api
            else
                for key, value in pairs(api) do load.env[key] = value end
            end
            if type(hooks) == "function" then hooks = { retire = hooks } end
            load.extensions[#load.extensions + 1] = hooks or {}
        else
            self.logs:write("control", "error", "an API for " .. load.name .. " can't be made: " .. tostring(api))
        end
    end
end

local Registry = {}
Registry.__index = Registry

---Makes a table of values by keys that belong to loads: only those of active loads are seen, so that replacing a plugin is one step.
---@return { add: fun(self, plugin: PluginHandle, key: any, value: any): fun(), get: fun(self, key: any): any, each: fun(self): fun(): any, any, PluginHandle }
function Lifecycle:registry()
    return setmetatable({ byKey = {}, order = {}, last = 0 }, Registry)
end

---Adds a value; another one of the same load and key goes.
---@param plugin PluginHandle
---@param key any
---@param value any
---@return fun() remove
function Registry:add(plugin, key, value)
    local list = self.byKey[key]
    if not list then
        list = {}
        self.byKey[key] = list
    end
    for i = #list, 1, -1 do
        if list[i].plugin == plugin then list[i].remove() end
    end
    list = self.byKey[key] or {}
    self.byKey[key] = list
    self.last = self.last + 1
    local entry = { plugin = plugin, key = key, value = value, number = self.last }
    local withdraw
    local function remove()
        for i = #list, 1, -1 do
            if list[i] == entry then table.remove(list, i) end
        end
        if not list[1] and self.byKey[key] == list then self.byKey[key] = nil end
    end
    function entry.remove()
        remove()
        withdraw()
    end
    list[#list + 1] = entry
    withdraw = plugin:own(remove)
    return entry.remove
end

---The value of a key of an active load.
---@param key any
---@return any value
---@return PluginHandle? plugin
function Registry:get(key)
    for _, entry in ipairs(self.byKey[key] or {}) do
        if entry.plugin:active() then return entry.value, entry.plugin end
    end
end

---Goes through the values of active loads, in the order in which they were added.
---@return fun(): any, any, PluginHandle
function Registry:each()
    local all = {}
    for _, list in pairs(self.byKey) do
        for _, entry in ipairs(list) do
            if entry.plugin:active() then all[#all + 1] = entry end
        end
    end
    table.sort(all, function(a, b) return a.number < b.number end)
    local i = 0
    return function()
        i = i + 1
        if all[i] then return all[i].key, all[i].value, all[i].plugin end
    end
end

return Lifecycle
