-- The text that an editor works on: lines, what each begins in, for colours, and the changes so far, to be taken back. Changes
-- cost what the change is, not what the text is, so that long texts stay quick.

local lexer = require "cc.internal.syntax.lexer"
local byte, sub = string.byte, string.sub
local max, min = math.max, math.min

-- How many changes can be taken back, and how many bytes they may have together.
local maxChanges, maxBytes = 1000, 1000000

---A change: lines that stood in the text, and those that stand in their place now.
---@class cc.internal.TextBuffer.Change
---@field line integer the first of them
---@field before string[]
---@field after string[]
---@field bytes integer
---@field column? integer where the next character that is typed would come, if that is what the change is

---@class cc.internal.TextBuffer
---@field lines string[] without line breaks; at least one
---@field modified boolean whether it differs from what was last read or written
---@field private states cc.internal.syntax.State[] what lines begin in
---@field private known integer how many of the states are right
---@field private lineBreak string
---@field private finalBreak boolean whether the last line ends with a line break
---@field private blank string what the text was, if that is one empty line: nothing, or a line break
---@field private done cc.internal.TextBuffer.Change[] the changes, the last one last
---@field private undone cc.internal.TextBuffer.Change[] those that were taken back, the last one first
---@field private bytes integer of the changes that are done
---@field private written? cc.internal.TextBuffer.Change|false the last change when the text was written; false if there was none then, nil if that is not to be reached any more
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
        blank = #text <= 2 and text or "", done = {}, undone = {}, bytes = 0, written = false,
    }, Buffer)
end

---Says that the text has been written: it is as in the file.
function Buffer:saved()
    self.modified = false
    self.written = self.done[#self.done] or false
end

local function sizeOf(lines)
    local size = 0
    for i = 1, #lines do size = size + #lines[i] + 1 end
    return size
end

-- Notes a change, which must be the last one. Letters that are typed one after the other are one change, up to the end of the
-- word.
local function note(buffer, line, before, after)
    buffer.modified = true
    local done, undone = buffer.done, buffer.undone
    if #undone > 0 then
        for i = 1, #undone do
            if undone[i] == buffer.written then buffer.written = nil end
        end
        buffer.undone = {}
    end

    local column
    if #before == 1 and #after == 1 and #after[1] == #before[1] + 1 then
        local old, new = before[1], after[1]
        local last = done[#done]
        local at = last and last.line == line and last.column
        if at and last ~= buffer.written and sub(old, 1, at - 1) == sub(new, 1, at - 1) and sub(old, at) == sub(new, at + 1)
            and not (byte(new, at) ~= 32 and byte(new, at - 1) == 32) then
            last.after, last.column = after, at + 1
            last.bytes, buffer.bytes = last.bytes + 1, buffer.bytes + 1
            return
        end
        column = 1
        while column <= #old and byte(old, column) == byte(new, column) do column = column + 1 end
        column = column + 1
    end

    local change = { line = line, before = before, after = after, bytes = sizeOf(before) + sizeOf(after), column = column }
    done[#done + 1] = change
    buffer.bytes = buffer.bytes + change.bytes
    while #done > maxChanges or buffer.bytes > maxBytes and #done > 1 do
        local oldest = table.remove(done, 1)
        buffer.bytes = buffer.bytes - oldest.bytes
        if buffer.written == oldest then
            buffer.written = false
        elseif buffer.written == false then
            buffer.written = nil
        end
    end
end

-- Puts lines in the place of others. Returns where the cursor goes: behind what is new.
local function exchange(buffer, line, old, new)
    local lines = buffer.lines
    local count, shift = #lines, #new - #old
    if shift ~= 0 then
        table.move(lines, line + #old, count, line + #new)
        for i = count, count + shift + 1, -1 do lines[i] = nil end
    end
    for i = 1, #new do lines[line + i - 1] = new[i] end
    buffer.known = max(1, min(buffer.known, line))
    -- What both end with is no change.
    local was, is = old[#old], new[#new]
    local same = 0
    while same < #is and same < #was and byte(was, -1 - same) == byte(is, -1 - same) do same = same + 1 end
    return line + #new - 1, #is - same + 1
end

---Takes back the last change.
---@return integer? line, integer? column where it was; nil if there is none
function Buffer:undo()
    local change = table.remove(self.done)
    if not change then return nil end
    table.insert(self.undone, 1, change)
    self.bytes = self.bytes - change.bytes
    local line, column = exchange(self, change.line, change.after, change.before)
    self.modified = self.written ~= (self.done[#self.done] or false)
    return line, column
end

---Makes the change again that was taken back last. Every other change forgets those that were taken back.
---@return integer? line, integer? column where it was; nil if there is none
function Buffer:redo()
    local change = table.remove(self.undone, 1)
    if not change then return nil end
    change.column = nil
    table.insert(self.done, change)
    self.bytes = self.bytes + change.bytes
    local line, column = exchange(self, change.line, change.before, change.after)
    self.modified = self.written ~= change
    return line, column
end

---Finds a text, in capital letters or small ones, from a place on; after the end, it goes on from the beginning.
---@param text string not empty
---@param line integer
---@param column integer
---@return integer? line, integer? column nil if it is nowhere
function Buffer:find(text, line, column)
    text = text:lower()
    local lines = self.lines
    local count = #lines
    for i = 0, count do
        local number = (line - 1 + i) % count + 1
        local at = lines[number]:lower():find(text, i == 0 and column or 1, true)
        if at then return number, at end
    end
    return nil
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
    note(self, line, { self.lines[line] }, { text })
    self.lines[line] = text
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
    local new, at = { head .. sub(text, 1, stop - 1) }, stop + 1
    while true do
        stop = text:find("\n", at, true)
        if not stop then break end
        new[#new + 1] = sub(text, at, stop - 1)
        at = stop + 1
    end
    local last = sub(text, at)
    new[#new + 1] = last .. tail
    note(self, line, { old }, new)
    exchange(self, line, { old }, new)
    return line + #new - 1, #last + 1, true
end

---Puts a line at the end of the one before it.
---@param line integer from 2
---@return integer column where it begins now
function Buffer:join(line)
    local before = { self.lines[line - 1], self.lines[line] }
    local after = { before[1] .. before[2] }
    note(self, line - 1, before, after)
    exchange(self, line - 1, before, after)
    return #before[1] + 1
end

return { new = new }
