-- A stack of n elements filled with table.insert and emptied with table.remove.
local n = ... or 1000

local insert, remove = table.insert, table.remove
local t, sum = {}, 0
for i = 1, n do insert(t, i) end
for _ = 1, n do sum = sum + remove(t) end

print(string.format("%d", sum))
