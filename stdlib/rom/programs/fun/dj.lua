-- Plays the music discs in disk drives.

local args = { ... }

local function usage()
    print("Usages:")
    local name = arg and arg[0] or fs.getName(shell.getRunningProgram())
    print(name .. " play")
    print(name .. " play <drive>")
    print(name .. " stop")
end

if #args > 2 then return usage() end

local command = args[1] or "play"
if command == "stop" then
    disk.stopAudio()
elseif command == "play" or #args == 0 then
    local drive = args[2]
    if not drive then
        local drives = {}
        for _, name in ipairs(peripheral.getNames()) do
            if disk.isPresent(name) and disk.hasAudio(name) then drives[#drives + 1] = name end
        end
        if #drives == 0 then
            print("No Music Discs in attached disk drives")
            return
        end
        drive = drives[math.random(#drives)]
    end
    if not disk.hasAudio(drive) then
        print("No Music Disc in disk drive: " .. drive)
        return
    end
    print("Playing " .. (disk.getAudioTitle(drive) or "an unknown disc"))
    disk.playAudio(drive)
else
    usage()
end
