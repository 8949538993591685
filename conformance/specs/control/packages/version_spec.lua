package.path = "/rom/control/?.lua;/rom/control/?/init.lua;" .. package.path
local version = require "packages.version"

describe("packages.version", function()
    local function sign(n) return n < 0 and "<" or n > 0 and ">" or "=" end
    local function compares(a, order, b)
        expect(sign(version.compare(a, b))):describe(a .. " " .. b):eq(order)
        local back = { ["<"] = ">", [">"] = "<", ["="] = "=" }
        expect(sign(version.compare(b, a))):describe(b .. " " .. a):eq(back[order])
    end

    it("compares as Maven does", function()
        local ascending = {
            "0.1 alpha", "0.1", "0.9", "1.0-alpha-1", "1.0-alpha-2", "1.0-beta", "1.0-milestone-3", "1.0-rc1", "1.0-rc2", "1.0-SNAPSHOT", "1.0",
            "1.0-sp", "1.0-foo", "1.0-zoo", "1.0-1", "1.0-2", "1.0-10", "1.0.1", "1.1", "1.2", "1.10", "2", "2024-12-14", "20241214",
        }
        for i, a in ipairs(ascending) do
            for j, b in ipairs(ascending) do compares(a, i < j and "<" or i > j and ">" or "=", b) end
        end
    end)

    it("takes several ways to write a version for the same", function()
        for _, pair in ipairs {
            { "1", "1.0" }, { "1.0", "1.0.0" }, { "1.0", "1.0-final" }, { "1.0-GA", "1" }, { "1.0-rc1", "1.0-cr-1" }, { "1.0-RC1", "1-rc1" }, { "01.2", "1.02" },
            { "1.0-alpha1", "1.0-a1" }, { "1.0-b2", "1-beta-2" }, { "", "0" },
        } do compares(pair[1], "=", pair[2]) end
    end)

    it("compares numbers of any length", function()
        compares("1" .. ("0"):rep(40), "<", "1" .. ("0"):rep(39) .. "1")
        compares(("9"):rep(30), "<", "1" .. ("0"):rep(30))
    end)

    it("finds the newest", function()
        expect(version.newest { "1.0", "1.10", "1.9" }):eq("1.10")
        expect(version.newest {}):eq(nil)
        expect(version.sort { "1.0", "2-rc", "2", "0.1" }):same { "2", "2-rc", "1.0", "0.1" }
    end)

    it("takes anything", function()
        compares(("."):rep(10000), "=", "")
        compares(("1."):rep(10000), ">", "1")
        compares("-", "=", "0")
        expect.error(version.compare, 1, "a"):str_match("string expected")
    end)
end)
