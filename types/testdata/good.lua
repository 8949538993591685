-- Uses a bit of everything, as it should be used.
local checks = require "cc.expect"
local completion = require "cc.shell.completion"
local pretty = require("cc.pretty")

local file, message = fs.open("a.txt", "r")
if not file then error(message) end
print(file.readLine(), file.seek("set", 0))
file.close()

local bytes = assert(fs.open("a.bin", "rb"))
local first = bytes.read()
if first then print(bit32.band(first, 1)) end

local _, character = os.pullEvent("char")
print(character:upper(), ("x"):rep(3), #arg, shell.dir(), multishell and multishell.getCount())
local _, key, held = os.pullEvent("key")
print(keys.getName(key), held and 1 or 2, keys.enter, keys["end"])
local event, a, b = os.pullEvent()
print(event, a, b, utf8.char(72), table.move({}, 1, 1, 2), unpack({ 1 }), string.pack("i4", 1))
local _, _, request, response = os.pullEventRaw("http_request")
print(request.getMethod())
response.close()

local timer = os.startTimer(2)
os.cancelTimer(timer)
http.listen(8080, function(req, res)
    res.write(req.getURL())
    res.close()
    return req.getMethod() == "DELETE"
end, { host = "0.0.0.0", on_error = "raise" })
os.shutdown(3)

local window1 = window.create(term.current(), 1, 1, 2, 2)
term.redirect(window1)
window1.setVisible(false)
pretty.pretty_print({ 1 })
pretty.print(pretty.text("hello", colours.red) .. pretty.space_line .. "world")
checks(1, "x", "string")
checks.field({}, "x", "string", "nil")
shell.setCompletionFunction("a.lua", completion.build(completion.file, { completion.choice, { "a", "b" } }))

local v = vector.new(1, 2, 3) + vector.new(1, 1, 1) * 2
print(v.x, v:length(), colours.grey, colors.gray, rs.getInput("top"))
for name, value in pairs({ a = 1 }) do print(name, value) end
local ok, problem = pcall(error, "x")
print(ok, problem, setfenv(1, {}), loadstring("x"), _HOST, turtle, math.pow(1, 2), _HEADLESS)
for line in io.lines("x") do print(line:len()) end
local notes = assert(io.open("notes.txt", "w"))
notes:write("a note\n")
notes:close()
local modem = peripheral.find("modem", function(_, m) return m.isWireless() end)
if modem then modem.transmit(1, 2, { "x" }) end
for _, each in ipairs({ peripheral.find("speaker") }) do each.stop() end
local drive = peripheral.wrap("top") --[[@as peripheral.Drive?]]
if drive then drive.ejectDisk() end
local other = peripheral.find("chest")
if other then print(other.list()) end
print(fs.getName(shell.getRunningProgram()))
print(package.path, debug.traceback(), os.date("*t").year, os.time({ year = 2020, month = 1, day = 1 }), os.epoch("utc"))
parallel.waitForAny(function() sleep(1) end, function() read() end)
settings.define("a.b", { description = "x", default = 1, type = "number" })
describe("x", function()
    it("y", function()
        expect.error(error, "z"):eq("z")
        local print = stub(_G, "print", function() end)
        expect(1):eq(1):ne(2)
        expect(print):called(0)
    end)
end)
goto done
::done::
