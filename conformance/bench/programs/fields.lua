-- Fields with constant names: records read and updated in place.
local N = ... or 4500000

local points = {}
for i = 1, 64 do
  points[i] = { x = i, y = 2 * i, z = 0, mass = 1 + i % 3, name = "p" }
end
local moved = 0
for i = 1, N do
  local p = points[i % 64 + 1]
  p.x = (p.x + p.mass) % 1000
  p.y = (p.y + p.x) % 1000
  p.z = p.z + 1
  if p.x > p.y then moved = moved + p.mass end
end
local sum = 0
for i = 1, 64 do
  local p = points[i]
  sum = sum + p.x + p.y * 3 + p.z
end

print(string.format("%d %d", sum, moved))
