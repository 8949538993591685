-- Closures made: functions that capture one to three variables, called once or twice and dropped.
local N = ... or 2700000

local function adder(a) return function(b) return a + b end end

local function account(start, step)
  local total = start
  return function() total = total + step return total end, function() return total end
end

local sum = 0
for i = 1, N do
  sum = sum + adder(i)(i % 3)
  if i % 2 == 0 then
    local inc, get = account(i, 2)
    inc()
    sum = sum + get() % 7
  end
end

print(string.format("%d", sum))
