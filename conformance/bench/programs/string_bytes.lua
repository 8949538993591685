-- Strings by character: byte, char and sub in loops, upper, lower, reverse and comparison.
local N = ... or 50000

local byte, char, sub = string.byte, string.char, string.sub
local text = "Pack my box with five dozen liquor jugs; 0123456789"
local out, vowels, sum = {}, 0, 0
for i = 1, N do
  local shift = i % 26
  for k = 1, #text do
    local b = byte(text, k)
    if b >= 97 and b <= 122 then b = (b - 97 + shift) % 26 + 97 end
    out[k] = char(b)
    sum = sum + b
  end
  for k = 1, #text do
    local c = sub(text, k, k)
    if c == "a" or c == "e" or c == "i" or c == "o" or c == "u" then vowels = vowels + 1 end
  end
  local s = table.concat(out, "", 1, #text)
  if s < text then sum = sum + 1 end
  if s:upper():lower() == s:lower() then sum = sum + #s:reverse() end
end

print(string.format("%d %d", sum, vowels))
