local capture = require "testdata.capture"

describe("redstone", function()
    before_each(function()
        for _, side in ipairs(redstone.getSides()) do
            redstone.setOutput(side, false)
            redstone.setBundledOutput(side, 0)
        end
    end)

    it("sets signals", function()
        capture.run("redstone", "set", "left", "true")
        expect(redstone.getAnalogOutput("left")):eq(15)
        capture.run("redstone", "set", "left", "7")
        expect(redstone.getAnalogOutput("left")):eq(7)
        capture.run("redstone", "set", "left", "false")
        expect(redstone.getOutput("left")):eq(false)
    end)

    it("sets one colour of a bundle", function()
        capture.run("redstone", "set", "top", "red", "true")
        capture.run("redstone", "set", "top", "lime", "1")
        expect(redstone.getBundledOutput("top")):eq(colours.red + colours.lime)
        capture.run("redstone", "set", "top", "red", "false")
        expect(redstone.getBundledOutput("top")):eq(colours.lime)
    end)

    it("refuses what makes no sense", function()
        expect(capture.run("redstone", "set", "middle", "true").error):eq("No such side: middle\n")
        expect(capture.run("redstone", "set", "left", "16").error):eq("Value must be boolean or 0-15\n")
        expect(capture.run("redstone", "set", "left", "1.5").error):eq("Value must be boolean or 0-15\n")
        expect(capture.run("redstone", "set", "left", "packRGB", "true").error):eq("No such color\n")
        expect(capture.run("redstone", "pulse", "left", "x").output):str_match("^Usages:")
    end)

    it("pulses", function()
        local log = {}
        stub(redstone, "setOutput", function(side, on) log[#log + 1] = side .. " " .. tostring(on) end)
        stub(_G, "sleep", function(time) log[#log + 1] = time end)
        capture.run("redstone", "pulse", "left", "2", "3")
        expect(log):same { "left true", 1.5, "left false", 1.5, "left true", 1.5, "left false", 1.5 }
    end)

    it("shows what comes in", function()
        expect(capture.run("redstone", "probe").output):eq("Redstone inputs: none\n")
        stub(redstone, "getAnalogInput", function(side) return ({ left = 15, back = 3 })[side] or 0 end)
        stub(redstone, "getBundledInput", function(side) return side == "top" and colours.red + colours.blue or 0 end)
        local output = capture.run("redstone", "probe").output
        expect(output):str_match("back %(3%)")
        expect(output):str_match("left[,\n]")
        expect(output):str_match("\nBundled inputs: top %(blue, red%)\n$")
    end)
end)
