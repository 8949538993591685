-- The plugin utilities: what /plugins, /reload, /load, /unload and /metrics do.

local answer = require "facades.plugin_server.answer"

local ORDER = { order = { "error", "status", "reloaded", "loaded", "unloaded", "success", "loaded_plugins" } }

local utilities = {}

-- What a failed load tells the client.
local function failed(server, exchange, what, id, message, code, trace)
    local body = { error = message, [what] = id, success = false }
    if code == "unknown" then return answer.json(exchange, 404, { error = ('Plugin "%s" not found'):format(id) }) end
    if server.settings.plugins.development and trace then body.traceback = trace end
    answer.json(exchange, code == "disabled" and 404 or code == "ambiguous" and 409 or 500, body, ORDER)
end

-- Reads the configuration again. Returns what is wrong with it.
local function configure(server)
    local ok, message = server.manager:reloadSettings()
    return not ok and message or nil
end

local function change(what, act)
    return function(server, exchange, id)
        -- Before the plugin changes: its route may be another one afterwards.
        local target = server:named(id)
        local warning = what == "reloaded" and configure(server) or nil
        local info, message, code, trace = act(server.manager, target)
        if not info then return failed(server, exchange, what, id, message, code, trace) end
        answer.json(exchange, 200, { [what] = id, success = true, warning = warning }, ORDER)
    end
end

local reload = change("reloaded", function(manager, id) return manager:reload(id) end)

local function reloadAll(server, exchange)
    local warning = configure(server)
    server.manager:rescan()
    local result = server.manager:reloadAll()
    local list = server:loaded()
    if not result.failed[1] then
        return answer.json(exchange, 200, { status = "All plugins reloaded", loaded_plugins = list, warning = warning }, ORDER)
    end
    local failures = {}
    for i, each in ipairs(result.failed) do
        failures[i] = { plugin = each.id, error = each.message, traceback = server.settings.plugins.development and each.traceback or nil }
    end
    answer.json(exchange, 500, { error = "Failed to reload all plugins", failed = failures, loaded_plugins = list, warning = warning }, ORDER)
end

---@class plugin_server.Utility
---@field effect boolean whether it changes something
---@field named boolean whether there is an id behind it
---@field run fun(server: plugin_server.Facade, exchange: table, id: string)

---The utilities by the first segment of their path.
---@type table<string, plugin_server.Utility>
utilities.all = {
    plugins = {
        effect = false, named = false,
        run = function(server, exchange) answer.json(exchange, 200, { loaded_plugins = server:loaded() }) end,
    },
    reload = {
        effect = true, named = true,
        run = function(server, exchange, id)
            if id == "all" then return reloadAll(server, exchange) end
            return reload(server, exchange, id)
        end,
    },
    load = {
        effect = true, named = true,
        run = change("loaded", function(manager, id)
            -- Its folder may be new.
            if not manager:find(id) then manager:rescan() end
            return manager:load(id)
        end),
    },
    unload = { effect = true, named = true, run = change("unloaded", function(manager, id) return manager:unload(id) end) },
    metrics = {
        effect = false, named = false,
        run = function(server, exchange) answer.text(exchange, 200, server.counts:text()) end,
    },
}

return utilities
