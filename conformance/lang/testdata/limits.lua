-- Limits: §1.8.

-- Recursion ends in an error that can be caught, and the stack is usable afterwards.
local depth = 0
local function down() depth = depth + 1; return 1 + down() end
local ok, e = pcall(down)
print(ok, e:match("stack overflow")) --> false stack overflow
local first = depth
depth = 0
print(pcall(down) == false, math.abs(depth - first) < 100, first > 10000) --> true true true
print((pcall(function() local function f() return f() .. "x" end return f() end))) --> false
---
-- craftos only: about 32 768 frames, and the message
local depth = 0
local function down() depth = depth + 1; return 1 + down() end
print(pcall(down))                   --> false @LINE-1: stack overflow
print(depth > 32000 and depth <= 32768) --> true
depth = 0
local co = coroutine.create(function() return down() end)
print(coroutine.resume(co))          --> false @LINE-5: stack overflow
print(depth > 32000 and depth <= 32768) --> true
---
-- Tail calls need no stack.
local function loop(n) if n == 0 then return "done" end return loop(n - 1) end
print(loop(200000))                  --> done
local a, b
function a(n) if n == 0 then return "a" end return b(n - 1) end
function b(n) if n == 0 then return "b" end return a(n - 1) end
print(a(200001))                     --> b
local obj = {}
function obj:m(n) if n == 0 then return "m" end return self:m(n - 1) end
print(obj:m(200000))                 --> m
local va = function(f, n, ...) if n == 0 then return select("#", ...) end return f(f, n - 1, ...) end
print(va(va, 100000, 1, 2, 3))       --> 3
---
-- craftos only: natives that call back nest some hundred deep, then it is a stack overflow
local depth = 0
local function nest() depth = depth + 1; local ok, e = pcall(nest); return ok, e end
local ok, e = nest()
print(ok, depth > 50)                --> true true
local message
local function chain() local ok, e = pcall(chain); if not ok and not message then message = e end end
chain()
print(message:match("stack overflow")) --> stack overflow
depth = 0
local function sorting() depth = depth + 1; table.sort({2, 1}, function() sorting() end) end
print(pcall(sorting) == false, depth > 50) --> true true
local function gsubbing() return (("x"):gsub("x", function() gsubbing() end)) end
print(select(2, pcall(gsubbing)):match("stack overflow")) --> stack overflow
local t = setmetatable({}, {})
getmetatable(t).__index = function(t, k) return t[k + 1] end
print(select(2, pcall(function() return t[1] end)):match("stack overflow")) --> stack overflow
getmetatable(t).__tostring = function(t) return tostring(t) end
print(select(2, pcall(tostring, t)):match("stack overflow")) --> stack overflow
---
-- craftos only: a hundred coroutines resumed in each other
local function nest(n) if n == 0 then return "bottom" end return coroutine.wrap(function() return nest(n - 1) end)() end
print(nest(150))                     --> bottom
---
-- 200 local variables.
local names = {}
for i = 1, 200 do names[i] = "v" .. i end
local src = "local " .. table.concat(names, ", ") .. " = 1 v200 = 7 return v1, v200"
print(load(src)())                   --> 1 7
local one = {}
for i = 1, 200 do one[i] = "local x" .. i .. " = " .. i end
print(load(table.concat(one, "\n") .. "\nreturn x1 + x200")()) --> 201
---
-- craftos only: message texts of the limits of the compiler
local names = {}
for i = 1, 201 do names[i] = "v" .. i end
print(load("local " .. table.concat(names, ", "), "=c")) --> nil c:1: main function has more than 200 local variables
print(load("\nfunction f() local " .. table.concat(names, ", ") .. " end", "=c")) --> nil c:2: function at line 2 has more than 200 local variables
local function upvalues(n)
  local src = {}
  for i = 1, n do src[i] = "local u" .. i .. " = " .. i end
  src[#src + 1] = "return function() return 0"
  for i = 1, n do src[#src + 1] = " + u" .. i end
  return table.concat(src, " ") .. " end"
end
print(load(upvalues(60), "=c")()())  --> 1830
print(load("\n" .. upvalues(70), "=c")) --> nil c:2: function at line 2 has more than 60 upvalues
print(load("return " .. ("("):rep(250) .. "1" .. (")"):rep(250), "=c")) --> nil c:1: main function has more than 200 syntax levels
print(load(("do "):rep(250) .. ("end "):rep(250), "=c")) --> nil c:1: main function has more than 200 syntax levels
print(load("return " .. ("{"):rep(250) .. ("}"):rep(250), "=c")) --> nil c:1: main function has more than 200 syntax levels
print(load("return " .. ("-"):rep(1) .. (" -"):rep(250) .. "1", "=c")) --> nil c:1: main function has more than 200 syntax levels
print(load("return " .. ("not "):rep(250) .. "1", "=c")) --> nil c:1: main function has more than 200 syntax levels
print(load("return " .. ("1 .. "):rep(250) .. "1", "=c")) --> nil c:1: main function has more than 200 syntax levels
print(load("return " .. ("1 + "):rep(250) .. "1", "=c")()) --> 251
print(load("return " .. ("1 ^ "):rep(250) .. "1", "=c")) --> nil c:1: main function has more than 200 syntax levels
print(load("return " .. ("a."):rep(1000) .. "b", "=c") ~= nil) --> true
print(load(("function() "):rep(250), "=c")) --> nil c:1: <name> expected near '('
print(load("return " .. ("function() return "):rep(250) .. ("end "):rep(250), "=c")) --> nil c:1: function at line 1 has more than 200 syntax levels
print(load(("if x then "):rep(250) .. ("end "):rep(250), "=c")) --> nil c:1: main function has more than 200 syntax levels
print(load("x = " .. ("f("):rep(250) .. (")"):rep(250), "=c")) --> nil c:1: main function has more than 200 syntax levels
---
-- A hundred elements and more: lists, parameters, arguments, constants.
local params, args = {}, {}
for i = 1, 150 do params[i] = "p" .. i; args[i] = i end
local f = load("local function f(" .. table.concat(params, ", ") .. ") return p1 + p150 end return f(" .. table.concat(args, ", ") .. ")")
print(f())                           --> 151
local elements = {}
for i = 1, 3000 do elements[i] = i % 2 == 0 and ("'s%d'"):format(i) or tostring(i) end
local t = load("return {" .. table.concat(elements, ",") .. "}")()
print(#t, t[1], t[2], t[3000])       --> 3000 1 s2 s3000
local body = {}
for i = 1, 5000 do body[i] = "x = x + " .. i .. ".5" end
print(load("local x = 0 " .. table.concat(body, "\n") .. " return x")()) --> 12505000
local ifs = {}
for i = 1, 1000 do ifs[i] = "if x == " .. i .. " then r = " .. i .. " end" end
print(load("local x, r = 777 " .. table.concat(ifs, "\n") .. " return r")()) --> 777
-- A loop whose body is long needs long jumps.
local long = {}
for i = 1, 20000 do long[i] = "n = n + 1" end
print(load("local n = 0 for i = 1, 3 do if i == 2 then goto skip end " .. table.concat(long, "\n") .. " ::skip:: end return n")()) --> 40000
