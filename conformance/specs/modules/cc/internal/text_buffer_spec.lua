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
