-- Shows the line of a source text that an error is about, with a mark below.

local expect = require "cc.expect".expect

-- What is to be printed as an error, where there is no screen to show colours on; nil otherwise.
local parts

local function put(text)
    if parts then
        parts[#parts + 1] = text
    else
        write(text)
    end
end

local function coloured(colour, text)
    if parts or not term.isColour() then return put(text) end
    local before = term.getTextColour()
    term.setTextColour(colour)
    write(text)
    term.setTextColour(before)
end

-- A line as it can be shown: one cell for each character.
local function shown(line)
    return (line:gsub("%c", " "))
end

---Shows a line of a source text, numbered. If the place has a column, that is marked below the line.
---@param line string
---@param place cc.internal.syntax.Place
local function showLine(line, place)
    expect(1, line, "string")
    expect(2, place, "table")
    local gutter = (" %d | "):format(place.line)
    local width = math.max(term.getSize() - #gutter, 10)
    line = shown(line)
    local column = place.column
    local from = 1 -- of a line that is too long, the part around the column, or from the first word on
    if column then
        from = math.max(1, math.min(column - math.floor(width / 2), #line - width + 2))
    elseif #line > width then
        from = line:find("%S") or 1
    end
    coloured(0x100, gutter)
    put(line:sub(from, from + width - 1))
    put("\n")
    if not column then return end
    local at = column - from
    local marks = math.max(1, math.min(place.width or 1, width - at))
    coloured(0x100, (" "):rep(#gutter - 2) .. "| ")
    put((" "):rep(at))
    coloured(0x4000, ("^"):rep(marks))
    put("\n")
end

---Shows the lines that an error is about: where it is and, if the place tells, where what is not closed begins.
---@param lines string[] the source text
---@param place cc.internal.syntax.Place
---@param plain? boolean print them as errors, without colours
local function show(lines, place, plain)
    expect(1, lines, "table")
    expect(2, place, "table")
    expect(3, plain, "boolean", "nil")
    parts = plain and {} or nil
    if place.opened and place.opened.line ~= place.line and lines[place.opened.line] then
        showLine(lines[place.opened.line], place.opened)
    end
    if lines[place.line] then showLine(lines[place.line], place) end
    local text = parts and table.concat(parts)
    parts = nil
    if text and text ~= "" then printError((text:gsub("\n$", ""))) end
end

return { show = show }
