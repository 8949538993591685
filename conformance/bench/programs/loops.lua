-- Numeric loops: nested for, while and repeat with integer arithmetic on locals.
local N = ... or 6500

local sum = 0
for i = 1, N do
  for j = 1, N do
    sum = sum + (i * j) % 7
  end
end
local i = 0
while i < N * 500 do
  i = i + 3
  if i % 2 == 0 then sum = sum + 1 else sum = sum - 2 end
end
repeat
  i = i - 5
  sum = sum + i % 11
until i <= 0

print(string.format("%d", sum))
