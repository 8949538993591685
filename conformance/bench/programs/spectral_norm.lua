-- Floating point in nested loops with a small function called for every element of an endless matrix.
local N = ... or 500

local function a(i, j)
  local ij = i + j - 1
  return 1 / (ij * (ij - 1) * 0.5 + i)
end

local function times(x, y)
  for i = 1, N do
    local s = 0
    for j = 1, N do s = s + x[j] * a(i, j) end
    y[i] = s
  end
end

local function times_transposed(x, y)
  for i = 1, N do
    local s = 0
    for j = 1, N do s = s + x[j] * a(j, i) end
    y[i] = s
  end
end

local u, v, t = {}, {}, {}
for i = 1, N do u[i] = 1 end
for _ = 1, 10 do
  times(u, t)
  times_transposed(t, v)
  times(v, t)
  times_transposed(t, u)
end
local top, bottom = 0, 0
for i = 1, N do
  top = top + u[i] * v[i]
  bottom = bottom + v[i] * v[i]
end

print(string.format("%.9f", math.sqrt(top / bottom)))
