-- Lists the shell's aliases, sets one, or takes one back.

local args = { ... }

if #args > 2 then
    print("Usage: " .. (arg[0] or fs.getName(shell.getRunningProgram())) .. " <alias> <program>")
elseif #args == 2 then
    shell.setAlias(args[1], args[2])
elseif #args == 1 then
    shell.clearAlias(args[1])
else
    local lines = {}
    for alias, command in pairs(shell.aliases()) do lines[#lines + 1] = alias .. ":" .. command end
    table.sort(lines)
    textutils.pagedTabulate(lines)
end
