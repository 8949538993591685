local capture = require "testdata.capture"

-- Stands in for the API mounter while f runs.
local function with(api, f)
    _G.mounter = api
    local ok, err = pcall(f)
    _G.mounter = nil
    if not ok then error(err, 0) end
end

describe("mount", function()
    it("mounts", function()
        local calls = {}
        with({
            mount = function(...) calls[#calls + 1] = { ... } return true end,
            isReadOnly = function(name) return name == "ro" end,
        }, function()
            expect(capture.run("mount", "data", "/home/x").output):eq("Mounted /home/x at /data\n")
            expect(capture.run("mount", "/ro", "y", "readOnly").output):eq("Mounted y at /ro (read-only)\n")
        end)
        expect(calls):same { { "data", "/home/x" }, { "ro", "y", true } }
    end)

    it("lists what is mounted", function()
        with({ list = function() return {} end }, function()
            expect(capture.run("mount").output):eq("Nothing is mounted\n")
        end)
        with({ list = function() return { b = { "/y" }, a = { "/x" } } end, isReadOnly = function(name) return name == "a" end }, function()
            expect(capture.run("mount").output):eq("/a is /x (read-only)\n/b is /y\n")
        end)
    end)

    it("says why it can't", function()
        with({ mount = function() return false, "/x: there is none" end }, function()
            expect(capture.run("mount", "data", "/x").error):eq("/x: there is none\n")
        end)
        with({ mount = function() error("Mounting is disabled", 0) end }, function()
            expect(capture.run("mount", "data", "/x").error):eq("Mounting is disabled\n")
        end)
        expect(capture.run("mount", "data", "/x").error):eq("Mounting is disabled: luart allows it with --allow-mount DIR\n")
    end)

    it("tells how it is used", function()
        with({}, function()
            expect(capture.run("mount", "data").output):eq("Usage: mount [<path> <folder> [readOnly]]\n")
            expect(capture.run("mount", "data", "/x", "often").output):eq("Usage: mount [<path> <folder> [readOnly]]\n")
        end)
    end)
end)

describe("unmount", function()
    it("unmounts", function()
        with({ unmount = function(name) return name == "data" end }, function()
            expect(capture.run("unmount", "/data").output):eq("Unmounted /data\n")
            expect(capture.run("unmount", "other").error):eq("Nothing was mounted at /other\n")
            expect(capture.run("unmount").output):eq("Usage: unmount <path>\n")
        end)
        expect(capture.run("unmount", "x").error):eq("Mounting is disabled: luart allows it with --allow-mount DIR\n")
    end)
end)
