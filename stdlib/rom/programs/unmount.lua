-- Takes away a folder of the host that was mounted.

local name = ...

if not mounter then
    printError("Mounting is disabled: luart allows it with --allow-mount DIR")
elseif not name then
    print("Usage: " .. (arg[0] or fs.getName(shell.getRunningProgram())) .. " <path>")
else
    local place = shell.resolve(name)
    local ok, message = mounter.unmount(place)
    if ok then
        print("Unmounted /" .. place)
    else
        printError(message or "Nothing was mounted at /" .. place)
    end
end
