-- Hash tables whose keys come and go: new string keys, updates, removals, and a count of words.
local N = ... or 600000

local live, size = {}, 0
for i = 1, N do
  live["k" .. i] = i
  size = size + 1
  if i > 700 then
    live["k" .. i - 700] = nil
    size = size - 1
  end
end
local sum = 0
for _, v in pairs(live) do sum = sum + v end

local count = {}
for i = 1, N do
  local word = "w" .. i * i % 4999
  count[word] = (count[word] or 0) + 1
end
local distinct, most = 0, 0
for _, n in pairs(count) do
  distinct = distinct + 1
  if n > most then most = n end
end

print(string.format("%d %d %d %d", size, sum, distinct, most))
