-- Search with back-tracking: all ways to put queens on a board.
local N = ... or 8

local columns, up, down = {}, {}, {}
local solutions, visits = 0, 0

local function place(row)
  if row > N then
    solutions = solutions + 1
    return
  end
  for c = 1, N do
    visits = visits + 1
    if not columns[c] and not up[row + c] and not down[row - c + N] then
      columns[c], up[row + c], down[row - c + N] = true, true, true
      place(row + 1)
      columns[c], up[row + c], down[row - c + N] = false, false, false
    end
  end
end

for _ = 1, N * 100 do place(1) end

print(string.format("%d %d", solutions, visits))
