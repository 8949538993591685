-- The debug library: §1.2, §1.3, §1.6 (getinfo).

-- getinfo of a function
local function f(a, b, ...) local c = a
  return c
end
local i = debug.getinfo(f)
print(i.source, i.short_src, i.what, i.currentline, i.linedefined, i.lastlinedefined, i.nups, i.nparams, i.isvararg) --> =debuglib.lua debuglib.lua Lua -1 4 6 0 2 true
print(i.func == f, i.name, i.namewhat == "", i.istailcall) --> true nil true false
i = debug.getinfo(print)
print(i.what, i.source, i.short_src, i.currentline, i.linedefined, i.lastlinedefined) --~ (C =\[C\] \[C\] -1 -1 -1|Lua .*)
i = debug.getinfo(string.rep)
print(i.what, i.source, i.short_src, i.currentline, i.linedefined, i.lastlinedefined, i.nparams, i.isvararg, i.nups) --> C =[C] [C] -1 -1 -1 0 true 0
i = debug.getinfo(f, "S")
print(i.what, i.func, i.nups, i.currentline) --> Lua nil nil nil
i = debug.getinfo(f, "L")
local lines = {}
for l in pairs(i.activelines) do lines[#lines + 1] = l end
table.sort(lines)
print(table.concat(lines, " "))      --> 4 5 6
i = debug.getinfo(load("return 1", "name"), "S")
print(i.source, i.short_src, i.what) --> name [string "name"] main
i = debug.getinfo(load("return 1", "@file.lua"), "S")
print(i.source, i.short_src)         --> @file.lua file.lua
i = debug.getinfo(load("x = 1\ny = 2"), "S")
print(i.source == "x = 1\ny = 2", i.short_src, i.linedefined, i.lastlinedefined) --~ true \[string "x = 1\.\.\."\] 0 (0|-1|2)
---
-- getinfo of a level
local function info(what) return debug.getinfo(2, what) end
local function caller() local r = info() return r end
local i = caller()
local here = debug.getinfo(1, "l").currentline
print(here - i.currentline, i.name, i.namewhat, i.what, i.func == caller) --> 2 caller local Lua true
local function here() return debug.getinfo(1, "l").currentline end
print(here() - debug.getinfo(1, "l").currentline) --> -1
function globalFunction() local i = debug.getinfo(1, "n") return i.name, i.namewhat end
print((globalFunction()))            --> globalFunction
local _, what = globalFunction()
print(what)                          --> global
local t = {m = function() local i = debug.getinfo(1, "n") return i.namewhat .. " " .. i.name end}
local r = t.m()
print(r)                             --> field m
r = t:m()
print(r)                             --> method m
local i = debug.getinfo(1)
print(i.what, i.name, i.istailcall)  --> main nil false
print(debug.getinfo(0, "nS").name, debug.getinfo(0, "S").what) --> getinfo C
print(debug.getinfo(50), debug.getinfo(1000000)) --> nil nil
local function tail() return (debug.getinfo(1, "t").istailcall) end
local function calls() return tail() end
print(calls(), (tail()))             --> true false
print(debug.getinfo(1, "f").func == debug.getinfo(1).func, type(debug.getinfo(1, "f").func)) --> true function
local co = coroutine.create(function(x) local y = x; coroutine.yield() end)
coroutine.resume(co, 5)
i = debug.getinfo(co, 1)
print(i.currentline == i.linedefined, i.what, debug.getinfo(co, 0, "n").name, debug.getinfo(co, 0, "S").what, debug.getinfo(co, 5)) --> true Lua yield C nil
print(debug.getlocal(co, 1, 1))      --> x 5
print(debug.getlocal(co, 1, 2))      --> y 5
---
-- craftos only: currentcolumn, and message texts
local i = debug.getinfo(1, "l")
print(type(i.currentline), type(i.currentcolumn)) --> number number
local keys = {}
for k in pairs(debug.getinfo(1)) do keys[#keys + 1] = k end
table.sort(keys)
print(table.concat(keys, " "))       --> currentcolumn currentline func istailcall isvararg lastlinedefined linedefined namewhat nparams nups short_src source what
keys = {}
for k in pairs(debug.getinfo(string.rep)) do keys[#keys + 1] = k end
table.sort(keys)
print((table.concat(keys, " "):gsub("currentcolumn ", ""))) --> currentline func istailcall isvararg lastlinedefined linedefined namewhat nparams nups short_src source what
print(pcall(debug.getinfo))          --> false @LINE: bad argument (function expected, got nil)
print(pcall(debug.getinfo, 1, "X"))  --> false @LINE: bad argument #2 (invalid option)
print(pcall(debug.getinfo, 1, ">"))  --> false @LINE: bad argument #2 (invalid option)
print(pcall(debug.getinfo, "x"))     --> false @LINE: bad argument (function expected, got string)
print(pcall(debug.getinfo, {}))      --> false @LINE: bad argument (function expected, got table)
print(pcall(debug.getinfo, -1))      --> true nil
print(pcall(debug.getlocal, 100, 1)) --> false @LINE: bad argument #1 (level out of range)
print(pcall(debug.getlocal, {}, 1))  --> false @LINE: bad argument (number expected, got table)
print(pcall(debug.setlocal, 100, 1, 1)) --> false @LINE: bad argument #1 (level out of range)
print(pcall(debug.getupvalue, 5, 1)) --> false @LINE: bad argument (function expected, got number)
print(pcall(debug.traceback, print)) --~ true (function|builtin).*
print(debug.debug and debug.debug()) --> nil
print(debug.getuservalue, debug.setuservalue) --> nil nil
---
-- parameters of functions that don't run, captured and assigned ones too
do
  local function g(a, b, ...) local c b = function() a = 2 end return c end
  print(debug.getlocal(g, 1), debug.getlocal(g, 2), debug.getlocal(g, 3)) --> a b nil
end

-- getlocal and setlocal
local function f(a, b)
  local c = a + b
  do local hidden = 1 end
  local d = "d"
  local names = {}
  local i = 1
  while true do
    local n, v = debug.getlocal(1, i)
    if not n then break end
    names[#names + 1] = n
    i = i + 1
  end
  print(debug.setlocal(1, 1, 100), a)
  print(debug.setlocal(1, 50, 1))
  return table.concat(names, " ", 1, 6)
end
print(f(1, 2))
--> a 100
--> nil
--> a b c d names i
local function outer() local mine = 7; local function inner() return debug.getlocal(2, 1) end local n, v = inner() return n, v end
print(outer())                       --> mine 7
print(debug.getlocal(f, 1), debug.getlocal(f, 2), debug.getlocal(f, 3)) --> a b nil
print(debug.getlocal(function(...) end, 1), debug.getlocal(function(x, ...) end, 1)) --> nil x
local function change() local v = "old"; (function() debug.setlocal(2, 1, "new") end)() return v end
print(change())                      --> new
---
-- getupvalue, setupvalue, upvalueid, upvaluejoin
local a, b = 0, 2
a = 1
local function f() return a, b end
local function g() return b end
print(debug.getupvalue(f, 1))        --> a 1
print(debug.getupvalue(f, 2))        --> b 2
print((debug.getupvalue(f, 3)), (debug.getupvalue(f, 0)), (debug.getupvalue(f, -1))) --> nil nil nil
print(debug.setupvalue(f, 1, 10), a, (f())) --> a 10 10
print((debug.setupvalue(f, 5, 1)))   --> nil
print(debug.upvalueid(f, 2) == debug.upvalueid(g, 1), debug.upvalueid(f, 1) == debug.upvalueid(g, 1)) --> true false
local x = 99
local function h() return x end
debug.upvaluejoin(f, 1, h, 1)
print(f())                           --> 99 2
x = 100
print((f()), a)                      --> 100 10
local e = function() return undefined_global end
print(debug.getupvalue(e, 1) == "_ENV", select(2, debug.getupvalue(e, 1)) == _G) --> true true
print(debug.getupvalue(load("return x"), 1) == "_ENV", debug.getupvalue(string.gmatch("x", "y"), 1)) --~ true( nil|  .*)?
e = load("return undefined_global")
debug.setupvalue(e, 1, {undefined_global = "mine"})
print(e(), undefined_global)         --> mine nil
---
-- craftos only: setupvalue changes the function's own copy of a variable that the program never assigns to; docs/decisions.md says why.
local a = 1
local function f() return a end
print(debug.setupvalue(f, 1, 10), a, f()) --> a 1 10
---
-- getmetatable and setmetatable go past __metatable
local t = setmetatable({}, {__metatable = "locked", __index = {x = 1}})
print(debug.getmetatable(t).__metatable, debug.setmetatable(t, nil) ~= nil, t.x, getmetatable(t)) --> locked true nil nil
print(type(debug.getregistry()))     --> table
---
-- craftos only: the registry names the libraries (§1.3)
local loaded = debug.getregistry()._LOADED
print(type(loaded), loaded.string == string, loaded.coroutine == coroutine, loaded.bit32 == bit32, loaded.utf8 == utf8, loaded.debug == debug, loaded.math == math, loaded.table == table) --> table true true true true true true true
local names = {}
for k in pairs(loaded) do if k ~= "_G" then names[#names + 1] = k end end
table.sort(names)
print(table.concat(names, " "))      --> bit32 coroutine debug math string table utf8
---
-- Hooks: call, return, line, count.
local log = {}
local function callee() return 1 end
local function run(mask, count, f)
  log = {}
  debug.sethook(function(event, line) log[#log + 1] = event .. (line and ":" .. line or "") end, mask, count)
  f()
  debug.sethook()
  return table.concat(log, " ")
end
local base = debug.getinfo(1, "l").currentline
local function three()
  local x = 1
  x = x + 1
  return x
end
print(run("l", 0, three):gsub("line:(%d+)", function(l) return l - base end):match("2 3 4")) --> 2 3 4
print(run("c", 0, function() callee() end):match("call call")) --> call call
print(run("r", 0, function() callee() end):match("return return")) --> return return
print(debug.gethook())               --> nil  0
local function hook() end
debug.sethook(hook, "crl", 100)
local h, mask, count = debug.gethook()
print(h == hook, mask, count)        --> true crl 100
debug.sethook()
print(debug.gethook())               --> nil  0
local n = 0
debug.sethook(function(e) n = n + 1 end, "", 10)
for i = 1, 1000 do end
debug.sethook()
print(n > 50)                        --> true
-- The hook sees the function that runs at level 2.
local names = {}
debug.sethook(function(e) names[#names + 1] = debug.getinfo(2, "n").name or "?" end, "c")
callee()
debug.sethook()
print(table.concat(names, " "):match("callee")) --> callee
-- Errors in a hook come out of the code that runs.
print(pcall(function()
  debug.sethook(function() debug.sethook(); error("from hook", 0) end, "l")
  local x = 1
  x = 2
end))                                --> false from hook
debug.sethook()
---
-- Tail calls in hooks, loops visit their lines again.
local lines = {}
debug.sethook(function(_, l) lines[#lines + 1] = l end, "l")
for i = 1, 2 do
  local x = i
end
debug.sethook()
print(#lines >= 4)                   --> true
local events = {}
local function target() return 1 end
local function tails() return target() end
debug.sethook(function(e) events[#events + 1] = e end, "cr")
tails()
debug.sethook()
print(table.concat(events, " "))     --~ .*call (tail )?call return.*
-- A coroutine has hooks of its own.
local seen = 0
local co = coroutine.create(function() for i = 1, 10 do local x = i end end)
debug.sethook(co, function() seen = seen + 1 end, "l")
coroutine.resume(co)
print(seen > 0, (debug.gethook()))   --> true nil
---
-- A hook changes nothing of what the code does.
local function work()
  local out = {}
  local function put(...) for i = 1, select("#", ...) do out[#out + 1] = tostring((select(i, ...))) end end
  local function compare(n) if n == "value" then return "equal" end return "differs" end
  put(compare("eq"), compare("value"))
  local function other(n) if n ~= "value" then return "differs" end return "equal" end
  put(other("eq"), other("value"))
  local function constants(n) return n == 5 and "five" or n == nil and "nil" or n == true and "true" or n == "x" and "x" or "none" end
  put(constants(5), constants(nil), constants(true), constants("x"), constants({}))
  local function order(n) if n < 3 then return "<" elseif n <= 3 then return "<=" elseif n > 10 then return ">" end return ">=" end
  put(order(1), order(3), order(11), order(5))
  local n = 0
  for i = 1, 3 do for k, v in pairs({1, 2}) do n = n + i * k * v end end
  while n > 20 do n = n - 7 end
  repeat n = n + 1 until n > 25
  put(n, #out, not n, -n, n .. "x" .. n)
  local t = setmetatable({1, 2, x = {y = 3}}, {__index = function(_, k) return k .. "?" end, __call = function(_, a) return a end})
  put(t[1], t.x.y, t.nope, t(4), #t, select(2, pcall(error, "e", 0)))
  t.x.y, t[2] = t[2], t.x.y
  put(t.x.y, t[2], ("abc"):upper(), (function(...) return select("#", ...) end)(1, nil))
  local co = coroutine.wrap(function(a) local b = coroutine.yield(a + 1); return b * 2 end)
  put(co(1), co(5))
  return table.concat(out, " ")
end
local expected = work()
print(expected)                      --> differs equal differs equal five nil true x none < <= > >= 26 13 false -26 26x26 1 3 nope? 4 2 e 2 3 ABC 2 2 10
for _, mask in ipairs {"c", "r", "l", "crl"} do
  debug.sethook(function() end, mask, mask == "crl" and 1 or 0)
  local got = work()
  debug.sethook()
  if got ~= expected then print(mask, got) end
end
