-- The math library: §1.2, §1.3, §1.4.

print(math.pi, math.huge, -math.huge, math.type, math.tointeger, math.maxinteger, math.ult) --> 3.1415926535898 inf -inf nil nil nil nil
print(math.abs(-5), math.abs(5.5), math.ceil(1.2), math.ceil(-1.2), math.floor(1.8), math.floor(-1.2)) --> 5 5.5 2 -1 1 -2
print(math.ceil(2), math.floor(-2), math.floor(1e100) == 1e100, math.ceil(1/0), math.floor(-1/0)) --> 2 -2 true inf -inf
print(math.sqrt(16), math.sqrt(2), math.exp(0), math.exp(1), math.sqrt("9")) --> 4 1.4142135623731 1 2.718281828459 3
print(math.log(1), math.log(math.exp(2)), math.log(8, 2), math.log(1000, 10), math.log(81, 3)) --> 0 2 3 3 4
print(math.log(0), math.log10(1000), math.pow(2, 10), math.pow(2, 0.5)) --> -inf 3 1024 1.4142135623731
print(math.sin(0), math.cos(0), math.tan(0), math.sin(1), math.cos(1), math.tan(1)) --> 0 1 0 0.8414709848079 0.54030230586814 1.5574077246549
print(math.asin(1), math.acos(1), math.atan(1), math.atan2(1, 1), math.atan2(-1, -1), math.atan2(0, -1)) --> 1.5707963267949 0 0.78539816339745 0.78539816339745 -2.3561944901923 3.1415926535898
print(math.sinh(1), math.cosh(1), math.tanh(1)) --> 1.1752011936438 1.5430806348152 0.76159415595576
print(math.deg(math.pi), math.rad(180)) --> 180 3.1415926535898
print(math.max(1, 5, 3), math.min(4, 2, 8), math.max(7), math.min(-1, -1.5), math.max("3", 2)) --> 5 2 7 -1.5 3
print(math.fmod(7, 3), math.fmod(-7, 3), math.fmod(7, -3), math.fmod(5.5, 2)) --> 1 -1 1 1.5
print(math.modf(3.7), math.modf(-3.7)) --> 3 -3 -0.7
print(math.modf(3.25))               --> 3 0.25
print(math.modf(-3.25))              --> -3 -0.25
print(math.modf(5))                  --> 5 0
print(math.frexp(8), math.frexp(0))  --> 0.5 0 0
print(math.frexp(8))                 --> 0.5 4
print(math.frexp(-0.3))              --> -0.6 -1
print(math.frexp(0))                 --> 0 0
print(math.ldexp(0.5, 4), math.ldexp(1, 10), math.ldexp(3, -1)) --> 8 1024 1.5
---
-- craftos only: atan with two arguments, mod of Lua 5.0, remainders
print(math.atan(1, 1), math.atan(-1, -1), math.atan(1), math.atan(1, 0)) --> 0.78539816339745 -2.3561944901923 0.78539816339745 1.5707963267949
print(math.mod == math.fmod, math.mod(7, 4)) --> true 3
print(math.fmod(5, 0), math.fmod(1/0, 2)) --> nan nan
print(math.modf(0/0))                --> nan nan
print(math.log(8, 2), math.log(2, 0), math.log(-1)) --> 3 0 nan
print(math.sqrt(-1), math.acos(2), math.abs(-0.0)) --> nan nan 0
print(pcall(math.floor))             --> false @LINE: bad argument (number expected, got nil)
print(pcall(math.floor, "x"))        --> false @LINE: bad argument (number expected, got string)
print(pcall(math.floor, {}))         --> false @LINE: bad argument (number expected, got table)
print(pcall(math.max))               --> false @LINE: bad argument (number expected, got nil)
print(pcall(math.min))               --> false @LINE: bad argument (number expected, got nil)
print(pcall(math.max, 1, "x"))       --> false @LINE: bad argument (number expected, got string)
print(pcall(math.ldexp, 1))          --> false @LINE: bad argument (number expected, got nil)
print(pcall(math.pow, 1))            --> false @LINE: bad argument (number expected, got nil)
print(pcall(math.fmod, 1))           --> false @LINE: bad argument (number expected, got nil)
---
-- Random numbers are in their range.
local ok = true
for i = 1, 1000 do
  local r, d, s = math.random(), math.random(6), math.random(-3, 3)
  ok = ok and r >= 0 and r < 1 and d >= 1 and d <= 6 and d % 1 == 0 and s >= -3 and s <= 3
end
print(ok, math.random(1, 1), math.random(5, 5)) --> true 1 5
math.randomseed(7)
local a, b = math.random(), math.random(1000)
math.randomseed(7)
print(math.random() == a, math.random(1000) == b) --> true true
local seen = {}
for i = 1, 500 do seen[math.random(3)] = true end
print(seen[1], seen[2], seen[3], seen[0], seen[4]) --> true true true nil nil
---
-- craftos only: the generator and its sequence (§1.4)
math.randomseed(42)
print(math.random(100), math.random(100), math.random(1, 10)) --> 50 76 6
math.randomseed(42)
print(math.random())                 --> 0.93081217803957
math.randomseed(42)
print(math.random(), math.random(), math.random()) --> 0.93081217803957 0.45178389935924 0.54688311243421
math.randomseed(0)
print(math.random(1000), math.random(1000), math.random(-5, 5)) --> 962 521 0
math.randomseed(123456789)
print(math.random(1, 2^31 - 1), math.random(0, 1), math.random(10)) --> 1559254380 1 5
math.randomseed(-1)
print(math.random(100), math.random(100)) --> 50 72
math.randomseed(1.5)
print(math.random(100), math.random(100)) --> 30 34
print(pcall(math.random, 0))         --> false @LINE: bad argument #1 (interval is empty)
print(pcall(math.random, 2, 1))      --> false @LINE: bad argument #2 (interval is empty)
print(pcall(math.random, 1, 2, 3))   --> false @LINE: wrong number of arguments
print(pcall(math.random, "x"))       --> false @LINE: bad argument (number expected, got string)
print(pcall(math.random, -5))        --> false @LINE: bad argument #1 (interval is empty)
print(select("#", math.randomseed(1))) --> 2
