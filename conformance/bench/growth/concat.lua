-- table.concat of n short strings.
local n = ... or 1000

local parts = {}
for i = 1, n do parts[i] = "item" end

print(string.format("%d", #table.concat(parts, ",")))
