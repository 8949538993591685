-- Tail calls: a state machine whose states call each other, and mutual recursion.
local N = ... or 7500000

local seed = 1
local function next_bit()
  seed = seed * 16807 % 2147483647
  return seed % 2
end

local start, left, right
local visits = 0
function start(n, acc)
  if n <= 0 then return acc end
  visits = visits + 1
  if next_bit() == 0 then return left(n - 1, acc + 1) end
  return right(n - 1, acc + 2)
end
function left(n, acc)
  if n <= 0 then return acc end
  return start(n - 1, acc * 3 % 1009)
end
function right(n, acc)
  if n <= 0 then return acc end
  return left(n - 1, acc + n % 3)
end

local even, odd
function even(n) if n == 0 then return true end return odd(n - 1) end
function odd(n) if n == 0 then return false end return even(n - 1) end

local acc = start(N, 7)

print(string.format("%d %d %s", acc, visits, tostring(even(N))))
