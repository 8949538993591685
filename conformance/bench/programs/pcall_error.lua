-- Protected calls that fail: error values, error strings with a position, and errors of the language itself.
local N = ... or 1100000

local problem = { code = 7 }
local function throw_table() error(problem) end
local function throw_string(i) error("bad thing " .. i % 10, 0) end
local function throw_position() error("somewhere") end
local function throw_index(t) return t.x.y end
local function deep(n) if n == 0 then error(problem) end deep(n - 1) return n end

local sum = 0
for i = 1, N do
  local kind, ok, e = i % 5
  if kind == 0 then
    ok, e = pcall(throw_table)
    sum = sum + e.code
  elseif kind == 1 then
    ok, e = pcall(throw_string, i)
    sum = sum + #e
  elseif kind == 2 then
    ok, e = pcall(throw_position)
    if e:sub(-9) == "somewhere" then sum = sum + 1 end
  elseif kind == 3 then
    ok, e = pcall(throw_index, problem)
    if type(e) == "string" then sum = sum + 2 end
  else
    ok, e = pcall(deep, 10)
    if e == problem then sum = sum + 3 end
  end
  if ok then sum = sum - 1000 end
end

print(string.format("%d", sum))
