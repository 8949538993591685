-- Lua's own library of files, over the API fs.
--
--     for line in io.lines("todo.txt") do print(line) end
--     local file = assert(io.open("notes.txt", "w"))
--     file:write("a note\n")
--     file:close()

local expect = dofile("rom/modules/main/cc/expect.lua").expect
local find, match, sub = string.find, string.match, string.sub
local pack, unpack = table.pack, table.unpack
local error, getmetatable, select, setmetatable, tonumber, tostring =
    error, getmetatable, select, setmetatable, tonumber, tostring
local typeOf = type

-- What the runtime lends to this file: ways to the standard streams.
local host = ...

---@class io.File
---@field private handle table? the file handle of fs; nil when it is closed
---@field private standard boolean? it can't be closed
---@field private closes boolean? at the end of lines()
local File = {}
local meta = { __name = "FILE*", __index = File }

function meta:__tostring()
    if not self.handle then return "file (closed)" end
    -- What tells it from others.
    return "file (" .. (match(tostring(self.handle), "%x+$") or "?") .. ")"
end

local function isFile(value) return getmetatable(value) == meta end

-- A number at the place where the file is: its characters are taken as long as they may belong to one.
local function readNumber(handle)
    local c
    repeat c = handle.read(1) until not c or not find(c, "^%s$")
    local text = ""
    while c and #text < 200 and find(c, "^[%w.+-]$") do
        local longer = text .. c
        if not (find(longer, "^[+-]?%d*%.?%d*[eE]?[+-]?%d*$") or find(longer, "^[+-]?0[xX]%x*%.?%x*[pP]?[+-]?%d*$")) then break end
        text = longer
        c = handle.read(1)
    end
    if c then handle.seek("cur", -1) end
    return tonumber(text)
end

-- Reads one thing. `argument` is the number of the format among the arguments.
local function readOne(handle, format, argument)
    if typeOf(format) == "number" then
        if format < 0 then error(("bad argument #%d (invalid format)"):format(argument), 3) end
        return handle.read(format)
    elseif typeOf(format) ~= "string" then
        error(("bad argument #%d (string expected, got %s)"):format(argument, typeOf(format)), 3)
    end
    local kind = match(format, "^%*?(.)")
    if kind == "l" then return handle.readLine() end
    if kind == "L" then return handle.readLine(true) end
    if kind == "a" then return handle.readAll() or "" end
    if kind == "n" then return readNumber(handle) end
    error(("bad argument #%d (invalid format)"):format(argument), 3)
end

-- Reads what the formats ask for, up to the first that fails.
local function readFormats(handle, formats)
    if formats.n == 0 then return handle.readLine() end
    local results = {}
    for i = 1, formats.n do
        local result = readOne(handle, formats[i], i)
        results[i] = result
        if result == nil then return unpack(results, 1, i) end
    end
    return unpack(results, 1, formats.n)
end

local function checkFile(file)
    if not isFile(file) then error(("bad argument #1 (FILE* expected, got %s)"):format(typeOf(file)), 3) end
    if not file.handle then error("attempt to use a closed file", 3) end
end

---Closes the file.
---@return boolean? ok
---@return string? message
function File:close()
    checkFile(self)
    if self.standard then return nil, "attempt to close standard stream" end
    local handle = self.handle
    self.handle = nil
    handle.close()
    return true
end

---Writes what has been kept back.
---@return io.File?
function File:flush()
    checkFile(self)
    if self.handle.flush then self.handle.flush() end
    return self
end

---Goes through the file, a line at a time unless formats say otherwise.
---@param ... string|integer as for read
---@return fun(): string|number|nil ...
function File:lines(...)
    checkFile(self)
    if not self.handle.readLine then error("file is not readable", 2) end
    local formats = pack(...)
    return function()
        if not self.handle then error("file is already closed", 2) end
        local results = pack(readFormats(self.handle, formats))
        if results[1] == nil and self.closes then self:close() end
        return unpack(results, 1, results.n)
    end
end

---Reads.
---@param ... string|integer what: "l" a line (this unless given), "L" a line with its line break, "a" all of the rest, "n" a number, or how many bytes; "*" may be in front
---@return string|number|nil ... nil at the end of the file
function File:read(...)
    checkFile(self)
    if not self.handle.readLine then return nil, "file is not readable" end
    return readFormats(self.handle, pack(...))
end

---Goes to another place in the file.
---@param whence? "set"|"cur"|"end" from where the offset counts, "cur" unless given
---@param offset? integer bytes, 0 unless given
---@return integer? position from the beginning
---@return string? message
function File:seek(whence, offset)
    checkFile(self)
    expect(1, whence, "string", "nil")
    expect(2, offset, "number", "nil")
    if not self.handle.seek then return nil, "file is not seekable" end
    return self.handle.seek(whence or "cur", offset or 0)
end

---Does nothing: files are written when they are flushed or closed.
---@deprecated
---@param mode? string "no", "full" or "line"
---@param size? integer bytes
function File:setvbuf(mode, size) end

---Writes.
---@param ... string|number
---@return io.File? file nil and a message if it can't be written to
---@return string? message
function File:write(...)
    checkFile(self)
    local handle = self.handle
    if not handle.write then return nil, "file is not writable" end
    for i = 1, select("#", ...) do
        local text = select(i, ...)
        expect(i, text, "string", "number")
        handle.write(tostring(text))
    end
    return self
end

local function newFile(handle)
    return setmetatable({ handle = handle }, meta)
end

local function standard(handle)
    return setmetatable({ handle = handle, standard = true }, meta)
end

-- A handle over `read`, which gives whole lines.
local function standardInput()
    local pending, ended = "", false
    local function more()
        if ended then return false end
        local line = _G.read()
        if line == nil then
            ended = true
            return false
        end
        pending = pending .. line .. "\n"
        return true
    end

    local handle = { close = function() end }
    function handle.read(count)
        while #pending < count or pending == "" do
            if not more() then break end
        end
        if pending == "" then return nil end
        local text = sub(pending, 1, count)
        pending = sub(pending, count + 1)
        return text
    end
    function handle.readLine(withTrailing)
        if pending == "" and not more() then return nil end
        local stop = find(pending, "\n", 1, true) or #pending + 1
        local line = sub(pending, 1, withTrailing and stop or stop - 1)
        pending = sub(pending, stop + 1)
        return line
    end
    function handle.readAll()
        local lines = { pending }
        pending = ""
        while more() do
            lines[#lines + 1] = pending
            pending = ""
        end
        return table.concat(lines)
    end
    -- Only for the byte that readNumber has read too much.
    local read = handle.read
    local last
    function handle.read(count)
        last = read(count)
        return last
    end
    function handle.seek(whence, offset)
        if whence == "cur" and offset == -1 and last then
            pending = sub(last, -1) .. pending
            last = nil
            return 0
        end
        return nil, "file is not seekable"
    end
    return handle
end

---The keyboard, or what is piped in.
---@type io.File
stdin = standard(standardInput())

---The screen.
---@type io.File
stdout = standard { close = function() end, write = function(text) _G.write(text) end }

---Where errors go.
---@type io.File
stderr = standard {
    close = function() end,
    write = function(text)
        if host and not host.redirected then return host.writeError(text) end
        local colour = term.isColour() and term.getTextColour()
        if colour then term.setTextColour(colours.red) end
        _G.write(text)
        if colour then term.setTextColour(colour) end
    end,
}

local defaultInput, defaultOutput = stdin, stdout

---Closes a file.
---@param file? io.File the default output unless given
---@return boolean? ok
---@return string? message
function close(file)
    if file == nil then return defaultOutput:close() end
    if not isFile(file) then expect(1, file, "FILE*") end
    return file:close()
end

---Writes what the default output has kept back.
function flush()
    return defaultOutput:flush()
end

---The default input: what it is, or another from now on.
---@param file? io.File|string a file, or the path of one to open. Throws if it can't be opened.
---@return io.File
function input(file)
    if typeOf(file) == "string" then
        local opened, message = open(file, "r")
        if not opened then error(message, 2) end
        defaultInput = opened
    elseif isFile(file) then
        defaultInput = file
    elseif file ~= nil then
        expect(1, file, "string", "FILE*", "nil")
    end
    return defaultInput
end

---The default output: what it is, or another from now on.
---@param file? io.File|string a file, or the path of one to write anew. Throws if it can't be opened.
---@return io.File
function output(file)
    if typeOf(file) == "string" then
        local opened, message = open(file, "w")
        if not opened then error(message, 2) end
        defaultOutput = opened
    elseif isFile(file) then
        defaultOutput = file
    elseif file ~= nil then
        expect(1, file, "string", "FILE*", "nil")
    end
    return defaultOutput
end

---Goes through a file, a line at a time unless formats say otherwise, and closes it at the end.
---@param filename? string the default input, which stays open, unless given
---@param ... string|integer as for File:read
---@return fun(): string|number|nil ...
function lines(filename, ...)
    expect(1, filename, "string", "nil")
    if not filename then return defaultInput:lines(...) end
    local file, message = open(filename, "rb")
    if not file then error(message, 2) end
    file.closes = true
    return file:lines(...)
end

---Opens a file.
---@param filename string
---@param mode? string "r" read (this unless given), "w" write anew, "a" write at the end, "r+" read and write, "w+" the same anew; "b" after it changes nothing
---@return io.File? file
---@return string? message
function open(filename, mode)
    expect(1, filename, "string")
    expect(2, mode, "string", "nil")
    local handle, message = fs.open(filename, mode or "r")
    if not handle then return nil, message end
    return newFile(handle)
end

---Reads from the default input.
---@param ... string|integer as for File:read
---@return string|number|nil ...
function read(...)
    return defaultInput:read(...)
end

---Tells what a value is.
---@param obj any
---@return "file"|"closed file"|nil
function type(obj)
    if not isFile(obj) then return nil end
    return obj.handle and "file" or "closed file"
end

---Writes to the default output.
---@param ... string|number
---@return io.File? file
---@return string? message
function write(...)
    return defaultOutput:write(...)
end
