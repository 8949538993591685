local capture = require "testdata.capture"

-- Stands in for the API periphemu while f runs, and returns the calls of its functions.
local function with(answers, f)
    local calls = {}
    local api = { names = function() return { "drive", "modem" } end }
    for name, answer in pairs(answers) do
        api[name] = function(...)
            calls[#calls + 1] = { name, ... }
            return table.unpack(answer)
        end
    end
    _G.periphemu = api
    local ok, err = pcall(f)
    _G.periphemu = nil
    if not ok then error(err, 0) end
    return calls
end

describe("attach", function()
    it("attaches", function()
        local calls = with({ create = { true } }, function()
            expect(capture.run("attach", "left", "drive", "7").output):eq("Attached drive to left\n")
            expect(capture.run("attach", "3", "monitor").output):eq("Attached monitor to 3\n")
            expect(capture.run("attach", "top", "drive", "/home/x").output):eq("Attached drive to top\n")
        end)
        expect(calls):same { { "create", "left", "drive", 7 }, { "create", 3, "monitor" }, { "create", "top", "drive", "/home/x" } }
    end)

    it("says why it can't", function()
        with({ create = { false, "it is broken" } }, function()
            expect(capture.run("attach", "left", "drive").error):eq("Cannot attach drive to left: it is broken\n")
        end)
        expect(capture.run("attach", "left", "drive").error):eq("Peripherals can't be attached here: luart allows it with --allow-periphemu\n")
    end)

    it("tells how it is used", function()
        with({}, function()
            expect(capture.run("attach", "left").output):eq("Usage: attach <side> <type> [options]\nTypes: drive, modem\n")
        end)
    end)
end)

describe("detach", function()
    it("detaches", function()
        local calls = with({ remove = { true } }, function()
            expect(capture.run("detach", "left").output):eq("Detached left\n")
        end)
        expect(calls):same { { "remove", "left" } }
    end)

    it("says why it can't", function()
        with({ remove = { false } }, function()
            expect(capture.run("detach", "left").error):eq("Cannot detach left: nothing was attached there\n")
            expect(capture.run("detach").output):eq("Usage: detach <side>\n")
        end)
        expect(capture.run("detach").error):eq("Peripherals can't be attached here: luart allows it with --allow-periphemu\n")
    end)
end)
