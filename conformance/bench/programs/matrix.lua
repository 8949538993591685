-- Matrices as tables of rows: multiplication and transposition.
local N = ... or 210

local function matrix(n, seed)
  local m = {}
  for i = 1, n do
    local row = {}
    for j = 1, n do row[j] = (i * seed + j) % 10 end
    m[i] = row
  end
  return m
end

local function transpose(m, n)
  local t = {}
  for i = 1, n do
    local row = {}
    for j = 1, n do row[j] = m[j][i] end
    t[i] = row
  end
  return t
end

local function multiply(a, b, n)
  local bt, c = transpose(b, n), {}
  for i = 1, n do
    local ai, ci = a[i], {}
    for j = 1, n do
      local bj, s = bt[j], 0
      for k = 1, n do s = s + ai[k] * bj[k] end
      ci[j] = s % 1000
    end
    c[i] = ci
  end
  return c
end

local a, b = matrix(N, 3), matrix(N, 7)
for _ = 1, 3 do a = multiply(a, b, N) end
local sum = 0
for i = 1, N do
  for j = 1, N do sum = sum + a[i][j] * (i + j) end
end

print(string.format("%d", sum))
