-- Texts for people and for programs: tables on the screen, Lua values as text, JSON, and the parts of URLs.

local expectModule = dofile("rom/modules/main/cc/expect.lua")
local expect, field = expectModule.expect, expectModule.field

local byte, char, find, format, gsub, match, rep, sub =
    string.byte, string.char, string.find, string.format, string.gsub, string.match, string.rep, string.sub
local concat, floor, huge = table.concat, math.floor, math.huge
local error, getmetatable, next, pcall, rawget, select, setmetatable, tonumber, tostring, type =
    error, getmetatable, next, pcall, rawget, select, setmetatable, tonumber, tostring, type

----------------------------------------------------------------------------------------------------------------------
-- On the screen

-- cc.strings, loaded when it is first wanted.
local strings
local function stringsModule()
    if not strings then
        local env = setmetatable({}, { __index = _ENV })
        env.require = dofile("rom/modules/main/cc/require.lua").make(env, "rom/apis")
        strings = env.require "cc.strings"
    end
    return strings
end

-- The terminal's width and height; without a terminal, those of a usual one that never is full.
local function screenSize()
    if term then return term.getSize() end
    return 80, huge
end

---Writes a text one character after the other.
---@param text any shown as tostring gives it; lines that are too long are broken between words
---@param rate? number characters in a second, 20 unless given
function slowWrite(text, rate)
    expect(2, rate, "number", "nil")
    rate = rate or 20
    if not (rate > 0) then error("Rate must be positive", 2) end
    text = tostring(text)
    if term then text = concat(stringsModule().wrap(text, (term.getSize())), "\n") end
    for i = 1, #text do
        sleep(1 / rate)
        write(sub(text, i, i))
    end
end

---Writes a text one character after the other, and a line break.
---@param text any
---@param rate? number characters in a second, 20 unless given
function slowPrint(text, rate)
    slowWrite(text, rate)
    print()
end

---A time of day as text: `formatTime(18.5)` is "6:30 PM", `formatTime(18.5, true)` is "18:30".
---@param time number hours since midnight, as os.time() gives it
---@param twentyFourHour? boolean
---@return string
function formatTime(time, twentyFourHour)
    expect(1, time, "number")
    expect(2, twentyFourHour, "boolean", "nil")
    local hour = floor(time)
    local minute = floor((time - hour) * 60)
    if twentyFourHour then return format("%d:%02d", hour, minute) end
    local half = hour >= 12 and "PM" or "AM"
    hour = hour % 12
    return format("%d:%02d %s", hour == 0 and 12 or hour, minute, half)
end

-- Waits for a key if the last line of the screen has been reached. Without a terminal nobody could press one.
local function awaitKey(width, height)
    local x, y = term.getCursorPos()
    if y < height or _HEADLESS and term.current() == term.native() then return end
    local prompt = "Press any key to continue"
    term.write(sub(prompt, 1, width))
    os.pullEvent("key")
    term.setCursorPos(x, height)
    term.write(rep(" ", #prompt))
    term.setCursorPos(1, height)
end

---Prints a text, and waits for a key whenever the screen is full.
---@param text any
---@param free_lines? integer how many lines more than the screen has may be shown before the first wait; 0 unless given
---@return integer lines how many lines were printed
function pagedPrint(text, free_lines)
    expect(2, free_lines, "number", "nil")
    text = tostring(text)
    if not term then return print(text) end
    local width, height = term.getSize()
    local _, y = term.getCursorPos()
    local room = height - y + (free_lines or 0)
    if room < 1 then room = 1 end
    local lines = stringsModule().wrap(text, width)
    for i = 1, #lines do
        if room == 0 then
            awaitKey(width, height)
            room = 1
        end
        print((gsub(lines[i], "%s+$", "")))
        room = room - 1
    end
    return #lines
end

-- Prints rows in columns of the same width. Colours among the arguments hold for the rows after them.
local function tabulateWith(printRow, ...)
    local widest = 0
    for i = 1, select("#", ...) do
        local row = select(i, ...)
        if type(row) == "table" then
            for n = 1, #row do
                local kind = type(row[n])
                if kind ~= "string" and kind ~= "number" then
                    error(format("bad argument #%d.%d (string expected, got %s)", i, n, kind), 3)
                end
                widest = math.max(widest, #tostring(row[n]) + 1)
            end
        end
    end

    local width = screenSize()
    local columns = math.max(1, floor(width / math.max(1, widest)))
    local colour = term and term.getTextColour()
    for i = 1, select("#", ...) do
        local row = select(i, ...)
        if type(row) == "number" then
            if term then term.setTextColour(row) end
        else
            local cells = {}
            for n = 1, #row do
                local cell = tostring(row[n])
                local last = n == #row or n % columns == 0
                cells[#cells + 1] = last and cell or cell .. rep(" ", widest - #cell)
                if last then
                    printRow(sub(concat(cells), 1, width))
                    cells = {}
                end
            end
        end
    end
    if term then term.setTextColour(colour) end
end

---Prints rows in columns: `textutils.tabulate(colours.orange, { "name", "size" }, colours.white, { "a.txt", 12 })`.
---@param ... integer|(string|number)[] rows, and colours for those that follow
function tabulate(...)
    for i = 1, select("#", ...) do expect(i, (select(i, ...)), "number", "table") end
    tabulateWith(print, ...)
end

---Prints rows in columns, and waits for a key whenever the screen is full.
---@param ... integer|(string|number)[] rows, and colours for those that follow
function pagedTabulate(...)
    for i = 1, select("#", ...) do expect(i, (select(i, ...)), "number", "table") end
    local width, height = screenSize()
    local room = height - 1
    tabulateWith(function(row)
        if room <= 0 then
            awaitKey(width, height)
            room = 1
        end
        print(row)
        room = room - 1
    end, ...)
end

----------------------------------------------------------------------------------------------------------------------
-- Lua

local keywords = {
    ["and"] = true, ["break"] = true, ["do"] = true, ["else"] = true, ["elseif"] = true, ["end"] = true, ["false"] = true,
    ["for"] = true, ["function"] = true, ["goto"] = true, ["if"] = true, ["in"] = true, ["local"] = true, ["nil"] = true,
    ["not"] = true, ["or"] = true, ["repeat"] = true, ["return"] = true, ["then"] = true, ["true"] = true, ["until"] = true,
    ["while"] = true,
}

-- Indentation makes the text of deep tables grow with the square of the depth; unserialise gives up long before this.
local maxSerialiseDepth = 1000

-- The text of a number, which load turns into the same number.
local function numberText(n)
    if n ~= n then return "0/0" end
    if n == huge then return "1/0" end
    if n == -huge then return "-1/0" end
    return tostring(n)
end

local function quoted(text)
    return (gsub(format("%q", text), "\\\n", "\\n"))
end

local function isBefore(a, b)
    local ta, tb = type(a), type(b)
    if ta ~= tb then return ta == "number" or ta == "string" and tb ~= "number" end
    if ta == "number" or ta == "string" then return a < b end
    return a == false and b == true
end

-- The keys of a table besides those from 1 to count: numbers, strings and others, so that the same table always has the same
-- text. nil if there are none.
local function otherKeys(t, count)
    local keys, n, kind
    local mixed = false
    for k in next, t do
        local kindOfKey = type(k)
        if not (kindOfKey == "number" and k >= 1 and k <= count and k % 1 == 0) then
            keys, n = keys or {}, (n or 0) + 1
            keys[n] = k
            mixed = mixed or kindOfKey ~= (kind or "string")
            kind = kindOfKey
        end
    end
    if n and n > 1 then
        if mixed then table.sort(keys, isBefore) else table.sort(keys) end
    end
    return keys
end

-- Appends the text of a value to `out`, and returns its new length. In `open`, tables in progress are true, others that
-- were seen false.
local function appendLua(out, n, value, open, depth, indent, compact, repeats)
    local kind = type(value)
    if kind == "string" then
        out[n + 1] = quoted(value)
        return n + 1
    elseif kind == "number" then
        out[n + 1] = numberText(value)
        return n + 1
    elseif kind == "boolean" or kind == "nil" then
        out[n + 1] = tostring(value)
        return n + 1
    elseif kind ~= "table" then
        error("Cannot serialize type " .. kind, 0)
    end

    local seen = open[value]
    if seen ~= nil then
        error(seen and "Cannot serialize table with recursive entries" or "Cannot serialize table with repeated entries", 0)
    end
    if next(value) == nil then
        if not repeats then open[value] = false end
        out[n + 1] = "{}"
        return n + 1
    end
    if depth >= maxSerialiseDepth then error("Cannot serialize table with too many levels", 0) end
    open[value] = true

    local inner = compact and "" or indent .. "  "
    local after = compact and "," or ",\n"
    n = n + 1
    out[n] = compact and "{" or "{\n"
    local count = 0
    while true do
        local item = rawget(value, count + 1)
        if item == nil then break end
        count = count + 1
        out[n + 1] = inner
        n = appendLua(out, n + 1, item, open, depth + 1, inner, compact, repeats) + 1
        out[n] = after
    end
    local keys = otherKeys(value, count)
    if keys then
        for i = 1, #keys do
            local k = keys[i]
            out[n + 1] = inner
            n = n + 1
            if type(k) == "string" and not keywords[k] and find(k, "^[%a_][%w_]*$") then
                n = n + 1
                out[n] = k .. (compact and "=" or " = ")
            else
                out[n + 1] = compact and "[" or "[ "
                n = appendLua(out, n + 1, k, open, depth + 1, inner, compact, repeats) + 1
                out[n] = compact and "]=" or " ] = "
            end
            n = appendLua(out, n, rawget(value, k), open, depth + 1, inner, compact, repeats) + 1
            out[n] = after
        end
    end
    out[n + 1] = indent
    out[n + 2] = "}"
    if repeats then open[value] = nil else open[value] = false end
    return n + 2
end

---Makes a text of a value, which unserialise turns into an equal value. Keys are in order. Metatables are left out.
---
---Throws "Cannot serialize type function" and the like, "Cannot serialize table with recursive entries" and "Cannot
---serialize table with repeated entries".
---@param t any
---@param opts? { compact?: boolean, allow_repetitions?: boolean } compact: without spaces and line breaks; allow_repetitions: tables may be in it more than once, as long as they don't hold themselves
---@return string
function serialize(t, opts)
    expect(2, opts, "table", "nil")
    local compact, repeats
    if opts then
        compact = field(opts, "compact", "boolean", "nil")
        repeats = field(opts, "allow_repetitions", "boolean", "nil")
    end
    local out = {}
    appendLua(out, 0, t, {}, 0, "", compact, repeats)
    return concat(out)
end

serialise = serialize

---Makes a value of a text that serialise has made. The text is run as Lua without any globals: don't give it texts from
---elsewhere; textutils.unserialiseJSON is for them.
---@param s string
---@return any value nil if the text is none
function unserialize(s)
    expect(1, s, "string")
    local chunk = load("return " .. s, "unserialize", "t", {})
    if chunk then
        local ok, result = pcall(chunk)
        if ok then return result end
    end
    return nil
end

unserialise = unserialize

----------------------------------------------------------------------------------------------------------------------
-- JSON

local function constant(name)
    return setmetatable({}, {
        __newindex = function() error("attempt to mutate textutils." .. name, 2) end,
        __tostring = function() return name end,
    })
end

---Stands for an empty array, which an empty table is not: as JSON, that is an empty object. It can't be changed.
---@type table
empty_json_array = constant("empty_json_array")

---Stands for null where nil can't be, such as in tables. It can't be changed.
---@type table
json_null = constant("json_null")

local emptyArray, null = empty_json_array, json_null

local escapes = { ["\b"] = "\\b", ["\t"] = "\\t", ["\n"] = "\\n", ["\f"] = "\\f", ["\r"] = "\\r", ['"'] = '\\"', ["\\"] = "\\\\" }
for code = 0, 255 do
    if code < 32 or code > 126 then
        local c = char(code)
        escapes[c] = escapes[c] or format("\\u%04X", code)
    end
end

local function escapedCodepoint(c)
    local code = utf8.codepoint(c)
    if code < 0x10000 then return format("\\u%04X", code) end
    code = code - 0x10000
    return format("\\u%04X\\u%04X", 0xD800 + floor(code / 0x400), 0xDC00 + code % 0x400)
end

local function jsonString(text, unicode)
    if not find(text, '[^ !#-Z%[%]^-~]') then return '"' .. text .. '"' end
    if not unicode then return '"' .. gsub(text, '[^ !#-Z%[%]^-~]', escapes) .. '"' end
    local length, at = utf8.len(text)
    if not length then error("Cannot serialize string with invalid UTF-8 at byte " .. at, 0) end
    text = gsub(text, '[%z\1-\31"\\\127]', escapes)
    return '"' .. gsub(text, "[\194-\244][\128-\191]+", escapedCodepoint) .. '"'
end

local maxJSONDepth = 10000

-- Appends the JSON of a value to `out`, and returns its new length. `open` is as for appendLua.
local function appendJSON(out, n, value, open, depth, nbt, unicode, repeats)
    local kind = type(value)
    if kind == "string" then
        out[n + 1] = jsonString(value, unicode)
        return n + 1
    elseif kind == "number" then
        if value ~= value or value == huge or value == -huge then error("Cannot serialize number " .. tostring(value), 0) end
        out[n + 1] = tostring(value)
        return n + 1
    elseif kind == "boolean" then
        out[n + 1] = value and "true" or "false"
        return n + 1
    elseif value == null then
        out[n + 1] = "null"
        return n + 1
    elseif value == emptyArray then
        out[n + 1] = "[]"
        return n + 1
    elseif kind ~= "table" then
        error("Cannot serialize type " .. kind, 0)
    end

    local seen = open[value]
    if seen ~= nil then
        error(seen and "Cannot serialize table with recursive entries" or "Cannot serialize table with repeated entries", 0)
    end
    if depth >= maxJSONDepth then error("Cannot serialize table with too many levels", 0) end
    open[value] = true

    -- A key that is a string makes it an object. Of an array, the last index counts.
    local last, count, object = 0, 0, false
    for k in next, value do
        local keyKind = type(k)
        if keyKind == "string" then
            object = true
            break
        elseif keyKind == "number" and k >= 1 and k % 1 == 0 then
            count = count + 1
            if k > last then last = k end
        end
    end

    if object or last == 0 then
        n = n + 1
        local before = "{"
        for k, item in next, value do
            if type(k) == "string" then
                out[n] = before
                out[n + 1] = nbt and find(k, "^[%w_]+$") and k or jsonString(k, unicode)
                out[n + 2] = ":"
                n = appendJSON(out, n + 2, item, open, depth + 1, nbt, unicode, repeats) + 1
                before = ","
            end
        end
        if before == "{" then
            out[n] = before
            n = n + 1
        end
        out[n] = "}"
    else
        if last > 1000 + 100 * count then error("Cannot serialize table with gaps as large as before index " .. last, 0) end
        n = n + 1
        out[n] = "["
        for i = 1, last do
            local item = rawget(value, i)
            if item == nil then
                n = n + 1
                out[n] = "null"
            else
                n = appendJSON(out, n, item, open, depth + 1, nbt, unicode, repeats)
            end
            n = n + 1
            out[n] = ","
        end
        out[n] = "]"
    end
    if repeats then open[value] = nil else open[value] = false end
    return n
end

---Makes JSON of a value. Tables with keys that are strings are objects, of these keys only; others are arrays up to the
---last index, with null in gaps. An empty table is an object; textutils.empty_json_array is an array.
---
---Throws "Cannot serialize type function" and the like, "Cannot serialize table with recursive entries", "Cannot serialize
---table with repeated entries", and for numbers that JSON doesn't have.
---@param t table|string|number|boolean
---@param options? boolean|{ nbt_style?: boolean, unicode_strings?: boolean, allow_repetitions?: boolean } nbt_style (or true): keys without quotes, as in Minecraft's NBT; unicode_strings: strings are UTF-8, not one character a byte; allow_repetitions: tables may be in it more than once
---@return string
function serializeJSON(t, options)
    expect(1, t, "table", "string", "number", "boolean")
    expect(2, options, "table", "boolean", "nil")
    local nbt, unicode, repeats
    if type(options) == "table" then
        nbt = field(options, "nbt_style", "boolean", "nil")
        unicode = field(options, "unicode_strings", "boolean", "nil")
        repeats = field(options, "allow_repetitions", "boolean", "nil")
    else
        nbt = options
    end
    local out = {}
    appendJSON(out, 0, t, {}, 0, nbt, unicode, repeats)
    return concat(out)
end

serialiseJSON = serializeJSON

-- Errors of the parser are tables of this class: the rest are faults of it.
local syntaxError = {}

local function malformed(at, message, ...)
    error(setmetatable({ at = at, message = format(message, ...) }, syntaxError), 0)
end

-- Fails for what is at a place where something else must be. (CraftOS's texts, here and below.)
local function unexpected(text, at, expected)
    if at > #text then malformed(at, "Unexpected end of input, expected %s.", expected) end
    malformed(at, "Unexpected %q, expected %s.", sub(text, at, at), expected)
end

-- The next place that is no white space.
local function skip(text, at)
    return find(text, "[^ \t\r\n]", at) or #text + 1
end

local unescaped = { b = "\b", f = "\f", n = "\n", r = "\r", t = "\t", ['"'] = '"', ["\\"] = "\\", ["/"] = "/", ["'"] = "'" }

-- Reads \uXXXX, whose u is at `at`. Two of them may be one character. Returns its UTF-8, and the place after it.
local function parseUnicode(text, at)
    local digits = match(text, "^%x%x%x%x", at + 1)
    if not digits then malformed(at - 1, "Malformed unicode escape %q.", sub(text, at + 1, at + 4)) end
    local code = tonumber(digits, 16)
    if code >= 0xD800 and code < 0xDC00 then
        local low = match(text, "^\\u([dD][c-fC-F]%x%x)", at + 5)
        if low then return utf8.char(0x10000 + (code - 0xD800) * 0x400 + tonumber(low, 16) - 0xDC00), at + 11 end
    end
    return utf8.char(code), at + 5
end

-- Reads a string whose quotation mark is at `at`. Returns it, and the place after it.
local function parseString(text, at, stops)
    local quote = byte(text, at)
    local from = at + 1
    local stop = find(text, stops, from)
    if stop and byte(text, stop) == quote then return sub(text, from, stop - 1), stop + 1 end

    local parts, n = {}, 0
    while stop do
        local c = byte(text, stop)
        n = n + 1
        parts[n] = sub(text, from, stop - 1)
        if c == quote then return concat(parts), stop + 1 end
        if c ~= 92 then malformed(stop + 1, "Unescaped whitespace %q.", sub(text, stop, stop)) end
        local escape = sub(text, stop + 1, stop + 1)
        n = n + 1
        if escape == "u" then
            parts[n], from = parseUnicode(text, stop + 1)
        else
            local value = unescaped[escape]
            if escape == "" then malformed(stop, "Unexpected end of input, expected escape sequence.") end
            if not value or escape == "'" and quote ~= 39 then malformed(stop + 1, "Unknown escape character %q.", escape) end
            parts[n], from = value, stop + 2
        end
        stop = find(text, stops, from)
    end
    unexpected(text, #text + 1, "'\"'")
end

local doubleStops, singleStops = '["\\%z\1-\31]', "['\\%z\1-\31]"

-- Reads a value at `at`, where no white space is. Returns it, and the place after it. Most tokens have no white space around
-- them, so it is only looked for where there is some.
local function parseValue(text, at, o, depth)
    local c = byte(text, at)
    if c == 34 then -- "
        return parseString(text, at, doubleStops)
    elseif c == 123 then -- {
        if depth >= maxJSONDepth then malformed(at, "Too many levels") end
        local object = {}
        at = skip(text, at + 1)
        c = byte(text, at)
        if c == 125 then return object, at + 1 end
        if not c then unexpected(text, at, "'}'") end
        while true do
            local key
            c = byte(text, at)
            if c == 34 then
                key, at = parseString(text, at, doubleStops)
            elseif o.nbt and c == 39 then
                key, at = parseString(text, at, singleStops)
            elseif o.nbt then
                key = match(text, "^[%w_.+-]+", at)
                if not key then unexpected(text, at, "object key") end
                at = at + #key
            else
                unexpected(text, at, "object key")
            end
            c = byte(text, at)
            if c ~= 58 then
                at = skip(text, at)
                if byte(text, at) ~= 58 then unexpected(text, at, "':'") end
            end
            at = at + 1
            c = byte(text, at)
            if c and c <= 32 then at = skip(text, at) end
            object[key], at = parseValue(text, at, o, depth + 1)
            c = byte(text, at)
            if c ~= 44 then
                at = skip(text, at)
                c = byte(text, at)
                if c == 125 then return object, at + 1 end
                if c ~= 44 then unexpected(text, at, "',' or '}'") end
            end
            at = at + 1
            c = byte(text, at)
            if c and c <= 32 then at = skip(text, at) end
        end
    elseif c == 91 then -- [
        if depth >= maxJSONDepth then malformed(at, "Too many levels") end
        at = at + 1
        if o.nbt and find(text, "^[BIL];", at) then at = at + 2 end
        at = skip(text, at)
        c = byte(text, at)
        if c == 93 then return o.emptyArray and emptyArray or {}, at + 1 end
        if not c then unexpected(text, at, "']'") end
        local array, n = {}, 0
        while true do
            n = n + 1
            array[n], at = parseValue(text, at, o, depth + 1)
            c = byte(text, at)
            if c ~= 44 then
                at = skip(text, at)
                c = byte(text, at)
                if c == 93 then return array, at + 1 end
                if c ~= 44 then unexpected(text, at, "',' or ']'") end
            end
            at = at + 1
            c = byte(text, at)
            if c and c <= 32 then at = skip(text, at) end
        end
    elseif c == 45 or c and c >= 48 and c <= 57 then -- - 0-9
        local digits = match(text, "^-?%d+%.?%d*[eE]?[+-]?%d*", at)
        local number = digits and tonumber(digits)
        if not number then malformed(at, digits and "Malformed number %q." or "Malformed number nil.", digits) end
        local stop = at + #digits - 1
        if o.nbt and find(text, "^[bBsSlLfFdD]", stop + 1) then stop = stop + 1 end
        return number, stop + 1
    elseif o.nbt and c == 39 then -- '
        return parseString(text, at, singleStops)
    end

    if sub(text, at, at + 3) == "true" then return true, at + 4 end
    if sub(text, at, at + 4) == "false" then return false, at + 5 end
    if sub(text, at, at + 3) == "null" then return o.null, at + 4 end
    if not c then malformed(at, "Unexpected end of input.") end
    malformed(at, "Unexpected character %q.", sub(text, at, at))
end

---Makes a value of JSON. Characters beyond ASCII are UTF-8.
---@param s string
---@param options? { nbt_style?: boolean, parse_null?: boolean, parse_empty_array?: boolean } nbt_style: keys need no quotes, numbers may end with the letter of their type, as in Minecraft's NBT; parse_null: null is textutils.json_null, not nil; parse_empty_array: an empty array is textutils.empty_json_array (unless false), not an empty table
---@return any value nil if it is not JSON
---@return string? message "Malformed JSON at position N: …"
function unserializeJSON(s, options)
    expect(1, s, "string")
    expect(2, options, "table", "nil")
    local o = { emptyArray = true }
    if options then
        o.nbt = field(options, "nbt_style", "boolean", "nil")
        if field(options, "parse_null", "boolean", "nil") then o.null = null end
        o.emptyArray = field(options, "parse_empty_array", "boolean", "nil") ~= false
    end
    local ok, value, at = pcall(parseValue, s, skip(s, 1), o, 0)
    if ok then
        at = skip(s, at)
        if at > #s then return value end
        value = setmetatable({ at = at, message = format("Unexpected trailing character %q.", sub(s, at, at)) }, syntaxError)
    end
    if getmetatable(value) ~= syntaxError then error(value, 0) end
    return nil, format("Malformed JSON at position %d: %s", value.at, value.message)
end

unserialiseJSON = unserializeJSON

----------------------------------------------------------------------------------------------------------------------
-- URLs

---Makes a text fit for the query of a URL, or for the body of a form. It is not UTF-8 but one character a byte.
---@param str string
---@return string
function urlEncode(str)
    expect(1, str, "string")
    str = gsub(gsub(str, "\r?\n", "\r\n"), "[^%w%-_. ]", function(c)
        local code = byte(c)
        if code < 128 then return format("%%%02X", code) end
        return format("%%%02X%%%02X", 192 + floor(code / 64), 128 + code % 64)
    end)
    return (gsub(str, " ", "+"))
end

----------------------------------------------------------------------------------------------------------------------
-- Completion

-- The fields of a table, and those that it has by its metatable.
local function eachField(t, f)
    for _ = 1, 100 do
        for k, v in next, t do f(k, v) end
        local meta = getmetatable(t)
        t = type(meta) == "table" and rawget(meta, "__index")
        if type(t) ~= "table" then return end
    end
end

local function fieldOf(t, name) return t[name] end

---Completes a Lua expression: `complete("textutils.unser", _G)` is `{ "ialise(", "ialiseJSON(", … }`. Functions end with
---"(", tables with ".".
---@param searchText string names with dots, or a colon, between
---@param searchTable? table where the first name is looked up, _G unless given
---@return string[]
function complete(searchText, searchTable)
    expect(1, searchText, "string")
    expect(2, searchTable, "table", "nil")
    if keywords[searchText] then return {} end
    local t = searchTable or _G
    local prefix, method = searchText, false
    while true do
        local name, separator, rest = match(prefix, "^([%a_][%w_]*)([.:])(.*)$")
        if not name then break end
        -- What looks up a field may fail.
        local ok, value = pcall(fieldOf, t, name)
        t = ok and value or nil
        if type(t) == "string" then t = string end
        if method or type(t) ~= "table" then return {} end
        prefix, method = rest, separator == ":"
    end
    if not find(prefix, "^[%w_]*$") then return {} end

    local found, known, length = {}, {}, #prefix
    eachField(t, function(k, v)
        if type(k) ~= "string" or known[k] or sub(k, 1, length) ~= prefix then return end
        if keywords[k] or not find(k, "^[%a_][%w_]*$") then return end
        known[k] = true
        local ending = type(v) == "function" and "(" or not method and (type(v) == "table" and "." or "")
        if ending then
            local text = sub(k, length + 1) .. ending
            if text ~= "" then found[#found + 1] = text end
        end
    end)
    table.sort(found)
    return found
end
