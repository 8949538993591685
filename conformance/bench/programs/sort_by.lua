-- table.sort with a comparator: numbers downwards and records by two fields.
local N = ... or 330000

local seed = 7
local function random(n)
  seed = seed * 16807 % 2147483647
  return seed % n
end

local numbers, people = {}, {}
for i = 1, N do numbers[i] = random(1000000) end
for i = 1, N / 4 do people[i] = { id = i, age = random(90), name = "n" .. random(500) } end
table.sort(numbers, function(a, b) return a > b end)
table.sort(people, function(a, b)
  if a.age ~= b.age then return a.age < b.age end
  if a.name ~= b.name then return a.name < b.name end
  return a.id < b.id
end)
local check = 0
for i = 1, N do check = (check * 31 + numbers[i]) % 1000003 end
for i = 1, N / 4 do check = (check * 31 + people[i].id) % 1000003 end

print(string.format("%d", check))
