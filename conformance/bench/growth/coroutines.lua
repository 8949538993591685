-- n coroutines made and started, all of them alive at the end.
local n = ... or 1000

local tasks = {}
for i = 1, n do
  local co = coroutine.create(function(a) coroutine.yield(a) end)
  coroutine.resume(co, i)
  tasks[i] = co
end

print(string.format("%d %s", #tasks, coroutine.status(tasks[n])))
