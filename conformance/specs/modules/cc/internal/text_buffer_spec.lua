describe("cc.internal.text_buffer", function()
    local textBuffer = require "cc.internal.text_buffer"
    local lexer = require "cc.internal.syntax.lexer"

    it("gives a text back as it was", function()
        for _, text in ipairs { "", "a", "a\n", "a\nb", "a\r\nb\r\n", "a\r\n\r\nb", "\n\n", "\n", " \t\n", "a\nb\r\nc\n" } do
            expect(textBuffer.new(text):text()):eq(text)
        end
    end)

    it("has lines", function()
        expect(textBuffer.new("").lines):same { "" }
        expect(textBuffer.new("a\n\nb").lines):same { "a", "", "b" }
        expect(textBuffer.new("a\r\nb\r\n").lines):same { "a", "b" }
        -- A line break of another kind stays in its line.
        expect(textBuffer.new("a\nb\r\nc\n").lines):same { "a", "b\r", "c" }
    end)

    it("inserts", function()
        local b = textBuffer.new "one\ntwo\n"
        expect({ b:insert(1, 2, "xy") }):same { 1, 4, true }
        expect({ b:insert(2, 4, "!\n?\n") }):same { 4, 1, true }
        expect(b.lines):same { "oxyne", "two!", "?", "" }
        expect({ b:insert(1, 3, "\n") }):same { 2, 1, true }
        expect(b:text()):eq "ox\nyne\ntwo!\n?\n\n"
        expect(b.modified):eq(true)
    end)

    it("joins", function()
        local b = textBuffer.new "one\ntwo"
        expect(b:join(2)):eq(4)
        expect(b:text()):eq "onetwo"
    end)

    it("tells when lines below look different", function()
        local b = textBuffer.new "a\nb\nc"
        b:state(3)
        expect(b:replace(1, "a = 1")):eq(false)
        expect(b:replace(1, "a = [[")):eq(true)
        expect(b:state(3)):eq(1)
        expect(b:replace(2, "]]")):eq(true)
        expect(b:state(3)):eq(0)
    end)

    it("knows the state of each line after any changes", function()
        local pieces = { "x", "[[", "]]", "--[[", "\n", "'\\", " \n-- a\n", "[=[\n" }
        local b = textBuffer.new "a\nb\n[[c\nd]]\ne\n"
        local seed = 7
        local function random(n)
            seed = (seed * 16807) % 2147483647
            return seed % n + 1
        end
        for _ = 1, 300 do
            local line = random(#b.lines)
            local action = random(4)
            if action == 1 and line > 1 then
                b:join(line)
            elseif action == 2 then
                b:replace(line, pieces[random(4)])
            else
                b:insert(line, random(#b.lines[line] + 1), pieces[random(#pieces)])
            end
            local look = random(#b.lines)
            local state = 0
            for i = 1, look - 1 do state = lexer.lex(b.lines[i], state, function() end) end
            expect(b:state(look)):eq(state)
        end
    end)

    it("takes changes back and makes them again", function()
        local seed = 11
        local function random(n)
            seed = (seed * 16807) % 2147483647
            return seed % n + 1
        end
        local pieces = { "x", " ", "\n", "[[", "a\nb\n", "" }
        local b = textBuffer.new "a\nb\n[[c\nd]]\ne"
        local states = { b:text() }
        for _ = 1, 200 do
            local line = random(#b.lines)
            if random(5) == 1 and line > 1 then
                b:join(line)
            else
                b:insert(line, random(#b.lines[line] + 1), pieces[random(#pieces)])
            end
            if b:text() ~= states[#states] then states[#states + 1] = b:text() end
        end
        -- Letters one after the other are one change, so there may be fewer than states.
        local at = #states
        while b:undo() do
            local text = b:text()
            while states[at] ~= text and at > 1 do at = at - 1 end
            expect(text):eq(states[at])
        end
        expect(b:text()):eq(states[1])
        expect(b.modified):eq(false)
        while b:redo() do end
        expect(b:text()):eq(states[#states])
        expect(b:redo()):eq(nil)
        local state = 0
        for i = 1, #b.lines do
            expect(b:state(i)):eq(state)
            state = lexer.lex(b.lines[i], state, function() end)
        end
    end)

    it("takes typing back by words", function()
        local b = textBuffer.new ""
        local text = "one  two"
        for i = 1, #text do b:insert(1, i, text:sub(i, i)) end
        expect({ b:undo() }):same { 1, 6 }
        expect(b:text()):eq "one  \n"
        expect({ b:undo() }):same { 1, 1 }
        expect(b:undo()):eq(nil)
        expect({ b:redo() }):same { 1, 6 }
        b:insert(1, 6, "x")
        expect(b:redo()):eq(nil)
    end)

    it("knows whether the text is as it was written", function()
        local b = textBuffer.new "a"
        b:insert(1, 2, "b")
        b:saved()
        b:insert(1, 3, "c")
        expect(b.modified):eq(true)
        b:undo()
        expect({ b:text(), b.modified }):same { "ab", false }
        b:undo()
        expect({ b:text(), b.modified }):same { "a", true }
        b:redo()
        expect(b.modified):eq(false)
        b:undo()
        b:insert(1, 1, "z")
        b:undo()
        expect({ b:text(), b.modified }):same { "a", true }
    end)

    it("forgets the oldest changes", function()
        local b = textBuffer.new "a"
        for i = 1, 1100 do b:replace(1, tostring(i)) end
        local count = 0
        while b:undo() do count = count + 1 end
        expect(count):eq(1000)
        expect(b:text()):eq "100"
        expect(b.modified):eq(true)

        b = textBuffer.new(("x"):rep(300000))
        for _ = 1, 5 do b:insert(1, 1, "ab") end
        count = 0
        while b:undo() do count = count + 1 end
        expect(count):eq(1)
    end)

    it("finds texts", function()
        local b = textBuffer.new "one\nTWO one\n%d"
        expect({ b:find("one", 1, 1) }):same { 1, 1 }
        expect({ b:find("ONE", 1, 2) }):same { 2, 5 }
        expect({ b:find("one", 2, 6) }):same { 1, 1 }
        expect({ b:find("two", 2, 2) }):same { 2, 1 }
        expect({ b:find("%d", 1, 1) }):same { 3, 1 }
        expect(b:find("three", 1, 1)):eq(nil)
    end)

    it("stays quick with long texts", function()
        local b = textBuffer.new(("local x = { 'text' } -- [[ note\n"):rep(20000))
        local start = os.epoch "utc"
        for i = 1, 200 do
            b:insert(10, 1, "y\n")
            b:replace(10, "z" .. i)
            b:state(30)
        end
        expect(#b.lines):eq(20200)
        expect(os.epoch "utc" - start < 3000):eq(true)
    end)
end)
