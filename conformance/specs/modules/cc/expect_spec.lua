local expecting = require "cc.expect"

describe("cc.expect", function()
    it("returns values of the right type", function()
        local t = {}
        expect(expecting.expect(1, t, "string", "table")):eq(t)
        expect(expecting.expect(1, nil, "string", "nil")):eq(nil)
        expect(expecting(1, "old", "string")):eq("old")
    end)

    it("names the function, and what it wants", function()
        local function open(name, count)
            expecting.expect(1, name, "string")
            expecting.expect(2, count, "number", "table", "nil")
        end
        local function call(...)
            open(...)
            return true
        end
        expect.error(call, 1):str_match("bad argument #1 to 'open' %(string expected, got number%)$")
        expect.error(call, "x", "y"):str_match("bad argument #2 to 'open' %(number or table expected, got string%)$")
        expect(call("x")):eq(true)
        expect.error(expecting.expect, 1, 1, "a", "b", "c"):eq("bad argument #1 (a, b or c expected, got number)")
        expect.error(expecting.expect, 1, 1, "nil"):eq("bad argument #1 (nil expected, got number)")
    end)

    it("names types as their values do", function()
        expect.error(expecting.expect, 1, setmetatable({}, { __name = "point" }), "string"):str_match("got point%)$")
        expect.error(expecting.expect, 1, setmetatable({}, { __name = {} }), "string"):str_match("got table%)$")
        expect.error(expecting.expect, 1, setmetatable({}, { __metatable = "no" }), "string"):str_match("got table%)$")
    end)

    it("looks at fields", function()
        expect(expecting.field({ a = 1 }, "a", "number")):eq(1)
        expect(expecting.field({}, "a", "number", "nil")):eq(nil)
        expect.error(expecting.field, {}, "a", "number"):str_match("field 'a' missing from table$")
        expect.error(expecting.field, { a = 1 }, "a", "string", "nil"):str_match("bad field 'a' %(string expected, got number%)$")
        expect.error(expecting.field, 1, "a"):str_match("bad argument #1.*table expected, got number")
    end)

    it("looks at ranges", function()
        expect(expecting.range(2, 1, 3)):eq(2)
        expect(expecting.range(1 / 0)):eq(1 / 0)
        expect.error(expecting.range, 4, 1, 3):str_match("number outside of range %(expected 4 to be within 1 and 3%)$")
        expect.error(expecting.range, 0 / 0, 1, 3):str_match("expected nan to be within 1 and 3%)$")
        expect.error(expecting.range, 0 / 0):str_match("expected nan to be within")
        expect.error(expecting.range, 1, 3, 1):str_match("min must be less than or equal to max")
    end)
end)
