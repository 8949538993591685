describe("The dj program", function()
    local capture = require "testdata.capture"
    local usage = "Usages:\ndj play\ndj play <drive>\ndj stop\n"

    local function run(...) return capture.run("fun/dj", ...) end

    it("says how it is used", function()
        expect(run("dance")):matches { ok = true, output = usage }
        expect(run("play", "left", "loud")):matches { ok = true, output = usage }
    end)

    it("plays a disc", function()
        stub(peripheral, "getNames", function() return { "left", "right" } end)
        stub(disk, "isPresent", function() return true end)
        stub(disk, "hasAudio", function(name) return name == "right" end)
        stub(disk, "getAudioTitle", function() return "Somebody - Something" end)
        local play = stub(disk, "playAudio")
        expect(run()):matches { ok = true, output = "Playing Somebody - Something\n" }
        expect(play):called_with("right")
        expect(run("play", "left")):matches { ok = true, output = "No Music Disc in disk drive: left\n" }
        expect(play):called(1)
    end)

    it("stops", function()
        local stop = stub(disk, "stopAudio")
        expect(run("stop")):matches { ok = true, output = "" }
        expect(stop):called(1)
    end)
end)
