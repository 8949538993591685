-- The endpoints of the package API that no profile is needed for: the server itself, the list of profiles, the settings of clients.

local answers = require "facades.packages.answers"
local failure = require "packages.failure"
local json = require "luart.json"

-- The version of the original program whose API this is. Clients show it, and newer ones compare it.
local VERSION = "0.5.0"

local function status()
    local ours = (_HOST or ""):match "%((luart [^)]*)%)" or "luart"
    return { sc4pacVersion = VERSION, osVersion = ours, javaVersion = "none", javaRuntime = ours, luartVersion = ours:match "%S+$" }
end

-- Serves a client that wants to know when the server ends. What it sends is ignored.
local function connect(facade)
    return function(socket)
        local connected = facade.connected
        facade.connections = facade.connections + 1
        local number = facade.connections
        connected[#connected + 1] = socket
        facade:log("info", ("client %d has connected; there are %d now"):format(number, #connected))
        pcall(function()
            while socket.receive() do end
        end)
        for i = #connected, 1, -1 do
            if connected[i] == socket then table.remove(connected, i) end
        end
        facade:log("info", ("client %d has gone; there are %d now"):format(number, #connected))
    end
end

-- Asks the client that has connected last, and still is there, to show packages.
local function open(facade)
    return function(req, res)
        local expected = '[{"package": "<group>:<name>", "channelUrl": "<url>"}]'
        local list = answers.body(req, facade:limits(), expected)
        local fits = json.kind(list) == "array"
        local packages = json.array {}
        for i, each in ipairs(fits and list or {}) do
            fits = fits and json.kind(each) == "object" and type(each.package) == "string" and type(each.channelUrl) == "string"
            packages[i] = fits and { package = each.package, channelUrl = each.channelUrl }
        end
        if not fits then failure.throw("bad-request", "The body of the request has another form.", "Expected: " .. expected) end
        local text = json.encode({ ["$type"] = "/prompt/open/package", packages = packages }, { order = { "$type", "package", "channelUrl" } })
        for i = #facade.connected, 1, -1 do
            local ok, sent = pcall(facade.connected[i].trySend, text)
            if ok and sent ~= false then return answers.ok(res) end
        end
        error(answers.problem(failure.new("server-error", "No client is open that could show the packages.", "Open one, and try again."), 503), 0)
    end
end

local function listProfiles(facade)
    return function(req, res)
        local store = facade.store
        local list, current = store.profiles:list()
        local profiles = json.array {}
        for i, each in ipairs(list) do
            profiles[i] = { id = each.id, name = each.name }
            if answers.flag(req, "includePlugins") then
                local ok, config = pcall(function() return store:profile(each.id):config() end)
                if ok then profiles[i].pluginsRoot = config.pluginsRoot end
            end
        end
        answers.send(res, {
            profiles = profiles, currentProfileId = json.array { current }, profilesDir = store.hostPath(store.profiles.folder),
        })
    end
end

---Adds the endpoints to a router.
---@param app cc.http.Router
---@param facade packages.Facade
return function(app, facade)
    local guard = facade.guard
    app:get("/server.status", function(_, res) answers.send(res, status()) end)
    answers.websocket(app, "/server.connect", { guard }, connect(facade))
    app:post("/packages.open", guard, open(facade))

    app:get("/profiles.list", listProfiles(facade))
    app:post("/profiles.add", guard, function(req, res)
        local body = answers.object(req, facade:limits(), "{name: string}", "name")
        answers.send(res, facade.store.profiles:add(body.name))
    end)
    app:post("/profiles.switch", guard, function(req, res)
        facade.store.profiles:switch(answers.object(req, facade:limits(), "{id: string}", "id").id)
        answers.ok(res)
    end)
    app:post("/profiles.rename", guard, function(req, res)
        local body = answers.object(req, facade:limits(), "{id: string, name: string}", "id", "name")
        facade.store.profiles:rename(body.id, body.name)
        answers.ok(res)
    end)
    app:post("/profiles.remove", guard, function(req, res)
        facade.store.profiles:remove(answers.object(req, facade:limits(), "{id: string}", "id").id)
        answers.ok(res)
    end)

    app:get("/settings.all.get", guard, function(_, res) answers.sendText(res, facade.store.profiles:settings()) end)
    app:post("/settings.all.set", guard, function(req, res)
        local _, text = answers.body(req, facade:limits(), "any JSON")
        facade.store.profiles:setSettings(text)
        answers.ok(res)
    end)
end
