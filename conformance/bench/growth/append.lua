-- t[#t + 1] = v, n times.
local n = ... or 1000

local t = {}
for i = 1, n do t[#t + 1] = i end

print(string.format("%d", t[n]))
