-- The basic functions: §1.3, §1.6. (load, setfenv, next, pairs, error, tonumber have files of their own.)

print(type(nil), type(1), type("x"), type({}), type(print), type(true), type(coroutine.create(print))) --> nil number string table function boolean thread
print(_VERSION, _G._G == _G, _G.print == print) --> Lua 5.2 true true
print(rawequal({}, {}), rawequal(1, 1), rawequal("a", "a")) --> false true true
print(select("#"), select("#", nil, nil), select(2, "a", "b")) --> 0 2 b
print(next({}), type(next), tostring(nil), tostring(false)) --> nil function nil false
local t = setmetatable({}, {})
print(getmetatable(t) ~= nil, setmetatable(t, nil) == t, getmetatable(t)) --> true true nil
print(type(os) == "table" or os == nil, type(io)) --~ true (nil|table)
---
-- craftos only: message texts
print(pcall(type))                   --> false @LINE: bad argument #1 (value expected)
print(pcall(tostring))               --> false @LINE: bad argument #1 (value expected)
print(pcall(setmetatable, 1, {}))    --> false @LINE: bad argument (table expected, got number)
print(pcall(unpack))                 --> false @LINE: attempt to get length of a nil value
print(unpack({1, 2, 3}))             --> 1 2 3
print(unpack({1, 2, 3}, 2))          --> 2 3
print(pcall(rawequal))               --> false @LINE: bad argument #1 (value expected)
