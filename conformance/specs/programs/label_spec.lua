local capture = require "testdata.capture"

-- A drive at the left: with a disk, with something that has no label of its own, or empty.
local function drive(disk)
    stub(peripheral, "getType", function(name) if name == "left" then return "drive" end end)
    local ejected = false
    stub(peripheral, "call", function(_, method, value)
        if method == "isDiskPresent" then return disk ~= nil and not ejected end
        if method == "ejectDisk" then ejected = true return end
        if not disk then return nil end
        if method == "getDiskLabel" then return disk.label end
        if method == "getDiskID" then return disk.id end
        if method == "hasAudio" then return disk.audio ~= nil end
        if method == "getAudioTitle" then return disk.audio end
        if method == "setDiskLabel" then
            if disk.fixed then error("Disk label cannot be changed", 2) end
            disk.label = value
        end
    end)
    return disk
end

describe("label", function()
    it("labels the computer", function()
        local old = os.getComputerLabel()
        expect(capture.run("label", "set", "box").output):eq("Computer label set to \"box\"\n")
        expect(os.getComputerLabel()):eq("box")
        expect(capture.run("label", "clear").output):eq("Computer label cleared\n")
        expect(os.getComputerLabel()):eq(nil)
        os.setComputerLabel(old)
    end)

    it("labels disks", function()
        local disk = drive { label = "old" }
        expect(capture.run("label", "get", "left").output):eq("Disk label is \"old\"\n")
        expect(capture.run("label", "set", "left", "new").output):eq("Disk label set to \"new\"\n")
        expect(disk.label):eq("new")
        expect(capture.run("label", "clear", "left").output):eq("Disk label cleared\n")
        expect(disk.label):eq(nil)
        expect(capture.run("label", "get", "left").output):eq("No Disk label\n")
    end)

    it("says when there is nothing to label", function()
        drive(nil)
        expect(capture.run("label", "get", "left").output):eq("No disk in left drive\n")
        expect(capture.run("label", "set", "top", "x").output):eq("No disk drive named top\n")
        drive { fixed = true, label = "C418" }
        expect(capture.run("label", "set", "left", "x").output):eq("Disk label cannot be changed\n")
    end)
end)

describe("id", function()
    it("tells of the computer", function()
        local label = os.getComputerLabel()
        os.setComputerLabel("box")
        expect(capture.run("id").output):eq("This is computer #0\nThis computer is labelled \"box\"\n")
        os.setComputerLabel(label)
    end)

    it("tells of disks", function()
        drive { id = 4, label = "work" }
        expect(capture.run("id", "left").output):eq("The disk is #4\nLabelled \"work\"\n")
        drive { audio = "C418 - cat" }
        expect(capture.run("id", "left").output):eq("Has audio track \"C418 - cat\"\n")
        drive(nil)
        expect(capture.run("id", "left").output):eq("No disk in drive left\n")
    end)
end)

describe("eject", function()
    it("empties a drive", function()
        drive { id = 1 }
        expect(capture.run("eject", "left").output):eq("")
        expect(capture.run("eject", "left").output):eq("Nothing in left drive\n")
    end)
end)
