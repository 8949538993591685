local capture = require "testdata.capture"

describe("alias", function()
    it("sets, lists and takes back aliases", function()
        local listed
        stub(textutils, "pagedTabulate", function(lines) listed = lines end)
        local before = shell.aliases()
        for alias in pairs(before) do shell.clearAlias(alias) end
        shell.run("alias b copy")
        shell.run("alias a move")
        shell.run("alias")
        expect(listed):same { "a:move", "b:copy" }
        shell.run("alias a")
        expect(shell.aliases().a):eq(nil)
        for alias, program in pairs(before) do shell.setAlias(alias, program) end
        shell.clearAlias("b")
    end)

    it("says how it is used", function()
        expect(capture.run("alias", "a", "b", "c")):matches { ok = true, output = "Usage: alias <alias> <program>\n", error = "" }
    end)
end)
