-- Floating point on locals: the Mandelbrot set, its points counted.
local N = ... or 850

local inside, steps = 0, 0
for py = 0, N - 1 do
  local ci = 2 * py / N - 1
  for px = 0, N - 1 do
    local cr = 2 * px / N - 1.5
    local zr, zi, zr2, zi2 = 0, 0, 0, 0
    local escaped = false
    for _ = 1, 50 do
      zi = 2 * zr * zi + ci
      zr = zr2 - zi2 + cr
      zr2, zi2 = zr * zr, zi * zi
      steps = steps + 1
      if zr2 + zi2 > 4 then
        escaped = true
        break
      end
    end
    if not escaped then inside = inside + 1 end
  end
end

print(string.format("%d %d", inside, steps))
