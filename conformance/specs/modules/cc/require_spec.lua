local make = require "cc.require".make

local function write(path, text)
    local file = fs.open(path, "w")
    file.write(text)
    file.close()
end

describe("cc.require", function()
    local load, package

    before_each(function()
        fs.delete("mods")
        local env = setmetatable({}, { __index = _G })
        load, package = make(env, "mods")
        env.require, env.package = load, package
    end)

    it("finds modules by the path, relative to the program's folder", function()
        write("mods/a.lua", "return { name = ..., second = select(2, ...) }")
        write("mods/b/init.lua", "return 'b'")
        write("mods/c/d.lua", "return 'c.d'")
        expect(load("a")):same { name = "a", second = "mods/a.lua" }
        expect(load("a")):eq(load("a"))
        expect({ load("b"), load("c.d") }):same { "b", "c.d" }
        expect(package.loaded["c.d"]):eq("c.d")
        expect(load("cc.expect").expect):type("function")
    end)

    it("has the libraries, and what is preloaded", function()
        expect(load("string")):eq(string)
        expect(load("package")):eq(package)
        package.preload.mine = function(name) return name .. "!" end
        expect(load("mine")):eq("mine!")
    end)

    it("keeps what a module says it is", function()
        write("mods/nothing.lua", "")
        write("mods/no.lua", "return false")
        write("mods/own.lua", "package.loaded.own = 'set'")
        expect({ load("nothing"), load("no"), load("no"), load("own") }):same { true, false, false, "set" }
    end)

    it("says what was tried", function()
        package.path = "?.lua;/lib/?.lua"
        expect.error(load, "x.y"):eq("module 'x.y' not found:\n  no field package.preload['x.y']\n  no file 'mods/x/y.lua'\n  no file '/lib/x/y.lua'")
        package.path = 1
        expect.error(load, "x"):eq("'package.path' must be a string")
        expect.error(load, 1):str_match("string expected, got number")
    end)

    it("notices loops and errors", function()
        write("mods/loop.lua", "return require 'loop'")
        write("mods/fails.lua", "error('on purpose', 0)")
        write("mods/syntax.lua", "return return")
        expect.error(load, "loop"):eq("loop or previous error loading module 'loop'")
        expect.error(load, "fails"):eq("on purpose")
        expect.error(load, "fails"):eq("loop or previous error loading module 'fails'")
        expect.error(load, "syntax"):str_match("module 'syntax' not found:.*syntax%.lua:1: ")
    end)

    it("searches paths", function()
        write("mods/a/b.lua", "")
        expect(package.searchpath("a.b", "?.lua")):eq("mods/a/b.lua")
        expect(package.searchpath("a-b", "?.lua", "-", "/")):eq("mods/a/b.lua")
        expect({ package.searchpath("50%.x", "?;/?.lua", "") }):same { nil, "no file 'mods/50%.x'\n  no file '/50%.x.lua'" }
    end)
end)
