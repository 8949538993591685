-- Iteration: ipairs and pairs over arrays and maps, next by hand, and an iterator of the program's own.
local N = ... or 5000

local list, map = {}, {}
for i = 1, 500 do
  list[i] = i
  map["key" .. i] = i
end
local function each(t, i)
  i = i + 1
  local v = t[i]
  if v then return i, v end
end
local sum = 0
for _ = 1, N do
  for i, v in ipairs(list) do sum = sum + i * v % 3 end
  for _, v in pairs(list) do sum = sum + v end
  for k, v in pairs(map) do sum = sum + #k + v end
  for i, v in each, list, 0 do sum = sum + v - i end
  local k, v = next(map)
  while k do
    sum = sum + v
    k, v = next(map, k)
  end
end

print(string.format("%d", sum))
