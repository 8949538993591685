-- The log on disk.
package.path = "/rom/control/?.lua;/rom/control/?/init.lua;" .. package.path
local json = require "luart.json"
local logfiles = require "manager.logfiles"

local folder = "/tmp/logfiles"

local function read(name)
    local file = assert(fs.open(fs.combine(folder, name), "rb"))
    local text = file.readAll()
    file.close()
    return text
end

local function put(name, text)
    local file = assert(fs.open(fs.combine(folder, name), "wb"))
    file.write(text)
    file.close()
end

local function line(source, message, fields)
    return { seq = 1, time = 1000 * 60 + 7, source = source, level = "info", message = message, fields = fields }
end

describe("manager.logfiles", function()
    local reports, files

    local function open(options)
        fs.delete(folder)
        fs.makeDir(folder)
        reports = {}
        files = logfiles.new(folder, options, function(message) reports[#reports + 1] = message end)
        return files
    end

    local function write(...)
        files:add(line(...))
        files:flush()
    end

    it("writes JSON lines, each source to a file of its own", function()
        open()
        files:add(line("a", "one", { traceback = "x\ny" }))
        files:add(line("b", "other"))
        files:add(line("a", "two"))
        expect(fs.list(folder)):same {}
        files:flush()
        expect(read("a.log")):eq('{"time":"1970-01-01T00:01:00.007Z","level":"info","source":"a","message":"one","fields":{"traceback":"x\\ny"}}\n'
            .. '{"time":"1970-01-01T00:01:00.007Z","level":"info","source":"a","message":"two"}\n')
        expect(fs.list(folder)):same { "a.log", "b.log" }
        files:close()
    end)

    it("leaves out fields that are no JSON", function()
        open()
        write("a", "one", { f = print })
        expect(json.decode(read("a.log")).fields):eq(nil)
        files:close()
    end)

    it("keeps names of files where names of sources can't be", function()
        open()
        for _, source in ipairs { "../up", "a/b", "", ".hidden", "end.", ("x"):rep(65), "é" } do write(source, "text") end
        for _, name in ipairs(fs.list(folder)) do expect(name:match("^source%-%x+%.log$")):eq(name) end
        expect(#fs.list(folder)):eq(7)
        files:close()
    end)

    it("writes to more files than may be open", function()
        open()
        for round = 1, 3 do
            for i = 1, 40 do files:add(line("s" .. i, round .. "")) end
            files:flush()
        end
        for i = 1, 40 do
            local _, lines = read("s" .. i .. ".log"):gsub("\n", "")
            expect(lines):eq(3)
        end
        expect(files.opened <= 16):eq(true)
        files:close()
        expect(files.opened):eq(0)
    end)

    it("begins new files, and keeps as many as it is told", function()
        open { size = 4096, files = 3 }
        for i = 1, 200 do write("a", ("%03d"):format(i) .. ("x"):rep(100)) end
        expect(fs.list(folder)):same { "a.log", "a.log.1", "a.log.2" }
        local text = read("a.log.2") .. read("a.log.1") .. read("a.log")
        local last
        for number in text:gmatch('"message":"(%d+)') do
            if last then expect(tonumber(number)):eq(last + 1) end
            last = tonumber(number)
        end
        expect(last):eq(200)
        files:configure { size = 4096, files = 1 }
        for i = 1, 200 do write("a", ("%03d"):format(i) .. ("x"):rep(100)) end
        expect(fs.list(folder)):same { "a.log" }
        expect(fs.getSize(fs.combine(folder, "a.log")) <= 4096):eq(true)
        files:close()
    end)

    it("goes on after a crash", function()
        open()
        put("a.log", '{"half')
        write("a", "next")
        expect(read("a.log"):match("^(.-)\n")):eq('{"half')
        expect(json.decode(read("a.log"):match("\n(.*)\n")).message):eq("next")
        files:close()
    end)

    it("says once what is wrong, and tells how much was lost when it is right again", function()
        open()
        fs.makeDir(fs.combine(folder, "a.log"))
        write("a", "one")
        write("a", "two")
        write("b", "fine")
        expect(#reports):eq(1)
        expect(reports[1]:find("the log file a.log can't be written: ", 1, true)):eq(1)
        fs.delete(fs.combine(folder, "a.log"))
        write("a", "three") -- too early
        expect(fs.exists(fs.combine(folder, "a.log"))):eq(false)
        files.broken["a.log"].untilTime = 0
        write("a", "four")
        local first, second = read("a.log"):match("^(.-)\n(.-)\n$")
        expect(json.decode(first).message:find("3 lines before this one were lost: ", 1, true)):eq(1)
        expect(json.decode(second).message):eq("four")
        expect(#reports):eq(1)
        files:close()
    end)
end)
