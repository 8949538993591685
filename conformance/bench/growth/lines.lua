-- n lines, each joined with .. from five operands, gathered into one text by way of a table.
local n = ... or 1000

local lines = {}
for i = 1, n do lines[i] = "line " .. i .. " of " .. n .. "\n" end
local text = table.concat(lines)

print(string.format("%s", tostring(text:sub(-#lines[n]) == lines[n])))
