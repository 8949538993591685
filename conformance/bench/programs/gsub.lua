-- gsub with a string, a table and a function as replacement, and with anchors and limits.
local N = ... or 24000

local text = ("The quick brown fox, aged $age, jumps over $count lazy dogs & <cats>.  "):rep(4)
local values = { age = "7", count = "13" }
local entities = { ["<"] = "&lt;", [">"] = "&gt;", ["&"] = "&amp;" }
local bytes, changes = 0, 0
local function upper(first, rest) return first:upper() .. rest end
for _ = 1, N do
  local s, n = text:gsub("%$(%w+)", values)
  bytes, changes = bytes + #s, changes + n
  s, n = text:gsub("[<>&]", entities)
  bytes, changes = bytes + #s, changes + n
  s, n = text:gsub("(%a)(%w*)", upper)
  bytes, changes = bytes + #s, changes + n
  s, n = text:gsub("%s+", " ")
  bytes, changes = bytes + #s, changes + n
  s, n = text:gsub("(%w+) (%w+)", "%2 %1", 3)
  bytes, changes = bytes + #s, changes + n
  s, n = ("   padded   "):gsub("^%s*(.-)%s*$", "%1")
  bytes, changes = bytes + #s, changes + n
end

print(string.format("%d %d", bytes, changes))
