---@meta luart.regex

---Regular expressions of .NET's kind, as Java's are, too: with lookahead and lookbehind, groups with names, backreferences and atomic
---groups. Texts are UTF-8, a character of which is what a dot matches; other texts are matched byte by byte. Positions are bytes, as those of
---string.find.
---@class luart.regex
local regex = {}

---Compiles a pattern. The last 256 are kept, so that it may be called each time.
---@param pattern string up to 8192 bytes
---@param flags? string letters: i (case doesn't matter), m (^ and $ match at lines), s (a dot matches line breaks), x (blanks and # comments in the pattern), n (only groups with names capture)
---@param timeout? number seconds that one search may take, up to 5; 0.25 unless given
---@return luart.Regex? regex
---@return string? message what is wrong with the pattern
---@nodiscard
function regex.compile(pattern, flags, timeout) end

---A pattern that matches a text and nothing else.
---@param text string
---@return string pattern
---@nodiscard
function regex.escape(text) end

---A compiled pattern. Its functions throw "pattern took too long" if a search takes more than its time, and an error for texts of more than 16 MiB.
---init is the byte at which the search begins, as that of string.find; lookbehind sees what is in front of it.
---@class luart.Regex: userdata
local Regex = {}

---Tells whether the pattern matches anywhere.
---@param text string
---@param init? integer
---@return boolean
---@nodiscard
function Regex:test(text, init) end

---Where the first match is, as string.find: the first and the last byte, and what the groups have captured; nil if there is none.
---@param text string
---@param init? integer
---@return integer? first
---@return integer? last
---@return string? ...
---@nodiscard
function Regex:find(text, init) end

---What the groups of the first match have captured, or all of it if there are no groups; nil if there is none. A group without a part in the match gives
---nil.
---@param text string
---@param init? integer
---@return string? ...
---@nodiscard
function Regex:match(text, init) end

---What was captured, by the groups' numbers and names; 0 is all of the match. nil if there is none.
---@param text string
---@param init? integer
---@return table<integer|string, string>?
---@nodiscard
function Regex:groups(text, init) end

---Goes through all matches: for a, b in regex:gmatch(text) do. The first value is false if its group has no part in a match.
---@param text string
---@param init? integer
---@return fun(): ...
---@nodiscard
function Regex:gmatch(text, init) end

---Replaces matches, as string.gsub does: by a text, in which $1 and ${name} stand for groups, $0 for the match and $$ for a dollar sign; by what a
---function returns that gets the groups; by what a table has for the first group. nil and false leave the match as it is.
---@param text string
---@param by string|function|table
---@param limit? integer how many; all unless given
---@return string text
---@return integer count
function Regex:replace(text, by, limit) end

return regex
