-- Variable arguments: select, {...}, passing ... on, and unpack.
local N = ... or 800000

local unpack = table.unpack or unpack

local function pack(...) return { n = select("#", ...), ... } end
local function count(...) return select("#", ...) end
local function sum(...)
  local s = 0
  for i = 1, select("#", ...) do s = s + (select(i, ...)) end
  return s
end
local function rest(_, ...) return ... end
local function forward(f, ...) return f(...) end

local total = 0
for i = 1, N do
  total = total + sum(i, 2, 3, 4)
  local p = pack(i, nil, "x", nil)
  total = total + p.n
  total = total + forward(count, rest(1, 2, nil, 4))
  local a, b, c = unpack({ i, i + 1, i + 2 })
  total = total + c - b + a % 5
  total = total + forward(forward, count, i, i)
end

print(string.format("%d", total))
