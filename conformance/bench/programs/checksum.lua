-- Hashes of strings by arithmetic alone: Adler-32, a polynomial hash, and CRC-16 from a table.
local N = ... or 1600

local floor, byte = math.floor, string.byte

local function xor(a, b)
  local result, bit = 0, 1
  while a > 0 or b > 0 do
    local x, y = a % 2, b % 2
    if x ~= y then result = result + bit end
    a, b, bit = (a - x) / 2, (b - y) / 2, bit * 2
  end
  return result
end

local crc_table, xor_byte = {}, {}
for i = 0, 255 do
  local c = i
  for _ = 1, 8 do
    if c % 2 == 1 then c = xor((c - 1) / 2, 40961) else c = c / 2 end
  end
  crc_table[i] = c
end
for a = 0, 15 do
  for b = 0, 15 do xor_byte[a * 16 + b] = xor(a, b) end
end

local function xor8(a, b)
  local al, bl = a % 16, b % 16
  return xor_byte[(a - al) + (b - bl) / 16] * 16 + xor_byte[al * 16 + bl]
end

local function adler(s)
  local a, b = 1, 0
  for i = 1, #s do
    a = (a + byte(s, i)) % 65521
    b = (b + a) % 65521
  end
  return b * 65536 + a
end

local function polynomial(s)
  local h = 5381
  for i = 1, #s do h = (h * 33 + byte(s, i)) % 4294967296 end
  return h
end

local function crc(s)
  local c = 0
  for i = 1, #s do
    local low = c % 256
    local high = floor(c / 256)
    local t = crc_table[xor8(low, byte(s, i))]
    local tl = t % 256
    c = floor(t / 256) * 256 + xor8(tl, high)
  end
  return c
end

local text = ("All work and no play makes Jack a dull boy. "):rep(20)
local a, p, c = 0, 0, 0
for i = 1, N do
  local s = text .. i
  a = (a + adler(s)) % 4294967296
  p = (p + polynomial(s)) % 4294967296
  c = (c + crc(s)) % 65536
end

print(string.format("%d %d %d", a, p, c))
