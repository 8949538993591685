-- s = s .. "x", n times: every step copies the string, so twice the length may cost four times as much, and no more.
local n = ... or 1000

local s = ""
for _ = 1, n do s = s .. "0123456789" end

print(string.format("%d", #s))
