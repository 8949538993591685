describe("textutils.serialise", function()
    it("makes texts that unserialise reads", function()
        local value = { 1, "two\n\0\"", { a = true, ["b c"] = -1.5, [3] = false }, ["end"] = {}, [-1] = 1 / 0, [2.5] = "x" }
        expect(textutils.unserialise(textutils.serialise(value))):same(value)
        expect(textutils.unserialise(textutils.serialise(value, { compact = true }))):same(value)
        expect(textutils.serialise("a\nb")):eq('"a\\nb"')
    end)

    it("puts keys in order", function()
        expect(textutils.serialise({ b = 1, a = 2, [9] = 3, [-1] = 4, [true] = 5, 6 }, { compact = true }))
            :eq("{6,[-1]=4,[9]=3,a=2,b=1,[true]=5,}")
    end)

    it("refuses what it can't write", function()
        expect.error(textutils.serialise, { print }):eq("Cannot serialize type function")
        expect.error(textutils.serialise, { [print] = 1 }):eq("Cannot serialize type function")
        expect.error(textutils.serialise, coroutine.create(print)):eq("Cannot serialize type thread")
        local t = {}
        for _ = 1, 100000 do t = { t } end
        expect.error(textutils.serialise, t):eq("Cannot serialize table with too many levels")
        expect.error(textutils.serialiseJSON, t):eq("Cannot serialize table with too many levels")
        expect.error(textutils.serialise, {}, { compact = 1 }):eq("bad field 'compact' (boolean expected, got number)")
    end)

    it("gives nil for texts that are none", function()
        for _, text in ipairs { "", "{", "error()", "print('x')", "}" } do expect(textutils.unserialise(text)):eq(nil) end
        expect(textutils.unserialise(("{"):rep(100000))):eq(nil)
    end)
end)

describe("textutils.serialiseJSON", function()
    local json = textutils.serialiseJSON

    it("tells arrays from objects", function()
        expect(json {}):eq("{}")
        expect(json { 1, { 2 } }):eq("[1,[2]]")
        expect(json { a = 1 }):eq('{"a":1}')
        expect(json { a = { textutils.empty_json_array, textutils.json_null, false } }):eq('{"a":[[],null,false]}')
        expect(json { [3] = 1 }):eq("[null,null,1]")
        expect.error(json, { [1e9] = 1 }):str_match("^Cannot serialize table with gaps")
    end)

    it("writes numbers that JSON has", function()
        expect(json { 0.5, -1, 1e15, 2 ^ 53 }):eq("[0.5,-1,1000000000000000,9007199254740992]")
        for _, n in ipairs { 0 / 0, 1 / 0, -1 / 0 } do expect.error(json, n):str_match("^Cannot serialize number") end
    end)

    it("escapes strings", function()
        expect(json 'a"\\/\b\f\n\r\t\0\127\255'):eq([["a\"\\/\b\f\n\r\t\u0000\u007F\u00FF"]])
        expect(json("\u{e9}\u{1f600}\1", { unicode_strings = true })):eq([["\u00E9\uD83D\uDE00\u0001"]])
        expect.error(json, "a\255", { unicode_strings = true }):eq("Cannot serialize string with invalid UTF-8 at byte 2")
        expect(json({ a = 1 }, { nbt_style = true })):eq("{a:1}")
        expect(json({ ["a b"] = 1 }, true)):eq('{"a b":1}')
    end)
end)

describe("textutils.unserialiseJSON", function()
    local parse = textutils.unserialiseJSON

    it("reads what serialiseJSON writes", function()
        local value = { list = { 1, -2.5, "three", true, { false } }, ["a b"] = { c = "\"\\\n" } }
        expect(parse(textutils.serialiseJSON(value))):same(value)
    end)

    it("reads all kinds of values", function()
        expect(parse ' { "a" : [ 1e3 , -0.5E-1,0 ] , "b":"" } '):same { a = { 1000, -0.05, 0 }, b = "" }
        expect(parse '"\\u00e9\\ud83d\\ude00\\/\\b"'):eq("\u{e9}\u{1f600}/\b")
        expect(parse '"\127\u{e9}"'):eq("\127\u{e9}")
        expect(parse "[1,null,3]"):same { 1, nil, 3 }
        expect(parse("[null]", { parse_null = true })[1]):eq(textutils.json_null)
        expect(parse "[[]]"[1]):eq(textutils.empty_json_array)
        expect(parse "false"):eq(false)
        expect(table.pack(parse "null").n):eq(1)
    end)

    it("reads NBT", function()
        expect(parse("{a:1b,b.c:'it\\'s',\"d\":[L;1,2],e:1.5f}", { nbt_style = true }))
            :same { a = 1, ["b.c"] = "it's", d = { 1, 2 }, e = 1.5 }
        expect(parse("[[1,2],[B;3b],[I;],['a']]", { nbt_style = true })):same { { 1, 2 }, { 3 }, {}, { "a" } }
        expect((parse "[L;1]")):eq(nil)
        expect((parse "{a:1}")):eq(nil)
        expect((parse "1b")):eq(nil)
        expect((parse "'a'")):eq(nil)
    end)

    it("says where the text is wrong", function()
        for _, case in ipairs {
            { "", "1: Unexpected end of input." }, { "[1 2]", "4: Unexpected \"2\", expected ',' or ']'." }, { "[1,]", "4: Unexpected character \"]\"." },
            { '{"a" 1}', "6: Unexpected \"1\", expected ':'." }, { '{"a":1,}', "8: Unexpected \"}\", expected object key." },
            { '{"a":1', "7: Unexpected end of input, expected ',' or '}'." }, { '"abc', "5: Unexpected end of input, expected '\"'." },
            { "{", "2: Unexpected end of input, expected '}'." }, { "[", "2: Unexpected end of input, expected ']'." },
            { '"a\nb"', "4: Unescaped whitespace \"\\\n\"." }, { '"\\x"', "3: Unknown escape character \"x\"." },
            { '"\\', "2: Unexpected end of input, expected escape sequence." },
            { '"\\u12g4"', "2: Malformed unicode escape \"12g4\"." }, { "-", "1: Malformed number nil." }, { "1-2", "1: Malformed number \"1-2\"." },
            { "nul", "1: Unexpected character \"n\"." }, { "1 2", "3: Unexpected trailing character \"2\"." }, { "nullx", "5: Unexpected trailing character \"x\"." },
            { "\255", "1: Unexpected character \"\255\"." },
        } do
            local value, message = parse(case[1])
            expect(value):eq(nil)
            expect(message):eq("Malformed JSON at position " .. case[2])
        end
        expect.error(parse, nil):eq("bad argument #1 (string expected, got nil)")
        expect.error(parse, "", { parse_null = 1 }):eq("bad field 'parse_null' (boolean expected, got number)")
    end)

    it("bears hostile texts", function()
        local _, message = parse(("["):rep(1e6))
        expect(message):str_match("Too many levels$")
        _, message = parse(('{"a":'):rep(1e6))
        expect(message):str_match("Too many levels$")
        expect(#parse("[" .. ("0,"):rep(1e5) .. "0]")):eq(1e5 + 1)
        expect((parse('"' .. ("\\u0041"):rep(1e5)))):eq(nil)
        expect(#parse('"' .. ("\\n"):rep(1e5) .. '"')):eq(1e5)
        expect((parse((" "):rep(1e6)))):eq(nil)
    end)
end)

describe("textutils", function()
    it("has constants that can't be changed", function()
        for _, name in ipairs { "json_null", "empty_json_array" } do
            expect.error(function() textutils[name].x = 1 end):str_match("attempt to mutate textutils." .. name .. "$")
        end
    end)

    it("formats times", function()
        expect(textutils.formatTime(18.5)):eq("6:30 PM")
        expect(textutils.formatTime(12)):eq("12:00 PM")
        expect(textutils.formatTime(0.25)):eq("12:15 AM")
        expect(textutils.formatTime(18.5, true)):eq("18:30")
    end)

    it("encodes parts of URLs", function()
        expect(textutils.urlEncode("a b&c=d/\u{e9}\r\n")):eq("a+b%26c%3Dd%2F%C3%83%C2%A9%0D%0A")
    end)

    it("completes expressions", function()
        local t = { print = print, private = { pack = print, size = 1 }, ["end"] = 1, ["a b"] = 1 }
        expect(textutils.complete("pri", t)):same { "nt(", "vate." }
        expect(textutils.complete("private.", t)):same { "pack(", "size" }
        expect(textutils.complete("private:", t)):same { "pack(" }
        expect(textutils.complete("en", t)):same {}
        expect(textutils.complete("x.y", t)):same {}
        expect(textutils.complete("a.b.c", setmetatable({}, { __index = function() error("on purpose") end }))):same {}
        expect(textutils.complete("s.gsu", { s = "text" })):same { "b(" }
        expect(textutils.complete("", setmetatable({}, { __index = { inherited = 1 } }))):same { "inherited" }
    end)

    it("writes slowly", function()
        local waited, written = {}, ""
        stub(_G, "sleep", function(time) waited[#waited + 1] = time end)
        stub(_G, "write", function(text) written = written .. text end)
        stub(_G, "print", function() written = written .. "\n" end)
        textutils.slowWrite("abc")
        textutils.slowPrint(12, 4)
        expect(written):eq("abc12\n")
        expect(waited):same { 0.05, 0.05, 0.05, 0.25, 0.25 }
        for _, rate in ipairs { 0, -1, 0 / 0 } do expect.error(textutils.slowWrite, "x", rate):eq("Rate must be positive") end
    end)

    it("has the names of both spellings", function()
        expect(textutils.serialize):eq(textutils.serialise)
        expect(textutils.unserialize):eq(textutils.unserialise)
        expect(textutils.serializeJSON):eq(textutils.serialiseJSON)
        expect(textutils.unserializeJSON):eq(textutils.unserialiseJSON)
        expect(tostring(textutils.json_null)):eq("json_null")
    end)

    it("prints tables in columns", function()
        local lines = {}
        stub(_G, "print", function(text) lines[#lines + 1] = text end)
        textutils.tabulate({ "a", "bbbb", "c" }, colours.red, { 1 })
        expect(lines):same { "a    bbbb c", "1" }
        lines = {}
        textutils.tabulate({ ("x"):rep(40), "y" })
        expect(lines):same { ("x"):rep(40), "y" }
    end)
end)
