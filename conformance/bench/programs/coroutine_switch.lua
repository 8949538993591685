-- Coroutine switches: a generator, a filter over it and a consumer, values passed both ways.
local N = ... or 2600000

local yield, wrap, create, resume = coroutine.yield, coroutine.wrap, coroutine.create, coroutine.resume

local numbers = wrap(function()
  local i = 0
  while true do
    i = i + 1
    yield(i)
  end
end)

local odd = wrap(function()
  while true do
    local v = numbers()
    if v % 2 == 1 then yield(v, v * v % 101) end
  end
end)

local echo = create(function(a)
  while true do a = yield(a + 1) end
end)

local sum = 0
for _ = 1, N / 2 do
  local v, square = odd()
  sum = sum + v % 13 + square
  local _, r = resume(echo, sum)
  sum = r
end

print(string.format("%d", sum))
