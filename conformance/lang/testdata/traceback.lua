-- craftos only: PUC Lua 5.2 says "in function 'name'" for every kind of name. debug.traceback: §1.6.

-- show writes a traceback in one line.
local function show(s) print((s:gsub("\n\t?", " | "))) end
local function trace() return debug.traceback("msg") end
local function viaLocal() local r = trace() return r end
function viaGlobal() local r = viaLocal() return r end
local t = {}
function t.field() local r = viaGlobal() return r end
function t:method() local r = t.field() return r end
show(t:method())                     --> msg | stack traceback: | @LINE-6: in upvalue 'trace' | @LINE-5: in upvalue 'viaLocal' | @LINE-4: in function 'viaGlobal' | @LINE-2: in field 'field' | @LINE-1: in method 'method' | @LINE: in main chunk
show(debug.traceback("msg", 0))      --> msg | stack traceback: | [C]: in field 'traceback' | @LINE: in main chunk
show(debug.traceback("msg", 1))      --> msg | stack traceback: | @LINE: in main chunk
show(debug.traceback("msg", 2))      --> msg | stack traceback:
show(debug.traceback("msg", 50))     --> msg | stack traceback:
show(debug.traceback("two\nlines"))  --> two | lines | stack traceback: | @LINE: in main chunk
show(debug.traceback())              --> stack traceback: | @LINE: in main chunk
show(debug.traceback(nil))           --> stack traceback: | @LINE: in main chunk
show(debug.traceback(5))             --> 5 | stack traceback: | @LINE: in main chunk
local co = coroutine.create(function(a) local b = a; coroutine.yield(b) end)
show(debug.traceback(co))            --> stack traceback:
coroutine.resume(co, 1)
show(debug.traceback(co))            --> stack traceback: | [C]: in field 'yield' | @LINE-3: in function <@LINE-3>
show(debug.traceback(co, "msg"))     --> msg | stack traceback: | [C]: in field 'yield' | @LINE-4: in function <@LINE-4>
show(debug.traceback(co, "msg", 1))  --> msg | stack traceback: | @LINE-5: in function <@LINE-5>
show(debug.traceback(co, nil, 1))    --> stack traceback: | @LINE-6: in function <@LINE-6>
coroutine.resume(co)
show(debug.traceback(co))            --> stack traceback:
co = coroutine.create(function() local x = nil; x() end)
coroutine.resume(co)
show(debug.traceback(co))            --> stack traceback: | @LINE-2: in function <@LINE-2>
local function tail() return debug.traceback("tail") end
local function caller() local r = (tail()) return r end
show((caller()))                     --> tail | stack traceback: | @LINE-2: in upvalue 'tail' | @LINE-1: in local 'caller' | @LINE: in main chunk
local function longTail(n) if n == 0 then local r = debug.traceback("tails") return r end return longTail(n - 1) end
show((longTail(3)))                  --> tails | stack traceback: | @LINE-1: in function <@LINE-1> | (...tail calls...) | @LINE: in main chunk
local function viaPcall() local ok, r = pcall(function() local r = debug.traceback("p") return r end) return r end
show((viaPcall()))                   --> p | stack traceback: | @LINE-1: in function <@LINE-1> | [C]: in function 'pcall' | @LINE-1: in local 'viaPcall' | @LINE: in main chunk
local function viaSort() local r table.sort({2, 1}, function() r = r or debug.traceback("s") end) return r end
show((viaSort()))                    --> s | stack traceback: | @LINE-1: in function <@LINE-1> | [C]: in field 'sort' | @LINE-1: in local 'viaSort' | @LINE: in main chunk
local function viaMeta() local t = setmetatable({}, {__index = function() local r = debug.traceback("m") return r end}) local r = t.x return r end
show((viaMeta()))                    --> m | stack traceback: | @LINE-1: in metamethod '__index' | @LINE-1: in local 'viaMeta' | @LINE: in main chunk
local function viaAdd() local t = setmetatable({}, {__add = function() local r = debug.traceback("a") return r end}) local r = t + 1 return r end
show((viaAdd()))                     --> a | stack traceback: | @LINE-1: in metamethod '__add' | @LINE-1: in local 'viaAdd' | @LINE: in main chunk
local function viaFor() for r in function() local r = debug.traceback("f") return r end do return r end end
show((viaFor()))                     --> f | stack traceback: | @LINE-1: in function <@LINE-1> | @LINE-1: in local 'viaFor' | @LINE: in main chunk
show(select(2, xpcall(function() local x = nil; x() end, debug.traceback))) --> @LINE: attempt to call local 'x' (a nil value) | stack traceback: | @LINE: in function <@LINE> | [C]: in function 'xpcall' | @LINE: in main chunk
show(select(2, xpcall(function() error("lib", 0) end, debug.traceback))) --> lib | stack traceback: | [C]: in function 'error' | @LINE: in function <@LINE> | [C]: in function 'xpcall' | @LINE: in main chunk
show(load("return (debug.traceback('loaded'))", "=chunk")()) --> loaded | stack traceback: | chunk:1: in main chunk | @LINE: in main chunk
show(load("return (debug.traceback('loaded'))", "a string that is long enough")()) --> loaded | stack traceback: | [string "a string that..."]:1: in main chunk | @LINE: in main chunk
---
-- Values that aren't strings are given back.
local t = {}
print(debug.traceback(t) == t, debug.traceback(true), debug.traceback(print) == print) --> true true true
print(debug.traceback("x"):match("^x\nstack traceback:\n") ~= nil, debug.traceback(5):match("^[^\n]*\n[^\n]*") == "5\nstack traceback:") --> true true
---
-- The middle of a deep stack is left out: ten levels from the top and eleven from the bottom stay.
local function deep(n) if n == 0 then local r = debug.traceback("d") return r end local r = deep(n - 1) return r end
local function lines(s) local t = {} for l in s:gmatch("[^\n]+") do t[#t + 1] = l end return t end
local l = lines((deep(100)))
print(#l, l[1], l[2], l[13])         --> 24 d stack traceback: \x09...
l = lines((deep(5)))
print(#l, l[1])                      --> 9 d
l = lines((deep(18)))
print(#l, (table.concat(l):find("%.%.%."))) --> 22 nil
l = lines((deep(19)))
print(#l, (table.concat(l):find("%.%.%.")))  --> 23 nil
