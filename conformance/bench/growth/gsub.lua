-- One gsub over a string of n bytes, replacing one byte in three, and one that finds nothing.
local n = ... or 1200

local s = ("abc"):rep(math.floor(n / 3))
local r, count = s:gsub("b", "<b>")
local same = s:gsub("x+y", "")

print(string.format("%d %d %d", #r, count, #same))
