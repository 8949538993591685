local capture = require "testdata.capture"

-- Stands in for the API config while f runs. The setting "fixed" can't be changed.
local function with(f)
    local values = { timeout = 7000, fixed = true, name = "x", hosts = { "a", "b" } }
    local types = { boolean = 0, string = 1, number = 2, table = 3 }
    _G.config = {
        list = function() return { "fixed", "hosts", "name", "timeout" } end,
        get = function(name) return values[name] end,
        getType = function(name) return types[type(values[name])] end,
        set = function(name, value)
            if name == "fixed" then error(name .. " can't be changed", 0) end
            values[name] = value
        end,
    }
    local ok, err = pcall(f, values)
    _G.config = nil
    if not ok then error(err, 0) end
end

local usage = "Usages:\nconfig list\nconfig get <name>\nconfig set <name> <value>\n"

describe("config", function()
    it("lists and shows settings", function()
        with(function()
            expect(capture.run("config", "list").output):eq("fixed = true\nhosts = {\"a\",\"b\",}\nname = x\ntimeout = 7000\n")
            expect(capture.run("config", "get", "timeout").output):eq("timeout = 7000\n")
            expect(capture.run("config", "get", "none").error):eq("There is no setting none\n")
        end)
    end)

    it("changes settings", function()
        with(function(values)
            expect(capture.run("config", "set", "timeout", "50").output):eq("timeout = 50\n")
            expect(capture.run("config", "set", "name", "50").output):eq("name = 50\n")
            expect(capture.run("config", "set", "hosts", "{ 'c' }").output):eq("hosts = {\"c\",}\n")
            expect(values):same { timeout = 50, fixed = true, name = "50", hosts = { "c" } }
            expect(capture.run("config", "set", "timeout", "soon").error):eq("timeout must be a number\n")
            expect(capture.run("config", "set", "fixed", "maybe").error):eq("fixed must be true or false\n")
            expect(capture.run("config", "set", "fixed", "false").error):eq("fixed can't be changed\n")
            expect(capture.run("config", "set", "none", "1").error):eq("There is no setting none\n")
        end)
    end)

    it("tells how it is used", function()
        with(function()
            for _, words in ipairs { {}, { "get" }, { "set", "x" }, { "list", "x" }, { "nonsense" } } do
                expect(capture.run("config", table.unpack(words)).output):eq(usage)
            end
        end)
        expect(capture.run("config", "list").error):eq("The settings can't be seen here: luart allows it with --allow-config\n")
    end)
end)
