-- A priority queue: a binary heap of records with a comparison function, as a scheduler has it.
local N = ... or 320000

local function before(a, b)
  if a.time ~= b.time then return a.time < b.time end
  return a.id < b.id
end

local heap, size = {}, 0

local function push(item)
  size = size + 1
  local i = size
  while i > 1 do
    local parent = (i - i % 2) / 2
    local above = heap[parent]
    if not before(item, above) then break end
    heap[i] = above
    i = parent
  end
  heap[i] = item
end

local function pop()
  local top, last = heap[1], heap[size]
  heap[size] = nil
  size = size - 1
  if size > 0 then
    local i = 1
    while true do
      local child = 2 * i
      if child > size then break end
      if child < size and before(heap[child + 1], heap[child]) then child = child + 1 end
      if not before(heap[child], last) then break end
      heap[i] = heap[child]
      i = child
    end
    heap[i] = last
  end
  return top
end

local seed = 99
local function random(n)
  seed = seed * 16807 % 2147483647
  return seed % n
end

for i = 1, 500 do push({ time = random(1000), id = i }) end
local check, now = 0, 0
for i = 1, N do
  local event = pop()
  now = event.time
  check = (check * 31 + event.id) % 1000003
  push({ time = now + random(1000), id = 500 + i })
end

print(string.format("%d %d %d", check, now, size))
