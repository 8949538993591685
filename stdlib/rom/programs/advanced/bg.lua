-- Runs a program, or a shell, in a new tab behind this one.

if not shell.openTab then
    printError("Requires multishell")
    return
end

shell.openTab(table.unpack(... and { ... } or { "shell" }))
