-- Runs a program, or a shell, in a new tab, and turns to it.

if not shell.openTab then
    printError("Requires multishell")
    return
end

local tab = shell.openTab(table.unpack(... and { ... } or { "shell" }))
if tab then shell.switchTab(tab) end
