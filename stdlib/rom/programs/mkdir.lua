-- Makes folders, and those above them that are missing.

local reason = require "cc.internal.reason"

local args = { ... }
if #args == 0 then
    print("Usage: " .. (arg[0] or fs.getName(shell.getRunningProgram())) .. " <paths>")
    return
end

for _, name in ipairs(args) do
    local path = shell.resolve(name)
    if fs.exists(path) and not fs.isDir(path) then
        printError(name .. ": Destination exists")
    elseif fs.isReadOnly(path) then
        printError(name .. ": Access denied")
    else
        local ok, message = pcall(fs.makeDir, path)
        if not ok then printError(reason(message)) end
    end
end
