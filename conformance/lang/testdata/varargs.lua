-- Varargs and multiple results: §1.1, §1.2.

local function count(...) return select("#", ...) end
print(count(), count(nil), count(nil, nil), count(1, nil, 3, nil)) --> 0 1 2 4
local function f(a, ...) return a, select("#", ...), ... end
print(f())                           --> nil 0
print(f(1))                          --> 1 0
print(f(1, 2, 3))                    --> 1 2 2 3
local function last(...) return (select(-1, ...)) end
print(last(1, 2, 3), select(2, "a", "b", "c")) --> 3 b c
print(select(-2, "a", "b", "c"))     --> b c
print(select("#"), select("#", nil), select(4, 1, 2, 3)) --> 0 1
print((select(1, "a", "b")), select(3, 1, 2, nil), select("2", "x", "y")) --> a nil y
---
-- Adjusting lists.
local function m() return 1, 2, 3 end
local function z() end
local a, b, c, d = m()
print(a, b, c, d)                    --> 1 2 3 nil
a, b = m(), m()
print(a, b)                          --> 1 1
print(m(), m())                      --> 1 1 2 3
print((m()), (z()))                  --> 1 nil
print(z(), z())                      --> nil
print(z(), 1, z())                   --> nil 1
print(#{m(), m()}, #{m(), (m())}, #{z()}, #{z(), 1}) --> 4 2 0 2
local t = {m(), x = m(), m()}
print(#t, t.x, t[4])                 --> 4 1 3
print(m() + 1, (m()) + m(), m() .. "") --> 2 2 1
print(not m(), m() == 1, m() and z(), z() or m()) --> false true nil 1
a = m() and z() or "none"
print(a)                             --> none
local function pass(...) return ... end
print(pass(m()), pass(z()), pass(pass(pass(1, 2)))) --> 1 nil 1 2
print((pass(1, 2)), pass(nil, nil))  --> 1 nil nil
local function tail(...) return select("#", ...) end
print(tail(m(), m()), tail(nil, z()), tail(z())) --> 4 1 0
---
-- ... in expressions and constructors.
local function g(...)
  local a, b = ...
  local t = {...}
  local u = {n = select("#", ...), ...}
  local v = {..., "end"}
  return a, b, #t, u.n, #v, (...)
end
print(g())                           --> nil nil 0 0 2 nil
print(g(1, 2, 3))                    --> 1 2 3 3 2 1
print((function(...) local a, b, c = (...), ... return a, b, c end)(1, 2, 3)) --> 1 1 2
print((function(...) return ..., ... end)(1, 2)) --> 1 1 2
print((function(...) return (...) end)(nil, 2), (function(...) return ... == nil end)()) --> nil true
print((function(...) local s = 0 for _, v in ipairs({...}) do s = s + v end return s end)(1, 2, 3, 4)) --> 10
print((function(...) local n = 0 for i = 1, select("#", ...) do if select(i, ...) == nil then n = n + 1 end end return n end)(nil, 1, nil)) --> 2
-- Nested functions don't see the outer ... but a copy.
print((function(...) local args = {...} return (function(...) return #args, ... end)("in") end)(1, 2, 3)) --> 3 in
-- Assigning to parameters doesn't change ...
print((function(a, ...) a = 5; local b = ...; b = 6; return a, ... end)(1, 2)) --> 5 2
---
-- Many arguments and results.
local function count(...) return select("#", ...) end
local t = {}
for i = 1, 5000 do t[i] = i end
print(count(table.unpack(t)), (select(5000, table.unpack(t))), select("#", table.unpack(t, 1, 250))) --> 5000 5000 250
local function pass(...) return ... end
print(count(pass(table.unpack(t))), #{pass(table.unpack(t))}, #{0, pass(table.unpack(t))}) --> 5000 5000 5001
print(math.max(table.unpack(t)), (string.char(table.unpack({72, 105})))) --> 5000 Hi
local function rec(n, ...) if n == 0 then return ... end return rec(n - 1, n, ...) end
print(count(rec(100)), (rec(100)), (select(100, rec(100)))) --> 100 1 100
print(pcall(pass, 1, nil, 3))        --> true 1 nil 3
print(count(pcall(pass)), count(pcall(error)), count(coroutine.wrap(pass)(1, nil))) --> 1 2 2
local u = table.pack(pass(table.unpack(t, 1, 300)))
print(u.n, u[300])                   --> 300 300
---
-- The main chunk takes arguments. There is no `arg`. (§1.2)
local f = load("local a, b = ... return select('#', ...), a, b")
print(f(1, 2, 3))                    --> 3 1 2
print(f())                           --> 0 nil nil
print((function(...) return arg end)(1)) --> nil
print(select("#", ...))              --> 0
---
-- craftos only: message texts
print(pcall(select))                 --> false @LINE: bad argument (number expected, got nil)
print(pcall(select, 0))              --> false @LINE: bad argument #1 (index out of range)
print(pcall(select, -1))             --> false @LINE: bad argument #1 (index out of range)
print(pcall(select, -5, 1, 2))       --> false @LINE: bad argument #1 (index out of range)
print(pcall(select, "x"))            --> false @LINE: bad argument (number expected, got string)
print(pcall(select, {}))             --> false @LINE: bad argument (number expected, got table)
