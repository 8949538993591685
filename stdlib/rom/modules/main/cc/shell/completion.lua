-- What the arguments of a program may become, for shell.setCompletionFunction.
--
--     local completion = require "cc.shell.completion"
--     shell.setCompletionFunction("copy.lua", completion.build(
--         { completion.dirOrFile, true },
--         completion.dirOrFile
--     ))
--
-- All functions take the shell, what has been typed of the argument and the arguments before it, and return the texts that
-- are still missing.

local expect = require "cc.expect".expect
local completion = require "cc.completion"

---A file.
---@param shell table
---@param text string
---@return string[]
local function file(shell, text)
    expect(1, shell, "table")
    expect(2, text, "string")
    return fs.complete(text, shell.dir(), true, false)
end

---A folder.
---@param shell table
---@param text string
---@return string[]
local function dir(shell, text)
    expect(1, shell, "table")
    expect(2, text, "string")
    return fs.complete(text, shell.dir(), false, true)
end

---A file or a folder.
---@param shell table
---@param text string
---@param previous? string[]
---@param add_space? boolean ends each with a space, but for what ends with "/"
---@return string[]
local function dirOrFile(shell, text, previous, add_space)
    expect(1, shell, "table")
    expect(2, text, "string")
    expect(4, add_space, "boolean", "nil")
    local found = fs.complete(text, shell.dir(), true, true)
    if add_space then
        for i, rest in ipairs(found) do
            if rest:sub(-1) ~= "/" then found[i] = rest .. " " end
        end
    end
    return found
end

---A program.
---@param shell table
---@param text string
---@return string[]
local function program(shell, text)
    expect(1, shell, "table")
    expect(2, text, "string")
    return shell.completeProgram(text)
end

---A program, and then its arguments.
---@param shell table
---@param text string
---@param previous string[]
---@param starting integer which argument is the program
---@return string[]?
local function programWithArgs(shell, text, previous, starting)
    expect(1, shell, "table")
    expect(2, text, "string")
    expect(3, previous, "table")
    expect(4, starting, "number")
    local known = shell.getCompletionInfo()
    if #previous + 1 == starting then
        local found = shell.completeProgram(text)
        for i, rest in ipairs(found) do
            -- More can be typed after a program that has arguments.
            if rest:sub(-1) ~= "/" and known[shell.resolveProgram(text .. rest)] then found[i] = rest .. " " end
        end
        return found
    end
    local path = shell.resolveProgram(previous[starting])
    local info = path and known[path]
    if not info then return nil end
    local args = { table.unpack(previous, starting) }
    return info.fnComplete(shell, #args, text, args)
end

---A topic of the help.
---@param shell table
---@param text string
---@return string[]
local function completeHelp(shell, text)
    expect(1, shell, "table")
    expect(2, text, "string")
    return help.completeTopic(text)
end

---Makes a function of this module of one of cc.completion.
local function forShell(complete)
    return function(shell, text, previous, ...)
        expect(1, shell, "table")
        expect(2, text, "string")
        return complete(text, ...)
    end
end

---Makes a completion function of functions, one for each argument.
---@param ... function|table|nil the functions, or tables of one and of what it is called with after the arguments before it; nil for arguments that are not completed. The last table may have the field `many`: it is for all arguments from there on.
---@return fun(shell: table, index: integer, text: string, previous: string[]): string[]?
local function build(...)
    local parts, count = { ... }, select("#", ...)
    for i = 1, count do
        local part = parts[i]
        expect(i, part, "table", "function", "nil")
        if type(part) == "table" and part.many and i < count then
            error(("bad argument #%d (only the last argument may have 'many')"):format(i), 2)
        end
        if type(part) == "function" then parts[i] = { part } end
    end
    return function(shell, index, text, previous)
        local part = parts[index]
        if index > count then
            part = parts[count]
            if not part or not part.many then return nil end
        end
        if part then return part[1](shell, text, previous, table.unpack(part, 2)) end
        return nil
    end
end

return {
    file = file, dir = dir, dirOrFile = dirOrFile, program = program, programWithArgs = programWithArgs, help = completeHelp,
    build = build,
    ---One of some texts.
    ---@param shell table
    ---@param text string
    ---@param previous string[]
    ---@param ... any the texts, and whether to end each with a space
    ---@return string[]
    choice = forShell(completion.choice),
    ---The name of a peripheral that is attached.
    ---@param shell table
    ---@param text string
    ---@param previous string[]
    ---@param ... boolean ends each with a space
    ---@return string[]
    peripheral = forShell(completion.peripheral),
    ---The name of a side.
    ---@param shell table
    ---@param text string
    ---@param previous string[]
    ---@param ... boolean ends each with a space
    ---@return string[]
    side = forShell(completion.side),
    ---The name of a setting.
    ---@param shell table
    ---@param text string
    ---@param previous string[]
    ---@param ... boolean ends each with a space
    ---@return string[]
    setting = forShell(completion.setting),
    ---The name of a Minecraft command.
    ---@param shell table
    ---@param text string
    ---@param previous string[]
    ---@param ... boolean ends each with a space
    ---@return string[]
    command = forShell(completion.command),
}
