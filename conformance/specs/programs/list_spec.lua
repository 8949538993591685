local capture = require "testdata.capture"

describe("list", function()
    before_each(function()
        fs.delete("l")
        capture.folder = "l"
        for _, name in ipairs { "b.txt", "A.txt", ".hidden", "sub/x", ".git/y" } do capture.write("l/" .. name) end
    end)

    it("lists the current folder, folders first", function()
        expect(capture.run("list")):same { ok = true, output = "sub\nA.txt b.txt\n", error = "" }
        expect(capture.run("list", "sub").output):eq("x\n")
        expect(capture.run("list", "/l/sub").output):eq("x\n")
    end)

    it("shows hidden files if a setting says so", function()
        stub(settings, "get", function(name) return name == "list.show_hidden" end)
        local rows = stub(textutils, "pagedTabulate")
        capture.run("list")
        expect(rows):called_with(colours.green, { ".git", "sub" }, colours.white, { ".hidden", "A.txt", "b.txt" })
    end)

    it("uses no colours where there are none", function()
        stub(term, "isColour", function() return false end)
        local rows = stub(textutils, "pagedTabulate")
        capture.run("list")
        expect(rows):called_with({ "sub" }, { "A.txt", "b.txt" })
    end)

    it("lists only folders", function()
        expect(capture.run("list", "b.txt").error):eq("Not a directory\n")
        expect(capture.run("list", "nothing").error):eq("Not a directory\n")
    end)
end)

describe("type", function()
    it("takes paths in the current folder", function()
        capture.folder = "rom"
        expect(capture.run("type", "programs").output):eq("directory\n")
        expect(capture.run("type", "programs/type.lua").output):eq("file\n")
        expect(capture.run("type", "type.lua").output):eq("No such path\n")
    end)
end)

describe("drive", function()
    it("rounds down", function()
        capture.folder = ""
        for free, text in pairs {
            [0] = "0B", [999] = "999B", [1000] = "1KB", [1299] = "1.2KB", [999999] = "999.9KB", [1000000] = "1MB",
            [12399999] = "12.3MB", unlimited = "unlimited",
        } do
            stub(fs, "getFreeSpace", function() return free end)
            expect(capture.run("drive").output):eq("hdd (" .. text .. " remaining)\n")
        end
    end)

    it("looks at the path that it is given", function()
        capture.folder = "rom"
        expect(capture.run("drive", "programs").output):str_match("^rom %(")
        expect(capture.run("drive", "nothing").output):eq("No such path\n")
    end)
end)
