local capture = require "testdata.capture"

local closed
local function file(name, ...)
    local chunks = { ... }
    return {
        getName = function() return name end,
        read = function() return table.remove(chunks, 1) end,
        close = function() closed[#closed + 1] = name end,
    }
end

-- Drops files on the computer, and answers what it asks.
local function drop(files, ...)
    closed = {}
    local answers = { ... }
    stub(_G, "read", function() return table.remove(answers, 1) end)
    stub(os, "pullEvent", function(filter)
        expect(filter):eq("file_transfer")
        return filter, { getFiles = function() return files end }
    end)
    return capture.run("import")
end

describe("import", function()
    before_each(function()
        fs.delete("i")
        fs.makeDir("i")
        capture.folder = "i"
    end)

    it("stores files of any size", function()
        local result = drop { file("a", "one", "two"), file("b"), file("c", "\0\255") }
        expect(result.error):eq("")
        expect(result.output):str_match("Transferring 3 files\n$")
        expect(capture.read("i/a")):eq("onetwo")
        expect(capture.read("i/b")):eq("")
        expect(capture.read("i/c")):eq("\0\255")
        expect(closed):same { "a", "b", "c" }
        expect(fs.list("i")):same { "a", "b", "c" }
    end)

    it("asks before it replaces files", function()
        capture.write("i/a", "old")
        drop({ file("a", "new"), file("b", "b") }, "what?", "no")
        expect(capture.read("i/a")):eq("old")
        expect(fs.list("i")):same { "a" }
        expect(closed):same { "a", "b" }
        drop({ file("a", "new"), file("b", "b") }, "Yes")
        expect(capture.read("i/a")):eq("new")
        expect(fs.list("i")):same { "a", "b" }
    end)

    it("leaves the old file if the new one doesn't fit", function()
        capture.write("i/a", "old")
        local open = fs.open
        stub(fs, "open", function(path, mode)
            local handle = open(path, mode)
            if mode == "wb" then handle.write = function() error("Out of space", 0) end end
            return handle
        end)
        expect(drop({ file("a", "new") }, "y").error):eq("Cannot store a: Out of space\n")
        expect(capture.read("i/a")):eq("old")
        expect(fs.list("i")):same { "a" }
        expect(closed):same { "a" }
    end)

    it("stores nothing outside of the folder", function()
        for _, name in ipairs { "../evil", "/evil", "sub/evil", "..", "", ".", "sub\\evil" } do
            local result = drop { file(name, "x") }
            if name == "/evil" then
                -- That is what combining it with the folder makes of it.
                expect(fs.list("i")):same { "evil" }
                fs.delete("i/evil")
            else
                expect(result.error):eq(name .. ": not the name of a file\n")
                expect(fs.list("i")):same {}
            end
            expect(fs.exists("evil")):eq(false)
        end
    end)

    it("says where it can't store anything", function()
        fs.makeDir("i/dir")
        expect(drop({ file("dir", "x") }).error):str_match("^dir: there is a directory")
        capture.folder = "rom"
        expect(drop({ file("x", "x") }).error):eq("x: Destination is read-only\n")
    end)
end)
