-- The line that read lets a user type where there is a screen; here it is a window.

local function edit(width, events, ...)
    local w = window.create(term.current(), 1, 1, width, 3, false)
    local old = term.redirect(w)
    local at = 0
    stub(os, "pullEvent", function(filter)
        expect(filter):eq(nil)
        at = at + 1
        local event = events[at]
        if type(event) == "function" then
            event(w)
            return "nothing"
        elseif type(event) == "string" then
            return #event == 1 and "char" or "paste", event
        elseif type(event) == "number" then
            return "key", event, false
        end
        return table.unpack(event or { "key", keys.enter })
    end)
    local result = read(...)
    term.redirect(old)
    return result, w
end

local function shows(text, x, y)
    return function(w)
        expect((w.getLine(y or 1):gsub(" +$", ""))):eq(text)
        if x then expect({ w.getCursorPos() }):same { x, y or 1 } end
        expect(w.getCursorBlink()):eq(true)
    end
end

describe("read on a screen", function()
    it("takes what is typed", function()
        local text, w = edit(10, { "a", "b c", shows("ab c", 5) })
        expect(text):eq("ab c")
        expect(w.getCursorBlink()):eq(false)
        expect({ w.getCursorPos() }):same { 1, 2 }
        expect((edit(10, { { "key", keys.numPadEnter } }))):eq("")
        expect((edit(10, { { "term_resize" }, { "timer", 1 }, "x" }))):eq("x")
    end)

    it("checks its arguments", function()
        expect.error(read, 1):eq("bad argument #1 (string expected, got number)")
        expect.error(read, nil, 1):eq("bad argument #2 (table expected, got number)")
        expect.error(read, nil, nil, 1):eq("bad argument #3 (function expected, got number)")
        expect.error(read, nil, nil, nil, 1):eq("bad argument #4 (string expected, got number)")
    end)

    it("begins with a default", function()
        expect((edit(10, { shows("name", 5), keys.backspace, "y" }, nil, nil, nil, "name"))):eq("namy")
    end)

    it("moves and deletes", function()
        expect((edit(20, { "abc", keys.left, keys.left, "X", keys.delete, shows("aXc", 3) }))):eq("aXc")
        expect((edit(20, { "abc", keys.home, keys.backspace, "1", keys["end"], keys.delete, "2", keys.right, "3" }))):eq("1abc23")
        expect((edit(20, { keys.left, keys.backspace, keys.delete, keys.right, keys.up, keys.down, keys.tab, "x" }))):eq("x")
    end)

    it("knows Ctrl", function()
        local ctrl, up = { "key", keys.leftCtrl }, { "key_up", keys.leftCtrl }
        expect((edit(30, { "one two.three", ctrl, keys.left, up, "X" }))):eq("one two.Xthree")
        expect((edit(30, { "one two", keys.home, ctrl, keys.right, up, "X" }))):eq("oneX two")
        expect((edit(30, { "one two ", ctrl, keys.w, up, "X" }))):eq("one X")
        expect((edit(30, { "one two", ctrl, keys.a, up, "X", ctrl, keys.e, up, "Y" }))):eq("Xone twoY")
        expect((edit(30, { "one", keys.left, ctrl, keys.k, up, "X" }))):eq("onX")
        expect((edit(30, { "one", keys.left, ctrl, keys.u, up, "X" }))):eq("Xe")
        expect((edit(30, { "one", keys.a, keys.w }))):eq("one")
    end)

    it("shows what doesn't fit in parts", function()
        expect((edit(5, { "abcdefgh", shows("efgh", 5), keys.home, shows("abcde", 1), keys["end"], shows("efgh", 5) }))):eq("abcdefgh")
        expect((edit(1, { "abc", shows("", 1), keys.left, shows("c", 1) }))):eq("abc")
    end)

    it("begins where the cursor is", function()
        local w = window.create(term.current(), 1, 1, 10, 3, false)
        local old = term.redirect(w)
        term.setCursorPos(4, 2)
        local events = { { "char", "a" }, { "char", "b" }, { "mouse_click", 1, 4, 2 }, { "char", "X" }, { "mouse_click", 1, 3, 2 },
            { "mouse_click", 1, 9, 1 }, { "mouse_click", 2, 9, 2 }, { "char", "Y" }, { "mouse_drag", 1, 9, 2 }, { "char", "Z" },
            { "key", keys.enter } }
        stub(os, "pullEvent", function() return table.unpack(table.remove(events, 1)) end)
        local text = read()
        term.redirect(old)
        expect(text):eq("XYabZ")
        expect(w.getLine(2)):eq("   XYabZ  ")
    end)

    it("follows a cursor that others have moved", function()
        expect((edit(10, { "ab", function(w) w.setCursorPos(3, 2) end, "c", shows("abc", 4, 2) }))):eq("abc")
    end)

    it("hides what is typed", function()
        expect((edit(10, { "secret", shows("******", 7) }, "*"))):eq("secret")
        expect((edit(10, { "secret", shows("xxxxxx", 7) }, "xyz"))):eq("secret")
        expect((edit(10, { "secret", shows("", 7) }, ""))):eq("secret")
    end)

    it("goes through the history", function()
        local history = { "old", "new" }
        expect((edit(10, { "typed", keys.up, shows("new", 4), keys.up, shows("old", 4), keys.up, shows("old", 4), keys.down, "!" }, nil, history))):eq("new!")
        expect((edit(10, { "typed", keys.up, keys.down, shows("typed", 6), keys.down, shows("typed", 6) }, nil, history))):eq("typed")
        expect(history):same { "old", "new" }
    end)

    it("completes", function()
        local asked = {}
        local function complete(text)
            asked[#asked + 1] = text
            return text:sub(-1) == "a" and { "bc", "xyz" } or nil
        end
        expect((edit(10, { "a", shows("abc", 2), keys.tab, shows("abc", 4) }, nil, nil, complete))):eq("abc")
        expect(asked):same { "a", "abc" }
        expect((edit(10, { "a", keys.down, shows("axyz", 2), keys.down, shows("abc", 2), keys.up, keys.right }, nil, nil, complete))):eq("axyz")
        local text, w = edit(10, { "a" }, nil, nil, complete)
        expect(text):eq("a")
        expect(w.getLine(1)):eq("a         ")
        expect((edit(10, { "a", keys.left, shows("a", 1), keys.right, shows("abc", 2) }, nil, nil, complete))):eq("a")
        expect((edit(10, { "a", function(window)
            expect({ window.getLine(1) }):same { "abc       ", "0000000000", "f77fffffff" }
        end }, nil, nil, complete))):eq("a")
        expect((edit(10, { shows("abc", 2) }, nil, nil, complete, "a"))):eq("a")
        expect((edit(2, { shows("a", 1) and "ba", keys.tab, shows("c", 2) }, nil, nil, complete))):eq("babc")
    end)

    it("ends when the program is to end", function()
        local w = window.create(term.current(), 1, 1, 5, 5, false)
        local old = term.redirect(w)
        os.queueEvent("terminate")
        local ok, message = pcall(read)
        term.redirect(old)
        expect(ok):eq(false)
        expect(message):eq("Terminated")
    end)
end)
