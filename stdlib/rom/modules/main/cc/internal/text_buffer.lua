-- The text that an editor works on: lines, and what each begins in, for colours. Changes cost what the change is, not what the
-- text is, so that long texts stay quick.

local lexer = require "cc.internal.syntax.lexer"
local sub = string.sub

---@class cc.internal.TextBuffer
---@field lines string[] without line breaks; at least one
---@field modified boolean whether it differs from what was last read or written
---@field private states cc.internal.syntax.State[] what lines begin in
---@field private known integer how many of the states are right
---@field private lineBreak string
---@field private finalBreak boolean whether the last line ends with a line break
---@field private blank string what the text was, if that is one empty line: nothing, or a line break
local Buffer = {}
Buffer.__index = Buffer

---Makes a buffer of a text.
---@param text string
---@return cc.internal.TextBuffer
local function new(text)
    local lines, count, at = {}, 0, 1
    local lineBreak = text:match("^[^\n]*(\r\n)") or "\n"
    local carriage = lineBreak == "\r\n"
    while at <= #text do
        local stop = text:find("\n", at, true)
        local line = sub(text, at, (stop or 0) - 1)
        if carriage and stop and sub(line, -1) == "\r" then line = sub(line, 1, -2) end
        count = count + 1
        lines[count] = line
        if not stop then break end
        at = stop + 1
    end
    local finalBreak = text == "" or sub(text, -1) == "\n"
    if count == 0 then lines[1] = "" end
    return setmetatable({
        lines = lines, modified = false, states = { 0 }, known = 1, lineBreak = lineBreak, finalBreak = finalBreak,
        blank = #text <= 2 and text or "",
    }, Buffer)
end

---The whole text, with line breaks as they were.
---@return string
function Buffer:text()
    local lines = self.lines
    if #lines == 1 and lines[1] == "" then return self.modified and "" or self.blank end
    return table.concat(lines, self.lineBreak) .. (self.finalBreak and self.lineBreak or "")
end

---What a line begins in.
---@param line integer
---@return cc.internal.syntax.State
function Buffer:state(line)
    local states, lines = self.states, self.lines
    for i = self.known, line - 1 do states[i + 1] = lexer.after(lines[i], states[i]) end
    if line > self.known then self.known = line end
    return states[line]
end

---Puts another text in the place of a line.
---@param line integer
---@param text string without line breaks
---@return boolean below whether lines below may look different now
function Buffer:replace(line, text)
    self.lines[line] = text
    self.modified = true
    if line >= self.known then return true end
    local after = lexer.after(text, self.states[line])
    if after == self.states[line + 1] then return false end
    self.known = line
    return true
end

---Inserts a text, which may have line breaks.
---@param line integer
---@param column integer the character that it goes before
---@param text string
---@return integer line, integer column of what comes after it
---@return boolean below whether lines below may look different now
function Buffer:insert(line, column, text)
    local old = self.lines[line]
    local head, tail = sub(old, 1, column - 1), sub(old, column)
    local stop = text:find("\n", 1, true)
    if not stop then return line, column + #text, self:replace(line, head .. text .. tail) end
    local first = line
    self.lines[first] = head .. sub(text, 1, stop - 1)
    local at = stop + 1
    while true do
        stop = text:find("\n", at, true)
        line = line + 1
        if not stop then break end
        table.insert(self.lines, line, sub(text, at, stop - 1))
        at = stop + 1
    end
    local last = sub(text, at)
    table.insert(self.lines, line, last .. tail)
    self.modified = true
    self.known = math.min(self.known, first)
    return line, #last + 1, true
end

---Puts a line at the end of the one before it.
---@param line integer from 2
---@return integer column where it begins now
function Buffer:join(line)
    local lines = self.lines
    local column = #lines[line - 1] + 1
    lines[line - 1] = lines[line - 1] .. table.remove(lines, line)
    self.modified = true
    self.known = math.max(1, math.min(self.known, line - 1))
    return column
end

return { new = new }
