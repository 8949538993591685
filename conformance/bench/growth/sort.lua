-- table.sort of n numbers in three orders that have led sorts astray: ascending, organ pipe, few different values.
local n = ... or 1000

local up, pipe, few = {}, {}, {}
for i = 1, n do
  up[i] = i
  pipe[i] = i <= n / 2 and i or n - i
  few[i] = i * 7919 % 4
end
table.sort(up)
table.sort(pipe)
table.sort(few, function(a, b) return a < b end)

print(string.format("%d %d %d", up[n], pipe[n], few[n]))
