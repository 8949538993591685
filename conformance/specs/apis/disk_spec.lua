local methods = {
    isPresent = { "isDiskPresent", true }, getLabel = { "getDiskLabel", "work" }, setLabel = { "setDiskLabel", nil }, hasData = { "hasData", true },
    getMountPath = { "getMountPath", "disk" }, hasAudio = { "hasAudio", true }, getAudioTitle = { "getAudioTitle", "cat" },
    playAudio = { "playAudio", nil }, stopAudio = { "stopAudio", nil }, eject = { "ejectDisk", nil }, getID = { "getDiskID", 4 },
}

-- Drives, and what has been called of them.
local function attach()
    local calls = {}
    stub(peripheral, "getNames", function() return { "left", "right", "top" } end)
    stub(peripheral, "getType", function(name) return name == "top" and "modem" or name ~= "back" and "drive" or nil end)
    stub(peripheral, "call", function(name, method, ...)
        calls[#calls + 1] = { name, method, ... }
        for _, each in pairs(methods) do
            if each[1] == method then return each[2] end
        end
        error("No such method " .. method, 2)
    end)
    return calls
end

describe("disk", function()
    it("asks the drive", function()
        local calls = attach()
        for name, method in pairs(methods) do
            expect(disk[name]("left", name == "setLabel" and "new" or nil)):describe(name):eq(method[2])
            expect(calls[#calls]):same { "left", method[1], name == "setLabel" and "new" or nil }
        end
    end)

    it("does nothing where there is no drive", function()
        local calls = attach()
        for name in pairs(methods) do
            local expected = nil
            if name == "isPresent" or name:find("^has") then expected = false end
            expect(disk[name]("top")):describe(name):eq(expected)
            expect(disk[name]("back")):describe(name):eq(expected)
        end
        expect(calls):same {}
    end)

    it("stops the music of all drives", function()
        local calls = attach()
        disk.stopAudio()
        expect(calls):same { { "left", "stopAudio" }, { "right", "stopAudio" } }
    end)

    it("wants names", function()
        for name in pairs(methods) do
            expect.error(disk[name], 1):describe(name):str_match("^bad argument #1 %(string expected, got number%)$")
        end
        expect.error(disk.setLabel, "left", 1):str_match("^bad argument #2 %(string expected, got number%)$")
    end)
end)
