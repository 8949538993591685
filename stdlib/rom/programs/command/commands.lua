-- Lists the commands of a Command Computer.

if not commands then
    printError("Requires a Command Computer.")
    return
end

local names = commands.list()
table.sort(names)
print("Available commands:")
textutils.pagedTabulate(names)
