local capture = require "testdata.capture"

local asked, closed
local function serve(contents)
    asked, closed = {}, 0
    stub(_G, "http", {
        checkURL = function(url)
            if url:match("^https?://") then return true end
            return false, "Invalid protocol"
        end,
        get = function(url)
            asked[#asked + 1] = url
            if not contents then return nil, "Unknown host" end
            return {
                readAll = function() return contents end,
                close = function() closed = closed + 1 end,
            }
        end,
    })
end

describe("wget", function()
    before_each(function()
        fs.delete("w")
        fs.makeDir("w")
        capture.folder = "w"
    end)

    it("names files after the URL", function()
        serve("\0\255\r\n")
        for url, name in pairs {
            ["https://example.com"] = "example.com", ["https://example.com:8080/"] = "example.com",
            ["http://h/a/b.lua?x=/y#z/"] = "b.lua", ["http://h/dir/"] = "dir",
        } do
            expect(capture.run("http/wget", url).output):eq("Connecting to " .. url .. "... Success.\nDownloaded as " .. name .. "\n")
            expect(capture.read("w/" .. name)):eq("\0\255\r\n")
            expect(fs.list("w")):same { name }
            fs.delete("w/" .. name)
        end
        expect(closed):eq(4)
    end)

    it("overwrites nothing, and doesn't ask the server then", function()
        serve("new")
        capture.write("w/f", "old")
        expect(capture.run("http/wget", "http://h/f").output):eq("File already exists\n")
        expect(capture.read("w/f")):eq("old")
        expect(asked):same {}
    end)

    it("says what went wrong", function()
        serve(nil)
        expect(capture.run("http/wget", "http://h/f")):same {
            ok = true, output = "Connecting to http://h/f... Failed.\n", error = "Unknown host\n",
        }
        expect(capture.run("http/wget", "ftp://h/f").error):eq("Invalid protocol\n")
        expect(capture.run("http/wget", "http://").error):eq("Invalid URL.\n")
        expect(fs.list("w")):same {}
    end)

    it("leaves no half of a file", function()
        serve("contents")
        local open = fs.open
        stub(fs, "open", function(path, mode)
            if path ~= "w/f" then return open(path, mode) end
            local file = open(path, mode)
            return { write = function() error("/w/f: Out of space", 0) end, close = file.close }
        end)
        expect(capture.run("http/wget", "http://h/f").error):eq("Cannot save file: /w/f: Out of space\n")
        expect(fs.exists("w/f")):eq(false)
    end)

    it("runs programs, and shows their errors", function()
        serve("print(shell.dir(), ...) error('failed')")
        local result = capture.run("http/wget", "run", "http://h/p.lua", "a", "b")
        expect(result.output):eq("Connecting to http://h/p.lua... Success.\nw\ta\tb\n")
        expect(result.error):eq("p.lua:1: failed\n")
        serve("x = = 1")
        expect(capture.run("http/wget", "run", "http://h/p.lua").error):str_match("^p.lua:1: ")
    end)

    it("prints how it is used", function()
        serve("")
        expect(capture.run("http/wget", "run").output):str_match("^Usage:\n")
        stub(_G, "http", false)
        expect(capture.run("http/wget", "http://h").error):str_match("http API")
    end)
end)
