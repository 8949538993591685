-- Metamethods: a vector class with __add, __sub, __mul, __unm, __eq, __lt, __le, __len, __call, __index and __newindex as functions.
local N = ... or 390000

local mt = {}
local function vec(x, y) return setmetatable({ x, y }, mt) end
mt.__add = function(a, b) return vec(a[1] + b[1], a[2] + b[2]) end
mt.__sub = function(a, b) return vec(a[1] - b[1], a[2] - b[2]) end
mt.__mul = function(a, b)
  if type(a) == "number" then return vec(a * b[1] % 1000, a * b[2] % 1000) end
  if type(b) == "number" then return vec(a[1] * b % 1000, a[2] * b % 1000) end
  return a[1] * b[1] + a[2] * b[2]
end
mt.__unm = function(a) return vec(-a[1], -a[2]) end
mt.__eq = function(a, b) return a[1] == b[1] and a[2] == b[2] end
mt.__lt = function(a, b) return a[1] < b[1] or (a[1] == b[1] and a[2] < b[2]) end
mt.__le = function(a, b) return not (b < a) end
mt.__call = function(a, i) return a[i] end
mt.__concat = function(a, b) return (type(a) == "string" and a or "v") .. (type(b) == "string" and b or "v") end
mt.__index = function(t, k)
  if k == "x" then return rawget(t, 1) end
  if k == "y" then return rawget(t, 2) end
end
mt.__newindex = function(t, k, v) rawset(t, k == "x" and 1 or 2, v) end

local p, v, one = vec(0, 0), vec(3, 5), vec(1, 1)
local sum = 0
for i = 1, N do
  p = p + v * (i % 4) - one
  if p > v then p = -p end
  if p <= one then p.x = p.x % 97 end
  if p == one then sum = sum + 1 end
  sum = sum + p * one + p(1) + p.y
  if i % 8 == 0 then sum = sum + #(p .. "!") end
end

print(string.format("%d", sum))
