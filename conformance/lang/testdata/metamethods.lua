-- Metamethods: §1.1, §1.2, §1.5.

-- Arithmetic, concatenation and the unary ones, with their operands.
local log
local mt = {}
local function v(name) return setmetatable({name = name}, mt) end
local function show(x) return type(x) == "table" and x.name or tostring(x) end
for _, op in ipairs {"add", "sub", "mul", "div", "mod", "pow", "unm", "concat"} do
  mt["__" .. op] = function(a, b) return op .. "(" .. show(a) .. "," .. show(b) .. ")" end
end
local a, b = v "a", v "b"
print(a + b, a + 1, 1 + a, a + "x", "10" + a) --> add(a,b) add(a,1) add(1,a) add(a,x) add(10,a)
print(a - b, a * 2, 2 / a, a % 3, 3 % a, a ^ 2, 2 ^ a) --> sub(a,b) mul(a,2) div(2,a) mod(a,3) mod(3,a) pow(a,2) pow(2,a)
print((-a):match("^unm%(a"), a .. b, a .. "x", 1 .. a, "x" .. a) --> unm(a concat(a,b) concat(a,x) concat(1,a) concat(x,a)
print(a .. "x" .. "y", "x" .. "y" .. a, "x" .. a .. "y") --> concat(a,xy) xconcat(y,a) xconcat(a,y)
---
-- Concatenation goes from the right and stops at what isn't a string.
local mt = {__concat = function(a, b)
  local x = type(a) == "table" and a.n or a
  local y = type(b) == "table" and b.n or b
  return setmetatable({n = "[" .. x .. y .. "]"}, getmetatable(type(a) == "table" and a or b))
end}
local a = setmetatable({n = "a"}, mt)
print((a .. a .. a .. a .. a).n)     --> [a[a[a[aa]]]]
print((1 .. 2 .. a .. 3 .. 4).n)     --> [1[2[a34]]]
local b = setmetatable({}, {__concat = function() return 7 end})
print(b .. 1, 1 .. b, "x" .. 1 .. b) --> 7 7 x7
---
-- The left operand's metamethod goes first; the right one serves when there is none.
local L = setmetatable({}, {__add = function() return "left" end})
local R = setmetatable({}, {__add = function() return "right" end})
local N = setmetatable({}, {})
print(L + R, R + L, N + R, L + N, 1 + R, nil == L) --> left right right left right false
print(pcall(function() return N + 1 end)) --> false @LINE: attempt to perform arithmetic on upvalue 'N' (a table value)
print(pcall(function() return {} .. N end)) --~ false metamethods.lua:\d+: attempt to concatenate (upvalue 'N' \(a table value\)|a table value)
---
-- A metamethod gives one value, whatever it returns.
local t = setmetatable({}, {__add = function() return 1, 2, 3 end, __index = function() return 4, 5 end, __len = function() return 6, 7 end,
  __unm = function() end, __call = function() return 8, 9 end, __concat = function() return end, __eq = function() return 1, 2 end})
print((function(...) return select("#", ...) end)(t + 1), t.x, #t, -t, t .. 1) --> 1 4 6 nil nil
print(t())                           --> 8 9
print(t == setmetatable({}, getmetatable(t))) --> true
---
-- __eq: both operands must have the same function, of the same type, and differ.
local function yes() return true end
local A = setmetatable({}, {__eq = yes})
local B = setmetatable({}, {__eq = yes})
local C = setmetatable({}, {__eq = function() return true end})
local D = setmetatable({}, {})
print(A == B, A ~= B, A == C, A == D, D == A, A == 1, A == nil, A == "x") --> true false false false false false false false
local n = 0
local count = {__eq = function() n = n + 1; return false end}
local E, F = setmetatable({}, count), setmetatable({}, count)
print(E == E, n, E == F, n, E ~= F, n) --> true 0 false 1 true 2
local M = {__eq = function() return nil end}
print(setmetatable({}, M) == setmetatable({}, M), setmetatable({}, M) ~= setmetatable({}, M)) --> false true
if A == B then print("equal") else print("differ") end --> equal
if A ~= B then print("differ") else print("equal") end --> equal
print(not (A == B), A == B and "t" or "f", rawequal(A, B)) --> false t false
local t = {[A] = 1}
print(t[B])                          --> nil
---
-- __lt and __le, whose result becomes a boolean; __le falls back to not (b < a).
local mt = {__lt = function(a, b) return a.v < b.v end, __le = function(a, b) return a.v <= b.v and "yes" end}
local function V(x) return setmetatable({v = x}, mt) end
print(V(1) < V(2), V(2) < V(1), V(1) <= V(1), V(2) <= V(1), V(1) > V(2), V(2) >= V(1)) --> true false true false false true
mt.__le = nil
print(V(1) <= V(1), V(2) <= V(1), V(1) >= V(1), V(1) >= V(2)) --> true false true false
mt.__lt = function() return nil end
print(V(1) < V(2), V(1) <= V(2))     --> false true
local a, b = V(1), V(2)
if a < b then print("less") else print("not less") end --> not less
if a <= b then print("le") else print("not le") end --> le
if not (a <= b) then print("not le") else print("le") end --> le
mt.__lt = nil
print(pcall(function() return a < b end)) --> false @LINE: attempt to compare two table values
print(pcall(function() return a <= 1 end)) --> false @LINE: attempt to compare table with number
---
-- craftos only: comparison needs operands of one type with the same metamethod function
local function less(a, b) return a.v < b.v end
local function V(v, lt) return setmetatable({v = v}, {__lt = lt}) end
print(V(1, less) < V(2, less), V(1, less) <= V(2, less)) --> true true
print(pcall(function() return V(1, less) < V(2) end)) --> false @LINE: attempt to compare two table values
print(pcall(function() return V(1) < V(2, less) end)) --> false @LINE: attempt to compare two table values
print(pcall(function() return V(1, less) < V(2, function() return true end) end)) --> false @LINE: attempt to compare two table values
print(pcall(function() return V(1, less) < 2 end)) --> false @LINE: attempt to compare table with number
print(pcall(function() return 2 <= V(1, less) end)) --> false @LINE: attempt to compare number with table
print(pcall(function() return "2" > V(1, less) end)) --> false @LINE: attempt to compare table with string
---
-- __index: tables, functions, chains.
local base = {greet = "hi"}
local mid = setmetatable({name = "mid"}, {__index = base})
local obj = setmetatable({}, {__index = mid})
print(obj.greet, obj.name, obj.none, rawget(obj, "greet")) --> hi mid nil nil
local f = setmetatable({}, {__index = function(t, k) return type(k) .. ":" .. tostring(k) end})
print(f.x, f[1], f[true], f[1.5])    --> string:x number:1 boolean:true number:1.5
local deep = setmetatable({}, {__index = f})
print(deep.y, deep[nil])             --> string:y nil:nil
local s = setmetatable({}, {__index = "a string"})
print(s.len == string.len, s.nope)   --> true nil
print(pcall(function() return setmetatable({}, {__index = 5}).x end)) --~ false metamethods.lua:\d+: attempt to index a number value
-- What is there isn't looked for.
local n = 0
local t = setmetatable({a = 1, b = false}, {__index = function() n = n + 1 end})
local _ = t.a, t.b, t.c, t.d
print(n)                             --> 2
---
-- A metatable that changes under way is seen.
local mt = {}
local t = setmetatable({}, mt)
local function get() return t.x end
print(get())                         --> nil
mt.__index = {x = 1}
print(get())                         --> 1
mt.__index = function() return 2 end
print(get())                         --> 2
mt.__index = nil
print(get())                         --> nil
t.x = 3
print(get())                         --> 3
local function add() return t + 1 end
print(pcall(add))                    --> false @LINE-1: attempt to perform arithmetic on upvalue 't' (a table value)
mt.__add = function() return "sum" end
print(add())                         --> sum
mt.__add = nil
print((pcall(add)))                  --> false
for _, key in ipairs {"__index", "__newindex", "__eq", "__lt", "__len", "__call"} do rawset(mt, key, nil) end
mt.__call = function() return "called" end
print(t())                           --> called
---
-- __newindex: functions, tables, and what is there already.
local log = {}
local t = setmetatable({old = 1}, {__newindex = function(t, k, v) log[#log + 1] = k .. "=" .. tostring(v); rawset(t, k, v) end})
t.new = 5; t.old = 2; t.new = 6; t.gone = nil
print(table.concat(log, " "), t.new, t.old) --> new=5 gone=nil 6 2
local store = {}
local p = setmetatable({}, {__newindex = store})
p.x = 1; p[1] = 2
print(rawget(p, "x"), store.x, store[1]) --> nil 1 2
local q = setmetatable({}, {__newindex = p})
q.y = 3
print(rawget(q, "y"), rawget(p, "y"), store.y) --> nil nil 3
t.old = nil
t.old = 9
print(log[#log])                     --> old=9
print(pcall(function() setmetatable({}, {__newindex = 5}).x = 1 end)) --~ false metamethods.lua:\d+: attempt to index a number value
---
-- craftos only: a table without the key and a nil key goes to __newindex first, then it is an error
print(pcall(function() local t = {}; t[nil] = 1 end)) --> false @LINE: table index is nil
print(pcall(function() local t = {}; t[0/0] = 1 end)) --> false @LINE: table index is NaN
local t = setmetatable({}, {__newindex = function(_, k) print("set", k) end})
t[nil] = 1                           --> set nil
t[0/0] = 1                           --> set nan
---
-- __call, with self first; chains of callables.
local c = setmetatable({}, {__call = function(self, ...) return self ~= nil, ... end})
print(c(), c(1), (c(1, 2)))          --> true true true
print(c(1, nil, 3))                  --> true 1 nil 3
print(pcall(c, 5))                   --> true true 5
print(select("#", c(nil, nil)))      --> 3
local o = setmetatable({m = c}, {__index = {n = c}})
print(o.m("x"), o:m("y") == true)    --> true true
local function tail(...) return c(...) end
print(tail(7, 8))                    --> true 7 8
for i in setmetatable({}, {__call = function(self, s, n) if n < 3 then return n + 1 end end}), nil, 0 do print(i) end
--> 1
--> 2
--> 3
print(pcall(setmetatable({}, {__call = 5}))) --~ false .*attempt to call a (table|number) value
---
-- craftos only: a callable may be called through another callable
local inner = setmetatable({}, {__call = function(self, a, b) return "inner", b end})
local outer = setmetatable({}, {__call = inner})
print(pcall(function() return outer(5) end)) --> false @LINE: attempt to call upvalue 'outer' (a table value)
---
-- __len
local t = setmetatable({1, 2}, {__len = function(t) return "length" end})
print(#t, rawlen(t))                 --> length 2
print(#setmetatable({}, {__len = function() return nil end})) --> nil
---
-- __tostring and __name
local T = setmetatable({}, {__tostring = function(t) return "I am T" end})
print(T, tostring(T), #tostring(T))  --> I am T I am T 6
---
-- craftos only: __tostring may give anything; __name
print(tostring(setmetatable({}, {__tostring = function() return 5 end})), tostring(setmetatable({}, {__tostring = function() end}))) --> 5 nil
print(type(tostring(setmetatable({}, {__tostring = function() return {} end})))) --> table
print(tostring(setmetatable({}, {__name = "My.Type"}))) --~ My.Type: [0-9a-f]+
print(tostring(setmetatable({}, {__name = 5}))) --~ table: [0-9a-f]+
local o = setmetatable({}, {__name = "My.Type"})
print(pcall(function() return o + 1 end)) --> false @LINE: attempt to perform arithmetic on upvalue 'o' (a My.Type value)
print(pcall(function() return o .. "" end)) --> false @LINE: attempt to concatenate upvalue 'o' (a My.Type value)
print(pcall(function() return o() end)) --> false @LINE: attempt to call upvalue 'o' (a My.Type value)
print(pcall(function() return o < o end)) --> false @LINE: attempt to compare two My.Type values
print(pcall(function() return o < 1 end)) --> false @LINE: attempt to compare My.Type with number
print(pcall(function() return 1 < o end)) --> false @LINE: attempt to compare number with My.Type
print(pcall(function() return -o end)) --> false @LINE: attempt to perform arithmetic on upvalue 'o' (a My.Type value)
print(pcall(string.rep, o))          --> false @LINE: bad argument (string expected, got My.Type)
print(pcall(string.rep, "x", o))     --> false @LINE: bad argument (number expected, got My.Type)
print(pcall(table.concat, {o}))      --> false @LINE: bad argument (string expected, got My.Type)
print(pcall(ipairs(o)))              --> true nil
---
-- __metatable
local t = setmetatable({}, {__metatable = "locked"})
print(getmetatable(t))               --> locked
print(pcall(setmetatable, t, {}))    --~ false (metamethods.lua:\d+: )?cannot change a protected metatable
print(getmetatable("").__name, getmetatable({}), getmetatable(1), getmetatable(nil)) --> nil nil nil nil
print(setmetatable(t and {}, nil), getmetatable(setmetatable({}, nil))) --~ table: .* nil
local u = setmetatable({}, {__metatable = false})
print(getmetatable(u), debug.getmetatable(u) ~= nil) --> false true
---
-- craftos only: message texts
print(pcall(setmetatable, {}))       --> false @LINE: bad argument #2 (value expected)
print(pcall(setmetatable, {}, 5))    --> false @LINE: bad argument (nil or table expected, got number)
print(pcall(setmetatable, 5, {}))    --> false @LINE: bad argument (table expected, got number)
print(pcall(getmetatable))           --> false @LINE: bad argument #1 (value expected)
---
-- __pairs; __ipairs is ignored by CraftOS, so ipairs isn't asked here.
local t = setmetatable({}, {__pairs = function(t) return function(_, k) if not k then return "k", "v" end end, t, nil end})
for k, v in pairs(t) do print(k, v) end --> k v
local f, x, c = pairs(setmetatable({}, {__pairs = function() return 1, 2, 3, 4 end}))
print(f, x, c)                       --> 1 2 3
---
-- Metatables of other types, through the debug library.
debug.setmetatable(5, {__index = function(n, k) return n .. k end, __call = function(n, x) return n * x end, __len = function(n) return n + 1 end})
print((5).x, (3)(4), #7)             --> 5x 12 8
debug.setmetatable(nil, {__index = function() return "nothing" end})
print((nil).x, undefined_global.y)   --> nothing nothing
debug.setmetatable(true, {__add = function(a, b) return "bool" end, __tostring = function(b) return b and "yes" or "no" end})
print(true + 1, tostring(true), tostring(false)) --> bool yes no
debug.setmetatable(print, {__index = {name = "fn"}, __concat = function(a, b) return "fcat" end})
print(print.name, (function() end).name, print .. "x") --> fn fn fcat
debug.setmetatable(coroutine.create(print), {__len = function() return 99 end})
print(#coroutine.create(print), getmetatable(nil).__index ~= nil) --> 99 yes
print(debug.getmetatable(5) == getmetatable(10)) --> yes
---
-- Metamethods see the operands they were written with, in recursion as well.
local mt = {}
mt.__add = function(a, b) return setmetatable({v = a.v + b.v}, mt) end
mt.__eq = function(a, b) return a.v == b.v end
mt.__lt = function(a, b) return a.v < b.v end
mt.__index = function(t, k) return k == "double" and t.v * 2 or nil end
mt.__tostring = function(t) return "<" .. t.v .. ">" end
mt.__unm = function(a) return setmetatable({v = -a.v}, mt) end
local function N(v) return setmetatable({v = v}, mt) end
local sum = N(0)
for i = 1, 100 do sum = sum + N(i) end
print(tostring(sum), sum.double, tostring(-sum), sum == N(5050), N(1) < N(2)) --> <5050> 10100 <-5050> true true
local fib = setmetatable({}, {__index = function(t, n)
  local v = n < 2 and n or t[n - 1] + t[n - 2]
  t[n] = v
  return v
end})
print(fib[60])                       --> 1548008755920
---
-- Errors in metamethods come out like any other.
local t = setmetatable({}, {__add = function() error("in add", 0) end, __index = function() error({code = 5}) end, __call = function() error() end})
print(pcall(function() return t + 1 end)) --> false in add
print(select(2, pcall(function() return t.x end)).code) --> 5
print(pcall(t))                      --> false nil
print(pcall(function() return tostring(setmetatable({}, {__tostring = function() error("ts", 0) end})) end)) --> false ts
---
-- craftos only: what Lua 5.3 and 5.4 have, and __gc, isn't asked (§1.5)
local asked = {}
local mt = {}
for _, k in ipairs {"__idiv", "__band", "__close", "__gc", "__ipairs", "__mode"} do mt[k] = function() asked[#asked + 1] = k end end
do local t = setmetatable({1}, mt) for _ in ipairs(t) do end end
print(#asked)                        --> 0
---
-- craftos only: the chain of __index is followed a hundred deep
local t = {}
for i = 1, 90 do t = setmetatable({}, {__index = t}) end
print(t.x)                           --> nil
local loop = {}
setmetatable(loop, {__index = loop})
print(pcall(function() return loop.x end)) --> false @LINE: loop in gettable
setmetatable(loop, {__newindex = loop})
print(pcall(function() loop.x = 1 end)) --> false @LINE: loop in settable
for i = 1, 20 do t = setmetatable({}, {__index = t}) end
print(pcall(function() return t.x end)) --> false @LINE: loop in gettable
