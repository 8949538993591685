describe("term", function()
    local native = term.native()

    it("draws where it was redirected to", function()
        local w = window.create(native, 1, 1, 5, 2, false)
        expect(term.redirect(w)):eq(native)
        expect(term.current()):eq(w)
        term.setCursorPos(2, 2)
        term.setTextColor(colors.red)
        term.write("ab")
        expect({ w.getLine(2) }):same { " ab  ", "0ee00", "fffff" }
        expect({ term.getCursorPos() }):same { 4, 2 }
        expect(term.getTextColour()):eq(colours.red)
        expect({ term.getSize() }):same { 5, 2 }
        expect(term.redirect(native)):eq(w)
        expect(term.current()):eq(native)
        expect(term.native()):eq(native)
    end)

    it("throws for what a target lacks, once that is called", function()
        local target = { write = function() end }
        local old = term.redirect(target)
        local ok, message = pcall(term.clear)
        local written = pcall(term.write, "x")
        term.redirect(old)
        expect(ok):eq(false)
        expect(message):str_match("Redirect object is missing method clear%.$")
        expect(written):eq(true)
    end)

    it("takes no target that would draw to itself", function()
        expect.error(term.redirect, term):eq("term is not a recommended redirect target, try term.current() instead")
        expect.error(term.redirect, nil):str_match("table expected, got nil")
        expect(term.current()):eq(native)
    end)

    it("has both spellings of all colour functions", function()
        for name, f in pairs(term) do
            local other = name:gsub("Colour", "Color")
            if other ~= name then
                expect(term[other]):describe(other):type("function")
                expect(f):type("function")
            end
        end
        expect({ term.nativePaletteColour(colours.red) }):same { term.nativePaletteColor(colors.red) }
    end)
end)
