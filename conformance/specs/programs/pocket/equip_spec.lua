local capture = require "testdata.capture"

describe("the programs of pocket computers", function()
    it("put an upgrade on them and take it off", function()
        expect(capture.run("pocket/equip").error):eq("Requires a Pocket Computer\n")
        expect(capture.run("pocket/unequip").error):eq("Requires a Pocket Computer\n")
        local worn
        stub(_G, "pocket", {
            equipBack = function()
                if worn then return false, "Cannot find a valid upgrade" end
                worn = true
                return true
            end,
            unequipBack = function()
                if not worn then return false, "Nothing to unequip" end
                worn = false
                return true
            end,
        })
        expect(capture.run("pocket/equip").output):eq("Item equipped\n")
        expect(capture.run("pocket/equip").error):eq("Cannot find a valid upgrade\n")
        expect(capture.run("pocket/unequip").output):eq("Item unequipped\n")
        expect(capture.run("pocket/unequip").error):eq("Nothing to unequip\n")
    end)
end)
