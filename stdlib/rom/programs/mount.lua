-- Mounts a folder of the host, or lists what is mounted.

local name, path, access = ...

if not mounter then
    printError("Mounting is disabled: luart allows it with --allow-mount DIR")
    return
end

if name and not path or access and access ~= "readOnly" then
    print("Usage: " .. (arg[0] or fs.getName(shell.getRunningProgram())) .. " [<path> <folder> [readOnly]]")
    return
end

if not name then
    local lines = {}
    for at, folders in pairs(mounter.list()) do
        lines[#lines + 1] = "/" .. at .. " is " .. table.concat(folders, ", ") .. (mounter.isReadOnly(at) and " (read-only)" or "")
    end
    table.sort(lines)
    print(#lines > 0 and table.concat(lines, "\n") or "Nothing is mounted")
    return
end

local place = shell.resolve(name)
local ran, ok, message = pcall(mounter.mount, place, path, access and true or nil)
if ran and ok then
    print("Mounted " .. path .. " at /" .. place .. (mounter.isReadOnly(place) and " (read-only)" or ""))
else
    printError(ran and (message or "Cannot mount " .. path) or (ok:gsub("^[^:]*%.lua:%d+: ", "")))
end
