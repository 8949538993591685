local capture = require "testdata.capture"

describe("falling", function()
    local screen

    -- Plays with keys and letters on a screen of a size, and then ends the game. A false among them is the time of a step. Pieces come in
    -- the order I, J, L, O, S, T, Z. `look` is called before the end.
    local function play(width, height, isColour, pressed, look)
        screen = window.create(term.native(), 1, 1, width, height, false)
        if not isColour then screen.isColour = function() return false end end
        local timer, at = 0, 0
        stub(os, "startTimer", function()
            timer = timer + 1
            return timer
        end)
        -- This makes a shuffle turn the order round, and pieces are taken from the end.
        stub(math, "random", function(n) return math.min(n, 8 - n) end)
        stub(os, "pullEvent", function()
            at = at + 1
            local key = pressed[at]
            if key == false then return "timer", timer end
            if type(key) == "string" then return "char", key end
            if key then return "key", key end
            if at == #pressed + 1 and look then look() end
            return "char", "q"
        end)
        local before = term.redirect(screen)
        local result = capture.run("pocket/falling")
        term.redirect(before)
        return result
    end

    -- The rows of the well that aren't empty, on a screen of 26 by 20 without colours: "[]" as "#".
    local function well()
        local lines = {}
        for y = 2, 20 do
            local line = screen.getLine(y):sub(4, 23):gsub("%[%]", "#"):gsub("  ", ".")
            if line:find("#") then lines[#lines + 1] = y - 1 .. " " .. line end
        end
        return lines
    end

    local function wellAfter(...)
        local lines
        local result = play(26, 20, false, { ... }, function() lines = well() end)
        return lines, result
    end

    it("lets pieces fall, move and turn", function()
        expect(wellAfter()):same { "1 ...####..." }
        expect(wellAfter(false, false, keys.left)):same { "3 ..####...." }
        expect(wellAfter(keys.down, keys.right, keys.up)):same { "1 ......#...", "2 ......#...", "3 ......#...", "4 ......#..." }
    end)

    it("keeps them in the well", function()
        local left, right = {}, {}
        for i = 1, 20 do left[i], right[i] = keys.left, keys.right end
        expect(wellAfter(table.unpack(left))):same { "1 ####......" }
        expect(wellAfter(table.unpack(right))):same { "1 ......####" }
    end)

    it("turns them at the wall, too", function()
        local presses = { false, keys.up }
        for _ = 1, 10 do presses[#presses + 1] = keys.left end
        presses[#presses + 1] = keys.up
        expect(wellAfter(table.unpack(presses))):same { "3 ####......" }
    end)

    it("takes full rows away, and counts", function()
        local lines, result = wellAfter(
            keys.left, keys.left, keys.left, keys.space, keys.right, keys.space,
            keys.right, keys.right, keys.right, keys.right, keys.space)
        expect(lines):same { "1 ....##....", "2 ....##....", "19 ....#....#" }
        expect(result):same { ok = true, output = "Score: 144\n", error = "" }
        expect(screen.getLine(1)):str_match("^ +$")
    end)

    it("ends when the well is full, and begins anew if wanted", function()
        local presses = {}
        for i = 1, 40 do presses[i] = keys.space end
        local text
        local result = play(26, 20, false, presses, function()
            text = {}
            for y = 1, 20 do text[y] = screen.getLine(y) end
        end)
        expect(table.concat(text)):str_match("Game over")
        expect(result.output):str_match("^Score: [1-9]%d*\n$")
        presses[#presses + 1] = keys.enter
        expect(wellAfter(table.unpack(presses))):same { "1 ...####..." }
    end)

    it("pauses", function()
        expect(wellAfter(keys.p, "p", keys.left, keys.space, "x", keys.p, "P", keys.left)):same { "1 ..####...." }
    end)

    it("shows colours and the next piece on large screens", function()
        play(51, 19, true, {}, function()
            local text, _, background = screen.getLine(2)
            -- The long piece is light blue, the walls are grey.
            expect(background:sub(15, 37)):eq("7ffffff33333333ffffff7f")
            expect(text):str_match("Score 0")
            expect((select(3, screen.getLine(8)))):str_match("fbbffffff")
        end)
    end)

    it("says when the screen is too small", function()
        expect(play(21, 19, true, {}).error):eq("The screen is too small\n")
        expect(play(40, 8, true, {}).error):eq("The screen is too small\n")
    end)

    it("doesn't play where there is no screen", function()
        stub(_G, "_HEADLESS", true)
        expect(capture.run("pocket/falling").error):eq("This game needs a screen\n")
    end)

    it("leaves the screen as it should be when it is ended", function()
        screen = window.create(term.native(), 1, 1, 51, 19, false)
        stub(os, "pullEvent", function() error("Terminated", 0) end)
        local before = term.redirect(screen)
        local result = capture.run("pocket/falling")
        local colour = term.getBackgroundColour()
        term.redirect(before)
        expect(result):same { ok = false, output = "Score: 0\n", error = "Terminated\n" }
        expect(colour):eq(colours.black)
        expect(screen.getLine(19)):str_match("^ +$")
    end)
end)
