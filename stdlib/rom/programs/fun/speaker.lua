-- Plays audio files and the game's sounds on speakers.

local args = { ... }
local floor, max, min = math.floor, math.max, math.min

local function usage()
    local name = arg and arg[0] or fs.getName(shell.getRunningProgram())
    print("Usages:")
    print(name .. " play <file or url> [speaker]")
    print(name .. " sound <sound> [speaker] [volume] [pitch]")
    print(name .. " stop [speaker]")
end

-- The speakers to use: the one of a name, or all that there are. Throws if there is none.
local function speakers(name)
    if name then
        if not peripheral.isPresent(name) then error(("Speaker %q does not exist"):format(name), 0) end
        if not peripheral.hasType(name, "speaker") then error(("%q is not a speaker"):format(name), 0) end
        return { peripheral.wrap(name) }
    end
    local found = { peripheral.find("speaker") }
    if #found == 0 then error("No speakers attached", 0) end
    return found
end

----------------------------------------------------------------------------------------------------------------------
-- Audio

-- Speakers play 48000 samples a second, of 8 bits with a sign, and take this many at once.
local rate, chunkSize = 48000, 128 * 1024

-- A source of samples is a function that returns the next list of them, and nil at the end.

local function dfpwmSource(read)
    local decode = require "cc.audio.dfpwm".make_decoder()
    return function()
        local data = read(chunkSize / 8) -- a sample is a bit
        return data and #data > 0 and decode(data) or nil
    end
end

-- Samples as speakers take them, a byte for each.
local function rawSource(read)
    return function()
        local data = read(chunkSize)
        if not data or data == "" then return nil end
        local samples = {}
        for i = 1, #data do samples[i] = (data:byte(i) + 128) % 256 - 128 end
        return samples
    end
end

local sampleFormats = {
    [8] = function(data, at) return data:byte(at) - 128 end,
    [16] = function(data, at) return floor(("<i2"):unpack(data, at) / 256) end,
    [24] = function(data, at) return ("<i1"):unpack(data, at + 2) end,
    [32] = function(data, at) return ("<i1"):unpack(data, at + 3) end,
}

-- Reads the headers of a WAV file, up to its samples. Throws if it has none that can be played.
local function wavSource(read)
    local function need(count)
        local data = read(count)
        if not data or #data < count then error("Could not play audio: the file is cut off", 0) end
        return data
    end
    need(4) -- the size of all; the caller has read "RIFF"
    if need(4) ~= "WAVE" then error("Could not play audio: not a WAV file", 0) end
    local channels, fileRate, bits, left
    while not left do
        local name, size = ("<c4I4"):unpack(need(8))
        if name == "fmt " then
            if size < 16 then error("Could not play audio: the file is damaged", 0) end
            local format
            format, channels, fileRate, bits = ("<I2I2I4xxxxxxI2"):unpack(need(16))
            read(size - 16 + size % 2)
            if format ~= 1 and format ~= 0xFFFE or not sampleFormats[bits] then
                error("Could not play audio: only PCM of 8 to 32 bits can be played", 0)
            end
            if channels < 1 or fileRate < 1 then error("Could not play audio: the file is damaged", 0) end
        elseif name == "data" then
            if not channels then error("Could not play audio: the file is damaged", 0) end
            left = size
        else
            local skip = size + size % 2
            while skip > 0 do
                need(min(skip, 65536))
                skip = skip - min(skip, 65536)
            end
        end
    end

    local sampleOf, width = sampleFormats[bits], bits / 8
    local frameSize = width * channels
    local step = fileRate / rate -- how many frames of the file go by with a sample of the speaker
    local position = 0 -- of the next sample, in frames, counted from the start of what is read next
    return function()
        local frames = max(1, min(floor(chunkSize * step), 65536))
        local data = left > 0 and read(min(frames * frameSize, left))
        if not data or #data < frameSize then return nil end
        left = left - #data
        frames = floor(#data / frameSize)
        local samples, count = {}, 0
        while position < frames do
            local at, sum = floor(position) * frameSize + 1, 0
            for channel = 0, channels - 1 do sum = sum + sampleOf(data, at + channel * width) end
            count = count + 1
            samples[count] = max(-128, min(127, floor(sum / channels)))
            position = position + step
        end
        position = position - frames
        return samples
    end
end

-- Opens a file of this computer or of the web.
local function open(name)
    if name:find("^https?://") then
        if not http then error("HTTP is not enabled, so this can't be played", 0) end
        print("Downloading...")
        local response, message = http.get { url = name, binary = true }
        if not response then error("Could not play audio: " .. tostring(message), 0) end
        return response
    end
    local path = shell.resolve(name)
    if not fs.exists(path) or fs.isDir(path) then error("No such file: " .. name, 0) end
    local file, message = fs.open(path, "rb")
    if not file then error("Could not play audio: " .. tostring(message), 0) end
    return file
end

-- Gives samples to speakers, each as soon as it has room.
local function playOn(targets, source)
    while true do
        local samples = source()
        if not samples then return end
        for from = 1, #samples, chunkSize do
            local part = samples
            if #samples > chunkSize then part = { table.unpack(samples, from, min(from + chunkSize - 1, #samples)) } end
            local waiting = { table.unpack(targets) }
            while #waiting > 0 do
                for i = #waiting, 1, -1 do
                    if waiting[i].playAudio(part) then table.remove(waiting, i) end
                end
                if #waiting > 0 then os.pullEvent("speaker_audio_empty") end
            end
        end
    end
end

local function play(name, speaker)
    if not name then return usage() end
    local targets = speakers(speaker)
    local file = open(name)
    local function readFile(count) return file.read(count) end
    local start = readFile(4) or ""
    local source
    local ok, problem = pcall(function()
        if start == "RIFF" then
            source = wavSource(readFile)
        else
            local rest = start
            local makeSource = name:find("%.pcm$") and rawSource or name:find("%.raw$") and rawSource or dfpwmSource
            source = makeSource(function(count)
                local data = readFile(count - #rest)
                if rest ~= "" then data, rest = rest .. (data or ""), "" end
                return data
            end)
        end
        print("Playing " .. name)
        playOn(targets, source)
    end)
    file.close()
    if not ok then
        if problem == "Terminated" then
            for _, target in ipairs(targets) do target.stop() end
        end
        error(problem, 0)
    end
end

local function sound(name, speaker, volume, pitch)
    if not name then return usage() end
    volume, pitch = tonumber(volume or 1), tonumber(pitch or 1)
    if not volume or not pitch then return usage() end
    local played = false
    for _, target in ipairs(speakers(speaker)) do played = target.playSound(name, volume, pitch) or played end
    if played then
        print(("Played sound %q"):format(name))
    else
        error(("Could not play sound %q"):format(name), 0)
    end
end

local function stop(speaker)
    for _, target in ipairs(speakers(speaker)) do target.stop() end
end

local commands = { play = play, sound = sound, stop = stop }
local command = commands[args[1]]
if not command then return usage() end
command(table.unpack(args, 2, #args))
