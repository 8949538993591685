-- A table that is filled with 1000 keys never used before and emptied again, n times; it is left in a global to be measured.
local n = ... or 200

KEPT = {}
local id = 0
for _ = 1, n do
  local first = id + 1
  for _ = 1, 1000 do
    id = id + 1
    KEPT["k" .. id] = id
  end
  for i = first, id do KEPT["k" .. i] = nil end
end

print(string.format("%d %s", id, tostring(next(KEPT))))
