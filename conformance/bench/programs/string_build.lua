-- Strings built: the .. operator with several operands, a string that grows, and table.concat.
local N = ... or 650000

local parts, n = {}, 0
local line = ""
local bytes = 0
for i = 1, N do
  local key = "key" .. i % 1000
  local item = "<" .. key .. "=" .. i .. ">"
  n = n + 1
  parts[n] = item
  line = line .. "."
  if #line == 120 then
    bytes = bytes + #line
    line = ""
  end
  if n == 500 then
    local text = table.concat(parts, ", ")
    bytes = bytes + #text
    parts, n = {}, 0
  end
end
local tail = table.concat(parts, ";", 1, n)
bytes = bytes + #tail + #line

print(string.format("%d", bytes))
