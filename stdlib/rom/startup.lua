-- What the first shell of a computer runs before it asks for commands.

local completion = require "cc.shell.completion"

require "cc.internal.shell_defaults"(shell)

local file, dir, dirOrFile = completion.file, completion.dir, completion.dirOrFile
local side = completion.side

-- Completes what follows "list", "get" and such words: a table of functions by words.
local function after(choices)
    return function(shell, text, previous)
        local complete = choices[previous[2]]
        return complete and complete(shell, text, previous)
    end
end

-- Completes the name of a peripheral of one type.
local function ofType(kind, addSpace)
    return function(shell, text)
        local names = {}
        for _, name in ipairs(peripheral.getNames()) do
            if peripheral.hasType(name, kind) then names[#names + 1] = name end
        end
        return completion.choice(shell, text, nil, names, addSpace)
    end
end

local drive = ofType("drive")

local program, programWithArgs = completion.program, completion.programWithArgs
local pathAndMore = { dirOrFile, true }

for name, complete in pairs {
    alias = { nil, program, n = 2 },
    cd = { dir },
    clear = { { completion.choice, { "screen", "palette", "all" } } },
    copy = { pathAndMore, dirOrFile },
    delete = { { dirOrFile, many = true } },
    drive = { dir },
    edit = { file },
    eject = { drive },
    gps = { { completion.choice, { "host", "host ", "locate" } } },
    help = { completion.help },
    id = { drive },
    label = { { completion.choice, { "get", "get ", "set ", "clear", "clear " } }, drive },
    list = { dir },
    mkdir = { { dir, many = true } },
    monitor = { ofType("monitor", true), { programWithArgs, 3, many = true } },
    move = { pathAndMore, dirOrFile },
    programs = { { completion.choice, { "all" } } },
    redstone = { { completion.choice, { "probe", "set ", "pulse " } }, side },
    rename = { pathAndMore, dirOrFile },
    set = { { completion.setting, true } },
    shell = { { programWithArgs, 2, many = true } },
    type = { dirOrFile },
    ["advanced/bg"] = { { programWithArgs, 2, many = true } },
    ["advanced/fg"] = { { programWithArgs, 2, many = true } },
    ["fun/dj"] = {
        { completion.choice, { "play", "play ", "stop" } },
        after { play = drive },
    },
    ["fun/speaker"] = {
        { completion.choice, { "play ", "sound ", "stop" } },
        after { play = file, stop = ofType("speaker") },
    },
    ["fun/advanced/paint"] = { file },
    ["http/pastebin"] = {
        { completion.choice, { "put ", "get ", "run " } },
        after { put = file },
    },
    ["http/wget"] = { { completion.choice, { "run " } } },
    ["rednet/chat"] = { { completion.choice, { "host ", "join " } } },
} do
    shell.setCompletionFunction("rom/programs/" .. name .. ".lua", completion.build(table.unpack(complete, 1, complete.n or #complete)))
end

----------------------------------------------------------------------------------------------------------------------
-- Programs to start with

-- Runs all files of a folder, in order.
local function runFolder(folder)
    for _, name in ipairs(fs.list(folder)) do
        local path = fs.combine(folder, name)
        if name:sub(1, 1) ~= "." and not fs.isDir(path) then shell.execute("/" .. path) end
    end
end

-- Runs what a folder has to start with: a file startup or startup.lua, and the files of a folder startup.
local function runStartup(folder)
    local first = shell.resolveProgram("/" .. fs.combine(folder, "startup"))
    if first then shell.execute("/" .. first) end
    local startups = fs.combine(folder, "startup")
    if fs.isDir(startups) then runFolder(startups) end
end

local function hasStartup(folder)
    return fs.isDir(fs.combine(folder, "startup")) or shell.resolveProgram("/" .. fs.combine(folder, "startup")) ~= nil
end

-- The folder whose startup programs are run: that of the first disk that has any, or the root.
local function startupFolder()
    if settings.get("shell.allow_disk_startup") then
        for _, name in ipairs(peripheral.getNames()) do
            if disk.isPresent(name) and disk.hasData(name) then
                local folder = disk.getMountPath(name)
                if folder and hasStartup(folder) then return folder end
            end
        end
    end
    return settings.get("shell.allow_startup") and "" or nil
end

if fs.isDir("rom/autorun") then runFolder("rom/autorun") end
if settings.get("motd.enable") and require "cc.internal.shell".modeOf(shell) ~= "quiet" then shell.run("motd") end
local folder = startupFolder()
if folder then runStartup(folder) end
