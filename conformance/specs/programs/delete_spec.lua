local capture = require "testdata.capture"

describe("delete", function()
    before_each(function()
        fs.delete("d")
        capture.folder = "d"
        for _, name in ipairs { "a.txt", "b.txt", "sub/x" } do capture.write("d/" .. name) end
    end)

    it("deletes folders and what wildcards match", function()
        expect(capture.run("delete", "*.txt", "sub")):same { ok = true, output = "", error = "" }
        expect(fs.list("d")):same {}
    end)

    it("goes on after what it can't delete", function()
        local result = capture.run("delete", "nope*", "/rom/motd.txt", "a.txt")
        expect(result.error):eq("nope*: No matching files\nCannot delete read-only file /rom/motd.txt\n")
        expect(fs.list("d")):same { "b.txt", "sub" }
    end)

    it("says what the file system says", function()
        stub(fs, "delete", function(path) error("/rom/programs/delete.lua:1: /" .. path .. ": Access denied", 0) end)
        expect(capture.run("delete", "a.txt").error):eq("/d/a.txt: Access denied\n")
        expect(capture.run("delete").output):eq("Usage: delete <paths>\n")
    end)

    it("doesn't delete drives", function()
        expect(capture.run("delete", "/")):same {
            ok = true, output = "To delete its contents run rm /*\n", error = "Cannot delete mount /\n",
        }
        stub(fs, "isDriveRoot", function(path) return path == "d" end)
        expect(capture.run("delete", "/d")):same {
            ok = true, output = "To delete its contents run rm /d/*\n", error = "Cannot delete mount /d\n",
        }
        expect(fs.list("d")):same { "a.txt", "b.txt", "sub" }
    end)
end)

describe("mkdir", function()
    before_each(function()
        fs.delete("d")
        capture.folder = "d"
    end)

    it("makes folders in the current one", function()
        expect(capture.run("mkdir", "a/b", "c")):same { ok = true, output = "", error = "" }
        expect(capture.run("mkdir", "c").error):eq("")
        expect(fs.isDir("d/a/b")):eq(true)
        expect(fs.isDir("d/c")):eq(true)
    end)

    it("says why not, and goes on", function()
        capture.write("d/file")
        expect(capture.run("mkdir", "file", "/rom/x", "ok").error):eq("file: Destination exists\n/rom/x: Access denied\n")
        expect(fs.isDir("d/ok")):eq(true)
    end)

    it("says what the file system says", function()
        stub(fs, "makeDir", function(path) error("/rom/programs/mkdir.lua:1: /" .. path .. ": Out of space", 0) end)
        expect(capture.run("mkdir", "new").error):eq("/d/new: Out of space\n")
    end)

    it("prints how it is used", function()
        expect(capture.run("mkdir").output):eq("Usage: mkdir <paths>\n")
    end)
end)
