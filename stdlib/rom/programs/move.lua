-- Moves files and folders, or gives them other names. The source may have wildcards.

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

for _, source in ipairs(sources) do
    local target = intoFolder and fs.combine(destination, fs.getName(source)) or destination
    if fs.isDriveRoot(source) then
        printError("Cannot move mount /" .. source)
    elseif fs.isReadOnly(source) then
        printError("Cannot move read-only file /" .. source)
    elseif fs.exists(target) then
        printError("Destination exists")
    elseif fs.isReadOnly(target) then
        printError("Destination is read-only")
    else
        local ok, message = pcall(fs.move, source, target)
        if not ok then printError(reason(message)) end
    end
end
