-- Tables: §1.5 (borders, next, pairs) and the table library (§1.2, §1.5).

-- The length of a table with holes is one of its borders: these are the ones CraftOS gives.
print(#{}, #{1, 2, 3}, #{nil}, #{1, nil}, #{n = 1}, #{[1] = 1, [2] = 2}) --> 0 3 0 1 0 2
print(#{10, 20, 30, nil, 50}, #{[3] = 1}, #{1, 2, nil, 4}) --> 5 0 4
local t = {}
for i = 1, 100 do t[i] = i end
print(#t)                            --> 100
for i = 100, 51, -1 do t[i] = nil end
print(#t)                            --> 50
t[51] = 1
print(#t)                            --> 51
t = {}
for i = 10, 1, -1 do t[i] = i end
print(#t)                            --> 10
t = {1, 2, 3}
t[#t + 1] = 4
t[#t + 1] = 5
t[#t] = nil
print(#t, t[4], t[5])                --> 4 4 nil
---
-- A border is a border, wherever it is.
local function border(t) local n = #t; return (n == 0 or t[n] ~= nil) and t[n + 1] == nil end
local t = {}
for i = 1, 64 do t[i] = i end
for _, hole in ipairs {1, 2, 31, 32, 33, 63, 64} do t[hole] = nil; io = border(t); print(io) end
--> true
--> true
--> true
--> true
--> true
--> true
--> true
local s = {[1] = 1, [2] = 2, [4] = 4, [8] = 8, [16] = 16}
print(border(s))                     --> true
---
-- next and pairs
print(next({}), next({5}))           --> nil 1 5
print(next({5}, 1), next({a = 1}, "a"), next({}, nil)) --> nil nil nil
local t = {1, 2, 3, x = "a", y = "b", [2.5] = "c", [true] = "d"}
local seen, n = {}, 0
for k, v in pairs(t) do seen[k] = v; n = n + 1 end
print(n, seen[1], seen[3], seen.x, seen[2.5], seen[true]) --> 7 1 3 a c d
for k in pairs(t) do t[k] = nil end
print(next(t))                       --> nil
for i = 1, 1000 do t[i] = i; t["k" .. i] = i end
n = 0
for k in pairs(t) do t[k] = nil; n = n + 1 end
print(n, next(t))                    --> 2000 nil
for i = 1, 10 do t["k" .. i] = i end
n = 0
for k, v in pairs(t) do t[k] = v + 1; n = n + t[k] end
print(n)                             --> 65
local order = {}
for i in pairs({10, 20, 30}) do order[#order + 1] = i end
print(table.concat(order, " "))      --> 1 2 3
print(type(next), select("#", pairs({})), rawequal(pairs({}), next)) --> function 3 true
---
-- craftos only: message texts of next and pairs
print(pcall(next, {}, "nope"))       --> false @LINE: invalid key to 'next'
print(pcall(next, {1, 2}, 5))        --> false @LINE: invalid key to 'next'
print(pcall(next))                   --> false @LINE: bad argument (table expected, got nil)
print(pcall(next, 5))                --> false @LINE: bad argument (table expected, got number)
print(pcall(pairs))                  --> false @LINE: bad argument #1 (value expected)
print(pcall(function() for _ in pairs(nil) do end end)) --> false @LINE: bad argument (table expected, got nil)
print(pcall(next, {}, 0/0))          --> false @LINE: invalid key to 'next'
---
-- ipairs
local got = {}
for i, v in ipairs({1, 2, nil, 4}) do got[#got + 1] = i .. "=" .. v end
print(table.concat(got, " "))        --> 1=1 2=2
for i in ipairs({}) do print("never") end
for i, v in ipairs({[0] = "z", "a", false, "b"}) do print(i, v) end
--> 1 a
--> 2 false
--> 3 b
local t = {1, 2, 3}
for i, v in ipairs(t) do if i < 6 then t[#t + 1] = v * 10 end end
print(#t)                            --> 8
local f, s, c = ipairs(t)
print(type(f), s == t, c)            --> function true 0
print(f(t, 0), f(t, 100))            --> 1 nil
---
-- craftos only: ipairs takes anything, its iterator doesn't
print((pcall(ipairs, nil)))          --> true
print(pcall(function() for _ in ipairs(nil) do end end)) --> false @LINE: attempt to index a nil value
print(pcall(function() for _ in ipairs() do end end)) --> false @LINE: bad argument #1 (value expected)
print(pcall(function() for _ in ipairs(5) do end end)) --> false @LINE: attempt to index a number value
print(pcall(ipairs))                 --> false @LINE: bad argument #1 (value expected)
for i, v in ipairs("abc") do print("never") end
for i, v in ipairs(setmetatable({}, {__index = function(_, k) if k < 4 then return k * 10 end end})) do print(i, v) end
--> 1 10
--> 2 20
--> 3 30
for i, v in ipairs(setmetatable({1}, {__ipairs = function() return function() end end})) do print(i, v) end --> 1 1
---
-- insert and remove
local t = {1, 2, 3}
table.insert(t, 4); table.insert(t, 1, 0); table.insert(t, 3, 1.5)
print(table.concat(t, " "), #t)      --> 0 1 1.5 2 3 4 6
print(table.remove(t), table.remove(t, 1), table.remove(t, 2)) --> 4 0 1.5
print(table.concat(t, " "), #t)      --> 1 2 3 3
print(table.remove({}), table.remove({}, 0), #t) --> nil nil 3
print(table.remove(t, #t + 1), table.remove(t, 3), table.concat(t, " ")) --> nil 3 1 2
print(select("#", table.insert({}, 1)), select("#", table.remove({}))) --> 0 1
t = {}
for i = 1, 100 do table.insert(t, 1, i) end
print(#t, t[1], t[100])              --> 100 100 1
for i = 1, 100 do table.remove(t, 1) end
print(#t)                            --> 0
---
-- craftos only: positions aren't checked
local t = {1}
table.insert(t, 5, 2)
print(t[1], t[5], t[2])              --> 1 2 nil
t = {1, 2, 3}
table.insert(t, -1, "x"); table.insert(t, 0, "z")
print(t[-1], t[0], table.concat(t, " ")) --> x z
t = {1, 2, 3}
print(select("#", table.remove(t, 7)), select("#", table.remove(t, -1)), #t) --> 0 1 2
print(select("#", table.remove({})), table.remove({}, 0), table.remove({n = 1}, 1)) --> 1 nil
print(pcall(table.insert, {}))       --> false @LINE: wrong number of arguments to "insert"
print(pcall(table.insert, {}, 1, 2, 3)) --> false @LINE: wrong number of arguments to "insert"
print(pcall(table.insert, nil, 1))   --> false @LINE: bad argument (table expected, got nil)
print(pcall(table.insert))           --> false @LINE: bad argument (table expected, got nil)
print(pcall(table.insert, {}, "x", 1)) --> false @LINE: bad argument (number expected, got string)
print(pcall(table.remove, nil))      --> false @LINE: bad argument (table expected, got nil)
print(pcall(table.remove, {}, {}))   --> false @LINE: bad argument (number expected, got table)
---
-- concat
print(table.concat({}), table.concat({1, 2, 3}), table.concat({1, 2, 3}, ", "), table.concat({"a", 1.5, "b"}, "-")) -->  123 1, 2, 3 a-1.5-b
print(table.concat({1, 2, 3}, ",", 2), table.concat({1, 2, 3}, ",", 2, 3), table.concat({1, 2, 3}, ",", 3, 2), table.concat({1, 2, 3}, ",", 1, 1)) --> 2,3 2,3  1
print(table.concat({1, 2}, 0), table.concat({[5] = "x"}, ",", 5, 5)) --> 102 x
local big = {}
for i = 1, 10000 do big[i] = "ab" end
print(#table.concat(big), #table.concat(big, ",")) --> 20000 29999
---
-- craftos only: message texts of concat, unpack and pack
print(pcall(table.concat, {1, {}, 3})) --> false @LINE: bad argument (string expected, got table)
print(pcall(table.concat, {1, 2, nil, 4})) --> false @LINE: bad argument (string expected, got nil)
print(pcall(table.concat, {1, 2}, ",", 1, 3)) --> false @LINE: bad argument (string expected, got nil)
print(pcall(table.concat, {true}))   --> false @LINE: bad argument (string expected, got boolean)
print(pcall(table.concat))           --> false @LINE: bad argument (table expected, got nil)
print(pcall(table.concat, {}, {}))   --> false @LINE: bad argument (string expected, got table)
print(pcall(table.unpack))           --> false @LINE: attempt to get length of a nil value
print(pcall(table.sort))             --> false @LINE: bad argument (table expected, got nil)
print(pcall(table.sort, {}, 5))      --> false @LINE: bad argument (function expected, got number)
print(pcall(table.sort, {3, "x", 1})) --~ false tables.lua:\d+: attempt to compare (string with number|number with string)
print(pcall(table.sort, {{}, {}}))   --> false @LINE: attempt to compare two table values
print(pcall(table.move, {}, 1))      --> false @LINE: bad argument (number expected, got nil)
print(pcall(table.foreach, {1}))     --> false @LINE: bad argument (function expected, got nil)
print(pcall(table.foreachi, {1}, 5)) --> false @LINE: bad argument (function expected, got number)
print(pcall(table.maxn))             --> false @LINE: bad argument (table expected, got nil)
print(pcall(table.getn, 5))          --> false @LINE: bad argument (table expected, got number)
---
-- pack and unpack
local t = table.pack(1, nil, 3, nil)
print(t.n, t[1], t[2], t[3], t[4])   --> 4 1 nil 3 nil
print(table.pack().n, #table.pack(), next(table.pack(), "n")) --> 0 0 nil
print(table.unpack({1, 2, 3}))       --> 1 2 3
print(table.unpack({1, 2, 3}, 2))    --> 2 3
print(table.unpack({1, 2, 3}, 2, 3), (table.unpack({1, 2}))) --> 2 1
print(table.unpack({1, nil, 3}, 1, 3)) --> 1 nil 3
print(table.unpack({}, -1, 1))       --> nil nil nil
print(select("#", table.unpack({}, 1, 0)), select("#", table.unpack({}, 1, 200))) --> 0 200
print(select("#", table.unpack({1, 2}, 5, 4)), table.unpack({1, 2}, "1", "2")) --> 0 1 2
---
-- sort
local t = {3, 1, 2}
table.sort(t)
print(table.concat(t, " "))          --> 1 2 3
table.sort(t, function(a, b) return a > b end)
print(table.concat(t, " "))          --> 3 2 1
t = {"b", "a", "C", "c", ""}
table.sort(t)
print(table.concat(t, ","))          --> ,C,a,b,c
table.sort({}); table.sort({1}); print(select("#", table.sort({2, 1}))) --> 0
t = {}
local x = 7
for i = 1, 500 do x = (x * 1103 + 12345) % 65536; t[i] = x end
table.sort(t)
local ok = true
for i = 2, #t do ok = ok and t[i - 1] <= t[i] end
print(ok, #t)                        --> true 500
t = {}
for i = 1, 200 do t[i] = i end
table.sort(t)
print(t[1], t[200])                  --> 1 200
for i = 1, 200 do t[i] = 5 end
table.sort(t)
print(t[1], t[200])                  --> 5 5
for i = 1, 200 do t[i] = 200 - i end
table.sort(t)
print(t[1], t[200])                  --> 0 199
local people = {{n = "Bob", a = 3}, {n = "Al", a = 2}, {n = "Cy", a = 1}}
table.sort(people, function(p, q) return p.a < q.a end)
print(people[1].n, people[2].n, people[3].n) --> Cy Al Bob
t = setmetatable({}, {__index = function(_, k) return nil end})
t[1], t[2] = 2, 1
table.sort(t)
print(t[1], t[2])                    --> 1 2
local o = setmetatable({v = 1}, {__lt = function(a, b) return a.v < b.v end})
local p = setmetatable({v = 0}, getmetatable(o))
t = {o, p}
table.sort(t)
print(t[1] == p)                     --> true
print(pcall(table.sort, {3, 2, 1}, function() error("in comparator", 0) end)) --> false in comparator
---
-- craftos only: order functions that contradict themselves don't end in an error
local t = {}
for i = 1, 50 do t[i] = i % 7 end
print(pcall(table.sort, t, function() return true end)) --> true
print(pcall(table.sort, t, function() return false end)) --> true
print(pcall(table.sort, t, function(a, b) return a <= b end)) --> true
local n = 0
print(pcall(table.sort, t, function() n = n + 1; return n % 3 == 0 end)) --> true
print(#t)                            --> 50
---
-- craftos only: functions of Lua 5.0, 5.1 and 5.3 (§1.2)
print(table.getn({1, 2, 3}), table.maxn({1, 2, [10] = 1, x = 5}), table.maxn({}), table.maxn({[-1] = 1, [2.5] = 1})) --> 3 10 0 2.5
local log = {}
print(table.foreach({5, 6}, function(k, v) log[#log + 1] = k .. "=" .. v end)) --> nil
print(table.concat(log, " "))        --> 1=5 2=6
print(table.foreach({1, 2, 3}, function(k, v) if v == 2 then return "found", "more" end end)) --> found
print(table.foreachi({5, 6, nil, 7}, function(i, v) log[#log + 1] = i end)) --> nil
print(table.foreachi({5, 6}, function(i, v) return i * v end)) --> 5
print(table.setn, table.create)      --> nil nil
print(unpack == table.unpack)        --> true
---
-- craftos only: table.move (Lua 5.3)
local function show(t) return table.concat(t, " ") end
print(show(table.move({1, 2, 3}, 1, 3, 2))) --> 1 1 2 3
print(show(table.move({1, 2, 3}, 2, 3, 1))) --> 2 3 3
print(show(table.move({1, 2, 3}, 1, 3, 1, {9, 9, 9, 9}))) --> 1 2 3 9
print(show(table.move({1, 2, 3}, 1, 0, 5))) --> 1 2 3
local a = {1, 2}
print(table.move(a, 1, 2, 1) == a)   --> true
local t = setmetatable({}, {__newindex = function(t, k, v) rawset(t, k, v * 2) end})
table.move({1, 2, 3}, 1, 3, 1, t)
print(show(t))                       --> 2 4 6
print(pcall(table.move, {}, 1, 2))   --> false @LINE: bad argument (number expected, got nil)
print(pcall(table.move, {}, 1, 2, 3, 4)) --> false @LINE: attempt to index a number value
---
-- craftos only: table.* goes through metamethods (§1.2)
local log = {}
local function proxy(t)
  return setmetatable({}, {
    __index = function(_, k) log[#log + 1] = "r" .. k; return t[k] end,
    __newindex = function(_, k, v) log[#log + 1] = "w" .. k; t[k] = v end,
    __len = function() return #t end,
  })
end
local function done() local s = table.concat(log, " "); log = {}; return s end
local data = {3, 1, 2}
local p = proxy(data)
print(table.concat(p, ","), done())  --> 3,1,2 r1 r2 r3
print(table.unpack(p))               --> 3 1 2
done()
table.insert(p, 4)
print(table.concat(data, " "), done()) --> 3 1 2 4 w4
table.insert(p, 1, 0)
print(table.concat(data, " "))       --> 0 3 1 2 4
print(table.remove(p, 1), table.concat(data, " ")) --> 0 3 1 2 4
table.sort(p)
print(table.concat(data, " "))       --> 1 2 3 4
print(table.getn(p), #p)             --> 0 4
table.move(p, 1, 2, 3)
print(table.concat(data, " "))       --> 1 2 1 2
---
-- rawlen, rawget, rawset, rawequal
local t = setmetatable({1, 2}, {__len = function() return 10 end, __index = function() return "i" end, __newindex = function() end, __eq = function() return true end})
print(#t, rawlen(t), rawlen("abc"), t[5], rawget(t, 5)) --> 10 2 3 i nil
t.x = 1
print(rawget(t, "x"), rawset(t, "x", 2) == t, rawget(t, "x")) --> nil true 2
print(rawequal(t, t), rawequal(t, {}), rawequal("a", "a"), rawequal(1, 1.0), rawequal(1, "1")) --> true false true true false
---
-- craftos only: message texts
print(pcall(rawlen, 5))              --> false @LINE: bad argument #1 (table or string expected)
print(pcall(rawlen))                 --> false @LINE: bad argument #1 (table or string expected)
print(pcall(rawget, 5, 1))           --> false @LINE: bad argument (table expected, got number)
print(pcall(rawget, {}))             --> false @LINE: bad argument #2 (value expected)
print(pcall(rawset, {}, 1))          --> false @LINE: bad argument #3 (value expected)
print(pcall(rawset, {}, nil, 1))     --> false @LINE: table index is nil
print(pcall(rawset, {}, 0/0, 1))     --> false @LINE: table index is NaN
print(pcall(rawset, 5, 1, 1))        --> false @LINE: bad argument (table expected, got number)
print(pcall(rawequal, 1))            --> false @LINE: bad argument #2 (value expected)
---
-- Tables of every shape.
local t = {}
for i = -5, 5 do t[i] = i end
print(t[-5], t[0], t[5], #t)         --> -5 0 5 5
for i = 1, 1e4 do t["k" .. i] = i end
for i = 1, 1e4, 2 do t["k" .. i] = nil end
local n = 0
for k in pairs(t) do n = n + 1 end
print(n, t.k2, t.k3, t.k10000)       --> 5011 2 nil 10000
local f = function() end
t = {[f] = 1, [t] = 2, [print] = 3, [coroutine.create(f)] = 4, [true] = 5, [false] = 6}
print(t[f], t[print], t[true], t[false], t[nil]) --> 1 3 5 6 nil
local a, b = {}, {}
t[a], t[b] = "a", "b"
print(t[a], t[b], t[{}])             --> a b nil
t = {}
t[1e15], t[2^40], t[0.1], t[-0.1] = 1, 2, 3, 4
print(t[1e15], t[2^40], t[0.1], t[-0.1]) --> 1 2 3 4
