-- Deletes files, and folders with all that is in them. Paths may have wildcards.

local reason = require "cc.internal.reason"

local args = { ... }
if #args == 0 then
    print("Usage: " .. (arg[0] or fs.getName(shell.getRunningProgram())) .. " <paths>")
    return
end

for _, pattern in ipairs(args) do
    local paths = fs.find(shell.resolve(pattern))
    if #paths == 0 then printError(pattern .. ": No matching files") end
    for _, path in ipairs(paths) do
        if fs.isReadOnly(path) then
            printError("Cannot delete read-only file /" .. path)
        elseif fs.isDriveRoot(path) then
            printError("Cannot delete mount /" .. path)
            if fs.isDir(path) then print("To delete its contents run rm /" .. fs.combine(path, "*")) end
        else
            local ok, message = pcall(fs.delete, path)
            if not ok then printError(reason(message)) end
        end
    end
end
