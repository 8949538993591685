local capture = require "testdata.capture"

describe("motd", function()
    local day, month = 2, 2

    before_each(function()
        day, month = 2, 2
        stub(os, "date", function() return { day = day, month = month } end)
    end)

    it("prints a line of the files", function()
        capture.write("one.txt", "first\n\n  \n")
        capture.write("two.txt", "second")
        settings.set("motd.path", "/one.txt:/nothing.txt:two.txt")
        local last
        stub(math, "random", function(n)
            last = n
            return n
        end)
        expect(capture.run("motd").output):eq("second\n")
        expect(last):eq(2)
        settings.unset("motd.path")
    end)

    it("has messages in the ROM", function()
        local lines = 0
        for line in io.lines("/rom/motd.txt") do
            expect(line):str_match("%S")
            lines = lines + 1
        end
        expect(lines > 5):eq(true)
        expect(capture.run("motd").output):str_match("^[^\n]+\n$")
    end)

    it("says so if there is none", function()
        settings.set("motd.path", "/nothing.txt")
        expect(capture.run("motd").output):str_match("^There is no message of the day")
        settings.unset("motd.path")
    end)

    it("knows special days", function()
        day, month = 24, 12
        expect(capture.run("motd").output):eq("Merry X-mas!\n")
        day, month = 12, 24
        expect(capture.run("motd").output):ne("Merry X-mas!\n")
    end)
end)
