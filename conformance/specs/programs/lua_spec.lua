-- What the prompt prints; how it looks is tested in conformance/screens.
describe("The lua program", function()
    local capture = require "testdata.capture"

    -- Types lines, and returns what is printed, without the prompts.
    local function lua(...)
        local lines, at, pieces = { ... }, 0, {}
        stub(_G, "read", function()
            at = at + 1
            return lines[at]
        end)
        local printed = capture.run("lua")
        expect(printed.ok):eq(true)
        pieces[1] = printed.output:gsub("^.-lua> ", "", 1):gsub("lua> ", "")
        return pieces[1], printed.error
    end

    it("takes no arguments", function()
        expect(capture.run("lua", "x").output):str_match "just type its name"
    end)

    it("shows values", function()
        expect(lua("1 + 1", "= 'a', nil, false", "{}", "x = 5", "x", "return 7", "", "  ", "-- note"))
            :eq '2\n"a"\nnil\nfalse\n{}\n5\n7\n'
        expect(lua("f = function() end", "f()", "print('hi')")):str_match "^hi\n"
    end)

    it("has globals of its own", function()
        lua("lua_spec_global = 1")
        expect(lua_spec_global):eq(nil)
        expect(lua("g = 1", "_G.g", "shell.resolve('/a/b')", "require 'cc.strings' ~= nil")):eq 'nil\n"a/b"\ntrue\n'
    end)

    it("goes on after errors", function()
        local output, errors = lua("foo bar", "error('bad', 0)", "1 + nothing.x", "error({ code = 7 })", "3")
        expect(errors):eq "lua[1]:1: syntax error near 'bar'\nbad\nlua[3]:1: attempt to index global 'nothing' (a nil value)\n"
        expect(output):str_match "{ code = 7 }\n3\n$"
        expect(output):str_match "1 | 1 %+ nothing%.x\n"
        local _, broken = lua("setmetatable({}, { __tostring = function() error('no', 0) end })")
        expect(broken):eq "no\n"
    end)

    it("says what is wrong with what was meant", function()
        local function marked(line)
            local output, errors = lua(line)
            return errors:match(": ([^\n]*)\n$") .. " / " .. (#output:match("\n([ |]*)%^") - #" 1 | " + 1)
        end
        expect(marked("1 +")):eq "unexpected symbol near <eof> / 4"
        expect(marked("f(")):eq "unexpected symbol near <eof> / 3"
        expect(marked("if x then")):eq "'end' expected near <eof> / 10"
        expect(marked("x = = 1")):eq "unexpected symbol near '=' / 5"
        expect(marked("= 1 1")):eq "<eof> expected near '1' / 5"
    end)

    it("warns of locals", function()
        expect(lua("local x = 1")):str_match "local"
        stub(settings, "get", function(name, default)
            if name == "lua.warn_against_use_of_local" then return false end
            return default
        end)
        expect(lua("local x = 1")):eq ""
        expect(lua("localx = 1")):eq ""
    end)

    it("heeds the settings of functions", function()
        local values = { ["lua.function_args"] = false, ["lua.function_source"] = false }
        stub(settings, "get", function(name, default)
            if values[name] ~= nil then return values[name] end
            return default
        end)
        expect(lua("=function(a, ...) end")):str_match "^function: %x+\n$"
        values["lua.function_args"] = true
        expect(lua("=function(a, ...) end")):str_match "^function: %x+%(a, %.%.%.%)\n$"
        values["lua.function_source"] = true
        expect(lua("=function(a) end")):eq "function<lua[1]:1>(a)\n"
    end)

    it("completes globals and fields", function()
        local complete
        stub(_G, "read", function(_, _, f)
            complete = f
        end)
        capture.run("lua")
        expect(complete("textutils.unserialiseJ")):same { "SON(" }
        expect(complete("x = os.shutd")):same { "own(" }
        expect(complete("exi")):same { "t(" }
        expect(complete("peripheral.find('x', rednet.isO")):same { "pen(" }
        for _, line in ipairs { "", "'os.", "-- os.", "'os.'", "[[ os.", "12" } do expect(complete(line)):describe(line):eq(nil) end
        stub(settings, "get", function() return false end)
        expect(complete("os.shutd")):eq(nil)
    end)

    it("ends", function()
        expect(lua("exit", "exit()", "1")):eq "Call exit() to exit.\n"
    end)
end)
