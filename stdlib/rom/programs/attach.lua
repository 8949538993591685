-- Attaches a peripheral that exists in memory to this computer.

local name, kind = ...

if not periphemu then
    printError("Peripherals can't be attached here: luart allows it with --allow-periphemu")
    return
end

if not kind then
    print("Usage: " .. (arg[0] or fs.getName(shell.getRunningProgram())) .. " <side> <type> [options]")
    print("Types: " .. table.concat(periphemu.names(), ", "))
    return
end

-- Sides are names and options are numbers where they look like them.
local options = { select(3, ...) }
for i = 1, #options do options[i] = tonumber(options[i]) or options[i] end

local ok, message = periphemu.create(tonumber(name) or name, kind, table.unpack(options))
if ok then
    print("Attached " .. kind .. " to " .. name)
else
    printError("Cannot attach " .. kind .. " to " .. name .. (message and ": " .. message or ""))
end
