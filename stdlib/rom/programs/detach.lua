-- Takes away a peripheral that was attached by a program.

local name = ...

if not periphemu then
    printError("Peripherals can't be attached here: luart allows it with --allow-periphemu")
elseif not name then
    print("Usage: " .. (arg[0] or fs.getName(shell.getRunningProgram())) .. " <side>")
else
    local ok, message = periphemu.remove(name)
    if ok then
        print("Detached " .. name)
    else
        printError("Cannot detach " .. name .. ": " .. (message or "nothing was attached there"))
    end
end
