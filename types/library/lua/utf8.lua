---@meta

---Functions for strings in UTF-8. What the terminal shows is one character a byte, not UTF-8.
---@class utf8lib
utf8 = {}

---A pattern that matches one character.
---@type string
utf8.charpattern = ""

---A string of characters. Throws "bad argument #1 (value out of range)" beyond 0x10FFFF.
---@param ... integer
---@return string
---@nodiscard
function utf8.char(...) end

---The numbers of characters. Throws "invalid UTF-8 code".
---@param s string
---@param i? integer the byte where to begin, 1 unless given
---@param j? integer the byte where to end, i unless given
---@return integer ...
---@nodiscard
function utf8.codepoint(s, i, j) end

---Goes through the characters: `for byte, code in utf8.codes(s) do … end`. Throws "invalid UTF-8 code".
---@param s string
---@return fun(s: string, p: integer): integer, integer
---@return string
---@return integer
function utf8.codes(s) end

---The number of characters.
---@param s string
---@param i? integer the byte where to begin, 1 unless given
---@param j? integer the byte where to end, -1 unless given
---@return integer? count nil if it isn't UTF-8
---@return integer? position of the first byte that is wrong
---@nodiscard
function utf8.len(s, i, j) end

---The byte at which a character begins.
---@param s string
---@param n integer which character, counted from i
---@param i? integer a byte where a character begins
---@return integer? nil if there is no such character
---@nodiscard
function utf8.offset(s, n, i) end
