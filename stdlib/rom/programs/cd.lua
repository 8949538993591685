-- Changes the folder that the shell works in.

local path = ...
if not path then
    print("Usage: " .. (arg[0] or fs.getName(shell.getRunningProgram())) .. " <path>")
    return
end

local dir = shell.resolve(path)
if fs.isDir(dir) then
    shell.setDir(dir)
else
    print("Not a directory")
end
