-- Versions of packages and their order, which is that of Maven: "1.0-alpha" < "1.0" = "1" = "1.0-final" < "1.0-sp" < "1.0-1" < "1.1".

local expect = require "cc.expect".expect

local find, gsub, lower, sub = string.find, string.gsub, string.lower, string.sub

---@class packages.version
local version = {}

-- Words with a meaning. What has none is behind them, in the order of its letters, and numbers are behind all words.
local words = {
    alpha = 1, a = 1, beta = 2, b = 2, milestone = 3, m = 3, rc = 4, cr = 4, snapshot = 5, [""] = 6, ga = 6, final = 6, release = 6, sp = 7,
}
local aliased = { a = true, b = true, m = true } -- words only in front of a number, as in "1.0a2"

local PARTS = 64 -- more parts of a version than that don't count

-- A part is a number without leading zeros as a text, or a word; dash tells whether "-" stood in front of it.
local function parts(text)
    local list, at, dash = {}, 1, false
    text = lower(text)
    while at <= #text and #list < PARTS do
        local first, last = find(text, "^%d+", at)
        if first then
            list[#list + 1] = { number = (gsub(sub(text, first, last), "^0+(%d)", "%1")), dash = dash }
            dash, at = false, last + 1
        else
            first, last = find(text, "^[^%d.%-_+%s]+", at)
            if first then
                local word = sub(text, first, last)
                if aliased[word] and not find(text, "^%d", last + 1) then word = word .. "\0" end
                list[#list + 1] = { word = word, dash = dash }
                dash, at = true, last + 1 -- a number that follows at once is as behind "-"
            else
                dash, at = find(text, "^[-_]", at) ~= nil, at + 1
            end
        end
    end
    -- Zeros and words for nothing at the end, and in front of "-" or a word, don't count.
    local i = #list
    while i > 0 do
        local p = list[i]
        local following = list[i + 1]
        if not following or following.dash or following.word then
            if p.number == "0" or p.word and words[p.word] == 6 then table.remove(list, i) end
        end
        i = i - 1
    end
    return list
end

local function compareNumbers(a, b)
    if #a ~= #b then return #a < #b and -1 or 1 end
    if a == b then return 0 end
    return a < b and -1 or 1
end

-- Which of the kinds a part is of: words before nothing 1, nothing 2, words after it 3, "-1" 4, ".1" 5.
local function kind(p)
    if not p then return 2 end
    if p.number then return p.dash and 4 or 5 end
    local rank = words[p.word]
    if rank and rank < 6 then return 1 end
    return rank == 6 and 2 or 3
end

local function compareParts(a, b)
    local ka, kb = kind(a), kind(b)
    if ka ~= kb then return ka < kb and -1 or 1 end
    if not a or not b then return 0 end
    if a.number then return compareNumbers(a.number, b.number) end
    local ra, rb = words[a.word] or 8, words[b.word] or 8
    if ra ~= rb then return ra < rb and -1 or 1 end
    if ra < 8 or a.word == b.word then return 0 end
    return a.word < b.word and -1 or 1
end

---Compares two versions.
---@param a string
---@param b string
---@return integer order less than 0 if a is older than b, 0 if they mean the same, more than 0 if a is newer
function version.compare(a, b)
    expect(1, a, "string")
    expect(2, b, "string")
    if a == b then return 0 end
    local x, y = parts(a), parts(b)
    for i = 1, math.max(#x, #y) do
        local order = compareParts(x[i], y[i])
        if order ~= 0 then return order end
    end
    return 0
end

---The newest of some versions; the first of those that mean the same.
---@param list string[]
---@return string? newest nil if there are none
function version.newest(list)
    local best = list[1]
    for i = 2, #list do
        if version.compare(list[i], best) > 0 then best = list[i] end
    end
    return best
end

---Sorts versions, the newest first.
---@param list string[] is changed
---@return string[] list
function version.sort(list)
    table.sort(list, function(a, b)
        local order = version.compare(a, b)
        if order == 0 then return a < b end
        return order > 0
    end)
    return list
end

return version
