describe("paintutils", function()
    local function draw(width, height, f)
        local w = window.create(term.current(), 1, 1, width, height, false)
        local old = term.redirect(w)
        f()
        term.redirect(old)
        local lines = {}
        for i = 1, height do lines[i] = select(3, w.getLine(i)) end
        return lines
    end

    it("reads images", function()
        expect(paintutils.parseImage("e 0\r\n\nf\n")):same { { 16384, 0, 1 }, {}, { 32768 } }
        expect(paintutils.loadImage("missing")):eq(nil)
    end)

    it("draws", function()
        expect(draw(4, 3, function() paintutils.drawLine(4, 3, 1, 1, colours.red) end)):same { "efff", "feef", "fffe" }
        expect(draw(4, 3, function() paintutils.drawBox(4, 3, 1, 1, colours.red) end)):same { "eeee", "effe", "eeee" }
        expect(draw(3, 3, function() paintutils.drawFilledBox(2, 1, 3, 2, colours.red) end)):same { "fee", "fee", "fff" }
        expect(draw(2, 2, function() paintutils.drawPixel(2, 1, colours.red) end)):same { "fe", "ff" }
        expect(draw(2, 1, function()
            term.setBackgroundColour(colours.blue)
            paintutils.drawPixel(1, 1)
        end)):same { "bf" }
        expect(draw(2, 1, function() paintutils.drawBox(2, 1, 2, 1, colours.red) end)):same { "fe" }
        expect(draw(3, 2, function() paintutils.drawImage(paintutils.parseImage("1 2\n3"), 1, 1) end)):same { "1f2", "3ff" }
    end)
end)
