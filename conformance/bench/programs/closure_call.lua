-- Closures called: upvalues that never change, upvalues that do, and a chain of composed functions.
local N = ... or 4500000

local function compose(f, g) return function(x) return f(g(x)) end end
local function scale(k) return function(x) return x * k % 1009 end end
local function offset(k) return function(x) return x + k end end

local calls, high = 0, 0
local function count(x)
  calls = calls + 1
  if x > high then high = x end
  return x
end

local step = compose(scale(7), compose(offset(11), count))
local x = 1
for i = 1, N do x = step(x + i % 3) end

print(string.format("%d %d %d", x, calls, high))
