-- The Lua prompt: runs the lines that are typed and shows what they give.

if ... ~= nil then
    print("This is an interactive Lua prompt.")
    print("To run a Lua program, just type its name.")
    return
end

local exception = require "cc.internal.exception"
local lexer = require "cc.internal.syntax.lexer"
local pretty = require "cc.pretty"

local running = true

-- The globals of what is typed. What a line sets stays for the lines after it, and is gone with the prompt.
local env = setmetatable({}, { __index = _ENV })
env.require, env.package = require "cc.require".make(env, shell and "/" .. shell.dir() or "/")
env._ENV = nil

---Leaves the prompt.
function env.exit() running = false end

local exit = env.exit

----------------------------------------------------------------------------------------------------------------------
-- Completion

local loaded = false

local function complete(line)
    if not settings.get("lua.autocomplete", true) then return nil end
    local last
    local after = lexer.lex(line, 0, function(kind, _, stop) last = stop == #line and kind or nil end)
    if after ~= 0 or last == "comment" or last == "string" or last == "number" then return nil end
    local start = line:find("[%a_][%w_%.:]*$")
    if not start then return nil end
    if not loaded then
        -- APIs are in the globals only once they are loaded, and this loads them.
        loaded = true
        pairs(_G)
    end
    return textutils.complete(line:sub(start), env)
end

----------------------------------------------------------------------------------------------------------------------
-- Running

local function showColoured(colour, text)
    if not term.isColour() then return print(text) end
    local before = term.getTextColour()
    term.setTextColour(colour)
    print(text)
    term.setTextColour(before)
end

local function show(value)
    if value == exit then return print("Call exit() to exit.") end
    local ok, problem = pcall(pretty.pretty_print, value, {
        function_args = settings.get("lua.function_args", true),
        function_source = settings.get("lua.function_source", false),
    })
    -- A value's __tostring may fail.
    if not ok then printError(type(problem) == "string" and problem or "This value can't be shown: " .. type(value)) end
end

-- Compiles a line: as an expression if it is one, else as statements. Returns nil and what went wrong if it is neither. Columns
-- in what is compiled are those of the line when the shift is added.
local function compile(line, source)
    local expression = line:match("^%s*=(.*)$")
    local text = "return " .. (expression or line)
    local shift = #line - #text
    local chunk, message = load(text, source, "t", env)
    if chunk then return chunk, nil, shift end
    local problem = exception.syntaxError(source, text, message)
    if expression then return nil, problem, shift end

    chunk, message = load(line, source, "t", env)
    if chunk then return chunk, nil, 0 end
    local other = exception.syntaxError(source, line, message)
    -- What was meant is what makes sense for longer.
    local from, to = other.place and other.place.column, problem.place and problem.place.column
    if from and to and to + shift > from then return nil, problem, shift end
    return nil, other, 0
end

-- The lines so far and their shifts, by the names of their sources. Functions of long ago may still fail, but their texts are
-- not worth the memory.
local lines, shifts, oldest = {}, {}, 1
local maxLines = 200

local function sourceOf(number) return "=lua[" .. number .. "]" end

local function report(problem)
    local place, shift = problem.place, shifts[problem.source]
    if place and place.column and shift then place.column = math.max(place.column + shift, 1) end
    return exception.report(problem, lines)
end

local function run(line, number)
    local source = sourceOf(number)
    local chunk, problem, shift = compile(line, source)
    lines[source], shifts[source] = line, shift
    while number - oldest >= maxLines do
        local old = sourceOf(oldest)
        lines[old], shifts[old] = nil, nil
        oldest = oldest + 1
    end
    if not chunk then return report(problem) end

    if settings.get("lua.warn_against_use_of_local", true) and line:match("^%s*local%s") then
        showColoured(colours.yellow, "A local is gone with its line. To use it in later lines, leave the word local away.")
    end

    local results = table.pack(exception.try(chunk))
    if not results[1] then
        problem = results[2]
        if type(problem.value) == "table" and not problem.place then return show(problem.value) end
        return report(problem)
    end
    for i = 2, results.n do show(results[i]) end
end

local quiet = shell and require "cc.internal.shell".modeOf(shell) == "quiet"
if not quiet then showColoured(colours.yellow, "Interactive Lua prompt.\nCall exit() to exit.") end

local history, number = {}, 0
while running do
    if not quiet then write("lua> ") end
    local line = read(nil, history, complete)
    if not line then break end -- the end of the input
    if line:match("%S") then
        if history[#history] ~= line then history[#history + 1] = line end
        number = number + 1
        run(line, number)
    end
end
