-- Permutations and reversals of a small array, all with integer keys.
local N = ... or 9

local function fannkuch(n)
  local p, q, s = {}, {}, {}
  for i = 1, n do p[i], q[i], s[i] = i, i, i end
  local sign, flips_max, sum = 1, 0, 0
  while true do
    local first = p[1]
    if first ~= 1 then
      for i = 2, n do q[i] = p[i] end
      local flips = 1
      while true do
        local nextfirst = q[first]
        if nextfirst == 1 then break end
        q[first] = first
        if first >= 4 then
          local i, j = 2, first - 1
          repeat
            q[i], q[j] = q[j], q[i]
            i, j = i + 1, j - 1
          until i >= j
        end
        first = nextfirst
        flips = flips + 1
      end
      sum = sum + sign * flips
      if flips > flips_max then flips_max = flips end
    end
    if sign == 1 then
      p[1], p[2] = p[2], p[1]
      sign = -1
    else
      p[2], p[3] = p[3], p[2]
      sign = 1
      for i = 3, n do
        local left = s[i]
        if left ~= 1 then
          s[i] = left - 1
          break
        end
        if i == n then return sum, flips_max end
        s[i] = i
        local head = p[1]
        for j = 1, i do p[j] = p[j + 1] end
        p[i + 1] = head
      end
    end
  end
end

local sum, most = fannkuch(N)
sum, most = fannkuch(N)

print(string.format("%d %d", sum, most))
