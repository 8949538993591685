-- A string of n bytes taken apart with sub and byte, and put together again from a table.
local n = ... or 1000

local s = ("0123456789"):rep(math.floor(n / 10))
local out, sum = {}, 0
for i = 1, #s do
  out[i] = s:sub(i, i)
  sum = sum + s:byte(i)
end

print(string.format("%d %s", sum, tostring(table.concat(out) == s)))
