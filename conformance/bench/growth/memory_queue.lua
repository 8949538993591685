-- A queue whose head and tail only ever count up, never more than 100 elements long, through which n * 1000 pass.
local n = ... or 200

KEPT = {}
local head, tail = 1, 0
for _ = 1, n * 1000 do
  tail = tail + 1
  KEPT[tail] = { tail }
  if tail - head >= 100 then
    KEPT[head] = nil
    head = head + 1
  end
end

print(string.format("%d", tail - head + 1))
