-- The API of the shell, as programs that are started without one get it, and the program.

local capture = require "testdata.capture"

local function catch(f)
    local text = {}
    stub(_G, "print", function(...) text[#text + 1] = table.concat({ ... }, "\t") .. "\n" end)
    stub(_G, "printError", function(...) text[#text + 1] = "!" .. table.concat({ ... }, "\t") .. "\n" end)
    stub(_G, "write", function(s) text[#text + 1] = s end)
    local ok = f()
    return table.concat(text), ok
end

-- A program that leaves what it was given in the global __got.
local function recorder(path)
    capture.write(path, [[_G.__got = { args = { ... }, arg = arg, running = shell.getRunningProgram(), env = _ENV }]])
end

local function got()
    local value = _G.__got
    _G.__got = nil
    return value
end

describe("shell", function()
    before_each(function()
        fs.delete("sh")
        shell.setDir("")
    end)

    it("is there for programs without a shell", function()
        expect(rawget(_G, "shell")):eq(nil)
        expect(shell.dir()):eq("")
        expect(shell.path():sub(1, 17)):eq(".:/rom/programs:/")
        expect(shell.aliases().ls):eq("list")
        expect(shell.openTab):eq(nil)
        local names = {}
        for name in pairs(shell) do names[#names + 1] = name end
        table.sort(names)
        expect(table.concat(names, " ")):eq("aliases clearAlias complete completeProgram dir execute exit getCompletionInfo "
            .. "getRunningProgram path programs resolve resolveProgram run setAlias setCompletionFunction setDir setPath")
    end)

    it("finds programs", function()
        expect(shell.resolveProgram("list")):eq("rom/programs/list.lua")
        expect(shell.resolveProgram("ls")):eq("rom/programs/list.lua")
        expect(shell.resolveProgram("/rom/programs/list")):eq("rom/programs/list.lua")
        expect(shell.resolveProgram("rom/programs/list.lua")):eq("rom/programs/list.lua")
        expect(shell.resolveProgram("rom\\programs\\list")):eq("rom/programs/list.lua")
        expect(shell.resolveProgram("wget")):eq("rom/programs/http/wget.lua")
        expect(shell.resolveProgram("advanced")):eq(nil)
        expect(shell.resolveProgram("/rom")):eq(nil)
        expect(shell.resolveProgram("")):eq(nil)
        capture.write("sh/list.lua")
        shell.setDir("sh")
        expect(shell.resolveProgram("list")):eq("sh/list.lua")
        expect(shell.resolve("a/../b")):eq("sh/b")
        expect(shell.resolve("/a")):eq("a")
    end)

    it("lists programs", function()
        capture.write("sh/.hidden.lua")
        capture.write("sh/mine.lua")
        capture.write("sh/list.lua")
        shell.setDir("sh")
        local path = shell.path()
        shell.setPath(".:/rom/programs/rednet:/nowhere")
        expect(shell.programs()):same { "chat", "list", "mine", "repeat" }
        expect(shell.programs(true)):same { ".hidden", "chat", "list", "mine", "repeat" }
        shell.setPath(path)
    end)

    it("gives programs their environment", function()
        recorder("sh/p.lua")
        expect(shell.execute("sh/p", "a b", "c")):eq(true)
        local p = got()
        expect(p.args):same { "a b", "c" }
        expect(p.arg):same { [0] = "sh/p", "a b", "c" }
        expect(p.running):eq("sh/p.lua")
        expect(rawget(p.env, "shell")):eq(shell)
        expect(rawget(p.env, "require")):type("function")
        expect(rawget(p.env, "package")):type("table")
        expect(rawget(p.env, "print")):eq(nil)
        expect(p.env.print):eq(print)
        expect(rawget(_G, "shell")):eq(nil)
    end)

    it("keeps the globals of programs to themselves", function()
        capture.write("sh/leak.lua", "leaked = true")
        shell.run("sh/leak")
        expect(leaked):eq(nil)
    end)

    it("lets programs require modules beside them", function()
        capture.write("sh/m.lua", "return 'module'")
        capture.write("sh/p.lua", "_G.__got = require 'm'")
        shell.run("sh/p")
        expect(got()):eq("module")
    end)

    it("splits lines into words", function()
        recorder("sh/p.lua")
        for line, words in pairs {
            ["sh/p"] = {}, ["  sh/p  a\tb "] = { "a", "b" }, ['sh/p "a  b"'] = { "a  b" }, ['sh/p a"b c"d'] = { "a", "b c", "d" },
            ['sh/p ""'] = { "" }, ['sh/p "a b'] = { "a b" }, ["sh/p 'a b'"] = { "'a", "b'" },
        } do
            expect(shell.run(line)):eq(true)
            expect(got().args):same(words)
        end
        expect(shell.run("sh/p", "x y", "z")):eq(true)
        expect(got().args):same { "x", "y", "z" }
        expect(shell.run("")):eq(false)
        expect(shell.run()):eq(false)
    end)

    it("says how programs fail", function()
        expect({ catch(function() return shell.run("nothing here") end) }):same { "!No such program\n", false }
        capture.write("sh/fails.lua", "local x\nx()")
        local text, ok = catch(function() return shell.run("sh/fails") end)
        expect(ok):eq(false)
        expect(text):str_match("^!/sh/fails.lua:2: attempt to call local 'x' %(a nil value%)\n! 2 | x%(%)")
        capture.write("sh/wrong.lua", "print(")
        text, ok = catch(function() return shell.run("sh/wrong") end)
        expect(ok):eq(false)
        expect(text):str_match("^!/sh/wrong.lua:1: unexpected symbol near <eof>\n! 1 | print%(")
        capture.write("sh/quiet.lua", "error()")
        expect({ catch(function() return shell.run("sh/quiet") end) }):same { "", false }
        capture.write("sh/object.lua", "error(setmetatable({}, { __tostring = function() return 'object' end }))")
        expect({ catch(function() return shell.run("sh/object") end) }):same { "!object\n", false }
    end)

    it("checks its arguments", function()
        for _, name in ipairs { "setDir", "setPath", "resolve", "resolveProgram", "complete", "completeProgram", "execute", "clearAlias" } do
            expect.error(shell[name], nil):eq("bad argument #1 (string expected, got nil)")
        end
        expect.error(shell.setAlias, "a"):eq("bad argument #2 (string expected, got nil)")
        expect.error(shell.setCompletionFunction, "a"):eq("bad argument #2 (function expected, got nil)")
        expect.error(shell.execute, "a", 1):eq("bad argument #2 (string expected, got number)")
        expect.error(shell.setDir, "no such folder"):eq("Not a directory")
        expect.error(shell.setDir, "rom/motd.txt"):eq("Not a directory")
    end)

    describe("with a first line of #!", function()
        local function script(path, line)
            capture.write(path, "#!" .. line .. "\nerror('not Lua')")
        end

        before_each(function() recorder("sh/p.lua") end)

        it("runs the program that it names", function()
            script("sh/s.lua", '/sh/p "a b" c')
            expect(shell.run("sh/s d e")):eq(true)
            local p = got()
            expect(p.args):same { "a b", "c", "sh/s.lua", "d", "e" }
            expect(p.arg[0]):eq("/sh/p")
            expect(p.running):eq("sh/s.lua")
            expect(shell.getRunningProgram()):ne("sh/s.lua")
        end)

        it("may name a file that names another", function()
            script("sh/one", "/sh/two")
            script("sh/two", "/sh/p")
            expect(shell.run("sh/one x")):eq(true)
            expect(got().args):same { "sh/two", "sh/one", "x" }
        end)

        it("stops at files that name each other", function()
            script("sh/one", "/sh/two")
            script("sh/two", "/sh/one")
            local text, ok = catch(function() return shell.run("sh/one") end)
            expect(ok):eq(false)
            expect(text):str_match("^!Hashbang recursion depth limit reached when loading file: sh/[onetw]+\n$")
        end)

        it("needs a program", function()
            script("sh/s", "nothing")
            expect({ catch(function() return shell.run("sh/s") end) }):same { "!Hashbang program not found: nothing\n", false }
            script("sh/s", "shell")
            expect({ catch(function() return shell.run("sh/s") end) }):same { "!Cannot use the shell as a hashbang program\n", false }
            script("sh/s", "shell /sh/p")
            expect(shell.run("sh/s")):eq(true)
            expect(got().args):same { "sh/s" }
        end)

        it("is Lua for the interpreters of other systems", function()
            for _, line in ipairs { "/usr/bin/env luart", "/usr/local/bin/luart", "/usr/bin/lua5.2 -", "  " } do
                capture.write("sh/unix", "#!" .. line .. "\n_G.__got = ...")
                expect(shell.run("sh/unix hello")):eq(true)
                expect(got()):eq("hello")
            end
        end)
    end)

    describe("completion", function()
        before_each(function()
            fs.makeDir("sh/folder")
            capture.write("sh/fob.lua")
            capture.write("sh/.fo.lua")
            shell.setDir("sh")
            for program in pairs(shell.getCompletionInfo()) do shell.getCompletionInfo()[program] = nil end
        end)

        it("is of programs, aliases and folders", function()
            expect(shell.complete("")):eq(nil)
            expect(shell.complete("fo")):same { "b", "lder/", "reground" }
            expect(shell.complete("monito")):same { "r" }
            expect(shell.complete("/rom/programs/mon")):same { "itor.lua" }
            expect(shell.complete("./f")):same { "ob.lua", "older/" }
            expect(shell.complete("nothing like this")):eq(nil)
            expect(shell.complete("./")):same { "fob.lua", "folder/" }
            settings.set("shell.autocomplete_hidden", true)
            expect(shell.complete("./")):same { ".fo.lua", "fob.lua", "folder/" }
            settings.unset("shell.autocomplete_hidden")
        end)

        it("is of arguments", function()
            local calls = {}
            shell.setCompletionFunction("rom/programs/move.lua", function(...)
                calls[#calls + 1] = { select(2, ...) }
                expect((...)):eq(shell)
                return { "x" }
            end)
            expect(shell.complete("mov")):same { "e " }
            expect(shell.complete("mv")):same { " " }
            expect(shell.complete("mv ")):same { "x" }
            expect(shell.complete("move a")):same { "x" }
            expect(shell.complete("move a ")):same { "x" }
            expect(shell.complete('move "a b" "c d')):same { "x" }
            expect(shell.complete("copy ")):eq(nil)
            expect(calls):same {
                { 1, "", { "mv" } }, { 1, "a", { "move" } }, { 2, "", { "move", "a" } }, { 2, "c d", { "move", "a b" } },
            }
        end)
    end)
end)

describe("The program shell", function()
    before_each(function()
        fs.delete("sh")
        shell.setDir("")
    end)

    it("runs what it is told", function()
        recorder("sh/p.lua")
        shell.execute("shell", "sh/p", "a b")
        expect(got().args):same { "a b" }
        shell.execute("shell", "sh/p a b")
        expect(got().args):same { "a", "b" }
    end)

    it("takes over what the shell around it has, and keeps its own", function()
        shell.setAlias("mine", "list")
        capture.write("sh/p.lua", [[
            _G.__got = { shell.aliases().mine, shell.dir(), shell.path() }
            shell.setDir("rom")
            shell.setAlias("mine", "copy")
        ]])
        shell.run("shell sh/p")
        expect(got()):same { "list", "", shell.path() }
        expect(shell.dir()):eq("")
        expect(shell.aliases().mine):eq("list")
        shell.clearAlias("mine")
    end)

    it("asks for lines until it is left", function()
        local lines = { "", "cd rom", "nothing", "exit" }
        stub(_G, "read", function() return table.remove(lines, 1) end)
        local text, ok = catch(function() return shell.run("shell") end)
        expect(ok):eq(true)
        expect(text):eq("CraftOS 1.9\n> > rom> !No such program\nrom> ")
        expect(#lines):eq(0)
    end)

    it("ends with its input", function()
        stub(_G, "read", function() return nil end)
        expect((catch(function() return shell.run("shell") end))):eq("CraftOS 1.9\n> ")
    end)

    it("remembers the lines that differ from the one before", function()
        local lines, history = { "cd rom", "cd rom", " ", "cd /", "cd rom" }, nil
        stub(_G, "read", function(_, h)
            history = h
            return table.remove(lines, 1)
        end)
        catch(function() return shell.run("shell") end)
        expect(history):same { "cd rom", "cd /", "cd rom" }
    end)

    it("puts the terminal in order", function()
        capture.write("sh/p.lua", [[term.redirect(window.create(term.current(), 1, 1, 1, 1, false)) term.setTextColour(colours.red)]])
        local current = term.current()
        local lines = { "sh/p", "exit" }
        stub(_G, "read", function()
            expect(term.current()):eq(current)
            expect(term.getTextColour()):eq(colours.white)
            return table.remove(lines, 1)
        end)
        catch(function() return shell.run("shell") end)
        expect(#lines):eq(0)
    end)
end)
