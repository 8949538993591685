describe("window", function()
    local function make(width, height) return window.create(term.current(), 1, 1, width, height, false) end

    it("clips what is written", function()
        local w = make(4, 2)
        w.setCursorPos(-1, 1)
        w.write("abcdefgh")
        expect({ w.getLine(1) }):same { "cdef", "0000", "ffff" }
        expect({ w.getCursorPos() }):same { 7, 1 }
        w.setCursorPos(1, 3)
        w.write("below")
        w.setCursorPos(9, 2)
        w.write("right")
        w.setCursorPos(3, 2)
        w.blit("xyz", "1E3", "abc")
        expect({ w.getLine(2) }):same { "  xy", "001e", "ffab" }
    end)

    it("scrolls and clears with its colours", function()
        local w = make(2, 2)
        w.write("ab")
        w.setBackgroundColour(colours.red)
        w.scroll(-1)
        expect({ w.getLine(1) }):same { "  ", "00", "ee" }
        expect({ w.getLine(2) }):same { "ab", "00", "ff" }
        w.scroll(5)
        expect((w.getLine(2))):eq("  ")
        w.setTextColour(colours.lime)
        w.clearLine()
        expect({ w.getLine(1) }):same { "  ", "55", "ee" }
        w.clear()
        expect({ w.getLine(2) }):same { "  ", "55", "ee" }
    end)

    it("draws to its parent while it is visible", function()
        local parent = make(5, 3)
        local w = window.create(parent, 2, 2, 3, 1)
        w.write("abc")
        expect((parent.getLine(2))):eq(" abc ")
        w.setVisible(false)
        expect(w.isVisible()):eq(false)
        w.setCursorPos(1, 1)
        w.write("xyz")
        expect((parent.getLine(2))):eq(" abc ")
        w.setVisible(true)
        expect(w.isVisible()):eq(true)
        expect((parent.getLine(2))):eq(" xyz ")
        w.setCursorPos(2, 1)
        expect({ parent.getCursorPos() }):same { 3, 2 }
        w.reposition(1, 3, 5, 1)
        expect((parent.getLine(3))):eq("xyz  ")
        expect({ w.getPosition() }):same { 1, 3 }
        w.reposition(1, 1, 2, 2)
        expect((w.getLine(1))):eq("xy")
        expect((w.getLine(2))):eq("  ")
    end)

    it("has a palette of its own", function()
        local parent = make(5, 3)
        local w = window.create(parent, 1, 1, 1, 1, false)
        w.setPaletteColour(colours.red, 0xFF0080)
        expect({ w.getPaletteColour(colours.red) }):same { 1, 0, 0x80 / 255 }
        w.setVisible(true)
        expect({ parent.getPaletteColour(colours.red) }):same { 1, 0, 0x80 / 255 }
    end)

    it("can be a target", function()
        local w = make(5, 1)
        local old = term.redirect(w)
        write("hi")
        term.redirect(old)
        expect((w.getLine(1))):eq("hi   ")
        expect.error(window.create, term, 1, 1, 1, 1):str_match("term is not a recommended window parent")
        local bare = {}
        term.redirect(bare)
        term.redirect(old)
        expect.error(bare.write, "x"):str_match("Redirect object is missing method write%.$")
    end)
end)
