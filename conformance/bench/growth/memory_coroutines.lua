-- n * 10 coroutines left in the middle and forgotten.
local n = ... or 200

KEPT = {}
for i = 1, n * 10 do
  local co = coroutine.wrap(function(a)
    local t = { a }
    coroutine.yield(t)
    return t
  end)
  KEPT[i % 10] = co(i)
end

print(string.format("%d", KEPT[n * 10 % 10][1]))
