-- Tells on which drive a path is, and how much space that has left.

local path = ... and shell.resolve((...)) or shell.dir()
if not fs.exists(path) then
    print("No such path")
    return
end

-- A number of bytes for people: with one place behind the point, rounded down so as not to promise too much.
local function describe(bytes)
    if type(bytes) ~= "number" then return tostring(bytes) end
    if bytes >= 1e6 then return math.floor(bytes / 1e5) / 10 .. "MB" end
    if bytes >= 1e3 then return math.floor(bytes / 1e2) / 10 .. "KB" end
    return bytes .. "B"
end

print(fs.getDrive(path) .. " (" .. describe(fs.getFreeSpace(path)) .. " remaining)")
