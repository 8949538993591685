local capture = require "testdata.capture"

local asked, posted
local function serve(answer, kind)
    asked, posted = {}, {}
    local function response()
        return {
            readAll = function() return answer end,
            getResponseHeaders = function() return { ["Content-Type"] = kind or "text/plain; charset=utf-8" } end,
            close = function() end,
        }
    end
    stub(_G, "http", {
        get = function(url)
            asked[#asked + 1] = url
            if not answer then return nil, "Not Found" end
            return response()
        end,
        post = function(url, body)
            posted[#posted + 1] = body
            return response()
        end,
    })
end

describe("pastebin", function()
    before_each(function()
        fs.delete("p")
        capture.write("p/program", "print 'a&b'")
        capture.folder = "p"
    end)

    it("takes codes and addresses", function()
        serve("text")
        for i, code in ipairs {
            "abCD12", "https://pastebin.com/abCD12", "http://www.pastebin.com/abCD12", "pastebin.com/abCD12",
            "https://pastebin.com/raw/abCD12",
        } do
            expect(capture.run("http/pastebin", "get", code, "f" .. i).error):eq("")
            expect(asked[i]):str_match("^https://pastebin%.com/raw/abCD12%?cb=%x+$")
            expect(capture.read("p/f" .. i)):eq("text")
        end
        expect(capture.run("http/pastebin", "get", "https://example.com/abCD12", "g").error):str_match("^Invalid pastebin code%.\n")
    end)

    it("uploads with the key of the settings", function()
        serve("https://pastebin.com/abCD12")
        stub(settings, "get", function(name, default) return name == "pastebin.key" and "k=y" or default end)
        expect(capture.run("http/pastebin", "put", "program").output):str_match("Uploaded as https://pastebin%.com/abCD12\n")
        expect(posted[1]):str_match("&api_dev_key=k%%3[dD]y&")
        expect(posted[1]):str_match("&api_paste_name=program&")
        expect(posted[1]):str_match("&api_paste_code=print[+%%20]+%%27a%%26b%%27$")
    end)

    it("says what pastebin.com says, and where to get a key", function()
        serve("Bad API request, invalid api_dev_key")
        local result = capture.run("http/pastebin", "put", "program")
        expect(result.output):eq("Connecting to pastebin.com... Failed.\n")
        expect(result.error):str_match("^Bad API request, invalid api_dev_key\n.*set pastebin%.key <key>\n$")
    end)

    it("runs programs", function()
        serve("print(select('#', ...), ...)")
        expect(capture.run("http/pastebin", "run", "abCD12", "one", "two").output):eq("Connecting to pastebin.com... Success.\n2\tone\ttwo\n")
        serve("error('on purpose', 0)")
        expect(capture.run("http/pastebin", "run", "abCD12").error):eq("on purpose\n")
        serve("return return")
        expect(capture.run("http/pastebin", "run", "abCD12").error):str_match("^abCD12:1: ")
        serve(nil)
        expect(capture.run("http/pastebin", "run", "abCD12").error):eq("Not Found\n")
    end)

    it("leaves nothing behind when it can't save", function()
        serve("text")
        local open = fs.open
        stub(fs, "open", function(path, mode)
            if mode ~= "wb" then return open(path, mode) end
            local file = open(path, mode)
            return { write = function() error("/p/new: Out of space", 0) end, close = file.close }
        end)
        expect(capture.run("http/pastebin", "get", "abCD12", "new").error):eq("Cannot save file: /p/new: Out of space\n")
        expect(fs.exists("p/new")):eq(false)
    end)

    it("prints how it is used", function()
        serve("text")
        for _, words in ipairs { {}, { "get", "abCD12" }, { "put" }, { "run" }, { "x", "y" } } do
            expect(capture.run("http/pastebin", table.unpack(words)).output):str_match("^Usages:\npastebin put <filename>\n")
        end
        stub(_G, "http", false)
        expect(capture.run("http/pastebin", "get", "a", "b").error):str_match("which is switched off")
    end)

    it("doesn't take a page for a paste", function()
        serve("<html>", "text/html")
        local result = capture.run("http/pastebin", "get", "abCD12", "f")
        expect(result.output):eq("Connecting to pastebin.com... Failed.\n")
        expect(result.error):str_match("https://pastebin%.com/abCD12")
        expect(fs.exists("p/f")):eq(false)
    end)

    it("overwrites nothing", function()
        serve("text")
        expect(capture.run("http/pastebin", "get", "abCD12", "program").output):eq("File already exists\n")
        expect(asked):same {}
    end)

    it("says what it can't upload", function()
        serve("text")
        expect(capture.run("http/pastebin", "put", "/p").output):eq("No such file\n")
        expect(capture.run("http/pastebin", "put", "nothing").output):eq("No such file\n")
    end)
end)
