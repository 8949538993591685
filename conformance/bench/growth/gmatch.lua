-- The words of a string of n bytes: by gmatch, and by find with a position.
local n = ... or 1200

local s = ("lorem ipsum "):rep(math.floor(n / 12))
local words, pos = 0, 1
for _ in s:gmatch("%a+") do words = words + 1 end
while true do
  local first, last = s:find("%a+", pos)
  if not first then break end
  words = words + 1
  pos = last + 1
end

print(string.format("%d", words))
