-- Tells whether a path is that of a file or of a folder.

local name = ...
if not name then
    print("Usage: " .. (arg[0] or fs.getName(shell.getRunningProgram())) .. " <path>")
    return
end

local path = shell.resolve(name)
if not fs.exists(path) then
    print("No such path")
else
    print(fs.isDir(path) and "directory" or "file")
end
