local capture = require "testdata.capture"

describe("set", function()
    before_each(function()
        fs.delete(".settings")
        local own = setmetatable({}, { __index = _G })
        loadfile("/rom/apis/settings.lua", own)()
        stub(_G, "settings", own)
        settings.define("demo.count", { type = "number", default = 1, description = "How many" })
        settings.define("demo.on", { type = "boolean", default = true })
        settings.define("demo.text", { type = "string" })
        settings.define("demo.list", { type = "table" })
    end)

    it("makes values of the setting's type", function()
        for name, case in pairs {
            ["demo.count"] = { "0x10", 16 }, ["demo.on"] = { "false", false }, ["demo.text"] = { "12", "12" },
            ["demo.list"] = { "{ 1, a = 2 }", { 1, a = 2 } },
        } do
            expect(capture.run("set", name, case[1]).error):eq("")
            expect(settings.get(name)):same(case[2])
        end
    end)

    it("makes values of the type that they look like", function()
        for text, value in pairs { ["5"] = 5, ["true"] = true, ["word"] = "word", ["{1}"] = "{1}" } do
            expect(capture.run("set", "new", text).error):eq("")
            expect(settings.get("new")):same(value)
        end
    end)

    it("refuses others", function()
        for name, text in pairs { ["demo.count"] = "many", ["demo.on"] = "1", ["demo.list"] = "{" } do
            local kind = settings.getDetails(name).type or "table"
            expect(capture.run("set", name, text).error):eq(("%q is not a valid %s.\n"):format(text, kind))
            expect(settings.getDetails(name).changed):eq(false)
        end
        expect(fs.exists(".settings")):eq(false)
    end)

    it("saves", function()
        expect(capture.run("set", "demo.count", "7").output):eq('"demo.count" set to 7\n')
        settings.clear()
        settings.load(".settings")
        expect(settings.get("demo.count")):eq(7)
    end)

    it("takes values back", function()
        settings.set("demo.count", 9)
        expect(capture.run("set", "demo.count", "nil").output):eq('"demo.count" unset\n')
        expect(capture.run("set", "demo.count").output):eq("demo.count is 1\nHow many\n")
    end)

    it("says when it can't save", function()
        local open = fs.open
        stub(fs, "open", function(path, mode)
            if mode == "w" then return nil, "Access denied" end
            return open(path, mode)
        end)
        expect(capture.run("set", "demo.on", "false").error):str_match("^Cannot save")
        expect(settings.get("demo.on")):eq(false)
    end)

    it("shows tables in one line", function()
        settings.set("demo.list", { 1, { 2 } })
        expect(capture.run("set", "demo.list").output):str_match("^demo.list is {1,{2,?},?}\n$")
    end)
end)
