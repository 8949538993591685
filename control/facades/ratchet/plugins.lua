-- The endpoints about plugins, events and the schedule.

local answers = require "facades.ratchet.answers"
local json = require "luart.json"

-- What a client sees of a plugin.
local function row(manager, info)
    return {
        name = info.name, path = info.path, running = info.running, watched = info.watched, loadedAt = info.loadedAt,
        error = info.error and manager.logs:shown(info.error) or nil,
        traceback = info.traceback and manager.settings.plugins.development and manager.logs:shown(info.traceback) or nil,
        memory = info.memory, cpu = info.cpu, tasks = info.tasks, errors = info.errors,
    }
end

local YES = { ["true"] = true, ["1"] = true, on = true, yes = true, enabled = true }
local NO = { ["false"] = true, ["0"] = true, off = true, no = true, disabled = true }

-- The parameter `enabled`: true unless it says otherwise.
local function enabled(value)
    if value == nil or value == "" then return true end
    local word = tostring(value):lower()
    if YES[word] then return true elseif NO[word] then return false end
    answers.fail(400, "the parameter enabled is true or false")
end

---Adds the endpoints to a router.
---@param app cc.http.Router
---@param facade ratchet.Facade
return function(app, facade)
    local manager = facade.manager

    local function parameters(req) return facade:parameters(req) end

    local function name(values)
        local id = values.plugin
        if type(id) ~= "string" or id == "" then answers.fail(400, "the parameter plugin is missing: it is a plugin's name or path") end
        return id
    end

    -- Adds an endpoint that does something: by GET, as the document has it, and by POST. HEAD would do the same and not tell.
    local function action(path, act)
        local function serve(req, res)
            local values = parameters(req)
            return act(res, values)
        end
        app:get(path, facade.guard, serve)
        app:post(path, facade.guard, serve)
        app:route("HEAD", path, function() answers.fail(405, "use GET or POST", nil, { Allow = "GET, POST, OPTIONS" }) end)
    end

    local function about(res, info, message, code, traceback)
        if not info then return answers.failed(manager, message, code, traceback) end
        return answers.ok(res, { plugin = row(manager, info) })
    end

    app:get("/plugins", function(_, res)
        local list = json.array()
        for i, info in ipairs(manager:list()) do list[i] = row(manager, info) end
        return answers.send(res, list)
    end)

    action("/reload", function(res, values)
        local id = name(values)
        return about(res, facade:inTime("the plugin is still being loaded", manager.reload, manager, id))
    end)
    action("/unload", function(res, values)
        local id = name(values)
        return about(res, facade:inTime("the plugin is still being unloaded", manager.unload, manager, id))
    end)
    action("/watch", function(res, values)
        return about(res, manager:watch(name(values), enabled(values.enabled)))
    end)
    action("/unwatch", function(res, values)
        return about(res, manager:watch(name(values), false))
    end)

    action("/reloadall", function(res)
        local result = facade:inTime("the plugins are still being loaded", manager.reloadAll, manager)
        local failed = json.array()
        for i, each in ipairs(result.failed) do
            failed[i] = {
                plugin = each.id, reason = manager.logs:shown(each.message),
                traceback = each.traceback and manager.settings.plugins.development and manager.logs:shown(each.traceback) or nil,
            }
        end
        local fields = { loaded = json.array(result.loaded), unloaded = json.array(result.unloaded), failed = failed }
        if failed[1] then
            local first = failed[1].plugin .. ": " .. failed[1].reason
            return answers.fail(500, #failed == 1 and first or #failed .. " plugins were not loaded, among them " .. first, fields)
        end
        return answers.ok(res, fields)
    end)

    action("/refresh-plugins", function(res)
        local result = manager:rescan()
        local list = json.array()
        for i, info in ipairs(result.plugins) do list[i] = row(manager, info) end
        return answers.ok(res, { added = json.array(result.added), removed = json.array(result.removed), plugins = list })
    end)

    action("/refresh-schedule", function(res)
        local result = manager:refreshSchedule()
        if result.errors[1] then
            return answers.fail(500, "schedule.json: " .. manager.logs:shown(table.concat(result.errors, "; ")), { schedule = json.array(result.entries) })
        end
        return answers.ok(res, { schedule = json.array(result.entries) })
    end)

    app:post("/event", facade.guard, function(req, res)
        local values = parameters(req)
        local event = values.event
        if type(event) ~= "string" or event == "" then answers.fail(400, "the parameter event is missing: it is the name of the event") end
        values.event = nil
        manager:emit(event, answers.adopt(values))
        return answers.ok(res)
    end)

    app:get("/status", function(_, res)
        local stats = manager:stats()
        local now = os.epoch("utc") / 1000
        return answers.ok(res, {
            version = _HOST:match("%((.-)%)") or _HOST, startedAt = stats.startedAt, uptime = math.max(0, math.floor(now - stats.startedAt)), time = now,
            plugins = stats.plugins, running = stats.running, tasks = stats.tasks, events = stats.events,
            schedule = json.array(manager:schedule()),
        })
    end)

    -- Those of Ratchet that belong to its game.
    local function noGame(text)
        return function() answers.fail(404, text) end
    end
    app:get("/players", noGame("there are no players: this server runs plugins without a game"))
    for _, path in ipairs { "/debug", "/debug/:focus" } do
        app:get(path, noGame("there is no debug focus here; /logs?plugin=NAME&level=debug has the lines of one plugin"))
    end
end
