---@meta

---Strings are of bytes; positions count from 1, negative ones from the end. All functions are methods of strings, too:
---`("%d"):format(7)`.
---@class stringlib
string = {}

---The bytes of a string.
---@param s string|number
---@param i? integer from here, 1 unless given
---@param j? integer to here, i unless given
---@return integer ...
---@nodiscard
function string.byte(s, i, j) end

---A string of bytes. Throws "bad argument #1 (invalid value)" for numbers beyond 255.
---@param ... integer
---@return string
---@nodiscard
function string.char(...) end

---Throws "unable to dump given function", always.
---@deprecated
---@param f function
---@return string
function string.dump(f) end

---Finds a pattern.
---@param s string|number
---@param pattern string|number
---@param init? integer where the search begins, 1 unless given
---@param plain? boolean the pattern is just text
---@return integer? start nil if it isn't there
---@return integer? stop
---@return any ... captured
---@nodiscard
function string.find(s, pattern, init, plain) end

---Formats: %d %i %u %x %X %o take any number and cut off its fraction; %c %e %E %f %g %G %a %A %q %s are as in Lua 5.2.
---@param s string|number
---@param ... any
---@return string
---@nodiscard
function string.format(s, ...) end

---The same as gmatch.
---@deprecated
---@param s string|number
---@param pattern string|number
---@return fun(): string, ...
---@nodiscard
function string.gfind(s, pattern) end

---Goes through all matches of a pattern: `for key, value in s:gmatch("(%w+)=(%w+)") do … end`. A "^" at the start never matches.
---@param s string|number
---@param pattern string|number
---@return fun(): string, ...
---@nodiscard
function string.gmatch(s, pattern) end

---Replaces all matches of a pattern.
---@param s string|number
---@param pattern string|number
---@param repl string|number|table|function a text, in which %1 is the first capture and %0 all of the match; or a table or a function that gives the text for the first capture, or false to leave it
---@param n? integer how many, at most
---@return string
---@return integer count
function string.gsub(s, pattern, repl, n) end

---The number of bytes.
---@param s string|number
---@return integer
---@nodiscard
function string.len(s) end

---In lower case, ASCII letters only.
---@param s string|number
---@return string
---@nodiscard
function string.lower(s) end

---The captures of the first match of a pattern, or all of it if there are none.
---@param s string|number
---@param pattern string|number
---@param init? integer where the search begins, 1 unless given
---@return string|any ... nil if it isn't there
---@nodiscard
function string.match(s, pattern, init) end

---Packs values into bytes, as in Lua 5.3: `string.pack("<I4s2", 7, "text")`.
---@param fmt string
---@param ... string|number
---@return string
---@nodiscard
function string.pack(fmt, ...) end

---How many bytes a format takes that has no "s" and "z".
---@param fmt string
---@return integer
---@nodiscard
function string.packsize(fmt) end

---A string again and again. Throws "resulting string too large", and "not enough memory".
---@param s string|number
---@param n integer
---@param sep? string|number what is between
---@return string
---@nodiscard
function string.rep(s, n, sep) end

---The bytes in reverse.
---@param s string|number
---@return string
---@nodiscard
function string.reverse(s) end

---A part.
---@param s string|number
---@param i integer
---@param j? integer -1, the end, unless given
---@return string
---@nodiscard
function string.sub(s, i, j) end

---Unpacks what string.pack has made. Throws "bad argument #2 (data string too short)".
---@param fmt string
---@param s string
---@param pos? integer where to begin, 1 unless given
---@return any ... the values, then the position after the last one
---@nodiscard
function string.unpack(fmt, s, pos) end

---In upper case, ASCII letters only.
---@param s string|number
---@return string
---@nodiscard
function string.upper(s) end
