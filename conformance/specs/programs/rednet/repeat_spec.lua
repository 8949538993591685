local capture = require "testdata.capture"
local modem = require "testdata.modem"

-- Runs the program with events, and then ends it.
local function run(...)
    local events = { ... }
    local n = 0
    stub(os, "startTimer", function()
        n = n + 1
        return n
    end)
    stub(os, "pullEvent", function()
        local event = table.remove(events, 1)
        if not event then error("Terminated", 0) end
        return table.unpack(event, 1, 6)
    end)
    return capture.run("rednet/repeat")
end

local function heard(message, channel)
    return { "modem_message", "left", channel or rednet.CHANNEL_REPEAT, 9, message, 1 }
end

describe("repeat", function()
    it("needs a modem", function()
        stub(peripheral, "getNames", function() return {} end)
        expect(run().output):eq("No modems found.\n")
    end)

    it("passes messages on, each once, until it is ended", function()
        local sent, open = modem.attach()
        local message = { nMessageID = 1, nRecipient = 70000 }
        local all = { nMessageID = 2, nRecipient = rednet.CHANNEL_BROADCAST }
        local result = run(heard(message), heard(message), heard(all), heard({ nMessageID = 3, nRecipient = 4 }, 4))
        expect(result):same { ok = true, output = "1 modem found.\n0 messages repeated\n", error = "" }
        expect(sent):same {
            { channel = rednet.CHANNEL_REPEAT, reply = 9, message = message }, { channel = 4500, reply = 9, message = message },
            { channel = rednet.CHANNEL_REPEAT, reply = 9, message = all }, { channel = rednet.CHANNEL_BROADCAST, reply = 9, message = all },
        }
        expect(open):same {}
    end)

    it("forgets messages after a while", function()
        local sent = modem.attach()
        local message = { nMessageID = 1, nRecipient = 5 }
        run(heard(message), { "timer", 1 }, heard(message), { "timer", 7 })
        expect(#sent):eq(4)
    end)

    it("goes on whatever others send", function()
        local sent = modem.attach()
        local result = run(heard("text"), heard(nil), heard {}, heard { nMessageID = 0 / 0, nRecipient = 1 }, heard { nMessageID = {}, nRecipient = 1 },
            heard { nMessageID = 1, nRecipient = "1" }, heard { nMessageID = 2, nRecipient = -1 }, heard { nMessageID = 3, nRecipient = 1 / 0 },
            heard { nMessageID = 4, nRecipient = 0 / 0 }, heard { nMessageID = 5, nRecipient = 0.5 }, heard { nMessageID = 6, nRecipient = 1 })
        expect(result.error):eq("")
        expect(#sent):eq(2)
    end)
end)
