local capture = require "testdata.capture"

describe("cd", function()
    it("changes the folder of the shell", function()
        local dir
        local name, resolve = shell.dir(), shell.resolve
        expect(name):eq("")
        stub(shell, "setDir", function(path) dir = path end)
        shell.run("cd /rom/programs/../help")
        expect(dir):eq("rom/help")
        expect(resolve("x")):eq("x")
    end)

    it("needs a folder", function()
        expect(capture.run("cd")):matches { ok = true, output = "Usage: cd <path>\n", error = "" }
        expect(capture.run("cd", "/nowhere")):matches { ok = true, output = "Not a directory\n", error = "" }
        expect(capture.run("cd", "/rom/motd.txt")):matches { ok = true, output = "Not a directory\n", error = "" }
    end)
end)
