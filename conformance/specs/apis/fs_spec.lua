describe("fs", function()
    before_each(function()
        fs.delete("d")
        fs.makeDir("d/sub")
        fs.open("d/file.txt", "w").close()
        fs.open("d/.hidden", "w").close()
    end)

    -- The first test of the file: the next ones ask for functions by name, after which all are there.
    it("shows all functions to who goes through them", function()
        local found = {}
        for name in pairs(fs) do found[name] = true end
        for _, name in ipairs { "complete", "find", "isDriveRoot", "open" } do
            expect(found[name]):describe(name):eq(true)
        end
    end)

    it("completes paths", function()
        expect(fs.complete("", "d", true, false)):same { "../", ".hidden", "file.txt", "sub/" }
        expect(fs.complete("d/f", "")):same { "ile.txt" }
        expect(fs.complete("/d/s", "rom")):same { "ub/", "ub" }
        expect(fs.complete("", "d", { include_hidden = false, include_dirs = false })):same { "../", "file.txt", "sub/" }
        expect(fs.complete(".", "d", { include_hidden = false, include_dirs = false })):same { "./", "hidden" }
        expect(fs.complete("", "d", false, false)):same { "../", "sub/" }
        expect(fs.complete("..", "d")):same { "/" }
        expect(fs.complete(".", "d", false, true)):same { "./", "." }
        expect(fs.complete("x/y", "d")):same {}
    end)

    it("finds files", function()
        expect(fs.find("d/*")):same { "d/.hidden", "d/file.txt", "d/sub" }
        expect(fs.find("d/f?le*")):same { "d/file.txt" }
        expect(fs.find("*/sub")):same { "d/sub" }
        expect(fs.find("d/file.txt/*")):same {}
        expect(fs.find("d/*a*a*a*a*a*a*b")):same {}
        expect(fs.find("/")):same { "" }
        expect.error(fs.find, "../x*"):str_match("/../x%*: Invalid Path$")
    end)

    it("knows the roots of drives", function()
        expect(fs.isDriveRoot("/")):eq(true)
        expect(fs.isDriveRoot("rom")):eq(true)
        expect(fs.isDriveRoot("d")):eq(false)
        expect(fs.isDriveRoot("rom/missing")):eq(false)
    end)
end)
