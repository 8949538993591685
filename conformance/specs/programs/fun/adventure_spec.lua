describe("The adventure program", function()
    local capture = require "testdata.capture"

    -- Plays with these sentences and returns what is said.
    local function play(...)
        local lines, at = { ... }, 0
        stub(_G, "read", function()
            at = at + 1
            return lines[at]
        end)
        local result = capture.run("fun/adventure")
        expect(result):matches { ok = true, error = "" }
        return result.output
    end

    it("can be won", function()
        expect(play("north", "take the flint", "e", "get rope", "w", "s", "e", "s", "take lamp", "push the anvil", "take key", "n",
            "tie rope to the well", "climb down", "take ring", "light the lamp", "n", "use key", "n", "give the ring to the king"))
            :str_match "You have won, in 20 turns%."
    end)

    it("keeps its doors shut", function()
        expect(play("e", "down")):str_match "slippery"
        expect(play("up")):str_match "There is no way up%."
        expect(play("take king")):str_match "There is no such thing here%."
        local dark = play("n", "e", "take rope", "w", "s", "e", "tie rope", "d", "n", "n", "open door")
        expect(dark):str_match "too dark to see"
        expect(dark):str_match "The iron door is locked"
    end)

    it("takes any words", function()
        expect(play("", "xyzzy", "fnord the lamp", "look at", "take", "drop", "42", "use", "help", "i", "quit", "never read"))
            :str_match "You don't know how to xyzzy%."
    end)
end)
