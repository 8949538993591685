local capture = require "testdata.capture"

describe("peripherals", function()
    it("lists them with their types", function()
        stub(peripheral, "getNames", function() return { "left", "remote_1" } end)
        stub(peripheral, "getType", function(name)
            if name == "left" then return "modem" end
            return "remote", "other_type"
        end)
        expect(capture.run("peripherals").output):eq("Attached Peripherals:\nleft (modem)\nremote_1 (remote, other_type)\n")
    end)

    it("says when there are none", function()
        stub(peripheral, "getNames", function() return {} end)
        expect(capture.run("peripherals").output):eq("Attached Peripherals:\nNone\n")
    end)
end)
