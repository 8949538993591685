local pretty = require "cc.pretty"

describe("cc.pretty", function()
    local function show(value, width, options) return pretty.render(pretty.pretty(value, options), width) end

    it("shows values", function()
        expect(show { 1, "a\n", nil, true, x = { y = {} }, [-1] = 2, ["a b"] = 3 })
            :eq([[{ 1, "a\n", nil, true, [-1] = 2, ["a b"] = 3, x = { y = {} } }]])
        expect(show({ a = { 1, 2 }, b = 3 }, 12)):eq("{\n  a = {\n    1,\n    2\n  },\n  b = 3\n}")
        expect(show(setmetatable({}, { __tostring = function() return "mine" end }))):eq("mine")
    end)

    it("bears tables that hold themselves, and deep ones", function()
        local t = {}
        t.t = t
        expect(show(t)):eq("{ t = { ... } }")
        for _ = 1, 1e5 do t = { t } end
        expect(show(t)):str_match("{%.%.%.}")
    end)

    it("breaks groups that don't fit", function()
        local doc = pretty.group(pretty.nest(2, "ab" .. pretty.line .. pretty.text("cd", colours.red) .. pretty.space_line .. "ef"))
        expect(pretty.render(doc)):eq("abcd ef")
        expect(pretty.render(doc, 5, 1)):eq("ab\n  cd\n  ef")
        expect.error(pretty.render, "x"):eq("bad argument #1 (document expected, got string)")
    end)

    it("writes colours", function()
        local w = window.create(term.current(), 1, 1, 8, 2, false)
        local old = term.redirect(w)
        pretty.print(pretty.text("a") .. pretty.text("b", colours.red) .. "c")
        term.redirect(old)
        expect({ w.getLine(1) }):same { "abc     ", "0e000000", "ffffffff" }
        expect({ w.getCursorPos() }):same { 1, 2 }
    end)
end)
