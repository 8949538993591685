-- table.sort without a comparator: numbers in random order, nearly sorted, and strings.
local N = ... or 500000

local seed = 42
local function random()
  seed = seed * 16807 % 2147483647
  return seed
end

local numbers = {}
for i = 1, N do numbers[i] = random() end
table.sort(numbers)
for i = 1, N, 50 do numbers[i] = random() end
table.sort(numbers)
local words = {}
for i = 1, N / 4 do words[i] = string.format("%06d", random() % 1000000) end
table.sort(words)
local check = 0
for i = 1, N do check = (check * 31 + numbers[i] % 1000) % 1000003 end
for i = 1, N / 4 do check = (check * 31 + tonumber(words[i])) % 1000003 end

print(string.format("%d", check))
