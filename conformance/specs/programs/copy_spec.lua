local capture = require "testdata.capture"

describe("copy", function()
    before_each(function()
        for _, name in ipairs { "from", "to" } do fs.delete(name) end
        capture.folder = "from"
        capture.write("from/a.txt", "a")
        capture.write("from/b.txt", "b")
        capture.write("from/c.lua", "c")
        fs.makeDir("to")
    end)

    it("copies what wildcards match into a folder", function()
        expect(capture.run("copy", "*.txt", "/to")):same { ok = true, output = "", error = "" }
        expect(fs.list("to")):same { "a.txt", "b.txt" }
        expect(capture.read("to/b.txt")):eq("b")
    end)

    it("doesn't write two files into one", function()
        expect(capture.run("copy", "*.txt", "/to/x").error):eq("Cannot overwrite file multiple times\n")
        expect(fs.exists("to/x")):eq(false)
    end)

    it("goes on after a file that is there already", function()
        capture.write("to/a.txt", "old")
        expect(capture.run("copy", "*.txt", "/to").error):eq("Destination exists\n")
        expect(capture.read("to/a.txt")):eq("old")
        expect(capture.read("to/b.txt")):eq("b")
    end)

    it("doesn't copy a folder into itself", function()
        expect(capture.run("copy", "/from", "/from/sub/deep").error):eq("Can't copy a directory inside itself\n")
        expect(capture.run("copy", "/", "/from").error):eq("Can't copy a directory inside itself\n")
        expect(fs.exists("from/sub")):eq(false)
    end)

    it("doesn't take files for folders", function()
        expect(capture.run("copy", "a.txt", "b.txt/x").error):str_match("^/from/")
        expect(capture.read("from/b.txt")):eq("b")
    end)

    it("copies folders, also such that begin like the target", function()
        expect(capture.run("copy", "/from", "/from2")):same { ok = true, output = "", error = "" }
        expect(capture.read("from2/c.lua")):eq("c")
        fs.delete("from2")
    end)

    it("asks for the space before it begins", function()
        stub(fs, "getFreeSpace", function() return 2 end)
        expect(capture.run("copy", "/from", "/full").error):eq("Not enough space\n")
        expect(fs.exists("full")):eq(false)
        stub(fs, "getFreeSpace", function() return "unlimited" end)
        expect(capture.run("copy", "/from", "/full").error):eq("")
        fs.delete("full")
    end)

    it("says what the file system says", function()
        stub(fs, "copy", function() error("/to/c.lua: Out of space", 0) end)
        expect(capture.run("copy", "c.lua", "/to")):same { ok = true, output = "", error = "/to/c.lua: Out of space\n" }
    end)
end)
