package.path = "/rom/control/?.lua;/rom/control/?/init.lua;" .. package.path
local requestLog = require "facades.plugin_server.request_log"

describe("the log of requests", function()
    it("has no keys", function()
        local function shows(target, wanted) expect(requestLog.redact(target)):eq(wanted) end
        shows("/a", "/a")
        shows("/a?", "/a?")
        shows("/a?apikey=x", "/a?apikey=***")
        shows("/a?b=1&apikey=x&c=2&apikey=y", "/a?b=1&apikey=***&c=2&apikey=***")
        shows("/a?API%4bEY=x&b", "/a?API%4bEY=***&b")
        shows("/a?apikeys=x&token=y&=z&&", "/a?apikeys=x&token=***&=z&&")
    end)

    it("has one line for each", function()
        local line = requestLog.line({ headers = { Host = "a" }, method = "GET", target = '/"\n\255?apikey=secret', size = 7 }, "127.0.0.1", 200, 0)
        expect(line):eq('127.0.0.1 - - [01/Jan/1970:00:00:00 +0000] "GET /\\x22\\x0a\\xff?apikey=*** HTTP/1.1" 200 7')
    end)

    it("is written to a file that may be renamed", function()
        local file = requestLog.file("/tmp/log/access.log", error)
        file:add("one")
        file:flush()
        fs.move("/tmp/log/access.log", "/tmp/log/old.log")
        file:open()
        file:add("two")
        file:close()
        local read = fs.open("/tmp/log/access.log", "r")
        expect(read.readAll()):eq("two\n")
        read.close()
    end)
end)
