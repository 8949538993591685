-- string.format with the conversions that programs use, tostring and tonumber.
local N = ... or 270000

local format = string.format
local bytes, sum = 0, 0
for i = 1, N do
  local s = format("%5d|%-8s|%05.1f|%x", i, "ab", i / 4, i)
  bytes = bytes + #s
  s = format("%s: %d of %d (%3d%%)", "job", i, N, i % 100)
  bytes = bytes + #s
  s = format("%q %c %g", "a\"b", 65 + i % 26, i % 1000 + 0.5)
  bytes = bytes + #s
  sum = sum + tonumber(format("%d", i % 1000)) + tonumber("0x" .. format("%02x", i % 256))
end

print(string.format("%d %d", bytes, sum))
