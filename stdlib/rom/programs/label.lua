-- Shows, sets and clears the label of this computer, or of the disk in a drive.

local function printUsage()
    local name = arg[0] or fs.getName(shell.getRunningProgram())
    print("Usages:")
    print(name .. " get")
    print(name .. " get <drive>")
    print(name .. " set <text>")
    print(name .. " set <drive> <text>")
    print(name .. " clear")
    print(name .. " clear <drive>")
end

local function hasDisk(drive)
    if disk.isPresent(drive) then return true end
    if peripheral.getType(drive) ~= "drive" then
        print("No disk drive named " .. drive)
        return false
    end
    print("No disk in " .. drive .. " drive")
    return false
end

local function show(what, label)
    print(label and what .. " label is \"" .. label .. "\"" or "No " .. what .. " label")
end

-- Sets the label of a disk, or clears it if there is none to set. Not everything that fits into a drive has one.
local function labelDisk(drive, label)
    local ok = pcall(disk.setLabel, drive, label)
    if not ok then
        print("Disk label cannot be changed")
    elseif disk.getLabel(drive) then
        print("Disk label set to \"" .. disk.getLabel(drive) .. "\"")
    else
        print("Disk label cleared")
    end
end

local function labelComputer(label)
    os.setComputerLabel(label)
    local now = os.getComputerLabel()
    print(now and "Computer label set to \"" .. now .. "\"" or "Computer label cleared")
end

local action, first, second = ...
if action == "get" and not first then
    show("Computer", os.getComputerLabel())
elseif action == "get" then
    if hasDisk(first) then show("Disk", disk.getLabel(first)) end
elseif action == "set" and second then
    if hasDisk(first) then labelDisk(first, second) end
elseif action == "set" and first then
    labelComputer(first)
elseif action == "clear" and first then
    if hasDisk(first) then labelDisk(first, nil) end
elseif action == "clear" then
    labelComputer(nil)
else
    printUsage()
end
