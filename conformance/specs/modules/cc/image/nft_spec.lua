local nft = require "cc.image.nft"

describe("cc.image.nft", function()
    it("reads colours up to the end of a line", function()
        expect(nft.parse("a\30eb\31Bc\r\nd\30")):same {
            { text = "abc", foreground = "00b", background = "fee" }, { text = "d", foreground = "0", background = "f" },
        }
        expect((nft.load("missing"))):eq(nil)
    end)

    it("draws", function()
        local w = window.create(term.current(), 1, 1, 3, 2, false)
        nft.draw(nft.parse("\30exy\nz"), 2, 1, w)
        expect({ w.getLine(1) }):same { " xy", "000", "fee" }
        expect((w.getLine(2))):eq(" z ")
    end)
end)
