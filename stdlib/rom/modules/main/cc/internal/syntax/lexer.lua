-- Cuts lines of Lua source into tokens, for colours and for places of errors. It takes any text: what is no Lua becomes
-- tokens of the kind "unknown".

local byte, find, match, sub = string.byte, string.find, string.match, string.sub

local keywords = {
    ["and"] = true, ["break"] = true, ["do"] = true, ["else"] = true, ["elseif"] = true, ["end"] = true, ["false"] = true,
    ["for"] = true, ["function"] = true, ["goto"] = true, ["if"] = true, ["in"] = true, ["local"] = true, ["nil"] = true,
    ["not"] = true, ["or"] = true, ["repeat"] = true, ["return"] = true, ["then"] = true, ["true"] = true, ["until"] = true,
    ["while"] = true,
}

---What a line begins in, when a string or a comment goes over several lines: 0 for neither; n > 0 for a long string with
---n - 1 equals signs in its brackets; n < 0 for such a comment; "'" or '"' for a string whose line ended with a backslash.
---@alias cc.internal.syntax.State integer|string

---@alias cc.internal.syntax.Kind "keyword"|"name"|"number"|"string"|"comment"|"operator"|"unknown"

-- The end of a long string or comment of a level, from a position on; nil if it goes on in the next line.
local function longEnd(line, level, from)
    local _, stop = find(line, "]" .. ("="):rep(level) .. "]", from, true)
    return stop
end

-- The end of a short string, from the position after its quote on; and the state in which the next line begins.
local function shortEnd(line, quote, from)
    local at = from
    while true do
        at = find(line, "[\\" .. quote .. "]", at)
        if not at then return #line, 0 end
        if byte(line, at) ~= 92 then return at, 0 end
        if at == #line then return at, quote end
        -- \z skips white space, also to the next line.
        local rest = match(line, "^z%s*()", at + 1)
        if rest and rest > #line then return #line, quote end
        at = at + 2
    end
end

---Calls emit(kind, first, last) for each token of a line, from left to right. White space is in none.
---@param line string without a line break
---@param state cc.internal.syntax.State what the line begins in
---@param emit fun(kind: cc.internal.syntax.Kind, first: integer, last: integer)
---@return cc.internal.syntax.State next what the next line begins in
local function lex(line, state, emit)
    local at, length = 1, #line
    if state == "'" or state == '"' then
        local stop, after = shortEnd(line, state, 1)
        if length > 0 then emit("string", 1, stop) end
        -- An empty line ends the string, unless \z has led here; either way it is nothing to look at.
        if after ~= 0 then return after end
        at = stop + 1
    elseif state ~= 0 then
        local stop = longEnd(line, math.abs(state) - 1, 1)
        if length > 0 then emit(state > 0 and "string" or "comment", 1, stop or length) end
        if not stop then return state end
        at = stop + 1
    end
    while true do
        at = find(line, "%S", at)
        if not at then return 0 end
        local c = byte(line, at)
        local last
        if c >= 97 and c <= 122 or c >= 65 and c <= 90 or c == 95 then
            last = match(line, "^[%w_]+()", at) - 1
            emit(keywords[sub(line, at, last)] and "keyword" or "name", at, last)
        elseif c >= 48 and c <= 57 or c == 46 and find(line, "^%d", at + 1) then
            -- As the compiler does: everything that could be of a number, whether it is one or not.
            local exponent = find(line, "^0[xX]", at) and "[pP]" or "[eE]"
            last = at
            while true do
                local stop = match(line, "^" .. exponent .. "[+-]?()", last + 1) or match(line, "^[%w.]()", last + 1)
                if not stop then break end
                last = stop - 1
            end
            emit("number", at, last)
        elseif c == 34 or c == 39 then
            local stop, after = shortEnd(line, c == 34 and '"' or "'", at + 1)
            emit("string", at, stop)
            if after ~= 0 then return after end
            last = stop
        elseif c == 45 and find(line, "^-", at + 1) then
            local equals = match(line, "^%[(=*)%[", at + 2)
            if not equals then
                emit("comment", at, length)
                return 0
            end
            last = longEnd(line, #equals, at + 4 + #equals)
            emit("comment", at, last or length)
            if not last then return -1 - #equals end
        elseif c == 91 and find(line, "^=*%[", at + 1) then
            local equals = match(line, "^=*", at + 1)
            last = longEnd(line, #equals, at + 2 + #equals)
            emit("string", at, last or length)
            if not last then return 1 + #equals end
        else
            last = match(line, "^%.%.%.()", at) or match(line, "^%.%.()", at) or match(line, "^[=~<>]=()", at)
                or match(line, "^::()", at)
            last = last and last - 1 or at
            emit(find(line, "^[-+*/%%^#=<>(){}%[%];:,.]", at) and "operator" or last > at and "operator" or "unknown", at, last)
        end
        at = last + 1
    end
end

---What the next line begins in. The same as lex, but faster on most lines.
---@param line string without a line break
---@param state cc.internal.syntax.State what the line begins in
---@return cc.internal.syntax.State
local function after(line, state)
    -- Only these can carry something over to the next line.
    if state == 0 and not find(line, "[[", 1, true) and not find(line, "[=", 1, true) and not find(line, "\\", 1, true) then
        return 0
    end
    return lex(line, state, function() end)
end

---A part of a source text.
---@class cc.internal.syntax.Token
---@field kind cc.internal.syntax.Kind
---@field text string
---@field line integer
---@field first integer column of its first character
---@field last integer column of its last one

---The tokens of a whole text, without comments. A string of several lines is one token for each.
---@param lines string[]
---@return cc.internal.syntax.Token[]
local function tokens(lines)
    local found, count, state = {}, 0, 0
    for number = 1, #lines do
        local line = lines[number]
        state = lex(line, state, function(kind, first, last)
            if kind == "comment" then return end
            count = count + 1
            found[count] = { kind = kind, text = sub(line, first, last), line = number, first = first, last = last }
        end)
    end
    return found
end

return { lex = lex, after = after, tokens = tokens, keywords = keywords }
