-- Copies files and folders. The source may have wildcards.

local reason = require "cc.internal.reason"

local args = { ... }
if #args < 2 then
    print("Usage: " .. (arg[0] or fs.getName(shell.getRunningProgram())) .. " <source> <destination>")
    return
end

local sources = fs.find(shell.resolve(args[1]))
local destination = shell.resolve(args[2])
if #sources == 0 then
    printError("No matching files")
    return
end
local intoFolder = fs.isDir(destination)
if #sources > 1 and not intoFolder then
    printError("Cannot overwrite file multiple times")
    return
end

-- How much space the files of a path take together, as far as it matters: every file counts.
local function sizeOf(path)
    if not fs.isDir(path) then return fs.getSize(path) end
    local size = 0
    for _, name in ipairs(fs.list(path)) do size = size + sizeOf(fs.combine(path, name)) end
    return size
end

for _, source in ipairs(sources) do
    local target = intoFolder and fs.combine(destination, fs.getName(source)) or destination
    if fs.exists(target) then
        printError("Destination exists")
    elseif fs.isReadOnly(target) then
        printError("Destination is read-only")
    elseif fs.isDir(source) and (source == "" or (target .. "/"):sub(1, #source + 1) == source .. "/") then
        printError("Can't copy a directory inside itself")
    else
        local free = fs.getFreeSpace(target)
        if type(free) == "number" and free < sizeOf(source) then
            printError("Not enough space")
        else
            local ok, message = pcall(fs.copy, source, target)
            if not ok then printError(reason(message)) end
        end
    end
end
