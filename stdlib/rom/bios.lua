-- The first program of every computer. It completes the globals that programs expect, offers the APIs of /rom/apis, and
-- runs the program that the computer was started for.
--
-- The runtime leaves what only it can do in the global _LUART (see package runtime); programs don't see it.

local host = _LUART
_LUART = nil

-- Modules are loaded by hand until there is a require.
local function readFile(path)
    local file, err = fs.open(path, "rb")
    if not file then return nil, err end
    local source = file.readAll()
    file.close()
    return source
end

local assert, load = assert, load

-- Runs a file of the ROM.
local function loadROM(path)
    return assert(load(assert(readFile("rom/" .. path)), "@/rom/" .. path))()
end

local expect = loadROM("modules/main/cc/expect.lua").expect

----------------------------------------------------------------------------------------------------------------------
-- Events and time

---Returns the name and version of the operating system, "CraftOS 1.9".
---@return string
function os.version()
    return "CraftOS 1.9"
end

---Waits for the next event, `terminate` included.
---@param filter? string only an event of this name, or `terminate`, ends the wait; others are thrown away
---@return string event
---@return any ... what the event carries
function os.pullEventRaw(filter)
    return coroutine.yield(filter)
end

local function checkTerminate(event, ...)
    if event == "terminate" then error("Terminated", 0) end
    return event, ...
end

---Waits for the next event. Throws "Terminated" when the program is asked to end (Ctrl-C).
---@param filter? string only an event of this name ends the wait; others are thrown away
---@return string event
---@return any ... what the event carries
function os.pullEvent(filter)
    return checkTerminate(coroutine.yield(filter))
end

---Waits. Throws "Terminated" when the program is asked to end.
---@param time? number seconds, rounded to whole ticks of 0.05 s; at least one tick
function sleep(time)
    expect(1, time, "number", "nil")
    local timer = os.startTimer(time or 0)
    repeat
        local _, id = os.pullEvent("timer")
    until id == timer
end

os.sleep = sleep

local nativeShutdown, nativeReboot = os.shutdown, os.reboot

---Ends the computer. Does not return.
---@param code? integer exit code of the process, 0 unless given
function os.shutdown(code)
    nativeShutdown(code)
    while true do coroutine.yield() end
end

---Starts the computer anew. Does not return.
function os.reboot()
    nativeReboot()
    while true do coroutine.yield() end
end

----------------------------------------------------------------------------------------------------------------------
-- Text

local hostWrite, hostWriteError = host.write, host.writeError
local concat, select, tostring = table.concat, select, tostring

-- Writes a text where term.redirect has led to, such as a window: words that don't fit go to the next line. Returns how
-- many line breaks it took.
local function writeWrapped(text)
    local lines, at = 0, 1
    local width, height = term.getSize()
    local function newLine()
        local _, y = term.getCursorPos()
        if y < height then
            term.setCursorPos(1, y + 1)
        else
            term.scroll(1)
            term.setCursorPos(1, height)
        end
        lines = lines + 1
    end
    while at <= #text do
        local stop = text:match("^[ \t]+()", at)
        if stop then
            term.write(text:sub(at, stop - 1))
            at = stop
        elseif text:sub(at, at) == "\n" then
            newLine()
            at = at + 1
        else
            stop = text:match("^[^ \t\n]+()", at)
            local x = term.getCursorPos()
            if x > 1 and x + stop - at - 1 > width then
                newLine()
                x = 1
            end
            -- A word that is longer than a line is cut.
            local last = math.min(stop - 1, at + math.max(width - x, 0))
            term.write(text:sub(at, last))
            at = last + 1
        end
    end
    return lines
end

---Writes a text, without a line break at its end.
---@param text string|number
---@return integer lines how many line breaks it took
function write(text)
    expect(1, text, "string", "number")
    if host.redirected then return writeWrapped(tostring(text)) end
    return hostWrite(text)
end

-- What print and printError show: the arguments as tostring gives them, with tabs between.
local function line(...)
    local n = select("#", ...)
    if n == 1 then return tostring((...)) end
    local parts = { ... }
    for i = 1, n do parts[i] = tostring(parts[i]) end
    return concat(parts, "\t")
end

---Writes its arguments, with tabs between, and a line break.
---@param ... any
---@return integer lines how many line breaks were written
function print(...)
    if host.redirected then return writeWrapped(line(...) .. "\n") end
    return hostWrite(line(...), "\n")
end

---Writes its arguments, with tabs between, and a line break, where errors go.
---@param ... any
function printError(...)
    if host.redirected then
        local colour = term.getTextColour()
        if term.isColour() then term.setTextColour(16384) end
        writeWrapped(line(...) .. "\n")
        term.setTextColour(colour)
        return
    end
    hostWriteError(line(...), "\n")
end

local lineEditor

---Waits for a line that the user types. It can be edited on a screen; without one it is a line of the standard input, and the
---first three parameters are ignored. Throws "Terminated".
---@param replace? string its first character is shown for each that is typed
---@param history? string[] lines that the up and down keys go through, the oldest first
---@param complete? fun(line: string): string[]? what may follow the line
---@param default? string what is there to begin with; what an empty line of the standard input stands for
---@return string? line without the line break; nil at the end of the input
function read(replace, history, complete, default)
    expect(1, replace, "string", "nil")
    expect(2, history, "table", "nil")
    expect(3, complete, "function", "nil")
    expect(4, default, "string", "nil")
    if host.screen or host.redirected then
        lineEditor = lineEditor or loadROM("modules/main/cc/internal/line_editor.lua")
        return lineEditor(replace, history, complete, default)
    end
    while true do
        local text, ended = host.readLine()
        if text == "" and default then return default end
        if text or ended then return text end
        os.pullEvent("read_line")
    end
end

----------------------------------------------------------------------------------------------------------------------
-- Programs

-- A file's source as the compiler wants it: without a byte order mark, and with the first line blank if it begins with
-- "#!", so that line numbers stay.
local function withoutShebang(source)
    if source:sub(1, 3) == "\239\187\191" then source = source:sub(4) end
    if source:sub(1, 2) == "#!" then source = source:gsub("^[^\n]*", "", 1) end
    return source
end

---Loads a Lua file. A first line that begins with "#!" is skipped.
---@param filename string
---@param mode? string|table "t" or "bt" to allow text; a table here is the env
---@param env? table its globals; _G unless given
---@return function? chunk nil when the file is missing or has an error
---@return string? message
function loadfile(filename, mode, env)
    if type(mode) == "table" and env == nil then mode, env = nil, mode end
    expect(1, filename, "string")
    expect(2, mode, "string", "nil")
    expect(3, env, "table", "nil")
    local source = readFile(filename)
    if not source then return nil, "File not found" end
    return load(withoutShebang(source), "@/" .. fs.combine(filename), mode, env or _G)
end

---Runs a Lua file with the global environment, and returns what it returns.
---@param filename string
---@return any ...
function dofile(filename)
    expect(1, filename, "string")
    local chunk, message = loadfile(filename, nil, _G)
    if not chunk then error(message, 2) end
    return chunk()
end

---Runs a program. Its error is printed.
---@param env table its globals, completed by those of _G
---@param path string
---@param ... any its arguments
---@return boolean ok false if there is no such program, or it failed
function os.run(env, path, ...)
    expect(1, env, "table")
    expect(2, path, "string")
    setmetatable(env, { __index = _G })
    local chunk, message = loadfile(path, nil, env)
    local ok = false
    if chunk then
        ok, message = pcall(chunk, ...)
    end
    if not ok and message ~= nil and message ~= "" then printError(message) end
    return ok
end

local loading = {}

---Loads an API file: its globals become the fields of a global table named like the file, without ".lua".
---@deprecated use require
---@param path string
---@return boolean ok false, after the message has been printed, if the file can't be loaded
function os.loadAPI(path)
    expect(1, path, "string")
    local name = fs.getName(path):gsub("%.lua$", "")
    if loading[name] then
        printError("API " .. name .. " is already being loaded")
        return false
    end
    loading[name] = true
    local env = setmetatable({}, { __index = _G })
    local chunk, message = loadfile(path, nil, env)
    local ok = false
    if chunk then
        ok, message = pcall(chunk)
    end
    loading[name] = nil
    if not ok then
        printError("Failed to load API " .. name .. " due to " .. tostring(message))
        return false
    end
    local api = {}
    for k, v in pairs(env) do
        if k ~= "_ENV" then api[k] = v end
    end
    rawset(_G, name, api)
    return true
end

---Removes an API from the globals.
---@param name string
function os.unloadAPI(name)
    expect(1, name, "string")
    if name ~= "_G" and type(_G[name]) == "table" then _G[name] = nil end
end

---Bitwise operations of old programs; bit32 has more.
bit = {
    band = bit32.band,
    bor = bit32.bor,
    bxor = bit32.bxor,
    bnot = bit32.bnot,
    blshift = bit32.lshift,
    brshift = bit32.arshift,
    blogic_rshift = bit32.rshift,
}

----------------------------------------------------------------------------------------------------------------------
-- Start

---True in text mode, where nobody presses keys (CraftOS-PC).
---@type true?
if not host.screen then _HEADLESS = true end

-- Makes an API of a file: its globals. The file gets what the runtime has left for the bios as its argument.
local function loadAPI(path)
    local env = setmetatable({}, { __index = _G })
    assert(loadfile(path, nil, env))(host)
    local api = {}
    for name, value in pairs(env) do api[name] = value end
    return api
end

local create, resume = coroutine.create, coroutine.resume

-- What an API needs when it is there.
local onLoad = {
    -- The settings of the system, and those that were saved. Nobody has to hear that they have changed.
    settings = function(settings)
        local queueEvent = os.queueEvent
        os.queueEvent = function() end
        local ok, message = pcall(loadROM("modules/main/cc/internal/system_settings.lua"), settings)
        os.queueEvent = queueEvent
        if not ok then error(message, 0) end
    end,
    -- Messages come for as long as the computer runs; the shell sees to that itself.
    rednet = function(rednet)
        if host.shell then return end
        local thread = create(rednet.run)
        assert(resume(thread))
        host.beside(thread)
    end,
}

-- Offers the APIs of /rom/apis: each is loaded when a program first asks for it, because most programs want few of them, and
-- all together would take longer to load than those programs run. pairs(_G) asks for all. An API that stands for one of the
-- host's gets that one as the global of its name while it is loaded; fs, which the bios itself uses, only gets what it lacks.
local function offerAPIs()
    local paths, natives = {}, {}
    local function offer(folder)
        for _, file in ipairs(fs.list(folder)) do
            local name = file:match("^([^.].*)%.lua$")
            if name and name ~= "fs" then paths[name], natives[name], _G[name] = folder .. "/" .. file, _G[name], nil end
        end
    end
    local hostFS, hasTerm, hasHTTP = fs, term, http
    offer("rom/apis")
    if hasHTTP then offer("rom/apis/http") end
    if not hasTerm then paths.term = nil end

    local function get(_, name)
        local path = paths[name]
        if not path then return nil end
        paths[name] = nil
        rawset(_G, name, natives[name])
        local api = loadAPI(path)
        rawset(_G, name, api)
        if onLoad[name] then onLoad[name](api) end
        return api
    end

    local function getAll(globals)
        local names = {}
        for name in next, paths do names[#names + 1] = name end
        for _, name in ipairs(names) do get(globals, name) end
        return next, globals
    end

    setmetatable(_G, { __index = get, __pairs = getAll })

    local function completeFS()
        setmetatable(hostFS, nil)
        for key, value in pairs(loadAPI("rom/apis/fs.lua")) do
            if hostFS[key] == nil then hostFS[key] = value end
        end
    end
    setmetatable(hostFS, {
        __index = function(_, name)
            completeFS()
            return hostFS[name]
        end,
        __pairs = function()
            completeFS()
            return next, hostFS
        end,
    })
end

local hostTerm = term
offerAPIs()

-- Programs may change the libraries; their errors are reported all the same.
local debugTraceback, getmetatable, pcall, xpcall, unpack = debug.traceback, debug.getmetatable, pcall, xpcall, table.unpack

-- Where an error came from: the calls in progress, without those of this file at the end.
local function traceback()
    local trace = debugTraceback("", 3):gsub("^\n", "")
    local inner = trace:match("^(.*)\n\t%[C%]: in [^\n]*xpcall[^\n]*\n\t[^\n]*bios%.lua.*$")
    return inner or trace
end

-- What to say about an error of any type. __tostring may fail, too.
local function describe(value)
    if type(value) == "string" or type(value) == "number" then return tostring(value) end
    local meta = getmetatable(value)
    if type(meta) == "table" and meta.__tostring ~= nil then
        local ok, text = pcall(tostring, value)
        if ok and type(text) == "string" then return text end
    end
    return "(error object is a " .. type(value) .. " value)"
end

-- A shell for a program that was started without one. It is made when the program first looks at it.
local function offerShell(running)
    local shell = {}
    local mode = host.screen and "screen" or host.interactive == false and "quiet" or "text"
    local function fill()
        setmetatable(shell, nil)
        loadROM("modules/main/cc/internal/shell.lua").fill(running, shell, mode)
    end
    return setmetatable(shell, {
        mode = mode,
        __index = function(_, name)
            fill()
            return shell[name]
        end,
        __pairs = function()
            fill()
            return next, shell
        end,
    })
end

-- Runs the computer's program and tells the runtime how it ended.
local function runProgram(program)
    local makeRequire = dofile("rom/modules/main/cc/require.lua").make
    local env = setmetatable({ arg = { [0] = program.name } }, { __index = _G })
    for i, value in ipairs(program.args) do env.arg[i] = value end
    env.require, env.package = makeRequire(env, program.dir)
    env.shell = offerShell(program.path ~= "" and program.path or program.name)

    local chunk, message
    if program.source then
        chunk, message = load(withoutShebang(program.source), program.chunk, "t", env)
    else
        chunk, message = loadfile(program.path, "t", env)
        if not chunk and message == "File not found" then message = "/" .. fs.combine(program.path) .. ": File not found" end
    end
    if not chunk then return host.fail(message) end

    local trace
    local ok, err = xpcall(chunk, function(value)
        trace = traceback()
        return value
    end, unpack(program.args))
    if not ok then host.fail(describe(err), trace) end
end

if host.shell then
    loadROM("modules/main/cc/internal/shell_boot.lua")(host, hostTerm, nativeShutdown, describe)
elseif host.program then
    runProgram(host.program)
end
