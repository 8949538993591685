local date = require "cc.http.date"

describe("cc.http.date", function()
    it("makes dates", function()
        expect(date.format(784111777000)):eq("Sun, 06 Nov 1994 08:49:37 GMT")
        expect(date.format(0)):eq("Thu, 01 Jan 1970 00:00:00 GMT")
        expect(date.format(951782400999)):eq("Tue, 29 Feb 2000 00:00:00 GMT")
        expect(date.format(4107542399000)):eq("Sun, 28 Feb 2100 23:59:59 GMT")
        expect(date.format(4107542400000)):eq("Mon, 01 Mar 2100 00:00:00 GMT")
        expect.error(date.format, 1e18):str_match("out of range")
    end)

    it("parses what it makes", function()
        for time = 0, 4e12, 86399e6 do expect(date.parse(date.format(time))):eq(time) end
    end)

    it("refuses anything else", function()
        for _, text in ipairs {
            "", "Sun, 06 Nov 1994 08:49:37", "Sunday, 06-Nov-94 08:49:37 GMT", "Sun Nov  6 08:49:37 1994", "Sun, 30 Feb 1994 08:49:37 GMT",
            "Sun, 06 Xyz 1994 08:49:37 GMT", "Sun, 06 Nov 1994 24:49:37 GMT", "Sun, 00 Nov 1994 08:49:37 GMT",
        } do
            expect(date.parse(text)):eq(nil)
        end
        expect(date.parse(nil)):eq(nil)
    end)
end)
