-- The shell: runs the programs that the user names, one line after the other. With arguments, it runs just that program.

local implementation = dofile("rom/modules/main/cc/internal/shell.lua")
-- The bios says how the first shell is used.
local parent, multishell, mode = shell, multishell, mode
local shell, state = implementation.make(parent, multishell, nil, nil, mode)
mode = implementation.modeOf(shell)

local args = table.pack(...)
if args.n > 0 then
    -- One argument may be a whole line.
    if args.n == 1 and not shell.resolveProgram(args[1]) then
        shell.run(args[1])
    else
        shell.execute(...)
    end
    return
end

local promptColour, textColour, backgroundColour = colours.white, colours.white, colours.black
if term.isColour() then promptColour = colours.yellow end
local terminal = term.current()

-- Programs may leave the terminal in any state.
local function tidy()
    if term.current() ~= terminal then term.redirect(terminal) end
    term.setBackgroundColour(backgroundColour)
    term.setTextColour(promptColour)
end

local function prompt()
    tidy()
    if mode == "quiet" then return end
    write(shell.dir() .. "> ")
    term.setTextColour(textColour)
end

-- What a line may become. The functions that say so come from programs: those that fail complete nothing, and end no shell.
local function complete(line)
    local ok, found = pcall(shell.complete, line)
    if not ok or type(found) ~= "table" then return nil end
    local texts = {}
    for _, text in ipairs(found) do
        if type(text) == "string" then texts[#texts + 1] = text end
    end
    return texts
end

-- Waits for a line. Files that are dropped meanwhile are taken; then the line goes on where it was.
local function readLine(history)
    local reader = coroutine.create(read)
    local ok, filter = coroutine.resume(reader, nil, history, settings.get("shell.autocomplete") and complete or nil)
    while ok and coroutine.status(reader) ~= "dead" do
        local event = table.pack(os.pullEventRaw(filter))
        if event[1] == "file_transfer" and filter == nil then
            term.setCursorBlink(false)
            print()
            dofile("rom/modules/main/cc/internal/import.lua")(event[2].getFiles(), shell.dir())
            prompt()
            term.setCursorBlink(true)
            ok, filter = coroutine.resume(reader, "term_resize")
        else
            ok, filter = coroutine.resume(reader, table.unpack(event, 1, event.n))
        end
    end
    if not ok then
        -- Who works line by line asks for a new one so.
        if mode == "text" and filter == "Terminated" then
            print()
            return ""
        end
        error(filter, 0)
    end
    return filter
end

tidy()
if mode ~= "quiet" then print(os.version()) end
term.setTextColour(textColour)
if not parent then shell.run("/rom/startup.lua") end

local history, succeeded = {}, true
while not state.exiting do
    prompt()
    local line = readLine(history)
    if not line then break end
    if line:find("%S") then
        if history[#history] ~= line then history[#history + 1] = line end
        local ok = shell.run(line)
        if not state.exiting then succeeded = ok end
    end
end

-- Who runs a script wants to know, as from other shells, whether its last command has failed.
if mode == "quiet" and not parent and not succeeded then os.shutdown(1) end
