-- What the log shows.
package.path = "/rom/control/?.lua;/rom/control/?/init.lua;" .. package.path
local logs = require "manager.logs"

describe("the log", function()
    local log

    before_each(function() log = logs.new { ring = 10 } end)

    local function last() return log:tail(1)[1] end

    it("has nothing that does something to a terminal", function()
        log:write("hello", "info", "\27[2Jred\7\r")
        expect(last().message):eq("\\027[2Jred\\007\\013")
    end)

    it("indents further lines, so that none is taken for one of the log", function()
        log:write("hello", "info", "asked for a\n2026-01-01 00:00:00 [control] error: b")
        expect((last().message:gsub("\n", "|"))):eq("asked for a|2026-01-01 00:00:00 [control] error: b")
        local first, second = log.text(last()):match("^([^\n]*)\n([^\n]*)$")
        expect(first:match("%[hello%] info: asked for a$")):eq("[hello] info: asked for a")
        expect(second):eq("    2026-01-01 00:00:00 [control] error: b")
    end)

    it("hides secrets of four bytes or more", function()
        log:secret("sesame")
        log:secret("abc")
        log:write("hello", "info", "sesame and abc", { why = "sesame" })
        expect(last().message):eq("*** and abc")
        expect(last().fields.why):eq("***")
    end)
end)
