-- Coroutines: §1.1, §1.6 (messages), §1.10 (running, isyieldable).

-- create, resume, yield, status
local co = coroutine.create(function(a, b)
  print("start", a, b)
  local c = coroutine.yield(a + b)
  print("got", c)
  local d, e = coroutine.yield(c * 2)
  print("got", d, e)
  return "done", 99
end)
print(coroutine.status(co))          --> suspended
print(coroutine.resume(co, 1, 2))
--> start 1 2
--> true 3
print(coroutine.status(co), coroutine.resume(co, 10))
--> got 10
--> suspended true 20
print(coroutine.resume(co, "x", "y"))
--> got x y
--> true done 99
print(coroutine.status(co))          --> dead
print(coroutine.resume(co))          --> false cannot resume dead coroutine
print(coroutine.resume(co, 1))       --> false cannot resume dead coroutine
---
-- status from inside, of oneself and of who resumed
local outer
local inner
outer = coroutine.create(function()
  print(coroutine.status(outer))
  inner = coroutine.create(function() print(coroutine.status(outer), coroutine.status(inner)); coroutine.yield() end)
  coroutine.resume(inner)
  print(coroutine.status(inner), coroutine.status(outer))
end)
coroutine.resume(outer)
--> running
--> normal running
--> suspended running
print(coroutine.status(outer), coroutine.status(inner)) --> dead suspended
---
-- Values go through in any number.
local co = coroutine.wrap(function(...)
  local n = select("#", ...)
  while true do n = select("#", coroutine.yield(n, ...)) end
end)
print(co(nil, nil))                  --> 2 nil nil
print(co(), co(1, 2, 3))             --> 0 3 nil nil
local id = coroutine.create(function(...) return ... end)
print(select("#", coroutine.resume(id)), coroutine.resume(id)) --> 1 false cannot resume dead coroutine
local many = coroutine.wrap(function(...) local t = {...} while true do t = {coroutine.yield(table.unpack(t))} end end)
local list = {}
for i = 1, 200 do list[i] = i end
print(select("#", many(table.unpack(list))), (select(200, many(table.unpack(list))))) --> 200 200
---
-- wrap
local gen = coroutine.wrap(function() for i = 1, 3 do coroutine.yield(i) end end)
print(gen(), gen(), gen(), gen())    --> 1 2 3
local function range(n) return coroutine.wrap(function() for i = 1, n do coroutine.yield(i, i * i) end end) end
for i, sq in range(3) do print(i, sq) end
--> 1 1
--> 2 4
--> 3 9
local t = {value = 5}
local f = coroutine.wrap(function() error(t) end)
print(select(2, pcall(f)) == t)      --> true
local g = coroutine.wrap(function() error("plain", 0) end)
print(pcall(g))                      --> false plain
print(pcall(coroutine.wrap(function() local x = nil; x() end))) --> false @LINE: attempt to call local 'x' (a nil value)
local h = coroutine.wrap(function() return "once" end)
print(h())                           --> once
print(pcall(h))                      --~ false (coroutines.lua:\d+: )?cannot resume dead coroutine
print(pcall(g))                      --~ false (coroutines.lua:\d+: )?cannot resume dead coroutine
---
-- Errors end a coroutine, and say what they say.
local co = coroutine.create(function() error("oops") end)
print(coroutine.resume(co))          --> false @LINE-1: oops
print(coroutine.status(co))          --> dead
co = coroutine.create(function() error({code = 7}) end)
local ok, e = coroutine.resume(co)
print(ok, e.code)                    --> false 7
co = coroutine.create(function() coroutine.yield(1); error() end)
print(coroutine.resume(co))          --> true 1
print(coroutine.resume(co))          --> false nil
co = coroutine.create(function() local t = nil; return t.x end)
print(coroutine.resume(co))          --> false @LINE-1: attempt to index local 't' (a nil value)
-- pcall inside catches, and the coroutine goes on.
co = coroutine.wrap(function()
  local ok, e = pcall(function() coroutine.yield("in pcall"); error("caught", 0) end)
  coroutine.yield(ok, e)
  return "end"
end)
print(co())                          --> in pcall
print(co())                          --> false caught
print(co())                          --> end
---
-- running, isyieldable (§1.10)
local co, main = coroutine.running()
print(type(co), main)                --> thread false
local c2
c2 = coroutine.create(function() local me, m = coroutine.running(); print(me == c2, m, coroutine.status(me)) end)
coroutine.resume(c2)                 --> true false running
print(coroutine.running() == co, coroutine.status(co)) --> true running
---
-- craftos only: isyieldable comes from Lua 5.3, and coroutine.close isn't there
print(coroutine.isyieldable(), coroutine.close) --> true nil
print(coroutine.wrap(function() return coroutine.isyieldable(), pcall(coroutine.isyieldable) end)()) --> true true true
print(select(2, pcall(table.sort, {2, 1}, function() print(coroutine.isyieldable()) end))) --> true
-->
---
-- craftos only: message texts
print(pcall(coroutine.create))       --> false @LINE: bad argument (function expected, got nil)
print(pcall(coroutine.create, 5))    --> false @LINE: bad argument (function expected, got number)
print(pcall(coroutine.wrap, {}))     --> false @LINE: bad argument (function expected, got table)
print(pcall(coroutine.resume))       --> false @LINE: bad argument (thread expected, got nil)
print(pcall(coroutine.resume, {}))   --> false @LINE: bad argument (thread expected, got table)
print(pcall(coroutine.status))       --> false @LINE: bad argument (thread expected, got nil)
print(pcall(coroutine.status, 1))    --> false @LINE: bad argument (thread expected, got number)
print(pcall(coroutine.resume, coroutine.running())) --> true false cannot resume running coroutine
print(coroutine.resume(coroutine.running())) --> false cannot resume running coroutine
local w
w = coroutine.wrap(function() w() end)
print(pcall(w))                      --> false @LINE-1: cannot resume running coroutine
local outer
outer = coroutine.create(function() return coroutine.resume(coroutine.create(function() return coroutine.resume(outer) end)) end)
print(coroutine.resume(outer))       --> true true false cannot resume normal coroutine
---
-- The body may be a native function.
print(coroutine.resume(coroutine.create(math.max), 3, 9, 2)) --> true 9
print(coroutine.wrap(string.rep)("ab", 2)) --> abab
local c = coroutine.create(coroutine.yield)
print(coroutine.resume(c, 1, 2))     --> true 1 2
print(coroutine.resume(c, 3))        --> true 3
print(coroutine.status(c))           --> dead
local p = coroutine.create(pcall)
print(coroutine.resume(p, coroutine.yield, "y")) --> true y
print(coroutine.resume(p, "back"))   --> true true back
print(coroutine.wrap(pcall)(error, "e", 0)) --> false e
print(coroutine.resume(coroutine.create(error), "e", 0)) --> false e
print(coroutine.resume(coroutine.create(coroutine.resume), coroutine.create(function() return 5 end))) --> true true 5
---
-- Producer, filter, consumer.
local function producer() return coroutine.create(function() for _, w in ipairs {"a", "b", "c"} do coroutine.yield(w) end end) end
local function filter(src) return coroutine.create(function() local n = 1 while true do local _, v = coroutine.resume(src) if not v then return end coroutine.yield(n .. v); n = n + 1 end end) end
local f, out = filter(producer()), {}
while true do local _, v = coroutine.resume(f) if not v then break end out[#out + 1] = v end
print(table.concat(out, " "))        --> 1a 2b 3c
-- Permutations.
local function permgen(a, n)
  if n <= 1 then coroutine.yield(table.concat(a)) else
    for i = 1, n do a[n], a[i] = a[i], a[n]; permgen(a, n - 1); a[n], a[i] = a[i], a[n] end
  end
end
local perms = {}
for p in coroutine.wrap(function() permgen({1, 2, 3}, 3) end) do perms[#perms + 1] = p end
print(table.concat(perms, " "))      --> 231 321 312 132 213 123
---
-- Deep stacks inside a coroutine, and yields at their bottom.
local function walk(n) if n == 0 then return coroutine.yield("deep") end return 1 + walk(n - 1) end
local co = coroutine.wrap(function() return walk(1000) end)
print(co(), co(5))                   --> deep 1005
-- Coroutines inside coroutines.
local function nest(n) if n == 0 then return "bottom" end return coroutine.wrap(function() return nest(n - 1) end)() end
print(nest(50))                      --> bottom
local level = coroutine.wrap(function() local inner = coroutine.wrap(function() coroutine.yield("inner 1"); return "inner 2" end); coroutine.yield(inner()); coroutine.yield("outer"); return inner() end)
print(level(), level(), level())     --> inner 1 outer inner 2
---
-- Many coroutines at once.
local cos, sum = {}, 0
for i = 1, 2000 do cos[i] = coroutine.wrap(function(a) local b = coroutine.yield(a + 1); return a + b end) end
for i = 1, 2000 do sum = sum + cos[i](i) end
for i = 2000, 1, -1 do sum = sum + cos[i](1) end
print(sum)                           --> 4006000
for i = 1, 5000 do coroutine.wrap(function() coroutine.yield() end)() end
print("abandoned")                   --> abandoned
---
-- yield outside of any coroutine can't happen: a chunk runs in one.
print(select("#", coroutine.yield())) --> 0
print("resumed")                     --> resumed
