local doorbell = require "doorbell"

describe("doorbell", function()
    local pressed, rings

    before_each(function()
        pressed, rings = true, {}
    end)

    -- Runs the bell beside a visitor, until the visitor leaves.
    local function visit(visitor)
        local getInput = stub(redstone, "getInput", function() return pressed end)
        parallel.waitForAny(function()
            doorbell.run("left", function(count) rings[#rings + 1] = count end, 0.1)
        end, visitor)
        return getInput
    end

    local function press()
        os.queueEvent("redstone")
        sleep(0)
    end

    it("rings when the button is pressed", function()
        local getInput = visit(press)
        expect(rings):same { 1 }
        expect(getInput):called_with("left")
    end)

    it("is quiet after a ring", function()
        visit(function()
            press()
            press()
            sleep(0.2)
            press()
        end)
        expect(rings):same { 1, 2 }
    end)

    it("does not ring when the signal ends", function()
        pressed = false
        visit(press)
        expect(rings):same {}
    end)
end)
