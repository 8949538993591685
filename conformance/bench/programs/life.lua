-- Conway's Game of Life on a torus, the board in rows of booleans.
local N = ... or 450

local W, H = 96, 64
local seed = 12345
local board = {}
for y = 1, H do
  board[y] = {}
  for x = 1, W do
    seed = seed * 16807 % 2147483647
    board[y][x] = seed % 3 == 0
  end
end

local function step(old)
  local new = {}
  for y = 1, H do
    local above, here, below = old[y > 1 and y - 1 or H], old[y], old[y < H and y + 1 or 1]
    local row = {}
    for x = 1, W do
      local l, r = x > 1 and x - 1 or W, x < W and x + 1 or 1
      local n = 0
      if above[l] then n = n + 1 end
      if above[x] then n = n + 1 end
      if above[r] then n = n + 1 end
      if here[l] then n = n + 1 end
      if here[r] then n = n + 1 end
      if below[l] then n = n + 1 end
      if below[x] then n = n + 1 end
      if below[r] then n = n + 1 end
      row[x] = n == 3 or (n == 2 and here[x])
    end
    new[y] = row
  end
  return new
end

for _ = 1, N do board = step(board) end
local alive, check = 0, 0
for y = 1, H do
  for x = 1, W do
    if board[y][x] then
      alive = alive + 1
      check = (check * 31 + x * y) % 1000003
    end
  end
end

print(string.format("%d %d", alive, check))
