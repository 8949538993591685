-- Coroutines made: short tasks, half of them run to the end, half of them left in the middle.
local N = ... or 1200000

local create, resume, yield = coroutine.create, coroutine.resume, coroutine.yield

local function task(a, b)
  local c = yield(a + b)
  return c * 2
end

local sum = 0
for i = 1, N do
  local co = create(task)
  local _, v = resume(co, i, 1)
  sum = sum + v
  if i % 2 == 0 then
    local _, w = resume(co, 3)
    sum = sum + w
  end
end

print(string.format("%d", sum))
