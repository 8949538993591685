local modem = require "testdata.modem"

-- Answers of hosts at places, to a computer that is at (x, y, z).
local function answer(x, y, z, ...)
    for _, host in ipairs { ... } do
        local dx, dy, dz = host[1] - x, host[2] - y, host[3] - z
        os.queueEvent("modem_message", "left", gps.CHANNEL_GPS, gps.CHANNEL_GPS, host, math.sqrt(dx * dx + dy * dy + dz * dz))
    end
end

describe("gps.locate", function()
    local hosts = { { 0, 100, 0 }, { 10, 100, 0 }, { 0, 100, 10 }, { 0, 110, 0 } }

    it("needs a wireless modem", function()
        local said = {}
        stub(_G, "print", function(text) said[#said + 1] = text end)
        expect(gps.locate(0, true)):eq(nil)
        expect(said):same { "No wireless modem attached" }
    end)

    it("finds the place by four distances", function()
        local sent, open = modem.attach()
        answer(3, 64, -5, table.unpack(hosts))
        expect({ gps.locate(1) }):same { 3, 64, -5 }
        expect(sent):same { { channel = gps.CHANNEL_GPS, reply = gps.CHANNEL_GPS, message = "PING" } }
        expect(open):same {}
    end)

    it("does with three that have the computer in their plane", function()
        modem.attach()
        answer(3, 100, 4, hosts[1], hosts[2], hosts[3])
        expect({ gps.locate(1) }):same { 3, 100, 4 }
    end)

    it("does with one that is there itself", function()
        modem.attach()
        answer(10, 100, 0, hosts[2])
        expect({ gps.locate(1) }):same { 10, 100, 0 }
    end)

    it("says when there are two places, or none", function()
        modem.attach()
        local said = {}
        stub(_G, "print", function(text) said[#said + 1] = text end)
        answer(3, 64, -5, hosts[1], hosts[2], hosts[3], hosts[3])
        expect(gps.locate(0, true)):eq(nil)
        expect(said[#said - 1]):eq("Ambiguous position")
        expect(said[#said]):eq("Could be 3,64,-5 or 3,136,-5")
        answer(3, 64, -5, { 0, 0, 0 }, { 1, 0, 0 }, { 2, 0, 0 })
        expect(gps.locate(0, true)):eq(nil)
        expect(said[#said]):eq("Could not determine position")
    end)

    it("leaves a modem open that was", function()
        local _, open = modem.attach()
        open[gps.CHANNEL_GPS] = true
        expect(gps.locate(0)):eq(nil)
        expect(open):same { [gps.CHANNEL_GPS] = true }
    end)

    it("passes over answers that are none", function()
        modem.attach()
        for _, message in ipairs { "PING", {}, { 1, 2 }, { 1, 2, 3, 4 }, { "a", "b", "c" }, { {}, {}, {} }, { 0 / 0, 0, 0 }, { 0, 1 / 0, 0 }, { 0, 0, "1" } } do
            os.queueEvent("modem_message", "left", gps.CHANNEL_GPS, gps.CHANNEL_GPS, message, 0)
        end
        os.queueEvent("modem_message", "left", gps.CHANNEL_GPS, gps.CHANNEL_GPS, { 1, 2, 3 }) -- from another dimension
        os.queueEvent("modem_message", "right", gps.CHANNEL_GPS, gps.CHANNEL_GPS, { 1, 2, 3 }, 0)
        os.queueEvent("modem_message", "left", 1, gps.CHANNEL_GPS, { 1, 2, 3 }, 0)
        expect(gps.locate(0)):eq(nil)
    end)
end)
