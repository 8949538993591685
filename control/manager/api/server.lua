-- What a plugin knows of itself and the server: its constants, routes, schedule and end.

local expect = require("cc.expect").expect
local routes = require "cc.http.routes"

local MOST = 1000 -- routes, or functions of schedule, of a plugin

return function(env, load, manager)
    env.PLUGIN_NAME = load.name
    env.PLUGIN_PATH = load.path
    env.PLUGIN_REALPATH = "/plugins/" .. load.path
    env.PLUGIN_START = math.floor(os.epoch("utc") / 1000)
    env.START_TIME = manager.startedAt
    env.PLUGINS_PATH = "/plugins"

    function env.isServerLoaded() return manager.loaded end

    function env.route(method, path, handler)
        if handler == nil and type(path) == "function" then method, path, handler = "*", method, path end
        expect(1, method, "string")
        expect(2, path, "string")
        expect(3, handler, "function")
        method = method:upper()
        if not method:find("^[%w!#$%%&'*+.^_`|~-]+$") then error("bad argument #1 (a method such as \"GET\" expected)", 2) end
        if path:sub(1, 1) ~= "/" then path = "/" .. path end
        if #load.routes >= MOST then error("too many routes (" .. MOST .. ")", 2) end
        local segments = routes.parse(path, 2)
        local entry = { plugin = load.name, method = method, path = path, handler = handler, kind = "route", load = load }
        load.tree = load.tree or routes.new()
        local ok, message = pcall(load.tree.add, load.tree, method, path, segments, { entry })
        if not ok then error(message, 2) end
        load.routes[#load.routes + 1] = entry
    end

    function env.onUnload(fn)
        expect(1, fn, "function")
        load.unloadHooks[#load.unloadHooks + 1] = fn
    end

    function env.schedule(cron, fn)
        expect(1, cron, "string")
        expect(2, fn, "function")
        if load.scheduled >= MOST then error("too many entries in the schedule (" .. MOST .. ")", 2) end
        load.scheduled = load.scheduled + 1
        local ok, message = manager.planner:add(load, cron, fn)
        if not ok then error("schedule: " .. message, 2) end
        return ok
    end
end
