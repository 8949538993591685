-- Tells the number and the label of this computer, or of the disk in a drive.

local drive = ...
if not drive then
    print("This is computer #" .. os.getComputerID())
    local label = os.getComputerLabel()
    if label then print("This computer is labelled \"" .. label .. "\"") end
elseif disk.hasAudio(drive) then
    print("Has audio track \"" .. tostring(disk.getAudioTitle(drive) or disk.getLabel(drive) or "") .. "\"")
elseif not disk.isPresent(drive) then
    print("No disk in drive " .. drive)
else
    local id = disk.getID(drive)
    print(id and "The disk is #" .. id or "Non-disk data source")
    local label = disk.getLabel(drive)
    if label then print("Labelled \"" .. label .. "\"") end
end
