-- Throws out what is in a disk drive.

local drive = ...
if not drive then
    print("Usage: " .. (arg[0] or fs.getName(shell.getRunningProgram())) .. " <drive>")
elseif not disk.isPresent(drive) then
    print("Nothing in " .. drive .. " drive")
else
    disk.eject(drive)
end
