-- What a plugin gets of a client.

local protocol = require "facades.rpc.protocol"
local expect = require("cc.expect").expect

---@class rpc.ClientView
---@field id integer a number of the connection, which no other has had
---@field address string
---@field notify fun(method: string, params: any)
---@field call fun(method: string, params: any, timeout?: number): boolean, any, integer?, any
---@field subscriptions fun(): string[]
---@field connected fun(): boolean
---@field close fun(reason?: string)

---Makes what a plugin gets of a client: the same table each time for the same load of a plugin.
---@param client rpc.Client
---@param record table of the load
---@return rpc.ClientView
return function(client, record)
    local view = client.views[record]
    if view then return view end
    local server = client.server
    view = { id = client.number, address = client.address }

    function view.notify(method, params)
        expect(1, method, "string")
        local text = protocol.notification(method, params ~= nil and protocol.encode(params, protocol.writingOf(record.globals)) or nil)
        if #text > server.limits.max_message then error("the message is larger than max_message (" .. server.limits.max_message .. " bytes)", 2) end
        if not server.outbox:room(#text) then error("too many messages wait to be sent; let the server come to it with sleep(0)", 2) end
        server.outbox:put(client, text)
    end

    function view.call(method, params, timeout)
        expect(1, method, "string")
        expect(3, timeout, "number", "nil")
        timeout = timeout or 10
        if not (timeout >= 0 and timeout < 86400) then error("bad argument #3 (0 to 86400 seconds expected)", 2) end
        local text = params ~= nil and protocol.encode(params, protocol.writingOf(record.globals)) or nil
        local done = table.pack(server.manager:await(client.ask, client, method, text, timeout))
        if not done[1] then error(tostring(done[2]), 2) end
        return table.unpack(done, 2, math.min(done.n, 5))
    end

    function view.subscriptions()
        return { table.unpack(client.subscriptions) }
    end

    function view.connected() return not client.closed end

    function view.close(reason)
        expect(1, reason, "string", "nil")
        if client.closed then return end
        client:close(1000, (reason or ""):sub(1, 100))
    end

    if not record.ended then client.views[record] = view end
    return view
end
