describe("cc.internal.syntax.lexer", function()
    local lexer = require "cc.internal.syntax.lexer"

    -- The tokens of a line as text: "keyword:local name:x".
    local function lex(line, state)
        local parts = {}
        local after = lexer.lex(line, state or 0, function(kind, first, last)
            parts[#parts + 1] = kind .. ":" .. line:sub(first, last)
        end)
        return table.concat(parts, " "), after
    end

    it("tells kinds of tokens", function()
        expect((lex('local x = f("a", 12) -- end'))):eq(
            'keyword:local name:x operator:= name:f operator:( string:"a" operator:, number:12 operator:) comment:-- end')
        expect((lex "a..b ... a==b ~= <= >= < ::x:: #t"))
            :eq "name:a operator:.. name:b operator:... name:a operator:== name:b operator:~= operator:<= operator:>= operator:< operator::: name:x operator::: operator:# name:t"
        expect((lex "1e-5 0xFp+2 .5 3..2 0x1e-1"))
            :eq "number:1e-5 number:0xFp+2 number:.5 number:3..2 number:0x1e operator:- number:1"
        expect((lex "a ~ ! \1")):eq "name:a unknown:~ unknown:! unknown:\1"
    end)

    it("knows where strings end", function()
        expect((lex [['a\'b' "c'd" 'e]])):eq [[string:'a\'b' string:"c'd" string:'e]]
        expect((lex "[[a]] b [==[c]]]=]d]==] e")):eq "string:[[a]] name:b string:[==[c]]]=]d]==] name:e"
        expect((lex "t[1] [x]")):eq "name:t operator:[ number:1 operator:] operator:[ name:x operator:]"
    end)

    it("goes on in the next line", function()
        local _, state = lex "x = [=[ a"
        expect(state):eq(2)
        expect({ lex("b ]] c", state) }):same { "string:b ]] c", 2 }
        expect({ lex("d ]=] e", state) }):same { "string:d ]=] name:e", 0 }
        _, state = lex "--[[ a"
        expect(state):eq(-1)
        expect({ lex("]]--", state) }):same { "comment:]] comment:--", 0 }
        _, state = lex [["a\]]
        expect(state):eq('"')
        expect({ lex([[b\"c" d]], state) }):same { [[string:b\"c" name:d]], 0 }
        expect({ lex([["a\z  ]]) }):same { [[string:"a\z  ]], '"' }
        expect({ lex("", 3) }):same { "", 3 }
    end)

    it("finds the same state without looking at all", function()
        for _, line in ipairs { "", "x = 1", "[[", "a [=[ b ]=] c [[", "--[==[", "'a\\", "'a\\\\'", "-- [[", "'[['", "]]", "x" } do
            for _, state in ipairs { 0, 1, 2, -1, -3, "'", '"' } do
                expect(lexer.after(line, state)):describe(line):eq((lexer.lex(line, state, function() end)))
            end
        end
    end)

    it("takes any bytes", function()
        local all = {}
        for i = 0, 255 do all[#all + 1] = string.char(i) end
        local line = table.concat(all):gsub("\n", "")
        local last = 0
        lexer.lex(line, 0, function(_, first, stop)
            expect(first > last and stop >= first):eq(true)
            last = stop
        end)
        expect(last):eq(#line)
    end)
end)
