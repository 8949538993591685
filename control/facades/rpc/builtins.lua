-- The methods of the server itself: what there is, subscriptions, plugins, and other names of these that clients expect.

local digest = require "luart.digest"
local json = require "luart.json"
local protocol = require "facades.rpc.protocol"
local parameters = require "facades.rpc.parameters"

local null = protocol.null

local function wrong(message, ...)
    error({ code = protocol.PARAMS, message = message:format(...) }, 0)
end

local function list(values) return json.array(values or {}) end

---Adds the methods.
---@param server rpc.Server
return function(server)
    local methods, topics, manager = server.methods, server.topics, server.manager

    -- Names in params: a text, a list of some; what is no text is left out.
    local function names(params)
        local args, kwargs = parameters.sort(params)
        if kwargs then wrong("a list of names is needed, not an object") end
        local found = {}
        for _, value in ipairs(args or {}) do
            if type(value) == "table" and value ~= null then wrong("a list of names is needed, not a list of lists or objects") end
            if type(value) == "string" then found[#found + 1] = value end
        end
        return found
    end

    local function subscriptions(client) return list { table.unpack(client.subscriptions) } end

    local function subscribe(client, name)
        local topic = topics:find(name)
        if not topic then return false end
        if not topic.places[client] then
            client.subscriptions[#client.subscriptions + 1] = name
            topics:subscribe(topic, client)
        end
        return true
    end

    -- Names in params to be subscribed to: all of them, or none.
    local function toSubscribe(client, params)
        local list, new, seen = names(params), 0, {}
        for _, name in ipairs(list) do
            local topic = topics:find(name)
            if topic and not topic.places[client] and not seen[name] then seen[name], new = true, new + 1 end
        end
        if #client.subscriptions + new > server.limits.max_subscriptions then
            wrong("a connection may have %d subscriptions; end some with UNSUBSCRIBE first", server.limits.max_subscriptions)
        end
        return list
    end

    local function unsubscribe(client, name)
        local topic = topics:find(name)
        if not topic or not topics:unsubscribe(topic, client) then return false end
        client:forget(name)
        return true
    end

    local function methodNames()
        local all = {}
        for i, method in ipairs(methods:all()) do all[i] = method.name end
        return list(all)
    end

    local function login(_, params)
        local args, kwargs = parameters.sort(params)
        local token = args and args[1] or kwargs and kwargs.token
        return type(token) == "string" and digest.equal(token, server.token)
    end

    local function authenticate(client, params)
        if not client.authorized then
            if not login(client, params) then error({ code = protocol.UNAUTHORIZED, message = "unauthorized", data = "this is not the token" }, 0) end
            client.authorized = true
        end
        return true
    end

    local function add(name, options)
        options.name = name
        methods:addOwn(options)
    end

    add("GET_METHODS", { raw = true, fn = methodNames, doc = "The names of all methods." })
    add("GET_TOPICS", { raw = true, fn = function() return list(topics:names()) end, doc = "The names of all topics." })
    add("GET_SUBSCRIPTIONS", { raw = true, fn = subscriptions, doc = "The names of the topics that this connection is subscribed to." })
    add("SUBSCRIBE", { raw = true, doc = [[
Subscribes this connection to topics, given as a list of names or as one name. A topic's messages come as notifications whose method is its name.
A topic that is a state sends its last message at once. Unknown names are left out. Returns all subscriptions of the connection.]],
        fn = function(client, params)
            for _, name in ipairs(toSubscribe(client, params)) do subscribe(client, name) end
            return subscriptions(client)
        end })
    add("UNSUBSCRIBE", { raw = true, doc = [[
Ends subscriptions of this connection to topics, given as a list of names or as one name. Returns those that are left.]],
        fn = function(client, params)
            for _, name in ipairs(names(params)) do unsubscribe(client, name) end
            return subscriptions(client)
        end })
    add("GET_METHOD_INFO", { params = { "name: string" }, doc = "The documentation of a method, given by its name.", fn = function(_, name)
        local method = methods:find(name)
        return method and method.doc or "No docstring available."
    end })
    add("GET_TOPIC", { raw = true, fn = function() return list(topics:names()) end, doc = "The names of all topics, as GET_TOPICS." })
    add("AUTH", { raw = true, open = true, fn = authenticate, doc = [[
Shows the token, as the first message of a connection whose handshake had none: AUTH ["TOKEN"]. Returns true.]] })
    add("rpc.discover", { raw = true, fn = function() return require("facades.rpc.discover")(server) end, doc = "The description of all methods, as an OpenRPC document." })

    ------------------------------------------------------------------------------------------------------------------
    -- Plugins, with the results that Red's methods have

    local keys = { "loaded_packages", "failed_packages", "invalid_pkg_names", "notfound_packages", "alreadyloaded_packages", "repos_with_shared_libs" }

    local function result()
        local out = { failed_with_reason_packages = {} }
        for _, key in ipairs(keys) do out[key] = list() end
        return out
    end

    local function put(to, name) to[#to + 1] = name end

    local function isName(name) return type(name) == "string" and name ~= "" and #name < 4096 end

    local function find(name)
        local info = manager:find(name)
        if not info then
            manager:rescan()
            info = manager:find(name)
        end
        return info
    end

    local function note(out, name, info, message)
        if info then return put(out.loaded_packages, name) end
        put(out.failed_packages, name)
        out.failed_with_reason_packages[name] = message
    end

    local function each(pkg_names, out, f)
        for _, name in ipairs(pkg_names) do
            if not isName(name) then
                put(out.invalid_pkg_names or out.notloaded_packages, type(name) == "table" and "?" or tostring(name))
            else
                f(name)
            end
        end
        return out
    end

    local pkg_names = { { name = "pkg_names", type = "array", doc = "names or paths of plugins" } }

    add("CORE__LOAD", { waits = true, params = pkg_names, doc = "Loads plugins, given by a list of their names.", fn = function(_, wanted)
        local out = result()
        return each(wanted, out, function(name)
            local info = find(name)
            if not info then return put(out.notfound_packages, name) end
            if info.running then return put(out.alreadyloaded_packages, name) end
            note(out, name, manager:load(name))
        end)
    end })
    add("CORE__RELOAD", { waits = true, params = pkg_names, doc = "Loads plugins anew, given by a list of their names. What can't be loaded goes on as it was.", fn = function(_, wanted)
        local out = result()
        return each(wanted, out, function(name)
            if not find(name) then return put(out.notfound_packages, name) end
            note(out, name, manager:reload(name))
        end)
    end })
    add("CORE__UNLOAD", { waits = true, params = pkg_names, doc = "Unloads plugins, given by a list of their names.", fn = function(_, wanted)
        local out = { unloaded_packages = list(), notloaded_packages = list() }
        return each(wanted, out, function(name)
            put(manager:unload(name) and out.unloaded_packages or out.notloaded_packages, name)
        end)
    end })
    add("CORE__NAME", { raw = true, fn = function() return "luart" end, doc = "The name of this program." })
    add("CORE__VERSION_INFO", { raw = true, doc = "The versions of this program and of what it speaks.", fn = function() return server:version() end })

    ------------------------------------------------------------------------------------------------------------------
    -- Other names

    local function alias(name, options)
        options.hidden, options.raw = true, true
        add(name, options)
    end

    -- Those of the package rpc-websockets: an answer for each name.
    local function eachName(list, f)
        local out = {}
        for _, name in ipairs(list) do out[name] = f(name) end
        return out
    end

    alias("rpc.on", { fn = function(client, params)
        return eachName(toSubscribe(client, params), function(name) return subscribe(client, name) and "ok" or "provided event invalid" end)
    end })
    alias("rpc.off", { fn = function(client, params)
        return eachName(names(params), function(name) return unsubscribe(client, name) and "ok" or "not subscribed" end)
    end })
    alias("rpc.login", { open = true, fn = authenticate })
    alias("__listMethods", { fn = methodNames })
end
