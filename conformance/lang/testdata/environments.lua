-- craftos only: setfenv and getfenv, for functions that have an _ENV (§1.2, §1.7)
print(getfenv() == _G, getfenv(0) == _G, getfenv(1) == _G) --> true true true
local function f() return marker end
print(getfenv(f) == _G, setfenv(f, {marker = "mine"}) == f, f(), marker) --> true true mine nil
print(getfenv(f) == _G, getfenv(f).marker) --> false mine
-- Siblings and the chunk keep theirs.
local function a() return marker end
local function b() return marker end
setfenv(a, {marker = "a"})
print(a(), b(), marker)              --> a nil nil
-- A closure made by the function sees the new one.
local function outer() return function() return marker end end
local before = outer()
setfenv(outer, {marker = "outer"})
print(before(), outer()())           --> nil outer
-- Levels.
local function level()
  setfenv(1, {marker = "level", getfenv = getfenv})
  return marker, getfenv(1).marker
end
print(level())                       --> level level
local function inner() setfenv(2, setmetatable({marker = "two"}, {__index = _G})) end
local function caller() inner() return marker end
print(caller(), marker)              --> two nil
local function get() return getfenv(2) end
local function with() return get() end
print(get() == _G)                   --> true
---
-- craftos only: functions without _ENV, natives, and what is refused
local function none() return 1 end
print(getfenv(none) == _G, setfenv(none, {}) == none, getfenv(none) == _G) --> true true true
print(pcall(setfenv, string.rep, {})) --> false @LINE: 'setfenv' cannot change environment of given object
print(pcall(setfenv, 0, {}))         --> false @LINE: 'setfenv' cannot change environment of given object
print(pcall(setfenv, 50, {}))        --> false @LINE: bad argument #1 (invalid level)
print(pcall(setfenv, -1, {}))        --> false @LINE: bad argument #1 (level must be non-negative)
print(pcall(setfenv, {}, {}))        --> false @LINE: bad argument (number expected, got table)
print(pcall(setfenv, 1))             --> false @LINE: bad argument (table expected, got nil)
print(pcall(setfenv, function() end, 5)) --> false @LINE: bad argument (table expected, got number)
print(pcall(setfenv))                --> false @LINE: bad argument (table expected, got nil)
print(pcall(getfenv, 50))            --> false @LINE: bad argument #1 (invalid level)
print(pcall(getfenv, -1))            --> false @LINE: bad argument #1 (level must be non-negative)
print(pcall(getfenv, {}))            --> false @LINE: bad argument (number expected, got table)
print(pcall(getfenv, "x"))           --> false @LINE: bad argument (number expected, got string)
print(getfenv(nil) == _G)            --> true
print(getfenv(string.rep) == _G)     --> true
---
-- craftos only: setfenv of a loaded chunk, as bios and the shell do
local env = setmetatable({}, {__index = _G})
local chunk = loadstring("x = 5; function g() return x, y end; return getfenv(1), getfenv(g)")
setfenv(chunk, env)
local e1, e2 = chunk()
print(e1 == env, e2 == env, env.x, x, rawget(_G, "g")) --> true true 5 nil nil
env.y = "y"
print(env.g())                       --> 5 y
print(select("#", setfenv(chunk, {}))) --> 1
print(getfenv(env.g) == env)         --> true
---
-- craftos only: debug.getfenv and debug.setfenv
local function f() return marker end
print(debug.getfenv(f) == _G, debug.setfenv(f, {marker = 1}) == f, f(), debug.getfenv(f).marker) --> true true 1 1
print(debug.getfenv({}), debug.getfenv(5)) --> nil nil
print(pcall(debug.setfenv, string.rep, {})) --> false @LINE: 'setfenv' cannot change environment of given object
print(pcall(debug.setfenv, {}, {}))  --> false @LINE: 'setfenv' cannot change environment of given object
print(pcall(debug.setfenv, f, 5))    --> false @LINE: bad argument (table expected, got number)
---
-- _ENV
local function f() local _ENV = {x = 1} return x end
print(f(), x)                        --> 1 nil
local function g(_ENV) return value end
print(g({value = "v"}), g({}))       --> v nil
do local _ENV = setmetatable({}, {__index = _G}); newglobal = 5; print(newglobal, _ENV.newglobal) end --> 5 5
print(newglobal, _ENV == _G, _G._G == _G) --> nil true true
---
local env = {print = print}
local _ENV = env
y = 5
print(y, env.y, _G)                  --> 5 5 nil
function h() return y end
print(env.h == h, h())               --> true 5
---
-- Metamethods on the table of globals.
local seen = {}
setmetatable(_G, {__index = function(_, k) seen[#seen + 1] = k; return "default " .. k end, __newindex = function(t, k, v) rawset(t, k, v .. "!") end})
print(undefd, other)                 --> default undefd default other
fresh = "value"
print(fresh, table.concat(seen, " ")) --> value! undefd other
setmetatable(_G, nil)
print(undefd)                        --> nil
_G.viaG = 1
print(viaG, _G["viaG"])              --> 1 1
viaG = nil
print(rawget(_G, "viaG"))            --> nil
