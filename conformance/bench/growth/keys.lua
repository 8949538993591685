-- n new string keys put into one table, found, counted with pairs, and taken out while pairs goes over them.
local n = ... or 1000

local t = {}
for i = 1, n do t["key" .. i] = i end
local count = 0
for k in pairs(t) do
  count = count + 1
  t[k] = nil
end

print(string.format("%d %s", count, tostring(next(t))))
