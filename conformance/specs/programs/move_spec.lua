local capture = require "testdata.capture"

describe("move", function()
    before_each(function()
        for _, name in ipairs { "from", "to" } do fs.delete(name) end
        capture.folder = "from"
        capture.write("from/a.txt", "a")
        capture.write("from/b.txt", "b")
        fs.makeDir("to")
    end)

    it("moves what wildcards match into a folder", function()
        expect(capture.run("move", "?.txt", "/to")):same { ok = true, output = "", error = "" }
        expect(fs.list("to")):same { "a.txt", "b.txt" }
        expect(fs.list("from")):same {}
    end)

    it("leaves what is there already", function()
        capture.write("to/a.txt", "old")
        expect(capture.run("move", "*", "/to").error):eq("Destination exists\n")
        expect(fs.list("from")):same { "a.txt" }
        expect(capture.read("to/a.txt")):eq("old")
    end)

    it("moves folders, but not into themselves", function()
        expect(capture.run("move", "/from", "/to").error):eq("")
        expect(capture.read("to/from/a.txt")):eq("a")
        expect(capture.run("move", "/to/from", "/to/from/sub").error):eq("Can't move a directory inside itself\n")
        expect(fs.list("to/from")):same { "a.txt", "b.txt" }
    end)

    it("moves neither mounts nor what is in them", function()
        expect(capture.run("move", "/rom", "/to").error):eq("Cannot move mount /rom\n")
        expect(capture.run("move", "/rom/motd.txt", "/to").error):eq("Cannot move read-only file /rom/motd.txt\n")
        expect(capture.run("move", "a.txt", "/rom/x").error):eq("Destination is read-only\n")
    end)
end)

describe("rename", function()
    it("renames folders", function()
        fs.delete("new")
        capture.folder = ""
        capture.write("old/file", "text")
        expect(capture.run("rename", "old", "new")):same { ok = true, output = "", error = "" }
        expect(capture.read("new/file")):eq("text")
        expect(fs.exists("old")):eq(false)
    end)

    it("knows no wildcards", function()
        capture.write("new/file")
        expect(capture.run("rename", "new/f*", "other").error):eq("No matching files\n")
    end)

    it("says what the file system says", function()
        expect(capture.run("rename", "new", "new/sub").error):eq("Can't move a directory inside itself\n")
    end)
end)
