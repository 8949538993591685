local capture = require "testdata.capture"

describe("monitor", function()
    local screen
    before_each(function()
        screen = window.create(term.native(), 1, 1, 20, 5, false)
        stub(peripheral, "getType", function(name) if name == "left" then return "monitor" end end)
        stub(peripheral, "wrap", function(name) if name == "left" then return screen end end)
        fs.delete("m")
        capture.folder = "m"
    end)

    local function play(source, events)
        capture.write("m/game.lua", source)
        stub(os, "pullEventRaw", function()
            local event = table.remove(events, 1)
            if not event then error("no more events", 0) end
            return table.unpack(event)
        end)
        return capture.run("monitor", "left", "m/game.lua", "argument")
    end

    it("runs a program on a monitor", function()
        local before = term.current()
        local result = play([[
            term.write((...))
            term.setCursorPos(1, 2)
            coroutine.yield()
            term.write(term.getSize())
        ]], { { "key", 1 } })
        expect(result):same { ok = true, output = "Running m/game.lua on monitor left\n", error = "" }
        expect(screen.getLine(1)):str_match("^argument ")
        expect(screen.getLine(2)):str_match("^20 ")
        expect(term.current()):eq(before)
    end)

    it("gives touches as clicks, and sizes as those of a terminal", function()
        local timers = 0
        stub(os, "startTimer", function()
            timers = timers + 1
            return 1000 + timers
        end)
        play([[
            seen = {}
            _G.seenByGame = seen
            for i = 1, 7 do seen[i] = { coroutine.yield() } end
        ]], {
            { "monitor_touch", "left", 3, 4 }, { "timer", 1001 }, { "monitor_resize", "left" }, { "monitor_touch", "right", 1, 1 },
            { "terminate" },
        })
        expect(_G.seenByGame):same {
            { "monitor_touch", "left", 3, 4 }, { "mouse_click", 1, 3, 4 }, { "mouse_up", 1, 3, 4 }, { "monitor_resize", "left" },
            { "term_resize" }, { "monitor_touch", "right", 1, 1 }, { "terminate" },
        }
        _G.seenByGame = nil
    end)

    it("keeps to what the program waits for", function()
        play([[
            coroutine.yield("char")
            _G.got = { coroutine.yield("key") }
        ]], { { "key", 1 }, { "char", "x" }, { "mouse_click", 1, 1, 1 }, { "key", 2 } })
        expect(_G.got):same { "key", 2 }
        _G.got = nil
    end)

    it("ends with the monitor", function()
        local result = play("while true do coroutine.yield() end", { { "peripheral_detach", "left" } })
        expect(result.error):eq("Monitor left has gone\n")
    end)

    it("says what is missing", function()
        expect(capture.run("monitor", "left", "nothing").output):eq("No such program: nothing\n")
        expect(capture.run("monitor", "top", "id").output):eq("No monitor named top\n")
        expect(capture.run("monitor", "left").output):str_match("^Usage:\n")
    end)

    it("says what the monitor says of a scale", function()
        stub(peripheral, "call", function() error("Expected number in range 0.5-5", 0) end)
        expect(capture.run("monitor", "scale", "left", "9").error):eq("Expected number in range 0.5-5\n")
    end)
end)
