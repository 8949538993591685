-- Allocation: many small trees built and walked while a large one stays.
local N = ... or 16

local function build(depth)
  if depth == 0 then return {} end
  return { build(depth - 1), build(depth - 1) }
end

local function count(tree)
  if tree[1] then return 1 + count(tree[1]) + count(tree[2]) end
  return 1
end

local long = build(N)
local sum = 0
for depth = 4, N, 3 do
  local trees = 2 ^ (N - depth + 2)
  for _ = 1, trees do sum = sum + count(build(depth)) end
end

print(string.format("%d %d", sum, count(long)))
