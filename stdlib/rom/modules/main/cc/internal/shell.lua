-- The shell API: finding programs, running them, and what they can ask of the shell that runs them. The program `shell` makes
-- one for each shell; programs that run without a shell get one when they first ask for it.

local expect = dofile("rom/modules/main/cc/expect.lua").expect
local makeRequire = dofile("rom/modules/main/cc/require.lua").make

local shellPath = "rom/programs/shell.lua"

-- How many programs may be named by the first lines of one another.
local maxHashbangs = 15

---What completes the arguments of a program.
---@class shell.CompletionInfo
---@field fnComplete fun(shell: table, index: integer, text: string, previous: string[]): string[]?

---Splits a line into words: at spaces, but not between double quotes, which can't be in a word.
---@param line string
---@return string[]
local function split(line)
    local words, quoted, at = {}, false, 1
    while at <= #line + 1 do
        local quote = line:find('"', at, true)
        local part = line:sub(at, (quote or #line + 1) - 1)
        if quoted then
            words[#words + 1] = part
        else
            for word in part:gmatch("[^ \t]+") do words[#words + 1] = word end
        end
        if not quote then break end
        quoted, at = not quoted, quote + 1
    end
    return words
end

-- Whether a text ends within a word, so that what is typed next belongs to it.
local function endsInWord(line)
    local _, quotes = line:gsub('"', "")
    return quotes % 2 == 1 or line:find('[^ \t"]$') ~= nil
end

-- What the first line of a file says after "#!", or nil.
local function hashbangOf(path)
    local file = fs.open(path, "r")
    if not file then return nil end
    local line = file.read(2) == "#!" and file.readLine() or nil
    file.close()
    return line
end

-- Whether a hashbang is one for the shells of other systems, which says that the file is Lua.
local function isLua(words)
    local interpreter = fs.getName(words[1])
    if interpreter == "env" then interpreter = words[2] and fs.getName(words[2]) or "" end
    return interpreter:find("^lua") ~= nil
end

local function titleOf(path)
    return (fs.getName(path):gsub("%.lua$", ""))
end

local function readFile(path)
    local file = fs.open(path, "r")
    if not file then return nil end
    local text = file.readAll()
    file.close()
    return text
end

-- What modules of the ROM are loaded with.
local requireModule

-- Runs a file. Its error is printed, with the line where it happened; plain says that there is no screen.
local function run(plain, env, path, ...)
    setmetatable(env, { __index = _G })
    requireModule = requireModule or makeRequire(setmetatable({ require = function(name) return requireModule(name) end }, { __index = _G }), "")
    local exception = requireModule("cc.internal.exception")
    local chunk, message = loadfile(path, nil, env)
    if not chunk then
        local text = readFile(path)
        if text then
            exception.report(exception.syntaxError("@/" .. path, text, message), nil, plain)
        else
            printError(message)
        end
        return false
    end
    local ok, problem = exception.try(chunk, ...)
    if not ok and problem.value ~= nil and problem.value ~= "" then exception.report(problem, nil, plain) end
    return ok
end

---How a shell talks with its user: on a screen; line by line; or line by line with a script, which needs no prompts.
---@alias shell.Mode "screen"|"text"|"quiet"

---How a shell talks with its user.
---@param shell table its API
---@return shell.Mode
local function modeOf(shell)
    local meta = getmetatable(shell)
    return meta and meta.mode or "screen"
end

---Makes the API of a shell.
---@param parent? table the API of the shell that this one runs in; its folder, path, aliases and completions are taken over
---@param multishell? table the API of that name, for tabs
---@param running? string the path of the program that runs now
---@param api? table gets the functions; a new one unless given
---@param mode? shell.Mode "screen" unless given; that of the parent comes first
---@return table shell the API
---@return { exiting: boolean } state exiting: whether shell.exit has been called
local function make(parent, multishell, running, api, mode)
    local shell = setmetatable(api or {}, { mode = parent and modeOf(parent) or mode })
    local state = { exiting = false }
    local dir = parent and parent.dir() or ""
    local searchPath = parent and parent.path() or ".:/rom/programs"
    local aliases = parent and parent.aliases() or {}
    ---@type table<string, shell.CompletionInfo>
    local completions = {}
    if parent then
        for program, info in pairs(parent.getCompletionInfo()) do completions[program] = info end
    end
    local programs = { running } -- that run, the innermost last

    local function setTitle(title)
        if multishell then multishell.setTitle(multishell.getCurrent(), title) end
    end

    -- The globals that a program gets besides those of _G.
    local function makeEnv(programDir)
        local env = { shell = shell, multishell = multishell }
        env.require, env.package = makeRequire(env, programDir)
        return env
    end

    ---Ends the shell, once the program that runs has ended.
    function shell.exit()
        state.exiting = true
    end

    ---The folder that the shell works in.
    ---@return string path without a slash in front
    function shell.dir()
        return dir
    end

    ---Changes the folder. Throws "Not a directory".
    ---@param path string from the root
    function shell.setDir(path)
        expect(1, path, "string")
        if not fs.isDir(path) then error("Not a directory", 2) end
        dir = fs.combine(path)
    end

    ---The folders that programs are looked for in.
    ---@return string path with colons between; relative ones are relative to the shell's folder
    function shell.path()
        return searchPath
    end

    ---Changes the folders that programs are looked for in.
    ---@param newPath string with colons between
    function shell.setPath(newPath)
        expect(1, newPath, "string")
        searchPath = newPath
    end

    ---The path from the root of a path that is relative to the shell's folder.
    ---@param path string
    ---@return string path without a slash in front
    function shell.resolve(path)
        expect(1, path, "string")
        local first = path:sub(1, 1)
        if first == "/" or first == "\\" then return fs.combine(path) end
        return fs.combine(dir, path)
    end

    -- A file, or nil: of this path, or with ".lua".
    local function fileAt(path)
        if fs.exists(path) and not fs.isDir(path) then return path end
        path = path .. ".lua"
        if fs.exists(path) and not fs.isDir(path) then return path end
        return nil
    end

    ---Finds a program: by an alias, by its path if there is a slash in the name, or in the folders of path().
    ---@param command string
    ---@return string? path from the root, nil if there is none
    function shell.resolveProgram(command)
        expect(1, command, "string")
        command = aliases[command] or command
        if command == "" then return nil end
        if command:find("[/\\]") then return fileAt(shell.resolve(command)) end
        for folder in searchPath:gmatch("[^:]+") do
            local file = fileAt(fs.combine(shell.resolve(folder), command))
            if file then return file end
        end
        return nil
    end

    ---The names of the programs in the folders of path(), in order, without ".lua".
    ---@param include_hidden? boolean also those that begin with a dot
    ---@return string[]
    function shell.programs(include_hidden)
        expect(1, include_hidden, "boolean", "nil")
        local names, known = {}, {}
        for folder in searchPath:gmatch("[^:]+") do
            folder = shell.resolve(folder)
            for _, file in ipairs(fs.isDir(folder) and fs.list(folder) or {}) do
                if (include_hidden or file:sub(1, 1) ~= ".") and not fs.isDir(fs.combine(folder, file)) then
                    local name = #file > 4 and file:gsub("%.lua$", "") or file
                    if not known[name] then
                        known[name] = true
                        names[#names + 1] = name
                    end
                end
            end
        end
        table.sort(names)
        return names
    end

    ---What the name of a program may become.
    ---@param program string what has been typed of it
    ---@return string[] completions what is still missing; folders end with a slash
    function shell.completeProgram(program)
        expect(1, program, "string")
        local hidden = settings.get("shell.autocomplete_hidden")
        if program:find("[/\\]") then
            return fs.complete(program, dir, { include_files = true, include_dirs = false, include_hidden = hidden })
        end
        local found, known = {}, {}
        local function add(rest)
            if rest ~= "" and not known[rest] then
                known[rest] = true
                found[#found + 1] = rest
            end
        end
        for alias in pairs(aliases) do
            if alias:sub(1, #program) == program then add(alias:sub(#program + 1)) end
        end
        for _, rest in ipairs(fs.complete(program, dir, { include_files = false, include_dirs = false, include_hidden = hidden })) do
            add(rest)
        end
        for _, name in ipairs(shell.programs(hidden)) do
            if name:sub(1, #program) == program then add(name:sub(#program + 1)) end
        end
        table.sort(found)
        return found
    end

    ---What a line for the shell may become.
    ---@param line string
    ---@return string[]? completions what may follow
    function shell.complete(line)
        expect(1, line, "string")
        if line == "" then return nil end
        local words = split(line)
        local count = #words
        local text = ""
        if endsInWord(line) then
            text = words[count] or ""
        else
            count = count + 1
        end

        if count <= 1 then
            local found = shell.completeProgram(text)
            for i, rest in ipairs(found) do
                local program = shell.resolveProgram(text .. rest)
                if program and completions[program] then found[i] = rest .. " " end
            end
            local program = text ~= "" and shell.resolveProgram(text)
            if program and completions[program] then table.insert(found, 1, " ") end
            return found
        end
        local program = shell.resolveProgram(words[1])
        local info = program and completions[program]
        if not info then return nil end
        local previous = { table.unpack(words, 1, count - 1) }
        return info.fnComplete(shell, count - 1, text, previous)
    end

    ---Says what completes the arguments of a program. At the prompt, a function that fails completes nothing.
    ---@param program string its path from the root
    ---@param complete fun(shell: table, index: integer, text: string, previous: string[]): string[]? gets which argument is typed, what has been typed of it, and the words before it, the program's name first; cc.shell.completion makes such functions
    function shell.setCompletionFunction(program, complete)
        expect(1, program, "string")
        expect(2, complete, "function")
        completions[program] = { fnComplete = complete }
    end

    ---What completes the arguments of programs.
    ---@return table<string, shell.CompletionInfo> info by the programs' paths; not a copy
    function shell.getCompletionInfo()
        return completions
    end

    ---The program that runs.
    ---@return string path from the root, without a slash in front; nil only while the shell itself waits for a command
    function shell.getRunningProgram()
        return programs[#programs]
    end

    ---Makes another name for a program.
    ---@param command string
    ---@param program string
    function shell.setAlias(command, program)
        expect(1, command, "string")
        expect(2, program, "string")
        aliases[command] = program
    end

    ---Takes back an alias.
    ---@param command string
    function shell.clearAlias(command)
        expect(1, command, "string")
        aliases[command] = nil
    end

    ---The aliases.
    ---@return table<string, string> programs by aliases; a copy
    function shell.aliases()
        local copy = {}
        for alias, program in pairs(aliases) do copy[alias] = program end
        return copy
    end

    -- The words of a program's hashbang, or nil if the program is Lua.
    local function interpreterOf(program)
        local hashbang = hashbangOf(program)
        local words = hashbang and split(hashbang)
        if not words or not words[1] or not shell.resolveProgram(words[1]) and isLua(words) then return nil end
        return words
    end

    local execute

    -- Runs what the hashbang of a program names.
    local function interpret(hashbangs, program, words, ...)
        local interpreter = shell.resolveProgram(words[1])
        if not interpreter then
            printError("Hashbang program not found: " .. words[1])
            return false
        elseif interpreter == shellPath and #words == 1 then
            printError("Cannot use the shell as a hashbang program")
            return false
        elseif hashbangs >= maxHashbangs then
            printError("Hashbang recursion depth limit reached when loading file: " .. program)
            return false
        end
        words[#words + 1] = program
        for i = 1, select("#", ...) do words[#words + 1] = (select(i, ...)) end
        return execute(hashbangs + 1, table.unpack(words))
    end

    -- Runs a program, or the one that its hashbang names; hashbangs is how many have led to it.
    function execute(hashbangs, command, ...)
        local program = shell.resolveProgram(command)
        if not program then
            printError("No such program")
            return false
        end

        local interpreter = interpreterOf(program)
        if interpreter then return interpret(hashbangs, program, interpreter, ...) end
        local env = makeEnv(fs.getDir(program))
        env.arg = { [0] = command, ... }
        return run(modeOf(shell) ~= "screen", env, program, ...)
    end

    -- Runs what the user has named. For an interpreter, the program that runs is the one that named it.
    local function start(command, ...)
        local program = shell.resolveProgram(command)
        if program then
            setTitle(titleOf(program))
            programs[#programs + 1] = program
        end
        local ok = execute(0, command, ...)
        if program then
            programs[#programs] = nil
            setTitle(programs[1] and titleOf(programs[#programs]) or "shell")
        end
        return ok
    end

    ---Runs a program. Its error is printed, and so is "No such program".
    ---@param command string its name, as for resolveProgram
    ---@param ... string its arguments, as they are
    ---@return boolean ok whether it has ended without an error
    function shell.execute(command, ...)
        expect(1, command, "string")
        for i = 1, select("#", ...) do expect(i + 1, (select(i, ...)), "string") end
        return start(command, ...)
    end

    ---Runs a line: the arguments with spaces between, and split into words again.
    ---@param ... string
    ---@return boolean ok whether there was a program, and it has ended without an error
    function shell.run(...)
        local words = split(table.concat({ ... }, " "))
        if not words[1] then return false end
        return start(table.unpack(words))
    end

    if multishell then
        ---Runs a line in a new tab.
        ---@param ... string with spaces between, and split into words again
        ---@return integer? tab nil, after a message, if there is no such program
        function shell.openTab(...)
            local words = split(table.concat({ ... }, " "))
            local program = words[1] and shell.resolveProgram(words[1])
            if not program then
                if words[1] then printError("No such program") end
                return nil
            end
            local first = program == shellPath and 2 or 1
            return multishell.launch(makeEnv("rom/programs"), shellPath, table.unpack(words, first))
        end

        ---Turns to a tab.
        ---@param tab integer from 1; others are ignored
        function shell.switchTab(tab)
            expect(1, tab, "number")
            multishell.setFocus(tab)
        end
    end

    return shell, state
end

---Fills the API of a program that was started without a shell when the program first looks at it. What the program has put
---there stays; if it takes that back, the shell's own function is there again.
---@param running string the program's path
---@param api table
---@param mode shell.Mode
local function fill(running, api, mode)
    local replaced, own = {}, {}
    for name, value in pairs(api) do replaced[name] = value end
    make(nil, nil, running, api, mode)
    dofile("rom/modules/main/cc/internal/shell_defaults.lua")(api)
    for name, value in pairs(api) do own[name] = value end
    getmetatable(api).__index = own
    for name, value in pairs(replaced) do api[name] = value end
end

return { make = make, fill = fill, modeOf = modeOf }
