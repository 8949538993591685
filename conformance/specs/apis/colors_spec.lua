describe("colors", function()
    it("makes, changes and tests sets", function()
        expect(colors.combine()):eq(0)
        expect(colors.combine(colors.white, colors.orange, colors.white)):eq(3)
        expect(colors.subtract(7, colors.white, colors.magenta)):eq(colors.orange)
        expect(colors.test(3, colors.orange)):eq(true)
        expect(colors.test(1, colors.orange)):eq(false)
        expect.error(colors.test, 1):eq("bad argument #2 (number expected, got nil)")
    end)

    it("packs and unpacks RGB", function()
        expect(colors.packRGB(1, 0.5, 0)):eq(0xFF7F00)
        expect({ colors.unpackRGB(0xFF0000) }):same { 1, 0, 0 }
        expect(colors.rgb8(1, 1, 1)):eq(0xFFFFFF)
        expect({ colors.rgb8(0xFF) }):same { 0, 0, 1 }
    end)

    it("knows the digits of blit", function()
        for i = 0, 15 do expect(colors.toBlit(2 ^ i)):eq(("%x"):format(i)) end
        expect(colors.toBlit(3)):eq("1")
        expect(colors.fromBlit("F")):eq(colors.black)
        expect(colors.fromBlit("g")):eq(nil)
        expect(colors.fromBlit("ff")):eq(nil)
        for _, bad in ipairs { 0, -1, 0.5, 0x10000, 1 / 0, 0 / 0 } do
            expect.error(colors.toBlit, bad):str_match("Colour out of range$")
        end
    end)

    it("has British names as well", function()
        expect(colours.grey):eq(colors.gray)
        expect(colours.lightGrey):eq(colors.lightGray)
        expect(colours.gray):eq(nil)
        expect(colours.combine):eq(colors.combine)
    end)
end)
