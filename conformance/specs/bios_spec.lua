describe("The bios", function()
    it("loads an API when it is first asked for", function()
        expect(rawget(_G, "disk")):eq(nil)
        expect(rawget(_G, "settings")):eq(nil)
        expect(disk.isPresent):type("function")
        expect(rawget(_G, "disk")):eq(disk)
        expect(colours.grey):eq(colors.gray)
    end)

    it("has nil for globals that are no API", function()
        expect(no_such_api):eq(nil)
        expect(_G["http/http"]):eq(nil)
    end)

    it("leaves an API that a program has replaced", function()
        _G.keys = "mine"
        expect(keys):eq("mine")
        _G.keys = nil
        expect(keys.enter):eq(257)
    end)

    it("completes the API fs", function()
        local exists = fs.exists
        expect(fs.isDriveRoot("/rom")):eq(true)
        expect(fs.exists):eq(exists)
        expect(fs.no_such_function):eq(nil)
    end)

    it("has all APIs for who goes through the globals", function()
        local found = {}
        for name in pairs(_G) do found[name] = true end
        for _, name in ipairs { "colours", "fs", "gps", "http", "paintutils", "parallel", "rednet", "term", "textutils", "window" } do
            expect(found[name]):describe(name):eq(true)
        end
    end)
end)

describe("os.loadAPI", function()
    local function write(text)
        local file = fs.open("lib/extra.lua", "w")
        file.write(text)
        file.close()
    end

    it("makes an API of a file's globals", function()
        write("answer = 42 local hidden = 1 function say() return answer end")
        expect(os.loadAPI("lib/extra.lua")):eq(true)
        expect(extra.say()):eq(42)
        expect(extra.hidden):eq(nil)
        expect(answer):eq(nil)
        os.unloadAPI("extra")
        expect(rawget(_G, "extra")):eq(nil)
        os.unloadAPI("extra")
        os.unloadAPI("_G")
        expect(_G._G):eq(_G)
    end)

    it("says why it can't", function()
        local said = {}
        stub(_G, "printError", function(text) said[#said + 1] = text end)
        write("error('on purpose', 0)")
        expect(os.loadAPI("lib/extra.lua")):eq(false)
        write("os.loadAPI('lib/extra.lua')")
        expect(os.loadAPI("lib/extra.lua")):eq(true)
        expect(os.loadAPI("lib/missing")):eq(false)
        expect(said):same {
            "Failed to load API extra due to on purpose", "API extra is already being loaded", "Failed to load API missing due to File not found",
        }
        os.unloadAPI("extra")
    end)
end)

describe("bit", function()
    it("is like bit32, with shifts of its own", function()
        expect({ bit.band(12, 10), bit.bor(12, 10), bit.bxor(12, 10), bit.bnot(0) }):same { 8, 14, 6, 0xFFFFFFFF }
        expect({ bit.blshift(1, 4), bit.blshift(0x80000000, 1) }):same { 16, 0 }
        expect({ bit.brshift(0x80000000, 4), bit.blogic_rshift(0x80000000, 4) }):same { 0xF8000000, 0x08000000 }
    end)
end)

describe("Text in a window", function()
    local function lines(width, height, f)
        local w = window.create(term.current(), 1, 1, width, height, false)
        local old = term.redirect(w)
        f()
        term.redirect(old)
        local result = {}
        for i = 1, height do result[i] = w.getLine(i) end
        return result, w
    end

    it("is broken between words", function()
        local count
        expect((lines(6, 5, function() count = print("ab cdef ghijklmnop") end))):same { "ab    ", "cdef  ", "ghijkl", "mnop  ", "      " }
        expect(count):eq(4)
    end)

    it("scrolls", function()
        expect((lines(3, 2, function() print("a\nb", 1) write("c") end))):same { "b\t1", "c  " }
    end)

    it("is red for errors", function()
        local _, w = lines(3, 2, function() printError("e") end)
        expect({ w.getLine(1) }):same { "e  ", "e00", "fff" }
        expect(w.getTextColour()):eq(colours.white)
    end)

    it("is shown a page at a time", function()
        local keys = 0
        stub(os, "pullEvent", function(filter)
            expect(filter):eq("key")
            keys = keys + 1
            return "key", 32
        end)
        expect((lines(4, 3, function() textutils.pagedPrint("1\n2\n3\n4") end))):same { "3   ", "4   ", "    " }
        expect(keys):eq(2)
        lines(4, 3, function() textutils.pagedTabulate { "aaa", "bbb", "ccc", "ddd" } end)
        expect(keys):eq(4)
        lines(4, 9, function() textutils.pagedPrint("1\n2\n3\n4") end)
        expect(keys):eq(4)
    end)
end)
