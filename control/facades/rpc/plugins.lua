-- What plugins have for JSON-RPC: rpc, topic and publish. These functions run in the middle of plugins' time slices; see outbox.lua.

local parameters = require "facades.rpc.parameters"
local protocol = require "facades.rpc.protocol"
local view = require "facades.rpc.view"
local expect, field = require("cc.expect").expect, require("cc.expect").field

local MOST = 10000 -- methods or topics of a load

-- What stands before the names of a plugin's methods.
local function prefixOf(plugin) return plugin.name:upper() .. "__" end

local function checkName(name, what)
    local clean = name:gsub("^_+", ""):gsub("_+$", "")
    if clean == "" or #clean > 200 or clean:find("[%z\1-\31\127]") then error(what .. ": a name has 1 to 200 characters, and no control characters", 3) end
    if not pcall(protocol.encode, clean) then error(what .. ": a name must be UTF-8", 3) end
    return clean
end

---Makes the API of a load of a plugin.
---@param server rpc.Server
---@param plugin PluginHandle
---@return table globals
---@return { commit: fun(), retire: fun() } hooks
return function(server, plugin)
    local record = { plugin = plugin, methods = {}, topics = {}, names = {}, globals = plugin:globals(), active = false, ended = false, staged = {} }
    local methods, topics, outbox = server.methods, server.topics, server.outbox
    local count = 0

    local rpc = {}

    local function register(_, name, fn, options)
        expect(1, name, "string")
        expect(2, fn, "function")
        expect(3, options, "table", "nil")
        options = options or {}
        local full = prefixOf(plugin) .. checkName(name, "rpc"):upper()
        if methods.own[full] then error("rpc: " .. full .. " is a method of the server itself; choose another name", 2) end
        field(options, "doc", "string", "nil")
        field(options, "context", "boolean", "nil")
        field(options, "envelope", "boolean", "nil")
        field(options, "timeout", "number", "nil")
        for key in pairs(options) do
            if key ~= "doc" and key ~= "params" and key ~= "context" and key ~= "envelope" and key ~= "timeout" then
                error("rpc: there is no option " .. tostring(key) .. "; there are doc, params, context, envelope and timeout", 2)
            end
        end
        if options.timeout and not (options.timeout > 0 and options.timeout <= 86400) then error("rpc: the option timeout is more than 0 and up to 86400 seconds", 2) end
        if count >= MOST then error("rpc: too many methods (" .. MOST .. "); is one added again and again?", 2) end
        local declared
        if options.params ~= nil then
            local ok, list = pcall(parameters.declare, options.params)
            if not ok then error("rpc: " .. tostring(list), 2) end
            declared = list
        end
        local new = methods:add(record, {
            name = full, fn = fn, doc = options.doc, params = declared, plugin = plugin, context = options.context,
            plain = options.envelope == false or declared and declared.plain, timeout = options.timeout,
            options = { name = full, timeout = options.timeout or server.limits.call_time, expected = protocol.thrown },
        })
        if new then count = count + 1 end
        return full
    end

    ---Takes a method away.
    function rpc.remove(name)
        expect(1, name, "string")
        local full = checkName(name, "rpc.remove"):upper()
        return methods:remove(record, prefixOf(plugin) .. full) or methods:remove(record, full)
    end

    ---An error for the client.
    function rpc.error(code, message, data)
        expect(1, code, "number")
        expect(2, message, "string")
        local thrown = setmetatable({ code = code, message = message, data = data }, { __tostring = function(self) return tostring(self.message) end })
        if not protocol.thrown(thrown) then
            error("bad argument #1 (a code from -32099 to -32000, or one outside of -32768 to -32000, expected)", 2)
        end
        return thrown
    end

    ---The client whose call is being handled.
    function rpc.client()
        local task = server.manager.scheduler.running
        local client = task and task.caller
        return client and view(client, record)
    end

    setmetatable(rpc, { __call = register, __metatable = false })

    -- A topic of this load: something to send by, and what goes the same way since tasks of the control plane are to do it, in this order.
    local function ownTopic(name, options)
        local own = { options = options }
        function own.write(_, text)
            local found = topics:find(name)
            if found then found:write(text) end
        end
        own.attach = { write = function()
            if record.topics[name] == own and not record.ended then topics:attach(record, name, own.options) end
        end }
        own.detach = { write = function()
            if record.topics[name] == nil then topics:detach(record, name) end
        end }
        return own
    end

    local function publish(name, value)
        expect(1, name, "string")
        if record.ended then return end
        if not record.topics[name] then error(("publish: this plugin has no topic %s; make it first: topic(%q)"):format(name, name), 2) end
        local text = protocol.notification(name, value ~= nil and protocol.encode(value, protocol.writingOf(record.globals)) or nil)
        if #text > server.limits.max_message then error("publish: the message is larger than max_message (" .. server.limits.max_message .. " bytes)", 2) end
        if not outbox:room(#text) then error("publish: too many messages wait to be sent; let the server come to it with sleep(0)", 2) end
        local entry = { record.topics[name], text }
        if not record.active and #record.staged >= 1000 then error("publish: too many messages before the plugin is loaded", 2) end
        local staged = record.staged
        if not record.active then
            staged[#staged + 1] = entry
            return
        end
        outbox:put(entry[1], text)
    end

    local function topic(name, options)
        expect(1, name, "string")
        expect(2, options, "table", "nil")
        options = options or {}
        if name == "" or #name > 200 or name:find("[%z\1-\31\127]") or not pcall(protocol.encode, name) then
            error("topic: a name has 1 to 200 characters of UTF-8, and no control characters", 2)
        end
        field(options, "state", "boolean", "nil")
        field(options, "doc", "string", "nil")
        for key in pairs(options) do
            if key ~= "state" and key ~= "doc" then error("topic: there is no option " .. tostring(key) .. "; there are state and doc", 2) end
        end
        if count >= MOST then error("topic: too many topics (" .. MOST .. ")", 2) end
        local own = record.topics[name]
        if own then
            own.options = { state = options.state, doc = options.doc }
        else
            count = count + 1
            own = ownTopic(name, { state = options.state, doc = options.doc })
            record.names[#record.names + 1] = name
            record.topics[name] = own
        end
        if record.active then outbox:put(own.attach, "") end
        return {
            name = name,
            publish = function(value) return publish(name, value) end,
            subscribers = function()
                local found = record.active and topics:find(name)
                return found and found.subscribers or 0
            end,
            remove = function()
                if record.topics[name] ~= own then return end
                record.topics[name] = nil
                for i = #record.names, 1, -1 do
                    if record.names[i] == name then table.remove(record.names, i) end
                end
                count = count - 1
                outbox:put(own.detach, "")
            end,
        }
    end

    local hooks = {}

    function hooks.commit()
        methods:commit(record)
        for _, name in ipairs(record.names) do
            local own = record.topics[name]
            if own then topics:attach(record, name, own.options) end
        end
        for _, entry in ipairs(record.staged) do outbox:put(entry[1], entry[2]) end
        record.staged = {}
    end

    function hooks.retire()
        record.ended = true
        methods:retire(record)
        -- What was published before is sent before the topic goes.
        outbox:flush()
        for _, name in ipairs(record.names) do topics:detach(record, name) end
        for client in pairs(server.clients) do client:leave(record) end
    end

    return { rpc = rpc, topic = topic, publish = publish }, hooks
end
