-- An event loop as a CraftOS program has it: a queue, tables of handlers, coroutines that wait for an event by name.
local N = ... or 450000

local unpack = table.unpack or unpack
local queue, head, tail = {}, 1, 0
local function send(name, ...)
  tail = tail + 1
  queue[tail] = { name, ... }
end

local counts = {}
local handlers = {}
local function on(name, f)
  handlers[name] = handlers[name] or {}
  table.insert(handlers[name], f)
end
on("key", function(code, held) counts.key = (counts.key or 0) + code % 3 + (held and 1 or 0) end)
on("timer", function(id) counts.timer = (counts.timer or 0) + id % 5 end)
on("timer", function(id) if id % 50 == 0 then send("alarm", id) end end)
on("alarm", function() counts.alarm = (counts.alarm or 0) + 1 end)

local tasks = {}
for i = 1, 6 do
  local wanted = i % 2 == 0 and "key" or "timer"
  local co = coroutine.create(function()
    local seen = 0
    while true do
      local _, value = coroutine.yield(wanted)
      seen = seen + value % 2
      counts[i] = seen
    end
  end)
  local _, filter = coroutine.resume(co)
  tasks[i] = { co = co, filter = filter }
end

for i = 1, N do
  if i % 3 == 0 then send("key", i % 200, i % 7 == 0) else send("timer", i) end
  while head <= tail do
    local event = queue[head]
    queue[head] = nil
    head = head + 1
    local name = event[1]
    local list = handlers[name]
    if list then
      for k = 1, #list do list[k](unpack(event, 2)) end
    end
    for k = 1, #tasks do
      local task = tasks[k]
      if task.filter == nil or task.filter == name then
        local _, filter = coroutine.resume(task.co, unpack(event))
        task.filter = filter
      end
    end
  end
end
local sum = 0
for _, v in pairs(counts) do sum = sum + v end

print(string.format("%d %d", sum, tail))
