describe("cc.internal.event", function()
    local discard = require "cc.internal.event".discard_char

    -- What is left for others after a character was discarded.
    local function left(...)
        for _, event in ipairs { ... } do os.queueEvent(table.unpack(event)) end
        discard()
        os.queueEvent("end")
        local events = {}
        while true do
            local event = { os.pullEvent() }
            if event[1] == "end" then return events end
            if event[1] ~= "timer" then events[#events + 1] = event end
        end
    end

    it("takes the character of a key", function()
        expect(left({ "char", "q" }, { "char", "x" })):same { { "char", "x" } }
        expect(left()):same {}
    end)

    it("takes none after the key has gone up", function()
        expect(left({ "key_up", 81 }, { "char", "x" })):same { { "char", "x" } }
    end)

    it("leaves what the user does otherwise, in order", function()
        expect(left({ "mouse_click", 1, 2, 3 }, { "key", 65, false }, { "char", "q" }, { "paste", "p" }))
            :same { { "paste", "p" }, { "mouse_click", 1, 2, 3 }, { "key", 65, false } }
    end)

    it("can be terminated", function()
        os.queueEvent("terminate")
        expect.error(discard):eq("Terminated")
    end)
end)
