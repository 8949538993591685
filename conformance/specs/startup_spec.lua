-- What the first shell of a computer begins with.

local capture = require "testdata.capture"

describe("startup", function()
    local ran

    -- Runs the program with a shell of its own, and returns that; what it runs is noted.
    local function start()
        ran = {}
        local api = dofile("rom/modules/main/cc/internal/shell.lua").make()
        local real = api.execute
        stub(api, "execute", function(...)
            if (...) == "/rom/startup.lua" then return real(...) end
            ran[#ran + 1] = table.concat({ ... }, " ")
            return true
        end)
        stub(api, "run", function(...) ran[#ran + 1] = "run " .. table.concat({ ... }, " ") end)
        expect(api.execute("/rom/startup.lua")):eq(true)
        return api
    end

    before_each(function()
        for _, name in ipairs { "startup", "startup.lua", "disk" } do fs.delete(name) end
        settings.set("motd.enable", false)
    end)

    it("sets the path and the aliases", function()
        local api = start()
        expect(api.path()):eq(".:/rom/programs:/rom/programs/http:/rom/programs/advanced:/rom/programs/rednet:/rom/programs/fun:"
            .. "/rom/programs/fun/advanced")
        expect(api.aliases()):same {
            background = "bg", clr = "clear", cp = "copy", dir = "list", foreground = "fg", ls = "list", mv = "move", rm = "delete",
            rs = "redstone", sh = "shell",
        }
        expect(ran):same {}
    end)

    it("completes what programs take", function()
        local api = start()
        fs.delete("c")
        capture.write("c/file")
        fs.makeDir("c/folder")
        for line, found in pairs {
            ["cd c/f"] = { "older/", "older" }, ["copy c/fi"] = { "le " }, ["copy x c/fi"] = { "le" }, ["delete a b c/fi"] = { "le" },
            ["edit c/fi"] = { "le" }, ["set motd.en"] = { "able " }, ["pastebin "] = { "put ", "get ", "run " }, ["pastebin put c/fi"] = { "le" },
            ["bg copy c/fi"] = { "le " }, ["fg mov"] = { "e " }, ["shell copy x c/fi"] = { "le" }, ["alias x ali"] = { "as" },
            ["redstone set to"] = { "p" }, ["gps h"] = { "ost", "ost " }, ["wget "] = { "run " },
            ["help rout"] = { "er" }, ["eject "] = {}, ["monitor x lis"] = { "t " }, ["label set "] = {},
        } do
            expect(api.complete(line)):same(found)
        end
        expect(api.complete("pastebin get c/fi")):eq(nil)
        expect(api.complete("type a b")):eq(nil)
    end)

    it("names only programs of the ROM", function()
        for path in pairs(start().getCompletionInfo()) do
            if not path:find("^rom/programs/fun/") then expect(fs.exists(path)):describe(path):eq(true) end
        end
    end)

    it("runs the file startup and the folder startup", function()
        start()
        expect(ran):same {}
        capture.write("startup.lua")
        start()
        expect(ran):same { "/startup.lua" }
        capture.write("startup/b")
        capture.write("startup/a.lua")
        capture.write("startup/.c")
        fs.makeDir("startup/d")
        start()
        expect(ran):same { "/startup.lua", "/startup/a.lua", "/startup/b" }
        settings.set("shell.allow_startup", false)
        start()
        expect(ran):same {}
        settings.unset("shell.allow_startup")
    end)

    it("runs those of a disk instead", function()
        capture.write("startup.lua")
        capture.write("disk/startup/one.lua")
        capture.write("disk2/nothing")
        local mounts = { left = "disk2", right = "disk" }
        stub(peripheral, "getNames", function() return { "top", "left", "right" } end)
        stub(disk, "isPresent", function(name) return mounts[name] ~= nil end)
        stub(disk, "hasData", function(name) return mounts[name] ~= nil end)
        stub(disk, "getMountPath", function(name) return mounts[name] end)
        start()
        expect(ran):same { "/disk/startup/one.lua" }
        settings.set("shell.allow_disk_startup", false)
        start()
        expect(ran):same { "/startup.lua" }
        settings.unset("shell.allow_disk_startup")
    end)

    it("shows a message of the day", function()
        settings.unset("motd.enable")
        start()
        expect(ran):same { "run motd" }
    end)
end)
