-- Function calls: a doubly recursive function and nothing else.
local N = ... or 34

local function fib(n)
  if n < 2 then return n end
  return fib(n - 1) + fib(n - 2)
end

print(string.format("%d", fib(N)))
