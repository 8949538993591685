-- Finds the place in a source text that a message of the compiler is about. The message names a line and, mostly, what stands
-- there; this finds the column.

local lexer = require "cc.internal.syntax.lexer"

-- Source texts that are longer than this are not searched: the line is enough then.
local maxLength = 1000000

-- More places than these are not tried, nor more text than this compiled for it, in bytes.
local maxTries, maxTried = 30, 2000000

---Where an error is.
---@class cc.internal.syntax.Place
---@field line integer
---@field column? integer from 1; nil if only the line is known
---@field width? integer how many characters it is about
---@field opened? cc.internal.syntax.Place what is still open there, for messages of a missing end

-- The lines of a text, without line breaks.
local function split(text)
    local lines, at = {}, 1
    while true do
        local stop = text:find("\n", at, true)
        lines[#lines + 1] = text:sub(at, (stop or 0) - 1):gsub("\r$", "")
        if not stop then return lines end
        at = stop + 1
    end
end

local function place(token)
    return { line = token.line, column = token.first, width = token.last - token.first + 1 }
end

local opens = { ["do"] = true, ["function"] = true, ["repeat"] = true, ["if"] = true }
local brackets = { ["("] = ")", ["{"] = "}", ["["] = "]" }
local closes = { [")"] = true, ["}"] = true, ["]"] = true, ["end"] = true, ["until"] = true }

-- The last thing that is opened on a line and not closed before a token. `while` and `for` open with their `do`.
local function opener(tokens, count, line, what)
    local stack, n = {}, 0
    for i = 1, count do
        local token = tokens[i]
        local text = token.kind ~= "string" and token.text
        if text and (opens[text] or brackets[text]) then
            n = n + 1
            stack[n] = token
        elseif text and closes[text] then
            n = math.max(n - 1, 0)
        end
    end
    for i = n, 1, -1 do
        if stack[i].line == line and stack[i].text == what then return place(stack[i]) end
    end
    for _, token in ipairs(tokens) do
        if token.line == line and token.text == what then return place(token) end
    end
end

-- The offset of a column in a text of lines.
local function offset(text, line, column)
    local at = 1
    for _ = 1, line - 1 do at = text:find("\n", at, true) + 1 end
    return at + column - 1
end

-- Picks, among tokens that look like what a message names, the one that the compiler stumbled on: it is the first with
-- which the text up to there already gives the message.
local function stumbled(text, candidates, complaint)
    if #candidates == 1 then return candidates[1] end
    for i = 1, math.min(#candidates, maxTries, math.ceil(maxTried / #text)) do
        local token = candidates[i]
        local _, message = load(text:sub(1, offset(text, token.line, token.last)), "=x", "t", {})
        if message and message:match("^x:(%d+: .*)$") == complaint then return token end
    end
    return candidates[1]
end

---Finds the place that a message of `load` is about.
---@param text string the source text that did not compile
---@param message string "NAME:LINE: …"
---@return cc.internal.syntax.Place? place nil if the message names no line of the text
local function locate(text, message)
    local complaint = message:match("^.-:(%d+: .*)$")
    if not complaint then return nil end
    local line, what = complaint:match("^(%d+): (.*)$")
    line = tonumber(line)
    local lines = split(text)
    if line < 1 or line > #lines then return nil end
    if #text > maxLength then return { line = line } end

    local tokens = lexer.tokens(lines)
    local here, before = {}, #tokens
    local near = what:match(" near '(.*)'$")
    local code = what:match(" near <\\(%d+)>'$") -- a byte that is no ASCII
    if code then near = string.char(code) end
    local label = what:match("^no visible label '(.-)'")
    for i, token in ipairs(tokens) do
        if token.line == line then
            if near and token.text == near or not near and what:find("^break outside") and token.text == "break" then
                here[#here + 1] = token
            elseif label and token.text == "goto" and tokens[i + 1] and tokens[i + 1].text == label then
                return place(tokens[i + 1])
            end
        end
    end

    local found
    if #here > 0 then
        local token = stumbled(text, here, complaint)
        found = place(token)
        for i, other in ipairs(tokens) do
            if other == token then before = i - 1 end
        end
    elseif what:find("^unfinished long ") then
        -- What matters is where it began.
        line = tonumber(what:match("started at line (%d+)")) or line
        for _, token in ipairs(tokens) do
            if token.line == line and token.text:find("^%[=*%[") then found = place(token) end
        end
        found = found or { line = line }
    elseif what:find("^unfinished string") then
        for _, token in ipairs(tokens) do
            if token.line == line and token.kind == "string" then found = place(token) end
        end
        found = found or { line = line }
    elseif what:find(" near <eof>$") then
        -- The end of the text is after its last token, not after the blank lines behind it.
        local last = tokens[#tokens]
        if last then
            found = { line = last.line, column = last.last + 1, width = 1 }
        else
            found = { line = line, column = 1, width = 1 }
        end
    else
        local first = near and near ~= "" and lines[line]:find(near, 1, true)
        found = { line = line, column = first or nil, width = first and #near or nil }
    end

    local opening, openedAt = what:match("to close '(.-)' at line (%d+)")
    if opening then
        -- A loop's block opens with its do, which the message does not name.
        found.opened = opener(tokens, before, tonumber(openedAt), opening)
    end
    return found
end

return { locate = locate, split = split }
