-- Strings and their escapes: §1.1, §1.5, §1.6 (library messages).

print("a\tb" == "a\9b", "\65\066\0670", "\x41\x4a") --> true ABC0 AJ
print("a\z
       b\z c", #"\z   ")             --> abc 0
print("line\
two")
--> line
--> two
print(#"\
", "\0a" == "\0" .. "a", #"\0\0\0", "a\0b" == "a\0c") --> 1 true 3 false
print(("\0001"):byte(1, -1))         --> 0 49
print("\10" == "\n", "\x0A" == "\n", "\010" == "\n") --> true true true
print(("x"):rep(3), ("ab"):rep(2, ","), ("x"):rep(0), ("x"):rep(-3), ("x"):rep(1, "sep")) --> xxx ab,ab   x
print(("abc"):len(), #"abc", ("abc"):upper(), ("aBc"):lower(), ("abc"):reverse(), (""):reverse()) --> 3 3 ABC abc cba
---
-- craftos only: \u escapes, and unknown escapes are the character itself
print("\u{48}\u{20AC}" == "H\xE2\x82\xAC", "\u{0}" == "\0", #"\u{10FFFF}") --> true true 4
print('\q', '\-', '\.', "\%d", "\Q")  --> q - . %d Q
---
print("it" "s")  --! ')' expected near '"s"'
---
-- sub
local s = "hello"
print(s:sub(2), s:sub(2, 3), s:sub(-3), s:sub(-3, -2), s:sub(0), s:sub(10), s:sub(2, 1)) --> ello el llo ll hello
print(s:sub(-100, 2), s:sub(3, 100), s:sub(0, 0), s:sub(1, -1), s:sub(5, 5), s:sub(6)) --> he llo  hello o
print(("%q"):format(s:sub(-1, 1)), ("%q"):format((""):sub(1, 1)), s:sub("2", "3")) --> "" "" el
---
-- byte and char
local s = "ABC"
print(s:byte(), s:byte(2), s:byte(-1), s:byte(10), s:byte(0)) --> 65 66 67 nil
print(s:byte(1, -1))                 --> 65 66 67
print(s:byte(2, 10))                 --> 66 67
print(select("#", s:byte(3, 2)), select("#", s:byte(10, 20)), select("#", (""):byte(1, -1))) --> 0 0 0
print(string.char(), string.char(72, 105), string.char(0, 255) == "\0\255") -->  Hi true
---
-- craftos only: message texts
print(pcall(string.char, 256))       --> false @LINE: bad argument #1 (invalid value)
print(pcall(string.char, 65, -1))    --> false @LINE: bad argument #2 (invalid value)
print(pcall(string.char, "x"))       --> false @LINE: bad argument (number expected, got string)
print(pcall(string.rep))             --> false @LINE: bad argument (string expected, got nil)
print(pcall(string.rep, "x"))        --> false @LINE: bad argument (number expected, got nil)
print(pcall(string.rep, {}, 1))      --> false @LINE: bad argument (string expected, got table)
print(pcall(string.sub, "x"))        --> false @LINE: bad argument (number expected, got nil)
print(pcall(string.sub))             --> false @LINE: bad argument (string expected, got nil)
print(pcall(string.len, nil))        --> false @LINE: bad argument (string expected, got nil)
print(pcall(string.upper))           --> false @LINE: bad argument (string expected, got nil)
print(pcall(string.byte, {}))        --> false @LINE: bad argument (string expected, got table)
print(pcall(string.reverse, true))   --> false @LINE: bad argument (string expected, got boolean)
print(pcall(("x").rep, "x", 1e8, ("y"):rep(1000))) --> false @LINE: resulting string too large
print(pcall(string.rep, "xx", 2^31 - 1)) --> false @LINE: resulting string too large
print(pcall(("x").bad))              --> false @LINE: attempt to call a nil value
---
-- craftos only: message texts of calls from Lua get the position of the call
local s = "x"
print(pcall(function() s:rep() end)) --> false @LINE: bad argument (number expected, got nil)
print(pcall(function() s.rep() end)) --> false @LINE: bad argument (string expected, got nil)
print(pcall(function() s:rep({}) end)) --> false @LINE: bad argument (number expected, got table)
print(pcall(function() local x = s:sub({}) end)) --> false @LINE: bad argument (number expected, got table)
print(pcall(function() return string.char(-1) end)) --> false @LINE: bad argument #1 (invalid value)
print(pcall(function() return s:nope() end)) --> false @LINE: attempt to call method 'nope' (a nil value)
print(pcall(function() return s.x.y end)) --> false @LINE: attempt to index field 'x' (a nil value)
print(pcall(function() return #5 end)) --> false @LINE: attempt to get length of a number value
---
-- Numbers are strings to the library, and methods can be called on strings.
print(string.len(12), string.rep(7, 3), string.upper(1.5), (5 .. ""):len()) --> 2 777 1.5 1
print(("x"):len(), ("%d"):rep(2), #("x" .. 1)) --> 1 %d%d 2
print(pcall(function() return (5):len() end)) --> false @LINE: attempt to index a number value
print(("abc").len, ("abc").nope == nil, ("abc")[1]) --~ (function|builtin).* true nil
print(getmetatable("").__index == string, getmetatable("a") == getmetatable("b")) --> true true
string.shout = function(s) return s:upper() .. "!" end
print(("hey"):shout())               --> HEY!
---
-- A metatable for strings may be changed like any other.
getmetatable("").__add = function(a, b) return "added " .. a .. b end
print("x" + 1, "1" + 1, 1 + "y")     --> added x1 2 added 1y
getmetatable("").__call = function(s, x) return s .. "(" .. x .. ")" end
print(("f")(1))                      --> f(1)
getmetatable("").__index = function(s, k) return type(k) == "number" and s:sub(k, k) or string[k] end
print(("abc")[2], ("abc"):upper())   --> b ABC
---
-- The length of a string is never asked of a metamethod.
getmetatable("").__len = function() return 42 end
print(#"abc", ("abc"):len())         --> 3 3
---
-- craftos only: message texts
print(pcall(setmetatable, "x", {}))  --> false @LINE: bad argument (table expected, got string)
---
-- Concatenation.
print("a" .. "b" .. "c", 1 .. "", "" .. "", -1 .. "x", 1.5 .. 2) --> abc 1  -1x 1.52
local t = {}
for i = 1, 300 do t[i] = "x" end
print(#table.concat(t), #("x"):rep(1000):rep(1000)) --> 300 1000000
local s = ""
for i = 1, 1000 do s = s .. i .. "," end
print(#s, s:sub(1, 10), s:sub(-6))   --> 3893 1,2,3,4,5, ,1000,
local a, b, c = "x", 5, "z"
print(a .. b .. c .. a .. b .. c)    --> x5zx5z
print(pcall(function() return a .. nil end)) --> false @LINE: attempt to concatenate a nil value
print(pcall(function() return {} .. "x" end)) --> false @LINE: attempt to concatenate a table value
print(pcall(function() return "x" .. true .. "y" end)) --> false @LINE: attempt to concatenate a boolean value
print(pcall(function() return 1 .. {} end)) --> false @LINE: attempt to concatenate a table value
---
-- Strings are equal by their bytes, however they were made; they work as keys.
local a = "key" .. 1
local b = ("key%d"):format(1)
local t = {[a] = "v"}
print(a == b, rawequal(a, b), t[b], t.key1, t["key" .. "1"]) --> true true v v v
local long = ("x"):rep(500)
t[long] = 5
print(t[("x"):rep(499) .. "x"], t[("x"):rep(501)]) --> 5 nil
t["a\0b"] = 1
print(t["a\0b"], t["a\0c"], t["a"])  --> 1 nil nil
---
-- tostring
print(tostring(nil), tostring(true), tostring(12), tostring("x"), tostring(1.5)) --> nil true 12 x 1.5
print(tostring({}))                  --~ table: (0x)?[0-9a-f]+
print(tostring(function() end))      --~ function: (0x)?[0-9a-f]+
print(tostring(coroutine.create(print))) --~ thread: (0x)?[0-9a-f]+
local t = {}
print(tostring(t) == tostring(t), tostring(t) ~= tostring({})) --> true true
---
-- craftos only: message texts
print(pcall(tostring))               --> false @LINE: bad argument #1 (value expected)
print(tostring(print))               --~ function: .*
print(pcall(string.dump, print))     --> false @LINE: unable to dump given function
print(pcall(string.dump, function() end)) --> false @LINE: unable to dump given function
print(string.gfind == string.gmatch) --> true
---
-- 2^19 values can be returned at once. (§1.5)
local n = 2^19
local t = {(" "):rep(n):byte(1, -1)}
print(#t == n, t[1], t[n])           --> true 32 32
