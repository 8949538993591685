local capture = require "testdata.capture"

describe("gps", function()
    local sent, open
    local function modem(wireless, events)
        sent, open = {}, false
        stub(peripheral, "getNames", function() return { "back" } end)
        stub(peripheral, "hasType", function(name, kind) return name == "back" and kind == "modem" end)
        stub(peripheral, "getType", function(name) return name == "back" and "modem" or nil end)
        stub(peripheral, "call", function(_, method, ...)
            if method == "isWireless" then return wireless end
            if method == "isOpen" then return open end
            if method == "open" then open = true end
            if method == "close" then open = false end
            if method == "transmit" then sent[#sent + 1] = { ... } end
        end)
        stub(os, "pullEvent", function(filter)
            while true do
                local event = table.remove(events, 1)
                if not event then error("Terminated", 0) end
                if event[1] == filter then return table.unpack(event) end
            end
        end)
    end

    it("answers requests from near and far, but not from other dimensions", function()
        modem(true, {
            { "modem_message", "back", 65534, 7, "PING", 12 }, { "modem_message", "back", 65534, 7, "PING" },
            { "modem_message", "back", 65534, 7, "PONG", 1 }, { "modem_message", "back", 1, 7, "PING", 1 },
            { "modem_message", "top", 65534, 7, "PING", 1 }, { "modem_message", "back", 65534, 8, "PING", 0 },
        })
        expect(capture.run("gps", "host", "1", "-2", "3.5")):same {
            ok = true, error = "",
            output = "Position is 1,-2,3.5\nServing GPS requests at 1,-2,3.5\n1 GPS request served\n",
        }
        expect(sent):same { { 7, 65534, { 1, -2, 3.5 } }, { 8, 65534, { 1, -2, 3.5 } } }
        expect(open):eq(false)
    end)

    it("asks others where it is unless it is told", function()
        modem(true, {})
        stub(gps, "locate", function() return nil end)
        expect(capture.run("gps", "host").output):str_match("^Run \"gps host <x> <y> <z>\"")
        stub(gps, "locate", function() return 4, 5, 6 end)
        expect(capture.run("gps", "host").output):eq("Serving GPS requests at 4,5,6\n")
    end)

    it("wants a wireless modem and numbers", function()
        modem(false, {})
        expect(capture.run("gps", "host", "1", "2", "3").output):eq("No wireless modems found. 1 required.\n")
        modem(true, {})
        expect(capture.run("gps", "host", "1", "2").output):str_match("^Usages:\n")
    end)
end)
