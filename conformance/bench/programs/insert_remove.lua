-- table.insert and table.remove: a stack, a short queue, and insertion in the middle.
local N = ... or 2100000

local insert, remove = table.insert, table.remove
local stack, sum = {}, 0
for i = 1, N do
  insert(stack, i)
  if i % 3 == 0 then sum = sum + remove(stack) end
  if #stack > 1000 then
    while #stack > 10 do sum = sum + remove(stack) % 7 end
  end
end
local queue = {}
for i = 1, N / 10 do
  insert(queue, i)
  if #queue > 20 then sum = sum + remove(queue, 1) end
end
local middle = {}
for i = 1, N / 10 do
  insert(middle, #middle - #middle % 2 - (#middle > 4 and 4 or 0) + 1, i)
  if #middle == 60 then
    for k = 1, 60 do sum = sum + middle[k] * k % 11 end
    middle = {}
  end
end

print(string.format("%d %d", sum, #stack))
