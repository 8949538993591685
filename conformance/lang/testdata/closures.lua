-- Closures and upvalues: §1.1.

-- Loop variables are fresh for each round.
local fs = {}
for i = 1, 3 do fs[i] = function() i = i + 10; return i end end
print(fs[1](), fs[1](), fs[2](), fs[3]()) --> 11 21 12 13
fs = {}
for k, v in pairs({a = 1}) do fs[1] = function() k = k .. v; return k end end
print(fs[1](), fs[1]())              --> a1 a11
fs = {}
for i = 1, 3 do local j = i * 2; fs[i] = function() j = j + 1; return j end end
print(fs[1](), fs[1](), fs[2]())     --> 3 4 5
local n = 0
fs = {}
while n < 3 do n = n + 1; local x = n; fs[n] = function() x = x * 2; return x end end
print(fs[1](), fs[2](), fs[3](), fs[3]()) --> 2 4 6 12
n = 0
fs = {}
repeat n = n + 1; local x = n; fs[n] = function() return x end until x >= 2
print(fs[1](), fs[2]())              --> 1 2
repeat local y = 1; local f = function() return y end until f() == 1
---
-- Variables that several closures share.
local function counter()
  local n = 0
  return function() n = n + 1; return n end, function() return n end, function(v) n = v end
end
local inc, get, set = counter()
local inc2 = counter()
print(inc(), inc(), get(), inc2())   --> 1 2 2 1
set(100)
print(inc(), get())                  --> 101 101
local x = 1
local function f() x = x + 1 end
f(); f()
print(x)                             --> 3
x = 10
f()
print(x)                             --> 11
-- A closure sees the last value, and writes after it was made.
local y = 1
local g = function() return y end
y = 2
print(g())                           --> 2
---
-- Nesting: upvalues of upvalues, and parameters.
local function a(x)
  return function(y)
    return function(z)
      x = x + 1
      return function() y = y + x; return x, y, z end
    end
  end
end
local b = a(1)
local c = b(10)
local d, e = c(100), c(200)
print(d())                           --> 3 13 100
print(e())                           --> 3 16 200
print(b(5)(7)())                     --> 4 9 7
local function deep(n) if n == 0 then return function() return n end end return deep(n - 1) end
print(deep(10)())                    --> 0
local l1 = 1
local function f1() local l2 = 2 local function f2() local l3 = 3 local function f3() l1, l2, l3 = l1 + 1, l2 + 1, l3 + 1 return l1, l2, l3 end return f3 end return f2 end
print(f1()()())                      --> 2 3 4
print(l1)                            --> 2
---
-- Recursion through a local function, and mutual recursion.
local function fib(n) if n < 2 then return n end return fib(n - 1) + fib(n - 2) end
print(fib(20))                       --> 6765
local even, odd
function even(n) if n == 0 then return true end return odd(n - 1) end
function odd(n) if n == 0 then return false end return even(n - 1) end
print(even(100), odd(7))             --> true true
local function ack(m, n) if m == 0 then return n + 1 elseif n == 0 then return ack(m - 1, 1) else return ack(m - 1, ack(m, n - 1)) end end
print(ack(2, 3))                     --> 9
local fact = (function(f) return (function(x) return x(x) end)(function(x) return f(function(...) return x(x)(...) end) end) end)
print(fact(function(self) return function(n) return n == 0 and 1 or n * self(n - 1) end end)(10)) --> 3628800
---
-- A variable lives on after its block, and break and goto close it.
local f
do local hidden = 5; f = function() hidden = hidden + 1; return hidden end end
do local other = 99 end
print(f(), f())                      --> 6 7
local fs = {}
for i = 1, 5 do local v = i; fs[i] = function() return v end; if i == 2 then break end end
local junk1, junk2, junk3 = "x", "y", "z"
print(fs[1](), fs[2](), fs[3])       --> 1 2 nil
local i = 1
::top::
local w = i
fs[i] = function() w = w + 100; return w end
i = i + 1
if i < 4 then goto top end
print(fs[1](), fs[2](), fs[3](), fs[1]()) --> 101 102 103 201
local function early(x)
  local up = x
  local get = function() return up end
  if x > 1 then return get end
  up = up + 1
  return get
end
print(early(1)(), early(5)())        --> 2 5
---
-- Errors leave captured variables as they were.
local keep
local ok = pcall(function()
  local v = 1
  keep = function() v = v + 1; return v end
  v = 41
  error("leave")
end)
print(ok, keep(), keep())            --> false 42 43
---
-- Coroutines share variables with their creator.
local v = 0
local co = coroutine.wrap(function() for i = 1, 3 do v = v + i; coroutine.yield(v) end end)
print(co(), v, co(), v)              --> 1 1 3 3
v = 100
print(co(), v)                       --> 103 103
local get
local co2 = coroutine.create(function() local inner = 7; get = function() inner = inner + 1; return inner end; coroutine.yield(); end)
coroutine.resume(co2)
print(get(), get())                  --> 8 9
---
-- Many upvalues; functions are values.
local a1, a2, a3, a4, a5, a6, a7, a8, a9, a10 = 1, 2, 3, 4, 5, 6, 7, 8, 9, 10
local function sum() return a1 + a2 + a3 + a4 + a5 + a6 + a7 + a8 + a9 + a10 end
a5 = 50
print(sum())                         --> 100
local function compose(f, g) return function(...) return f(g(...)) end end
print(compose(math.sqrt, math.abs)(-16)) --> 4
local function curry(n, f, ...) local args = {...} if #args >= n then return f(...) end return function(x) return curry(n, f, unpack and unpack(args) or table.unpack(args), x) end end
print(type(curry(2, math.max)))      --> function
local t = {}
function t.f(x) return x end
function t:g(x) return self == t, x end
t.h = function(...) return select("#", ...) end
print(t.f(1), t:g(2), t.h(nil, nil), t["f"]("k")) --> 1 true 2 k
print((function(a, b) return b end)(1)) --> nil
print(tostring(function() end) ~= tostring(function() end)) --> true
