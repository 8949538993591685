-- #t asked n times of a table of n elements, which changes at its end all the while.
local n = ... or 1000

local t = {}
for i = 1, n do t[i] = true end
local sum = 0
for i = 1, n do
  sum = sum + #t
  t[n] = i % 2 == 0 or nil
end

print(string.format("%d", sum))
