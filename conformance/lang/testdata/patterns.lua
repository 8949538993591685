-- Patterns: §1.5 and the texts of §1.6.

-- find
print(("hello world"):find("o"))     --> 5 5
print(("hello world"):find("o", 6), ("hello"):find("xyz"), ("hello"):find("l+")) --> 8 nil 3 4
print(("hello"):find("(l)(l)"))      --> 3 4 l l
print(("hello"):find(""), ("hello"):find("", 3), (""):find(""), ("abc"):find("", 4)) --> 1 3 1 4 3
print(("a.b"):find(".", 1, true), ("a.b"):find("%."), ("a+b"):find("+", 1, true), ("abc"):find("b", -1, true)) --> 2 2 2 nil
print(("hello"):find("l", -2), ("hello"):find("h", -100), ("hello"):find("", -100)) --> 4 1 1 0
print(("abc"):find("()b()"))         --> 2 2 2 3
print(("abc"):find("^b"), ("abc"):find("^a"), ("abc"):find("c$"), ("abc"):find("b$"), ("a^b"):find("a^")) --> nil 1 3 nil 1 2
print(("a\0b"):find("\0"), ("a\0b"):find("%z"), ("a\0b"):find("b", 1, true), ("abc"):find("b", nil, true)) --> 2 2 3 2 2
---
-- craftos only: a start past the end is moved to the end
print(("abc"):find("", 10))          --> 4 3
print(("abc"):find("", 4))           --> 4 3
print(("abc"):find("x", 10), ("abc"):find("", 10, true), ("abc"):match("", 10), ("abc"):match("()", 10)) --> nil 4  4
---
-- Character classes.
local function all(class)
  local t = {}
  for i = 0, 255 do if string.char(i):find(class) then t[#t + 1] = i end end
  local out, first = {}, nil
  for i, c in ipairs(t) do
    if t[i - 1] ~= c - 1 then first = c end
    if t[i + 1] ~= c + 1 then out[#out + 1] = first == c and c or first .. "-" .. c end
  end
  return table.concat(out, " ")
end
print(all("%a"))                     --> 65-90 97-122
print(all("%d"))                     --> 48-57
print(all("%l"))                     --> 97-122
print(all("%u"))                     --> 65-90
print(all("%s"))                     --> 9-13 32
print(all("%w"))                     --> 48-57 65-90 97-122
print(all("%x"))                     --> 48-57 65-70 97-102
print(all("%p"))                     --> 33-47 58-64 91-96 123-126
print(all("%c"))                     --> 0-31 127
print(all("%g"))                     --> 33-126
print(all("%A"))                     --> 0-64 91-96 123-255
print(all("%S"))                     --> 0-8 14-31 33-255
print(all("%W"))                     --> 0-47 58-64 91-96 123-255
print(all("."))                      --> 0-255
print(all("[%w_]"))                  --> 48-57 65-90 95 97-122
print(all("[^%w_]"))                 --> 0-47 58-64 91-94 96 123-255
print(all("[a-f0-3]"))               --> 48-51 97-102
print(all("[]a]"))                   --> 93 97
print(all("[^]a]"))                  --> 0-92 94-96 98-255
print(all("[a-]"))                   --> 45 97
print(all("[-a]"))                   --> 45 97
print(all("[a^]"))                   --> 94 97
print(all("[%]]"))                   --> 93
print(all("[%a-z]"))                 --> 45 65-90 97-122
print(all("[\128-\255]"))            --> 128-255
print(all("%%"))                     --> 37
print(all("[%%]"))                   --> 37
print(all("%z"))                     --> 0
print(all("%Z"))                     --> 1-255
print(all("[z-a]"))                  -->
---
-- Repetition.
print(("aaa"):match("a*"), ("aaa"):match("a-"), ("aaa"):match("a+"), ("aaa"):match("a?")) --> aaa  aaa a
print(("aaab"):match("a-b"), ("b"):match("a*b"), ("b"):match("a+b"), ("xaaab"):match("a?ab")) --> aaab b nil aab
print(("<<a>><b>"):match("<.->"), ("<a><b>"):match("<.*>"), ("key = value"):match("(%w+)%s*=%s*(%w+)")) --> <<a> <a><b> key value
print(("aaa"):find("a-$"), ("  trim  "):match("^%s*(.-)%s*$") .. "|") --> 1 trim|
print(("abc123def"):match("%a+(%d+)%a+"), ("2024-01-02"):match("(%d+)-(%d+)-(%d+)")) --> 123 2024 01 02
---
-- Captures, back references, balance and frontier.
print(("hello"):match("(h)(e)(l+)"), ("hello"):match("(h(e)(l+))")) --> h hell e ll
print(("abab"):match("(ab)%1"), ("abac"):match("(ab)%1"), ("'q' \"r\""):match("(['\"])(.-)%1")) --> ab nil ' q
print(("f(a(b)c)d"):match("%b()"), ("f(a(b)c"):match("%b()"), ("[[x]]"):match("%b[]")) --> (a(b)c) (b) [[x]]
print(("THE (quick) fox"):find("%f[%a]%a+%f[%A]"), ("x"):find("%f[%z]"), ("foo bar"):gsub("%f[%w]%w+", string.upper)) --> 1 2 FOO BAR 2
print(("THE (quick) fox"):find("%f[%a]%a+%f[%A]", 4)) --> 6 10
print(("abc"):match("()"), ("abc"):match("a()b()c()")) --> 1 2 3 4
print(("aaa"):match("(a*(.)%w(%s*))"), ("  x"):match("^(%s*)(%S)")) --> aaa    x
print(("x=1, y=2"):match("(%w)=(%w), (%w)=(%w)")) --> x 1 y 2
---
-- match
print(("hello"):match("l+"), ("hello"):match("xyz"), ("hello"):match("", 3), ("hello"):match(".", -1)) --> ll nil  o
print(("hello"):match("^l", 3), ("hello"):match("^h", 2), ("a$b"):match("a$b"), ("a$"):match("a$$")) --> l nil a$b a$
print(("x^"):match("x^"), ("$x"):match("^$x"), ("a-b"):match("a%-b")) --> x^ $x a-b
---
-- gmatch
for w in ("one two  three"):gmatch("%a+") do print(w) end
--> one
--> two
--> three
for k, v in ("a=1, b=2"):gmatch("(%w+)=(%w+)") do print(k, v) end
--> a 1
--> b 2
local it = ("ab"):gmatch(".")
print(it(), (it()), (it()))          --> a b nil
print(select("#", ("x"):gmatch("x")), type(("x"):gmatch("x"))) --> 1 function
---
-- craftos only: an empty match at the end isn't found by gmatch
for p in ("abc"):gmatch("()") do print(p) end
--> 1
--> 2
--> 3
local n = 0
for m in ("abc"):gmatch("") do n = n + 1 end
print(n)                             --> 3
for m in ("hello"):gmatch("x*") do n = n + 1 end
print(n)                             --> 8
for m in (""):gmatch("x*") do n = n + 1 end
print(n)                             --> 8
---
-- craftos only: an anchor in gmatch matches nothing
local n = 0
for m in ("aaa"):gmatch("^a") do n = n + 1 end
print(n)                             --> 0
print(("hello"):gsub("l", "L", -1))  --> hello 0
---
-- gsub with strings
print(("hello world"):gsub("o", "0")) --> hell0 w0rld 2
print(("hello"):gsub("l", "L", 1))   --> heLlo 1
print(("hello"):gsub("l", "L", 0))   --> hello 0
print(("hello"):gsub("", "-"))       --> -h-e-l-l-o- 6
print((""):gsub("", "x"))            --> x 1
print(("abc"):gsub("%w", "%0%0"))    --> aabbcc 3
print(("abc"):gsub("%w", "%1"))      --> abc 3
print(("hello world"):gsub("(%w+) (%w+)", "%2 %1")) --> world hello 1
print(("abc"):gsub("b", "%%"))       --> a%c 1
print(("abc"):gsub("b*", "x"))       --> xaxxcx 4
print(("abc"):gsub("^a", "x"), ("aaa"):gsub("^a", "x"), ("abc"):gsub("c$", "x"), ("abc"):gsub("$", "x")) --> xbc xaa abx abcx 1
print(("abc def"):gsub("%f[%w]%w+", "<%0>")) --> <abc> <def> 2
print(("abc"):gsub("()", "%1"))      --> 1a2b3c4 4
print(("x"):gsub("x", 5), ("x"):gsub("x", 1.5)) --> 5 1.5 1
print(("a.b.c"):gsub("%.", "/"), ("a b"):gsub(" ", "\0") == "a\0b") --> a/b/c true
---
-- gsub with tables and functions
print(("$name is $age"):gsub("%$(%w+)", {name = "Bob", age = 42})) --> Bob is 42 2
print(("hello"):gsub("l", {l = false}), ("hello"):gsub("l", {})) --> hello hello 2
print(("hello"):gsub("(h)(e)", {h = "H"}), ("abc"):gsub(".", {a = 1, b = true and "B"})) --> Hllo 1Bc 3
print(("hello"):gsub("l", function(c) return c:upper() end)) --> heLLo 2
print(("hello"):gsub("l", function() end)) --> hello 2
print(("hello"):gsub("l", function() return false end)) --> hello 2
print(("hello"):gsub("(h)(e)", function(a, b) return b .. a end)) --> ehllo 1
print(("abc"):gsub("()b", function(p) return p end)) --> a2c 1
print(("abc"):gsub("%w", function(...) return select("#", ...) end)) --> 111 3
print(("hello"):gsub("l", setmetatable({}, {__index = function(_, k) return "<" .. k .. ">" end}))) --> he<l><l>o 2
local log = {}
print(("abc"):gsub("%w", function(c) log[#log + 1] = c; return #log < 3 and c:upper() or nil end)) --> ABc 3
print(table.concat(log))             --> abc
---
-- craftos only: what a replacement may hold
print(pcall(string.gsub, "abc", "b", "%2")) --> false @LINE: invalid capture index
print(("abc"):gsub("b", "x%"))       --~ ax(%|\\x00)?c 1
print(pcall(string.gsub, "abc", "b", "%x")) --> true axc 1
print(pcall(string.gsub, "abc", "(b)", "%2")) --> false @LINE: invalid capture index
print(pcall(string.gsub, "abc", "b", function() return {} end)) --> false @LINE: invalid replacement value (a table)
print(pcall(string.gsub, "abc", "b", {b = true})) --> false @LINE: invalid replacement value (a boolean)
print(pcall(string.gsub, "abc", "b", {b = print})) --> false @LINE: invalid replacement value (a function)
print(pcall(string.gsub, "abc", "b", true)) --> false @LINE: bad argument: string/function/table expected
print(pcall(string.gsub, "abc", "b")) --> false @LINE: bad argument: string/function/table expected
print(pcall(string.gsub, "abc"))     --> false @LINE: bad argument (string expected, got nil)
print(pcall(string.gsub))            --> false @LINE: bad argument (string expected, got nil)
print(pcall(string.gsub, "abc", "b", "x", {})) --> false @LINE: bad argument (number expected, got table)
print(pcall(string.find, "abc"))     --> false @LINE: bad argument (string expected, got nil)
print(pcall(string.match, "abc"))    --> false @LINE: bad argument (string expected, got nil)
print(pcall(string.gmatch, "abc"))   --> false @LINE: bad argument (string expected, got nil)
print(pcall(string.find, nil, "x"))  --> false @LINE: bad argument (string expected, got nil)
print(pcall(string.find, "a", {}))   --> false @LINE: bad argument (string expected, got table)
print(pcall(string.find, "a", "a", {})) --> false @LINE: bad argument (number expected, got table)
---
-- craftos only: malformed patterns
local function try(pattern)
  local _, message = pcall(string.find, "abc", pattern)
  print((message:gsub("^patterns.lua:%d+: ", "")))
end
try("[a")                            --> malformed pattern (missing ']')
try("[")                             --> malformed pattern (missing ']')
try("[^")                            --> malformed pattern (missing ']')
try("[]")                            --> malformed pattern (missing ']')
try("[^]")                           --> malformed pattern (missing ']')
try("[%")                            --> malformed pattern (missing ']')
try("[%a")                           --> malformed pattern (missing ']')
try("[a-")                           --> malformed pattern (missing ']')
try("%")                             --> malformed pattern (ends with '%')
try("a%")                            --> malformed pattern (ends with '%')
try("(a")                            --> unfinished capture
try("(")                             --> unfinished capture
try("%b")                            --> unbalanced pattern
try("%bx")                           --> unbalanced pattern
try("%f")                            --> missing '[' after '%f' in pattern
try("%fa")                           --> missing '[' after '%f' in pattern
try("%1")                            --> invalid capture index
try("(a)%2")                         --> invalid capture index
try("(a%1)")                         --> invalid capture index
try("%0")                            --> invalid capture index
try(("()"):rep(33))                  --> too many captures
print(select("#", ("x"):find(("()"):rep(32)))) --> 34
print(pcall(string.gsub, "abc", "[a", "")) --> false @LINE: malformed pattern (missing ']')
print(pcall(string.gsub, "abc", "(a", "")) --> true bc 1
print(pcall(string.match, "abc", "(()")) --> false @LINE: unfinished capture
print(pcall(("abc"):gmatch("[a")))   --> false @LINE: malformed pattern (missing ']')
---
-- A malformed part that isn't reached isn't seen.
print(("abc"):find("x[a"), ("abc"):find("x%"), ("abc"):match("x(")) --> nil nil nil
---
-- Special characters are magic only where they can be.
print(("a*b"):find("*", 1, true), ("*"):match("*"), ("+a"):match("^+a"), ("a?"):match("a%?")) --> 2 * +a a?
print(("-x"):match("^-"), ("a]b"):match("]"), ("a^"):match("[%^]"), ("x-y"):match("[x%-y]+")) --> - ] ^ x-y
print(("a.b"):match("^(.-)%.(.*)$"))  --> a b
print(("/a/b/c.txt"):match("([^/]+)$"), ("/a/b/c.txt"):match("^(.*)/")) --> c.txt /a/b
print(("%d"):gsub("%%d", "%%s"))     --> %s 1
---
-- Subjects with a lot to match.
local s = ("a"):rep(100000)
print(#s:match(".*"), #s:match(".-$"), s:find("b"), #s:gsub("a", "bc")) --> 100000 100000 nil 200000
print(#("x"):rep(50000):gsub("x", function() return "yy" end)) --> 100000
local n = 0
for _ in s:gmatch("a") do n = n + 1 end
print(n)                             --> 100000
