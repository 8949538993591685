local strings = require "cc.strings"

describe("cc.strings", function()
    it("wraps", function()
        expect(strings.wrap("", 5)):same { "" }
        expect(strings.wrap("a bb ccc", 4)):same { "a bb", "ccc" }
        expect(strings.wrap("abcdefgh ij", 3)):same { "abc", "def", "gh ", "ij" }
        expect(strings.wrap("a\n\nb\n", 9)):same { "a", "", "b", "" }
        expect(strings.wrap("  x", 9)):same { "  x" }
        expect(#strings.wrap(("x"):rep(1e5), 1)):eq(1e5)
        expect.error(strings.wrap, "x", 0):eq("number outside of range (expected 0 to be within 1 and inf)")
    end)

    it("pads and cuts", function()
        expect(strings.ensure_width("ab", 4)):eq("ab  ")
        expect(strings.ensure_width("abcdef", 4)):eq("abcd")
    end)

    it("splits", function()
        expect(strings.split("a, b,c", ",%s*")):same { "a", "b", "c" }
        expect(strings.split("a.b", ".", true)):same { "a", "b" }
        expect(strings.split("a-b-c", "-", true, 2)):same { "a", "b-c" }
        expect.error(strings.split, "abc", "x*"):str_match("separator is empty$")
    end)
end)
