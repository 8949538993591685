-- SHA-256 (FIPS 180-4) and HMAC with it (RFC 2104), in Lua: two to three megabytes a second. Strings may hold any bytes.
--
--   local sha256 = require "cc.crypto.sha256"
--   print(sha256.hex("abc")) --> ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad

local expect = require "cc.expect".expect

local band, bxor, rrotate, rshift = bit32.band, bit32.bxor, bit32.rrotate, bit32.rshift
local byte, char, format, gsub, rep, sub = string.byte, string.char, string.format, string.gsub, string.rep, string.sub
local floor = math.floor
local pack, unpack = string.pack, string.unpack

---@class cc.crypto.sha256
local sha256 = {}

-- The first 32 bits of the fractional parts of the cube roots of the first 64 primes.
local K = {
    0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
    0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
    0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
    0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
    0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
    0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
    0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
    0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2,
}

-- The same of the square roots of the first 8.
local INITIAL = {
    0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19,
}

local WORDS = ">" .. rep("I4", 16)
local w = {} -- the message schedule; nothing waits while it is in use

-- Takes the block of 64 bytes at a place of a text into a state.
local function block(state, text, at)
    w[1], w[2], w[3], w[4], w[5], w[6], w[7], w[8], w[9], w[10], w[11], w[12], w[13], w[14], w[15], w[16] = unpack(WORDS, text, at)
    for i = 17, 64 do
        local x, y = w[i - 15], w[i - 2]
        w[i] = (w[i - 16] + bxor(rrotate(x, 7), rrotate(x, 18), rshift(x, 3)) + w[i - 7]
            + bxor(rrotate(y, 17), rrotate(y, 19), rshift(y, 10))) % 0x100000000
    end
    local a, b, c, d, e, f, g, h = state[1], state[2], state[3], state[4], state[5], state[6], state[7], state[8]
    for i = 1, 64 do
        local t = h + bxor(rrotate(e, 6), rrotate(e, 11), rrotate(e, 25)) + bxor(g, band(e, bxor(f, g))) + K[i] + w[i]
        h, g, f, e = g, f, e, (d + t) % 0x100000000
        -- The majority of three bits: the two parts have none in common, so that a sum does for "or".
        d, c, b, a = c, b, a, (t + bxor(rrotate(a, 2), rrotate(a, 13), rrotate(a, 22)) + band(a, b) + band(c, bxor(a, b))) % 0x100000000
    end
    state[1], state[2], state[3], state[4] = (state[1] + a) % 0x100000000, (state[2] + b) % 0x100000000, (state[3] + c) % 0x100000000, (state[4] + d) % 0x100000000
    state[5], state[6], state[7], state[8] = (state[5] + e) % 0x100000000, (state[6] + f) % 0x100000000, (state[7] + g) % 0x100000000, (state[8] + h) % 0x100000000
end

local function toHex(text)
    return (gsub(text, ".", function(c) return format("%02x", byte(c)) end))
end

---A hash that is being made, of a text that comes in parts.
---@class cc.crypto.sha256.Hash
local Hash = {}
Hash.__index = Hash

---Adds to the text.
---@param text string
---@return cc.crypto.sha256.Hash self
function Hash:update(text)
    expect(1, text, "string")
    self.length = self.length + #text
    local rest = self.rest
    local at = 1
    if rest ~= "" then
        at = 65 - #rest
        rest = rest .. sub(text, 1, at - 1)
        if #rest < 64 then
            self.rest = rest
            return self
        end
        block(self.state, rest, 1)
    end
    while at + 63 <= #text do
        block(self.state, text, at)
        at = at + 64
    end
    self.rest = sub(text, at)
    return self
end

---The hash of the text so far, 32 bytes. More may be added afterwards.
---@return string
function Hash:digest()
    local state = { table.unpack(self.state) }
    local padded = self.rest .. "\128" .. rep("\0", (55 - #self.rest) % 64)
        .. pack(">I4I4", floor(self.length / 0x20000000), self.length * 8 % 0x100000000)
    for at = 1, #padded, 64 do block(state, padded, at) end
    return pack(">I4I4I4I4I4I4I4I4", table.unpack(state))
end

---The hash of the text so far, as 64 hexadecimal digits in lower case.
---@return string
function Hash:hex()
    return toHex(self:digest())
end

---Begins a hash of a text that comes in parts.
---@return cc.crypto.sha256.Hash
function sha256.new()
    return setmetatable({ state = { table.unpack(INITIAL) }, rest = "", length = 0 }, Hash)
end

---The hash of a text, 32 bytes.
---@param text string
---@return string
function sha256.digest(text)
    expect(1, text, "string")
    return sha256.new():update(text):digest()
end

---The hash of a text, as 64 hexadecimal digits in lower case.
---@param text string
---@return string
function sha256.hex(text)
    expect(1, text, "string")
    return toHex(sha256.digest(text))
end

local inner, outer = {}, {}
for i = 0, 255 do
    inner[char(i)], outer[char(i)] = char(bxor(i, 0x36)), char(bxor(i, 0x5c))
end

---The HMAC of a text, 32 bytes: who doesn't know the key can't make it.
---@param key string
---@param text string
---@return string
function sha256.hmac(key, text)
    expect(1, key, "string")
    expect(2, text, "string")
    if #key > 64 then key = sha256.digest(key) end
    key = key .. rep("\0", 64 - #key)
    local hash = sha256.new():update((gsub(key, ".", inner))):update(text):digest()
    return sha256.new():update((gsub(key, ".", outer))):update(hash):digest()
end

---The HMAC of a text, as 64 hexadecimal digits in lower case.
---@param key string
---@param text string
---@return string
function sha256.hmacHex(key, text)
    expect(1, key, "string")
    expect(2, text, "string")
    return toHex(sha256.hmac(key, text))
end

---Whether two texts are the same, in a time that only tells whether their lengths are: `a == b` may tell by its time how much
---of a secret was guessed.
---@param a string
---@param b string
---@return boolean
function sha256.equal(a, b)
    expect(1, a, "string")
    expect(2, b, "string")
    if #a ~= #b then return false end
    local difference = 0
    for i = 1, #a do difference = difference + bxor(byte(a, i), byte(b, i)) end
    return difference == 0
end

return sha256
