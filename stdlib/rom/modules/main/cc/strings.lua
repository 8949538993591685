-- Breaks, pads and splits texts.

local expectModule = require "cc.expect"
local expect, range = expectModule.expect, expectModule.range
local find, sub, rep = string.find, string.sub, string.rep

local function terminalWidth()
    return term and (term.getSize()) or 80
end

---Breaks a text into lines, between words if that is possible. The white space at which a line is broken stays at the end
---of the line if there is room.
---@param text string
---@param width? integer at most so many characters a line, 1 or more; the terminal's width unless given
---@return string[] lines without line breaks
local function wrap(text, width)
    expect(1, text, "string")
    expect(2, width, "number", "nil")
    width = width or terminalWidth()
    range(width, 1)

    local lines, count = {}, 0
    local line, length = {}, 0
    local function finish()
        count = count + 1
        lines[count] = table.concat(line)
        line, length = {}, 0
    end

    local at, last = 1, #text
    while at <= last do
        local _, stop = find(text, "^[ \t]+", at)
        if stop then
            local room = width - length
            local fits = math.min(stop - at + 1, room)
            line[#line + 1] = sub(text, at, at + fits - 1)
            length = length + fits
            -- What doesn't fit is the break itself.
            if stop - at + 1 > room and find(text, "^[^\n]", stop + 1) then finish() end
            at = stop + 1
        elseif find(text, "^\n", at) then
            finish()
            at = at + 1
            if at > last then break end
        else
            _, stop = find(text, "^[^ \t\n]+", at)
            if length > 0 and length + stop - at + 1 > width then finish() end
            while stop - at + 1 > width do
                line[1] = sub(text, at, at + width - 1)
                finish()
                at = at + width
            end
            if at <= stop then
                line[#line + 1] = sub(text, at, stop)
                length = length + stop - at + 1
            end
            at = stop + 1
        end
    end
    if length > 0 or count == 0 or sub(text, -1) == "\n" then finish() end
    return lines
end

---Makes a text as wide as it should be: cut, or filled with spaces.
---@param line string
---@param width? integer the terminal's width unless given
---@return string
local function ensure_width(line, width)
    expect(1, line, "string")
    expect(2, width, "number", "nil")
    width = width or terminalWidth()
    line = sub(line, 1, width)
    return line .. rep(" ", width - #line)
end

---Splits a text: `split("a-b-c", "-", true)` is `{ "a", "b", "c" }`.
---@param str string
---@param deliminator string what is between the parts, a pattern
---@param plain? boolean it is no pattern but the text itself
---@param limit? integer at most so many parts; the last is the rest of the text
---@return string[] parts
local function split(str, deliminator, plain, limit)
    expect(1, str, "string")
    expect(2, deliminator, "string")
    expect(3, plain, "boolean", "nil")
    expect(4, limit, "number", "nil")
    local parts, count, at = {}, 0, 1
    while not limit or count + 1 < limit do
        local from, to = find(str, deliminator, at, plain)
        if not from then break end
        if to < from then error("separator is empty", 2) end
        count = count + 1
        parts[count] = sub(str, at, from - 1)
        at = to + 1
    end
    parts[count + 1] = sub(str, at)
    return parts
end

return { wrap = wrap, ensure_width = ensure_width, split = split }
