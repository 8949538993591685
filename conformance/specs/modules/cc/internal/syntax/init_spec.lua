describe("cc.internal.syntax", function()
    local syntax = require "cc.internal.syntax"

    -- The place of the error in a text: "line:first-last", and what is still open.
    local function locate(text)
        local chunk, message = load(text, "=code")
        expect(chunk):eq(nil)
        local place = syntax.locate(text, message)
        local function show(p)
            return p.column and ("%d:%d-%d"):format(p.line, p.column, p.column + p.width - 1) or tostring(p.line)
        end
        return show(place) .. (place.opened and " open " .. show(place.opened) or "")
    end

    it("finds the token", function()
        expect(locate "x = = 1"):eq "1:5-5"
        expect(locate "foo bar"):eq "1:5-7"
        expect(locate "\n\nprint(if)"):eq "3:7-8"
        expect(locate "x = 1..2"):eq "1:5-8"
        expect(locate "break"):eq "1:1-5"
        expect(locate "y = 1\ngoto there"):eq "2:6-10"
        expect(locate "x = 1\ngr\195\188n = 2"):eq "2:3-3"
    end)

    it("finds the right one of several", function()
        expect(locate "x = 1 y = 1 z = 1 1 w = 1"):eq "1:19-19"
        expect(locate "f(x = 1, y = 2)"):eq "1:5-5"
        expect(locate "g(1) h(1)) i(1)"):eq "1:10-10"
    end)

    it("finds the end of the text", function()
        expect(locate "x = #"):eq "1:6-6"
        expect(locate "x = 5 +\n\n  -- note\n"):eq "1:8-8"
        expect(locate "x ="):eq "1:4-4"
    end)

    it("finds what is not closed", function()
        expect(locate "while true do\n if a then\nend\n"):eq "3:4-4 open 1:1-5"
        expect(locate "if a then if b then\nend\n"):eq "2:4-4 open 1:1-2"
        expect(locate "if a then end if b then\n"):eq "1:24-24 open 1:15-16"
        expect(locate "x = {\n1,\nprint(3)\n"):str_match "open 1:5%-5$"
        expect(locate "f(\n1\n2"):eq "3:1-1 open 1:2-2"
        expect(locate "x = [[\na\n"):eq "1:5-6"
        expect(locate 'x = "a'):eq "1:5-6"
    end)

    it("does without a place", function()
        expect(syntax.locate("x", "no position")):eq(nil)
        expect(syntax.locate("x", "code:7: elsewhere")):eq(nil)
        expect(syntax.locate("x\ny", "code:2: all of it")):same { line = 2 }
    end)
end)
