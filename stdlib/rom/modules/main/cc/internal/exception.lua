-- Runs functions and says more about their errors than a message can: the line where it happened, with a mark.

local expect = require "cc.expect".expect

-- Frames further away than this are not looked at.
local maxFrames = 50

-- Files larger than this are not read to show one of their lines, in bytes.
local maxFile = 1000000

---What went wrong in a function.
---@class cc.internal.Exception
---@field value any what was thrown
---@field source? string of the code that threw it, as debug.getinfo has it: "@/file.lua" or "=name"
---@field place? cc.internal.syntax.Place where in the source that is

-- Where a value was thrown. That is the frame that its message names, if it names one.
local function caught(value)
    local exception = { value = value }
    if type(value) ~= "string" then return exception end
    for level = 2, maxFrames do
        local info = debug.getinfo(level, "Sl")
        if not info then break end
        local line = info.currentline
        if line and line > 0 and value:sub(1, #info.short_src + #tostring(line) + 3) == info.short_src .. ":" .. line .. ": " then
            local column = info.currentcolumn
            exception.source = info.source
            exception.place = { line = line, column = column and column > 0 and column or nil }
            break
        end
    end
    return exception
end

---Calls a function, as pcall does.
---@param f function
---@param ... any its arguments
---@return boolean ok
---@return any ... its results, or a cc.internal.Exception
local function try(f, ...)
    expect(1, f, "function")
    return xpcall(f, caught, ...)
end

---Makes the exception of a source text that did not compile.
---@param source string the text's name, as for load: "@/file.lua" or "=name"
---@param text string
---@param message string what load gave
---@return cc.internal.Exception
local function syntaxError(source, text, message)
    expect(1, source, "string")
    expect(2, text, "string")
    expect(3, message, "string")
    return { value = message, source = source, place = require "cc.internal.syntax".locate(text, message) }
end

-- The text of a value that was thrown. Its __tostring may fail, too.
local function describe(value)
    if type(value) == "string" then return value end
    local ok, text = pcall(tostring, value)
    if ok and type(text) == "string" then return text end
    return "(error object is a " .. type(value) .. " value)"
end

-- The text of a source: one of those that are given, or a file.
local function textOf(source, texts)
    if texts and texts[source] then return texts[source] end
    local path = source:match("^@(.+)$")
    if not path or not fs.exists(path) or fs.isDir(path) or fs.getSize(path) > maxFile then return nil end
    local file = fs.open(path, "rb")
    if not file then return nil end
    local text = file.readAll()
    file.close()
    return text
end

---Prints what went wrong, and the line where, if it can be had.
---@param exception cc.internal.Exception
---@param texts? table<string, string> source texts that are in no file, by the names of their sources
---@param plain? boolean there is no screen: the line is printed as the message is
local function report(exception, texts, plain)
    expect(1, exception, "table")
    expect(2, texts, "table", "nil")
    expect(3, plain, "boolean", "nil")
    printError(describe(exception.value))
    if not exception.place then return end
    local text = textOf(exception.source, texts)
    if text then
        require "cc.internal.error_printer".show(require "cc.internal.syntax".split(text), exception.place, plain)
    end
end

return { try = try, syntaxError = syntaxError, report = report }
