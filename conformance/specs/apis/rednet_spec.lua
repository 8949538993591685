local modem = require "testdata.modem"

-- Another computer's rednet: a copy of the API with a run of its own, which gets the events that it is given.
local function copy()
    local queued = {}
    local env = setmetatable({
        os = setmetatable({ queueEvent = function(...) queued[#queued + 1] = { ... } end }, { __index = os }),
    }, { __index = _G })
    assert(loadfile("rom/apis/rednet.lua", nil, env))()
    local run = coroutine.create(env.run)
    local function give(...)
        local ok, problem = coroutine.resume(run, ...)
        if not ok then error(problem, 0) end
        expect(coroutine.status(run)):eq("suspended")
    end
    give()
    return env, give, queued
end

describe("rednet", function()
    local me = os.getComputerID()

    it("sends to the computer itself", function()
        rednet.send(me, { 1 }, "p")
        expect({ rednet.receive("p", 1) }):same { me, { 1 }, "p" }
    end)

    it("gives up after the time", function()
        expect(rednet.receive("p", 0)):eq(nil)
        expect(rednet.receive(0)):eq(nil)
    end)

    it("has names", function()
        rednet.host("p", "me")
        expect(rednet.lookup("p", "me")):eq(me)
        expect(rednet.lookup("p", "localhost")):eq(me)
        expect(rednet.lookup("p")):eq(me)
        rednet.unhost("p")
        expect(rednet.lookup("p")):eq(nil)
        expect(rednet.isOpen()):eq(false)
        expect(rednet.send(me + 1, "x")):eq(false)
        expect.error(rednet.host, "p", "localhost"):eq("Reserved hostname")
    end)

    it("opens and closes modems", function()
        local _, open = modem.attach()
        expect.error(rednet.open, "right"):eq("No such modem: right")
        expect.error(rednet.close, "right"):eq("No such modem: right")
        rednet.open("left")
        expect(open):same { [me] = true, [rednet.CHANNEL_BROADCAST] = true }
        expect({ rednet.isOpen("left"), rednet.isOpen("right"), rednet.isOpen() }):same { true, false, true }
        rednet.close()
        expect(open):same {}
        rednet.open("left")
        rednet.close("left")
        expect(open):same {}
    end)

    it("sends to the channel of a computer, and to repeaters", function()
        local sent = modem.attach()
        rednet.open("left")
        expect(rednet.send(7, "hello", "p")):eq(true)
        expect(#sent):eq(2)
        expect(sent[1]):matches { channel = 7, reply = me, message = { nRecipient = 7, nSender = me, message = "hello", sProtocol = "p" } }
        expect(sent[2]):same { channel = rednet.CHANNEL_REPEAT, reply = me, message = sent[1].message }
        rednet.send(rednet.MAX_ID_CHANNELS + 8, "hello")
        expect(sent[3]):matches { channel = 8, message = { nRecipient = rednet.MAX_ID_CHANNELS + 8 } }
        rednet.broadcast("all")
        expect(sent[5].channel):eq(rednet.CHANNEL_BROADCAST)
        rednet.close()
    end)

    it("makes messages of what modems hear, each once", function()
        local _, give, queued = copy()
        local packet = { nMessageID = 5, nRecipient = me, nSender = 9, message = { "m" }, sProtocol = "p" }
        give("modem_message", "left", me, 9, packet, 1)
        give("modem_message", "left", me, 9, packet, 1)
        packet.nMessageID, packet.nRecipient = 6, me + rednet.MAX_ID_CHANNELS
        give("modem_message", "left", me, 9, packet, 1)
        packet.nMessageID, packet.nRecipient = 7, rednet.CHANNEL_BROADCAST
        give("modem_message", "left", rednet.CHANNEL_BROADCAST, 9, packet, 1)
        give("modem_message", "left", 1234, 9, { nMessageID = 8, nSender = 9 }, 1)
        expect(queued):same { { "rednet_message", 9, { "m" }, "p" }, { "rednet_message", 9, { "m" }, "p" } }
    end)

    it("answers who looks for its name", function()
        local sent = modem.attach()
        local api, give = copy()
        api.open("left")
        api.host("p", "box") -- asks whether the name is free
        local asked = #sent
        give("rednet_message", 9, { sType = "lookup", sProtocol = "p", sHostname = "other" }, "dns")
        give("rednet_message", 9, { sType = "lookup", sProtocol = "q" }, "dns")
        expect(#sent):eq(asked)
        give("rednet_message", 9, { sType = "lookup", sProtocol = "p" }, "dns")
        expect(sent[asked + 1]):matches { channel = 9, message = { message = { sType = "lookup response", sProtocol = "p", sHostname = "box" } } }
    end)

    it("goes on whatever others send", function()
        local sent = modem.attach()
        local api, give, queued = copy()
        api.open("left")
        api.host("p", "box")
        local lookup = { sType = "lookup", sProtocol = "p" }
        for i, sender in ipairs { "9", {}, 1 / 0, 0 / 0, 1.5, false } do
            give("modem_message", "left", me, 9, { nMessageID = i, nSender = sender, message = lookup, sProtocol = "dns" }, 1)
            expect(queued[#queued]):same { "rednet_message", 9, lookup, "dns" }
            local before = #sent
            give("rednet_message", sender, lookup, "dns")
            expect(#sent):eq(before)
        end
        for _, packet in ipairs { 1, "text", {}, { nMessageID = 0 / 0 }, { nMessageID = {} }, { nMessageID = "1" } } do
            local before = #queued
            give("modem_message", "left", me, 9, packet, 1)
            expect(#queued):eq(before)
        end
        give("modem_message", "left", me, 9, nil, 1)
        for _, message in ipairs { 1, {}, { sType = {} }, { sType = "lookup", sProtocol = 0 / 0 }, { sType = "lookup", sProtocol = {} } } do
            give("rednet_message", 9, message, "dns")
        end
        give("rednet_message", nil, nil, "dns")
    end)
end)
