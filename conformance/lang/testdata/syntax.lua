-- Grammar: §1.1 (Lua 5.2 with a soft goto), §1.2 (what is there and what is not).

-- Precedence and associativity.
print(2 + 3 * 4 ^ 2 / 2)             --> 26
print(2 ^ 3 ^ 2, (2 ^ 3) ^ 2)        --> 512 64
print(-2 ^ 2, (-2) ^ 2)              --> -4 4
print(2 ^ -1)                        --> 0.5
print(not nil == true, not (nil == true)) --> true true
print(1 .. 2 .. 3)                   --> 123
print("a" .. 1 + 2 .. "b")           --> a3b
print(1 < 2 == true, "x" < "y" ~= false) --> true true
print(1 or error("no"), nil and error("no"), false or nil, nil or false) --> 1 nil nil false
print(1 and 2 or 3, nil and 2 or 3, false == nil) --> 2 3 false
print(-3 % 5, -(3 % 5), 5 - 3 - 1, 2 * 3 % 4) --> 2 -3 1 2
print(#"abc" + 1, -"2" + 0, - - 2)   --> 4 -2 2
print(not 1 == 2, #{1, 2} == 2)      --> false true
print(1 + 1 == 2 and 2 + 2 == 4)     --> true
print("a" .. "b" == "ab", 1 .. "" == "1") --> true true
---
-- Numerals.
print(3, 3., .5, 3e2, 3E+2, 3e-2, 0x10, 0XfF, 0x.8, 0x1p4, 0xA.8p1, 0x1P-1) --> 3 3 0.5 300 300 0.03 16 255 0.5 16 21 0.5
print(0xffffffffff, 1e1, 00012, 1e400, -1e400) --> 1099511627775 10 12 inf -inf
print(3 .. 4, 3 ..4)                 --> 34 34
---
-- Comments and long brackets.
print(1 --[[ inside ]], 2) --> 1 2
--[==[ a long comment
]] still ]=] in it
]==] print("after") --> after
--[ a short one
---- another
print([[a
b]])
--> a
--> b
print([[
first newline is skipped]])  --> first newline is skipped
print([==[]]]=]]==])         --> ]]]=]
print(#[[

]])                          --> 1
print([[a\nb]])              --> a\nb
---
-- Statements: empty ones, semicolons, blocks, multiple assignment.
;;; local a; ; do end do ; end
local x, y, z = 1, 2
print(a, x, y, z)                    --> nil 1 2 nil
x, y = y, x
print(x, y)                          --> 2 1
local t = {}
local i = 1
i, t[i] = i + 1, 20
print(i, t[1], t[2])                 --> 2 20 nil
local function f() return 1, 2, 3 end
local p, q, r, s = f()
print(p, q, r, s)                    --> 1 2 3 nil
p, q, r, s = 0, f()
print(p, q, r, s)                    --> 0 1 2 3
p, q, r = f(), 10
print(p, q, r)                       --> 1 10 nil
p, q = (f())
print(p, q)                          --> 1 nil
do local x = "inner"; print(x) end   --> inner
print(x)                             --> 2
local x = x + 1; print(x)            --> 3
---
-- Assignment evaluates everything before it assigns.
local a = {1, 2, 3}
local i = 3
i, a[i] = i - 1, 99
print(i, a[2], a[3])                 --> 2 2 99
local t = {v = 1}
local u = t
t, t.v = {v = 5}, 7
print(u.v, t.v)                      --> 7 5
a, b, c = 0
print(a, b, c)                       --> 0 nil nil
a, b, c = 1, 2, 3, 4
print(a, b, c)                       --> 1 2 3
---
-- if, while, repeat, for.
local function kind(n)
  if n < 0 then return "neg" elseif n == 0 then return "zero" elseif n < 10 then return "small" else return "big" end
end
print(kind(-1), kind(0), kind(5), kind(50)) --> neg zero small big
local n = 0
while true do n = n + 1; if n > 4 then break end end
print(n)                             --> 5
repeat local done = n >= 8; n = n + 1 until done
print(n)                             --> 9
local log = {}
for i = 1, 3 do log[#log + 1] = i end
for i = 3, 1, -1 do log[#log + 1] = i end
for i = 1, 0 do log[#log + 1] = "never" end
for i = 1, 2, 0.5 do log[#log + 1] = i end
print(table.concat(log, " "))        --> 1 2 3 3 2 1 1 1.5 2
for i = 1, 3 do local j = i; i = 10; log[j] = i end
print(log[1], log[3])                --> 10 10
for i = 0.1, 0.35, 0.1 do print(i) end
--> 0.1
--> 0.2
--> 0.3
for k, v in next, {5} do print(k, v) end --> 1 5
for i in function(s, c) if c < s then return c + 1 end end, 3, 0 do print(i) end
--> 1
--> 2
--> 3
for a, b, c, d in function(_, c) if not c then return 1, 2, 3 end end do print(a, b, c, d) end --> 1 2 3 nil
---
-- The loop bounds are read once; strings that read as numbers are accepted.
local n = 3
local count = 0
for i = 1, n do n = 10; count = count + 1 end
print(count)                         --> 3
for i = "1", "2" do print(i, type(i)) end
--> 1 number
--> 2 number
for i = 10, 1, "-5" do print(i) end
--> 10
--> 5
for i = 1, math.huge do if i == 3 then print("stop") break end end --> stop
for i = -1, -math.huge, -1 do if i == -3 then print("stop") break end end --> stop
for i = 1, 0/0 do print("never") end
for i = 0/0, 1 do print("never") end
for i = 3, 1 do print("never") end
---
-- craftos only: PUC Lua 5.2 loops for ever with a step of zero
for i = 1, 10, 0 do print("never") end
print("done")                        --> done
---
-- goto and labels.
do
  local i = 1
  ::top::
  if i <= 3 then print(i); i = i + 1; goto top end
end
--> 1
--> 2
--> 3
for i = 1, 3 do
  for j = 1, 3 do
    if j == 2 then goto continue end
    if i == 3 then goto out end
    print(i, j)
    ::continue::
  end
end
--> 1 1
--> 1 3
--> 2 1
--> 2 3
::out::
print("out")                         --> out
do goto skip; local x; ::skip:: end
goto done
print("never")
::done:: print("done")               --> done
do
  local k = 0
  ::a:: ::b::
  k = k + 1
  if k == 1 then goto a elseif k == 2 then goto b end
  print(k)                           --> 3
end
-- The same label in separate blocks and functions.
do ::same:: end
do ::same:: end
local function f() goto same; ::same:: return "f" end
print(f())                           --> f
while true do goto leave end ::leave::
repeat
  local x = 1
  if x then goto cont end
  x = 2
  ::cont::
until true
print("end")                         --> end
---
-- A goto out of a block closes its variables: each closure has its own.
local fs = {}
do
  local i = 1
  ::again::
  local x = i * 10
  fs[i] = function() x = x + 1; return x end
  i = i + 1
  if i <= 3 then goto again end
end
print(fs[1](), fs[1](), fs[2](), fs[3]()) --> 11 12 21 31
---
-- craftos only: goto is a soft keyword
local goto = 5
print(goto)                          --> 5
goto = goto + 1
print(goto)                          --> 6
local t = {goto = 1}
print(t.goto)                        --> 1
print(load("local goto = 5 return goto")()) --> 5
goto = 1
print(goto)                          --> 1
print(load("goto = 7; return goto")()) --> 7
print(load("return goto")())         --> 7
_G.goto = print
load("goto('x')")()                --> x
_G.goto = {}
load("goto.x = 1")()
print(_G.goto.x)                      --> 1
---
-- Functions and methods.
local t = {a = {b = {}}}
function t.a.b.f(x) return x end
function t.a.b:m(x) return self == t.a.b, x end
print(t.a.b.f(1), t.a.b:m(2))        --> 1 true 2
print(type(function() end), (function(...) return ... end)(7)) --> function 7
local s = "x"
print(s:rep(3), ("%d"):format(5), #s:rep(4)) --> xxx 5 4
local function id(...) return ... end
print(id"str", id[[long]], id{1}[1], id{n = 2}.n) --> str long 1 2
print(t.a.b.f"y", t.a.b:m{1} and "ok") --> y ok
print(("x"):rep(2):upper():len())    --> 2
local obj = {v = 1}
function obj:inc() self.v = self.v + 1; return self end
print(obj:inc():inc().v)             --> 3
-- A call that goes on in the next line is one call.
local f = id
(print)("called")                    --> called
---
-- Table constructors.
local t = {1, 2; 3, [10] = "ten", x = "ex", ["y z"] = 1, 4,}
print(#t, t[4], t[10], t.x, t["y z"]) --> 4 4 ten ex 1
local function f() return 1, 2, 3 end
print(#{f(), f()}, #{f(), (f())}, #{(f())}, #{f(), nil}) --> 4 2 1 1
t = {[1] = "a", "b"}
print(t[1])                          --> b
print(#{n = 1}, #{{}, {}}, next({})) --> 0 2 nil
t = {f = function() return 5 end, [f()] = 1}
print(t.f(), t[1])                   --> 5 1
---
-- return ends a block, and a semicolon may follow.
local function f() do return 1; end end
local function g() return; end
local function h() return end
print(f(), g(), (h()))               --> 1 nil nil
print(select("#", g()), select("#", (g()))) --> 0 1
return 5
---
-- Words are keywords only as a whole, and names may have underscores and digits.
local andy, _end, If, _1, END = 1, 2, 3, 4, 5
print(andy, _end, If, _1, END)       --> 1 2 3 4 5
print(({["end"] = 1})["end"], ({and1 = 2}).and1) --> 1 2
---
-- Operators of later Lua versions are not there. (§1.2)
print(load("return 7 // 2"))         --> nil [string "return 7 // 2"]:1: unexpected symbol near '/'
print(load("return 7 & 2"))          --> nil [string "return 7 & 2"]:1: <eof> expected near '&'
print(load("return 7 | 2"))          --> nil [string "return 7 | 2"]:1: <eof> expected near '|'
print(load("return 7 ~ 2"))          --> nil [string "return 7 ~ 2"]:1: <eof> expected near '~'
print(load("return ~7"))             --> nil [string "return ~7"]:1: unexpected symbol near '~'
print(load("return 7 << 2"))         --> nil [string "return 7 << 2"]:1: unexpected symbol near '<'
print(load("return 7 >> 2"))         --> nil [string "return 7 >> 2"]:1: unexpected symbol near '>'
---
-- craftos only: another name for a chunk without one
print(load("local x <const> = 1"))   --> nil [string "local x <cons..."]:1: unexpected symbol near '<'
print(load("local x <close> = nil")) --> nil [string "local x <clos..."]:1: unexpected symbol near '<'
---
-- local function sees itself; local f = function doesn't.
local function fact(n) return n <= 1 and 1 or n * fact(n - 1) end
print(fact(10))                      --> 3628800
local g = function() return g end
print(g())                           --> nil
-- A local is visible after its statement only.
local v = v
print(v)                             --> nil
---
-- Deeply nested expressions and long chains.
local e = {"return "}
for i = 1, 150 do e[#e + 1] = "(" end
e[#e + 1] = "1"
for i = 1, 150 do e[#e + 1] = ")" end
print(load(table.concat(e))())       --> 1
local c = {"local x = 0 return x"}
for i = 1, 1000 do c[#c + 1] = "+" .. i end
print(load(table.concat(c))())       --> 500500
local s = {"return ''"}
for i = 1, 150 do s[#s + 1] = "..'a'" end
print(#load(table.concat(s))())      --> 150
local t = {"return {"}
for i = 1, 1000 do t[#t + 1] = i .. "," end
t[#t + 1] = "}"
local big = load(table.concat(t))()
print(#big, big[1], big[51], big[1000]) --> 1000 1 51 1000
---
-- More constants than fit the short operand of an instruction.
local src = {"local t = {} "}
for i = 1, 600 do src[#src + 1] = ("t.k%d = 'v%d' "):format(i, i) end
src[#src + 1] = "return t"
local t = load(table.concat(src))()
print(t.k1, t.k255, t.k256, t.k257, t.k600) --> v1 v255 v256 v257 v600
src = {"local t = {} local function f(a, b) return a .. b end "}
for i = 1, 600 do src[#src + 1] = ("t[%d] = f('a%d', 'b%d') "):format(i, i, i) end
src[#src + 1] = "return t"
t = load(table.concat(src))()
print(t[1], t[300], t[600])          --> a1b1 a300b300 a600b600
