-- Protected calls that succeed: pcall of a Lua function with arguments and results, nested once in eight.
local N = ... or 5000000

local function work(a, b) return a + b, a - b end
local function outer(a, b)
  local _, x, y = pcall(work, a, b)
  return x, y
end

local sum = 0
for i = 1, N do
  local ok, x, y
  if i % 8 == 0 then
    ok, x, y = pcall(outer, i, 2)
  else
    ok, x, y = pcall(work, i, 3)
  end
  if ok then sum = sum + x - y end
end

print(string.format("%d", sum))
