-- Disk drives. The name of a drive is its side, or its name on a network; without a drive there, nothing happens.

local expect = dofile("rom/modules/main/cc/expect.lua").expect

local function isDrive(name)
    return peripheral.getType(name) == "drive"
end

---Tells whether there is anything in a drive.
---@param name string
---@return boolean
function isPresent(name)
    expect(1, name, "string")
    return isDrive(name) and peripheral.call(name, "isDiskPresent") or false
end

---The label of what is in a drive.
---@param name string
---@return string? label
function getLabel(name)
    expect(1, name, "string")
    if isDrive(name) then return peripheral.call(name, "getDiskLabel") end
end

---Changes the label of what is in a drive.
---@param name string
---@param label? string none if nil
function setLabel(name, label)
    expect(1, name, "string")
    expect(2, label, "string", "nil")
    if isDrive(name) then peripheral.call(name, "setDiskLabel", label) end
end

---Tells whether there is a disk with files in a drive.
---@param name string
---@return boolean
function hasData(name)
    expect(1, name, "string")
    return isDrive(name) and peripheral.call(name, "hasData") or false
end

---The folder in which the files of a disk are.
---@param name string
---@return string? path
function getMountPath(name)
    expect(1, name, "string")
    if isDrive(name) then return peripheral.call(name, "getMountPath") end
end

---Tells whether there is a music disc in a drive.
---@param name string
---@return boolean
function hasAudio(name)
    expect(1, name, "string")
    return isDrive(name) and peripheral.call(name, "hasAudio") or false
end

---The title of a music disc.
---@param name string
---@return string|false|nil title
function getAudioTitle(name)
    expect(1, name, "string")
    if isDrive(name) then return peripheral.call(name, "getAudioTitle") end
end

---Plays a music disc.
---@param name string
function playAudio(name)
    expect(1, name, "string")
    if isDrive(name) then peripheral.call(name, "playAudio") end
end

---Stops the music of a drive.
---@param name? string all drives unless given
function stopAudio(name)
    expect(1, name, "string", "nil")
    for _, drive in ipairs(name and { name } or peripheral.getNames()) do
        if isDrive(drive) then peripheral.call(drive, "stopAudio") end
    end
end

---Throws out what is in a drive.
---@param name string
function eject(name)
    expect(1, name, "string")
    if isDrive(name) then peripheral.call(name, "ejectDisk") end
end

---The number of the disk in a drive.
---@param name string
---@return integer? id
function getID(name)
    expect(1, name, "string")
    if isDrive(name) then return peripheral.call(name, "getDiskID") end
end
