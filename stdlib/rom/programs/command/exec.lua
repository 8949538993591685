-- Runs a command of a Command Computer.

local args = { ... }
if not commands then
    printError("Requires a Command Computer.")
    return
end
if #args == 0 then
    printError("Usage: " .. (arg[0] or fs.getName(shell.getRunningProgram())) .. " <command>")
    return
end

local ok, output = commands.exec(table.concat(args, " "))
if ok then
    print("Success")
else
    printError("Failed")
end
for _, line in ipairs(output or {}) do print(line) end
