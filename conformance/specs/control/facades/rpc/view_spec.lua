package.path = "/rom/control/?.lua;/rom/control/?/init.lua;" .. package.path
local clients = require "facades.rpc.client"

describe("facades.rpc.view", function()
    local client, record
    before_each(function()
        local socket = { getRemoteAddress = function() return "127.0.0.1", 5 end, trySend = function() return true end }
        client = clients.new({}, 7, socket, true)
        record = { globals = {} }
    end)

    it("is the same table each time", function()
        local view = client:view(record)
        expect(view):matches { id = 7, address = "127.0.0.1:5" }
        expect(client:view(record)):eq(view)
        expect(client:view { globals = {} }):ne(view)
    end)

    it("goes with the load of a plugin that has it", function()
        local view = client:view(record)
        client:leave(record)
        expect(next(client.views)):eq(nil)
        expect(view.connected()):eq(true)
        record.ended = true
        client:view(record)
        expect(next(client.views)):eq(nil)
    end)
end)
